#include "base/limits.h"
#include "base/str.h"
#include "core/corroboration/mpic.h"
#include "core/method/baseline.h"
#include "core/names/target.h"
#include "core/names/uri.h"
#include "core/names/url.h"
#include "core/rules/caa_value.h"
#include "core/rules/dcv_record.h"
#include "core/rules/http_headers.h"
#include "crypto/digest.h"

/* What the rules look at, and what they find. */
struct rules {
    const struct check_request *check;
    const struct target *target; /* NULL: unusable, which is no rule's business */
    const char *regex_fault;     /* NULL: none */
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
    static const char *const why[] = {
        [METHOD_NOT_FOR_ADDRESSES] = "is for domain names, not for IP addresses",
        [METHOD_NOT_FOR_WILDCARDS] = "is not suitable for Wildcard Domain Names",
        [METHOD_FOR_REVERSE_ONLY] = "is for IP addresses and names in in-addr.arpa and ip6.arpa",
    };
    enum dcv_method method = rules->check->dcv.method;
    enum method_fit fit = method_fit(method_get(method), rules->target);
    if (fit != METHOD_FITS)
        rule_issue_add(rules->issues, rules->arena, "target-not-allowed-for-method",
                       "Target not allowed for method: %s (%s, BR %s, %s)",
                       shown(rules, rules->check->target), dcv_method_str(method),
                       baseline_method_clause(method, target_is_ip(rules->target)), why[fit]);
}

/* The first that is no issuer domain name (RFC 8659 section 4.2), or NULL. */
static const char *first_bad_issuer(const struct strv *issuers)
{
    for (size_t i = 0; i < issuers->count; i++)
        if (!caa_issuer_is_valid(issuers->items[i]))
            return issuers->items[i];
    return NULL;
}

static bool check_account_uri(const struct rules *rules, const char *property, const char *uri)
{
    bool is_uri = uri_is_absolute(bytes_of(uri));
    if (!is_uri)
        rule_issue_add(rules->issues, rules->arena, "invalid-account-uri",
                       "Invalid account URI: \"%s\" (%s must be an ASCII URI, RFC 3986 section 3)",
                       shown(rules, uri), property);
    return is_uri;
}

/* The first bad one is told. */
static void check_account_uris(const struct rules *rules)
{
    const struct strv *uris = &rules->check->caa.account_uris;
    for (size_t i = 0; i < uris->count; i++)
        if (!check_account_uri(rules, "account_uris", uris->items[i]))
            return;
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

/* The method whose permission is asked (RFC 8657 section 4) is told in one way, or in none. */
static void check_caa_method(const struct rules *rules)
{
    const struct caa_params *caa = &rules->check->caa;
    enum dcv_method method;
    const char *why = NULL;
    if (!caa->validation_method)
        return;
    if (!dcv_method_parse(caa->validation_method, &method))
        why = "it must be a validation_method of dcv_check_parameters";
    else if (caa->validation_method_labels.present)
        why = "the labels follow from it; leave out validation_method_labels, or validation_method";
    if (why)
        rule_issue_add(rules->issues, rules->arena, "invalid-validation-method",
                       "Invalid validation method: \"%s\" (%s)",
                       shown(rules, caa->validation_method), why);
}

/* --- DCV: one parameter --------------------------------------------------------------------- */

static const char *text_of(const struct rules *rules, const struct param_info *param)
{
    return *(const char *const *)((const char *)&rules->check->dcv + param->offset);
}

/* An empty value would be found in anything. */
static bool is_given(const struct rules *rules, const struct param_info *param)
{
    if (!is_empty(text_of(rules, param)))
        return true;
    rule_issue_add(rules->issues, rules->arena, "empty-challenge-value",
                   "Empty challenge value. (%s)", param->name);
    return false;
}

static void check_not_empty(const struct rules *rules, const struct param_info *param)
{
    is_given(rules, param);
}

/* What a website must show may be told by an expression alone. */
static void check_not_empty_or_regex(const struct rules *rules, const struct param_info *param)
{
    if (is_empty(rules->check->dcv.match_regex))
        is_given(rules, param);
}

static void check_digest_hex(const struct rules *rules, const struct param_info *param)
{
    const char *hash = text_of(rules, param);
    uint8_t digest[SHA256_BYTES];
    if (is_given(rules, param) && !hex_parse(hash, digest, sizeof digest))
        rule_issue_add(rules->issues, rules->arena, "invalid-key-authorization-hash",
                       "Invalid key authorization hash: \"%s\" (64 hexadecimal digits, RFC 8737 "
                       "section 3)",
                       shown(rules, hash));
}

static void check_digest_base64url(const struct rules *rules, const struct param_info *param)
{
    const char *hash = text_of(rules, param);
    if (is_given(rules, param) && !dcv_key_digest_is_valid(hash))
        rule_issue_add(rules->issues, rules->arena, "invalid-key-authorization-hash",
                       "Invalid key authorization hash: \"%s\" (43 base64url characters, RFC 8555 "
                       "section 8.4)",
                       shown(rules, hash));
}

static void check_uri(const struct rules *rules, const struct param_info *param)
{
    check_account_uri(rules, param->name, text_of(rules, param));
}

static void check_issuers(const struct rules *rules, const struct param_info *param)
{
    const struct strv *issuers = &rules->check->dcv.issuer_domain_names;
    const char *bad = first_bad_issuer(issuers);
    (void)param;
    if (bad || issuers->count == 0)
        rule_issue_add(rules->issues, rules->arena, "invalid-issuer-domain-names",
                       "Invalid issuer domain names: \"%s\" (one or more issuer domain names, RFC "
                       "8659 section 4.2)",
                       shown(rules, bad));
}

/* Where the method fixes the prefix, it may be repeated. Where not, only a method that takes a label is
 * given one: it begins with an underscore (BR 3.2.2.4.7 item 2), so that nobody's host name is one. */
static void check_prefix(const struct rules *rules, const struct param_info *param)
{
    const struct dcv_params *params = &rules->check->dcv;
    const struct method *method = method_get(params->method);
    const char *given = text_of(rules, param);
    if (!given || !rules->target)
        return;
    const char *fixed = dcv_record_prefix(params, rules->target, rules->arena);
    bool takes_label = method->record.takes_label;
    bool fits = fixed ? str_eq(given, fixed)
                      : is_empty(given) || (takes_label && name_is_underscore_label(given));
    if (fits)
        return;
    const char *allowed = fixed         ? arena_printf(rules->arena, "\"%s\" or null", fixed)
                          : takes_label ? "one label that begins with an underscore, or null"
                                        : "null";
    rule_issue_add(rules->issues, rules->arena, "invalid-dns-name-prefix",
                   "Invalid DNS name prefix: \"%s\" (%s takes %s)", shown(rules, given),
                   method->name, allowed);
}

/* Only where the method leaves a choice; elsewhere the type is part of the method. */
static void check_record_type(const struct rules *rules, const struct param_info *param)
{
    const struct method *method = method_get(rules->check->dcv.method);
    enum dcv_record_type type = rules->check->dcv.dns_record_type;
    (void)param;
    if (method_has_choice_of_type(method) && !method_takes_type(method, type))
        rule_issue_add(rules->issues, rules->arena,
                       "invalid-validation-method-record-type-combination",
                       "Invalid validation method and record type combination: %s and %s",
                       method->name, type == DCV_RECORD_NONE ? "none" : dcv_record_type_str(type));
}

static void check_token(const struct rules *rules, const struct param_info *param)
{
    struct err err;
    if (is_given(rules, param) && !acme_token_check(text_of(rules, param), &err))
        rule_issue_add(rules->issues, rules->arena, "invalid-token", "Invalid token: token %s",
                       err.text);
}

/* What is expected in the body is never shown: a message may be logged. */
static void check_key_authorization(const struct rules *rules, const struct param_info *param)
{
    struct err err;
    if (is_given(rules, param) && !key_authorization_check(text_of(rules, param), &err))
        rule_issue_add(rules->issues, rules->arena, "invalid-token",
                       "Invalid token: key_authorization %s", err.text);
}

static void check_token_path(const struct rules *rules, const struct param_info *param)
{
    const char *path = text_of(rules, param);
    struct err err;
    if (is_empty(path))
        rule_issue_add(rules->issues, rules->arena, "invalid-http-token-path",
                       "Invalid HTTP token path: it is empty");
    else if (!http_token_path_check(path, &err))
        rule_issue_add(rules->issues, rules->arena, "invalid-http-token-path",
                       "Invalid HTTP token path: \"%s\" (%s)", shown(rules, path), err.text);
}

static void check_headers(const struct rules *rules, const struct param_info *param)
{
    const struct dcv_params *params = &rules->check->dcv;
    struct err err;
    (void)param;
    if (!http_headers_check(params->http_headers, params->http_header_count, &err))
        rule_issue_add(rules->issues, rules->arena, "invalid-http-header",
                       "Invalid HTTP header: %s", err.text);
}

static void check_regex(const struct rules *rules, const struct param_info *param)
{
    (void)param;
    if (rules->regex_fault)
        rule_issue_add(rules->issues, rules->arena, "invalid-match-regex",
                       "Invalid match regex: \"%s\" (%s)",
                       shown(rules, rules->check->dcv.match_regex), rules->regex_fault);
}

static void check_nothing(const struct rules *rules, const struct param_info *param)
{
    (void)rules;
    (void)param;
}

typedef void param_rule_fn(const struct rules *rules, const struct param_info *param);

static param_rule_fn *const param_rules[RULE_COUNT] = {
    [RULE_NONE] = check_nothing,
    [RULE_NOT_EMPTY] = check_not_empty,
    [RULE_NOT_EMPTY_OR_REGEX] = check_not_empty_or_regex,
    [RULE_DIGEST_BASE64URL] = check_digest_base64url,
    [RULE_DIGEST_HEX] = check_digest_hex,
    [RULE_TOKEN] = check_token,
    [RULE_KEY_AUTHORIZATION] = check_key_authorization,
    [RULE_TOKEN_PATH] = check_token_path,
    [RULE_HEADERS] = check_headers,
    [RULE_REGEX] = check_regex,
    [RULE_RECORD_TYPE] = check_record_type,
    [RULE_PREFIX] = check_prefix,
    [RULE_ISSUERS] = check_issuers,
    [RULE_URI] = check_uri,
};

/* --- DCV: several together ------------------------------------------------------------------ */

/* Where in the request the value stands, or NULL. */
static const char *place_of_value(const struct dcv_params *params, const char *path,
                                  const char *value)
{
    if (path && url_holds_value(path, value))
        return "the URL";
    for (size_t i = 0; i < params->http_header_count; i++)
        if (url_holds_value(params->http_headers[i].name, value) ||
            url_holds_value(params->http_headers[i].value, value))
            return "a header";
    return NULL;
}

/*
 * BR 3.2.2.4.18 item 1: the whole value must not appear in the request, or a site that repeats what
 * it is asked proves control. BR 3.2.2.4.19 does not say so of the key authorization, for the path
 * holds the token only; where it would hold all of it, the reason is the same.
 */
static void check_value_in_request(const struct rules *rules)
{
    const struct dcv_params *params = &rules->check->dcv;
    bool is_acme = method_get(params->method)->page == PAGE_IS_KEY_AUTHORIZATION;
    const char *value = is_acme ? params->key_authorization : params->challenge_value;
    const char *path = is_acme ? params->token : params->http_token_path;
    struct url url;
    if (rules->target && !rules->target->is_wildcard && path) {
        if (is_acme)
            url_of_http_01(rules->target, path, rules->arena, &url);
        else
            url_of_website_change(rules->target, params->url_scheme, path, rules->arena, &url);
        path = url_format(&url, rules->arena);
    }
    const char *place = place_of_value(params, path, value);
    if (place)
        rule_issue_add(rules->issues, rules->arena, "challenge-value-in-request",
                       "Challenge value in request: %s stands in %s (BR %s)",
                       is_acme ? "key_authorization" : "challenge_value", place,
                       baseline_method(params->method)->dns_clause);
}

/* Breaches are told in the order of the method's parameters. */
static void check_dcv(const struct rules *rules)
{
    const struct method *method = method_get(rules->check->dcv.method);
    check_target(rules);
    for (size_t i = 0; i < METHOD_PARAMS_MAX && method->params[i].presence; i++)
        param_rules[method_param_rule(&method->params[i])](rules,
                                                           param_info(method->params[i].param));
    if (method->kind == METHOD_HTTP)
        check_value_in_request(rules);
}

const char *request_regex(const struct check_request *check)
{
    bool has_one = method_param(method_of_request(check), PARAM_MATCH_REGEX) &&
                   !is_empty(check->dcv.match_regex);
    return has_one ? check->dcv.match_regex : NULL;
}

void request_check_parameters(const struct check_request *check, const char *regex_fault,
                              struct arena *arena, struct rule_issues *issues)
{
    struct target target;
    struct err err;
    const struct rules rules = {
        .check = check,
        .target = target_parse(check->target, &target, &err) ? &target : NULL,
        .regex_fault = regex_fault,
        .arena = arena,
        .issues = issues,
    };
    if (check->check_type == CHECK_CAA) {
        check_caa_domains(&rules);
        check_caa_method(&rules);
        check_account_uris(&rules);
        return;
    }
    check_dcv(&rules);
}
