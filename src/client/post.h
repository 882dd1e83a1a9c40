/* One question to a coordinator: for `mpic check` and `mpic observe`. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>

/* Exit statuses of the command, as curl's users expect them in scripts. */
enum client_exit { EXIT_CORROBORATED = 0, EXIT_NOT = 1, EXIT_UNKNOWN = 2, EXIT_USAGE_ERROR = 64 };

struct client_post {
    const char *command; /* "mpic check", before what is complained of */
    const char *url;     /* NULL: $MPIC_URL, else where `mpicd --dev` listens */
    const char *path;    /* "/mpic", where the URL has none */
    const char *api_key_file;
    unsigned timeout_s;
    bool wants_json; /* a refusal is printed as it came, too */
    struct bytes body;
};

/* Shows the body of an answer with status 200; returns the exit status. */
typedef int client_answer_fn(struct bytes body, void *arg);

/* Problems go to standard error. Returns the exit status: that of `answer`, if there was one. */
int client_post(const struct client_post *post, struct arena *arena, client_answer_fn *answer,
                void *arg);
/* Complains that `what`, because of `why`; returns EXIT_UNKNOWN. */
int client_complain(const struct client_post *post, const char *what, const char *why);
