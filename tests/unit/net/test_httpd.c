/* The server runs in a thread of its own on the real loop; the test is its client, by hand. */
#define _DEFAULT_SOURCE /* SO_REUSEPORT */

#include "net/httpd.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "support/raw_tcp.h"
#include "support/unit.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HELD_MAX = 16, BIG_BYTES = 8 << 20, BODY_MAX = 1000 };

struct server {
    struct loop *loop;
    struct httpd *httpd;
    struct loop_notifier *on_release, *on_drain, *on_free, *on_stop;
    pthread_t thread;
    uint16_t port;
    struct httpd_request *held[HELD_MAX];
    size_t held_count;
    char *big;
    atomic_uint handled, is_drained, is_freed, in_flight;
};

static struct server server;

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
        assert(server.held_count < HELD_MAX);
        server.held[server.held_count++] = request;
    } else if (str_eq(path, "/big")) {
        httpd_reply(request, 200, NULL, (struct bytes){(uint8_t *)server.big, BIG_BYTES}, NULL);
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

static const struct httpd_settings usual = {
    .listen = "127.0.0.1:0",
    .max_body_bytes = BODY_MAX,
    .max_connections = 100,
    .max_in_flight = 100,
    .idle_timeout_s = 20,
};

static void start(struct httpd_settings settings)
{
    struct err err;
    server = (struct server){.loop = loop_new()};
    server.big = xcalloc(BIG_BYTES, 1);
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

static int stop(void **state)
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

static void await(atomic_uint *value, unsigned wanted)
{
    for (uint64_t end = raw_now_ms() + RAW_WAIT_MS; raw_now_ms() < end; raw_sleep_ms(5)) {
        if (*value == wanted)
            return;
    }
    fail_msg("it is %u, not %u", *value, wanted);
}

/* Sends a request and compares status and text; the connection stays open. */
static void assert_answer(int fd, const char *request, int status, const char *text)
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

#define HOST            "Host: localhost\r\n"
#define GET(path)       "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define POST_HEAD(path) "POST " path " HTTP/1.1\r\n" HOST

/* ---- addresses ---- */

static void test_parse_listen_takes_address_and_port_only(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host;
        int port; /* -1: refused */
    } rows[] = {
        {"127.0.0.1:8000", "127.0.0.1", 8000},
        {"0.0.0.0:0", "0.0.0.0", 0},
        {"[::1]:65535", "::1", 65535},
        {"[2001:db8::1]:80", "2001:db8::1", 80},
        {"", NULL, -1},
        {"8000", NULL, -1},
        {":8000", NULL, -1},
        {"localhost:8000", NULL, -1},
        {"127.0.0.1", NULL, -1},
        {"127.0.0.1:", NULL, -1},
        {"127.0.0.1:65536", NULL, -1},
        {"127.0.0.1:999999999999", NULL, -1},
        {"127.0.0.1:+1", NULL, -1},
        {"127.0.0.1:8000 ", NULL, -1},
        {"::1:8000", NULL, -1},
        {"[::1]", NULL, -1},
        {"[::1]8000", NULL, -1},
        {"[::1]x:8000", NULL, -1},
        {"[::1:8000", NULL, -1},
        {"[127.0.0.1]:8000", NULL, -1},
        {"[1111111111111111111111111111111111111111111111111111111111111111]:1", NULL, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char host[64];
        uint16_t port;
        struct err err = {0};
        bool ok = httpd_parse_listen(rows[i].text, host, &port, &err);
        if (ok != (rows[i].port >= 0))
            fail_msg("\"%s\": %d", rows[i].text, ok);
        if (!ok) {
            assert_true(strstr(err.text, rows[i].text) != NULL);
            continue;
        }
        assert_string_equal(host, rows[i].host);
        assert_int_equal(port, rows[i].port);
    }
}

static void listen_text(char text[32], uint16_t port)
{
    snprintf(text, 32, "127.0.0.1:%u", port);
}

static void test_check_listen_sees_every_other_listener(void **state)
{
    (void)state;
    struct err err;
    char text[32];
    uint16_t port;
    int other = raw_listen(&port);
    listen_text(text, port);
    assert_false(httpd_check_listen(text, &err));
    assert_non_null(strstr(err.text, text));
    struct loop *loop = loop_new();
    struct httpd_settings settings = usual;
    settings.listen = text;
    assert_null(httpd_new(loop, &settings, on_request, NULL, &err));
    assert_non_null(strstr(err.text, text));
    close(other);
    assert_true(httpd_check_listen(text, &err));

    /* One that shares the port: httpd_new() alone would join it. */
    struct httpd *first = httpd_new(loop, &settings, on_request, NULL, &err);
    assert_non_null(first);
    assert_false(httpd_check_listen(text, &err));
    httpd_free(first);
    assert_true(httpd_check_listen(text, &err));
    assert_false(httpd_check_listen("192.0.2.1:8000", &err)); /* not an address of ours */
    assert_false(httpd_check_listen("nonsense", &err));
    loop_free(loop);
}

static void test_new_refuses_absurd_body_limit(void **state)
{
    (void)state;
    struct err err;
    struct httpd_settings settings = usual;
    settings.max_body_bytes = SIZE_MAX;
    assert_null(httpd_new(NULL, &settings, on_request, NULL, &err));
}

static atomic_uint served[2];

static void count_request(struct httpd_request *request, void *arg)
{
    atomic_uint *count = arg;
    ++*count;
    httpd_reply(request, 200, NULL, bytes_of(""), NULL);
}

static void *run_loop(void *arg)
{
    loop_run(arg);
    return NULL;
}

static void test_workers_share_one_port(void **state)
{
    (void)state;
    struct err err;
    char text[32];
    struct loop *loop = loop_new();
    struct httpd_settings settings = usual;
    struct httpd *first = httpd_new(loop, &settings, count_request, &served[0], &err);
    listen_text(text, httpd_port(first));
    settings.listen = text;
    struct httpd *second = httpd_new(loop, &settings, count_request, &served[1], &err);
    assert_non_null(second);
    assert_int_equal(httpd_port(second), httpd_port(first));
    server = (struct server){.loop = loop};
    struct loop_notifier *stopper = loop_notifier_new(loop, on_stop, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, run_loop, loop);
    for (int i = 0; i < 64; i++) {
        int fd = raw_connect(httpd_port(first));
        assert_answer(fd, GET("/"), 200, "");
        close(fd);
    }
    loop_notifier_signal(stopper);
    pthread_join(thread, NULL);
    server.loop = NULL;
    assert_int_equal(served[0] + served[1], 64);
    assert_true(served[0] > 0 && served[1] > 0);
    httpd_free(first);
    httpd_free(second);
    loop_notifier_free(stopper);
    loop_free(loop);
}

/* ---- requests ---- */

static void test_handler_sees_the_request(void **state)
{
    (void)state;
    start(usual);
    int fd = raw_connect(server.port);
    static const struct {
        const char *request, *facts;
    } rows[] = {
        {"GET / HTTP/1.1\r\n" HOST "X-TEST:  a b \t\r\nX-Test: second\r\n\r\n",
         "GET / ?none test=a b peer=127.0.0.1 body="},
        {GET("/a%2fb/../c?d=e&f=%41"), "GET /a%2fb/../c ?d=e&f=%41 test=none"},
        {POST_HEAD("/p") "Content-Length: 5\r\n\r\nhello", "POST /p ?none test=none peer=127.0.0.1 "
                                                           "body=hello"},
        {POST_HEAD("/p") "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
         "body=hello"},
        {"PUT /p HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", "PUT /p ?none test=none "
                                                                  "peer=127.0.0.1 body=x"},
        {"DELETE / HTTP/1.1\r\n" HOST "\r\n", "DELETE /"},
        {"PATCH / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", "body=x"},
        {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS * "},
        {"TRACE / HTTP/1.1\r\n" HOST "\r\n", "TRACE /"},
        {"BREW /pot HTTP/1.1\r\n" HOST "\r\n", "BREW /pot"},
        {"GET / HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 2\r\n\r\nhi", "body=hi"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_answer(fd, rows[i].request, 200, rows[i].facts);
    assert_answer(fd, GET("/"), 200, "X-Test: yes\r\n");
    assert_int_equal(server.handled, sizeof rows / sizeof rows[0] + 1);
    close(fd);
}

static void test_answers_without_body_have_none(void **state)
{
    (void)state;
    start(usual);
    int fd = raw_connect(server.port);
    struct buf text = {0};
    raw_send(fd, "HEAD /abc HTTP/1.1\r\n" HOST "\r\n");
    raw_read_head(fd, &text);
    assert_non_null(strstr(buf_str(&text), "Content-Length: 46\r\n"));
    raw_send(fd, GET("/none"));
    raw_read_head(fd, &text);
    assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 204 "));
    assert_null(strstr(buf_str(&text), "Content-Length"));
    assert_answer(fd, GET("/"), 200, "GET / "); /* nothing is left over */
    buf_clear(&text);
    close(fd);
}

static void test_absolute_form_is_routed_by_its_path_and_closes(void **state)
{
    (void)state;
    start(usual);
    static const struct {
        const char *request, *facts;
    } rows[] = {
        {"GET http://a.example:1/x?y HTTP/1.1\r\n" HOST "\r\n", "GET /x ?y"},
        {"GET http://a.example HTTP/1.1\r\n" HOST "Proxy-Connection: x\r\n\r\n", "GET / ?none"},
        {"GET HTTP://[::1]?y HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n\r\n", "GET / ?y"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf text = {0};
        int fd = raw_connect(server.port);
        raw_send(fd, rows[i].request);
        raw_read_all(fd, &text);
        assert_non_null(strstr(buf_str(&text), rows[i].facts));
        assert_non_null(strstr(buf_str(&text), "Connection: close\r\n"));
        buf_clear(&text);
        close(fd);
    }
}

static void test_connection_is_kept_or_closed_as_asked(void **state)
{
    (void)state;
    start(usual);
    static const struct {
        const char *request;
        bool is_kept;
    } rows[] = {
        {GET("/"), true},
        {"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: x, close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: x\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf text = {0};
        int fd = raw_connect(server.port);
        raw_send(fd, rows[i].request);
        raw_read_response(fd, &text);
        assert_int_equal(strstr(buf_str(&text), "Connection: close\r\n") == NULL, rows[i].is_kept);
        assert_null(strstr(buf_str(&text), "eep-"));
        if (rows[i].is_kept)
            assert_answer(fd, rows[i].request, 200, "");
        else
            assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
        buf_clear(&text);
        close(fd);
    }
}

static void test_pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    start(usual);
    int fd = raw_connect(server.port);
    struct buf text = {0};
    raw_send(fd, GET("/held") GET("/2") POST_HEAD("/3") "Content-Length: 5\r\n\r\nhello" GET("/4"));
    await(&server.in_flight, 1);
    assert_true(raw_is_silent(fd, 100)); /* one at a time */
    assert_int_equal(server.handled, 1);
    loop_notifier_signal(server.on_release);
    const char *wanted[] = {"released", "GET /2", "POST /3", "GET /4"};
    for (size_t i = 0; i < 4; i++) {
        raw_read_response(fd, &text);
        assert_non_null(strstr(buf_str(&text), wanted[i]));
    }
    buf_clear(&text);
    close(fd);
}

static void test_malformed_pipelined_request_is_refused_after_the_good_ones(void **state)
{
    (void)state;
    start(usual);
    int fd = raw_connect(server.port);
    struct buf text = {0};
    raw_send(fd, GET("/1") GET("/2") "GET / HTTP/1.1\nHost: a\r\n\r\n" GET("/smuggled"));
    raw_read_response(fd, &text);
    assert_non_null(strstr(buf_str(&text), "GET /1"));
    raw_read_response(fd, &text);
    assert_non_null(strstr(buf_str(&text), "GET /2"));
    raw_read_response(fd, &text);
    assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 400 "));
    assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
    assert_int_equal(server.handled, 2);
    buf_clear(&text);
    close(fd);
}

static void test_request_in_single_bytes_is_read(void **state)
{
    (void)state;
    start(usual);
    int fd = raw_connect(server.port);
    const char *request = POST_HEAD("/x") "Transfer-Encoding: chunked\r\n\r\n"
                                          "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    for (const char *at = request; *at; at++) {
        char one[2] = {*at, '\0'};
        raw_send(fd, one);
        raw_sleep_ms(1);
    }
    assert_answer(fd, "", 200, "body=hello");
    close(fd);
}

/* ---- refusals ---- */

static void test_refusals_are_json_and_close(void **state)
{
    (void)state;
    start(usual);
    static const struct {
        const char *request;
        int status;
        const char *why;
    } rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400, "no Host"},
        {"GET / HTTP/1.1\n", 400, "bare line feed"},
        {POST_HEAD("/") "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400, "two lengths"},
        {POST_HEAD("/") "Content-Length: +2\r\n\r\nhi", 400, "sign"},
        {POST_HEAD("/") "Content-Length : 2\r\n\r\nhi", 400, "blank before the colon"},
        {POST_HEAD("/") "Transfer-Encoding: gzip\r\n\r\nhi", 400, "unknown coding"},
        {POST_HEAD("/") "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400, "both"},
        {POST_HEAD("/") "X: a\r\n b\r\n\r\n", 400, "folded"},
        {POST_HEAD("/") "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Api-Key: a\r\n\r\n", 400,
         "trailer"},
        {POST_HEAD("/") "Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n", 400, "chunk"},
        {POST_HEAD("/") "Content-Length: 1001\r\n\r\n", 413, "body too large"},
        {POST_HEAD("/") "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n", 413,
         "asked before"},
        {POST_HEAD("/") "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", 413, "chunked too large"},
        {POST_HEAD("/") "Expect: something\r\nContent-Length: 1\r\n\r\n", 417, "expectation"},
        {"CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n", 501, "tunnel"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HTTP/2"},
        {"\x16\x03\x01\x02", 400, "TLS"},
        {"GET //evil/mpic HTTP/1.1\r\n" HOST "\r\n", 400, "two slashes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf text = {0};
        char line[32];
        int fd = raw_connect(server.port);
        snprintf(line, sizeof line, "HTTP/1.1 %d ", rows[i].status);
        raw_send(fd, rows[i].request);
        raw_read_response(fd, &text);
        const char *s = buf_str(&text);
        if (!str_starts_with(s, line) || !strstr(s, "\r\nContent-Type: application/json\r\n") ||
            !strstr(s, "\r\nConnection: close\r\n") || !strstr(s, "\r\n\r\n{\"error\":\"") ||
            !str_ends_with(s, "\"}"))
            fail_msg("%s: %s", rows[i].why, s);
        assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
        buf_clear(&text);
        close(fd);
    }
    assert_int_equal(server.handled, 0);
}

static void test_refusal_reaches_a_client_that_goes_on_sending(void **state)
{
    (void)state;
    start(usual);
    int fd = raw_connect(server.port);
    struct buf text = {0};
    raw_send(fd, POST_HEAD("/") "Content-Length: 200000\r\n\r\n");
    static const uint8_t block[100000];
    assert_true(raw_try_send(fd, (struct bytes){block, sizeof block}));
    assert_true(raw_try_send(fd, (struct bytes){block, sizeof block}));
    raw_read_all(fd, &text);
    assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 413 "));
    /* But not for ever. */
    uint64_t end = raw_now_ms() + RAW_WAIT_MS;
    while (raw_try_send(fd, (struct bytes){block, sizeof block}))
        assert_true(raw_now_ms() < end);
    buf_clear(&text);
    close(fd);
}

static void test_expectation_is_met_before_the_body(void **state)
{
    (void)state;
    start(usual);
    int fd = raw_connect(server.port);
    assert_answer(fd, POST_HEAD("/") "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", 100, "");
    assert_answer(fd, "hello", 200, "body=hello");
    assert_answer(fd, POST_HEAD("/") "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
                  100, "");
    assert_answer(fd, "3e9\r\n", 413, "");
    close(fd);
}

/* ---- limits ---- */

static void test_body_of_the_limit_is_read(void **state)
{
    (void)state;
    start(usual);
    int fd = raw_connect(server.port);
    char body[BODY_MAX + 1];
    memset(body, 'b', BODY_MAX);
    body[BODY_MAX] = '\0';
    raw_send(fd, POST_HEAD("/") "Content-Length: 1000\r\n\r\n");
    assert_answer(fd, body, 200, body);
    raw_send(fd, POST_HEAD("/") "Transfer-Encoding: chunked\r\n\r\n3E8\r\n");
    raw_send(fd, body);
    assert_answer(fd, "\r\n0\r\n\r\n", 200, body);
    close(fd);
}

static void test_connections_over_the_limit_get_503(void **state)
{
    (void)state;
    struct httpd_settings settings = usual;
    settings.max_connections = 2;
    start(settings);
    int a = raw_connect(server.port), b = raw_connect(server.port);
    assert_answer(a, GET("/"), 200, "");
    assert_answer(b, GET("/"), 200, "");
    for (int i = 0; i < 2; i++) {
        int c = raw_connect(server.port);
        if (i == 1)
            raw_try_send(c, bytes_of(GET("/over")));
        struct buf text = {0};
        raw_read_all(c, &text);
        assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 503 "));
        assert_non_null(strstr(buf_str(&text), "\r\nRetry-After: 1\r\n"));
        assert_non_null(strstr(buf_str(&text), "{\"error\":\"too many connections\"}"));
        buf_clear(&text);
        close(c);
    }
    assert_int_equal(server.handled, 2);
    close(a);
    for (uint64_t end = raw_now_ms() + RAW_WAIT_MS; server.handled == 2; raw_sleep_ms(10)) {
        assert_true(raw_now_ms() < end);
        int c = raw_connect(server.port);
        struct buf text = {0};
        raw_try_send(c, bytes_of(GET("/")));
        raw_read_response(c, &text);
        buf_clear(&text);
        close(c);
    }
    close(b);
}

static void test_requests_over_the_limit_get_503_at_once(void **state)
{
    (void)state;
    struct httpd_settings settings = usual;
    settings.max_in_flight = 1;
    start(settings);
    int a = raw_connect(server.port), b = raw_connect(server.port);
    raw_send(a, GET("/held"));
    await(&server.in_flight, 1);
    assert_answer(b, GET("/"), 503, "Retry-After: 1\r\n");
    assert_int_equal(server.handled, 1);
    loop_notifier_signal(server.on_release);
    assert_answer(a, "", 200, "released");
    assert_answer(b, GET("/"), 200, "GET /"); /* the connection was kept */
    close(a);
    close(b);
}

static void test_idle_connections_are_closed(void **state)
{
    (void)state;
    struct httpd_settings settings = usual;
    settings.idle_timeout_s = 1;
    start(settings);
    int fresh = raw_connect(server.port), used = raw_connect(server.port);
    assert_answer(used, GET("/"), 200, "");
    assert_true(raw_is_silent(fresh, 500));
    assert_true(raw_is_closed_within(fresh, 3000));
    assert_true(raw_is_closed_within(used, 3000));
    close(fresh);
    close(used);
}

/* A byte every 50 ms, until the server answers. */
static void drip(int fd, const char *text, struct buf *answer)
{
    uint64_t end = raw_now_ms() + RAW_WAIT_MS;
    raw_send(fd, text);
    while (raw_is_silent(fd, 50)) {
        assert_true(raw_now_ms() < end);
        raw_try_send(fd, bytes_of("x"));
    }
    raw_read_response(fd, answer);
}

static void test_dripped_requests_are_answered_408(void **state)
{
    (void)state;
    struct httpd_settings settings = usual;
    settings.idle_timeout_s = 1;
    start(settings);
    const char *begins[] = {"G",
                            "GET / HTTP/1.1\r\nX: ", POST_HEAD("/") "Content-Length: 1000\r\n\r\n",
                            POST_HEAD("/") "Transfer-Encoding: chunked\r\n\r\n3e8\r\n"};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        struct buf answer = {0};
        int fd = raw_connect(server.port);
        uint64_t start_ms = raw_now_ms();
        drip(fd, begins[i], &answer);
        assert_in_range(raw_now_ms() - start_ms, 900, 4000);
        assert_true(str_starts_with(buf_str(&answer), "HTTP/1.1 408 "));
        assert_non_null(strstr(buf_str(&answer), "{\"error\":\"the request took too long\"}"));
        buf_clear(&answer);
        close(fd);
    }
    assert_int_equal(server.handled, 0);
}

static void test_handler_may_take_longer_than_the_idle_time(void **state)
{
    (void)state;
    struct httpd_settings settings = usual;
    settings.idle_timeout_s = 1;
    start(settings);
    int fd = raw_connect(server.port);
    raw_send(fd, GET("/held"));
    assert_true(raw_is_silent(fd, 1500));
    loop_notifier_signal(server.on_release);
    assert_answer(fd, "", 200, "released");
    close(fd);
}

static void test_client_that_does_not_take_its_reply_is_dropped(void **state)
{
    (void)state;
    struct httpd_settings settings = usual;
    settings.idle_timeout_s = 1;
    settings.max_connections = 1;
    start(settings);
    int fd = raw_connect(server.port);
    raw_send(fd, GET("/big"));
    await(&server.handled, 1);
    raw_sleep_ms(1500);
    int other = raw_connect(server.port);
    assert_answer(other, GET("/"), 200, "GET /");
    close(other);
    close(fd);
}

static void test_large_reply_arrives_whole(void **state)
{
    (void)state;
    start(usual);
    int fd = raw_connect(server.port);
    struct buf text = {0};
    raw_send(fd, GET("/big"));
    raw_read_response(fd, &text);
    assert_true(text.n > BIG_BYTES);
    buf_clear(&text);
    assert_answer(fd, GET("/"), 200, "");
    close(fd);
}

static void test_accepting_goes_on_after_running_out_of_descriptors(void **state)
{
    (void)state;
    start(usual);
    log_setup(LOG_ERROR, LOG_FORMAT_TEXT, open("/dev/null", O_WRONLY));
    int kept = raw_connect(server.port);
    assert_answer(kept, GET("/"), 200, "");
    int waiting = socket(AF_INET, SOCK_STREAM, 0);
    struct rlimit before, low;
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = (rlim_t)waiting + 1;
    setrlimit(RLIMIT_NOFILE, &low);
    close(waiting);
    waiting = raw_connect(server.port); /* takes the last one */
    raw_send(waiting, GET("/"));
    assert_true(raw_is_silent(waiting, 300));
    assert_answer(kept, GET("/"), 200, ""); /* no busy loop, others are served */
    setrlimit(RLIMIT_NOFILE, &before);
    assert_answer(waiting, "", 200, "GET /");
    log_setup(LOG_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
    close(waiting);
    close(kept);
}

/* ---- clients that leave ---- */

static void test_client_that_left_before_the_reply_does_no_harm(void **state)
{
    (void)state;
    start(usual);
    for (int i = 0; i < 3; i++) {
        int fd = raw_connect(server.port);
        raw_send(fd, GET("/held"));
        await(&server.in_flight, (unsigned)i + 1);
        struct linger reset = {.l_onoff = 1};
        if (i)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    raw_sleep_ms(50);
    loop_notifier_signal(server.on_release);
    await(&server.in_flight, 0);
    int fd = raw_connect(server.port);
    assert_answer(fd, GET("/"), 200, "");
    close(fd);
}

static void test_client_that_leaves_in_the_middle_is_forgotten(void **state)
{
    (void)state;
    struct httpd_settings settings = usual;
    settings.max_connections = 1;
    start(settings);
    const char *begins[] = {"", "GET", "GET / HTTP/1.1\r\nX: a",
                            POST_HEAD("/") "Content-Length: 10\r\n\r\nabc",
                            POST_HEAD("/") "Transfer-Encoding: chunked\r\n\r\n5\r\nab"};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        int fd = raw_connect(server.port);
        raw_send(fd, begins[i]);
        raw_sleep_ms(20);
        close(fd);
        raw_sleep_ms(50);
    }
    assert_int_equal(server.handled, 0);
    int fd = raw_connect(server.port);
    assert_answer(fd, GET("/"), 200, "");
    close(fd);
}

static void test_client_that_only_ends_sending_gets_its_reply(void **state)
{
    (void)state;
    start(usual);
    struct buf text = {0};
    for (int i = 0; i < 2; i++) {
        int fd = raw_connect(server.port);
        raw_send(fd, i ? GET("/big") : GET("/held"));
        raw_shutdown(fd);
        if (i == 0) {
            await(&server.in_flight, 1);
            loop_notifier_signal(server.on_release);
        }
        raw_read_response(fd, &text);
        assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 200 "));
        assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
        close(fd);
    }
    buf_clear(&text);
}

/* ---- the end ---- */

static void test_drain_lets_what_is_in_flight_finish(void **state)
{
    (void)state;
    start(usual);
    int idle = raw_connect(server.port), held = raw_connect(server.port);
    int half = raw_connect(server.port), stuck = raw_connect(server.port);
    struct buf text = {0};
    assert_answer(idle, GET("/"), 200, "");
    raw_send(held, GET("/held"));
    await(&server.in_flight, 1);
    raw_send(half, "GET /half HTTP/1.1\r\n");
    raw_send(stuck, "GET /stuck HTTP/1.1\r\n");
    raw_sleep_ms(50);
    loop_notifier_signal(server.on_drain);
    assert_true(raw_is_closed_within(idle, RAW_WAIT_MS));
    raw_send(half, HOST "\r\n");
    raw_read_response(half, &text);
    assert_non_null(strstr(buf_str(&text), "Connection: close\r\n"));
    assert_true(raw_is_closed_within(half, RAW_WAIT_MS));
    raw_read_response(stuck, &text);
    assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 408 "));
    assert_int_equal(server.is_drained, 0);
    loop_notifier_signal(server.on_release);
    raw_read_response(held, &text);
    assert_non_null(strstr(buf_str(&text), "Connection: close\r\n"));
    assert_non_null(strstr(buf_str(&text), "released"));
    assert_true(raw_is_closed_within(held, RAW_WAIT_MS));
    await(&server.is_drained, 1);
    char address[32];
    struct err err;
    listen_text(address, server.port);
    assert_true(httpd_check_listen(address, &err)); /* nobody listens any more */
    buf_clear(&text);
    close(idle), close(held), close(half), close(stuck);
}

static void test_drain_of_an_idle_server_is_done_at_once(void **state)
{
    (void)state;
    start(usual);
    int fd = raw_connect(server.port);
    loop_notifier_signal(server.on_drain);
    await(&server.is_drained, 1);
    assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
    raw_sleep_ms(50);
    assert_int_equal(server.is_drained, 1);
    close(fd);
}

static void test_free_answers_503_to_what_is_in_flight(void **state)
{
    (void)state;
    start(usual);
    int held = raw_connect(server.port), half = raw_connect(server.port);
    struct buf text = {0};
    raw_send(held, GET("/held"));
    raw_send(half, "GET /");
    await(&server.in_flight, 1);
    loop_notifier_signal(server.on_free);
    raw_read_all(held, &text);
    assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 503 "));
    assert_non_null(strstr(buf_str(&text), "{\"error\":\"shutting down\"}"));
    assert_true(raw_is_closed_within(half, RAW_WAIT_MS));
    await(&server.is_freed, 1);
    buf_clear(&text);
    close(held);
    close(half);
}

static void test_version_of_the_library_is_told(void **state)
{
    (void)state;
    assert_true(str_starts_with(httpd_library_version(), "2."));
}

#define CASE(f) cmocka_unit_test_teardown(f, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_parse_listen_takes_address_and_port_only),
        CASE(test_check_listen_sees_every_other_listener),
        CASE(test_new_refuses_absurd_body_limit),
        CASE(test_workers_share_one_port),
        CASE(test_handler_sees_the_request),
        CASE(test_answers_without_body_have_none),
        CASE(test_absolute_form_is_routed_by_its_path_and_closes),
        CASE(test_connection_is_kept_or_closed_as_asked),
        CASE(test_pipelined_requests_are_answered_in_order),
        CASE(test_malformed_pipelined_request_is_refused_after_the_good_ones),
        CASE(test_request_in_single_bytes_is_read),
        CASE(test_refusals_are_json_and_close),
        CASE(test_refusal_reaches_a_client_that_goes_on_sending),
        CASE(test_expectation_is_met_before_the_body),
        CASE(test_body_of_the_limit_is_read),
        CASE(test_connections_over_the_limit_get_503),
        CASE(test_requests_over_the_limit_get_503_at_once),
        CASE(test_idle_connections_are_closed),
        CASE(test_dripped_requests_are_answered_408),
        CASE(test_handler_may_take_longer_than_the_idle_time),
        CASE(test_client_that_does_not_take_its_reply_is_dropped),
        CASE(test_large_reply_arrives_whole),
        CASE(test_accepting_goes_on_after_running_out_of_descriptors),
        CASE(test_client_that_left_before_the_reply_does_no_harm),
        CASE(test_client_that_leaves_in_the_middle_is_forgotten),
        CASE(test_client_that_only_ends_sending_gets_its_reply),
        CASE(test_drain_lets_what_is_in_flight_finish),
        CASE(test_drain_of_an_idle_server_is_done_at_once),
        CASE(test_free_answers_503_to_what_is_in_flight),
        CASE(test_version_of_the_library_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
