#include "core/names/uri.h"

#include "base/address.h"
#include "base/str.h"

#include <string.h>

/* Cuts `text` before the first of `ends`; the rest stays in `text`. */
static struct bytes cut_before(struct bytes *text, const char *ends)
{
    size_t n = 0;
    while (n < text->n && !memchr(ends, text->p[n], strlen(ends)))
        n++;
    struct bytes head = {text->p, n};
    *text = (struct bytes){text->p + n, text->n - n};
    return head;
}

static void skip(struct bytes *text, size_t n)
{
    *text = (struct bytes){text->p + n, text->n - n};
}

static bool starts_with(struct bytes text, const char *prefix)
{
    size_t n = strlen(prefix);
    return text.n >= n && memcmp(text.p, prefix, n) == 0;
}

struct uri uri_split(struct bytes text)
{
    struct uri uri = {0};
    struct bytes rest = {text.n ? text.p : (const uint8_t *)"", text.n};
    rest = cut_before(&rest, "#");
    struct bytes after = rest;
    struct bytes scheme = cut_before(&after, ":/?");
    if (scheme.n > 0 && starts_with(after, ":")) {
        uri.has_scheme = true;
        uri.scheme = scheme;
        skip(&after, 1);
        rest = after;
    }
    if (starts_with(rest, "//")) {
        uri.has_authority = true;
        skip(&rest, 2);
        uri.authority = cut_before(&rest, "/?");
    }
    uri.path = cut_before(&rest, "?");
    if (rest.n > 0) {
        uri.has_query = true;
        skip(&rest, 1);
        uri.query = rest;
    }
    return uri;
}

static int hex_value(uint8_t c)
{
    char lower = ascii_lower((char)c);
    return ascii_is_digit(lower)          ? lower - '0'
           : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                          : -1;
}

int uri_escape_value(struct bytes b)
{
    if (b.n < 3 || b.p[0] != '%' || hex_value(b.p[1]) < 0 || hex_value(b.p[2]) < 0)
        return -1;
    return hex_value(b.p[1]) << 4 | hex_value(b.p[2]);
}

bool uri_is_path_character(char c)
{
    return ascii_is_alnum(c) || (c && strchr("-._~!$&'()*+,;=:@", c));
}

static bool has_only(struct bytes b, const char *more)
{
    for (size_t i = 0; i < b.n; i++) {
        char c = (char)b.p[i];
        bool is_escape = uri_escape_value((struct bytes){b.p + i, b.n - i}) >= 0;
        if (!is_escape && !uri_is_path_character(c) && !(c && strchr(more, c)))
            return false;
    }
    return true;
}

bool uri_is_well_formed(struct bytes text)
{
    struct bytes rest = text;
    cut_before(&rest, "#");
    if (rest.n > 0)
        skip(&rest, 1);
    struct uri uri = uri_split(text);
    return has_only(uri.scheme, "") && has_only(uri.authority, "[]") && has_only(uri.path, "/") &&
           has_only(uri.query, "/?") && has_only(rest, "/?");
}

static bool is_scheme(struct bytes scheme)
{
    for (size_t i = 0; i < scheme.n; i++) {
        char c = (char)scheme.p[i];
        if (!ascii_is_alnum(c) && (!c || !strchr("+-.", c)))
            return false;
    }
    return scheme.n > 0 && ascii_is_alnum((char)scheme.p[0]) && !ascii_is_digit((char)scheme.p[0]);
}

/* IPv6address, or IPvFuture (RFC 3986 section 3.2.2), between the brackets. */
static bool is_ip_literal(struct bytes text)
{
    struct address address;
    if (text.n > 0 && ascii_lower((char)text.p[0]) == 'v') {
        struct bytes rest = {text.p + 1, text.n - 1};
        struct bytes version = cut_before(&rest, ".");
        for (size_t i = 0; i < version.n; i++)
            if (hex_value(version.p[i]) < 0)
                return false;
        bool has_escape = rest.n && memchr(rest.p, '%', rest.n);
        return version.n > 0 && rest.n > 1 && !has_escape && !memchr(rest.p, '@', rest.n) &&
               has_only(rest, "");
    }
    return address_parse((const char *)text.p, text.n, &address) && address.family == 6;
}

static bool is_port(struct bytes text)
{
    for (size_t i = 1; i < text.n; i++)
        if (!ascii_is_digit((char)text.p[i]))
            return false;
    return text.n == 0 || text.p[0] == ':';
}

/* [userinfo "@"] host [":" port], RFC 3986 section 3.2. */
static bool is_authority(struct bytes authority)
{
    struct bytes rest = authority;
    struct bytes user = cut_before(&rest, "@");
    if (rest.n > 0 && !has_only(user, ""))
        return false;
    if (rest.n > 0)
        skip(&rest, 1);
    else
        rest = authority;
    if (!starts_with(rest, "[")) {
        struct bytes name = cut_before(&rest, ":");
        bool has_at = name.n > 0 && memchr(name.p, '@', name.n);
        return has_only(name, "") && !has_at && is_port(rest);
    }
    skip(&rest, 1);
    struct bytes literal = cut_before(&rest, "]");
    if (rest.n == 0 || !is_ip_literal(literal))
        return false;
    skip(&rest, 1);
    return is_port(rest);
}

bool uri_is_absolute(struct bytes text)
{
    struct uri uri = uri_split(text);
    return uri.has_scheme && is_scheme(uri.scheme) && uri_is_well_formed(text) &&
           (!uri.has_authority || is_authority(uri.authority));
}

/* Text under construction, of a size that was known to suffice. */
struct writer {
    char *text;
    size_t n;
};

static void put(struct writer *out, struct bytes b)
{
    if (b.n)
        memcpy(out->text + out->n, b.p, b.n);
    out->n += b.n;
    out->text[out->n] = '\0';
}

/* RFC 3986 section 5.2.4; the steps A to E of its loop, over `path`. */
static void put_without_dot_segments(struct writer *out, struct bytes path)
{
    size_t start = out->n;
    while (path.n > 0) {
        if (starts_with(path, "../")) {
            skip(&path, 3);
        } else if (starts_with(path, "./") || starts_with(path, "/./")) {
            skip(&path, 2);
        } else if (bytes_eq(path, bytes_of("/."))) {
            path = bytes_of("/");
        } else if (starts_with(path, "/../") || bytes_eq(path, bytes_of("/.."))) {
            skip(&path, 3);
            path = path.n ? path : bytes_of("/");
            while (out->n > start && out->text[--out->n] != '/')
                continue;
        } else if (bytes_eq(path, bytes_of(".")) || bytes_eq(path, bytes_of(".."))) {
            return;
        } else {
            put(out, (struct bytes){path.p, 1});
            skip(&path, 1);
            put(out, cut_before(&path, "/"));
        }
        out->text[out->n] = '\0';
    }
}

/* RFC 3986 section 5.2.3: the reference's path beside the base's. */
static struct bytes merge_paths(const struct uri *base, struct bytes path, struct arena *arena)
{
    struct writer merged = {arena_alloc(arena, base->path.n + path.n + 2), 0};
    size_t directory = base->path.n;
    while (directory > 0 && base->path.p[directory - 1] != '/')
        directory--;
    bool is_root = base->has_authority && base->path.n == 0;
    put(&merged, is_root ? bytes_of("/") : (struct bytes){base->path.p, directory});
    put(&merged, path);
    return (struct bytes){(const uint8_t *)merged.text, merged.n};
}

/* RFC 3986 section 5.2.2: the parts of the target; `*is_final_path` if it is taken as it is. */
static struct uri transform(const struct uri *base, struct uri r, struct arena *arena,
                            bool *is_final_path)
{
    *is_final_path = false;
    if (r.has_scheme)
        return r;
    r.has_scheme = true;
    r.scheme = base->scheme;
    if (r.has_authority)
        return r;
    r.has_authority = base->has_authority;
    r.authority = base->authority;
    if (r.path.n == 0) {
        *is_final_path = true;
        r.path = base->path;
        if (!r.has_query) {
            r.has_query = base->has_query;
            r.query = base->query;
        }
    } else if (r.path.p[0] != '/') {
        r.path = merge_paths(base, r.path, arena);
    }
    return r;
}

const char *uri_resolve(struct bytes base, struct bytes reference, struct arena *arena)
{
    struct uri from = uri_split(base);
    bool is_final_path;
    struct uri to = transform(&from, uri_split(reference), arena, &is_final_path);
    struct writer out = {arena_alloc(arena, base.n + reference.n + 8), 0};
    put(&out, to.scheme);
    put(&out, bytes_of(":"));
    if (to.has_authority) {
        put(&out, bytes_of("//"));
        put(&out, to.authority);
    }
    if (is_final_path)
        put(&out, to.path);
    else
        put_without_dot_segments(&out, to.path);
    if (to.has_query) {
        put(&out, bytes_of("?"));
        put(&out, to.query);
    }
    return out.text;
}
