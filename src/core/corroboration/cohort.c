#include "core/corroboration/cohort.h"

#include "base/limits.h"
#include "base/mem.h"
#include "core/corroboration/cohort_search.h"
#include "crypto/hmac.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Steps of one search; a step takes about a microsecond. Plans for the pools that people have need
 * one for each member. */
#define SEARCH_STEPS      4000
#define LONG_SEARCH_STEPS 20000 /* once for each size */

#define NO_CROWD SIZE_MAX

struct pool_member {
    size_t index; /* into the perspectives */
    enum rir rir;
    size_t crowd;       /* or NO_CROWD */
    size_t close_first; /* into `close`: the members that are too close to it */
    size_t close_count;
};

struct cohort_pool {
    struct pool_member *members; /* the perspectives that have a region */
    struct bytes *codes;         /* same order; borrowed from the perspectives */
    size_t count;
    size_t *close;
    size_t crowd_count;
    size_t rir_count;
    /* By size: how many cohorts a long search found, and one; 0 before it ran. The same for whoever
     * searches, so that threads need not agree who does. */
    atomic_size_t *most_plus_one;
    struct hmac_key *key;
};

/* --- the ranking --------------------------------------------------------------------------- */

struct ranked {
    uint8_t mac[SHA256_BYTES];
    size_t member;
    size_t close_count;
};

static int compare_macs(const void *a, const void *b)
{
    const struct ranked *first = a, *second = b;
    int order = memcmp(first->mac, second->mac, SHA256_BYTES);
    /* Only equal codes have equal MACs; even then the order must not depend on qsort(). */
    return order ? order : (first->member > second->member) - (first->member < second->member);
}

/* Those with the most close neighbours first: they are the hardest to place. */
static int compare_constraints(const void *a, const void *b)
{
    const struct ranked *first = a, *second = b;
    if (first->close_count != second->close_count)
        return first->close_count > second->close_count ? -1 : 1;
    return compare_macs(a, b);
}

/* Target by target: what is made along the way. */
struct planner {
    const struct cohort_pool *pool;
    size_t size;
    struct arena *arena;
    const struct ranked *ranking;
    size_t *items; /* what a search found */
};

static struct ranked *rank_members(const struct planner *planner, const char *target)
{
    const struct cohort_pool *pool = planner->pool;
    struct ranked *ranking = arena_array(planner->arena, pool->count, sizeof *ranking);
    uint8_t(*macs)[SHA256_BYTES] = arena_array(planner->arena, pool->count, sizeof *macs);
    /* The NUL that ends the target separates it from the code. */
    struct bytes prefix = {(const uint8_t *)target, strlen(target) + 1};
    hmac_sha256_each(pool->key, prefix, pool->codes, pool->count, macs);
    for (size_t i = 0; i < pool->count; i++) {
        memcpy(ranking[i].mac, macs[i], SHA256_BYTES);
        ranking[i].member = i;
        ranking[i].close_count = pool->members[i].close_count;
    }
    qsort(ranking, pool->count, sizeof *ranking, compare_macs);
    return ranking;
}

static struct planner planner_for(const struct cohort_pool *pool, const char *target, size_t size,
                                  struct arena *arena)
{
    struct planner planner = {.pool = pool, .size = size, .arena = arena};
    planner.ranking = rank_members(&planner, target);
    planner.items = arena_array(arena, pool->count, sizeof *planner.items);
    return planner;
}

/* The ranking again, the hardest to place first. */
static struct ranked *order_by_constraints(const struct planner *planner)
{
    size_t count = planner->pool->count;
    struct ranked *order = arena_array(planner->arena, count, sizeof *order);
    memcpy(order, planner->ranking, count * sizeof *order);
    qsort(order, count, sizeof *order, compare_constraints);
    return order;
}

/* --- the plan ------------------------------------------------------------------------------ */

struct found {
    size_t cohorts;
    const struct ranked *order; /* what the items are numbered by */
};

/* The pool as the search sees it: item i is the member order[i]. */
static const struct cohort_space *space_of(const struct planner *planner,
                                           const struct ranked *order)
{
    const struct cohort_pool *pool = planner->pool;
    struct cohort_space *space = arena_alloc(planner->arena, sizeof *space);
    struct crowd *crowds = arena_array(planner->arena, pool->crowd_count, sizeof *crowds);
    struct item_set *close = arena_array(planner->arena, pool->count, sizeof *close);
    size_t *item_of = arena_array(planner->arena, pool->count, sizeof *item_of);
    *space = (struct cohort_space){
        .count = pool->count,
        .size = planner->size,
        .two_rirs = planner->size > 2 || pool->rir_count > 1,
        .crowds = crowds,
        .crowd_count = pool->crowd_count,
        .close = close,
    };
    for (size_t item = 0; item < pool->count; item++)
        item_of[order[item].member] = item;
    for (size_t item = 0; item < pool->count; item++) {
        const struct pool_member *member = &pool->members[order[item].member];
        item_set_add(&space->by_rir[member->rir], item);
        for (size_t i = 0; i < member->close_count; i++)
            item_set_add(&close[item], item_of[pool->close[member->close_first + i]]);
        if (member->crowd == NO_CROWD) {
            item_set_add(&space->alone[member->rir], item);
        } else {
            crowds[member->crowd].rir = member->rir;
            item_set_add(&crowds[member->crowd].items, item);
        }
    }
    return space;
}

static int compare_ranks(const void *a, const void *b)
{
    size_t first = *(const size_t *)a, second = *(const size_t *)b;
    return (first > second) - (first < second);
}

static int compare_first_members(const void *a, const void *b)
{
    const struct cohort *first = a, *second = b;
    return compare_ranks(first->members, second->members);
}

/* What a search found, as cohorts of perspectives along the ranking. */
static struct cohort_plan plan_of(const struct planner *planner, const struct found *found)
{
    const struct cohort_pool *pool = planner->pool;
    size_t wanted = found->cohorts, size = planner->size, *items = planner->items;
    size_t *rank_of = arena_array(planner->arena, pool->count, sizeof *rank_of);
    struct cohort *cohorts = arena_array(planner->arena, wanted, sizeof *cohorts);
    for (size_t rank = 0; rank < pool->count; rank++)
        rank_of[planner->ranking[rank].member] = rank;
    for (size_t i = 0; i < wanted * size; i++)
        items[i] = rank_of[found->order[items[i]].member];
    for (size_t i = 0; i < wanted; i++) {
        qsort(&items[i * size], size, sizeof *items, compare_ranks);
        cohorts[i] = (struct cohort){&items[i * size], size};
    }
    qsort(cohorts, wanted, sizeof *cohorts, compare_first_members);
    for (size_t i = 0; i < wanted * size; i++)
        items[i] = pool->members[planner->ranking[items[i]].member].index;
    return (struct cohort_plan){cohorts, wanted};
}

/* Searches for `most` cohorts, and if there are none or none can be found for fewer. */
static struct found search_from(struct planner *planner, size_t most, size_t max_steps)
{
    struct found by_rank = {.order = planner->ranking}, hardest_first = {.order = NULL};
    const struct cohort_space *space = space_of(planner, by_rank.order), *second_space = NULL;
    for (size_t wanted = most; wanted > 0; wanted--) {
        by_rank.cohorts = hardest_first.cohorts = wanted;
        enum cohort_search_outcome outcome =
            cohort_search(space, wanted, max_steps, planner->items);
        if (outcome == SEARCH_FOUND)
            return by_rank;
        if (outcome == SEARCH_IMPOSSIBLE)
            continue;
        /* Another order of preference gets stuck elsewhere. */
        if (!second_space) {
            hardest_first.order = order_by_constraints(planner);
            second_space = space_of(planner, hardest_first.order);
        }
        if (cohort_search(second_space, wanted, max_steps, planner->items) == SEARCH_FOUND)
            return hardest_first;
    }
    return (struct found){0};
}

/* How many cohorts there are of a size, whatever the target: so that plans do not look for more,
 * again and again. */
static size_t most_cohorts(const struct cohort_pool *pool, size_t size)
{
    size_t known = atomic_load(&pool->most_plus_one[size]);
    if (known > 0)
        return known - 1;
    struct arena *arena = arena_new();
    struct planner planner = planner_for(pool, "", size, arena);
    size_t most = search_from(&planner, pool->count / size, LONG_SEARCH_STEPS).cohorts;
    atomic_store(&pool->most_plus_one[size], most + 1);
    arena_free(arena);
    return most;
}

struct cohort_plan cohort_plan_make(const struct cohort_pool *pool, const char *target, size_t size,
                                    struct arena *arena)
{
    if (size < 2 || size > pool->count)
        return (struct cohort_plan){0};
    size_t most = most_cohorts(pool, size);
    struct planner planner = planner_for(pool, target, size, arena);
    struct found found = search_from(&planner, most, SEARCH_STEPS);
    return plan_of(&planner, &found);
}

/* --- the pool ------------------------------------------------------------------------------ */

static bool are_close(const struct perspective_info *perspectives, const struct cohort_pool *pool,
                      size_t a, size_t b)
{
    return perspectives_are_too_close(&perspectives[pool->members[a].index],
                                      &perspectives[pool->members[b].index]);
}

static void find_close_pairs(struct cohort_pool *pool, const struct perspective_info *perspectives)
{
    size_t used = 0;
    pool->close = xcalloc(pool->count * pool->count + 1, sizeof *pool->close);
    for (size_t a = 0; a < pool->count; a++) {
        pool->members[a].close_first = used;
        for (size_t b = 0; b < pool->count; b++)
            if (a != b && are_close(perspectives, pool, a, b))
                pool->close[used++] = b;
        pool->members[a].close_count = used - pool->members[a].close_first;
    }
}

/* True if `member` is of the crowd's RIR and too close to all that are in it. */
static bool belongs_to_crowd(const struct cohort_pool *pool,
                             const struct perspective_info *perspectives, size_t member,
                             size_t crowd)
{
    for (size_t i = 0; i < pool->count; i++)
        if (pool->members[i].crowd == crowd && (pool->members[i].rir != pool->members[member].rir ||
                                                !are_close(perspectives, pool, i, member)))
            return false;
    return true;
}

/* Puts each member that is too close to another into the first crowd where it belongs. A crowd of
 * one is as good as none. */
static void find_crowds(struct cohort_pool *pool, const struct perspective_info *perspectives)
{
    for (size_t i = 0; i < pool->count; i++)
        pool->members[i].crowd = NO_CROWD;
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->members[i].close_count == 0)
            continue;
        size_t crowd = 0;
        while (!belongs_to_crowd(pool, perspectives, i, crowd))
            crowd++;
        pool->members[i].crowd = crowd;
        if (crowd == pool->crowd_count)
            pool->crowd_count++;
    }
}

/* Of all perspectives: a pool without some of them has no weaker rules. */
static size_t count_rirs(const struct perspective_info *perspectives, size_t perspective_count)
{
    bool seen[RIR_COUNT] = {[RIR_NONE] = true};
    size_t count = 0;
    for (size_t i = 0; i < perspective_count; i++) {
        count += !seen[perspectives[i].rir];
        seen[perspectives[i].rir] = true;
    }
    return count;
}

struct cohort_pool *cohort_pool_new_without(const struct perspective_info *perspectives,
                                            size_t count, struct bytes secret, const bool *left_out)
{
    assert(count <= LIMIT_PERSPECTIVES);
    struct cohort_pool *pool = xcalloc(1, sizeof *pool);
    pool->members = xcalloc(count + 1, sizeof *pool->members);
    pool->codes = xcalloc(count + 1, sizeof *pool->codes);
    for (size_t i = 0; i < count; i++) {
        if (perspectives[i].rir == RIR_NONE || (left_out && left_out[i]))
            continue;
        pool->codes[pool->count] = bytes_of(perspectives[i].code);
        pool->members[pool->count++] = (struct pool_member){.index = i, .rir = perspectives[i].rir};
    }
    find_close_pairs(pool, perspectives);
    find_crowds(pool, perspectives);
    pool->rir_count = count_rirs(perspectives, count);
    pool->key = hmac_key_new(secret);
    pool->most_plus_one = xcalloc(count + 1, sizeof *pool->most_plus_one);
    return pool;
}

struct cohort_pool *cohort_pool_new(const struct perspective_info *perspectives, size_t count,
                                    struct bytes secret)
{
    return cohort_pool_new_without(perspectives, count, secret, NULL);
}

void cohort_pool_free(struct cohort_pool *pool)
{
    if (!pool)
        return;
    hmac_key_free(pool->key);
    free(pool->most_plus_one);
    free(pool->close);
    free(pool->codes);
    free(pool->members);
    free(pool);
}
