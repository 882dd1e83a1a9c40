/*
 * Does the final response of an HTTP check prove control? (BR 3.2.2.4.18, BR 3.2.2.4.19,
 * RFC 8555 section 8.3). Pure, on bytes: nothing is decoded.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/method/check.h"
#include "core/rules/regex.h"

#include <stdbool.h>
#include <stddef.h>

/* How many bytes of the body must be read to decide; one more than this tells that it is longer. */
size_t http_body_limit(const struct dcv_params *params);
/* How many bytes go into response_page at least: max(100, length of the expected value). */
size_t http_body_page_bytes(const struct dcv_params *params);

struct http_final {
    int status_code;
    struct bytes reason;          /* the server's phrase for it; may be empty */
    const char *content_encoding; /* NULL: none */
    struct bytes body;            /* up to http_body_limit() bytes */
    bool is_longer;               /* there was more */
};

struct http_judgement {
    enum problem problem; /* PROBLEM_NONE: it proves control */
    const char *text;     /* of the problem, for people; for http_status in the words of the
                             reference, with the server's reason */
    bool is_regex;        /* of PROBLEM_NO_MATCH: it is match_regex that does not match */
    bool is_late;         /* of PROBLEM_REGEX_LIMIT: nothing was searched */
    /* Of PROBLEM_NONE: how much of the body the verdict rests on, to the end of value and match. */
    size_t seen_bytes;
    /* Not empty: all but match_regex proves control. It is to be searched for in this part of the body, and
     * http_body_conclude() told what came of it; until then the problem is PROBLEM_REGEX_LIMIT. */
    struct bytes to_search;
    size_t to_search_at; /* in the body */
};

/*
 * In this order: the status is 200 to 299 but not 206, there is no content coding, and the body
 *   acme-http-01:   is the key authorization, byte for byte, and after it only blanks and line ends;
 *   website-change: holds challenge_value in its first bytes, and match_regex matches it.
 * A website-change with match_regex, and every acme-http-01, must see the whole body: one that is
 * longer than the limit is body_too_large. Parameters that ask for nothing are never met.
 */
struct http_judgement http_body_judge(const struct dcv_params *params,
                                      const struct http_final *final, struct arena *arena);
/* What regex_search() found in `to_search`; it is not done here, because it may take long. */
struct http_judgement http_body_conclude(const struct http_judgement *judgement,
                                         enum regex_outcome outcome, size_t end);
/* There was no time or no room to search. */
struct http_judgement http_body_give_up(void);
