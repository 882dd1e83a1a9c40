/*
 * The strict reader in front of evhttp: follows the bytes of one connection, request by request,
 * and says where each request ends, or why it is refused. No I/O, no library.
 *
 * evhttp 2.1 accepts much that another parser in front of us would read differently: two lengths,
 * "+2" as a length, blanks before the colon, folded lines, bare line feeds, unknown transfer
 * codings (taken as "no body"), fields in chunked trailers that then look like header fields. Two
 * readers that disagree about where a request ends are how requests are smuggled (RFC 9112 section
 * 11.2). So evhttp is shown only what passed here, and what passes here it reads in the same way;
 * where the grammar allows more than that, the request is refused.
 *
 *      http_gate_feed() until DONE -> http_gate_next() -> … or REFUSED, which is final.
 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_GATE_LINE_MAX = 8192,  /* bytes of one line; RFC 9112 section 3 recommends 8000 */
    HTTP_GATE_HEAD_MAX = 32768, /* bytes of request line and header fields together */
    HTTP_GATE_FIELDS_MAX = 100, /* header fields */
    HTTP_GATE_METHOD_MAX = 23,  /* the longest registered method has 17 */
};

enum http_gate_status {
    HTTP_GATE_MORE,    /* the request is not complete */
    HTTP_GATE_DONE,    /* complete: bytes that follow belong to the next one */
    HTTP_GATE_REFUSED, /* answer http_gate.refusal, and close */
};

struct http_gate_refusal {
    int status;         /* of the response: 400, 413, 414, 417, 431, 501 or 505 */
    const char *reason; /* constant text for people */
};

struct http_gate {
    /* Results. */
    enum http_gate_status status;
    struct http_gate_refusal refusal;
    bool has_begun;                        /* the first byte of the request came */
    char method[HTTP_GATE_METHOD_MAX + 1]; /* after the request line */
    bool is_absolute;                      /* the target is a URL with scheme and host */
    bool wants_close;                      /* after the head: HTTP/1.0, or Connection: close */
    uint64_t body_bytes;                   /* after DONE: of the body, without chunk framing */

    /* Private. */
    int phase;
    uint64_t max_body_bytes;
    struct buf line;
    bool after_cr;
    size_t head_bytes;
    size_t field_count;
    int minor_version;
    unsigned host_count, length_count, coding_count;
    bool wants_keep_alive;
    uint64_t length; /* Content-Length */
    uint64_t left;   /* of the body or chunk */
};

void http_gate_init(struct http_gate *gate, uint64_t max_body_bytes);
void http_gate_clear(struct http_gate *gate);
/* Reads at most to the end of this request; returns how many bytes it took. */
size_t http_gate_feed(struct http_gate *gate, struct bytes in);
/* After DONE: makes ready for the next request. */
void http_gate_next(struct http_gate *gate);
