/*
 * The table of what can be checked: a row for the CAA check, and one for each validation method. A row is
 * data, all that belongs to the method alone; what acts on it (questions, expectations, machines, JSON, the
 * command's options) reads it here, and chooses by the row's kinds, never by the method's name.
 */
#pragma once

#include "core/method/param.h"
#include "core/names/target.h"

#include <stdbool.h>
#include <stddef.h>

/* In the order in which Open MPIC's messages list them; ours behind. */
enum dcv_method {
    DCV_NONE = 0, /* a CAA check */
    DCV_WEBSITE_CHANGE,
    DCV_DNS_CHANGE,
    DCV_DNS_PERSISTENT,
    DCV_ACME_HTTP_01,
    DCV_ACME_DNS_01,
    DCV_ACME_TLS_ALPN_01,
    DCV_CONTACT_EMAIL_TXT,
    DCV_CONTACT_PHONE_TXT,
    DCV_CONTACT_EMAIL_CAA,
    DCV_CONTACT_PHONE_CAA,
    DCV_IP_ADDRESS,
    DCV_REVERSE_ADDRESS_LOOKUP,
    DCV_DNS_ACCOUNT_01,
    DCV_METHOD_COUNT
};

/* Where a method looks. It decides which machine runs the check, which evidence a PASS demands, and which
 * details are on the wire. */
enum method_kind { METHOD_CAA, METHOD_RECORD, METHOD_HTTP, METHOD_TLS_ALPN };

enum dcv_record_type {
    DCV_RECORD_NONE = 0,
    DCV_RECORD_A,
    DCV_RECORD_AAAA,
    DCV_RECORD_CAA,
    DCV_RECORD_CNAME,
    DCV_RECORD_TXT,
    DCV_RECORD_PTR,
};

/* What a record must show. core/rules/record_expectation.c makes each of them of a request. */
enum record_expects {
    EXPECTS_NOTHING = 0, /* no method of this kind */
    EXPECTS_CHANGE,      /* challenge_value, in the way that the request says */
    EXPECTS_DIGEST,      /* key_authorization_hash */
    EXPECTS_PERSISTENT,  /* one of issuer_domain_names with expected_account_uri */
    EXPECTS_EMAIL,       /* challenge_value, the contact */
    EXPECTS_PHONE,       /* the same */
    EXPECTS_ADDRESS,     /* challenge_value, the address */
    EXPECTS_NAME,        /* challenge_value, the host name */
    EXPECTS_COUNT
};

#define METHOD_TYPES_MAX  3
#define METHOD_PARAMS_MAX 8

/* Of a METHOD_RECORD: the question, and what the answer must show. */
struct record_rule {
    /* What is put in front of the name, "_acme-challenge"; NULL: nothing. `ip_prefix`: in front of the
     * reverse name of an address; NULL: `prefix`. */
    const char *prefix, *ip_prefix;
    bool has_account_label; /* a label in front of the prefix that follows from account_uri */
    bool takes_label;       /* instead of a prefix, the caller's own label, or none */
    /* What may be asked for, as messages list them. One: the method fixes it. */
    enum dcv_record_type types[METHOD_TYPES_MAX];
    enum dcv_record_type usual_type; /* where there is a choice: what people mean who say nothing */
    bool climbs; /* the search of RFC 8659 section 3 from the name upwards, not one question */
    const char *caa_tag; /* the property that counts; NULL: every record */
    enum record_expects expects;
};

/* Of a METHOD_HTTP: what the page must be. core/rules/http_body.c judges it. */
enum page_rule {
    PAGE_ANY = 0,             /* no method of this kind */
    PAGE_HOLDS_CHALLENGE,     /* challenge_value is in it, and match_regex matches it */
    PAGE_IS_KEY_AUTHORIZATION /* nothing else, but for white space at the end */
};

/* What kinds of target a method can prove, and its place in the Baseline Requirements. */
struct method_rule {
    const char *dns_clause;      /* "3.2.2.4.18", NULL if not for names */
    const char *ip_clause;       /* "3.2.2.5.1", NULL if not for addresses */
    bool wildcards;              /* may prove a Wildcard Domain Name */
    bool reverse_names_only;     /* names at or below in-addr.arpa and ip6.arpa, no others */
    const char *should_not_from; /* "2026-03-15" or NULL */
    const char *must_not_from;   /* same */
    unsigned reuse_days_max;     /* of a validation; 0: as BR 4.2.1 has it */
};

/* By which CAA records name the method (core/method/validation_label.h). NULL where it has none of the
 * kind: ACME does not have it, or it is none of BR 3.2.2.4 (the methods for addresses). */
struct validation_labels {
    const char *acme; /* "http-01": IANA's registry "ACME Validation Methods" */
    const char *tbr;  /* "ca-tbr-19" */
};

struct method {
    enum dcv_method method;
    const char *name; /* on the wire, where the CAA check has none */
    enum method_kind kind;
    const char *summary; /* for people, in a line */
    const char *example; /* a target and options that work, behind "mpic check NAME" */
    struct method_rule rule;
    struct validation_labels labels;
    struct record_rule record;
    enum page_rule page;
    /* Those that the method takes, in the order in which they are written; the rest is PARAM_NOT_TAKEN. */
    struct method_param params[METHOD_PARAMS_MAX];
};

const struct method *method_get(enum dcv_method method);
/* By its name, also the CAA check; NULL for a name that is none. */
const struct method *method_find(const char *name);
/* How the method takes the parameter; NULL if it does not. */
const struct method_param *method_param(const struct method *method, enum param param);
/* The rule for the value of a parameter that a method takes. */
enum param_rule method_param_rule(const struct method_param *param);
/* True for the types that a request may ask for. */
bool method_takes_type(const struct method *method, enum dcv_record_type type);
/* False: the method fixes the one type. */
bool method_has_choice_of_type(const struct method *method);

/* What of its target a method cannot prove. */
enum method_fit {
    METHOD_FITS,
    METHOD_NOT_FOR_ADDRESSES,
    METHOD_NOT_FOR_WILDCARDS,
    METHOD_FOR_REVERSE_ONLY
};
enum method_fit method_fit(const struct method *method, const struct target *target);

/* All rows, in the order in which people are shown them. */
const struct method *method_rows(size_t *count);
