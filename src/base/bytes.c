#define _GNU_SOURCE /* memmem() */
#include "base/bytes.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

struct bytes bytes_of(const char *s)
{
    return s ? (struct bytes){(const uint8_t *)s, strlen(s)} : (struct bytes){NULL, 0};
}

bool bytes_eq(struct bytes a, struct bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Without calls: applicants and callers choose how much is compared. */
static bool is_same_letter(uint8_t a, uint8_t b)
{
    const uint8_t case_bit = 0x20;
    uint8_t lower = a | case_bit;
    return a == b || ((a ^ b) == case_bit && lower >= 'a' && lower <= 'z');
}

bool bytes_eq_nocase(struct bytes a, struct bytes b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (!is_same_letter(a.p[i], b.p[i]))
            return false;
    return true;
}

/* memmem() of the C libraries is linear, whatever the two texts are; trying each place is not. */
size_t bytes_find(struct bytes haystack, struct bytes needle)
{
    if (needle.n == 0)
        return 0;
    if (needle.n > haystack.n)
        return SIZE_MAX;
    const uint8_t *found = memmem(haystack.p, haystack.n, needle.p, needle.n);
    return found ? (size_t)(found - haystack.p) : SIZE_MAX;
}

static uint8_t *copy_lower(struct bytes b)
{
    uint8_t *copy = xmalloc(b.n);
    for (size_t i = 0; i < b.n; i++)
        copy[i] = (uint8_t)ascii_lower((char)b.p[i]);
    return copy;
}

size_t bytes_find_nocase(struct bytes haystack, struct bytes needle)
{
    if (needle.n == 0 || needle.n > haystack.n)
        return bytes_find(haystack, needle);
    uint8_t *lower_haystack = copy_lower(haystack), *lower_needle = copy_lower(needle);
    size_t at = bytes_find((struct bytes){lower_haystack, haystack.n},
                           (struct bytes){lower_needle, needle.n});
    free(lower_haystack);
    free(lower_needle);
    return at;
}

bool bytes_contain(struct bytes haystack, struct bytes needle)
{
    return bytes_find(haystack, needle) != SIZE_MAX;
}

bool bytes_contain_nocase(struct bytes haystack, struct bytes needle)
{
    return bytes_find_nocase(haystack, needle) != SIZE_MAX;
}

/* The length of the well-formed sequence at the start of `p` (RFC 3629 section 4), or 0. */
static size_t sequence_length(const uint8_t *p, size_t n)
{
    uint8_t first = p[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || n < length)
        return 0;
    /* The second byte rules out overlong forms, surrogates and what is beyond U+10FFFF. */
    uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

bool bytes_is_utf8(struct bytes b)
{
    for (size_t at = 0; at < b.n;) {
        size_t length = sequence_length(b.p + at, b.n - at);
        if (!length)
            return false;
        at += length;
    }
    return true;
}

/* After 0xE2: U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069, which make text read otherwise than
 * it stands (UTS #36 section 2.5). */
static bool turns_text_round(uint8_t second, uint8_t third)
{
    return second == 0x80 ? third == 0x8E || third == 0x8F || (third >= 0xAA && third <= 0xAE)
                          : second == 0x81 && third >= 0xA6 && third <= 0xA9;
}

bool bytes_has_control(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] < 0x20 || b.p[i] == 0x7F)
            return true;
        if (b.p[i] == 0xC2 && i + 1 < b.n && b.p[i + 1] < 0xA0)
            return true; /* U+0080 to U+009F: U+009B begins terminal commands, as ESC [ does */
        if (b.n - i >= 3 && b.p[i] == 0xE2 && turns_text_round(b.p[i + 1], b.p[i + 2]))
            return true;
    }
    return false;
}

size_t bytes_utf8_cut(struct bytes b, size_t max_bytes)
{
    if (b.n <= max_bytes)
        return b.n;
    size_t cut = max_bytes;
    while (cut > 0 && max_bytes - cut < 3 && (b.p[cut] & 0xC0) == 0x80)
        cut--;
    return (b.p[cut] & 0xC0) == 0x80 ? max_bytes : cut;
}
