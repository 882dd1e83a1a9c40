#include "core/corroboration/calendar.h"

#include "base/str.h"
#include "core/method/baseline.h"

enum { CHANGES_MAX = 32 };

struct changes {
    int64_t time_s;
    struct arena *arena;
    struct calendar_change *items;
    size_t count;
};

static bool is_to_come(const struct changes *changes, const char *date)
{
    int64_t from_s;
    return date && baseline_parse_date(date, &from_s) && from_s > changes->time_s &&
           changes->count < CHANGES_MAX;
}

/* Keeps the order of days; those of one day stay in the order in which they come. */
static void add(struct changes *changes, struct calendar_change change)
{
    if (!baseline_parse_date(change.from_text, &change.from_s))
        return;
    size_t at = changes->count++;
    for (; at > 0 && changes->items[at - 1].from_s > change.from_s; at--)
        changes->items[at] = changes->items[at - 1];
    changes->items[at] = change;
}

static void add_periods(struct changes *changes)
{
    for (const struct baseline_period *next = baseline_next(changes->time_s); next;
         next = baseline_next(next->from_s))
        if (is_to_come(changes, next->from_text))
            add(changes,
                (struct calendar_change){
                    .from_text = next->from_text,
                    .text = arena_printf(
                        changes->arena,
                        "at least %zu remote perspectives of two RIR regions are demanded (BR "
                        "3.2.2.9)",
                        next->min_remotes),
                    .is_period = true});
}

/* "a (BR 3.2.2.4.16), b (BR 3.2.2.4.17)": what ends on `date`. */
static const char *methods_that_end(const struct changes *changes, const char *date)
{
    const char *list = "";
    for (int i = DCV_NONE + 1; i < DCV_METHOD_COUNT; i++) {
        enum dcv_method method = (enum dcv_method)i;
        const char *end = baseline_method(method)->must_not_from;
        if (end && str_eq(end, date))
            list = arena_printf(changes->arena, "%s%s%s (BR %s)", list, *list ? ", " : "",
                                method_get(method)->name, baseline_method_clause(method, false));
    }
    return list;
}

/* Methods that end on one day are told together, with the first of them. */
static bool ends_with_an_earlier_one(enum dcv_method method)
{
    const char *date = baseline_method(method)->must_not_from;
    for (int i = DCV_NONE + 1; i < (int)method; i++) {
        const char *other = baseline_method((enum dcv_method)i)->must_not_from;
        if (other && str_eq(other, date))
            return true;
    }
    return false;
}

static void add_methods(struct changes *changes)
{
    for (int i = DCV_NONE + 1; i < DCV_METHOD_COUNT; i++) {
        enum dcv_method method = (enum dcv_method)i;
        const char *date = baseline_method(method)->must_not_from;
        if (!is_to_come(changes, date) || ends_with_an_earlier_one(method))
            continue;
        add(changes,
            (struct calendar_change){
                .from_text = date,
                .text = arena_printf(
                    changes->arena,
                    "must not be relied on, and validations made before by them must not be "
                    "used: %s",
                    methods_that_end(changes, date))});
    }
}

static void add_reuse(struct changes *changes)
{
    for (const struct baseline_reuse *next = baseline_reuse_next(changes->time_s); next;
         next = baseline_reuse_next(next->from_s))
        if (is_to_come(changes, next->from_text))
            add(changes,
                (struct calendar_change){
                    .from_text = next->from_text,
                    .text = arena_printf(
                        changes->arena,
                        "a validation may be reused for %u days (BR 4.2.1), and a certificate "
                        "is valid for %u days at most (BR 6.3.2)",
                        next->reuse_days, next->certificate_days)});
}

const struct calendar_change *calendar_changes(int64_t time_s, struct arena *arena, size_t *count)
{
    struct changes changes = {.time_s = time_s,
                              .arena = arena,
                              .items =
                                  arena_array(arena, CHANGES_MAX, sizeof(struct calendar_change))};
    add_periods(&changes);
    add_methods(&changes);
    if (is_to_come(&changes, BASELINE_RFC8657_FROM))
        add(&changes,
            (struct calendar_change){
                .from_text = BASELINE_RFC8657_FROM,
                .text =
                    "accounturi and validationmethods in CAA records must be processed: send account_uris "
                    "and the method with each CAA request (BR 4.2.2.1.2)"});
    add_reuse(&changes);
    *count = changes.count;
    return changes.items;
}
