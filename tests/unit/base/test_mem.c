#include "base/mem.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

static void test_mem_nothing_is_a_pointer_too(void **state)
{
    (void)state;
    void *pointers[] = {xmalloc(0), xcalloc(0, 8), xcalloc(8, 0), xrealloc(NULL, 0)};
    for (size_t i = 0; i < 4; i++) {
        assert_non_null(pointers[i]);
        free(pointers[i]);
    }
}

static void test_mem_calloc_is_zeroed_and_realloc_keeps(void **state)
{
    (void)state;
    char *p = xcalloc(10, 10);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    p[99] = 'z';
    p = xrealloc(p, 100000);
    assert_int_equal(p[99], 'z');
    free(p);
}

static void test_mem_string_copies(void **state)
{
    (void)state;
    char *whole = xstrdup("text"), *part = xstrndup("text", 2), *longer = xstrndup("text", 9);
    const char unterminated[] = {'a', 'b'};
    char *bounded = xstrndup(unterminated, 2);
    assert_string_equal(whole, "text");
    assert_string_equal(part, "te");
    assert_string_equal(longer, "text");
    assert_string_equal(bounded, "ab");
    free(whole);
    free(part);
    free(longer);
    free(bounded);
}

static void too_much_malloc(void *arg)
{
    free(xmalloc(*(size_t *)arg));
}

static void too_much_calloc(void *arg)
{
    free(xcalloc(*(size_t *)arg, 2));
}

static void too_much_realloc(void *arg)
{
    free(xrealloc(NULL, *(size_t *)arg));
}

static void test_mem_out_of_memory_ends_the_process(void **state)
{
    (void)state;
    volatile size_t absurd = SIZE_MAX / 2; /* volatile: unknown to the compiler, so no warning */
    size_t size = absurd;
    unit_assert_dies(too_much_malloc, &size);
    unit_assert_dies(too_much_calloc, &size);
    unit_assert_dies(too_much_realloc, &size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mem_nothing_is_a_pointer_too),
        cmocka_unit_test(test_mem_calloc_is_zeroed_and_realloc_keeps),
        cmocka_unit_test(test_mem_string_copies),
        cmocka_unit_test(test_mem_out_of_memory_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
