/* The arguments of the small commands. */
#include "client/words.h"

#include "base/str.h"
#include "support/unit.h"

static struct taken {
    const char *file, *date, *other;
    bool json, wants_help;
} t;

static const struct word_option options[] = {
    {.name = "file", .value = &t.file},
    {.name = "date", .value = &t.date},
    {.name = "json", .flag = &t.json},
};

static bool parse(const char *const *words, bool takes_other, struct err *err)
{
    int count = 0;
    while (words[count])
        count++;
    t = (struct taken){0};
    const struct words_grammar grammar = {.options = options,
                                          .option_count = 3,
                                          .other = takes_other ? &t.other : NULL,
                                          .wants_help = &t.wants_help};
    return words_parse(&grammar, count, (char *const *)words, err);
}

static void test_words_in_any_order_are_taken(void **state)
{
    (void)state;
    struct err err;
    const char *const words[] = {"--file", "-", "a.example", "--json", "--date=2026=x", NULL};
    assert_true(parse(words, true, &err));
    assert_string_equal(t.file, "-");
    assert_string_equal(t.other, "a.example");
    assert_string_equal(t.date, "2026=x");
    assert_true(t.json);
    assert_false(t.wants_help);
}

static void test_words_after_two_hyphens_are_no_options(void **state)
{
    (void)state;
    struct err err;
    const char *const words[] = {"--", "--json", NULL};
    assert_true(parse(words, true, &err));
    assert_string_equal(t.other, "--json");
    assert_false(t.json);
}

static void test_words_after_help_are_not_looked_at(void **state)
{
    (void)state;
    struct err err;
    const char *const words[] = {"--help", "--nonsense", NULL};
    assert_true(parse(words, true, &err));
    assert_true(t.wants_help);
    const char *const brief[] = {"-h", NULL};
    assert_true(parse(brief, true, &err));
    assert_true(t.wants_help);
}

static const struct {
    const char *why;
    const char *words[4];
    bool takes_other;
    const char *text;
} refused[] = {
    {"no such option", {"--nonsense"}, true, "unknown option --nonsense"},
    {"the beginning of one", {"--fil", "x"}, true, "unknown option --fil"},
    {"one hyphen", {"-file", "x"}, true, "unknown option -file"},
    {"nothing behind it", {"--file"}, true, "--file needs a value"},
    {"a flag with a value", {"--json=yes"}, true, "--json takes no value"},
    {"twice", {"--file=a", "--file", "b"}, true, "--file is given twice"},
    {"two names", {"a", "b"}, true, "one name at a time: \"b\" is the second"},
    {"a name where none is taken", {"a"}, false, "\"a\" is one word too many"},
};

static void test_words_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct err err;
        if (parse(refused[i].words, refused[i].takes_other, &err))
            fail_msg("%s: taken", refused[i].why);
        if (!str_eq(err.text, refused[i].text))
            fail_msg("%s: \"%s\"", refused[i].why, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_in_any_order_are_taken),
        cmocka_unit_test(test_words_after_two_hyphens_are_no_options),
        cmocka_unit_test(test_words_after_help_are_not_looked_at),
        cmocka_unit_test(test_words_that_mean_nothing_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
