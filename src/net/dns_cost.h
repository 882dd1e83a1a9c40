/*
 * What one signature of a zone may cost. libunbound verifies with whatever RSA key a zone shows, on our loop: the time grows
 * with the third power of its size if the exponent is as long. One of 32,768 bits took six seconds, and a DNSKEY record has
 * room for ten times that. RFC 3110 section 2 and RFC 5702 section 2 end at 4,096 bits; exponents have 17 bits, or 33.
 *
 * libunbound asks nettle to verify, and nettle asks GMP for the power. A function of the program goes before one of a
 * library: so that power is taken here, and is 0 where it would cost too much. Then the signature does not verify, and what
 * it was to prove is bogus (RFC 4035 section 5.5): never used, never a permission.
 */
#pragma once

#include <stdbool.h>

enum { DNS_COST_MODULUS_MAX_BITS = 4096, DNS_COST_EXPONENT_MAX_BITS = 64 };

/* False where the installed libunbound verifies in another way: then nothing is bounded here. */
bool dns_cost_is_bounded(void);
