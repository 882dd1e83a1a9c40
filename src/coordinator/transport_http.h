/*
 * A perspective that is another process: POST of the internal API (wire contract B.1) over a kept
 * connection. Answers are bound to questions (core/binding.h). A question that died on a kept
 * connection before a byte of its answer came is asked once more, on a fresh one: the server may
 * have given the connection up at that moment, and checks may be repeated.
 */
#pragma once

#include "coordinator/transport.h"
#include "net/fetch.h"

#include <stdbool.h>
#include <stddef.h>

struct transport_http_settings {
    const char *code; /* the perspective's; an answer that names another one is refused (Q1) */
    const char *caa_url;
    const char *dcv_url;
    const char *observe_url; /* NULL: none is known, and no observation can be asked for */
    const struct fetch_header *headers; /* static, from the configuration */
    size_t header_count;
    const struct fetch_tls *tls; /* NULL: none */
    /* `binding: none`: it cannot say which question it answers, as the reference cannot. So each
     * question gets a connection of its own. */
    bool is_unbound;
};

/* `settings` and `fetch` must outlive the transport. */
struct transport *transport_http_new(struct loop *loop, struct fetch *fetch,
                                     const struct transport_http_settings *settings);
