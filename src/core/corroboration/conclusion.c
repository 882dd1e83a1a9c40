#include "core/corroboration/conclusion.h"

#include "base/buf.h"
#include "base/str.h"
#include "core/corroboration/quorum.h"

enum {
    REASON_BYTES = 240, /* of one perspective; the whole stands in its result */
    LINE_BYTES = 1024,
};

struct writer {
    const struct mpic_response *response;
    struct arena *arena;
    struct buf text;
};

static bool corroborates(const struct writer *w, const struct check_result *result)
{
    return result_corroborates(&w->response->request->check, result);
}

/* What its result says, without a full stop: one follows. */
static const char *reason_of(const struct check_result *result, struct arena *arena)
{
    const char *reason = result->details.reason;
    if (!reason && result->error_count > 0)
        reason = result->errors[0].message;
    if (!reason)
        return problem_str(result->problem);
    struct bytes whole = bytes_of(reason);
    while (whole.n > 0 && whole.p[whole.n - 1] == '.')
        whole.n--;
    return str_report(arena, whole, REASON_BYTES);
}

static const char *says(enum verdict verdict, bool several)
{
    switch (verdict) {
    case VERDICT_PASS: /* of a perspective that overlooked what was asked, core/corroboration/quorum.h */
        return "passed, which does not count";
    case VERDICT_FAIL:
        return several ? "say no" : "says no";
    case VERDICT_UNKNOWN:
        break;
    }
    return "could not tell";
}

static void put_count(struct writer *w, const struct attempt *last)
{
    const struct mpic_response *response = w->response;
    buf_printf(&w->text, "%zu of %zu perspectives corroborate, %zu are needed",
               response->decision.corroborating, last->count, response->quorum_count);
    if (response->decision.rir_rule_broken)
        buf_printf(&w->text, ", from two regions at least (BR 3.2.2.9)");
}

/* BR 3.2.2.9: what is corroborated is the primary's result. */
static void put_primary(struct writer *w)
{
    const struct perspective_result *primary = w->response->primary;
    if (primary && !corroborates(w, &primary->result))
        buf_printf(&w->text, "; the Primary Network Perspective, %s, %s: %s",
                   str_report(w->arena, bytes_of(primary->code), REASON_BYTES),
                   says(primary->result.verdict, false), reason_of(&primary->result, w->arena));
}

static bool is_primary_well(const struct writer *w)
{
    return !w->response->primary || corroborates(w, &w->response->primary->result);
}

/* What the Baseline Requirements forbid although the perspectives agree: nothing else would say why
 * the answer is no. */
static void put_breaches(struct writer *w)
{
    const struct mpic_response *response = w->response;
    if (response->is_valid || response->decision.corroborating < response->quorum_count ||
        !is_primary_well(w))
        return;
    for (size_t i = 0; i < response->finding_count; i++)
        if (str_eq(response->findings[i].level, "must"))
            buf_printf(&w->text, "; %s (%s)", response->findings[i].message,
                       response->findings[i].clause);
}

static void put_others(struct writer *w, const struct attempt *last, enum verdict verdict)
{
    const struct perspective_result *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < last->count; i++) {
        const struct check_result *result = &last->results[i].result;
        if (result->verdict != verdict || corroborates(w, result))
            continue;
        first = first ? first : &last->results[i];
        count++;
    }
    if (!first)
        return;
    const char *code = str_report(w->arena, bytes_of(first->code), REASON_BYTES);
    buf_printf(&w->text, "; %s", code);
    if (count > 1)
        buf_printf(&w->text, " and %zu other%s", count - 1, count > 2 ? "s" : "");
    buf_printf(&w->text, " %s", says(verdict, count > 1));
    if (verdict != VERDICT_PASS)
        buf_printf(&w->text, "%s%s: %s", count > 1 ? ", " : "", count > 1 ? code : "",
                   reason_of(&first->result, w->arena));
}

const char *conclusion_of(const struct mpic_response *response, struct arena *arena)
{
    struct writer w = {.response = response, .arena = arena, .text = {.max = LINE_BYTES}};
    static const struct attempt nobody;
    const struct attempt *last =
        response->attempt_count ? &response->attempts[response->attempt_count - 1] : &nobody;
    put_count(&w, last);
    put_primary(&w);
    put_breaches(&w);
    put_others(&w, last, VERDICT_FAIL);
    put_others(&w, last, VERDICT_UNKNOWN);
    put_others(&w, last, VERDICT_PASS);
    const char *copy = arena_strdup(arena, buf_str(&w.text));
    buf_clear(&w.text);
    return copy;
}
