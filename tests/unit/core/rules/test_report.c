#include "core/rules/report.h"
#include "support/unit.h"

#include <string.h>

static struct arena *arena;
static struct check_request request;
static struct check_result result;

static void ask(enum check_type type, const char *target, const char *trace)
{
    request =
        (struct check_request){.check_type = type, .target = target, .trace_identifier = trace};
    request.dcv.method = type == CHECK_DCV ? DCV_DNS_CHANGE : DCV_NONE;
    check_result_init(&result, &request);
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void assert_error(const char *type, const char *message)
{
    assert_true(result.has_errors);
    assert_int_equal(result.error_count, 1);
    assert_string_equal(result.errors[0].type, type);
    assert_string_equal(result.errors[0].message, message);
}

static void test_caa_lookup_failure_has_the_reference_words(void **state)
{
    (void)state;
    ask(CHECK_CAA, "example.com", NULL);
    report_problem(&result, &request, arena, PROBLEM_DNS_TIMEOUT, "nobody answered");
    assert_int_equal(result.verdict, VERDICT_UNKNOWN);
    assert_error("mpic_error:caa_checker:lookup",
                 "There was an error looking up the CAA record: Error during CAA lookup for "
                 "example.com: nobody answered. Trace ID: None");
}

static void test_dcv_lookup_failure_has_the_reference_words(void **state)
{
    (void)state;
    ask(CHECK_DCV, "example.com", "t-1");
    report_problem(&result, &request, arena, PROBLEM_NXDOMAIN,
                   "The DNS query name does not exist: example.com.");
    assert_int_equal(result.verdict, VERDICT_FAIL);
    assert_error(
        "mpic_error:dcv_checker:lookup",
        "There was an error looking up the DCV record. Error type: NXDOMAIN, Error message: "
        "The DNS query name does not exist: example.com.");
}

static void test_problem_with_its_own_key_is_shown_as_it_is(void **state)
{
    (void)state;
    ask(CHECK_DCV, "example.com", NULL);
    report_problem(&result, &request, arena, PROBLEM_ADDRESS_REFUSED, "The address 10.0.0.1 …");
    assert_error("mpic_error:dcv_checker:address_refused", "The address 10.0.0.1 …");
}

static void test_plain_mismatch_has_no_errors(void **state)
{
    (void)state;
    ask(CHECK_DCV, "example.com", NULL);
    report_problem(&result, &request, arena, PROBLEM_NO_MATCH, "another value");
    assert_int_equal(result.verdict, VERDICT_FAIL);
    assert_false(result.has_errors);
    assert_string_equal(result.details.reason, "another value");
}

static void test_invalid_target_is_told_per_check_type(void **state)
{
    (void)state;
    ask(CHECK_CAA, "bad name", NULL);
    report_invalid_target(&result, &request, arena, "it holds a blank");
    assert_int_equal(result.problem, PROBLEM_PARAMETER);
    assert_error(
        "mpic_error:caa_checker:lookup",
        "There was an error looking up the CAA record: Error during CAA lookup for bad name: "
        "Invalid domain name: it holds a blank. Trace ID: None");
    ask(CHECK_DCV, "bad name", NULL);
    report_invalid_target(&result, &request, arena, "it holds a blank");
    assert_error("mpic_error:dcv_checker:parameter",
                 "The provided parameter was invalid: domain_or_ip_target: Invalid domain name: it "
                 "holds a blank, Value provided: bad name");
}

static void test_invalid_parameter_is_unknown(void **state)
{
    (void)state;
    ask(CHECK_CAA, "example.com", NULL);
    report_invalid_parameter(&result, &request, arena, "caa_domains, Value provided: ");
    assert_int_equal(result.verdict, VERDICT_UNKNOWN);
    assert_error("mpic_error:caa_checker:parameter",
                 "The provided parameter was invalid: caa_domains, Value provided: ");
}

static void test_remote_failure_names_perspective_and_trace(void **state)
{
    (void)state;
    ask(CHECK_CAA, "*.example.com", "t-1");
    report_remote_failure(&result, &request, arena, "eu-central-1", "TimeoutError");
    assert_int_equal(result.verdict, VERDICT_UNKNOWN);
    assert_error("mpic_error:coordinator:remote_check",
                 "The remote check failed to complete: Check failed for perspective eu-central-1, "
                 "target *.example.com: TimeoutError; trace ID: t-1");
}

static void test_every_report_has_its_sentence(void **state)
{
    (void)state;
    ask(CHECK_DCV, "bad name", "t-1");
    report_invalid_target(&result, &request, arena, "it holds a blank");
    assert_string_equal(result.details.reason,
                        "The target bad name is no usable name or address: it holds a blank.");
    report_invalid_parameter(&result, &request, arena, "token: it is empty");
    assert_string_equal(result.details.reason,
                        "A parameter of the request cannot be used: token: it is empty.");
    report_remote_failure(&result, &request, arena, "eu-1", "no answer in time");
    assert_string_equal(result.details.reason,
                        "Perspective eu-1 gave no usable answer: no answer in time.");
    report_not_awaited(&result, &request, arena, "eu-1");
    assert_non_null(strstr(result.details.reason, "not awaited"));
}

static void test_several_faults_are_one_reason(void **state)
{
    (void)state;
    const char *reason = report_join(arena, NULL, "One.");
    assert_string_equal(reason, "One.");
    assert_string_equal(report_join(arena, reason, "Two."), "One. Two.");
}

static void test_outside_text_is_bounded(void **state)
{
    (void)state;
    char target[400];
    memset(target, 'a', sizeof target - 1);
    target[sizeof target - 1] = '\0';
    ask(CHECK_CAA, target, target);
    report_remote_failure(&result, &request, arena, "x", "y");
    assert_true(strlen(result.errors[0].message) < 400);
    ask(CHECK_CAA, "a\r\nb", "c\x1b[31m");
    report_remote_failure(&result, &request, arena, "x", "y");
    assert_null(strpbrk(result.errors[0].message, "\r\n\x1b"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_caa_lookup_failure_has_the_reference_words),
        TEST(test_dcv_lookup_failure_has_the_reference_words),
        TEST(test_problem_with_its_own_key_is_shown_as_it_is),
        TEST(test_plain_mismatch_has_no_errors),
        TEST(test_invalid_target_is_told_per_check_type),
        TEST(test_invalid_parameter_is_unknown),
        TEST(test_remote_failure_names_perspective_and_trace),
        TEST(test_every_report_has_its_sentence),
        TEST(test_several_faults_are_one_reason),
        TEST(test_outside_text_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
