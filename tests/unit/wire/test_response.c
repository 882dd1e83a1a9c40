/* The response of POST /mpic: our additions, and how the command reads it. The contract's part is
 * in test_golden.c. */
#include "wire/wire.h"

#include "base/str.h"
#include "core/corroboration/observation.h"
#include "support/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const struct mpic_request request = {
    .check = {.check_type = CHECK_CAA, .target = "a.example"},
    .has_orchestration = true,
    .orchestration = {.quorum_count = OPT_INT(1)},
};

static struct perspective_result pass(const char *code)
{
    return (struct perspective_result){
        .code = code,
        .result = {.verdict = VERDICT_PASS,
                   .timestamp_ns = OPT_INT(7),
                   .perspective_code = code,
                   .details = {.duration_ms = OPT_INT(12), .dnssec = DNSSEC_SECURE}},
    };
}

#define PASS_OF(code)                                                                               \
    "{\"perspective_code\":\"" code "\",\"check_response\":{\"check_completed\":true,"              \
    "\"check_passed\":true,\"errors\":null,\"timestamp_ns\":7,\"check_type\":\"caa\",\"details\":{" \
    "\"caa_record_present\":null,\"found_at\":null,\"records_seen\":null,\"problem\":null,"         \
    "\"dnssec\":\"secure\",\"duration_ms\":12},\"perspective_code\":\"" code                        \
    "\"},\"role\":\"remote\"}"

static void test_response_shows_corroboration_compliance_and_all_attempts(void **state)
{
    (void)state;
    struct perspective_result first[] = {pass("p-1")}, second[] = {pass("p-2"), pass("p-3")};
    const struct attempt attempts[] = {{first, 1}, {NULL, 0}, {second, 2}};
    const struct compliance_finding findings[] = {
        {"primary_not_included", "BR 3.2.2.9", "note", "m \"1\""},
        {"x", NULL, "should", "n"},
    };
    const struct mpic_response response = {
        .request = &request,
        .mpic_completed = true,
        .perspective_count = 2,
        .quorum_count = 1,
        .attempt_count = 3,
        .attempts = attempts,
        .decision = {.corroborating = 2, .rirs = {[RIR_RIPE_NCC] = true, [RIR_APNIC] = true}},
        .verification = {.authorization_domain_name = "a.example",
                         .method = "3.2.2.4.7",
                         .acme_label = "dns-01",
                         .date = "2026-11-25T12:00:00Z",
                         .reuse_days = OPT_INT(200)},
        .has_compliance = true,
        .br_version = "2.2.8",
        .compliance_method = "4.2.2.1",
        .compliant = true,
        .findings = findings,
        .finding_count = 2,
    };
    struct buf out = {0};
    wire_encode_mpic_response(&response, &out);
    assert_string_equal(
        buf_str(&out),
        "{\"mpic_completed\":true,\"request_orchestration_parameters\":{\"perspective_count\":null,"
        "\"quorum_count\":1,\"max_attempts\":null,\"cohort_for_single_attempt\":null},\"actual_"
        "orchestration_parameters\":{\"perspective_count\":2,\"quorum_count\":1,\"attempt_count\":3"
        "},\"check_type\":\"caa\",\"domain_or_ip_target\":\"a.example\",\"is_valid\":false,"
        "\"trace_identifier\":null,\"perspectives\":[" PASS_OF("p-2") "," PASS_OF("p-3") "],\"caa_check_parameters\":null,\"previous_attempt_results\":[[" PASS_OF(
            "p-1") "]"
                   ",[]],\"verification\":{\"authorization_domain_name\":\"a.example\",\"method\":"
                   "\"3.2.2.4.7\",\"acme_label\":\"dns-01\",\"date\":\"2026-11-25T12:00:00Z\","
                   "\"reuse_days\":200},\"corroboration\":{\"corroborating\":2,\"perspectives_used\":2,"
                   "\"required\":1,\"quorum\":\"2/2\",\"rirs\":[\"APNIC\",\"RIPE NCC\"]},"
                   "\"compliance\":{\"br_version\":\"2.2.8\",\"method\":\"4.2.2.1\",\"compliant\":"
                   "true,\"findings\":[{\"code\":\"primary_not_included\",\"clause\":\"BR 3.2.2.9\","
                   "\"level\":\"note\",\"message\":\"m \\\"1\\\"\"},{\"code\":\"x\",\"clause\":null,"
                   "\"level\":\"should\",\"message\":\"n\"}]}}");
    buf_clear(&out);
}

static void test_response_without_baseline_has_compliance_null(void **state)
{
    (void)state;
    struct perspective_result results[] = {pass("p-1")};
    const struct attempt attempt = {results, 1};
    struct mpic_response response = {.request = &request, .attempt_count = 1, .attempts = &attempt};
    struct buf out = {0};
    wire_encode_mpic_response(&response, &out);
    assert_true(str_ends_with(
        buf_str(&out), "\"caa_check_parameters\":null,\"previous_attempt_results\":null,"
                       "\"verification\":{\"method\":null,\"acme_label\":null,\"date\":null},"
                       "\"corroboration\":{\"corroborating\":0,\"perspectives_used\":1,"
                       "\"required\":0,\"quorum\":\"0/1\",\"rirs\":[]},\"compliance\":null}"));
    buf_clear(&out);
    response.has_compliance = true;
    response.br_version = "2.2.6";
    wire_encode_mpic_response(&response, &out);
    assert_true(str_ends_with(buf_str(&out), "\"compliance\":{\"br_version\":\"2.2.6\",\"method\":"
                                             "null,\"compliant\":false,\"findings\":[]}}"));
    buf_clear(&out);
}

static void test_request_without_orchestration_is_echoed_as_null(void **state)
{
    (void)state;
    const struct mpic_request plain = {.check = {.target = "a", .trace_identifier = "t"}};
    const struct mpic_response response = {.request = &plain};
    struct buf out = {0};
    wire_encode_mpic_response(&response, &out);
    assert_non_null(strstr(buf_str(&out), "\"request_orchestration_parameters\":null,"));
    assert_non_null(strstr(buf_str(&out), "\"trace_identifier\":\"t\",\"perspectives\":[],"));
    buf_clear(&out);
}

/* BR 5.4.1(2): the applied-for name, where the caller tells it; and who was the primary. */
static void test_applied_for_name_and_roles_are_shown(void **state)
{
    (void)state;
    const struct mpic_request told = {.check = {.target = "example.com"},
                                      .applied_for_name = "www.example.com"};
    const struct perspective_result primary = pass("p-0");
    const struct mpic_response response = {.request = &told, .primary = &primary};
    struct buf out = {0};
    wire_encode_mpic_response(&response, &out);
    assert_non_null(strstr(buf_str(&out), "\"trace_identifier\":null,\"applied_for_name\":\"www."
                                          "example.com\",\"perspectives\""));
    const char *entry =
        strstr(buf_str(&out), "\"primary_perspective\":{\"perspective_code\":\"p-0\"");
    assert_non_null(entry);
    assert_non_null(strstr(entry, "\"role\":\"primary\"}"));
    buf_clear(&out);
}

/* The reader's view. */

static bool view(const char *body, struct arena *arena, struct wire_mpic_view *out, struct err *err)
{
    return wire_decode_mpic_response(bytes_of(body), &request, arena, out, err);
}

static void test_view_shows_what_was_written(void **state)
{
    (void)state;
    struct perspective_result results[] = {pass("p-1"), pass("p-2")};
    const struct attempt attempts[] = {{results, 2}, {results, 2}};
    const struct compliance_finding finding = {"c", "BR 1", "must", "m"};
    const struct mpic_response response = {
        .request = &request,
        .mpic_completed = true,
        .is_valid = true,
        .perspective_count = 2,
        .quorum_count = 1,
        .attempt_count = 2,
        .attempts = attempts,
        .decision = {.corroborating = 2, .rirs = {[RIR_ARIN] = true}},
        .has_compliance = true,
        .findings = &finding,
        .finding_count = 1,
        .conclusion = "2 of 2 perspectives corroborate",
    };
    struct arena *arena = arena_new();
    struct wire_mpic_view seen;
    struct err err = {0};
    struct buf out = {0};
    wire_encode_mpic_response(&response, &out);
    if (!view(buf_str(&out), arena, &seen, &err))
        fail_msg("%s", err.text);
    assert_true(seen.is_valid && seen.mpic_completed);
    assert_int_equal(seen.perspective_count.value, 2);
    assert_int_equal(seen.quorum_count.value, 1);
    assert_int_equal(seen.attempt_count.value, 2);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.perspectives[1].code, "p-2");
    assert_int_equal(seen.perspectives[1].result.verdict, VERDICT_PASS);
    assert_int_equal(seen.corroborating.value, 2);
    assert_int_equal(seen.required.value, 1);
    assert_int_equal(seen.rirs.count, 1);
    assert_string_equal(seen.rirs.items[0], "ARIN");
    assert_int_equal(seen.finding_count, 1);
    assert_string_equal(seen.findings[0].clause, "BR 1");
    assert_string_equal(seen.reason, "2 of 2 perspectives corroborate");
    buf_clear(&out);
    arena_free(arena);
}

static void test_view_of_the_reference_lacks_our_additions(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct wire_mpic_view seen;
    struct err err = {0};
    assert_true(view("{\"mpic_completed\":true,\"is_valid\":false,\"perspectives\":[{\"perspective_"
                     "code\":\"p\",\"check_response\":{\"check_completed\":true,\"check_passed\":"
                     "false,\"details\":{}}}],\"previous_attempt_results\":[[]]}",
                     arena, &seen, &err));
    assert_true(seen.mpic_completed && !seen.is_valid);
    assert_int_equal(seen.perspectives[0].result.verdict, VERDICT_FAIL);
    assert_false(seen.corroborating.present);
    assert_false(seen.rirs.present);
    assert_int_equal(seen.finding_count, 0);
    assert_null(seen.reason);
    arena_free(arena);
}

static void test_view_of_anything_else_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why, *body, *text;
    } rows[] = {
        {"no JSON", "x", "the answer is no JSON: Invalid syntax at byte"},
        {"a list", "[]", "Input should be a valid dictionary"},
        {"an error", "{\"error\":\"x\"}", "mpic_completed: Field required"},
        {"no verdict", "{\"mpic_completed\":true,\"perspectives\":[]}", "is_valid: Field required"},
        {"verdict no boolean",
         "{\"mpic_completed\":true,\"is_valid\":\"true\",\"perspectives\":[]}",
         "is_valid: Input should be a valid boolean"},
        {"no perspectives", "{\"mpic_completed\":true,\"is_valid\":true}",
         "perspectives: Field required"},
        {"perspectives no list", "{\"mpic_completed\":true,\"is_valid\":true,\"perspectives\":{}}",
         "perspectives: Input should be a valid list"},
        {"no code", "{\"mpic_completed\":true,\"is_valid\":true,\"perspectives\":[{}]}",
         "perspectives.0: no perspective_code"},
        {"another check",
         "{\"mpic_completed\":true,\"is_valid\":true,\"perspectives\":[{\"perspective_code\":\"p\","
         "\"check_response\":{\"details\":{}}},{\"perspective_code\":\"q\",\"check_response\":{"
         "\"check_type\":\"dcv\",\"details\":{}}}]}",
         "perspectives.1: the answer is to a dcv check"},
        {"another perspective inside",
         "{\"mpic_completed\":true,\"is_valid\":true,\"perspectives\":[{\"perspective_code\":\"p\","
         "\"check_response\":{\"details\":{},\"perspective_code\":\"q\"}}]}",
         "perspectives.0: the answer is from another perspective than p"},
        {"no check_response",
         "{\"mpic_completed\":true,\"is_valid\":true,\"perspectives\":[{\"perspective_code\":\"p\"}]}",
         "perspectives.0: Input should be a valid dictionary"},
        {"findings no list",
         "{\"mpic_completed\":true,\"is_valid\":true,\"perspectives\":[],\"compliance\":{\"findings\":"
         "1}}",
         "compliance.findings: Input should be a valid list"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new();
        struct wire_mpic_view seen = {.is_valid = true};
        struct err err = {0};
        if (view(rows[i].body, arena, &seen, &err))
            fail_msg("%s: taken", rows[i].why);
        if (!str_starts_with(err.text, rows[i].text))
            fail_msg("%s: %s", rows[i].why, err.text);
        assert_false(seen.is_valid);
        arena_free(arena);
    }
}

static void test_view_of_too_many_perspectives_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct wire_mpic_view seen;
    struct err err = {0};
    struct buf body = {0};
    buf_printf(&body, "{\"mpic_completed\":true,\"is_valid\":true,\"perspectives\":[");
    for (int i = 0; i < 256; i++)
        buf_printf(&body, "{\"perspective_code\":\"p\",\"check_response\":{\"details\":{}}},");
    size_t n = body.n;
    body.p[n - 1] = ' ';
    buf_printf(&body, "]}");
    assert_true(wire_decode_mpic_response(buf_bytes(&body), &request, arena, &seen, &err));
    assert_int_equal(seen.count, 256);
    body.n = n;
    body.p[n - 1] = ',';
    buf_printf(&body, "{}]}");
    assert_false(wire_decode_mpic_response(buf_bytes(&body), &request, arena, &seen, &err));
    assert_true(str_starts_with(err.text, "perspectives: "));
    buf_clear(&body);
    arena_free(arena);
}

static void test_refusals_are_described_one_line_each(void **state)
{
    (void)state;
    static const struct {
        const char *body, *text;
    } rows[] = {
        {"{\"error\":\"request-validation-failed\",\"validation_issues\":[{\"issue_type\":\"i\","
         "\"message\":\"our words\",\"msg\":\"x\"},{\"msg\":\"pydantic's words\"},{\"x\":1},5]}",
         "our words\npydantic's words"},
        {"{\"error\":\"The coordinator could not\"}", "The coordinator could not"},
        {"{\"error\":\"request-validation-failed\",\"validation_issues\":[]}",
         "request-validation-failed"},
        {"{\"detail\":\"Not Found\"}", "Not Found"},
        {"{\"detail\":[{\"msg\":\"Field required\"}]}", "Field required"},
        {"{\"message\":\"Forbidden\"}", "{\"message\":\"Forbidden\"}"},
        {"[]", "[]"},
        {"Internal Server Error", "Internal Server Error"},
        {"", ""},
        {"{\"error\":\"two\\nlines \\u001b[31m\"}", "two\\010lines \\027[31m"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(wire_describe_refusal(bytes_of(rows[i].body), arena), rows[i].text);
    arena_free(arena);
}

/* Under 1 MB, whatever perspectives send. */

enum { MANY = 1000 };

/* Near the most that an answer may have: 1,000 records, 19 hops, control characters everywhere. */
static struct perspective_result flooding(const char *code, struct arena *arena,
                                          size_t record_bytes)
{
    char *noise = arena_alloc(arena, record_bytes + 1);
    memset(noise, 1, record_bytes);
    noise[record_bytes] = '\0';
    const char **records = arena_array(arena, MANY, sizeof *records);
    struct check_error *errors = arena_array(arena, MANY, sizeof *errors);
    for (size_t i = 0; i < MANY; i++) {
        records[i] = noise;
        errors[i] = (struct check_error){noise, noise};
    }
    records[MANY - 1] = "0 issue \"ca.example\"";
    struct perspective_result result = pass(code);
    result.result.verdict = VERDICT_FAIL;
    result.result.problem = PROBLEM_CAA_NOT_PERMITTED;
    result.result.has_errors = true;
    result.result.errors = errors;
    result.result.error_count = MANY;
    result.result.details.reason = noise;
    result.result.details.caa.found_at = noise;
    result.result.details.caa.records_seen =
        (struct strv){.items = records, .count = MANY, .present = true};
    return result;
}

static void check_flood(size_t perspectives, size_t attempts, size_t left_out)
{
    struct arena *arena = arena_new();
    struct perspective_result *results = arena_array(arena, perspectives, sizeof *results);
    struct attempt *all = arena_array(arena, attempts, sizeof *all);
    for (size_t i = 0; i < perspectives; i++)
        results[i] = flooding(arena_printf(arena, "p-%zu", i), arena, 1000);
    results[0] = pass("p-0"); /* one that does not flood: it loses nothing */
    results[0].result.details.reason = "quite plain";
    for (size_t i = 0; i < attempts; i++)
        all[i] = (struct attempt){results, perspectives};
    const struct perspective_result primary = flooding("primary", arena, 1000);
    const char **codes = arena_array(arena, perspectives, sizeof *codes);
    struct observation_group *groups = arena_array(arena, perspectives, sizeof *groups);
    for (size_t i = 0; i < perspectives; i++) {
        codes[i] = results[i].code;
        groups[i] = (struct observation_group){
            .seen = primary.result.details.reason,
            .perspectives = {.items = &codes[i], .count = 1, .present = true}};
    }
    struct mpic_request asked = request;
    asked.check.caa.caa_domains =
        (struct strv){.items = (const char *[]){"ca.example"}, .count = 1, .present = true};
    const struct mpic_response response = {.request = &asked,
                                           .attempt_count = attempts,
                                           .attempts = all,
                                           .primary = &primary,
                                           .disagreement = groups,
                                           .disagreement_count = perspectives};
    struct buf out = {0};
    wire_encode_mpic_response(&response, &out);
    if (out.n >= 1000000)
        fail_msg("%zu bytes", out.n);
    json_t *json = json_loads(buf_str(&out), 0, NULL);
    assert_non_null(json);
    const json_t *shown = json_object_get(json, "perspectives");
    assert_int_equal(json_array_size(shown), perspectives);
    assert_int_equal(json_array_size(json_object_get(json, "previous_attempt_results")),
                     attempts - 1 - left_out);
    assert_int_equal(json_integer_value(json_object_get(json, "previous_attempts_left_out")),
                     left_out);
    for (size_t i = 0; i < perspectives; i++) {
        const json_t *answer = json_object_get(json_array_get(shown, i), "check_response");
        const json_t *details = json_object_get(answer, "details");
        assert_int_equal(json_is_true(json_object_get(answer, "evidence_truncated")), i > 0);
        if (i == 0) {
            assert_string_equal(json_string_value(json_object_get(details, "reason")),
                                "quite plain");
            continue;
        }
        assert_string_equal(json_string_value(json_object_get(details, "problem")),
                            "caa_not_permitted");
        const json_t *records = json_object_get(details, "records_seen");
        assert_true(json_array_size(records) >= 1);
        assert_string_equal(
            json_string_value(json_array_get(records, json_array_size(records) - 1)),
            "0 issue \"ca.example\"");
        assert_true(json_string_length(json_object_get(details, "reason")) > 0);
    }
    json_decref(json);
    buf_clear(&out);
    arena_free(arena);
}

static void test_a_flood_of_evidence_is_cut_and_keeps_what_decides(void **state)
{
    (void)state;
    check_flood(6, 3, 0);
    check_flood(24, 3, 0);
}

static void test_of_thousands_of_results_the_oldest_attempts_are_left_out(void **state)
{
    (void)state;
    check_flood(24, 20, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_flood_of_evidence_is_cut_and_keeps_what_decides),
        cmocka_unit_test(test_of_thousands_of_results_the_oldest_attempts_are_left_out),
        cmocka_unit_test(test_response_shows_corroboration_compliance_and_all_attempts),
        cmocka_unit_test(test_response_without_baseline_has_compliance_null),
        cmocka_unit_test(test_applied_for_name_and_roles_are_shown),
        cmocka_unit_test(test_request_without_orchestration_is_echoed_as_null),
        cmocka_unit_test(test_view_shows_what_was_written),
        cmocka_unit_test(test_view_of_the_reference_lacks_our_additions),
        cmocka_unit_test(test_view_of_anything_else_is_refused),
        cmocka_unit_test(test_view_of_too_many_perspectives_is_refused),
        cmocka_unit_test(test_refusals_are_described_one_line_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
