/*
 * Observation: what is there, without an expected value. It proves nothing and permits nothing: there
 * is no verdict, and none can be derived. A CA asks it where it must find something before it can
 * validate, as the contact to send a value to (BR 3.2.2.4.13, BR 3.2.2.4.14), or where it compares by
 * itself what its places see. Pure.
 */
#pragma once

#include "base/arena.h"
#include "core/corroboration/mpic.h"
#include "core/names/target.h"
#include "core/names/url.h"
#include "core/rules/lookup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The types that are looked up; OBSERVE_NONE: a file at a URL. */
enum observe_type {
    OBSERVE_NONE = 0,
    OBSERVE_A,
    OBSERVE_AAAA,
    OBSERVE_CAA,
    OBSERVE_CNAME,
    OBSERVE_DS,
    OBSERVE_MX,
    OBSERVE_TXT,
    OBSERVE_TYPE_COUNT
};

const char *observe_type_str(enum observe_type type); /* "TXT"; NULL for OBSERVE_NONE */
bool observe_type_parse(const char *text, enum observe_type *out);
uint16_t observe_type_code(enum observe_type type); /* 16 */

/* The bytes of a file that are kept: by default, and at most. */
#define OBSERVE_BODY_BYTES     16384
#define OBSERVE_BODY_MAX_BYTES 24576 /* LIMIT_REMOTE_STRING_BYTES of base64 */

/* As it was sent. */
struct observe_request {
    const char *target; /* domain_or_ip_target */
    enum observe_type type;
    const char *dns_name_prefix;
    bool
        caa_search; /* the nearest CAA record set of the name and its parents (RFC 8659 section 3) */
    const char *url;
    struct opt_int body_max_bytes;
    const char *trace_identifier;
    /* True: of this perspective alone, even if the process is a coordinator, too. Coordinators ask so. */
    struct opt_bool single_perspective;
    bool has_orchestration;
    struct orchestration orchestration; /* a coordinator's */
};

/* What it means. */
struct observe_question {
    enum observe_type type;
    struct target target; /* records: of what is asked, prefix included, without "*." */
    bool searches;
    struct url url; /* files */
    const char *url_text;
    size_t body_max_bytes;
};

/*
 * All that can be wrong with the request itself; each breach is added to `issues`, and `out` is whole
 * if none was:
 *   invalid-observation          not exactly one of dns_record_type (with a target) and url
 *   invalid-target               no domain name; an address has no records of these types
 *   invalid-query-name           what dns_name_prefix makes with the target is no domain name
 *   invalid-caa-search           caa_search is for CAA
 *   invalid-url                  no http or https URL with port 80 or 443 (core/names/url.h)
 *   invalid-body-max-bytes       not 0 to OBSERVE_BODY_MAX_BYTES, or no file is asked for
 */
void observe_check_request(const struct observe_request *request, struct arena *arena,
                           struct rule_issues *issues, struct observe_question *out);
/* What is asked at, as the seed of the cohorts: the canonical name, or the host of the URL. */
const char *observe_seed(const struct observe_question *question);

enum observe_outcome {
    OBSERVE_UNKNOWN = 0, /* no usable answer: nobody can tell what is there */
    OBSERVE_NOTHING,     /* answered: no such record, or nothing that may be fetched */
    OBSERVE_PRESENT,     /* records, or the final response of a web server, whatever its status */
};

const char *observe_outcome_str(enum observe_outcome outcome); /* "present" */
/* OBSERVE_PRESENT for PROBLEM_NONE only. */
enum observe_outcome observe_outcome_of(enum problem problem);

struct observed_record {
    const char *owner_name;
    int64_t ttl_s;
    const char *data; /* presentation form, see observe_data() */
};

struct observed_dns {
    const char *query_name;
    enum observe_type type;
    struct opt_int response_code;
    const char *found_at; /* of a search: where the record set is */
    const struct observed_record *records;
    size_t record_count;
    bool records_truncated;
    const char *records_sha256; /* of all of them, see observe_digest() */
    struct strv cname_chain;
    const struct lookup_report *lookups; /* of a search */
    size_t lookup_count;
};

struct observed_file {
    const char *url;
    const char *final_url;
    struct opt_int status_code;
    const char *content_type;
    const char *body; /* base64 */
    struct opt_int body_bytes;
    bool body_truncated; /* there was more */
    const char *body_sha256;
    const struct redirect_report *history;
    size_t history_count;
    const struct http_hop *hops;
    size_t hop_count;
};

/* What one perspective saw. Zero-initialised: nothing is known. */
struct observed {
    const char *perspective_code;
    struct opt_int timestamp_ns;
    enum observe_outcome outcome;
    enum problem problem; /* PROBLEM_NONE for OBSERVE_PRESENT only */
    const char *reason;   /* of the problem, for people */
    enum dnssec_status dnssec;
    const struct dns_extended_error *extended_errors;
    size_t extended_error_count;
    struct opt_int duration_ms;
    struct strv local_policy;
    struct answer_binding binding; /* as that of a check_result */
    bool has_dns, has_file;        /* one of them, by the question */
    struct observed_dns dns;
    struct observed_file file;
};

/* Sets problem, reason and outcome. */
void observe_set_problem(struct observed *seen, enum problem problem, const char *reason);

/*
 * The data of a record in presentation form, complete. TXT: its strings joined (RFC 1035 section
 * 3.3.14), as it is where it is UTF-8 without NUL, else escaped with \DDD (RFC 1035 section 5.1);
 * CAA as caa_record_format(); names in lower case with their final dot; what does not follow the form
 * of its type in the form of RFC 3597 section 5.
 */
const char *observe_data(enum observe_type type, struct bytes rdata, struct arena *arena);
/*
 * What an answer (DNS_OK) holds: up to LIMIT_REPORTED_RECORDS records of
 * LIMIT_REPORTED_RECORD_BYTES, and the digest of all.
 */
void observe_records(const struct lookup *answer, enum observe_type type, struct arena *arena,
                     struct observed_dns *out);
/* SHA-256, in hexadecimal, of the data of records: each once, in the order of their bytes, a line feed
 * after each. So neither order nor TTL play a part. */
const char *observe_digest(const char *const *data, size_t count, struct arena *arena);

/* A file's body, up to what was asked for. */
void observe_body(struct bytes body, bool is_cut, struct arena *arena, struct observed_file *out);

/*
 * Does an observation that came from outside fit itself? False with the reason: an outcome that its
 * problem contradicts, records or a body that its digest contradicts, something present without what
 * is there.
 */
bool observed_is_sound(const struct observed *seen, struct arena *arena,
                       struct err *err) MUST_CHECK;

/*
 * Shortens what is told beside a body, so that it takes about `max_bytes` at most: hops and redirects
 * from the first on, then records from the last on (records_truncated). What is compared stays.
 */
void observed_trim(struct observed *seen, size_t max_bytes);

/* --- what a coordinator makes of several ----------------------------------------------------- */

struct observe_group {
    enum observe_outcome outcome;
    const char *seen;         /* for people */
    struct strv perspectives; /* codes */
};

/* Who says the same as whom. Not who is right: nothing is decided by it. */
struct observe_agreement {
    const char *with;                   /* "primary", "majority"; NULL: no majority */
    struct strv agreeing;               /* codes, without the primary */
    struct strv others;                 /* the same; could not tell, or saw something else */
    const struct observe_group *groups; /* those that saw something, or that nothing is there; the
                                           largest first, the primary not counted */
    size_t group_count;
};

/*
 * `primary` NULL: there is none, and the majority counts: a group of more than half of those asked.
 * The same is: the same set of records (TTL and aliases aside), the same status and body of a file,
 * the same kind of nothing. Who could not tell is of no group.
 */
struct observe_agreement observe_agree(const struct observed *seen, size_t count,
                                       const struct observed *primary, struct arena *arena);

/* One request and its answer, at a coordinator. */
struct observe_response {
    const struct observe_request *request;
    const struct observed *seen; /* in the order of the cohort */
    size_t count;
    const struct observed *primary; /* NULL: none */
    struct observe_agreement agreement;
};
