#include "base/cursor.h"
#include "support/unit.h"

static const uint8_t data[] = {0x01, 0x02, 0x03, 0xFF, 0xFE, 0xFD, 0xFC, 0x7F};
static const struct bytes all = {data, sizeof data};

static void test_cursor_numbers_are_read_in_network_order(void **state)
{
    (void)state;
    struct cursor c = cursor_of(all);
    assert_int_equal(cursor_u8(&c), 0x01);
    assert_int_equal(cursor_u16(&c), 0x0203);
    assert_true(cursor_u32(&c) == 0xFFFEFDFC);
    assert_int_equal(cursor_left(&c), 1);
    assert_true(cursor_ok(&c));
    assert_false(cursor_done(&c));
    assert_int_equal(cursor_u8(&c), 0x7F);
    assert_true(cursor_done(&c));
}

static void test_cursor_read_beyond_the_end_sticks(void **state)
{
    (void)state;
    struct cursor c = cursor_of((struct bytes){data, 3});
    assert_int_equal(cursor_u32(&c), 0); /* no partial value */
    assert_false(cursor_ok(&c));
    assert_false(cursor_done(&c));
    assert_int_equal(cursor_left(&c), 0);
    assert_int_equal(cursor_u8(&c), 0); /* three bytes are there, but the error sticks */
    assert_null(cursor_take(&c, 1).p);
    assert_int_equal(cursor_rest(&c).n, 0);
    cursor_seek(&c, 0);
    assert_false(cursor_ok(&c));
    assert_int_equal(cursor_u8(&c), 0);
}

static void test_cursor_take_and_rest_borrow_the_bytes(void **state)
{
    (void)state;
    struct cursor c = cursor_of(all);
    struct bytes taken = cursor_take(&c, 3);
    assert_ptr_equal(taken.p, data);
    assert_int_equal(taken.n, 3);
    struct bytes none = cursor_take(&c, 0);
    assert_int_equal(none.n, 0);
    assert_true(cursor_ok(&c));
    struct bytes rest = cursor_rest(&c);
    assert_ptr_equal(rest.p, data + 3);
    assert_int_equal(rest.n, 5);
    assert_true(cursor_done(&c));
    assert_int_equal(cursor_rest(&c).n, 0);
    assert_true(cursor_done(&c));
}

static void test_cursor_take_absurd_length_fails(void **state)
{
    (void)state;
    struct cursor c = cursor_of(all);
    cursor_u8(&c);
    assert_int_equal(cursor_take(&c, SIZE_MAX).n, 0); /* at + n wraps around */
    assert_false(cursor_ok(&c));
}

static void test_cursor_of_nothing_is_done(void **state)
{
    (void)state;
    struct cursor c = cursor_of((struct bytes){NULL, 0});
    assert_true(cursor_done(&c));
    assert_int_equal(cursor_take(&c, 0).n, 0);
    assert_int_equal(cursor_rest(&c).n, 0);
    assert_true(cursor_done(&c));
    assert_int_equal(cursor_u8(&c), 0);
    assert_false(cursor_ok(&c));
}

static void test_cursor_seek_within_and_beyond(void **state)
{
    (void)state;
    struct cursor c = cursor_of(all);
    cursor_seek(&c, 7);
    assert_int_equal(cursor_u8(&c), 0x7F);
    cursor_seek(&c, 1);
    assert_int_equal(cursor_u8(&c), 0x02);
    cursor_seek(&c, 8);
    assert_true(cursor_done(&c));
    cursor_seek(&c, 9);
    assert_false(cursor_ok(&c));
}

static void test_cursor_fail_sticks(void **state)
{
    (void)state;
    struct cursor c = cursor_of(all);
    cursor_fail(&c);
    assert_false(cursor_ok(&c));
    assert_int_equal(cursor_u8(&c), 0);
    assert_int_equal(cursor_left(&c), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cursor_numbers_are_read_in_network_order),
        cmocka_unit_test(test_cursor_read_beyond_the_end_sticks),
        cmocka_unit_test(test_cursor_take_and_rest_borrow_the_bytes),
        cmocka_unit_test(test_cursor_take_absurd_length_fails),
        cmocka_unit_test(test_cursor_of_nothing_is_done),
        cmocka_unit_test(test_cursor_seek_within_and_beyond),
        cmocka_unit_test(test_cursor_fail_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
