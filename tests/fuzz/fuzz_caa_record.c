/* CAA records out of arbitrary RDATA: splitting, presentation form and evaluation survive every
 * byte string; the report is text for JSON; and only PASS has no problem. The first byte says how
 * many bytes the first of two records has. */
#include "core/rules/caa.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    size_t first = size ? (data[0] < size - 1 ? data[0] : size - 1) : 0;
    const struct dns_record records[] = {{.rdata = {data + !!size, first}},
                                         {.rdata = {data + !!size + first, size - !!size - first}}};
    struct lookup set = {.name = "a.example", .records = records, .record_count = 2};
    struct target target = {.canonical = "a.example", .is_wildcard = size % 2};
    struct strv issuers = {
        .items = (const char *const[]){"ca.example"}, .count = 1, .present = true};
    struct caa_params params = {.certificate_type = size % 3, .account_uris = issuers};
    struct caa_query query = {.target = &target, .params = &params, .issuers = &issuers};
    struct caa_decision decision = caa_evaluate(&query, &set, arena);
    assert((decision.verdict == VERDICT_PASS) == (decision.problem == PROBLEM_NONE));
    assert(bytes_is_utf8(bytes_of(decision.reason)));
    struct caa_details shown = {0};
    struct lookup again;
    caa_records_report(arena, &set, decision.deciding, &shown);
    for (size_t i = 0; i < shown.records_seen.count; i++)
        assert(bytes_is_utf8(bytes_of(shown.records_seen.items[i])));
    /* Whoever reads what is shown decides the same. */
    if (caa_records_parse(arena, &shown, &again)) {
        assert(!shown.records_truncated.value);
        assert(caa_evaluate(&query, &again, arena).problem == decision.problem);
    }
    arena_free(arena);
    return 0;
}
