/* What callers hand in: structs that know their size, and text. */
#include "library/library.h"

#include <string.h>

bool fields_take(void *own, size_t size, const void *given)
{
    size_t given_size;
    if (!given)
        return false;
    memcpy(&given_size, given, sizeof given_size);
    /* There is one version of each struct so far. */
    if (given_size < size)
        return false;
    const uint8_t *bytes = given;
    for (size_t i = size; i < given_size; i++)
        if (bytes[i])
            return false;
    memcpy(own, given, size);
    return true;
}

bool text_is_good(const char *text)
{
    return !text || bytes_is_utf8(bytes_of(text));
}

struct bytes bytes_take(struct arena *arena, struct buf *buf)
{
    struct bytes taken = arena_bytes(arena, buf_bytes(buf));
    buf_clear(buf);
    return taken;
}

const char *text_of(struct bytes text, size_t *length)
{
    if (length)
        *length = text.n;
    return (const char *)text.p;
}
