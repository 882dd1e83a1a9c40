/* The setting `perspectives` of Open MPIC's coordinator: where each perspective is asked. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "core/method/check.h"

#include <stdbool.h>
#include <stddef.h>

struct wire_endpoint {
    const char *url; /* NULL: named by its ARN, a Lambda function */
    const char *arn;
    const struct http_header_param *headers;
    size_t header_count;
};

struct wire_endpoints {
    const char *code;
    struct wire_endpoint caa, dcv;
};

/*
 * `{"<code>": {"caa_endpoint_info": {"url": …, "headers": {…}}, "dcv_endpoint_info": {…}}, …}`, in
 * the order of the text. What else the objects have is ignored, as by Open MPIC. False: `err` says
 * which perspective lacks what.
 */
bool wire_decode_endpoints(struct bytes text, struct arena *arena,
                           const struct wire_endpoints **out, size_t *count,
                           struct err *err) MUST_CHECK;
