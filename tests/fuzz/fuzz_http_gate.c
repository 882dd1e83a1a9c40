/* What a request is must not depend on how its bytes are cut into pieces. */
#include "net/http_gate.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_gate whole, pieces;
    http_gate_init(&whole, 100);
    http_gate_init(&pieces, 100);
    size_t taken = http_gate_feed(&whole, (struct bytes){data, size}), sum = 0;
    for (size_t i = 0; i < size && pieces.status == HTTP_GATE_MORE; i++)
        sum += http_gate_feed(&pieces, (struct bytes){data + i, 1});
    assert(taken == sum && whole.status == pieces.status);
    assert(whole.refusal.status == pieces.refusal.status);
    assert((whole.status == HTTP_GATE_REFUSED) == (whole.refusal.status != 0));
    http_gate_clear(&whole);
    http_gate_clear(&pieces);
    return 0;
}
