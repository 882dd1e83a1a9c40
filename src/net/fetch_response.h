/*
 * What comes back from a web server, line by line: the headers of the final response and the
 * beginning of its body, within limits. No I/O, no library. For net/fetch.c alone.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "net/fetch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FETCH_FIELDS_MAX = 256,          /* header fields of one response */
    FETCH_INTERIM_MAX = 8,           /* 1xx responses before the final one */
    FETCH_HEADERS_BYTES = 64 * 1024, /* the default of headers_max_bytes */
};

/* The error of a response whose Transfer-Encoding is another than "chunked". */
extern const char fetch_response_other_coding[];

enum fetch_phase {
    FETCH_PHASE_STATUS, /* nothing yet, or an interim response is complete */
    FETCH_PHASE_FIELDS, /* in the middle of a response's header fields */
    FETCH_PHASE_BODY,   /* the final response's headers are complete: has_response */
};

struct fetch_response {
    struct arena *arena;
    size_t body_max_bytes, headers_max_bytes;
    enum fetch_phase phase;
    int status_code;
    struct bytes reason; /* of the last status line, in the arena */
    struct fetch_header *headers;
    size_t header_count;
    char *folded;        /* the last header's value, if lines continued it */
    size_t folded_room;  /* of it; 0: none did */
    size_t line_count;   /* of this response's header: fields and their continuations */
    size_t header_bytes; /* of all responses and trailers */
    size_t interim_count;
    uint8_t *body;
    size_t body_bytes, body_capacity;
    bool body_cut;
    const char *error; /* why this is not HTTP/1.x; NULL: it is, so far */
};

/* `response` lives as long as `arena`. */
void fetch_response_init(struct fetch_response *response, struct arena *arena,
                         const struct fetch_request *request);
void fetch_response_clear(struct fetch_response *response);
/* One line with its line end: status line, field, or the empty line. False: `error` is set. */
bool fetch_response_line(struct fetch_response *response, struct bytes line);
/* Bytes of the body; also what came instead of a status line. False: stop, body_cut or `error`. */
bool fetch_response_body(struct fetch_response *response, struct bytes data);
