/* Unit tests of core/corroboration/health.c. */
#include "core/corroboration/health.h"
#include "support/unit.h"

/* Nine, of which six must stay: three may be left out. */
static const struct health_settings nine = {
    .perspective_count = 9, .default_perspective_count = 5, .failures_before_leaving_out = 2};

static void assert_entry(const struct health *health, size_t index, enum health_state state,
                         uint64_t failures)
{
    assert_int_equal(health_get(health, index)->state, state);
    assert_int_equal(health_get(health, index)->consecutive_failures, failures);
}

static void leave_out(struct health *health, size_t index)
{
    health_on_check_failure(health, index);
    assert_true(health_on_check_failure(health, index));
    assert_true(health_on_probe_failure(health, index));
    assert_int_equal(health_get(health, index)->state, HEALTH_LEFT_OUT);
}

static void test_most_left_out_by_table(void **state)
{
    (void)state;
    static const struct {
        size_t perspectives, by_default, most;
        const char *why;
    } rows[] = {
        {0, 5, 0, "nobody is there"},
        {5, 5, 0, "all are needed"},
        {6, 5, 0, "one more than needed must remain"},
        {7, 5, 1, "one is to spare"},
        {8, 5, 2, "two are"},
        {9, 5, 3, "three are, which is a third"},
        {12, 5, 4, "six are, but a third is four"},
        {256, 5, 85, "a third, rounded down"},
        {6, 2, 2, "a third"},
        {2, 2, 0, "two"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct health_settings settings = {.perspective_count = rows[i].perspectives,
                                                 .default_perspective_count = rows[i].by_default};
        if (health_most_left_out(&settings) != rows[i].most)
            fail_msg("row %zu (%s): %zu", i, rows[i].why, health_most_left_out(&settings));
    }
}

static void test_state_follows_failures_probes_and_answers(void **state)
{
    (void)state;
    struct health *health = health_new(&nine);
    assert_int_equal(health_count(health), 9);
    assert_entry(health, 3, HEALTH_HEALTHY, 0);
    assert_false(health_get(health, 3)->last_answer_ns.present);
    assert_false(health_on_check_failure(health, 3));
    assert_false(health_on_answer(health, 3, 17)); /* in a row is what counts */
    assert_int_equal(health_get(health, 3)->last_answer_ns.value, 17);
    assert_false(health_on_check_failure(health, 3));
    assert_entry(health, 3, HEALTH_HEALTHY, 1);
    assert_true(health_on_check_failure(health, 3));
    assert_entry(health, 3, HEALTH_FAILING, 2);
    assert_false(health_on_check_failure(health, 3));
    assert_entry(health, 3, HEALTH_FAILING, 3); /* however many checks fail */
    assert_true(health_on_probe_failure(health, 3));
    assert_entry(health, 3, HEALTH_LEFT_OUT, 4);
    assert_int_equal(health_left_out_count(health), 1);
    assert_false(health_on_probe_failure(health, 3));
    assert_entry(health, 3, HEALTH_LEFT_OUT, 5);
    assert_int_equal(health_left_out_count(health), 1);
    assert_false(health_on_check_failure(health, 3));
    assert_entry(health, 3, HEALTH_LEFT_OUT, 6);
    assert_true(health_on_answer(health, 3, 18));
    assert_entry(health, 3, HEALTH_HEALTHY, 0);
    assert_int_equal(health_left_out_count(health), 0);
    assert_entry(health, 2, HEALTH_HEALTHY, 0);
    health_free(health);
}

static void test_failing_perspective_that_answers_is_healthy(void **state)
{
    (void)state;
    struct health *health = health_new(&nine);
    health_on_check_failure(health, 0);
    health_on_check_failure(health, 0);
    assert_true(health_on_answer(health, 0, 1));
    assert_entry(health, 0, HEALTH_HEALTHY, 0);
    health_free(health);
}

static void test_probe_that_fails_after_an_answer_leaves_nobody_out(void **state)
{
    (void)state;
    struct health *health = health_new(&nine);
    assert_false(health_on_probe_failure(health, 0));
    assert_entry(health, 0, HEALTH_HEALTHY, 1);
    health_free(health);
}

static void test_perspective_over_the_bound_stays_failing_until_there_is_room(void **state)
{
    (void)state;
    struct health *health = health_new(&nine);
    for (size_t i = 0; i < 3; i++)
        leave_out(health, i);
    health_on_check_failure(health, 3);
    health_on_check_failure(health, 3);
    assert_false(health_on_probe_failure(health, 3));
    assert_entry(health, 3, HEALTH_FAILING, 3);
    assert_int_equal(health_left_out_count(health), 3);
    health_on_answer(health, 0, 1);
    assert_true(health_on_probe_failure(health, 3));
    assert_entry(health, 3, HEALTH_LEFT_OUT, 4);
    assert_int_equal(health_left_out_count(health), 3);
    health_free(health);
}

static void test_limit_of_zero_is_off(void **state)
{
    (void)state;
    struct health_settings off = nine;
    off.failures_before_leaving_out = 0;
    struct health *health = health_new(&off);
    for (int i = 0; i < 100; i++)
        assert_false(health_on_check_failure(health, 0));
    assert_entry(health, 0, HEALTH_HEALTHY, 100);
    health_free(health);
}

/* How many comparisons until the flag changes; 1000: never. */
static int compare_until_change(struct health *health, bool agrees)
{
    for (int i = 1; i < 1000; i++)
        if (health_on_comparison(health, 0, agrees))
            return i;
    return 1000;
}

static void test_disagreements_are_those_of_the_window(void **state)
{
    (void)state;
    struct health *health = health_new(&nine);
    assert_int_equal(compare_until_change(health, true), 1000);
    assert_int_equal(compare_until_change(health, false), HEALTH_DISAGREEMENTS_TOLERATED + 1);
    assert_true(health_get(health, 0)->is_conspicuous);
    assert_int_equal(health_get(health, 0)->disagreements, HEALTH_DISAGREEMENTS_TOLERATED + 1);
    assert_false(health_on_comparison(health, 0, false));
    assert_int_equal(compare_until_change(health, true), HEALTH_WINDOW - HEALTH_DISAGREEMENTS_CALM);
    assert_false(health_get(health, 0)->is_conspicuous);
    assert_int_equal(health_get(health, 0)->disagreements, HEALTH_DISAGREEMENTS_CALM);
    for (int i = 0; i < 1000; i++)
        health_on_comparison(health, 0, false);
    assert_int_equal(health_get(health, 0)->disagreements, HEALTH_WINDOW);
    assert_entry(health, 0, HEALTH_HEALTHY, 0);
    health_free(health);
}

static void test_states_have_names(void **state)
{
    (void)state;
    assert_string_equal(health_state_str(HEALTH_HEALTHY), "healthy");
    assert_string_equal(health_state_str(HEALTH_FAILING), "failing");
    assert_string_equal(health_state_str(HEALTH_LEFT_OUT), "left_out");
    health_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_most_left_out_by_table),
        cmocka_unit_test(test_state_follows_failures_probes_and_answers),
        cmocka_unit_test(test_failing_perspective_that_answers_is_healthy),
        cmocka_unit_test(test_probe_that_fails_after_an_answer_leaves_nobody_out),
        cmocka_unit_test(test_perspective_over_the_bound_stays_failing_until_there_is_room),
        cmocka_unit_test(test_limit_of_zero_is_off),
        cmocka_unit_test(test_disagreements_are_those_of_the_window),
        cmocka_unit_test(test_states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
