#include "core/names/target.h"

#include "base/str.h"
#include "core/names/idna.h"
#include "core/names/punycode.h"

#include <string.h>

#define ACE_PREFIX "xn--"
enum { ACE_PREFIX_LENGTH = sizeof ACE_PREFIX - 1 };

/* A copy of `b` that can be shown, as the argument of a format. */
#define SHOW(b) str_show((char[STR_SHOWN_MAX]){0}, (b))

static bool is_label_character(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_';
}

static bool is_ascii(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] >= 0x80)
            return false;
    return true;
}

/* BR 1.6.1, "P-Label": valid Punycode with something to encode, in the one spelling that encoding
 * gives. `label` is in lower case and has the prefix. */
static bool is_p_label(const char *label)
{
    uint32_t points[LIMIT_LABEL_OCTETS];
    char again[LIMIT_LABEL_OCTETS + 1];
    const char *encoded = label + ACE_PREFIX_LENGTH;
    size_t count;
    if (!punycode_decode(encoded, strlen(encoded), points, LIMIT_LABEL_OCTETS, &count))
        return false;
    bool is_international = false;
    for (size_t i = 0; i < count; i++)
        is_international = is_international || points[i] >= 0x80;
    return is_international && punycode_encode(points, count, again, sizeof again) &&
           strcmp(again, encoded) == 0;
}

/* Lower-cases a label of at most 63 ASCII octets in place, and tests it. */
static bool check_label(char *label, struct err *err)
{
    size_t length = strlen(label);
    if (length == 0)
        return err_set(err, ERR_PARSE,
                       "it has an empty label (two dots in a row, or one in front)");
    for (char *c = label; *c; c++) {
        if (*c == '*')
            return err_set(err, ERR_PARSE,
                           "\"*\" may only be the whole first label, before a name: *.example.com");
        if (!is_label_character(*c))
            return err_set(
                err, ERR_PARSE,
                "the label \"%s\" holds \"%s\"; it may have letters, digits, \"-\", \"_\"",
                SHOW(bytes_of(label)), SHOW(((struct bytes){(const uint8_t *)c, 1})));
        *c = ascii_lower(*c);
    }
    if (label[0] == '-' || label[length - 1] == '-')
        return err_set(err, ERR_PARSE, "the label \"%s\" begins or ends with a hyphen", label);
    if (str_starts_with(label, ACE_PREFIX) && !is_p_label(label))
        return err_set(err, ERR_PARSE,
                       "the label \"%s\" begins with \"xn--\" but does not encode an international "
                       "name (RFC 3492)",
                       label);
    return true;
}

/* One label as it came, into ASCII. */
static bool prepare_label(struct bytes raw, char label[LIMIT_LABEL_OCTETS + 1], struct err *err)
{
    const char *problem;
    if (!is_ascii(raw)) {
        if (!idna_label_to_ascii((const char *)raw.p, raw.n, label, &problem))
            return err_set(err, ERR_PARSE, "the label \"%s\" %s", SHOW(raw), problem);
        return check_label(label, err) ||
               err_prefix(err, "after mapping (UTS #46) of the label \"%s\"", SHOW(raw));
    }
    if (raw.n > LIMIT_LABEL_OCTETS)
        return err_set(err, ERR_LIMIT,
                       "the label \"%s\" has %zu octets; %d are allowed (RFC 1035 section 2.3.4)",
                       SHOW(raw), raw.n, LIMIT_LABEL_OCTETS);
    memcpy(label, raw.p, raw.n);
    label[raw.n] = '\0';
    return check_label(label, err);
}

/* The length of the dot at the start of `b`, or 0: "." and what UTS #46 section 4 maps to it. */
static size_t dot_length(struct bytes b)
{
    static const char *const dots[] = {".", "\xE3\x80\x82", "\xEF\xBC\x8E", "\xEF\xBD\xA1"};
    for (size_t i = 0; i < sizeof dots / sizeof *dots; i++) {
        size_t n = strlen(dots[i]);
        if (b.n >= n && memcmp(b.p, dots[i], n) == 0)
            return n;
    }
    return 0;
}

/* The bytes before the first dot. `*rest` is what follows it; `*dotted` whether there is one. */
static struct bytes next_label(struct bytes name, struct bytes *rest, bool *dotted)
{
    size_t dot = 0, at = 0;
    for (; at < name.n; at++)
        if ((dot = dot_length((struct bytes){name.p + at, name.n - at})) > 0)
            break;
    *dotted = dot > 0;
    *rest = (struct bytes){name.p + at + dot, name.n - at - dot};
    return (struct bytes){name.p, at};
}

/* What people write who mean a URL, an e-mail address, a block, a socket address: better said at
 * once than label by label. */
static bool check_characters(struct bytes name, struct err *err)
{
    static const struct {
        char character;
        const char *text;
    } strangers[] = {
        {'/', "it holds \"/\": give the host name alone, without scheme, path or block size"},
        {'\\', "it holds \"\\\": give the host name alone"},
        {'@', "it holds \"@\": give the host name alone, without user or mailbox"},
        {':', "it holds \":\" and is no IPv6 address: give the host name alone, without port"},
        {'%', "it holds \"%\": percent-encoding and zone ids are not allowed (RFC 6874)"},
        {'[', "it holds \"[\" and is no IPv6 address in brackets"},
        {' ', "it holds a blank; nothing is trimmed"},
    };
    if (bytes_has_control(name))
        return err_set(err, ERR_PARSE, "it holds a control character: \"%s\"", SHOW(name));
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        if (memchr(name.p, strangers[i].character, name.n))
            return err_set(err, ERR_PARSE, "%s", strangers[i].text);
    if (!bytes_is_utf8(name))
        return err_set(err, ERR_PARSE, "it is not valid UTF-8: \"%s\"", SHOW(name));
    return true;
}

static bool is_number(const char *label)
{
    bool is_hex = label[0] == '0' && label[1] == 'x';
    const char *digits = is_hex ? label + 2 : label;
    return digits[strspn(digits, is_hex ? "0123456789abcdef" : "0123456789")] == '\0';
}

static bool check_last_label(const char *label, struct err *err)
{
    if (is_number(label))
        return err_set(
            err, ERR_PARSE,
            "its last label \"%s\" is a number, so it is no name (RFC 3696 section 2); an "
            "IPv4 address has four decimal numbers without leading zeros",
            label);
    if (str_eq(label, "onion"))
        return err_set(err, ERR_PARSE, ".onion names are not in the DNS (RFC 7686)");
    return true;
}

/* True if the mapping leaves nothing of this one character: a byte order mark, a soft hyphen. */
static bool is_ignored(struct bytes character)
{
    char mapped[LIMIT_LABEL_OCTETS + 1];
    const char *problem;
    return !is_ascii(character) && bytes_is_utf8(character) &&
           idna_label_to_ascii((const char *)character.p, character.n, mapped, &problem) &&
           !mapped[0];
}

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/*
 * Without the characters at both ends of which the mapping (UTS #46 section 4) leaves nothing: they are
 * no part of the name, be they before "*." or after the final dot. Between labels the mapping of
 * the label removes them.
 */
static struct bytes without_ignored_ends(struct bytes raw)
{
    if (raw.n > LIMIT_RAW_NAME_BYTES) /* refused anyway */
        return raw;
    for (size_t n = 1; raw.n > 0; n = 1) {
        while (n < raw.n && is_continuation(raw.p[n]))
            n++;
        if (!is_ignored((struct bytes){raw.p, n}))
            break;
        raw = (struct bytes){raw.p + n, raw.n - n};
    }
    for (size_t n = 1; raw.n > 0; n = 1) {
        while (n < raw.n && is_continuation(raw.p[raw.n - n]))
            n++;
        if (!is_ignored((struct bytes){raw.p + raw.n - n, n}))
            break;
        raw.n -= n;
    }
    return raw;
}

/* `max` octets at most, final dot not counted. */
static bool prepare(struct bytes raw, size_t max, char out[LIMIT_NAME_OCTETS + 1], struct err *err)
{
    char name[LIMIT_NAME_OCTETS + 1], label[LIMIT_LABEL_OCTETS + 1];
    size_t at = 0;
    bool dotted = true;
    if (raw.n == 0)
        return err_set(err, ERR_PARSE, "it is empty");
    if (raw.n > LIMIT_RAW_NAME_BYTES)
        return err_set(err, ERR_LIMIT, "it has %zu bytes; %d are allowed", raw.n,
                       LIMIT_RAW_NAME_BYTES);
    if (!check_characters(raw, err))
        return false;
    for (struct bytes rest = raw; dotted && (rest.n > 0 || at == 0);) {
        struct bytes piece = next_label(rest, &rest, &dotted);
        if (!prepare_label(piece, label, err))
            return false;
        size_t length = strlen(label), dot = at > 0;
        if (at + dot + length > max)
            return err_set(err, ERR_LIMIT, "it has more than %d octets (RFC 1035 section 2.3.4)",
                           LIMIT_NAME_OCTETS);
        if (dot)
            name[at++] = '.';
        memcpy(name + at, label, length + 1);
        at += length;
    }
    if (!check_last_label(label, err))
        return false;
    memcpy(out, name, at + 1);
    return true;
}

bool name_prepare(const char *raw, size_t length, char out[LIMIT_NAME_OCTETS + 1], struct err *err)
{
    const struct bytes text = {(const uint8_t *)raw, length};
    return prepare(without_ignored_ends(text), LIMIT_NAME_OCTETS, out, err);
}

/* An address, IPv6 in brackets perhaps (but not IPv4). */
static bool parse_ip(const char *text, struct address *out)
{
    size_t length = strlen(text);
    bool in_brackets = length >= 2 && text[0] == '[' && text[length - 1] == ']';
    struct address address;
    if (!in_brackets)
        return address_parse(text, length, out);
    if (!address_parse(text + 1, length - 2, &address) || address.family != 6)
        return false;
    *out = address;
    return true;
}

bool target_parse(const char *raw, struct target *out, struct err *err)
{
    struct target target = {0};
    if (parse_ip(raw, &target.address)) {
        target.kind = target.address.family == 4 ? TARGET_IPV4 : TARGET_IPV6;
        address_format(&target.address, target.canonical);
        *out = target;
        return true;
    }
    struct bytes name = without_ignored_ends(bytes_of(raw));
    target.is_wildcard = name.n >= 2 && memcmp(name.p, "*.", 2) == 0;
    if (target.is_wildcard)
        name = (struct bytes){name.p + 2, name.n - 2};
    if (target.is_wildcard && str_starts_with(raw, "*.") && parse_ip(raw + 2, &target.address))
        return err_set(err, ERR_PARSE, "a wildcard stands before an IP address");
    if (!prepare(name, LIMIT_NAME_OCTETS - (target.is_wildcard ? 2 : 0), target.canonical, err))
        return false;
    *out = target;
    return true;
}

bool target_is_ip(const struct target *target)
{
    return target->kind != TARGET_DNS;
}

bool target_is_reverse_zone(const struct target *target)
{
    return !target_is_ip(target) && (name_is_within(target->canonical, "in-addr.arpa") ||
                                     name_is_within(target->canonical, "ip6.arpa"));
}

const char *name_parent(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot ? dot + 1 : NULL;
}

bool name_is_within(const char *name, const char *zone)
{
    if (str_eq(zone, "") || str_eq(zone, "."))
        return true;
    size_t n = strlen(name), m = strlen(zone);
    return str_ends_with(name, zone) && (n == m || name[n - m - 1] == '.');
}

bool name_is_underscore_label(const char *label)
{
    size_t length = strlen(label);
    if (label[0] != '_' || length > LIMIT_LABEL_OCTETS || label[length - 1] == '-')
        return false;
    for (const char *c = label; *c; c++)
        if (!is_label_character(*c))
            return false;
    return true;
}
