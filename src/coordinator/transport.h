/*
 * How a question reaches a perspective and its answer comes back, of a check or of an observation: over HTTP
 * (transport_http.c) or in this process (service/local_transport.c). The coordinator knows this
 * interface only.
 */
#pragma once

#include "core/corroboration/observe.h"
#include "core/method/check.h"
#include "net/job.h"

#include <stdint.h>

/* An observation as it is asked for, and what it means. */
struct transport_observation {
    const struct observe_request *request;
    const struct observe_question *question;
};

/* One question on its way to several perspectives: a check, or an observation. It and its arena
 * outlive all jobs that were started with it. */
struct transport_call {
    const struct check_request *check; /* NULL: `observation` */
    const struct transport_observation *observation;
    struct arena *arena;
    /* Made by the first HTTP transport that needs them, used by the others: */
    struct bytes encoded;
    const char *encoded_sha256;
};

enum transport_status {
    TRANSPORT_OK, /* `result` is a well-formed check result, whether it counts is core/quorum's
                     business; or `seen` a well-formed observation */
    TRANSPORT_UNREACHABLE, /* no connection, refused, TLS failed: nothing was asked */
    TRANSPORT_CUT,         /* asked, and no complete answer came */
    TRANSPORT_TIMEOUT,     /* likewise, in time */
    TRANSPORT_BUSY,        /* it refuses load for the moment (HTTP status 503 or 429) */
    TRANSPORT_INVALID,     /* something came that is no answer of the asked kind */
};

const char *transport_status_str(enum transport_status status); /* "unreachable", for the log */

/* `result`, `seen` and `text` live in the arena of the call; the struct itself is borrowed until `done`
 * returns. */
struct transport_answer {
    enum transport_status status;
    const struct check_result *result; /* TRANSPORT_OK only, of a check */
    const struct observed *seen;       /* likewise, of an observation */
    const char *text;                  /* otherwise: why, without internal URLs or library dumps */
    const char *log_text;              /* the same for the operator's log, with them; may be NULL */
};

typedef void transport_done_fn(const struct transport_answer *answer, void *arg);

struct transport;
struct transport_job;

struct transport_ops {
    struct transport_job *(*start)(struct transport *transport, struct transport_call *call,
                                   struct job_group *group, uint64_t deadline_ms,
                                   transport_done_fn *done, void *arg);
    void (*cancel)(struct transport_job *job);
    void (*free)(struct transport *transport);
};

/* The way to one perspective; embedded by its implementations. One per perspective and worker. */
struct transport {
    const struct transport_ops *ops;
};
