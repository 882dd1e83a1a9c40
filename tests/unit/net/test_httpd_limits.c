/* net/httpd: limits in number and time, clients that leave, and the end. */
#include "net/httpd.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "support/httpd_thread.h"
#include "support/raw_tcp.h"
#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void test_body_of_the_limit_is_read(void **state)
{
    (void)state;
    server_start(server_usual);
    int fd = raw_connect(server.port);
    char body[SERVER_BODY_MAX + 1];
    memset(body, 'b', SERVER_BODY_MAX);
    body[SERVER_BODY_MAX] = '\0';
    raw_send(fd, POST_HEAD("/") "Content-Length: 1000\r\n\r\n");
    server_assert_answer(fd, body, 200, body);
    raw_send(fd, POST_HEAD("/") "Transfer-Encoding: chunked\r\n\r\n3E8\r\n");
    raw_send(fd, body);
    server_assert_answer(fd, "\r\n0\r\n\r\n", 200, body);
    close(fd);
}

/* A new connection is answered to the end. */
static void assert_answered(const char *request, int status, const char *text)
{
    int fd = raw_connect(server.port);
    server_assert_answer(fd, request, status, text);
    close(fd);
}

/* So many are with the handler, each on a connection of its own. */
static void hold(int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        fds[i] = raw_connect(server.port);
        raw_send(fds[i], GET("/held"));
        server_await(&server.in_flight, i + 1);
    }
}

static void test_idle_connection_that_waits_longest_gives_way(void **state)
{
    (void)state;
    struct httpd_settings settings = server_usual;
    settings.max_connections = 3;
    server_start(settings);
    int used = raw_connect(server.port);
    raw_sleep_ms(20);
    int fresh = raw_connect(server.port), dripping = raw_connect(server.port);
    raw_sleep_ms(20);
    raw_send(dripping, "GET / HTTP/1.1\r\nX: ");
    raw_sleep_ms(20);
    server_assert_answer(used, GET("/"), 200, ""); /* now `fresh` waits longest */
    int one = raw_connect(server.port);
    server_assert_answer(one, GET("/"), 200, "GET /");
    assert_true(raw_is_closed_within(fresh, RAW_WAIT_MS));
    assert_int_equal(server.drops[HTTPD_DROP_GAVE_WAY], 1);
    int two = raw_connect(server.port);
    server_assert_answer(two, GET("/"), 200, "");
    assert_true(raw_is_closed_within(dripping, RAW_WAIT_MS));
    server_assert_answer(used, GET("/"), 200, "");
    server_assert_answer(one, GET("/"), 200, "");
    assert_int_equal(server.drops[HTTPD_DROP_GAVE_WAY], 2);
    close(used), close(fresh), close(dripping), close(one), close(two);
}

/* A reply that its client does not take, a refusal whose client does not close. */
static void test_other_clients_that_let_wait_give_way_too(void **state)
{
    (void)state;
    struct httpd_settings settings = server_usual;
    settings.max_connections = 2;
    server_start(settings);
    int reader = raw_connect(server.port), refused = raw_connect(server.port);
    struct buf text = {0};
    raw_send(reader, GET("/big"));
    server_await(&server.handled, 1);
    raw_send(refused, "GET nonsense HTTP/1.1\r\n\r\n");
    raw_read_response(refused, &text);
    server_await(&server.refusals[400], 1);
    int one = raw_connect(server.port), two = raw_connect(server.port);
    server_assert_answer(one, GET("/"), 200, "");
    server_assert_answer(two, GET("/"), 200, "");
    server_await(&server.drops[HTTPD_DROP_GAVE_WAY], 2);
    buf_clear(&text);
    close(reader), close(refused), close(one), close(two);
}

static void test_flood_of_idle_connections_hinders_nobody(void **state)
{
    (void)state;
    enum { LIMIT = 50, FLOOD = 400 };
    static int flood[FLOOD];
    struct httpd_settings settings = server_usual;
    settings.max_connections = LIMIT;
    server_start(settings);
    for (size_t i = 0; i < FLOOD; i++) {
        flood[i] = raw_connect(server.port);
        raw_send(flood[i], i % 2 ? "GET / HTTP/1.1\r\n" : "");
        if (i % 40 == 39)
            assert_answered(GET("/"), 200, "GET /");
    }
    for (size_t i = 0; i < FLOOD - 2 * LIMIT; i++)
        assert_true(raw_is_closed_within(flood[i], RAW_WAIT_MS));
    for (size_t i = 0; i < FLOOD; i++)
        close(flood[i]);
}

static void test_connections_over_the_limit_are_for_what_is_vital(void **state)
{
    (void)state;
    struct httpd_settings settings = server_usual;
    settings.max_connections = 2;
    server_start(settings);
    int held[2];
    hold(held, 2);
    struct buf text = {0};
    const char *refused[] = {GET("/"), POST_HEAD("/") "Content-Length: 1000\r\n\r\n"};
    for (size_t i = 0; i < 2; i++) {
        int fd = raw_connect(server.port);
        raw_send(fd, refused[i]);
        raw_read_response(fd, &text);
        assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 503 "));
        assert_non_null(strstr(buf_str(&text), "\r\nRetry-After: 1\r\n"));
        assert_non_null(strstr(buf_str(&text), "{\"error\":\"too many connections\"}"));
        assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
        close(fd);
    }
    int fd = raw_connect(server.port);
    raw_send(fd, GET("/vital"));
    raw_read_response(fd, &text);
    assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 200 "));
    assert_non_null(strstr(buf_str(&text), "\r\nConnection: close\r\n"));
    assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
    close(fd);
    assert_int_equal(server.handled, 3);
    assert_int_equal(server.refusals[503], 2);
    loop_notifier_signal(server.on_release);
    server_assert_answer(held[0], "", 200, "released");
    assert_answered(GET("/"), 200, "GET /");
    buf_clear(&text);
    close(held[0]), close(held[1]);
}

static void test_request_over_the_limit_has_two_seconds(void **state)
{
    (void)state;
    struct httpd_settings settings = server_usual;
    settings.max_connections = 1;
    server_start(settings);
    int held;
    hold(&held, 1);
    struct buf text = {0};
    int silent = raw_connect(server.port), half = raw_connect(server.port);
    raw_send(half, "GET /vital HTTP/1.1\r\n");
    assert_true(raw_is_silent(half, 1500));
    raw_read_response(half, &text);
    assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 503 "));
    assert_true(raw_is_closed_within(silent, 1500));
    loop_notifier_signal(server.on_release);
    server_assert_answer(held, "", 200, "released");
    buf_clear(&text);
    close(held), close(silent), close(half);
}

static void test_flood_over_the_limit_hinders_nothing_vital(void **state)
{
    (void)state;
    enum { FLOOD = 200 };
    static int flood[FLOOD];
    struct httpd_settings settings = server_usual;
    settings.max_connections = 1;
    server_start(settings);
    int held;
    hold(&held, 1);
    static const char *const starts[] = {"", "GET /", "GET nonsense HTTP/1.1\r\n\r\n",
                                         POST_HEAD("/") "\r\n"};
    for (size_t i = 0; i < FLOOD; i++) {
        flood[i] = raw_connect(server.port);
        raw_send(flood[i], starts[i % 4]);
        if (i % 20 == 19)
            assert_answered(GET("/vital"), 200, "GET /vital");
    }
    assert_true(server.drops[HTTPD_DROP_GAVE_WAY] > 0);
    loop_notifier_signal(server.on_release);
    server_assert_answer(held, "", 200, "released");
    for (size_t i = 0; i < FLOOD; i++)
        close(flood[i]);
    close(held);
}

static void test_requests_that_come_together_do_not_hold_up_what_is_vital(void **state)
{
    (void)state;
    enum { COUNT = 60 };
    int fds[COUNT], vital;
    server_start(server_usual);
    for (size_t i = 0; i < COUNT; i++)
        fds[i] = raw_connect(server.port);
    vital = raw_connect(server.port);
    server_assert_answer(vital, GET("/"), 200, "");
    for (size_t i = 0; i < COUNT; i++)
        raw_send(fds[i], GET("/slow"));
    server_assert_answer(vital, GET("/vital"), 200, "");
    assert_true(server.handled_before_vital < COUNT / 2);
    for (size_t i = 0; i < COUNT; i++) {
        server_assert_answer(fds[i], "", 200, "GET /slow");
        close(fds[i]);
    }
    close(vital);
}

/* ---- what one turn of the loop takes on ---- */

enum { BURST = 300 };

struct burst {
    struct loop *loop;
    struct httpd *httpd;
    struct loop_timer turn;
    size_t in_flight, most; /* that one turn added */
};

static void on_nothing(struct httpd_request *request, void *arg)
{
    (void)request;
    (void)arg;
}

static void on_burst_turn(void *arg)
{
    struct burst *burst = arg;
    size_t now = httpd_in_flight(burst->httpd);
    if (now - burst->in_flight > burst->most)
        burst->most = now - burst->in_flight;
    burst->in_flight = now;
    if (now == BURST)
        loop_stop(burst->loop);
    else
        loop_timer_start(burst->loop, &burst->turn, 0, on_burst_turn, burst);
}

static void test_connections_that_come_together_are_accepted_on_several_turns(void **state)
{
    (void)state;
    static int fds[BURST];
    struct err err;
    struct httpd_settings settings = server_usual;
    settings.max_connections = settings.max_in_flight = BURST;
    struct burst burst = {.loop = loop_new()};
    burst.httpd = httpd_new(burst.loop, &settings, on_nothing, NULL, &err);
    assert_non_null(burst.httpd);
    for (size_t i = 0; i < BURST; i++) {
        fds[i] = raw_connect(httpd_port(burst.httpd));
        raw_send(fds[i], GET("/"));
    }
    on_burst_turn(&burst);
    loop_run(burst.loop);
    assert_in_range(burst.most, 1, 64);
    httpd_free(burst.httpd);
    loop_free(burst.loop);
    for (size_t i = 0; i < BURST; i++)
        close(fds[i]);
}

static void test_requests_over_the_limit_get_503_at_once(void **state)
{
    (void)state;
    struct httpd_settings settings = server_usual;
    settings.max_in_flight = 1;
    server_start(settings);
    int a = raw_connect(server.port), b = raw_connect(server.port);
    raw_send(a, GET("/held"));
    server_await(&server.in_flight, 1);
    server_assert_answer(b, GET("/"), 503, "Retry-After: 1\r\n");
    assert_int_equal(server.handled, 1);
    assert_int_equal(server.refusals[503], 1);
    server_assert_answer(b, GET("/vital"), 200, "GET /vital");
    loop_notifier_signal(server.on_release);
    server_assert_answer(a, "", 200, "released");
    server_assert_answer(b, GET("/"), 200, "GET /"); /* the connection was kept */
    close(a);
    close(b);
}

static void test_idle_connections_are_closed(void **state)
{
    (void)state;
    struct httpd_settings settings = server_usual;
    settings.idle_timeout_s = 1;
    server_start(settings);
    int fresh = raw_connect(server.port), used = raw_connect(server.port);
    server_assert_answer(used, GET("/"), 200, "");
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
    struct httpd_settings settings = server_usual;
    settings.idle_timeout_s = 1;
    server_start(settings);
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
    assert_int_equal(server.refusals[408], sizeof begins / sizeof begins[0]);
}

static void test_handler_may_take_longer_than_the_idle_time(void **state)
{
    (void)state;
    struct httpd_settings settings = server_usual;
    settings.idle_timeout_s = 1;
    server_start(settings);
    int fd = raw_connect(server.port);
    raw_send(fd, GET("/held"));
    assert_true(raw_is_silent(fd, 1500));
    loop_notifier_signal(server.on_release);
    server_assert_answer(fd, "", 200, "released");
    close(fd);
}

static void test_client_that_does_not_take_its_reply_is_dropped(void **state)
{
    (void)state;
    struct httpd_settings settings = server_usual;
    settings.idle_timeout_s = 1;
    server_start(settings);
    int fd = raw_connect(server.port);
    raw_send(fd, GET("/big"));
    server_await(&server.handled, 1);
    server_await(&server.drops[HTTPD_DROP_SLOW_READER], 1);
    int other = raw_connect(server.port);
    server_assert_answer(other, GET("/"), 200, "GET /");
    close(other);
    close(fd);
}

static void test_large_reply_arrives_whole(void **state)
{
    (void)state;
    server_start(server_usual);
    int fd = raw_connect(server.port);
    struct buf text = {0};
    raw_send(fd, GET("/big"));
    raw_read_response(fd, &text);
    assert_true(text.n > SERVER_BIG_BYTES);
    buf_clear(&text);
    server_assert_answer(fd, GET("/"), 200, "");
    close(fd);
}

static void test_idle_connections_give_way_when_descriptors_run_out(void **state)
{
    (void)state;
    server_start(server_usual);
    log_setup(LOG_ERROR, LOG_FORMAT_TEXT, open("/dev/null", O_WRONLY));
    int held, idle = raw_connect(server.port);
    server_assert_answer(idle, GET("/"), 200, "");
    hold(&held, 1);
    int waiting = socket(AF_INET, SOCK_STREAM, 0);
    struct rlimit before, low;
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = (rlim_t)waiting + 1;
    setrlimit(RLIMIT_NOFILE, &low);
    close(waiting);
    waiting = raw_connect(server.port); /* takes the last one */
    server_assert_answer(waiting, GET("/"), 200, "GET /");
    assert_true(raw_is_closed_within(idle, RAW_WAIT_MS));
    setrlimit(RLIMIT_NOFILE, &before);
    loop_notifier_signal(server.on_release);
    server_assert_answer(held, "", 200, "released");
    log_setup(LOG_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
    close(waiting), close(held), close(idle);
}

/* With nobody who could give way: no busy loop, and it goes on by itself. */
static void test_accepting_goes_on_after_running_out_of_descriptors(void **state)
{
    (void)state;
    server_start(server_usual);
    log_setup(LOG_ERROR, LOG_FORMAT_TEXT, open("/dev/null", O_WRONLY));
    int held;
    hold(&held, 1);
    int waiting = socket(AF_INET, SOCK_STREAM, 0);
    struct rlimit before, low;
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = (rlim_t)waiting + 1;
    setrlimit(RLIMIT_NOFILE, &low);
    close(waiting);
    waiting = raw_connect(server.port);
    raw_send(waiting, GET("/"));
    assert_true(raw_is_silent(waiting, 600));
    setrlimit(RLIMIT_NOFILE, &before);
    server_assert_answer(waiting, "", 200, "GET /");
    loop_notifier_signal(server.on_release);
    server_assert_answer(held, "", 200, "released");
    log_setup(LOG_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
    close(waiting), close(held);
}

/* ---- clients that leave ---- */

static void test_client_that_left_before_the_reply_does_no_harm(void **state)
{
    (void)state;
    server_start(server_usual);
    for (int i = 0; i < 3; i++) {
        int fd = raw_connect(server.port);
        raw_send(fd, GET("/held"));
        server_await(&server.in_flight, (unsigned)i + 1);
        struct linger reset = {.l_onoff = 1};
        if (i)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    raw_sleep_ms(50);
    loop_notifier_signal(server.on_release);
    server_await(&server.in_flight, 0);
    int fd = raw_connect(server.port);
    server_assert_answer(fd, GET("/"), 200, "");
    close(fd);
}

static void test_client_that_leaves_in_the_middle_is_forgotten(void **state)
{
    (void)state;
    struct httpd_settings settings = server_usual;
    settings.max_connections = 1;
    server_start(settings);
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
    server_assert_answer(fd, GET("/"), 200, "");
    close(fd);
}

/* The client resets before its connection is looked at for the first time. */
static void test_client_that_is_gone_at_once_does_no_harm(void **state)
{
    (void)state;
    server_start(server_usual);
    /* Fewer than max_connections: the server may see them go only after the last one came. */
    for (size_t i = 1; i < server_usual.max_connections; i++) {
        int fd = raw_connect(server.port);
        struct linger reset = {.l_onoff = 1};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    int fd = raw_connect(server.port);
    server_assert_answer(fd, GET("/"), 200, "");
    close(fd);
}

static void test_client_that_only_ends_sending_gets_its_reply(void **state)
{
    (void)state;
    server_start(server_usual);
    struct buf text = {0};
    for (int i = 0; i < 2; i++) {
        int fd = raw_connect(server.port);
        raw_send(fd, i ? GET("/big") : GET("/held"));
        raw_shutdown(fd);
        if (i == 0) {
            server_await(&server.in_flight, 1);
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
    server_start(server_usual);
    int idle = raw_connect(server.port), held = raw_connect(server.port);
    int half = raw_connect(server.port), stuck = raw_connect(server.port);
    struct buf text = {0};
    server_assert_answer(idle, GET("/"), 200, "");
    raw_send(held, GET("/held"));
    server_await(&server.in_flight, 1);
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
    server_await(&server.is_drained, 1);
    char address[32];
    struct err err;
    snprintf(address, sizeof address, "127.0.0.1:%u", server.port);
    assert_true(httpd_check_listen(address, &err)); /* nobody listens any more */
    buf_clear(&text);
    close(idle), close(held), close(half), close(stuck);
}

static void test_drain_waits_for_replies_on_their_way(void **state)
{
    (void)state;
    server_start(server_usual);
    int fd = raw_connect(server.port);
    struct buf text = {0};
    raw_send(fd, GET("/big"));
    server_await(&server.handled, 1);
    loop_notifier_signal(server.on_drain);
    raw_sleep_ms(100);
    assert_int_equal(server.is_drained, 0);
    raw_read_response(fd, &text); /* begun before: it does not say that it closes, but it does */
    assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
    server_await(&server.is_drained, 1);
    buf_clear(&text);
    close(fd);
}

static void test_drain_of_an_idle_server_is_done_at_once(void **state)
{
    (void)state;
    server_start(server_usual);
    int fd = raw_connect(server.port);
    loop_notifier_signal(server.on_drain);
    server_await(&server.is_drained, 1);
    assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
    raw_sleep_ms(50);
    assert_int_equal(server.is_drained, 1);
    close(fd);
}

static void test_free_answers_503_to_what_is_in_flight(void **state)
{
    (void)state;
    server_start(server_usual);
    int held = raw_connect(server.port), half = raw_connect(server.port);
    struct buf text = {0};
    raw_send(held, GET("/held"));
    raw_send(half, "GET /");
    server_await(&server.in_flight, 1);
    loop_notifier_signal(server.on_free);
    raw_read_all(held, &text);
    assert_true(str_starts_with(buf_str(&text), "HTTP/1.1 503 "));
    assert_non_null(strstr(buf_str(&text), "{\"error\":\"shutting down\"}"));
    assert_true(raw_is_closed_within(half, RAW_WAIT_MS));
    server_await(&server.is_freed, 1);
    buf_clear(&text);
    close(held);
    close(half);
}

static void free_and_stop(void *arg)
{
    struct httpd **httpd = arg;
    httpd_free(*httpd);
    loop_stop(server.loop);
}

static void must_not_be_asked(struct httpd_request *request, void *arg)
{
    (void)arg;
    fail_msg("asked for %s", httpd_path(request));
}

/* On one turn of the loop the connection is accepted, and the server freed. */
static void test_free_right_after_accept_closes_the_connection(void **state)
{
    (void)state;
    struct err err;
    struct loop *loop = loop_new();
    struct httpd *httpd = httpd_new(loop, &server_usual, must_not_be_asked, NULL, &err);
    struct loop_notifier *freer = loop_notifier_new(loop, free_and_stop, &httpd);
    server.loop = loop;
    int fd = raw_connect(httpd_port(httpd));
    loop_notifier_signal(freer);
    loop_run(loop);
    server.loop = NULL;
    assert_true(raw_is_closed_within(fd, RAW_WAIT_MS));
    loop_notifier_free(freer);
    loop_free(loop);
    httpd_free(NULL);
    close(fd);
}

static void test_version_of_the_library_is_told(void **state)
{
    (void)state;
    assert_true(str_starts_with(httpd_library_version(), "2."));
}

#define CASE(f) cmocka_unit_test_teardown(f, server_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_body_of_the_limit_is_read),
        CASE(test_idle_connection_that_waits_longest_gives_way),
        CASE(test_other_clients_that_let_wait_give_way_too),
        CASE(test_flood_of_idle_connections_hinders_nobody),
        CASE(test_connections_over_the_limit_are_for_what_is_vital),
        CASE(test_request_over_the_limit_has_two_seconds),
        CASE(test_flood_over_the_limit_hinders_nothing_vital),
        CASE(test_requests_that_come_together_do_not_hold_up_what_is_vital),
        CASE(test_connections_that_come_together_are_accepted_on_several_turns),
        CASE(test_requests_over_the_limit_get_503_at_once),
        CASE(test_idle_connections_are_closed),
        CASE(test_dripped_requests_are_answered_408),
        CASE(test_handler_may_take_longer_than_the_idle_time),
        CASE(test_client_that_does_not_take_its_reply_is_dropped),
        CASE(test_large_reply_arrives_whole),
        CASE(test_idle_connections_give_way_when_descriptors_run_out),
        CASE(test_accepting_goes_on_after_running_out_of_descriptors),
        CASE(test_client_that_left_before_the_reply_does_no_harm),
        CASE(test_client_that_leaves_in_the_middle_is_forgotten),
        CASE(test_client_that_is_gone_at_once_does_no_harm),
        CASE(test_client_that_only_ends_sending_gets_its_reply),
        CASE(test_drain_lets_what_is_in_flight_finish),
        CASE(test_drain_waits_for_replies_on_their_way),
        CASE(test_drain_of_an_idle_server_is_done_at_once),
        CASE(test_free_answers_503_to_what_is_in_flight),
        CASE(test_free_right_after_accept_closes_the_connection),
        CASE(test_version_of_the_library_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
