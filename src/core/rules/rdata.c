#include "core/rules/rdata.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/str.h"

#include <string.h>

bool rdata_txt(struct arena *arena, struct bytes rdata, struct bytes *text)
{
    struct cursor c = cursor_of(rdata);
    uint8_t *joined = arena_alloc(arena, rdata.n + 1);
    size_t length = 0;
    do {
        struct bytes string = cursor_take(&c, cursor_u8(&c));
        if (string.n)
            memcpy(joined + length, string.p, string.n);
        length += string.n;
    } while (cursor_left(&c));
    *text = (struct bytes){joined, length};
    return cursor_done(&c);
}

static bool is_plain(uint8_t c)
{
    return (c < 0x80 && ascii_is_alnum((char)c)) || c == '-' || c == '_';
}

static char *put_label(char *at, struct bytes label)
{
    for (size_t i = 0; i < label.n; i++) {
        uint8_t c = label.p[i];
        if (is_plain(c)) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '\\';
        *at++ = (char)('0' + c / 100);
        *at++ = (char)('0' + c / 10 % 10);
        *at++ = (char)('0' + c % 10);
    }
    *at++ = '.';
    return at;
}

bool rdata_name(struct arena *arena, struct bytes rdata, struct bytes *text)
{
    enum { WIRE_MAX = LIMIT_NAME_OCTETS + 2 }; /* RFC 1035 section 2.3.4 */
    if (rdata.n > WIRE_MAX)
        return false;
    struct cursor c = cursor_of(rdata);
    char *start = arena_alloc(arena, 4 * rdata.n + 1), *at = start;
    for (size_t length; (length = cursor_u8(&c)) != 0;) {
        if (length > LIMIT_LABEL_OCTETS) /* a compression pointer, too: it would point nowhere */
            cursor_fail(&c);
        at = put_label(at, cursor_take(&c, length));
    }
    if (at == start)
        *at++ = '.';
    *text = (struct bytes){(const uint8_t *)start, (size_t)(at - start)};
    return cursor_done(&c);
}

bool rdata_address(struct bytes rdata, int family, struct address *address)
{
    if (rdata.n != (family == 4 ? 4 : 16))
        return false;
    *address = (struct address){.family = family};
    memcpy(address->bytes, rdata.p, rdata.n);
    return true;
}

const char *rdata_report(struct arena *arena, struct bytes text, size_t max_bytes)
{
    bool is_text = bytes_is_utf8(text) && !(text.n && memchr(text.p, 0, text.n));
    if (!is_text)
        return str_escape(arena, text, max_bytes);
    size_t shown = bytes_utf8_cut(text, max_bytes);
    return arena_printf(arena, "%.*s%s", (int)shown, text.n ? (const char *)text.p : "",
                        shown < text.n ? "..." : "");
}
