/* Whole checks of the DNS methods over a scripted DNS and virtual time. */
#include "check/check.h"
#include "support/fake_dns.h"
#include "support/fake_loop.h"

#include "support/unit.h"

#include <string.h>

#define DIGEST "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-_"

static struct world {
    struct loop *loop;
    struct dns *dns;
    struct arena *arena;
    struct job_group group;
    struct check_settings settings;
    struct check_env env;
    struct check_request request;
    const struct check_result *result;
} w;

static int setup(void **state)
{
    (void)state;
    struct err err;
    memset(&w, 0, sizeof w);
    fake_dns_reset();
    w.loop = loop_new();
    const char *const anchors[] = {". IN DS 1 13 2 00"};
    const struct dns_settings dns_settings = {
        .timeout_ms = 5000, .trust_anchors = anchors, .trust_anchor_count = 1};
    w.dns = dns_new(w.loop, &dns_settings, &err);
    w.arena = arena_new();
    job_group_init(&w.group);
    w.settings = (struct check_settings){.perspective_code = "here"};
    w.env = (struct check_env){.loop = w.loop, .dns = w.dns, .settings = &w.settings};
    w.request = (struct check_request){
        .check_type = CHECK_DCV,
        .target = "www.example.com",
        .dcv = {.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST},
    };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    job_group_cancel(&w.group);
    dns_free(w.dns);
    loop_free(w.loop);
    arena_free(w.arena);
    return 0;
}

static void on_done(const struct check_result *result, void *arg)
{
    (void)arg;
    assert_null(w.result);
    w.result = result;
}

static const struct check_result *run(void)
{
    const struct check_call call = {.request = &w.request,
                                    .arena = w.arena,
                                    .group = &w.group,
                                    .deadline_ms = loop_now_ms(w.loop) + 8000};
    check_start(&w.env, &call, on_done, NULL);
    fake_loop_advance(w.loop, 60000);
    assert_non_null(w.result);
    return w.result;
}

static void assert_problem(const struct check_result *result, enum verdict verdict,
                           enum problem problem)
{
    assert_string_equal(problem_str(result->problem), problem_str(problem));
    assert_int_equal(result->verdict, verdict);
}

static struct fake_answer *script(const char *name, uint16_t type, enum dns_status status)
{
    return fake_dns_answer(w.dns, name, type, status);
}

#define CHALLENGE_NAME "_acme-challenge.www.example.com"

static void test_record_that_matches_behind_an_alias_passes(void **state)
{
    (void)state;
    struct fake_answer *answer = script(CHALLENGE_NAME, DNS_TXT, DNS_OK);
    fake_answer_alias(answer, "elsewhere.example");
    fake_answer_txt(answer, "another");
    fake_answer_txt(answer, DIGEST);
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    const struct record_details *record = &result->details.record;
    assert_string_equal(record->query_name, CHALLENGE_NAME);
    assert_string_equal(record->found_at, CHALLENGE_NAME);
    assert_string_equal(record->owner_name, "elsewhere.example");
    assert_string_equal(record->matched_record, DIGEST);
    assert_int_equal(record->records_seen.count, 2);
    assert_int_equal(record->cname_chain.count, 1);
    assert_string_equal(record->cname_chain.items[0], "elsewhere.example.");
    assert_int_equal(record->ttl_s.value, 300);
    assert_true(record->ad_flag.value);
    assert_int_equal(result->details.dnssec, DNSSEC_SECURE);
    assert_false(result->has_errors);
}

static void test_record_that_does_not_match_fails_without_error(void **state)
{
    (void)state;
    fake_answer_txt(script(CHALLENGE_NAME, DNS_TXT, DNS_OK), DIGEST " ");
    const struct check_result *result = run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_NO_MATCH);
    assert_int_equal(result->details.record.records_seen.count, 1);
    assert_null(result->details.record.matched_record);
    assert_false(result->has_errors);
}

static void test_record_that_is_malformed_is_unknown(void **state)
{
    (void)state;
    struct fake_answer *answer = script(CHALLENGE_NAME, DNS_TXT, DNS_OK);
    fake_answer_txt(answer, DIGEST);
    fake_answer_record(answer, (struct bytes){(const uint8_t *)"\5ab", 3});
    const struct check_result *result = run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DNS_MALFORMED);
    assert_int_equal(result->error_count, 1);
    assert_string_equal(result->errors[0].type, "mpic_error:dcv_checker:lookup");
    assert_non_null(strstr(result->errors[0].message, "MalformedAnswer"));
}

static void test_record_outcomes_without_records(void **state)
{
    (void)state;
    static const struct {
        enum dns_status status;
        enum verdict verdict;
        enum problem problem;
        const char *token;
        bool has_answer; /* rcode, chain and an empty list are shown */
    } rows[] = {
        {DNS_NXDOMAIN, VERDICT_FAIL, PROBLEM_NXDOMAIN, "NXDOMAIN", true},
        {DNS_NODATA, VERDICT_FAIL, PROBLEM_NO_DATA, "NoAnswer", true},
        {DNS_SERVFAIL, VERDICT_UNKNOWN, PROBLEM_DNS_SERVFAIL, "NoNameservers", false},
        {DNS_REFUSED, VERDICT_UNKNOWN, PROBLEM_DNS_REFUSED, "NoNameservers", false},
        {DNS_TIMEOUT, VERDICT_UNKNOWN, PROBLEM_DNS_TIMEOUT, "LifetimeTimeout", false},
        {DNS_BOGUS, VERDICT_UNKNOWN, PROBLEM_DNSSEC_BOGUS, "DnssecBogus", false},
        {DNS_ALIAS, VERDICT_UNKNOWN, PROBLEM_DNS_ALIAS, "YXDOMAIN", false},
        {DNS_MALFORMED, VERDICT_UNKNOWN, PROBLEM_DNS_MALFORMED, "MalformedAnswer", false},
        {DNS_FILTERED, VERDICT_UNKNOWN, PROBLEM_DNS_FILTERED, "FilteredAnswer", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        w.result = NULL;
        script(CHALLENGE_NAME, DNS_TXT, rows[i].status);
        const struct check_result *result = run();
        assert_problem(result, rows[i].verdict, rows[i].problem);
        assert_int_equal(result->error_count, 1);
        assert_non_null(strstr(result->errors[0].message, rows[i].token));
        assert_int_equal(result->details.record.response_code.present, rows[i].has_answer);
        assert_int_equal(result->details.record.records_seen.present, rows[i].has_answer);
        assert_string_equal(result->details.record.query_name, CHALLENGE_NAME);
    }
}

static void ask_for_contact(void)
{
    w.request.dcv = (struct dcv_params){.method = DCV_CONTACT_EMAIL_CAA,
                                        .challenge_value = "owner@example.com",
                                        .dns_record_type = DCV_RECORD_CAA};
}

static void test_contact_in_the_nearest_set_passes(void **state)
{
    (void)state;
    ask_for_contact();
    script("www.example.com", DNS_CAA, DNS_NXDOMAIN);
    fake_answer_caa(script("example.com", DNS_CAA, DNS_OK), 0, "contactemail", "owner@example.com");
    script("com", DNS_CAA, DNS_NODATA);
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_string_equal(result->details.record.query_name, "example.com");
    assert_string_equal(result->details.record.found_at, "example.com");
}

static void test_contact_above_a_nearer_set_fails(void **state)
{
    (void)state;
    ask_for_contact();
    fake_answer_caa(script("www.example.com", DNS_CAA, DNS_OK), 0, "issue", "ca.example");
    fake_answer_caa(script("example.com", DNS_CAA, DNS_OK), 0, "contactemail", "owner@example.com");
    script("com", DNS_CAA, DNS_NODATA);
    assert_problem(run(), VERDICT_FAIL, PROBLEM_NO_MATCH);
}

static void test_contact_without_any_set_fails(void **state)
{
    (void)state;
    static const enum dns_security securities[] = {DNS_SEC_SECURE, DNS_SEC_INSECURE};
    ask_for_contact();
    for (size_t i = 0; i < 2; i++) { /* whether or not it is proven that there is no such TLD */
        w.result = NULL;
        script("www.example.com", DNS_CAA, DNS_NXDOMAIN);
        script("example.com", DNS_CAA, DNS_NXDOMAIN);
        script("com", DNS_CAA, DNS_NXDOMAIN)->security = securities[i];
        assert_problem(run(), VERDICT_FAIL, PROBLEM_NO_MATCH);
    }
}

static void test_contact_search_that_fails_is_unknown(void **state)
{
    (void)state;
    ask_for_contact();
    script("www.example.com", DNS_CAA, DNS_NODATA);
    script("example.com", DNS_CAA, DNS_SERVFAIL);
    fake_answer_caa(script("com", DNS_CAA, DNS_OK), 0, "contactemail", "owner@example.com");
    assert_problem(run(), VERDICT_UNKNOWN, PROBLEM_DNS_SERVFAIL);
}

static void ask_for_address(const char *address)
{
    w.request.dcv = (struct dcv_params){
        .method = DCV_IP_ADDRESS, .challenge_value = address, .dns_record_type = DCV_RECORD_A};
}

static void test_special_purpose_address_fails_and_nobody_is_asked(void **state)
{
    (void)state;
    ask_for_address("10.0.0.1");
    const struct check_result *result = run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_ADDRESS_REFUSED);
    assert_string_equal(result->errors[0].type, "mpic_error:dcv_checker:address_refused");
    assert_non_null(strstr(result->errors[0].message, "RFC 1918"));
    assert_int_equal(fake_dns_question_count(w.dns), 0);
}

static void test_special_purpose_address_of_a_lab_passes_and_is_told(void **state)
{
    (void)state;
    struct cidr lab;
    struct err err;
    assert_true(cidr_parse("10.0.0.0/8", &lab, &err));
    w.settings.addresses = (struct address_policy){.allowed = &lab, .allowed_count = 1};
    ask_for_address("10.0.0.1");
    fake_answer_address(script("www.example.com", DNS_A, DNS_OK), "10.0.0.1");
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(result->details.local_policy.count, 1);
    assert_string_equal(result->details.local_policy.items[0], "network.allow_addresses");
}

static void test_name_too_long_with_its_prefix_is_unknown(void **state)
{
    (void)state;
    char target[246];
    for (size_t i = 0; i < 245; i++)
        target[i] = i % 2 ? '.' : 'a';
    target[245] = '\0';
    w.request.target = target;
    assert_problem(run(), VERDICT_UNKNOWN, PROBLEM_PARAMETER);
    assert_int_equal(fake_dns_question_count(w.dns), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_record_that_matches_behind_an_alias_passes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_record_that_does_not_match_fails_without_error, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_record_that_is_malformed_is_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_record_outcomes_without_records, setup, teardown),
        cmocka_unit_test_setup_teardown(test_contact_in_the_nearest_set_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_contact_above_a_nearer_set_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_contact_without_any_set_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_contact_search_that_fails_is_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_special_purpose_address_fails_and_nobody_is_asked,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_special_purpose_address_of_a_lab_passes_and_is_told,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_name_too_long_with_its_prefix_is_unknown, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
