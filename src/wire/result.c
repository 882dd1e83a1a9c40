/* check_response: what a perspective answers, and the evidence in its `details`. */
#include "wire/result.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/corroboration/binding.h"
#include "core/corroboration/evidence_share.h"
#include "wire/load.h"
#include "wire/names.h"
#include "wire/schema.h"
#include "wire/text.h"

#include <jansson.h>
#include <stdint.h>

/* On the wire a verdict is two booleans. */
struct result_body {
    bool check_completed;
    bool check_passed;
    struct check_result result;
};

static const struct field ERROR_FIELDS[] = {
    {FIELD("error_type", KIND_STRING, struct check_error, type, FIELD_REQUIRED)},
    {FIELD("error_message", KIND_STRING, struct check_error, message, FIELD_REQUIRED)},
};
static const struct schema ERRORS = SCHEMA(ERROR_FIELDS, struct check_error);

/* Before `details`. */
static const struct field HEAD_FIELDS[] = {
    {FIELD("check_completed", KIND_BOOL, struct result_body, check_completed, FIELD_STRICT)},
    {FIELD("check_passed", KIND_BOOL, struct result_body, check_passed, FIELD_STRICT)},
    {FIELD("errors", KIND_LIST, struct result_body, result.errors, FIELD_NULLABLE),
     .schema = &ERRORS, .count_offset = offsetof(struct result_body, result.error_count),
     .given_offset = offsetof(struct result_body, result.has_errors)},
    {FIELD("timestamp_ns", KIND_OPT_INT, struct result_body, result.timestamp_ns, FIELD_NULLABLE)},
    {FIELD("check_type", KIND_ENUM, struct result_body, result.check_type, 0),
     .names = &CHECK_TYPES},
};
static const struct schema HEAD = SCHEMA(HEAD_FIELDS, struct result_body);

static const struct field BINDING_FIELDS[] = {
    {FIELD("nonce", KIND_STRING, struct answer_binding, nonce, FIELD_NULLABLE)},
    {FIELD("request_sha256", KIND_STRING, struct answer_binding, request_sha256, FIELD_NULLABLE)},
};
const struct schema BINDING = SCHEMA(BINDING_FIELDS, struct answer_binding);

/* After it. */
static const struct field TAIL_FIELDS[] = {
    {FIELD("perspective_code", KIND_STRING, struct result_body, result.perspective_code,
           FIELD_NULLABLE | FIELD_ADDED)},
    {FIELD("binding", KIND_OBJECT, struct result_body, result.binding,
           FIELD_NULLABLE | FIELD_ADDED),
     .schema = &BINDING, .given_offset = offsetof(struct result_body, result.binding.present)},
};
static const struct schema TAIL = SCHEMA(TAIL_FIELDS, struct result_body);

/* details.problem: a name that is none of ours says nothing to us. */

static bool problem_is_absent(const struct field *field, const void *object)
{
    return *(const enum problem *)CONST_MEMBER(field, object) == PROBLEM_NONE;
}

static void problem_write(struct writer *writer, const struct field *field, const void *object)
{
    text_put_string(writer->out, problem_str(*(const enum problem *)CONST_MEMBER(field, object)));
}

static void problem_read(struct reader *reader, const struct field *field, struct json_t *value,
                         void *object)
{
    const char *name = reader_string(reader, value);
    enum problem problem = name ? problem_parse(name) : PROBLEM_NONE;
    /* problem_parse() gives PROBLEM_INTERNAL for a name that is none. */
    if (name && str_eq(name, problem_str(problem)))
        *(enum problem *)MEMBER(field, object) = problem;
}

const struct field_kind KIND_PROBLEM = {problem_is_absent, problem_write, problem_read, NULL};

/* Details. Each table is of struct check_result; ours follow the contract's. */

static const struct field EXTENDED_ERROR_FIELDS[] = {
    {FIELD("code", KIND_INT, struct dns_extended_error, code, FIELD_REQUIRED)},
    {FIELD("text", KIND_STRING, struct dns_extended_error, text, FIELD_NULLABLE)},
};
const struct schema EXTENDED_ERRORS = SCHEMA(EXTENDED_ERROR_FIELDS, struct dns_extended_error);

static const struct field LOOKUP_FIELDS[] = {
    {FIELD("name", KIND_STRING, struct lookup_report, name, FIELD_NULLABLE)},
    {FIELD("type", KIND_STRING, struct lookup_report, type, FIELD_NULLABLE)},
    {FIELD("outcome", KIND_STRING, struct lookup_report, outcome, FIELD_NULLABLE)},
    {FIELD("status", KIND_STRING, struct lookup_report, status, FIELD_NULLABLE)},
    {FIELD("cname_chain", KIND_STRINGS, struct lookup_report, cname_chain,
           FIELD_NULLABLE | FIELD_ADDED)},
    {FIELD("cname_chain_truncated", KIND_OPT_BOOL, struct lookup_report, cname_chain_truncated,
           FIELD_NULLABLE | FIELD_ADDED)},
};
const struct schema LOOKUPS = SCHEMA(LOOKUP_FIELDS, struct lookup_report);

static const struct field REJECTED_FIELDS[] = {
    {FIELD("index", KIND_INT, struct rejected_record, index, FIELD_REQUIRED)},
    {FIELD("reason", KIND_STRING, struct rejected_record, reason, FIELD_NULLABLE)},
};
static const struct schema REJECTED = SCHEMA(REJECTED_FIELDS, struct rejected_record);

static const struct field REDIRECT_FIELDS[] = {
    {FIELD("status_code", KIND_INT, struct redirect_report, status_code, FIELD_REQUIRED)},
    {FIELD("url", KIND_STRING, struct redirect_report, url, FIELD_REQUIRED)},
};
const struct schema REDIRECTS = SCHEMA(REDIRECT_FIELDS, struct redirect_report);

static const struct field REFUSAL_FIELDS[] = {
    {FIELD("address", KIND_STRING, struct address_refusal, address, FIELD_NULLABLE)},
    {FIELD("block", KIND_STRING, struct address_refusal, block, FIELD_NULLABLE)},
    {FIELD("source", KIND_STRING, struct address_refusal, source, FIELD_NULLABLE)},
};
static const struct schema REFUSALS = SCHEMA(REFUSAL_FIELDS, struct address_refusal);

static const struct field TRY_FIELDS[] = {
    {FIELD("address", KIND_STRING, struct address_try, address, FIELD_NULLABLE)},
    {FIELD("outcome", KIND_STRING, struct address_try, outcome, FIELD_NULLABLE)},
};
static const struct schema TRIES = SCHEMA(TRY_FIELDS, struct address_try);

/* Properties that we add are left out where there is nothing to say. */
#define ADDED(name, kind, type, member)                                                            \
    FIELD(name, kind, type, member, FIELD_NULLABLE | FIELD_ADDED)
#define ADDED_LIST(name, type, member, count, rows)                                                \
    ADDED(name, KIND_LIST, type, member), .schema = &(rows), .count_offset = offsetof(type, count)

#define CONNECTION_FIELDS(type, of)                                                                \
    {ADDED("addresses_resolved", KIND_STRINGS, type, of.addresses_resolved)},                      \
        {ADDED("ipv4_status", KIND_STRING, type, of.ipv4_status)},                                 \
        {ADDED("ipv6_status", KIND_STRING, type, of.ipv6_status)},                                 \
        {ADDED_LIST("lookups", type, of.lookups, of.lookup_count, LOOKUPS)},                       \
        {ADDED_LIST("addresses_refused", type, of.addresses_refused, of.refused_count, REFUSALS)}, \
        {ADDED_LIST("addresses_tried", type, of.addresses_tried, of.tried_count, TRIES)},          \
    {                                                                                              \
        ADDED("address_used", KIND_STRING, type, of.address_used)                                  \
    }

static const struct field HOP_FIELDS[] = {
    {FIELD("url", KIND_STRING, struct http_hop, url, FIELD_NULLABLE)},
    CONNECTION_FIELDS(struct http_hop, connection),
    {ADDED("status_code", KIND_OPT_INT, struct http_hop, status_code)},
    {ADDED("tls_version", KIND_STRING, struct http_hop, tls_version)},
};
const struct schema HOPS = SCHEMA(HOP_FIELDS, struct http_hop);

#define RESULT(name, kind, member, flags) FIELD(name, kind, struct check_result, member, flags)
#define CONTRACT(name, kind, member)      RESULT(name, kind, details.member, FIELD_NULLABLE)
#define EVIDENCE(name, kind, member)      ADDED(name, kind, struct check_result, details.member)
#define EVIDENCE_LIST(name, member, count, rows)                                                   \
    ADDED_LIST(name, struct check_result, details.member, details.count, rows)

#define METHOD_FIELD                                                                               \
    RESULT("validation_method", KIND_ENUM, method, FIELD_REQUIRED), .names = &DCV_METHODS
/* What every result of ours has. */
#define COMMON_EVIDENCE                                                                            \
    {RESULT("problem", KIND_PROBLEM, problem, FIELD_NULLABLE | FIELD_OWN)},                        \
        {RESULT("dnssec", KIND_ENUM, details.dnssec, FIELD_NULLABLE | FIELD_OWN),                  \
         .names = &DNSSEC_STATUSES, .fallback = DNSSEC_NONE},                                      \
        {EVIDENCE_LIST("extended_dns_errors", extended_errors, extended_error_count,               \
                       EXTENDED_ERRORS)},                                                          \
        {RESULT("duration_ms", KIND_OPT_INT, details.duration_ms, FIELD_NULLABLE | FIELD_OWN)},    \
        {EVIDENCE("local_policy", KIND_STRINGS, local_policy)},                                    \
    {                                                                                              \
        EVIDENCE("reason", KIND_STRING, reason)                                                    \
    }

static const struct field CAA_FIELDS[] = {
    {CONTRACT("caa_record_present", KIND_OPT_BOOL, caa.caa_record_present)},
    {CONTRACT("found_at", KIND_STRING, caa.found_at)},
    {CONTRACT("records_seen", KIND_STRINGS, caa.records_seen)},
    COMMON_EVIDENCE,
    {EVIDENCE("ttl_s", KIND_OPT_INT, caa.ttl_s)},
    {EVIDENCE("cname_chain", KIND_STRINGS, caa.cname_chain)},
    {EVIDENCE("records_truncated", KIND_OPT_BOOL, caa.records_truncated)},
    {EVIDENCE_LIST("lookups", caa.lookups, caa.lookup_count, LOOKUPS)},
    {EVIDENCE("lookup_tries", KIND_OPT_INT, caa.lookup_tries)},
    {EVIDENCE("lookup_failure_accepted", KIND_OPT_BOOL, caa.lookup_failure_accepted)},
    {EVIDENCE("applicable", KIND_OPT_BOOL, caa.applicable)},
};

static const struct field RECORD_FIELDS[] = {
    {METHOD_FIELD},
    {CONTRACT("records_seen", KIND_STRINGS, record.records_seen)},
    {CONTRACT("response_code", KIND_OPT_INT, record.response_code)},
    {CONTRACT("ad_flag", KIND_OPT_BOOL, record.ad_flag)},
    {CONTRACT("found_at", KIND_STRING, record.found_at)},
    {CONTRACT("cname_chain", KIND_STRINGS, record.cname_chain)},
    COMMON_EVIDENCE,
    {EVIDENCE("query_name", KIND_STRING, record.query_name)},
    {EVIDENCE("owner_name", KIND_STRING, record.owner_name)},
    {EVIDENCE("ttl_s", KIND_OPT_INT, record.ttl_s)},
    {EVIDENCE("records_truncated", KIND_OPT_BOOL, record.records_truncated)},
    {EVIDENCE("matched_record", KIND_STRING, record.matched_record)},
    {EVIDENCE_LIST("rejected_records", record.rejected_records, record.rejected_count, REJECTED)},
    {EVIDENCE_LIST("lookups", record.lookups, record.lookup_count, LOOKUPS)},
};

static const struct field HTTP_FIELDS[] = {
    {METHOD_FIELD},
    {CONTRACT("response_history", KIND_LIST, http.response_history), .schema = &REDIRECTS,
     .count_offset = offsetof(struct check_result, details.http.response_history_count),
     .given_offset = offsetof(struct check_result, details.http.has_response_history)},
    {CONTRACT("response_url", KIND_STRING, http.response_url)},
    {CONTRACT("response_status_code", KIND_OPT_INT, http.response_status_code)},
    {RESULT("response_page", KIND_STRING, details.http.response_page,
            FIELD_NULLABLE | FIELD_BASE64)},
    COMMON_EVIDENCE,
    {EVIDENCE("final_url", KIND_STRING, http.final_url)},
    {EVIDENCE("body_bytes", KIND_OPT_INT, http.body_bytes)},
    {EVIDENCE_LIST("hops", http.hops, http.hop_count, HOPS)},
};

static const struct field TLS_ALPN_FIELDS[] = {
    {METHOD_FIELD},
    {CONTRACT("common_name", KIND_STRING, tls_alpn.common_name)},
    COMMON_EVIDENCE,
    {EVIDENCE("sni", KIND_STRING, tls_alpn.sni)},
    {EVIDENCE("alpn", KIND_STRING, tls_alpn.alpn)},
    {EVIDENCE("tls_version", KIND_STRING, tls_alpn.tls_version)},
    CONNECTION_FIELDS(struct check_result, details.tls_alpn.connection),
    {RESULT("certificate", KIND_STRING, details.tls_alpn.certificate,
            FIELD_NULLABLE | FIELD_ADDED | FIELD_WHOLE)},
    {EVIDENCE("san", KIND_STRINGS, tls_alpn.san)},
    {EVIDENCE("digest_seen", KIND_STRING, tls_alpn.digest_seen)},
};

static const struct schema CAA_DETAILS = SCHEMA(CAA_FIELDS, struct check_result);
static const struct schema RECORD_DETAILS = SCHEMA(RECORD_FIELDS, struct check_result);
static const struct schema HTTP_DETAILS = SCHEMA(HTTP_FIELDS, struct check_result);
static const struct schema TLS_ALPN_DETAILS = SCHEMA(TLS_ALPN_FIELDS, struct check_result);

static const struct schema *details_of(enum check_type type, enum dcv_method method)
{
    static const struct schema *const details[] = {
        [METHOD_CAA] = &CAA_DETAILS,
        [METHOD_RECORD] = &RECORD_DETAILS,
        [METHOD_HTTP] = &HTTP_DETAILS,
        [METHOD_TLS_ALPN] = &TLS_ALPN_DETAILS,
    };
    return details[type == CHECK_CAA ? METHOD_CAA : method_get(method)->kind];
}

/* `cap` NULL: all of it. */
static void put_result(const struct check_result *result, const struct writer_cap *cap,
                       struct buf *out)
{
    const struct result_body body = {
        .check_completed = result->verdict != VERDICT_UNKNOWN,
        .check_passed = result->verdict == VERDICT_PASS,
        .result = *result,
    };
    struct writer writer = {.out = out, .omit = FIELD_ADDED, .cap = cap};
    if (result->from_reference)
        writer.omit |= FIELD_OWN;
    text_put_raw(out, "{");
    schema_write_fields(&writer, &HEAD, &body);
    text_put_key(out, "details");
    schema_write(&writer, details_of(result->check_type, result->method), result);
    schema_write_fields(&writer, &TAIL, &body);
    if (cap) {
        text_put_key(out, "evidence_truncated");
        text_put_raw(out, "true");
    }
    text_put_raw(out, "}");
}

void wire_encode_check_result(const struct check_result *result, struct buf *out)
{
    put_result(result, NULL, out);
}

/* From much to little. */
static const struct writer_cap CAPS[] = {{200, 8192}, {100, 2048}, {32, 1024},
                                         {8, 512},    {3, 256},    {1, 64}};
enum { CAP_COUNT = sizeof CAPS / sizeof *CAPS };

/* Of the records, those that decide; the other lists from their beginning. */
static void put_cut(const struct check_request *request, const struct check_result *result,
                    const struct writer_cap *cap, struct buf *out)
{
    struct arena *arena = arena_new();
    struct check_result cut = *result;
    const struct strv chosen = evidence_choose_records(request, result, cap->items, arena);
    bool is_caa = result->check_type == CHECK_CAA;
    struct strv *seen = is_caa ? &cut.details.caa.records_seen : &cut.details.record.records_seen;
    if (chosen.count < seen->count)
        *(is_caa ? &cut.details.caa.records_truncated : &cut.details.record.records_truncated) =
            OPT_BOOL(true);
    *seen = chosen;
    put_result(&cut, cap, out);
    arena_free(arena);
}

void result_write_within(const struct check_request *request, const struct check_result *result,
                         size_t max, struct buf *out)
{
    if (max == SIZE_MAX) {
        put_result(result, NULL, out);
        return;
    }
    struct buf text = {.max = max};
    put_result(result, NULL, &text);
    for (size_t level = 0; text.overflow && level < CAP_COUNT; level++) {
        buf_clear(&text);
        text = (struct buf){.max = level + 1 < CAP_COUNT ? max : 0};
        put_cut(request, result, &CAPS[level], &text);
    }
    buf_append(out, text.p, text.n);
    buf_clear(&text);
}

/* Reading. */

/* The type that the answer has, by its check_type or, without one, by the shape of its details. */
static enum check_type type_of(const struct json_t *json, enum check_type given)
{
    if (json_object_get(json, "check_type"))
        return given;
    const struct json_t *details = json_object_get(json, "details");
    return json_object_get(details, "validation_method") ? CHECK_DCV : CHECK_CAA;
}

/* Is this an answer to what was asked? A misrouted answer must not count (BR 3.2.2.9: the
 * perspectives corroborate the determination that is to be made). */
static bool check_kind(const struct json_t *json, const struct check_request *request,
                       enum check_type given, struct err *err)
{
    const struct json_t *details = json_object_get(json, "details");
    if (!json_is_object(details))
        return err_set(err, ERR_PARSE, "the answer is no check_response: it has no details");
    enum check_type type = type_of(json, given);
    if (type != request->check_type)
        return err_set(err, ERR_RANGE, "the answer is to a %s check, asked was %s",
                       check_type_str(type), check_type_str(request->check_type));
    const struct json_t *tag = json_object_get(details, "validation_method");
    const char *method = reader_text(tag);
    if (type == CHECK_CAA)
        return !tag || json_is_null(tag) ||
               err_set(err, ERR_RANGE, "the answer to a caa check has a validation_method");
    const char *asked = dcv_method_str(request->dcv.method);
    if (!method || !str_eq(method, asked))
        return err_set(err, ERR_RANGE, "the answer is not to the validation_method %s", asked);
    return true;
}

/* A pass has errors only where the lookup failure itself was accepted (BR 4.2.2.1), which we must
 * have asked for. */
static bool may_pass_with_errors(const struct check_request *request)
{
    return request->check_type == CHECK_CAA && request->caa.allow_lookup_failure;
}

/* Sets verdict and problem from the two booleans. An answer that contradicts itself is none. */
static bool set_verdict(const struct json_t *json, const struct check_request *request,
                        struct result_body *body, struct err *err)
{
    struct check_result *result = &body->result;
    if (body->check_passed && result->error_count > 0 && !may_pass_with_errors(request))
        return err_set(err, ERR_RANGE, "check_passed is true although there are errors");
    if (body->check_passed && !body->check_completed)
        return err_set(err, ERR_RANGE, "check_passed is true although check_completed is not");
    const struct json_t *problem = json_object_get(json_object_get(json, "details"), "problem");
    if (body->check_passed && problem && !json_is_null(problem))
        return err_set(err, ERR_RANGE, "check_passed is true although there is a problem");
    result->verdict = body->check_passed      ? VERDICT_PASS
                      : body->check_completed ? VERDICT_FAIL
                                              : VERDICT_UNKNOWN;
    if (problem_info(result->problem)->verdict != result->verdict)
        result->problem = PROBLEM_NONE;
    return true;
}

static bool check_code(const struct check_result *result, const char *expected, struct err *err)
{
    if (!expected || !result->perspective_code || str_eq(result->perspective_code, expected))
        return true;
    return err_set(err, ERR_RANGE, "the answer is from another perspective than %s", expected);
}

/* What claims to be bound where nobody could know is passed on as if it said nothing. */
static bool check_binding(struct check_result *result, const struct wire_expectation *expected,
                          struct err *err)
{
    if (!expected->binding) {
        result->binding = (struct answer_binding){0};
        return true;
    }
    const char *fault = binding_fault(expected->binding, expected->perspective_code,
                                      &result->binding, result->perspective_code);
    return !fault || err_set(err, ERR_RANGE, "%s", fault);
}

/* True unless the answer has one of the additions that all our results have. */
static bool is_from_reference(const struct json_t *details)
{
    return !json_object_get(details, "problem") && !json_object_get(details, "dnssec") &&
           !json_object_get(details, "duration_ms");
}

bool result_read(struct json_t *json, const struct wire_expectation *expected, struct arena *arena,
                 struct check_result *out, struct err *err)
{
    const struct check_request *request = expected->request;
    struct reader reader = {.arena = arena, .err = err, .cut = true};
    struct result_body body = {0};
    schema_read(&reader, &HEAD, json, &body);
    if (reader.failed || !check_kind(json, request, body.result.check_type, err))
        return false;
    body.result.check_type = request->check_type;
    struct json_t *details = json_object_get(json, "details");
    reader_enter(&reader, "details", 0);
    schema_read_fields(&reader, details_of(request->check_type, request->dcv.method), details,
                       &body.result);
    reader_leave(&reader);
    schema_read_fields(&reader, &TAIL, json, &body);
    if (reader.failed || !set_verdict(json, request, &body, err) ||
        !check_code(&body.result, expected->perspective_code, err) ||
        !check_binding(&body.result, expected, err))
        return false;
    body.result.from_reference = is_from_reference(details);
    *out = body.result;
    return true;
}

bool wire_decode_check_result(struct bytes body, const struct wire_expectation *expected,
                              struct arena *arena, struct check_result *out, struct err *err)
{
    if (body.n > LIMIT_REMOTE_RESPONSE_BYTES)
        return err_set(err, ERR_LIMIT, "the answer has more than %d bytes",
                       LIMIT_REMOTE_RESPONSE_BYTES);
    struct load_error load_err = {0};
    json_t *json = load_json(body, LIMIT_JSON_VALUES, &load_err);
    if (!json)
        return err_set(err, ERR_PARSE, "the answer is no JSON: %s at byte %zu", load_err.text,
                       load_err.position);
    bool is_good = result_read(json, expected, arena, out, err);
    json_decref(json);
    return is_good;
}
