/* CNAME and PTR RDATA: a name that is read ends with its dot, and has only characters that the text
 * of a name has. */
#include "dns/rdata.h"

#include "base/str.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct bytes text;
    if (rdata_name(arena, (struct bytes){data, size}, &text)) {
        assert(text.n > 0 && text.n <= 4 * size && text.p[text.n - 1] == '.');
        for (size_t i = 0; i < text.n; i++) {
            char c = (char)text.p[i];
            assert(ascii_is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '\\');
        }
    }
    arena_free(arena);
    return 0;
}
