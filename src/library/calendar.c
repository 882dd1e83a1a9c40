#include "library/library.h"

#include "base/mem.h"
#include "core/corroboration/calendar.h"
#include "core/corroboration/quorum.h"
#include "core/method/baseline.h"
#include "core/method/check.h"

#include <stdlib.h>

struct mpic_calendar {
    struct arena *arena;
    int64_t time_s;
    const struct calendar_change *changes;
    size_t change_count;
};

struct mpic_calendar *mpic_calendar_new(int64_t wall_s)
{
    struct mpic_calendar *made = xcalloc(1, sizeof *made);
    made->arena = arena_new();
    made->time_s = wall_s;
    made->changes = calendar_changes(wall_s, made->arena, &made->change_count);
    return made;
}

void mpic_calendar_free(struct mpic_calendar *calendar)
{
    if (!calendar)
        return;
    arena_free(calendar->arena);
    free(calendar);
}

const char *mpic_calendar_br_version(const struct mpic_calendar *calendar)
{
    return calendar ? baseline_version_at(calendar->time_s) : NULL;
}

size_t mpic_calendar_min_perspectives(const struct mpic_calendar *calendar)
{
    const struct baseline_period *period = calendar ? baseline_at(calendar->time_s) : NULL;
    return period ? period->min_remotes : 0;
}

unsigned mpic_calendar_reuse_days(const struct mpic_calendar *calendar)
{
    return calendar ? baseline_reuse_at(calendar->time_s)->reuse_days : 0;
}

enum mpic_method_status mpic_calendar_method_status(const struct mpic_calendar *calendar,
                                                    const char *validation_method)
{
    enum dcv_method method;
    if (!calendar || !validation_method || !dcv_method_parse(validation_method, &method))
        return MPIC_METHOD_UNKNOWN;
    switch (baseline_method_status(method, calendar->time_s)) {
    case METHOD_ALLOWED:
        return MPIC_METHOD_ALLOWED;
    case METHOD_SHOULD_NOT:
        return MPIC_METHOD_SHOULD_NOT;
    case METHOD_MUST_NOT:
        break;
    }
    return MPIC_METHOD_MUST_NOT;
}

size_t mpic_calendar_change_count(const struct mpic_calendar *calendar)
{
    return calendar ? calendar->change_count : 0;
}

const char *mpic_calendar_change_date(const struct mpic_calendar *calendar, size_t change)
{
    return change < mpic_calendar_change_count(calendar) ? calendar->changes[change].from_text
                                                         : NULL;
}

const char *mpic_calendar_change_text(const struct mpic_calendar *calendar, size_t change)
{
    return change < mpic_calendar_change_count(calendar) ? calendar->changes[change].text : NULL;
}

size_t mpic_quorum_required(size_t perspectives)
{
    return perspectives < 2 ? 0 : quorum_default(perspectives);
}
