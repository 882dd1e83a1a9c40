/* check_response both ways: evidence of every method, and what is no answer. */
#include "wire/wire.h"

#include "base/limits.h"
#include "base/str.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static const struct check_request caa_request = {.check_type = CHECK_CAA, .target = "a.example"};
static const struct check_request dns_request = {
    .check_type = CHECK_DCV, .target = "a.example", .dcv = {.method = DCV_DNS_CHANGE}};
static const struct check_request http_request = {
    .check_type = CHECK_DCV, .target = "a.example", .dcv = {.method = DCV_ACME_HTTP_01}};
static const struct check_request alpn_request = {
    .check_type = CHECK_DCV, .target = "a.example", .dcv = {.method = DCV_ACME_TLS_ALPN_01}};

/* Reads `body` as an answer of perspective "p-1"; the error's text, or NULL if it was taken. */
static const char *read_as(const struct check_request *request, struct bytes body,
                           struct arena *arena, struct check_result *out)
{
    const struct wire_expectation expected = {request, "p-1"};
    struct err err = {0};
    bool is_good = wire_decode_check_result(body, &expected, arena, out, &err);
    assert_int_equal(is_good, err.code == ERR_NONE);
    return is_good ? NULL : arena_strdup(arena, err.text);
}

static struct strv list(const char *const *items, size_t count)
{
    return (struct strv){.items = items, .count = count, .present = true};
}

static const char *const two[] = {"one", "two \"2\"; \\ \xc3\xbc"};
static const struct check_error errors[] = {{"mpic_error:x", "what"}, {"mpic_error:y", ""}};
static const struct dns_extended_error extended[] = {{6, "DNSSEC Bogus"}, {-1, NULL}};
static const struct address_refusal refusals[] = {{"10.0.0.1", "10.0.0.0/8", "RFC 1918"}};
static const struct address_try tries[] = {{"2001:db8::1", "connect_failed"},
                                           {"192.0.2.1", "connected"}};

static struct connection_report connection(void)
{
    static struct lookup_report lookup = {.name = "a.example", .type = "A", .outcome = "ok"};
    lookup.cname_chain = list(two, 2);
    return (struct connection_report){
        .addresses_resolved = list(two, 2),
        .ipv4_status = "ok",
        .ipv6_status = "nodata",
        .lookups = &lookup,
        .lookup_count = 1,
        .addresses_refused = refusals,
        .refused_count = 1,
        .addresses_tried = tries,
        .tried_count = 2,
        .address_used = "192.0.2.1",
    };
}

static struct check_result result_of(const struct check_request *request, enum verdict verdict)
{
    return (struct check_result){
        .check_type = request->check_type,
        .method = request->dcv.method,
        .verdict = verdict,
        .problem = verdict == VERDICT_PASS   ? PROBLEM_NONE
                   : verdict == VERDICT_FAIL ? PROBLEM_NO_MATCH
                                             : PROBLEM_DNS_TIMEOUT,
        .timestamp_ns = OPT_INT(1764000000000000001),
        .perspective_code = "p-1",
    };
}

static void add_common(struct check_details *details)
{
    details->dnssec = DNSSEC_INDETERMINATE;
    details->extended_errors = extended;
    details->extended_error_count = 2;
    details->duration_ms = OPT_INT(0);
    details->local_policy = list(two, 1);
    details->reason = "what was seen";
}

/* Written as `expected`, and read back as the same. */
static void check_both_ways(const struct check_request *request, const struct check_result *result,
                            const char *expected)
{
    struct arena *arena = arena_new();
    struct buf out = {0}, again = {0};
    struct check_result copy;
    wire_encode_check_result(result, &out);
    assert_string_equal(buf_str(&out), expected);
    const char *problem = read_as(request, buf_bytes(&out), arena, &copy);
    if (problem)
        fail_msg("%s", problem);
    assert_int_equal(copy.verdict, result->verdict);
    assert_int_equal(copy.problem, result->problem);
    assert_int_equal(copy.method, result->method);
    wire_encode_check_result(&copy, &again);
    assert_string_equal(buf_str(&again), expected);
    buf_clear(&out);
    buf_clear(&again);
    arena_free(arena);
}

#define HEAD(completed, passed, errors_json, type)                                                 \
    "{\"check_completed\":" completed ",\"check_passed\":" passed ",\"errors\":" errors_json       \
    ",\"timestamp_ns\":1764000000000000001,\"check_type\":\"" type "\",\"details\":"
#define PASS(type) HEAD("true", "true", "null", type)
#define TAIL       ",\"perspective_code\":\"p-1\"}"
#define COMMON                                                                                      \
    "\"dnssec\":\"indeterminate\",\"extended_dns_errors\":[{\"code\":6,\"text\":\"DNSSEC Bogus\"}," \
    "{\"code\":-1,\"text\":null}],\"duration_ms\":0,\"local_policy\":[\"one\"],"                    \
    "\"reason\":\"what was seen\""
#define TWO "[\"one\",\"two \\\"2\\\"; \\\\ \xc3\xbc\"]"
#define CONNECTION                                                                                 \
    "\"addresses_resolved\":" TWO ",\"ipv4_status\":\"ok\",\"ipv6_status\":\"nodata\","            \
    "\"lookups\":[{\"name\":\"a.example\",\"type\":\"A\",\"outcome\":\"ok\",\"status\":null,"      \
    "\"cname_chain\":" TWO "}],"                                                                   \
    "\"addresses_refused\":[{\"address\":\"10.0.0.1\",\"block\":\"10.0.0.0/8\",\"source\":\"RFC "  \
    "1918\"}],\"addresses_tried\":[{\"address\":\"2001:db8::1\",\"outcome\":\"connect_failed\"},"  \
    "{\"address\":\"192.0.2.1\",\"outcome\":\"connected\"}],\"address_used\":\"192.0.2.1\""

static void test_caa_result_with_all_evidence(void **state)
{
    (void)state;
    const struct lookup_report lookups[] = {
        {"a.example", "CAA", "nodata", "secure", {0}, OPT_BOOL(true)},
        {"example", "CAA", "ok", NULL, list(two, 2), {0}}};
    struct check_result result = result_of(&caa_request, VERDICT_PASS);
    add_common(&result.details);
    result.details.caa = (struct caa_details){
        .caa_record_present = OPT_BOOL(true),
        .found_at = "example",
        .records_seen = list(two, 2),
        .ttl_s = OPT_INT(300),
        .cname_chain = list(two, 2),
        .records_truncated = OPT_BOOL(true),
        .lookups = lookups,
        .lookup_count = 2,
        .lookup_tries = OPT_INT(2),
        .lookup_failure_accepted = OPT_BOOL(true),
        .applicable = OPT_BOOL(false),
    };
    check_both_ways(
        &caa_request, &result,
        PASS(
            "caa") "{\"caa_record_present\":true,\"found_at\":\"example\",\"records_"
                   "seen\":" TWO ",\"problem\":null," COMMON ",\"ttl_s\":300,\"cname_chain\":" TWO
                   ",\"records_truncated\":true,\"lookups\":[{\"name\":"
                   "\"a.example\",\"type\":\"CAA\",\"outcome\":\"nodata\",\"status\":"
                   "\"secure\",\"cname_chain_truncated\":true},{\"name\":\"example\",\"type\":\"CAA\",\"outcome\":"
                   "\"ok\",\"status\":null,\"cname_chain\":" TWO
                   "}],\"lookup_tries\":2,\"lookup_failure_"
                   "accepted\":true,\"applicable\":false}" TAIL);
}

static void test_record_result_with_all_evidence(void **state)
{
    (void)state;
    static const struct rejected_record rejected[] = {{0, "no accounturi"}, {7, NULL}};
    const struct lookup_report lookups[] = {
        {"a.example", "CAA", "nodata", "secure", list(two, 2), {0}}};
    struct check_result result = result_of(&dns_request, VERDICT_FAIL);
    add_common(&result.details);
    result.has_errors = true;
    result.errors = errors;
    result.error_count = 2;
    result.details.record = (struct record_details){
        .records_seen = list(two, 0),
        .response_code = OPT_INT(3),
        .ad_flag = OPT_BOOL(false),
        .found_at = "a.example",
        .cname_chain = list(two, 2),
        .query_name = "a.example",
        .owner_name = "b.example",
        .ttl_s = OPT_INT(1),
        .records_truncated = OPT_BOOL(true),
        .matched_record = "m",
        .rejected_records = rejected,
        .rejected_count = 2,
        .lookups = lookups,
        .lookup_count = 1,
    };
    check_both_ways(
        &dns_request, &result,
        HEAD("true", "false",
             "[{\"error_type\":\"mpic_error:x\",\"error_message\":\"what\"},{\"error_type\":\"mpic_"
             "error:y\",\"error_message\":\"\"}]",
             "dcv") "{\"validation_method\":\"dns-change\",\"records_seen\":[],\"response_code\":3,"
                    "\"ad_flag\":false,\"found_at\":\"a.example\",\"cname_chain\":" TWO
                    ",\"problem\":\"no_match\"," COMMON
                    ",\"query_name\":\"a.example\",\"owner_name\":\"b.example\",\"ttl_s\":1,"
                    "\"records_truncated\":true,\"matched_record\":\"m\",\"rejected_records\":[{"
                    "\"index\":0,\"reason\":\"no accounturi\"},{\"index\":7,\"reason\":null}],"
                    "\"lookups\":[{\"name\":\"a.example\",\"type\":\"CAA\",\"outcome\":"
                    "\"nodata\",\"status\":\"secure\",\"cname_chain\":" TWO "}]}" TAIL);
}

static void test_http_result_with_all_evidence(void **state)
{
    (void)state;
    static const struct redirect_report history[] = {{301, "/b"}, {302, "https://b.example/"}};
    const struct http_hop hops[] = {
        {"http://a.example/", connection(), OPT_INT(301), NULL},
        {.url = "https://b.example/", .tls_version = "TLSv1.3"},
    };
    struct check_result result = result_of(&http_request, VERDICT_PASS);
    add_common(&result.details);
    result.details.http = (struct http_details){
        .has_response_history = true,
        .response_history = history,
        .response_history_count = 2,
        .response_url = "http://a.example/",
        .response_status_code = OPT_INT(200),
        .response_page = "eA==",
        .final_url = "https://b.example/",
        .body_bytes = OPT_INT(1),
        .hops = hops,
        .hop_count = 2,
    };
    check_both_ways(
        &http_request, &result,
        PASS("dcv") "{\"validation_method\":\"acme-http-01\",\"response_history\":[{\"status_"
                    "code\":301,\"url\":\"/b\"},{\"status_code\":302,\"url\":\"https://b.example/"
                    "\"}],\"response_url\":\"http://a.example/\",\"response_status_code\":200,"
                    "\"response_page\":\"eA==\",\"problem\":null," COMMON
                    ",\"final_url\":\"https://b.example/\",\"body_bytes\":1,\"hops\":[{\"url\":"
                    "\"http://a.example/\"," CONNECTION ",\"status_code\":301},{\"url\":\"https://"
                    "b.example/\",\"tls_version\":\"TLSv1.3\"}]}" TAIL);
    /* No redirect, and an empty list of them, are different things. */
    result.details.http = (struct http_details){.has_response_history = true};
    struct buf out = {0};
    wire_encode_check_result(&result, &out);
    assert_non_null(strstr(buf_str(&out), "\"response_history\":[],\"response_url\":null"));
    buf_clear(&out);
}

static void test_tls_alpn_result_with_all_evidence(void **state)
{
    (void)state;
    struct check_result result = result_of(&alpn_request, VERDICT_PASS);
    add_common(&result.details);
    result.has_errors = true; /* [], as the reference says after a completed certificate check */
    result.details.tls_alpn = (struct tls_alpn_details){
        .common_name = "a.example",
        .sni = "a.example",
        .alpn = "acme-tls/1",
        .tls_version = "TLSv1.3",
        .connection = connection(),
        .certificate = "MIIB",
        .san = list(two, 1),
        .digest_seen = "00ff",
    };
    check_both_ways(&alpn_request, &result,
                    HEAD("true", "true", "[]", "dcv") "{\"validation_method\":\"acme-tls-alpn-01\","
                                                      "\"common_name\":\"a.example\",\"problem\":"
                                                      "null," COMMON
                                                      ",\"sni\":\"a.example\",\"alpn\":\"acme-tls/"
                                                      "1\",\"tls_version\":\"TLSv1.3\"," CONNECTION
                                                      ",\"certificate\":\"MIIB\",\"san\":[\"one\"],"
                                                      "\"digest_seen\":\"00ff\"}" TAIL);
}

static void test_empty_result_shows_the_contract_and_what_ours_always_have(void **state)
{
    (void)state;
    static const struct {
        const struct check_request *request;
        const char *details;
    } rows[] = {
        {&caa_request, "{\"caa_record_present\":null,\"found_at\":null,\"records_seen\":null,"},
        {&dns_request, "{\"validation_method\":\"dns-change\",\"records_seen\":null,\"response_"
                       "code\":null,\"ad_flag\":null,\"found_at\":null,\"cname_chain\":null,"},
        {&http_request, "{\"validation_method\":\"acme-http-01\",\"response_history\":null,"
                        "\"response_url\":null,\"response_status_code\":null,\"response_page\":"
                        "null,"},
        {&alpn_request, "{\"validation_method\":\"acme-tls-alpn-01\",\"common_name\":null,"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new();
        struct check_result result = result_of(rows[i].request, VERDICT_UNKNOWN);
        result.timestamp_ns.present = false;
        result.perspective_code = NULL;
        const char *expected = arena_printf(
            arena,
            "{\"check_completed\":false,\"check_passed\":false,\"errors\":null,\"timestamp_ns\":"
            "null,\"check_type\":\"%s\",\"details\":%s\"problem\":\"dns_timeout\",\"dnssec\":null,"
            "\"duration_ms\":null}}",
            check_type_str(rows[i].request->check_type), rows[i].details);
        check_both_ways(rows[i].request, &result, expected);
        arena_free(arena);
    }
}

/* Every record method has the same details; each must come back as itself. */
static void test_each_method_is_read_as_itself_and_as_no_other(void **state)
{
    (void)state;
    for (int asked = DCV_NONE + 1; asked < DCV_METHOD_COUNT; asked++) {
        const struct check_request request = {
            .check_type = CHECK_DCV, .target = "a", .dcv = {.method = (enum dcv_method)asked}};
        for (int answered = DCV_NONE + 1; answered < DCV_METHOD_COUNT; answered++) {
            struct arena *arena = arena_new();
            struct check_result result = result_of(&request, VERDICT_PASS), copy;
            result.method = (enum dcv_method)answered;
            struct buf out = {0};
            wire_encode_check_result(&result, &out);
            const char *problem = read_as(&request, buf_bytes(&out), arena, &copy);
            assert_int_equal(problem == NULL, asked == answered);
            buf_clear(&out);
            arena_free(arena);
        }
    }
}

struct answer_row {
    const char *why;
    const struct check_request *request;
    const char *body;
    const char *text; /* part of the error */
};

#define CAA_DETAILS "{\"caa_record_present\":false}"
#define DNS_DETAILS "{\"validation_method\":\"dns-change\"}"

/* None of these may become an answer: each could turn a no, or nothing, into a yes. */
static const struct answer_row refused[] = {
    {"nothing", &caa_request, "", "no JSON"},
    {"HTML", &caa_request, "<html></html>", "no JSON"},
    {"text", &caa_request, "Internal Server Error", "no JSON"},
    {"a list", &caa_request, "[]", "valid dictionary"},
    {"null", &caa_request, "null", "valid dictionary"},
    {"an error", &caa_request, "{\"error\":\"x\"}", "no check_response"},
    {"FastAPI's refusal", &dns_request,
     "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"m\"}]}", "no check_response"},
    {"a pass without details", &caa_request, "{\"check_completed\":true,\"check_passed\":true}",
     "no check_response"},
    {"details null", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":null}", "no check_response"},
    {"details no object", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":[]}", "no check_response"},
    {"CAA for DCV", &dns_request,
     "{\"check_completed\":true,\"check_passed\":true,\"check_type\":\"caa\",\"details\":" CAA_DETAILS
     "}",
     "answer is to a caa check"},
    {"CAA for DCV, type inferred", &dns_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{}}", "answer is to a caa check"},
    {"DCV for CAA", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"check_type\":\"dcv\",\"details\":" DNS_DETAILS
     "}",
     "answer is to a dcv check"},
    {"DCV for CAA, type inferred", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":" DNS_DETAILS "}",
     "answer is to a dcv check"},
    {"CAA with a method", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"check_type\":\"caa\",\"details\":" DNS_DETAILS
     "}",
     "has a validation_method"},
    {"DCV without a method", &dns_request,
     "{\"check_completed\":true,\"check_passed\":true,\"check_type\":\"dcv\",\"details\":{}}",
     "not to the validation_method dns-change"},
    {"method null", &dns_request,
     "{\"check_completed\":true,\"check_passed\":true,\"check_type\":\"dcv\",\"details\":{"
     "\"validation_method\":null}}",
     "not to the validation_method dns-change"},
    {"method with a tail", &dns_request,
     "{\"check_completed\":true,\"check_passed\":true,\"check_type\":\"dcv\",\"details\":{"
     "\"validation_method\":\"dns-change\\u0000\"}}",
     "not to the validation_method dns-change"},
    {"type null", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"check_type\":null,\"details\":" CAA_DETAILS
     "}",
     "check_type: Input should be 'caa' or 'dcv'"},
    {"type unknown", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"check_type\":\"CAA\",\"details\":" CAA_DETAILS
     "}",
     "check_type: Input should be 'caa' or 'dcv'"},
    {"passed 1", &caa_request,
     "{\"check_completed\":true,\"check_passed\":1,\"details\":" CAA_DETAILS "}",
     "check_passed: Input should be a valid boolean"},
    {"passed \"true\"", &caa_request,
     "{\"check_completed\":true,\"check_passed\":\"true\",\"details\":" CAA_DETAILS "}",
     "check_passed: Input should be a valid boolean"},
    {"passed null", &caa_request,
     "{\"check_completed\":true,\"check_passed\":null,\"details\":" CAA_DETAILS "}",
     "check_passed: Input should be a valid boolean"},
    {"completed 1", &caa_request,
     "{\"check_completed\":1,\"check_passed\":true,\"details\":" CAA_DETAILS "}",
     "check_completed: Input should be a valid boolean"},
    {"passed, not completed", &caa_request,
     "{\"check_completed\":false,\"check_passed\":true,\"details\":" CAA_DETAILS "}",
     "check_passed is true although check_completed is not"},
    {"passed, completed left out", &caa_request,
     "{\"check_passed\":true,\"details\":" CAA_DETAILS "}",
     "check_passed is true although check_completed is not"},
    {"passed with a problem", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{\"problem\":\"caa_critical\"}}",
     "check_passed is true although there is a problem"},
    {"passed with a problem that we do not know", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{\"problem\":\"news\"}}",
     "check_passed is true although there is a problem"},
    {"CAA passed with errors", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"errors\":[{\"error_type\":\"t\",\"error_"
     "message\":\"m\"}],\"details\":{}}",
     "check_passed is true although there are errors"},
    {"DCV passed with errors", &dns_request,
     "{\"check_completed\":true,\"check_passed\":true,\"errors\":[{\"error_type\":\"t\",\"error_"
     "message\":\"m\"}],\"details\":" DNS_DETAILS "}",
     "check_passed is true although there are errors"},
    {"passed twice", &caa_request,
     "{\"check_completed\":true,\"check_passed\":false,\"check_passed\":true,\"details\":" CAA_DETAILS
     "}",
     "Property given twice"},
    {"another perspective", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":" CAA_DETAILS
     ",\"perspective_code\":\"p-2\"}",
     "from another perspective than p-1"},
    {"a prefix of the perspective", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":" CAA_DETAILS
     ",\"perspective_code\":\"p\"}",
     "from another perspective than p-1"},
    {"perspective no string", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":" CAA_DETAILS
     ",\"perspective_code\":1}",
     "perspective_code: Input should be a valid string"},
    {"errors no list", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"errors\":{},\"details\":" CAA_DETAILS "}",
     "errors: Input should be a valid list"},
    {"error no object", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"errors\":[\"x\"],\"details\":" CAA_DETAILS
     "}",
     "errors.0: Input should be a valid dictionary"},
    {"error without message", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"errors\":[{\"error_type\":\"t\"}],"
     "\"details\":" CAA_DETAILS "}",
     "errors.0.error_message: Field required"},
    {"timestamp with a fraction", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"timestamp_ns\":0.5,\"details\":" CAA_DETAILS
     "}",
     "timestamp_ns: Input should be a valid integer"},
    {"timestamp out of range", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"timestamp_ns\":1e19,\"details\":" CAA_DETAILS
     "}",
     "timestamp_ns: Unable to parse"},
    {"timestamp far out of range", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"timestamp_ns\":1e400,\"details\":" CAA_DETAILS
     "}",
     "timestamp_ns: Unable to parse"},
    {"record no string", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{\"records_seen\":[\"a\",5]}}",
     "details.records_seen.1: Input should be a valid string"},
    {"record with U+0000", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{\"records_seen\":[\"a\\u0000\"]}}",
     "details.records_seen.0: Value error"},
    {"evidence of another type", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{\"dnssec\":5}}",
     "details.dnssec: Input should be 'secure', 'insecure', 'indeterminate' or 'bogus'"},
    {"problem no string", &caa_request,
     "{\"check_completed\":true,\"check_passed\":false,\"details\":{\"problem\":5}}",
     "details.problem: Input should be a valid string"},
    {"hop no object", &http_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{\"validation_method\":\"acme-http-"
     "01\",\"hops\":[5]}}",
     "details.hops.0: Input should be a valid dictionary"},
    {"lone surrogate", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{\"found_at\":\"\\ud800\"}}",
     "no JSON"},
};

static void test_what_is_no_answer_is_refused_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct arena *arena = arena_new();
        struct check_result result = {.verdict = VERDICT_UNKNOWN};
        const char *text = read_as(refused[i].request, bytes_of(refused[i].body), arena, &result);
        if (!text || !strstr(text, refused[i].text))
            fail_msg("%s: %s", refused[i].why, text ? text : "taken");
        assert_int_equal(result.verdict, VERDICT_UNKNOWN);
        arena_free(arena);
    }
}

static const struct check_request lenient_request = {
    .check_type = CHECK_CAA, .target = "a.example", .caa = {.allow_lookup_failure = true}};

struct taken_row {
    const char *why;
    const struct check_request *request;
    const char *body;
    enum verdict verdict;
    enum problem problem;
};

static const struct taken_row taken[] = {
    {"the reference's booleans default to false", &caa_request, "{\"details\":{}}", VERDICT_UNKNOWN,
     PROBLEM_NONE},
    {"completed only", &caa_request, "{\"check_completed\":true,\"details\":{}}", VERDICT_FAIL,
     PROBLEM_NONE},
    {"DCV by its method", &dns_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":" DNS_DETAILS "}", VERDICT_PASS,
     PROBLEM_NONE},
    {"method null in CAA", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"check_type\":\"caa\",\"details\":{"
     "\"validation_method\":null}}",
     VERDICT_PASS, PROBLEM_NONE},
    {"numbers beyond all limits in unknown properties", &caa_request,
     "{\"x\":1e400,\"check_completed\":true,\"check_passed\":true,\"details\":{\"y\":"
     "[99999999999999999999]}}",
     VERDICT_PASS, PROBLEM_NONE},
    {"unknown properties", &caa_request,
     "{\"x\":[[{}]],\"check_completed\":true,\"check_passed\":true,\"details\":{\"y\":1e300}}",
     VERDICT_PASS, PROBLEM_NONE},
    {"own code", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{},\"perspective_code\":\"p-1\"}",
     VERDICT_PASS, PROBLEM_NONE},
    {"code null", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{},\"perspective_code\":null}",
     VERDICT_PASS, PROBLEM_NONE},
    {"problem of the verdict", &caa_request,
     "{\"check_completed\":true,\"details\":{\"problem\":\"caa_critical\"}}", VERDICT_FAIL,
     PROBLEM_CAA_CRITICAL},
    {"problem null", &caa_request,
     "{\"check_completed\":true,\"check_passed\":true,\"details\":{\"problem\":null}}",
     VERDICT_PASS, PROBLEM_NONE},
    {"problem of another verdict", &caa_request,
     "{\"check_completed\":true,\"details\":{\"problem\":\"dns_timeout\"}}", VERDICT_FAIL,
     PROBLEM_NONE},
    {"problem unknown to us", &caa_request, "{\"details\":{\"problem\":\"news\"}}", VERDICT_UNKNOWN,
     PROBLEM_NONE},
    {"the name for no problem", &caa_request, "{\"details\":{\"problem\":\"none\"}}",
     VERDICT_UNKNOWN, PROBLEM_NONE},
    {"an internal problem", &caa_request, "{\"details\":{\"problem\":\"internal\"}}",
     VERDICT_UNKNOWN, PROBLEM_INTERNAL},
    {"an accepted lookup failure", &lenient_request,
     "{\"check_completed\":true,\"check_passed\":true,\"errors\":[{\"error_type\":\"t\",\"error_"
     "message\":\"m\"}],\"details\":{\"lookup_failure_accepted\":true}}",
     VERDICT_PASS, PROBLEM_NONE},
    {"a pass with no errors", &alpn_request,
     "{\"check_completed\":true,\"check_passed\":true,\"errors\":[],\"details\":{\"validation_"
     "method\":\"acme-tls-alpn-01\"}}",
     VERDICT_PASS, PROBLEM_NONE},
    {"numbers are coerced", &dns_request,
     "{\"check_completed\":true,\"details\":{\"validation_method\":\"dns-change\",\"response_code\":"
     "\"0\",\"ad_flag\":1}}",
     VERDICT_FAIL, PROBLEM_NONE},
};

static void test_answers_are_read_with_their_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        struct arena *arena = arena_new();
        struct check_result result;
        const char *text = read_as(taken[i].request, bytes_of(taken[i].body), arena, &result);
        if (text || result.verdict != taken[i].verdict || result.problem != taken[i].problem)
            fail_msg("%s: %s, verdict %s, problem %s", taken[i].why, text ? text : "taken",
                     verdict_str(result.verdict), problem_str(result.problem));
        assert_int_equal(result.check_type, taken[i].request->check_type);
        assert_int_equal(result.method, taken[i].request->dcv.method);
        arena_free(arena);
    }
}

static void test_answers_of_the_reference_are_passed_on_without_additions(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"check_completed\":true,\"check_passed\":true,\"errors\":null,\"timestamp_ns\":5,\"check_"
        "type\":\"caa\",\"details\":{\"caa_record_present\":false,\"found_at\":null,\"records_"
        "seen\":null}}",
        "{\"check_completed\":false,\"check_passed\":false,\"errors\":[{\"error_type\":\"mpic_error:"
        "caa_checker:lookup\",\"error_message\":\"m\"}],\"timestamp_ns\":5,\"check_type\":\"caa\","
        "\"details\":{\"caa_record_present\":null,\"found_at\":null,\"records_seen\":null}}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct arena *arena = arena_new();
        struct check_result result;
        struct buf out = {0};
        assert_null(read_as(&caa_request, bytes_of(bodies[i]), arena, &result));
        assert_true(result.from_reference);
        wire_encode_check_result(&result, &out);
        assert_string_equal(buf_str(&out), bodies[i]);
        buf_clear(&out);
        arena_free(arena);
    }
}

static void test_any_code_is_taken_where_none_is_expected(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const struct wire_expectation expected = {.request = &caa_request};
    struct check_result result;
    struct err err = {0};
    assert_true(wire_decode_check_result(bytes_of("{\"details\":{},\"perspective_code\":\"x\"}"),
                                         &expected, arena, &result, &err));
    assert_string_equal(result.perspective_code, "x");
    arena_free(arena);
}

static void test_long_evidence_is_cut(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct buf body = {0};
    struct check_result result;
    buf_printf(&body,
               "{\"check_completed\":true,\"check_passed\":true,\"details\":{\"records_seen\":[");
    for (int i = 0; i < 5000; i++)
        buf_printf(&body, "\"%d\",", i);
    buf_printf(&body, "\"\"],\"found_at\":\"x");
    for (int i = 0; i < 20000; i++)
        buf_printf(&body, "\xc3\xbc");
    buf_printf(&body, "\"}}");
    assert_null(read_as(&caa_request, buf_bytes(&body), arena, &result));
    assert_int_equal(result.details.caa.records_seen.count, 4700);
    assert_string_equal(result.details.caa.records_seen.items[4699], "4699");
    /* 32768 would fall into a character. */
    assert_int_equal(strlen(result.details.caa.found_at), 32767);
    buf_clear(&body);
    arena_free(arena);
}

static void test_answer_over_its_limits_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct check_result result;
    struct buf body = {0};
    buf_printf(&body, "{\"details\":{},\"x\":\"");
    while (body.n < LIMIT_REMOTE_RESPONSE_BYTES)
        buf_append(&body, "xxxxxxxxxxxxxxxx", 16);
    buf_printf(&body, "\"}");
    assert_string_equal(read_as(&caa_request, buf_bytes(&body), arena, &result),
                        "the answer has more than 524288 bytes");
    buf_clear(&body);
    buf_printf(&body, "{\"details\":");
    for (int i = 0; i < 100; i++)
        buf_printf(&body, "{\"a\":");
    assert_non_null(
        strstr(read_as(&caa_request, buf_bytes(&body), arena, &result), "Nested too deeply"));
    buf_clear(&body);
    arena_free(arena);
}

static void test_outside_text_in_an_error_is_made_printable(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct check_result result;
    /* The tag of an answer is shown nowhere; the longest path and text fit the error. */
    const char *text =
        read_as(&http_request,
                bytes_of("{\"details\":{\"validation_method\":\"acme-http-01\",\"hops\":"
                         "[{\"addresses_tried\":[{\"address\":\"\\u001b\\u0000\"}]}]}}"),
                arena, &result);
    assert_string_equal(text, "details.hops.0.addresses_tried.0.address: Value error, the "
                              "character U+0000 is not allowed");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caa_result_with_all_evidence),
        cmocka_unit_test(test_record_result_with_all_evidence),
        cmocka_unit_test(test_http_result_with_all_evidence),
        cmocka_unit_test(test_tls_alpn_result_with_all_evidence),
        cmocka_unit_test(test_empty_result_shows_the_contract_and_what_ours_always_have),
        cmocka_unit_test(test_each_method_is_read_as_itself_and_as_no_other),
        cmocka_unit_test(test_what_is_no_answer_is_refused_and_named),
        cmocka_unit_test(test_answers_are_read_with_their_verdict),
        cmocka_unit_test(test_answers_of_the_reference_are_passed_on_without_additions),
        cmocka_unit_test(test_any_code_is_taken_where_none_is_expected),
        cmocka_unit_test(test_long_evidence_is_cut),
        cmocka_unit_test(test_answer_over_its_limits_is_refused),
        cmocka_unit_test(test_outside_text_in_an_error_is_made_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
