/* Outside bytes made fit to show: whatever came in, a report is UTF-8 without control characters,
 * an escaped text is printable ASCII, and cutting splits no character. The decoders are exact. */
#include "base/str.h"
#include "crypto/digest.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct bytes all = {data, size}, cut = {data, bytes_utf8_cut(all, size / 2)};
    assert(cut.n <= size / 2 && (!bytes_is_utf8(all) || bytes_is_utf8(cut)));
    struct bytes report = bytes_of(str_report(arena, all, size / 2));
    assert(bytes_is_utf8(report) && !bytes_has_control(report));
    for (const char *p = str_escape(arena, all, size); *p; p++)
        assert(*p >= 0x20 && *p <= 0x7E);
    uint8_t *decoded = arena_alloc(arena, size);
    assert(hex_parse(hex_format(arena, all), decoded, size));
    assert(!size || memcmp(decoded, data, size) == 0);
    hex_parse(arena_strndup(arena, (const char *)data, size), decoded, size / 2);
    size_t n = base32hex_parse((const char *)data, size, decoded, size);
    assert(n == 0 || n == size * 5 / 8);
    arena_free(arena);
    return 0;
}
