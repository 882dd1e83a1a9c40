#include "core/corroboration/health.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

/* One in so many may be left out. */
enum { LEFT_OUT_SHARE = 3 };

struct health {
    struct health_settings settings;
    struct health_entry *entries;
    size_t left_out_count;
};

const char *health_state_str(enum health_state state)
{
    static const char *const names[HEALTH_STATE_COUNT] = {"healthy", "failing", "left_out"};
    return names[state];
}

struct health *health_new(const struct health_settings *settings)
{
    struct health *health = xcalloc(1, sizeof *health);
    health->settings = *settings;
    health->entries = xcalloc(settings->perspective_count + 1, sizeof *health->entries);
    return health;
}

void health_free(struct health *health)
{
    if (!health)
        return;
    free(health->entries);
    free(health);
}

static struct health_entry *entry_of(const struct health *health, size_t index)
{
    assert(index < health->settings.perspective_count);
    return &health->entries[index];
}

const struct health_entry *health_get(const struct health *health, size_t index)
{
    return entry_of(health, index);
}

size_t health_count(const struct health *health)
{
    return health->settings.perspective_count;
}

size_t health_left_out_count(const struct health *health)
{
    return health->left_out_count;
}

size_t health_most_left_out(const struct health_settings *settings)
{
    size_t remaining = settings->default_perspective_count + 1;
    if (settings->perspective_count <= remaining)
        return 0;
    size_t spare = settings->perspective_count - remaining;
    size_t share = settings->perspective_count / LEFT_OUT_SHARE;
    return spare < share ? spare : share;
}

static bool enter(struct health *health, struct health_entry *entry, enum health_state state)
{
    if (entry->state == state)
        return false;
    health->left_out_count -= entry->state == HEALTH_LEFT_OUT;
    health->left_out_count += state == HEALTH_LEFT_OUT;
    entry->state = state;
    return true;
}

bool health_on_answer(struct health *health, size_t index, int64_t now_ns)
{
    struct health_entry *entry = entry_of(health, index);
    entry->consecutive_failures = 0;
    entry->suspicions = 0;
    entry->last_answer_ns = OPT_INT(now_ns);
    return enter(health, entry, HEALTH_HEALTHY);
}

bool health_on_check_failure(struct health *health, size_t index)
{
    struct health_entry *entry = entry_of(health, index);
    unsigned limit = health->settings.failures_before_leaving_out;
    entry->consecutive_failures++;
    if (limit == 0 || entry->state != HEALTH_HEALTHY || entry->consecutive_failures < limit)
        return false;
    return enter(health, entry, HEALTH_FAILING);
}

bool health_on_suspicion(struct health *health, size_t index)
{
    struct health_entry *entry = entry_of(health, index);
    unsigned limit = health->settings.failures_before_leaving_out;
    entry->suspicions++;
    return limit > 0 && entry->state == HEALTH_HEALTHY && entry->suspicions >= limit;
}

bool health_on_probe_failure(struct health *health, size_t index)
{
    struct health_entry *entry = entry_of(health, index);
    entry->consecutive_failures++;
    if (entry->state == HEALTH_HEALTHY)
        /* Without a suspicion: it was on its way when a check was answered. */
        return entry->suspicions > 0 && enter(health, entry, HEALTH_FAILING);
    if (entry->state != HEALTH_FAILING ||
        health->left_out_count >= health_most_left_out(&health->settings))
        return false;
    return enter(health, entry, HEALTH_LEFT_OUT);
}

bool health_on_comparison(struct health *health, size_t index, bool agrees)
{
    struct health_entry *entry = entry_of(health, index);
    entry->disagreements -= entry->disagreed[entry->next];
    entry->disagreements += !agrees;
    entry->disagreed[entry->next] = !agrees;
    entry->next = (entry->next + 1) % HEALTH_WINDOW;
    bool was_conspicuous = entry->is_conspicuous;
    if (entry->disagreements > HEALTH_DISAGREEMENTS_TOLERATED)
        entry->is_conspicuous = true;
    else if (entry->disagreements <= HEALTH_DISAGREEMENTS_CALM)
        entry->is_conspicuous = false;
    return entry->is_conspicuous != was_conspicuous;
}
