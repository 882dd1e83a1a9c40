/*
 * May this redirect be followed, and where to? Judged before anything is sent there
 * (BR 3.2.2.4.18 and .19: HTTP status codes, schemes, Authorized Ports). Pure. Whether the address
 * of the next host may be contacted is judged after it was resolved, by core/rules/connection.h.
 */
#pragma once

#include "base/arena.h"
#include "core/method/verdict.h"
#include "core/names/url.h"

#include <stddef.h>

/* Redirects that are followed at most; RFC 9110 section 15.4 leaves the bound to the client, and
 * this is the reference's. */
#define REDIRECTS_MAX 19

struct redirect_query {
    const struct url *from;
    int status_code;              /* 3xx */
    const char *const *locations; /* values of the Location fields of the response */
    size_t location_count;
    const char *const *visited; /* url_format() of every URL asked so far, the current one last */
    size_t visited_count;
    uint16_t http_port;          /* what port 80 really is, in a lab; it may be named as well */
    uint16_t https_port;         /* likewise 443 */
    const char *challenge_value; /* must not appear in the target, see url_holds_value(); NULL or
                                    "": none */
    struct bytes reason;         /* the server's phrase for the status; may be empty */
};

struct redirect_decision {
    enum problem problem; /* PROBLEM_NONE: follow `to` */
    /* Of the problem, for people. For redirect_invalid and http_status in the words of the
     * reference, with the reason after them: "Invalid redirect. Redirect code: {0}, target: {1}". */
    const char *text;
    struct url to;
};

/*
 * redirect_invalid (somebody answered, and the answer is not allowed): a status other than 301,
 * 302, 307 and 308; more than one Location field, even equal ones; a target over LIMIT_URL_BYTES,
 * against the grammar of RFC 3986 (blanks and characters beyond ASCII included), or not as
 * url_parse() takes it; a port other than 80 and 443, with either scheme; a host that ends in
 * ".well-known", which comes from a "/" missing in the server's configuration; the expected value
 * in the target. http_status: no Location field. too_many_redirects (could not tell): the
 * twentieth, or a URL that was asked before.
 *
 * The target is the Location resolved against `from` (RFC 3986 section 5), its fragment dropped.
 */
struct redirect_decision redirect_decide(const struct redirect_query *query, struct arena *arena);
