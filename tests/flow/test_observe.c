/* Whole observations over a scripted DNS, scripted web servers and virtual time. */
#include "check/observe.h"
#include "support/check_world.h"

#include "base/str.h"

#include <string.h>

#define URL "http://www.example.com/file.txt"

static struct observe_request request;
static struct observe_question question;
static struct observe_job *job;
static const struct observed *seen;

static int setup(void **state)
{
    world_setup(state);
    request = (struct observe_request){.target = "www.example.com", .type = OBSERVE_TXT};
    seen = NULL;
    return 0;
}
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static void on_seen(const struct observed *what, void *arg)
{
    (void)arg;
    job = NULL;
    seen = what;
}

static void start(void)
{
    struct rule_issues issues = {0};
    observe_check_request(&request, w.arena, &issues, &question);
    assert_int_equal(issues.count, 0);
    const struct observe_call call = {.question = &question,
                                      .arena = w.arena,
                                      .group = &w.group,
                                      .deadline_ms = loop_now_ms(w.loop) + w.check_ms};
    job = observe_start(&w.env, &call, on_seen, NULL);
    assert_null(seen); /* never on the stack of start */
}

static void run(void)
{
    struct err err;
    start();
    fake_loop_run_until_idle(w.loop);
    assert_non_null(seen);
    assert_string_equal(seen->perspective_code, "here");
    assert_true(seen->timestamp_ns.present);
    assert_true(seen->duration_ms.present);
    assert_true(observed_is_sound(seen, w.arena, &err)); /* what we send, we would take */
}

static void assert_unseen(enum observe_outcome outcome, enum problem problem)
{
    assert_string_equal(problem_str(seen->problem), problem_str(problem));
    assert_int_equal(seen->outcome, outcome);
    assert_non_null(seen->reason);
}

/* --- records --------------------------------------------------------------------------------- */

static void test_records_are_seen_with_ttl_chain_and_status(void **state)
{
    (void)state;
    request.dns_name_prefix = "_contact";
    struct fake_answer *answer =
        fake_dns_answer(w.dns, "_contact.www.example.com", DNS_TXT, DNS_OK);
    fake_answer_alias(answer, "there.example.net");
    answer->ttl_s = 77;
    fake_answer_txt(answer, "one");
    answer->ttl_s = 78;
    fake_answer_txt(answer, "two");
    run();
    assert_int_equal(seen->outcome, OBSERVE_PRESENT);
    assert_int_equal(seen->problem, PROBLEM_NONE);
    assert_int_equal(seen->dnssec, DNSSEC_SECURE);
    assert_string_equal(seen->dns.query_name, "_contact.www.example.com");
    assert_int_equal(seen->dns.response_code.value, 0);
    assert_int_equal(seen->dns.record_count, 2);
    assert_string_equal(seen->dns.records[0].owner_name, "there.example.net");
    assert_int_equal(seen->dns.records[0].ttl_s, 77);
    assert_string_equal(seen->dns.records[1].data, "two");
    assert_int_equal(seen->dns.records[1].ttl_s, 78);
    assert_int_equal(seen->dns.cname_chain.count, 1);
    assert_string_equal(seen->dns.cname_chain.items[0], "there.example.net.");
}

static void test_each_type_is_asked_for_as_it_is(void **state)
{
    (void)state;
    for (int type = OBSERVE_NONE + 1; type < OBSERVE_TYPE_COUNT; type++) {
        request.type = (enum observe_type)type;
        uint16_t code = observe_type_code(request.type);
        struct fake_answer *answer = fake_dns_answer(w.dns, "www.example.com", code, DNS_OK);
        fake_answer_record(answer, bytes_of("x"));
        seen = NULL;
        run();
        assert_int_equal(seen->outcome, OBSERVE_PRESENT);
        assert_int_equal(seen->dns.type, type);
        assert_int_equal(fake_dns_asked(w.dns, "www.example.com", code), 1);
    }
}

static void test_answers_without_records_are_nothing_or_unknown(void **state)
{
    (void)state;
    static const struct {
        enum dns_outcome status;
        enum observe_outcome outcome;
        enum problem problem;
    } cases[] = {
        {DNS_NODATA, OBSERVE_NOTHING, PROBLEM_NO_DATA},
        {DNS_NXDOMAIN, OBSERVE_NOTHING, PROBLEM_NXDOMAIN},
        {DNS_SERVFAIL, OBSERVE_UNKNOWN, PROBLEM_DNS_SERVFAIL},
        {DNS_REFUSED, OBSERVE_UNKNOWN, PROBLEM_DNS_REFUSED},
        {DNS_TIMEOUT, OBSERVE_UNKNOWN, PROBLEM_DNS_TIMEOUT},
        {DNS_BOGUS, OBSERVE_UNKNOWN, PROBLEM_DNSSEC_BOGUS},
        {DNS_FILTERED, OBSERVE_UNKNOWN, PROBLEM_DNS_FILTERED},
        {DNS_ALIAS, OBSERVE_UNKNOWN, PROBLEM_DNS_ALIAS},
        {DNS_MALFORMED, OBSERVE_UNKNOWN, PROBLEM_DNS_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake_dns_reset();
        fake_dns_answer(w.dns, "www.example.com", DNS_TXT, cases[i].status);
        seen = NULL;
        run();
        assert_unseen(cases[i].outcome, cases[i].problem);
        assert_int_equal(seen->dns.record_count, 0);
    }
}

static void test_search_finds_the_nearest_set_of_caa(void **state)
{
    (void)state;
    request.type = OBSERVE_CAA;
    request.caa_search = true;
    fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
    fake_answer_caa(fake_dns_answer(w.dns, "example.com", DNS_CAA, DNS_OK), 0, "contactemail",
                    "admin@example.com");
    run();
    assert_int_equal(seen->outcome, OBSERVE_PRESENT);
    assert_string_equal(seen->dns.query_name, "www.example.com");
    assert_string_equal(seen->dns.found_at, "example.com");
    assert_string_equal(seen->dns.records[0].data, "0 contactemail \"admin@example.com\"");
    assert_int_equal(seen->dns.lookup_count, 3);
}

static void test_search_without_a_set_finds_nothing(void **state)
{
    (void)state;
    request.type = OBSERVE_CAA;
    request.caa_search = true;
    fake_dns_set_default(DNS_NODATA, DNSSEC_INSECURE);
    run();
    assert_unseen(OBSERVE_NOTHING, PROBLEM_NO_DATA);
    assert_int_equal(seen->dnssec, DNSSEC_INSECURE);
    assert_null(seen->dns.found_at);
}

static void test_search_that_fails_below_a_set_is_unknown(void **state)
{
    (void)state;
    request.type = OBSERVE_CAA;
    request.caa_search = true;
    fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
    fake_dns_answer(w.dns, "www.example.com", DNS_CAA, DNS_BOGUS);
    fake_answer_caa(fake_dns_answer(w.dns, "example.com", DNS_CAA, DNS_OK), 0, "issue", "ca");
    run();
    assert_unseen(OBSERVE_UNKNOWN, PROBLEM_DNSSEC_BOGUS);
    assert_int_equal(seen->dns.record_count, 0);
}

/* --- files ----------------------------------------------------------------------------------- */

static void ask_file(void)
{
    request = (struct observe_request){.url = URL};
    fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
    fake_answer_address(fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK), WORLD_IPV4);
}

static void test_file_is_seen_whatever_its_status(void **state)
{
    (void)state;
    ask_file();
    struct fake_response *page = fake_fetch_response(URL, WORLD_IPV4);
    page->status_code = 404;
    fake_response_header(page, "Content-Type", "text/plain");
    fake_response_body(page, bytes_of("not here"));
    run();
    assert_int_equal(seen->outcome, OBSERVE_PRESENT);
    assert_int_equal(seen->file.status_code.value, 404);
    assert_string_equal(seen->file.body, "bm90IGhlcmU=");
    assert_int_equal(seen->file.body_bytes.value, 8);
    assert_false(seen->file.body_truncated);
    assert_string_equal(seen->file.content_type, "text/plain");
    assert_string_equal(seen->file.url, URL);
    assert_string_equal(seen->file.final_url, URL);
    assert_int_equal(seen->file.hop_count, 1);
    assert_string_equal(seen->file.hops[0].connection.address_used, WORLD_IPV4);
}

static void test_file_is_cut_at_the_limit(void **state)
{
    (void)state;
    ask_file();
    request.body_max_bytes = OPT_INT(3);
    fake_response_body(fake_fetch_response(URL, WORLD_IPV4), bytes_of("value"));
    run();
    assert_string_equal(seen->file.body, "dmFs");
    assert_true(seen->file.body_truncated);
    assert_int_equal(fake_fetch_request(w.fetch, 0)->request->body_max_bytes, 3);
}

static void test_redirect_is_judged_before_it_is_followed(void **state)
{
    (void)state;
    ask_file();
    struct fake_response *moved = fake_fetch_response(URL, WORLD_IPV4);
    moved->status_code = 302;
    fake_response_header(moved, "Location", "http://192.168.0.1/secret");
    run();
    assert_unseen(OBSERVE_NOTHING, PROBLEM_ADDRESS_REFUSED);
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
    assert_int_equal(seen->file.hop_count, 2);
    assert_int_equal(seen->file.history_count, 1);
    assert_null(seen->file.body);
}

static void test_redirect_to_another_port_is_not_followed(void **state)
{
    (void)state;
    ask_file();
    struct fake_response *moved = fake_fetch_response(URL, WORLD_IPV4);
    moved->status_code = 301;
    fake_response_header(moved, "Location", "http://www.example.com:8080/");
    run();
    assert_unseen(OBSERVE_NOTHING, PROBLEM_REDIRECT_INVALID);
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
}

static void test_special_address_is_never_contacted(void **state)
{
    (void)state;
    ask_file();
    fake_answer_address(fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK), "127.0.0.1");
    run();
    assert_unseen(OBSERVE_NOTHING, PROBLEM_ADDRESS_REFUSED);
    assert_int_equal(fake_fetch_request_count(w.fetch), 0);
    seen = NULL;
    request.url = "http://[::1]/";
    run();
    assert_unseen(OBSERVE_NOTHING, PROBLEM_ADDRESS_REFUSED);
    assert_int_equal(fake_fetch_request_count(w.fetch), 0);
}

static void test_body_that_ends_early_is_unknown(void **state)
{
    (void)state;
    ask_file();
    struct fake_response *page = fake_fetch_response(URL, WORLD_IPV4);
    fake_response_body(page, bytes_of("val"));
    page->status = PEER_DISCONNECTED;
    run();
    assert_unseen(OBSERVE_UNKNOWN, PROBLEM_DISCONNECTED);
    assert_null(seen->file.body);
}

/* --- time ------------------------------------------------------------------------------------ */

static void test_silence_ends_with_the_deadline(void **state)
{
    (void)state;
    fake_dns_answer(w.dns, "www.example.com", DNS_TXT, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    w.check_ms = 1000;
    run();
    assert_int_equal(seen->outcome, OBSERVE_UNKNOWN);
    assert_true(loop_now_ms(w.loop) >= 900);
}

static void test_cancelled_observation_leaves_nothing(void **state)
{
    (void)state;
    fake_dns_answer(w.dns, "www.example.com", DNS_TXT, DNS_OK)->delay_ms = 500;
    start();
    fake_loop_advance(w.loop, 100);
    observe_cancel(job);
    ask_file();
    fake_fetch_response(URL, WORLD_IPV4)->delay_ms = 500;
    start();
    fake_loop_advance(w.loop, 100);
    observe_cancel(job);
    fake_loop_run_until_idle(w.loop);
    assert_null(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_records_are_seen_with_ttl_chain_and_status),
        TEST(test_each_type_is_asked_for_as_it_is),
        TEST(test_answers_without_records_are_nothing_or_unknown),
        TEST(test_search_finds_the_nearest_set_of_caa),
        TEST(test_search_without_a_set_finds_nothing),
        TEST(test_search_that_fails_below_a_set_is_unknown),
        TEST(test_file_is_seen_whatever_its_status),
        TEST(test_file_is_cut_at_the_limit),
        TEST(test_redirect_is_judged_before_it_is_followed),
        TEST(test_redirect_to_another_port_is_not_followed),
        TEST(test_special_address_is_never_contacted),
        TEST(test_body_that_ends_early_is_unknown),
        TEST(test_silence_ends_with_the_deadline),
        TEST(test_cancelled_observation_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
