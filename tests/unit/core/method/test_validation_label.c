/* By which label a CAA record may grant the method of a request (RFC 8657 section 4, BR 4.2.2.1.2). */
#include "core/method/validation_label.h"

#include "core/method/baseline.h"
#include "support/unit.h"

#include <string.h>

#define LIST(...)                                                                                  \
    ((struct strv){.items = (const char *const[]){__VA_ARGS__},                                    \
                   .count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),           \
                   .present = true})

/* "Concatenating the string 'ca-tbr-' with the BR 3.2.2.4 subsection number": the clauses say it. */
static void test_labels_follow_from_the_clause_of_the_method(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (int method = DCV_NONE + 1; method < DCV_METHOD_COUNT; method++) {
        const char *clause = baseline_method((enum dcv_method)method)->dns_clause;
        const char *tbr = validation_labels_of((enum dcv_method)method).tbr;
        static const char of_names[] = "3.2.2.4.";
        if (strncmp(clause, of_names, strlen(of_names)) != 0)
            assert_null(tbr);
        else
            assert_string_equal(tbr, arena_printf(arena, "ca-tbr-%s", clause + strlen(of_names)));
    }
    assert_null(validation_labels_of(DCV_NONE).tbr);
    assert_null(validation_labels_of(DCV_NONE).acme);
    arena_free(arena);
}

static const struct {
    const char *method; /* NULL: the label is given */
    const char *given;
    const char *granted;
    bool grants;
} rows[] = {
    {"acme-http-01", NULL, "http-01", true},
    {"acme-http-01", NULL, "ca-tbr-19", true},
    {"acme-http-01", NULL, "ca-tbr-18", false},
    {"acme-http-01", NULL, "dns-01", false},
    {"acme-http-01", NULL, "ca-tbr-1", false},
    {"acme-http-01", NULL, "", false},
    {"acme-dns-01", NULL, "dns-01", true},
    {"acme-dns-01", NULL, "ca-tbr-7", true},
    {"dns-change", NULL, "ca-tbr-7", true},
    {"dns-change", NULL, "dns-01", false},
    {"acme-tls-alpn-01", NULL, "tls-alpn-01", true},
    {"acme-tls-alpn-01", NULL, "ca-tbr-20", true},
    {"dns-account-01", NULL, "ca-tbr-21", true},
    {"dns-account-01", NULL, "dns-01", false},
    {"dns-persistent", NULL, "dns-persist-01", true},
    {"dns-persistent", NULL, "ca-tbr-22", true},
    {"website-change", NULL, "ca-tbr-18", true},
    {"website-change", NULL, "http-01", false},
    {"contact-email-caa", NULL, "ca-tbr-13", true},
    {"contact-email-txt", NULL, "ca-tbr-14", true},
    {"contact-phone-txt", NULL, "ca-tbr-16", true},
    {"contact-phone-caa", NULL, "ca-tbr-17", true},
    {"ip-address", NULL, "ca-tbr-8", true},
    {"reverse-address-lookup", NULL, "ca-tbr-3", false},
    {"reverse-address-lookup", NULL, "", false},
    {"no-method", NULL, "no-method", false},
    {NULL, "http-01", "http-01", true},
    {NULL, "http-01", "ca-tbr-19", true},
    {NULL, "ca-tbr-19", "http-01", true},
    {NULL, "ca-tbr-19", "ca-tbr-19", true},
    {NULL, "tls-alpn-01", "ca-tbr-20", true},
    {NULL, "ca-tbr-20", "tls-alpn-01", true},
    {NULL, "ca-tbr-21", "dns-account-01", true},
    {NULL, "ca-tbr-22", "dns-persist-01", true},
    {NULL, "dns-01", "ca-tbr-7", true},
    {NULL, "ca-tbr-7", "ca-tbr-7", true},
    {NULL, "ca-tbr-7", "dns-01", false},
    {NULL, "ca-email", "ca-email", true},
    {NULL, "ca-email", "ca-tbr-14", false},
    {NULL, "http-01", "HTTP-01", false},
    {NULL, "http-01", "http-0", false},
};

static void test_what_stands_for_one_mechanism_grants_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct caa_params params = {.validation_method = rows[i].method};
        const struct strv given = LIST("unrelated", rows[i].given);
        if (rows[i].given)
            params.validation_method_labels = given;
        assert_true(validation_labels_are_given(&params));
        if (validation_label_grants(&params, bytes_of(rows[i].granted), false) != rows[i].grants)
            fail_msg("%s for %s", rows[i].granted, rows[i].given ? rows[i].given : rows[i].method);
    }
}

static void test_case_is_ignored_only_where_that_is_set(void **state)
{
    (void)state;
    struct caa_params params = {.validation_method_labels = LIST("Http-01")};
    assert_false(validation_label_grants(&params, bytes_of("http-01"), false));
    assert_true(validation_label_grants(&params, bytes_of("HTTP-01"), true));
    assert_true(validation_label_grants(&params, bytes_of("CA-TBR-19"), true));
    params.validation_method_labels = LIST("CA-TBR-7");
    assert_false(validation_label_grants(&params, bytes_of("dns-01"), true));
    params = (struct caa_params){.validation_method = "acme-dns-01"};
    assert_false(validation_label_grants(&params, bytes_of("DNS-01"), false));
    assert_true(validation_label_grants(&params, bytes_of("DNS-01"), true));
}

static void test_nothing_given_grants_nothing(void **state)
{
    (void)state;
    const struct caa_params nothing = {0};
    assert_false(validation_labels_are_given(&nothing));
    assert_false(validation_label_grants(&nothing, bytes_of("http-01"), true));
    const struct caa_params empty = {.validation_method_labels.present = true};
    assert_true(validation_labels_are_given(&empty));
    assert_false(validation_label_grants(&empty, bytes_of("http-01"), true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels_follow_from_the_clause_of_the_method),
        cmocka_unit_test(test_what_stands_for_one_mechanism_grants_it),
        cmocka_unit_test(test_case_is_ignored_only_where_that_is_set),
        cmocka_unit_test(test_nothing_given_grants_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
