#include "base/str.h"

#include <string.h>

char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool ascii_is_alnum(char c)
{
    char lower = ascii_lower(c);
    return ascii_is_digit(c) || (lower >= 'a' && lower <= 'z');
}

bool str_eq(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_eq_nocase(const char *a, const char *b)
{
    return a == b || (a && b && bytes_eq_nocase(bytes_of(a), bytes_of(b)));
}

bool str_starts_with(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends_with(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

/* Writes one byte as str_escape() says, at most 4 characters; returns where the next goes. */
static char *put_escaped(char *at, uint8_t c)
{
    if (c < 0x20 || c > 0x7E) {
        *at++ = '\\';
        *at++ = (char)('0' + c / 100);
        *at++ = (char)('0' + c / 10 % 10);
        *at++ = (char)('0' + c % 10);
        return at;
    }
    if (c == '"' || c == '\\')
        *at++ = '\\';
    *at++ = (char)c;
    return at;
}

const char *str_escape(struct arena *arena, struct bytes b, size_t max_bytes)
{
    size_t shown = b.n < max_bytes ? b.n : max_bytes;
    char *text = arena_alloc(arena, shown * 4 + 4);
    char *at = text;
    for (size_t i = 0; i < shown; i++)
        at = put_escaped(at, b.p[i]);
    if (shown < b.n)
        memcpy(at, "...", 3);
    return text;
}

/* What follows a backslash; how many characters it takes, 0 if it is no escape. */
static size_t take_escape(struct bytes text, uint8_t *out)
{
    enum { DIGITS = 3 };
    unsigned number = 0;
    if (text.n == 0)
        return 0;
    *out = text.p[0];
    if (!ascii_is_digit((char)text.p[0]))
        return 1;
    for (size_t i = 0; i < DIGITS; i++) {
        if (i == text.n || !ascii_is_digit((char)text.p[i]))
            return 0;
        number = number * 10 + (unsigned)(text.p[i] - '0');
    }
    *out = (uint8_t)number;
    return number <= UINT8_MAX ? DIGITS : 0;
}

bool str_unescape(struct arena *arena, struct bytes text, struct bytes *out)
{
    uint8_t *to = arena_alloc(arena, text.n + 1);
    *out = (struct bytes){to, 0};
    for (size_t at = 0; at < text.n; out->n++) {
        uint8_t *byte = &to[out->n];
        *byte = text.p[at++];
        if (*byte != '\\')
            continue;
        size_t taken = take_escape((struct bytes){text.p + at, text.n - at}, byte);
        if (taken == 0)
            return false;
        at += taken;
    }
    return true;
}

const char *str_show(char shown[STR_SHOWN_MAX], struct bytes b)
{
    char *at = shown;
    size_t i = 0;
    for (; i < b.n; i++) {
        char escaped[4];
        size_t n = (size_t)(put_escaped(escaped, b.p[i]) - escaped);
        if ((size_t)(at - shown) + n > STR_SHOWN_MAX - sizeof "...")
            break;
        memcpy(at, escaped, n);
        at += n;
    }
    memcpy(at, i < b.n ? "..." : "", i < b.n ? sizeof "..." : 1);
    return shown;
}

const char *str_report(struct arena *arena, struct bytes b, size_t max_bytes)
{
    if (!bytes_is_utf8(b) || bytes_has_control(b))
        return str_escape(arena, b, max_bytes);
    size_t shown = bytes_utf8_cut(b, max_bytes);
    char *text = arena_alloc(arena, shown + 4);
    if (shown)
        memcpy(text, b.p, shown);
    if (shown < b.n)
        memcpy(text + shown, "...", 3);
    return text;
}
