/* Bytes are one certificate, with facts that hang together, or they are none. */
#include "crypto/cert.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cert_facts facts;
    struct arena *arena = arena_new();
    bool is_one = cert_facts_read((struct bytes){data, size}, arena, &facts);
    assert(is_one || (!facts.common_name && !facts.own_key_verifies_signature && !facts.has_san));
    assert(facts.has_san || facts.san.n == 0);
    assert(facts.has_acme_identifier || facts.acme_identifier.n == 0);
    assert(!facts.duplicate_extension || facts.duplicate_extension[0]);
    arena_free(arena);
    return 0;
}
