#include "base/address.h"

#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { GROUPS = 8 }; /* of 16 bits, in an IPv6 address */

static unsigned family_bits(int family)
{
    return family == 4 ? 32 : 128;
}

/* A decimal number of 1 to 3 digits without leading zeros, up to `max`, at the start of `text`.
 * Returns how many characters it has, or 0. */
static size_t parse_decimal(const char *text, size_t length, unsigned max, unsigned *value)
{
    size_t n = 0;
    *value = 0;
    while (n < length && n < 3 && ascii_is_digit(text[n]))
        *value = *value * 10 + (unsigned)(text[n++] - '0');
    bool has_leading_zero = n > 1 && text[0] == '0';
    return has_leading_zero || *value > max ? 0 : n;
}

static bool parse_ipv4(const char *text, size_t length, uint8_t octets[4])
{
    size_t at = 0;
    for (size_t i = 0; i < 4; i++) {
        if (i > 0 && (at == length || text[at++] != '.'))
            return false;
        unsigned value;
        size_t n = parse_decimal(text + at, length - at, 255, &value);
        if (!n)
            return false;
        octets[i] = (uint8_t)value;
        at += n;
    }
    return at == length;
}

static int hex_value(char c)
{
    char lower = ascii_lower(c);
    return ascii_is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* 1 to 4 hex digits at the start of `text`. Returns how many, or 0. */
static size_t parse_group(const char *text, size_t length, uint16_t *value)
{
    size_t n = 0;
    *value = 0;
    for (; n < length && n < 4 && hex_value(text[n]) >= 0; n++)
        *value = (uint16_t)(*value << 4 | hex_value(text[n]));
    return n;
}

/*
 * Groups between single colons, the whole of `text`; `text` may be empty. With `ipv4_tail` the last
 * piece may be a dotted quad, which counts as two groups. Returns the number of groups, or -1.
 */
static int parse_groups(const char *text, size_t length, bool ipv4_tail, uint16_t groups[GROUPS])
{
    int count = 0;
    size_t at = 0;
    while (at < length) {
        uint8_t octets[4];
        if (count == GROUPS)
            return -1;
        if (ipv4_tail && count + 2 <= GROUPS && parse_ipv4(text + at, length - at, octets)) {
            groups[count++] = (uint16_t)(octets[0] << 8 | octets[1]);
            groups[count++] = (uint16_t)(octets[2] << 8 | octets[3]);
            return count;
        }
        size_t n = parse_group(text + at, length - at, &groups[count++]);
        at += n;
        if (!n || (at < length && text[at] != ':'))
            return -1;
        if (at < length && ++at == length)
            return -1; /* ends with a single colon */
    }
    return count;
}

static const char *find_gap(const char *text, size_t length)
{
    for (size_t i = 0; i + 1 < length; i++)
        if (text[i] == ':' && text[i + 1] == ':')
            return text + i;
    return NULL;
}

static bool parse_ipv6(const char *text, size_t length, uint8_t bytes[16])
{
    uint16_t head[GROUPS], tail[GROUPS], all[GROUPS] = {0};
    const char *gap = find_gap(text, length);
    size_t head_length = gap ? (size_t)(gap - text) : length;
    int head_count = parse_groups(text, head_length, !gap, head);
    int tail_count = gap ? parse_groups(gap + 2, length - head_length - 2, true, tail) : 0;
    if (head_count < 0 || tail_count < 0)
        return false;
    int count = head_count + tail_count;
    /* RFC 4291 section 2.2: "::" indicates one or more groups of zeros. */
    if (gap ? count >= GROUPS : count != GROUPS)
        return false;
    for (int i = 0; i < head_count; i++)
        all[i] = head[i];
    for (int i = 0; i < tail_count; i++)
        all[GROUPS - tail_count + i] = tail[i];
    for (int i = 0; i < GROUPS; i++) {
        bytes[2 * i] = (uint8_t)(all[i] >> 8);
        bytes[2 * i + 1] = (uint8_t)all[i];
    }
    return true;
}

bool address_parse(const char *text, size_t length, struct address *out)
{
    struct address parsed = {0};
    if (parse_ipv4(text, length, parsed.bytes)) {
        parsed.family = 4;
    } else {
        memset(parsed.bytes, 0, sizeof parsed.bytes);
        if (!parse_ipv6(text, length, parsed.bytes))
            return false;
        parsed.family = 6;
    }
    *out = parsed;
    return true;
}

/* The run of zero groups that "::" replaces: the longest, the first of equals, and never a single
 * group (RFC 5952 sections 4.2.2, 4.2.3). */
static void find_run(const uint16_t groups[GROUPS], int *start, int *length)
{
    *start = *length = 0;
    for (int i = 0; i < GROUPS;) {
        int n = 0;
        while (i + n < GROUPS && groups[i + n] == 0)
            n++;
        if (n > 1 && n > *length) {
            *start = i;
            *length = n;
        }
        i += n ? n : 1;
    }
}

static void format_ipv6(const uint8_t bytes[16], char text[ADDRESS_TEXT_MAX])
{
    uint16_t groups[GROUPS];
    for (int i = 0; i < GROUPS; i++)
        groups[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    int run_start, run_length;
    find_run(groups, &run_start, &run_length);

    size_t at = 0;
    for (int i = 0; i < GROUPS;) {
        if (run_length && i == run_start) {
            at += (size_t)snprintf(text + at, ADDRESS_TEXT_MAX - at, "::");
            i += run_length;
            continue;
        }
        bool after_group = at > 0 && text[at - 1] != ':';
        at += (size_t)snprintf(text + at, ADDRESS_TEXT_MAX - at, "%s%x", after_group ? ":" : "",
                               (unsigned)groups[i++]);
    }
}

const char *address_format(const struct address *address, char text[ADDRESS_TEXT_MAX])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const uint8_t *b = address->bytes;
    if (address->family == 4) {
        snprintf(text, ADDRESS_TEXT_MAX, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
        return text;
    }
    assert(address->family == 6);
    if (memcmp(b, mapped, sizeof mapped) == 0)
        snprintf(text, ADDRESS_TEXT_MAX, "::ffff:%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
    else
        format_ipv6(b, text);
    return text;
}

bool address_eq(const struct address *a, const struct address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* `address` with all bits after the first `bits` cleared. */
static struct address masked(const struct address *address, unsigned bits)
{
    struct address result = *address;
    for (unsigned i = 0; i < sizeof result.bytes; i++) {
        unsigned kept = bits <= i * 8 ? 0 : bits - i * 8;
        if (kept < 8)
            result.bytes[i] &= (uint8_t)(0xFF00u >> kept);
    }
    return result;
}

const char *cidr_format(const struct cidr *cidr, char text[CIDR_TEXT_MAX])
{
    char address[ADDRESS_TEXT_MAX];
    snprintf(text, CIDR_TEXT_MAX, "%s/%u", address_format(&cidr->address, address),
             cidr->prefix_bits);
    return text;
}

static bool parse_block(const char *text, struct cidr *out, struct err *err)
{
    const char *slash = strchr(text, '/');
    struct cidr parsed;
    if (!address_parse(text, slash ? (size_t)(slash - text) : strlen(text), &parsed.address))
        return err_set(err, ERR_PARSE, "no IP address, and no block such as 192.0.2.0/24");
    unsigned max = family_bits(parsed.address.family);
    parsed.prefix_bits = max;
    if (slash) {
        size_t length = strlen(slash + 1);
        size_t n = parse_decimal(slash + 1, length, max, &parsed.prefix_bits);
        if (!n || n != length)
            return err_set(err, ERR_PARSE, "the prefix length must be a number from 0 to %u", max);
    }
    struct cidr block = {masked(&parsed.address, parsed.prefix_bits), parsed.prefix_bits};
    char meant[CIDR_TEXT_MAX];
    if (!address_eq(&block.address, &parsed.address))
        return err_set(err, ERR_RANGE, "bits are set after the prefix; the block is %s",
                       cidr_format(&block, meant));
    *out = block;
    return true;
}

bool cidr_parse(const char *text, struct cidr *out, struct err *err)
{
    char shown[STR_SHOWN_MAX];
    return parse_block(text, out, err) ||
           err_prefix(err, "\"%s\"", str_show(shown, bytes_of(text)));
}

bool cidr_contains(const struct cidr *cidr, const struct address *address)
{
    if (cidr->address.family != address->family)
        return false;
    struct address block = masked(address, cidr->prefix_bits);
    return address_eq(&block, &cidr->address);
}

const char *address_reverse_name(const struct address *address, char name[REVERSE_NAME_MAX])
{
    const uint8_t *b = address->bytes;
    if (address->family == 4) {
        snprintf(name, REVERSE_NAME_MAX, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
        return name;
    }
    assert(address->family == 6);
    size_t at = 0;
    for (int i = 15; i >= 0; i--)
        at += (size_t)snprintf(name + at, REVERSE_NAME_MAX - at, "%x.%x.", b[i] & 0xFu, b[i] >> 4);
    snprintf(name + at, REVERSE_NAME_MAX - at, "ip6.arpa");
    return name;
}
