/*
 * One connection of the server.
 *
 * evhttp makes connections itself and shows nothing of them before their first request is complete.
 * What we need earlier (limits in time and number, the gate) hangs on the bufferevent, the one part
 * that evhttp lets us make:
 *  - a callback on its input buffer sees the bytes before evhttp's own callback does, and feeds the
 *    gate;
 *  - evhttp's connection is the argument of the callbacks that evhttp set on the bufferevent; from
 *    there it is adopted, on the next turn or with the first byte, and tells us when it dies;
 *  - a refusal takes the bufferevent away from evhttp: other callbacks, our own answer, then
 *    evhttp_connection_free().
 *
 *   accept -> READING -> HANDLING -> WRITING -> READING …
 *                \__________________________\____________-> REFUSING -> LINGERING -> closed
 *
 * In every state but HANDLING it is our client that lets us wait, and the connection stands in a
 * queue, by when it entered the state or its request began: at the limit the first one gives way.
 */
#include "net/httpd_impl.h"

#include "base/mem.h"
#include "base/str.h"
#include "net/loop_event.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    REFUSE_MS = 5000,          /* a client has to take the few bytes of a refusal */
    LINGER_MS = 2000,          /* then it may go on sending what we do not read, and has to close */
    LINGER_BYTES = 1 << 20,    /* … this much at most */
    DRAIN_READ_MS = 2000,      /* a half-read request has to arrive when we shut down */
    OVER_LIMIT_CONNS_MAX = 64, /* connections over the limit that are read */
    OVER_LIMIT_READ_MS = 2000, /* their request has to arrive */
};

static void on_time_limit(void *arg);

static void set_time_limit(struct httpd_conn *conn, uint64_t ms)
{
    struct loop *loop = conn->httpd->loop;
    loop_timer_start(loop, &conn->timer, loop_now_ms(loop) + ms, on_time_limit, conn);
}

static uint64_t idle_ms(const struct httpd_conn *conn)
{
    return (uint64_t)conn->httpd->settings.idle_timeout_s * 1000;
}

static uint64_t read_ms(const struct httpd_conn *conn)
{
    if (conn->is_over_limit)
        return OVER_LIMIT_READ_MS;
    return conn->httpd->is_draining && conn->gate.has_begun ? DRAIN_READ_MS : idle_ms(conn);
}

/* To the end of the queue; with HANDLING, out of it. */
static void enter(struct httpd_conn *conn, enum httpd_conn_state state)
{
    conn->state = state;
    list_remove(&conn->in_waiting);
    if (state != CONN_HANDLING)
        list_append(&conn->httpd->waiting[conn->is_over_limit], &conn->in_waiting);
}

/* ---- life and death ---- */

static void free_conn(struct httpd_conn *conn)
{
    struct httpd *httpd = conn->httpd;
    if (conn->request)
        conn->request->conn = NULL;
    evbuffer_remove_cb_entry(bufferevent_get_input(conn->bev), conn->on_input);
    bufferevent_decref(conn->bev);
    loop_timer_stop(&conn->timer);
    if (conn->fd >= 0)
        httpd->by_fd[conn->fd] = NULL;
    list_remove(&conn->in_httpd);
    list_remove(&conn->in_waiting);
    if (conn->is_over_limit)
        httpd->over_limit_count--;
    else
        httpd->conn_count--;
    http_gate_clear(&conn->gate);
    free(conn);
    httpd_look_if_drained(httpd);
}

void httpd_conn_free_dead(struct httpd_conn *conn)
{
    free_conn(conn);
}

/* evhttp is about to free the connection. */
static void on_close(struct evhttp_connection *evcon, void *arg)
{
    (void)evcon;
    free_conn(arg);
}

static void close_conn(struct httpd_conn *conn)
{
    evhttp_connection_free(conn->evcon); /* calls on_close() */
}

static void index_by_fd(struct httpd_conn *conn)
{
    struct httpd *httpd = conn->httpd;
    size_t fd = (size_t)conn->fd;
    if (fd >= httpd->by_fd_count) {
        size_t count = fd * 2 + 64;
        httpd->by_fd = xrealloc(httpd->by_fd, count * sizeof(void *));
        memset(httpd->by_fd + httpd->by_fd_count, 0, (count - httpd->by_fd_count) * sizeof(void *));
        httpd->by_fd_count = count;
    }
    assert(!httpd->by_fd[fd]);
    httpd->by_fd[fd] = conn;
}

/* False: evhttp has freed it already (the client was gone at once), and now `conn` is freed too. */
static bool adopt(struct httpd_conn *conn)
{
    void *evcon = NULL;
    if (conn->evcon)
        return true;
    bufferevent_getcb(conn->bev, NULL, NULL, NULL, &evcon);
    if (!evcon) {
        free_conn(conn);
        return false;
    }
    conn->evcon = evcon;
    assert(evhttp_connection_get_bufferevent(conn->evcon) == conn->bev);
    evhttp_connection_set_closecb(conn->evcon, on_close, conn);
    conn->fd = bufferevent_getfd(conn->bev);
    index_by_fd(conn);
    return true;
}

bool httpd_conn_make_room(struct httpd *httpd, bool over_limit)
{
    struct list *queue = &httpd->waiting[over_limit];
    if (list_is_empty(queue))
        return false;
    struct httpd_conn *conn = LIST_ENTRY(queue->next, struct httpd_conn, in_waiting);
    if (!adopt(conn))
        return true;
    httpd_count_drop(httpd, HTTPD_DROP_GAVE_WAY);
    close_conn(conn);
    return true;
}

bool httpd_conn_is_busy(const struct httpd_conn *conn)
{
    switch (conn->state) {
    case CONN_READING:
        return conn->gate.has_begun;
    case CONN_HANDLING:
    case CONN_WRITING:
    case CONN_REFUSING:
        return true;
    case CONN_LINGERING:
        break;
    }
    return false;
}

/* ---- refusals ---- */

static void on_refusal_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    (void)what;
    close_conn(arg);
}

/* Closing with unread bytes makes the kernel send a reset, which may overtake our answer
 * (RFC 9112 section 9.6): so first say that we are done, then read to the end. */
static void enter_lingering(struct bufferevent *bev, void *arg)
{
    struct httpd_conn *conn = arg;
    enter(conn, CONN_LINGERING);
    bufferevent_setcb(bev, NULL, NULL, on_refusal_event, conn);
    shutdown(conn->fd, SHUT_WR);
    set_time_limit(conn, LINGER_MS);
    bufferevent_enable(bev, EV_READ);
    httpd_look_if_drained(conn->httpd);
}

static const char *phrase_of(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 417:
        return "Expectation Failed";
    case 431:
        return "Request Header Fields Too Large";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    default:
        return "HTTP Version Not Supported";
    }
}

/* No callback of evhttp runs after this: also its deferred reading calls the read callback that is
 * set then, which is none. */
static void enter_refusing(struct httpd_conn *conn, struct http_gate_refusal refusal)
{
    struct evbuffer *output = bufferevent_get_output(conn->bev);
    size_t body_bytes = strlen("{\"error\":\"\"}") + strlen(refusal.reason);
    enter(conn, CONN_REFUSING);
    httpd_count_refusal(conn->httpd, refusal.status);
    bufferevent_setcb(conn->bev, NULL, enter_lingering, on_refusal_event, conn);
    bufferevent_disable(conn->bev, EV_READ);
    evbuffer_drain(bufferevent_get_input(conn->bev), SIZE_MAX);
    evbuffer_add_printf(output,
                        "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\nConnection: close\r\n%s\r\n{\"error\":\"%s\"}",
                        refusal.status, phrase_of(refusal.status), body_bytes,
                        refusal.status == 503 ? "Retry-After: 1\r\n" : "", refusal.reason);
    set_time_limit(conn, REFUSE_MS);
    bufferevent_enable(conn->bev, EV_WRITE);
}

static const struct http_gate_refusal too_many = {503, "too many connections"};

/* What a POST asks for is not vital: its body is not waited for. */
static bool is_refused_over_limit(const struct httpd_conn *conn)
{
    const char *method = conn->gate.method;
    return conn->is_over_limit && conn->gate.status == HTTP_GATE_MORE && method[0] &&
           !str_eq(method, "GET") && !str_eq(method, "HEAD");
}

/* ---- reading ---- */

static void feed_gate(struct httpd_conn *conn, struct evbuffer *input, size_t skip)
{
    struct evbuffer_ptr at;
    bool had_begun = conn->gate.has_begun;
    while (conn->gate.status == HTTP_GATE_MORE && skip < evbuffer_get_length(input)) {
        struct evbuffer_iovec part;
        evbuffer_ptr_set(input, &at, skip, EVBUFFER_PTR_SET);
        evbuffer_peek(input, -1, &at, &part, 1);
        skip += http_gate_feed(&conn->gate, (struct bytes){part.iov_base, part.iov_len});
    }
    if (conn->gate.has_begun && !had_begun) {
        enter(conn, CONN_READING);
        set_time_limit(conn, read_ms(conn));
    }
}

static void discard(struct httpd_conn *conn, struct evbuffer *input)
{
    conn->discarded_bytes += evbuffer_get_length(input);
    evbuffer_drain(input, SIZE_MAX);
    if (conn->discarded_bytes > LINGER_BYTES)
        set_time_limit(conn, 0);
}

/* Runs when bytes came, inside the bufferevent's reading and before its read callback, which is
 * evhttp's: nothing may be freed here. */
static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
    struct httpd_conn *conn = arg;
    if (info->n_added == 0)
        return;
    if (conn->state == CONN_LINGERING)
        discard(conn, input);
    if (conn->state != CONN_READING)
        return;
    bool is_alive = adopt(conn);
    assert(is_alive); /* evhttp's callbacks are set: else nobody would read */
    (void)is_alive;
    feed_gate(conn, input, evbuffer_get_length(input) - info->n_added);
    if (conn->gate.status == HTTP_GATE_REFUSED)
        enter_refusing(conn, conn->gate.refusal);
    else if (is_refused_over_limit(conn))
        enter_refusing(conn, too_many);
}

static const struct http_gate_refusal too_slow = {408, "the request took too long"};

static void close_waiting(struct httpd_conn *conn)
{
    if (conn->state == CONN_WRITING)
        httpd_count_drop(conn->httpd, HTTPD_DROP_SLOW_READER);
    close_conn(conn);
}

static void on_time_limit(void *arg)
{
    struct httpd_conn *conn = arg;
    if (conn->gate.status == HTTP_GATE_REFUSED && conn->state == CONN_READING)
        enter_refusing(conn, conn->gate.refusal);
    else if (conn->state == CONN_READING && conn->gate.has_begun)
        enter_refusing(conn, conn->is_over_limit ? too_many : too_slow);
    else
        close_waiting(conn);
}

static void on_adopt(void *arg)
{
    struct httpd_conn *conn = arg;
    if (!adopt(conn))
        return;
    if (conn->has_no_place) {
        httpd_count_drop(conn->httpd, HTTPD_DROP_NO_ROOM);
        close_conn(conn);
    } else {
        set_time_limit(conn, read_ms(conn));
    }
}

static void take_place(struct httpd_conn *conn)
{
    struct httpd *httpd = conn->httpd;
    conn->is_over_limit =
        httpd->conn_count >= httpd->settings.max_connections && !httpd_conn_make_room(httpd, false);
    conn->has_no_place = conn->is_over_limit && httpd->over_limit_count >= OVER_LIMIT_CONNS_MAX &&
                         !httpd_conn_make_room(httpd, true);
    if (conn->is_over_limit)
        httpd->over_limit_count++;
    else
        httpd->conn_count++;
}

/* If this returned NULL, evhttp would make a bufferevent of its own, without any of the above. */
struct bufferevent *httpd_conn_accept(struct event_base *base, void *arg)
{
    struct httpd *httpd = arg;
    struct httpd_conn *conn = xcalloc(1, sizeof *conn);
    conn->httpd = httpd;
    conn->fd = -1;
    http_gate_init(&conn->gate, httpd->settings.max_body_bytes);
    conn->bev = bufferevent_socket_new(base, -1, 0);
    if (!conn->bev)
        abort();
    bufferevent_incref(conn->bev);
    conn->on_input = evbuffer_add_cb(bufferevent_get_input(conn->bev), on_input, conn);
    if (!conn->on_input)
        abort();
    take_place(conn);
    httpd_count_accepted(httpd);
    list_append(&httpd->conns, &conn->in_httpd);
    enter(conn, CONN_READING);
    loop_timer_start(httpd->loop, &conn->timer, 0, on_adopt, conn);
    return conn->bev;
}

/* ---- requests ---- */

struct httpd_conn *httpd_conn_of(struct httpd *httpd, struct evhttp_request *req)
{
    struct evhttp_connection *evcon = evhttp_request_get_connection(req);
    size_t fd = (size_t)bufferevent_getfd(evhttp_connection_get_bufferevent(evcon));
    struct httpd_conn *conn = fd < httpd->by_fd_count ? httpd->by_fd[fd] : NULL;
    size_t body_bytes = evbuffer_get_length(evhttp_request_get_input_buffer(req));
    if (!conn || conn->evcon != evcon || conn->gate.status != HTTP_GATE_DONE ||
        conn->gate.body_bytes != body_bytes)
        return NULL;
    return conn;
}

void httpd_conn_enter_handling(struct httpd_conn *conn, struct httpd_request *request)
{
    enter(conn, CONN_HANDLING);
    conn->request = request;
    loop_timer_stop(&conn->timer);
}

/* The reply is with the kernel. If the connection stays, evhttp goes on to read right after this,
 * from the bytes that came with the last request: they go through the gate now. */
static void on_reply_sent(struct evhttp_request *req, void *arg)
{
    (void)req;
    struct httpd_conn *conn = arg;
    struct evbuffer *input = bufferevent_get_input(conn->bev);
    enter(conn, CONN_READING);
    http_gate_next(&conn->gate);
    set_time_limit(conn, read_ms(conn));
    feed_gate(conn, input, 0);
    if (conn->gate.status == HTTP_GATE_REFUSED) {
        evbuffer_drain(input, SIZE_MAX);
        set_time_limit(conn, 0); /* not now: evhttp sets its callbacks after this one */
    } else if (conn->httpd->is_draining && !conn->gate.has_begun) {
        set_time_limit(conn, 0);
    }
    httpd_look_if_drained(conn->httpd);
}

void httpd_conn_enter_writing(struct httpd_conn *conn, struct evhttp_request *req)
{
    enter(conn, CONN_WRITING);
    conn->request = NULL;
    evhttp_request_set_on_complete_cb(req, on_reply_sent, conn);
    set_time_limit(conn, idle_ms(conn));
    /* evhttp enables reading while it writes, to notice a client that leaves. But it takes the end
     * of what a client sends ("nc -N") for that and drops the reply; and what a client pumps in
     * meanwhile would be buffered without bound. */
    bufferevent_disable(conn->bev, EV_READ);
}

void httpd_conn_drain(struct httpd_conn *conn)
{
    if (!adopt(conn) || conn->state != CONN_READING)
        return;
    if (conn->gate.has_begun)
        set_time_limit(conn, DRAIN_READ_MS);
    else
        close_conn(conn);
}

void httpd_conn_flush(struct httpd_conn *conn)
{
    struct evbuffer *output = bufferevent_get_output(conn->bev);
    evbuffer_unfreeze(output, 1); /* the bufferevent lets nobody else take from its output */
    evbuffer_write(output, conn->fd);
}
