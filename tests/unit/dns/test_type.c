#include "dns/type.h"
#include "support/unit.h"

static void test_types_that_mean_something_have_names(void **state)
{
    (void)state;
    static const struct {
        uint16_t type;
        const char *name;
    } rows[] = {
        {1, "A"},   {2, "NS"},   {5, "CNAME"}, {6, "SOA"}, {12, "PTR"},
        {15, "MX"}, {16, "TXT"}, {28, "AAAA"}, {43, "DS"}, {257, "CAA"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(dns_type_name(rows[i].type), rows[i].name);
        assert_string_equal(dns_type_str(rows[i].type), rows[i].name);
    }
}

static void test_other_types_have_none(void **state)
{
    (void)state;
    static const uint16_t types[] = {0, 3, 65, 256, 258, 65535};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_null(dns_type_name(types[i]));
        assert_string_equal(dns_type_str(types[i]), "TYPE");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_that_mean_something_have_names),
        cmocka_unit_test(test_other_types_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
