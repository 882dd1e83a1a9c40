/* The decision over one attempt (BR 3.2.2.9, validation rules Q1, Q7, Q8). */
#pragma once

#include "core/baseline.h"
#include "core/check.h"
#include "core/perspective.h"

#include <stdbool.h>
#include <stddef.h>

/* n - 1 for n <= 5, n - 2 above (Q7). */
size_t quorum_default(size_t perspective_count);
bool quorum_is_allowed(size_t perspective_count, int64_t quorum);

/* One perspective of the attempt and what came from it. */
struct quorum_entry {
    enum rir rir;
    const struct check_result *result;
};

struct quorum_rules {
    const struct check_request *request;
    size_t quorum;
    enum baseline_mode mode;
    const struct baseline_period *period; /* in force at the start of the request; may be NULL */
};

struct quorum_decision {
    bool is_valid;
    bool mpic_completed;
    size_t corroborating;
    size_t completed;
    bool rirs[RIR_COUNT]; /* of the corroborating ones */
    size_t rir_count;
    bool rir_rule_broken; /* enough corroborate, but from too few RIRs */
};

/* Only a completed pass of the asked type and method counts (Q1). */
bool result_corroborates(const struct check_request *request, const struct check_result *result);
struct quorum_decision quorum_decide(const struct quorum_entry *entries, size_t count,
                                     const struct quorum_rules *rules);
