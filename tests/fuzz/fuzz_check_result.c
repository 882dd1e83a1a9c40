/* A perspective's answer, to a question of each kind: what is taken is of that kind. */
#include "wire/wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int method = DCV_NONE; method < DCV_METHOD_COUNT; method++) {
        const struct check_request request = {.check_type = method ? CHECK_DCV : CHECK_CAA,
                                              .dcv.method = (enum dcv_method)method};
        const struct wire_expectation expected = {&request, "p-1"};
        struct arena *arena = arena_new();
        struct check_result result;
        struct buf out = {0};
        struct err err;
        if (wire_decode_check_result((struct bytes){data, size}, &expected, arena, &result, &err)) {
            wire_encode_check_result(&result, &out);
            if (!wire_decode_check_result(buf_bytes(&out), &expected, arena, &result, &err))
                abort();
        }
        buf_clear(&out);
        arena_free(arena);
    }
    return 0;
}
