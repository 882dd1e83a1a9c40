/* One MPIC request and its response, as data, and the rules that a request must follow. */
#pragma once

#include "core/corroboration/quorum.h"
#include "core/method/check.h"

#include <stdbool.h>
#include <stddef.h>

struct orchestration {
    struct opt_int perspective_count;
    struct opt_int quorum_count;
    struct opt_int max_attempts;
    struct opt_int cohort_for_single_attempt;
};

struct mpic_request {
    struct check_request check;
    const char *applied_for_name; /* the FQDN of the application, as it came; NULL: not told */
    bool has_orchestration;       /* the property was sent and was not null */
    struct orchestration orchestration;
};

/*
 * A broken rule of the request: HTTP 400, "issue_type" and "message". Types are API:
 *   invalid-perspective-count      out of range, or fewer than the Baseline Requirements demand
 *   invalid-quorum-count           not of the quorum table of BR 3.2.2.9
 *   not-permitted-by-baseline      the method is past its date
 *   target-not-allowed-for-method  an address, a wildcard or a name that the method cannot prove
 *   invalid-caa-domains            an entry is no issuer domain name
 *   invalid-validation-method      of a CAA check: no method of ours, or labels are given as well
 *   empty-challenge-value          an expected value that would be found in anything
 *   challenge-value-in-request     an expected value that is part of the request to the website
 *   invalid-validation-method-record-type-combination
 *   invalid-dns-name-prefix, invalid-key-authorization-hash, invalid-issuer-domain-names,
 *   invalid-account-uri, invalid-token, invalid-http-token-path, invalid-http-header,
 *   invalid-match-regex            the property does not follow its grammar
 *   no-cohort-of-size, invalid-cohort-number (the coordinator's)
 * A message begins with the reference's text for the type, where it has one; then, in parentheses,
 * what is allowed, or why not.
 */
struct rule_issue {
    const char *issue_type;
    const char *message;
};

/* Zero-initialised it is empty. */
struct rule_issues {
    struct rule_issue *items;
    size_t count;
};

/* `issue_type` is static; the message is made in the arena. */
void rule_issue_add(struct rule_issues *issues, struct arena *arena, const char *issue_type,
                    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* What the rules of a request depend on besides itself. */
struct rules_env {
    size_t known_perspectives;
    size_t default_perspective_count;
    size_t absolute_max_attempts;
    enum baseline_mode mode;
    int64_t time_s;          /* wall clock at the start of the request, seconds */
    const char *regex_fault; /* as request_check_parameters() takes it */
};

/* What will really be used, once the rules hold. */
struct effective_orchestration {
    size_t perspective_count; /* the requested one, or the default */
    size_t quorum;            /* the requested one, or quorum_default() */
    size_t max_attempts;      /* 1 or more; 1 where a cohort was chosen */
};

/*
 * All rules that can be told from the request alone: every breach is added to `issues`, in a fixed
 * order; `effective` is meaningful if none was added. The quorum is checked against the count that
 * will be used, requested or not. An unusable target is no breach: it is the applicant's data, and
 * each perspective answers for it; then the rules on targets are skipped.
 */
void request_check_rules(const struct mpic_request *request, const struct rules_env *env,
                         struct arena *arena, struct rule_issues *issues,
                         struct effective_orchestration *effective);
/*
 * The part of the rules that a perspective checks too, when it is asked directly: the parameters of
 * the check. They depend on neither day nor configuration. `regex_fault` is what regex_check() said against
 * request_regex(), NULL: nothing. It was asked before, because it takes longer than rules should.
 */
void request_check_parameters(const struct check_request *check, const char *regex_fault,
                              struct arena *arena, struct rule_issues *issues);
/* The expression that the check uses, or NULL. */
const char *request_regex(const struct check_request *check);

struct perspective_result {
    const char *code;
    enum rir rir;
    struct check_result result;
};

struct attempt {
    struct perspective_result *results; /* cohort order */
    size_t count;
};

struct observation_group;

struct compliance_finding {
    const char *code;   /* "primary_not_included", … */
    const char *clause; /* "BR 3.2.2.9" */
    const char *level;  /* "must", "should", "note" */
    const char *message;
};

/* What a record of a validation must hold (BR 5.4.1(2), since 2026-07-15), beside the results. */
struct verification {
    const char
        *authorization_domain_name; /* canonical; NULL for an address, or an unusable target */
    const char *ip_address;         /* canonical; NULL for a name */
    const char *method;             /* BR clause: "3.2.2.4.7" */
    const char *acme_label;         /* "dns-01"; NULL where ACME has none */
    const char *date;               /* of the verdict: "2026-11-25T12:00:00Z" */
    struct opt_int reuse_days;      /* BR 4.2.1; not for CAA, nor what is not valid */
};

struct mpic_response {
    const struct mpic_request *request;
    struct verification verification;
    bool mpic_completed;
    bool is_valid;
    size_t perspective_count; /* actual_orchestration_parameters */
    size_t quorum_count;
    size_t attempt_count;
    const struct attempt *attempts;  /* attempt_count of them, oldest first */
    struct quorum_decision decision; /* of the last attempt */
    const struct perspective_result
        *primary; /* the Primary Network Perspective's; NULL: not run here */
    const char *
        conclusion; /* the whole in a line for people (core/corroboration/conclusion.h); NULL: not told */
    /* What the perspectives of the last attempt saw (core/corroboration/observation.h), unless all saw the same. */
    const struct observation_group *disagreement;
    size_t disagreement_count;
    bool has_compliance;           /* false with `baseline: off`: null */
    const char *br_version;        /* "2.2.8" */
    const char *compliance_method; /* "4.2.2.1" */
    bool compliant;
    const struct compliance_finding *findings;
    size_t finding_count;
};
