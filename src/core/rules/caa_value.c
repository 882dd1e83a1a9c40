#include "core/rules/caa_value.h"

#include "base/str.h"

#include <string.h>

/* Where the pass has come to. No step goes back, except over blanks at the end of a token. */
struct scan {
    const uint8_t *at, *end;
};

static bool is_at_end(const struct scan *s)
{
    return s->at == s->end;
}

static bool is_at(const struct scan *s, char c)
{
    return s->at < s->end && *s->at == (uint8_t)c;
}

static void skip_blanks(struct scan *s)
{
    while (is_at(s, ' ') || is_at(s, '\t'))
        s->at++;
}

static bool is_alnum(uint8_t c)
{
    return c < 0x80 && ascii_is_alnum((char)c);
}

/* `label` and `tag`: letters, digits and inner hyphens; false if there is none here. */
static bool scan_word(struct scan *s, struct bytes *word)
{
    const uint8_t *start = s->at;
    while (s->at < s->end && (is_alnum(*s->at) || *s->at == '-'))
        s->at++;
    *word = (struct bytes){start, (size_t)(s->at - start)};
    return word->n && *start != '-' && s->at[-1] != '-';
}

static bool scan_issuer(struct scan *s, struct bytes *issuer)
{
    const uint8_t *start = s->at;
    struct bytes label;
    bool is_good = scan_word(s, &label);
    while (is_good && is_at(s, '.')) {
        s->at++;
        is_good = scan_word(s, &label);
    }
    *issuer = (struct bytes){start, (size_t)(s->at - start)};
    return is_good;
}

/* %x21-3A / %x3C-7E: visible ASCII but `;`. */
static struct bytes scan_value(struct scan *s)
{
    const uint8_t *start = s->at;
    while (s->at < s->end && *s->at >= 0x21 && *s->at <= 0x7E && *s->at != ';')
        s->at++;
    return (struct bytes){start, (size_t)(s->at - start)};
}

/* One parameter with the blanks after it; there is something to read. NULL, or what is wrong. */
static const char *scan_parameter(struct scan *s, struct caa_parameter *out)
{
    if (is_at(s, ';'))
        return "a parameter is empty";
    if (!scan_word(s, &out->tag))
        return "a parameter tag has other characters than letters, digits and inner hyphens";
    skip_blanks(s);
    if (!is_at(s, '='))
        return "a parameter tag is not followed by '='";
    s->at++;
    skip_blanks(s);
    out->value = scan_value(s);
    skip_blanks(s);
    if (!is_at(s, ';') && !is_at_end(s))
        return "a parameter value has a blank or a byte that is not visible ASCII";
    return NULL;
}

/* A list that doubles, so that the pass stays linear. */
struct parameters {
    struct caa_parameter *items;
    size_t count, room;
};

static void add_parameter(struct arena *arena, struct parameters *list, struct caa_parameter item)
{
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 4;
        struct caa_parameter *items = arena_array(arena, list->room, sizeof *items);
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
    }
    list->items[list->count++] = item;
}

static const char *scan_parameters(struct scan *s, struct arena *arena, struct parameters *list)
{
    for (;;) {
        struct caa_parameter parameter = {0};
        const char *problem = scan_parameter(s, &parameter);
        if (problem)
            return problem;
        add_parameter(arena, list, parameter);
        if (is_at_end(s))
            return NULL;
        s->at++; /* the `;`: another parameter must follow */
        skip_blanks(s);
        if (is_at_end(s))
            return "nothing follows the ';' after the last parameter";
    }
}

/* What people write who know zone files: a complete name, not only in RFC 8659 section 4.2. */
static bool ends_in_dot(const struct scan *s, struct bytes issuer)
{
    bool has_ended = is_at_end(s) || is_at(s, ';') || is_at(s, ' ') || is_at(s, '\t');
    return has_ended && issuer.n > 1 && issuer.p[issuer.n - 1] == '.' &&
           issuer.p[issuer.n - 2] != '.';
}

static const char *scan_all(struct scan *s, struct arena *arena, struct caa_value *out)
{
    skip_blanks(s);
    if (!is_at(s, ';') && !is_at_end(s)) {
        if (!scan_issuer(s, &out->issuer))
            return ends_in_dot(s, out->issuer)
                       ? "the issuer domain name ends in a dot, which is not allowed there"
                       : "the issuer domain name is malformed";
        skip_blanks(s);
    }
    if (is_at_end(s))
        return NULL;
    if (!is_at(s, ';'))
        return "the issuer domain name is malformed or not followed by ';'";
    s->at++;
    skip_blanks(s);
    if (is_at_end(s))
        return NULL;
    struct parameters list = {0};
    const char *problem = scan_parameters(s, arena, &list);
    out->parameters = list.items;
    out->parameter_count = list.count;
    return problem;
}

bool caa_value_parse(struct arena *arena, struct bytes value, struct caa_value *out,
                     const char **problem)
{
    struct scan s = {value.p, value.p + value.n};
    *out = (struct caa_value){0};
    const char *wrong = value.n ? scan_all(&s, arena, out) : NULL;
    if (!wrong)
        return true;
    *out = (struct caa_value){0};
    *problem = wrong;
    return false;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct bytes caa_value_issuer(struct bytes value)
{
    struct bytes issuer = {value.p, 0};
    while (issuer.n < value.n && value.p[issuer.n] != ';')
        issuer.n++;
    while (issuer.n && is_blank(issuer.p[issuer.n - 1]))
        issuer.n--;
    while (issuer.n && is_blank(issuer.p[0])) {
        issuer.p++;
        issuer.n--;
    }
    return issuer;
}

bool caa_issuer_is_valid(const char *issuer)
{
    struct bytes text = bytes_of(issuer), seen;
    if (!text.n)
        return false;
    struct scan s = {text.p, text.p + text.n};
    return scan_issuer(&s, &seen) && is_at_end(&s);
}

bool caa_issuer_is_among(struct bytes issuer, const struct strv *issuers)
{
    for (size_t i = 0; i < issuers->count; i++)
        if (issuer.n && bytes_eq_nocase(issuer, bytes_of(issuers->items[i])))
            return true;
    return false;
}

size_t caa_value_get(const struct caa_value *value, const char *tag, struct bytes *first)
{
    size_t count = 0;
    for (size_t i = 0; i < value->parameter_count; i++) {
        if (!bytes_eq_nocase(value->parameters[i].tag, bytes_of(tag)))
            continue;
        if (first && count == 0)
            *first = value->parameters[i].value;
        count++;
    }
    return count;
}
