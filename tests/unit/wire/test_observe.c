/* POST /observe as JSON; and that an observation is never taken for an answer to a check (Q1). */
#include "support/unit.h"
#include "wire/observe.h"

#include "base/buf.h"
#include "base/str.h"

#include <stdio.h>
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static bool read_request(const char *body, struct observe_request *out)
{
    struct wire_issues issues = {0};
    bool is_good = wire_decode_observe_request(bytes_of(body), arena, out, &issues);
    assert_int_equal(is_good, issues.count == 0);
    wire_issues_clear(&issues);
    return is_good;
}

static void test_request_is_read_and_written(void **state)
{
    (void)state;
    static const char *const same[] = {
        "{\"domain_or_ip_target\":\"a.example\",\"dns_record_type\":\"CAA\",\"dns_name_prefix\":"
        "\"_x\",\"caa_search\":true,\"trace_identifier\":\"t\"}",
        "{\"caa_search\":false,\"url\":\"http://a.example/\",\"body_max_bytes\":7,"
        "\"orchestration_parameters\":{\"perspective_count\":3,\"quorum_count\":null,"
        "\"max_attempts\":null,\"cohort_for_single_attempt\":null}}",
        "{\"caa_search\":false}",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct observe_request request;
        struct buf out = {0};
        assert_true(read_request(same[i], &request));
        wire_encode_observe_request(&request, &out);
        assert_string_equal(buf_str(&out), same[i]);
        buf_clear(&out);
    }
}

static void test_request_of_a_wrong_shape_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "7",
        "{\"dns_record_type\":\"txt\"}",
        "{\"dns_record_type\":\"PTR\"}",
        "{\"dns_record_type\":7}",
        "{\"url\":7}",
        "{\"url\":\"http://a.example/\\u0000\"}",
        "{\"body_max_bytes\":\"x\"}",
        "{\"caa_search\":null}",
        "{\"caa_search\":2}",
        "{\"orchestration_parameters\":{\"perspective_count\":2.5}}",
        "{\"x\":\"\\u0000\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct observe_request request;
        if (read_request(bad[i], &request))
            fail_msg("accepted: %s", bad[i]);
    }
}

/* --- answers --------------------------------------------------------------------------------- */

static struct observe_question records_question(void)
{
    const struct observe_request request = {.target = "a.example", .type = OBSERVE_TXT};
    struct observe_question question;
    struct rule_issues issues = {0};
    observe_check_request(&request, arena, &issues, &question);
    assert_int_equal(issues.count, 0);
    return question;
}

static struct observed records_seen(void)
{
    static const struct observed_record record = {"a.example", 300, "x"};
    static const char *const data[] = {"x"};
    return (struct observed){
        .perspective_code = "p-1",
        .timestamp_ns = OPT_INT(5),
        .outcome = OBSERVE_PRESENT,
        .dnssec = DNSSEC_SECURE,
        .duration_ms = OPT_INT(2),
        .has_dns = true,
        .dns = {.query_name = "a.example",
                .type = OBSERVE_TXT,
                .response_code = OPT_INT(0),
                .records = &record,
                .record_count = 1,
                .records_sha256 = observe_digest(data, 1, arena),
                .cname_chain = {.present = true}},
    };
}

static struct observed file_seen(void)
{
    static const struct http_hop hop = {.url = "http://a.example/", .status_code = OPT_INT(200)};
    struct observed seen = {.perspective_code = "p-1",
                            .outcome = OBSERVE_PRESENT,
                            .dnssec = DNSSEC_INSECURE,
                            .has_file = true,
                            .file = {.url = "http://a.example/",
                                     .final_url = "http://a.example/",
                                     .status_code = OPT_INT(200),
                                     .hops = &hop,
                                     .hop_count = 1}};
    observe_body(bytes_of("value"), false, arena, &seen.file);
    return seen;
}

static const char *encoded(const struct observed *seen)
{
    struct buf out = {0};
    wire_encode_observed(seen, &out);
    const char *text = arena_strdup(arena, buf_str(&out));
    buf_clear(&out);
    return text;
}

/* NULL if `text` is an answer to the question, else why not. */
static const char *fault_of(const char *text, const struct observe_question *question)
{
    struct observed seen;
    struct err err;
    const struct wire_observe_expectation expected = {.question = question,
                                                      .perspective_code = "p-1"};
    return wire_decode_observed(bytes_of(text), &expected, arena, &seen, &err)
               ? NULL
               : arena_strdup(arena, err.text);
}

static void test_records_are_written_and_read(void **state)
{
    (void)state;
    const struct observe_question question = records_question();
    const struct wire_observe_expectation expected = {&question, "p-1", NULL};
    struct observed seen = records_seen(), again;
    struct err err;
    const char *text = encoded(&seen);
    assert_string_equal(
        text,
        "{\"is_validation\":false,\"statement\":\"This is an observation: what is there, as seen. It "
        "validates nothing: it shows neither control nor permission.\",\"perspective_code\":\"p-1\","
        "\"timestamp_ns\":5,\"outcome\":\"present\",\"problem\":null,\"reason\":null,\"dnssec\":"
        "\"secure\",\"duration_ms\":2,\"dns\":{\"query_name\":\"a.example\",\"dns_record_type\":"
        "\"TXT\",\"response_code\":0,\"records\":[{\"owner_name\":\"a.example\",\"ttl_s\":300,"
        "\"data\":\"x\"}],\"records_truncated\":false,\"records_sha256\":"
        "\"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac\",\"cname_chain\":[]}}");
    assert_true(wire_decode_observed(bytes_of(text), &expected, arena, &again, &err));
    assert_string_equal(encoded(&again), text);
}

static void test_file_is_written_and_read(void **state)
{
    (void)state;
    const struct observe_question question = {.url_text = "http://a.example/"};
    const struct wire_observe_expectation expected = {&question, "p-1", NULL};
    struct observed seen = file_seen(), again;
    struct err err;
    const char *text = encoded(&seen);
    assert_non_null(
        strstr(text, "\"body\":\"dmFsdWU=\",\"body_bytes\":5,\"body_truncated\":false"));
    assert_true(wire_decode_observed(bytes_of(text), &expected, arena, &again, &err));
    assert_string_equal(encoded(&again), text);
}

/* As that of a check (Q13): the nonce and the digest of the question, and the perspective's code. */
static void test_answer_to_another_question_is_none(void **state)
{
    (void)state;
    const struct observe_question question = records_question();
    const struct answer_binding asked = {true, "n1", "d1"}, other_nonce = {true, "n2", "d1"},
                                other_digest = {true, "n1", "d2"};
    const struct wire_observe_expectation expected = {&question, "p-1", &asked};
    const struct answer_binding none = {0}, *const answered[] = {&asked, &other_nonce,
                                                                 &other_digest, &none};
    for (size_t i = 0; i < sizeof answered / sizeof *answered; i++) {
        struct observed seen = records_seen(), again;
        struct err err;
        seen.binding = *answered[i];
        const char *text = encoded(&seen);
        assert_int_equal(wire_decode_observed(bytes_of(text), &expected, arena, &again, &err),
                         i == 0);
        assert_false(again.binding.present && i == 0);
    }
}

/* `text` with the first `from` replaced. */
static const char *with(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void test_answer_to_something_else_is_none(void **state)
{
    (void)state;
    const struct observe_question question = records_question();
    const struct observed seen = records_seen(), file = file_seen();
    const char *good = encoded(&seen);
    assert_null(fault_of(good, &question));
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"\"is_validation\":false", "\"is_validation\":true"},
        {"\"is_validation\":false", "\"is_validation\":0"},
        {"\"is_validation\":false,", ""},
        {"p-1", "p-2"},
        {"\"query_name\":\"a.example\"", "\"query_name\":\"b.example\""},
        {"\"TXT\"", "\"CAA\""},
        {"\"data\":\"x\"", "\"data\":\"y\""},
        {"\"data\":\"x\"", "\"data\":7"},
        {"\"present\"", "\"nothing\""},
        {"\"present\"", "\"seen\""},
        {"\"problem\":null", "\"problem\":\"nxdomain\""},
        {"\"dnssec\":\"secure\"", "\"dnssec\":\"bogus\""},
        {"\"dns\":", "\"other\":"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!fault_of(with(good, cases[i].from, cases[i].to), &question))
            fail_msg("accepted with %s for %s", cases[i].to, cases[i].from);
    assert_non_null(fault_of(encoded(&file), &question));
    const struct observe_question other = {.url_text = "http://b.example/"};
    assert_non_null(fault_of(encoded(&file), &other));
    assert_non_null(fault_of("{", &question));
    assert_non_null(fault_of("[]", &question));
}

static void assert_is_no_check_response(const char *text)
{
    static const char *const taken[] = {
        "\"check_completed\"", "\"check_passed\"",   "\"check_type\"",     "\"details\"",
        "\"errors\"",          "\"is_valid\"",       "\"mpic_completed\"", "\"corroboration\"",
        "\"compliance\"",      "\"perspectives\":[{"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strstr(text, taken[i]))
            fail_msg("an observation has %s: %s", taken[i], text);
    for (int method = DCV_NONE; method < DCV_METHOD_COUNT; method++) {
        const struct check_request request = {.check_type = method ? CHECK_DCV : CHECK_CAA,
                                              .target = "a.example",
                                              .dcv.method = (enum dcv_method)method};
        const struct wire_expectation expected = {.request = &request};
        struct check_result result;
        struct err err;
        assert_false(wire_decode_check_result(bytes_of(text), &expected, arena, &result, &err));
    }
}

/* A perspective, or what stands between, that answers a check with an observation corroborates
 * nothing (Q1). */
static void test_observation_is_no_answer_to_a_check(void **state)
{
    (void)state;
    const struct observe_request request = {.target = "a.example", .type = OBSERVE_TXT};
    struct observed seen = records_seen(), file = file_seen(), unknown = {.has_dns = true};
    unknown.dns = (struct observed_dns){.query_name = "a.example", .type = OBSERVE_TXT};
    observe_set_problem(&unknown, PROBLEM_DEADLINE, "late");
    assert_is_no_check_response(encoded(&seen));
    assert_is_no_check_response(encoded(&file));
    assert_is_no_check_response(encoded(&unknown));

    const struct observed all[] = {seen, seen, unknown};
    const struct observe_response response = {.request = &request,
                                              .seen = all,
                                              .count = 3,
                                              .primary = &seen,
                                              .agreement = observe_agree(all, 3, &seen, arena)};
    struct buf out = {0};
    wire_encode_observe_response(&response, &out);
    assert_is_no_check_response(buf_str(&out));
    const struct mpic_request asked = {.check = {.target = "a.example"}};
    struct wire_mpic_view view;
    struct err err;
    assert_false(wire_decode_mpic_response(buf_bytes(&out), &asked, arena, &view, &err));
    assert_false(view.is_valid);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_request_is_read_and_written),
        TEST(test_request_of_a_wrong_shape_is_refused),
        TEST(test_records_are_written_and_read),
        TEST(test_file_is_written_and_read),
        TEST(test_answer_to_something_else_is_none),
        TEST(test_answer_to_another_question_is_none),
        TEST(test_observation_is_no_answer_to_a_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
