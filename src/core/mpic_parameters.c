#include "base/str.h"
#include "core/baseline.h"
#include "core/caa_value.h"
#include "core/limits.h"
#include "core/mpic.h"
#include "core/target.h"
#include "crypto/digest.h"

/* What the rules look at, and what they find. */
struct rules {
    const struct check_request *check;
    const struct target *target; /* NULL: unusable, which is no rule's business */
    struct arena *arena;
    struct rule_issues *issues;
};

/* Outside text as it may be shown in a message. */
static const char *shown(const struct rules *rules, const char *text)
{
    return text ? str_report(rules->arena, bytes_of(text), LIMIT_MESSAGE_OUTSIDE_BYTES) : "";
}

static bool is_empty(const char *text)
{
    return !text || !*text;
}

/* --- any check ----------------------------------------------------------------------------- */

static void check_target(const struct rules *rules)
{
    if (!rules->target)
        return;
    enum dcv_method method = rules->check->dcv.method;
    const struct method_rule *rule = baseline_method(method);
    const char *why = NULL;
    if (target_is_ip(rules->target) && !rule->ip_clause)
        why = "is for domain names, not for IP addresses";
    else if (rules->target->is_wildcard && !rule->wildcards)
        why = "is not suitable for Wildcard Domain Names";
    else if (!target_is_ip(rules->target) && rule->reverse_names_only &&
             !target_is_reverse_zone(rules->target))
        why = "is for IP addresses and names in in-addr.arpa and ip6.arpa";
    if (why)
        rule_issue_add(rules->issues, rules->arena, "target-not-allowed-for-method",
                       "Target not allowed for method: %s (%s, BR %s, %s)",
                       shown(rules, rules->check->target), dcv_method_str(method),
                       baseline_method_clause(method, target_is_ip(rules->target)), why);
}

/* The first that is no issuer domain name (RFC 8659 section 4.2), or NULL. */
static const char *first_bad_issuer(const struct strv *issuers)
{
    for (size_t i = 0; i < issuers->count; i++)
        if (!caa_issuer_is_valid(issuers->items[i]))
            return issuers->items[i];
    return NULL;
}

/* An empty entry would let the record that permits nobody permit us: `issue ";"` names no issuer
 * (RFC 8659 section 4.2). */
static void check_caa_domains(const struct rules *rules)
{
    const char *bad = first_bad_issuer(&rules->check->caa.caa_domains);
    if (bad)
        rule_issue_add(rules->issues, rules->arena, "invalid-caa-domains",
                       "Invalid CAA domains: \"%s\" (each must be an issuer domain name, RFC 8659 "
                       "section 4.2)",
                       shown(rules, bad));
}

/* --- DCV: parts of the parameters ---------------------------------------------------------- */

/* An empty value would be found in anything. */
static bool check_not_empty(const struct rules *rules, const char *property, const char *value)
{
    if (!is_empty(value))
        return true;
    rule_issue_add(rules->issues, rules->arena, "empty-challenge-value",
                   "Empty challenge value. (%s)", property);
    return false;
}

static void check_challenge_value(const struct rules *rules)
{
    check_not_empty(rules, "challenge_value", rules->check->dcv.challenge_value);
}

/* What a website must show may be told by an expression alone. */
static void check_website_challenge(const struct rules *rules)
{
    if (is_empty(rules->check->dcv.match_regex))
        check_challenge_value(rules);
}

static void check_hex_hash(const struct rules *rules)
{
    const char *hash = rules->check->dcv.key_authorization_hash;
    uint8_t digest[SHA256_BYTES];
    if (check_not_empty(rules, "key_authorization_hash", hash) &&
        !hex_parse(hash, digest, sizeof digest))
        rule_issue_add(rules->issues, rules->arena, "invalid-key-authorization-hash",
                       "Invalid key authorization hash: \"%s\" (64 hexadecimal digits, RFC 8737 "
                       "section 3)",
                       shown(rules, hash));
}

static void check_account_uri(const struct rules *rules, const char *property, const char *uri)
{
    if (!account_uri_is_valid(bytes_of(uri)))
        rule_issue_add(rules->issues, rules->arena, "invalid-account-uri",
                       "Invalid account URI: \"%s\" (%s must be a URI, RFC 3986 section 3)",
                       shown(rules, uri), property);
}

static void check_account(const struct rules *rules)
{
    check_account_uri(rules, "account_uri", rules->check->dcv.account_uri);
}

static void check_persistent(const struct rules *rules)
{
    const struct dcv_params *params = &rules->check->dcv;
    const char *bad = first_bad_issuer(&params->issuer_domain_names);
    if (bad || params->issuer_domain_names.count == 0)
        rule_issue_add(rules->issues, rules->arena, "invalid-issuer-domain-names",
                       "Invalid issuer domain names: \"%s\" (one or more issuer domain names, RFC "
                       "8659 section 4.2)",
                       shown(rules, bad));
    check_account_uri(rules, "expected_account_uri", params->expected_account_uri);
}

/* Only where the method leaves a choice; elsewhere the type is part of the method. */
static void check_record_type(const struct rules *rules)
{
    const struct dcv_params *params = &rules->check->dcv;
    enum dcv_record_type type = params->dns_record_type;
    bool fits = params->method == DCV_IP_ADDRESS
                    ? type == DCV_RECORD_A || type == DCV_RECORD_AAAA
                    : type == DCV_RECORD_TXT || type == DCV_RECORD_CNAME || type == DCV_RECORD_CAA;
    if (!fits)
        rule_issue_add(rules->issues, rules->arena,
                       "invalid-validation-method-record-type-combination",
                       "Invalid validation method and record type combination: %s and %s",
                       dcv_method_str(params->method),
                       type == DCV_RECORD_NONE ? "none" : dcv_record_type_str(type));
}

/* --- DCV: method by method ----------------------------------------------------------------- */

typedef void rule_fn(const struct rules *rules);

#define RULES_MAX 5

/* The rules of each method, in the order in which their breaches are told. */
static rule_fn *const method_rules[DCV_METHOD_COUNT][RULES_MAX + 1] = {
    [DCV_WEBSITE_CHANGE] = {check_website_challenge},
    [DCV_DNS_CHANGE] = {check_challenge_value, check_record_type},
    [DCV_DNS_PERSISTENT] = {check_persistent},
    [DCV_ACME_TLS_ALPN_01] = {check_hex_hash},
    [DCV_CONTACT_EMAIL_TXT] = {check_challenge_value},
    [DCV_CONTACT_PHONE_TXT] = {check_challenge_value},
    [DCV_CONTACT_EMAIL_CAA] = {check_challenge_value},
    [DCV_CONTACT_PHONE_CAA] = {check_challenge_value},
    [DCV_IP_ADDRESS] = {check_challenge_value, check_record_type},
    [DCV_REVERSE_ADDRESS_LOOKUP] = {check_challenge_value},
    [DCV_DNS_ACCOUNT_01] = {check_account},
};

void request_check_parameters(const struct check_request *check, struct arena *arena,
                              struct rule_issues *issues)
{
    struct target target;
    struct err err;
    const struct rules rules = {
        .check = check,
        .target = target_parse(check->target, &target, &err) ? &target : NULL,
        .arena = arena,
        .issues = issues,
    };
    if (check->check_type == CHECK_CAA) {
        check_caa_domains(&rules);
        return;
    }
    check_target(&rules);
    for (rule_fn *const *rule = method_rules[check->dcv.method]; *rule; rule++)
        (*rule)(&rules);
}
