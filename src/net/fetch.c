/*
 * libcurl's multi handle on the loop.
 *
 * libcurl says which sockets it waits for (on_socket: one libevent event each) and when it wants to
 * be called anyway (on_timer: one timer). After each call of curl_multi_socket_action() what has
 * ended is read. No callback of libcurl's calls anything of ours that could start or cancel a job:
 * results are posted by the job core.
 */
#include "net/fetch.h"

#include "base/mem.h"
#include "net/fetch_impl.h"
#include "net/loop_event.h"

#include <assert.h>
#include <curl/curl.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>

enum { POOL_MAX = 1024 /* connections to perspectives that are kept while idle */ };

struct fetch {
    struct loop *loop;
    CURLM *multi;
    struct loop_timer timer;
    struct list sockets;
    struct list jobs; /* running ones */
    struct fetch_pool pool;
};

/* A socket that libcurl waits for. */
struct watched_socket {
    struct fetch *fetch;
    struct list in_fetch;
    struct event *event;
    struct fetch_job *op; /* that is pinned to it, while it runs; NULL: fetch_pool may know one */
};

static struct fetch_job *op_of(struct job *job)
{
    return LIST_ENTRY(job, struct fetch_job, job);
}

/* ---- libcurl on the loop ---- */

static void on_ended(CURL *easy, CURLcode code)
{
    char *pointer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &pointer);
    struct fetch_job *op = (void *)pointer;
    assert(job_is_running(&op->job));
    fetch_transfer_end(op, code);
    job_finish(&op->job);
}

static void make_multi(struct fetch *fetch);

/* libcurl does not know the state of any transfer any more. */
static void fail_all(struct fetch *fetch, CURLMcode code)
{
    while (!list_is_empty(&fetch->jobs)) {
        struct fetch_job *op = LIST_ENTRY(fetch->jobs.next, struct fetch_job, in_fetch);
        fetch_transfer_fail_by_library(op, PEER_LOCAL, curl_multi_strerror(code));
        job_finish(&op->job);
    }
    curl_multi_cleanup(fetch->multi);
    make_multi(fetch);
}

static void act(struct fetch *fetch, curl_socket_t fd, int what)
{
    int running, left;
    CURLMcode code = curl_multi_socket_action(fetch->multi, fd, what, &running);
    if (code != CURLM_OK) {
        fail_all(fetch, code);
        return;
    }
    for (CURLMsg *message; (message = curl_multi_info_read(fetch->multi, &left));) {
        /* The message dies with the handle, which on_ended() frees. */
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        if (message->msg == CURLMSG_DONE)
            on_ended(easy, result);
    }
}

/* libcurl swallows chunk extensions, and what TLS throws away, without telling anybody: a server that
 * sends nothing else would send as long as its time lasts. So the kernel is asked. `before`: what came
 * in answer to others' questions. */
static bool has_sent_too_much(const struct fetch_job *op, int fd, uint64_t before)
{
    uint64_t max = FETCH_WIRE_BYTES + 4 * (uint64_t)op->request->body_max_bytes;
    uint64_t received = fetch_pool_bytes_received(fd);
    return received > before && received - before > max;
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    struct watched_socket *watched = arg;
    uint64_t before = 0;
    struct fetch_job *op =
        watched->op ? watched->op : fetch_pool_user(&watched->fetch->pool, fd, &before);
    int flags = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
    if (op && has_sent_too_much(op, fd, before)) {
        fetch_transfer_fail(op, PEER_NOT_HTTP, "the server sends far more than an answer needs");
        job_finish(&op->job);
        return;
    }
    act(watched->fetch, fd, flags);
}

/* From the newest: the number may have been that of a connection that failed just now. */
static struct fetch_job *op_with_socket(const struct fetch *fetch, curl_socket_t fd)
{
    for (struct list *node = fetch->jobs.prev; node != &fetch->jobs; node = node->prev) {
        struct fetch_job *op = LIST_ENTRY(node, struct fetch_job, in_fetch);
        if (op->fd == fd)
            return op;
    }
    return NULL;
}

static void on_timer_due(void *arg)
{
    act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* One-shot; replaces the one before. Also for 0 it must not call curl from here: it runs inside
 * curl_multi_add_handle(). */
static int on_timer(CURLM *multi, long wait_ms, void *arg)
{
    struct fetch *fetch = arg;
    (void)multi;
    if (wait_ms < 0)
        loop_timer_stop(&fetch->timer);
    else
        loop_timer_start(fetch->loop, &fetch->timer, loop_now_ms(fetch->loop) + (uint64_t)wait_ms,
                         on_timer_due, fetch);
    return 0; /* -1 would end all transfers */
}

static void forget_socket(struct watched_socket *watched)
{
    if (watched->event)
        event_free(watched->event);
    if (watched->op)
        watched->op->socket = NULL;
    list_remove(&watched->in_fetch);
    free(watched);
}

/* Also for sockets of no transfer (the name lookup's, idle connections'), and inside
 * curl_multi_cleanup(). On CURL_POLL_REMOVE the event goes at once: curl may close the descriptor
 * next, and its number may come back. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct fetch *fetch = arg;
    struct watched_socket *watched = socket_arg;
    (void)easy; /* not always the one that the socket belongs to */
    if (what == CURL_POLL_REMOVE) {
        if (watched)
            forget_socket(watched);
        return 0;
    }
    if (!watched) {
        watched = xcalloc(1, sizeof *watched);
        watched->fetch = fetch;
        watched->op = op_with_socket(fetch, fd);
        if (watched->op)
            watched->op->socket = watched;
        list_append(&fetch->sockets, &watched->in_fetch);
        curl_multi_assign(fetch->multi, fd, watched);
    }
    short events = (short)((what & CURL_POLL_IN ? EV_READ : 0) |
                           (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);
    if (watched->event)
        event_free(watched->event);
    watched->event = event_new(loop_event_base(fetch->loop), fd, events, on_event, watched);
    if (!watched->event || event_add(watched->event, NULL) != 0)
        abort();
    return 0;
}

static void make_multi(struct fetch *fetch)
{
    fetch->multi = curl_multi_init();
    if (!fetch->multi)
        abort();
    curl_multi_setopt(fetch->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(fetch->multi, CURLMOPT_SOCKETDATA, fetch);
    curl_multi_setopt(fetch->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(fetch->multi, CURLMOPT_TIMERDATA, fetch);
    curl_multi_setopt(fetch->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(fetch->multi, CURLMOPT_MAXCONNECTS, (long)POOL_MAX);
}

struct fetch *fetch_new(struct loop *loop, struct err *err)
{
    /* curl_global_init() opens the file that this variable names and then writes there the session
     * keys of every TLS connection. */
    if (getenv("SSLKEYLOGFILE"))
        unsetenv("SSLKEYLOGFILE");
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        err_set(err, ERR_IO, "libcurl does not start: %s", curl_easy_strerror(code));
        return NULL;
    }
    /* A server that closes while we write must not end the process. */
    signal(SIGPIPE, SIG_IGN);
    struct fetch *fetch = xcalloc(1, sizeof *fetch);
    fetch->loop = loop;
    list_init(&fetch->sockets);
    list_init(&fetch->jobs);
    fetch_pool_init(&fetch->pool, loop);
    make_multi(fetch);
    return fetch;
}

void fetch_free(struct fetch *fetch)
{
    if (!fetch)
        return;
    assert(list_is_empty(&fetch->jobs));
    curl_multi_cleanup(fetch->multi); /* calls on_socket() and on_timer() */
    while (!list_is_empty(&fetch->sockets))
        forget_socket(LIST_ENTRY(fetch->sockets.next, struct watched_socket, in_fetch));
    loop_timer_stop(&fetch->timer);
    fetch_pool_clear(&fetch->pool);
    curl_global_cleanup();
    free(fetch);
}

/* ---- jobs ---- */

static void stop_op(struct job *job)
{
    struct fetch_job *op = op_of(job);
    loop_timer_stop(&op->connect_timer);
    list_remove(&op->in_fetch);
    if (op->socket)
        op->socket->op = NULL; /* libcurl may keep the socket for a while to say goodbye */
    op->socket = NULL;
    fetch_transfer_collect(op);
    if (op->is_added)
        curl_multi_remove_handle(op->fetch->multi, op->easy);
    fetch_transfer_clear(op);
    fetch_pool_release(op->pool, op);
}

/* The step that the time ran out in. */
static const char *unfinished_step(const struct fetch_job *op)
{
    bool is_https = strncasecmp(op->request->url, "https:", 6) == 0;
    if (is_https && !op->is_ready)
        return "connected, but no complete TLS handshake in time";
    switch (op->response.phase) {
    case FETCH_PHASE_STATUS:
        return "connected, but no answer in time";
    case FETCH_PHASE_FIELDS:
        return "the headers of the answer were not complete in time";
    case FETCH_PHASE_BODY:
        break;
    }
    return "the body of the answer was not complete in time";
}

static void on_job_deadline(struct job *job)
{
    struct fetch_job *op = op_of(job);
    if (op->is_connected)
        fetch_transfer_fail(op, PEER_READ_TIMEOUT, unfinished_step(op));
    else
        fetch_transfer_fail(op, PEER_CONNECT_TIMEOUT, "no connection in time");
}

static void deliver(struct job *job)
{
    struct fetch_job *op = op_of(job);
    struct fetch_result *result = &op->result;
    const struct fetch_response *response = &op->response;
    if (!result->error_text)
        result->error_text = "";
    if (!result->library_text)
        result->library_text = "";
    if (response->phase == FETCH_PHASE_BODY) {
        result->has_response = true;
        result->status_code = response->status_code;
        result->reason = response->reason;
        result->headers = response->headers;
        result->header_count = response->header_count;
        result->body = (struct bytes){response->body, response->body_bytes};
        result->body_cut = response->body_cut;
    }
    result->is_unanswered = response->header_bytes == 0 && response->body_bytes == 0;
    result->total_us = loop_now_us(op->fetch->loop) - op->started_us;
    op->done(result, op->arg);
}

static void free_op(struct job *job)
{
    struct fetch_job *op = op_of(job);
    fetch_response_clear(&op->response);
    arena_free(op->arena);
    free(op);
}

static const struct job_ops ops = {
    .stop = stop_op, .on_deadline = on_job_deadline, .deliver = deliver, .free = free_op};

/* curl's own limit of connecting would include the TLS handshake: a server that is reached, but
 * slow, would look unreachable. */
static void on_connect_deadline(void *arg)
{
    struct fetch_job *op = arg;
    fetch_transfer_collect(op);
    if (op->is_connected)
        return;
    fetch_transfer_fail(op, PEER_CONNECT_TIMEOUT, "no connection in time");
    job_finish(&op->job);
}

static void start_transfer(struct fetch_job *op)
{
    CURLMcode code = CURLM_OK;
    bool is_ready = fetch_transfer_prepare(op);
    if (is_ready) {
        code = curl_multi_add_handle(op->fetch->multi, op->easy);
        op->is_added = code == CURLM_OK;
        if (!op->is_added)
            fetch_transfer_fail_by_library(op, PEER_LOCAL, curl_multi_strerror(code));
    }
    if (!op->is_added)
        job_finish(&op->job);
    else if (op->request->connect_deadline_ms)
        loop_timer_start(op->fetch->loop, &op->connect_timer, op->request->connect_deadline_ms,
                         on_connect_deadline, op);
}

struct fetch_job *fetch_start(struct fetch *fetch, const struct fetch_request *request,
                              struct job_group *group, uint64_t deadline_ms, fetch_done_fn *done,
                              void *arg)
{
    struct fetch_job *op = xcalloc(1, sizeof *op);
    op->fetch = fetch;
    op->fd = -1;
    op->pool = &fetch->pool;
    op->arena = arena_new();
    op->request = fetch_request_copy(op->arena, request);
    op->done = done;
    op->arg = arg;
    op->started_us = loop_now_us(fetch->loop);
    list_append(&fetch->jobs, &op->in_fetch);
    job_start(&op->job, &ops, fetch->loop, group, deadline_ms);
    start_transfer(op);
    return op;
}

void fetch_cancel(struct fetch_job *job)
{
    job_cancel(&job->job);
}

void fetch_drop(struct fetch *fetch, uint64_t connection)
{
    fetch_pool_drop(&fetch->pool, connection);
}

const char *fetch_library_version(void)
{
    return curl_version();
}
