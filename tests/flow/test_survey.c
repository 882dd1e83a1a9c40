/* A coordinator's observation over scripted perspectives: what is asked, what becomes of what comes, and
 * that the answer stays small. */
#include "coordinator/survey.h"
#include "coordinator/transport_http.h"
#include "support/fake_aside.h"
#include "support/fake_fetch.h"
#include "support/fake_loop.h"
#include "support/unit.h"
#include "wire/observe.h"

#include "base/str.h"

#include <string.h>

enum { PLACES = 3 };

static const struct perspective_info places[PLACES] = {
    {.code = "a", .rir = RIR_ARIN, .has_coordinates = true, .latitude = 40, .longitude = -83},
    {.code = "b", .rir = RIR_RIPE_NCC, .has_coordinates = true, .latitude = 51.5},
    {.code = "c", .rir = RIR_APNIC, .has_coordinates = true, .latitude = 35.7, .longitude = 139.7},
};
static const char *const urls[PLACES] = {"http://127.0.0.1:1/observe", "http://127.0.0.1:2/observe",
                                         NULL};

static struct {
    struct loop *loop;
    struct aside *aside;
    struct fetch *fetch;
    struct arena *arena;
    struct coordinator_settings settings;
    struct transport_http_settings ways[PLACES];
    struct coordinator *coordinator;
    const struct observe_response *response;
} w;

static int setup(void **state)
{
    (void)state;
    struct transport *transports[PLACES];
    struct err err;
    memset(&w, 0, sizeof w);
    fake_fetch_reset();
    fake_aside_reset();
    w.loop = loop_new();
    w.aside = aside_new(w.loop, NULL);
    w.fetch = fetch_new(w.loop, &err);
    w.arena = arena_new();
    w.settings = (struct coordinator_settings){.perspectives = places,
                                               .perspective_count = PLACES,
                                               .secret = bytes_of("0123456789abcdef"),
                                               .default_perspective_count = PLACES,
                                               .absolute_max_attempts = 1,
                                               .perspective_timeout_ms = 5000,
                                               .baseline = BASELINE_OFF};
    for (size_t i = 0; i < PLACES; i++) {
        w.ways[i] = (struct transport_http_settings){
            .code = places[i].code, .observe_url = urls[i], .is_unbound = true};
        transports[i] = transport_http_new(w.loop, w.fetch, NULL, &w.ways[i]);
    }
    w.coordinator = coordinator_new(w.loop, w.aside, &w.settings, transports, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    coordinator_free(w.coordinator);
    fetch_free(w.fetch);
    aside_free(w.aside);
    loop_free(w.loop);
    arena_free(w.arena);
    fake_fetch_reset();
    return 0;
}
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void on_surveyed(const struct survey_outcome *outcome, void *arg)
{
    (void)arg;
    assert_int_equal(outcome->kind, SURVEY_RAN);
    w.response = outcome->response;
}

static const struct observe_request request = {.target = "x.example", .type = OBSERVE_TXT};

static const struct observed *run(const char *code)
{
    survey_start(w.coordinator, &request, w.arena, NULL, on_surveyed, NULL);
    assert_null(w.response); /* never on the stack of start */
    fake_loop_run_until_idle(w.loop);
    assert_non_null(w.response);
    for (size_t i = 0; i < w.response->count; i++)
        if (str_eq(w.response->seen[i].perspective_code, code))
            return &w.response->seen[i];
    return NULL;
}

static void answer(size_t place, const struct observed *seen)
{
    struct buf body = {0};
    wire_encode_observed(seen, &body);
    fake_response_body(fake_fetch_response(urls[place], NULL), buf_bytes(&body));
    buf_clear(&body);
}

/* `count` records with this data. */
static struct observed records_at(size_t place, size_t count, const char *data)
{
    struct observed_record *records = arena_array(w.arena, count, sizeof *records);
    struct observed seen = {.perspective_code = places[place].code,
                            .outcome = OBSERVE_PRESENT,
                            .has_dns = true,
                            .dns = {.query_name = "x.example", .type = OBSERVE_TXT}};
    for (size_t i = 0; i < count; i++)
        records[i] = (struct observed_record){"x.example", 60, data};
    seen.dns.records = records;
    seen.dns.record_count = count;
    seen.dns.records_sha256 = observe_digest(&data, 1, w.arena);
    return seen;
}

static void test_perspectives_are_asked_alone_and_compared(void **state)
{
    (void)state;
    const struct observed one = records_at(0, 1, "one"), same = records_at(1, 1, "one");
    answer(0, &one);
    answer(1, &same);
    assert_int_equal(run("a")->outcome, OBSERVE_PRESENT);
    assert_string_equal(w.response->agreement.with, "majority");
    assert_int_equal(w.response->agreement.agreeing.count, 2);
    assert_int_equal(fake_fetch_request_count(w.fetch), 2);
    struct buf body = {0};
    const struct fetch_request *asked = fake_fetch_request(w.fetch, 0)->request;
    buf_append(&body, asked->body.p, asked->body.n);
    assert_string_equal(buf_str(&body),
                        "{\"domain_or_ip_target\":\"x.example\",\"dns_record_type\":\"TXT\","
                        "\"caa_search\":false,\"single_perspective\":true}");
    buf_clear(&body);
}

static void test_perspective_without_a_way_or_an_answer_could_not_tell(void **state)
{
    (void)state;
    const struct observed another = records_at(1, 1, "one"); /* from a, says that it is b */
    answer(0, &another);
    fake_response_body(fake_fetch_response(urls[1], NULL), bytes_of("{\"check_passed\":true}"));
    const struct observed *c = run("c");
    assert_int_equal(c->problem, PROBLEM_REMOTE_CHECK);
    assert_non_null(strstr(c->reason, "has no url to ask observations at"));
    for (size_t i = 0; i < w.response->count; i++)
        assert_int_equal(w.response->seen[i].outcome, OBSERVE_UNKNOWN);
    assert_null(w.response->agreement.with);
}

static size_t encoded_bytes(void)
{
    struct buf out = {0};
    wire_encode_observe_response(w.response, &out);
    size_t n = out.n;
    buf_clear(&out);
    return n;
}

static void test_answer_stays_under_a_megabyte(void **state)
{
    (void)state;
    char *data = arena_alloc(w.arena, 30001);
    memset(data, 'x', 30000);
    data[30000] = '\0';
    struct observed lists = records_at(0, 16, data), texts = records_at(1, 1, "one");
    struct dns_extended_error errors[16];
    for (size_t i = 0; i < 16; i++)
        errors[i] = (struct dns_extended_error){22, data};
    texts.extended_errors = errors;
    texts.extended_error_count = 16;
    answer(0, &lists);
    answer(1, &texts);
    const struct observed *a = run("a");
    assert_int_equal(a->outcome, OBSERVE_PRESENT);
    assert_true(a->dns.records_truncated);
    assert_true(a->dns.record_count > 0 && a->dns.record_count < 16);
    for (size_t i = 0; i < w.response->count; i++)
        if (str_eq(w.response->seen[i].perspective_code, "b"))
            assert_non_null(strstr(w.response->seen[i].reason, "is too large"));
    assert_true(encoded_bytes() < 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_perspectives_are_asked_alone_and_compared),
        TEST(test_perspective_without_a_way_or_an_answer_could_not_tell),
        TEST(test_answer_stays_under_a_megabyte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
