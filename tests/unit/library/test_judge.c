/* Answers of perspectives, judged one by one; and the calendar. */
#include "support/unit.h"

#include <mpic/mpic.h>
#include <string.h>

static const char request_json[] =
    "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"a.example\",\"caa_check_parameters\":"
    "{\"caa_domains\":[\"ca.example\"]}}";

#define ANSWER(completed, passed, details)                                                         \
    "{\"check_completed\":" completed ",\"check_passed\":" passed ",\"check_type\":\"caa\","       \
    "\"errors\":null,\"timestamp_ns\":1795435200000000000,\"perspective_code\":\"p-1\","           \
    "\"binding\":{\"nonce\":\"n\",\"request_sha256\":\"d\"},\"details\":{" details "}}"
#define PERMITTED                                                                                  \
    "\"caa_record_present\":true,\"found_at\":\"a.example\",\"records_seen\":"                     \
    "[\"0 issue \\\"ca.example\\\"\"]"
#define FORBIDDEN                                                                                  \
    "\"caa_record_present\":true,\"found_at\":\"a.example\",\"records_seen\":"                     \
    "[\"0 issue \\\"other.example\\\"\"]"

static const struct mpic_expectation anybody = {.size = sizeof anybody};
static const struct mpic_expectation bound = {
    .size = sizeof bound, .perspective_code = "p-1", .nonce = "n", .request_sha256 = "d"};

static struct mpic_answer *judge(const char *body, const struct mpic_expectation *expected,
                                 struct mpic_error **error)
{
    struct mpic_request *request = mpic_request_from_json(request_json, strlen(request_json), NULL);
    struct mpic_answer *answer =
        mpic_answer_new(request, expected, body, body ? strlen(body) : 0, error);
    mpic_request_free(request); /* the answer does not need it */
    return answer;
}

static void test_answers_are_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum mpic_verdict verdict;
        int corroborates;
        const char *problem, *reason, *contradiction;
    } rows[] = {
        {ANSWER("true", "true", PERMITTED), MPIC_PASS, 1, NULL, NULL, NULL},
        {ANSWER("true", "true", "\"caa_record_present\":false"), MPIC_PASS, 1, NULL, NULL, NULL},
        {ANSWER("true", "true", FORBIDDEN), MPIC_PASS, 0, NULL, NULL, "other.example"},
        {ANSWER("true", "true", "\"caa_record_present\":null"), MPIC_PASS, 0, NULL, NULL, NULL},
        {ANSWER("true", "false",
                FORBIDDEN ",\"problem\":\"caa_not_permitted\",\"reason\":\"They forbid it.\""),
         MPIC_FAIL, 0, "caa_not_permitted", "They forbid it.", NULL},
        {ANSWER("false", "false", "\"problem\":\"dns_servfail\""), MPIC_UNKNOWN, 0, "dns_servfail",
         NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mpic_error *error = NULL;
        struct mpic_answer *answer = judge(rows[i].body, &bound, &error);
        if (!answer)
            fail_msg("row %zu: %s", i, mpic_error_text(error));
        assert_int_equal(mpic_answer_verdict(answer), rows[i].verdict);
        assert_int_equal(mpic_answer_corroborates(answer), rows[i].corroborates);
        assert_int_equal(mpic_answer_problem(answer) == NULL, rows[i].problem == NULL);
        if (rows[i].problem)
            assert_string_equal(mpic_answer_problem(answer), rows[i].problem);
        if (rows[i].reason)
            assert_string_equal(mpic_answer_reason(answer), rows[i].reason);
        assert_int_equal(mpic_answer_contradiction(answer) == NULL, rows[i].contradiction == NULL);
        if (rows[i].contradiction)
            assert_non_null(strstr(mpic_answer_contradiction(answer), rows[i].contradiction));
        size_t length;
        const char *json = mpic_answer_json(answer, &length);
        assert_int_equal(strlen(json), length);
        assert_non_null(strstr(json, "\"check_type\":\"caa\""));
        mpic_answer_free(answer);
    }
}

static void test_what_is_no_answer_is_an_error(void **state)
{
    (void)state;
    static const char good[] = ANSWER("true", "true", PERMITTED);
    const struct mpic_expectation other_code = {.size = sizeof other_code,
                                                .perspective_code = "p-2"};
    struct mpic_expectation other_nonce = bound, other_digest = bound;
    other_nonce.nonce = "m";
    other_digest.request_sha256 = "e";
    const struct {
        const char *body;
        const struct mpic_expectation *expected;
    } rows[] = {
        {"", &anybody},
        {"{}", &anybody},
        {ANSWER("false", "true", PERMITTED), &anybody},
        {ANSWER("true", "\"yes\"", PERMITTED), &anybody},
        {ANSWER("true", "true", "\"validation_method\":\"acme-dns-01\""), &anybody},
        {good, &other_code},
        {good, &other_nonce},
        {good, &other_digest},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mpic_error *error = NULL;
        if (judge(rows[i].body, rows[i].expected, &error))
            fail_msg("row %zu was taken", i);
        assert_int_equal(mpic_error_code(error), MPIC_ERROR_ANSWER);
        mpic_error_free(error);
    }
    struct mpic_answer *answer = judge(good, &anybody, NULL);
    assert_non_null(answer);
    mpic_answer_free(answer);
}

static void test_calls_that_are_wrong_are_errors(void **state)
{
    (void)state;
    struct mpic_expectation half = anybody, other_half = anybody, nameless = bound, small = bound;
    half.nonce = "n";
    other_half.request_sha256 = "d";
    nameless.perspective_code = NULL;
    small.size = 1;
    const struct mpic_expectation *wrong[] = {NULL, &half, &other_half, &nameless, &small};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct mpic_error *error = NULL;
        assert_null(judge("{}", wrong[i], &error));
        assert_int_equal(mpic_error_code(error), MPIC_ERROR_MISUSE);
        mpic_error_free(error);
    }
    assert_null(mpic_answer_new(NULL, &anybody, "{}", 2, NULL));
    struct mpic_request *request = mpic_request_from_json(request_json, strlen(request_json), NULL);
    assert_null(mpic_answer_new(request, &anybody, NULL, 2, NULL));
    mpic_request_free(request);
    mpic_answer_free(NULL);
    assert_int_equal(mpic_answer_verdict(NULL), MPIC_UNKNOWN);
    assert_int_equal(mpic_answer_corroborates(NULL), 0);
    assert_null(mpic_answer_problem(NULL));
    assert_null(mpic_answer_reason(NULL));
    assert_null(mpic_answer_contradiction(NULL));
    assert_null(mpic_answer_json(NULL, NULL));
}

static void test_nobody_can_answer_for_a_name_that_is_none(void **state)
{
    (void)state;
    static const char json[] = "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"a b\"}";
    struct mpic_request *request = mpic_request_from_json(json, strlen(json), NULL);
    struct mpic_error *error = NULL;
    assert_null(mpic_answer_new(request, &anybody, "{}", 2, &error));
    assert_int_equal(mpic_error_code(error), MPIC_ERROR_ANSWER);
    mpic_error_free(error);
    mpic_request_free(request);
}

static void test_calendar_of_a_day(void **state)
{
    (void)state;
    struct mpic_calendar *calendar = mpic_calendar_new(1795435200); /* 2026-11-23 */
    assert_string_equal(mpic_calendar_br_version(calendar), "2.2.8");
    assert_int_equal(mpic_calendar_min_perspectives(calendar), 4);
    assert_int_equal(mpic_calendar_reuse_days(calendar), 200);
    assert_int_equal(mpic_calendar_method_status(calendar, "acme-dns-01"), MPIC_METHOD_ALLOWED);
    assert_int_equal(mpic_calendar_method_status(calendar, "no-such"), MPIC_METHOD_UNKNOWN);
    assert_int_equal(mpic_calendar_method_status(calendar, NULL), MPIC_METHOD_UNKNOWN);
    assert_true(mpic_calendar_change_count(calendar) > 0);
    assert_string_equal(mpic_calendar_change_date(calendar, 0), "2026-12-15");
    assert_non_null(strstr(mpic_calendar_change_text(calendar, 0), "3.2.2.9"));
    assert_null(mpic_calendar_change_date(calendar, mpic_calendar_change_count(calendar)));
    assert_null(mpic_calendar_change_text(calendar, SIZE_MAX));
    mpic_calendar_free(calendar);
}

static void test_calendar_of_any_second(void **state)
{
    (void)state;
    static const int64_t moments[] = {INT64_MIN, -1, 0, 4102444800, INT64_MAX};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct mpic_calendar *calendar = mpic_calendar_new(moments[i]);
        assert_non_null(mpic_calendar_br_version(calendar));
        assert_int_equal(mpic_calendar_min_perspectives(calendar) > 0, moments[i] > 0);
        mpic_calendar_free(calendar);
    }
    mpic_calendar_free(NULL);
    assert_null(mpic_calendar_br_version(NULL));
    assert_int_equal(mpic_calendar_min_perspectives(NULL), 0);
    assert_int_equal(mpic_calendar_reuse_days(NULL), 0);
    assert_int_equal(mpic_calendar_method_status(NULL, "acme-dns-01"), MPIC_METHOD_UNKNOWN);
    assert_int_equal(mpic_calendar_change_count(NULL), 0);
}

static void test_quorum_is_that_of_the_table(void **state)
{
    (void)state;
    static const size_t required[] = {0, 0, 1, 2, 3, 4, 4, 5};
    for (size_t n = 0; n < sizeof required / sizeof *required; n++)
        assert_int_equal(mpic_quorum_required(n), required[n]);
    assert_true(mpic_quorum_required(SIZE_MAX) == SIZE_MAX - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_are_what_they_say),
        cmocka_unit_test(test_what_is_no_answer_is_an_error),
        cmocka_unit_test(test_calls_that_are_wrong_are_errors),
        cmocka_unit_test(test_nobody_can_answer_for_a_name_that_is_none),
        cmocka_unit_test(test_calendar_of_a_day),
        cmocka_unit_test(test_calendar_of_any_second),
        cmocka_unit_test(test_quorum_is_that_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
