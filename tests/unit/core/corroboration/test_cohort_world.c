/* How cohorts behave over many names, with perspectives where they really are: how stable they are,
 * how varied, and who is asked how often. */
#include "core/corroboration/cohort.h"
#include "support/unit.h"
#include "support/world.h"

#include <stdio.h>
#include <string.h>

#define NAMES          2000
#define NAME_MAX_BYTES 40
#define SIZE           6

struct setting {
    struct arena *arena;
    struct cohort_pool *pool;
};

static void setting_init(struct setting *setting, const struct perspective_info *infos,
                         size_t count)
{
    setting->arena = arena_new();
    setting->pool = cohort_pool_new(infos, count, bytes_of("a secret"));
}

static void setting_clear(struct setting *setting)
{
    cohort_pool_free(setting->pool);
    arena_free(setting->arena);
}

static struct cohort_plan plan_name(struct setting *setting, size_t number)
{
    char name[NAME_MAX_BYTES];
    snprintf(name, sizeof name, "www.name-%zu.example", number);
    return cohort_plan_make(setting->pool, name, SIZE, setting->arena);
}

static size_t count_common(const struct cohort *a, const struct perspective_info *of_a,
                           const struct cohort *b, const struct perspective_info *of_b)
{
    size_t common = 0;
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++)
            common += strcmp(of_a[a->members[i]].code, of_b[b->members[j]].code) == 0;
    return common;
}

struct stability {
    size_t unchanged;     /* names whose first cohort is the same */
    size_t nearly;        /* names whose first cohort lost at most one member */
    size_t nearly_of_all; /* cohorts that are in the other plan with at most one other member */
    size_t all;
};

static void compare_plans(const struct cohort_plan *before, const struct cohort_plan *after,
                          const struct perspective_info *infos_after, struct stability *stability)
{
    for (size_t c = 0; c < after->count; c++) {
        size_t best = 0;
        for (size_t d = 0; d < before->count; d++) {
            size_t common =
                count_common(&before->cohorts[d], world, &after->cohorts[c], infos_after);
            best = common > best ? common : best;
            if (c == 0 && d == 0) {
                stability->unchanged += common == SIZE;
                stability->nearly += common >= SIZE - 1;
            }
        }
        stability->all++;
        stability->nearly_of_all += best >= SIZE - 1;
    }
}

/* The world with and without one perspective; read backwards it is the addition of one. */
static void test_removing_one_perspective_leaves_most_names_their_cohort(void **state)
{
    (void)state;
    struct stability stability = {0};
    struct setting whole, less;
    struct perspective_info rest[WORLD_COUNT];
    setting_init(&whole, world, WORLD_COUNT);
    for (size_t removed = 0; removed < WORLD_COUNT; removed++) {
        memcpy(rest, world, sizeof world);
        rest[removed] = rest[WORLD_COUNT - 1];
        setting_init(&less, rest, WORLD_COUNT - 1);
        for (size_t n = removed; n < NAMES; n += WORLD_COUNT) {
            struct cohort_plan before = plan_name(&whole, n), after = plan_name(&less, n);
            compare_plans(&before, &after, rest, &stability);
        }
        setting_clear(&less);
    }
    setting_clear(&whole);
    print_message("# of %d names, one perspective less leaves the first cohort of %zu as it was, "
                  "and changes at most one member of it for %zu\n",
                  NAMES, stability.unchanged, stability.nearly);
    print_message("# of %zu cohorts, %zu have at most one other member\n", stability.all,
                  stability.nearly_of_all);
    assert_true(stability.unchanged >= NAMES * 70 / 100);
    assert_true(stability.nearly >= NAMES * 90 / 100);
}

static void test_every_perspective_is_in_many_first_cohorts(void **state)
{
    (void)state;
    size_t first[WORLD_COUNT] = {0}, any[WORLD_COUNT] = {0}, per_rir[RIR_COUNT] = {0};
    struct setting setting;
    setting_init(&setting, world, WORLD_COUNT);
    for (size_t n = 0; n < NAMES; n++) {
        struct cohort_plan plan = plan_name(&setting, n);
        for (size_t c = 0; c < plan.count; c++)
            for (size_t i = 0; i < SIZE; i++) {
                any[plan.cohorts[c].members[i]]++;
                first[plan.cohorts[c].members[i]] += c == 0;
            }
    }
    setting_clear(&setting);
    for (size_t p = 0; p < WORLD_COUNT; p++)
        per_rir[world[p].rir]++;
    for (size_t p = 0; p < WORLD_COUNT; p++) {
        /* A region's share of a cohort is the same however many perspectives it has. */
        size_t share = NAMES / per_rir[world[p].rir];
        print_message("# %-14s in %4zu first cohorts, %4zu cohorts of %d names\n", world[p].code,
                      first[p], any[p], NAMES);
        assert_true(first[p] >= share / 2);
        assert_true(any[p] >= NAMES / 2);
    }
}

static void test_first_cohorts_span_all_five_regions(void **state)
{
    (void)state;
    struct setting setting;
    setting_init(&setting, world, WORLD_COUNT);
    for (size_t n = 0; n < NAMES; n++) {
        struct cohort_plan plan = plan_name(&setting, n);
        assert_int_equal(plan.count, WORLD_COUNT / SIZE);
        bool seen[RIR_COUNT] = {false};
        for (size_t i = 0; i < SIZE; i++)
            seen[world[plan.cohorts[0].members[i]].rir] = true;
        for (int rir = RIR_NONE + 1; rir < RIR_COUNT; rir++)
            assert_true(seen[rir]);
    }
    setting_clear(&setting);
}

/* Whoever does not know the secret can only guess: the pair that two names have in common says
 * nothing about a third. */
static void test_cohorts_of_many_names_are_many(void **state)
{
    (void)state;
    struct setting setting;
    setting_init(&setting, world, WORLD_COUNT);
    size_t same = 0;
    struct cohort_plan of_first = plan_name(&setting, 0);
    for (size_t n = 1; n < NAMES; n++) {
        struct cohort_plan plan = plan_name(&setting, n);
        same += count_common(&of_first.cohorts[0], world, &plan.cohorts[0], world) == SIZE;
    }
    setting_clear(&setting);
    assert_true(same <= NAMES / 100);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_removing_one_perspective_leaves_most_names_their_cohort),
        cmocka_unit_test(test_every_perspective_is_in_many_first_cohorts),
        cmocka_unit_test(test_first_cohorts_span_all_five_regions),
        cmocka_unit_test(test_cohorts_of_many_names_are_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
