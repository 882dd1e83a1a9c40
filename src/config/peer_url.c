#include "config/peer_url.h"

#include "base/str.h"
#include "core/names/target.h"

#include <string.h>

enum { HOST_MAX = 256 };

bool peer_host_is_loopback(const char *host)
{
    struct address address;
    if (str_eq_nocase(host, "localhost"))
        return true;
    if (!address_parse(host, strlen(host), &address))
        return false;
    static const uint8_t one[16] = {[15] = 1};
    return address.family == 4 ? address.bytes[0] == 127
                               : memcmp(address.bytes, one, sizeof one) == 0;
}

static bool check_characters(const char *url, struct err *err)
{
    for (const char *p = url; *p; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p > 0x7E || strchr("\"<>\\^`{|}", *p))
            return err_set(err, ERR_PARSE,
                           "contains a character that no URL has; percent-encode it");
    return true;
}

static bool check_port(const char *text, size_t length, struct err *err)
{
    unsigned long port = 0;
    for (size_t i = 0; i < length; i++)
        port = ascii_is_digit(text[i]) && port <= 65535 ? port * 10 + (unsigned)(text[i] - '0')
                                                        : 65536;
    if (length == 0 || port == 0 || port > 65535)
        return err_set(err, ERR_PARSE,
                       "has no valid port after the colon; write one from 1 to 65535");
    return true;
}

static bool check_host(const char *host, bool in_brackets, struct err *err)
{
    struct address address;
    struct err reason;
    char name[LIMIT_NAME_OCTETS + 1];
    if (address_parse(host, strlen(host), &address) && (address.family == 6) == in_brackets)
        return true;
    if (!in_brackets && *host && name_prepare(host, strlen(host), name, &reason))
        return true;
    return err_set(err, ERR_PARSE, "has no valid host; write https://host:port");
}

static bool has_two_colons(const char *text, size_t length)
{
    const char *first = memchr(text, ':', length);
    return first && memchr(first + 1, ':', length - (size_t)(first + 1 - text));
}

/* "host", "host:port", "[v6]", "[v6]:port". */
static bool check_authority(const char *text, size_t length, struct peer_url *facts,
                            struct err *err)
{
    bool in_brackets = length > 0 && text[0] == '[';
    const char *end = text + length;
    const char *host = text + in_brackets;
    const char *host_end = memchr(host, in_brackets ? ']' : ':', (size_t)(end - host));
    const char *rest = host_end ? host_end + in_brackets : end;
    if (memchr(text, '@', length))
        return err_set(err, ERR_PARSE, "contains user information; put the secret in headers");
    if (in_brackets && !host_end)
        return err_set(err, ERR_PARSE, "has an opening bracket without a closing one; add it");
    size_t n = (size_t)((host_end ? host_end : end) - host);
    char copy[HOST_MAX];
    if (n >= sizeof copy)
        return err_set(err, ERR_PARSE, "has a host that is too long; names have up to 253 octets");
    memcpy(copy, host, n);
    copy[n] = '\0';
    if (!in_brackets && has_two_colons(text, length))
        return err_set(err, ERR_PARSE, "has an IPv6 address without brackets; write [address]");
    if (!check_host(copy, in_brackets, err))
        return false;
    facts->is_loopback = peer_host_is_loopback(copy);
    if (rest == end)
        return true;
    if (*rest != ':')
        return err_set(err, ERR_PARSE, "has something between host and port; write host:port");
    return check_port(rest + 1, (size_t)(end - rest - 1), err);
}

bool peer_url_check(const char *url, struct peer_url *facts, struct err *err)
{
    *facts = (struct peer_url){.is_https = str_starts_with(url, "https://")};
    if (!facts->is_https && !str_starts_with(url, "http://"))
        return err_set(err, ERR_PARSE, "does not begin with https://; write https://host:port");
    if (!check_characters(url, err))
        return false;
    const char *authority = strchr(url, ':') + 3;
    size_t length = strcspn(authority, "/?#");
    if (strchr(authority, '#'))
        return err_set(err, ERR_PARSE, "has a fragment (#), which is never sent; remove it");
    facts->has_query = strchr(authority, '?') != NULL;
    return check_authority(authority, length, facts, err);
}
