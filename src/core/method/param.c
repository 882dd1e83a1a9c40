#include "core/method/param.h"

#include "core/method/check.h"

#include <assert.h>

#define AT(member) #member, offsetof(struct dcv_params, member)

static const struct param_info infos[PARAM_COUNT] = {
    [PARAM_CHALLENGE_VALUE] = {AT(challenge_value), PARAM_KIND_TEXT, RULE_NOT_EMPTY,
                               "challenge-value", "TEXT", "what must be found"},
    [PARAM_REQUIRE_EXACT_CASE] = {AT(require_exact_case), PARAM_KIND_FLAG, RULE_NONE, "ignore-case",
                                  NULL, "compare without regard to the case of ASCII letters"},
    [PARAM_HTTP_TOKEN_PATH] = {AT(http_token_path), PARAM_KIND_TEXT, RULE_TOKEN_PATH,
                               "http-token-path", "PATH",
                               "the file below /.well-known/pki-validation/"},
    [PARAM_URL_SCHEME] = {AT(url_scheme), PARAM_KIND_URL_SCHEME, RULE_NONE, "url-scheme", "SCHEME",
                          "http (default) or https"},
    [PARAM_HTTP_HEADERS] = {AT(http_headers), PARAM_KIND_HEADERS, RULE_HEADERS, "http-header",
                            "NAME: VALUE", "a header of the request; repeatable",
                            .is_secret = true},
    [PARAM_MATCH_REGEX] = {AT(match_regex), PARAM_KIND_TEXT, RULE_REGEX, "match-regex", "REGEX",
                           "the file must match this as well (PCRE2)"},
    [PARAM_DNS_RECORD_TYPE] = {AT(dns_record_type), PARAM_KIND_RECORD_TYPE, RULE_RECORD_TYPE,
                               "dns-record-type", "TYPE",
                               "TXT, CNAME or CAA; for ip-address A or AAAA"},
    [PARAM_DNS_NAME_PREFIX] = {AT(dns_name_prefix), PARAM_KIND_TEXT, RULE_PREFIX, "dns-name-prefix",
                               "LABEL", "one label in front of the name, with an underscore"},
    [PARAM_REQUIRE_EXACT_MATCH] = {AT(require_exact_match), PARAM_KIND_FLAG, RULE_NONE,
                                   "exact-match", NULL,
                                   "the whole record must equal the value (default: contain it)"},
    [PARAM_ISSUER_DOMAIN_NAMES] = {AT(issuer_domain_names), PARAM_KIND_TEXTS, RULE_ISSUERS,
                                   "issuer-domain-name", "DOMAIN",
                                   "an issuer domain name of the CA; repeatable"},
    [PARAM_EXPECTED_ACCOUNT_URI] = {AT(expected_account_uri), PARAM_KIND_TEXT, RULE_URI,
                                    "expected-account-uri", "URI",
                                    "the account that the record must name"},
    [PARAM_WILDCARD_POLICY] = {AT(wildcard_policy), PARAM_KIND_WILDCARD_POLICY, RULE_NONE,
                               "wildcard-policy", "POLICY", "baseline (default) or required",
                               .is_added = true},
    [PARAM_TOKEN] = {AT(token), PARAM_KIND_TEXT, RULE_TOKEN, "token", "TEXT", "the ACME token",
                     .is_secret = true},
    [PARAM_KEY_AUTHORIZATION] = {AT(key_authorization), PARAM_KIND_TEXT, RULE_KEY_AUTHORIZATION,
                                 "key-authorization", "TEXT", "the ACME key authorization",
                                 .is_secret = true},
    [PARAM_KEY_AUTHORIZATION_HASH] = {AT(key_authorization_hash), PARAM_KIND_TEXT,
                                      RULE_DIGEST_BASE64URL, "key-authorization-hash", "TEXT",
                                      "its SHA-256: base64url, for acme-tls-alpn-01 hexadecimal"},
    [PARAM_ACCOUNT_URI] = {AT(account_uri), PARAM_KIND_TEXT, RULE_URI, "account-uri", "URI",
                           "the ACME account"},
};

const struct param_info *param_info(enum param param)
{
    assert((unsigned)param < PARAM_COUNT);
    return &infos[param];
}
