/* JSON text, whatever the bytes. */
#include "wire/text.h"

#include "base/str.h"
#include "support/unit.h"

#include <jansson.h>
#include <string.h>

static void test_strings_are_escaped_as_the_reference_does(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {NULL, "null"},
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"a/b", "\"a/b\""},
        {"\"\\\b\f\n\r\t", "\"\\\"\\\\\\b\\f\\n\\r\\t\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
        {"\xc3\xbc\xf0\x9f\x98\x80", "\"\xc3\xbc\xf0\x9f\x98\x80\""},
        {"\xff", "\"\xef\xbf\xbd\""},
        {"a\xc3", "\"a\xef\xbf\xbd\""},
        {"\xed\xa0\x80z", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
        {"good \xc3\xbc \"bad\" \xc0\x80",
         "\"good \xef\xbf\xbd\xef\xbf\xbd \\\"bad\\\" \xef\xbf\xbd"
         "\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = {0};
        text_put_string(&out, rows[i].in);
        assert_string_equal(buf_str(&out), rows[i].out);
        buf_clear(&out);
    }
}

static void test_all_bytes_give_json(void **state)
{
    (void)state;
    uint8_t all[512];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)i;
    struct buf out = {0};
    text_put_bytes(&out, (struct bytes){all, sizeof all});
    json_error_t error;
    json_t *json = json_loadb((const char *)out.p, out.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    assert_non_null(json);
    assert_int_equal(json_string_length(json), 2 * (128 + 128 * 3));
    json_decref(json);
    buf_clear(&out);
}

static void test_integers_are_written_whole(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *out;
    } rows[] = {
        {0, "0"},
        {-1, "-1"},
        {1764000000000000001, "1764000000000000001"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = {0};
        text_put_int(&out, rows[i].value);
        assert_string_equal(buf_str(&out), rows[i].out);
        buf_clear(&out);
    }
}

static void test_separators_stand_between_values_only(void **state)
{
    (void)state;
    struct buf out = {0};
    text_put_separator(&out); /* nothing to separate from */
    text_put_raw(&out, "{");
    text_put_key(&out, "a");
    text_put_bool(&out, true);
    text_put_key(&out, "b");
    text_put_raw(&out, "[");
    text_put_separator(&out);
    text_put_bool(&out, false);
    text_put_separator(&out);
    text_put_string(&out, "[");
    text_put_separator(&out);
    text_put_string(&out, "{");
    text_put_raw(&out, "]}");
    assert_string_equal(buf_str(&out), "{\"a\":true,\"b\":[false,\"[\",\"{\"]}");
    buf_clear(&out);
}

static void test_cut_keeps_characters_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max, expected;
    } rows[] = {
        {"abc", 3, 3},
        {"abc", 2, 2},
        {"abc", 0, 0},
        {"a\xc3\xbc", 2, 1},
        {"a\xc3\xbcz", 3, 3},
        {"\xf0\x9f\x98\x80", 3, 0},
        {"\xf0\x9f\x98\x80", 4, 4},
        {"\x80\x80\x80", 1, 0},
        {"", 5, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(text_cut(bytes_of(rows[i].text), rows[i].max), rows[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings_are_escaped_as_the_reference_does),
        cmocka_unit_test(test_all_bytes_give_json),
        cmocka_unit_test(test_integers_are_written_whole),
        cmocka_unit_test(test_separators_stand_between_values_only),
        cmocka_unit_test(test_cut_keeps_characters_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
