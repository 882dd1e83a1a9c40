/*
 * HTTP as a server: libevent's evhttp on the loop. One `struct httpd` per worker; all workers
 * listen on the same address (SO_REUSEPORT). One handler gets every request whatever its method and
 * path; routing is service/routes.c. Framing that two HTTP parsers could read differently is
 * answered 400 and closed before the handler sees it (style guide: evhttp is lax); so are a body
 * over the limit (413), too many connections and requests in flight (503 with Retry-After). All
 * those answers are JSON: {"error":"…"}.
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

struct httpd_settings {
    const char *listen; /* "127.0.0.1:8000", "[::1]:8000"; port 0 takes a free one */
    size_t max_body_bytes;
    size_t max_connections; /* of this worker */
    size_t max_in_flight;   /* of this worker */
    unsigned idle_timeout_s;
};

/*
 * The handler owes exactly one httpd_reply() for each call, now or later, always: a client that
 * goes away is not noticed before. `request` lives until then.
 */
typedef void httpd_handler_fn(struct httpd_request *request, void *arg);

/* Splits "127.0.0.1:8000" or "[::1]:8000"; false with the reason for anything else. `host` without
 * brackets. */
bool httpd_parse_listen(const char *text, char host[64], uint16_t *port,
                        struct err *err) MUST_CHECK;

/* Fails if the address is in use or not ours; `err` names it. */
struct httpd *httpd_new(struct loop *loop, const struct httpd_settings *settings,
                        httpd_handler_fn *handler, void *arg, struct err *err) MUST_CHECK;
/* Stops accepting; what is in flight goes on. `drained(arg)` is called, on a later turn, when
 * nothing is in flight. */
void httpd_drain(struct httpd *httpd, loop_fn *drained, void *arg);
/* Answers 503 to what is still in flight: its handler must not touch it any more. */
void httpd_free(struct httpd *httpd);
uint16_t httpd_port(const struct httpd *httpd);
size_t httpd_in_flight(const struct httpd *httpd);

/* Borrowed until the reply. */
const char *httpd_method(const struct httpd_request *request); /* "GET", "POST", … */
const char *httpd_path(const struct httpd_request *request);   /* percent-encoded, without query */
const char *httpd_query(const struct httpd_request *request);  /* after "?", or NULL */
const char *httpd_header(const struct httpd_request *request,
                         const char *name); /* first, or NULL */
struct bytes httpd_body(const struct httpd_request *request);
const char *httpd_peer(const struct httpd_request *request); /* address as text */

struct httpd_header {
    const char *name;
    const char *value;
};

/* `headers` ends with a NULL name, or is NULL. Sends, and ends the request. */
void httpd_reply(struct httpd_request *request, int status, const char *content_type,
                 struct bytes body, const struct httpd_header *headers);

const char *httpd_library_version(void);
