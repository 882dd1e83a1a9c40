/* A perspective's observation: what is taken is of what was asked for, and never an answer to a check. */
#include "wire/observe.h"

#include "base/str.h"

#include <stdlib.h>

static void read_as(const struct observe_question *question, struct bytes body)
{
    struct arena *arena = arena_new();
    struct observed seen;
    const struct wire_observe_expectation expected = {question, "p-1", NULL};
    struct buf out = {0};
    struct err err;
    if (wire_decode_observed(body, &expected, arena, &seen, &err)) {
        wire_encode_observed(&seen, &out);
        if (!wire_decode_observed(buf_bytes(&out), &expected, arena, &seen, &err))
            abort();
    }
    buf_clear(&out);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct observe_question file = {.url_text = "http://a.example/"};
    const struct observe_question records = {.type = OBSERVE_TXT, .target.canonical = "a.example"};
    read_as(&file, (struct bytes){data, size});
    read_as(&records, (struct bytes){data, size});
    return 0;
}
