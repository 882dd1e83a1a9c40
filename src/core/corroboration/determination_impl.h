/* What the files of a determination share. Private to them. */
#pragma once

#include "core/corroboration/determination.h"

#define NEVER UINT64_MAX

/* One attempt: what is told of it, and what goes on in it. */
struct stage {
    struct determination_attempt told;
    struct attempt_run run;
};

struct determination {
    struct determination_setup setup;
    struct moment now;
    struct rules_env rules;
    struct rule_issues issues;
    struct effective_orchestration effective;
    struct target target;
    bool target_is_valid;
    const char *target_problem;
    struct cohort_choice choice;
    uint64_t deadline_ms;     /* of all attempts together */
    struct attempt *attempts; /* effective.max_attempts of them, as of their stages */
    struct stage *stages;
    size_t attempt_count;
    size_t next_to_ask; /* a member of the last attempt */
    struct attempt_member *first_abandoned, *last_abandoned;
    struct quorum_entry *entries;       /* of the last attempt */
    struct perspective_result *primary; /* asked until it could tell; NULL: none */
    struct mpic_response response;
    struct mpic_outcome outcome;
    bool is_over;
};

static inline const struct check_request *check_of(const struct determination *d)
{
    return &d->setup.request->check;
}

static inline const struct orchestration *asked_of(const struct determination *d)
{
    return &d->setup.request->orchestration;
}

static inline struct stage *last_stage(const struct determination *d)
{
    return &d->stages[d->attempt_count - 1];
}

static inline uint64_t later(uint64_t ms, uint64_t by_ms)
{
    return ms > NEVER - by_ms ? NEVER : ms + by_ms;
}

/* All members of the last attempt have answered, or are given up. */
void determination_end_attempt(struct determination *d);
/* No missing answer can change whether the last attempt is valid. */
bool determination_is_certain(const struct determination *d);
