/* docs/methods.md and docs/api.md say of the validation methods what the table of methods says. */
#include "base/str.h"
#include "core/method/check.h"
#include "support/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { DOCUMENT_MAX = 1 << 18, CELLS_MAX = 8 };

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const char *load(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = arena_alloc(arena, DOCUMENT_MAX);
    size_t n = fread(text, 1, DOCUMENT_MAX, file);
    fclose(file);
    assert_true(n > 0 && n < DOCUMENT_MAX);
    text[n] = '\0';
    return text;
}

/* What stands between the first `begin` and the next `end`; NULL: there is no such part. */
static const char *part(const char *text, const char *begin, const char *end)
{
    const char *from = strstr(text, begin);
    const char *to = from ? strstr(from + strlen(begin), end) : NULL;
    return to ? arena_strndup(arena, from + strlen(begin), (size_t)(to - from) - strlen(begin))
              : NULL;
}

static const char *code(const char *word)
{
    return arena_printf(arena, "`%s`", word);
}

static bool has_code(const char *text, const char *word)
{
    return strstr(text, code(word)) != NULL;
}

/* The cells of the one row of `table` whose first cell names the method. */
static void cells_of(const char *table, const char *name, const char *cells[CELLS_MAX])
{
    size_t found = 0;
    for (const char *line = table; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *row = arena_strndup(arena, line, strcspn(line, "\n"));
        const char *end = row[0] == '|' ? strstr(row + 1, " |") : NULL;
        if (!end || !has_code(arena_strndup(arena, row, (size_t)(end - row)), name))
            continue;
        found++;
        for (size_t i = 0; i < CELLS_MAX; i++) {
            cells[i] = end ? arena_strndup(arena, row + 1, (size_t)(end - row) - 1) : "";
            row = end ? end + 1 : row;
            end = end ? strstr(row + 1, " |") : NULL;
        }
    }
    if (found != 1)
        fail_msg("%s has %zu rows", name, found);
}

static bool says(const char *cell, const char *word)
{
    return str_starts_with(cell + strspn(cell, " "), word);
}

/* --- docs/methods.md ------------------------------------------------------------------------- */

static const char *methods_table(const char *text)
{
    const char *table = part(text, "| method | wildcard |", "\n\n");
    assert_non_null(table);
    return table;
}

/* The section that the first cell links to: "[`a`, `b`](#section)". */
static const char *section_of(const char *text, const char *first_cell)
{
    const char *anchor = part(first_cell, "](#", ")");
    assert_non_null(anchor);
    for (const char *at = text; (at = strstr(at, "\n## ")); at++) {
        const char *body = at + strlen("\n## "), *heading = body;
        char *slug = arena_strndup(arena, heading, strcspn(heading, "\n"));
        for (char *c = slug; *c; c++)
            *c = *c == ' ' ? '-' : ascii_lower(*c);
        const char *next = strstr(body, "\n## ");
        if (str_eq(slug, anchor))
            return next ? arena_strndup(arena, body, (size_t)(next - body)) : body;
    }
    fail_msg("there is no section %s", anchor);
    return "";
}

static void test_table_of_methods_is_that_of_the_rows(void **state)
{
    (void)state;
    const char *table = methods_table(load("../../docs/methods.md"));
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const struct method_rule *rule = &rows[i].rule;
        const char *cells[CELLS_MAX];
        cells_of(table, rows[i].name, cells);
        if (!says(cells[1], rule->wildcards ? "yes" : "no"))
            fail_msg("wildcards of %s: %s", rows[i].name, cells[1]);
        /* CAA is not defined for addresses: there is nothing that could forbid. */
        const char *addresses = rows[i].kind == METHOD_CAA ? "passes"
                                : rule->ip_clause          ? "yes"
                                                           : "no";
        if (!says(cells[2], addresses))
            fail_msg("addresses of %s: %s", rows[i].name, cells[2]);
        bool is_right = rule->must_not_from ? strstr(cells[3], rule->must_not_from) != NULL
                                            : cells[3][strspn(cells[3], " ")] == '\0';
        if (!is_right)
            fail_msg("the end of %s: %s", rows[i].name, cells[3]);
    }
}

static void test_section_of_each_method_has_its_facts(void **state)
{
    (void)state;
    const char *text = load("../../docs/methods.md");
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const char *cells[CELLS_MAX];
        cells_of(methods_table(text), rows[i].name, cells);
        const char *section = section_of(text, cells[0]);
        const char *const facts[] = {rows[i].rule.dns_clause, rows[i].rule.ip_clause,
                                     rows[i].record.prefix, rows[i].record.ip_prefix,
                                     rows[i].record.caa_tag};
        for (size_t k = 0; k < sizeof facts / sizeof facts[0]; k++)
            if (facts[k] && !strstr(section, facts[k]))
                fail_msg("the section of %s lacks %s", rows[i].name, facts[k]);
    }
}

static void test_evidence_to_read_first_is_on_the_wire(void **state)
{
    (void)state;
    static const char *const details[] = {[METHOD_CAA] = "CaaDetails",
                                          [METHOD_RECORD] = "RecordDetails",
                                          [METHOD_HTTP] = "HttpDetails",
                                          [METHOD_TLS_ALPN] = "TlsAlpnDetails"};
    json_t *document = json_load_file("../../docs/openapi.json", 0, NULL);
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    const char *table = methods_table(load("../../docs/methods.md"));
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const char *cells[CELLS_MAX], *name, *end;
        cells_of(table, rows[i].name, cells);
        const json_t *properties =
            json_object_get(json_object_get(schemas, details[rows[i].kind]), "properties");
        name = strchr(cells[4], '`');
        assert_non_null(name);
        for (; name; name = strchr(end + 1, '`')) {
            end = strchr(name + 1, '`');
            const char *property = arena_strndup(arena, name + 1, (size_t)(end - name) - 1);
            if (!json_object_get(properties, property))
                fail_msg("%s: %s is not in %s", rows[i].name, property, details[rows[i].kind]);
        }
    }
    json_decref(document);
}

/* --- docs/api.md ----------------------------------------------------------------------------- */

static void check_param(const struct method *method, const struct method_param *param,
                        const char *cell)
{
    const struct param_info *info = param_info(param->param);
    const char *name = code(info->name), *fixed = "";
    if (!strstr(cell, name))
        fail_msg("%s lacks %s", method->name, name);
    bool is_marked = strstr(cell, arena_printf(arena, "%s!", name)) != NULL;
    if (is_marked != (param->presence == PARAM_REQUIRED))
        fail_msg("%s of %s is required, or not", name, method->name);
    if (info->kind == PARAM_KIND_FLAG)
        fixed = arena_printf(arena, "%s%s%s", name, param->presence == PARAM_FIXED ? " " : " = ",
                             param->value ? "true" : "false");
    else if (param->presence == PARAM_FIXED && info->kind == PARAM_KIND_RECORD_TYPE)
        fixed =
            arena_printf(arena, "%s %s", name, code(dcv_record_type_str(method->record.types[0])));
    else if (param->presence == PARAM_FIXED)
        fixed = code(method->record.prefix);
    if (!strstr(cell, fixed))
        fail_msg("%s: it is %s", method->name, fixed);
}

static void test_parameters_of_each_method_are_told(void **state)
{
    (void)state;
    const char *table =
        part(load("../../docs/api.md"), "| `validation_method` | Properties |", "\n\n");
    assert_non_null(table);
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const char *cells[CELLS_MAX];
        if (rows[i].kind == METHOD_CAA)
            continue;
        cells_of(table, rows[i].name, cells);
        for (int k = 0; k < PARAM_COUNT; k++) {
            const struct method_param *param = method_param(&rows[i], (enum param)k);
            if (param)
                check_param(&rows[i], param, cells[1]);
            else if (has_code(cells[1], param_info((enum param)k)->name))
                fail_msg("%s does not take %s", rows[i].name, param_info((enum param)k)->name);
        }
    }
}

static void test_targets_of_each_method_are_told(void **state)
{
    (void)state;
    const char *text = load("../../docs/api.md");
    const char *no_wildcards = part(text, "wildcards not with", ";");
    const char *addresses = part(text, "IP addresses only with", ";");
    assert_true(no_wildcards && addresses);
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind == METHOD_CAA)
            continue;
        if (has_code(no_wildcards, rows[i].name) == rows[i].rule.wildcards)
            fail_msg("%s and wildcards", rows[i].name);
        if (has_code(addresses, rows[i].name) != (rows[i].rule.ip_clause != NULL))
            fail_msg("%s and addresses", rows[i].name);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_table_of_methods_is_that_of_the_rows),
        TEST(test_section_of_each_method_has_its_facts),
        TEST(test_evidence_to_read_first_is_on_the_wire),
        TEST(test_parameters_of_each_method_are_told),
        TEST(test_targets_of_each_method_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
