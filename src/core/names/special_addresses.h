/* The special-purpose addresses, which are never contacted: what they are, and the test for them. */
#pragma once

#include "base/address.h"
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

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
