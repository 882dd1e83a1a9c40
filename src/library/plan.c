#include "library/library.h"

#include "base/mem.h"
#include "core/corroboration/cohort_choice.h"
#include "core/names/target.h"

#include <stdlib.h>

struct mpic_plan {
    struct arena *arena;
    const struct mpic_coordinator *coordinator;
    struct cohort_plan plan;
    size_t size;
};

struct mpic_plan *mpic_plan_new(const struct mpic_coordinator *coordinator,
                                const char *domain_or_ip_target, size_t perspective_count,
                                struct mpic_error **error)
{
    if (!coordinator || !domain_or_ip_target) {
        error_set(error, MPIC_ERROR_MISUSE, "coordinator or domain_or_ip_target is NULL");
        return NULL;
    }
    size_t size =
        perspective_count ? perspective_count : coordinator->settings.default_perspective_count;
    if (size < 2 || size > coordinator->settings.perspective_count) {
        error_set(error, MPIC_ERROR_MISUSE, "perspective_count is not 2 to %zu",
                  coordinator->settings.perspective_count);
        return NULL;
    }
    struct target target;
    struct err ignored; /* an unusable name has cohorts as well: of its text */
    bool is_usable = target_parse(domain_or_ip_target, &target, &ignored);
    struct mpic_plan *made = xcalloc(1, sizeof *made);
    made->arena = arena_new();
    made->coordinator = coordinator;
    made->size = size;
    made->plan = cohort_plan_make(
        coordinator->pool, is_usable ? target.canonical : domain_or_ip_target, size, made->arena);
    return made;
}

size_t mpic_plan_cohort_count(const struct mpic_plan *plan)
{
    return plan ? plan->plan.count : 0;
}

size_t mpic_plan_cohort_size(const struct mpic_plan *plan)
{
    return plan ? plan->size : 0;
}

const char *mpic_plan_member(const struct mpic_plan *plan, size_t cohort, size_t member)
{
    if (!plan || cohort >= plan->plan.count || member >= plan->plan.cohorts[cohort].count)
        return NULL;
    size_t index = plan->plan.cohorts[cohort].members[member];
    return plan->coordinator->settings.perspectives[index].code;
}

void mpic_plan_free(struct mpic_plan *plan)
{
    if (!plan)
        return;
    arena_free(plan->arena);
    free(plan);
}
