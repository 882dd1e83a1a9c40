#include "core/corroboration/evidence_share.h"

#include "base/str.h"
#include "core/rules/caa.h"
#include "core/rules/caa_value.h"

#include <stdint.h>
#include <string.h>

size_t evidence_share(const size_t *sizes, size_t count, size_t total)
{
    size_t share = 0;
    for (;;) {
        size_t fitting = 0, taken = 0;
        for (size_t i = 0; i < count; i++) {
            if (sizes[i] > share)
                continue;
            fitting++;
            taken += sizes[i];
        }
        if (fitting == count)
            return SIZE_MAX;
        size_t more = (total - taken) / (count - fitting);
        if (more <= share)
            return share;
        share = more;
    }
}

/* How much a record says about the verdict. */
enum weight { WEIGHT_OTHER, WEIGHT_OF_KIND, WEIGHT_DECIDES, WEIGHT_COUNT };

static bool is_kind_that_permits(struct bytes tag)
{
    static const char *const kinds[] = {"issue", "issuewild", "issuemail", "issuevmc"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (bytes_eq_nocase(tag, bytes_of(kinds[i])))
            return true;
    return false;
}

static enum weight weigh_caa(const struct check_request *request, const struct check_result *result,
                             const char *text, struct arena *arena)
{
    struct caa_record record;
    struct bytes rdata;
    const char *after_flags = strchr(text, ' '); /* a reason has no flags */
    if (!caa_record_parse_text(arena, text, &rdata) || !caa_record_parse(rdata, &record))
        return WEIGHT_OTHER;
    if (!is_kind_that_permits(record.tag)) /* RFC 8659 section 4.1: a critical one may forbid */
        return record.flags ? WEIGHT_DECIDES : WEIGHT_OTHER;
    if (result->details.reason && after_flags && strstr(result->details.reason, after_flags + 1))
        return WEIGHT_DECIDES;
    bool is_ours = caa_issuer_is_among(caa_value_issuer(record.value), &request->caa.caa_domains);
    return is_ours ? WEIGHT_DECIDES : WEIGHT_OF_KIND;
}

static enum weight weigh(const struct check_request *request, const struct check_result *result,
                         const char *text, struct arena *arena)
{
    if (result->check_type == CHECK_CAA)
        return weigh_caa(request, result, text, arena);
    const char *matched = result->details.record.matched_record;
    return matched && str_eq(matched, text) ? WEIGHT_DECIDES : WEIGHT_OTHER;
}

struct strv evidence_choose_records(const struct check_request *request,
                                    const struct check_result *result, size_t max,
                                    struct arena *arena)
{
    const struct strv *seen = result->check_type == CHECK_CAA
                                  ? &result->details.caa.records_seen
                                  : &result->details.record.records_seen;
    if (seen->count <= max)
        return *seen;
    enum weight *weights = arena_array(arena, seen->count, sizeof *weights);
    size_t counts[WEIGHT_COUNT] = {0}, room[WEIGHT_COUNT];
    for (size_t i = 0; i < seen->count; i++)
        counts[weights[i] = weigh(request, result, seen->items[i], arena)]++;
    size_t left = max;
    for (int weight = WEIGHT_DECIDES; weight >= WEIGHT_OTHER; weight--) {
        room[weight] = counts[weight] < left ? counts[weight] : left;
        left -= room[weight];
    }
    const char **items = arena_array(arena, max, sizeof *items);
    struct strv chosen = {.items = items, .present = true};
    for (size_t i = 0; i < seen->count; i++) {
        if (room[weights[i]] == 0)
            continue;
        room[weights[i]]--;
        items[chosen.count++] = seen->items[i];
    }
    return chosen;
}
