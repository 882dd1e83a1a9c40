#include "base/limits.h"
#include "core/corroboration/cohort.h"
#include "crypto/digest.h"
#include "support/random.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#define MAX_PLACES  LIMIT_PERSPECTIVES
#define ORACLE_MAX  12 /* 4096 subsets */
#define TEST_SECRET "0123456789abcdef"
#define TEXT_MAX    40

/* A made-up world. The strings of the places are here too. */
struct places {
    struct perspective_info infos[MAX_PLACES];
    size_t count;
    char codes[MAX_PLACES][8];
    const char *listed[MAX_PLACES][4];
};

static void places_init(struct places *places, size_t count)
{
    memset(places, 0, sizeof *places);
    places->count = count;
    for (size_t i = 0; i < count; i++) {
        snprintf(places->codes[i], sizeof places->codes[i], "p%zu", i);
        places->infos[i].code = places->codes[i];
        places->infos[i].rir = RIR_ARIN;
    }
}

static void declare_too_close(struct places *places, size_t who, size_t other)
{
    struct strv *list = &places->infos[who].too_close_codes;
    if (list->count == 4)
        return;
    places->listed[who][list->count++] = places->codes[other];
    list->items = places->listed[who];
    list->present = true;
}

/* One digit per place: its RIR, 0 for none. */
static void places_init_rirs(struct places *places, const char *rirs)
{
    places_init(places, strlen(rirs));
    for (size_t i = 0; i < places->count; i++)
        places->infos[i].rir = (enum rir)(rirs[i] - '0');
}

struct planned {
    struct arena *arena;
    struct cohort_plan plan;
};

static struct planned plan_for(const struct places *places, const char *target, size_t size)
{
    struct planned planned = {.arena = arena_new()};
    struct cohort_pool *pool = cohort_pool_new(places->infos, places->count, bytes_of(TEST_SECRET));
    planned.plan = cohort_plan_make(pool, target, size, planned.arena);
    cohort_pool_free(pool); /* a plan does not need it */
    return planned;
}

static size_t count_cohorts(const struct places *places, const char *target, size_t size)
{
    struct planned planned = plan_for(places, target, size);
    size_t count = planned.plan.count;
    arena_free(planned.arena);
    return count;
}

static size_t count_rirs(const struct places *places, const size_t *members, size_t count)
{
    bool seen[RIR_COUNT] = {false};
    size_t rirs = 0;
    for (size_t i = 0; i < count; i++) {
        enum rir rir = places->infos[members[i]].rir;
        rirs += !seen[rir];
        seen[rir] = true;
    }
    return rirs;
}

static bool has_two_rirs(const struct places *places)
{
    for (size_t i = 1; i < places->count; i++)
        if (places->infos[i].rir != places->infos[0].rir)
            return true;
    return false;
}

static bool is_lawful(const struct places *places, const size_t *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (perspectives_are_too_close(&places->infos[members[i]], &places->infos[members[j]]))
                return false;
    bool two_rirs = count > 2 || has_two_rirs(places);
    return !two_rirs || count_rirs(places, members, count) >= 2;
}

static void rank_of(const char *target, const char *code, uint8_t mac[SHA256_BYTES])
{
    uint8_t data[2 * TEXT_MAX];
    size_t n = strlen(target) + 1, m = strlen(code);
    assert_true(n + m <= sizeof data);
    memcpy(data, target, n); /* with its NUL */
    memcpy(data + n, code, m);
    hmac_sha256(bytes_of(TEST_SECRET), (struct bytes){data, n + m}, mac);
}

static bool ranks_before(const struct places *places, const char *target, size_t a, size_t b)
{
    uint8_t first[SHA256_BYTES], second[SHA256_BYTES];
    rank_of(target, places->codes[a], first);
    rank_of(target, places->codes[b], second);
    return memcmp(first, second, SHA256_BYTES) < 0;
}

static void assert_plan_is_sound(const struct places *places, const char *target, size_t size,
                                 const struct cohort_plan *plan)
{
    bool used[MAX_PLACES] = {false};
    for (size_t c = 0; c < plan->count; c++) {
        const struct cohort *cohort = &plan->cohorts[c];
        assert_int_equal(cohort->count, size);
        assert_true(is_lawful(places, cohort->members, size));
        for (size_t i = 0; i < size; i++) {
            assert_true(cohort->members[i] < places->count);
            assert_false(used[cohort->members[i]]);
            used[cohort->members[i]] = true;
            if (i > 0)
                assert_true(
                    ranks_before(places, target, cohort->members[i - 1], cohort->members[i]));
        }
        if (c > 0)
            assert_true(ranks_before(places, target, cohort[-1].members[0], cohort->members[0]));
    }
}

static void target_name(char name[TEXT_MAX], uint32_t number)
{
    snprintf(name, TEXT_MAX, "www.name-%u.example", (unsigned)number);
}

/* --- rules --------------------------------------------------------------------------------- */

struct rule_row {
    const char *rirs;
    size_t size, cohorts;
    const char *why;
};

static const struct rule_row rule_rows[] = {
    {"12345", 5, 1, "each of its own region"},
    {"1234512345", 5, 2, "two of each"},
    {"12345", 6, 0, "more than there are"},
    {"12345", 1, 0, "one is no cohort"},
    {"12345", 0, 0, "nor is none"},
    {"", 2, 0, "nobody there"},
    {"33333333", 4, 0, "one region only"},
    {"33333333", 2, 4, "pairs may be of one region if there is only one"},
    {"333333332", 2, 1, "but not where there are two"},
    {"3333333332", 3, 1, "one of another region serves one cohort"},
    {"333333333214", 3, 3, "first varied, but as many cohorts as possible"},
    {"33333321", 4, 2, "each gets one of the others"},
    {"3333330", 3, 0, "no region is not another region"},
    {"12000000", 2, 1, "who has no region is in no cohort"},
};

static void test_plan_of_each_mix_of_regions_has_as_many_cohorts_as_the_rules_allow(void **state)
{
    (void)state;
    static struct places places;
    char name[TEXT_MAX];
    for (size_t i = 0; i < sizeof rule_rows / sizeof rule_rows[0]; i++) {
        places_init_rirs(&places, rule_rows[i].rirs);
        for (uint32_t n = 0; n < 50; n++) {
            target_name(name, n);
            size_t count = count_cohorts(&places, name, rule_rows[i].size);
            if (count != rule_rows[i].cohorts)
                fail_msg("%s: %zu cohorts of %zu for %s", rule_rows[i].why, count,
                         rule_rows[i].size, name);
        }
    }
}

static void test_plan_without_conflicts_follows_the_keyed_ranking(void **state)
{
    (void)state;
    static struct places places;
    places_init_rirs(&places, "12345");
    struct planned planned = plan_for(&places, "example.com", 2);
    assert_int_equal(planned.plan.count, 2);
    const size_t *first = planned.plan.cohorts[0].members,
                 *second = planned.plan.cohorts[1].members;
    /* With a region for each, the pairs are simply the first four of the ranking. */
    const size_t order[] = {first[0], first[1], second[0], second[1]};
    for (size_t i = 1; i < 4; i++)
        assert_true(ranks_before(&places, "example.com", order[i - 1], order[i]));
    for (size_t p = 0; p < 5; p++)
        if (p != order[0] && p != order[1] && p != order[2] && p != order[3])
            assert_true(ranks_before(&places, "example.com", order[3], p));
    arena_free(planned.arena);
}

static bool same_plan(const struct cohort_plan *a, const struct cohort_plan *b)
{
    if (a->count != b->count)
        return false;
    for (size_t c = 0; c < a->count; c++)
        if (memcmp(a->cohorts[c].members, b->cohorts[c].members,
                   a->cohorts[c].count * sizeof(size_t)) != 0)
            return false;
    return true;
}

static void test_plan_depends_on_target_and_secret_and_on_nothing_else(void **state)
{
    (void)state;
    static struct places places;
    places_init_rirs(&places, "1234512345123451234512345");
    struct arena *arena = arena_new();
    struct cohort_pool *pool = cohort_pool_new(places.infos, places.count, bytes_of("one"));
    struct cohort_pool *twin = cohort_pool_new(places.infos, places.count, bytes_of("one"));
    struct cohort_pool *other = cohort_pool_new(places.infos, places.count, bytes_of("two"));
    struct cohort_plan plan = cohort_plan_make(pool, "example.com", 5, arena);
    struct cohort_plan again = cohort_plan_make(pool, "example.com", 5, arena);
    struct cohort_plan by_twin = cohort_plan_make(twin, "example.com", 5, arena);
    struct cohort_plan by_other = cohort_plan_make(other, "example.com", 5, arena);
    struct cohort_plan for_other = cohort_plan_make(pool, "example.net", 5, arena);
    assert_int_equal(plan.count, 5);
    assert_true(same_plan(&plan, &again));
    assert_true(same_plan(&plan, &by_twin));
    assert_false(same_plan(&plan, &by_other));
    assert_false(same_plan(&plan, &for_other));
    cohort_pool_free(pool);
    cohort_pool_free(twin);
    cohort_pool_free(other);
    cohort_pool_free(NULL);
    arena_free(arena);
}

/* The code of a place decides its rank, not its position in the configuration. */
static void test_plan_does_not_depend_on_the_order_of_the_configuration(void **state)
{
    (void)state;
    static struct places places, reversed;
    places_init_rirs(&places, "112233445512345");
    reversed = places;
    for (size_t i = 0; i < places.count; i++)
        reversed.infos[i] = places.infos[places.count - 1 - i];
    char name[TEXT_MAX];
    for (uint32_t n = 0; n < 100; n++) {
        target_name(name, n);
        struct planned a = plan_for(&places, name, 5), b = plan_for(&reversed, name, 5);
        assert_int_equal(a.plan.count, 3);
        assert_int_equal(b.plan.count, 3);
        for (size_t c = 0; c < 3; c++)
            for (size_t i = 0; i < 5; i++)
                assert_string_equal(places.infos[a.plan.cohorts[c].members[i]].code,
                                    reversed.infos[b.plan.cohorts[c].members[i]].code);
        arena_free(a.arena);
        arena_free(b.arena);
    }
}

static void test_pool_without_some_keeps_the_order_of_the_others(void **state)
{
    (void)state;
    struct places places;
    places_init_rirs(&places, "12345123");
    bool left_out[8] = {[2] = true, [5] = true};
    struct cohort_pool *all = cohort_pool_new(places.infos, 8, bytes_of(TEST_SECRET));
    struct cohort_pool *some =
        cohort_pool_new_without(places.infos, 8, bytes_of(TEST_SECRET), left_out);
    struct arena *arena = arena_new();
    for (uint32_t i = 0; i < 50; i++) {
        char target[TEXT_MAX];
        target_name(target, i);
        struct cohort_plan before = cohort_plan_make(all, target, 8, arena);
        struct cohort_plan after = cohort_plan_make(some, target, 6, arena);
        assert_int_equal(after.count, 1);
        assert_int_equal(cohort_plan_make(some, target, 7, arena).count, 0);
        for (size_t b = 0, a = 0; b < 8; b++)
            if (!left_out[before.cohorts[0].members[b]])
                assert_int_equal(after.cohorts[0].members[a++], before.cohorts[0].members[b]);
    }
    arena_free(arena);
    cohort_pool_free(some);
    cohort_pool_free(all);
}

static void test_pool_without_the_second_region_has_no_pair(void **state)
{
    (void)state;
    struct places places;
    places_init_rirs(&places, "112");
    bool left_out[3] = {[2] = true};
    struct arena *arena = arena_new();
    struct cohort_pool *some =
        cohort_pool_new_without(places.infos, 3, bytes_of(TEST_SECRET), left_out);
    assert_int_equal(cohort_plan_make(some, "example.com", 2, arena).count, 0);
    cohort_pool_free(some);
    /* Where there never was one, a pair of one region is all there can be. */
    some = cohort_pool_new_without(places.infos, 2, bytes_of(TEST_SECRET), left_out);
    assert_int_equal(cohort_plan_make(some, "example.com", 2, arena).count, 1);
    cohort_pool_free(some);
    arena_free(arena);
}

static void test_plan_of_too_close_places_never_has_both(void **state)
{
    (void)state;
    static struct places places;
    places_init_rirs(&places, "333222");
    declare_too_close(&places, 0, 1);
    declare_too_close(&places, 5, 4); /* the direction does not matter */
    for (size_t i = 0; i < places.count; i++)
        assert_int_equal(count_cohorts(&places, places.codes[i], 5), 0);
    for (size_t i = 0; i < places.count; i++)
        assert_int_equal(count_cohorts(&places, places.codes[i], 4), 1);
    for (size_t i = 0; i < places.count; i++)
        assert_int_equal(count_cohorts(&places, places.codes[i], 3), 2);
}

/* --- properties over random worlds --------------------------------------------------------- */

/* Places in a square of some thousand kilometres, so that many are too close. */
static void random_geography(struct places *places, struct random *random, size_t count)
{
    places_init(places, count);
    double degrees = 4 + (double)random_below(random, 60);
    for (size_t i = 0; i < count; i++) {
        struct perspective_info *info = &places->infos[i];
        info->rir = (enum rir)(1 + random_below(random, RIR_COUNT - 1));
        if (random_below(random, 3) == 0)
            info->rir = RIR_ARIN;
        info->has_coordinates = random_below(random, 10) > 0;
        info->latitude = (double)random_below(random, 1000) / 1000 * degrees - degrees / 2;
        info->longitude = (double)random_below(random, 1000) / 1000 * degrees;
    }
}

/* No geography would give these: any pair may be too close. */
static void random_graph(struct places *places, struct random *random, size_t count)
{
    places_init(places, count);
    uint32_t edges = random_below(random, (uint32_t)(2 * count));
    uint32_t rirs = 1 + random_below(random, RIR_COUNT - 1);
    for (size_t i = 0; i < count; i++)
        places->infos[i].rir = (enum rir)(1 + random_below(random, rirs));
    for (uint32_t i = 0; i < edges; i++) {
        size_t a = random_below(random, (uint32_t)count);
        size_t b = random_below(random, (uint32_t)count);
        if (a != b)
            declare_too_close(places, a, b);
    }
}

static void random_places(struct places *places, struct random *random, size_t count)
{
    if (random_below(random, 2))
        random_geography(places, random, count);
    else
        random_graph(places, random, count);
}

/* The largest number of disjoint lawful cohorts, by trying all sets of places. */
static size_t oracle(const struct places *places, size_t size)
{
    static uint8_t best[1 << ORACLE_MAX];
    static bool lawful[1 << ORACLE_MAX];
    for (uint32_t set = 0; set < 1U << places->count; set++) {
        size_t members[ORACLE_MAX], count = 0;
        for (size_t i = 0; i < places->count; i++)
            if (set >> i & 1)
                members[count++] = i;
        lawful[set] = count == size && is_lawful(places, members, count);
    }
    best[0] = 0;
    for (uint32_t set = 1; set < 1U << places->count; set++) {
        uint32_t lowest = set & -set, rest = set ^ lowest;
        best[set] = best[rest]; /* the lowest place is in no cohort, or in one with some others */
        for (uint32_t others = rest; others; others = (others - 1) & rest)
            if (lawful[others | lowest] && best[rest ^ others] + 1 > best[set])
                best[set] = (uint8_t)(best[rest ^ others] + 1);
    }
    return best[(1U << places->count) - 1];
}

static void test_plan_of_small_random_worlds_has_the_largest_possible_number(void **state)
{
    (void)state;
    static struct places places;
    struct random random = random_of(1);
    char name[TEXT_MAX];
    for (uint32_t round = 0; round < 400; round++) {
        random_places(&places, &random, 2 + random_below(&random, 9));
        for (size_t size = 2; size <= places.count && size <= 6; size++) {
            size_t most = oracle(&places, size);
            for (uint32_t n = 0; n < 5; n++) {
                target_name(name, random_next(&random));
                struct planned planned = plan_for(&places, name, size);
                assert_int_equal(planned.plan.count, most);
                assert_plan_is_sound(&places, name, size, &planned.plan);
                arena_free(planned.arena);
            }
        }
    }
}

static void test_plan_of_large_random_worlds_is_sound(void **state)
{
    (void)state;
    static struct places places;
    struct random random = random_of(2);
    char name[TEXT_MAX];
    for (uint32_t round = 0; round < 300; round++) {
        random_places(&places, &random, 10 + random_below(&random, round % 10 ? 30 : 247));
        size_t size = 2 + random_below(&random, 9);
        target_name(name, round);
        struct planned planned = plan_for(&places, name, size);
        assert_plan_is_sound(&places, name, size, &planned.plan);
        arena_free(planned.arena);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_of_each_mix_of_regions_has_as_many_cohorts_as_the_rules_allow),
        cmocka_unit_test(test_plan_without_conflicts_follows_the_keyed_ranking),
        cmocka_unit_test(test_plan_depends_on_target_and_secret_and_on_nothing_else),
        cmocka_unit_test(test_plan_does_not_depend_on_the_order_of_the_configuration),
        cmocka_unit_test(test_pool_without_some_keeps_the_order_of_the_others),
        cmocka_unit_test(test_pool_without_the_second_region_has_no_pair),
        cmocka_unit_test(test_plan_of_too_close_places_never_has_both),
        cmocka_unit_test(test_plan_of_small_random_worlds_has_the_largest_possible_number),
        cmocka_unit_test(test_plan_of_large_random_worlds_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
