/*
 * One check, as data: what a perspective is asked (check_request) and what it answers
 * (check_result). The shapes follow Open MPIC, and carry the evidence from which the verdict can be
 * derived again. Zero-initialised members are "absent" (JSON null). All strings are UTF-8 and live
 * in the arena of the request, unless a comment says otherwise.
 */
#pragma once

#include "base/arena.h"
#include "base/opt.h"
#include "base/strv.h"
#include "core/method/method.h"
#include "core/method/verdict.h"
#include "core/names/url.h"
#include "dns/outcome.h"
#include "dns/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum check_type { CHECK_CAA, CHECK_DCV };

enum certificate_type { CERT_TLS_SERVER, CERT_S_MIME, CERT_MARK };

enum wildcard_policy { WILDCARD_BASELINE, WILDCARD_REQUIRED };

struct caa_params {
    enum certificate_type certificate_type;
    struct strv caa_domains;   /* null or []: the perspective's configured list */
    bool allow_lookup_failure; /* BR 4.2.2.1: a failed lookup may count as permission */
    struct strv account_uris;  /* RFC 8657 section 3: of the requesting account */
    /* RFC 8657 section 4: by which method control is validated. One of the two, or neither. */
    struct strv validation_method_labels;
    const char *validation_method; /* dcv_method_str(): its labels are those of BR 4.2.2.1.2 */
};

struct http_header_param {
    const char *name;
    const char *value;
};

/* Each method uses some of the members; the rest is absent. */
struct dcv_params {
    enum dcv_method method;
    bool require_exact_case;
    const char *challenge_value;
    const char *http_token_path;
    enum url_scheme url_scheme;
    bool has_http_headers;
    const struct http_header_param *http_headers;
    size_t http_header_count;
    const char *match_regex;
    const char *dns_name_prefix;
    enum dcv_record_type dns_record_type;
    bool require_exact_match;
    struct strv issuer_domain_names;
    const char *expected_account_uri;
    const char *account_uri; /* dns-account-01 */
    enum wildcard_policy wildcard_policy;
    const char *token;
    const char *key_authorization;
    const char *key_authorization_hash;
};

struct check_request {
    enum check_type check_type;
    const char *target; /* domain_or_ip_target verbatim; core/names/target.h prepares it */
    const char *trace_identifier;
    const char *caller; /* who sent it, as its address; NULL: nobody else. Not part of the JSON */
    bool has_caa_params;
    struct caa_params caa; /* defaults when has_caa_params is false */
    struct dcv_params dcv; /* CHECK_DCV only */
};

/* Names compare without case: only text can be compared exactly. */
bool dcv_may_require_exact_case(const struct dcv_params *params);
/* The row of what is asked: that of DCV_NONE for a CAA check. */
const struct method *method_of_request(const struct check_request *request);

struct check_error {
    const char *type;
    const char *message;
};

/* One question of several: of a search, a proof, a connection. core/rules/lookup.h makes it. */
struct lookup_report {
    const char *name;
    const char *type;    /* "CAA", "DS", "A", … */
    const char *outcome; /* "ok", "nodata", "nxdomain", "servfail", … */
    const char *status;  /* dnssec_str() */
    /* The targets of the aliases that the answer followed, in order; absent: there was none. */
    struct strv cname_chain;
    struct opt_bool cname_chain_truncated; /* true: there were too many to be told */
};

struct caa_details {
    struct opt_bool caa_record_present;
    const char *found_at;
    struct strv records_seen;
    struct opt_int ttl_s;
    struct strv cname_chain; /* of the answer that gave the set: its last one owns the records */
    struct opt_bool records_truncated;
    const struct lookup_report *lookups;
    size_t lookup_count;
    struct opt_int lookup_tries;
    struct opt_bool lookup_failure_accepted;
    struct opt_bool applicable;
};

struct rejected_record {
    int64_t index; /* into the answer, from 0 */
    const char *reason;
};

struct record_details {
    struct strv records_seen;
    struct opt_int response_code;
    struct opt_bool ad_flag;
    const char *found_at;
    struct strv cname_chain;
    const char *query_name;
    const char *owner_name;
    struct opt_int ttl_s;
    struct opt_bool records_truncated;
    const char *matched_record;
    const struct rejected_record *rejected_records;
    size_t rejected_count;
    const struct lookup_report *lookups; /* of the methods that climb to a CAA record set */
    size_t lookup_count;
};

struct redirect_report {
    int64_t status_code;
    const char *url; /* the Location field as it came */
};

struct address_refusal {
    const char *address;
    const char *block;  /* CIDR */
    const char *source; /* "RFC 1918, private use" */
};

struct address_try {
    const char *address;
    const char *outcome; /* "connected", "connect_failed", "connect_timeout" */
};

/* Where one connection went: a hop of an HTTP check, or the TLS-ALPN check. */
struct connection_report {
    struct strv addresses_resolved;
    const char *ipv4_status; /* outcome of the A lookup, or NULL if there was none */
    const char *ipv6_status;
    const struct lookup_report *lookups; /* AAAA and A, with their aliases */
    size_t lookup_count;
    const struct address_refusal *addresses_refused;
    size_t refused_count;
    const struct address_try *addresses_tried;
    size_t tried_count;
    const char *address_used;
};

struct http_hop {
    const char *url;
    struct connection_report connection;
    struct opt_int status_code;
    const char *tls_version;
};

struct http_details {
    bool has_response_history;
    const struct redirect_report *response_history;
    size_t response_history_count;
    const char *response_url;
    struct opt_int response_status_code;
    const char *response_page; /* base64 */
    const char *final_url;
    struct opt_int body_bytes;
    const struct http_hop *hops;
    size_t hop_count;
};

struct tls_alpn_details {
    const char *common_name;
    const char *sni;
    const char *alpn;
    const char *tls_version;
    struct connection_report connection;
    const char *certificate; /* base64 of the DER */
    struct strv san;
    const char *digest_seen; /* hex */
};

/* The method decides which of caa, record, http, tls_alpn is on the wire. */
struct check_details {
    /* The sentence for people: what was asked and where, what was expected, what was seen. Ours
     * always have it, but for a plain PASS of a DCV method. */
    const char *reason;
    enum dnssec_status dnssec;
    const struct dns_extended_error *extended_errors;
    size_t extended_error_count;
    struct opt_int duration_ms;
    struct strv local_policy; /* lab settings that touched this check */
    struct caa_details caa;
    struct record_details record;
    struct http_details http;
    struct tls_alpn_details tls_alpn;
};

/* The question that an answer belongs to (core/corroboration/binding.h). */
struct answer_binding {
    bool present;
    const char *nonce;          /* of the question, as its header had it */
    const char *request_sha256; /* of the body of the question, hexadecimal */
};

struct check_result {
    enum check_type check_type;
    enum dcv_method method; /* of the details; DCV_NONE for CAA */
    enum verdict verdict;
    /* PROBLEM_NONE for VERDICT_PASS. Ours always have one otherwise; an answer of Open MPIC's
     * reference may lack it. */
    enum problem problem;
    /* An answer of Open MPIC's reference, which has none of our additions: it is passed on without
     * them. */
    bool from_reference;
    bool has_errors; /* false: JSON null */
    const struct check_error *errors;
    size_t error_count;
    struct opt_int timestamp_ns; /* wall clock of the verdict; ours always has it */
    const char *perspective_code;
    struct answer_binding binding; /* absent: asked without a nonce, or inside one process */
    struct check_details details;
};

/* Wire names, compared exactly; parse gives false, and leaves `out` alone, for a name that is none.
 * The zero values that mean "none" have no name: str gives NULL for them. */
const char *check_type_str(enum check_type type);
const char *certificate_type_str(enum certificate_type type);
bool certificate_type_parse(const char *text, enum certificate_type *out);
const char *dcv_method_str(enum dcv_method method);
bool dcv_method_parse(const char *text, enum dcv_method *out);
uint16_t dcv_record_type_code(enum dcv_record_type type); /* enum dns_type; 0 for none */
const char *dcv_record_type_str(enum dcv_record_type type);
bool dcv_record_type_parse(const char *text, enum dcv_record_type *out);
const char *wildcard_policy_str(enum wildcard_policy policy);
bool wildcard_policy_parse(const char *text, enum wildcard_policy *out);

/*
 * Making a result of our own. (An answer that came from elsewhere is decoded by wire, and judged by
 * result_corroborates().)
 */

/* An empty result (UNKNOWN, PROBLEM_INTERNAL) that answers `request`; it says that no verdict was
 * reached. */
void check_result_init(struct check_result *result, const struct check_request *request);
/*
 * The one way to every other verdict than PASS: sets a problem other than PROBLEM_NONE, and with it
 * the verdict and its sentence for people. `reason` is never NULL, lives as long as the result, and
 * is ready to show: data from outside escaped and bounded, no text of a library. Again: replaces.
 */
void check_result_problem(struct check_result *result, enum problem problem, const char *reason);
/*
 * The one way to PASS, and the last step of a method. Demands in `details` what an auditor needs to
 * derive the verdict again (BR 5.4.1):
 * - always: dnssec is not DNSSEC_BOGUS;
 * - CAA: caa_record_present, or lookup_failure_accepted = true, or applicable = false;
 * - record methods: query_name, matched_record and a dnssec status;
 * - HTTP methods: a response_status_code of 200 to 299, and address_used in the last hop;
 * - TLS-ALPN: certificate and address_used. `errors` becomes [] instead of null, as Open MPIC has
 *   it.
 * `reason`: why this is a PASS; NULL for a plain one, which has its evidence only. Never NULL for
 * CAA: what permits is no obvious thing, least of all a lookup failure that is accepted.
 * Returns NULL; or, when something of this is missing, its property name, and the result is
 * UNKNOWN(internal).
 */
const char *check_result_pass(struct check_result *result, const char *reason);
/* Appends to `errors`. `type` is static; `message` is made in the arena. */
void check_result_error(struct check_result *result, struct arena *arena, const char *type,
                        const char *fmt, ...) PRINTF_LIKE(4, 5);
