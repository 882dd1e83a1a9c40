#include "support/httpd_thread.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "support/raw_tcp.h"
#include "support/unit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct server server;

static void reply_with_facts(struct httpd_request *request)
{
    static const struct httpd_header headers[] = {{"X-Test", "yes"}, {NULL, NULL}};
    struct buf text = {0};
    const char *query = httpd_query(request), *test = httpd_header(request, "x-test");
    struct bytes body = httpd_body(request);
    buf_printf(&text, "%s %s ?%s test=%s peer=%s body=", httpd_method(request), httpd_path(request),
               query ? query : "none", test ? test : "none", httpd_peer(request));
    buf_append(&text, body.p, body.n);
    httpd_reply(request, 200, "text/plain", buf_bytes(&text), headers);
    buf_clear(&text);
}

static void on_request(struct httpd_request *request, void *arg)
{
    assert(arg == &server);
    server.handled++;
    const char *path = httpd_path(request);
    if (str_eq(path, "/held")) {
        assert(server.held_count < SERVER_HELD_MAX);
        server.held[server.held_count++] = request;
    } else if (str_eq(path, "/big")) {
        httpd_reply(request, 200, NULL, (struct bytes){(uint8_t *)server.big, SERVER_BIG_BYTES},
                    NULL);
    } else if (str_eq(path, "/slow")) {
        raw_sleep_ms(SERVER_SLOW_MS);
        reply_with_facts(request);
    } else if (str_eq(path, "/vital")) {
        server.handled_before_vital = server.handled - 1;
        reply_with_facts(request);
    } else if (str_eq(path, "/none")) {
        httpd_reply(request, 204, NULL, bytes_of("never sent"), NULL);
    } else {
        reply_with_facts(request);
    }
    server.in_flight = (unsigned)httpd_in_flight(server.httpd);
}

static void on_release(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < server.held_count; i++)
        httpd_reply(server.held[i], 200, NULL, bytes_of("released"), NULL);
    server.held_count = 0;
    server.in_flight = (unsigned)httpd_in_flight(server.httpd);
}

static void on_drained(void *arg)
{
    (void)arg;
    server.is_drained++;
}

static void on_drain(void *arg)
{
    (void)arg;
    httpd_drain(server.httpd, on_drained, NULL);
}

static void on_free(void *arg)
{
    (void)arg;
    httpd_free(server.httpd);
    server.httpd = NULL;
    server.held_count = 0;
    server.is_freed = 1;
}

static void on_stop(void *arg)
{
    (void)arg;
    loop_stop(server.loop);
}

static void *run(void *arg)
{
    (void)arg;
    loop_run(server.loop);
    return NULL;
}

static bool is_vital(const struct httpd_request *request, void *arg)
{
    (void)arg;
    return str_eq(httpd_path(request), "/vital");
}

static void on_refusal(int status, void *arg)
{
    (void)arg;
    assert(status < 600);
    server.refusals[status]++;
}

static void on_drop(enum httpd_drop why, void *arg)
{
    (void)arg;
    server.drops[why]++;
}

const struct httpd_settings server_usual = {
    .listen = "127.0.0.1:0",
    .max_body_bytes = SERVER_BODY_MAX,
    .max_connections = 100,
    .max_in_flight = 100,
    .idle_timeout_s = 20,
    .is_vital = is_vital,
    .on_refusal = on_refusal,
    .on_drop = on_drop,
};

void server_start(struct httpd_settings settings)
{
    struct err err;
    server = (struct server){.loop = loop_new()};
    server.big = xcalloc(SERVER_BIG_BYTES, 1);
    server.httpd = httpd_new(server.loop, &settings, on_request, &server, &err);
    assert_non_null(server.httpd);
    server.port = httpd_port(server.httpd);
    assert_true(server.port > 0);
    server.on_release = loop_notifier_new(server.loop, on_release, NULL);
    server.on_drain = loop_notifier_new(server.loop, on_drain, NULL);
    server.on_free = loop_notifier_new(server.loop, on_free, NULL);
    server.on_stop = loop_notifier_new(server.loop, on_stop, NULL);
    assert_int_equal(pthread_create(&server.thread, NULL, run, NULL), 0);
}

int server_stop(void **state)
{
    (void)state;
    if (!server.loop)
        return 0;
    loop_notifier_signal(server.on_stop);
    pthread_join(server.thread, NULL);
    httpd_free(server.httpd);
    loop_notifier_free(server.on_release);
    loop_notifier_free(server.on_drain);
    loop_notifier_free(server.on_free);
    loop_notifier_free(server.on_stop);
    loop_free(server.loop);
    free(server.big);
    server.loop = NULL;
    return 0;
}

void server_await(atomic_uint *value, unsigned wanted)
{
    for (uint64_t end = raw_now_ms() + RAW_WAIT_MS; raw_now_ms() < end; raw_sleep_ms(5)) {
        if (*value == wanted)
            return;
    }
    fail_msg("it is %u, not %u", *value, wanted);
}

void server_assert_answer(int fd, const char *request, int status, const char *text)
{
    struct buf answer = {0};
    char line[32];
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    raw_send(fd, request);
    raw_read_response(fd, &answer);
    if (!str_starts_with(buf_str(&answer), line) || !strstr(buf_str(&answer), text))
        fail_msg("\"%s\" has no \"%s\" with \"%s\"", buf_str(&answer), line, text);
    buf_clear(&answer);
}
