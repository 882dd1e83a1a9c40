#include "config/compliance_watch.h"

#include "core/corroboration/calendar.h"
#include "core/corroboration/cohort.h"
#include "core/method/baseline.h"

enum {
    SAMPLE_NAMES = 16, /* the ranking depends on the name; whether cohorts exist hardly does */
    DAY_S = 24 * 3600,
};

enum compliance_state compliance_watch(const struct coordinator_settings *settings, int64_t now_s,
                                       struct arena *arena, const char **text)
{
    size_t count = settings->default_perspective_count;
    const struct baseline_period *period = baseline_at(now_s);
    *text = NULL;
    if (period && count < period->min_remotes) {
        *text = arena_printf(arena,
                             "is %zu, but since %s BR 3.2.2.9 demands at least %zu remote "
                             "perspectives",
                             count, period->from_text, period->min_remotes);
        return COMPLIANCE_BROKEN;
    }
    for (const struct baseline_period *next = baseline_next(now_s); next;
         next = baseline_next(next->from_s)) {
        int64_t days = (next->from_s - now_s + DAY_S - 1) / DAY_S;
        if (days > COMPLIANCE_WARNING_DAYS)
            break;
        if (count >= next->min_remotes)
            continue;
        *text = arena_printf(arena,
                             "is %zu, but from %s on, in %lld day%s, BR 3.2.2.9 demands at least "
                             "%zu remote perspectives",
                             count, next->from_text, (long long)days, days == 1 ? "" : "s",
                             next->min_remotes);
        return COMPLIANCE_ENDS;
    }
    return COMPLIANCE_HOLDS;
}

struct strv compliance_changes(int64_t now_s, struct arena *arena)
{
    size_t count;
    const struct calendar_change *changes = calendar_changes(now_s, arena, &count);
    const char **items = arena_array(arena, count, sizeof *items);
    struct strv soon = {.items = items};
    for (size_t i = 0; i < count; i++) {
        int64_t days = (changes[i].from_s - now_s + DAY_S - 1) / DAY_S;
        if (!changes[i].is_period && days <= COMPLIANCE_WARNING_DAYS)
            items[soon.count++] =
                arena_printf(arena, "from %s on, in %lld day%s: %s", changes[i].from_text,
                             (long long)days, days == 1 ? "" : "s", changes[i].text);
    }
    soon.present = soon.count > 0;
    return soon;
}

struct cohort_range compliance_cohorts(const struct coordinator_settings *settings, size_t size,
                                       struct arena *arena)
{
    struct cohort_pool *pool =
        cohort_pool_new(settings->perspectives, settings->perspective_count, settings->secret);
    struct cohort_range range = {.least = SIZE_MAX};
    for (unsigned i = 0; i < SAMPLE_NAMES; i++) {
        const char *target = arena_printf(arena, "sample-%u.example", i);
        size_t count = cohort_plan_make(pool, target, size, arena).count;
        range.least = count < range.least ? count : range.least;
        range.most = count > range.most ? count : range.most;
    }
    cohort_pool_free(pool);
    return range;
}
