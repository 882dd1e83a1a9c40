/*
 * The target of a check, prepared once. The raw string is echoed and recorded; queries, URLs, SNI
 * and the cohort seed use the canonical text, so that every spelling of a name is one name.
 */
#pragma once

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

enum target_kind { TARGET_DNS, TARGET_IPV4, TARGET_IPV6 };

struct target {
    enum target_kind kind;
    bool is_wildcard;
    /* DNS: A-labels in lower case, no "*.", no final dot: letters, digits, '-', '_', '.' only.
     * IP: the text of address_format(), without brackets. Parses again to itself. */
    char canonical[LIMIT_NAME_OCTETS + 1];
    struct address address; /* TARGET_IPV4 and TARGET_IPV6 */
};

/*
 * Prepares `raw`: an IPv4 address, an IPv6 address (bare or in brackets), or a name as
 * name_prepare() takes it, with one "*." before it perhaps (BR 1.6.1). Nothing is trimmed, and
 * nothing else may be there: no port, path, block size, zone id, and no wildcard before an address.
 * A name has at most 253 octets, "*." included. Whether a method may be used for the target, and
 * whether the address may be contacted, is asked elsewhere.
 *
 * On failure `err` says what is wrong, in words that can follow "Invalid domain name: ": which
 * label and why, for the applicant to read, with outside bytes escaped. `out` is written on success
 * only.
 */
bool target_parse(const char *raw, struct target *out, struct err *err) MUST_CHECK;

bool target_is_ip(const struct target *target);
/* At or below in-addr.arpa or ip6.arpa (BR 4.2.2): names of addresses, not of hosts. */
bool target_is_reverse_zone(const struct target *target);

/*
 * Prepares a name: of a target, or the host of a redirect, or a question with its prefix. One
 * final dot is dropped; at most 253 octets remain (RFC 1035 section 2.3.4). Then, label by label:
 *  - characters beyond ASCII: core/names/idna.h, then as below. The ideographic full stops (U+3002,
 *    U+FF0E, U+FF61) are dots (UTS #46 section 4); any other character that maps to a dot makes
 *    the label invalid;
 *  - 1 to 63 letters, digits, '-' and '_', lower-cased, without '-' at an end. Underscores and "--"
 *    as third and fourth character are legal in the DNS (RFC 2181 section 11, RFC 8552);
 *  - "xn--" must begin a P-Label: Punycode with a character beyond ASCII that encodes back to the
 *    same label (BR 1.6.1). IDNA validity of the character is not asked;
 *  - the last label must not be a number, in decimal or in hexadecimal with "0x" (RFC 3696 section
 *    2): resolvers would take the name for an IPv4 address;
 *  - nor "onion", which is not for the DNS (RFC 7686, BR Appendix B).
 * `err` and `out` as for target_parse().
 */
bool name_prepare(const char *raw, size_t length, char out[LIMIT_NAME_OCTETS + 1],
                  struct err *err) MUST_CHECK;

/* "b.example" for "a.b.example"; NULL for a single label. Points into `name`. */
const char *name_parent(const char *name);
/* True if `name` equals `zone` or lies below it; both canonical; zone "" or "." contains all. */
bool name_is_within(const char *name, const char *zone);
/* One label of letters, digits, '-', '_' that begins with an underscore (BR 3.2.2.4.7 (2)). */
bool name_is_underscore_label(const char *label);
