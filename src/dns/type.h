/* Types of records (IANA "Domain Name System Parameters"): those that mean something to us. */
#pragma once

#include <stdint.h>

enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_DNAME = 39,
    DNS_DS = 43,
    DNS_RRSIG = 46,
    DNS_NSEC = 47,
    DNS_NSEC3 = 50,
    DNS_CAA = 257,
};

/* "CAA"; NULL for a type without a name here. */
const char *dns_type_name(uint16_t type);
/* The same for a log: "TYPE" for a type without a name here. */
const char *dns_type_str(uint16_t type);
