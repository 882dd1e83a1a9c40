/* The interface of the IETF draft: requests to ours, and our responses to its answers. */
#include "wire/draft.h"

#include "base/limits.h"
#include "base/str.h"
#include "support/unit.h"
#include "wire/wire.h"

#include <string.h>

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

/* --- requests -------------------------------------------------------------------------------- */

static struct draft_request decode(struct arena *arena, const char *body)
{
    struct draft_request request;
    struct err err = {0};
    if (!wire_decode_draft_request(bytes_of(body), arena, &request, &err))
        fail_msg("%s: %s", body, err.text);
    return request;
}

static void test_caa_is_one_caa_check(void **state)
{
    struct draft_request request =
        decode(*state, "{\"method\":\"caa\",\"domain\":\"*.A.example\",\"more\":[7]}");
    assert_int_equal(request.part_count, 1);
    const struct mpic_request *part = &request.parts[0];
    assert_int_equal(part->check.check_type, CHECK_CAA);
    assert_string_equal(part->check.target, "*.A.example");
    assert_false(part->check.has_caa_params);
    assert_false(part->has_orchestration);
    assert_true(request.retrieves);
}

static void test_caa_with_issuers_is_judged(void **state)
{
    struct draft_request request = decode(
        *state, "{\"method\":\"caa\",\"domain\":\"a.example\",\"caa_domains\":[\"x\",\"y\"]}");
    const struct caa_params *caa = &request.parts[0].check.caa;
    assert_false(request.retrieves);
    assert_true(request.parts[0].check.has_caa_params);
    assert_int_equal(caa->caa_domains.count, 2);
    assert_string_equal(caa->caa_domains.items[1], "y");
    static const char *const bad[] = {"null", "[]", "[7]", "\"x\"", "{}", "[\"\\u0000\"]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err;
        const char *body = arena_printf(
            *state, "{\"method\":\"caa\",\"domain\":\"a.example\",\"caa_domains\":%s}", bad[i]);
        if (wire_decode_draft_request(bytes_of(body), *state, &request, &err))
            fail_msg("accepted: %s", body);
    }
}

#define HTTP(more)                                                                                 \
    "{\"method\":\"http-acme\",\"domain_or_ip\":\"a.example\",\"token\":\"DGyRejmCefe7v\","        \
    "\"key_authorization\":\"DGyRejmCefe7v.thumb\"" more "}"
#define HTTP_OF(target)                                                                            \
    "{\"method\":\"http-acme\",\"domain_or_ip\":" target ",\"token\":\"t\",\"key_authorization\":" \
    "\"t.k\"}"
#define DNS(type, more)                                                                            \
    "{\"method\":\"dns\",\"domain\":\"a.example\",\"record-type\":" type ",\"prefix\":\"_p\","     \
    "\"expected\":\"Value\"" more "}"

static const struct {
    const char *why, *body;
    bool asks_caa;
} caa_rows[] = {
    {"by default", HTTP(""), true},
    {"asked for", HTTP(",\"caa_check\":true"), true},
    {"not wanted", HTTP(",\"caa_check\":false"), false},
    {"the property of another method", HTTP(",\"caa\":false"), true},
    {"not of an IPv4 address", HTTP_OF("\"192.0.2.1\""), false},
    {"nor of an IPv6 address", HTTP_OF("\"2001:db8::1\""), false},
    {"nor in brackets", HTTP_OF("\"[2001:db8::1]\""), false},
    {"of what is neither", HTTP_OF("\"bad..name\""), true},
    {"dns: by default", DNS("\"TXT\"", ""), true},
    {"dns: asked for", DNS("\"TXT\"", ",\"caa\":true"), true},
    {"dns: not wanted", DNS("\"TXT\"", ",\"caa\":false"), false},
    {"dns: the property of another method", DNS("\"TXT\"", ",\"caa_check\":false"), true},
};

static void test_caa_is_asked_unless_told_otherwise(void **state)
{
    for (size_t i = 0; i < sizeof caa_rows / sizeof *caa_rows; i++) {
        struct draft_request request = decode(*state, caa_rows[i].body);
        const struct check_request *dcv = &request.parts[0].check;
        const struct check_request *caa = &request.parts[1].check;
        if (request.part_count != 1 + (size_t)caa_rows[i].asks_caa)
            fail_msg("%s: %zu parts", caa_rows[i].why, request.part_count);
        assert_int_equal(dcv->check_type, CHECK_DCV);
        if (caa_rows[i].asks_caa) {
            assert_int_equal(caa->check_type, CHECK_CAA);
            assert_string_equal(caa->target, dcv->target);
        }
    }
}

static void test_http_acme_is_acme_http_01(void **state)
{
    struct draft_request request = decode(*state, HTTP(""));
    const struct dcv_params *params = &request.parts[0].check.dcv;
    assert_int_equal(params->method, DCV_ACME_HTTP_01);
    assert_string_equal(params->token, "DGyRejmCefe7v");
    assert_string_equal(params->key_authorization, "DGyRejmCefe7v.thumb");
}

static void test_dns_is_dns_change_of_the_whole_record(void **state)
{
    static const struct {
        const char *body;
        enum dcv_record_type type;
        bool has_case;
    } rows[] = {
        {DNS("\"TXT\"", ""), DCV_RECORD_TXT, true},
        {DNS("\"CNAME\"", ""), DCV_RECORD_CNAME, false},
        {DNS("\"CAA\"", ""), DCV_RECORD_CAA, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct draft_request request = decode(*state, rows[i].body);
        const struct dcv_params *params = &request.parts[0].check.dcv;
        assert_int_equal(params->method, DCV_DNS_CHANGE);
        assert_int_equal(params->dns_record_type, rows[i].type);
        assert_true(params->require_exact_match);
        assert_int_equal(params->require_exact_case, rows[i].has_case);
        assert_string_equal(params->dns_name_prefix, "_p");
        assert_string_equal(params->challenge_value, "Value");
    }
}

static const struct {
    const char *body, *error;
} refused[] = {
    {"", "The body is empty"},
    {"{", "The body is no JSON: "},
    {"{\"method\":\"caa\",\"method\":\"caa\",\"domain\":\"a.example\"}", "Property given twice"},
    {"[]", "The body must be a JSON object"},
    {"{}", "method is missing"},
    {"{\"method\":null,\"domain\":\"a.example\"}", "method must be a string"},
    {"{\"method\":\"CAA\",\"domain\":\"a.example\"}", "method must be \"caa\""},
    {"{\"method\":\"caa\\u0000\",\"domain\":\"a.example\"}", "U+0000"},
    {"{\"method\":\"caa\",\"domain\":\"a.example\",\"x\":\"\\u0000\"}", "U+0000"},
    {"{\"method\":\"caa\"}", "domain is missing"},
    {"{\"method\":\"caa\",\"domain\":7}", "domain must be a string"},
    {"{\"method\":\"caa\",\"domain_or_ip\":\"a.example\"}", "domain is missing"},
    {"{\"method\":\"caa\",\"domain\":\"192.0.2.1\"}", "not an IP address"},
    {"{\"method\":\"caa\",\"domain\":\"[2001:db8::1]\"}", "not an IP address"},
    {"{\"method\":\"http-acme\"}", "domain_or_ip is missing"},
    {"{\"method\":\"http-acme\",\"domain_or_ip\":\"a.example\"}", "token is missing"},
    {"{\"method\":\"http-acme\",\"domain_or_ip\":\"a.example\",\"token\":\"t\"}",
     "key_authorization is missing"},
    {HTTP(",\"caa_check\":null"), "caa_check must be true or false"},
    {HTTP(",\"caa_check\":0"), "caa_check must be true or false"},
    {HTTP(",\"caa_check\":\"false\""), "caa_check must be true or false"},
    {"{\"method\":\"http-acme\",\"domain_or_ip\":\"192.0.2.1\",\"token\":\"t\","
     "\"key_authorization\":\"t.k\",\"caa_check\":true}",
     "caa_check must not be true for an IP address"},
    {"{\"method\":\"dns\"}", "domain is missing"},
    {"{\"method\":\"dns\",\"domain\":\"192.0.2.1\"}", "not an IP address"},
    {"{\"method\":\"dns\",\"domain\":\"a.example\"}", "record-type is missing"},
    {DNS("\"txt\"", ""), "record-type must be"},
    {DNS("\"A\"", ""), "record-type must be"},
    {DNS("\"AAAA\"", ""), "record-type must be"},
    {DNS("16", ""), "record-type must be a string"},
    {"{\"method\":\"dns\",\"domain\":\"a.example\",\"record-type\":\"TXT\"}", "prefix is missing"},
    {"{\"method\":\"dns\",\"domain\":\"a.example\",\"record-type\":\"TXT\",\"prefix\":null}",
     "prefix must be a string"},
    {"{\"method\":\"dns\",\"domain\":\"a.example\",\"record-type\":\"TXT\",\"prefix\":\"\"}",
     "expected is missing"},
    {DNS("\"TXT\"", ",\"caa\":1"), "caa must be true or false"},
};

static void test_body_of_the_wrong_shape_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct draft_request request;
        struct err err = {0};
        if (wire_decode_draft_request(bytes_of(refused[i].body), *state, &request, &err) ||
            !strstr(err.text, refused[i].error))
            fail_msg("%s: %s, not %s", refused[i].body, err.text, refused[i].error);
    }
}

/* --- answers --------------------------------------------------------------------------------- */

enum { PLACES = 3 };
static const char *const codes[PLACES] = {"jfk", "fra", "lis"};
/* The example of the draft, and a second record. */
static const char *const records[] = {"0 issue \"letsencrypt.org\"", "128 tbs \"\\255\""};

/* One part of a request and its response, in which all corroborate. */
struct part {
    struct mpic_request request;
    struct mpic_response response;
    struct attempt attempt;
    struct perspective_result results[PLACES];
};

static void fill_result(struct check_result *result, const struct check_request *check)
{
    *result = (struct check_result){.check_type = check->check_type,
                                    .method = check->check_type == CHECK_CAA ? DCV_NONE
                                                                             : check->dcv.method,
                                    .verdict = VERDICT_PASS};
    result->details.dnssec = DNSSEC_SECURE;
    if (check->check_type == CHECK_DCV)
        return;
    struct caa_details *caa = &result->details.caa;
    caa->caa_record_present = OPT_BOOL(true);
    caa->found_at = "example.com";
    caa->records_seen = (struct strv){records, 2, true};
}

static void fill(struct part *part, enum check_type type)
{
    *part = (struct part){0};
    part->request.check = (struct check_request){.check_type = type, .target = "www.example.com"};
    if (type == CHECK_DCV)
        wire_init_dcv_params(&part->request.check.dcv, DCV_ACME_HTTP_01);
    for (size_t i = 0; i < PLACES; i++) {
        part->results[i].code = codes[i];
        fill_result(&part->results[i].result, &part->request.check);
    }
    part->attempt = (struct attempt){part->results, PLACES};
    part->response = (struct mpic_response){.request = &part->request,
                                            .mpic_completed = true,
                                            .is_valid = true,
                                            .perspective_count = PLACES,
                                            .quorum_count = 2,
                                            .attempt_count = 1,
                                            .attempts = &part->attempt,
                                            .decision = {.corroborating = PLACES}};
}

static void set_failed(struct part *part, size_t i)
{
    static const struct check_error error = {"mpic_error:x", "it did \"not\""};
    part->results[i].result.verdict = VERDICT_FAIL;
    part->results[i].result.problem = PROBLEM_NO_MATCH;
    part->results[i].result.errors = &error;
    part->results[i].result.error_count = 1;
    part->response.decision.corroborating--;
}

static const char *encode(struct arena *arena, const struct part *dcv, const struct part *caa)
{
    struct draft_answer answer = {0};
    struct buf out = {0};
    if (dcv)
        answer.parts[answer.part_count++] = &dcv->response;
    if (caa)
        answer.parts[answer.part_count++] = &caa->response;
    wire_encode_draft_answer(&answer, arena, &out);
    const char *text = arena_strdup(arena, buf_str(&out));
    buf_clear(&out);
    return text;
}

#define ALL "{\"jfk\":{\"success\":true},\"fra\":{\"success\":true},\"lis\":{\"success\":true}}"

static void test_answer_to_caa_has_the_rdata(void **state)
{
    struct part caa;
    fill(&caa, CHECK_CAA);
    assert_string_equal(encode(*state, NULL, &caa),
                        "{\"success\":true,\"perspectives\":" ALL ",\"caa\":{\"domain\":"
                        "\"example.com\",\"records\":[\"AAVpc3N1ZWxldHNlbmNyeXB0Lm9yZw==\","
                        "\"gAN0YnP/\"]}}");
}

/* Records that are asked for are success although they forbid; without agreement they are none. */
static void test_retrieval_is_of_what_is_seen_not_of_permission(void **state)
{
    struct part caa;
    fill(&caa, CHECK_CAA);
    caa.response.is_valid = false;
    for (size_t i = 0; i < PLACES; i++) {
        caa.results[i].rir = i % 2 ? RIR_ARIN : RIR_APNIC;
        set_failed(&caa, i);
        caa.results[i].result.problem = PROBLEM_CAA_NOT_PERMITTED;
    }
    struct draft_answer answer = {.parts = {&caa.response}, .part_count = 1, .retrieves = true};
    struct buf out = {0};
    wire_encode_draft_answer(&answer, *state, &out);
    assert_true(str_starts_with(buf_str(&out),
                                "{\"success\":true,\"perspectives\":" ALL
                                ",\"caa\":{\"domain\":\"example.com\",\"records\":["));
    buf_clear(&out);
    out = (struct buf){0};
    caa.results[0].result.details.caa.found_at = "com";
    caa.results[1].result.details.caa.caa_record_present = OPT_BOOL(false);
    wire_encode_draft_answer(&answer, *state, &out);
    assert_true(str_starts_with(buf_str(&out), "{\"success\":false,"));
    assert_non_null(strstr(buf_str(&out), "\"error\":\"caa: 1 of 3 perspectives saw the same"));
    assert_null(strstr(buf_str(&out), "records\":["));
    buf_clear(&out);
}

static void test_answer_has_caa_only_where_it_was_asked_for(void **state)
{
    struct part dcv;
    fill(&dcv, CHECK_DCV);
    assert_string_equal(encode(*state, &dcv, NULL), "{\"success\":true,\"perspectives\":" ALL "}");
}

static void test_perspective_succeeds_only_in_all_its_parts(void **state)
{
    struct part dcv, caa;
    fill(&dcv, CHECK_DCV);
    fill(&caa, CHECK_CAA);
    set_failed(&dcv, 0);
    set_failed(&caa, 2);
    caa.results[1].code = "gru"; /* another cohort: each has one part */
    const char *text = encode(*state, &dcv, &caa);
    assert_true(str_starts_with(text, "{\"success\":true,\"perspectives\":{"
                                      "\"jfk\":{\"success\":false},\"fra\":{\"success\":true},"
                                      "\"lis\":{\"success\":false},\"gru\":{\"success\":true}}"));
    assert_null(strstr(text, "error"));
}

static void test_success_needs_every_part(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct part dcv, caa;
        fill(&dcv, CHECK_DCV);
        fill(&caa, CHECK_CAA);
        struct part *bad = i ? &caa : &dcv;
        set_failed(bad, 1);
        set_failed(bad, 2);
        bad->response.is_valid = false;
        const char *text = encode(*state, &dcv, &caa);
        assert_true(str_starts_with(text, "{\"success\":false,"));
        const char *error =
            i ? ",\"error\":\"caa: 1 of 3 perspectives corroborate, 2 are needed; fra and 1 other "
                "say no, fra: it did \\\"not\\\"\"}"
              : ",\"error\":\"acme-http-01: 1 of 3 perspectives corroborate, 2 are "
                "needed; fra and 1 other say no, fra: it did \\\"not\\\"\"}";
        assert_true(str_ends_with(text, error));
        /* What was not corroborated is not passed on. */
        assert_int_equal(strstr(text, "\"caa\":{") != NULL, i == 0);
    }
}

static void test_error_names_both_parts_and_what_else_is_missing(void **state)
{
    struct part dcv, caa;
    struct compliance_finding findings[] = {{"a", "BR 1", "note", "a note"},
                                            {"b", "BR 2", "must", "a breach"}};
    struct perspective_result primary = {.code = "home"};
    fill(&dcv, CHECK_DCV);
    fill(&caa, CHECK_CAA);
    dcv.response.is_valid = caa.response.is_valid = false;
    dcv.response.decision.rir_rule_broken = true;
    caa.response.findings = findings;
    caa.response.finding_count = 2;
    fill_result(&primary.result, &caa.request.check);
    primary.result.verdict = VERDICT_UNKNOWN;
    caa.response.primary = &primary;
    const char *text = encode(*state, &dcv, &caa);
    assert_non_null(strstr(text, "\"home\":{\"success\":false}}"));
    assert_true(str_ends_with(
        text, ",\"error\":\"acme-http-01: 3 of 3 perspectives corroborate, 2 are needed, "
              "from two regions at least (BR 3.2.2.9). caa: 3 of 3 perspectives "
              "corroborate, 2 are needed; the Primary Network Perspective, home, could not "
              "tell: none\"}"));
}

static void test_primary_with_the_code_of_a_perspective_is_one_with_it(void **state)
{
    struct part caa;
    struct perspective_result primary = {.code = "fra"};
    fill(&caa, CHECK_CAA);
    fill_result(&primary.result, &caa.request.check);
    caa.response.primary = &primary;
    assert_true(
        str_starts_with(encode(*state, NULL, &caa), "{\"success\":true,\"perspectives\":" ALL));
    primary.result.verdict = VERDICT_UNKNOWN;
    assert_true(str_starts_with(
        encode(*state, NULL, &caa),
        "{\"success\":true,\"perspectives\":{\"jfk\":{\"success\":true},\"fra\":{\"success\":false},"
        "\"lis\":{\"success\":true}}"));
}

static void test_records_are_those_of_one_that_corroborates(void **state)
{
    static const char *const other[] = {"0 issue \"other.example\""};
    struct part caa;
    fill(&caa, CHECK_CAA);
    set_failed(&caa, 0);
    caa.results[0].result.details.caa.found_at = "other.example.com";
    caa.results[0].result.details.caa.records_seen = (struct strv){other, 1, true};
    const char *text = encode(*state, NULL, &caa);
    assert_non_null(
        strstr(text, "{\"domain\":\"example.com\",\"records\":[\"AAVpc3N1ZWxldHNlbmNyeXB0"));
}

static void test_records_that_cannot_be_rebuilt_are_left_out(void **state)
{
    static const char *const odd[] = {"0 issue \"a.example\"", "\\# 3 00ff78"};
    static const char *many[LIMIT_REPORTED_RECORDS];
    for (size_t i = 0; i < LIMIT_REPORTED_RECORDS; i++)
        many[i] = records[0];
    const struct strv rows[] = {
        {odd, 2, true},                       /* one of them has no tag */
        {many, LIMIT_REPORTED_RECORDS, true}, /* there may be more */
        {NULL, 0, true},                      /* records, but none was told */
        {NULL, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct part caa;
        fill(&caa, CHECK_CAA);
        caa.results[0].result.details.caa.records_seen = rows[i];
        assert_true(
            str_ends_with(encode(*state, NULL, &caa), ",\"caa\":{\"domain\":\"example.com\"}}"));
    }
    struct part caa;
    fill(&caa, CHECK_CAA);
    caa.results[0].result.details.caa.records_seen =
        (struct strv){many, LIMIT_REPORTED_RECORDS - 1, true};
    assert_non_null(strstr(encode(*state, NULL, &caa), "\"records\":[\"AAV"));
}

static void test_no_record_set_is_an_empty_list_of_the_name_itself(void **state)
{
    struct part caa;
    fill(&caa, CHECK_CAA);
    caa.results[0].result.details.caa = (struct caa_details){.caa_record_present = OPT_BOOL(false)};
    assert_true(str_ends_with(encode(*state, NULL, &caa),
                              ",\"caa\":{\"domain\":\"www.example.com\",\"records\":[]}}"));
}

static void test_accepted_failure_has_no_records(void **state)
{
    struct part caa;
    fill(&caa, CHECK_CAA);
    caa.request.check.has_caa_params = caa.request.check.caa.allow_lookup_failure = true;
    struct check_result *result = &caa.results[0].result;
    result->details.dnssec = DNSSEC_INSECURE;
    result->details.caa = (struct caa_details){.lookup_failure_accepted = OPT_BOOL(true)};
    assert_true(
        str_ends_with(encode(*state, NULL, &caa), ",\"caa\":{\"domain\":\"www.example.com\"}}"));
}

static void test_only_the_last_attempt_counts(void **state)
{
    struct part first, last;
    fill(&first, CHECK_CAA);
    fill(&last, CHECK_CAA);
    for (size_t i = 0; i < PLACES; i++)
        set_failed(&first, i);
    const struct attempt attempts[] = {first.attempt, last.attempt};
    last.response.attempts = attempts;
    last.response.attempt_count = 2;
    assert_true(
        str_starts_with(encode(*state, NULL, &last), "{\"success\":true,\"perspectives\":" ALL));
}

static void test_answer_to_nothing_is_no_success(void **state)
{
    assert_string_equal(encode(*state, NULL, NULL),
                        "{\"success\":false,\"perspectives\":{},\"error\":\"\"}");
}

static void test_refusal_has_every_message(void **state)
{
    (void)state;
    struct rule_issue items[] = {{"a", "One \"x\""}, {"b", "Two"}};
    const struct rule_issues issues = {items, 2};
    struct buf out = {0};
    wire_encode_draft_refusal(&issues, &out);
    assert_string_equal(buf_str(&out), "{\"success\":false,\"error\":\"One \\\"x\\\". Two\"}");
    buf_clear(&out);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_caa_is_one_caa_check),
        CASE(test_caa_with_issuers_is_judged),
        CASE(test_retrieval_is_of_what_is_seen_not_of_permission),
        CASE(test_caa_is_asked_unless_told_otherwise),
        CASE(test_http_acme_is_acme_http_01),
        CASE(test_dns_is_dns_change_of_the_whole_record),
        CASE(test_body_of_the_wrong_shape_is_refused),
        CASE(test_answer_to_caa_has_the_rdata),
        CASE(test_answer_has_caa_only_where_it_was_asked_for),
        CASE(test_perspective_succeeds_only_in_all_its_parts),
        CASE(test_success_needs_every_part),
        CASE(test_error_names_both_parts_and_what_else_is_missing),
        CASE(test_primary_with_the_code_of_a_perspective_is_one_with_it),
        CASE(test_records_are_those_of_one_that_corroborates),
        CASE(test_records_that_cannot_be_rebuilt_are_left_out),
        CASE(test_no_record_set_is_an_empty_list_of_the_name_itself),
        CASE(test_accepted_failure_has_no_records),
        CASE(test_only_the_last_attempt_counts),
        CASE(test_answer_to_nothing_is_no_success),
        CASE(test_refusal_has_every_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
