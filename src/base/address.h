/* IP addresses and blocks of them, as values. */
#pragma once

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

/* "1.2.0.192.in-addr.arpa" (RFC 1035 section 3.5), or 32 nibbles under ip6.arpa in lower case (RFC
 * 3596 section 2.5); no final dot. Returns `name`. */
#define REVERSE_NAME_MAX 80
const char *address_reverse_name(const struct address *address, char name[REVERSE_NAME_MAX]);
