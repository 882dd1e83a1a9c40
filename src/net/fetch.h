/*
 * HTTP(S) as a client: libcurl multi on the loop. One `struct fetch` per worker, its loop's thread
 * only.
 *
 * Two kinds of use, told apart by fetch_request.pin:
 *  - a check of somebody's web server: pinned to an address that was tested, a new connection each
 *    time, nothing reused;
 *  - a call to one of our perspectives (pin NULL): kept-alive connections, the system's name
 *    lookup, certificate and name always verified. A kept connection on which anything arrives while
 *    no request is open is closed, and never used again (net/fetch_pool.h).
 * Both speak HTTP/1.1 only and never use proxies, environment variables, netrc, cookies or
 * authentication, never decompress, and never follow a redirect: each hop is the caller's step.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/strv.h"
#include "net/job.h"
#include "net/peer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fetch;
struct fetch_job;

/* The order of fields and the case of names are kept; a value has no blanks at its ends. */
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
    const char *certificate_file; /* PEM, the chain may follow */
    const char *key_file;         /* PEM */
    const char *ca_file;          /* PEM; trusted instead of the system's store */
};

enum { FETCH_WIRE_BYTES = 1024 * 1024 };

/* Where a host of the URL is, for a request without pin: nobody is asked for it. */
struct fetch_addresses {
    const char *host; /* as in the URL, without brackets */
    uint16_t port;    /* of the URL, or its scheme's */
    struct strv list; /* tried in turn; not empty */
};

enum fetch_reuse {
    FETCH_KEPT,  /* a kept connection, if there is one; afterwards it is kept again */
    FETCH_FRESH, /* a new connection, which may be kept afterwards */
    FETCH_ALONE, /* a connection of its own, closed afterwards */
};

struct fetch_request {
    const char *method; /* "GET" or "POST" */
    const char *url;    /* http or https; sent exactly as it is: no normalisation of the path */
    /* Sent as they are, in place of the adapter's own of the same name: Host (from the URL), Accept
     * (anything), Accept-Encoding ("identity") and User-Agent. They must be RFC 9110 names and
     * values, Host at most once. The framing is the adapter's: Content-Length, Transfer-Encoding,
     * Connection, Expect, Upgrade and their like end in PEER_LOCAL. */
    const struct fetch_header *headers;
    size_t header_count;
    struct bytes body;      /* POST only */
    const char *user_agent; /* NULL: "mpic"; "": none, or that of `headers` */
    const struct fetch_pin *pin;
    bool verify_tls; /* verify chain and name; calls to perspectives (no pin) always do */
    bool alpn_http1; /* https: offer exactly http/1.1; without it, no ALPN is sent */
    const struct fetch_addresses *addresses; /* NULL: libcurl asks the system, in a thread */
    enum fetch_reuse reuse;                  /* without a pin; with one, always FETCH_ALONE */
    const struct fetch_tls *tls;
    uint64_t connect_deadline_ms; /* absolute; 0: the deadline of the job */
    size_t body_max_bytes;
    size_t headers_max_bytes; /* of all header fields of all answers, with line ends; 0: 64 KiB */
    /* All that the server may send from the question on, TLS, framing and trailers included, is bounded
     * by FETCH_WIRE_BYTES and four times body_max_bytes; beyond it: PEER_NOT_HTTP. */
};

/*
 * Borrowed until `done` returns. What was seen before a failure is filled in as far as it came:
 * has_response with the status and headers, and the bytes of the body, whatever `status` says.
 */
struct fetch_result {
    enum peer_status status;
    const char
        *error_text; /* for people, one printable line, ours to the last word; "" if PEER_OK */
    const char *library_text; /* what libcurl says, for the operator's log and nobody else; or "" */
    bool has_response;        /* all headers of a final response came: status_code and headers */
    int status_code;
    struct bytes reason;                /* the phrase after the status code, as it came; or empty */
    const struct fetch_header *headers; /* of the final response, in order, names as sent */
    size_t header_count;
    struct bytes body;       /* at most body_max_bytes */
    bool body_cut;           /* there was more: the transfer was stopped */
    const char *tls_version; /* "TLSv1.3", or NULL */
    const char *address;     /* peer, as text, or NULL if there was no connection */
    uint16_t port;
    bool was_kept;       /* the connection had served an earlier request */
    bool is_unanswered;  /* not one byte came */
    uint64_t connection; /* names it for fetch_drop(); 0: none */
    uint64_t
        connect_us; /* until the TCP connection was there; 0 if none, or if it was kept alive */
    uint64_t total_us;
};

typedef void fetch_done_fn(const struct fetch_result *result, void *arg);

struct fetch *fetch_new(struct loop *loop, struct err *err) MUST_CHECK;
/* All jobs must be over or cancelled. Never from inside a `done`. NULL is fine. */
void fetch_free(struct fetch *fetch);

/* `request` and all it points to are copied. */
struct fetch_job *fetch_start(struct fetch *fetch, const struct fetch_request *request,
                              struct job_group *group, uint64_t deadline_ms, fetch_done_fn *done,
                              void *arg);
void fetch_cancel(struct fetch_job *job);
/* Closes the connection of a result, instead of keeping it: its answer was none to what was asked,
 * so that what comes next on it may be none, either. */
void fetch_drop(struct fetch *fetch, uint64_t connection);

/* Fields of a result or request by name, ignoring case: the first value or NULL, and how many. */
const char *fetch_header_get(const struct fetch_header *headers, size_t count, const char *name);
size_t fetch_header_count(const struct fetch_header *headers, size_t count, const char *name);
/* A copy with all it points to. */
struct fetch_request *fetch_request_copy(struct arena *arena, const struct fetch_request *request);
const char *fetch_library_version(void);
