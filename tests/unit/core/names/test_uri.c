#include "core/names/uri.h"

#include "base/str.h"
#include "support/unit.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct resolve_case {
    const char *reference;
    const char *target; /* without the fragment */
};

#define BASE "http://a/b/c/d;p?q"

/* RFC 3986 sections 5.4.1 and 5.4.2, all of them, the last one in the strict reading. */
static const struct resolve_case examples[] = {
    {"g:h", "g:h"},
    {"g", "http://a/b/c/g"},
    {"./g", "http://a/b/c/g"},
    {"g/", "http://a/b/c/g/"},
    {"/g", "http://a/g"},
    {"//g", "http://g"},
    {"?y", "http://a/b/c/d;p?y"},
    {"g?y", "http://a/b/c/g?y"},
    {"#s", "http://a/b/c/d;p?q"},
    {"g#s", "http://a/b/c/g"},
    {"g?y#s", "http://a/b/c/g?y"},
    {";x", "http://a/b/c/;x"},
    {"g;x", "http://a/b/c/g;x"},
    {"g;x?y#s", "http://a/b/c/g;x?y"},
    {"", "http://a/b/c/d;p?q"},
    {".", "http://a/b/c/"},
    {"./", "http://a/b/c/"},
    {"..", "http://a/b/"},
    {"../", "http://a/b/"},
    {"../g", "http://a/b/g"},
    {"../..", "http://a/"},
    {"../../", "http://a/"},
    {"../../g", "http://a/g"},
    {"../../../g", "http://a/g"},
    {"../../../../g", "http://a/g"},
    {"/./g", "http://a/g"},
    {"/../g", "http://a/g"},
    {"g.", "http://a/b/c/g."},
    {".g", "http://a/b/c/.g"},
    {"g..", "http://a/b/c/g.."},
    {"..g", "http://a/b/c/..g"},
    {"./../g", "http://a/b/g"},
    {"./g/.", "http://a/b/c/g/"},
    {"g/./h", "http://a/b/c/g/h"},
    {"g/../h", "http://a/b/c/h"},
    {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
    {"g;x=1/../y", "http://a/b/c/y"},
    {"g?y/./x", "http://a/b/c/g?y/./x"},
    {"g?y/../x", "http://a/b/c/g?y/../x"},
    {"g#s/./x", "http://a/b/c/g"},
    {"g#s/../x", "http://a/b/c/g"},
    {"http:g", "http:g"},
};

static const struct resolve_case more_examples[] = {
    {"//g/../h/.", "http://g/h/"},
    {"//g?y", "http://g?y"},
    {"HTTP://g/./h", "HTTP://g/h"},
    {"g:../h", "g:h"},
    {"g:.", "g:"},
    {"g:..", "g:"},
    {"g:./h", "g:h"},
    {"?", "http://a/b/c/d;p?"},
    {"g?", "http://a/b/c/g?"},
    {"/", "http://a/"},
    {"//", "http://"},
    {"g//h", "http://a/b/c/g//h"},
    {"g//../h", "http://a/b/c/g/h"},
    {"/..", "http://a/"},
    {"/.", "http://a/"},
    {":g", "http://a/b/c/:g"},
    {"%2e%2e/g", "http://a/b/c/%2e%2e/g"},
};

static void check_examples(const struct resolve_case *cases, size_t count)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < count; i++) {
        const char *target = uri_resolve(bytes_of(BASE), bytes_of(cases[i].reference), arena);
        if (!str_eq(target, cases[i].target))
            fail_msg("\"%s\": %s", cases[i].reference, target);
    }
    arena_free(arena);
}

static void test_uri_resolve_gives_the_examples_of_the_rfc(void **state)
{
    (void)state;
    check_examples(examples, COUNT(examples));
    check_examples(more_examples, COUNT(more_examples));
}

static void test_uri_resolve_against_a_base_without_path(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(uri_resolve(bytes_of("http://a"), bytes_of("g"), arena), "http://a/g");
    assert_string_equal(uri_resolve(bytes_of("http://a?q"), bytes_of("../g"), arena), "http://a/g");
    assert_string_equal(uri_resolve(bytes_of("http://a?q"), bytes_of(""), arena), "http://a?q");
    assert_string_equal(uri_resolve(bytes_of("u:a/b"), bytes_of("g"), arena), "u:a/g");
    assert_string_equal(uri_resolve(bytes_of("u:a"), bytes_of("../g"), arena), "u:g");
    arena_free(arena);
}

static void assert_part(bool has, struct bytes part, const char *expected)
{
    assert_int_equal(has, expected != NULL);
    if (expected && !bytes_eq(part, bytes_of(expected)))
        fail_msg("%.*s, not %s", (int)part.n, (const char *)part.p, expected);
}

static void test_uri_split_finds_the_parts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *scheme, *authority, *path, *query;
    } rows[] = {
        {"http://a:80/b?c#d", "http", "a:80", "/b", "c"},
        {"http://u@a?c?d", "http", "u@a", "", "c?d"},
        {"http://a#b?c", "http", "a", "", NULL},
        {"//a/b", NULL, "a", "/b", NULL},
        {"/a:b", NULL, NULL, "/a:b", NULL},
        {":a", NULL, NULL, ":a", NULL},
        {"a?b:c", NULL, NULL, "a", "b:c"},
        {"a#b:c", NULL, NULL, "a", NULL},
        {"http:///a", "http", "", "/a", NULL},
        {"?", NULL, NULL, "", ""},
        {"", NULL, NULL, "", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct uri uri = uri_split(bytes_of(rows[i].text));
        assert_part(uri.has_scheme, uri.scheme, rows[i].scheme);
        assert_part(uri.has_authority, uri.authority, rows[i].authority);
        assert_part(true, uri.path, rows[i].path);
        assert_part(uri.has_query, uri.query, rows[i].query);
    }
    struct uri none = uri_split((struct bytes){NULL, 0});
    assert_int_equal(none.path.n, 0);
}

static void test_uri_is_well_formed_knows_its_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        const char *why;
    } rows[] = {
        {"http://a.example:80/b;c=1,2/~d?e=f&g=h/?#i/?", true, "ordinary"},
        {"", true, "empty"},
        {"/%41%c3%bC", true, "escapes"},
        {"/!$&'()*+,;=:@-._~", true, "all that a segment may hold"},
        {"http://[2001:db8::1]/", true, "brackets in the authority"},
        {"/%", false, "stray percent"},
        {"/%4", false, "half an escape"},
        {"/%4g", false, "no hex digit"},
        {"/%g4", false, "no hex digit"},
        {"/a b", false, "blank"},
        {" /a", false, "blank in front"},
        {"/a\t", false, "tab"},
        {"/a\x7F", false, "delete"},
        {"/a\r\nHost: b", false, "line feed"},
        {"/a\\b", false, "backslash"},
        {"/\xC3\xA9", false, "beyond ASCII"},
        {"/a[1]", false, "brackets in the path"},
        {"/?a[]=1", false, "brackets in the query"},
        {"/\"", false, "quote"},
        {"/<a>", false, "angle brackets"},
        {"/{a}", false, "braces"},
        {"/a|b", false, "bar"},
        {"/a^b", false, "circumflex"},
        {"/a`b", false, "back quote"},
        {"/a#b#c", false, "two fragments"},
        {"/a# ", false, "blank in the fragment"},
        {"http://a b/", false, "blank in the host"},
        {"ht tp://a/", false, "blank in the scheme"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (uri_is_well_formed(bytes_of(rows[i].text)) != rows[i].good)
            fail_msg("\"%s\" (%s)", rows[i].text, rows[i].why);
    assert_false(uri_is_well_formed((struct bytes){(const uint8_t *)"/a\0b", 4}));
}

static void test_uri_is_absolute_by_the_grammar(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        bool expected;
    } rows[] = {
        {"https://ca.example/acct/1", true},
        {"https://ca.example/acct/1?a=b#c", true},
        {"https://u:p@ca.example:443/", true},
        {"https://[2001:db8::1]:8443/acct", true},
        {"https://[v1.x:y]/", true},
        {"https://192.0.2.1/", true},
        {"https://ca.example:/", true},
        {"file:///acct", true},
        {"a:", true},
        {"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", true},
        {"x-1.y+z:anything", true},
        {"x:anything goes here", false},
        {"https://ca.example/\xC3\xBC", false},
        {"https://ca.example/%4", false},
        {"https://ca.example/<1>", false},
        {"https://ca.example:44x/", false},
        {"https://a@b@ca.example/", false},
        {"https://[2001:db8::1/", false},
        {"https://[192.0.2.1]/", false},
        {"https://[2001:db8::1]x/", false},
        {"https://[u@2001:db8::1]/", false},
        {"https://[v.x]/", false},
        {"https://[v1.]/", false},
        {"https://a[b]/", false},
        {"https://[::1]@ca.example/", false},
        {"", false},
        {":", false},
        {"acct", false},
        {"/acct", false},
        {"//ca.example/acct", false},
        {"acct/1:2", false},
        {"1https://ca.example", false},
        {"+a:b", false},
        {"a_b:c", false},
        {" a:b", false},
        {"\xC3\xA9:b", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (uri_is_absolute(bytes_of(rows[i].uri)) != rows[i].expected)
            fail_msg("\"%s\"", rows[i].uri);
    assert_false(uri_is_absolute((struct bytes){NULL, 0}));
    assert_false(uri_is_absolute((struct bytes){(const uint8_t *)"a:\0b", 4}));
}

static void test_uri_escape_value_reads_both_cases(void **state)
{
    (void)state;
    assert_int_equal(uri_escape_value(bytes_of("%2f")), 0x2F);
    assert_int_equal(uri_escape_value(bytes_of("%Fa1")), 0xFA);
    assert_int_equal(uri_escape_value(bytes_of("%00")), 0);
    assert_int_equal(uri_escape_value(bytes_of("%2")), -1);
    assert_int_equal(uri_escape_value(bytes_of("x2f")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uri_resolve_gives_the_examples_of_the_rfc),
        cmocka_unit_test(test_uri_resolve_against_a_base_without_path),
        cmocka_unit_test(test_uri_split_finds_the_parts),
        cmocka_unit_test(test_uri_is_well_formed_knows_its_characters),
        cmocka_unit_test(test_uri_is_absolute_by_the_grammar),
        cmocka_unit_test(test_uri_escape_value_reads_both_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
