/*
 * The table of what can be checked: a row for the CAA check, and one for each validation method. A row is
 * data, all that belongs to the method alone; what acts on it (questions, expectations, machines, JSON, the
 * command's options) reads it here, and chooses by the row's kinds, never by the method's name.
 */
#pragma once

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
};

const struct method *method_get(enum dcv_method method);
/* By its name, also the CAA check; NULL for a name that is none. */
const struct method *method_find(const char *name);
/* All rows, in the order in which people are shown them. */
const struct method *method_rows(size_t *count);
