#include "wire/observe.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/corroboration/binding.h"
#include "wire/issues.h"
#include "wire/load.h"
#include "wire/names.h"
#include "wire/params.h"
#include "wire/result.h"
#include "wire/schema.h"
#include "wire/text.h"

#include <assert.h>
#include <jansson.h>

/* KIND_ENUM reads and writes enums as ints. */
static_assert(sizeof(enum observe_type) == sizeof(int), "enums are ints");
static_assert(sizeof(enum observe_outcome) == sizeof(int), "enums are ints");

static const char *type_name(int value)
{
    return observe_type_str((enum observe_type)value);
}

static const char *outcome_name(int value)
{
    return observe_outcome_str((enum observe_outcome)value);
}

static const struct enum_names TYPES = {type_name, OBSERVE_NONE + 1, OBSERVE_TYPE_COUNT,
                                        "DnsRecordType"};
static const struct enum_names OUTCOMES = {outcome_name, OBSERVE_UNKNOWN, OBSERVE_PRESENT + 1,
                                           "ObservationOutcome"};

/* --- requests -------------------------------------------------------------------------------- */

#define ASKED(name, kind, member)                                                                  \
    FIELD(name, kind, struct observe_request, member, FIELD_NULLABLE | FIELD_ADDED)
static const struct field REQUEST_FIELDS[] = {
    {ASKED("domain_or_ip_target", KIND_STRING, target)},
    {ASKED("dns_record_type", KIND_ENUM, type), .names = &TYPES, .fallback = OBSERVE_NONE},
    {ASKED("dns_name_prefix", KIND_STRING, dns_name_prefix)},
    {FIELD("caa_search", KIND_BOOL, struct observe_request, caa_search, 0)},
    {ASKED("url", KIND_STRING, url)},
    {ASKED("body_max_bytes", KIND_OPT_INT, body_max_bytes)},
    {ASKED("orchestration_parameters", KIND_OBJECT, orchestration), .schema = &ORCHESTRATION,
     .given_offset = offsetof(struct observe_request, has_orchestration)},
    {ASKED("trace_identifier", KIND_STRING, trace_identifier)},
    {ASKED("single_perspective", KIND_OPT_BOOL, single_perspective)},
};
static const struct schema REQUEST = SCHEMA(REQUEST_FIELDS, struct observe_request);

bool wire_decode_observe_request(struct bytes body, struct arena *arena,
                                 struct observe_request *out, struct wire_issues *issues)
{
    json_t *json = issues_load_json(body, issues);
    if (!json)
        return false;
    struct reader reader = {.arena = arena, .issues = issues};
    *out = (struct observe_request){0};
    schema_read(&reader, &REQUEST, json, out);
    json_decref(json);
    return !reader.failed;
}

void wire_encode_observe_request(const struct observe_request *request, struct buf *out)
{
    struct writer writer = {.out = out, .omit = FIELD_ADDED};
    schema_write(&writer, &REQUEST, request);
}

/* --- observations ---------------------------------------------------------------------------- */

/* So that neither a program nor a person can take it for something else. */
struct claim {
    bool is_validation;
};

static void statement_write(struct writer *writer, const struct field *field, const void *object)
{
    (void)field;
    (void)object;
    text_put_string(writer->out, "This is an observation: what is there, as seen. It validates "
                                 "nothing: it shows neither control nor permission.");
}

static const struct field_kind KIND_STATEMENT = {NULL, statement_write, NULL, NULL};

static const struct field CLAIM_FIELDS[] = {
    {FIELD("is_validation", KIND_LITERAL_BOOL, struct claim, is_validation, FIELD_REQUIRED),
     .fallback = false},
    {FIELD("statement", KIND_STATEMENT, struct claim, is_validation, 0)},
};
static const struct schema CLAIM = SCHEMA(CLAIM_FIELDS, struct claim);

static const struct field RECORD_FIELDS[] = {
    {FIELD("owner_name", KIND_STRING, struct observed_record, owner_name, FIELD_REQUIRED)},
    {FIELD("ttl_s", KIND_INT, struct observed_record, ttl_s, FIELD_REQUIRED)},
    {FIELD("data", KIND_STRING, struct observed_record, data, FIELD_REQUIRED)},
};
static const struct schema RECORDS = SCHEMA(RECORD_FIELDS, struct observed_record);

#define PART(name, kind, type, member, flags) FIELD(name, kind, struct type, member, flags)
#define LIST(name, type, member, count, rows)                                                      \
    FIELD(name, KIND_LIST, struct type, member, FIELD_NULLABLE | FIELD_ADDED),                     \
        .schema = &(rows), .count_offset = offsetof(struct type, count)

static const struct field DNS_FIELDS[] = {
    {PART("query_name", KIND_STRING, observed_dns, query_name, FIELD_REQUIRED)},
    {PART("dns_record_type", KIND_ENUM, observed_dns, type, FIELD_REQUIRED), .names = &TYPES},
    {PART("response_code", KIND_OPT_INT, observed_dns, response_code, FIELD_NULLABLE)},
    {PART("found_at", KIND_STRING, observed_dns, found_at, FIELD_NULLABLE | FIELD_ADDED)},
    {LIST("records", observed_dns, records, record_count, RECORDS)},
    {PART("records_truncated", KIND_BOOL, observed_dns, records_truncated, 0)},
    {PART("records_sha256", KIND_STRING, observed_dns, records_sha256, FIELD_NULLABLE)},
    {PART("cname_chain", KIND_STRINGS, observed_dns, cname_chain, FIELD_NULLABLE)},
    {LIST("lookups", observed_dns, lookups, lookup_count, LOOKUPS)},
};
static const struct schema DNS = SCHEMA(DNS_FIELDS, struct observed_dns);

static const struct field FILE_FIELDS[] = {
    {PART("url", KIND_STRING, observed_file, url, FIELD_REQUIRED)},
    {PART("final_url", KIND_STRING, observed_file, final_url, FIELD_NULLABLE)},
    {PART("status_code", KIND_OPT_INT, observed_file, status_code, FIELD_NULLABLE)},
    {PART("content_type", KIND_STRING, observed_file, content_type, FIELD_NULLABLE)},
    {PART("body", KIND_STRING, observed_file, body, FIELD_NULLABLE)},
    {PART("body_bytes", KIND_OPT_INT, observed_file, body_bytes, FIELD_NULLABLE)},
    {PART("body_truncated", KIND_BOOL, observed_file, body_truncated, 0)},
    {PART("body_sha256", KIND_STRING, observed_file, body_sha256, FIELD_NULLABLE)},
    {LIST("redirects", observed_file, history, history_count, REDIRECTS)},
    {LIST("hops", observed_file, hops, hop_count, HOPS)},
};
static const struct schema FILE_SCHEMA = SCHEMA(FILE_FIELDS, struct observed_file);

static const struct field SEEN_FIELDS[] = {
    {PART("perspective_code", KIND_STRING, observed, perspective_code, FIELD_NULLABLE)},
    {PART("timestamp_ns", KIND_OPT_INT, observed, timestamp_ns, FIELD_NULLABLE)},
    {PART("outcome", KIND_ENUM, observed, outcome, FIELD_REQUIRED), .names = &OUTCOMES},
    {PART("problem", KIND_PROBLEM, observed, problem, FIELD_NULLABLE)},
    {PART("reason", KIND_STRING, observed, reason, FIELD_NULLABLE)},
    {PART("dnssec", KIND_ENUM, observed, dnssec, FIELD_NULLABLE | FIELD_OWN),
     .names = &DNSSEC_STATUSES, .fallback = DNSSEC_NONE},
    {LIST("extended_dns_errors", observed, extended_errors, extended_error_count, EXTENDED_ERRORS)},
    {PART("duration_ms", KIND_OPT_INT, observed, duration_ms, FIELD_NULLABLE)},
    {PART("local_policy", KIND_STRINGS, observed, local_policy, FIELD_NULLABLE | FIELD_ADDED)},
    {PART("dns", KIND_OBJECT, observed, dns, FIELD_NULLABLE | FIELD_ADDED), .schema = &DNS,
     .given_offset = offsetof(struct observed, has_dns)},
    {PART("file", KIND_OBJECT, observed, file, FIELD_NULLABLE | FIELD_ADDED),
     .schema = &FILE_SCHEMA, .given_offset = offsetof(struct observed, has_file)},
    {PART("binding", KIND_OBJECT, observed, binding, FIELD_NULLABLE | FIELD_ADDED),
     .schema = &BINDING, .given_offset = offsetof(struct observed, binding.present)},
};
static const struct schema SEEN = SCHEMA(SEEN_FIELDS, struct observed);

static void put_claim(struct writer *writer)
{
    static const struct claim claim = {false};
    schema_write_fields(writer, &CLAIM, &claim);
}

void wire_encode_observed(const struct observed *seen, struct buf *out)
{
    struct writer writer = {.out = out, .omit = FIELD_ADDED};
    text_put_raw(out, "{");
    put_claim(&writer);
    schema_write_fields(&writer, &SEEN, seen);
    text_put_raw(out, "}");
}

static bool is_of(const struct observed *seen, const struct observe_question *question,
                  struct err *err)
{
    bool is_file = question->type == OBSERVE_NONE;
    if (seen->has_file != is_file || seen->has_dns == is_file)
        return err_set(err, ERR_RANGE, "the answer is not of what was asked for: %s",
                       is_file ? "a file" : "records");
    if (is_file && !str_eq(seen->file.url, question->url_text))
        return err_set(err, ERR_RANGE, "the answer is of another URL");
    return is_file ||
           (str_eq(seen->dns.query_name, question->target.canonical) &&
            seen->dns.type == question->type) ||
           err_set(err, ERR_RANGE, "the answer is of another name or type");
}

/* Is it from whom it was asked, and to this question? */
static bool is_from(struct observed *seen, const struct wire_observe_expectation *expected,
                    struct err *err)
{
    const char *code = expected->perspective_code;
    if (code && !str_eq(seen->perspective_code, code))
        return err_set(err, ERR_RANGE, "the answer is from another perspective than %s", code);
    const char *fault = expected->binding ? binding_fault(expected->binding, code, &seen->binding,
                                                          seen->perspective_code)
                                          : NULL;
    seen->binding = (struct answer_binding){0}; /* of that question only */
    return !fault || err_set(err, ERR_RANGE, "%s", fault);
}

static bool read_observed(json_t *json, struct arena *arena, struct observed *out, struct err *err)
{
    struct reader reader = {.arena = arena, .err = err, .cut = true};
    struct claim claim;
    *out = (struct observed){0};
    schema_read(&reader, &CLAIM, json, &claim);
    if (!reader.failed)
        schema_read_fields(&reader, &SEEN, json, out);
    return !reader.failed;
}

bool wire_decode_observed(struct bytes body, const struct wire_observe_expectation *expected,
                          struct arena *arena, struct observed *out, struct err *err)
{
    struct load_error load_err = {0};
    *out = (struct observed){0};
    if (body.n > LIMIT_REMOTE_RESPONSE_BYTES)
        return err_set(err, ERR_LIMIT, "the answer has more than %d bytes",
                       LIMIT_REMOTE_RESPONSE_BYTES);
    json_t *json = load_json(body, LIMIT_JSON_VALUES, &load_err);
    if (!json)
        return err_set(err, ERR_PARSE, "the answer is no JSON: %s at byte %zu", load_err.text,
                       load_err.position);
    bool is_good = read_observed(json, arena, out, err) && is_of(out, expected->question, err) &&
                   is_from(out, expected, err) && observed_is_sound(out, arena, err);
    json_decref(json);
    return is_good;
}

/* --- a coordinator's answer ------------------------------------------------------------------ */

static void put_strings(struct buf *out, const char *name, const struct strv *strings)
{
    text_put_key(out, name);
    text_put_raw(out, "[");
    for (size_t i = 0; i < strings->count; i++) {
        text_put_separator(out);
        text_put_string(out, strings->items[i]);
    }
    text_put_raw(out, "]");
}

static void put_agreement(struct buf *out, const struct observe_agreement *agreement)
{
    text_put_key(out, "agreement");
    text_put_raw(out, "{");
    text_put_key(out, "with");
    text_put_string(out, agreement->with);
    put_strings(out, "agreeing", &agreement->agreeing);
    put_strings(out, "others", &agreement->others);
    text_put_key(out, "groups");
    text_put_raw(out, "[");
    for (size_t i = 0; i < agreement->group_count; i++) {
        const struct observe_group *group = &agreement->groups[i];
        text_put_separator(out);
        text_put_raw(out, "{");
        text_put_key(out, "outcome");
        text_put_string(out, observe_outcome_str(group->outcome));
        text_put_key(out, "seen");
        text_put_string(out, group->seen);
        put_strings(out, "perspectives", &group->perspectives);
        text_put_raw(out, "}");
    }
    text_put_raw(out, "]}");
}

void wire_encode_observe_response(const struct observe_response *response, struct buf *out)
{
    struct writer writer = {.out = out, .omit = FIELD_ADDED};
    text_put_raw(out, "{");
    put_claim(&writer);
    schema_write_fields(&writer, &REQUEST, response->request);
    text_put_key(out, "observations");
    text_put_raw(out, "[");
    for (size_t i = 0; i < response->count; i++) {
        text_put_separator(out);
        schema_write(&writer, &SEEN, &response->seen[i]);
    }
    text_put_raw(out, "]");
    if (response->primary) {
        text_put_key(out, "primary_observation");
        schema_write(&writer, &SEEN, response->primary);
    }
    put_agreement(out, &response->agreement);
    text_put_raw(out, "}");
}

/* --- and what the command shows of it ---------------------------------------------------------- */

struct response_view {
    struct observed *seen;
    size_t count;
    bool has_primary;
    struct observed primary;
    struct observe_agreement agreement;
};

static const struct field AGREEMENT_FIELDS[] = {
    {PART("with", KIND_STRING, observe_agreement, with, FIELD_NULLABLE)},
    {PART("agreeing", KIND_STRINGS, observe_agreement, agreeing, FIELD_REQUIRED)},
    {PART("others", KIND_STRINGS, observe_agreement, others, FIELD_REQUIRED)},
};
static const struct schema AGREEMENT = SCHEMA(AGREEMENT_FIELDS, struct observe_agreement);

static const struct field VIEW_FIELDS[] = {
    {FIELD("observations", KIND_LIST, struct response_view, seen, FIELD_REQUIRED), .schema = &SEEN,
     .count_offset = offsetof(struct response_view, count)},
    {FIELD("primary_observation", KIND_OBJECT, struct response_view, primary, FIELD_NULLABLE),
     .schema = &SEEN, .given_offset = offsetof(struct response_view, has_primary)},
    {FIELD("agreement", KIND_OBJECT, struct response_view, agreement, FIELD_REQUIRED),
     .schema = &AGREEMENT},
};
static const struct schema VIEW = SCHEMA(VIEW_FIELDS, struct response_view);

bool wire_decode_observe_response(struct bytes body, struct arena *arena,
                                  struct observe_response *out, struct err *err)
{
    struct load_error load_err = {0};
    struct reader reader = {.arena = arena, .err = err, .cut = true};
    struct response_view *view = arena_alloc(arena, sizeof *view);
    struct claim claim;
    *out = (struct observe_response){0};
    json_t *json = load_json(body, SIZE_MAX, &load_err);
    if (!json)
        return err_set(err, ERR_PARSE, "the answer is no JSON: %s at byte %zu", load_err.text,
                       load_err.position);
    schema_read(&reader, &CLAIM, json, &claim);
    if (!reader.failed)
        schema_read_fields(&reader, &VIEW, json, view);
    json_decref(json);
    if (reader.failed)
        return false;
    *out = (struct observe_response){.seen = view->seen,
                                     .count = view->count,
                                     .primary = view->has_primary ? &view->primary : NULL,
                                     .agreement = view->agreement};
    return true;
}
