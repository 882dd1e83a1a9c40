/* The fake net/fetch of the flow tests keeps the promises of net/fetch.h. */
#include "support/fake_fetch.h"

#include "base/str.h"
#include "support/fake_loop.h"
#include "support/unit.h"

static struct loop *loop;
static struct fetch *fetch;
static struct fetch_result last;
static int done_count;

static int setup(void **state)
{
    (void)state;
    struct err err;
    fake_fetch_reset();
    loop = loop_new();
    fetch = fetch_new(loop, &err);
    done_count = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fetch_free(fetch);
    loop_free(loop);
    fake_fetch_reset();
    return 0;
}

static void on_done(const struct fetch_result *result, void *arg)
{
    (void)arg;
    last = *result; /* its texts live in the script */
    done_count++;
}

static struct fetch_job *start(const char *url, const char *address, uint64_t timeout_ms)
{
    struct fetch_pin pin = {address, 80};
    struct fetch_request request = {
        .method = "GET", .url = url, .pin = address ? &pin : NULL, .body_max_bytes = 5};
    return fetch_start(fetch, &request, NULL, loop_now_ms(loop) + timeout_ms, on_done, NULL);
}

/* Runs until it is done, at most a virtual minute. */
static void get(const char *url, const char *address)
{
    int before = done_count;
    start(url, address, 1000);
    assert_int_equal(done_count, before);
    fake_loop_advance(loop, 60000);
    assert_int_equal(done_count, before + 1);
}

static void test_scripts_are_chosen_by_url_and_address(void **state)
{
    (void)state;
    fake_fetch_response("http://a/", NULL)->status_code = 201;
    fake_fetch_response("http://a/", "192.0.2.1")->status_code = 202;
    get("http://a/", "192.0.2.1");
    assert_int_equal(last.status_code, 202);
    assert_string_equal(last.address, "192.0.2.1");
    assert_int_equal(last.port, 80);
    get("http://a/", "192.0.2.2");
    assert_int_equal(last.status_code, 201);
    get("http://a/", NULL);
    assert_int_equal(last.status_code, 201);
    get("http://b/", NULL);
    assert_int_equal(last.status, PEER_LOCAL);
    assert_false(last.has_response);
    assert_int_equal(fake_fetch_asked(fetch, "http://a/"), 3);
    assert_int_equal(fake_fetch_request_count(NULL), 4);
    assert_string_equal(fake_fetch_request(fetch, 3)->request->url, "http://b/");
    assert_null(fake_fetch_request(fetch, 4));
}

static void test_scripts_of_the_same_key_are_used_in_turn(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        fake_fetch_response("http://a/", NULL)->status_code = 200 + i;
    const int wanted[] = {200, 201, 202, 202, 202};
    for (size_t i = 0; i < 5; i++) {
        get("http://a/", NULL);
        assert_int_equal(last.status_code, wanted[i]);
    }
}

static void test_bodies_are_cut_and_headers_kept(void **state)
{
    (void)state;
    struct fake_response *r = fake_fetch_response("http://a/", NULL);
    fake_response_header(r, "X", "1");
    fake_response_body(r, bytes_of("hello"));
    get("http://a/", NULL);
    assert_true(bytes_eq(last.body, bytes_of("hello")) && !last.body_cut);
    assert_string_equal(fetch_header_get(last.headers, last.header_count, "x"), "1");
    fake_response_body(r, bytes_of("hello!"));
    get("http://a/", NULL);
    assert_true(bytes_eq(last.body, bytes_of("hello")) && last.body_cut);
}

static void test_time_runs_out_before_or_after_the_connection(void **state)
{
    (void)state;
    struct fake_response *r = fake_fetch_response("http://a/", NULL);
    r->connect_ms = 999;
    get("http://a/", "192.0.2.1");
    assert_int_equal(last.status, PEER_OK);
    assert_int_equal(last.connect_us, 999000);
    r->connect_ms = 1001;
    get("http://a/", "192.0.2.1");
    assert_int_equal(last.status, PEER_CONNECT_TIMEOUT);
    assert_null(last.address);
    r->connect_ms = FAKE_FETCH_NEVER;
    get("http://a/", "192.0.2.1");
    assert_int_equal(last.status, PEER_CONNECT_TIMEOUT);
    r->connect_ms = 500;
    r->delay_ms = 501;
    get("http://a/", "192.0.2.1");
    assert_int_equal(last.status, PEER_READ_TIMEOUT);
    assert_string_equal(last.address, "192.0.2.1");
    r->delay_ms = FAKE_FETCH_NEVER;
    get("http://a/", "192.0.2.1");
    assert_int_equal(last.status, PEER_READ_TIMEOUT);

    struct fetch_request request = {
        .method = "GET", .url = "http://a/", .connect_deadline_ms = loop_now_ms(loop) + 499};
    fetch_start(fetch, &request, NULL, JOB_NO_DEADLINE, on_done, NULL);
    fake_loop_advance(loop, 1000);
    assert_int_equal(last.status, PEER_CONNECT_TIMEOUT);
}

static void test_failures_have_a_text_and_no_response(void **state)
{
    (void)state;
    struct fake_response *r = fake_fetch_response("http://a/", NULL);
    r->status = PEER_CONNECT_FAILED;
    r->status_code = 0;
    get("http://a/", "192.0.2.1");
    assert_int_equal(last.status, PEER_CONNECT_FAILED);
    assert_true(last.error_text[0] != '\0' && !last.has_response && !last.address);
    r->status = PEER_DISCONNECTED;
    r->status_code = 200;
    r->error_text = "cut";
    get("http://a/", "192.0.2.1");
    assert_string_equal(last.error_text, "cut");
    assert_true(last.has_response && last.address);
}

static void test_cancelled_jobs_are_silent_and_recorded(void **state)
{
    (void)state;
    fake_fetch_response("http://a/", NULL)->delay_ms = 100;
    struct fetch_job *job = start("http://a/", NULL, 1000);
    assert_int_equal(fake_fetch_pending(fetch), 1);
    fake_loop_advance(loop, 50);
    fetch_cancel(job);
    fake_loop_advance(loop, 1000);
    assert_int_equal(done_count, 0);
    assert_int_equal(fake_fetch_pending(NULL), 0);
    assert_true(fake_fetch_request(fetch, 0)->cancelled);
    assert_false(fake_fetch_request(fetch, 0)->delivered);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_scripts_are_chosen_by_url_and_address),
        CASE(test_scripts_of_the_same_key_are_used_in_turn),
        CASE(test_bodies_are_cut_and_headers_kept),
        CASE(test_time_runs_out_before_or_after_the_connection),
        CASE(test_failures_have_a_text_and_no_response),
        CASE(test_cancelled_jobs_are_silent_and_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
