/* net/fetch with the real libcurl: where it connects to, time limits, cancelling, and faults of
 * libcurl's. */
#define _GNU_SOURCE /* mkdtemp, RTLD_NEXT */

#include "net/fetch.h"

#include "base/mem.h"
#include "base/str.h"
#include "support/fetch_run.h"
#include "support/raw_tcp.h"
#include "support/unit.h"
#include "support/web_script.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fetch_run run;

static int setup(void **state)
{
    (void)state;
    fetch_run_init(&run);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fetch_run_clear(&run);
    return 0;
}

/* Faults to order from libcurl, by the linker's --wrap. */
static CURLMcode action_fault;
static const char *connect_to_fault;

CURLMcode __real_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int what, int *running);
CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int what, int *running);
CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int what, int *running)
{
    CURLMcode code = __real_curl_multi_socket_action(multi, fd, what, running);
    return action_fault != CURLM_OK ? action_fault : code;
}

/* This one is called by libcurl's lookup thread, in place of the C library's. */
static atomic_uint lookup_sleep_ms, lookups_sleeping;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **list)
{
    int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    *(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
    if (lookup_sleep_ms) {
        lookups_sleeping++;
        raw_sleep_ms(lookup_sleep_ms);
        lookups_sleeping--;
        return EAI_NONAME;
    }
    return next(name, service, hints, list);
}

struct curl_slist *__real_curl_slist_append(struct curl_slist *list, const char *text);
struct curl_slist *__wrap_curl_slist_append(struct curl_slist *list, const char *text);
struct curl_slist *__wrap_curl_slist_append(struct curl_slist *list, const char *text)
{
    bool is_connect_to = str_starts_with(text, "::");
    return __real_curl_slist_append(list,
                                    is_connect_to && connect_to_fault ? connect_to_fault : text);
}

#define OK_LINE   "HTTP/1.1 200 OK\r\n"
#define PLAY(...) ((const struct web_step[]){{WEB_READ_REQUEST}, __VA_ARGS__, {WEB_END}})
#define SEND(text)                                                                                 \
    {                                                                                              \
        WEB_SEND, text, sizeof(text) - 1                                                           \
    }

static const struct web_step empty_answer[] = {
    {WEB_READ_REQUEST}, {WEB_SEND, OK_LINE "Content-Length: 0\r\n\r\n"}, {WEB_END}};

/* ---- where it goes ---- */

static void test_another_address_than_the_pinned_gets_no_socket(void **state)
{
    (void)state;
    struct web_script *web = web_script_start(empty_answer);
    uint16_t port = web_script_port(web);
    const char *others[] = {
        arena_printf(run.arena, "::127.0.0.1:%u", port), /* the port that is not pinned */
        arena_printf(run.arena, "::127.0.0.2:%u", port + 1u),
        arena_printf(run.arena, "::[::1]:%u", port + 1u),
    };
    for (size_t i = 0; i < 3; i++) {
        connect_to_fault = others[i];
        const struct fetch_result *r = fetch_run_get(&run, (uint16_t)(port + 1), "/", 8000);
        connect_to_fault = NULL;
        assert_int_equal(r->status, PEER_LOCAL);
        assert_non_null(strstr(r->error_text, "pinned"));
        assert_null(r->address);
    }
    char *text = web_script_stop(web);
    assert_string_equal(text, "");
    free(text);
}

static void test_environment_is_ignored(void **state)
{
    (void)state;
    struct web_script *proxy = web_script_start(empty_answer);
    struct web_script *web = web_script_start(empty_answer);
    char address[40], home[] = "/tmp/mpic-fetch-XXXXXX", netrc[64];
    assert_non_null(mkdtemp(home));
    snprintf(netrc, sizeof netrc, "%s/.netrc", home);
    FILE *file = fopen(netrc, "w");
    fputs("default login user password secret\n", file);
    fclose(file);
    snprintf(address, sizeof address, "http://127.0.0.1:%u", web_script_port(proxy));
    const char *names[] = {"http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"};
    for (size_t i = 0; i < 4; i++)
        setenv(names[i], address, 1);
    const char *old_home = getenv("HOME");
    char *kept = old_home ? xstrdup(old_home) : NULL;
    setenv("HOME", home, 1);
    for (int is_pinned = 0; is_pinned < 2; is_pinned++) {
        struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
        struct fetch_request request = {
            .method = "GET",
            .url = arena_printf(run.arena, "http://127.0.0.1:%u/", web_script_port(web)),
            .pin = is_pinned ? &pin : NULL};
        assert_int_equal(fetch_run(&run, &request, 8000)->status, PEER_OK);
    }
    for (size_t i = 0; i < 4; i++)
        unsetenv(names[i]);
    if (kept)
        setenv("HOME", kept, 1);
    char *by_proxy = web_script_stop(proxy), *direct = web_script_stop(web);
    assert_string_equal(by_proxy, "");
    assert_null(strstr(direct, "Authorization"));
    free(by_proxy), free(direct), free(kept);
    unlink(netrc);
    rmdir(home);
}

static void test_key_log_of_the_environment_is_taken_away(void **state)
{
    (void)state;
    struct err err;
    setenv("SSLKEYLOGFILE", "/tmp/mpic-must-not-exist", 1);
    struct fetch *other = fetch_new(run.loop, &err);
    assert_null(getenv("SSLKEYLOGFILE"));
    fetch_free(other);
    fetch_free(NULL);
}

static void test_refused_and_unreachable_connections_fail(void **state)
{
    (void)state;
    const struct fetch_result *r = fetch_run_get(&run, raw_closed_port(), "/", 8000);
    assert_int_equal(r->status, PEER_CONNECT_FAILED);
    assert_non_null(strstr(r->error_text, "refused") ? r->error_text
                                                     : strstr(r->error_text, "connect"));
    assert_null(r->address);
    assert_int_equal(r->connect_us, 0);
    struct fetch_pin pin = {"255.255.255.255", 80};
    struct fetch_request request = {.method = "GET", .url = "http://host.test/", .pin = &pin};
    assert_int_equal(fetch_run(&run, &request, 8000)->status, PEER_CONNECT_FAILED);
    struct fetch_request by_name = {.method = "GET", .url = "http://no.such.name.invalid/"};
    assert_int_equal(fetch_run(&run, &by_name, 8000)->status, PEER_CONNECT_FAILED);
}

static void test_pinned_ipv6_address_is_reached(void **state)
{
    (void)state;
    struct fetch_pin pin = {"::1", raw_closed_port()};
    struct fetch_request request = {.method = "GET", .url = "http://host.test/", .pin = &pin};
    /* Refused, or no IPv6 here: but not a refusal of ours. */
    const struct fetch_result *r = fetch_run(&run, &request, 8000);
    assert_int_equal(r->status, PEER_CONNECT_FAILED);
}

static void test_no_descriptors_left_is_our_own_failure(void **state)
{
    (void)state;
    uint16_t port = raw_closed_port();
    fetch_run_get(&run, port, "/", 8000); /* what curl opens once is open */
    struct rlimit before, low;
    int highest = socket(AF_INET, SOCK_STREAM, 0);
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = (rlim_t)highest;
    close(highest);
    setrlimit(RLIMIT_NOFILE, &low);
    const struct fetch_result *r = fetch_run_get(&run, port, "/", 8000);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(r->status, PEER_LOCAL);
    assert_non_null(strstr(r->error_text, "no room for another connection"));
}

/* ---- time ---- */

/* A port where SYNs are not answered: the backlog is full. */
static int full_listener(uint16_t *port, int fillers[8])
{
    int fd = raw_listen(port);
    listen(fd, 0);
    for (int i = 0; i < 8; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        struct sockaddr_storage sa;
        socklen_t length = sizeof sa;
        getsockname(fd, (struct sockaddr *)&sa, &length);
        connect(fillers[i], (struct sockaddr *)&sa, length);
    }
    return fd;
}

static void test_connect_and_read_timeouts_are_told_apart(void **state)
{
    (void)state;
    uint16_t port;
    int fillers[8];
    int listener = full_listener(&port, fillers);
    uint64_t start_ms = raw_now_ms();
    const struct fetch_result *r = fetch_run_get(&run, port, "/", 200);
    assert_int_equal(r->status, PEER_CONNECT_TIMEOUT);
    assert_null(r->address);
    struct fetch_pin pin = {"127.0.0.1", port};
    struct fetch_request request = {.method = "GET",
                                    .url = "http://host.test/",
                                    .pin = &pin,
                                    .connect_deadline_ms = loop_now_ms(run.loop) + 200};
    r = fetch_run(&run, &request, 8000);
    assert_int_equal(r->status, PEER_CONNECT_TIMEOUT);
    assert_in_range(raw_now_ms() - start_ms, 390, 4000);
    for (int i = 0; i < 8; i++)
        close(fillers[i]);
    close(listener);

    const struct {
        const struct web_step *steps;
        const char *url;
        int status_code;
        const char *body;
    } rows[] = {
        {PLAY({WEB_WAIT, NULL, 0, 5000}), "http://host.test/", 0, ""},
        {PLAY({WEB_DRIP, OK_LINE "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 20}),
         "http://host.test/", 0, ""},
        {PLAY(SEND(OK_LINE "\r\nabc"), {WEB_WAIT, NULL, 0, 5000}), "http://host.test/", 200, "abc"},
        /* TLS that never begins: the TCP connection is there. */
        {(const struct web_step[]){{WEB_WAIT, NULL, 0, 5000}, {WEB_END}}, "https://host.test/", 0,
         ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct web_script *web = web_script_start(rows[i].steps);
        pin.port = web_script_port(web);
        request = (struct fetch_request){.method = "GET",
                                         .url = rows[i].url,
                                         .pin = &pin,
                                         .body_max_bytes = 100,
                                         .connect_deadline_ms = loop_now_ms(run.loop) + 100};
        r = fetch_run(&run, &request, 400);
        if (r->status != PEER_READ_TIMEOUT)
            fail_msg("row %zu: %s, %s", i, peer_status_str(r->status), r->error_text);
        assert_int_equal(r->status_code, rows[i].status_code);
        assert_true(bytes_eq(r->body, bytes_of(rows[i].body)));
        assert_string_equal(r->address, "127.0.0.1");
        assert_in_range(r->total_us, 390000, 4000000);
        free(web_script_stop(web));
    }
}

static void test_deadline_in_the_past_ends_it_on_the_next_turn(void **state)
{
    (void)state;
    struct web_script *web = web_script_start(empty_answer);
    struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {
        .method = "GET", .url = "http://host.test/", .pin = &pin, .connect_deadline_ms = 1};
    assert_int_equal(fetch_run(&run, &request, 0)->status, PEER_CONNECT_TIMEOUT);
    free(web_script_stop(web));
}

/* ---- jobs ---- */

struct parallel {
    size_t left;
    size_t ok;
    struct fetch_job *other; /* cancelled by the first that is done */
};

static void on_parallel_done(const struct fetch_result *result, void *arg)
{
    struct parallel *parallel = arg;
    parallel->ok += result->status == PEER_OK;
    if (parallel->other)
        fetch_cancel(parallel->other);
    parallel->other = NULL;
    if (--parallel->left == 0)
        loop_stop(run.loop);
}

static void must_not_run(const struct fetch_result *result, void *arg)
{
    (void)arg;
    fail_msg("a cancelled job is done: %s", result->error_text);
}

static void stop_loop(void *arg)
{
    loop_stop(arg);
}

static void run_for(unsigned ms)
{
    struct loop_timer timer = {0};
    loop_timer_start(run.loop, &timer, loop_now_ms(run.loop) + ms, stop_loop, run.loop);
    loop_run(run.loop);
}

static void test_cancelled_jobs_are_silent_in_every_state(void **state)
{
    (void)state;
    uint16_t port;
    int fillers[8];
    int listener = full_listener(&port, fillers);
    struct web_script *web = web_script_start(
        PLAY(SEND(OK_LINE "Content-Length: 10\r\n\r\nab"), {WEB_WAIT, NULL, 0, 5000}));
    struct fetch_pin waiting = {"127.0.0.1", port}, reading = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {
        .method = "GET", .url = "http://host.test/", .body_max_bytes = 100};
    const struct fetch_pin *const pins[] = {&waiting, &reading, NULL};
    for (size_t i = 0; i < 3; i++) {
        request.pin = pins[i];
        request.url = pins[i] ? "http://host.test/" : "http://localhost:1/";
        for (unsigned ms = 0; ms <= 100; ms += 50) {
            struct fetch_job *job =
                fetch_start(run.fetch, &request, NULL, JOB_NO_DEADLINE, must_not_run, NULL);
            if (ms && pins[i])
                run_for(ms);
            fetch_cancel(job);
            run_for(10);
        }
    }
    /* Finished, but not delivered: the bad method is known at once. */
    request.method = "PUT";
    fetch_cancel(fetch_start(run.fetch, &request, NULL, JOB_NO_DEADLINE, must_not_run, NULL));
    struct job_group group;
    job_group_init(&group);
    request.method = "GET";
    request.pin = &reading;
    for (int i = 0; i < 5; i++)
        fetch_start(run.fetch, &request, &group, JOB_NO_DEADLINE, must_not_run, NULL);
    run_for(20);
    job_group_cancel(&group);
    run_for(20);
    free(web_script_stop(web));
    for (int i = 0; i < 8; i++)
        close(fillers[i]);
    close(listener);
}

/* curl's default is to wait for the thread that looks the name up; the loop would stand still. */
static void test_slow_name_lookup_holds_up_nobody(void **state)
{
    (void)state;
    struct fetch_request request = {.method = "GET", .url = "http://slow.invalid/"};
    lookup_sleep_ms = 1000;
    uint64_t start_ms = raw_now_ms();
    struct fetch_job *job =
        fetch_start(run.fetch, &request, NULL, JOB_NO_DEADLINE, must_not_run, NULL);
    run_for(100);
    assert_int_equal(lookups_sleeping, 1);
    fetch_cancel(job);
    assert_int_equal(fetch_run(&run, &request, 200)->status, PEER_CONNECT_TIMEOUT);
    assert_in_range(raw_now_ms() - start_ms, 300, 900);
    lookup_sleep_ms = 0;
    while (lookups_sleeping)
        raw_sleep_ms(10);
    raw_sleep_ms(100); /* its thread ends by itself */
}

static void test_job_may_cancel_another_from_its_done(void **state)
{
    (void)state;
    struct web_script *web = web_script_start(empty_answer);
    struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {.method = "GET", .url = "http://host.test/", .pin = &pin};
    struct parallel parallel = {.left = 1};
    fetch_start(run.fetch, &request, NULL, JOB_NO_DEADLINE, on_parallel_done, &parallel);
    parallel.other = fetch_start(run.fetch, &request, NULL, JOB_NO_DEADLINE, must_not_run, NULL);
    loop_run(run.loop);
    run_for(20);
    assert_int_equal(parallel.ok, 1);
    free(web_script_stop(web));
}

static void test_failure_of_curl_fails_all_and_the_next_works(void **state)
{
    (void)state;
    struct web_script *web = web_script_start(empty_answer);
    struct fetch_pin pin = {"127.0.0.1", web_script_port(web)};
    struct fetch_request request = {.method = "GET", .url = "http://host.test/", .pin = &pin};
    struct parallel parallel = {.left = 3};
    for (int i = 0; i < 3; i++)
        fetch_start(run.fetch, &request, NULL, loop_now_ms(run.loop) + 8000, on_parallel_done,
                    &parallel);
    action_fault = CURLM_INTERNAL_ERROR;
    loop_run(run.loop);
    action_fault = CURLM_OK;
    assert_int_equal(parallel.ok, 0);
    assert_int_equal(fetch_run(&run, &request, 8000)->status, PEER_OK);
    free(web_script_stop(web));
}

static void test_status_texts_are_distinct(void **state)
{
    (void)state;
    for (int a = PEER_OK; a <= PEER_LOCAL; a++) {
        for (int b = a + 1; b <= PEER_LOCAL; b++)
            assert_string_not_equal(peer_status_str(a), peer_status_str(b));
    }
    assert_non_null(strstr(fetch_library_version(), "libcurl/"));
}

static void test_given_addresses_need_no_lookup(void **state)
{
    (void)state;
    static const char *const items[] = {"127.0.0.1"};
    struct web_script *web =
        web_script_start(PLAY({WEB_SEND, .text = OK_LINE "Content-Length: 2\r\n\r\nok"}));
    const struct fetch_addresses addresses = {
        .host = "perspective.test", .port = web_script_port(web), .list = {items, 1, true}};
    const struct fetch_request request = {
        .method = "POST",
        .url = arena_printf(run.arena, "http://perspective.test:%u/caa", addresses.port),
        .body = bytes_of("{}"),
        .addresses = &addresses,
        .body_max_bytes = 100,
    };
    atomic_store(&lookup_sleep_ms, 20000);
    const struct fetch_result *result = fetch_run(&run, &request, RAW_WAIT_MS);
    atomic_store(&lookup_sleep_ms, 0);
    assert_int_equal(result->status, PEER_OK);
    assert_string_equal(result->address, "127.0.0.1");
    assert_int_equal(lookups_sleeping, 0);
    free(web_script_stop(web));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_given_addresses_need_no_lookup),
        CASE(test_another_address_than_the_pinned_gets_no_socket),
        CASE(test_environment_is_ignored),
        CASE(test_key_log_of_the_environment_is_taken_away),
        CASE(test_refused_and_unreachable_connections_fail),
        CASE(test_pinned_ipv6_address_is_reached),
        CASE(test_no_descriptors_left_is_our_own_failure),
        CASE(test_connect_and_read_timeouts_are_told_apart),
        CASE(test_deadline_in_the_past_ends_it_on_the_next_turn),
        CASE(test_cancelled_jobs_are_silent_in_every_state),
        CASE(test_slow_name_lookup_holds_up_nobody),
        CASE(test_job_may_cancel_another_from_its_done),
        CASE(test_failure_of_curl_fails_all_and_the_next_works),
        CASE(test_status_texts_are_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
