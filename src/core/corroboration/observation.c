#include "core/corroboration/observation.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* Enough to tell two record sets apart; the whole evidence stands in the results. */
enum { SEEN_MAX_BYTES = 1024 };

static int compare_texts(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

/* The records in one order, because servers turn theirs round: "a | b". */
static const char *joined_records(const struct strv *records, struct arena *arena)
{
    const char **sorted = arena_array(arena, records->count, sizeof *sorted);
    for (size_t i = 0; i < records->count; i++)
        sorted[i] = records->items[i];
    if (records->count > 1)
        qsort(sorted, records->count, sizeof *sorted, compare_texts);
    struct buf text = {.max = SEEN_MAX_BYTES};
    for (size_t i = 0; i < records->count; i++)
        buf_printf(&text, "%s%s", i ? " | " : "", sorted[i]);
    const char *copy = arena_strdup(arena, buf_str(&text));
    buf_clear(&text);
    return copy;
}

/* NULL: the answer does not say. Open MPIC's perspectives report nothing where they found nothing. */
static const char *seen_by(const struct check_result *result, struct arena *arena)
{
    const struct check_details *details = &result->details;
    if (details->caa.caa_record_present.present && !details->caa.caa_record_present.value)
        return "no CAA records";
    if (details->caa.records_seen.present)
        return arena_printf(arena, "CAA at %s: %s",
                            details->caa.found_at ? details->caa.found_at : "?",
                            joined_records(&details->caa.records_seen, arena));
    if (details->record.records_seen.present && details->record.records_seen.count > 0)
        return arena_printf(arena, "records: %s",
                            joined_records(&details->record.records_seen, arena));
    if (details->http.response_page)
        return arena_printf(
            arena, "status %lld, page (base64): %s",
            (long long)details->http.response_status_code.value,
            str_report(arena, bytes_of(details->http.response_page), LIMIT_MESSAGE_OUTSIDE_BYTES));
    if (details->tls_alpn.digest_seen)
        return arena_printf(arena, "digest %s", details->tls_alpn.digest_seen);
    return result->problem != PROBLEM_NONE ? problem_str(result->problem) : NULL;
}

struct grouping {
    struct observation_group *groups;
    size_t count;
    size_t capacity;
    struct arena *arena;
};

static bool has_verdict(const struct grouping *g, bool passed)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->groups[i].check_passed == passed)
            return true;
    }
    return false;
}

static void add_member(struct grouping *g, enum verdict verdict, const char *seen, const char *code)
{
    bool completed = verdict != VERDICT_UNKNOWN, passed = verdict == VERDICT_PASS;
    size_t at = 0;
    while (at < g->count &&
           !(g->groups[at].check_completed == completed && g->groups[at].check_passed == passed &&
             str_eq(g->groups[at].seen, seen)))
        at++;
    if (at == g->count)
        g->groups[g->count++] = (struct observation_group){
            .check_completed = completed,
            .check_passed = passed,
            .seen = seen,
            .perspectives = {.items = arena_array(g->arena, g->capacity, sizeof(const char *)),
                             .present = true}};
    struct strv *perspectives = &g->groups[at].perspectives;
    ((const char **)perspectives->items)[perspectives->count++] = code;
}

/* Those that say what they saw, or those that do not. */
static void add_all(struct grouping *g, const struct attempt *attempt, bool speaking)
{
    bool known[] = {has_verdict(g, false), has_verdict(g, true)};
    for (size_t i = 0; i < attempt->count; i++) {
        const struct check_result *result = &attempt->results[i].result;
        if (result->verdict == VERDICT_UNKNOWN)
            continue;
        const char *seen = seen_by(result, g->arena);
        bool passed = result->verdict == VERDICT_PASS;
        if (speaking && seen)
            add_member(g, result->verdict, seen, attempt->results[i].code);
        /* It may well have seen the same as others of its verdict, and contradicts none of them. */
        else if (!speaking && !seen && !known[passed])
            add_member(g, result->verdict, passed ? "what was expected" : "something else",
                       attempt->results[i].code);
    }
}

static void add_silent(struct grouping *g, const struct attempt *attempt)
{
    for (size_t i = 0; i < attempt->count; i++) {
        const struct check_result *result = &attempt->results[i].result;
        if (result->verdict == VERDICT_UNKNOWN && result->problem != PROBLEM_NOT_AWAITED)
            add_member(g, VERDICT_UNKNOWN,
                       arena_printf(g->arena, "could not tell: %s", problem_str(result->problem)),
                       attempt->results[i].code);
    }
}

static int compare_groups(const void *a, const void *b)
{
    const struct observation_group *left = a, *right = b;
    if (left->perspectives.count != right->perspectives.count)
        return left->perspectives.count > right->perspectives.count ? -1 : 1;
    return strcmp(left->seen, right->seen);
}

struct observations observations_of(const struct attempt *attempt, struct arena *arena)
{
    struct grouping g = {.groups = arena_array(arena, attempt->count, sizeof *g.groups),
                         .capacity = attempt->count,
                         .arena = arena};
    add_all(&g, attempt, true);
    add_all(&g, attempt, false);
    size_t count = g.count;
    if (count > 1)
        qsort(g.groups, count, sizeof *g.groups, compare_groups);
    add_silent(&g, attempt);
    return (struct observations){
        .groups = g.groups, .count = count, .silent_count = g.count - count};
}
