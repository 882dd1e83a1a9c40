#include "dns/rdata.h"

#include "base/cursor.h"
#include "base/str.h"
#include "dns/name.h"

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

bool rdata_name(struct arena *arena, struct bytes rdata, struct bytes *text)
{
    struct cursor c = cursor_of(rdata);
    struct dns_name name;
    dns_name_read(&c, &name); /* a compression pointer would point nowhere: it is refused */
    if (!cursor_done(&c))
        return false;
    *text = bytes_of(dns_name_str_verbatim(arena, &name));
    return true;
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
