/* Each row of the table of methods is whole, and no two say the same. */
#include "core/method/method.h"

#include "base/str.h"
#include "core/method/baseline.h"
#include "support/unit.h"

#include <string.h>

static const struct method *row_at(size_t i)
{
    size_t count;
    const struct method *rows = method_rows(&count);
    return i < count ? &rows[i] : NULL;
}

static void test_each_method_has_exactly_one_row(void **state)
{
    (void)state;
    unsigned seen[DCV_METHOD_COUNT] = {0};
    const struct method *row;
    for (size_t i = 0; (row = row_at(i)); i++)
        seen[row->method]++;
    for (int method = 0; method < DCV_METHOD_COUNT; method++) {
        assert_int_equal(seen[method], 1);
        assert_int_equal(method_get((enum dcv_method)method)->method, method);
    }
}

static void get_no_method(void *method)
{
    method_get(*(enum dcv_method *)method);
}

static void test_value_that_is_no_method_ends_the_process(void **state)
{
    (void)state;
    enum dcv_method method = DCV_METHOD_COUNT;
    unit_assert_dies(get_no_method, &method);
}

static void test_rows_are_found_by_their_names_only(void **state)
{
    (void)state;
    const struct method *row;
    for (size_t i = 0; (row = row_at(i)); i++) {
        assert_true(row->name[0] != '\0');
        assert_ptr_equal(method_find(row->name), row); /* the first of the name: it is unique */
    }
    assert_null(method_find(""));
    assert_null(method_find("CAA"));
    assert_null(method_find("acme-dns-0"));
    assert_null(method_find("acme-dns-01 "));
}

/* "3.2.2.4.7" */
static bool is_clause_below(const char *clause, const char *section)
{
    const char *number = clause + strlen(section);
    return str_starts_with(clause, section) && *number &&
           strspn(number, "0123456789") == strlen(number);
}

static void test_row_cites_its_clauses(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct method *row;
    for (size_t i = 0; (row = row_at(i)); i++) {
        const struct method_rule *rule = &row->rule;
        if (row->kind == METHOD_CAA) {
            assert_string_equal(rule->dns_clause, "4.2.2.1");
            continue;
        }
        /* BR 3.2.2.4 is about names, BR 3.2.2.5 about addresses; where a method is for addresses
         * only, reverse names are addresses in other letters. */
        assert_true(
            is_clause_below(rule->dns_clause, rule->reverse_names_only ? "3.2.2.5." : "3.2.2.4."));
        if (rule->ip_clause)
            assert_true(is_clause_below(rule->ip_clause, "3.2.2.5."));
        if (!strstr(row->summary, arena_printf(arena, "BR %s", rule->dns_clause)))
            fail_msg("the summary of %s does not cite BR %s", row->name, rule->dns_clause);
    }
    arena_free(arena);
}

static void test_dates_of_a_row_are_days_in_their_order(void **state)
{
    (void)state;
    const struct method *row;
    for (size_t i = 0; (row = row_at(i)); i++) {
        int64_t should_s = 0, must_s = 0;
        if (row->rule.should_not_from)
            assert_true(baseline_parse_date(row->rule.should_not_from, &should_s));
        if (row->rule.must_not_from)
            assert_true(baseline_parse_date(row->rule.must_not_from, &must_s));
        if (row->rule.should_not_from && row->rule.must_not_from)
            assert_true(should_s < must_s);
    }
}

/* A label of ACME names one method; BR's may name several (BR 4.2.2.1.2). */
static void test_acme_label_is_of_one_row(void **state)
{
    (void)state;
    const struct method *row, *other;
    for (size_t i = 0; (row = row_at(i)); i++)
        for (size_t k = i + 1; row->labels.acme && (other = row_at(k)); k++)
            assert_false(str_eq(row->labels.acme, other->labels.acme));
}

static void test_row_tells_people_what_it_is(void **state)
{
    (void)state;
    const struct method *row;
    for (size_t i = 0; (row = row_at(i)); i++) {
        assert_true(row->summary && *row->summary && row->example && *row->example);
        assert_null(strchr(row->summary, '\n'));
        assert_null(strchr(row->example, '\n'));
        assert_true(row->example[0] != '-'); /* the target is first */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_method_has_exactly_one_row),
        cmocka_unit_test(test_value_that_is_no_method_ends_the_process),
        cmocka_unit_test(test_rows_are_found_by_their_names_only),
        cmocka_unit_test(test_row_cites_its_clauses),
        cmocka_unit_test(test_dates_of_a_row_are_days_in_their_order),
        cmocka_unit_test(test_acme_label_is_of_one_row),
        cmocka_unit_test(test_row_tells_people_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
