#include "base/bytes.h"
#include "support/unit.h"

#include <string.h>
#include <time.h>

/* The bytes of a literal, with the NULs in it. */
#define B(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static const struct bytes nothing = {NULL, 0};

static void test_bytes_of_text_and_null(void **state)
{
    (void)state;
    assert_int_equal(bytes_of("abc").n, 3);
    assert_memory_equal(bytes_of("abc").p, "abc", 3);
    assert_int_equal(bytes_of("").n, 0);
    assert_int_equal(bytes_of(NULL).n, 0);
    assert_null(bytes_of(NULL).p);
}

static void test_bytes_eq_compares_both_lengths_and_all_bytes(void **state)
{
    (void)state;
    assert_true(bytes_eq(B("acme-tls/1"), B("acme-tls/1")));
    assert_false(bytes_eq(B("acme-tls/1"), B("acme-tls/10"))); /* a prefix is not equal */
    assert_false(bytes_eq(B("acme-tls/10"), B("acme-tls/1")));
    assert_false(bytes_eq(B("a\0b"), B("a\0c")));
    assert_false(bytes_eq(B("a"), B("A")));
    assert_true(bytes_eq(nothing, B("")));
    assert_false(bytes_eq(nothing, B("a")));
}

static void test_bytes_eq_nocase_ignores_ascii_case_only(void **state)
{
    (void)state;
    assert_true(bytes_eq_nocase(B("Issue\0Z"), B("iSSUE\0z")));
    assert_false(bytes_eq_nocase(B("issue"), B("issued")));
    assert_false(bytes_eq_nocase(B("@["), B("`{"))); /* neighbours of the letters */
    assert_false(bytes_eq_nocase(B("\xC3\x84"), B("\xC3\xA4")));
    assert_true(bytes_eq_nocase(nothing, nothing));
}

static void test_bytes_contain_finds_at_every_place(void **state)
{
    (void)state;
    assert_true(bytes_contain(B("abcdef"), B("abc")));
    assert_true(bytes_contain(B("abcdef"), B("cd")));
    assert_true(bytes_contain(B("abcdef"), B("def")));
    assert_true(bytes_contain(B("aab"), B("ab")));
    assert_true(bytes_contain(B("abc"), B("abc")));
    assert_false(bytes_contain(B("abcdef"), B("CD")));
    assert_false(bytes_contain(B("ab"), B("abc")));
    assert_true(bytes_contain(B("a"), nothing));
    assert_true(bytes_contain(nothing, nothing));
    assert_false(bytes_contain(nothing, B("a")));
    assert_true(bytes_contain_nocase(B("abCDef"), B("cd")));
    assert_false(bytes_contain_nocase(B("abCDef"), B("ce")));
}

static void test_bytes_find_tells_the_first_place(void **state)
{
    (void)state;
    assert_int_equal(bytes_find(B("abcabc"), B("bc")), 1);
    assert_int_equal(bytes_find(B("abc"), B("BC")), SIZE_MAX);
    assert_int_equal(bytes_find(B("abc"), (struct bytes){NULL, 0}), 0);
    assert_int_equal(bytes_find_nocase(B("aBcabc"), B("bC")), 1);
    assert_int_equal(bytes_find_nocase(B("ab"), B("abc")), SIZE_MAX);
    assert_int_equal(bytes_find_nocase(B("@a"), B("`A")), SIZE_MAX);
}

/* What a caller expects and what an applicant shows: trying each place took 10 s. */
static void test_bytes_find_is_linear(void **state)
{
    (void)state;
    static uint8_t haystack[65536], needle[32768];
    memset(haystack, 'a', sizeof haystack);
    memset(needle, 'a', sizeof needle);
    needle[sizeof needle - 1] = 'b';
    clock_t start = clock();
    assert_false(bytes_contain((struct bytes){haystack, sizeof haystack},
                               (struct bytes){needle, sizeof needle}));
    assert_false(bytes_contain_nocase((struct bytes){haystack, sizeof haystack},
                                      (struct bytes){needle, sizeof needle}));
    assert_true((clock() - start) * 1000 / CLOCKS_PER_SEC < 200);
}

/* RFC 3629 section 4, rule by rule: each border from both sides. */
static const struct {
    struct bytes bytes;
    bool utf8;
    const char *why;
} utf8_cases[] = {
    {{NULL, 0}, true, "nothing is well formed"},
    {B("plain \x7F\0 text"), true, "ASCII with NUL"},
    {B("\x80"), false, "continuation without a lead"},
    {B("\xBF"), false, "continuation without a lead"},
    {B("\xC0\x80"), false, "overlong NUL"},
    {B("\xC1\xBF"), false, "overlong DEL"},
    {B("\xC2\x80"), true, "U+0080"},
    {B("\xDF\xBF"), true, "U+07FF"},
    {B("\xC2"), false, "cut after one"},
    {B("\xC2\x7F"), false, "second byte too low"},
    {B("\xC2\xC0"), false, "second byte too high"},
    {B("\xE0\x9F\xBF"), false, "overlong U+07FF"},
    {B("\xE0\xA0\x80"), true, "U+0800"},
    {B("\xED\x9F\xBF"), true, "U+D7FF"},
    {B("\xED\xA0\x80"), false, "surrogate U+D800"},
    {B("\xED\xBF\xBF"), false, "surrogate U+DFFF"},
    {B("\xEE\x80\x80"), true, "U+E000"},
    {B("\xEF\xBF\xBF"), true, "U+FFFF"},
    {B("\xE2\x82"), false, "cut after two"},
    {B("\xE2\x82\x7F"), false, "third byte too low"},
    {B("\xE2\x82\xC0"), false, "third byte too high"},
    {B("\xF0\x8F\xBF\xBF"), false, "overlong U+FFFF"},
    {B("\xF0\x90\x80\x80"), true, "U+10000"},
    {B("\xF4\x8F\xBF\xBF"), true, "U+10FFFF"},
    {B("\xF4\x90\x80\x80"), false, "U+110000"},
    {B("\xF5\x80\x80\x80"), false, "lead beyond U+10FFFF"},
    {B("\xFF"), false, "never a lead"},
    {B("\xF0\x9F\x98"), false, "cut after three"},
    {B("\xF0\x9F\x98\x28"), false, "fourth byte wrong"},
    {B("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z"), true, "every length in a row"},
    {B("good \xC3\xA4 then \xFF"), false, "wrong at the end"},
};

static void test_bytes_is_utf8_borders_as_in_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof utf8_cases / sizeof *utf8_cases; i++)
        if (bytes_is_utf8(utf8_cases[i].bytes) != utf8_cases[i].utf8)
            fail_msg("row %zu: %s", i, utf8_cases[i].why);
}

static void test_bytes_has_control_knows_c0_del_and_c1(void **state)
{
    (void)state;
    assert_false(bytes_has_control(nothing));
    assert_false(bytes_has_control(B(" ~ \xC3\xA4")));
    static const struct bytes turning[] = {B("a\xE2\x80\x8E"), B("\xE2\x80\x8F"),
                                           B("\xE2\x80\xAA"),  B("x\xE2\x80\xAEy"),
                                           B("\xE2\x81\xA6"),  B("\xE2\x81\xA9")};
    for (size_t i = 0; i < sizeof turning / sizeof *turning; i++)
        assert_true(bytes_has_control(turning[i]));
    static const struct bytes plain[] = {B("\xE2\x80\x8D"), B("\xE2\x80\x93"), B("\xE2\x80\xAF"),
                                         B("\xE2\x81\xA5"), B("\xE2\x81\xAA"), B("\xE2\x82\xAC")};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        assert_false(bytes_has_control(plain[i]));
    assert_true(bytes_has_control(B("a\0")));
    assert_true(bytes_has_control(B("\x1F")));
    assert_true(bytes_has_control(B("a\x7F")));
    assert_true(bytes_has_control(B("\xC2\x80")));
    assert_true(bytes_has_control(B("x\xC2\x9B"
                                    "31m")));
    assert_true(bytes_has_control(B("\xC2\x9F")));
    assert_false(bytes_has_control(B("\xC2\xA0")));     /* U+00A0, a blank */
    assert_false(bytes_has_control(B("\xE2\x82\x9B"))); /* the same byte inside U+209B */
}

static void test_bytes_utf8_cut_never_splits_a_character(void **state)
{
    (void)state;
    struct bytes text = B("a\xE2\x82\xAC\xF0\x9F\x98\x80");
    const size_t expected[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 8};
    for (size_t max = 0; max < sizeof expected / sizeof *expected; max++)
        assert_int_equal(bytes_utf8_cut(text, max), expected[max]);
    assert_int_equal(bytes_utf8_cut(nothing, 5), 0);
}

static void test_bytes_utf8_cut_of_other_bytes_cuts_anywhere(void **state)
{
    (void)state;
    assert_int_equal(bytes_utf8_cut(B("\x80\x80\x80\x80\x80\x80\x80\x80"), 5), 5);
    assert_int_equal(bytes_utf8_cut(B("\x80\x80\x80"), 2), 2);
    assert_int_equal(bytes_utf8_cut(B("\x80\x80\x80"), 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_of_text_and_null),
        cmocka_unit_test(test_bytes_eq_compares_both_lengths_and_all_bytes),
        cmocka_unit_test(test_bytes_eq_nocase_ignores_ascii_case_only),
        cmocka_unit_test(test_bytes_contain_finds_at_every_place),
        cmocka_unit_test(test_bytes_find_tells_the_first_place),
        cmocka_unit_test(test_bytes_find_is_linear),
        cmocka_unit_test(test_bytes_is_utf8_borders_as_in_the_rfc),
        cmocka_unit_test(test_bytes_has_control_knows_c0_del_and_c1),
        cmocka_unit_test(test_bytes_utf8_cut_never_splits_a_character),
        cmocka_unit_test(test_bytes_utf8_cut_of_other_bytes_cuts_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
