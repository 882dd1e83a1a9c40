#include "support/unit.h"

#include "config/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/mpic-test-file-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd >= 0 && write(fd, "12345", 5) == 5 && close(fd) == 0 ? 0 : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void test_file_up_to_the_limit_is_read(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct file file;
    struct err err;
    assert_true(file_read(path, 5, arena, &file, &err));
    assert_int_equal(file.content.n, 5);
    assert_memory_equal(file.content.p, "12345", 5);
    assert_false(file.is_open_to_all); /* mkstemp() */
    assert_false(file_read(path, 4, arena, &file, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(err.text, "it is larger than 4 bytes");
    arena_free(arena);
}

static void test_endless_file_ends_at_the_limit(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct file file;
    struct err err;
    assert_false(file_read("/dev/zero", 100000, arena, &file, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_true(file_read("/dev/null", 10, arena, &file, &err));
    assert_int_equal(file.content.n, 0);
    arena_free(arena);
}

static void test_mode_tells_who_can_read(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct file file;
    struct err err;
    assert_int_equal(chmod(path, 0604), 0);
    assert_true(file_read(path, 10, arena, &file, &err));
    assert_true(file.is_open_to_all);
    assert_int_equal(chmod(path, 0640), 0);
    assert_true(file_read(path, 10, arena, &file, &err));
    assert_false(file.is_open_to_all);
    arena_free(arena);
}

static void test_names_are_relative_to_the_folder(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(file_path(arena, "/etc/mpic", "secret"), "/etc/mpic/secret");
    assert_string_equal(file_path(arena, "/etc/mpic", "/run/secret"), "/run/secret");
    assert_string_equal(file_folder(arena, "/etc/mpic/mpicd.yaml"), "/etc/mpic");
    assert_string_equal(file_folder(arena, "conf/mpicd.yaml"), "conf");
    assert_string_equal(file_folder(arena, "mpicd.yaml"), ".");
    assert_string_equal(file_folder(arena, "/mpicd.yaml"), "/");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_up_to_the_limit_is_read),
        cmocka_unit_test(test_endless_file_ends_at_the_limit),
        cmocka_unit_test(test_mode_tells_who_can_read),
        cmocka_unit_test(test_names_are_relative_to_the_folder),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
