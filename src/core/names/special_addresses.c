#include "core/names/special_addresses.h"

#include <assert.h>
#include <string.h>

/*
 * Both IANA special-purpose address registries, and what no registry lists but nobody's web or name
 * server can be. tests/unit/core/data holds the snapshots of the registries that the test compares
 * with; a change here starts there.
 */
static const struct special_block TABLE[] = {
    /* IANA IPv4 Special-Purpose Address Registry */
    {"0.0.0.0/8", "this network", "RFC 791"},
    {"0.0.0.0/32", "this host on this network", "RFC 1122"},
    {"10.0.0.0/8", "private use", "RFC 1918"},
    {"100.64.0.0/10", "shared address space", "RFC 6598"},
    {"127.0.0.0/8", "loopback", "RFC 1122"},
    {"169.254.0.0/16", "link local", "RFC 3927"},
    {"172.16.0.0/12", "private use", "RFC 1918"},
    {"192.0.0.0/24", "IETF protocol assignments", "RFC 6890"},
    {"192.0.0.0/29", "IPv4 service continuity", "RFC 7335"},
    {"192.0.0.8/32", "IPv4 dummy address", "RFC 7600"},
    {"192.0.0.9/32", "Port Control Protocol anycast", "RFC 7723"},
    {"192.0.0.10/32", "TURN anycast", "RFC 8155"},
    {"192.0.0.170/32", "NAT64/DNS64 discovery", "RFC 8880"},
    {"192.0.0.171/32", "NAT64/DNS64 discovery", "RFC 8880"},
    {"192.0.2.0/24", "documentation", "RFC 5737"},
    {"192.31.196.0/24", "AS112", "RFC 7535"},
    {"192.52.193.0/24", "AMT", "RFC 7450"},
    {"192.88.99.0/24", "6to4 relay anycast", "RFC 7526"},
    {"192.88.99.2/32", "6a44 relay anycast", "RFC 6751"},
    {"192.168.0.0/16", "private use", "RFC 1918"},
    {"192.175.48.0/24", "AS112 direct delegation", "RFC 7534"},
    {"198.18.0.0/15", "benchmarking", "RFC 2544"},
    {"198.51.100.0/24", "documentation", "RFC 5737"},
    {"203.0.113.0/24", "documentation", "RFC 5737"},
    {"240.0.0.0/4", "reserved", "RFC 1112"},
    {"255.255.255.255/32", "limited broadcast", "RFC 919"},
    /* ours */
    {"224.0.0.0/4", "multicast", "RFC 5771"},
    {"168.63.129.16/32", "a cloud's host service", "Microsoft Azure"},

    /* IANA IPv6 Special-Purpose Address Registry */
    {"::/128", "unspecified", "RFC 4291"},
    {"::1/128", "loopback", "RFC 4291"},
    {"::ffff:0:0/96", "IPv4-mapped", "RFC 4291"},
    {"64:ff9b::/96", "IPv4/IPv6 translation", "RFC 6052"},
    {"64:ff9b:1::/48", "IPv4/IPv6 translation", "RFC 8215"},
    {"100::/64", "discard only", "RFC 6666"},
    {"100:0:0:1::/64", "dummy prefix", "RFC 9780"},
    {"2001::/23", "IETF protocol assignments", "RFC 2928"},
    {"2001::/32", "Teredo", "RFC 4380"},
    {"2001:1::1/128", "Port Control Protocol anycast", "RFC 7723"},
    {"2001:1::2/128", "TURN anycast", "RFC 8155"},
    {"2001:1::3/128", "DNS-SD registration anycast", "RFC 9665"},
    {"2001:2::/48", "benchmarking", "RFC 5180"},
    {"2001:3::/32", "AMT", "RFC 7450"},
    {"2001:4:112::/48", "AS112", "RFC 7535"},
    {"2001:10::/28", "ORCHID", "RFC 4843"},
    {"2001:20::/28", "ORCHIDv2", "RFC 7343"},
    {"2001:30::/28", "drone remote identification", "RFC 9374"},
    {"2001:db8::/32", "documentation", "RFC 3849"},
    {"2002::/16", "6to4", "RFC 3056"},
    {"2620:4f:8000::/48", "AS112 direct delegation", "RFC 7534"},
    {"3fff::/20", "documentation", "RFC 9637"},
    {"5f00::/16", "segment routing", "RFC 9602"},
    {"fc00::/7", "unique local", "RFC 4193"},
    {"fe80::/10", "link local", "RFC 4291"},
    /* ours; the last three are all that is not 2000::/3 */
    {"::/96", "IPv4-compatible", "RFC 4291"},
    {"fec0::/10", "site local", "RFC 3879"},
    {"ff00::/8", "multicast", "RFC 4291"},
    {"::/3", "not global unicast", "RFC 4291"},
    {"4000::/2", "not global unicast", "RFC 4291"},
    {"8000::/1", "not global unicast", "RFC 4291"},
};
enum { TABLE_COUNT = sizeof TABLE / sizeof TABLE[0] };

static const struct special_block OWN = {"own interfaces", "an address of this machine",
                                         "local interfaces"};
static const struct special_block ISATAP = {"::200:5efe:a.b.c.d/64 or ::5efe:a.b.c.d/64",
                                            "ISATAP interface identifier", "RFC 5214"};

static struct cidr cidr_of(const struct special_block *block)
{
    struct cidr cidr;
    struct err err;
    bool parsed = cidr_parse(block->cidr, &cidr, &err);
    assert(parsed);
    (void)parsed;
    return cidr;
}

/* RFC 5214 section 6.1: 00-00-5E-FE, with the universal/local bit in either state, then an IPv4
 * address. */
static bool is_isatap(const struct address *address)
{
    const uint8_t *id = address->bytes + 8;
    return address->family == 6 && (id[0] & ~0x02u) == 0 && id[1] == 0 && id[2] == 0x5e &&
           id[3] == 0xfe;
}

static bool is_ipv6_block(const struct special_block *block)
{
    return strchr(block->cidr, ':') != NULL;
}

/* The most specific block of the table. */
static const struct special_block *find_block(const struct address *address)
{
    const struct special_block *best = NULL;
    unsigned best_bits = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (is_ipv6_block(&TABLE[i]) != (address->family == 6))
            continue; /* an answer may have thousands of addresses */
        struct cidr cidr = cidr_of(&TABLE[i]);
        if (cidr_contains(&cidr, address) && (!best || cidr.prefix_bits > best_bits)) {
            best = &TABLE[i];
            best_bits = cidr.prefix_bits;
        }
    }
    return best;
}

static const struct special_block *find_refusal(const struct address_policy *policy,
                                                const struct address *address)
{
    assert(address->family == 4 || address->family == 6);
    for (size_t i = 0; i < policy->own_count; i++)
        if (address_eq(&policy->own[i], address))
            return &OWN;
    const struct special_block *block = find_block(address);
    return block ? block : is_isatap(address) ? &ISATAP : NULL;
}

static bool is_allowed(const struct address_policy *policy, const struct address *address)
{
    for (size_t i = 0; i < policy->allowed_count; i++)
        if (cidr_contains(&policy->allowed[i], address))
            return true;
    return false;
}

const struct special_block *address_refused(const struct address_policy *policy,
                                            const struct address *address)
{
    const struct special_block *refusal = find_refusal(policy, address);
    return refusal && is_allowed(policy, address) ? NULL : refusal;
}

bool address_is_exempted(const struct address_policy *policy, const struct address *address)
{
    return is_allowed(policy, address) && find_refusal(policy, address);
}

const struct special_block *special_blocks(size_t *count)
{
    *count = TABLE_COUNT;
    return TABLE;
}

/* Where a subtraction writes: first it only counts (`items` NULL), then it fills. */
struct pieces {
    const struct cidr *exempt;
    size_t exempt_count;
    struct cidr *items;
    size_t count;
};

static bool cidr_within(const struct cidr *inner, const struct cidr *outer)
{
    return inner->prefix_bits >= outer->prefix_bits && cidr_contains(outer, &inner->address);
}

/* Adds `block` minus the exempt blocks: halves it until each piece is wholly in or wholly out. At
 * most 128 levels deep. */
static void subtract(struct pieces *pieces, const struct cidr *block)
{
    bool is_cut = false;
    for (size_t i = 0; i < pieces->exempt_count; i++) {
        if (cidr_within(block, &pieces->exempt[i]))
            return;
        is_cut = is_cut || cidr_within(&pieces->exempt[i], block);
    }
    if (!is_cut) {
        if (pieces->items)
            pieces->items[pieces->count] = *block;
        pieces->count++;
        return;
    }
    struct cidr half = {block->address, block->prefix_bits + 1};
    subtract(pieces, &half);
    half.address.bytes[block->prefix_bits / 8] |= (uint8_t)(0x80u >> block->prefix_bits % 8);
    subtract(pieces, &half);
}

/* True if another row of the table covers the whole block. No two rows are the same block. */
static bool is_covered(size_t row)
{
    struct cidr block = cidr_of(&TABLE[row]);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        struct cidr other = cidr_of(&TABLE[i]);
        if (i != row && cidr_within(&block, &other))
            return true;
    }
    return false;
}

static void subtract_from_table(struct pieces *pieces)
{
    pieces->count = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        struct cidr block = cidr_of(&TABLE[i]);
        if (!is_covered(i))
            subtract(pieces, &block);
    }
}

const struct cidr *special_blocks_without(struct arena *arena, const struct cidr *exempt,
                                          size_t exempt_count, size_t *count)
{
    struct pieces pieces = {.exempt = exempt, .exempt_count = exempt_count};
    subtract_from_table(&pieces);
    pieces.items = arena_array(arena, pieces.count, sizeof *pieces.items);
    subtract_from_table(&pieces);
    *count = pieces.count;
    return pieces.items;
}
