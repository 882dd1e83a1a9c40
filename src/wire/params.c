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

static void check_record_type(struct reader *reader, struct json_t *value, const char *expected)
{
    reader_value_error(reader, value,
                       arena_printf(reader->arena, "Record type must be one of %s, got %s",
                                    expected, json_string_value(value)));
}

static void check_dns_change_type(struct reader *reader, const struct field *field,
                                  struct json_t *value, const void *object)
{
    (void)field;
    enum dcv_record_type type = ((const struct dcv_params *)object)->dns_record_type;
    if (type != DCV_RECORD_CNAME && type != DCV_RECORD_TXT && type != DCV_RECORD_CAA)
        check_record_type(reader, value, "'CNAME', 'TXT' or 'CAA'");
}

static void check_address_type(struct reader *reader, const struct field *field,
                               struct json_t *value, const void *object)
{
    (void)field;
    enum dcv_record_type type = ((const struct dcv_params *)object)->dns_record_type;
    if (type != DCV_RECORD_A && type != DCV_RECORD_AAAA)
        check_record_type(reader, value, "'A' or 'AAAA'");
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

/* Rows. The names of properties are those of the members. */
#define DCV(kind, member, flags) FIELD(#member, kind, struct dcv_params, member, flags)
#define METHOD                                                                                     \
    FIELD("validation_method", KIND_ENUM, struct dcv_params, method, FIELD_REQUIRED),              \
        .names = &DCV_METHODS
#define EXACT_CASE(only) DCV(KIND_LITERAL_BOOL, require_exact_case, 0), .fallback = (only)
#define RECORD_TYPE(only)                                                                          \
    DCV(KIND_LITERAL_ENUM, dns_record_type, 0), .names = &RECORD_TYPES, .fallback = (only)
#define PREFIX(...)                                                                                \
    DCV(KIND_LITERAL_TEXT, dns_name_prefix, 0), .literals = (const char *const[])                  \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define FREE_PREFIX            DCV(KIND_STRING, dns_name_prefix, FIELD_NULLABLE)
#define CHALLENGE              DCV(KIND_STRING, challenge_value, FIELD_REQUIRED)
#define KEY_AUTHORIZATION_HASH DCV(KIND_STRING, key_authorization_hash, FIELD_REQUIRED)
#define HEADERS                DCV(KIND_HEADERS, http_headers, FIELD_NULLABLE)

/* BR 3.2.2.5.8: below the reverse name of an address the record has a name of its own. */
#define IP_PERSISTENT_PREFIX "_ip-validation-persist"

static const struct field WEBSITE_CHANGE[] = {
    {METHOD},
    {DCV(KIND_BOOL, require_exact_case, 0), .fallback = true},
    {CHALLENGE},
    {DCV(KIND_STRING, http_token_path, FIELD_REQUIRED)},
    {DCV(KIND_ENUM, url_scheme, 0), .names = &URL_SCHEMES, .fallback = SCHEME_HTTP},
    {HEADERS},
    {DCV(KIND_STRING, match_regex, FIELD_NULLABLE)},
};
static const struct field DNS_CHANGE[] = {
    {METHOD},
    {DCV(KIND_BOOL, require_exact_case, 0), .fallback = true},
    {CHALLENGE},
    {FREE_PREFIX},
    {DCV(KIND_ENUM, dns_record_type, FIELD_REQUIRED), .names = &RECORD_TYPES,
     .check = check_dns_change_type},
    {DCV(KIND_BOOL, require_exact_match, 0)},
};
static const struct field DNS_PERSISTENT[] = {
    {METHOD},
    {EXACT_CASE(false)},
    {RECORD_TYPE(DCV_RECORD_TXT)},
    {PREFIX("_validation-persist", IP_PERSISTENT_PREFIX)},
    {DCV(KIND_STRINGS, issuer_domain_names, FIELD_REQUIRED), .check = check_issuers},
    {DCV(KIND_STRING, expected_account_uri, FIELD_REQUIRED), .check = check_uri},
    {DCV(KIND_ENUM, wildcard_policy, FIELD_ADDED), .names = &WILDCARD_POLICIES,
     .fallback = WILDCARD_BASELINE},
};
static const struct field ACME_HTTP_01[] = {
    {METHOD},
    {EXACT_CASE(true)},
    {DCV(KIND_STRING, token, FIELD_REQUIRED)},
    {DCV(KIND_STRING, key_authorization, FIELD_REQUIRED)},
    {HEADERS},
};
static const struct field ACME_DNS_01[] = {
    {METHOD},
    {EXACT_CASE(true)},
    {KEY_AUTHORIZATION_HASH},
    {RECORD_TYPE(DCV_RECORD_TXT)},
    {PREFIX("_acme-challenge")},
};
static const struct field ACME_TLS_ALPN_01[] = {
    {METHOD},
    {EXACT_CASE(false)},
    {KEY_AUTHORIZATION_HASH},
};
static const struct field CONTACT_EMAIL_TXT[] = {
    {METHOD},
    {EXACT_CASE(false)},
    {CHALLENGE},
    {PREFIX("_validation-contactemail")},
    {RECORD_TYPE(DCV_RECORD_TXT)},
};
static const struct field CONTACT_PHONE_TXT[] = {
    {METHOD},
    {EXACT_CASE(false)},
    {CHALLENGE},
    {PREFIX("_validation-contactphone")},
    {RECORD_TYPE(DCV_RECORD_TXT)},
};
static const struct field CONTACT_CAA[] = {
    {METHOD}, {EXACT_CASE(false)}, {CHALLENGE}, {FREE_PREFIX}, {RECORD_TYPE(DCV_RECORD_CAA)},
};
static const struct field IP_ADDRESS[] = {
    {METHOD},
    {EXACT_CASE(false)},
    {CHALLENGE},
    {FREE_PREFIX},
    {DCV(KIND_ENUM, dns_record_type, FIELD_REQUIRED), .names = &RECORD_TYPES,
     .check = check_address_type},
};
static const struct field REVERSE_ADDRESS_LOOKUP[] = {
    {METHOD}, {EXACT_CASE(false)}, {CHALLENGE}, {FREE_PREFIX}, {RECORD_TYPE(DCV_RECORD_PTR)},
};
/* BR 3.2.2.4.21: not in the reference's requests. */
static const struct field DNS_ACCOUNT_01[] = {
    {METHOD},
    {EXACT_CASE(true)},
    {KEY_AUTHORIZATION_HASH},
    {DCV(KIND_STRING, account_uri, FIELD_REQUIRED), .check = check_uri},
    {FREE_PREFIX},
    {RECORD_TYPE(DCV_RECORD_TXT)},
};

#define METHOD_SCHEMA(array) SCHEMA(array, struct dcv_params)
static const struct schema DCV_PARAMS[DCV_METHOD_COUNT] = {
    [DCV_WEBSITE_CHANGE] = METHOD_SCHEMA(WEBSITE_CHANGE),
    [DCV_DNS_CHANGE] = METHOD_SCHEMA(DNS_CHANGE),
    [DCV_DNS_PERSISTENT] = METHOD_SCHEMA(DNS_PERSISTENT),
    [DCV_ACME_HTTP_01] = METHOD_SCHEMA(ACME_HTTP_01),
    [DCV_ACME_DNS_01] = METHOD_SCHEMA(ACME_DNS_01),
    [DCV_ACME_TLS_ALPN_01] = METHOD_SCHEMA(ACME_TLS_ALPN_01),
    [DCV_CONTACT_EMAIL_TXT] = METHOD_SCHEMA(CONTACT_EMAIL_TXT),
    [DCV_CONTACT_PHONE_TXT] = METHOD_SCHEMA(CONTACT_PHONE_TXT),
    [DCV_CONTACT_EMAIL_CAA] = METHOD_SCHEMA(CONTACT_CAA),
    [DCV_CONTACT_PHONE_CAA] = METHOD_SCHEMA(CONTACT_CAA),
    [DCV_IP_ADDRESS] = METHOD_SCHEMA(IP_ADDRESS),
    [DCV_REVERSE_ADDRESS_LOOKUP] = METHOD_SCHEMA(REVERSE_ADDRESS_LOOKUP),
    [DCV_DNS_ACCOUNT_01] = METHOD_SCHEMA(DNS_ACCOUNT_01),
};

void params_choose_prefix(const struct json_t *body, struct check_request *request)
{
    const struct json_t *params = json_object_get(body, "dcv_check_parameters");
    if (!json_object_get(params, "dns_name_prefix"))
        wire_choose_dcv_prefix(request);
}

void wire_choose_dcv_prefix(struct check_request *request)
{
    if (request->check_type != CHECK_DCV || request->dcv.method != DCV_DNS_PERSISTENT)
        return;
    struct target target;
    struct err ignored; /* an unusable target is answered as such, later */
    if (target_parse(request->target, &target, &ignored) && target_is_ip(&target))
        request->dcv.dns_name_prefix = IP_PERSISTENT_PREFIX;
}

void wire_init_dcv_params(struct dcv_params *params, enum dcv_method method)
{
    *params = (struct dcv_params){0};
    schema_set_defaults(&DCV_PARAMS[method], params);
    params->method = method;
}

static void dcv_write(struct writer *writer, const struct field *field, const void *object)
{
    const struct dcv_params *params = CONST_MEMBER(field, object);
    schema_write(writer, &DCV_PARAMS[params->method], params);
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
    if (!tag) {
        tag_missing_fault(reader, value);
    } else if (!text || !dcv_method_parse(text, &method)) {
        tag_fault(reader, value, tag);
    } else {
        reader_enter(reader, dcv_method_str(method), 0);
        schema_read_fields(reader, &DCV_PARAMS[method], value, params);
        reader_leave(reader);
        /* Names compare without case: only text can be compared exactly. */
        if (method == DCV_DNS_CHANGE && params->dns_record_type != DCV_RECORD_TXT)
            params->require_exact_case = false;
    }
}

const struct field_kind KIND_DCV_PARAMS = {NULL, dcv_write, dcv_read, NULL};
