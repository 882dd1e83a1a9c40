/*
 * The parameters of validation methods: a row for each property of dcv_check_parameters, as data. Which of
 * them a method takes, and how, is in the method's row (core/method/method.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* In the order in which --help lists their options. */
enum param {
    PARAM_CHALLENGE_VALUE,
    PARAM_REQUIRE_EXACT_CASE,
    PARAM_HTTP_TOKEN_PATH,
    PARAM_URL_SCHEME,
    PARAM_HTTP_HEADERS,
    PARAM_MATCH_REGEX,
    PARAM_DNS_RECORD_TYPE,
    PARAM_DNS_NAME_PREFIX,
    PARAM_REQUIRE_EXACT_MATCH,
    PARAM_ISSUER_DOMAIN_NAMES,
    PARAM_EXPECTED_ACCOUNT_URI,
    PARAM_WILDCARD_POLICY,
    PARAM_TOKEN,
    PARAM_KEY_AUTHORIZATION,
    PARAM_KEY_AUTHORIZATION_HASH,
    PARAM_ACCOUNT_URI,
    PARAM_COUNT
};

/* What the member of struct dcv_params is. JSON and the options have a reader for each. */
enum param_kind {
    PARAM_KIND_TEXT,            /* const char * */
    PARAM_KIND_TEXTS,           /* struct strv */
    PARAM_KIND_FLAG,            /* bool; as an option it turns the default around */
    PARAM_KIND_HEADERS,         /* http_headers and its count */
    PARAM_KIND_RECORD_TYPE,     /* enum dcv_record_type */
    PARAM_KIND_URL_SCHEME,      /* enum url_scheme */
    PARAM_KIND_WILDCARD_POLICY, /* enum wildcard_policy */
    PARAM_KIND_COUNT
};

/* What a value must be. core/corroboration/mpic_parameters.c has a function for each, with the issue that it
 * raises; the JSON reader one where Open MPIC has the rule too. */
enum param_rule {
    RULE_NONE = 0,
    RULE_NOT_EMPTY,          /* an empty value would be found in anything */
    RULE_NOT_EMPTY_OR_REGEX, /* unless match_regex says what must be found */
    RULE_DIGEST_BASE64URL,   /* SHA-256 (RFC 8555 section 8.4) */
    RULE_DIGEST_HEX,         /* SHA-256 (RFC 8737 section 3) */
    RULE_TOKEN,
    RULE_KEY_AUTHORIZATION,
    RULE_TOKEN_PATH,
    RULE_HEADERS,
    RULE_REGEX,
    RULE_RECORD_TYPE, /* one of those that the method may ask for */
    RULE_PREFIX,      /* what the method fixes, or takes */
    RULE_ISSUERS,     /* issuer domain names, one or more */
    RULE_URI,
    RULE_COUNT
};

struct param_info {
    const char *name; /* of the JSON property, and of the member */
    size_t offset;    /* in struct dcv_params */
    enum param_kind kind;
    enum param_rule rule;
    /* Of the command: "--option VALUE". */
    const char *option;
    const char *option_value; /* NULL: a flag */
    const char *help;
    bool is_added;  /* not in Open MPIC's requests: not written where it has its default */
    bool is_secret; /* who reads it in a record could use it: records that are kept hide it */
};

const struct param_info *param_info(enum param param);

enum param_presence {
    PARAM_NOT_TAKEN = 0,
    PARAM_REQUIRED,
    PARAM_OPTIONAL, /* default: `value` of flags and enums, absence of all else */
    PARAM_FIXED,    /* `value`, or what the record_rule says; may be sent, with this value only */
    PARAM_DERIVED,  /* follows from others; may be sent as it follows, or null */
};

/* How a method takes a parameter. */
struct method_param {
    enum param param;
    enum param_presence presence;
    int value;
    enum param_rule rule; /* in place of the parameter's own; RULE_NONE: that one */
};
