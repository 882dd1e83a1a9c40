/*
 * Fetching a URL along its redirects, for files in check/ only:
 *
 *   DIALLING --(connected)--> FETCHING --(redirect that may be followed)--> DIALLING
 *       \--(no connection)-------+--(final response, or a failure)----------> done
 *
 * DIALLING: the current hop's host is looked up and connected to (check/dial.h).
 * FETCHING: a request to one address of it is under way, pinned to that address.
 *
 * Each hop is judged, resolved and connected to on its own; nothing is reused between hops. What the
 * final response is worth is its owner's question.
 */
#pragma once

#include "check/dial.h"
#include "core/rules/redirect.h"

enum { TRAIL_HOPS_MAX = REDIRECTS_MAX + 1 };

/* Where it ended: at a final response, or with a problem. Borrowed until `done` returns. */
struct trail_end {
    enum problem problem; /* PROBLEM_NONE: there is a response */
    /* Of the problem, both in the arena: for the entry of `errors`, in the reference's words where it has
     * some, and the sentence for people. */
    const char *text, *reason;
    const struct fetch_result *response; /* not 3xx; its body may be cut */
    const char *url, *address;           /* that it came from; in the arena */
};

/* Lives in the arena of the check. */
struct trail {
    /* Set by the owner. */
    struct check_job *check;
    uint64_t deadline_ms; /* of all hops together */
    struct url first;
    const struct http_header_param *headers; /* for the first origin */
    size_t header_count;
    const char *challenge_value; /* must not appear in the target of a redirect; NULL: none */
    size_t body_max_bytes;
    /* A hop answered, if only with the beginning of a response: redirects, too, and before `done`. */
    void (*on_response)(struct trail *trail, const struct fetch_result *response);
    /* Exactly once; for an address that is refused, on the stack of trail_start(). */
    void (*done)(struct trail *trail, const struct trail_end *end);
    /* Private. */
    struct url url; /* of the current hop */
    struct dial dial;
    struct http_hop hops[TRAIL_HOPS_MAX];
    size_t hop_count;
    const char *visited[TRAIL_HOPS_MAX];
    struct redirect_report history[TRAIL_HOPS_MAX];
    size_t history_count;
    uint64_t started_ms, hop_started_ms; /* of the first, of this hop */
};

void trail_start(struct trail *trail);
/* The way so far, at any time: hops, history and final_url of `details`. */
void trail_report(struct trail *trail, struct http_details *details);
