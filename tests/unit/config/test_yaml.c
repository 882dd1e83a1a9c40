#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/yaml.h"

struct reading {
    struct arena *arena;
    struct mistakes mistakes;
    const struct yaml_node *root;
    struct buf lines;
};

static struct reading read_bytes(struct bytes text)
{
    struct reading r = {.arena = arena_new()};
    mistakes_init(&r.mistakes, r.arena);
    r.root = yaml_read(text, "f.yaml", &r.mistakes);
    mistakes_format(&r.mistakes, MISTAKES_ALL, &r.lines);
    return r;
}

static void clear(struct reading *r)
{
    buf_clear(&r->lines);
    arena_free(r->arena);
}

static void test_text_without_mistakes_gives_tree(void **state)
{
    (void)state;
    struct reading r = read_bytes(bytes_of("# comment\n"
                                           "a: 1\n"
                                           "b:\n"
                                           "  - x: \"1\"\n"
                                           "    y: {z: 'two words'}\n"
                                           "  - plain\n"
                                           "c:\n"
                                           "d: ~\n"));
    assert_string_equal(buf_str(&r.lines), "");
    assert_non_null(r.root);
    assert_int_equal(r.root->kind, YAML_MAPPING);
    assert_int_equal(r.root->count, 4);
    const struct yaml_node *a = yaml_get(r.root, "a"), *b = yaml_get(r.root, "b");
    assert_string_equal(a->text, "1");
    assert_true(a->is_plain);
    assert_int_equal(a->line, 2);
    assert_int_equal(b->kind, YAML_SEQUENCE);
    assert_int_equal(b->count, 2);
    assert_int_equal(b->line, 3);
    assert_false(yaml_get(b->first, "x")->is_plain);
    assert_string_equal(yaml_nearest(r.root, "b[0].y.z")->text, "two words");
    assert_int_equal(yaml_nearest(r.root, "b[0].y.z")->line, 5);
    assert_string_equal(yaml_nearest(r.root, "b[1]")->text, "plain");
    assert_true(yaml_is_null(yaml_get(r.root, "c")));
    assert_true(yaml_is_null(yaml_get(r.root, "d")));
    assert_false(yaml_is_null(a));
    assert_null(yaml_get(a, "x"));
    clear(&r);
}

static void test_nearest_of_missing_path_gives_last_that_exists(void **state)
{
    (void)state;
    struct reading r = read_bytes(bytes_of("a:\n  b:\n    - c: 1\n"));
    assert_int_equal(yaml_nearest(r.root, "a.b[0].d")->line, 3);
    assert_int_equal(yaml_nearest(r.root, "a.b[7].c")->line, 2);
    assert_int_equal(yaml_nearest(r.root, "a.x.y")->line, 1);
    assert_ptr_equal(yaml_nearest(r.root, "x"), r.root);
    assert_ptr_equal(yaml_nearest(r.root, ""), r.root);
    assert_null(yaml_find(r.root, "a.b[0].d"));
    assert_null(yaml_find(r.root, "a.b[1]"));
    assert_null(yaml_find(r.root, "x.y"));
    assert_string_equal(yaml_find(r.root, "a.b[0].c")->text, "1");
    clear(&r);
}

static void test_empty_document_is_null(void **state)
{
    (void)state;
    const char *const texts[] = {"", "# nothing\n", "---\n", "\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct reading r = read_bytes(bytes_of(texts[i]));
        assert_string_equal(buf_str(&r.lines), "");
        assert_non_null(r.root);
        assert_true(yaml_is_null(r.root));
        clear(&r);
    }
}

static const struct {
    const char *why;
    const char *text;
    const char *lines;
    bool has_tree;
} refusals[] = {
    {"a key twice is found, and the rest is read on", "a: 1\nb: 2\na: 3\nb: 4\n",
     "f.yaml:3: the key \"a\" stands here a second time, after line 1; remove one\n"
     "f.yaml:4: the key \"b\" stands here a second time, after line 2; remove one\n",
     true},
    {"an anchor makes one place change another", "a: &x 1\n",
     "f.yaml:1: has an anchor (&) or an alias (*), which are not supported; write the value where "
     "it is used, or put it in quotes if the sign belongs to it\n",
     false},
    {"an alias repeats what stands elsewhere", "a: 1\nb: *a\n",
     "f.yaml:2: has an anchor (&) or an alias (*), which are not supported; write the value where "
     "it is used, or put it in quotes if the sign belongs to it\n",
     false},
    {"an alias as a key", "*a : 1\n",
     "f.yaml:1: has an anchor (&) or an alias (*), which are not supported; write the value where "
     "it is used, or put it in quotes if the sign belongs to it\n",
     false},
    {"an anchor at a section", "a: &x\n  b: 1\n",
     "f.yaml:1: has an anchor (&) or an alias (*), which are not supported; write the value where "
     "it is used, or put it in quotes if the sign belongs to it\n",
     false},
    {"a tag changes the type", "a: !!int \"3\"\n",
     "f.yaml:1: has a tag (!), which is not supported; remove it, or put the value in quotes\n",
     false},
    {"a tag at a list", "a: !x [1]\n",
     "f.yaml:1: has a tag (!), which is not supported; remove it, or put the value in quotes\n",
     false},
    {"a list as a key", "? [a, b]\n: 1\n",
     "f.yaml:1: has a key that is not text; write `key: value`\n", false},
    {"two documents", "a: 1\n---\nb: 2\n",
     "f.yaml:2: starts a second document (---); a configuration is one document, remove the line "
     "or the rest\n",
     false},
    {"a NUL would cut the text", "a: \"x\\0y\"\n",
     "f.yaml:1: contains a NUL character; remove it\n", false},
    {"a tab as indentation", "a:\n\tb: 1\n",
     "f.yaml:2: is not YAML: the line is indented with a tab; use spaces\n", false},
    {"an open bracket", "a: [1, 2\nb: 3\n",
     "f.yaml:2: is not YAML: while parsing a flow sequence, did not find expected ',' or ']' "
     "(column 2); mend the line, or the one before it\n",
     false},
    {"a wildcard looks like an alias", "a: *.example\n",
     "f.yaml:1: is not YAML: while scanning an alias, did not find expected alphabetic or numeric "
     "character (column 5); mend the line, or the one before it\n",
     false},
    {"Latin 1 is not UTF-8", "a: 1\nb: \xfc\n",
     "f.yaml:2: is not UTF-8 text: invalid leading UTF-8 octet; save the file as UTF-8\n", false},
    {"a control character", "a: \x01\n",
     "f.yaml:1: is not UTF-8 text: control characters are not allowed; save the file as UTF-8\n",
     false},
    {"17 levels", "a: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n",
     "f.yaml:1: is nested too deeply; no key of a configuration is that deep\n", false},
};

static void test_refused_text_names_line_and_mend(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct reading r = read_bytes(bytes_of(refusals[i].text));
        if (strcmp(buf_str(&r.lines), refusals[i].lines) != 0 ||
            (r.root != NULL) != refusals[i].has_tree)
            fail_msg("%s: got\n%sand a tree: %d", refusals[i].why, buf_str(&r.lines),
                     r.root != NULL);
        clear(&r);
    }
}

static void test_depth_at_limit_is_read(void **state)
{
    (void)state;
    struct reading r = read_bytes(bytes_of("a: [[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]\n"));
    assert_string_equal(buf_str(&r.lines), "");
    assert_non_null(r.root);
    clear(&r);
}

static void test_file_over_limit_is_refused(void **state)
{
    (void)state;
    size_t size = YAML_MAX_BYTES + 1;
    uint8_t *text = xmalloc(size);
    memset(text, '#', size);
    struct reading r = read_bytes((struct bytes){text, size});
    assert_null(r.root);
    assert_string_equal(buf_str(&r.lines),
                        "f.yaml:1: is larger than 1048576 bytes; this is no configuration\n");
    clear(&r);
    r = read_bytes((struct bytes){text, size - 1});
    assert_non_null(r.root);
    clear(&r);
    free(text);
}

static void test_too_many_keys_are_refused(void **state)
{
    (void)state;
    struct buf text = {0};
    for (int i = 0; i <= YAML_MAX_KEYS; i++)
        buf_printf(&text, "k%d: 1\n", i);
    struct reading r = read_bytes(buf_bytes(&text));
    assert_null(r.root);
    assert_string_equal(
        buf_str(&r.lines),
        "f.yaml:1001: has too many keys; no section of a configuration has that many\n");
    clear(&r);
    buf_clear(&text);
}

static void test_byte_order_mark_is_skipped(void **state)
{
    (void)state;
    struct reading r = read_bytes(bytes_of("\xef\xbb\xbf"
                                           "a: 1\n"));
    assert_string_equal(buf_str(&r.lines), "");
    assert_non_null(yaml_get(r.root, "a"));
    clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_without_mistakes_gives_tree),
        cmocka_unit_test(test_nearest_of_missing_path_gives_last_that_exists),
        cmocka_unit_test(test_empty_document_is_null),
        cmocka_unit_test(test_refused_text_names_line_and_mend),
        cmocka_unit_test(test_depth_at_limit_is_read),
        cmocka_unit_test(test_file_over_limit_is_refused),
        cmocka_unit_test(test_too_many_keys_are_refused),
        cmocka_unit_test(test_byte_order_mark_is_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
