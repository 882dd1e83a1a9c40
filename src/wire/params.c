#include "wire/params.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/corroboration/mpic.h"
#include "core/names/target.h"
#include "core/names/uri.h"
#include "wire/names.h"
#include "wire/text.h"
#include "wire/wire.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ORCHESTRATION_FIELD(member)                                                                \
    {                                                                                              \
        FIELD(#member, KIND_OPT_INT, struct orchestration, member, FIELD_NULLABLE)                 \
    }
static const struct field ORCHESTRATION_FIELDS[] = {
    ORCHESTRATION_FIELD(perspective_count),
    ORCHESTRATION_FIELD(quorum_count),
    ORCHESTRATION_FIELD(max_attempts),
    ORCHESTRATION_FIELD(cohort_for_single_attempt),
};
const struct schema ORCHESTRATION = SCHEMA(ORCHESTRATION_FIELDS, struct orchestration);

static void check_uris(struct reader *reader, const struct field *field, struct json_t *value,
                       const void *object);
static void check_labels(struct reader *reader, const struct field *field, struct json_t *value,
                         const void *object);

static const struct field CAA_FIELDS[] = {
    {FIELD("certificate_type", KIND_ENUM, struct caa_params, certificate_type, 0),
     .names = &CERTIFICATE_TYPES},
    {FIELD("caa_domains", KIND_STRINGS, struct caa_params, caa_domains, FIELD_NULLABLE)},
    {FIELD("allow_lookup_failure", KIND_BOOL, struct caa_params, allow_lookup_failure, 0)},
    {FIELD("account_uris", KIND_STRINGS, struct caa_params, account_uris,
           FIELD_NULLABLE | FIELD_ADDED),
     .check = check_uris},
    {FIELD("validation_method_labels", KIND_STRINGS, struct caa_params, validation_method_labels,
           FIELD_NULLABLE | FIELD_ADDED),
     .check = check_labels},
    {FIELD("validation_method", KIND_STRING, struct caa_params, validation_method,
           FIELD_NULLABLE | FIELD_ADDED)},
};
const struct schema CAA_PARAMS = SCHEMA(CAA_FIELDS, struct caa_params);

/* http_headers: an object from names to strings. The reference takes any value and fails later. */

static bool headers_is_absent(const struct field *field, const void *object)
{
    (void)field;
    return !((const struct dcv_params *)object)->has_http_headers;
}

static void headers_write(struct writer *writer, const struct field *field, const void *object)
{
    (void)field;
    const struct dcv_params *params = object;
    text_put_raw(writer->out, "{");
    for (size_t i = 0; i < params->http_header_count; i++) {
        text_put_key(writer->out, params->http_headers[i].name);
        text_put_string(writer->out, params->http_headers[i].value);
    }
    text_put_raw(writer->out, "}");
}

static void headers_read(struct reader *reader, const struct field *field, struct json_t *value,
                         void *object)
{
    (void)field;
    if (!json_is_object(value)) {
        reader_type_fault(reader, value, "dict_type", "Input should be a valid dictionary");
        return;
    }
    struct dcv_params *params = object;
    struct http_header_param *headers =
        arena_array(reader->arena, json_object_size(value), sizeof *headers);
    size_t count = 0;
    const char *name;
    json_t *text;
    json_object_foreach(value, name, text)
    {
        reader_enter(reader, name, 0);
        headers[count].name = arena_strdup(reader->arena, name);
        headers[count++].value = reader_string(reader, text);
        reader_leave(reader);
    }
    params->has_http_headers = true;
    params->http_headers = headers;
    params->http_header_count = count;
}

static const struct field_kind KIND_HEADERS = {headers_is_absent, headers_write, headers_read,
                                               NULL};

/* Rules for single values that the reference has too; all others are in core. */

static void check_record_type(struct reader *reader, const struct field *field,
                              struct json_t *value, const void *object)
{
    (void)field;
    const struct dcv_params *params = object;
    const struct method *method = method_get(params->method);
    const enum dcv_record_type *types = method->record.types;
    const char *expected = "";
    if (method_takes_type(method, params->dns_record_type))
        return;
    for (size_t i = 0; i < METHOD_TYPES_MAX && types[i] != DCV_RECORD_NONE; i++) {
        bool is_last = i + 1 == METHOD_TYPES_MAX || types[i + 1] == DCV_RECORD_NONE;
        expected = arena_printf(reader->arena, "%s%s'%s'", expected,
                                i == 0    ? ""
                                : is_last ? " or "
                                          : ", ",
                                dcv_record_type_str(types[i]));
    }
    reader_value_error(reader, value,
                       arena_printf(reader->arena, "Record type must be one of %s, got %s",
                                    expected, json_string_value(value)));
}

/* The account of a request, also of one to a perspective (core/corroboration/mpic_parameters.c has the same rule).
 * A record is compared with it byte for byte: what is no URI can stand in no record. */
static void check_account_uri(struct reader *reader, const char *property, struct json_t *value,
                              const char *uri)
{
    if (uri_is_absolute(bytes_of(uri)))
        return;
    const char *shown = str_report(reader->arena, bytes_of(uri), LIMIT_MESSAGE_OUTSIDE_BYTES);
    const char *text =
        arena_printf(reader->arena, "%s must be a valid URI, got %s", property, shown);
    const struct issue issue = {
        .type = "value_error",
        .message = arena_printf(reader->arena, "Value error, %s", text),
        .input = value,
        .context = {{"error", text}},
        .rule_type = "invalid-account-uri",
        .rule_message = arena_printf(reader->arena,
                                     "Invalid account URI: \"%s\" (%s must be an ASCII URI, RFC "
                                     "3986 section 3)",
                                     shown, property),
    };
    reader_fault(reader, &issue);
}

static void check_uri(struct reader *reader, const struct field *field, struct json_t *value,
                      const void *object)
{
    const char *uri = *(const char *const *)CONST_MEMBER(field, object);
    check_account_uri(reader, field->name, value, uri);
}

static void check_uris(struct reader *reader, const struct field *field, struct json_t *value,
                       const void *object)
{
    const struct strv *uris = CONST_MEMBER(field, object);
    for (size_t i = 0; i < uris->count; i++) {
        reader_enter(reader, NULL, i);
        check_account_uri(reader, field->name, json_array_get(value, i), uris->items[i]);
        reader_leave(reader);
    }
}

/* They name one mechanism. A record may have 30,000 labels, and each is compared with each. */
static void check_labels(struct reader *reader, const struct field *field, struct json_t *value,
                         const void *object)
{
    const struct strv *labels = CONST_MEMBER(field, object);
    if (labels->count > LIMIT_METHOD_LABELS)
        reader_type_fault(
            reader, value, "too_long",
            arena_printf(reader->arena,
                         "List should have at most %d items after validation, not %zu",
                         LIMIT_METHOD_LABELS, labels->count));
}

static void check_issuers(struct reader *reader, const struct field *field, struct json_t *value,
                          const void *object)
{
    (void)field;
    const struct strv *issuers = &((const struct dcv_params *)object)->issuer_domain_names;
    if (issuers->count == 0)
        reader_value_error(reader, value,
                           "issuer_domain_names must be a non-empty list of domain names");
    else if (strv_has(issuers, ""))
        reader_value_error(reader, value, "issuer_domain_names must not contain empty strings");
}

/* What a method takes, made of its row in core. */

/* How the kinds of core look in JSON. */
static const struct {
    const struct field_kind *kind, *fixed_kind;
    const struct enum_names *names;
    bool is_nullable; /* null for absence; flags and enums have a default instead */
} KINDS[PARAM_KIND_COUNT] = {
    [PARAM_KIND_TEXT] = {&KIND_STRING, &KIND_LITERAL_TEXT, .is_nullable = true},
    [PARAM_KIND_TEXTS] = {&KIND_STRINGS, .is_nullable = true},
    [PARAM_KIND_FLAG] = {&KIND_BOOL, &KIND_LITERAL_BOOL},
    [PARAM_KIND_HEADERS] = {&KIND_HEADERS, .is_nullable = true},
    [PARAM_KIND_RECORD_TYPE] = {&KIND_ENUM, &KIND_LITERAL_ENUM, .names = &RECORD_TYPES},
    [PARAM_KIND_URL_SCHEME] = {&KIND_ENUM, .names = &URL_SCHEMES},
    [PARAM_KIND_WILDCARD_POLICY] = {&KIND_ENUM, .names = &WILDCARD_POLICIES},
};

static void (*const CHECKS[RULE_COUNT])(struct reader *, const struct field *, struct json_t *,
                                        const void *) = {
    [RULE_RECORD_TYPE] = check_record_type,
    [RULE_ISSUERS] = check_issuers,
    [RULE_URI] = check_uri,
};

struct method_fields {
    struct field fields[METHOD_PARAMS_MAX + 1]; /* validation_method is the first */
    const char *prefixes[3];
    struct schema schema;
};

static unsigned flags_of(const struct method_param *param, const struct param_info *info)
{
    unsigned flags = info->is_added ? FIELD_ADDED : 0;
    if (param->presence == PARAM_REQUIRED)
        return flags | FIELD_REQUIRED;
    bool is_nullable = param->presence != PARAM_FIXED && KINDS[info->kind].is_nullable;
    return flags | (is_nullable ? FIELD_NULLABLE : 0);
}

static struct field field_of(const struct method *method, const struct method_param *param,
                             const char *const *prefixes)
{
    const struct param_info *info = param_info(param->param);
    bool is_fixed = param->presence == PARAM_FIXED;
    bool is_fixed_type = is_fixed && info->kind == PARAM_KIND_RECORD_TYPE;
    return (struct field){
        .name = info->name,
        .kind = is_fixed ? KINDS[info->kind].fixed_kind : KINDS[info->kind].kind,
        .flags = flags_of(param, info),
        .offset = info->offset,
        .names = KINDS[info->kind].names,
        .fallback = is_fixed_type ? (int)method->record.types[0] : param->value,
        .literals = prefixes,
        .check = CHECKS[method_param_rule(param)],
    };
}

static const struct schema *schema_of(enum dcv_method which, struct method_fields *out)
{
    const struct method *method = method_get(which);
    size_t count = 1;
    *out = (struct method_fields){
        .fields = {{FIELD("validation_method", KIND_ENUM, struct dcv_params, method,
                          FIELD_REQUIRED),
                    .names = &DCV_METHODS}},
        .prefixes = {method->record.prefix, method->record.ip_prefix},
    };
    for (size_t i = 0; i < METHOD_PARAMS_MAX && method->params[i].presence; i++)
        out->fields[count++] = field_of(method, &method->params[i], out->prefixes);
    out->schema = (struct schema){out->fields, count, sizeof(struct dcv_params)};
    return &out->schema;
}

void params_choose_prefix(const struct json_t *body, struct check_request *request)
{
    const struct json_t *params = json_object_get(body, "dcv_check_parameters");
    if (!json_object_get(params, "dns_name_prefix"))
        wire_choose_dcv_prefix(request);
}

void wire_choose_dcv_prefix(struct check_request *request)
{
    const char *prefix = method_of_request(request)->record.ip_prefix;
    struct target target;
    struct err ignored; /* an unusable target is answered as such, later */
    if (prefix && target_parse(request->target, &target, &ignored) && target_is_ip(&target))
        request->dcv.dns_name_prefix = prefix;
}

void wire_init_dcv_params(struct dcv_params *params, enum dcv_method method)
{
    struct method_fields fields;
    *params = (struct dcv_params){0};
    schema_set_defaults(schema_of(method, &fields), params);
    params->method = method;
}

static void dcv_write(struct writer *writer, const struct field *field, const void *object)
{
    const struct dcv_params *params = CONST_MEMBER(field, object);
    struct method_fields fields;
    schema_write(writer, schema_of(params->method, &fields), params);
}

static void tag_missing_fault(struct reader *reader, struct json_t *value)
{
    reader_fault(reader,
                 &(struct issue){
                     .type = "union_tag_not_found",
                     .message = "Unable to extract tag using discriminator 'validation_method'",
                     .input = value,
                     .context = {{"discriminator", "'validation_method'"}},
                 });
}

/* A tag of any type, as text for a message. */
static const char *show_tag(struct reader *reader, const struct json_t *tag)
{
    struct bytes text = {(const uint8_t *)json_string_value(tag), json_string_length(tag)};
    if (json_is_string(tag))
        return str_report(reader->arena, text, LIMIT_MESSAGE_OUTSIDE_BYTES);
    char *dump = json_dumps(tag, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *shown = str_report(reader->arena, bytes_of(dump), LIMIT_MESSAGE_OUTSIDE_BYTES);
    free(dump);
    return shown;
}

static void tag_fault(struct reader *reader, struct json_t *value, const struct json_t *tag)
{
    const char *expected = "";
    for (int i = DCV_METHODS.first; i < DCV_METHODS.end; i++)
        expected =
            arena_printf(reader->arena, "%s%s%s", expected, i == DCV_METHODS.first ? "" : ", ",
                         enum_literal(reader, &DCV_METHODS, i));
    const char *shown = show_tag(reader, tag);
    const char *message =
        arena_printf(reader->arena,
                     "Input tag '%s' found using 'validation_method' does not match any of the "
                     "expected tags: %s",
                     shown, expected);
    reader_fault(reader, &(struct issue){
                             .type = "union_tag_invalid",
                             .message = message,
                             .input = value,
                             .context = {{"discriminator", "'validation_method'"},
                                         {"tag", shown},
                                         {"expected_tags", expected}},
                         });
}

static void dcv_read(struct reader *reader, const struct field *field, struct json_t *value,
                     void *object)
{
    struct dcv_params *params = MEMBER(field, object);
    if (!json_is_object(value)) {
        reader_type_fault(reader, value, "model_attributes_type",
                          "Input should be a valid dictionary or object to extract fields from");
        return;
    }
    const struct json_t *tag = json_object_get(value, "validation_method");
    const char *text = reader_text(tag);
    enum dcv_method method = DCV_NONE;
    struct method_fields fields;
    if (!tag) {
        tag_missing_fault(reader, value);
    } else if (!text || !dcv_method_parse(text, &method)) {
        tag_fault(reader, value, tag);
    } else {
        reader_enter(reader, dcv_method_str(method), 0);
        schema_read_fields(reader, schema_of(method, &fields), value, params);
        reader_leave(reader);
        if (!dcv_may_require_exact_case(params))
            params->require_exact_case = false;
    }
}

const struct field_kind KIND_DCV_PARAMS = {NULL, dcv_write, dcv_read, NULL};
