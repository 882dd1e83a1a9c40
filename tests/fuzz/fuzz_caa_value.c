/* The grammar of issue values: no byte string crashes the parser, and what it gives lies within the
 * string. The first issuer of a value that parses is the one that caa_value_issuer() reads. */
#include "core/rules/caa_value.h"

#include <assert.h>

static bool lies_within(struct bytes part, const uint8_t *data, size_t size)
{
    return !part.n || (part.p >= data && part.p + part.n <= data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct caa_value value;
    const char *problem = NULL;
    struct bytes issuer = caa_value_issuer((struct bytes){data, size});
    assert(lies_within(issuer, data, size));
    bool is_good = caa_value_parse(arena, (struct bytes){data, size}, &value, &problem);
    assert(is_good == !problem && (!is_good || bytes_eq(value.issuer, issuer)));
    for (size_t i = 0; i < value.parameter_count; i++)
        assert(lies_within(value.parameters[i].tag, data, size) && value.parameters[i].tag.n &&
               lies_within(value.parameters[i].value, data, size));
    assert(arena_used(arena) <= 70 * (size + 4)); /* work and memory grow with the input only */
    arena_free(arena);
    return 0;
}
