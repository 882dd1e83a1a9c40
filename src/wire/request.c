/* Requests: POST /mpic, and POST /caa and /dcv between coordinator and perspective. */
#include "base/limits.h"
#include "base/str.h"
#include "wire/issues.h"
#include "wire/names.h"
#include "wire/params.h"
#include "wire/schema.h"
#include "wire/wire.h"

#include <jansson.h>

/* The rows that both models of a request have, in the reference's order. */
#define MPIC_FIELDS(type)                                                                          \
    {FIELD("domain_or_ip_target", KIND_STRING, struct mpic_request, check.target,                  \
           FIELD_REQUIRED)},                                                                       \
        {FIELD("check_type", KIND_LITERAL_ENUM, struct mpic_request, check.check_type, 0),         \
         .names = &CHECK_TYPES, .fallback = (type)},                                               \
        {FIELD("orchestration_parameters", KIND_OBJECT, struct mpic_request, orchestration,        \
               FIELD_NULLABLE),                                                                    \
         .schema = &ORCHESTRATION,                                                                 \
         .given_offset = offsetof(struct mpic_request, has_orchestration)},                        \
        {FIELD("trace_identifier", KIND_STRING, struct mpic_request, check.trace_identifier,       \
               FIELD_NULLABLE)},                                                                   \
    {                                                                                              \
        FIELD("applied_for_name", KIND_STRING, struct mpic_request, applied_for_name,              \
              FIELD_NULLABLE | FIELD_ADDED)                                                        \
    }

static const struct field MPIC_CAA[] = {
    MPIC_FIELDS(CHECK_CAA),
    {FIELD("caa_check_parameters", KIND_OBJECT, struct mpic_request, check.caa, FIELD_NULLABLE),
     .schema = &CAA_PARAMS, .given_offset = offsetof(struct mpic_request, check.has_caa_params)},
};
static const struct field MPIC_DCV[] = {
    MPIC_FIELDS(CHECK_DCV),
    {FIELD("dcv_check_parameters", KIND_DCV_PARAMS, struct mpic_request, check.dcv,
           FIELD_REQUIRED)},
};
static const struct field CHECK_CAA_FIELDS[] = {
    {FIELD("domain_or_ip_target", KIND_STRING, struct check_request, target, FIELD_REQUIRED)},
    {FIELD("trace_identifier", KIND_STRING, struct check_request, trace_identifier,
           FIELD_NULLABLE)},
    {FIELD("caa_check_parameters", KIND_OBJECT, struct check_request, caa, FIELD_NULLABLE),
     .schema = &CAA_PARAMS, .given_offset = offsetof(struct check_request, has_caa_params)},
};
static const struct field CHECK_DCV_FIELDS[] = {
    {FIELD("domain_or_ip_target", KIND_STRING, struct check_request, target, FIELD_REQUIRED)},
    {FIELD("trace_identifier", KIND_STRING, struct check_request, trace_identifier,
           FIELD_NULLABLE)},
    {FIELD("dcv_check_parameters", KIND_DCV_PARAMS, struct check_request, dcv, FIELD_REQUIRED)},
};

static const struct schema MPIC_REQUESTS[] = {
    [CHECK_CAA] = SCHEMA(MPIC_CAA, struct mpic_request),
    [CHECK_DCV] = SCHEMA(MPIC_DCV, struct mpic_request),
};
static const struct schema CHECK_REQUESTS[] = {
    [CHECK_CAA] = SCHEMA(CHECK_CAA_FIELDS, struct check_request),
    [CHECK_DCV] = SCHEMA(CHECK_DCV_FIELDS, struct check_request),
};
/* As the reference calls its models in `loc`. */
static const char *const MPIC_CLASSES[] = {"MpicCaaRequest", "MpicDcvRequest"};

static bool read_mpic(struct json_t *json, enum check_type type, struct arena *arena,
                      struct wire_issues *issues, struct mpic_request *out)
{
    struct reader reader = {.arena = arena, .issues = issues};
    *out = (struct mpic_request){0};
    reader_enter(&reader, MPIC_CLASSES[type], 0);
    schema_read(&reader, &MPIC_REQUESTS[type], json, out);
    return !reader.failed;
}

/*
 * Which of the two models a body is of. Without `check_type` the reference tries both, so that a
 * body with bad dcv_check_parameters is taken for a CAA check and may be answered "valid": whoever
 * sends parameters of a domain control check asks for one.
 */
static enum check_type choose_type(const struct json_t *json)
{
    const struct json_t *type = json_object_get(json, "check_type");
    const struct json_t *params = json_object_get(json, "dcv_check_parameters");
    if (type) {
        const char *text = reader_text(type);
        return text && str_eq(text, check_type_str(CHECK_DCV)) ? CHECK_DCV : CHECK_CAA;
    }
    return params && !json_is_null(params) ? CHECK_DCV : CHECK_CAA;
}

bool wire_decode_mpic_request(struct bytes body, struct arena *arena, struct mpic_request *out,
                              struct wire_issues *issues)
{
    json_t *json = issues_load_json(body, issues);
    if (!json)
        return false;
    enum check_type type = choose_type(json);
    bool is_good = read_mpic(json, type, arena, NULL, out);
    if (is_good) {
        params_choose_prefix(json, &out->check);
    } else {
        /* A refusal lists what is wrong with the body as either kind of request. */
        struct mpic_request ignored;
        read_mpic(json, CHECK_CAA, arena, issues, &ignored);
        read_mpic(json, CHECK_DCV, arena, issues, &ignored);
    }
    json_decref(json);
    return is_good;
}

bool wire_decode_check_request(struct bytes body, enum check_type type, struct arena *arena,
                               struct check_request *out, struct wire_issues *issues)
{
    json_t *json = issues_load_json(body, issues);
    if (!json)
        return false;
    struct reader reader = {.arena = arena, .issues = issues};
    *out = (struct check_request){.check_type = type};
    schema_read(&reader, &CHECK_REQUESTS[type], json, out);
    if (!reader.failed)
        params_choose_prefix(json, out);
    json_decref(json);
    return !reader.failed;
}

void wire_encode_check_request(const struct check_request *request, struct buf *out)
{
    struct writer writer = {.out = out, .omit = FIELD_ADDED};
    schema_write(&writer, &CHECK_REQUESTS[request->check_type], request);
}

void wire_encode_mpic_request(const struct mpic_request *request, struct buf *out)
{
    struct writer writer = {.out = out, .omit = FIELD_ADDED};
    schema_write(&writer, &MPIC_REQUESTS[request->check.check_type], request);
}
