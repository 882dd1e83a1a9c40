/* TXT answers of arbitrary RDATA, one record or two: whatever the bytes, the report is UTF-8, and a
 * record is only said to match the digest if it is exactly that. */
#include "core/rules/dcv_record.h"

#include <assert.h>

#define DIGEST "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-_"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct dns_record records[] = {{.owner = "a", .rdata = {data, size / 2}},
                                   {.owner = "a", .rdata = {data + size / 2, size - size / 2}}};
    struct lookup answer = {.name = "a", .type = "TXT", .type_code = 16, .records = records};
    struct target target = {.canonical = "a"};
    struct dcv_params params = {.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST};
    for (answer.record_count = 1; answer.record_count <= 2; answer.record_count++) {
        struct record_details details = {0};
        bool is_match =
            dcv_record_judge(&params, &target, &answer, 0, arena, &details).problem == PROBLEM_NONE;
        assert(is_match == bytes_eq(bytes_of(details.matched_record), bytes_of(DIGEST)));
        for (size_t i = 0; i < details.records_seen.count; i++)
            assert(bytes_is_utf8(bytes_of(details.records_seen.items[i])));
    }
    arena_free(arena);
    return 0;
}
