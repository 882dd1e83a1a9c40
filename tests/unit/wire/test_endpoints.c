/* The setting `perspectives` of Open MPIC's coordinator. */
#include "wire/endpoints.h"

#include "base/buf.h"
#include "support/unit.h"

#include <string.h>

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

static void test_endpoints_are_read_in_their_order(void **state)
{
    (void)state;
    const char *text =
        "{\"z\": {\"caa_endpoint_info\": {\"url\": \"https://z/caa\", \"headers\": {\"a\": \"1\", "
        "\"b\": \"2\"}, \"other\": 1}, \"dcv_endpoint_info\": {\"url\": \"https://z/dcv\", "
        "\"headers\": null}}, \"a\": {\"caa_endpoint_info\": {\"arn\": \"arn:aws:lambda:x\"}, "
        "\"dcv_endpoint_info\": {\"arn\": \"arn:aws:lambda:y\"}}}";
    const struct wire_endpoints *endpoints;
    size_t count;
    struct err err;
    assert_true(wire_decode_endpoints(bytes_of(text), arena, &endpoints, &count, &err));
    assert_int_equal(count, 2);
    assert_string_equal(endpoints[0].code, "z");
    assert_string_equal(endpoints[0].caa.url, "https://z/caa");
    assert_int_equal(endpoints[0].caa.header_count, 2);
    assert_string_equal(endpoints[0].caa.headers[1].name, "b");
    assert_string_equal(endpoints[0].caa.headers[1].value, "2");
    assert_string_equal(endpoints[0].dcv.url, "https://z/dcv");
    assert_int_equal(endpoints[0].dcv.header_count, 0);
    assert_string_equal(endpoints[1].code, "a");
    assert_null(endpoints[1].caa.url);
    assert_string_equal(endpoints[1].dcv.arn, "arn:aws:lambda:y");
}

static void test_endpoints_may_be_none(void **state)
{
    (void)state;
    const struct wire_endpoints *endpoints;
    size_t count = 7;
    struct err err;
    assert_true(wire_decode_endpoints(bytes_of("{}"), arena, &endpoints, &count, &err));
    assert_int_equal(count, 0);
}

#define CAA "\"caa_endpoint_info\": {\"url\": \"https://a/caa\"}"

static const struct {
    const char *text;
    const char *error;
} refused[] = {
    {"", "Unexpected end of data"},
    {"{\"a\": 1, \"a\": 2}", "Property given twice"},
    {"[]", "is no JSON object"},
    {"\"<placeholder>\"", "is no JSON object"},
    {"{\"a\": 1}", "a: caa_endpoint_info is missing"},
    {"{\"a\": {\"caa_endpoint_info\": \"https://a\"}}", "a: caa_endpoint_info is missing"},
    {"{\"a\": {" CAA "}}", "a: dcv_endpoint_info is missing"},
    {"{\"a\": {\"caa_endpoint_info\": {}}}", "a: caa_endpoint_info has no url"},
    {"{\"a\": {\"caa_endpoint_info\": {\"url\": 1}}}", "a: caa_endpoint_info has no url"},
    {"{\"a\": {\"caa_endpoint_info\": {\"url\": \"\"}}}", "a: caa_endpoint_info has no url"},
    {"{\"a\": {\"caa_endpoint_info\": {\"url\": \"x\\u0000y\"}}}",
     "a: caa_endpoint_info has no url"},
    {"{\"a\": {" CAA ", \"dcv_endpoint_info\": {\"url\": \"x\", \"headers\": []}}}",
     "a: dcv_endpoint_info: headers is no object"},
    {"{\"a\": {" CAA ", \"dcv_endpoint_info\": {\"url\": \"x\", \"headers\": {\"k\": 1}}}}",
     "a: dcv_endpoint_info: a header has a value that is no text"},
    {"{\"a\": {" CAA
     ", \"dcv_endpoint_info\": {\"url\": \"x\", \"headers\": {\"k\": \"1\\u00002\"}}}}",
     "a: dcv_endpoint_info: a header has a value that is no text"},
};

static void test_endpoints_that_say_too_little_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct wire_endpoints *endpoints;
        size_t count;
        struct err err;
        if (wire_decode_endpoints(bytes_of(refused[i].text), arena, &endpoints, &count, &err))
            fail_msg("taken: %s", refused[i].text);
        if (!strstr(err.text, refused[i].error))
            fail_msg("%s: \"%s\"", refused[i].text, err.text);
    }
}

static void test_endpoints_beyond_the_limit_are_refused(void **state)
{
    (void)state;
    struct buf text = {0};
    for (int i = 0; i < 257; i++)
        buf_printf(&text, "%s\"p%d\": 1", i ? ", " : "{", i);
    buf_printf(&text, "}");
    const struct wire_endpoints *endpoints;
    size_t count;
    struct err err;
    assert_false(wire_decode_endpoints(buf_bytes(&text), arena, &endpoints, &count, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    buf_clear(&text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_endpoints_are_read_in_their_order),
        CASE(test_endpoints_may_be_none),
        CASE(test_endpoints_that_say_too_little_are_refused),
        CASE(test_endpoints_beyond_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
