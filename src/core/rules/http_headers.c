#include "core/rules/http_headers.h"

#include "base/limits.h"
#include "base/str.h"

#include <string.h>

/* In lower case. */
static const char *const forbidden[] = {
    "host",
    "accept-encoding",
    "range",
    "expect",
    /* hop by hop: RFC 9110 section 7.6.1 and its predecessors */
    "connection",
    "proxy-connection",
    "keep-alive",
    "te",
    "upgrade",
    "http2-settings",
    "proxy-authorization",
    "proxy-authenticate",
    /* framing: RFC 9112 section 6 */
    "content-length",
    "transfer-encoding",
    "trailer",
};

static bool is_forbidden(const char *name)
{
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        if (str_eq_nocase(forbidden[i], name))
            return true;
    return false;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!ascii_is_alnum(*c) && !strchr("!#$%&'*+-.^_`|~", *c))
            return false;
    return *name != '\0';
}

/* RFC 9110 section 5.5, without obs-text: its meaning is nobody's agreement. */
static bool is_field_value(const char *value)
{
    for (const char *c = value; *c; c++)
        if (*c != '\t' && (*c < ' ' || *c > '~'))
            return false;
    return true;
}

static bool check_header(const struct http_header_param *headers, size_t index, struct err *err)
{
    const struct http_header_param *header = &headers[index];
    char shown[STR_SHOWN_MAX];
    str_show(shown, bytes_of(header->name));
    if (!is_token(header->name))
        return err_set(err, ERR_PARSE, "\"%s\" is no header name (RFC 9110 section 5.6.2)", shown);
    if (is_forbidden(header->name))
        return err_set(err, ERR_RANGE, "the header \"%s\" must not be set", shown);
    if (!is_field_value(header->value))
        return err_set(
            err, ERR_PARSE,
            "the value of \"%s\" may have visible ASCII characters, blanks and tabs only", shown);
    for (size_t i = 0; i < index; i++)
        if (str_eq_nocase(headers[i].name, header->name))
            return err_set(err, ERR_RANGE, "the header \"%s\" is given twice", shown);
    return true;
}

bool http_headers_check(const struct http_header_param *headers, size_t count, struct err *err)
{
    size_t bytes = 0;
    if (count > LIMIT_HTTP_HEADERS)
        return err_set(err, ERR_LIMIT, "there are %zu headers; %d are allowed", count,
                       LIMIT_HTTP_HEADERS);
    for (size_t i = 0; i < count; i++) {
        bytes += strlen(headers[i].name) + strlen(headers[i].value);
        if (!check_header(headers, i, err))
            return false;
        if (bytes > LIMIT_HTTP_HEADER_BYTES)
            return err_set(err, ERR_LIMIT,
                           "with \"%.40s\" the headers have more than %d bytes together",
                           headers[i].name, LIMIT_HTTP_HEADER_BYTES);
    }
    return true;
}

bool http_header_travels(const char *name)
{
    return str_eq_nocase(name, "User-Agent") || str_eq_nocase(name, "Accept");
}
