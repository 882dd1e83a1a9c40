/*
 * Does the final response of an HTTP check prove control? (BR 3.2.2.4.18, BR 3.2.2.4.19,
 * RFC 8555 section 8.3). Pure, on bytes: nothing is decoded.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/check.h"

#include <stdbool.h>
#include <stddef.h>

/* How many bytes of the body must be read to decide, one more than this tells that it is longer. */
size_t http_body_limit(const struct dcv_params *params);
/* How many bytes go into response_page: max(100, length of the expected value). */
size_t http_body_page_bytes(const struct dcv_params *params);

struct http_final {
    int status_code;
    const char *content_encoding; /* NULL: none */
    struct bytes body;            /* up to http_body_limit() bytes */
    bool is_longer;               /* there was more */
};

struct http_judgement {
    enum problem problem; /* PROBLEM_NONE: it proves control */
    const char *text;     /* of the problem, for people */
};

struct http_judgement http_body_judge(const struct dcv_params *params,
                                      const struct http_final *final, struct arena *arena);
