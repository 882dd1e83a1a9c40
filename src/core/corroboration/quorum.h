/*
 * The decision over one attempt (BR 3.2.2.9): how many perspectives corroborate, whether that is
 * enough, and whether they stand in enough regions. Corroborations of earlier attempts never count:
 * they are not among the entries.
 */
#pragma once

#include "core/corroboration/perspective.h"
#include "core/method/baseline.h"
#include "core/method/check.h"

#include <stdbool.h>
#include <stddef.h>

/* n less the non-corroborations that BR 3.2.2.9 allows: n - 1 for 2 to 5, n - 2 from 6 on. */
size_t quorum_default(size_t perspective_count);
/* From quorum_default() to n, for n >= 2; in every mode. */
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
    bool is_valid; /* never without mpic_completed */
    bool mpic_completed;
    size_t corroborating;
    size_t completed;
    bool rirs[RIR_COUNT]; /* of the corroborating ones */
    size_t rir_count;
    bool rir_rule_broken; /* enough corroborate, but from too few RIRs */
};

/*
 * True if `result` is a completed pass of the asked type and method that took account of all that
 * the request asked for. A peer that knows less than we do overlooks properties that are unknown to
 * it, and would say yes where a restriction says no: RFC 8657 inputs need `reason`, and a
 * persistent record that must allow wildcards needs `record.matched_record`. A CAA check must have
 * looked, and after a failed lookup it needs `caa.lookup_failure_accepted` and a name that is proven
 * Insecure (BR 4.2.2.1).
 */
bool result_corroborates(const struct check_request *request, const struct check_result *result);

/*
 * Valid is: an allowed quorum, reached, and the corroborating perspectives span two RIRs. For three
 * perspectives and more the RIR rule holds on every day and in every mode; for two it holds if
 * `period` demands it, and then `warn` and `off` only note the breach. `enforce` also demands as
 * many perspectives as `period` does. What else `enforce` demands of a response is in
 * core/corroboration/compliance.h.
 */
struct quorum_decision quorum_decide(const struct quorum_entry *entries, size_t count,
                                     const struct quorum_rules *rules);
