#include "net/httpd.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/httpd_impl.h"
#include "net/loop_event.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TICK_MS = 250,
    ROOM_FOR_ACCEPT = 16, /* connections that give way when descriptors run out */
    /* What one turn of the loop takes on, whatever comes together: the rest has the next one. A
     * connection takes some 25 microseconds, the start of a check up to 3 ms. */
    ACCEPTED_PER_TURN = 64,
    HANDLE_MAX_US = 2000,
    /* Of the body: chosen by the operator, but the gate's sums must not overflow. */
    MAX_BODY_BYTES = 1 << 30,
};

/* ---- requests ---- */

/* Texts that evhttp does not know; NULL: it has one. */
static const char *phrase_of(int status)
{
    switch (status) {
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    default:
        return NULL;
    }
}

static bool has_no_body(const struct httpd_request *request, int status)
{
    return status == 204 || status == 304 || str_eq(request->method, "HEAD");
}

/*
 * evhttp compares the whole value of Connection, overwrites ours if the client asked for a close,
 * adds a "keep-alive" of its own for HTTP/1.0, and takes a URL with a host for a proxy's request,
 * for which it looks at Proxy-Connection, and closes. So it is shown none of this, and we say what
 * happens.
 */
static void hide_connection_fields(struct evhttp_request *req)
{
    struct evkeyvalq *in = evhttp_request_get_input_headers(req);
    while (evhttp_remove_header(in, "Connection") == 0)
        ;
    while (evhttp_remove_header(in, "Proxy-Connection") == 0)
        ;
    evhttp_add_header(in, "Proxy-Connection", "keep-alive");
}

static void add_fields(struct httpd_request *request, int status, const char *content_type,
                       size_t body_bytes)
{
    struct evkeyvalq *out = evhttp_request_get_output_headers(request->req);
    char length[24];
    snprintf(length, sizeof length, "%zu", body_bytes);
    if (content_type)
        evhttp_add_header(out, "Content-Type", content_type);
    if (status != 204 && status != 304)
        evhttp_add_header(out, "Content-Length", length);
    if (request->wants_close || request->httpd->is_draining)
        evhttp_add_header(out, "Connection", "close");
}

void httpd_reply(struct httpd_request *request, int status, const char *content_type,
                 struct bytes body, const struct httpd_header *headers)
{
    struct httpd_conn *conn = request->conn;
    struct evbuffer *data = evbuffer_new();
    if (!data)
        abort();
    add_fields(request, status, content_type, body.n);
    for (; headers && headers->name; headers++)
        evhttp_add_header(evhttp_request_get_output_headers(request->req), headers->name,
                          headers->value);
    /* evhttp sends a body also where there must be none; the client would take it for the next
     * response. */
    if (body.n && !has_no_body(request, status))
        evbuffer_add(data, body.p, body.n);
    list_remove(&request->in_httpd);
    list_remove(&request->in_unhandled);
    request->httpd->in_flight--;
    /* Frees the request at once if the connection is gone. */
    evhttp_send_reply(request->req, status, phrase_of(status), data);
    if (conn)
        httpd_conn_enter_writing(conn, request->req);
    else
        httpd_look_if_drained(request->httpd);
    evbuffer_free(data);
    free(request->path);
    free(request);
}

void httpd_count_refusal(const struct httpd *httpd, int status)
{
    if (httpd->settings.on_refusal)
        httpd->settings.on_refusal(status, httpd->arg);
}

void httpd_count_drop(const struct httpd *httpd, enum httpd_drop why)
{
    if (httpd->settings.on_drop)
        httpd->settings.on_drop(why, httpd->arg);
}

static void reply_busy(struct httpd_request *request, const char *json)
{
    static const struct httpd_header headers[] = {{"Retry-After", "1"}, {NULL, NULL}};
    httpd_count_refusal(request->httpd, 503);
    httpd_reply(request, 503, "application/json", bytes_of(json), headers);
}

/* evhttp shows something that did not pass the gate. It cannot be; if it is, nobody shall act on
 * it. */
static void refuse_unknown(struct evhttp_request *req)
{
    struct evkeyvalq *out = evhttp_request_get_output_headers(req);
    log_event(LOG_ERROR, "http request that the gate did not pass", NULL);
    evhttp_add_header(out, "Connection", "close");
    evhttp_send_reply(req, 400, NULL, NULL);
}

/* evhttp takes "//mpic" for a URL without scheme whose host is mpic; the gate lets it pass where
 * this is harmless. */
static char *path_of(struct evhttp_request *req)
{
    const char *target = evhttp_request_get_uri(req);
    if (str_starts_with(target, "//")) {
        target += strspn(target, "/") - 1;
        return xstrndup(target, strcspn(target, "?"));
    }
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));
    return xstrdup(path && path[0] ? path : "/");
}

static void handle(struct httpd_request *request)
{
    struct httpd *httpd = request->httpd;
    if (request->conn && request->conn->is_over_limit)
        reply_busy(request, "{\"error\":\"too many connections\"}");
    else if (request->is_over_limit)
        reply_busy(request, "{\"error\":\"too many requests in flight\"}");
    else
        httpd->handler(request, httpd->arg);
}

static void on_handle(void *arg)
{
    struct httpd *httpd = arg;
    uint64_t end_us = loop_now_us(httpd->loop) + HANDLE_MAX_US;
    while (!list_is_empty(&httpd->unhandled)) {
        struct list *first = httpd->unhandled.next;
        list_remove(first);
        handle(LIST_ENTRY(first, struct httpd_request, in_unhandled));
        if (loop_now_us(httpd->loop) >= end_us)
            break;
    }
    if (!list_is_empty(&httpd->unhandled))
        loop_timer_start(httpd->loop, &httpd->handle, 0, on_handle, httpd);
}

/* Starting what a request asks for takes time, and many may come together: they queue up, and only
 * who watches the process is served at once. */
static void enqueue(struct httpd_request *request)
{
    struct httpd *httpd = request->httpd;
    const struct httpd_settings *settings = &httpd->settings;
    if (settings->is_vital && settings->is_vital(request, httpd->arg)) {
        httpd->handler(request, httpd->arg);
        return;
    }
    request->is_over_limit = httpd->in_flight > settings->max_in_flight;
    if (list_is_empty(&httpd->unhandled))
        loop_timer_start(httpd->loop, &httpd->handle, 0, on_handle, httpd);
    list_append(&httpd->unhandled, &request->in_unhandled);
}

static void on_request(struct evhttp_request *req, void *arg)
{
    struct httpd *httpd = arg;
    struct httpd_conn *conn = httpd_conn_of(httpd, req);
    if (!conn) {
        httpd_count_refusal(httpd, 400);
        refuse_unknown(req);
        return;
    }
    struct httpd_request *request = xcalloc(1, sizeof *request);
    request->httpd = httpd;
    request->conn = conn;
    request->req = req;
    request->path = path_of(req);
    request->wants_close = conn->gate.wants_close || conn->gate.is_absolute || conn->is_over_limit;
    memcpy(request->method, conn->gate.method, sizeof request->method);
    hide_connection_fields(req);
    httpd_conn_enter_handling(conn, request);
    list_append(&httpd->requests, &request->in_httpd);
    httpd->in_flight++;
    enqueue(request);
}

const char *httpd_method(const struct httpd_request *request)
{
    return request->method;
}

const char *httpd_path(const struct httpd_request *request)
{
    return request->path;
}

const char *httpd_query(const struct httpd_request *request)
{
    return evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request->req));
}

const char *httpd_header(const struct httpd_request *request, const char *name)
{
    return evhttp_find_header(evhttp_request_get_input_headers(request->req), name);
}

struct bytes httpd_body(const struct httpd_request *request)
{
    struct evbuffer *body = evhttp_request_get_input_buffer(request->req);
    size_t n = evbuffer_get_length(body);
    return (struct bytes){n ? evbuffer_pullup(body, -1) : NULL, n};
}

const char *httpd_peer(const struct httpd_request *request)
{
    char *address = NULL;
    ev_uint16_t port;
    struct evhttp_connection *evcon = evhttp_request_get_connection(request->req);
    if (!evcon)
        return "";
    evhttp_connection_get_peer(evcon, &address, &port);
    /* An IPv4 client of a socket on [::]. */
    if (str_starts_with(address, "::ffff:") && strchr(address, '.'))
        return address + strlen("::ffff:");
    return address;
}

/* ---- the server ---- */

/* evhttp passes no argument of ours to on_accept_error(). A worker's thread has one httpd; with more,
 * connections of another one give way. */
static _Thread_local bool accept_failed;

/* Out of descriptors, usually. The connection stays in the backlog, and without a pause we would
 * be called again at once, for ever. The tick ends the pause. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    (void)arg;
    accept_failed = true;
    LOG(LOG_ERROR, "cannot accept connections", {"reason", strerror(errno)});
    evconnlistener_disable(listener);
}

static void on_accept_turn(void *arg)
{
    struct httpd *httpd = arg;
    httpd->accepted = 0;
    if (!accept_failed)
        evconnlistener_enable(evhttp_bound_socket_get_listener(httpd->bound));
}

void httpd_count_accepted(struct httpd *httpd)
{
    if (httpd->accepted++ == 0)
        loop_timer_start(httpd->loop, &httpd->accept_turn, 0, on_accept_turn, httpd);
    if (httpd->accepted >= ACCEPTED_PER_TURN)
        evconnlistener_disable(evhttp_bound_socket_get_listener(httpd->bound));
}

static void on_tick(void *arg)
{
    struct httpd *httpd = arg;
    for (int i = 0; accept_failed && i < ROOM_FOR_ACCEPT; i++)
        httpd_conn_make_room(httpd, false);
    accept_failed = false;
    evconnlistener_enable(evhttp_bound_socket_get_listener(httpd->bound));
    loop_timer_start(httpd->loop, &httpd->tick, loop_now_ms(httpd->loop) + TICK_MS, on_tick, httpd);
}

static void configure(struct httpd *httpd)
{
    /* Limits are unlimited by default. Those of heads are the gate's; evhttp's must not be met
     * first, as it answers with HTML. Its own time limits are per read: they stop nobody who sends
     * a byte now and then, so we use none. */
    evhttp_set_max_headers_size(httpd->evhttp, 2 * HTTP_GATE_HEAD_MAX);
    evhttp_set_max_body_size(httpd->evhttp, (ev_ssize_t)httpd->settings.max_body_bytes);
    /* Also those that it does not know (1 << 15 inside): to methods that are not allowed it would
     * answer 501 with HTML. */
    evhttp_set_allowed_methods(httpd->evhttp, UINT16_MAX);
    evhttp_set_default_content_type(httpd->evhttp, NULL);
    evhttp_set_gencb(httpd->evhttp, on_request, httpd);
    evhttp_set_bevcb(httpd->evhttp, httpd_conn_accept, httpd);
}

struct httpd *httpd_new(struct loop *loop, const struct httpd_settings *settings,
                        httpd_handler_fn *handler, void *arg, struct err *err)
{
    uint16_t port;
    if (settings->max_body_bytes > MAX_BODY_BYTES) {
        err_set(err, ERR_RANGE, "a body limit of more than 1 GiB is not possible");
        return NULL;
    }
    int fd = httpd_open_listener(settings->listen, &port, err);
    if (fd < 0)
        return NULL;
    /* libevent writes with writev(2): a client that has gone must not end the process. */
    signal(SIGPIPE, SIG_IGN);
    struct httpd *httpd = xcalloc(1, sizeof *httpd);
    httpd->loop = loop;
    httpd->settings = *settings;
    httpd->settings.listen = NULL;
    httpd->handler = handler;
    httpd->arg = arg;
    httpd->port = port;
    list_init(&httpd->requests);
    list_init(&httpd->unhandled);
    list_init(&httpd->conns);
    list_init(&httpd->waiting[0]);
    list_init(&httpd->waiting[1]);
    struct event_base *base = loop_event_base(loop);
    httpd->evhttp = evhttp_new(base);
    struct evconnlistener *listener =
        evconnlistener_new(base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    httpd->bound = httpd->evhttp && listener ? evhttp_bind_listener(httpd->evhttp, listener) : NULL;
    if (!httpd->bound)
        abort(); /* out of memory */
    evconnlistener_set_error_cb(listener, on_accept_error);
    configure(httpd);
    on_tick(httpd);
    return httpd;
}

static void on_drained(void *arg)
{
    struct httpd *httpd = arg;
    loop_fn *drained = httpd->drained;
    httpd->drained = NULL;
    drained(httpd->drained_arg);
}

void httpd_look_if_drained(struct httpd *httpd)
{
    if (!httpd->drained || httpd->in_flight > 0)
        return;
    for (struct list *at = httpd->conns.next; at != &httpd->conns; at = at->next) {
        if (httpd_conn_is_busy(LIST_ENTRY(at, struct httpd_conn, in_httpd)))
            return;
    }
    loop_timer_start(httpd->loop, &httpd->drain_timer, 0, on_drained, httpd);
}

static void stop_accepting(struct httpd *httpd)
{
    if (!httpd->bound)
        return;
    loop_timer_stop(&httpd->tick);
    loop_timer_stop(&httpd->accept_turn);
    evhttp_del_accept_socket(httpd->evhttp, httpd->bound);
    httpd->bound = NULL;
}

void httpd_drain(struct httpd *httpd, loop_fn *drained, void *arg)
{
    stop_accepting(httpd);
    httpd->is_draining = true;
    struct list *next;
    for (struct list *at = httpd->conns.next; at != &httpd->conns; at = next) {
        next = at->next;
        httpd_conn_drain(LIST_ENTRY(at, struct httpd_conn, in_httpd));
    }
    httpd->drained = drained;
    httpd->drained_arg = arg;
    httpd_look_if_drained(httpd);
}

/* evhttp_free() frees the requests that are being handled under the handler's hands; so they are
 * answered first. */
void httpd_free(struct httpd *httpd)
{
    if (!httpd)
        return;
    stop_accepting(httpd);
    httpd->is_draining = true;
    httpd->drained = NULL;
    httpd->settings.on_refusal = NULL; /* the handler's argument may be gone */
    httpd->settings.on_drop = NULL;
    while (!list_is_empty(&httpd->requests)) {
        struct list *first = httpd->requests.next;
        struct httpd_request *request = LIST_ENTRY(first, struct httpd_request, in_httpd);
        struct httpd_conn *conn = request->conn;
        reply_busy(request, "{\"error\":\"shutting down\"}");
        if (conn)
            httpd_conn_flush(conn);
    }
    evhttp_free(httpd->evhttp);
    while (!list_is_empty(&httpd->conns))
        httpd_conn_free_dead(LIST_ENTRY(httpd->conns.next, struct httpd_conn, in_httpd));
    loop_timer_stop(&httpd->drain_timer);
    loop_timer_stop(&httpd->handle);
    free(httpd->by_fd);
    free(httpd);
}

uint16_t httpd_port(const struct httpd *httpd)
{
    return httpd->port;
}

size_t httpd_in_flight(const struct httpd *httpd)
{
    return httpd->in_flight;
}

const char *httpd_library_version(void)
{
    return event_get_version();
}
