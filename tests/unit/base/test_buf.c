#include "base/buf.h"
#include "support/unit.h"

#include <string.h>

static void test_buf_zeroed_is_empty_and_usable(void **state)
{
    (void)state;
    struct buf buf = {0};
    assert_int_equal(buf_bytes(&buf).n, 0);
    assert_string_equal(buf_str(&buf), "");
    assert_true(buf_append(&buf, NULL, 0));
    buf_clear(&buf);
    buf_clear(&buf);
}

static void test_buf_append_unbounded_grows(void **state)
{
    (void)state;
    struct buf buf = {0};
    for (int i = 0; i < 1000; i++)
        assert_true(buf_append(&buf, "0123456789", 10));
    assert_int_equal(buf.n, 10000);
    assert_false(buf.overflow);
    assert_memory_equal(buf_bytes(&buf).p + 9990, "0123456789", 10);
    assert_int_equal(strlen(buf_str(&buf)), 10000);
    buf_clear(&buf);
    assert_int_equal(buf.n, 0);
}

static void test_buf_append_exactly_to_the_bound_is_whole(void **state)
{
    (void)state;
    struct buf buf = {.max = 6};
    assert_true(buf_append(&buf, "abc", 3));
    assert_true(buf_append(&buf, "def", 3));
    assert_false(buf.overflow);
    assert_string_equal(buf_str(&buf), "abcdef");
    buf_clear(&buf);
}

static void test_buf_append_beyond_the_bound_keeps_what_fits(void **state)
{
    (void)state;
    struct buf buf = {.max = 5};
    assert_true(buf_append(&buf, "abc", 3));
    assert_false(buf_append(&buf, "def", 3));
    assert_true(buf.overflow);
    assert_string_equal(buf_str(&buf), "abcde");
    assert_false(buf_append(&buf, "g", 1));
    assert_true(buf_append(&buf, "", 0));
    assert_true(buf.overflow); /* sticky */
    assert_string_equal(buf_str(&buf), "abcde");
    buf_clear(&buf);
    assert_int_equal(buf.max, 5);
    assert_false(buf.overflow);
}

static void test_buf_append_bytes_with_nul_keeps_them(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_append(&buf, "a\0b", 3);
    assert_true(bytes_eq(buf_bytes(&buf), (struct bytes){(const uint8_t *)"a\0b", 3}));
    buf_clear(&buf);
}

static void test_buf_printf_appends_and_obeys_the_bound(void **state)
{
    (void)state;
    struct buf buf = {.max = 300};
    assert_true(buf_printf(&buf, "%s=%d", "a", 1));
    assert_string_equal(buf_str(&buf), "a=1");
    assert_false(buf_printf(&buf, "%400d", 1));
    assert_int_equal(buf.n, 300);
    assert_true(buf.overflow);
    buf_clear(&buf);
}

static void append_half_of_everything(void *arg)
{
    buf_append(arg, "", SIZE_MAX / 2);
}

static void test_buf_absurd_size_ends_the_process(void **state)
{
    (void)state;
    struct buf buf = {0};
    unit_assert_dies(append_half_of_everything, &buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_zeroed_is_empty_and_usable),
        cmocka_unit_test(test_buf_append_unbounded_grows),
        cmocka_unit_test(test_buf_append_exactly_to_the_bound_is_whole),
        cmocka_unit_test(test_buf_append_beyond_the_bound_keeps_what_fits),
        cmocka_unit_test(test_buf_append_bytes_with_nul_keeps_them),
        cmocka_unit_test(test_buf_printf_appends_and_obeys_the_bound),
        cmocka_unit_test(test_buf_absurd_size_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
