/*
 * What the command `mpic check` or `mpic probe` was asked to do: its arguments as a request. One
 * table holds the options, one the methods with the options that each takes and an example that
 * works.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/corroboration/mpic.h"

#include <stdbool.h>

enum client_command { CLIENT_CHECK, CLIENT_PROBE };

struct client_options {
    enum client_command command;
    bool wants_help; /* --help: client_help() says what to print */
    bool wants_json;
    const char *url;
    const char *api_key_file;
    const char *config_file; /* probe: its `perspective` section */
    unsigned timeout_s;
    struct mpic_request request;
};

/* How a mistake in the arguments begins: "mpic check: …". */
const char *client_command_str(enum client_command command);

/*
 * `words` are the arguments after "check" or "probe". False: `err` says what is wrong with them
 * (exit status 64). Strings of `out` are in the arena or borrowed from `words`.
 */
bool client_options_parse(enum client_command command, int count, char *const *words,
                          struct arena *arena, struct client_options *out,
                          struct err *err) MUST_CHECK;

/* The help of a command; `method` may be NULL (all methods), or one's wire name or "caa". */
void client_help(enum client_command command, const char *method, struct buf *out);
