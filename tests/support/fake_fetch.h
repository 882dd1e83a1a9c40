/*
 * net/fetch.h with scripted answers, for flow tests: linked in place of src/net/fetch.c.
 *
 *     struct fake_response *r = fake_fetch_response("http://www.example.com/x", "192.0.2.1");
 *     r->status_code = 302;
 *     fake_response_header(r, "Location", "http://www.example.com/y");
 *     fake_response_body(r, bytes_of("moved"));
 *     r->delay_ms = 200;
 *
 * says what a request of that URL, pinned to that address, gets, until fake_fetch_reset(). Scripts
 * live as long as that; fetch_new() and fetch_free() do not touch them. A script with the address
 * wins over one for all addresses (NULL). Several scripts of the same URL and address are used in
 * the order they were made, each once, the last one for ever. A request without a script gets
 * PEER_LOCAL, so that no test passes by oversight.
 *
 * As with the real adapter: the body is cut at body_max_bytes, what comes after a deadline is a
 * timeout, and `done` runs from the loop only.
 */
#pragma once

#include "net/fetch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_FETCH_HEADERS_MAX = 64, FAKE_FETCH_DROPS_MAX = 64 };

/* connect_ms or delay_ms of something that never happens. */
#define FAKE_FETCH_NEVER UINT64_MAX

/* At first: PEER_OK, status 200, no headers, no body, no TLS, at once. Change members directly. */
struct fake_response {
    enum peer_status status;
    const char *error_text; /* not copied; NULL: a fixed text where status is not PEER_OK */
    int status_code;        /* 0: no response came; only with a status that is not PEER_OK */
    const char *reason;     /* phrase; not copied; NULL: none */
    const char *tls_version;
    const char *address; /* peer of a request without pin; not copied */
    uint64_t connect_ms; /* until there is a TCP connection: before it, connect timeout */
    uint64_t delay_ms;   /* from the connection to the answer: before it, read timeout */
    bool was_kept;       /* for results; is_unanswered follows from status_code */
    uint64_t connection;

    /* Private. */
    char *url;
    char *pin_address;
    struct fetch_header headers[FAKE_FETCH_HEADERS_MAX];
    size_t header_count;
    struct bytes body;
    size_t used;
    struct fake_response *next;
};

/* Forgets all scripts and recorded requests. Call it in the setup of each test. */
void fake_fetch_reset(void);
/* `pin_address` NULL: whatever the pin. All is copied. */
struct fake_response *fake_fetch_response(const char *url, const char *pin_address);
void fake_response_header(struct fake_response *response, const char *name, const char *value);
void fake_response_body(struct fake_response *response, struct bytes body);

/* The requests, oldest first, of all `struct fetch` (NULL) or of one; they live until
 * fake_fetch_reset(). */
struct fake_fetch_record {
    const struct fetch *fetch;
    const struct fetch_request *request; /* a deep copy of what was passed */
    uint64_t at_ms;
    uint64_t deadline_ms;
    bool delivered;
    bool cancelled;
};
size_t fake_fetch_request_count(const struct fetch *fetch);
const struct fake_fetch_record *fake_fetch_request(const struct fetch *fetch, size_t index);
/* How often the URL was asked for. */
size_t fake_fetch_asked(const struct fetch *fetch, const char *url);
/* How often the connection was given to fetch_drop(). */
size_t fake_fetch_dropped(uint64_t connection);
/* Jobs that neither delivered nor were cancelled. fetch_free() asserts that there are none. */
size_t fake_fetch_pending(const struct fetch *fetch);
