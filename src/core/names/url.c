#include "core/names/url.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/names/uri.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *url_scheme_str(enum url_scheme scheme)
{
    return scheme == SCHEME_HTTPS ? "https" : "http";
}

bool url_scheme_parse(const char *text, enum url_scheme *out)
{
    bool is_https = str_eq(text, "https");
    if (!is_https && !str_eq(text, "http"))
        return false;
    *out = is_https ? SCHEME_HTTPS : SCHEME_HTTP;
    return true;
}

static uint16_t default_port(enum url_scheme scheme)
{
    return scheme == SCHEME_HTTPS ? 443 : 80;
}

const char *url_authority(const struct url *url, struct arena *arena)
{
    bool in_brackets = url->host_is_address && url->address.family == 6;
    const char *host = in_brackets ? arena_printf(arena, "[%s]", url->host) : url->host;
    return url->port == default_port(url->scheme) ? host
                                                  : arena_printf(arena, "%s:%u", host, url->port);
}

const char *url_format(const struct url *url, struct arena *arena)
{
    return arena_printf(arena, "%s://%s%s", url_scheme_str(url->scheme), url_authority(url, arena),
                        url->path);
}

/* Parsing */

static bool parse_scheme(const struct uri *uri, struct url *out, struct err *err)
{
    if (bytes_eq_nocase(uri->scheme, bytes_of("http")))
        out->scheme = SCHEME_HTTP;
    else if (bytes_eq_nocase(uri->scheme, bytes_of("https")))
        out->scheme = SCHEME_HTTPS;
    else
        return err_set(err, ERR_RANGE, "the scheme must be http or https");
    return true;
}

static bool parse_port(struct bytes text, struct url *out, struct err *err)
{
    unsigned long port = 0;
    out->port = default_port(out->scheme);
    if (text.n == 0)
        return true;
    bool is_number = text.n <= 5 && text.p[0] != '0';
    for (size_t i = 0; is_number && i < text.n; i++) {
        is_number = ascii_is_digit((char)text.p[i]);
        port = port * 10 + (unsigned long)(text.p[i] - '0');
    }
    if (!is_number || port > UINT16_MAX)
        return err_set(err, ERR_PARSE, "the port must be a number from 1 to 65535");
    out->port = (uint16_t)port;
    return true;
}

static bool parse_host(struct bytes host, struct arena *arena, struct url *out, struct err *err)
{
    char canonical[LIMIT_NAME_OCTETS + 1];
    bool in_brackets = host.n >= 2 && host.p[0] == '[';
    const char *text = (const char *)host.p;
    if (in_brackets) {
        if (!address_parse(text + 1, host.n - 2, &out->address) || out->address.family != 6)
            return err_set(err, ERR_PARSE, "there is no IPv6 address in the brackets");
        out->host_is_address = true;
    } else {
        out->host_is_address = address_parse(text, host.n, &out->address);
        /* An IPv6 address without brackets would have been cut at its colons. */
        assert(!out->host_is_address || out->address.family == 4);
    }
    if (out->host_is_address)
        address_format(&out->address, canonical);
    else if (!name_prepare(text, host.n, canonical, err))
        return err_prefix(err, "the host is invalid");
    out->host = arena_strdup(arena, canonical);
    return true;
}

static bool parse_authority(struct bytes authority, struct arena *arena, struct url *out,
                            struct err *err)
{
    if (authority.n && memchr(authority.p, '@', authority.n))
        return err_set(err, ERR_RANGE, "user information is not allowed");
    size_t host_length = 0;
    if (authority.n && authority.p[0] == '[') {
        const uint8_t *end = memchr(authority.p, ']', authority.n);
        if (!end)
            return err_set(err, ERR_PARSE, "there is a bracket that is not closed");
        host_length = (size_t)(end - authority.p) + 1;
    } else {
        while (host_length < authority.n && authority.p[host_length] != ':')
            host_length++;
    }
    struct bytes port = {authority.p + host_length, authority.n - host_length};
    if (port.n > 0 && port.p[0] != ':')
        return err_set(err, ERR_PARSE, "something stands between the host and its port");
    if (port.n > 0)
        port = (struct bytes){port.p + 1, port.n - 1};
    return parse_port(port, out, err) &&
           parse_host((struct bytes){authority.p, host_length}, arena, out, err);
}

bool url_parse(struct bytes text, struct arena *arena, struct url *out, struct err *err)
{
    struct url url = {0};
    if (text.n > LIMIT_URL_BYTES)
        return err_set(err, ERR_LIMIT, "a URL may have %d bytes", LIMIT_URL_BYTES);
    if (!uri_is_well_formed(text))
        return err_set(err, ERR_PARSE, "it has characters that a URL must not have (RFC 3986)");
    struct uri uri = uri_split(text);
    if (!parse_scheme(&uri, &url, err))
        return false;
    if (!uri.has_authority)
        return err_set(err, ERR_PARSE, "it has no host");
    if (!parse_authority(uri.authority, arena, &url, err))
        return false;
    struct bytes path = uri.path.n ? uri.path : bytes_of("/");
    url.path = arena_printf(arena, "%.*s%s%.*s", (int)path.n, (const char *)path.p,
                            uri.has_query ? "?" : "", (int)uri.query.n,
                            uri.query.n ? (const char *)uri.query.p : "");
    *out = url;
    return true;
}

/* The first URL */

static void start_at(const struct target *target, enum url_scheme scheme, struct arena *arena,
                     struct url *out)
{
    assert(!target->is_wildcard); /* BR 3.2.2.4.18, .19: no method over HTTP proves a wildcard */
    *out = (struct url){
        .scheme = scheme,
        .host = arena_strdup(arena, target->canonical),
        .host_is_address = target_is_ip(target),
        .address = target->address,
        .port = default_port(scheme),
    };
}

void url_of_http_01(const struct target *target, const char *token, struct arena *arena,
                    struct url *out)
{
    start_at(target, SCHEME_HTTP, arena, out);
    out->path = arena_printf(arena, "/.well-known/acme-challenge/%s", token);
}

void url_of_website_change(const struct target *target, enum url_scheme scheme, const char *path,
                           struct arena *arena, struct url *out)
{
    start_at(target, scheme, arena, out);
    out->path = arena_printf(arena, "/.well-known/pki-validation/%s", path);
}

/* What a request may put into a URL */

static bool check_length(const char *text, size_t max, struct err *err)
{
    size_t length = strlen(text);
    if (length == 0)
        return err_set(err, ERR_RANGE, "it is empty");
    if (length > max)
        return err_set(err, ERR_LIMIT, "it has %zu bytes; %zu are allowed", length, max);
    return true;
}

static bool check_base64url(const char *text, size_t max, const char *more, struct err *err)
{
    if (!check_length(text, max, err))
        return false;
    for (const char *c = text; *c; c++)
        if (!ascii_is_alnum(*c) && *c != '-' && *c != '_' && !strchr(more, *c))
            return err_set(
                err, ERR_PARSE,
                "only letters, digits, \"-\"%s and \"_\" are allowed (RFC 8555 section 8)",
                *more ? ", \".\"" : "");
    return true;
}

bool acme_token_check(const char *token, struct err *err)
{
    return check_base64url(token, LIMIT_TOKEN_BYTES, "", err);
}

bool key_authorization_check(const char *text, struct err *err)
{
    return check_base64url(text, LIMIT_KEY_AUTHORIZATION_BYTES, ".", err);
}

/* Characters one by one, each escape as one. */
static bool check_path_characters(struct bytes path, struct err *err)
{
    for (size_t i = 0; i < path.n; i++) {
        int escaped = uri_escape_value((struct bytes){path.p + i, path.n - i});
        if (escaped == '/' || escaped == '\\' || escaped == 0)
            return err_set(
                err, ERR_RANGE,
                "\"%%2f\", \"%%5c\" and \"%%00\" are not allowed: servers differ in what "
                "they make of them");
        if (path.p[i] == '%' && escaped < 0)
            return err_set(err, ERR_PARSE, "a \"%%\" is not followed by two hex digits");
        if (path.p[i] != '%' && path.p[i] != '/' && !uri_is_path_character((char)path.p[i]))
            return err_set(err, ERR_PARSE,
                           "it holds a character that the path of a URL must not have (RFC 3986 "
                           "section 3.3)");
    }
    return true;
}

/* "." or "..", in plain or percent-encoded, parameters aside: "..;x" is ".." to some servers. */
static bool is_dot_segment(struct bytes segment)
{
    size_t dots = 0;
    for (size_t i = 0; i < segment.n; dots++) {
        int escaped = uri_escape_value((struct bytes){segment.p + i, segment.n - i});
        int c = escaped >= 0 ? escaped : segment.p[i];
        if (c == ';')
            break;
        if (c != '.')
            return false;
        i += escaped >= 0 ? 3 : 1;
    }
    return dots == 1 || dots == 2;
}

bool http_token_path_check(const char *path, struct err *err)
{
    if (!check_length(path, LIMIT_HTTP_TOKEN_PATH_BYTES, err) ||
        !check_path_characters(bytes_of(path), err))
        return false;
    bool names_something = false;
    for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL) {
        struct bytes segment = {(const uint8_t *)at, strcspn(at, "/")};
        names_something = names_something || segment.n > 0;
        if (is_dot_segment(segment))
            return err_set(err, ERR_RANGE,
                           "it must stay below /.well-known/pki-validation/ (BR 3.2.2.4.18): no "
                           "segment \".\" or \"..\"");
    }
    return names_something || err_set(err, ERR_RANGE, "it names no file");
}

/* The expected value in the request */

/* Nobody encodes more often; each layer costs a pass over the text, and "%2525…" has hundreds. */
enum { ENCODING_DEPTH_MAX = 16 };

/* Undoes percent-encoding once, in place. */
static void decode(struct bytes *b, uint8_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; n++) {
        int escaped = uri_escape_value((struct bytes){b->p + i, b->n - i});
        out[n] = escaped >= 0 ? (uint8_t)escaped : b->p[i];
        i += escaped >= 0 ? 3 : 1;
    }
    *b = (struct bytes){out, n};
}

/* A copy with "+" as a blank. */
static uint8_t *copy_plain(struct bytes b)
{
    uint8_t *copy = xmalloc(b.n + 1);
    for (size_t i = 0; i < b.n; i++)
        copy[i] = b.p[i] == '+' ? ' ' : b.p[i];
    return copy;
}

bool url_holds_value(const char *text, const char *value)
{
    if (!value || !*value)
        return false;
    struct bytes needle = bytes_of(value), hay = bytes_of(text);
    uint8_t *plain_value = copy_plain(needle), *plain = copy_plain(hay);
    needle.p = plain_value;
    hay.p = plain;
    bool holds = bytes_contain_nocase(hay, needle);
    size_t before = hay.n + 1;
    for (int depth = 0; !holds && hay.n < before; depth++) {
        before = hay.n;
        decode(&hay, plain);
        holds = depth == ENCODING_DEPTH_MAX || bytes_contain_nocase(hay, needle);
    }
    free(plain_value);
    free(plain);
    return holds;
}
