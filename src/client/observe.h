/* `mpic observe`: what a coordinator's perspectives see, without an expected value. Never a validation. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/corroboration/observe.h"

#include <stdbool.h>

/* `words` are the arguments after "observe". Returns the exit status: 0 more than half saw the same, and
 * the primary where there is one; 1 they saw different things; 2 could not tell; 64 wrong usage. */
int client_observe(int count, char *const *words);

struct observe_options {
    bool wants_help, wants_json;
    const char *coordinator_url;
    const char *api_key_file;
    unsigned timeout_s;
    struct observe_request request;
};

/* False: `err` says what is wrong with them. Strings of `out` are borrowed from `words`. */
bool observe_options_parse(int count, char *const *words, struct observe_options *out,
                           struct err *err) MUST_CHECK;
void observe_help(struct buf *out);

/* For people: what each saw, and who saw the same. Outside data is escaped. */
void show_observations(const struct observe_request *request,
                       const struct observe_response *response, struct arena *arena,
                       struct buf *out);
int exit_status_of_observations(const struct observe_response *response);
