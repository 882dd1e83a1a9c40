/* The texts of net/dns.h's enums: apart from the adapter, so that fakes have them without
 * libunbound. */
#include "net/dns.h"

const char *dns_status_str(enum dns_status status)
{
    switch (status) {
    case DNS_OK:
        return "ok";
    case DNS_NODATA:
        return "nodata";
    case DNS_NXDOMAIN:
        return "nxdomain";
    case DNS_SERVFAIL:
        return "servfail";
    case DNS_REFUSED:
        return "refused";
    case DNS_TIMEOUT:
        return "timeout";
    case DNS_BOGUS:
        return "bogus";
    case DNS_ALIAS:
        return "alias";
    case DNS_MALFORMED:
        return "malformed";
    case DNS_FILTERED:
        return "filtered";
    case DNS_LOCAL:
        return "local";
    }
    return "unknown";
}

const char *dns_security_str(enum dns_security security)
{
    switch (security) {
    case DNS_SEC_INDETERMINATE:
        return "indeterminate";
    case DNS_SEC_INSECURE:
        return "insecure";
    case DNS_SEC_SECURE:
        return "secure";
    case DNS_SEC_BOGUS:
        return "bogus";
    }
    return "unknown";
}
