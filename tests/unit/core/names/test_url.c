#include "core/names/url.h"

#include "base/limits.h"
#include "base/str.h"
#include "support/unit.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct target target_of(const char *raw)
{
    struct target target;
    struct err err;
    if (!target_parse(raw, &target, &err))
        fail_msg("%s", err.text);
    return target;
}

/* The first URL */

static void test_url_of_http_01_asks_the_well_known_place(void **state)
{
    (void)state;
    static const struct {
        const char *target, *url, *authority;
    } rows[] = {
        {"Example.COM.", "http://example.com/.well-known/acme-challenge/to-ken_1", "example.com"},
        {"192.0.2.1", "http://192.0.2.1/.well-known/acme-challenge/to-ken_1", "192.0.2.1"},
        {"2001:DB8::1", "http://[2001:db8::1]/.well-known/acme-challenge/to-ken_1",
         "[2001:db8::1]"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct target target = target_of(rows[i].target);
        struct url url;
        url_of_http_01(&target, "to-ken_1", arena, &url);
        memset(&target, 'x', sizeof target); /* nothing of it is borrowed */
        assert_string_equal(url_format(&url, arena), rows[i].url);
        assert_string_equal(url_authority(&url, arena), rows[i].authority);
        assert_int_equal(url.port, 80);
        assert_int_equal(url.host_is_address, i > 0);
    }
    arena_free(arena);
}

static void test_url_of_website_change_takes_scheme_and_path(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct target name = target_of("example.com"), address = target_of("::1");
    struct url url;
    url_of_website_change(&name, SCHEME_HTTPS, "a//b%41/c", arena, &url);
    assert_string_equal(url_format(&url, arena),
                        "https://example.com/.well-known/pki-validation/a//b%41/c");
    assert_int_equal(url.port, 443);
    url_of_website_change(&address, SCHEME_HTTP, "x", arena, &url);
    assert_string_equal(url_format(&url, arena), "http://[::1]/.well-known/pki-validation/x");
    assert_int_equal(url.address.family, 6);
    arena_free(arena);
}

static void build_for_wildcard(void *arg)
{
    struct target target = target_of("*.example.com");
    struct url url;
    url_of_http_01(&target, "t", arg, &url);
}

static void test_url_of_a_wildcard_is_a_bug(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    unit_assert_dies(build_for_wildcard, arena);
    arena_free(arena);
}

/* Parsing */

struct parse_case {
    const char *text;
    const char *formatted; /* NULL: refused */
    const char *more;      /* the authority, or what occurs in the error */
};

static const struct parse_case parse_cases[] = {
    {"http://example.com/a?b=c", "http://example.com/a?b=c", "example.com"},
    {"HTTPS://EXAMPLE.com./", "https://example.com/", "example.com"},
    {"http://example.com", "http://example.com/", "example.com"},
    {"http://example.com?a", "http://example.com/?a", "example.com"},
    {"http://example.com/a?", "http://example.com/a?", "example.com"},
    {"http://example.com/a#b", "http://example.com/a", "example.com"},
    {"http://example.com:80/", "http://example.com/", "example.com"},
    {"https://example.com:443/", "https://example.com/", "example.com"},
    {"https://example.com:80/", "https://example.com:80/", "example.com:80"},
    {"http://example.com:443/", "http://example.com:443/", "example.com:443"},
    {"http://example.com:/", "http://example.com/", "example.com"},
    {"http://example.com:65535/", "http://example.com:65535/", "example.com:65535"},
    {"http://192.0.2.1:8080/", "http://192.0.2.1:8080/", "192.0.2.1:8080"},
    {"http://[2001:DB8::1]/", "http://[2001:db8::1]/", "[2001:db8::1]"},
    {"http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/", "[2001:db8::1]:8080"},
    {"http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/", "xn--bcher-kva.example"},
    {"http://a_b.example/../c", "http://a_b.example/../c", "a_b.example"},
    {"http://example.com//a", "http://example.com//a", "example.com"},
    {"ftp://example.com/", NULL, "http or https"},
    {"httpss://example.com/", NULL, "http or https"},
    {"//example.com/", NULL, "http or https"},
    {"/a", NULL, "http or https"},
    {"", NULL, "http or https"},
    {"http:/a", NULL, "no host"},
    {"http:example.com", NULL, "no host"},
    {"http://", NULL, "the host is invalid: it is empty"},
    {"http:///a", NULL, "it is empty"},
    {"http://:80/", NULL, "it is empty"},
    {"http://user@example.com/", NULL, "user information"},
    {"http://@example.com/", NULL, "user information"},
    {"http://u:p@example.com/", NULL, "user information"},
    {"http://example.com:0/", NULL, "from 1 to 65535"},
    {"http://example.com:080/", NULL, "from 1 to 65535"},
    {"http://example.com:65536/", NULL, "from 1 to 65535"},
    {"http://example.com:655360/", NULL, "from 1 to 65535"},
    {"http://example.com:4294967376/", NULL, "from 1 to 65535"},           /* 80 in 32 bits */
    {"http://example.com:18446744073709551696/", NULL, "from 1 to 65535"}, /* 80 in 64 bits */
    {"http://example.com:8a/", NULL, "from 1 to 65535"},
    {"http://example.com:80:80/", NULL, "from 1 to 65535"},
    {"http://*.example.com/", NULL, "\"*\" may only be"},
    {"http://example%2ecom/", NULL, "holds \"%\""},
    {"http://a..b/", NULL, "empty label"},
    {"http://127.1/", NULL, "is a number"},
    {"http://0x7f000001/", NULL, "is a number"},
    {"http://192.0.2.1./", NULL, "is a number"},
    {"http://a.onion/", NULL, "onion"},
    {"http://xn--z.example/", NULL, "does not encode"},
    {"http://[2001:db8::1", NULL, "not closed"},
    {"http://[2001:db8::1/", NULL, "not closed"},
    {"http://[2001:db8::1]80/", NULL, "between the host and its port"},
    {"http://[fe80::1%25eth0]/", NULL, "no IPv6 address"},
    {"http://[v1.a]/", NULL, "no IPv6 address"},
    {"http://[192.0.2.1]/", NULL, "no IPv6 address"},
    {"http://[]/", NULL, "no IPv6 address"},
    {"http://2001:db8::1/", NULL, "from 1 to 65535"},
    {"http://a]/", NULL, "invalid"},
    {"http://b\xC3\xBC"
     "cher.example/",
     NULL, "characters"},
    {"http://example.com/a b", NULL, "characters"},
    {"http://example.com\\@evil.example/", NULL, "characters"},
};

static void test_url_parse_by_table(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < COUNT(parse_cases); i++) {
        const struct parse_case *c = &parse_cases[i];
        struct url url = {0};
        struct err err = {0};
        bool parsed = url_parse(bytes_of(c->text), arena, &url, &err);
        if (parsed != (c->formatted != NULL))
            fail_msg("%s: %d %s", c->text, parsed, err.text);
        if (!parsed) {
            if (!strstr(err.text, c->more))
                fail_msg("%s: %s", c->text, err.text);
            continue;
        }
        const char *formatted = url_format(&url, arena);
        if (!str_eq(formatted, c->formatted) || !str_eq(url_authority(&url, arena), c->more))
            fail_msg("%s: %s %s", c->text, formatted, url_authority(&url, arena));
    }
    arena_free(arena);
}

static void test_url_parse_bounds_the_length(void **state)
{
    (void)state;
    static char text[LIMIT_URL_BYTES + 2];
    struct arena *arena = arena_new();
    struct url url;
    struct err err;
    memset(text, 'a', sizeof text - 1);
    memcpy(text, "http://a/", 9);
    assert_false(url_parse(bytes_of(text), arena, &url, &err));
    assert_string_equal(err.text, "a URL may have 2048 bytes");
    text[LIMIT_URL_BYTES] = '\0';
    assert_true(url_parse(bytes_of(text), arena, &url, &err));
    arena_free(arena);
}

/* What a request may put into a URL */

typedef bool check_fn(const char *text, struct err *err);

struct text_case {
    const char *text;
    const char *error; /* NULL: good; else what occurs in it */
    const char *why;
};

static void check_texts(check_fn *check, const struct text_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct err err = {0};
        bool good = check(cases[i].text, &err);
        if (good != !cases[i].error || (!good && !strstr(err.text, cases[i].error)))
            fail_msg("\"%s\" (%s): %d %s", cases[i].text, cases[i].why, good, err.text);
    }
}

static void check_lengths(check_fn *check, size_t max)
{
    static char text[2000];
    struct err err;
    memset(text, 'a', sizeof text);
    text[max] = '\0';
    assert_true(check(text, &err));
    text[max] = 'a';
    text[max + 1] = '\0';
    assert_false(check(text, &err));
    assert_int_equal(err.code, ERR_LIMIT);
}

static void test_acme_token_check_by_table(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA", NULL, "the example of RFC 8555"},
        {"_", NULL, "one character"},
        {"", "it is empty", "empty"},
        {"a.b", "only letters", "dot"},
        {"a=", "only letters", "padding"},
        {"a+b", "only letters", "base64 of the other alphabet"},
        {"../a", "only letters", "path"},
        {"a b", "only letters", "blank"},
        {"a%41", "only letters", "escape"},
        {"\xC3\xA9", "only letters", "beyond ASCII"},
        {"a\n", "only letters", "line feed"},
    };
    check_texts(acme_token_check, cases, COUNT(cases));
    check_lengths(acme_token_check, 512);
}

static void test_key_authorization_check_by_table(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"evaGxf-DsR_b2L.9jg46WB3", NULL, "token, dot, thumbprint"},
        {"abc", NULL, "without a dot: clients differ"},
        {"", "it is empty", "empty"},
        {"a b", "\"-\", \".\" and", "blank"},
        {"a/b", "only letters", "slash"},
        {"a\r\n", "only letters", "line feed"},
    };
    check_texts(key_authorization_check, cases, COUNT(cases));
    check_lengths(key_authorization_check, 1024);
}

static void test_http_token_path_check_stays_in_the_directory(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"fileauth.txt", NULL, "a file"},
        {"a/b/c", NULL, "below"},
        {"a//b", NULL, "empty segment"},
        {"/a", NULL, "empty segment in front"},
        {"a/", NULL, "empty segment at the end"},
        {"...", NULL, "three dots are a name"},
        {"a..b/.c", NULL, "dots inside"},
        {"a%20b%41", NULL, "escapes"},
        {"a;b=c/!$&'()*+,:@=~-_", NULL, "all characters of a segment"},
        {"%252e%252e/a", NULL, "escaped escape: decoded once it is no dot"},
        {"", "it is empty", "empty"},
        {"/", "names no file", "the directory"},
        {"//", "names no file", "the directory"},
        {".", "must stay below", "dot"},
        {"..", "must stay below", "dots"},
        {"../a", "must stay below", "dots in front"},
        {"a/..", "must stay below", "dots at the end"},
        {"a/./b", "must stay below", "dot inside"},
        {"a/../../b", "must stay below", "dots inside"},
        {"%2e%2E/a", "must stay below", "escaped dots"},
        {".%2e/a", "must stay below", "half escaped"},
        {"%2e/a", "must stay below", "escaped dot"},
        {"a/..;x/b", "must stay below", "dots with a parameter"},
        {"a/.%3bx/b", "must stay below", "dot with an escaped parameter"},
        {"a\\b", "character", "backslash"},
        {"a?b", "character", "query"},
        {"a#b", "character", "fragment"},
        {"a b", "character", "blank: it would end the request target"},
        {"a\r\nHost: b", "character", "line feed"},
        {"a\x7F", "character", "delete"},
        {"\xC3\xA9", "character", "beyond ASCII"},
        {"a[b]", "character", "brackets"},
        {"a\"b", "character", "quote"},
        {"a%2fb", "%2f", "escaped slash"},
        {"a%2Fb", "%2f", "escaped slash"},
        {"a%5cb", "%5c", "escaped backslash"},
        {"a%00", "%00", "escaped NUL"},
        {"a%", "two hex digits", "stray percent"},
        {"a%4", "two hex digits", "half an escape"},
        {"%zz", "two hex digits", "no hex digits"},
    };
    check_texts(http_token_path_check, cases, COUNT(cases));
    check_lengths(http_token_path_check, 1024);
}

/* The expected value in the request */

static void test_url_holds_value_sees_through_encodings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *value;
        bool holds;
        const char *why;
    } rows[] = {
        {"http://a/?x=secret", "secret", true, "plain"},
        {"secret", "secret", true, "nothing else"},
        {"http://a/secre", "secret", false, "not the whole"},
        {"http://SECRET.example/", "secret", true, "case"},
        {"http://a/", "SECRET/", false, "absent"},
        {"http://a/%73ecret", "secret", true, "one letter escaped"},
        {"http://a/%73%65%63%72%65%74", "secret", true, "all escaped"},
        {"http://a/%2573ecret", "secret", true, "escaped twice"},
        {"http://a/%25252573ecret", "secret", true, "escaped four times"},
        {"http://a/s%2565cret", "s%65cret", true, "the value holds an escape itself"},
        {"http://a/s%65cret", "s%65cret", true, "the same, as it is"},
        {"http://a/my+secret", "my secret", true, "plus for a blank"},
        {"http://a/my%20secret", "my secret", true, "escaped blank"},
        {"http://a/my%20secret", "my+secret", true, "the value with a plus"},
        {"http://a/a/b", "/A/B", true, "a value with slashes"},
        {"http://a/%", "secret", false, "stray percent"},
        {"http://a/%4", "%4", true, "a value with a stray percent"},
        {"http://a/%c3%a9", "\xC3\xA9", true, "beyond ASCII"},
        {"http://a/", "", false, "an empty value is everywhere, and no secret"},
        {"http://a/", NULL, false, "no value"},
        {"", "a", false, "nothing to look into"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (url_holds_value(rows[i].text, rows[i].value) != rows[i].holds)
            fail_msg("%s: %s", rows[i].text, rows[i].why);
    /* What nobody writes, and what costs a pass for each layer. */
    assert_true(url_holds_value("/%252525252525252525252525252525252525252525x", "secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url_of_http_01_asks_the_well_known_place),
        cmocka_unit_test(test_url_of_website_change_takes_scheme_and_path),
        cmocka_unit_test(test_url_of_a_wildcard_is_a_bug),
        cmocka_unit_test(test_url_parse_by_table),
        cmocka_unit_test(test_url_parse_bounds_the_length),
        cmocka_unit_test(test_acme_token_check_by_table),
        cmocka_unit_test(test_key_authorization_check_by_table),
        cmocka_unit_test(test_http_token_path_check_stays_in_the_directory),
        cmocka_unit_test(test_url_holds_value_sees_through_encodings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
