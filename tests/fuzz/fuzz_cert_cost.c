/* What cert_cost_refusal() says nothing against is read by OpenSSL in a moment: a slow unit is a finding. */
#include "crypto/cert.h"
#include "crypto/cert_cost.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cert_facts facts;
    struct arena *arena = arena_new();
    const char *refusal = cert_cost_refusal((struct bytes){data, size});
    bool is_one = cert_facts_read((struct bytes){data, size}, arena, &facts);
    assert(!refusal || (refusal[0] && !is_one));
    arena_free(arena);
    return 0;
}
