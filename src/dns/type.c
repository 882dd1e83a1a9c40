#include "dns/type.h"

#include <stddef.h>

const char *dns_type_name(uint16_t type)
{
    static const struct {
        uint16_t type;
        const char *name;
    } names[] = {{DNS_A, "A"},     {DNS_AAAA, "AAAA"}, {DNS_CAA, "CAA"}, {DNS_CNAME, "CNAME"},
                 {DNS_DS, "DS"},   {DNS_MX, "MX"},     {DNS_NS, "NS"},   {DNS_PTR, "PTR"},
                 {DNS_SOA, "SOA"}, {DNS_TXT, "TXT"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].type == type)
            return names[i].name;
    return NULL;
}

const char *dns_type_str(uint16_t type)
{
    const char *name = dns_type_name(type);
    return name ? name : "TYPE";
}
