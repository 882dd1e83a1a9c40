#include "wire/hide.h"

#include "base/mem.h"
#include "wire/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char page_name[] = "\"response_page\"";

struct hiding {
    struct bytes json;
    const struct bytes *values;
    struct buf *escaped; /* the same as JSON has them, without quotes */
    size_t count;
    struct buf *out;
};

static bool is_secret(struct bytes value)
{
    return value.n >= HIDDEN_MIN_BYTES;
}

/* How many bytes the string literal at `at` has, with its quotes. */
static size_t literal_length(struct bytes json, size_t at)
{
    size_t end = at + 1;
    while (end < json.n && json.p[end] != '"')
        end += json.p[end] == '\\' ? 2 : 1;
    return (end < json.n ? end + 1 : json.n) - at;
}

/* The length of the longest value that stands at the start of `text`; 0: none. */
static size_t match_at(const struct hiding *hiding, struct bytes text)
{
    size_t longest = 0;
    for (size_t i = 0; i < hiding->count; i++) {
        struct bytes value = buf_bytes(&hiding->escaped[i]);
        if (is_secret(hiding->values[i]) && value.n > longest && value.n <= text.n &&
            memcmp(text.p, value.p, value.n) == 0)
            longest = value.n;
    }
    return longest;
}

static void put_literal(const struct hiding *hiding, struct bytes literal)
{
    size_t kept = 0, at = 0;
    while (at < literal.n) {
        size_t n = match_at(hiding, (struct bytes){literal.p + at, literal.n - at});
        if (n == 0) {
            at++;
            continue;
        }
        buf_append(hiding->out, literal.p + kept, at - kept);
        text_put_raw(hiding->out, HIDDEN_TEXT);
        at += n;
        kept = at;
    }
    buf_append(hiding->out, literal.p + kept, literal.n - kept);
}

static int base64_value(uint8_t c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* To the first byte that is no digit: ours, or a perspective's. */
static void decode_base64(struct bytes text, struct buf *out)
{
    unsigned bits = 0, count = 0;
    for (size_t i = 0; i < text.n && base64_value(text.p[i]) >= 0; i++) {
        bits = (bits << 6 | (unsigned)base64_value(text.p[i])) & 0xffffff;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        buf_append(out, &(uint8_t){(uint8_t)(bits >> count)}, 1);
    }
}

static bool page_holds_value(const struct hiding *hiding, struct bytes literal)
{
    struct buf page = {0};
    bool holds = false;
    decode_base64((struct bytes){literal.p + 1, literal.n - 2}, &page);
    for (size_t i = 0; i < hiding->count && !holds; i++)
        holds = is_secret(hiding->values[i]) && bytes_contain(buf_bytes(&page), hiding->values[i]);
    buf_clear(&page);
    return holds;
}

static void put_json(const struct hiding *hiding)
{
    const struct bytes json = hiding->json;
    bool is_page = false;
    for (size_t at = 0; at < json.n;) {
        if (json.p[at] != '"') {
            buf_append(hiding->out, json.p + at++, 1);
            continue;
        }
        struct bytes literal = {json.p + at, literal_length(json, at)};
        at += literal.n;
        bool is_name = at < json.n && json.p[at] == ':';
        if (is_name)
            buf_append(hiding->out, literal.p, literal.n);
        else if (is_page && literal.n > 2 && page_holds_value(hiding, literal))
            text_put_string(hiding->out, HIDDEN_TEXT);
        else
            put_literal(hiding, literal);
        is_page = is_name && bytes_eq(literal, bytes_of(page_name));
    }
}

void hide_values(struct bytes json, const struct bytes *values, size_t count, struct buf *out)
{
    struct hiding hiding = {.json = json, .values = values, .count = count, .out = out};
    hiding.escaped = xcalloc(count + 1, sizeof *hiding.escaped);
    for (size_t i = 0; i < count; i++) {
        struct buf *escaped = &hiding.escaped[i];
        text_put_bytes(escaped, values[i]);
        memmove(escaped->p, escaped->p + 1, escaped->n - 1);
        escaped->n -= 2;
    }
    put_json(&hiding);
    for (size_t i = 0; i < count; i++)
        buf_clear(&hiding.escaped[i]);
    free(hiding.escaped);
}
