#include "core/limits.h"
#include "core/regex.h"
#include "support/unit.h"

#include <string.h>

static void test_check_of_usable_patterns_accepts(void **state)
{
    (void)state;
    static const char *const good[] = {
        "a",
        "^[0-9a-f]{64}$",
        "x+",
        "(?i)token: \\w+",
        "caf\xc3\xa9",
        "(?<name>a)\\k<name>",
        "a|bc",
        ".",
        "(*LIMIT_MATCH=99999999)a",
    };
    struct err err;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!regex_check(good[i], &err))
            fail_msg("%s: %s", good[i], err.text);
}

static void test_check_of_what_is_no_expression_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {"(",  "a)",   "[z-a]",         "*",   "a\\",
                                      "(?", "\xff", "\\p{Nonsense}", "\\C", "a\\Cb"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = {0};
        if (regex_check(bad[i], &err))
            fail_msg("accepted %s", bad[i]);
        assert_int_equal(err.code, ERR_PARSE);
        assert_non_null(strstr(err.text, ", at offset "));
    }
}

static void test_check_of_callouts_refuses(void **state)
{
    (void)state;
    static const char *const calling[] = {"(?C)a", "(?C1)a", "a(?C255)", "a(?C'text')b",
                                          "(?(?C9)(?=a)a|b)"};
    for (size_t i = 0; i < sizeof calling / sizeof calling[0]; i++) {
        struct err err = {0};
        if (regex_check(calling[i], &err))
            fail_msg("accepted %s", calling[i]);
        assert_string_equal(err.text, "it must not have callouts, (?C)");
    }
}

static void test_check_of_what_exhausts_its_own_limit_refuses(void **state)
{
    (void)state;
    struct err err = {0};
    assert_false(regex_check("(*LIMIT_MATCH=0)\\b", &err));
    assert_int_equal(err.code, ERR_LIMIT);
}

static void test_check_of_what_matches_the_empty_text_refuses(void **state)
{
    (void)state;
    static const char *const empty[] = {"",     "a*",   "a?",   "^",      "$",    "^$",
                                        "(?=)", "\\b|", "(a|)", "\\A\\z", "(?!a)"};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        struct err err = {0};
        if (regex_check(empty[i], &err))
            fail_msg("accepted \"%s\"", empty[i]);
        assert_int_equal(err.code, ERR_RANGE);
    }
}

static void test_check_of_length_beyond_the_limit_refuses(void **state)
{
    (void)state;
    char pattern[LIMIT_REGEX_BYTES + 2];
    struct err err;
    memset(pattern, 'a', sizeof pattern);
    pattern[LIMIT_REGEX_BYTES] = '\0';
    assert_true(regex_check(pattern, &err));
    pattern[LIMIT_REGEX_BYTES] = 'a';
    pattern[LIMIT_REGEX_BYTES + 1] = '\0';
    assert_false(regex_check(pattern, &err));
    assert_int_equal(err.code, ERR_LIMIT);
}

static void test_search_finds_as_perl_does(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *subject;
        enum regex_outcome outcome;
        const char *why;
    } rows[] = {
        {"b", "abc", REGEX_MATCH, "anywhere"},
        {"^b", "abc", REGEX_NO_MATCH, "unless anchored"},
        {"B", "abc", REGEX_NO_MATCH, "case counts"},
        {"(?i)B", "abc", REGEX_MATCH, "unless the pattern says otherwise"},
        {"^a$", "b\na\nc", REGEX_NO_MATCH, "^ and $ are the ends of the text, not of lines"},
        {"^\\w+$", "caf\xc3\xa9", REGEX_MATCH, "letters are those of Unicode"},
        {"^....$", "caf\xc3\xa9", REGEX_MATCH, "a character is not a byte"},
        {"b", "\xff\xfe b", REGEX_MATCH, "bytes that are no text hinder nothing around them"},
        {"^.", "\xff", REGEX_NO_MATCH, "and match nothing"},
        {"a.b",
         "a\xff"
         "b",
         REGEX_NO_MATCH, "nor are they crossed"},
        {"(?C1)b", "abc", REGEX_MATCH, "callouts call nobody"},
        {"b", "", REGEX_NO_MATCH, "the empty text"},
        {"(", "(", REGEX_LIMIT, "no expression, no answer"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (regex_search(rows[i].pattern, bytes_of(rows[i].subject)) != rows[i].outcome)
            fail_msg("%s", rows[i].why);
    assert_int_equal(regex_search("a", (struct bytes){NULL, 0}), REGEX_NO_MATCH);
    assert_int_equal(regex_search("b", (struct bytes){(const uint8_t *)"a\0b", 3}), REGEX_MATCH);
}

static void test_search_that_takes_too_long_is_given_up(void **state)
{
    (void)state;
    uint8_t text[10000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'b';
    static const char *const slow[] = {
        "^(a|aa)+$",                          /* exponential */
        "(*LIMIT_MATCH=4000000000)^(a|aa)+$", /* the pattern cannot raise the limit */
        "^(?:(a)(?1)?)+c",                    /* recursion */
        "^(((a|b)*)*)*c",
    };
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++)
        if (regex_search(slow[i], (struct bytes){text, sizeof text}) != REGEX_LIMIT)
            fail_msg("%s", slow[i]);
    /* Neither deep nor large, but long. */
    assert_int_equal(regex_search(slow[0], (struct bytes){&text[sizeof text - 50], 50}),
                     REGEX_LIMIT);
}

/* No single start takes many steps, but there are as many starts as bytes. */
static void test_search_with_many_slow_starts_is_given_up(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        char filler;
    } slow[] = {
        {"\\s+$", ' '},
        {"(?:.{0,200}){1,2}y$", 'a'},
        {"(?:a*+b|a*+c|a*+d|a*+e|a*+f|a*+g|a*+h|a*+i|a*+j|a*+k|a*+l|a*+m|a*+n)y", 'a'},
    };
    static uint8_t text[16384];
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++) {
        memset(text, slow[i].filler, sizeof text);
        text[8500] = '\n';
        text[sizeof text - 1] = 'y';
        if (regex_search(slow[i].pattern, (struct bytes){text, sizeof text}) != REGEX_LIMIT)
            fail_msg("%s", slow[i].pattern);
    }
}

static void test_search_through_all_of_a_large_body_is_finished(void **state)
{
    (void)state;
    static const char *const patterns[] = {"^[\\s\\S]*y[\\s\\S]*$", "[^q]*?y$", "(?s).*?.*?y\\Z",
                                           "[[:alpha:]]y", "(?i)AY"};
    static uint8_t text[16384];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'y';
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        if (regex_search(patterns[i], (struct bytes){text, sizeof text}) != REGEX_MATCH)
            fail_msg("%s", patterns[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_of_usable_patterns_accepts),
        cmocka_unit_test(test_check_of_what_is_no_expression_refuses),
        cmocka_unit_test(test_check_of_callouts_refuses),
        cmocka_unit_test(test_check_of_what_exhausts_its_own_limit_refuses),
        cmocka_unit_test(test_check_of_what_matches_the_empty_text_refuses),
        cmocka_unit_test(test_check_of_length_beyond_the_limit_refuses),
        cmocka_unit_test(test_search_finds_as_perl_does),
        cmocka_unit_test(test_search_that_takes_too_long_is_given_up),
        cmocka_unit_test(test_search_with_many_slow_starts_is_given_up),
        cmocka_unit_test(test_search_through_all_of_a_large_body_is_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
