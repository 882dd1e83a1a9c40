/*
 * May this redirect be followed, and where to? Judged before anything is sent there
 * (BR 3.2.2.4.18 and .19: HTTP status codes, schemes, Authorized Ports). Pure. Whether the address
 * of the next host may be contacted is judged after it was resolved, by core/connection.h.
 */
#pragma once

#include "base/arena.h"
#include "core/url.h"
#include "core/verdict.h"

#include <stddef.h>

/* Redirects that are followed at most; RFC 9110 section 15.4 leaves the bound to the client, and this is the reference's. */
#define REDIRECTS_MAX 19

struct redirect_query {
    const struct url *from;
    int status_code;              /* 3xx */
    const char *const *locations; /* values of the Location fields of the response */
    size_t location_count;
    const char *const *visited; /* url_format() of every URL asked so far, the current one last */
    size_t visited_count;
    uint16_t http_port,
        https_port; /* what ports 80 and 443 really are, in a lab; both are Authorized Ports */
    const char *
        challenge_value; /* must not appear in the target (BR 3.2.2.4.18 item 1); NULL or "": none */
};

struct redirect_decision {
    enum problem problem; /* PROBLEM_NONE: follow `to` */
    const char
        *text; /* of the problem, for people; for redirect_invalid in the words of the reference:
                             "Invalid redirect. Redirect code: {0}, target: {1}", with the reason after it */
    struct url to;
};

struct redirect_decision redirect_decide(const struct redirect_query *query, struct arena *arena);
