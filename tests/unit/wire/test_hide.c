/* What a record must not hold: wire/hide.c, and the record of a response. */
#include "wire/hide.h"
#include "wire/wire.h"

#include "base/str.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

static void test_values_are_hidden_in_strings_only(void **state)
{
    (void)state;
    static const struct {
        const char *why, *value, *json, *expected;
    } rows[] = {
        {"alone", "secret-1", "{\"a\":\"secret-1\"}", "{\"a\":\"[hidden]\"}"},
        {"in the middle, twice", "secret-1", "[\"x secret-1secret-1 y\"]",
         "[\"x [hidden][hidden] y\"]"},
        {"a name is kept", "check_passed", "{\"check_passed\":true}", "{\"check_passed\":true}"},
        {"numbers are kept", "12345678", "{\"a\":12345678,\"b\":\"12345678\"}",
         "{\"a\":12345678,\"b\":\"[hidden]\"}"},
        {"escaped", "a\"b\\c-123", "{\"a\":\"<a\\\"b\\\\c-123>\"}", "{\"a\":\"<[hidden]>\"}"},
        {"short ones are no secrets", "hidden7", "{\"a\":\"hidden7\"}", "{\"a\":\"hidden7\"}"},
        {"a quote that is escaped ends no string", "secret-1",
         "{\"a\":\"\\\"\",\"b\":\"secret-1\"}", "{\"a\":\"\\\"\",\"b\":\"[hidden]\"}"},
        {"a page that holds it", "secret-1", "{\"response_page\":\"eHNlY3JldC0xeQ==\",\"b\":1}",
         "{\"response_page\":\"[hidden]\",\"b\":1}"},
        {"a page that does not", "secret-2", "{\"response_page\":\"eHNlY3JldC0xeQ==\"}",
         "{\"response_page\":\"eHNlY3JldC0xeQ==\"}"},
        {"other base64 is none", "secret-1", "{\"certificate\":\"eHNlY3JldC0xeQ==\"}",
         "{\"certificate\":\"eHNlY3JldC0xeQ==\"}"},
        {"a page that is not there", "secret-1", "{\"response_page\":null,\"b\":\"secret-1\"}",
         "{\"response_page\":null,\"b\":\"[hidden]\"}"},
        {"cut in a string", "secret-1", "{\"a\":\"secret-1", "{\"a\":\"[hidden]"},
        {"cut after a backslash", "secret-1", "{\"a\":\"\\", "{\"a\":\"\\"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = {0};
        const struct bytes value = bytes_of(rows[i].value);
        hide_values(bytes_of(rows[i].json), &value, 1, &out);
        if (!str_eq(buf_str(&out), rows[i].expected))
            fail_msg("%s: %s", rows[i].why, buf_str(&out));
        buf_clear(&out);
    }
}

static void test_longest_value_is_hidden_whole(void **state)
{
    (void)state;
    const struct bytes values[] = {bytes_of("token-123"), bytes_of("token-123.thumbprint"),
                                   bytes_of("")};
    struct buf out = {0};
    hide_values(bytes_of("[\"token-123.thumbprint\",\"/token-123?\"]"), values, 3, &out);
    assert_string_equal(buf_str(&out), "[\"[hidden]\",\"/[hidden]?\"]");
    buf_clear(&out);
}

static void test_record_of_a_web_check_holds_no_secret(void **state)
{
    (void)state;
    static const struct http_header_param headers[] = {{"X-Long", "long header value"},
                                                       {"X-Short", "pw"}};
    const struct mpic_request request = {
        .check = {.check_type = CHECK_DCV,
                  .target = "a.example",
                  .dcv = {.method = DCV_ACME_HTTP_01,
                          .token = "token-123",
                          .key_authorization = "token-123.thumbprint",
                          .has_http_headers = true,
                          .http_headers = headers,
                          .http_header_count = 2}}};
    struct perspective_result result = {
        .code = "p-1",
        .result = {.check_type = CHECK_DCV,
                   .method = DCV_ACME_HTTP_01,
                   .verdict = VERDICT_FAIL,
                   .problem = PROBLEM_NO_MATCH,
                   .details.http = {
                       .response_url = "http://a.example/.well-known/acme-challenge/token-123",
                       .final_url = "http://b.example/?long header value&long%20header%20value"}}};
    const struct attempt attempt = {&result, 1};
    const struct mpic_response response = {
        .request = &request, .attempt_count = 1, .attempts = &attempt};
    struct arena *arena = arena_new();
    struct buf given = {0}, kept = {0};
    wire_encode_mpic_response(&response, &given);
    wire_encode_mpic_record(&response, arena, &kept);
    static const char *const secrets[] = {"token-123", "thumbprint", "long header value",
                                          "long%20header%20value", "\"pw\""};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        assert_non_null(strstr(buf_str(&given), secrets[i]));
        assert_null(strstr(buf_str(&kept), secrets[i]));
    }
    assert_non_null(strstr(buf_str(&kept), "\"X-Short\":\"[hidden]\""));
    assert_non_null(
        strstr(buf_str(&kept), "http://a.example/.well-known/acme-challenge/[hidden]\""));
    buf_clear(&given);
    buf_clear(&kept);
    arena_free(arena);
}

static void test_record_of_any_other_check_is_the_response(void **state)
{
    (void)state;
    const struct mpic_request request = {.check = {.check_type = CHECK_CAA, .target = "a.example"}};
    const struct mpic_response response = {.request = &request};
    struct arena *arena = arena_new();
    struct buf given = {0}, kept = {0};
    wire_encode_mpic_response(&response, &given);
    wire_encode_mpic_record(&response, arena, &kept);
    assert_string_equal(buf_str(&given), buf_str(&kept));
    buf_clear(&given);
    buf_clear(&kept);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_hidden_in_strings_only),
        cmocka_unit_test(test_longest_value_is_hidden_whole),
        cmocka_unit_test(test_record_of_a_web_check_holds_no_secret),
        cmocka_unit_test(test_record_of_any_other_check_is_the_response),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
