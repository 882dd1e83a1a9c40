/*
 * A perspective that is another process: POST of the internal API (wire contract B.1) over a kept
 * connection. Answers are bound to questions (core/corroboration/binding.h). A question that died on a kept
 * connection before a byte of its answer came is asked once more, on a fresh one: the server may
 * have given the connection up at that moment, and checks may be repeated.
 */
#pragma once

#include "coordinator/transport.h"
#include "net/fetch.h"
#include "net/names.h"

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

/* `settings`, `fetch` and `names` must outlive the transport. A host name of its URLs is looked up in
 * `names` only, if that is not NULL: a name that is not known there makes the perspective unreachable. */
struct transport *transport_http_new(struct loop *loop, struct fetch *fetch, struct names *names,
                                     const struct transport_http_settings *settings);
