#include "base/limits.h"
#include "core/rules/regex.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static enum regex_outcome search(const char *pattern, struct bytes subject)
{
    size_t end;
    enum regex_outcome outcome = regex_search(pattern, subject, &end);
    assert_true(outcome == REGEX_MATCH ? end <= subject.n : end == 0);
    return outcome;
}

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
        assert_non_null(strstr(err.text, ", as far as byte "));
    }
}

static void test_check_of_callouts_refuses(void **state)
{
    (void)state;
    static const char *const calling[] = {"(?C)a", "(?C1)a", "a(?C255)", "a(?C'text')b"};
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
        if (search(rows[i].pattern, bytes_of(rows[i].subject)) != rows[i].outcome)
            fail_msg("%s", rows[i].why);
    assert_int_equal(search("a", (struct bytes){NULL, 0}), REGEX_NO_MATCH);
    assert_int_equal(search("b", (struct bytes){(const uint8_t *)"a\0b", 3}), REGEX_MATCH);
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
        if (search(slow[i], (struct bytes){text, sizeof text}) != REGEX_LIMIT)
            fail_msg("%s", slow[i]);
    /* Neither deep nor large, but long. */
    assert_int_equal(search(slow[0], (struct bytes){&text[sizeof text - 50], 50}), REGEX_LIMIT);
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
        if (search(slow[i].pattern, (struct bytes){text, sizeof text}) != REGEX_LIMIT)
            fail_msg("%s", slow[i].pattern);
    }
}

static uint64_t cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* One item, begun with at each byte, that fails before it has matched often enough: PCRE2 counts one step.
 * The first took 7 s. */
static void test_search_that_costs_without_steps_is_given_up(void **state)
{
    (void)state;
    char class[LIMIT_REGEX_BYTES] = "[^";
    for (int i = 0; i < 330; i++) /* U+0101, U+0103, …: no two of them are a range */
        snprintf(class + strlen(class), 3, "%c%c", 0xC4 + i / 32, 0x81 + 2 * (i % 32));
    strcat(class, "]{4000}q");
    const char *const slow[] = {class, "(?s)(.{50}){100}q", "\\p{L}{4000}q"};
    static uint8_t text[16384];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 ? 0xBC : 0xD0; /* U+043C */
    memset(text + sizeof text - 2, 'q', 2);
    struct err err;
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++) {
        uint64_t start_ms = cpu_ms();
        assert_true(regex_check(slow[i], &err));
        if (search(slow[i], (struct bytes){text, sizeof text}) != REGEX_LIMIT)
            fail_msg("%s", slow[i]);
        assert_true(cpu_ms() - start_ms < 100);
    }
    /* Alternatives: at the end of each all that follow are gone through. */
    char alternatives[LIMIT_REGEX_BYTES] = "(?:";
    while (strlen(alternatives) < 1000)
        strcat(alternatives, "a|");
    strcat(alternatives, "b)c");
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "a c "[i % 4];
    uint64_t start_ms = cpu_ms();
    assert_int_equal(search(alternatives, (struct bytes){text, sizeof text}), REGEX_LIMIT);
    assert_true(cpu_ms() - start_ms < 60);
}

/* A value that is compared with a group of thousands of characters at each byte; it took 0.2 s. */
static void test_backreference_that_costs_without_steps_is_given_up(void **state)
{
    (void)state;
    static uint8_t text[16384];
    memset(text, 'a', sizeof text);
    text[7999] = 'b';
    struct err err;
    const char *pattern = "(?i)^(a{7999}b).*?\\1[!?]";
    uint64_t start_ms = cpu_ms();
    assert_true(regex_check(pattern, &err));
    assert_int_equal(search(pattern, (struct bytes){text, sizeof text}), REGEX_LIMIT);
    assert_true(cpu_ms() - start_ms < 60);
    assert_int_equal(search("(\\w+)=\\1;", bytes_of("a=b; token=token;")), REGEX_MATCH);
}

/* They took 0.1 to 8.6 s in a body of 16 KiB. */
static void test_check_of_items_without_bounds_refuses(void **state)
{
    (void)state;
    static const char *const items[] = {
        "(*sr:.*?)[!?]",  "(*script_run:a)",    "(*asr:a)",         "(*atomic_script_run:a)",
        "\\X+[!?]",       "(?(R)a){1000}b",     "(?(?C9)(?=a)a|b)", "[[:<:]]{200,}a",
        "[[:>:]]{200,}a", "(?<!a{100}b){200,}c"};
    struct err err;
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        if (regex_check(items[i], &err))
            fail_msg("%s", items[i]);
        assert_int_equal(err.code, ERR_LIMIT);
    }
    assert_true(regex_check("\\(?(\\d+)\\)?", &err)); /* a bracket that may be there */
    assert_true(regex_check("\\\\X", &err));
    assert_true(regex_check("(?<=token: )\\w+", &err));
}

/* Each of them took 0.3 to 1 s to compile, or would have. */
static void test_check_of_wide_ranges_that_ignore_case_refuses(void **state)
{
    (void)state;
    static const char *const ranges[] = {"[\x01-\xf4\x8f\xbf\xbf]", "[\\x{1}-\\x{10ffff}]",
                                         "[\\x01-\\o{4177777}]",    "[a-\\Q\xf4\x8f\xbf\xbf\\E]",
                                         "[a-\\E\\x{10FFFF}]",      "[a-\\N{U+10ffff}]"};
    static const char *const options[] = {"(?i)", "(?xi)", "(?s-mi:x)(?^i)"};
    struct err err;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        for (size_t j = 0; j < sizeof options / sizeof options[0]; j++) {
            char pattern[LIMIT_REGEX_BYTES + 1];
            snprintf(pattern, sizeof pattern, "%s", options[j]);
            while (strlen(pattern) + strlen(ranges[i]) < LIMIT_REGEX_BYTES)
                strcat(pattern, ranges[i]);
            uint64_t start_ms = cpu_ms();
            if (regex_check(pattern, &err))
                fail_msg("%s", pattern);
            assert_true(cpu_ms() - start_ms < 60);
            assert_non_null(strstr(err.text, "too wide"));
        }
    }
    /* Case counts, or the ranges are those of alphabets. */
    assert_true(regex_check(
        "[\xc2\x80-\xf4\x8f\xbf\xbf][\xc2\x80-\xf4\x8f\xbf\xbf][\xc2\x80-\xf4\x8f\xbf\xbf]x",
        &err));
    assert_true(regex_check("(?i)[a-z][\xd0\xb0-\xd1\x8f][\\x{400}-\\x{4ff}]{2}-x", &err));
}

static void test_search_tells_where_the_match_ends(void **state)
{
    (void)state;
    size_t end;
    assert_int_equal(regex_search("b+", bytes_of("aabbbcc"), &end), REGEX_MATCH);
    assert_int_equal(end, 5);
    assert_int_equal(regex_search("b", bytes_of("\xff\xff b"), &end), REGEX_MATCH);
    assert_int_equal(end, 4);
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
        if (search(patterns[i], (struct bytes){text, sizeof text}) != REGEX_MATCH)
            fail_msg("%s", patterns[i]);
}

/* Who searches without having checked gets no match in anything. */
static void test_search_for_what_matches_the_empty_text_is_no_match(void **state)
{
    (void)state;
    static const char *const empty[] = {"a*", "^", "(?=)", "b|", "(*LIMIT_MATCH=0)\\b"};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
        assert_int_equal(search(empty[i], bytes_of("a")), REGEX_LIMIT);
}

static void test_task_does_what_the_functions_do(void **state)
{
    (void)state;
    struct regex_task *task = regex_task_new_check("x+");
    assert_false(task->is_usable); /* not before it was run */
    regex_task_run(task);
    assert_true(task->is_usable);
    regex_task_free(task);
    task = regex_task_new_check("(");
    regex_task_run(task);
    assert_false(task->is_usable);
    assert_non_null(strstr(task->fault.text, "no regular expression"));
    regex_task_free(task);
    char text[] = "a-b";
    task = regex_task_new_search("-", bytes_of(text));
    text[1] = 'x'; /* it has its own */
    assert_int_equal(task->outcome, REGEX_LIMIT);
    regex_task_run(task);
    assert_int_equal(task->outcome, REGEX_MATCH);
    assert_int_equal(task->end, 2);
    regex_task_free(task);
    task = regex_task_new_search("-", (struct bytes){NULL, 0});
    regex_task_run(task);
    assert_int_equal(task->outcome, REGEX_NO_MATCH);
    regex_task_free(task);
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
        cmocka_unit_test(test_search_that_costs_without_steps_is_given_up),
        cmocka_unit_test(test_backreference_that_costs_without_steps_is_given_up),
        cmocka_unit_test(test_check_of_items_without_bounds_refuses),
        cmocka_unit_test(test_check_of_wide_ranges_that_ignore_case_refuses),
        cmocka_unit_test(test_search_tells_where_the_match_ends),
        cmocka_unit_test(test_search_through_all_of_a_large_body_is_finished),
        cmocka_unit_test(test_search_for_what_matches_the_empty_text_is_no_match),
        cmocka_unit_test(test_task_does_what_the_functions_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
