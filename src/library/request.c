#include "library/library.h"

#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/wire.h"

#include <stdlib.h>

/* --- JSON -------------------------------------------------------------------------------------- */

/* The one gate to a request: also one that comes as a struct goes through it, as JSON. */
static struct mpic_request *decode(struct bytes json, struct mpic_error **error)
{
    struct owned_request *made = xcalloc(1, sizeof *made);
    struct wire_issues issues = {0};
    made->arena = arena_new();
    if (wire_decode_mpic_request(json, made->arena, &made->request, &issues)) {
        struct buf text = {0};
        wire_encode_mpic_request(&made->request, &text);
        made->json = bytes_take(made->arena, &text);
        return &made->request;
    }
    error_set_issues(error, &issues);
    wire_issues_clear(&issues);
    mpic_request_free(&made->request);
    return NULL;
}

static struct mpic_request *decode_bounded(struct bytes json, struct mpic_error **error)
{
    if (json.n <= MPIC_REQUEST_MAX_BYTES)
        return decode(json, error);
    struct wire_issues issues = {0};
    wire_issues_add_body(&issues, "too_long", "The request has more than 65,536 bytes");
    error_set_issues(error, &issues);
    wire_issues_clear(&issues);
    return NULL;
}

struct mpic_request *mpic_request_from_json(const char *json, size_t length,
                                            struct mpic_error **error)
{
    if (!json) {
        error_set(error, MPIC_ERROR_MISUSE, "json is NULL");
        return NULL;
    }
    return decode_bounded((struct bytes){(const uint8_t *)json, length}, error);
}

static struct owned_request *owned(const struct mpic_request *request)
{
    return LIST_ENTRY(request, struct owned_request, request);
}

const char *mpic_request_json(const struct mpic_request *request, size_t *length)
{
    return text_of(request ? owned(request)->json : (struct bytes){0}, length);
}

void mpic_request_free(struct mpic_request *request)
{
    if (!request)
        return;
    arena_free(owned(request)->arena);
    free(owned(request));
}

/* --- a struct ---------------------------------------------------------------------------------- */

/* Members of the caller on their way into a request. */
struct filling {
    const struct mpic_request_fields *from;
    struct mpic_request *to;
    struct mpic_error **error;
};

static bool misuse(const struct filling *filling, const char *member, const char *what)
{
    return error_set(filling->error, MPIC_ERROR_MISUSE, "%s %s", member, what);
}

static bool put_text(const struct filling *filling, const char *member, const char *value,
                     const char **to)
{
    if (!text_is_good(value))
        return misuse(filling, member, "is not UTF-8");
    if (value)
        *to = value;
    return true;
}

static bool put_list(const struct filling *filling, const char *member, const char *const *items,
                     size_t count, struct strv *to)
{
    if (!items && count > 0)
        return misuse(filling, member, "is NULL, and has items");
    for (size_t i = 0; i < count; i++)
        if (!items[i] || !text_is_good(items[i]))
            return misuse(filling, member, "has an item that is NULL or not UTF-8");
    if (items)
        *to = (struct strv){items, count, true};
    return true;
}

static bool put_choice(const struct filling *filling, const char *member, enum mpic_choice value,
                       bool *to)
{
    if (value != MPIC_DEFAULT && value != MPIC_YES && value != MPIC_NO)
        return misuse(filling, member, "is no mpic_choice");
    if (value != MPIC_DEFAULT)
        *to = value == MPIC_YES;
    return true;
}

static void put_count(int64_t value, struct opt_int *to)
{
    if (value != 0)
        *to = OPT_INT(value);
}

/* A name of a property's fixed set. */
#define PUT_NAME(filling, member, parse, to)                                                       \
    (!(filling)->from->member || parse((filling)->from->member, to) ||                             \
     misuse(filling, #member, "is a name that is not known"))

static bool check_type_parse(const char *text, enum check_type *out)
{
    *out = str_eq(text, check_type_str(CHECK_CAA)) ? CHECK_CAA : CHECK_DCV;
    return str_eq(text, check_type_str(*out));
}

static void put_orchestration(const struct filling *filling)
{
    const struct mpic_request_fields *from = filling->from;
    struct orchestration *to = &filling->to->orchestration;
    put_count(from->perspective_count, &to->perspective_count);
    put_count(from->quorum_count, &to->quorum_count);
    put_count(from->max_attempts, &to->max_attempts);
    put_count(from->cohort_for_single_attempt, &to->cohort_for_single_attempt);
    filling->to->has_orchestration = to->perspective_count.present || to->quorum_count.present ||
                                     to->max_attempts.present ||
                                     to->cohort_for_single_attempt.present;
}

static bool put_caa(const struct filling *filling)
{
    const struct mpic_request_fields *from = filling->from;
    struct caa_params *to = &filling->to->check.caa;
    filling->to->check.has_caa_params = true;
    return PUT_NAME(filling, certificate_type, certificate_type_parse, &to->certificate_type) &&
           put_list(filling, "caa_domains", from->caa_domains, from->caa_domain_count,
                    &to->caa_domains) &&
           put_choice(filling, "allow_lookup_failure", from->allow_lookup_failure,
                      &to->allow_lookup_failure) &&
           put_list(filling, "account_uris", from->account_uris, from->account_uri_count,
                    &to->account_uris) &&
           put_list(filling, "validation_method_labels", from->validation_method_labels,
                    from->validation_method_label_count, &to->validation_method_labels) &&
           put_text(filling, "validation_method", from->validation_method, &to->validation_method);
}

static bool put_headers(const struct filling *filling, struct arena *arena)
{
    const struct mpic_request_fields *from = filling->from;
    struct dcv_params *to = &filling->to->check.dcv;
    if (!from->http_headers)
        return from->http_header_count == 0 || misuse(filling, "http_headers", "is NULL");
    if (from->http_header_count > MPIC_REQUEST_MAX_BYTES)
        return misuse(filling, "http_header_count", "is too large");
    struct http_header_param *headers =
        arena_array(arena, from->http_header_count, sizeof *headers);
    for (size_t i = 0; i < from->http_header_count; i++) {
        const struct mpic_http_header *header = &from->http_headers[i];
        if (!header->name || !header->value || !text_is_good(header->name) ||
            !text_is_good(header->value))
            return misuse(filling, "http_headers", "has an item that is NULL or not UTF-8");
        headers[i] = (struct http_header_param){header->name, header->value};
    }
    to->has_http_headers = true;
    to->http_headers = headers;
    to->http_header_count = from->http_header_count;
    return true;
}

static bool put_dcv_texts(const struct filling *filling)
{
    const struct mpic_request_fields *from = filling->from;
    struct dcv_params *to = &filling->to->check.dcv;
#define PUT_TEXT(member) put_text(filling, #member, from->member, &to->member)
    return PUT_TEXT(challenge_value) && PUT_TEXT(http_token_path) && PUT_TEXT(match_regex) &&
           PUT_TEXT(dns_name_prefix) && PUT_TEXT(expected_account_uri) && PUT_TEXT(account_uri) &&
           PUT_TEXT(token) && PUT_TEXT(key_authorization) && PUT_TEXT(key_authorization_hash);
#undef PUT_TEXT
}

static bool put_dcv(const struct filling *filling, struct arena *arena)
{
    const struct mpic_request_fields *from = filling->from;
    struct dcv_params *to = &filling->to->check.dcv;
    enum dcv_method method;
    if (!from->validation_method || !dcv_method_parse(from->validation_method, &method))
        return misuse(filling, "validation_method", "is no method");
    wire_init_dcv_params(to, method);
    wire_choose_dcv_prefix(&filling->to->check);
    return put_dcv_texts(filling) &&
           put_choice(filling, "require_exact_case", from->require_exact_case,
                      &to->require_exact_case) &&
           put_choice(filling, "require_exact_match", from->require_exact_match,
                      &to->require_exact_match) &&
           PUT_NAME(filling, url_scheme, url_scheme_parse, &to->url_scheme) &&
           PUT_NAME(filling, dns_record_type, dcv_record_type_parse, &to->dns_record_type) &&
           PUT_NAME(filling, wildcard_policy, wildcard_policy_parse, &to->wildcard_policy) &&
           put_list(filling, "issuer_domain_names", from->issuer_domain_names,
                    from->issuer_domain_name_count, &to->issuer_domain_names) &&
           put_headers(filling, arena);
}

static bool put_all(const struct filling *filling, struct arena *arena)
{
    const struct mpic_request_fields *from = filling->from;
    struct check_request *check = &filling->to->check;
    if (!check_type_parse(from->check_type, &check->check_type))
        return misuse(filling, "check_type", "is neither \"caa\" nor \"dcv\"");
    put_orchestration(filling);
    return put_text(filling, "domain_or_ip_target", from->domain_or_ip_target, &check->target) &&
           put_text(filling, "trace_identifier", from->trace_identifier,
                    &check->trace_identifier) &&
           put_text(filling, "applied_for_name", from->applied_for_name,
                    &filling->to->applied_for_name) &&
           (check->check_type == CHECK_CAA ? put_caa(filling) : put_dcv(filling, arena));
}

struct mpic_request *mpic_request_from_fields(const struct mpic_request_fields *fields,
                                              struct mpic_error **error)
{
    struct mpic_request_fields from;
    struct mpic_request to = {0};
    struct mpic_request *made = NULL;
    const struct filling filling = {&from, &to, error};
    if (!fields_take(&from, sizeof from, fields)) {
        misuse(&filling, "fields", "is NULL or has a size that is not known");
        return NULL;
    }
    struct arena *arena = arena_new();
    if (put_all(&filling, arena)) {
        struct buf json = {0};
        wire_encode_mpic_request(&to, &json);
        made = decode_bounded(buf_bytes(&json), error);
        buf_clear(&json);
    }
    arena_free(arena);
    return made;
}
