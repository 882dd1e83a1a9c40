/* What POST /mpic answers, and how the command `mpic` reads it. */
#include "wire/response.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/corroboration/evidence_share.h"
#include "core/corroboration/observation.h"
#include "wire/load.h"
#include "wire/names.h"
#include "wire/params.h"
#include "wire/result.h"
#include "wire/schema.h"
#include "wire/text.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

/* Of all groups of a disagreement, where the response is too long. */
enum { SEEN_TOGETHER_BYTES = 64 * 1024 };

/* Everything that a response shows, in one struct for the tables. */
struct response_body {
    struct mpic_request request;
    struct mpic_response response;
    struct orchestration_used {
        struct opt_int perspective_count, quorum_count, attempt_count;
    } used;
    struct attempt last;
    size_t share;    /* bytes of each check_response; 0: none of them is written */
    size_t left_out; /* of the previous attempts, the oldest */
    struct corroboration {
        struct opt_int corroborating, perspectives_used, required;
        const char *quorum; /* "4/5", BR 5.4.1(2)(8) */
        struct strv rirs;
    } corroboration;
    struct compliance {
        const char *br_version;
        const char *method;
        bool compliant;
        bool has_findings; /* [] is written, too */
        const struct compliance_finding *findings;
        size_t finding_count;
    } compliance;
};

static const struct field USED_FIELDS[] = {
    {FIELD("perspective_count", KIND_OPT_INT, struct orchestration_used, perspective_count, 0)},
    {FIELD("quorum_count", KIND_OPT_INT, struct orchestration_used, quorum_count, 0)},
    {FIELD("attempt_count", KIND_OPT_INT, struct orchestration_used, attempt_count, 0)},
};
static const struct schema USED = SCHEMA(USED_FIELDS, struct orchestration_used);

static const struct field CORROBORATION_FIELDS[] = {
    {FIELD("corroborating", KIND_OPT_INT, struct corroboration, corroborating, 0)},
    {FIELD("perspectives_used", KIND_OPT_INT, struct corroboration, perspectives_used, 0)},
    {FIELD("required", KIND_OPT_INT, struct corroboration, required, 0)},
    {FIELD("quorum", KIND_STRING, struct corroboration, quorum, 0)},
    {FIELD("rirs", KIND_STRINGS, struct corroboration, rirs, 0)},
};
static const struct schema CORROBORATION = SCHEMA(CORROBORATION_FIELDS, struct corroboration);

static const struct field FINDING_FIELDS[] = {
    {FIELD("code", KIND_STRING, struct compliance_finding, code, FIELD_NULLABLE)},
    {FIELD("clause", KIND_STRING, struct compliance_finding, clause, FIELD_NULLABLE)},
    {FIELD("level", KIND_STRING, struct compliance_finding, level, FIELD_NULLABLE)},
    {FIELD("message", KIND_STRING, struct compliance_finding, message, FIELD_NULLABLE)},
};
static const struct schema FINDINGS = SCHEMA(FINDING_FIELDS, struct compliance_finding);

#define VERIFIED(name, kind, flags)                                                                \
    {                                                                                              \
        FIELD(#name, kind, struct verification, name, flags)                                       \
    }
static const struct field VERIFICATION_FIELDS[] = {
    VERIFIED(authorization_domain_name, KIND_STRING, FIELD_NULLABLE | FIELD_ADDED),
    VERIFIED(ip_address, KIND_STRING, FIELD_NULLABLE | FIELD_ADDED),
    VERIFIED(method, KIND_STRING, FIELD_NULLABLE),
    VERIFIED(acme_label, KIND_STRING, FIELD_NULLABLE),
    VERIFIED(date, KIND_STRING, FIELD_NULLABLE),
    VERIFIED(reuse_days, KIND_OPT_INT, FIELD_NULLABLE | FIELD_ADDED),
};
static const struct schema VERIFICATION = SCHEMA(VERIFICATION_FIELDS, struct verification);

static const struct field COMPLIANCE_FIELDS[] = {
    {FIELD("br_version", KIND_STRING, struct compliance, br_version, FIELD_NULLABLE)},
    {FIELD("method", KIND_STRING, struct compliance, method, FIELD_NULLABLE)},
    {FIELD("compliant", KIND_BOOL, struct compliance, compliant, 0)},
    {FIELD("findings", KIND_LIST, struct compliance, findings, FIELD_NULLABLE), .schema = &FINDINGS,
     .count_offset = offsetof(struct compliance, finding_count),
     .given_offset = offsetof(struct compliance, has_findings)},
};
static const struct schema COMPLIANCE = SCHEMA(COMPLIANCE_FIELDS, struct compliance);

/* perspectives: the results of one attempt, in the order of the cohort. */

/* `role`: what the perspective was to the corroboration (BR 5.4.1(2)). */
static void put_perspective(struct buf *out, const char *role,
                            const struct perspective_result *perspective,
                            const struct response_body *body)
{
    text_put_raw(out, "{\"perspective_code\":");
    text_put_string(out, perspective->code);
    text_put_raw(out, ",\"check_response\":");
    if (body->share > 0)
        result_write_within(&body->request.check, &perspective->result, body->share, out);
    text_put_raw(out, ",\"role\":");
    text_put_string(out, role);
    text_put_raw(out, "}");
}

static void put_attempt(struct buf *out, const struct attempt *attempt,
                        const struct response_body *body)
{
    text_put_raw(out, "[");
    for (size_t i = 0; i < attempt->count && !out->overflow; i++) {
        text_put_separator(out);
        put_perspective(out, "remote", &attempt->results[i], body);
    }
    text_put_raw(out, "]");
}

static void attempt_write(struct writer *writer, const struct field *field, const void *object)
{
    put_attempt(writer->out, CONST_MEMBER(field, object), object);
}

static bool read_perspective(struct reader *reader, const struct check_request *request,
                             struct json_t *json, struct perspective_result *out)
{
    const char *code = reader_text(json_object_get(json, "perspective_code"));
    if (!code)
        return err_set(reader->err, ERR_PARSE, "no perspective_code");
    out->code = arena_strdup(reader->arena, code);
    const struct wire_expectation expected = {.request = request, .perspective_code = out->code};
    json_t *response = json_object_get(json, "check_response");
    return result_read(response, &expected, reader->arena, &out->result, reader->err);
}

static void attempt_read(struct reader *reader, const struct field *field, struct json_t *value,
                         void *object)
{
    const struct mpic_request *request = ((struct response_body *)object)->response.request;
    struct attempt *attempt = MEMBER(field, object);
    if (!json_is_array(value) || json_array_size(value) > LIMIT_PERSPECTIVES) {
        reader_type_fault(reader, value, "list_type", "Input should be a valid list");
        return;
    }
    attempt->count = json_array_size(value);
    attempt->results = arena_array(reader->arena, attempt->count, sizeof *attempt->results);
    for (size_t i = 0; i < attempt->count && !reader->failed; i++) {
        reader->failed = !read_perspective(reader, &request->check, json_array_get(value, i),
                                           &attempt->results[i]);
        if (reader->failed)
            err_prefix(reader->err, "perspectives.%zu", i);
    }
}

static const struct field_kind KIND_ATTEMPT = {NULL, attempt_write, attempt_read, NULL};

/* previous_attempt_results: null, not [], if there was one attempt only. */

static bool previous_is_absent(const struct field *field, const void *object)
{
    (void)field;
    return ((const struct response_body *)object)->response.attempt_count < 2;
}

static void previous_write(struct writer *writer, const struct field *field, const void *object)
{
    (void)field;
    const struct response_body *body = object;
    const struct mpic_response *response = &body->response;
    text_put_raw(writer->out, "[");
    for (size_t i = body->left_out; i + 1 < response->attempt_count; i++) {
        text_put_separator(writer->out);
        put_attempt(writer->out, &response->attempts[i], body);
    }
    text_put_raw(writer->out, "]");
}

/* Not read: the command shows the last attempt. */
static const struct field_kind KIND_PREVIOUS = {previous_is_absent, previous_write, NULL, NULL};

#define BODY(name, kind, member, flags) FIELD(name, kind, struct response_body, member, flags)

static const struct field HEAD_FIELDS[] = {
    {BODY("mpic_completed", KIND_BOOL, response.mpic_completed, FIELD_REQUIRED | FIELD_STRICT)},
    {BODY("request_orchestration_parameters", KIND_OBJECT, request.orchestration, FIELD_NULLABLE),
     .schema = &ORCHESTRATION,
     .given_offset = offsetof(struct response_body, request.has_orchestration)},
    {BODY("actual_orchestration_parameters", KIND_OBJECT, used, 0), .schema = &USED},
    {BODY("check_type", KIND_ENUM, request.check.check_type, 0), .names = &CHECK_TYPES},
    {BODY("domain_or_ip_target", KIND_STRING, request.check.target, FIELD_NULLABLE)},
    {BODY("is_valid", KIND_BOOL, response.is_valid, FIELD_REQUIRED | FIELD_STRICT)},
    {BODY("trace_identifier", KIND_STRING, request.check.trace_identifier, FIELD_NULLABLE)},
    {BODY("applied_for_name", KIND_STRING, request.applied_for_name, FIELD_NULLABLE | FIELD_ADDED)},
    {BODY("perspectives", KIND_ATTEMPT, last, FIELD_REQUIRED)},
};
static const struct field CAA_ECHO_FIELDS[] = {
    {BODY("caa_check_parameters", KIND_OBJECT, request.check.caa, FIELD_NULLABLE),
     .schema = &CAA_PARAMS,
     .given_offset = offsetof(struct response_body, request.check.has_caa_params)},
};
static const struct field DCV_ECHO_FIELDS[] = {
    {BODY("dcv_check_parameters", KIND_DCV_PARAMS, request.check.dcv, 0)},
};
static const struct field TAIL_FIELDS[] = {
    {BODY("previous_attempt_results", KIND_PREVIOUS, response.attempts, FIELD_NULLABLE)},
    {BODY("reason", KIND_STRING, response.conclusion, FIELD_NULLABLE | FIELD_ADDED)},
    {BODY("verification", KIND_OBJECT, response.verification, 0), .schema = &VERIFICATION},
    {BODY("corroboration", KIND_OBJECT, corroboration, FIELD_NULLABLE), .schema = &CORROBORATION},
    {BODY("compliance", KIND_OBJECT, compliance, FIELD_NULLABLE), .schema = &COMPLIANCE,
     .given_offset = offsetof(struct response_body, response.has_compliance)},
};
static const struct schema HEAD = SCHEMA(HEAD_FIELDS, struct response_body);
static const struct schema ECHOES[] = {
    [CHECK_CAA] = SCHEMA(CAA_ECHO_FIELDS, struct response_body),
    [CHECK_DCV] = SCHEMA(DCV_ECHO_FIELDS, struct response_body),
};
static const struct schema TAIL = SCHEMA(TAIL_FIELDS, struct response_body);

static void fill_body(struct response_body *body, const struct mpic_response *response)
{
    const struct quorum_decision *decision = &response->decision;
    size_t count = response->attempt_count;
    body->request = *response->request;
    body->response = *response;
    body->used.perspective_count = OPT_INT((int64_t)response->perspective_count);
    body->used.quorum_count = OPT_INT((int64_t)response->quorum_count);
    body->used.attempt_count = OPT_INT((int64_t)count);
    if (count > 0)
        body->last = response->attempts[count - 1];
    body->corroboration.corroborating = OPT_INT((int64_t)decision->corroborating);
    body->corroboration.perspectives_used = OPT_INT((int64_t)body->last.count);
    body->corroboration.required = OPT_INT((int64_t)response->quorum_count);
    body->compliance = (struct compliance){
        .br_version = response->br_version,
        .method = response->compliance_method,
        .compliant = response->compliant,
        .has_findings = true,
        .findings = response->findings,
        .finding_count = response->finding_count,
    };
}

static void put_codes(struct buf *out, const struct strv *codes)
{
    text_put_key(out, "perspectives");
    text_put_raw(out, "[");
    for (size_t i = 0; i < codes->count; i++) {
        text_put_separator(out);
        text_put_string(out, codes->items[i]);
    }
    text_put_raw(out, "]");
}

/* Who saw what; not there if all saw the same. */
static void put_disagreement(struct buf *out, const struct mpic_response *response, bool is_whole)
{
    const struct writer_cap cap = {.text = SEEN_TOGETHER_BYTES / response->disagreement_count};
    struct writer writer = {.out = out, .cap = is_whole ? NULL : &cap};
    text_put_key(out, "disagreement");
    text_put_raw(out, "[");
    for (size_t i = 0; i < response->disagreement_count; i++) {
        const struct observation_group *group = &response->disagreement[i];
        text_put_separator(out);
        text_put_raw(out, "{\"check_completed\":");
        text_put_bool(out, group->check_completed);
        text_put_key(out, "check_passed");
        text_put_bool(out, group->check_passed);
        text_put_key(out, "seen");
        writer_put_text(&writer, 0, group->seen);
        put_codes(out, &group->perspectives);
        text_put_raw(out, "}");
    }
    text_put_raw(out, "]");
}

static void put_response(const struct mpic_response *response, struct response_body *body,
                         struct buf *out)
{
    fill_body(body, response);
    const char *rirs[RIR_COUNT];
    size_t rir_count = 0;
    for (int rir = RIR_NONE + 1; rir < RIR_COUNT; rir++) /* their order is that of their names */
        if (response->decision.rirs[rir])
            rirs[rir_count++] = rir_str((enum rir)rir);
    body->corroboration.rirs = (struct strv){.items = rirs, .count = rir_count, .present = true};
    struct buf quorum = {0};
    text_put_int(&quorum, body->corroboration.corroborating.value);
    text_put_raw(&quorum, "/");
    text_put_int(&quorum, body->corroboration.perspectives_used.value);
    body->corroboration.quorum = buf_str(&quorum);

    struct writer writer = {.out = out, .omit = FIELD_ADDED};
    text_put_raw(out, "{");
    schema_write_fields(&writer, &HEAD, body);
    schema_write_fields(&writer, &ECHOES[body->request.check.check_type], body);
    schema_write_fields(&writer, &TAIL, body);
    if (response->primary) {
        text_put_key(out, "primary_perspective");
        put_perspective(out, "primary", response->primary, body);
    }
    if (response->disagreement_count > 0)
        put_disagreement(out, response, body->share == SIZE_MAX);
    if (body->left_out > 0) {
        text_put_key(out, "previous_attempts_left_out");
        text_put_int(out, (int64_t)body->left_out);
    }
    text_put_raw(out, "}");
    buf_clear(&quorum);
}

void response_write_whole(const struct mpic_response *response, struct buf *out)
{
    struct response_body body = {.share = SIZE_MAX};
    put_response(response, &body, out);
}

/* --- where that is too long ------------------------------------------------------------------ */

/* What the response takes without its check_responses. */
static size_t measure_frame(const struct mpic_response *response, size_t left_out)
{
    struct response_body body = {.left_out = left_out};
    struct buf frame = {0};
    put_response(response, &body, &frame);
    size_t n = frame.n;
    buf_clear(&frame);
    return n;
}

static void add_size(size_t *sizes, size_t *count, const struct check_result *result, size_t most)
{
    struct buf text = {.max = most};
    wire_encode_check_result(result, &text);
    sizes[(*count)++] = text.n;
    buf_clear(&text);
}

static size_t count_results(const struct mpic_response *response, size_t left_out)
{
    size_t count = response->primary != NULL;
    for (size_t i = left_out; i < response->attempt_count; i++)
        count += response->attempts[i].count;
    return count;
}

/* What each check_response may have beside a frame of that many bytes: at most some times its equal part, so
 * that it does not cost more to measure than to write. */
static size_t find_share(const struct mpic_response *response, size_t left_out, size_t frame)
{
    enum { TIMES = 4 };
    size_t all = count_results(response, left_out), count = 0;
    size_t *sizes = xcalloc(all + 1, sizeof *sizes);
    size_t total = LIMIT_RESPONSE_BYTES > frame ? LIMIT_RESPONSE_BYTES - frame : 0;
    size_t most = TIMES * (total / (all + 1)) + RESULT_LEAST_BYTES;
    for (size_t i = left_out; i < response->attempt_count; i++)
        for (size_t k = 0; k < response->attempts[i].count; k++)
            add_size(sizes, &count, &response->attempts[i].results[k].result, most);
    if (response->primary)
        add_size(sizes, &count, &response->primary->result, most);
    size_t share = evidence_share(sizes, count, total);
    free(sizes);
    if (share < RESULT_LEAST_BYTES)
        return RESULT_LEAST_BYTES;
    return share < most ? share : most;
}

void wire_encode_mpic_response(const struct mpic_response *response, struct buf *out)
{
    struct buf whole = {.max = LIMIT_RESPONSE_BYTES};
    response_write_whole(response, &whole);
    if (!whole.overflow) {
        buf_append(out, whole.p, whole.n);
        buf_clear(&whole);
        return;
    }
    buf_clear(&whole);
    struct response_body body = {0};
    size_t frame = measure_frame(response, body.left_out);
    while (body.left_out + 1 < response->attempt_count &&
           frame + count_results(response, body.left_out) * RESULT_LEAST_BYTES >
               LIMIT_RESPONSE_BYTES)
        frame = measure_frame(response, ++body.left_out);
    body.share = find_share(response, body.left_out, frame);
    put_response(response, &body, out);
}

bool wire_decode_mpic_response(struct bytes body, const struct mpic_request *request,
                               struct arena *arena, struct wire_mpic_view *out, struct err *err)
{
    *out = (struct wire_mpic_view){0};
    struct load_error load_err = {0};
    json_t *json = load_json(body, SIZE_MAX, &load_err);
    if (!json)
        return err_set(err, ERR_PARSE, "the answer is no JSON: %s at byte %zu", load_err.text,
                       load_err.position);
    struct response_body seen = {.response.request = request};
    struct reader reader = {.arena = arena, .err = err, .cut = true};
    schema_read(&reader, &HEAD, json, &seen);
    if (!reader.failed)
        schema_read_fields(&reader, &TAIL, json, &seen);
    json_decref(json);
    if (reader.failed)
        return false;
    *out = (struct wire_mpic_view){
        .is_valid = seen.response.is_valid,
        .mpic_completed = seen.response.mpic_completed,
        .perspective_count = seen.used.perspective_count,
        .quorum_count = seen.used.quorum_count,
        .attempt_count = seen.used.attempt_count,
        .perspectives = seen.last.results,
        .count = seen.last.count,
        .corroborating = seen.corroboration.corroborating,
        .required = seen.corroboration.required,
        .rirs = seen.corroboration.rirs,
        .findings = seen.compliance.findings,
        .finding_count = seen.compliance.finding_count,
        .reason = seen.response.conclusion,
    };
    return true;
}

/* Adds a line with the text of `value`, if it is one. */
static void add_line(struct buf *lines, struct arena *arena, const struct json_t *value)
{
    const char *text = reader_text(value);
    if (!text)
        return;
    if (lines->n > 0)
        text_put_raw(lines, "\n");
    text_put_raw(lines, str_report(arena, bytes_of(text), LIMIT_ISSUE_INPUT_BYTES));
}

/* The texts of a list of issues: ours, the reference's, FastAPI's. */
static void add_issues(struct buf *lines, struct arena *arena, const struct json_t *issues)
{
    size_t i;
    json_t *issue;
    json_array_foreach(issues, i, issue)
    {
        const json_t *message = json_object_get(issue, "message");
        add_line(lines, arena, message ? message : json_object_get(issue, "msg"));
    }
}

const char *wire_describe_refusal(struct bytes body, struct arena *arena)
{
    struct load_error err = {0};
    json_t *json = load_json(body, SIZE_MAX, &err);
    if (!json)
        return str_report(arena, body, LIMIT_ISSUE_INPUT_BYTES);
    struct buf lines = {0};
    add_issues(&lines, arena, json_object_get(json, "validation_issues"));
    if (lines.n == 0)
        add_line(&lines, arena, json_object_get(json, "error"));
    if (lines.n == 0) {
        add_issues(&lines, arena, json_object_get(json, "detail"));
        add_line(&lines, arena, json_object_get(json, "detail"));
    }
    if (lines.n == 0)
        text_put_raw(&lines, str_report(arena, body, LIMIT_ISSUE_INPUT_BYTES));
    const char *text = arena_strdup(arena, buf_str(&lines));
    buf_clear(&lines);
    json_decref(json);
    return text;
}
