#include "base/bytes.h"
#include "base/err.h"
#include "support/unit.h"

#include <string.h>

static void test_err_set_fills_and_returns_false(void **state)
{
    (void)state;
    struct err err = {0};
    assert_false(err_set(&err, ERR_LIMIT, "%d bytes, %d allowed", 9, 8));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(err.text, "9 bytes, 8 allowed");
}

static void test_err_set_may_quote_the_old_text(void **state)
{
    (void)state;
    struct err err = {0};
    err_set(&err, ERR_PARSE, "not a name");
    err_set(&err, ERR_CONFIG, "line 3: %s", err.text);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.text, "line 3: not a name");
}

static void test_err_set_too_long_is_cut(void **state)
{
    (void)state;
    struct err err = {0};
    err_set(&err, ERR_IO, "%0239d", 7);
    assert_int_equal(strlen(err.text), 239);
    assert_int_equal(err.text[238], '7');
    err_set(&err, ERR_IO, "%0240d", 7);
    assert_int_equal(strlen(err.text), 239);
    assert_int_equal(err.text[238], '0');
}

static void test_err_set_too_long_is_cut_between_characters(void **state)
{
    (void)state;
    struct err err = {0};
    for (int before = 234; before < 241; before++) {
        err_set(&err, ERR_IO, "%0*d\xE2\x82\xAC", before, 1);
        assert_true(bytes_is_utf8(bytes_of(err.text)));
        size_t expected = before <= 236 ? (size_t)before + 3 : before < 239 ? (size_t)before : 239;
        assert_int_equal(strlen(err.text), expected);
    }
}

static void test_err_prefix_keeps_code_and_text(void **state)
{
    (void)state;
    struct err err = {0};
    err_set(&err, ERR_IO, "No such file");
    assert_false(err_prefix(&err, "reading %s", "secret"));
    assert_int_equal(err.code, ERR_IO);
    assert_string_equal(err.text, "reading secret: No such file");
}

static void test_err_prefix_too_long_is_cut(void **state)
{
    (void)state;
    struct err err = {0};
    err_set(&err, ERR_IO, "%0239d", 7);
    err_prefix(&err, "long");
    assert_int_equal(strlen(err.text), 239);
    assert_memory_equal(err.text, "long: 000", 9);
    err_prefix(&err, "%0400d", 5);
    assert_int_equal(strlen(err.text), 239);
    assert_int_equal(err.text[238], '0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err_set_fills_and_returns_false),
        cmocka_unit_test(test_err_set_may_quote_the_old_text),
        cmocka_unit_test(test_err_set_too_long_is_cut),
        cmocka_unit_test(test_err_set_too_long_is_cut_between_characters),
        cmocka_unit_test(test_err_prefix_keeps_code_and_text),
        cmocka_unit_test(test_err_prefix_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
