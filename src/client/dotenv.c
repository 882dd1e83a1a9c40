#include "client/dotenv.h"

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <string.h>

struct reading {
    const char *at; /* the text, with a NUL behind it */
    size_t line;
    dotenv_look_up_fn *look_up;
    struct arena *arena;
    struct dotenv_entry *entries;
    size_t count, capacity;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static void skip_blanks(struct reading *r)
{
    while (is_blank(*r->at))
        r->at++;
}

static void skip_line(struct reading *r)
{
    r->at += strcspn(r->at, "\n");
}

static void add(struct reading *r, struct dotenv_entry entry)
{
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 2 : 32;
        struct dotenv_entry *entries = arena_array(r->arena, capacity, sizeof *entries);
        for (size_t i = 0; i < r->count; i++)
            entries[i] = r->entries[i];
        r->entries = entries;
        r->capacity = capacity;
    }
    r->entries[r->count++] = entry;
}

/* --- ${NAME} --------------------------------------------------------------------------------- */

const char *dotenv_get(const struct dotenv *dotenv, const char *key)
{
    for (size_t i = dotenv->count; i > 0; i--)
        if (dotenv->entries[i - 1].key && str_eq(dotenv->entries[i - 1].key, key))
            return dotenv->entries[i - 1].value;
    return NULL;
}

/* The environment wins, then lines above. */
static const char *value_of(const struct reading *r, const char *name)
{
    const struct dotenv so_far = {.entries = r->entries, .count = r->count};
    const char *value = r->look_up ? r->look_up(name) : NULL;
    return value ? value : dotenv_get(&so_far, name);
}

static const char *expand(struct reading *r, const char *text, const char **unset)
{
    struct buf out = {0};
    for (const char *p = text; *p;) {
        size_t length = str_starts_with(p, "${") ? strcspn(p, "}") : 0;
        if (length == 0 || p[length] == '\0') {
            buf_append(&out, p++, 1);
            continue;
        }
        const char *inside = arena_strndup(r->arena, p + 2, length - 2);
        const char *otherwise = strstr(inside, ":-");
        const char *name =
            otherwise ? arena_strndup(r->arena, inside, (size_t)(otherwise - inside)) : inside;
        const char *value = value_of(r, name);
        if (!value && otherwise)
            value = otherwise + 2;
        if (!value)
            *unset = name;
        buf_printf(&out, "%s", value ? value : "");
        p += length + 1;
    }
    const char *copy = arena_strdup(r->arena, buf_str(&out));
    buf_clear(&out);
    return copy;
}

/* --- values ---------------------------------------------------------------------------------- */

/* What follows a backslash in double quotes; others keep it. */
static bool unescape(char quote, char c, char *out)
{
    static const char from[] = "abfnrtv\"'\\", to[] = "\a\b\f\n\r\t\v\"'\\";
    const char *found = quote == '"' ? strchr(from, c) : (c == '\'' || c == '\\') ? &c : NULL;
    if (!found || c == '\0')
        return false;
    *out = quote == '"' ? to[found - from] : c;
    return true;
}

/* NULL if the quote never ends. */
static const char *take_quoted(struct reading *r)
{
    char quote = *r->at;
    char *value = arena_alloc(r->arena, strlen(r->at) + 1);
    size_t n = 0;
    const char *p = r->at + 1;
    for (; *p && *p != quote; p++) {
        if (*p == '\\' && unescape(quote, p[1], &value[n]))
            n++, p++;
        else
            value[n++] = *p;
    }
    if (!*p)
        return NULL;
    for (const char *q = r->at; q < p; q++)
        r->line += *q == '\n';
    r->at = p + 1;
    return value;
}

/* To the end of the line, or to a "#" behind a blank. */
static const char *take_plain(struct reading *r)
{
    const char *start = r->at;
    size_t length = strcspn(start, "\n");
    for (size_t i = 0; i < length; i++)
        if (i && start[i] == '#' && is_blank(start[i - 1]))
            length = i;
    r->at += strcspn(r->at, "\n");
    while (length && is_blank(start[length - 1]))
        length--;
    return arena_strndup(r->arena, start, length);
}

/* --- lines ----------------------------------------------------------------------------------- */

/* NULL if there is none. */
static const char *take_key(struct reading *r)
{
    if (str_starts_with(r->at, "export") && is_blank(r->at[6])) {
        r->at += 6;
        skip_blanks(r);
    }
    bool is_quoted = *r->at == '\'';
    const char *start = r->at + is_quoted;
    size_t length = strcspn(start, is_quoted ? "'\n" : "=# \t\r\f\v\n");
    if (length == 0 || (is_quoted && start[length] != '\''))
        return NULL;
    r->at = start + length + is_quoted;
    return arena_strndup(r->arena, start, length);
}

static void take_line(struct reading *r)
{
    struct dotenv_entry entry = {.line = r->line};
    const char *key = take_key(r);
    skip_blanks(r);
    bool has_value = key && *r->at == '=';
    const char *value = NULL;
    if (has_value) {
        r->at++;
        skip_blanks(r);
        value = *r->at == '"' || *r->at == '\'' ? take_quoted(r) : take_plain(r);
        skip_blanks(r);
    }
    bool is_clean = *r->at == '\0' || *r->at == '\n' || *r->at == '#';
    skip_line(r);
    if (key && !has_value && is_clean)
        return; /* python-dotenv takes it for a key without a value */
    if (value && is_clean) {
        entry.key = key;
        entry.value = expand(r, value, &entry.unset);
    }
    add(r, entry);
}

struct dotenv dotenv_read(struct bytes text, dotenv_look_up_fn *look_up, struct arena *arena)
{
    struct reading r = {.at =
                            arena_strndup(arena, (const char *)arena_bytes(arena, text).p, text.n),
                        .line = 1,
                        .look_up = look_up,
                        .arena = arena};
    while (*r.at) {
        skip_blanks(&r);
        if (*r.at == '#')
            skip_line(&r);
        if (*r.at == '\n') {
            r.at++;
            r.line++;
        } else if (*r.at) {
            take_line(&r);
        }
    }
    return (struct dotenv){.entries = r.entries, .count = r.count};
}
