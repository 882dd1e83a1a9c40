#include "client/plan_show.h"

#include "base/str.h"
#include "config/compliance_watch.h"
#include "core/corroboration/calendar.h"
#include "core/corroboration/quorum.h"
#include "core/method/baseline.h"

#include <math.h>

enum { YEAR_S = 366 * 24 * 3600, SHOWN_BYTES = 300 };

static const char *shown(struct arena *arena, const char *text)
{
    return text ? str_report(arena, bytes_of(text), SHOWN_BYTES) : "";
}

/* --- the perspectives ------------------------------------------------------------------------ */

static const char *place_of(const struct perspective_info *info, struct arena *arena)
{
    if (info->has_coordinates)
        return arena_printf(arena, "%7.2f, %7.2f", info->latitude, info->longitude);
    return perspective_has_place(info) ? "by too_close_codes" : "unknown";
}

static void put_perspectives(const struct plan *plan, struct arena *arena, struct buf *out)
{
    const struct coordinator_settings *settings = &plan->config->coordinator;
    buf_printf(out, "%s: %zu perspectives, %zu by default\n\n", shown(arena, plan->config->file),
               settings->perspective_count, settings->default_perspective_count);
    buf_printf(out, "  %3s %-20s %-9s %-18s %s\n", "", "CODE", "RIR", "PLACE", "NAME");
    for (size_t i = 0; i < settings->perspective_count; i++) {
        const struct perspective_info *info = &settings->perspectives[i];
        buf_printf(out, "  %3zu %-20s %-9s %-18s %s\n", i + 1, shown(arena, info->code),
                   rir_str(info->rir), place_of(info, arena), shown(arena, info->name));
    }
    if (settings->has_primary)
        buf_printf(out, "  %3s %-20s %-9s %-18s %s\n", "", shown(arena, settings->primary.code),
                   "-", place_of(&settings->primary, arena),
                   "the Primary Network Perspective; it is in no cohort");
}

/* --- the distances --------------------------------------------------------------------------- */

static bool has_distance(const struct perspective_info *a, const struct perspective_info *b)
{
    return a->has_coordinates && b->has_coordinates;
}

static void put_distance(const struct perspective_info *a, const struct perspective_info *b,
                         struct arena *arena, struct buf *out)
{
    const char *km = has_distance(a, b)
                         ? arena_printf(arena, "%.0f", floor(perspective_distance_km(a, b)))
                     : perspectives_distance_is_unknown(a, b) ? "?"
                                                              : "-";
    buf_printf(out, "%6s%s", km, perspectives_are_too_close(a, b) ? "*" : " ");
}

static const char *declared_by(const struct perspective_info *a, const struct perspective_info *b,
                               struct arena *arena)
{
    bool by_a = strv_has(&a->too_close_codes, b->code);
    bool by_b = strv_has(&b->too_close_codes, a->code);
    if (by_a && by_b)
        return "declared by both";
    if (!by_a && !by_b)
        return NULL;
    return arena_printf(arena, "declared by %s", shown(arena, by_a ? a->code : b->code));
}

/* Why a pair is never in one cohort; NULL if it may be. */
static const char *why_too_close(const struct perspective_info *a, const struct perspective_info *b,
                                 struct arena *arena)
{
    if (!perspectives_are_too_close(a, b))
        return NULL;
    const char *declared = declared_by(a, b, arena);
    if (!has_distance(a, b))
        return declared ? declared : "one code";
    double km = floor(perspective_distance_km(a, b));
    const char *distance =
        arena_printf(arena, "%.0f km, %s %.0f km", km,
                     km < PERSPECTIVE_MIN_DISTANCE_KM ? "under" : "although that is not under",
                     PERSPECTIVE_MIN_DISTANCE_KM);
    return declared ? arena_printf(arena, "%s; %s", declared, distance) : distance;
}

static size_t count_unknown_pairs(const struct coordinator_settings *settings)
{
    size_t count = 0;
    for (size_t i = 0; i < settings->perspective_count; i++)
        for (size_t j = i + 1; j < settings->perspective_count; j++)
            count += perspectives_distance_is_unknown(&settings->perspectives[i],
                                                      &settings->perspectives[j]);
    return count;
}

static void put_close_pairs(const struct coordinator_settings *settings, struct arena *arena,
                            struct buf *out)
{
    size_t close = 0, unknown = count_unknown_pairs(settings);
    for (size_t i = 0; i < settings->perspective_count; i++)
        for (size_t j = i + 1; j < settings->perspective_count; j++) {
            const struct perspective_info *a = &settings->perspectives[i];
            const struct perspective_info *b = &settings->perspectives[j];
            const char *why = why_too_close(a, b, arena);
            if (!why)
                continue;
            if (close++ == 0)
                buf_printf(out, "Too close to be in one cohort (*):\n");
            buf_printf(out, "  %s and %s: %s\n", shown(arena, a->code), shown(arena, b->code), why);
        }
    if (close == 0)
        buf_printf(out, "No pair is too close.\n");
    if (unknown)
        buf_printf(out,
                   "Of %zu pair%s nobody can tell the distance (?): give the perspectives latitude "
                   "and longitude.\n",
                   unknown, unknown == 1 ? "" : "s");
}

/* BR 3.2.2.9: the perspectives that corroborate are at least 500 km apart. */
static void put_distances(const struct coordinator_settings *settings, struct arena *arena,
                          struct buf *out)
{
    buf_printf(out, "\nDistances in km:\n  %3s %-20s", "", "");
    for (size_t i = 0; i + 1 < settings->perspective_count; i++)
        buf_printf(out, "%6zu ", i + 1);
    for (size_t i = 0; i < settings->perspective_count; i++) {
        buf_printf(out, "\n  %3zu %-20s", i + 1, shown(arena, settings->perspectives[i].code));
        for (size_t j = 0; j < i; j++)
            put_distance(&settings->perspectives[i], &settings->perspectives[j], arena, out);
    }
    buf_printf(out, "\n");
    put_close_pairs(settings, arena, out);
}

/* --- the counts ------------------------------------------------------------------------------ */

static bool count_complies(size_t count, int64_t time_s)
{
    const struct baseline_period *period = baseline_at(time_s);
    return !period || count >= period->min_remotes;
}

static void put_counts(const struct plan *plan, struct arena *arena, struct buf *out)
{
    const struct coordinator_settings *settings = &plan->config->coordinator;
    const struct baseline_period *period = baseline_at(plan->time_s);
    buf_printf(out, "\nHow many perspectives a request may ask:\n  %5s  %-8s  %-9s  ON %s\n",
               "COUNT", "COHORTS", "QUORUM", plan->date);
    for (size_t count = 2; count <= settings->perspective_count; count++) {
        const struct cohort_range range = compliance_cohorts(settings, count, arena);
        const char *cohorts = range.least == range.most
                                  ? arena_printf(arena, "%zu", range.least)
                                  : arena_printf(arena, "%zu to %zu", range.least, range.most);
        const char *quorum = arena_printf(arena, "%zu of %zu", quorum_default(count), count);
        const char *verdict = range.least == 0 ? "no: not every name has a cohort"
                              : count_complies(count, plan->time_s)
                                  ? "complies"
                                  : arena_printf(arena, "no: under %zu", period->min_remotes);
        buf_printf(out, "  %5zu  %-8s  %-9s  %s%s\n", count, cohorts, quorum, verdict,
                   count == settings->default_perspective_count ? "; the default" : "");
    }
}

/* --- compliance ------------------------------------------------------------------------------ */

static size_t count_close_to_primary(const struct coordinator_settings *settings)
{
    size_t count = 0;
    for (size_t i = 0; settings->has_primary && i < settings->perspective_count; i++)
        count += perspectives_are_too_close(&settings->primary, &settings->perspectives[i]);
    return count;
}

static size_t count_locals(const struct config *config)
{
    size_t count = 0;
    for (size_t i = 0; i < config->coordinator.perspective_count; i++)
        count += config->ways[i].local != CONFIG_NO_LOCAL;
    return count;
}

bool plan_complies(const struct plan *plan)
{
    const struct coordinator_settings *settings = &plan->config->coordinator;
    return count_complies(settings->default_perspective_count, plan->time_s) &&
           count_close_to_primary(settings) == 0 && count_locals(plan->config) <= 1 &&
           plan->config->breaches == 0;
}

/* What the operator does about a period that wants more perspectives than the default. */
static const char *mend(const struct plan *plan, size_t wanted, struct arena *arena)
{
    const struct coordinator_settings *settings = &plan->config->coordinator;
    if (wanted > settings->perspective_count)
        return arena_printf(arena, "add %zu perspective%s, then raise default_perspective_count",
                            wanted - settings->perspective_count,
                            wanted - settings->perspective_count == 1 ? "" : "s");
    if (compliance_cohorts(settings, wanted, arena).least == 0)
        return arena_printf(arena,
                            "no %zu of the perspectives are far enough apart and in two RIR "
                            "regions: add some, then raise default_perspective_count",
                            wanted);
    return arena_printf(arena, "raise default_perspective_count to %zu", wanted);
}

static void put_period(const struct plan *plan, const struct baseline_period *period,
                       const char *since, struct arena *arena, struct buf *out)
{
    size_t count = plan->config->coordinator.default_perspective_count;
    buf_printf(out, "  %s %s at least %zu remote perspectives%s (BR 3.2.2.9): %zu by default, ",
               since, period->from_text, period->min_remotes,
               period->two_rirs ? " of two RIR regions" : "", count);
    if (count >= period->min_remotes)
        buf_printf(out, "enough\n");
    else
        buf_printf(out, "too few; %s\n", mend(plan, period->min_remotes, arena));
}

static void put_breaches(const struct plan *plan, struct buf *out)
{
    size_t close = count_close_to_primary(&plan->config->coordinator);
    if (close)
        buf_printf(out,
                   "  %zu perspective%s under 500 km from the Primary Network Perspective (BR "
                   "3.2.2.9)\n",
                   close, close == 1 ? " is" : "s are");
    size_t locals = count_locals(plan->config);
    if (locals > 1)
        buf_printf(out, "  %zu perspectives are one machine (BR 3.2.2.9)\n", locals);
    if (plan->config->breaches)
        buf_printf(out, "  %zu of the warnings above %s a breach of BR 3.2.2.9\n",
                   plan->config->breaches, plan->config->breaches == 1 ? "is" : "are");
    if (plan->config->coordinator.baseline != BASELINE_ENFORCE)
        buf_printf(out, "  coordinator.baseline is %s: breaches do not make a result invalid\n",
                   baseline_mode_str(plan->config->coordinator.baseline));
}

/* The phased timeline of BR 3.2.2.9: what is in force on the day, and every later step. */
static void put_compliance(const struct plan *plan, struct arena *arena, struct buf *out)
{
    const struct baseline_period *now = baseline_at(plan->time_s);
    size_t count = plan->config->coordinator.default_perspective_count;
    bool complies = plan_complies(plan);
    size_t unknown = count_unknown_pairs(&plan->config->coordinator);
    const char *configured = plan->config->coordinator.br_version;
    const char *version = configured ? configured : baseline_version_at(plan->time_s);
    const char *ends = NULL;
    for (const struct baseline_period *p = baseline_next(plan->time_s); p && complies && !ends;
         p = baseline_next(p->from_s))
        if (count < p->min_remotes)
            ends = p->from_text;
    buf_printf(out, "\nOn %s the configuration %s with BR %s%s%s%s.\n", plan->date,
               complies ? "complies" : "DOES NOT COMPLY", version,
               complies && unknown ? " as far as can be told, with distances that are unknown" : "",
               ends ? ", but no longer from " : "", ends ? ends : "");
    if (now)
        put_period(plan, now, "since", arena, out);
    for (const struct baseline_period *p = baseline_next(plan->time_s); p;
         p = baseline_next(p->from_s))
        put_period(plan, p, "from ", arena, out);
    put_breaches(plan, out);
}

/* --- the methods ----------------------------------------------------------------------------- */

/* "SHOULD NOT since 2026-03-15", "MUST NOT from 2027-03-15 on"; "" if that is over a year away. */
static const char *status_text(const char *words, const char *date, int64_t time_s,
                               struct arena *arena)
{
    int64_t from_s;
    if (!date || !baseline_parse_date(date, &from_s) || from_s > time_s + YEAR_S)
        return "";
    return from_s <= time_s ? arena_printf(arena, "%s since %s", words, date)
                            : arena_printf(arena, "%s from %s on", words, date);
}

static void put_methods(const struct plan *plan, struct arena *arena, struct buf *out)
{
    size_t count = 0;
    for (int i = DCV_NONE + 1; i < DCV_METHOD_COUNT; i++) {
        enum dcv_method method = (enum dcv_method)i;
        const struct method_rule *rule = baseline_method(method);
        const char *must_not = status_text("MUST NOT", rule->must_not_from, plan->time_s, arena);
        const char *should_not =
            baseline_method_status(method, plan->time_s) == METHOD_MUST_NOT
                ? ""
                : status_text("SHOULD NOT", rule->should_not_from, plan->time_s, arena);
        if (!*must_not && !*should_not)
            continue;
        if (count++ == 0)
            buf_printf(out, "\nMethods that are not to be used, now or within a year:\n");
        buf_printf(out, "  %-24s BR %-11s %s%s%s\n", dcv_method_str(method),
                   baseline_method_clause(method, false), should_not,
                   *must_not && *should_not ? ", " : "", must_not);
    }
}

/* --- what else comes -------------------------------------------------------------------------- */

/* "; dns-persistent: 10, BR 3.2.2.4.22": what has a limit of its own. */
static const char *reuse_exceptions(int64_t time_s, struct arena *arena)
{
    const char *text = "";
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].rule.reuse_days_max)
            text =
                arena_printf(arena, "%s; %s: %u, BR %s", text, rows[i].name,
                             baseline_reuse_days(rows[i].method, time_s), rows[i].rule.dns_clause);
    return text;
}

/* What was validated is of use for a time only, and ever shorter. */
static void put_calendar(const struct plan *plan, struct arena *arena, struct buf *out)
{
    const struct baseline_reuse *reuse = baseline_reuse_at(plan->time_s);
    buf_printf(
        out,
        "\nA validation may be reused for %u days on %s (BR 4.2.1%s); a certificate is valid "
        "for %u days at most (BR 6.3.2).\n",
        reuse->reuse_days, plan->date, reuse_exceptions(plan->time_s, arena),
        reuse->certificate_days);
    size_t count;
    const struct calendar_change *changes = calendar_changes(plan->time_s, arena, &count);
    bool has_title = false;
    for (size_t i = 0; i < count; i++) {
        if (changes[i].is_period) /* told above, with what it means here */
            continue;
        if (!has_title)
            buf_printf(out, "What the Baseline Requirements change later:\n");
        has_title = true;
        buf_printf(out, "  %s  %s\n", changes[i].from_text, changes[i].text);
    }
}

/* --- the cohorts of a name ------------------------------------------------------------------- */

static void put_cohorts(const struct plan *plan, struct arena *arena, struct buf *out)
{
    const struct perspective_info *perspectives = plan->config->coordinator.perspectives;
    const char *name = shown(arena, plan->name);
    buf_printf(out, "\nCohorts of %s", name);
    if (!str_eq(name, plan->target.canonical))
        buf_printf(out, ", canonical %s", plan->target.canonical);
    buf_printf(out, ", %zu perspectives each, in the order of the attempts:\n",
               plan->config->coordinator.default_perspective_count);
    for (size_t i = 0; i < plan->cohorts.count; i++) {
        const struct cohort *cohort = &plan->cohorts.cohorts[i];
        buf_printf(out, "  %2zu ", i + 1);
        for (size_t j = 0; j < cohort->count; j++)
            buf_printf(out, "%s%s", j ? ", " : "",
                       shown(arena, perspectives[cohort->members[j]].code));
        buf_printf(out, "\n");
    }
    if (plan->cohorts.count == 0)
        buf_printf(out, "  none\n");
}

void plan_show(const struct plan *plan, struct arena *arena, struct buf *out)
{
    put_perspectives(plan, arena, out);
    put_distances(&plan->config->coordinator, arena, out);
    put_counts(plan, arena, out);
    put_compliance(plan, arena, out);
    put_methods(plan, arena, out);
    put_calendar(plan, arena, out);
    if (plan->name)
        put_cohorts(plan, arena, out);
}
