/* app.conf as python-dotenv reads it. */
#include "client/dotenv.h"

#include "base/buf.h"
#include "base/str.h"
#include "support/unit.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const char *environment(const char *name)
{
    return str_eq(name, "FROM_OUTSIDE") ? "outside" : NULL;
}

static const struct {
    const char *why;
    const char *text;
    const char *value; /* of the key k; NULL: it is not there */
} values[] = {
    {"plain", "k=a b", "a b"},
    {"blanks around", "  k \t=  a b \t\r\n", "a b"},
    {"empty", "k=\n", ""},
    {"empty at the end", "k=", ""},
    {"comment", "k=a #b", "a"},
    {"no comment without a blank", "k=a#b", "a#b"},
    {"no comment at the start", "k=#b", "#b"},
    {"exported", "export k=a", "a"},
    {"a key that begins so", "exported=b\nk=a", "a"},
    {"key in quotes", "'k'=a", "a"},
    {"the last one counts", "k=a\nk=b", "b"},
    {"single quotes", "k='a # \"b\" \\n \\' \\\\'", "a # \"b\" \\n ' \\"},
    {"double quotes", "k=\"a\\tb\\\"c\\nd\\qe\" # comment", "a\tb\"c\nd\\qe"},
    {"over lines", "k='{\n  a\n}'\nl=b", "{\n  a\n}"},
    {"empty in quotes", "k=''", ""},
    {"another value", "a=1\nk=${a}2", "12"},
    {"a value below is none yet", "k=${a}2\na=1", "2"},
    {"of the environment", "FROM_OUTSIDE=x\nk=${FROM_OUTSIDE}", "outside"},
    {"a default", "k=${a:-b}c", "bc"},
    {"a default that is not needed", "a=1\nk=${a:-b}", "1"},
    {"braces without an end", "k=${a", "${a"},
    {"a dollar alone", "k=$a", "$a"},
    {"no value at all", "k\n", NULL},
    {"commented out", "#k=a", NULL},
    {"nothing", "", NULL},
    {"a quote without an end", "k='a\n", NULL},
    {"something behind the quote", "k='a'b\n", NULL},
};

static void test_value_is_that_of_python_dotenv(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct dotenv got = dotenv_read(bytes_of(values[i].text), environment, arena);
        const char *value = dotenv_get(&got, "k");
        if (!str_eq(value, values[i].value))
            fail_msg("%s: \"%s\"", values[i].why, value ? value : "NULL");
    }
}

static void test_lines_that_mean_nothing_are_told_with_their_number(void **state)
{
    (void)state;
    struct dotenv got =
        dotenv_read(bytes_of("\n# comment\na='1\n2'\n=b\nc='d'e\nf=g\n'h=i\n"), NULL, arena);
    assert_int_equal(got.count, 5);
    assert_string_equal(got.entries[0].key, "a");
    assert_int_equal(got.entries[0].line, 3);
    assert_null(got.entries[1].key);
    assert_int_equal(got.entries[1].line, 5);
    assert_null(got.entries[2].key);
    assert_int_equal(got.entries[2].line, 6);
    assert_string_equal(got.entries[3].key, "f");
    assert_null(got.entries[4].key);
}

static void test_name_that_nobody_sets_is_told(void **state)
{
    (void)state;
    struct dotenv got = dotenv_read(bytes_of("a=${x}\nb=${a}"), NULL, arena);
    assert_string_equal(got.entries[0].unset, "x");
    assert_null(got.entries[1].unset);
}

static void test_many_lines_are_all_kept(void **state)
{
    (void)state;
    struct buf text = {0};
    for (int i = 0; i < 100; i++)
        buf_printf(&text, "k%d=%d\n", i, i);
    struct dotenv got = dotenv_read(buf_bytes(&text), NULL, arena);
    assert_int_equal(got.count, 100);
    assert_string_equal(dotenv_get(&got, "k0"), "0");
    assert_string_equal(dotenv_get(&got, "k99"), "99");
    buf_clear(&text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_value_is_that_of_python_dotenv),
        CASE(test_lines_that_mean_nothing_are_told_with_their_number),
        CASE(test_name_that_nobody_sets_is_told),
        CASE(test_many_lines_are_all_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
