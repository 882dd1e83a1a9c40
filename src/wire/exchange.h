/*
 * One question to a perspective and its answer, as they go over HTTP (wire contract B.1), without the HTTP: what of a
 * question is more than its body, and what an answer is worth. The same for every way in which they are carried:
 * coordinator/transport_http.c and libmpic.
 */
#pragma once

#include "core/corroboration/observe.h"
#include "wire/observe.h"
#include "wire/wire.h"

#include <stdbool.h>
#include <stdint.h>

#define WIRE_TIMEOUT_HEADER "Mpic-Timeout-Ms"

/* Where a perspective is asked, below its URL: "/caa" or "/dcv". */
const char *wire_check_path(enum check_type type);
/*
 * How long the perspective may take: a little less than we wait, so that it can say what it was
 * waiting for before we have to guess. The reference ignores the header.
 */
uint64_t wire_timeout_ms(uint64_t now_ms, uint64_t deadline_ms);

struct wire_reply {
    int status_code; /* of HTTP: it does not matter if the body is a complete answer */
    struct bytes body;
    bool body_cut; /* there was more than LIMIT_REMOTE_RESPONSE_BYTES of it */
};

struct wire_reading {
    enum wire_reading_kind {
        WIRE_ANSWERED,
        WIRE_BUSY,    /* it refuses load for the moment (HTTP status 503 or 429) */
        WIRE_UNUSABLE /* no answer of the asked kind */
    } kind;
    const char *text; /* unless WIRE_ANSWERED: why not, in the arena */
};

/* As wire_decode_check_result() and wire_decode_observed(), which say what is expected of them. */
struct wire_reading wire_read_check_reply(const struct wire_reply *reply,
                                          const struct wire_expectation *expected,
                                          struct arena *arena, struct check_result *out);
struct wire_reading wire_read_observe_reply(const struct wire_reply *reply,
                                            const struct wire_observe_expectation *expected,
                                            struct arena *arena, struct observed *out);
