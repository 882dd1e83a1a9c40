/*
 * HTTP as a server: libevent's evhttp on the loop. One `struct httpd` per worker; all workers
 * listen on the same address (SO_REUSEPORT). One handler gets every request whatever its method and
 * path; routing is service/routes.c.
 *
 * A connection is read through net/http_gate.h before evhttp sees the bytes: framing that two HTTP
 * parsers could read differently is answered 400 and closed before the handler sees it; so are a
 * body over the limit (413) and a request that does not arrive in time (408). Requests over the
 * limit of what is in flight, and on connections over the limit, are answered 503 without the
 * handler, with Retry-After. All these answers are JSON: {"error":"…"}.
 *
 * Time limits, all of idle_timeout_s: a connection without a request; a request from its first to
 * its last byte, however it drips; a reply until the client has taken it. There is no limit on the
 * handler.
 *
 * Requests are handed to the handler in the order in which they came, so many in a turn of the loop as
 * take some 2 ms; what settings.is_vital names is handed to it at once.
 *
 * At the limit of connections, or without descriptors, the newcomer is served, and the connection
 * that waits longest gives way: for a request, for the rest of one, or for its client to take a
 * reply. Only where the handler is busy with all of them the newcomer is over the limit; then, as
 * over the limit of requests in flight, what settings.is_vital names is served all the same.
 */
#pragma once

#include "base/bytes.h"
#include "base/err.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct httpd;
struct httpd_request;

/* Why a connection was closed without an answer, other than that it was idle for long enough. */
enum httpd_drop {
    HTTPD_DROP_GAVE_WAY,   /* to a newcomer, at the limit of connections or of descriptors */
    HTTPD_DROP_NO_ROOM,    /* a newcomer: nobody could give way */
    HTTPD_DROP_SLOW_READER /* the client did not take its reply in time */
};
enum { HTTPD_DROP_COUNT = HTTPD_DROP_SLOW_READER + 1 };

struct httpd_settings {
    const char *listen; /* "127.0.0.1:8000", "[::1]:8000"; port 0 takes a free one */
    size_t max_body_bytes;
    size_t max_connections; /* of this worker */
    size_t max_in_flight;   /* of this worker */
    unsigned idle_timeout_s;
    /* The three get the handler's argument; NULL: none. Not called from httpd_free(). */
    bool (*is_vital)(const struct httpd_request *request,
                     void *arg);               /* GET or HEAD, answered at once */
    void (*on_refusal)(int status, void *arg); /* an answer that was not the handler's */
    void (*on_drop)(enum httpd_drop why, void *arg);
};

/*
 * The handler owes exactly one httpd_reply() for each call, now or later, always: a client that
 * goes away is not noticed before. `request` lives until then. It may drain, but not free, httpd.
 */
typedef void httpd_handler_fn(struct httpd_request *request, void *arg);

/* Splits "127.0.0.1:8000" or "[::1]:8000"; false with the reason for anything else. `host` without
 * brackets. */
bool httpd_parse_listen(const char *text, char host[64], uint16_t *port,
                        struct err *err) MUST_CHECK;

/*
 * Once, before the workers call httpd_new(): fails if anybody listens on the address already. With
 * SO_REUSEPORT the workers themselves would not notice another process that uses it too, and the
 * kernel would share the connections between both. Between this call and httpd_new() there is a gap
 * in which somebody else may come; two daemons that start at the same moment are not told apart.
 */
bool httpd_check_listen(const char *listen, struct err *err) MUST_CHECK;

/* Fails if the address is in use (but see httpd_check_listen()) or not ours; `err` names it. */
struct httpd *httpd_new(struct loop *loop, const struct httpd_settings *settings,
                        httpd_handler_fn *handler, void *arg, struct err *err) MUST_CHECK;
/*
 * Stops accepting and closes idle connections; what is in flight goes on, and its replies say
 * "Connection: close". A request that is half read has 2 seconds left to arrive. `drained(arg)` is
 * called, on a later turn, when all replies are with the clients.
 */
void httpd_drain(struct httpd *httpd, loop_fn *drained, void *arg);
/* Answers 503 to what is still in flight, as far as the sockets take it at once: its handler must
 * not touch it any more. Not from inside a handler. NULL is fine. */
void httpd_free(struct httpd *httpd);
uint16_t httpd_port(const struct httpd *httpd);
/* Requests whose reply the handler owes. */
size_t httpd_in_flight(const struct httpd *httpd);

/* Borrowed until the reply. */
const char *httpd_method(const struct httpd_request *request); /* "GET", "POST", … */
/* Percent-encoded, without query; one slash for several at its start, as "POST //mpic" of clients
 * that put a URL and a path together. */
const char *httpd_path(const struct httpd_request *request);
const char *httpd_query(const struct httpd_request *request); /* after "?", or NULL */
const char *httpd_header(const struct httpd_request *request,
                         const char *name); /* first, or NULL */
struct bytes httpd_body(const struct httpd_request *request);
const char *httpd_peer(const struct httpd_request *request); /* address as text */

struct httpd_header {
    const char *name;
    const char *value;
};

/*
 * Sends, and ends the request. `headers` ends with a NULL name, or is NULL. Content-Length,
 * Connection and Date are made here; to HEAD the body is not sent. `content_type` may be NULL.
 */
void httpd_reply(struct httpd_request *request, int status, const char *content_type,
                 struct bytes body, const struct httpd_header *headers);

const char *httpd_library_version(void);
