#include "core/method/method.h"

#include "base/str.h"
#include "core/method/check.h"

#include <assert.h>

static const struct method rows[] = {
    {
        .method = DCV_NONE,
        .name = "caa",
        .kind = METHOD_CAA,
        .summary = "may this CA issue for the name? (BR 4.2.2.1)",
        .example = "example.com --caa-domain ca.example",
        .rule = {"4.2.2.1", "4.2.2.1", .wildcards = true},
    },
    {
        .method = DCV_WEBSITE_CHANGE,
        .name = "website-change",
        .kind = METHOD_HTTP,
        .summary = "a value in a file below /.well-known/pki-validation (BR 3.2.2.4.18)",
        .example = "example.com --http-token-path fileauth.txt --challenge-value 2f8a61c0d3",
        .rule = {"3.2.2.4.18", "3.2.2.5.1"},
        .labels = {NULL, "ca-tbr-18"},
        .page = PAGE_HOLDS_CHALLENGE,
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_OPTIONAL, true},
                   {PARAM_CHALLENGE_VALUE, PARAM_REQUIRED, .rule = RULE_NOT_EMPTY_OR_REGEX},
                   {PARAM_HTTP_TOKEN_PATH, PARAM_REQUIRED},
                   {PARAM_URL_SCHEME, PARAM_OPTIONAL, SCHEME_HTTP},
                   {PARAM_HTTP_HEADERS, PARAM_OPTIONAL},
                   {PARAM_MATCH_REGEX, PARAM_OPTIONAL}},
    },
    {
        .method = DCV_DNS_CHANGE,
        .name = "dns-change",
        .kind = METHOD_RECORD,
        .summary = "a value in a TXT, CNAME or CAA record (BR 3.2.2.4.7)",
        .example = "example.com --dns-record-type TXT --dns-name-prefix _dnsauth --challenge-value "
                   "2f8a61c0d3",
        .rule = {"3.2.2.4.7", NULL, .wildcards = true},
        .labels = {NULL, "ca-tbr-7"},
        .record = {.takes_label = true,
                   .types = {DCV_RECORD_CNAME, DCV_RECORD_TXT, DCV_RECORD_CAA},
                   .usual_type = DCV_RECORD_TXT,
                   .expects = EXPECTS_CHANGE},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_OPTIONAL, true},
                   {PARAM_CHALLENGE_VALUE, PARAM_REQUIRED},
                   {PARAM_DNS_NAME_PREFIX, PARAM_OPTIONAL},
                   {PARAM_DNS_RECORD_TYPE, PARAM_REQUIRED},
                   {PARAM_REQUIRE_EXACT_MATCH, PARAM_OPTIONAL, false}},
    },
    {
        .method = DCV_ACME_HTTP_01,
        .name = "acme-http-01",
        .kind = METHOD_HTTP,
        .summary = "the ACME http-01 challenge (BR 3.2.2.4.19)",
        .example = "example.com --token LoqXcYV8 --key-authorization LoqXcYV8.9jg46WB3",
        .rule = {"3.2.2.4.19", "3.2.2.5.6"},
        .labels = {"http-01", "ca-tbr-19"},
        .page = PAGE_IS_KEY_AUTHORIZATION,
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, true},
                   {PARAM_TOKEN, PARAM_REQUIRED},
                   {PARAM_KEY_AUTHORIZATION, PARAM_REQUIRED},
                   {PARAM_HTTP_HEADERS, PARAM_OPTIONAL}},
    },
    {
        .method = DCV_ACME_DNS_01,
        .name = "acme-dns-01",
        .kind = METHOD_RECORD,
        .summary = "the ACME dns-01 challenge (BR 3.2.2.4.7)",
        .example = "example.com --key-authorization-hash "
                   "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ",
        .rule = {"3.2.2.4.7", NULL, .wildcards = true},
        .labels = {"dns-01", "ca-tbr-7"},
        .record = {.prefix = "_acme-challenge",
                   .types = {DCV_RECORD_TXT},
                   .expects = EXPECTS_DIGEST},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, true},
                   {PARAM_KEY_AUTHORIZATION_HASH, PARAM_REQUIRED},
                   {PARAM_DNS_RECORD_TYPE, PARAM_FIXED},
                   {PARAM_DNS_NAME_PREFIX, PARAM_FIXED}},
    },
    {
        .method = DCV_DNS_ACCOUNT_01,
        .name = "dns-account-01",
        .kind = METHOD_RECORD,
        .summary = "the ACME dns-account-01 challenge (BR 3.2.2.4.21)",
        .example = "example.com --key-authorization-hash "
                   "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ "
                   "--account-uri https://ca.example/acct/1",
        .rule = {"3.2.2.4.21", NULL, .wildcards = true},
        .labels = {"dns-account-01", "ca-tbr-21"},
        .record = {.prefix = "_acme-challenge",
                   .has_account_label = true,
                   .types = {DCV_RECORD_TXT},
                   .expects = EXPECTS_DIGEST},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, true},
                   {PARAM_KEY_AUTHORIZATION_HASH, PARAM_REQUIRED},
                   {PARAM_ACCOUNT_URI, PARAM_REQUIRED},
                   {PARAM_DNS_NAME_PREFIX, PARAM_DERIVED},
                   {PARAM_DNS_RECORD_TYPE, PARAM_FIXED}},
    },
    {
        .method = DCV_ACME_TLS_ALPN_01,
        .name = "acme-tls-alpn-01",
        .kind = METHOD_TLS_ALPN,
        .summary = "the ACME tls-alpn-01 challenge (BR 3.2.2.4.20)",
        .example = "example.com --key-authorization-hash "
                   "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        .rule = {"3.2.2.4.20", "3.2.2.5.7"},
        .labels = {"tls-alpn-01", "ca-tbr-20"},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, false},
                   {PARAM_KEY_AUTHORIZATION_HASH, PARAM_REQUIRED, .rule = RULE_DIGEST_HEX}},
    },
    {
        .method = DCV_DNS_PERSISTENT,
        .name = "dns-persistent",
        .kind = METHOD_RECORD,
        .summary = "a persistent TXT record (BR 3.2.2.4.22, 3.2.2.5.8)",
        .example = "example.com --issuer-domain-name ca.example "
                   "--expected-account-uri https://ca.example/acct/1",
        .rule = {"3.2.2.4.22", "3.2.2.5.8", .wildcards = true, .reuse_days_max = 10},
        .labels = {"dns-persist-01", "ca-tbr-22"},
        .record = {.prefix = "_validation-persist",
                   .ip_prefix = "_ip-validation-persist", /* BR 3.2.2.5.8 */
                   .types = {DCV_RECORD_TXT},
                   .expects = EXPECTS_PERSISTENT},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, false},
                   {PARAM_DNS_RECORD_TYPE, PARAM_FIXED},
                   {PARAM_DNS_NAME_PREFIX, PARAM_FIXED},
                   {PARAM_ISSUER_DOMAIN_NAMES, PARAM_REQUIRED},
                   {PARAM_EXPECTED_ACCOUNT_URI, PARAM_REQUIRED},
                   {PARAM_WILDCARD_POLICY, PARAM_OPTIONAL, WILDCARD_BASELINE}},
    },
    {
        .method = DCV_CONTACT_EMAIL_TXT,
        .name = "contact-email-txt",
        .kind = METHOD_RECORD,
        .summary = "an e-mail contact in a TXT record (BR 3.2.2.4.14)",
        .example = "example.com --challenge-value admin@example.com",
        .rule = {"3.2.2.4.14", NULL, .wildcards = true, .should_not_from = "2026-03-15",
                 .must_not_from = "2028-03-15"},
        .labels = {NULL, "ca-tbr-14"},
        .record = {.prefix = "_validation-contactemail",
                   .types = {DCV_RECORD_TXT},
                   .expects = EXPECTS_EMAIL},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, false},
                   {PARAM_CHALLENGE_VALUE, PARAM_REQUIRED},
                   {PARAM_DNS_NAME_PREFIX, PARAM_FIXED},
                   {PARAM_DNS_RECORD_TYPE, PARAM_FIXED}},
    },
    {
        .method = DCV_CONTACT_PHONE_TXT,
        .name = "contact-phone-txt",
        .kind = METHOD_RECORD,
        .summary = "a telephone contact in a TXT record (BR 3.2.2.4.16)",
        .example = "example.com --challenge-value +1-555-0100",
        .rule = {"3.2.2.4.16", NULL, .wildcards = true, .should_not_from = "2026-03-15",
                 .must_not_from = "2027-03-15"},
        .labels = {NULL, "ca-tbr-16"},
        .record = {.prefix = "_validation-contactphone",
                   .types = {DCV_RECORD_TXT},
                   .expects = EXPECTS_PHONE},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, false},
                   {PARAM_CHALLENGE_VALUE, PARAM_REQUIRED},
                   {PARAM_DNS_NAME_PREFIX, PARAM_FIXED},
                   {PARAM_DNS_RECORD_TYPE, PARAM_FIXED}},
    },
    {
        .method = DCV_CONTACT_EMAIL_CAA,
        .name = "contact-email-caa",
        .kind = METHOD_RECORD,
        .summary = "an e-mail contact in a CAA record (BR 3.2.2.4.13)",
        .example = "example.com --challenge-value admin@example.com",
        .rule = {"3.2.2.4.13", NULL, .wildcards = true, .should_not_from = "2026-03-15",
                 .must_not_from = "2028-03-15"},
        .labels = {NULL, "ca-tbr-13"},
        .record = {.types = {DCV_RECORD_CAA},
                   .climbs = true,
                   .caa_tag = "contactemail",
                   .expects = EXPECTS_EMAIL},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, false},
                   {PARAM_CHALLENGE_VALUE, PARAM_REQUIRED},
                   {PARAM_DNS_NAME_PREFIX, PARAM_DERIVED},
                   {PARAM_DNS_RECORD_TYPE, PARAM_FIXED}},
    },
    {
        .method = DCV_CONTACT_PHONE_CAA,
        .name = "contact-phone-caa",
        .kind = METHOD_RECORD,
        .summary = "a telephone contact in a CAA record (BR 3.2.2.4.17)",
        .example = "example.com --challenge-value +1-555-0100",
        .rule = {"3.2.2.4.17", NULL, .wildcards = true, .should_not_from = "2026-03-15",
                 .must_not_from = "2027-03-15"},
        .labels = {NULL, "ca-tbr-17"},
        .record = {.types = {DCV_RECORD_CAA},
                   .climbs = true,
                   .caa_tag = "contactphone",
                   .expects = EXPECTS_PHONE},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, false},
                   {PARAM_CHALLENGE_VALUE, PARAM_REQUIRED},
                   {PARAM_DNS_NAME_PREFIX, PARAM_DERIVED},
                   {PARAM_DNS_RECORD_TYPE, PARAM_FIXED}},
    },
    {
        .method = DCV_IP_ADDRESS,
        .name = "ip-address",
        .kind = METHOD_RECORD,
        .summary = "the address of the name (BR 3.2.2.4.8; not permitted since 2026-03-15)",
        .example = "example.com --dns-record-type A --challenge-value 198.51.100.7",
        .rule = {"3.2.2.4.8", NULL, .must_not_from = "2026-03-15"},
        .labels = {NULL, "ca-tbr-8"},
        .record = {.types = {DCV_RECORD_A, DCV_RECORD_AAAA},
                   .usual_type = DCV_RECORD_A,
                   .expects = EXPECTS_ADDRESS},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, false},
                   {PARAM_CHALLENGE_VALUE, PARAM_REQUIRED},
                   {PARAM_DNS_NAME_PREFIX, PARAM_DERIVED},
                   {PARAM_DNS_RECORD_TYPE, PARAM_REQUIRED}},
    },
    {
        .method = DCV_REVERSE_ADDRESS_LOOKUP,
        .name = "reverse-address-lookup",
        .kind = METHOD_RECORD,
        .summary = "the name of an address (BR 3.2.2.5.3)",
        .example = "198.51.100.7 --challenge-value host.example.com",
        /* A reverse name as target is the address, in other letters. */
        .rule = {"3.2.2.5.3", "3.2.2.5.3", .reverse_names_only = true,
                 .must_not_from = "2027-03-15"},
        .record = {.types = {DCV_RECORD_PTR}, .expects = EXPECTS_NAME},
        .params = {{PARAM_REQUIRE_EXACT_CASE, PARAM_FIXED, false},
                   {PARAM_CHALLENGE_VALUE, PARAM_REQUIRED},
                   {PARAM_DNS_NAME_PREFIX, PARAM_DERIVED},
                   {PARAM_DNS_RECORD_TYPE, PARAM_FIXED}},
    },
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])
static_assert(ROW_COUNT == DCV_METHOD_COUNT, "each method has a row");

const struct method *method_get(enum dcv_method method)
{
    size_t i = 0;
    while (i < ROW_COUNT && rows[i].method != method)
        i++;
    assert(i < ROW_COUNT);
    return &rows[i];
}

const struct method *method_find(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (str_eq(rows[i].name, name))
            return &rows[i];
    return NULL;
}

const struct method_param *method_param(const struct method *method, enum param param)
{
    for (size_t i = 0; i < METHOD_PARAMS_MAX && method->params[i].presence; i++)
        if (method->params[i].param == param)
            return &method->params[i];
    return NULL;
}

enum param_rule method_param_rule(const struct method_param *param)
{
    return param->rule ? param->rule : param_info(param->param)->rule;
}

bool method_takes_type(const struct method *method, enum dcv_record_type type)
{
    for (size_t i = 0; i < METHOD_TYPES_MAX; i++)
        if (type != DCV_RECORD_NONE && method->record.types[i] == type)
            return true;
    return false;
}

bool method_has_choice_of_type(const struct method *method)
{
    return method->record.types[1] != DCV_RECORD_NONE;
}

enum method_fit method_fit(const struct method *method, const struct target *target)
{
    const struct method_rule *rule = &method->rule;
    if (target_is_ip(target) && !rule->ip_clause)
        return METHOD_NOT_FOR_ADDRESSES;
    if (target->is_wildcard && !rule->wildcards)
        return METHOD_NOT_FOR_WILDCARDS;
    if (rule->reverse_names_only && !target_is_ip(target) && !target_is_reverse_zone(target))
        return METHOD_FOR_REVERSE_ONLY;
    return METHOD_FITS;
}

const struct method *method_rows(size_t *count)
{
    *count = ROW_COUNT;
    return rows;
}
