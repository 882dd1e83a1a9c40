#include "config/parts.h"

#include "config/compliance_watch.h"

static const char count_path[] = "coordinator.default_perspective_count";

static bool perspectives_are_complete(const struct coordinator_settings *settings)
{
    for (size_t i = 0; i < settings->perspective_count; i++)
        if (!settings->perspectives[i].code || settings->perspectives[i].rir == RIR_NONE)
            return false;
    return true;
}

/* False if the count cannot be judged any further. */
static bool check_count(const struct config_reading *r)
{
    const struct coordinator_settings *settings = &r->config->coordinator;
    size_t known = settings->perspective_count;
    if (!yaml_find(r->root, "coordinator.perspectives"))
        return false; /* said already */
    if (known < 2)
        config_mistake(r, "coordinator.perspectives",
                       "has %zu entr%s; corroboration needs at least 2 perspectives, add some",
                       known, known == 1 ? "y" : "ies");
    else if (settings->default_perspective_count > known)
        config_mistake(r, count_path,
                       "is %zu, but there are %zu perspectives; lower it, or add %zu",
                       settings->default_perspective_count, known,
                       settings->default_perspective_count - known);
    else
        return true;
    return false;
}

static void check_cohorts(const struct config_reading *r)
{
    const struct coordinator_settings *settings = &r->config->coordinator;
    size_t size = settings->default_perspective_count;
    if (!perspectives_are_complete(settings) ||
        compliance_cohorts(settings, size, r->arena).least > 0)
        return;
    config_mistake(r, count_path,
                   "is %zu, but of the %zu perspectives no %zu are 500 km apart from each other "
                   "and in at least two RIR regions (BR 3.2.2.9); add perspectives, or lower it",
                   size, settings->perspective_count, size);
}

static void check_calendar(const struct config_reading *r)
{
    const struct coordinator_settings *settings = &r->config->coordinator;
    const char *text;
    enum compliance_state state = compliance_watch(settings, r->source->now_s, r->arena, &text);
    if (state == COMPLIANCE_HOLDS || settings->baseline == BASELINE_OFF)
        return;
    if (state == COMPLIANCE_ENDS)
        config_warning(r, count_path, "%s; raise it before", text);
    else if (settings->baseline == BASELINE_ENFORCE)
        config_mistake(r, count_path,
                       "%s; raise it, or set coordinator.baseline: warn where no "
                       "certificates are issued",
                       text);
    else
        config_warning(r, count_path, "%s; raise it", text);
}

void config_check_baseline(const struct config_reading *r)
{
    if (check_count(r))
        check_cohorts(r);
    check_calendar(r);
}
