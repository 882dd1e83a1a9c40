/*
 * HTTP(S) as a client: libcurl multi on the loop. One `struct fetch` per worker, its loop's thread
 * only.
 *
 * Two kinds of use, told apart by fetch_request.pin:
 *  - a check of somebody's web server: pinned to an address that was tested, a new connection each
 *    time, nothing reused, no redirects, no proxy, no cookies, no decompression;
 *  - a call to one of our perspectives (pin NULL): kept-alive connections, the system's name
 * lookup. Never: environment variables, netrc, following redirects. Each hop of a redirect is the
 * caller's step.
 */
#pragma once

#include "base/bytes.h"
#include "base/err.h"
#include "net/job.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fetch;
struct fetch_job;

enum fetch_status {
    FETCH_OK, /* a complete response, or its first body_max_bytes + 1 bytes (body_cut) */
    FETCH_CONNECT_FAILED,  /* refused, unreachable, name not found */
    FETCH_CONNECT_TIMEOUT, /* no TCP connection before the deadline or connect_timeout_ms */
    FETCH_READ_TIMEOUT,    /* connected, but not done before the deadline */
    FETCH_DISCONNECTED,    /* closed or reset in the middle, or shorter than announced */
    FETCH_TLS_FAILED,
    FETCH_PROTOCOL, /* not HTTP/1.x, or header limits exceeded; error_text says which */
    FETCH_LOCAL,    /* our own machine failed */
};

struct fetch_header {
    const char *name;
    const char *value;
};

struct fetch_pin {
    const char *address; /* text of an IPv4 or IPv6 address, no brackets: the only one that is
                            connected to */
    uint16_t port;
};

/* Client side of mutual TLS for calls to perspectives; all NULL: the system's trust store, no
 * certificate. */
struct fetch_tls {
    const char *certificate_file;
    const char *key_file;
    const char *ca_file;
};

struct fetch_request {
    const char *method; /* "GET" or "POST" */
    const char *url;    /* sent exactly as it is: no normalisation of the path */
    const struct fetch_header *headers;
    size_t header_count;
    struct bytes body;      /* POST only */
    const char *user_agent; /* NULL: "mpic" */
    const struct fetch_pin *pin;
    bool verify_tls; /* verify chain and name; calls to perspectives always do */
    bool alpn_http1; /* https: offer exactly http/1.1 */
    const struct fetch_tls *tls;
    uint64_t connect_deadline_ms; /* absolute; 0: the deadline of the job */
    size_t body_max_bytes;
    size_t headers_max_bytes; /* 0: 64 KiB */
};

/* Borrowed until `done` returns. What was seen before a failure is filled in as far as it came. */
struct fetch_result {
    enum fetch_status status;
    const char *error_text; /* for people, one line; "" if FETCH_OK */
    bool has_response;      /* a status line came: status_code and headers are valid */
    int status_code;
    const struct fetch_header *headers; /* of the final response, in order, names as sent */
    size_t header_count;
    struct bytes body;
    bool body_cut;           /* the body was longer than body_max_bytes */
    const char *tls_version; /* "TLSv1.3", or NULL */
    const char *address;     /* peer, as text, or NULL if there was no connection */
    uint16_t port;
    uint64_t connect_us, total_us;
};

typedef void fetch_done_fn(const struct fetch_result *result, void *arg);

struct fetch *fetch_new(struct loop *loop, struct err *err) MUST_CHECK;
/* All jobs must be over or cancelled. */
void fetch_free(struct fetch *fetch);

/* `request` and all it points to are copied. */
struct fetch_job *fetch_start(struct fetch *fetch, const struct fetch_request *request,
                              struct job_group *group, uint64_t deadline_ms, fetch_done_fn *done,
                              void *arg);
void fetch_cancel(struct fetch_job *job);

const char *fetch_status_str(enum fetch_status status);
const char *fetch_library_version(void);
