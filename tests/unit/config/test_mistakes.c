#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/mistakes.h"

static struct place at(const char *file, size_t line, const char *path)
{
    return (struct place){.file = file, .line = line, .path = path};
}

static void collect(const char *line, void *arg)
{
    buf_printf(arg, "[%s]", line);
}

static void test_mistakes_are_sorted_by_file_then_line_then_order(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct mistakes m;
    mistakes_init(&m, arena);
    mistakes_add(&m, at("main.yaml", 9, "b"), "is %d; mend it", 7);
    mistakes_warn(&m, at("other.yaml", 1, "x"), "may be wrong");
    mistakes_add(&m, at("main.yaml", 2, ""), "as a whole");
    mistakes_add(&m, at("main.yaml", 9, "a"), "second on its line");
    mistakes_warn(&m, at("main.yaml", 3, "c"), "may be wrong too");
    assert_int_equal(m.errors, 3);
    assert_int_equal(m.warnings, 2);

    struct buf all = {0}, warnings = {0}, each = {0};
    mistakes_format(&m, MISTAKES_ALL, &all);
    assert_string_equal(buf_str(&all), "main.yaml:2: as a whole\n"
                                       "main.yaml:3: warning: c: may be wrong too\n"
                                       "main.yaml:9: b: is 7; mend it\n"
                                       "main.yaml:9: a: second on its line\n"
                                       "other.yaml:1: warning: x: may be wrong\n");
    mistakes_format(&m, MISTAKES_WARNINGS, &warnings);
    assert_string_equal(buf_str(&warnings), "main.yaml:3: warning: c: may be wrong too\n"
                                            "other.yaml:1: warning: x: may be wrong\n");
    mistakes_each_warning(&m, collect, &each);
    assert_string_equal(buf_str(&each), "[main.yaml:3: warning: c: may be wrong too]"
                                        "[other.yaml:1: warning: x: may be wrong]");
    buf_clear(&all);
    buf_clear(&warnings);
    buf_clear(&each);
    arena_free(arena);
}

static void test_no_mistakes_print_nothing(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct mistakes m;
    mistakes_init(&m, arena);
    struct buf out = {0};
    mistakes_format(&m, MISTAKES_ALL, &out);
    mistakes_each_warning(&m, collect, &out);
    assert_string_equal(buf_str(&out), "");
    buf_clear(&out);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes_are_sorted_by_file_then_line_then_order),
        cmocka_unit_test(test_no_mistakes_print_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
