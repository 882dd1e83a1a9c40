#include "core/rules/http_headers.h"

#include "base/limits.h"
#include "base/str.h"
#include "support/unit.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct header_case {
    const char *name;
    const char *value;
    const char *error; /* NULL: allowed; else what occurs in it */
    const char *why;
};

static const struct header_case cases[] = {
    {"User-Agent", "a/1 (b)", NULL, "the usual use"},
    {"Accept", "text/plain", NULL, "negotiation"},
    {"Authorization", "Basic YTpi", NULL, "it goes to the first origin only"},
    {"X-Custom", "", NULL, "empty value"},
    {"X-Custom", "a\tb c", NULL, "tab and blank"},
    {"!#$%&'*+-.^_`|~09az", "~", NULL, "all token characters"},
    {"If-None-Match", "\"a\"", NULL, "conditional: a 304 proves nothing anyway"},
    {"Host", "b.example", "\"Host\" must not be set", "another site"},
    {"hOST", "b.example", "\"hOST\" must not be set", "any case"},
    {"Accept-Encoding", "gzip", "must not be set", "bodies are not decoded"},
    {"Range", "bytes=0-1", "must not be set", "the body is judged whole"},
    {"Expect", "100-continue", "must not be set", "expectation"},
    {"Connection", "keep-alive", "must not be set", "hop by hop"},
    {"Proxy-Connection", "x", "must not be set", "hop by hop"},
    {"Keep-Alive", "1", "must not be set", "hop by hop"},
    {"TE", "trailers", "must not be set", "hop by hop"},
    {"Upgrade", "h2c", "must not be set", "hop by hop"},
    {"HTTP2-Settings", "AAMAAABk", "must not be set", "upgrade"},
    {"Proxy-Authorization", "x", "must not be set", "hop by hop"},
    {"Proxy-Authenticate", "x", "must not be set", "hop by hop"},
    {"Content-Length", "5", "must not be set", "framing"},
    {"Transfer-Encoding", "chunked", "must not be set", "framing"},
    {"Trailer", "x", "must not be set", "framing"},
    {"", "x", "no header name", "empty name"},
    {"Host ", "x", "no header name", "blank"},
    {"Host:", "x", "no header name", "colon"},
    {"a\r\nHost", "x", "\"a\\013\\010Host\" is no header name", "line feed"},
    {"\xC3\xA9", "x", "no header name", "beyond ASCII"},
    {"a(b)", "x", "no header name", "parentheses"},
    {"X", "a\r\nHost: b", "value of \"X\"", "line feed in the value"},
    {"X", "a\nb", "value of \"X\"", "bare line feed"},
    {"X", "\x7F", "value of \"X\"", "delete"},
    {"X", "\x01", "value of \"X\"", "control character"},
    {"X", "\xC3\xA9", "value of \"X\"", "beyond ASCII"},
};

static void test_http_headers_check_by_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct header_case *c = &cases[i];
        const struct http_header_param headers[] = {{"X-First", "1"}, {c->name, c->value}};
        struct err err = {0};
        bool good = http_headers_check(headers, 2, &err);
        if (good != !c->error || (!good && !strstr(err.text, c->error)))
            fail_msg("%s (%s): %d %s", c->name, c->why, good, err.text);
    }
    struct err err;
    assert_true(http_headers_check(NULL, 0, &err));
}

static void test_http_headers_check_refuses_a_name_twice(void **state)
{
    (void)state;
    const struct http_header_param headers[] = {{"Accept", "a"}, {"X", "b"}, {"ACCEPT", "c"}};
    struct err err;
    assert_true(http_headers_check(headers, 2, &err));
    assert_false(http_headers_check(headers, 3, &err));
    assert_string_equal(err.text, "the header \"ACCEPT\" is given twice");
}

static void test_http_headers_check_bounds_count_and_bytes(void **state)
{
    (void)state;
    struct http_header_param headers[LIMIT_HTTP_HEADERS + 1];
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i",
                                        "j", "k", "l", "m", "n", "o", "p", "q"};
    struct err err;
    for (size_t i = 0; i < COUNT(headers); i++)
        headers[i] = (struct http_header_param){names[i], ""};
    assert_true(http_headers_check(headers, LIMIT_HTTP_HEADERS, &err));
    assert_false(http_headers_check(headers, LIMIT_HTTP_HEADERS + 1, &err));
    assert_string_equal(err.text, "there are 17 headers; 16 are allowed");

    static char value[LIMIT_HTTP_HEADER_BYTES];
    memset(value, 'v', sizeof value - 3); /* names of 3 bytes together: exactly the limit */
    headers[2].value = value;
    assert_true(http_headers_check(headers, 3, &err));
    assert_false(http_headers_check(headers, 4, &err));
    assert_string_equal(err.text, "with \"d\" the headers have more than 4096 bytes together");
    assert_int_equal(err.code, ERR_LIMIT);
}

static void test_http_header_travels_for_two_names_only(void **state)
{
    (void)state;
    assert_true(http_header_travels("User-Agent"));
    assert_true(http_header_travels("accept"));
    assert_false(http_header_travels("Authorization"));
    assert_false(http_header_travels("Accept-Language"));
    assert_false(http_header_travels("Cookie"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_headers_check_by_table),
        cmocka_unit_test(test_http_headers_check_refuses_a_name_twice),
        cmocka_unit_test(test_http_headers_check_bounds_count_and_bytes),
        cmocka_unit_test(test_http_header_travels_for_two_names_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
