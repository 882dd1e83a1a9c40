#include "wire/text.h"

#include <string.h>

void text_put_raw(struct buf *out, const char *json)
{
    buf_append(out, json, strlen(json));
}

void text_put_separator(struct buf *out)
{
    if (out->n > 0 && out->p[out->n - 1] != '[' && out->p[out->n - 1] != '{')
        buf_append(out, ",", 1);
}

void text_put_key(struct buf *out, const char *name)
{
    text_put_separator(out);
    buf_append(out, "\"", 1);
    buf_append(out, name, strlen(name));
    buf_append(out, "\":", 2);
}

static void put_escaped(struct buf *out, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    /* RFC 8259 section 7: the short forms where there are some, as the reference writes them. */
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *at = c ? strchr(from, c) : NULL;
    if (at) {
        const char pair[2] = {'\\', to[at - from]};
        buf_append(out, pair, sizeof pair);
        return;
    }
    const char unit[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    buf_append(out, unit, sizeof unit);
}

void text_put_bytes(struct buf *out, struct bytes s)
{
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    bool utf8_is_known = false, is_utf8 = true;
    size_t from = 0;
    if (out->overflow) /* nothing more fits: do not go through it in vain */
        return;
    buf_append(out, "\"", 1);
    for (size_t i = 0; i < s.n && !out->overflow; i++) {
        uint8_t c = s.p[i];
        if (c >= 0x80 && !utf8_is_known) {
            is_utf8 = bytes_is_utf8((struct bytes){s.p + i, s.n - i});
            utf8_is_known = true;
        }
        bool is_plain = c >= 0x80 ? is_utf8 : c >= 0x20 && c != '"' && c != '\\';
        if (is_plain)
            continue;
        buf_append(out, s.p + from, i - from);
        from = i + 1;
        if (c >= 0x80)
            buf_append(out, replacement, sizeof replacement - 1);
        else
            put_escaped(out, c);
    }
    if (out->overflow)
        return;
    buf_append(out, s.p + from, s.n - from);
    buf_append(out, "\"", 1);
}

void text_put_string(struct buf *out, const char *s)
{
    if (s)
        text_put_bytes(out, bytes_of(s));
    else
        buf_append(out, "null", 4);
}

void text_put_int(struct buf *out, int64_t value)
{
    char digits[20]; /* "-9223372036854775808" */
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        digits[--at] = '-';
    buf_append(out, digits + at, sizeof digits - at);
}

void text_put_bool(struct buf *out, bool value)
{
    text_put_raw(out, value ? "true" : "false");
}

size_t text_cut(struct bytes s, size_t max)
{
    if (s.n <= max)
        return s.n;
    while (max > 0 && (s.p[max] & 0xC0) == 0x80)
        max--;
    return max;
}

size_t text_fit(struct bytes s, size_t max)
{
    size_t n = 0;
    for (size_t taken = 0; n < s.n; n++) {
        uint8_t c = s.p[n];
        /* A byte that is no UTF-8 takes three, as U+FFFD. */
        taken += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : c >= 0x80 ? 3 : 1;
        if (taken > max)
            break;
    }
    return text_cut(s, n);
}
