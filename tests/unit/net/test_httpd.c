/* net/httpd: addresses, requests, and what is refused. */
#include "net/httpd.h"

#include "base/buf.h"
#include "base/str.h"
#include "support/httpd_thread.h"
#include "support/raw_tcp.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

static atomic_uint served[2];

static void count_request(struct httpd_request *request, void *arg)
{
    atomic_uint *count = arg;
    ++*count;
    httpd_reply(request, 200, NULL, bytes_of(""), NULL);
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
    struct httpd_settings settings = server_usual;
    settings.listen = text;
    assert_null(httpd_new(loop, &settings, count_request, NULL, &err));
    assert_non_null(strstr(err.text, text));
    close(other);
    assert_true(httpd_check_listen(text, &err));

    /* One that shares the port: httpd_new() alone would join it. */
    struct httpd *first = httpd_new(loop, &settings, count_request, NULL, &err);
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
    struct httpd_settings settings = server_usual;
    settings.max_body_bytes = SIZE_MAX;
    assert_null(httpd_new(NULL, &settings, count_request, NULL, &err));
}

static void stop_loop(void *arg)
{
    loop_stop(arg);
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
    struct httpd_settings settings = server_usual;
    struct httpd *first = httpd_new(loop, &settings, count_request, &served[0], &err);
    listen_text(text, httpd_port(first));
    settings.listen = text;
    struct httpd *second = httpd_new(loop, &settings, count_request, &served[1], &err);
    assert_non_null(second);
    assert_int_equal(httpd_port(second), httpd_port(first));
    struct loop_notifier *stopper = loop_notifier_new(loop, stop_loop, loop);
    pthread_t thread;
    pthread_create(&thread, NULL, run_loop, loop);
    for (int i = 0; i < 64; i++) {
        int fd = raw_connect(httpd_port(first));
        server_assert_answer(fd, GET("/"), 200, "");
        close(fd);
    }
    loop_notifier_signal(stopper);
    pthread_join(thread, NULL);
    assert_int_equal(served[0] + served[1], 64);
    assert_true(served[0] > 0 && served[1] > 0);
    httpd_free(first);
    httpd_free(second);
    loop_notifier_free(stopper);
    loop_free(loop);
}

static void test_ipv6_sockets_take_ipv4_clients_under_their_address(void **state)
{
    (void)state;
    struct err err;
    if (!httpd_check_listen("[::]:0", &err))
        skip(); /* a machine without IPv6 */
    struct httpd_settings settings = server_usual;
    settings.listen = "[::]:0";
    server_start(settings);
    int fd = raw_connect(server.port);
    server_assert_answer(fd, GET("/"), 200, "peer=127.0.0.1 ");
    close(fd);
}

/* ---- requests ---- */

static void test_handler_sees_the_request(void **state)
{
    (void)state;
    server_start(server_usual);
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
        server_assert_answer(fd, rows[i].request, 200, rows[i].facts);
    server_assert_answer(fd, GET("/"), 200, "X-Test: yes\r\n");
    assert_int_equal(server.handled, sizeof rows / sizeof rows[0] + 1);
    close(fd);
}

static void test_answers_without_body_have_none(void **state)
{
    (void)state;
    server_start(server_usual);
    int fd = raw_connect(server.port);
    struct buf text = {0};
    raw_send(fd, "HEAD /abc HTTP/1.1\r\n" HOST "\r\n");
    raw_read_head(fd, &text);
    assert_non_null(strstr(buf_str(&text), "Content-Length: 46\r\n"));
    raw_send(fd, GET("/none"));
    raw_read_head(fd, &text);
    assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 204 "));
    assert_null(strstr(buf_str(&text), "Content-Length"));
    server_assert_answer(fd, GET("/"), 200, "GET / "); /* nothing is left over */
    buf_clear(&text);
    close(fd);
}

/* Clients put a URL that ends in a slash and a path that begins with one together. */
static void test_slashes_at_the_start_are_one(void **state)
{
    (void)state;
    server_start(server_usual);
    int fd = raw_connect(server.port);
    server_assert_answer(fd, GET("//mpic"), 200, "GET /mpic ?none");
    server_assert_answer(fd, GET("////v1/mpic?a=//b"), 200, "GET /v1/mpic ?a=//b");
    server_assert_answer(fd, GET("//"), 200, "GET / ?none");
    server_assert_answer(fd, GET("///?"), 200, "GET / ?");
    server_assert_answer(fd, GET("/v1//mpic"), 200, "GET /v1//mpic ?none");
    server_assert_answer(fd, POST_HEAD("//mpic") "Content-Length: 2\r\n\r\nab", 200,
                         "POST /mpic ?none test=none peer=127.0.0.1 body=ab");
    close(fd);
}

static void test_absolute_form_is_routed_by_its_path_and_closes(void **state)
{
    (void)state;
    server_start(server_usual);
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
    server_start(server_usual);
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
            server_assert_answer(fd, rows[i].request, 200, "");
        else
            assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
        buf_clear(&text);
        close(fd);
    }
}

static void test_pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    server_start(server_usual);
    int fd = raw_connect(server.port);
    struct buf text = {0};
    raw_send(fd, GET("/held") GET("/2") POST_HEAD("/3") "Content-Length: 5\r\n\r\nhello" GET("/4"));
    server_await(&server.in_flight, 1);
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
    server_start(server_usual);
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
    server_start(server_usual);
    int fd = raw_connect(server.port);
    const char *request = POST_HEAD("/x") "Transfer-Encoding: chunked\r\n\r\n"
                                          "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    for (const char *at = request; *at; at++) {
        char one[2] = {*at, '\0'};
        raw_send(fd, one);
        raw_sleep_ms(1);
    }
    server_assert_answer(fd, "", 200, "body=hello");
    close(fd);
}

/* ---- refusals ---- */

static void test_refusals_are_json_and_close(void **state)
{
    (void)state;
    server_start(server_usual);
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
        {"GET //evil:1/mpic HTTP/1.1\r\n" HOST "\r\n", 400, "two slashes"},
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
    server_start(server_usual);
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
    server_start(server_usual);
    int fd = raw_connect(server.port);
    server_assert_answer(fd, POST_HEAD("/") "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
                         100, "");
    server_assert_answer(fd, "hello", 200, "body=hello");
    server_assert_answer(
        fd, POST_HEAD("/") "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n", 100, "");
    server_assert_answer(fd, "3e9\r\n", 413, "");
    close(fd);
}

#define CASE(f) cmocka_unit_test_teardown(f, server_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_parse_listen_takes_address_and_port_only),
        CASE(test_check_listen_sees_every_other_listener),
        CASE(test_new_refuses_absurd_body_limit),
        CASE(test_workers_share_one_port),
        CASE(test_ipv6_sockets_take_ipv4_clients_under_their_address),
        CASE(test_handler_sees_the_request),
        CASE(test_answers_without_body_have_none),
        CASE(test_slashes_at_the_start_are_one),
        CASE(test_absolute_form_is_routed_by_its_path_and_closes),
        CASE(test_connection_is_kept_or_closed_as_asked),
        CASE(test_pipelined_requests_are_answered_in_order),
        CASE(test_malformed_pipelined_request_is_refused_after_the_good_ones),
        CASE(test_request_in_single_bytes_is_read),
        CASE(test_refusals_are_json_and_close),
        CASE(test_refusal_reaches_a_client_that_goes_on_sending),
        CASE(test_expectation_is_met_before_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
