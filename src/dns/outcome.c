#include "dns/outcome.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

const char *dns_outcome_str(enum dns_outcome outcome)
{
    switch (outcome) {
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
    assert(false); /* no outcome */
    return NULL;
}

const char *dnssec_str(enum dnssec_status status)
{
    switch (status) {
    case DNSSEC_SECURE:
        return "secure";
    case DNSSEC_INSECURE:
        return "insecure";
    case DNSSEC_INDETERMINATE:
        return "indeterminate";
    case DNSSEC_BOGUS:
        return "bogus";
    case DNSSEC_NONE:
        break;
    }
    return NULL;
}

enum dnssec_status dnssec_worse(enum dnssec_status a, enum dnssec_status b)
{
    return a > b ? a : b;
}
