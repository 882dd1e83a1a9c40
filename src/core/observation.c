#include "core/observation.h"

#include "base/buf.h"
#include "base/str.h"
#include "core/limits.h"

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
    if (result->problem != PROBLEM_NONE)
        return problem_str(result->problem);
    return result->verdict == VERDICT_PASS ? "what was expected" : "something else";
}

static void add_member(struct observation_group *group, const char *code)
{
    ((const char **)group->perspectives.items)[group->perspectives.count++] = code;
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
    struct observation_group *groups = arena_array(arena, attempt->count, sizeof *groups);
    size_t count = 0;
    for (size_t i = 0; i < attempt->count; i++) {
        const struct check_result *result = &attempt->results[i].result;
        if (result->verdict == VERDICT_UNKNOWN)
            continue;
        bool passed = result->verdict == VERDICT_PASS;
        const char *seen = seen_by(result, arena);
        size_t at = 0;
        while (at < count && !(groups[at].check_passed == passed && str_eq(groups[at].seen, seen)))
            at++;
        if (at == count) {
            groups[count++] = (struct observation_group){
                .check_passed = passed,
                .seen = seen,
                .perspectives = {.items = arena_array(arena, attempt->count, sizeof(const char *)),
                                 .present = true}};
        }
        add_member(&groups[at], attempt->results[i].code);
    }
    if (count > 1)
        qsort(groups, count, sizeof *groups, compare_groups);
    return (struct observations){.groups = groups, .count = count};
}
