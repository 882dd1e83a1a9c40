#include "core/corroboration/cohort_choice.h"

static struct cohort_plan make_plan(const struct cohort_pools *pools,
                                    const struct cohort_wish *wish, struct arena *arena)
{
    if (pools->healthy && !wish->asked->cohort_for_single_attempt.present) {
        struct cohort_plan plan = cohort_plan_make(pools->healthy, wish->seed, wish->size, arena);
        if (plan.count > 0)
            return plan;
    }
    return cohort_plan_make(pools->all, wish->seed, wish->size, arena);
}

struct cohort_choice cohort_choose(const struct cohort_pools *pools, const struct cohort_wish *wish,
                                   struct arena *arena, struct rule_issues *issues)
{
    static const char none[] = "The coordinator could not construct a cohort of size %zu";
    const struct opt_int *number = &wish->asked->cohort_for_single_attempt;
    struct cohort_choice choice = {COHORT_CHOSEN, make_plan(pools, wish, arena), NULL};
    if (choice.plan.count == 0 && !wish->asked->perspective_count.present) {
        choice.kind = COHORT_MISSING;
        choice.error_text = arena_printf(arena, none, wish->size);
    } else if (choice.plan.count == 0) {
        choice.kind = COHORT_REFUSED;
        rule_issue_add(issues, arena, "no-cohort-of-size", none, wish->size);
    } else if (number->present &&
               (number->value < 1 || (uint64_t)number->value > choice.plan.count)) {
        choice.kind = COHORT_REFUSED;
        rule_issue_add(
            issues, arena, "invalid-cohort-number",
            "The coordinator could not select cohort number %lld from available cohorts. "
            "There are %zu for this target",
            (long long)number->value, choice.plan.count);
    }
    return choice;
}

const struct cohort *cohort_of_attempt(const struct cohort_choice *choice,
                                       const struct orchestration *asked, size_t attempt)
{
    const struct opt_int *number = &asked->cohort_for_single_attempt;
    size_t index = number->present ? (size_t)number->value - 1 : attempt % choice->plan.count;
    return &choice->plan.cohorts[index];
}
