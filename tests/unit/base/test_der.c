#include "base/der.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static void test_take_of_each_length_form_follows_der(void **state)
{
    (void)state;
    const struct {
        struct bytes input;
        bool ok;
        uint8_t tag;
        const char *why;
    } rows[] = {
        {BYTES("\x04\x00"), true, 0x04, "empty"},
        {BYTES("\x04\x02"
               "ab"),
         true, 0x04, "short form"},
        {BYTES("\x30\x03"
               "abc"),
         true, 0x30, "constructed"},
        {BYTES("\x87\x01"
               "x"),
         true, 0x87, "context-specific"},
        {BYTES("\x1E\x01"
               "x"),
         true, 0x1E, "the largest tag of one byte"},
        {BYTES("\x1F\x20\x01"
               "x"),
         false, 0, "a tag of two bytes"},
        {BYTES("\xBF\x81\x20\x01"
               "x"),
         false, 0, "a tag of three bytes"},
        {BYTES("\x04\x80"
               "ab\x00\x00"),
         false, 0, "indefinite"},
        {BYTES("\x04\x81\x02"
               "ab"),
         false, 0, "one byte too many"},
        {BYTES("\x04\x82\x00\x02"
               "ab"),
         false, 0, "two bytes too many"},
        {BYTES("\x04\x85\x00\x00\x00\x00\x02"
               "ab"),
         false, 0, "more bytes than any length"},
        {BYTES("\x04\xFF\x02"
               "ab"),
         false, 0, "the reserved form"},
        {BYTES("\x04\x84\xFF\xFF\xFF\xFF"
               "ab"),
         false, 0, "longer than there is"},
        {BYTES("\x04\x03"
               "ab"),
         false, 0, "one byte is missing"},
        {BYTES("\x04\x81"), false, 0, "the length is missing"},
        {BYTES("\x04"), false, 0, "likewise"},
        {BYTES(""), false, 0, "nothing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cursor cursor = cursor_of(rows[i].input);
        struct der element = der_take(&cursor);
        if (cursor_done(&cursor) != rows[i].ok || element.tag != rows[i].tag)
            fail_msg("%s: tag %d", rows[i].why, element.tag);
        if (!rows[i].ok)
            assert_true(element.value.n == 0 && element.value.p == NULL);
    }
}

static void test_take_of_long_lengths_needs_the_shortest_form(void **state)
{
    (void)state;
    static uint8_t input[70000];
    static const struct {
        size_t length;
        const char *header;
        size_t header_bytes;
        bool ok;
    } rows[] = {
        {127, "\x04\x7F", 2, true},
        {127, "\x04\x81\x7F", 3, false},
        {128, "\x04\x81\x80", 3, true},
        {128, "\x04\x82\x00\x80", 4, false},
        {255, "\x04\x81\xFF", 3, true},
        {256, "\x04\x82\x01\x00", 4, true},
        {65536, "\x04\x83\x01\x00\x00", 5, true},
        {65536, "\x04\x84\x00\x01\x00\x00", 6, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(input, rows[i].header, rows[i].header_bytes);
        struct cursor cursor =
            cursor_of((struct bytes){input, rows[i].header_bytes + rows[i].length});
        struct der element = der_take(&cursor);
        assert_int_equal(cursor_done(&cursor), rows[i].ok);
        assert_int_equal(element.value.n, rows[i].ok ? rows[i].length : 0);
    }
}

static void test_take_leaves_what_follows(void **state)
{
    (void)state;
    struct cursor cursor = cursor_of(BYTES("\x04\x01"
                                           "a\x05\x00"
                                           "rest"));
    struct der first = der_take(&cursor), second = der_take(&cursor);
    assert_true(bytes_eq(first.value, BYTES("a")));
    assert_int_equal(second.tag, 0x05);
    assert_true(bytes_eq(cursor_rest(&cursor), BYTES("rest")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_of_each_length_form_follows_der),
        cmocka_unit_test(test_take_of_long_lengths_needs_the_shortest_form),
        cmocka_unit_test(test_take_leaves_what_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
