/*
 * The reference's own requests and responses (golden/: written by its coordinator, one line each as
 * on the wire): what we read from them and write again is the same bytes, and ours follow.
 */
#include "wire/wire.h"

#include "base/str.h"
#include "support/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct example {
    struct arena *arena;
    struct mpic_request request;
    struct mpic_response response;
    char *text; /* the golden response */
};

static char *load(int number, const char *kind)
{
    char path[64];
    snprintf(path, sizeof path, "wire/golden/example-%d-%s.json", number, kind);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    static char text[8192];
    size_t n = fread(text, 1, sizeof text - 1, file);
    assert_true(n > 0 && text[n - 1] == '\n');
    text[n - 1] = '\0';
    fclose(file);
    return text;
}

static struct attempt read_attempt(struct example *example, const json_t *perspectives)
{
    struct attempt attempt = {.count = json_array_size(perspectives)};
    attempt.results = arena_array(example->arena, attempt.count, sizeof *attempt.results);
    for (size_t i = 0; i < attempt.count; i++) {
        json_t *item = json_array_get(perspectives, i);
        char *text = json_dumps(json_object_get(item, "check_response"), JSON_COMPACT);
        struct wire_expectation expected = {.request = &example->request.check};
        struct err err = {0};
        attempt.results[i].code = arena_strdup(
            example->arena, json_string_value(json_object_get(item, "perspective_code")));
        if (!wire_decode_check_result(bytes_of(text), &expected, example->arena,
                                      &attempt.results[i].result, &err))
            fail_msg("%s", err.text);
        free(text);
    }
    return attempt;
}

static size_t get_count(const json_t *json, const char *name)
{
    return (size_t)json_integer_value(
        json_object_get(json_object_get(json, "actual_orchestration_parameters"), name));
}

/* Reads example `number` into structs. */
static struct example example_open(int number)
{
    struct example example = {.arena = arena_new()};
    struct wire_issues issues = {0};
    assert_true(wire_decode_mpic_request(bytes_of(load(number, "request")), example.arena,
                                         &example.request, &issues));
    example.text = arena_strdup(example.arena, load(number, "response"));
    json_t *json = json_loads(example.text, 0, NULL);
    const json_t *previous = json_object_get(json, "previous_attempt_results");
    size_t count = json_array_size(previous) + 1;
    struct attempt *attempts = arena_array(example.arena, count, sizeof *attempts);
    for (size_t i = 0; i + 1 < count; i++)
        attempts[i] = read_attempt(&example, json_array_get(previous, i));
    attempts[count - 1] = read_attempt(&example, json_object_get(json, "perspectives"));
    example.response = (struct mpic_response){
        .mpic_completed = json_is_true(json_object_get(json, "mpic_completed")),
        .is_valid = json_is_true(json_object_get(json, "is_valid")),
        .perspective_count = get_count(json, "perspective_count"),
        .quorum_count = get_count(json, "quorum_count"),
        .attempt_count = get_count(json, "attempt_count"),
        .attempts = attempts,
    };
    json_decref(json);
    return example;
}

/* The one addition that stands among the reference's properties. */
static const char *without_roles(char *text)
{
    static const char role[] = ",\"role\":\"remote\"";
    for (char *at = strstr(text, role); at; at = strstr(text, role))
        memmove(at, at + strlen(role), strlen(at + strlen(role)) + 1);
    return text;
}

static void check_example(int number)
{
    struct example example = example_open(number);
    example.response.request = &example.request;
    struct buf out = {0};
    wire_encode_mpic_response(&example.response, &out);
    const char *ours = strstr(buf_str(&out), ",\"verification\":");
    assert_non_null(ours);
    const char *contract = without_roles(
        arena_strndup(example.arena, (const char *)out.p, (size_t)(ours - (const char *)out.p)));
    char *golden = example.text;
    golden[strlen(golden) - 1] = '\0'; /* the closing brace: ours come before it */
    assert_string_equal(contract, golden);
    buf_clear(&out);
    arena_free(example.arena);
}

static void test_caa_pass_is_written_as_the_reference_does(void **state)
{
    (void)state;
    check_example(1);
}

static void test_caa_fail_with_a_timeout_is_written_as_the_reference_does(void **state)
{
    (void)state;
    check_example(2);
}

static void test_http_01_with_a_redirect_is_written_as_the_reference_does(void **state)
{
    (void)state;
    check_example(3);
}

static void test_two_attempts_are_written_as_the_reference_does(void **state)
{
    (void)state;
    check_example(4);
}

/* What the coordinator sends to its perspectives for the examples. */
static void test_check_requests_are_written_as_the_reference_does(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "{\"domain_or_ip_target\":\"example.com\",\"trace_identifier\":null,"
        "\"caa_check_parameters\":null}",
        "{\"domain_or_ip_target\":\"*.example.com\",\"trace_identifier\":\"t-1\","
        "\"caa_check_parameters\":{\"certificate_type\":\"tls-server\",\"caa_domains\":[\"ca1."
        "example\"],\"allow_lookup_failure\":false}}",
        "{\"domain_or_ip_target\":\"example.com\",\"trace_identifier\":null,"
        "\"dcv_check_parameters\":{\"validation_method\":\"acme-http-01\",\"require_exact_case\":"
        "true,\"token\":\"tok1\",\"key_authorization\":\"tok1.abc\",\"http_headers\":null}}",
        "{\"domain_or_ip_target\":\"example.com\",\"trace_identifier\":\"t-2\","
        "\"dcv_check_parameters\":{\"validation_method\":\"dns-change\",\"require_exact_case\":true,"
        "\"challenge_value\":\"abc123\",\"dns_name_prefix\":\"_dnsauth\",\"dns_record_type\":"
        "\"TXT\",\"require_exact_match\":false}}",
    };
    for (int i = 0; i < 4; i++) {
        struct example example = example_open(i + 1);
        struct buf out = {0};
        wire_encode_check_request(&example.request.check, &out);
        assert_string_equal(buf_str(&out), expected[i]);
        buf_clear(&out);
        arena_free(example.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caa_pass_is_written_as_the_reference_does),
        cmocka_unit_test(test_caa_fail_with_a_timeout_is_written_as_the_reference_does),
        cmocka_unit_test(test_http_01_with_a_redirect_is_written_as_the_reference_does),
        cmocka_unit_test(test_two_attempts_are_written_as_the_reference_does),
        cmocka_unit_test(test_check_requests_are_written_as_the_reference_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
