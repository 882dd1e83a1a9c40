/* What answers consist of. */
#pragma once

#include "base/bytes.h"
#include "dns/type.h"

#include <stddef.h>
#include <stdint.h>

/* `owner` is text in lower case without final dot ("." for the root); bytes that are not LDH or `_`
 * are \DDD. */
struct dns_record {
    const char *owner;
    uint16_t type;
    uint32_t ttl_s;     /* what is left of it, at most what the resolver keeps */
    struct bytes rdata; /* uncompressed wire form */
};

struct dns_extended_error {
    int64_t code;     /* RFC 8914; as wide as the numbers of the JSON */
    const char *text; /* NULL only where a perspective told none */
};

struct dns_record_list {
    const struct dns_record *items;
    size_t count;
};
