#include "base/der.h"

#include <stddef.h>

#define TAG_NUMBER_MASK  0x1F /* all ones: the number follows in further bytes */
#define LENGTH_IS_LONG   0x80 /* the other bits count the bytes of the length */
#define LENGTH_MAX_BYTES 4

/* X.690 sections 8.1.3 and 10.1. */
static size_t take_length(struct cursor *cursor)
{
    uint8_t first = cursor_u8(cursor);
    if (!(first & LENGTH_IS_LONG))
        return first;
    unsigned count = first & (unsigned)~LENGTH_IS_LONG;
    if (count == 0 || count > LENGTH_MAX_BYTES) { /* indefinite, or longer than anything here */
        cursor_fail(cursor);
        return 0;
    }
    size_t length = 0;
    for (unsigned i = 0; i < count; i++) {
        uint8_t byte = cursor_u8(cursor);
        if (i == 0 && byte == 0)
            cursor_fail(cursor); /* a byte too many */
        length = length << 8 | byte;
    }
    if (length < LENGTH_IS_LONG)
        cursor_fail(cursor); /* the short form would do */
    return length;
}

struct der der_take(struct cursor *cursor)
{
    struct der element = {.tag = cursor_u8(cursor)};
    if ((element.tag & TAG_NUMBER_MASK) == TAG_NUMBER_MASK)
        cursor_fail(cursor);
    element.value = cursor_take(cursor, take_length(cursor));
    return cursor_ok(cursor) ? element : (struct der){0};
}
