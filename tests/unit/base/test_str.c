#include "base/str.h"
#include "base/strv.h"
#include "support/unit.h"

#include <string.h>

#define B(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static void test_ascii_classes_know_exactly_their_characters(void **state)
{
    (void)state;
    for (int c = -128; c < 128; c++) {
        bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
        bool digit = c >= '0' && c <= '9';
        assert_int_equal(ascii_lower((char)c), upper ? c + 32 : c);
        assert_int_equal(ascii_is_digit((char)c), digit);
        assert_int_equal(ascii_is_alnum((char)c), digit || upper || lower);
    }
}

static void test_str_eq_null_equals_null_only(void **state)
{
    (void)state;
    assert_true(str_eq("a", "a"));
    assert_false(str_eq("a", "A"));
    assert_false(str_eq("a", "ab"));
    assert_false(str_eq("a", NULL));
    assert_false(str_eq(NULL, "a"));
    assert_true(str_eq(NULL, NULL));
    assert_true(str_eq_nocase("aB", "Ab"));
    assert_false(str_eq_nocase("a", "ab"));
    assert_false(str_eq_nocase("", NULL));
    assert_false(str_eq_nocase(NULL, ""));
    assert_true(str_eq_nocase(NULL, NULL));
}

static void test_str_starts_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts_with("https://a", "https://"));
    assert_true(str_starts_with("a", ""));
    assert_false(str_starts_with("http", "https"));
    assert_false(str_starts_with("", "a"));
    assert_true(str_ends_with("1.in-addr.arpa", ".arpa"));
    assert_true(str_ends_with("a", ""));
    assert_true(str_ends_with("a", "a"));
    assert_false(str_ends_with("arpa", ".arpa"));
    assert_false(str_ends_with("arpb", "arpa"));
}

/* Bytes and how they are shown, with at most `max` of them. */
struct show_case {
    struct bytes bytes;
    size_t max;
    const char *shown;
    const char *why;
};

static const struct show_case escape_cases[] = {
    {{NULL, 0}, 10, "", "nothing"},
    {B(" az~"), 10, " az~", "printable ASCII stays"},
    {B("\"\\"), 10, "\\\"\\\\", "quote and backslash get a backslash"},
    {B("\0\x1F\x7F\x80\xFF"), 10, "\\000\\031\\127\\128\\255", "everything else is decimal"},
    {B("\xC3\xA4"), 10, "\\195\\164", "UTF-8 too"},
    {B("abc"), 3, "abc", "just fits"},
    {B("abcd"), 3, "abc...", "cut"},
    {B("\xFF\xFF"), 1, "\\255...", "the bound counts bytes of input"},
    {B("a"), 0, "...", "nothing of it"},
};

static const struct show_case report_cases[] = {
    {{NULL, 0}, 10, "", "nothing"},
    {B("a \"\\ \xC3\xA4"), 10, "a \"\\ \xC3\xA4", "UTF-8 is unchanged, quotes as well"},
    {B("\xC3\xA4 \0"), 10, "\\195\\164 \\000", "NUL"},
    {B("a\n"), 10, "a\\010", "line feed"},
    {B("a\x7F"), 10, "a\\127", "DEL"},
    {B("\xC2\x85"), 10, "\\194\\133", "C1"},
    {B("\xE4"), 10, "\\228", "not UTF-8"},
    {B("ab\xC3\xA4"), 4, "ab\xC3\xA4", "just fits"},
    {B("ab\xC3\xA4"), 3, "ab...", "a character that does not fit is left out"},
    {B("ab\xC3\xA4z"), 4, "ab\xC3\xA4...", "cut after a character"},
    {B("\xF0\x9F\x98\x80"), 3, "...", "cut to nothing"},
    {B("a\xFFzzz"), 2, "a\\255...", "cut and escaped"},
};

static void test_str_unescape_reads_what_str_escape_writes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct bytes bytes; /* p NULL: no bytes */
    } rows[] = {
        {"", {(const uint8_t *)"", 0}},
        {"plain \"", {(const uint8_t *)"plain \"", 7}},
        {"a\\\"\\\\b", {(const uint8_t *)"a\"\\b", 4}},
        {"\\000\\255x", {(const uint8_t *)"\0\xffx", 3}},
        {"\\256", {NULL, 0}},
        {"x\\", {NULL, 0}},
        {"\\1", {NULL, 0}},
        {"\\12x", {NULL, 0}},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bytes out;
        bool is_good = str_unescape(arena, bytes_of(rows[i].text), &out);
        if (is_good != (rows[i].bytes.p != NULL) || (is_good && !bytes_eq(out, rows[i].bytes)))
            fail_msg("%s", rows[i].text);
    }
    uint8_t all[256];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)i;
    struct bytes bytes = {all, sizeof all}, out;
    assert_true(str_unescape(arena, bytes_of(str_escape(arena, bytes, sizeof all)), &out));
    assert_true(bytes_eq(out, bytes));
    arena_free(arena);
}

static void test_str_escape_makes_bytes_printable(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof escape_cases / sizeof *escape_cases; i++) {
        const struct show_case *c = &escape_cases[i];
        if (!str_eq(str_escape(arena, c->bytes, c->max), c->shown))
            fail_msg("%s: %s", c->why, str_escape(arena, c->bytes, c->max));
    }
    arena_free(arena);
}

static void test_str_report_keeps_clean_utf8_and_escapes_the_rest(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof report_cases / sizeof *report_cases; i++) {
        const struct show_case *c = &report_cases[i];
        if (!str_eq(str_report(arena, c->bytes, c->max), c->shown))
            fail_msg("%s: %s", c->why, str_report(arena, c->bytes, c->max));
    }
    arena_free(arena);
}

static void test_str_show_is_bounded_by_what_it_writes(void **state)
{
    (void)state;
    char shown[STR_SHOWN_MAX];
    char hundred[101] = {0};
    memset(hundred, 'a', 100);
    assert_string_equal(str_show(shown, bytes_of("")), "");
    assert_string_equal(str_show(shown, bytes_of("a\"\n")), "a\\\"\\010");
    assert_string_equal(str_show(shown, bytes_of(hundred)), hundred);
    memset(hundred, 0xFF, 100);
    assert_int_equal(strlen(str_show(shown, bytes_of(hundred))), 103);
    assert_true(str_ends_with(shown, "\\255..."));
    memset(hundred, 'a', 98);
    str_show(shown, bytes_of(hundred));
    assert_true(str_ends_with(shown, "aa...")); /* an escape sequence is never cut in two */
}

static void test_strv_has_exactly_or_without_case(void **state)
{
    (void)state;
    const char *items[] = {"ca.example", "Other.example"};
    struct strv v = {items, 2, true};
    assert_true(strv_has(&v, "ca.example"));
    assert_true(strv_has(&v, "Other.example"));
    assert_false(strv_has(&v, "other.example"));
    assert_false(strv_has(&v, "ca.exampl"));
    struct strv absent = {0};
    assert_false(strv_has(&absent, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ascii_classes_know_exactly_their_characters),
        cmocka_unit_test(test_str_eq_null_equals_null_only),
        cmocka_unit_test(test_str_starts_and_ends),
        cmocka_unit_test(test_str_escape_makes_bytes_printable),
        cmocka_unit_test(test_str_unescape_reads_what_str_escape_writes),
        cmocka_unit_test(test_str_report_keeps_clean_utf8_and_escapes_the_rest),
        cmocka_unit_test(test_str_show_is_bounded_by_what_it_writes),
        cmocka_unit_test(test_strv_has_exactly_or_without_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
