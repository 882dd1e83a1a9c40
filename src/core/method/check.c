#include "core/method/check.h"

#include "base/str.h"
#include "dns/type.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

/* Positions are the enum's values; NULL: that value has no name. */
static const char *const check_types[] = {[CHECK_CAA] = "caa", [CHECK_DCV] = "dcv"};
static const char *const certificate_types[] = {
    [CERT_TLS_SERVER] = "tls-server", [CERT_S_MIME] = "s-mime", [CERT_MARK] = "mark"};
static const uint16_t record_types[] = {
    [DCV_RECORD_A] = DNS_A,         [DCV_RECORD_AAAA] = DNS_AAAA, [DCV_RECORD_CAA] = DNS_CAA,
    [DCV_RECORD_CNAME] = DNS_CNAME, [DCV_RECORD_TXT] = DNS_TXT,   [DCV_RECORD_PTR] = DNS_PTR,
};
static const char *const wildcard_policies[] = {
    [WILDCARD_BASELINE] = "baseline", [WILDCARD_REQUIRED] = "required"};

#define COUNT_OF(array)       (sizeof(array) / sizeof(array)[0])
#define NAME_OF(array, value) name_of(array, COUNT_OF(array), (size_t)(value))

static const char *name_of(const char *const *names, size_t count, size_t value)
{
    assert(value < count);
    return names[value];
}

/* The value called `text`, or `count`. */
static size_t value_of(const char *const *names, size_t count, const char *text)
{
    size_t value = 0;
    while (value < count && !(names[value] && str_eq(names[value], text)))
        value++;
    return value;
}

#define PARSE_NAME(array, text, out)                                                               \
    do {                                                                                           \
        size_t value = value_of(array, COUNT_OF(array), text);                                     \
        if (value == COUNT_OF(array))                                                              \
            return false;                                                                          \
        *(out) = value;                                                                            \
        return true;                                                                               \
    } while (0)

const char *check_type_str(enum check_type type)
{
    return NAME_OF(check_types, type);
}

const char *certificate_type_str(enum certificate_type type)
{
    return NAME_OF(certificate_types, type);
}

bool certificate_type_parse(const char *text, enum certificate_type *out)
{
    PARSE_NAME(certificate_types, text, out);
}

const char *dcv_method_str(enum dcv_method method)
{
    const struct method *row = method_get(method);
    return row->kind == METHOD_CAA ? NULL : row->name;
}

bool dcv_method_parse(const char *text, enum dcv_method *out)
{
    const struct method *row = method_find(text);
    if (!row || row->kind == METHOD_CAA)
        return false;
    *out = row->method;
    return true;
}

bool dcv_may_require_exact_case(const struct dcv_params *params)
{
    return method_get(params->method)->kind != METHOD_RECORD ||
           params->dns_record_type == DCV_RECORD_TXT;
}

const struct method *method_of_request(const struct check_request *request)
{
    return method_get(request->check_type == CHECK_DCV ? request->dcv.method : DCV_NONE);
}

uint16_t dcv_record_type_code(enum dcv_record_type type)
{
    assert((unsigned)type < COUNT_OF(record_types));
    return record_types[type];
}

const char *dcv_record_type_str(enum dcv_record_type type)
{
    return dns_type_name(dcv_record_type_code(type));
}

bool dcv_record_type_parse(const char *text, enum dcv_record_type *out)
{
    for (size_t type = DCV_RECORD_NONE + 1; type < COUNT_OF(record_types); type++)
        if (str_eq(dns_type_name(record_types[type]), text)) {
            *out = (enum dcv_record_type)type;
            return true;
        }
    return false;
}

const char *wildcard_policy_str(enum wildcard_policy policy)
{
    return NAME_OF(wildcard_policies, policy);
}

bool wildcard_policy_parse(const char *text, enum wildcard_policy *out)
{
    PARSE_NAME(wildcard_policies, text, out);
}

void check_result_init(struct check_result *result, const struct check_request *request)
{
    *result = (struct check_result){
        .check_type = request->check_type,
        .method = method_of_request(request)->method,
    };
    check_result_problem(result, PROBLEM_INTERNAL, "The check came to no verdict.");
}

void check_result_problem(struct check_result *result, enum problem problem, const char *reason)
{
    assert(problem != PROBLEM_NONE);
    assert(reason);
    result->problem = problem;
    result->verdict = problem_info(problem)->verdict;
    result->details.reason = reason;
}

static const char *missing_caa_evidence(const struct caa_details *caa)
{
    bool accepted = caa->lookup_failure_accepted.present && caa->lookup_failure_accepted.value;
    bool not_applicable = caa->applicable.present && !caa->applicable.value;
    return caa->caa_record_present.present || accepted || not_applicable ? NULL
                                                                         : "caa_record_present";
}

static const char *missing_record_evidence(const struct check_details *details)
{
    if (!details->record.query_name)
        return "query_name";
    if (!details->record.matched_record)
        return "matched_record";
    return details->dnssec == DNSSEC_NONE ? "dnssec" : NULL;
}

static const char *missing_http_evidence(const struct http_details *http)
{
    struct opt_int status = http->response_status_code;
    if (!status.present || status.value < 200 || status.value > 299)
        return "response_status_code";
    if (!http->hop_count || !http->hops[http->hop_count - 1].connection.address_used)
        return "address_used";
    return NULL;
}

static const char *missing_tls_alpn_evidence(const struct tls_alpn_details *tls_alpn)
{
    if (!tls_alpn->certificate)
        return "certificate";
    return tls_alpn->connection.address_used ? NULL : "address_used";
}

/* The property without which a PASS could not be derived again; NULL if all is there. */
static const char *missing_evidence(const struct check_result *result)
{
    const struct check_details *details = &result->details;
    if (details->dnssec == DNSSEC_BOGUS)
        return "dnssec";
    bool is_caa = result->check_type == CHECK_CAA;
    if ((unsigned)result->method >= DCV_METHOD_COUNT || is_caa != (result->method == DCV_NONE))
        return "validation_method";
    switch (method_get(result->method)->kind) {
    case METHOD_CAA:
        return missing_caa_evidence(&details->caa);
    case METHOD_HTTP:
        return missing_http_evidence(&details->http);
    case METHOD_TLS_ALPN:
        return missing_tls_alpn_evidence(&details->tls_alpn);
    case METHOD_RECORD:
        break;
    }
    return missing_record_evidence(details);
}

const char *check_result_pass(struct check_result *result, const char *reason)
{
    assert(reason || result->check_type == CHECK_DCV);
    const char *missing = missing_evidence(result);
    if (missing) {
        check_result_problem(result, PROBLEM_INTERNAL,
                             "mpic itself failed: the evidence of the verdict is incomplete.");
        return missing;
    }
    result->verdict = VERDICT_PASS;
    result->problem = PROBLEM_NONE;
    result->details.reason = reason;
    if (method_get(result->method)->kind == METHOD_TLS_ALPN)
        result->has_errors = true;
    return NULL;
}

void check_result_error(struct check_result *result, struct arena *arena, const char *type,
                        const char *fmt, ...)
{
    struct check_error *errors = arena_array(arena, result->error_count + 1, sizeof *errors);
    if (result->error_count)
        memcpy(errors, result->errors, result->error_count * sizeof *errors);
    va_list ap;
    va_start(ap, fmt);
    errors[result->error_count] =
        (struct check_error){.type = type, .message = arena_vprintf(arena, fmt, ap)};
    va_end(ap);
    result->errors = errors;
    result->error_count++;
    result->has_errors = true;
}
