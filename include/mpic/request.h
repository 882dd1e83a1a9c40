/* What is asked for: one check of one name, from many places. */
#ifndef MPIC_REQUEST_H
#define MPIC_REQUEST_H

#include <mpic/error.h>
#include <mpic/version.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A request, well formed and complete. Whether a coordinator can follow it is decided when it is started. It never
 * changes: any number of threads and runs may use it at once. */
struct mpic_request;

#define MPIC_REQUEST_MAX_BYTES 65536 /* of its JSON */

/*
 * The body of POST /mpic, as docs/openapi.json describes it. `json` need not end with a NUL. NULL with `error`
 * (MPIC_ERROR_REQUEST) if it is none; `error` may be NULL here and everywhere.
 */
MPIC_API struct mpic_request *mpic_request_from_json(const char *json, size_t length,
                                                     struct mpic_error **error);

enum mpic_choice { MPIC_DEFAULT = 0, MPIC_YES = 1, MPIC_NO = 2 };

struct mpic_http_header {
    const char *name;
    const char *value;
};

/*
 * The same as a struct. Members are called as the properties of the JSON, and mean the same; NULL, 0 and MPIC_DEFAULT:
 * not given. A list that is given with 0 items is the empty list. Of the members for domain control, each method
 * has its own; the others are not looked at.
 */
struct mpic_request_fields {
    size_t size;            /* sizeof(struct mpic_request_fields) */
    const char *check_type; /* "caa" or "dcv" */
    const char *domain_or_ip_target;
    const char *trace_identifier;
    const char *applied_for_name;
    /* orchestration_parameters */
    int64_t perspective_count;
    int64_t quorum_count;
    int64_t max_attempts;
    int64_t cohort_for_single_attempt;
    /* caa_check_parameters */
    const char *certificate_type; /* "tls-server", "s-mime" */
    const char *const *caa_domains;
    size_t caa_domain_count;
    enum mpic_choice allow_lookup_failure;
    const char *const *account_uris;
    size_t account_uri_count;
    const char *const *validation_method_labels;
    size_t validation_method_label_count;
    /* of CAA: by which method control is validated; of domain control: by which to validate it, and required */
    const char *validation_method;
    /* dcv_check_parameters */
    enum mpic_choice require_exact_case;
    enum mpic_choice require_exact_match;
    const char *challenge_value;
    const char *http_token_path;
    const char *url_scheme; /* "http", "https" */
    const struct mpic_http_header *http_headers;
    size_t http_header_count;
    const char *match_regex;
    const char *dns_name_prefix;
    const char *dns_record_type; /* "TXT", … */
    const char *const *issuer_domain_names;
    size_t issuer_domain_name_count;
    const char *expected_account_uri;
    const char *account_uri;
    const char *wildcard_policy;
    const char *token;
    const char *key_authorization;
    const char *key_authorization_hash;
};

/* All is copied. Errors as those of mpic_request_from_json(), and MPIC_ERROR_MISUSE for text that is no UTF-8. */
MPIC_API struct mpic_request *mpic_request_from_fields(const struct mpic_request_fields *fields,
                                                       struct mpic_error **error);

/* The request as JSON, with all defaults. Ends with a NUL, too; `length` may be NULL. */
MPIC_API const char *mpic_request_json(const struct mpic_request *request, size_t *length);
MPIC_API void mpic_request_free(struct mpic_request *request);

#ifdef __cplusplus
}
#endif

#endif
