/* A perspective that is another process: POST of the internal API (wire contract B.1) over a
 * kept-alive connection. */
#pragma once

#include "coordinator/transport.h"
#include "net/fetch.h"

#include <stddef.h>

struct transport_http_settings {
    const char *code; /* the perspective's; an answer that names another one is refused (Q1) */
    const char *caa_url;
    const char *dcv_url;
    const struct fetch_header *headers; /* static, from the configuration */
    size_t header_count;
    const struct fetch_tls *tls; /* NULL: none */
};

/* `settings` and `fetch` must outlive the transport. */
struct transport *transport_http_new(struct loop *loop, struct fetch *fetch,
                                     const struct transport_http_settings *settings);
