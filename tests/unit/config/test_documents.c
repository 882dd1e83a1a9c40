/* The manual and the example must not drift from the table of keys. */
#include "unit/config/config_case.h"

#include "base/str.h"
#include "config/file.h"
#include "config/rows.h"

static struct bytes document(struct arena *arena, const char *path)
{
    struct file file;
    struct err err;
    if (!file_read(path, 1 << 20, arena, &file, &err))
        fail_msg("%s: %s", path, err.text);
    return file.content;
}

static bool is_explained(struct arena *arena, struct bytes manual, const struct keys_row *row)
{
    const char *const forms[] = {".It Sy %s", ", Sy %s :", ".It Sy tls , %s\n", ".Ss %s\n"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const char *before = forms[i], *hole = strstr(forms[i], "%s");
        const char *text =
            arena_printf(arena, "%.*s%s%s", (int)(hole - before), before, row->name, hole + 2);
        if (bytes_contain(manual, bytes_of(text)))
            return true;
    }
    return false;
}

static void check_section(struct arena *arena, struct bytes manual,
                          const struct keys_section *section, const char *above)
{
    for (size_t i = 0; i < section->key_count; i++) {
        const struct keys_row *row = &section->keys[i];
        const char *path = *above ? arena_printf(arena, "%s.%s", above, row->name) : row->name;
        /* The two keys of a stub zone are explained with it. */
        bool is_inside = str_eq(above, "perspective.dns.stub_zones");
        bool has_heading = bytes_contain(manual, bytes_of(arena_printf(arena, ".Ss %s\n", path)));
        if (!is_inside && !has_heading && !is_explained(arena, manual, row))
            fail_msg("%s is not in mpicd.yaml(5)", path);
        if (row->section)
            check_section(arena, manual, row->section, path);
    }
}

static void test_manual_explains_every_key(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    check_section(arena, document(arena, "../../docs/man/mpicd.yaml.5"), &config_section, "");
    arena_free(arena);
}

static void test_example_lacks_nothing_but_its_secrets(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct bytes example = document(arena, "../../deploy/mpicd.example.yaml");
    const char *text = arena_strndup(arena, (const char *)example.p, example.n);
    write_file("hash-secret", "0123456789abcdef0123456789abcdef\n", 0600);
    struct reading r = read_text(text);
    assert_int_equal(r.mistakes.errors, 5);
    assert_int_equal(r.mistakes.warnings, 0);
    size_t about_secrets = 0;
    for (const char *at = buf_str(&r.lines); (at = strstr(at, "give it a secret")); at++)
        about_secrets++;
    assert_int_equal(about_secrets, 5);
    clear(&r);

    struct buf filled = {0};
    for (const char *at = text, *next; *at; at = next) {
        next = strstr(at, "CHANGE-ME}");
        next = next ? next : at + strlen(at);
        buf_append(&filled, at, (size_t)(next - at));
        if (*next) {
            buf_printf(&filled, "0123456789abcdef}");
            next += strlen("CHANGE-ME}");
        }
    }
    r = read_text(buf_str(&filled));
    assert_string_equal(buf_str(&r.lines), "");
    assert_non_null(r.config);
    clear(&r);
    buf_clear(&filled);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manual_explains_every_key),
        cmocka_unit_test(test_example_lacks_nothing_but_its_secrets),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
