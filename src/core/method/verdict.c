#include "core/method/verdict.h"

#include "base/str.h"

#include <assert.h>
#include <stddef.h>

#define CAA_LOOKUP "mpic_error:caa_checker:lookup"
#define DCV_LOOKUP "mpic_error:dcv_checker:lookup"
#define TLS_ALPN   "mpic_error:dcv_checker:tls_alpn:"

/* A row whose problem cannot arise in one of the two types of check has no key for that type. */
#define BOTH_LOOKUPS .caa_error_type = CAA_LOOKUP, .dcv_error_type = DCV_LOOKUP

static const struct problem_info problems[PROBLEM_COUNT] = {
    [PROBLEM_NONE] = {"none", VERDICT_PASS},
    [PROBLEM_PARAMETER] = {"parameter", VERDICT_UNKNOWN, "mpic_error:caa_checker:parameter",
                           "mpic_error:dcv_checker:parameter"},
    [PROBLEM_NXDOMAIN] = {"nxdomain", VERDICT_FAIL, NULL, DCV_LOOKUP, "NXDOMAIN"},
    [PROBLEM_NO_DATA] = {"no_data", VERDICT_FAIL, NULL, DCV_LOOKUP, "NoAnswer"},
    [PROBLEM_DNS_TIMEOUT] = {"dns_timeout", VERDICT_UNKNOWN, BOTH_LOOKUPS, "LifetimeTimeout"},
    [PROBLEM_DNS_SERVFAIL] = {"dns_servfail", VERDICT_UNKNOWN, BOTH_LOOKUPS, "NoNameservers"},
    [PROBLEM_DNS_REFUSED] = {"dns_refused", VERDICT_UNKNOWN, BOTH_LOOKUPS, "NoNameservers"},
    [PROBLEM_DNSSEC_BOGUS] = {"dnssec_bogus", VERDICT_UNKNOWN, BOTH_LOOKUPS, "DnssecBogus"},
    [PROBLEM_DNSSEC_INDETERMINATE] = {"dnssec_indeterminate", VERDICT_UNKNOWN, BOTH_LOOKUPS,
                                      "DnssecIndeterminate"},
    [PROBLEM_DNS_ALIAS] = {"dns_alias", VERDICT_UNKNOWN, BOTH_LOOKUPS, "YXDOMAIN"},
    [PROBLEM_DNS_MALFORMED] = {"dns_malformed", VERDICT_UNKNOWN, BOTH_LOOKUPS, "MalformedAnswer"},
    [PROBLEM_DNS_FILTERED] = {"dns_filtered", VERDICT_UNKNOWN, BOTH_LOOKUPS, "FilteredAnswer"},
    [PROBLEM_TLD_UNPROVEN] = {"tld_unproven", VERDICT_UNKNOWN, BOTH_LOOKUPS, "NXDOMAIN"},
    [PROBLEM_NO_MATCH] = {"no_match", VERDICT_FAIL},
    [PROBLEM_CAA_NOT_PERMITTED] = {"caa_not_permitted", VERDICT_FAIL},
    [PROBLEM_CAA_CRITICAL] = {"caa_critical", VERDICT_FAIL},
    [PROBLEM_NO_SUCH_TLD] = {"no_such_tld", VERDICT_FAIL, "mpic_error:caa_checker:no_such_tld"},
    [PROBLEM_ADDRESS_REFUSED] = {"address_refused", VERDICT_FAIL, NULL,
                                 "mpic_error:dcv_checker:address_refused"},
    [PROBLEM_NO_ADDRESS] = {"no_address", VERDICT_UNKNOWN, NULL, DCV_LOOKUP,
                            "ClientConnectorDNSError"},
    [PROBLEM_CONNECT_FAILED] = {"connect_failed", VERDICT_UNKNOWN, NULL, DCV_LOOKUP,
                                "ClientConnectorError"},
    [PROBLEM_CONNECT_TIMEOUT] = {"connect_timeout", VERDICT_UNKNOWN, NULL, DCV_LOOKUP,
                                 "TimeoutError"},
    [PROBLEM_READ_TIMEOUT] = {"read_timeout", VERDICT_UNKNOWN, NULL, DCV_LOOKUP, "TimeoutError"},
    [PROBLEM_DISCONNECTED] = {"disconnected", VERDICT_UNKNOWN, NULL, DCV_LOOKUP,
                              "ServerDisconnectedError"},
    [PROBLEM_TLS_FAILED] = {"tls_failed", VERDICT_UNKNOWN, NULL, DCV_LOOKUP, "SSLError"},
    [PROBLEM_HTTP_PROTOCOL] = {"http_protocol", VERDICT_UNKNOWN, NULL, DCV_LOOKUP,
                               "ClientResponseError"},
    [PROBLEM_TOO_MANY_REDIRECTS] = {"too_many_redirects", VERDICT_UNKNOWN, NULL, DCV_LOOKUP,
                                    "TooManyRedirects"},
    [PROBLEM_REDIRECT_INVALID] = {"redirect_invalid", VERDICT_FAIL, NULL,
                                  "mpic_error:redirect:invalid"},
    [PROBLEM_HTTP_STATUS] = {"http_status", VERDICT_FAIL, NULL, "mpic_error:http"},
    [PROBLEM_BODY_TOO_LARGE] = {"body_too_large", VERDICT_FAIL, NULL,
                                "mpic_error:http:body_too_large"},
    [PROBLEM_REGEX_LIMIT] = {"regex_limit", VERDICT_UNKNOWN, NULL, "mpic_error:http:regex_limit"},
    [PROBLEM_PROTOCOL_NOT_NEGOTIATED] = {"protocol_not_negotiated", VERDICT_FAIL, NULL,
                                         TLS_ALPN "protocol_not_negotiated"},
    [PROBLEM_UNREADABLE] = {"unreadable", VERDICT_FAIL, NULL, TLS_ALPN "certificate:unreadable"},
    [PROBLEM_DUPLICATE_EXTENSION] = {"duplicate_extension", VERDICT_FAIL, NULL,
                                     TLS_ALPN "certificate:duplicate_extension"},
    [PROBLEM_NOT_SELF_SIGNED] = {"not_self_signed", VERDICT_FAIL, NULL,
                                 TLS_ALPN "certificate:not_self_signed"},
    [PROBLEM_EXTENSION_MISSING] = {"extension_missing", VERDICT_FAIL, NULL,
                                   TLS_ALPN "certificate:extension_missing"},
    [PROBLEM_NO_SINGLE_SAN] = {"no_single_san", VERDICT_FAIL, NULL,
                               TLS_ALPN "certificate:no_single_san"},
    [PROBLEM_MALFORMED_EXTENSION] = {"malformed_extension", VERDICT_FAIL, NULL,
                                     TLS_ALPN "certificate:malformed_extension"},
    [PROBLEM_SAN_NOT_DNSNAME] = {"san_not_dnsname", VERDICT_FAIL, NULL,
                                 TLS_ALPN "certificate:san_not_dnsname"},
    [PROBLEM_SAN_TYPE_NOT_MATCH] = {"san_type_not_match", VERDICT_FAIL, NULL,
                                    TLS_ALPN "certificate:san_type_not_match"},
    [PROBLEM_SAN_NOT_HOSTNAME] = {"san_not_hostname", VERDICT_FAIL, NULL,
                                  TLS_ALPN "certificate:san_not_hostname"},
    [PROBLEM_NONCRITICAL_ALPN_EXTENSION] = {"noncritical_alpn_extension", VERDICT_FAIL, NULL,
                                            TLS_ALPN "certificate:noncritical_alpn_extension"},
    [PROBLEM_DIGEST_MISMATCH] = {"digest_mismatch", VERDICT_FAIL, NULL,
                                 TLS_ALPN "certificate:digest_mismatch"},
    [PROBLEM_REMOTE_CHECK] = {"remote_check", VERDICT_UNKNOWN,
                              "mpic_error:coordinator:remote_check",
                              "mpic_error:coordinator:remote_check"},
    [PROBLEM_NOT_AWAITED] = {"not_awaited", VERDICT_UNKNOWN, "mpic_error:coordinator:remote_check",
                             "mpic_error:coordinator:remote_check"},
    [PROBLEM_DEADLINE] = {"deadline", VERDICT_UNKNOWN, BOTH_LOOKUPS, "TimeoutError"},
    [PROBLEM_INTERNAL] = {"internal", VERDICT_UNKNOWN, BOTH_LOOKUPS, "InternalError"},
};

const struct problem_info *problem_info(enum problem problem)
{
    assert(problem >= PROBLEM_NONE && problem < PROBLEM_COUNT);
    return &problems[problem];
}

const char *problem_str(enum problem problem)
{
    return problem_info(problem)->name;
}

enum problem problem_parse(const char *name)
{
    for (int i = PROBLEM_NONE + 1; i < PROBLEM_COUNT; i++)
        if (str_eq(problems[i].name, name))
            return (enum problem)i;
    return PROBLEM_INTERNAL;
}

const char *verdict_str(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_PASS:
        return "pass";
    case VERDICT_FAIL:
        return "fail";
    case VERDICT_UNKNOWN:
        break;
    }
    return "unknown";
}
