/* POST /mpic: what is accepted must survive being written and read again. */
#include "wire/wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct wire_issues issues = {0};
    struct mpic_request request, again;
    struct buf out = {0};
    if (wire_decode_mpic_request((struct bytes){data, size}, arena, &request, &issues)) {
        wire_encode_mpic_request(&request, &out);
        if (!wire_decode_mpic_request(buf_bytes(&out), arena, &again, &issues))
            abort();
    } else if (issues.count == 0) {
        abort();
    }
    wire_issues_clear(&issues);
    buf_clear(&out);
    arena_free(arena);
    return 0;
}
