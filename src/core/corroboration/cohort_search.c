#include "core/corroboration/cohort_search.h"

#define WORDS (LIMIT_PERSPECTIVES / 64)

/* --- sets of items ------------------------------------------------------------------------- */

void item_set_add(struct item_set *set, size_t item)
{
    set->words[item / 64] |= UINT64_C(1) << item % 64;
}

bool item_set_has(const struct item_set *set, size_t item)
{
    return set->words[item / 64] >> item % 64 & 1;
}

static void item_set_remove(struct item_set *set, size_t item)
{
    set->words[item / 64] &= ~(UINT64_C(1) << item % 64);
}

static void item_set_subtract(struct item_set *set, const struct item_set *other)
{
    for (size_t i = 0; i < WORDS; i++)
        set->words[i] &= ~other->words[i];
}

static size_t item_set_count(const struct item_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < WORDS; i++)
        count += (size_t)__builtin_popcountll(set->words[i]);
    return count;
}

/* How many items both have. */
static size_t common_count(const struct item_set *a, const struct item_set *b)
{
    size_t count = 0;
    for (size_t i = 0; i < WORDS; i++)
        count += (size_t)__builtin_popcountll(a->words[i] & b->words[i]);
    return count;
}

/* The lowest item that both have, or `none`. */
static size_t first_common(const struct item_set *a, const struct item_set *b, size_t none)
{
    for (size_t i = 0; i < WORDS; i++)
        if (a->words[i] & b->words[i])
            return i * 64 + (size_t)__builtin_ctzll(a->words[i] & b->words[i]);
    return none;
}

/* --- the search ---------------------------------------------------------------------------- */

struct search {
    const struct cohort_space *space;
    size_t wanted;
    size_t steps_left;
    size_t *members;
};

/* One cohort under way, some before it, some to come. */
struct node {
    struct item_set left; /* in no cohort, and not passed over for good */
    struct item_set open; /* of those, the ones that may still join the cohort under way */
    size_t taken[RIR_COUNT];
    size_t count;   /* members of the cohort under way */
    size_t later;   /* cohorts to come after it */
    size_t surplus; /* `left` has at least so many items more than the later cohorts need */
};

static size_t most_of_one_rir(const struct cohort_space *space)
{
    return space->two_rirs ? space->size - 1 : space->size;
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * An upper bound for the number of items that fit into `later` cohorts and, with `node`, into the
 * rest of the one under way: of each crowd one in each cohort, of each RIR all but one member.
 */
static size_t usable(const struct cohort_space *space, const struct item_set *left, size_t later,
                     const struct node *node)
{
    size_t per_rir[RIR_COUNT] = {0}, sum = 0;
    for (size_t i = 0; i < space->crowd_count; i++) {
        const struct crowd *crowd = &space->crowds[i];
        size_t cohorts = later;
        if (node && common_count(&node->open, &crowd->items) > 0)
            cohorts++;
        per_rir[crowd->rir] += min_size(common_count(left, &crowd->items), cohorts);
    }
    for (size_t rir = RIR_NONE + 1; rir < RIR_COUNT; rir++) {
        const struct item_set *alone = &space->alone[rir];
        if (later > 0)
            per_rir[rir] += common_count(left, alone);
        else if (node)
            per_rir[rir] += common_count(&node->open, alone);
        size_t most = later * most_of_one_rir(space);
        if (node)
            most += most_of_one_rir(space) - node->taken[rir];
        sum += min_size(per_rir[rir], most);
    }
    return sum;
}

/* False if the cohort under way, or one of those after it, cannot become full. */
static bool can_finish(const struct cohort_space *space, const struct node *node)
{
    size_t missing = space->size - node->count;
    if (item_set_count(&node->open) < missing)
        return false;
    if (node->surplus >= missing)
        return true;
    /* The second count tells nearly all; without the first, large pools take ten times as long. */
    size_t later_need = node->later * space->size;
    return usable(space, &node->left, node->later, NULL) >= later_need &&
           usable(space, &node->left, node->later, node) >= later_need + missing;
}

/* The candidate to try next, or space->count if there is none. */
static size_t preferred(const struct cohort_space *space, const struct node *node)
{
    size_t best = space->count, best_taken = 0;
    for (size_t rir = RIR_NONE + 1; rir < RIR_COUNT; rir++) {
        size_t taken = node->taken[rir];
        if (taken >= most_of_one_rir(space))
            continue;
        size_t item = first_common(&node->open, &space->by_rir[rir], space->count);
        if (item == space->count)
            continue;
        if (best == space->count || taken < best_taken || (taken == best_taken && item < best)) {
            best = item;
            best_taken = taken;
        }
    }
    return best;
}

static enum rir rir_of(const struct cohort_space *space, size_t item)
{
    enum rir rir = RIR_NONE + 1;
    while (!item_set_has(&space->by_rir[rir], item))
        rir++;
    return rir;
}

static struct node begin_cohort(const struct cohort_space *space, const struct item_set *left,
                                size_t later)
{
    size_t need = later * space->size;
    size_t most = usable(space, left, later, NULL);
    return (struct node){
        .left = *left, .open = *left, .later = later, .surplus = most > need ? most - need : 0};
}

static struct node with_member(const struct cohort_space *space, const struct node *node,
                               size_t item)
{
    struct node next = *node;
    item_set_remove(&next.left, item);
    item_set_remove(&next.open, item);
    item_set_subtract(&next.open, &space->close[item]);
    next.taken[rir_of(space, item)]++;
    next.count++;
    next.surplus -= next.surplus > 0;
    return next;
}

/* Completes the cohort under way and forms all after it; false if that is impossible, or if no step
 * is left. */
static bool complete(struct search *search, struct node node)
{
    const struct cohort_space *space = search->space;
    if (node.count == space->size) {
        if (node.later == 0)
            return true;
        return complete(search, begin_cohort(space, &node.left, node.later - 1));
    }
    size_t place = (search->wanted - 1 - node.later) * space->size + node.count;
    while (search->steps_left > 0 && can_finish(space, &node)) {
        size_t item = preferred(space, &node);
        if (item == space->count)
            return false;
        search->steps_left--;
        search->members[place] = item;
        if (complete(search, with_member(space, &node, item)))
            return true;
        /* From here on without it. The lowest number left begins a cohort or is in none, so that
           no set of cohorts is tried in two orders. */
        item_set_remove(&node.open, item);
        if (node.count == 0) {
            item_set_remove(&node.left, item);
            node.surplus -= node.surplus > 0;
        }
    }
    return false;
}

enum cohort_search_outcome cohort_search(const struct cohort_space *space, size_t wanted,
                                         size_t max_steps, size_t *members)
{
    struct search search = {space, wanted, max_steps, members};
    struct item_set all = {{0}};
    for (size_t i = 0; i < space->count; i++)
        item_set_add(&all, i);
    if (complete(&search, begin_cohort(space, &all, wanted - 1)))
        return SEARCH_FOUND;
    return search.steps_left > 0 ? SEARCH_IMPOSSIBLE : SEARCH_GAVE_UP;
}
