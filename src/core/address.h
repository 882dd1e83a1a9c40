/* IP addresses as values, and the special-purpose addresses that are never contacted (validation
 * rules section 3). */
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

/*
 * IPv4: four decimal octets without leading zeros. IPv6: any RFC 4291 section 2.2 form, without
 * brackets and zone id. Nothing is trimmed. (Validation rule N3.)
 */
bool address_parse(const char *text, size_t length, struct address *out);
/* RFC 5952 text for IPv6, dotted quad for IPv4. Returns `text`. */
const char *address_format(const struct address *address, char text[ADDRESS_TEXT_MAX]);
bool address_eq(const struct address *a, const struct address *b);

/* "192.0.2.0/24", "2001:db8::/32"; a bare address is a block of one. Host bits that are set are an
 * error. */
bool cidr_parse(const char *text, struct cidr *out, struct err *err) MUST_CHECK;
bool cidr_contains(const struct cidr *cidr, const struct address *address);
const char *cidr_format(const struct cidr *cidr, char text[ADDRESS_TEXT_MAX + 4]);

/* A row of the table of A1. */
struct special_block {
    const char *cidr;
    const char *name;   /* "private use" */
    const char *source; /* "RFC 1918" */
};

/*
 * The most specific block that forbids contacting `address`, or NULL if it may be contacted.
 * `allowed` (network.allow_addresses) exempts; `own` are the addresses of this machine's interfaces
 * (validation rule A2), reported as a block of their own.
 */
struct address_policy {
    const struct cidr *allowed;
    size_t allowed_count;
    const struct address *own;
    size_t own_count;
};
const struct special_block *address_refused(const struct address_policy *policy,
                                            const struct address *address);
/* True if `address` is refused by the table but exempted by `allowed`: reported as local policy
 * (A4). */
bool address_is_exempted(const struct address_policy *policy, const struct address *address);

/* The whole table, for the resolver's do-not-query list and for the test against the registry
 * snapshot. */
const struct special_block *special_blocks(size_t *count);

/*
 * The table minus the `exempt` blocks, as CIDRs that cover exactly the rest: name servers there are
 * never asked (validation rule A3(e)). The array is the arena's.
 */
const struct cidr *special_blocks_without(struct arena *arena, const struct cidr *exempt,
                                          size_t exempt_count, size_t *count);

/* "1.2.0.192.in-addr.arpa" or 32 nibbles under ip6.arpa, no final dot (validation rule N12). */
#define REVERSE_NAME_MAX 80
const char *address_reverse_name(const struct address *address, char name[REVERSE_NAME_MAX]);
