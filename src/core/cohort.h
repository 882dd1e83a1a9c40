/*
 * Cohorts: the sets of perspectives that may corroborate one attempt (BR 3.2.2.9, validation rule
 * Q10). Deterministic for the canonical target, unpredictable without the secret, stable when a
 * perspective is added or removed.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/perspective.h"

#include <stddef.h>

/* Indices into the perspectives that were given. */
struct cohort {
    const size_t *members;
    size_t count;
};

struct cohort_plan {
    const struct cohort
        *cohorts; /* disjoint, in the order in which attempts use them; may be none */
    size_t count;
};

struct cohort_request {
    const struct perspective_info *perspectives;
    size_t perspective_count;
    size_t size; /* of each cohort */
    struct bytes secret;
    const char *target; /* canonical, without "*."; the raw text of an invalid target */
};

/*
 * Ranks the perspectives by HMAC-SHA-256(secret, target ‖ 0x00 ‖ code) and forms along that ranking
 * disjoint cohorts of `size`, as many as can be found: at least 2 RIRs each for size >= 3 (for size
 * 2: two if there are), RIRs as varied as possible, and no pair too close.
 */
struct cohort_plan cohort_plan_make(const struct cohort_request *request, struct arena *arena);
