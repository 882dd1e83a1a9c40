#include "base/str.h"
#include "core/corroboration/mpic.h"
#include "support/unit.h"

#include <string.h>

#define NONE INT64_MIN /* a property that is absent */

static int setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static struct opt_int opt(int64_t value)
{
    return value == NONE ? (struct opt_int){0} : OPT_INT(value);
}

static int64_t day(const char *date)
{
    int64_t time_s;
    assert_true(baseline_parse_date(date, &time_s));
    return time_s;
}

/* The types of the issues, in their order, with a blank between. */
static const char *types_of(const struct rule_issues *issues, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < issues->count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? " " : "", issues->items[i].issue_type);
    return text;
}

struct orchestration_row {
    int64_t count, quorum, attempts, cohort;
    const char *issues;
    size_t effective_count, effective_quorum, effective_attempts; /* if there are no issues */
    const char *why;
};

/* 12 perspectives are known, 6 are the default, 3 attempts are possible. */
static const struct orchestration_row orchestration_rows[] = {
    {NONE, NONE, NONE, NONE, "", 6, 4, 1, "the defaults"},
    {6, 4, 3, NONE, "", 6, 4, 3, "all given"},
    {5, NONE, NONE, NONE, "", 5, 4, 1, "quorum for five"},
    {12, NONE, NONE, NONE, "", 12, 10, 1, "all that are known"},
    {13, NONE, NONE, NONE, "invalid-perspective-count", 0, 0, 0, "one more"},
    {1, NONE, NONE, NONE, "invalid-perspective-count", 0, 0, 0, "one is none"},
    {0, NONE, NONE, NONE, "invalid-perspective-count", 0, 0, 0, "none"},
    {-6, NONE, NONE, NONE, "invalid-perspective-count", 0, 0, 0, "fewer than none"},
    {INT64_MAX, NONE, NONE, NONE, "invalid-perspective-count", 0, 0, 0, "far too many"},
    {1, 0, NONE, NONE, "invalid-perspective-count", 0, 0, 0, "no count, no quorum"},
    {5, 3, NONE, NONE, "invalid-quorum-count", 0, 0, 0, "below the table"},
    {5, 5, NONE, NONE, "", 5, 5, 1, "stricter than the table"},
    {5, 6, NONE, NONE, "invalid-quorum-count", 0, 0, 0, "more than there are"},
    {NONE, 4, NONE, NONE, "", 6, 4, 1, "a quorum for the default count"},
    {NONE, 6, NONE, NONE, "", 6, 6, 1, "the strictest for the default count"},
    {NONE, 3, NONE, NONE, "invalid-quorum-count", 0, 0, 0, "checked without a count, too"},
    {NONE, 0, NONE, NONE, "invalid-quorum-count", 0, 0, 0, "0 would make anything valid"},
    {NONE, -1, NONE, NONE, "invalid-quorum-count", 0, 0, 0, "so would less"},
    {NONE, 7, NONE, NONE, "invalid-quorum-count", 0, 0, 0, "out of reach"},
    {NONE, NONE, 2, NONE, "", 6, 4, 2, "fewer attempts than possible"},
    {NONE, NONE, 1000000, NONE, "", 6, 4, 3, "more attempts than possible"},
    {NONE, NONE, 0, NONE, "", 6, 4, 1, "no attempt is one"},
    {NONE, NONE, -5, NONE, "", 6, 4, 1, "fewer are one, too"},
    {NONE, NONE, 3, 2, "", 6, 4, 1, "a chosen cohort is asked once"},
    {NONE, NONE, NONE, 99, "", 6, 4, 1, "whether it exists is known later"},
};

static void test_orchestration_of_each_kind_is_refused_or_effective(void **state)
{
    const struct rules_env env = {12, 6, 3, BASELINE_ENFORCE, day("2026-11-23")};
    for (size_t i = 0; i < sizeof orchestration_rows / sizeof orchestration_rows[0]; i++) {
        const struct orchestration_row *row = &orchestration_rows[i];
        const struct mpic_request request = {
            .check = {.check_type = CHECK_CAA, .target = "example.com"},
            .orchestration = {opt(row->count), opt(row->quorum), opt(row->attempts),
                              opt(row->cohort)},
        };
        struct rule_issues issues = {0};
        struct effective_orchestration effective;
        request_check_rules(&request, &env, *state, &issues, &effective);
        const char *types = types_of(&issues, *state);
        if (!str_eq(types, row->issues))
            fail_msg("%s: %s", row->why, types);
        if (issues.count == 0 && (effective.perspective_count != row->effective_count ||
                                  effective.quorum != row->effective_quorum ||
                                  effective.max_attempts != row->effective_attempts))
            fail_msg("%s: %zu of %zu, %zu attempts", row->why, effective.quorum,
                     effective.perspective_count, effective.max_attempts);
    }
}

static void test_attempts_without_a_usable_limit_are_one(void **state)
{
    const struct rules_env env = {12, 6, 0, BASELINE_ENFORCE, day("2026-11-23")};
    const struct mpic_request request = {
        .check = {.check_type = CHECK_CAA, .target = "example.com"},
        .orchestration = {.max_attempts = OPT_INT(5)},
    };
    struct rule_issues issues = {0};
    struct effective_orchestration effective;
    request_check_rules(&request, &env, *state, &issues, &effective);
    assert_int_equal(effective.max_attempts, 1);
}

struct calendar_row {
    const char *date;
    enum baseline_mode mode;
    int64_t count;
    size_t default_count;
    enum dcv_method method; /* DCV_NONE: CAA */
    const char *target, *issues, *why;
};

static const struct calendar_row calendar_rows[] = {
    {"2026-06-14", BASELINE_ENFORCE, 3, 6, DCV_NONE, "a.example", "", "three suffice"},
    {"2026-06-15", BASELINE_ENFORCE, 3, 6, DCV_NONE, "a.example", "invalid-perspective-count",
     "four are demanded"},
    {"2026-06-15", BASELINE_ENFORCE, 4, 6, DCV_NONE, "a.example", "", "four are four"},
    {"2026-12-15", BASELINE_ENFORCE, NONE, 4, DCV_NONE, "a.example", "invalid-perspective-count",
     "the default is too small from that day on"},
    {"2026-12-15", BASELINE_WARN, 2, 6, DCV_NONE, "a.example", "", "warn lets it run"},
    {"2026-12-15", BASELINE_OFF, 2, 6, DCV_NONE, "a.example", "", "so does off"},
    {"2025-01-01", BASELINE_ENFORCE, 2, 6, DCV_NONE, "a.example", "", "before it all began"},
    {"2026-03-14", BASELINE_ENFORCE, NONE, 6, DCV_IP_ADDRESS, "a.example", "", "the last day"},
    {"2026-03-15", BASELINE_ENFORCE, NONE, 6, DCV_IP_ADDRESS, "a.example",
     "not-permitted-by-baseline", "past its date"},
    {"2026-03-15", BASELINE_WARN, NONE, 6, DCV_IP_ADDRESS, "a.example", "", "warn lets it run"},
    {"2026-11-23", BASELINE_ENFORCE, NONE, 6, DCV_CONTACT_PHONE_TXT, "a.example", "",
     "SHOULD NOT is no breach"},
    {"2027-03-15", BASELINE_ENFORCE, 2, 6, DCV_REVERSE_ADDRESS_LOOKUP, "192.0.2.1",
     "invalid-perspective-count not-permitted-by-baseline", "both are told"},
    {"2026-06-15", BASELINE_ENFORCE, 3, 6, DCV_IP_ADDRESS, "192.0.2.1",
     "invalid-perspective-count not-permitted-by-baseline target-not-allowed-for-method",
     "and what is wrong with the parameters"},
};

static void test_calendar_binds_requests_by_mode_and_day(void **state)
{
    for (size_t i = 0; i < sizeof calendar_rows / sizeof calendar_rows[0]; i++) {
        const struct calendar_row *row = &calendar_rows[i];
        const struct rules_env env = {12, row->default_count, 3, row->mode, day(row->date)};
        const struct mpic_request request = {
            .check = {.check_type = row->method ? CHECK_DCV : CHECK_CAA,
                      .target = row->target,
                      .dcv = {.method = row->method,
                              .challenge_value = "x",
                              .dns_record_type = DCV_RECORD_A}},
            .orchestration = {.perspective_count = opt(row->count)},
        };
        struct rule_issues issues = {0};
        struct effective_orchestration effective;
        request_check_rules(&request, &env, *state, &issues, &effective);
        const char *types = types_of(&issues, *state);
        if (!str_eq(types, row->issues))
            fail_msg("%s: %s", row->why, types);
    }
}

/* Begins with the text of the reference, and names clause and date. */
static void test_messages_say_what_is_allowed(void **state)
{
    const struct rules_env env = {6, 6, 3, BASELINE_ENFORCE, day("2026-11-23")};
    static const struct {
        int64_t count, quorum;
        const char *message;
    } rows[] = {
        {9, NONE, "Invalid perspective count: 9 (2 to 6 are possible here)"},
        {2, NONE, "Invalid perspective count: 2 (BR 3.2.2.9 demands at least 4 since 2026-06-15)"},
        {NONE, -1, "Invalid quorum count: -1 (4 to 6 of 6 perspectives, by BR 3.2.2.9)"},
    };
    for (size_t i = 0; i < 3; i++) {
        const struct mpic_request request = {
            .check = {.check_type = CHECK_CAA, .target = "example.com"},
            .orchestration = {.perspective_count = opt(rows[i].count),
                              .quorum_count = opt(rows[i].quorum)},
        };
        struct rule_issues issues = {0};
        struct effective_orchestration effective;
        request_check_rules(&request, &env, *state, &issues, &effective);
        assert_int_equal(issues.count, 1);
        assert_string_equal(issues.items[0].message, rows[i].message);
    }
    const struct mpic_request past = {
        .check = {.check_type = CHECK_DCV,
                  .target = "a.example",
                  .dcv = {.method = DCV_IP_ADDRESS,
                          .challenge_value = "192.0.2.1",
                          .dns_record_type = DCV_RECORD_A}},
    };
    struct rule_issues issues = {0};
    struct effective_orchestration effective;
    request_check_rules(&past, &env, *state, &issues, &effective);
    assert_int_equal(issues.count, 1);
    assert_string_equal(issues.items[0].message,
                        "Not permitted by the Baseline Requirements: ip-address (BR 3.2.2.4.8: it "
                        "must not be relied on since 2026-03-15)");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_orchestration_of_each_kind_is_refused_or_effective),
        CASE(test_attempts_without_a_usable_limit_are_one),
        CASE(test_calendar_binds_requests_by_mode_and_day),
        CASE(test_messages_say_what_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
