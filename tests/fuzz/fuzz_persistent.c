/* Persistent records: no text proves control unless it names the issuer and the account. */
#include "core/rules/persistent.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const struct strv issuers = {(const char *const[]){"ca.example"}, 1, true};
    struct persistent_query query = {
        .issuers = &issuers, .account_uri = "ca:1", .needs_wildcard_policy = size % 2, .now_s = 9};
    struct bytes text = {data, size};
    const char *reason = NULL;
    enum persistent_standing standing = persistent_check(arena, text, &query, &reason);
    assert((standing == PERSISTENT_REJECTED) == (reason != NULL));
    if (standing == PERSISTENT_PROVES) {
        assert(bytes_contain_nocase(text, bytes_of("ca.example")));
        assert(bytes_contain_nocase(text, bytes_of("accounturi")));
        assert(bytes_contain(text, bytes_of("ca:1")));
        assert(size % 2 == 0 || bytes_contain_nocase(text, bytes_of("wildcard")));
    }
    arena_free(arena);
    return 0;
}
