/* IP addresses as values, and the special-purpose addresses that are never contacted. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `family` is 4 or 6; 0 is "none". An IPv4 address fills the first four bytes, the rest is zero. */
struct address {
    int family;
    uint8_t bytes[16];
};

#define ADDRESS_TEXT_MAX 46

struct cidr {
    struct address address; /* host bits are zero */
    unsigned prefix_bits;
};

#define CIDR_TEXT_MAX (ADDRESS_TEXT_MAX + 4)

/*
 * IPv4: four decimal octets without leading zeros, which some readers take for octal. IPv6: any
 * form of RFC 4291 section 2.2, without brackets and zone id (RFC 4007: a zone means nothing to
 * anybody else). "::" stands for at least one group. Nothing is trimmed. `out` is written on
 * success only.
 */
bool address_parse(const char *text, size_t length, struct address *out);
/*
 * Dotted quad for IPv4. For IPv6 the one text of RFC 5952 section 4, with an IPv4 tail for
 * IPv4-mapped addresses only (section 5). Returns `text`; address_parse() reads it back.
 */
const char *address_format(const struct address *address, char text[ADDRESS_TEXT_MAX]);
bool address_eq(const struct address *a, const struct address *b);

/*
 * "192.0.2.0/24", "2001:db8::/32"; a bare address is a block of one. Host bits that are set are an
 * error, whose text names the block that was probably meant. `out` is written on success only.
 */
bool cidr_parse(const char *text, struct cidr *out, struct err *err) MUST_CHECK;
/* Addresses of different families never match: 0.0.0.0/0 does not hold ::ffff:192.0.2.1. */
bool cidr_contains(const struct cidr *cidr, const struct address *address);
const char *cidr_format(const struct cidr *cidr, char text[CIDR_TEXT_MAX]);

/*
 * A block of addresses that are never contacted: all entries of both IANA special-purpose
 * registries, *also those marked globally reachable*, because a Reserved IP Address is one in the
 * block of any entry (BR 1.6.1, BR 4.2.2); and our additions, such as multicast.
 */
struct special_block {
    const char *cidr;   /* "10.0.0.0/8"; of the two blocks that are none, a description */
    const char *name;   /* "private use" */
    const char *source; /* "RFC 1918" */
};

/* What exempts from, and adds to, the table. Zero-initialised: the plain table. */
struct address_policy {
    const struct cidr *allowed; /* network.allow_addresses: for labs */
    size_t allowed_count;
    const struct address *own; /* of this machine's interfaces */
    size_t own_count;
};

/*
 * The block that forbids contacting `address`, or NULL if it may be contacted. Of several blocks
 * the most specific names the reason; an address of this machine is a block of its own, and so is
 * an ISATAP interface identifier (RFC 5214 section 6.1), which carries an IPv4 address past every
 * prefix test. What `policy->allowed` contains is never refused. `address` must have a family.
 */
const struct special_block *address_refused(const struct address_policy *policy,
                                            const struct address *address);
/* True if `address` would be refused but for `policy->allowed`: reported as local policy. */
bool address_is_exempted(const struct address_policy *policy, const struct address *address);

/*
 * The whole table, for the test against the registry snapshot. Each `cidr` parses. The two blocks
 * that are no prefix (own addresses, ISATAP) are not in it.
 */
const struct special_block *special_blocks(size_t *count);

/*
 * The table minus the `exempt` blocks, as disjoint CIDRs that cover exactly the rest: name servers
 * there are never asked, so that a delegation cannot point a resolver into an inside network. The
 * array is the arena's.
 */
const struct cidr *special_blocks_without(struct arena *arena, const struct cidr *exempt,
                                          size_t exempt_count, size_t *count);

/* "1.2.0.192.in-addr.arpa" (RFC 1035 section 3.5), or 32 nibbles under ip6.arpa in lower case (RFC
 * 3596 section 2.5); no final dot. Returns `name`. */
#define REVERSE_NAME_MAX 80
const char *address_reverse_name(const struct address *address, char name[REVERSE_NAME_MAX]);
