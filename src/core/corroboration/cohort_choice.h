/*
 * The cohorts that one request may use: by its size, and by whom its coordinator leaves out. The same for checks and
 * for observations. Pure.
 */
#pragma once

#include "core/corroboration/cohort.h"
#include "core/corroboration/mpic.h"

struct cohort_pools {
    const struct cohort_pool *all;
    const struct cohort_pool *healthy; /* without those that are left out; NULL: nobody is */
};

struct cohort_wish {
    const char *seed; /* the name that the cohorts are of: the target of cohort_plan_make() */
    size_t size;
    const struct orchestration *asked;
};

struct cohort_choice {
    enum cohort_choice_kind {
        COHORT_CHOSEN,
        COHORT_REFUSED, /* the request asks for what there is not: an issue was added */
        COHORT_MISSING, /* there is none of the configured size: `error_text` */
    } kind;
    struct cohort_plan plan;
    const char *error_text;
};

/*
 * Cohorts of the perspectives that are not left out, where they have one of that size, else of all. A request that
 * names a cohort by its number gets it from all, so that the number means the same on every day.
 */
struct cohort_choice cohort_choose(const struct cohort_pools *pools, const struct cohort_wish *wish,
                                   struct arena *arena, struct rule_issues *issues);
/* Whom an attempt asks, counted from 0: the cohorts take turns, unless the request names one. For COHORT_CHOSEN. */
const struct cohort *cohort_of_attempt(const struct cohort_choice *choice,
                                       const struct orchestration *asked, size_t attempt);
