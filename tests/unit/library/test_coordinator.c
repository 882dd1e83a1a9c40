/* Settings of libmpic, and the cohorts that follow from them. */
#include "support/library_world.h"
#include "support/unit.h"

#include <math.h>
#include <string.h>

static const char *text_of_mistakes(const struct mpic_settings *settings)
{
    static char text[4096];
    struct mpic_error *error = NULL;
    struct mpic_coordinator *made = mpic_coordinator_new(settings, &error);
    if (made) {
        mpic_coordinator_free(made);
        return "";
    }
    assert_int_equal(mpic_error_code(error), MPIC_ERROR_SETTINGS);
    strncpy(text, mpic_error_text(error), sizeof text - 1);
    mpic_error_free(error);
    assert_null(mpic_coordinator_new(settings, NULL));
    return text;
}

static void test_good_settings_make_a_coordinator(void **state)
{
    (void)state;
    struct mpic_settings settings = library_settings();
    assert_string_equal(text_of_mistakes(&settings), "");
}

/* Settings with one change, and what is said of it. */
static void assert_mistake(const struct mpic_settings *settings, const char *text)
{
    if (strcmp(text_of_mistakes(settings), text) != 0)
        fail_msg("said: %s; expected: %s", text_of_mistakes(settings), text);
}

#define CHANGED(text, change)                                                                      \
    do {                                                                                           \
        struct mpic_settings s = library_settings();                                               \
        change;                                                                                    \
        assert_mistake(&s, text);                                                                  \
    } while (0)

static void test_settings_out_of_range_are_mistakes(void **state)
{
    (void)state;
    CHANGED("perspectives are not 2 to 256", s.perspectives = NULL);
    CHANGED("perspectives are not 2 to 256", s.perspective_count = 1);
    CHANGED("perspectives are not 2 to 256", s.perspective_count = 257);
    CHANGED("secret does not have 16 to 4,096 bytes", s.secret = NULL);
    CHANGED("secret does not have 16 to 4,096 bytes", s.secret_length = 15);
    CHANGED("secret does not have 16 to 4,096 bytes", s.secret_length = 4097);
    CHANGED("default_perspective_count is out of range", s.default_perspective_count = 1);
    CHANGED("default_perspective_count is more than there are perspectives",
            s.default_perspective_count = 7);
    CHANGED("absolute_max_attempts is out of range", s.absolute_max_attempts = 101);
    CHANGED("perspective_timeout_ms is out of range", s.perspective_timeout_ms = 99);
    CHANGED("perspective_timeout_ms is out of range", s.perspective_timeout_ms = 120001);
    CHANGED("request_timeout_ms is out of range", s.request_timeout_ms = 600001);
    CHANGED("return_early_grace_ms is out of range", s.return_early_grace_ms = 60001);
    CHANGED("baseline is no mpic_baseline", s.baseline = (enum mpic_baseline)3);
    CHANGED("br_version is no version of the Baseline Requirements", s.br_version = "2");
    CHANGED("", s.br_version = "2.2.8");
    CHANGED("", (s.absolute_max_attempts = 0, s.perspective_timeout_ms = 0,
                 s.request_timeout_ms = 0, s.default_perspective_count = 0));
}

/* The first of the perspectives, changed. */
#define CHANGED_PLACE(text, change)                                                                \
    do {                                                                                           \
        struct mpic_settings s = library_settings();                                               \
        struct mpic_perspective p = *s.perspectives[0];                                            \
        const struct mpic_perspective *all[LIBRARY_PLACES];                                        \
        memcpy(all, s.perspectives, sizeof all);                                                   \
        all[0] = &p;                                                                               \
        s.perspectives = all;                                                                      \
        change;                                                                                    \
        assert_mistake(&s, text);                                                                  \
    } while (0)

static void test_perspectives_that_are_none_are_mistakes(void **state)
{
    (void)state;
    static const char *const codes[] = {"eu-west-2", "not known"}, *const hole[] = {NULL};
    CHANGED_PLACE("perspectives[0] is NULL or has a size that is not known", all[0] = NULL);
    CHANGED_PLACE("perspectives[0] is NULL or has a size that is not known", p.size = 4);
    CHANGED_PLACE("perspectives[0] has a code that is none", p.code = NULL);
    CHANGED_PLACE("perspectives[0] has a code that is none", p.code = "");
    CHANGED_PLACE("perspectives[0] has a code that is none", p.code = "-a");
    CHANGED_PLACE("perspectives[0] has a code that is none", p.code = "a b");
    CHANGED_PLACE("perspectives[0] has a code that is none",
                  p.code = "a1234567890123456789012345678901234567890123456789012345678901234");
    CHANGED_PLACE("perspectives[0] has a name that is not UTF-8", p.name = "\xff");
    CHANGED_PLACE("perspectives[0] has an rir that is no Regional Internet Registry", p.rir = "X");
    CHANGED_PLACE("perspectives[0] has no rir", p.rir = NULL);
    CHANGED_PLACE("perspectives[0] has coordinates that are no place", p.latitude = 91);
    CHANGED_PLACE("perspectives[0] has coordinates that are no place", p.longitude = -181);
    CHANGED_PLACE("perspectives[0] has coordinates that are no place", p.longitude = NAN);
    CHANGED_PLACE("", (p.has_coordinates = 0, p.longitude = NAN));
    CHANGED_PLACE("perspectives[1] has the code of one before it", p.code = "us-west-2");
    CHANGED_PLACE("perspectives[0] has too_close_codes that are NULL", p.too_close_code_count = 1);
    CHANGED_PLACE("perspectives[0] has too many too_close_codes",
                  (p.too_close_codes = codes, p.too_close_code_count = SIZE_MAX));
    CHANGED_PLACE("perspectives[0] has too_close_codes with one that is no code",
                  (p.too_close_codes = codes, p.too_close_code_count = 2));
    CHANGED_PLACE("perspectives[0] has too_close_codes with one that is no code",
                  (p.too_close_codes = hole, p.too_close_code_count = 1));
    CHANGED_PLACE("", (p.too_close_codes = codes, p.too_close_code_count = 1));
    CHANGED_PLACE("primary has the code of a perspective", s.primary = &p);
}

static void test_every_mistake_is_told_at_once(void **state)
{
    (void)state;
    CHANGED(
        "default_perspective_count is out of range\nbaseline is no mpic_baseline\n"
        "secret does not have 16 to 4,096 bytes",
        (s.default_perspective_count = 1, s.baseline = (enum mpic_baseline)9, s.secret_length = 0));
}

static void test_no_settings_are_misuse(void **state)
{
    (void)state;
    struct mpic_error *error = NULL;
    struct mpic_settings settings = library_settings();
    assert_null(mpic_coordinator_new(NULL, &error));
    assert_int_equal(mpic_error_code(error), MPIC_ERROR_MISUSE);
    mpic_error_free(error);
    settings.size--;
    assert_null(mpic_coordinator_new(&settings, NULL));
    mpic_coordinator_free(NULL);
}

static void test_plan_is_that_of_the_runs(void **state)
{
    (void)state;
    static const char json[] =
        "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"WWW.example.com\","
        "\"orchestration_parameters\":{\"perspective_count\":3}}";
    struct mpic_settings settings = library_settings();
    struct mpic_run_settings run_settings = library_run_settings();
    settings.baseline = MPIC_BASELINE_OFF;
    struct mpic_coordinator *coordinator = mpic_coordinator_new(&settings, NULL);
    struct mpic_request *request = mpic_request_from_json(json, strlen(json), NULL);
    struct mpic_run *run = mpic_run_start(coordinator, request, &run_settings, NULL);
    struct mpic_plan *plan = mpic_plan_new(coordinator, "www.example.com", 3, NULL);
    assert_int_equal(mpic_plan_cohort_count(plan), 2);
    assert_int_equal(mpic_plan_cohort_size(plan), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(mpic_question_perspective(mpic_run_next_question(run)),
                            mpic_plan_member(plan, 0, i));
    assert_null(mpic_plan_member(plan, 0, 3));
    assert_null(mpic_plan_member(plan, 2, 0));
    mpic_plan_free(plan);
    mpic_run_free(run);
    mpic_request_free(request);
    mpic_coordinator_free(coordinator);
}

static void test_plans_that_cannot_be(void **state)
{
    (void)state;
    struct mpic_settings settings = library_settings();
    struct mpic_coordinator *coordinator = mpic_coordinator_new(&settings, NULL);
    struct mpic_error *error = NULL;
    assert_null(mpic_plan_new(coordinator, "a.example", 1, &error));
    assert_int_equal(mpic_error_code(error), MPIC_ERROR_MISUSE);
    mpic_error_free(error);
    assert_null(mpic_plan_new(coordinator, "a.example", 7, NULL));
    assert_null(mpic_plan_new(coordinator, NULL, 3, NULL));
    assert_null(mpic_plan_new(NULL, "a.example", 3, NULL));
    struct mpic_plan *plan = mpic_plan_new(coordinator, "no such name", 0, NULL);
    assert_int_equal(mpic_plan_cohort_size(plan), 6); /* the default; of the text as it is */
    assert_int_equal(mpic_plan_cohort_count(plan), 1);
    mpic_plan_free(plan);
    mpic_plan_free(NULL);
    assert_int_equal(mpic_plan_cohort_count(NULL), 0);
    assert_int_equal(mpic_plan_cohort_size(NULL), 0);
    assert_null(mpic_plan_member(NULL, 0, 0));
    mpic_coordinator_free(coordinator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_settings_make_a_coordinator),
        cmocka_unit_test(test_settings_out_of_range_are_mistakes),
        cmocka_unit_test(test_perspectives_that_are_none_are_mistakes),
        cmocka_unit_test(test_every_mistake_is_told_at_once),
        cmocka_unit_test(test_no_settings_are_misuse),
        cmocka_unit_test(test_plan_is_that_of_the_runs),
        cmocka_unit_test(test_plans_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
