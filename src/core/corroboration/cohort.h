/*
 * Cohorts: the sets of perspectives that may corroborate one attempt (BR 3.2.2.9).
 *
 * Each target has a ranking of the perspectives of its own, and its cohorts are formed along that
 * ranking. So the cohorts of a name are always the same; nobody without the secret can foretell
 * them, and no spelling of the name gives others; and since a perspective's place depends on no
 * other perspective, adding or removing one changes few cohorts, and those by few members.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/corroboration/perspective.h"

#include <stdbool.h>
#include <stddef.h>

/* What depends on no target: the perspectives, who is too close to whom, the secret. Any number of
 * threads may use it at once. */
struct cohort_pool;

/*
 * `perspectives` (at most LIMIT_PERSPECTIVES) are borrowed and outlive the pool; the secret is
 * copied. A perspective without a registry's region is never in a cohort.
 */
struct cohort_pool *cohort_pool_new(const struct perspective_info *perspectives, size_t count,
                                    struct bytes secret);
/*
 * The same without the perspectives for which `left_out` is true: the others keep their places in
 * every ranking, their indices, and the rules, also that of two RIRs for a size of 2 where all
 * perspectives together have two.
 */
struct cohort_pool *cohort_pool_new_without(const struct perspective_info *perspectives,
                                            size_t count, struct bytes secret,
                                            const bool *left_out);
void cohort_pool_free(struct cohort_pool *pool);

/* Indices into the perspectives of the pool, in the order of the ranking. */
struct cohort {
    const size_t *members;
    size_t count;
};

/* Disjoint, all of the size that was asked for, in the order in which attempts use them: by the
 * rank of the first member. */
struct cohort_plan {
    const struct cohort *cohorts;
    size_t count; /* may be 0 */
};

/*
 * Ranks the perspectives by HMAC-SHA-256(secret, target ‖ 0x00 ‖ code) and forms along that ranking
 * as many cohorts of `size` as can be found. In each of them no pair is too close, and there are at
 * least two RIRs (for a size of 2 only if the pool has two). Among the candidates for a cohort that
 * leave enough for the others, those of the RIR that it has fewest of come first.
 *
 * The search has a bounded number of steps. For pools of up to a dozen it has always found the
 * largest number of cohorts that is possible; for larger ones it may miss one where many are too
 * close to many. None for a size below 2. The first plan of each size takes longer than the others.
 *
 * `target` is the canonical text without "*."; the raw text of an invalid target.
 */
struct cohort_plan cohort_plan_make(const struct cohort_pool *pool, const char *target, size_t size,
                                    struct arena *arena);
