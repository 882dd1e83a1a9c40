/* What an operator is told of a configuration: distances, counts, compliance and what ends it. */
#include "client/plan_show.h"

#include "base/str.h"
#include "support/unit.h"

#include <string.h>

static struct world {
    struct arena *arena;
    struct buf out;
    struct config config;
    struct config_way ways[6];
    struct perspective_info infos[6];
    struct plan plan;
} w;

static const struct perspective_info places[6] = {
    {.code = "us-east-2",
     .rir = RIR_ARIN,
     .has_coordinates = true,
     .latitude = 39.96,
     .longitude = -83.0},
    {.code = "us-west-2",
     .rir = RIR_ARIN,
     .has_coordinates = true,
     .latitude = 45.84,
     .longitude = -119.7},
    {.code = "eu-west-2",
     .name = "London",
     .rir = RIR_RIPE_NCC,
     .has_coordinates = true,
     .latitude = 51.51,
     .longitude = -0.13},
    {.code = "eu-central-1",
     .rir = RIR_RIPE_NCC,
     .has_coordinates = true,
     .latitude = 50.11,
     .longitude = 8.68},
    {.code = "ap-northeast-1",
     .rir = RIR_APNIC,
     .has_coordinates = true,
     .latitude = 35.68,
     .longitude = 139.69},
    {.code = "sa-east-1",
     .rir = RIR_LACNIC,
     .has_coordinates = true,
     .latitude = -23.55,
     .longitude = -46.63},
};

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.arena = arena_new();
    memcpy(w.infos, places, sizeof places);
    for (size_t i = 0; i < 6; i++)
        w.ways[i].local = CONFIG_NO_LOCAL;
    w.config.file = "mpicd.yaml";
    w.config.ways = w.ways;
    w.config.coordinator = (struct coordinator_settings){.perspectives = w.infos,
                                                         .perspective_count = 6,
                                                         .default_perspective_count = 5,
                                                         .secret = bytes_of("secret of a test")};
    w.plan.config = &w.config;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_clear(&w.out);
    arena_free(w.arena);
    return 0;
}

static const char *shown_on(const char *date)
{
    w.plan.date = date;
    assert_true(baseline_parse_date(date, &w.plan.time_s));
    buf_clear(&w.out);
    plan_show(&w.plan, w.arena, &w.out);
    return buf_str(&w.out);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in:\n%s", part, text);
}

static const struct {
    const char *why;
    size_t count; /* by default */
    const char *date;
    bool complies;
    const char *line;
} days[] = {
    {"four are enough until mid-December, and that is told", 4, "2026-12-01", true,
     "On 2026-12-01 the configuration complies with BR 2.2.8, but no longer from 2026-12-15.\n"},
    {"the last day", 4, "2026-12-14", true, "but no longer from 2026-12-15"},
    {"the first day", 4, "2026-12-15", false, "On 2026-12-15 the configuration DOES NOT COMPLY"},
    {"what to do", 4, "2026-12-15", false,
     "4 by default, too few; raise default_perspective_count to 5\n"},
    {"five are enough for good", 5, "2026-12-01", true, "complies with BR 2.2.8.\n"},
    {"three were enough", 3, "2026-04-01", true, "but no longer from 2026-06-15"},
    {"before the calendar nothing is demanded", 2, "2024-01-01", true,
     "but no longer from 2026-03-15"},
    {"each later step is told", 2, "2026-01-01", true,
     "from  2026-12-15 at least 5 remote perspectives of two RIR regions (BR 3.2.2.9): 2 by "
     "default, too few"},
};

static void test_compliance_follows_the_calendar(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        w.config.coordinator.default_perspective_count = days[i].count;
        assert_has(shown_on(days[i].date), days[i].line);
        if (plan_complies(&w.plan) != days[i].complies)
            fail_msg("%s", days[i].why);
    }
}

static void test_later_changes_and_reuse_of_the_day_are_told(void **state)
{
    (void)state;
    const char *text = shown_on("2026-11-25");
    assert_has(text,
               "A validation may be reused for 200 days on 2026-11-25 (BR 4.2.1; "
               "dns-persistent: 10, BR 3.2.2.4.22); a certificate is valid for 200 days at "
               "most (BR 6.3.2).\nWhat the Baseline Requirements change later:\n"
               "  2027-03-15  must not be relied on, and validations made before by them must "
               "not be used: contact-phone-txt");
    assert_has(text, "  2028-03-15  must not be relied on");
    assert_has(text, "  2029-03-15  a validation may be reused for 10 days");
    text = shown_on("2029-03-15");
    assert_has(text, "A validation may be reused for 10 days on 2029-03-15");
    assert_lacks(text, "change later");
}

static void test_version_is_that_of_the_day_or_the_configuration(void **state)
{
    (void)state;
    assert_has(shown_on("2026-06-11"), "with BR 2.2.6");
    assert_has(shown_on("2026-06-12"), "with BR 2.2.8");
    w.config.coordinator.br_version = "2.3.0";
    assert_has(shown_on("2026-06-12"), "with BR 2.3.0");
}

static void test_perspectives_that_lack_are_counted(void **state)
{
    (void)state;
    w.config.coordinator.perspective_count = 4;
    w.config.coordinator.default_perspective_count = 4;
    assert_has(shown_on("2026-12-15"), "add 1 perspective, then raise default_perspective_count");
    /* Five perspectives, but two of them in one place. */
    w.config.coordinator.perspective_count = 5;
    w.infos[4].latitude = w.infos[3].latitude;
    w.infos[4].longitude = w.infos[3].longitude;
    assert_has(shown_on("2026-12-15"), "no 5 of the perspectives are far enough apart");
}

static void test_perspectives_are_listed_with_their_place(void **state)
{
    (void)state;
    w.infos[1].has_coordinates = false;
    w.infos[5].has_coordinates = false;
    w.infos[5].too_close_codes = (struct strv){.present = true};
    const char *text = shown_on("2026-12-01");
    assert_has(text, "  3 eu-west-2            RIPE NCC    51.51,   -0.13   London\n");
    assert_has(text, "  2 us-west-2            ARIN      unknown");
    assert_has(text, "  6 sa-east-1            LACNIC    by too_close_codes");
    assert_has(text, "Of 5 pairs nobody can tell the distance (?)");
    assert_has(text,
               "complies with BR 2.2.8 as far as can be told, with distances that are unknown.");
    assert_lacks(text, "Primary");
}

static void test_distances_are_in_kilometres(void **state)
{
    (void)state;
    const char *text = shown_on("2026-12-01");
    assert_has(text, "  2 us-west-2             3031 ");
    assert_has(text, "No pair is too close.\n");
    assert_lacks(text, "nobody can tell");
    assert_lacks(text, "as far as can be told");
}

static const struct {
    const char *why;
    bool near, listed_by_first, listed_by_second, without_coordinates;
    const char *line;
} pairs[] = {
    {"by distance", true, false, false, false,
     "  eu-west-2 and eu-central-1: 0 km, under 500 km\n"},
    {"declared by one", false, true, false, false,
     "  eu-west-2 and eu-central-1: declared by eu-west-2; 637 km, although that is not under 500 "
     "km\n"},
    {"declared by the other, and near", true, false, true, false,
     "  eu-west-2 and eu-central-1: declared by eu-central-1; 0 km, under 500 km\n"},
    {"declared by both", false, true, true, true,
     "  eu-west-2 and eu-central-1: declared by both\n"},
};

static void test_pairs_that_are_too_close_are_told_with_the_reason(void **state)
{
    (void)state;
    static const char *const first[] = {"eu-west-2"}, *const second[] = {"eu-central-1"};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        memcpy(w.infos, places, sizeof places);
        if (pairs[i].near) {
            w.infos[3].latitude = w.infos[2].latitude;
            w.infos[3].longitude = w.infos[2].longitude;
        }
        w.infos[3].has_coordinates = !pairs[i].without_coordinates;
        if (pairs[i].listed_by_first)
            w.infos[2].too_close_codes =
                (struct strv){.items = second, .count = 1, .present = true};
        if (pairs[i].listed_by_second)
            w.infos[3].too_close_codes = (struct strv){.items = first, .count = 1, .present = true};
        const char *text = shown_on("2026-12-01");
        assert_has(text, "Too close to be in one cohort (*):\n");
        assert_has(text, pairs[i].line);
        assert_has(text, pairs[i].without_coordinates ? "     -*"
                         : pairs[i].near              ? " 0*"
                                                      : " 637*");
    }
}

static void test_counts_have_cohorts_and_quorum(void **state)
{
    (void)state;
    const char *text = shown_on("2026-12-15");
    assert_has(text, "COUNT  COHORTS   QUORUM     ON 2026-12-15\n");
    assert_has(text, "      2  3         1 of 2     no: under 5\n");
    assert_has(text, "      5  1         4 of 5     complies; the default\n");
    assert_has(text, "      6  1         4 of 6     complies\n");
    w.infos[4].latitude = w.infos[3].latitude;
    w.infos[4].longitude = w.infos[3].longitude;
    assert_has(shown_on("2026-12-15"),
               "      6  0         4 of 6     no: not every name has a cohort\n");
}

static void test_breach_beside_the_calendar_does_not_comply(void **state)
{
    (void)state;
    assert_has(shown_on("2026-12-15"), "complies with BR");
    assert_true(plan_complies(&w.plan));
    w.config.breaches = 1;
    assert_has(shown_on("2026-12-15"), "1 of the warnings above is a breach of BR 3.2.2.9");
    assert_false(plan_complies(&w.plan));
    w.config.breaches = 0;
    w.ways[0].local = 0;
    shown_on("2026-12-15");
    assert_true(plan_complies(&w.plan));
    w.ways[1].local = 1;
    assert_has(shown_on("2026-12-15"), "2 perspectives are one machine");
    assert_false(plan_complies(&w.plan));
    w.ways[1].local = CONFIG_NO_LOCAL;
    w.config.coordinator.has_primary = true;
    w.config.coordinator.primary = places[2];
    w.config.coordinator.primary.code = "primary";
    assert_has(shown_on("2026-12-15"),
               "1 perspective is under 500 km from the Primary Network Perspective");
    assert_false(plan_complies(&w.plan));
}

static void test_mode_that_forgives_breaches_is_told(void **state)
{
    (void)state;
    assert_lacks(shown_on("2026-12-15"), "coordinator.baseline");
    w.config.coordinator.baseline = BASELINE_WARN;
    assert_has(shown_on("2026-12-15"), "coordinator.baseline is warn");
}

static void test_methods_are_told_a_year_before_their_end(void **state)
{
    (void)state;
    const char *text = shown_on("2026-03-14");
    assert_has(text,
               "  contact-phone-txt        BR 3.2.2.4.16  SHOULD NOT from 2026-03-15 on, MUST "
               "NOT from 2027-03-15 on\n");
    assert_has(text, "  contact-email-txt        BR 3.2.2.4.14  SHOULD NOT from 2026-03-15 on\n");
    assert_has(text, "  ip-address               BR 3.2.2.4.8   MUST NOT from 2026-03-15 on\n");
    text = shown_on("2027-03-15");
    assert_has(text, "  contact-phone-txt        BR 3.2.2.4.16  MUST NOT since 2027-03-15\n");
    assert_has(text, "  contact-email-txt        BR 3.2.2.4.14  SHOULD NOT since 2026-03-15, MUST "
                     "NOT from 2028-03-15 on\n");
    assert_lacks(text, "acme-http-01");
    assert_lacks(shown_on("2024-01-01"), "Methods");
}

static void test_cohorts_of_a_name_are_those_of_its_canonical_form(void **state)
{
    (void)state;
    struct err err;
    w.config.coordinator.default_perspective_count = 3;
    w.plan.name = "*.WWW.example.";
    assert_true(target_parse(w.plan.name, &w.plan.target, &err));
    struct cohort_pool *pool = cohort_pool_new(w.infos, 6, w.config.coordinator.secret);
    w.plan.cohorts = cohort_plan_make(pool, "www.example", 3, w.arena);
    cohort_pool_free(pool);
    assert_int_equal(w.plan.cohorts.count, 2);
    const char *text = shown_on("2026-12-15");
    assert_has(text, "Cohorts of *.WWW.example., canonical www.example, 3 perspectives each");
    const struct cohort *second = &w.plan.cohorts.cohorts[1];
    assert_has(text,
               arena_printf(w.arena, "\n   2 %s, %s, %s\n", w.infos[second->members[0]].code,
                            w.infos[second->members[1]].code, w.infos[second->members[2]].code));
    w.plan.cohorts.count = 0;
    assert_has(shown_on("2026-12-15"), "attempts:\n  none\n");
    w.plan.name = NULL;
    assert_lacks(shown_on("2026-12-15"), "Cohorts of");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_compliance_follows_the_calendar),
        CASE(test_later_changes_and_reuse_of_the_day_are_told),
        CASE(test_version_is_that_of_the_day_or_the_configuration),
        CASE(test_perspectives_that_lack_are_counted),
        CASE(test_perspectives_are_listed_with_their_place),
        CASE(test_distances_are_in_kilometres),
        CASE(test_pairs_that_are_too_close_are_told_with_the_reason),
        CASE(test_counts_have_cohorts_and_quorum),
        CASE(test_breach_beside_the_calendar_does_not_comply),
        CASE(test_mode_that_forgives_breaches_is_told),
        CASE(test_methods_are_told_a_year_before_their_end),
        CASE(test_cohorts_of_a_name_are_those_of_its_canonical_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
