/*
 * The search behind core/corroboration/cohort.h: cohorts out of numbered items, of which a lower number is
 * preferred. Knows no names, keys or places.
 */
#pragma once

#include "base/limits.h"
#include "core/corroboration/perspective.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item_set {
    uint64_t words[LIMIT_PERSPECTIVES / 64];
};

void item_set_add(struct item_set *set, size_t item);
bool item_set_has(const struct item_set *set, size_t item);

/* Two items or more of one RIR that are too close to each other, each to each: a cohort has at most
 * one of them. */
struct crowd {
    enum rir rir;
    struct item_set items;
};

struct cohort_space {
    size_t count;                      /* items 0 to count - 1 */
    size_t size;                       /* of each cohort, 2 or more */
    bool two_rirs;                     /* each cohort must have two */
    struct item_set by_rir[RIR_COUNT]; /* every item is in one of them; none in RIR_NONE */
    struct item_set alone[RIR_COUNT];  /* the items that are in no crowd */
    const struct crowd *crowds;        /* disjoint */
    size_t crowd_count;
    const struct item_set *close; /* per item: those that are too close to it; symmetrical */
};

enum cohort_search_outcome {
    SEARCH_FOUND,
    SEARCH_IMPOSSIBLE, /* there are no `wanted` cohorts */
    SEARCH_GAVE_UP,    /* none found within `max_steps` */
};

/*
 * Looks for `wanted` (1 or more) disjoint cohorts. `members` has room for `wanted` times `size`
 * items: cohort after cohort, each beginning with its lowest number.
 *
 * Depth first, with this order of preference: a cohort begins with the lowest number left; its next
 * member is of the RIR that it has fewest of, and there the lowest number. A choice that leaves too
 * little for the cohorts to come is not followed: how many they can use at most is counted from the
 * RIRs and the crowds. Where crowds do not cross RIRs and cover every close pair the count is
 * nearly exact, and the search hardly ever goes back.
 */
enum cohort_search_outcome cohort_search(const struct cohort_space *space, size_t wanted,
                                         size_t max_steps, size_t *members);
