/* docs/openapi.json says of the validation methods what the table of methods says. */
#include "core/method/check.h"
#include "support/unit.h"
#include "wire/names.h"

#include <jansson.h>
#include <string.h>

static json_t *document;

static int load(void **state)
{
    (void)state;
    json_error_t error;
    document = json_load_file("../../docs/openapi.json", 0, &error);
    if (!document)
        fail_msg("%s", error.text);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(document);
    return 0;
}

static const json_t *schema_called(const char *name)
{
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    const json_t *schema = json_object_get(schemas, name);
    if (!schema)
        fail_msg("there is no schema %s", name);
    return schema;
}

static bool lists(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), text) == 0)
            return true;
    return false;
}

static bool is_text(const json_t *value, const char *text)
{
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

/* {"oneOf":[{"$ref":…},…]} */
static bool refers_to(const json_t *schema, const char *reference)
{
    const json_t *choices = json_object_get(schema, "oneOf");
    for (size_t i = 0; i < json_array_size(choices); i++)
        if (is_text(json_object_get(json_array_get(choices, i), "$ref"), reference))
            return true;
    return false;
}

static const struct method *dcv_row(size_t i)
{
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t k = 0; k < count; k++)
        if (rows[k].kind != METHOD_CAA && i-- == 0)
            return &rows[k];
    return NULL;
}

/* The schema of the method's parameters, or of their echo. */
static const json_t *schema_of(const struct method *method, bool is_echo)
{
    const json_t *choice = schema_called("DcvCheckParameters");
    const json_t *mapping = json_object_get(json_object_get(choice, "discriminator"), "mapping");
    const char *reference = json_string_value(json_object_get(mapping, method->name));
    if (!reference)
        fail_msg("DcvCheckParameters does not map %s", method->name);
    char name[128];
    snprintf(name, sizeof name, "%s%s", reference, is_echo ? "Echo" : "");
    assert_true(refers_to(is_echo ? schema_called("DcvCheckParametersEcho") : choice, name));
    return schema_called(strrchr(name, '/') + 1);
}

/* --- one property ---------------------------------------------------------------------------- */

struct place {
    const struct method *method;
    const struct method_param *param;
    const json_t *property;
    bool is_echo;
};

static void check(const struct place *at, bool holds, const char *what)
{
    if (!holds)
        fail_msg("%s of %s%s: %s", param_info(at->param->param)->name, at->method->name,
                 at->is_echo ? ", echo" : "", what);
}

static bool has_type(const json_t *property, const char *type, bool is_nullable)
{
    const json_t *types = json_object_get(property, "type");
    return is_nullable ? json_array_size(types) == 2 && lists(types, type) && lists(types, "null")
                       : is_text(types, type);
}

/* "Default: `x`": in requests only, an echo has it. */
static bool tells_default(const struct place *at, const char *value)
{
    char text[64];
    snprintf(text, sizeof text, "Default: `%s`", value);
    const char *told = json_string_value(json_object_get(at->property, "description"));
    return at->is_echo || (told && strstr(told, text));
}

static void check_texts(const struct place *at, const json_t *list, const char *const *texts,
                        size_t count)
{
    check(at, json_array_size(list) == count, "it has other values");
    for (size_t i = 0; i < count; i++)
        check(at, is_text(json_array_get(list, i), texts[i]), "it has other values");
}

static void check_enum(const struct place *at, const struct enum_names *names)
{
    const char *texts[8];
    size_t count = 0;
    for (int i = names->first; i < names->end; i++)
        texts[count++] = names->name(i);
    check(at, has_type(at->property, "string", false), "it has another type");
    check_texts(at, json_object_get(at->property, "enum"), texts, count);
    check(at, tells_default(at, names->name(at->param->value)), "the default is not told");
}

static void check_text(const struct place *at)
{
    const struct record_rule *rule = &at->method->record;
    const char *const prefixes[] = {rule->prefix, rule->ip_prefix};
    bool is_nullable =
        at->param->presence == PARAM_OPTIONAL || at->param->presence == PARAM_DERIVED;
    check(at, has_type(at->property, "string", is_nullable), "it has another type");
    if (at->param->presence != PARAM_FIXED)
        check(at, !json_object_get(at->property, "const") && !json_object_get(at->property, "enum"),
              "it is said to be fixed");
    else if (rule->ip_prefix)
        check_texts(at, json_object_get(at->property, "enum"), prefixes, 2);
    else
        check(at, is_text(json_object_get(at->property, "const"), rule->prefix),
              "it is said to be fixed otherwise");
}

static void check_flag(const struct place *at)
{
    const json_t *fixed = json_object_get(at->property, "const");
    check(at, has_type(at->property, "boolean", false), "it has another type");
    if (at->param->presence == PARAM_FIXED)
        check(at, json_is_boolean(fixed) && json_is_true(fixed) == (bool)at->param->value,
              "it is said to be fixed otherwise");
    else
        check(at, !fixed, "it is said to be fixed");
    check(at, tells_default(at, at->param->value ? "true" : "false"), "the default is not told");
}

static void check_record_type(const struct place *at)
{
    const enum dcv_record_type *types = at->method->record.types;
    const char *names[METHOD_TYPES_MAX];
    size_t count = 0;
    while (count < METHOD_TYPES_MAX && types[count] != DCV_RECORD_NONE) {
        names[count] = dcv_record_type_str(types[count]);
        count++;
    }
    check(at, has_type(at->property, "string", false), "it has another type");
    if (at->param->presence == PARAM_FIXED)
        check(at, is_text(json_object_get(at->property, "const"), names[0]),
              "it is said to be fixed otherwise");
    else
        check_texts(at, json_object_get(at->property, "enum"), names, count);
}

static void check_property(const struct place *at)
{
    bool is_optional = at->param->presence == PARAM_OPTIONAL;
    switch (param_info(at->param->param)->kind) {
    case PARAM_KIND_TEXT:
        check_text(at);
        return;
    case PARAM_KIND_TEXTS:
        check(at, has_type(at->property, "array", is_optional), "it has another type");
        return;
    case PARAM_KIND_FLAG:
        check_flag(at);
        return;
    case PARAM_KIND_HEADERS:
        check(at, has_type(at->property, "object", is_optional), "it has another type");
        return;
    case PARAM_KIND_RECORD_TYPE:
        check_record_type(at);
        return;
    case PARAM_KIND_URL_SCHEME:
        check_enum(at, &URL_SCHEMES);
        return;
    case PARAM_KIND_WILDCARD_POLICY:
        check_enum(at, &WILDCARD_POLICIES);
        return;
    case PARAM_KIND_COUNT:
        break;
    }
    fail_msg("a kind that this test does not know");
}

/* --- the methods ----------------------------------------------------------------------------- */

static void check_params(const struct method *method, bool is_echo)
{
    const json_t *schema = schema_of(method, is_echo);
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    size_t count = 1, required_count = 1;
    assert_true(lists(required, "validation_method"));
    assert_true(is_text(json_object_get(json_object_get(properties, "validation_method"), "const"),
                        method->name));
    for (size_t i = 0; i < METHOD_PARAMS_MAX && method->params[i].presence; i++) {
        const struct param_info *info = param_info(method->params[i].param);
        struct place at = {method, &method->params[i], json_object_get(properties, info->name),
                           is_echo};
        bool is_required = is_echo ? !info->is_added : method->params[i].presence == PARAM_REQUIRED;
        check(&at, at.property != NULL, "it is not there");
        check(&at, lists(required, info->name) == is_required, "required, or not");
        check_property(&at);
        count++;
        required_count += is_required;
    }
    assert_int_equal(json_object_size(properties), count);
    assert_int_equal(json_array_size(required), required_count);
}

static void test_parameters_are_those_of_the_rows(void **state)
{
    (void)state;
    const struct method *method;
    size_t count = 0;
    for (; (method = dcv_row(count)); count++) {
        check_params(method, false);
        check_params(method, true);
    }
    assert_int_equal(json_array_size(json_object_get(schema_called("DcvCheckParameters"), "oneOf")),
                     count);
    assert_int_equal(
        json_array_size(json_object_get(schema_called("DcvCheckParametersEcho"), "oneOf")), count);
}

static void test_descriptions_cite_the_clauses(void **state)
{
    (void)state;
    const struct method *method;
    for (size_t i = 0; (method = dcv_row(i)); i++) {
        const char *text =
            json_string_value(json_object_get(schema_of(method, false), "description"));
        if (!strstr(text, method->rule.dns_clause) ||
            (method->rule.ip_clause && !strstr(text, method->rule.ip_clause)))
            fail_msg("the description of %s lacks a clause: %s", method->name, text);
    }
}

static void test_details_list_the_methods_of_their_kind(void **state)
{
    (void)state;
    static const char *const names[] = {[METHOD_RECORD] = "RecordDetails",
                                        [METHOD_HTTP] = "HttpDetails",
                                        [METHOD_TLS_ALPN] = "TlsAlpnDetails"};
    for (int kind = METHOD_RECORD; kind <= METHOD_TLS_ALPN; kind++) {
        const json_t *properties = json_object_get(schema_called(names[kind]), "properties");
        const json_t *listed =
            json_object_get(json_object_get(properties, "validation_method"), "enum");
        const struct method *method;
        size_t count = 0;
        for (size_t i = 0; (method = dcv_row(i)); i++) {
            if ((int)method->kind != kind)
                continue;
            count++;
            if (!lists(listed, method->name))
                fail_msg("%s does not list %s", names[kind], method->name);
        }
        assert_int_equal(json_array_size(listed), count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_are_those_of_the_rows),
        cmocka_unit_test(test_descriptions_cite_the_clauses),
        cmocka_unit_test(test_details_list_the_methods_of_their_kind),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
