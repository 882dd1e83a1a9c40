#include "core/rules/lookup.h"

#include "base/limits.h"
#include "support/unit.h"

#include <string.h>

static const struct {
    enum dns_outcome outcome;
    const char *name;
    enum problem problem;
    enum verdict verdict;
    const char *text;
} rows[] = {
    {DNS_OK, "ok", PROBLEM_INTERNAL, VERDICT_UNKNOWN,
     "The DNS query was answered: a.example. IN CAA: why"},
    {DNS_NODATA, "nodata", PROBLEM_NO_DATA, VERDICT_FAIL,
     "The DNS response does not contain an answer to the question: a.example. IN CAA"},
    {DNS_NXDOMAIN, "nxdomain", PROBLEM_NXDOMAIN, VERDICT_FAIL,
     "The DNS query name does not exist: a.example."},
    {DNS_SERVFAIL, "servfail", PROBLEM_DNS_SERVFAIL, VERDICT_UNKNOWN,
     "All nameservers failed to answer the query a.example. IN CAA: why"},
    {DNS_REFUSED, "refused", PROBLEM_DNS_REFUSED, VERDICT_UNKNOWN,
     "All nameservers failed to answer the query a.example. IN CAA: why"},
    {DNS_TIMEOUT, "timeout", PROBLEM_DNS_TIMEOUT, VERDICT_UNKNOWN,
     "The resolution lifetime expired after 5.007 seconds: a.example. IN CAA: why"},
    {DNS_BOGUS, "bogus", PROBLEM_DNSSEC_BOGUS, VERDICT_UNKNOWN,
     "DNSSEC validation failed for the query: a.example. IN CAA: why"},
    {DNS_ALIAS, "alias", PROBLEM_DNS_ALIAS, VERDICT_UNKNOWN,
     "The aliases of the DNS query name cannot be followed: a.example. IN CAA: why"},
    {DNS_MALFORMED, "malformed", PROBLEM_DNS_MALFORMED, VERDICT_UNKNOWN,
     "The DNS response is malformed for the query: a.example. IN CAA: why"},
    {DNS_FILTERED, "filtered", PROBLEM_DNS_FILTERED, VERDICT_UNKNOWN,
     "The DNS response is filtered or stale for the query: a.example. IN CAA: why"},
    {DNS_LOCAL, "local", PROBLEM_INTERNAL, VERDICT_UNKNOWN,
     "This perspective could not complete the DNS query a.example. IN CAA: why"},
};

static void test_outcomes_have_name_problem_and_text(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lookup lookup = {.name = "a.example",
                                .type = "CAA",
                                .outcome = rows[i].outcome,
                                .end = DNS_END_TIMEOUT,
                                .reason = "why",
                                .duration_ms = 5007};
        assert_string_equal(dns_outcome_str(rows[i].outcome), rows[i].name);
        assert_int_equal(lookup_problem(&lookup), rows[i].problem);
        assert_int_equal(problem_info(rows[i].problem)->verdict, rows[i].verdict);
        assert_string_equal(lookup_describe(&lookup, arena), rows[i].text);
    }
    arena_free(arena);
}

/* Who was stopped by us has not failed, however long it took; who gave up by itself has. */
static void test_failure_is_outside_unless_a_limit_of_ours_ended_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lookup lookup = {.name = "a",
                                .outcome = rows[i].outcome,
                                .cause = DNS_CAUSE_RCODE,
                                .duration_ms = 3600000};
        bool is_failure = lookup.outcome == DNS_TIMEOUT || lookup.outcome == DNS_SERVFAIL ||
                          lookup.outcome == DNS_REFUSED;
        assert_false(lookup_failed_outside(&lookup)); /* the zero value is DNS_END_LIMIT */
        assert_int_equal(lookup_problem(&lookup),
                         lookup.outcome == DNS_TIMEOUT ? PROBLEM_DEADLINE : rows[i].problem);
        lookup.end = DNS_END_RESOLVER;
        assert_int_equal(lookup_failed_outside(&lookup), is_failure);
        lookup.end = DNS_END_TIMEOUT;
        assert_int_equal(lookup_failed_outside(&lookup), is_failure);
        assert_int_equal(lookup_problem(&lookup), rows[i].problem);
    }
}

static void test_describe_without_reason_ends_after_the_question(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct lookup lookup = {.name = "a.example", .type = "TXT", .outcome = DNS_NXDOMAIN};
    assert_string_equal(lookup_describe(&lookup, arena),
                        "The DNS query name does not exist: a.example.");
    lookup.reason = "";
    lookup.outcome = DNS_BOGUS;
    assert_string_equal(lookup_describe(&lookup, arena),
                        "DNSSEC validation failed for the query: a.example. IN TXT");
    arena_free(arena);
}

static void test_describe_adds_no_second_dot(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct lookup lookup = {.name = ".", .type = "DS", .outcome = DNS_NXDOMAIN};
    assert_string_equal(lookup_describe(&lookup, arena), "The DNS query name does not exist: .");
    arena_free(arena);
}

static void test_describe_escapes_and_bounds_the_reason(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char reason[1000];
    memset(reason, 'x', sizeof reason);
    reason[sizeof reason - 1] = '\0';
    struct lookup lookup = {
        .name = "a", .type = "TXT", .outcome = DNS_SERVFAIL, .reason = "a\nb\x80"};
    assert_string_equal(lookup_describe(&lookup, arena),
                        "All nameservers failed to answer the query a. IN TXT: a\\010b\\128");
    lookup.reason = reason;
    assert_true(strlen(lookup_describe(&lookup, arena)) < LIMIT_REASON_BYTES + 100);
    arena_free(arena);
}

static void name_no_outcome(void *outcome)
{
    dns_outcome_str(*(enum dns_outcome *)outcome);
}

static void test_outcome_out_of_range_ends_the_process(void **state)
{
    (void)state;
    enum dns_outcome outcome = DNS_LOCAL + 1;
    unit_assert_dies(name_no_outcome, &outcome);
}

/* Whoever owns a name of 127 labels may give each a long chain. */
static void test_reports_tell_the_aliases_that_fit(void **state)
{
    (void)state;
    static const char *const chain[] = {"four", "fives"};
    struct arena *arena = arena_new();
    struct lookup_report reports[4] = {{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}};
    reports[0].cname_chain = reports[2].cname_chain = (struct strv){chain, 2, true};
    reports[3].cname_chain = (struct strv){chain, 1, true};
    size_t left = 2 * 9 + 3;
    const struct lookup_report *shown = lookup_reports_within(reports, 4, &left, arena);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(shown[i].cname_chain.count, reports[i].cname_chain.count);
        assert_false(shown[i].cname_chain_truncated.present);
    }
    assert_false(shown[3].cname_chain.present);
    assert_true(shown[3].cname_chain_truncated.value);
    assert_string_equal(shown[3].name, "d");
    assert_int_equal(left, 3);

    left = 8; /* a chain is whole or not there, and a shorter one may follow */
    shown = lookup_reports_within(reports, 4, &left, arena);
    assert_true(shown[0].cname_chain_truncated.value && shown[2].cname_chain_truncated.value);
    assert_int_equal(shown[3].cname_chain.count, 1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes_have_name_problem_and_text),
        cmocka_unit_test(test_failure_is_outside_unless_a_limit_of_ours_ended_it),
        cmocka_unit_test(test_describe_without_reason_ends_after_the_question),
        cmocka_unit_test(test_describe_adds_no_second_dot),
        cmocka_unit_test(test_outcome_out_of_range_ends_the_process),
        cmocka_unit_test(test_describe_escapes_and_bounds_the_reason),
        cmocka_unit_test(test_reports_tell_the_aliases_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
