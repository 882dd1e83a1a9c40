/* Refusals of a request: every fault, with the reference's keys and ours. */
#include "wire/wire.h"

#include "base/str.h"
#include "support/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The validation_issues of a refused body. Release with json_decref(). */
static json_t *refuse(struct bytes body)
{
    struct arena *arena = arena_new();
    struct wire_issues issues = {0};
    struct mpic_request request;
    struct buf out = {0};
    if (wire_decode_mpic_request(body, arena, &request, &issues))
        fail_msg("accepted: %.*s", (int)body.n, (const char *)body.p);
    wire_encode_issues(&issues, &out);
    json_error_t error;
    json_t *json =
        json_loadb((const char *)out.p, out.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!json)
        fail_msg("%s: %.*s", error.text, (int)out.n, (const char *)out.p);
    assert_string_equal(json_string_value(json_object_get(json, "error")),
                        "request-validation-failed");
    json_t *list = json_incref(json_object_get(json, "validation_issues"));
    assert_true(json_array_size(list) > 0);
    assert_int_equal(json_array_size(list), issues.count);
    json_decref(json);
    wire_issues_clear(&issues);
    assert_int_equal(issues.count, 0);
    buf_clear(&out);
    arena_free(arena);
    return list;
}

/* The same of a request to a perspective. */
static json_t *refuse_check(enum check_type type, struct bytes body)
{
    struct arena *arena = arena_new();
    struct wire_issues issues = {0};
    struct check_request request;
    struct buf out = {0};
    if (wire_decode_check_request(body, type, arena, &request, &issues))
        fail_msg("accepted: %.*s", (int)body.n, (const char *)body.p);
    buf_printf(&out, "[%.*s]", (int)issues.items.n, (const char *)issues.items.p);
    json_t *list = json_loadb((const char *)out.p, out.n, JSON_ALLOW_NUL, NULL);
    assert_non_null(list);
    wire_issues_clear(&issues);
    buf_clear(&out);
    arena_free(arena);
    return list;
}

static const char *get(const json_t *issues, size_t i, const char *key)
{
    return json_string_value(json_object_get(json_array_get(issues, i), key));
}

/* Our own keys say the same as the reference's, which remain. */
static void strip_our_keys(json_t *issue)
{
    const char *type = json_string_value(json_object_get(issue, "type"));
    const char *msg = json_string_value(json_object_get(issue, "msg"));
    const char *message = json_string_value(json_object_get(issue, "message"));
    const char *issue_type = json_string_value(json_object_get(issue, "issue_type"));
    /* A rule of ours that the reference has in the shape. */
    bool is_rule = str_eq(issue_type, "invalid-account-uri");
    assert_true(is_rule || str_eq(issue_type, type));
    assert_true(is_rule || str_ends_with(message, msg));
    json_object_del(issue, "issue_type");
    json_object_del(issue, "message");
}

static void test_wrong_types_are_refused_as_pydantic_does(void **state)
{
    (void)state;
    json_error_t error;
    json_t *cases = json_load_file("wire/golden/refusals.json", 0, &error);
    if (!cases)
        fail_msg("%s", error.text);
    assert_true(json_array_size(cases) > 150);
    size_t i;
    json_t *row;
    json_array_foreach(cases, i, row)
    {
        char *body = json_dumps(json_object_get(row, "body"), JSON_COMPACT | JSON_ENCODE_ANY);
        json_t *issues = refuse(bytes_of(body));
        size_t k;
        json_t *issue;
        json_array_foreach(issues, k, issue) strip_our_keys(issue);
        if (!json_equal(issues, json_object_get(row, "issues"))) {
            char *ours = json_dumps(issues, JSON_COMPACT);
            char *expected = json_dumps(json_object_get(row, "issues"), JSON_COMPACT);
            print_error("%s\n  ours:     %s\n  expected: %s\n", body, ours, expected);
            fail();
        }
        json_decref(issues);
        free(body);
    }
    json_decref(cases);
}

static void test_keys_have_the_order_of_the_reference(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct wire_issues issues = {0};
    struct mpic_request request;
    const char *body = "{\"domain_or_ip_target\":\"a\",\"check_type\":\"foo\"}";
    assert_false(wire_decode_mpic_request(bytes_of(body), arena, &request, &issues));
    const char *first = "{\"type\":\"literal_error\",\"loc\":[\"body\",\"MpicCaaRequest\",\"check_"
                        "type\"],\"msg\":\"Input should be <CheckType.CAA: 'caa'>\",\"input\":"
                        "\"foo\",\"ctx\":{\"expected\":\"<CheckType.CAA: 'caa'>\"},\"issue_type\":"
                        "\"literal_error\",\"message\":\"MpicCaaRequest.check_type: Input should "
                        "be <CheckType.CAA: 'caa'>\"},";
    assert_true(str_starts_with(buf_str(&issues.items), first));
    wire_issues_clear(&issues);
    arena_free(arena);
}

struct body_row {
    const char *why;
    const char *body;
    const char *type;
    const char *text; /* part of the first issue's message */
};

/* Bodies that are no JSON for us, and values that the reference takes or refuses otherwise. */
static const struct body_row hostile[] = {
    {"no body", "", "missing", "Field required"},
    {"only blanks", " \n", "json_invalid", "Unexpected end"},
    {"no JSON", "hello", "json_invalid", "Invalid syntax"},
    {"single quotes", "{'a':1}", "json_invalid", "Invalid syntax"},
    {"closed before it is open", "]}[{", "json_invalid", "Invalid syntax"},
    {"cut", "{\"a\":", "json_invalid", "Unexpected end"},
    {"cut string", "{\"a", "json_invalid", "Unexpected end"},
    {"rest", "{} x", "json_invalid", "Extra data"},
    {"two values", "{}{}", "json_invalid", "Extra data"},
    {"comma at the end", "{\"a\":1,}", "json_invalid", "Invalid syntax"},
    {"NaN", "{\"a\":NaN}", "json_invalid", "Invalid syntax"},
    {"leading zero", "{\"a\":01}", "json_invalid", "Invalid syntax"},
    {"control character", "{\"a\":\"\n\"}", "json_invalid", "Invalid syntax"},
    {"byte order mark", "\xef\xbb\xbf{}", "json_invalid", "Invalid syntax"},
    {"byte that is not UTF-8", "{\"a\":\"\xff\"}", "json_invalid", "Not UTF-8"},
    {"overlong UTF-8", "{\"a\":\"\xc0\x80\"}", "json_invalid", "Not UTF-8"},
    {"surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", "json_invalid", "Not UTF-8"},
    {"beyond U+10FFFF", "{\"a\":\"\xf4\x90\x80\x80\"}", "json_invalid", "Not UTF-8"},
    {"lone high surrogate", "{\"a\":\"\\ud800\"}", "json_invalid", "Invalid syntax"},
    {"lone low surrogate", "{\"a\":\"\\udc00\"}", "json_invalid", "Invalid syntax"},
    {"surrogate and letter", "{\"a\":\"\\ud800x\"}", "json_invalid", "Invalid syntax"},
    {"leading zeros that are many", "{\"a\":00000000000000000000000}", "json_invalid",
     "Invalid syntax"},
    {"leading zero of a large number", "{\"a\":01e400}", "json_invalid", "Invalid syntax"},
    {"large number and letters", "{\"a\":99999999999999999999x}", "json_invalid", "Invalid syntax"},
    {"large number as a name", "{1e400:1}", "json_invalid", "Invalid syntax"},
    {"large number in two pieces", "{\"a\":1e400 1}", "json_invalid", "Invalid syntax"},
    {"large number as a body", "1e400", "model_attributes_type", "dictionary"},
    {"count out of range",
     "{\"domain_or_ip_target\":\"a\",\"orchestration_parameters\":{\"quorum_count\":"
     "99999999999999999999}}",
     "int_parsing_size", "orchestration_parameters.quorum_count: Unable to parse"},
    {"count of 64 bits and one",
     "{\"domain_or_ip_target\":\"a\",\"orchestration_parameters\":{\"quorum_count\":"
     "-9223372036854775809}}",
     "int_parsing_size", "orchestration_parameters.quorum_count: Unable to parse"},
    {"count beyond any number",
     "{\"domain_or_ip_target\":\"a\",\"orchestration_parameters\":{\"quorum_count\":-1E+400}}",
     "int_parsing_size", "orchestration_parameters.quorum_count: Unable to parse"},
    {"target that is a large number", "{\"domain_or_ip_target\":1e400}", "string_type",
     "domain_or_ip_target: Input should be a valid string"},
    {"flag that is a large number",
     "{\"domain_or_ip_target\":\"a\",\"caa_check_parameters\":{\"allow_lookup_failure\":1e309}}",
     "bool_type", "allow_lookup_failure: Input should be a valid boolean"},
    {"U+0000 in a string that nobody knows",
     "{\"domain_or_ip_target\":\"a\",\"x\":[1,{\"y\":\"a\\u0000b\"}]}", "value_error",
     "x.1.y: Value error, the character U+0000 is not allowed"},
    {"property twice", "{\"a\":1,\"a\":1}", "json_invalid", "Property given twice"},
    {"property twice, escaped", "{\"a\":1,\"\\u0061\":1}", "json_invalid", "Property given twice"},
    {"property twice below", "{\"x\":[{\"y\":{\"a\":1,\"a\":2}}]}", "json_invalid",
     "Property given twice"},
    {"U+0000 in a name", "{\"a\\u0000\":1}", "json_invalid", "U+0000 in a property name"},
    {"nothing", "null", "model_attributes_type", "dictionary"},
    {"negative number out of range",
     "{\"domain_or_ip_target\":\"a\",\"orchestration_parameters\":{\"quorum_count\":-1e19}}",
     "int_parsing_size", "exceeded maximum size"},
    {"number in a string out of range",
     "{\"domain_or_ip_target\":\"a\",\"orchestration_parameters\":{\"quorum_count\":"
     "\"9223372036854775808\"}}",
     "int_parsing_size", "exceeded maximum size"},
};

static void test_hostile_bodies_are_refused_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        json_t *issues = refuse(bytes_of(hostile[i].body));
        const char *message = get(issues, 0, "message");
        if (!str_eq(get(issues, 0, "type"), hostile[i].type) || !strstr(message, hostile[i].text))
            fail_msg("%s: %s: %s", hostile[i].why, get(issues, 0, "type"), message);
        json_decref(issues);
    }
}

/* As any other property that is unknown. */
static void test_large_numbers_in_unknown_properties_are_ignored(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "1e400",
        "-1e400",
        "1E+309",
        "1e308",
        "0.1e310",
        "0.000e400",
        "0e99999999999999999999999",
        "123456789e9999999999999999999999",
        "1e-9999999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999",
        "1234567890123456789012345678901234567890.5",
        "[1e400,99999999999999999999,{\"y\":-1e999}]",
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char body[256];
        snprintf(body, sizeof body,
                 "{\"x\":%s,\"domain_or_ip_target\":\"1e400\",\"z\":\"a \\\"1e400\"}", numbers[i]);
        struct arena *arena = arena_new();
        struct wire_issues issues = {0};
        struct mpic_request request;
        if (!wire_decode_mpic_request(bytes_of(body), arena, &request, &issues))
            fail_msg("%s: %.*s", numbers[i], (int)issues.items.n, (const char *)issues.items.p);
        assert_string_equal(request.check.target, "1e400");
        wire_issues_clear(&issues);
        arena_free(arena);
    }
}

/* The smallest that is out of range, and its neighbours, in a property that is known. */
static void test_integers_are_read_to_the_last_of_64_bits(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        int64_t value;
    } rows[] = {
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"1e3", 1000},
        {"0.5e1", 5},
        {"-0", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[256];
        snprintf(
            body, sizeof body,
            "{\"domain_or_ip_target\":\"a\",\"orchestration_parameters\":{\"max_attempts\":%s}}",
            rows[i].number);
        struct arena *arena = arena_new();
        struct wire_issues issues = {0};
        struct mpic_request request;
        assert_true(wire_decode_mpic_request(bytes_of(body), arena, &request, &issues));
        assert_int_equal(request.orchestration.max_attempts.value, rows[i].value);
        arena_free(arena);
    }
}

/* V4a: at /mpic as with a perspective. */
static void test_account_that_is_no_uri_is_refused_everywhere(void **state)
{
    (void)state;
    static const char caa[] = "{\"domain_or_ip_target\":\"a\",\"caa_check_parameters\":"
                              "{\"account_uris\":[\"https://ca.example/1\",\"";
    static const char persistent[] =
        "{\"domain_or_ip_target\":\"a\",\"dcv_check_parameters\":{\"validation_method\":"
        "\"dns-persistent\",\"issuer_domain_names\":[\"ca.example\"],\"expected_account_uri\":"
        "\"";
    static const char account[] =
        "{\"domain_or_ip_target\":\"a\",\"dcv_check_parameters\":{\"validation_method\":"
        "\"dns-account-01\",\"key_authorization_hash\":\"x\",\"account_uri\":\"";
    static const struct {
        const char *start;
        const char *end;
        enum check_type type;
        const char *property;
    } bodies[] = {{caa, "\"]}}", CHECK_CAA, "account_uris"},
                  {persistent, "\"}}", CHECK_DCV, "expected_account_uri"},
                  {account, "\"}}", CHECK_DCV, "account_uri"}};
    static const char *const bad[] = {"", "no-uri", "https://ca.example/\xc3\xbc", "a b:c", "1a:b"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
            char body[400];
            snprintf(body, sizeof body, "%s%s%s", bodies[i].start, bad[k], bodies[i].end);
            json_t *issues = refuse(bytes_of(body));
            assert_string_equal(get(issues, 0, "issue_type"), "invalid-account-uri");
            assert_non_null(strstr(get(issues, 0, "message"), "Invalid account URI: \""));
            assert_non_null(strstr(get(issues, 0, "message"), bodies[i].property));
            json_decref(issues);
            issues = refuse_check(bodies[i].type, bytes_of(body));
            assert_string_equal(get(issues, 0, "issue_type"), "invalid-account-uri");
            json_decref(issues);
        }
    }
}

/* Wherever it stands, and whatever else is wrong with the body, the one issue is about it. */
static void test_nul_is_named_by_its_property(void **state)
{
    (void)state;
    static const struct {
        const char *body, *property;
    } rows[] = {
        {"{\"domain_or_ip_target\":\"a.example\\u0000.evil.example\"}", "domain_or_ip_target"},
        {"{\"domain_or_ip_target\":\"a\",\"trace_identifier\":\"\\u0000\"}", "trace_identifier"},
        {"{\"domain_or_ip_target\":\"a\",\"check_type\":\"caa\\u0000\"}", "check_type"},
        {"{\"domain_or_ip_target\":\"a\\\\u0000\\u0000\"}", "domain_or_ip_target"},
        {"{\"x\":[1,{\"y\":\"\\u0000\"}],\"domain_or_ip_target\":7}", "x.1.y"},
        {"{\"domain_or_ip_target\":\"a\",\"caa_check_parameters\":{\"caa_domains\":[\"b\",\"\\u0000\"]}}",
         "caa_check_parameters.caa_domains.1"},
        {"{\"caa_check_parameters\":{\"certificate_type\":\"mark\\u0000\"}}",
         "caa_check_parameters.certificate_type"},
        {"{\"caa_check_parameters\":{\"allow_lookup_failure\":\"1\\u0000\"}}",
         "caa_check_parameters.allow_lookup_failure"},
        {"{\"orchestration_parameters\":{\"quorum_count\":\"1\\u0000\"}}",
         "orchestration_parameters.quorum_count"},
        {"{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"a\",\"dcv_check_parameters\":{"
         "\"validation_method\":\"dns-change\",\"challenge_value\":\"a\\u0000b\"}}",
         "dcv_check_parameters.challenge_value"},
        {"{\"dcv_check_parameters\":{\"validation_method\":\"dns-change\\u0000\"}}",
         "dcv_check_parameters.validation_method"},
        {"[\"a\",\"\\u0000\"]", "1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf message = {0};
        buf_printf(&message, "%s: Value error, the character U+0000 is not allowed",
                   rows[i].property);
        json_t *lists[] = {refuse(bytes_of(rows[i].body)),
                           refuse_check(CHECK_CAA, bytes_of(rows[i].body)),
                           refuse_check(CHECK_DCV, bytes_of(rows[i].body))};
        for (size_t k = 0; k < 3; k++) {
            assert_int_equal(json_array_size(lists[k]), 1);
            assert_string_equal(get(lists[k], 0, "issue_type"), "value_error");
            assert_string_equal(get(lists[k], 0, "message"), buf_str(&message));
            json_decref(lists[k]);
        }
        buf_clear(&message);
    }
}

static void test_escaped_backslash_before_u0000_is_no_nul(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct wire_issues issues = {0};
    struct check_request request;
    assert_true(wire_decode_check_request(bytes_of("{\"domain_or_ip_target\":\"a\\\\u0000\"}"),
                                          CHECK_CAA, arena, &request, &issues));
    arena_free(arena);
}

static void test_body_that_is_no_json_has_the_shape_of_fastapi(void **state)
{
    (void)state;
    json_t *issues = refuse(bytes_of("{\"a\":1 x"));
    json_t *expected =
        json_pack("[{s:s,s:[s,i],s:s,s:{},s:{s:s},s:s,s:s}]", "type", "json_invalid", "loc", "body",
                  8, "msg", "JSON decode error", "input", "ctx", "error", "Invalid syntax",
                  "issue_type", "json_invalid", "message", "JSON decode error: Invalid syntax");
    json_t *loc = json_object_get(json_array_get(issues, 0), "loc");
    json_t *wanted = json_object_get(json_array_get(expected, 0), "loc");
    assert_true(json_is_integer(json_array_get(loc, 1)));
    json_array_set(wanted, 1, json_array_get(loc, 1)); /* where jansson noticed */
    assert_true(json_equal(issues, expected));
    json_decref(expected);
    json_decref(issues);
    issues = refuse(bytes_of(""));
    expected =
        json_pack("[{s:s,s:[s],s:s,s:n,s:s,s:s}]", "type", "missing", "loc", "body", "msg",
                  "Field required", "input", "issue_type", "missing", "message", "Field required");
    assert_true(json_equal(issues, expected));
    json_decref(expected);
    json_decref(issues);
}

/* `count` times `item`, between `before` and `after`. */
static struct buf repeat(const char *before, const char *item, size_t count, const char *after)
{
    struct buf body = {0};
    buf_append(&body, before, strlen(before));
    for (size_t i = 0; i < count; i++)
        buf_append(&body, item, strlen(item));
    buf_append(&body, after, strlen(after));
    return body;
}

static void test_deep_nesting_is_refused(void **state)
{
    (void)state;
    const char *const open[] = {"[", "{\"a\":"};
    for (size_t i = 0; i < 2; i++) {
        struct buf body = repeat("{\"x\":", open[i], 30000, "");
        json_t *issues = refuse(buf_bytes(&body));
        assert_string_equal(get(issues, 0, "message"), "JSON decode error: Nested too deeply");
        json_decref(issues);
        buf_clear(&body);
    }
    /* As deep as is allowed, in a property that we do not know; brackets in strings do not count. */
    struct arena *arena = arena_new();
    struct wire_issues none = {0};
    struct mpic_request request;
    struct buf body = repeat("{\"domain_or_ip_target\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                             "\",\"x\":",
                             "[", 31, "");
    struct buf good = repeat(buf_str(&body), "]", 31, "}");
    assert_true(wire_decode_mpic_request(buf_bytes(&good), arena, &request, &none));
    struct buf deeper = repeat(buf_str(&body), "[", 1, "");
    struct buf bad = repeat(buf_str(&deeper), "]", 32, "}");
    json_decref(refuse(buf_bytes(&bad)));
    buf_clear(&body);
    buf_clear(&good);
    buf_clear(&deeper);
    buf_clear(&bad);
    arena_free(arena);
}

static void test_long_lists_are_refused(void **state)
{
    (void)state;
    const char *before =
        "{\"domain_or_ip_target\":\"a\",\"caa_check_parameters\":{\"caa_domains\":[";
    struct buf body = repeat(before, "\"a\",", 999, "\"a\"]}}");
    json_t *issues = refuse(buf_bytes(&body));
    assert_string_equal(get(issues, 0, "type"), "too_long");
    assert_string_equal(get(issues, 0, "msg"),
                        "List should have at most 100 items after validation, not 1000");
    json_decref(issues);
    buf_clear(&body);
    before = "{\"domain_or_ip_target\":\"a\",\"caa_check_parameters\":{"
             "\"validation_method_labels\":[";
    body = repeat(before, "\"b\",", 16, "\"b\"]}}");
    issues = refuse(buf_bytes(&body));
    assert_string_equal(get(issues, 0, "msg"),
                        "List should have at most 16 items after validation, not 17");
    json_decref(issues);
    buf_clear(&body);
    before = "{\"domain_or_ip_target\":\"a\",\"caa_check_parameters\":{\"caa_domains\":[";
    body = repeat(before, "0,", 99, "0]}}");
    issues = refuse(buf_bytes(&body));
    assert_int_equal(json_array_size(issues), 100); /* more help nobody */
    json_decref(issues);
    buf_clear(&body);
    body = repeat("{\"x\":[", "{},", 20000, "0]}");
    issues = refuse(buf_bytes(&body));
    assert_string_equal(get(issues, 0, "message"), "JSON decode error: Too many values");
    json_decref(issues);
    buf_clear(&body);
}

static void test_large_inputs_are_cut_on_a_character(void **state)
{
    (void)state;
    /* U+00FC has two bytes: the cut must not fall between them, wherever it falls. */
    for (size_t shift = 0; shift < 4; shift++) {
        struct buf body = repeat("{\"domain_or_ip_target\":[\"", "x", shift, "");
        struct buf whole = repeat(buf_str(&body), "\xc3\xbc", 5000, "\"]}");
        json_t *issues = refuse(buf_bytes(&whole));
        const char *input = get(issues, 0, "input");
        assert_true(strlen(input) <= 1024 + 3);
        assert_true(strlen(input) > 1000);
        assert_true(str_starts_with(input, "[\"x") || shift == 0);
        assert_true(str_ends_with(input, "\xc3\xbc..."));
        json_decref(issues);
        buf_clear(&body);
        buf_clear(&whole);
    }
}

static void test_names_of_header_fields_are_cut(void **state)
{
    (void)state;
    const char *before = "{\"domain_or_ip_target\":\"a\",\"dcv_check_parameters\":{\"validation_"
                         "method\":\"acme-http-01\",\"token\":\"t\",\"key_authorization\":\"k\","
                         "\"http_headers\":{\"";
    struct buf body = repeat(before, "x", 5000, "\":1}}}");
    json_t *issues = refuse(buf_bytes(&body));
    json_t *loc = json_object_get(json_array_get(issues, 0), "loc");
    assert_int_equal(json_string_length(json_array_get(loc, json_array_size(loc) - 1)), 100);
    json_decref(issues);
    buf_clear(&body);
}

static void test_bad_dcv_parameters_without_check_type_are_no_caa_check(void **state)
{
    (void)state;
    const char *body = "{\"domain_or_ip_target\":\"a\",\"dcv_check_parameters\":{\"validation_"
                       "method\":\"http-01\"}}";
    json_t *issues = refuse(bytes_of(body));
    assert_int_equal(json_array_size(issues), 1);
    assert_string_equal(get(issues, 0, "type"), "union_tag_invalid");
    json_decref(issues);
}

static void test_tags_of_other_types_are_shown_as_json(void **state)
{
    (void)state;
    static const struct {
        const char *tag, *shown;
    } rows[] = {
        {"null", "null"},
        {"true", "true"},
        {"[\"dns-change\"]", "[\"dns-change\"]"},
        {"\"\xc3\xbc\"", "\xc3\xbc"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[160];
        snprintf(
            body, sizeof body,
            "{\"domain_or_ip_target\":\"a\",\"dcv_check_parameters\":{\"validation_method\":%s}}",
            rows[i].tag);
        json_t *issues = refuse(bytes_of(body));
        assert_string_equal(get(issues, 0, "type"), "union_tag_invalid");
        const json_t *context = json_object_get(json_array_get(issues, 0), "ctx");
        assert_string_equal(json_string_value(json_object_get(context, "tag")), rows[i].shown);
        json_decref(issues);
    }
}

static void test_requests_to_a_perspective_have_locations_without_class(void **state)
{
    (void)state;
    static const struct {
        enum check_type type;
        const char *body, *issue;
    } rows[] = {
        {CHECK_CAA, "{}",
         "{\"type\":\"missing\",\"loc\":[\"body\",\"domain_or_ip_target\"],\"msg\":\"Field "
         "required\",\"input\":{},\"issue_type\":\"missing\",\"message\":\"domain_or_ip_target: "
         "Field required\"}"},
        {CHECK_CAA, "[]",
         "{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"Input should be a valid "
         "dictionary or object to extract fields from\",\"input\":[],\"issue_type\":\"model_"
         "attributes_type\",\"message\":\"Input should be a valid dictionary or object to extract "
         "fields from\"}"},
        {CHECK_CAA, "",
         "{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\","
         "\"input\":null,\"issue_type\":\"missing\",\"message\":\"Field required\"}"},
        {CHECK_DCV, "{\"domain_or_ip_target\":\"a\"}",
         "{\"type\":\"missing\",\"loc\":[\"body\",\"dcv_check_parameters\"],\"msg\":\"Field "
         "required\",\"input\":{\"domain_or_ip_target\":\"a\"},\"issue_type\":\"missing\","
         "\"message\":\"dcv_check_parameters: Field required\"}"},
        {CHECK_DCV,
         "{\"domain_or_ip_target\":\"a\",\"dcv_check_parameters\":{\"validation_method\":\"acme-"
         "tls-alpn-01\",\"key_authorization_hash\":5}}",
         "{\"type\":\"string_type\",\"loc\":[\"body\",\"dcv_check_parameters\",\"acme-tls-alpn-"
         "01\",\"key_authorization_hash\"],\"msg\":\"Input should be a valid string\",\"input\":5,"
         "\"issue_type\":\"string_type\",\"message\":\"dcv_check_parameters.acme-tls-alpn-01.key_"
         "authorization_hash: Input should be a valid string\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new();
        struct wire_issues issues = {0};
        struct check_request request;
        assert_false(wire_decode_check_request(bytes_of(rows[i].body), rows[i].type, arena,
                                               &request, &issues));
        assert_string_equal(buf_str(&issues.items), rows[i].issue);
        wire_issues_clear(&issues);
        arena_free(arena);
    }
}

static void test_rules_have_the_keys_of_both_kinds(void **state)
{
    (void)state;
    struct rule_issue items[] = {
        {"invalid-quorum-count", "Invalid quorum count: 5"},
        {"not-permitted-by-baseline", "say \"no\""},
        {"target-not-allowed-for-method", "t"},
        {"some-other-rule", "o"},
    };
    struct rule_issues rules = {items, sizeof items / sizeof items[0]};
    struct wire_issues issues = {0};
    struct buf out = {0};
    wire_issues_add_rules(&issues, &rules);
    assert_int_equal(issues.count, 4);
    wire_encode_issues(&issues, &out);
    assert_string_equal(
        buf_str(&out),
        "{\"error\":\"request-validation-failed\",\"validation_issues\":["
        "{\"issue_type\":\"invalid-quorum-count\",\"message\":\"Invalid quorum count: 5\","
        "\"type\":\"invalid-quorum-count\",\"loc\":[\"body\",\"orchestration_parameters\","
        "\"quorum_count\"],\"msg\":\"Invalid quorum count: 5\"},"
        "{\"issue_type\":\"not-permitted-by-baseline\",\"message\":\"say \\\"no\\\"\","
        "\"type\":\"not-permitted-by-baseline\",\"loc\":[\"body\",\"dcv_check_parameters\","
        "\"validation_method\"],\"msg\":\"say \\\"no\\\"\"},"
        "{\"issue_type\":\"target-not-allowed-for-method\",\"message\":\"t\","
        "\"type\":\"target-not-allowed-for-method\",\"loc\":[\"body\",\"domain_or_ip_target\"],"
        "\"msg\":\"t\"},"
        "{\"issue_type\":\"some-other-rule\",\"message\":\"o\",\"type\":\"some-other-rule\","
        "\"loc\":[\"body\"],\"msg\":\"o\"}]}");
    buf_clear(&out);
    wire_issues_clear(&issues);
}

static void test_count_of_issues_is_bounded_for_every_kind(void **state)
{
    (void)state;
    struct rule_issue item = {"empty-challenge-value", "Empty challenge value."};
    struct rule_issues rules = {&item, 1};
    struct wire_issues issues = {.max_count = 2};
    struct arena *arena = arena_new();
    struct mpic_request request;
    wire_issues_add_rules(&issues, &rules);
    wire_issues_add_body(&issues, "missing", "Field required");
    wire_issues_add_rules(&issues, &rules);
    wire_issues_add_body(&issues, "missing", "Field required");
    assert_false(wire_decode_mpic_request(bytes_of("x"), arena, &request, &issues));
    assert_int_equal(issues.count, 2);
    assert_null(strstr(buf_str(&issues.items), "json_invalid"));
    wire_issues_clear(&issues);
    arena_free(arena);
}

static void test_error_text_is_escaped(void **state)
{
    (void)state;
    struct buf out = {0};
    wire_encode_error("a \"b\"\n\x01\xff", &out);
    assert_string_equal(buf_str(&out), "{\"error\":\"a \\\"b\\\"\\n\\u0001\xef\xbf\xbd\"}");
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_types_are_refused_as_pydantic_does),
        cmocka_unit_test(test_keys_have_the_order_of_the_reference),
        cmocka_unit_test(test_hostile_bodies_are_refused_and_named),
        cmocka_unit_test(test_large_numbers_in_unknown_properties_are_ignored),
        cmocka_unit_test(test_integers_are_read_to_the_last_of_64_bits),
        cmocka_unit_test(test_account_that_is_no_uri_is_refused_everywhere),
        cmocka_unit_test(test_nul_is_named_by_its_property),
        cmocka_unit_test(test_escaped_backslash_before_u0000_is_no_nul),
        cmocka_unit_test(test_body_that_is_no_json_has_the_shape_of_fastapi),
        cmocka_unit_test(test_deep_nesting_is_refused),
        cmocka_unit_test(test_long_lists_are_refused),
        cmocka_unit_test(test_large_inputs_are_cut_on_a_character),
        cmocka_unit_test(test_names_of_header_fields_are_cut),
        cmocka_unit_test(test_bad_dcv_parameters_without_check_type_are_no_caa_check),
        cmocka_unit_test(test_tags_of_other_types_are_shown_as_json),
        cmocka_unit_test(test_requests_to_a_perspective_have_locations_without_class),
        cmocka_unit_test(test_rules_have_the_keys_of_both_kinds),
        cmocka_unit_test(test_count_of_issues_is_bounded_for_every_kind),
        cmocka_unit_test(test_error_text_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
