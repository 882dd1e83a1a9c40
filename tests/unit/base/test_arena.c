#include "base/arena.h"
#include "support/unit.h"

#include <string.h>

static void test_arena_alloc_gives_zeroed_aligned_separate_memory(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    uint8_t *objects[2000];
    for (size_t i = 0; i < 2000; i++) {
        objects[i] = arena_alloc(arena, 1 + i % 40);
        assert_int_equal((uintptr_t)objects[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < 1 + i % 40; k++)
            assert_int_equal(objects[i][k], 0);
        memset(objects[i], (int)(i % 251) + 1, 1 + i % 40);
    }
    for (size_t i = 0; i < 2000; i++)
        for (size_t k = 0; k < 1 + i % 40; k++)
            assert_int_equal(objects[i][k], i % 251 + 1);
    arena_free(arena);
}

static void test_arena_alloc_large_and_small_in_turn_all_usable(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char *small[20], *large[20];
    for (size_t i = 0; i < 20; i++) {
        small[i] = arena_strdup(arena, "small");
        large[i] = arena_alloc(arena, 100000);
        memset(large[i], 'x', 100000);
    }
    for (size_t i = 0; i < 20; i++) {
        assert_string_equal(small[i], "small");
        assert_int_equal(large[i][99999], 'x');
    }
    assert_int_equal(arena_used(arena), 20 * (6 + 100000));
    arena_free(arena);
}

static void test_arena_alloc_of_nothing_gives_a_pointer(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_non_null(arena_alloc(arena, 0));
    assert_non_null(arena_array(arena, 0, 8));
    assert_non_null(arena_array(arena, 8, 0));
    arena_free(arena);
}

static void test_arena_free_null_is_fine(void **state)
{
    (void)state;
    arena_free(NULL);
}

static void alloc_half_of_everything(void *arg)
{
    arena_alloc(arg, SIZE_MAX / 2 + 1);
}

static void array_too_large_to_count(void *arg)
{
    arena_array(arg, SIZE_MAX / 4, 8);
}

static void test_arena_absurd_sizes_end_the_process(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    unit_assert_dies(alloc_half_of_everything, arena);
    unit_assert_dies(array_too_large_to_count, arena);
    arena_free(arena);
}

static void test_arena_copies_are_equal_and_own(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char text[] = "perspective";
    char *whole = arena_strdup(arena, text);
    char *part = arena_strndup(arena, text, 3);
    char *longer = arena_strndup(arena, text, 100);
    struct bytes bytes = arena_bytes(arena, bytes_of(text));
    memset(text, '-', sizeof text - 1);
    assert_string_equal(whole, "perspective");
    assert_string_equal(part, "per");
    assert_string_equal(longer, "perspective");
    assert_int_equal(bytes.n, 11);
    assert_memory_equal(bytes.p, "perspective", 12);
    assert_null(arena_strdup(arena, NULL));
    assert_null(arena_strndup(arena, NULL, 5));
    struct bytes none = arena_bytes(arena, (struct bytes){NULL, 0});
    assert_non_null(none.p);
    assert_int_equal(none.n, 0);
    arena_free(arena);
}

static void test_arena_strv_copies_items_and_presence(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    char first[] = "a";
    const char *items[] = {first, NULL, "c"};
    struct strv copy = arena_strv(arena, (struct strv){items, 3, true});
    first[0] = '-';
    assert_int_equal(copy.count, 3);
    assert_true(copy.present);
    assert_string_equal(copy.items[0], "a");
    assert_null(copy.items[1]);
    assert_string_equal(copy.items[2], "c");
    struct strv absent = arena_strv(arena, (struct strv){0});
    assert_int_equal(absent.count, 0);
    assert_false(absent.present);
    arena_free(arena);
}

static void test_arena_printf_of_any_length_is_whole(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(arena_printf(arena, "%s:%d", "port", 53), "port:53");
    const char *padded = arena_printf(arena, "%20000d", 7);
    assert_int_equal(strlen(padded), 20000);
    assert_int_equal(padded[19999], '7');
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_alloc_gives_zeroed_aligned_separate_memory),
        cmocka_unit_test(test_arena_alloc_large_and_small_in_turn_all_usable),
        cmocka_unit_test(test_arena_alloc_of_nothing_gives_a_pointer),
        cmocka_unit_test(test_arena_free_null_is_fine),
        cmocka_unit_test(test_arena_absurd_sizes_end_the_process),
        cmocka_unit_test(test_arena_copies_are_equal_and_own),
        cmocka_unit_test(test_arena_strv_copies_items_and_presence),
        cmocka_unit_test(test_arena_printf_of_any_length_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
