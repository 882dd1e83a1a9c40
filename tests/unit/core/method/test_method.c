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

/* "_acme-challenge", or several such labels. */
static bool is_prefix(const char *prefix)
{
    return prefix[0] == '_' && prefix[strlen(prefix) - 1] != '.' && !strstr(prefix, "..");
}

static void check_record_rule(const struct method *row)
{
    const struct record_rule *rule = &row->record;
    assert_int_not_equal(rule->types[0], DCV_RECORD_NONE);
    for (size_t i = 0; i < METHOD_TYPES_MAX; i++)
        for (size_t k = i + 1; k < METHOD_TYPES_MAX; k++)
            assert_true(rule->types[k] == DCV_RECORD_NONE ||
                        (rule->types[i] != DCV_RECORD_NONE && rule->types[i] != rule->types[k]));
    if (method_has_choice_of_type(row))
        assert_true(method_takes_type(row, rule->usual_type));
    else
        assert_int_equal(rule->usual_type, DCV_RECORD_NONE);
    /* BR 3.2.2.4.7: what is asked below the name begins with an underscore, so that it is no host. */
    assert_true(!rule->prefix || is_prefix(rule->prefix));
    assert_true(!rule->ip_prefix || (is_prefix(rule->ip_prefix) && row->rule.ip_clause));
    assert_true(!rule->has_account_label || rule->prefix);
    assert_true(!rule->takes_label || !rule->prefix);
    /* A search goes from name to name: there is no place for a prefix. */
    assert_true(!rule->climbs || (!rule->prefix && !rule->takes_label));
    assert_true((!rule->climbs && !rule->caa_tag) ||
                (rule->types[0] == DCV_RECORD_CAA && !method_has_choice_of_type(row)));
}

static void test_row_has_what_its_kind_needs(void **state)
{
    (void)state;
    const struct method *row;
    for (size_t i = 0; (row = row_at(i)); i++) {
        assert_int_equal(row->kind == METHOD_CAA, row->method == DCV_NONE);
        assert_int_equal(row->kind == METHOD_RECORD, row->record.expects != EXPECTS_NOTHING);
        assert_int_equal(row->kind == METHOD_HTTP, row->page != PAGE_ANY);
        if (row->kind == METHOD_RECORD)
            check_record_rule(row);
        else
            assert_int_equal(row->record.types[0], DCV_RECORD_NONE);
    }
}

static void test_each_expectation_is_of_a_row(void **state)
{
    (void)state;
    for (int expects = EXPECTS_NOTHING; expects < EXPECTS_COUNT; expects++) {
        const struct method *row;
        size_t i = 0;
        while ((row = row_at(i)) && (int)row->record.expects != expects)
            i++;
        assert_non_null(row);
    }
}

static void test_types_of_a_row_are_taken_and_no_others(void **state)
{
    (void)state;
    const struct method *change = method_get(DCV_DNS_CHANGE), *txt = method_get(DCV_ACME_DNS_01);
    assert_true(method_has_choice_of_type(change));
    assert_true(method_takes_type(change, DCV_RECORD_TXT));
    assert_true(method_takes_type(change, DCV_RECORD_CNAME));
    assert_true(method_takes_type(change, DCV_RECORD_CAA));
    assert_false(method_takes_type(change, DCV_RECORD_A));
    assert_false(method_takes_type(change, DCV_RECORD_NONE));
    assert_false(method_has_choice_of_type(txt));
    assert_true(method_takes_type(txt, DCV_RECORD_TXT));
    assert_false(method_takes_type(txt, DCV_RECORD_NONE)); /* its unused places are none of these */
}

static void test_fit_of_a_target_is_told(void **state)
{
    (void)state;
    static const struct {
        enum dcv_method method;
        const char *target;
        enum method_fit fit;
    } fits[] = {
        {DCV_NONE, "*.a.example", METHOD_FITS},
        {DCV_NONE, "192.0.2.1", METHOD_FITS},
        {DCV_ACME_DNS_01, "a.example", METHOD_FITS},
        {DCV_ACME_DNS_01, "*.a.example", METHOD_FITS},
        {DCV_ACME_DNS_01, "192.0.2.1", METHOD_NOT_FOR_ADDRESSES},
        {DCV_ACME_HTTP_01, "2001:db8::1", METHOD_FITS},
        {DCV_ACME_HTTP_01, "*.a.example", METHOD_NOT_FOR_WILDCARDS},
        {DCV_DNS_PERSISTENT, "2001:db8::1", METHOD_FITS},
        {DCV_REVERSE_ADDRESS_LOOKUP, "192.0.2.1", METHOD_FITS},
        {DCV_REVERSE_ADDRESS_LOOKUP, "1.2.0.192.in-addr.arpa", METHOD_FITS},
        {DCV_REVERSE_ADDRESS_LOOKUP, "a.example", METHOD_FOR_REVERSE_ONLY},
        {DCV_REVERSE_ADDRESS_LOOKUP, "*.2.0.192.in-addr.arpa", METHOD_NOT_FOR_WILDCARDS},
    };
    for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++) {
        struct target target;
        struct err err;
        assert_true(target_parse(fits[i].target, &target, &err));
        if (method_fit(method_get(fits[i].method), &target) != fits[i].fit)
            fail_msg("%s of %s", method_get(fits[i].method)->name, fits[i].target);
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
        cmocka_unit_test(test_row_has_what_its_kind_needs),
        cmocka_unit_test(test_each_expectation_is_of_a_row),
        cmocka_unit_test(test_types_of_a_row_are_taken_and_no_others),
        cmocka_unit_test(test_fit_of_a_target_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
