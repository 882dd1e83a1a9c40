#include "core/method/baseline.h"
#include "support/unit.h"

#include <string.h>

static int64_t day(const char *text)
{
    int64_t time_s;
    if (!baseline_parse_date(text, &time_s))
        fail_msg("%s is no date", text);
    return time_s;
}

static void test_parse_date_of_real_days_gives_their_seconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_s;
    } rows[] = {
        {"1970-01-01", 0},          {"1970-12-31", 31449600},     {"2000-02-29", 951782400},
        {"2000-03-01", 951868800},  {"2024-12-31", 1735603200},   {"2026-11-23", 1795392000},
        {"2100-03-01", 4107542400}, {"9999-12-31", 253402214400},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(day(rows[i].text) == rows[i].time_s);
}

static void test_parse_date_of_anything_else_fails(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "2026-11-2",  "2026-11-233", "2026/11/23", "2026-11/23", "26-11-23",
        "2026-00-01", "2026-13-01", "2026-04-31",  "2026-01-00", "2025-02-29", "2100-02-29",
        "1969-12-31", "+026-01-01", "2026- 1-01",  "2026-01-1 ", "x026-01-01",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t time_s;
        if (baseline_parse_date(bad[i], &time_s))
            fail_msg("accepted %s", bad[i]);
    }
}

static void test_period_on_each_first_day_is_the_new_row(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        size_t min_remotes;
        bool two_rirs;
    } rows[] = {
        {"2025-03-15", 2, false}, {"2025-09-15", 2, false}, {"2026-03-15", 3, true},
        {"2026-06-15", 4, true},  {"2026-12-15", 5, true},
    };
    const struct baseline_period *before = NULL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t from_s = day(rows[i].from);
        const struct baseline_period *period = baseline_at(from_s);
        assert_non_null(period);
        assert_true(period->from_s == from_s);
        assert_string_equal(period->from_text, rows[i].from);
        assert_int_equal(period->min_remotes, rows[i].min_remotes);
        assert_int_equal(period->two_rirs, rows[i].two_rirs);
        assert_ptr_equal(baseline_at(from_s - 1), before);
        assert_ptr_equal(baseline_next(from_s - 1), period);
        before = period;
    }
    assert_null(baseline_next(day("2026-12-15")));
    assert_ptr_equal(baseline_at(day("2050-01-01")), before);
}

static void test_allowed_non_corroborations_follow_the_quorum_table(void **state)
{
    (void)state;
    static const size_t allowed[] = {0, 0, 1, 1, 1, 1, 2, 2};
    for (size_t n = 0; n < sizeof(allowed) / sizeof(allowed[0]); n++)
        assert_int_equal(baseline_allowed_non_corroborations(n), allowed[n]);
    assert_int_equal(baseline_allowed_non_corroborations(256), 2);
}

static void test_method_table_has_the_clause_of_each_method(void **state)
{
    (void)state;
    static const struct {
        enum dcv_method method;
        const char *dns, *ip;
        bool wildcards;
    } rows[] = {
        {DCV_NONE, "4.2.2.1", "4.2.2.1", true},
        {DCV_WEBSITE_CHANGE, "3.2.2.4.18", "3.2.2.5.1", false},
        {DCV_DNS_CHANGE, "3.2.2.4.7", NULL, true},
        {DCV_DNS_PERSISTENT, "3.2.2.4.22", "3.2.2.5.8", true},
        {DCV_ACME_HTTP_01, "3.2.2.4.19", "3.2.2.5.6", false},
        {DCV_ACME_DNS_01, "3.2.2.4.7", NULL, true},
        {DCV_ACME_TLS_ALPN_01, "3.2.2.4.20", "3.2.2.5.7", false},
        {DCV_CONTACT_EMAIL_TXT, "3.2.2.4.14", NULL, true},
        {DCV_CONTACT_PHONE_TXT, "3.2.2.4.16", NULL, true},
        {DCV_CONTACT_EMAIL_CAA, "3.2.2.4.13", NULL, true},
        {DCV_CONTACT_PHONE_CAA, "3.2.2.4.17", NULL, true},
        {DCV_IP_ADDRESS, "3.2.2.4.8", NULL, false},
        {DCV_REVERSE_ADDRESS_LOOKUP, "3.2.2.5.3", "3.2.2.5.3", false},
        {DCV_DNS_ACCOUNT_01, "3.2.2.4.21", NULL, true},
    };
    assert_int_equal(sizeof(rows) / sizeof(rows[0]), DCV_METHOD_COUNT);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct method_rule *rule = baseline_method(rows[i].method);
        assert_string_equal(rule->dns_clause, rows[i].dns);
        assert_int_equal(rule->ip_clause != NULL, rows[i].ip != NULL);
        assert_int_equal(rule->wildcards, rows[i].wildcards);
        assert_int_equal(rule->reverse_names_only, rows[i].method == DCV_REVERSE_ADDRESS_LOOKUP);
        assert_string_equal(baseline_method_clause(rows[i].method, false), rows[i].dns);
        assert_string_equal(baseline_method_clause(rows[i].method, true),
                            rows[i].ip ? rows[i].ip : rows[i].dns);
    }
}

static void test_method_status_changes_on_the_dates_of_the_clauses(void **state)
{
    (void)state;
    static const struct {
        enum dcv_method method;
        const char *should_not, *must_not;
    } rows[] = {
        {DCV_IP_ADDRESS, NULL, "2026-03-15"},
        {DCV_CONTACT_PHONE_TXT, "2026-03-15", "2027-03-15"},
        {DCV_CONTACT_PHONE_CAA, "2026-03-15", "2027-03-15"},
        {DCV_REVERSE_ADDRESS_LOOKUP, NULL, "2027-03-15"},
        {DCV_CONTACT_EMAIL_TXT, "2026-03-15", "2028-03-15"},
        {DCV_CONTACT_EMAIL_CAA, "2026-03-15", "2028-03-15"},
    };
    enum method_status expected[DCV_METHOD_COUNT] = {METHOD_ALLOWED};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum dcv_method method = rows[i].method;
        int64_t must_not = day(rows[i].must_not);
        assert_int_equal(baseline_method_status(method, must_not), METHOD_MUST_NOT);
        assert_int_equal(baseline_method_status(method, must_not - 1),
                         rows[i].should_not ? METHOD_SHOULD_NOT : METHOD_ALLOWED);
        if (rows[i].should_not) {
            int64_t should_not = day(rows[i].should_not);
            assert_int_equal(baseline_method_status(method, should_not), METHOD_SHOULD_NOT);
            assert_int_equal(baseline_method_status(method, should_not - 1), METHOD_ALLOWED);
        }
        expected[method] = METHOD_MUST_NOT;
    }
    for (int method = 0; method < DCV_METHOD_COUNT; method++)
        assert_int_equal(baseline_method_status((enum dcv_method)method, day("2090-01-01")),
                         expected[method]);
}

static void test_mode_names_are_those_of_the_configuration(void **state)
{
    (void)state;
    assert_string_equal(baseline_mode_str(BASELINE_ENFORCE), "enforce");
    assert_string_equal(baseline_mode_str(BASELINE_WARN), "warn");
    assert_string_equal(baseline_mode_str(BASELINE_OFF), "off");
}

static void test_versions_compare_as_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int order;
    } rows[] = {
        {"2.2.8", "2.2.8", 0},  {"2.2.6", "2.2.8", -1},  {"2.2.10", "2.2.8", 1},
        {"2.10.0", "2.9.9", 1}, {"2.0.0", "10.0.0", -1}, {"02.2.8", "2.2.8", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(baseline_version_compare(rows[i].a, rows[i].b), rows[i].order);
        assert_int_equal(baseline_version_compare(rows[i].b, rows[i].a), -rows[i].order);
    }
    static const char *const bad[] = {"",       "2",       "2.2",    "2.2.",     ".2.8",
                                      "2.2.8.", "2..8",    "2.2.8 ", " 2.2.8",   "2.2.x",
                                      "v2.2.8", "2.2.8.1", "2.2.-8", "2.2.99999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (baseline_version_is_valid(bad[i]))
            fail_msg("accepted %s", bad[i]);
    assert_true(baseline_version_is_valid("2.2.10"));
}

static void test_version_and_clause_of_the_day(void **state)
{
    (void)state;
    assert_string_equal(baseline_version_at(day("2020-01-01")), "2.2.6");
    assert_string_equal(baseline_version_at(day("2026-03-31")), "2.2.6");
    assert_string_equal(baseline_version_at(day("2026-06-12") - 1), "2.2.6");
    assert_string_equal(baseline_version_at(day("2026-06-12")), "2.2.8");
    assert_string_equal(baseline_version_at(day("2050-01-01")), "2.2.8");
    assert_string_equal(baseline_caa_clause("2.2.6"), "3.2.2.8");
    assert_string_equal(baseline_caa_clause("2.2.7"), "3.2.2.8");
    assert_string_equal(baseline_caa_clause("2.2.8"), "4.2.2.1");
    assert_string_equal(baseline_caa_clause("2.2.10"), "4.2.2.1");
}

static void test_reuse_periods_of_the_day(void **state)
{
    (void)state;
    static const struct {
        const char *date;
        unsigned reuse, certificate, persistent;
    } rows[] = {
        {"2020-01-01", 398, 398, 10}, {"2026-03-14", 398, 398, 10}, {"2026-03-15", 200, 200, 10},
        {"2027-03-14", 200, 200, 10}, {"2027-03-15", 100, 100, 10}, {"2029-03-14", 100, 100, 10},
        {"2029-03-15", 10, 47, 10},   {"2050-01-01", 10, 47, 10},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t time_s = day(rows[i].date);
        assert_int_equal(baseline_reuse_at(time_s)->reuse_days, rows[i].reuse);
        assert_int_equal(baseline_reuse_at(time_s)->certificate_days, rows[i].certificate);
        assert_int_equal(baseline_reuse_days(DCV_ACME_HTTP_01, time_s), rows[i].reuse);
        assert_int_equal(baseline_reuse_days(DCV_DNS_PERSISTENT, time_s), rows[i].persistent);
    }
    for (const struct baseline_reuse *next = baseline_reuse_next(0); next;
         next = baseline_reuse_next(next->from_s)) {
        assert_int_equal(next->from_s, day(next->from_text));
        assert_ptr_equal(baseline_reuse_at(next->from_s), next);
    }
    assert_false(baseline_rfc8657_binds(day("2027-03-15") - 1));
    assert_true(baseline_rfc8657_binds(day("2027-03-15")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_date_of_real_days_gives_their_seconds),
        cmocka_unit_test(test_parse_date_of_anything_else_fails),
        cmocka_unit_test(test_period_on_each_first_day_is_the_new_row),
        cmocka_unit_test(test_allowed_non_corroborations_follow_the_quorum_table),
        cmocka_unit_test(test_method_table_has_the_clause_of_each_method),
        cmocka_unit_test(test_method_status_changes_on_the_dates_of_the_clauses),
        cmocka_unit_test(test_mode_names_are_those_of_the_configuration),
        cmocka_unit_test(test_versions_compare_as_numbers),
        cmocka_unit_test(test_version_and_clause_of_the_day),
        cmocka_unit_test(test_reuse_periods_of_the_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
