/*
 * Reading one DNS response, without any library: pure, so that it is tested and fuzzed alone.
 * Strict, since nothing is decided on a message that is not wholly understood: counts that lie,
 * bytes behind the last record, names that are none and RDATA that does not fit its type all fail
 * the whole packet.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "dns/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DNS_RCODE_NOERROR = 0,
    DNS_RCODE_SERVFAIL = 2,
    DNS_RCODE_NXDOMAIN = 3,
    DNS_RCODE_REFUSED = 5,
    DNS_RCODE_YXDOMAIN = 6,
};

/* Everything is in the arena, and does not refer to the bytes of the packet. */
struct dns_packet {
    int rcode; /* with the upper eight bits from the OPT record (RFC 6891 section 6.1.3) */
    bool is_truncated;
    const char *name; /* of the question */
    uint16_t type;
    struct dns_record_list answer;
    struct dns_record_list authority;
    const struct dns_extended_error *extended_errors; /* of the OPT record (RFC 8914 section 2) */
    size_t extended_error_count;
};

/* Where the aliases of an answer section lead. */
struct dns_chain {
    bool is_endless; /* a loop, too long, or a name that grew too long: the rest is what was seen */
    const char *const *aliases; /* the target of each alias, in order */
    size_t alias_count;
    struct dns_record_list records; /* of the asked type, at the last target */
};

enum {
    DNS_CHAIN_MAX = 24,           /* aliases followed within one packet; libunbound follows 11 */
    DNS_EXTENDED_ERRORS_MAX = 16, /* taken from one packet, further ones are dropped */
    DNS_EXTENDED_TEXT_MAX = 200,  /* bytes of EXTRA-TEXT shown */
};

/*
 * Reads a response to a query of class IN. `err` says what is wrong with it: that is the network's
 * fault, not ours. Work and memory grow with the size of the packet only.
 */
bool dns_packet_parse(struct arena *arena, struct bytes bytes, struct dns_packet *packet,
                      struct err *err) MUST_CHECK;

/*
 * Follows CNAME and DNAME (RFC 1034 section 3.6.2, RFC 6672 section 2.2) from `name` through the
 * answer section. A DNAME and the CNAME made from it count as one alias. Fails if a name has two
 * different aliases.
 */
bool dns_packet_follow(struct arena *arena, const struct dns_packet *packet, const char *name,
                       uint16_t type, struct dns_chain *chain, struct err *err) MUST_CHECK;
