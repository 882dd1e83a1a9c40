/* What people see of a verdict, and what scripts get as the exit status. */
#include "client/show.h"

#include "base/str.h"
#include "support/unit.h"

#include <string.h>

static struct world {
    struct arena *arena;
    struct buf out;
    struct mpic_request request;
    struct wire_mpic_view view;
    struct perspective_result rows[3];
} w;

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.arena = arena_new();
    w.request.check = (struct check_request){.check_type = CHECK_CAA, .target = "a.example"};
    w.view = (struct wire_mpic_view){
        .is_valid = true, .mpic_completed = true, .perspectives = w.rows, .count = 3};
    static const char *const codes[] = {"us-east-2", "eu-west-2", "sa-east-1"};
    for (size_t i = 0; i < 3; i++) {
        w.rows[i].code = codes[i];
        check_result_init(&w.rows[i].result, &w.request.check);
        w.rows[i].result.verdict = VERDICT_PASS;
        w.rows[i].result.problem = PROBLEM_NONE;
        w.rows[i].result.details.reason = NULL;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_clear(&w.out);
    arena_free(w.arena);
    return 0;
}

static const char *shown(bool color)
{
    buf_clear(&w.out);
    show_corroboration(&w.request, &w.view, color, w.arena, &w.out);
    return buf_str(&w.out);
}

/* The index-th line, without its end. */
static const char *line(const char *text, size_t index)
{
    while (index--) {
        text = strchr(text, '\n');
        assert_non_null(text);
        text++;
    }
    return arena_strndup(w.arena, text, strcspn(text, "\n"));
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static const struct {
    const char *why;
    bool is_valid, completed;
    int exit_status;
    const char *line;
} verdicts[] = {
    {"enough agree", true, true, 0, "caa a.example: corroborated"},
    {"enough answered, and too few agree", false, true, 1, "caa a.example: NOT corroborated"},
    {"too few answered", false, false, 2, "caa a.example: could not tell"},
    {"an answer that contradicts itself is no yes", true, false, 2,
     "caa a.example: could not tell"},
};

static void test_verdict_line_and_exit_status_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        w.view.is_valid = verdicts[i].is_valid;
        w.view.mpic_completed = verdicts[i].completed;
        assert_int_equal(exit_status_of_view(&w.view), verdicts[i].exit_status);
        assert_string_equal(line(shown(false), 0), verdicts[i].line);
    }
}

static void test_verdict_line_counts_perspectives_and_regions(void **state)
{
    (void)state;
    static const char *const rirs[] = {"ARIN", "RIPE NCC"};
    w.view.corroborating = OPT_INT(2);
    w.view.required = OPT_INT(2);
    w.view.perspective_count = OPT_INT(3);
    assert_string_equal(line(shown(false), 0),
                        "caa a.example: corroborated (2 of 3 perspectives agree, 2 required)");
    w.view.rirs = (struct strv){.items = rirs, .count = 2, .present = true};
    assert_string_equal(
        line(shown(false), 0),
        "caa a.example: corroborated (2 of 3 perspectives agree, 2 required; ARIN, RIPE NCC)");
}

static void test_verdict_line_names_the_method(void **state)
{
    (void)state;
    w.request.check.check_type = CHECK_DCV;
    w.request.check.dcv.method = DCV_ACME_HTTP_01;
    assert_string_equal(line(shown(false), 0), "acme-http-01 a.example: corroborated");
}

static void test_each_perspective_has_a_row_with_what_it_saw(void **state)
{
    (void)state;
    static const char *const records[] = {"0 issue \"ca.example\"", "0 iodef \"x\""};
    struct check_details *details = &w.rows[0].result.details;
    details->dnssec = DNSSEC_SECURE;
    details->duration_ms = OPT_INT(42);
    details->caa.caa_record_present = OPT_BOOL(true);
    details->caa.records_seen = (struct strv){.items = records, .count = 2, .present = true};
    w.rows[1].result.verdict = VERDICT_FAIL;
    w.rows[1].result.details.reason = "no record names ca.example";
    w.rows[2].result.verdict = VERDICT_UNKNOWN;
    static const struct check_error error = {"mpic_error:x", "it timed out"};
    w.rows[2].result.errors = &error;
    w.rows[2].result.error_count = 1;
    const char *text = shown(false);
    assert_int_equal(count_lines(text), 5);
    assert_string_equal(line(text, 1),
                        "  PERSPECTIVE      VERDICT  DNSSEC            TIME  WHAT IT SAW");
    assert_string_equal(line(text, 2), "  us-east-2        pass     secure           42 ms  saw 0 "
                                       "issue \"ca.example\", 0 iodef \"x\"");
    assert_string_equal(line(text, 3), "  eu-west-2        fail     -                       no "
                                       "record names ca.example");
    assert_string_equal(line(text, 4),
                        "  sa-east-1        unknown  -                       it timed out");
}

static void test_other_observations(void **state)
{
    (void)state;
    w.rows[0].result.details.caa.caa_record_present = OPT_BOOL(false);
    assert_has(line(shown(false), 2), "no CAA records");
    w.request.check.check_type = CHECK_DCV;
    for (size_t i = 0; i < 3; i++)
        w.rows[i].result = (struct check_result){.check_type = CHECK_DCV};
    w.rows[0].result.details.http.response_url = "http://a.example/x";
    w.rows[1].result.details.record.records_seen.present = true;
    static const char *const names[] = {"DNS:a.example", "DNS:b.example"};
    w.rows[2].result.details.tls_alpn.san = (struct strv){names, 2, true};
    const char *text = shown(false);
    assert_has(line(text, 4), "certificate for DNS:a.example, DNS:b.example");
    assert_has(line(text, 2), "answered at http://a.example/x");
    assert_has(line(text, 3), "saw no records");
}

static void test_findings_are_shown_with_level_and_clause(void **state)
{
    (void)state;
    static const struct compliance_finding findings[] = {
        {"too_few", "BR 3.2.2.9", "must", "four are demanded"}, {0}};
    w.view.findings = findings;
    w.view.finding_count = 2;
    const char *text = shown(false);
    assert_int_equal(count_lines(text), 7);
    assert_string_equal(line(text, 5), "  must: four are demanded (BR 3.2.2.9)");
}

/* What the whole response says of itself, and stands in the audit file. */
static void test_reason_stands_below_the_verdict(void **state)
{
    (void)state;
    size_t lines = count_lines(shown(false));
    w.view.reason = "1 of 3 perspectives corroborate, 2 are needed";
    const char *text = shown(false);
    assert_int_equal(count_lines(text), lines + 1);
    assert_string_equal(line(text, 1), "  1 of 3 perspectives corroborate, 2 are needed");
}

static const char hostile[] = "\x1b[2J\x1b]0;x\x07 a\nb\r\x9b"
                              "31m\xff\x7f";

static void assert_harmless(const char *text, size_t lines)
{
    assert_int_equal(count_lines(text), lines);
    for (const char *c = text; *c; c++)
        if ((*c < ' ' && *c != '\n') || *c == 0x7f)
            fail_msg("byte %d reaches the terminal", *c);
    assert_has(text, "\\027[2J");
}

static void test_hostile_bytes_are_escaped_everywhere(void **state)
{
    (void)state;
    static const char *const hostile_list[] = {hostile, hostile};
    static const struct check_error error = {hostile, hostile};
    static const struct compliance_finding finding = {hostile, hostile, hostile, hostile};
    const struct strv list = {.items = hostile_list, .count = 2, .present = true};
    w.request.check.target = hostile;
    w.view.corroborating = w.view.required = w.view.perspective_count = OPT_INT(1);
    w.view.rirs = list;
    w.view.findings = &finding;
    w.view.finding_count = 1;
    w.view.reason = hostile;
    for (size_t i = 0; i < 3; i++)
        w.rows[i].code = hostile;
    w.rows[0].result.errors = &error;
    w.rows[0].result.error_count = 1;
    w.rows[1].result.details.reason = hostile;
    w.rows[2].result.details.caa.records_seen = list;
    assert_harmless(shown(false), 7);
    buf_clear(&w.out);
    for (size_t i = 0; i < 3; i++) {
        show_probe(&w.request.check, &w.rows[i].result, false, w.arena, &w.out);
        assert_harmless(buf_str(&w.out), i < 2 ? 2 : 4);
        buf_clear(&w.out);
    }
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    w.rows[0].result.details.reason = text;
    const char *row = line(shown(false), 2);
    assert_true(strlen(row) < 400);
    assert_true(str_ends_with(row, "..."));
    w.view.reason = text;
    row = line(shown(false), 1);
    assert_true(strlen(row) < 2100);
    assert_true(str_ends_with(row, "..."));
}

static void test_colors_only_if_asked_for(void **state)
{
    (void)state;
    assert_null(strchr(shown(false), '\033'));
    w.rows[1].result.verdict = VERDICT_FAIL;
    w.rows[2].result.verdict = VERDICT_UNKNOWN;
    const char *text = shown(true);
    assert_has(line(text, 0), "\033[32mcorroborated\033[0m");
    assert_has(line(text, 2), "\033[32mpass    \033[0m");
    assert_has(line(text, 3), "\033[31mfail    \033[0m");
    assert_has(line(text, 4), "\033[33munknown \033[0m");
    w.view.is_valid = false;
    assert_has(line(shown(true), 0), "\033[31mNOT corroborated\033[0m");
    w.view.mpic_completed = false;
    assert_has(line(shown(true), 0), "\033[33mcould not tell\033[0m");
    buf_clear(&w.out);
    show_probe(&w.request.check, &w.rows[1].result, true, w.arena, &w.out);
    assert_has(buf_str(&w.out), "\033[31mfail\033[0m");
    buf_clear(&w.out);
    show_probe(&w.request.check, &w.rows[1].result, false, w.arena, &w.out);
    assert_null(strchr(buf_str(&w.out), '\033'));
}

static void test_probe_says_that_it_corroborates_nothing(void **state)
{
    (void)state;
    static const char *const lines[] = {
        [VERDICT_UNKNOWN] = "caa a.example: could not tell (seen from here only: no corroboration)",
        [VERDICT_FAIL] = "caa a.example: fail (seen from here only: no corroboration)",
        [VERDICT_PASS] = "caa a.example: pass (seen from here only: no corroboration)",
    };
    static const int statuses[] = {[VERDICT_UNKNOWN] = 2, [VERDICT_FAIL] = 1, [VERDICT_PASS] = 0};
    for (int verdict = VERDICT_UNKNOWN; verdict <= VERDICT_PASS; verdict++) {
        struct check_result *result = &w.rows[0].result;
        result->verdict = (enum verdict)verdict;
        assert_int_equal(exit_status_of_result(result), statuses[verdict]);
        buf_clear(&w.out);
        show_probe(&w.request.check, result, false, w.arena, &w.out);
        assert_string_equal(line(buf_str(&w.out), 0), lines[verdict]);
        assert_has(line(buf_str(&w.out), 1), "  here ");
    }
}

static void test_probe_shows_lookups_records_and_all_errors(void **state)
{
    (void)state;
    static const char *const aliases[] = {"b.example.", "c.example."};
    const struct lookup_report lookups[] = {
        {"www.a.example", "CAA", "nodata", "secure", {0}, {0}},
        {"a.example", "CAA", "ok", NULL, {.items = aliases, .count = 2, .present = true}, {0}}};
    static const char *const records[] = {"0 issue \"ca.example\""};
    static const struct check_error errors[] = {{"t", "first"}, {"t", "second"}};
    struct check_result *result = &w.rows[0].result;
    result->details.caa.lookups = lookups;
    result->details.caa.lookup_count = 2;
    result->details.caa.records_seen = (struct strv){.items = records, .count = 1, .present = true};
    result->errors = errors;
    result->error_count = 2;
    show_probe(&w.request.check, result, false, w.arena, &w.out);
    const char *text = buf_str(&w.out);
    assert_int_equal(count_lines(text), 6);
    assert_has(line(text, 1), "first");
    assert_has(line(text, 2), "CAA  www.a.example");
    assert_has(line(text, 2), "nodata     secure");
    assert_has(line(text, 3), "ok");
    assert_has(line(text, 3), " by aliases: b.example., c.example.");
    assert_string_equal(line(text, 4), "    record 0 issue \"ca.example\"");
    assert_string_equal(line(text, 5), "    second");
}

static void test_probe_shows_where_aliases_led(void **state)
{
    (void)state;
    static const char *const aliases[] = {"b.example."};
    const struct strv chain = {.items = aliases, .count = 1, .present = true};
    const struct lookup_report lookup = {"a.example", "A", "ok", "secure", chain, {0}};
    const struct http_hop hop = {.connection = {.lookups = &lookup, .lookup_count = 1}};
    struct check_result *result = &w.rows[0].result;
    struct check_details *details = &result->details;
    static const char expected[] = "    A    a.example                                ok         "
                                   "secure by aliases: b.example.\n";
    details->http.hops = &hop;
    details->http.hop_count = 1;
    show_probe(&w.request.check, result, false, w.arena, &w.out);
    assert_has(buf_str(&w.out), expected);

    buf_clear(&w.out);
    *details = (struct check_details){.tls_alpn.connection = hop.connection};
    show_probe(&w.request.check, result, false, w.arena, &w.out);
    assert_has(buf_str(&w.out), expected);

    buf_clear(&w.out);
    *details = (struct check_details){
        .record = {.cname_chain = chain, .lookups = &lookup, .lookup_count = 1}};
    show_probe(&w.request.check, result, false, w.arena, &w.out);
    assert_has(buf_str(&w.out), expected);
    assert_has(buf_str(&w.out), "\n    by aliases: b.example.\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_verdict_line_and_exit_status_agree),
        TEST(test_verdict_line_counts_perspectives_and_regions),
        TEST(test_verdict_line_names_the_method),
        TEST(test_each_perspective_has_a_row_with_what_it_saw),
        TEST(test_other_observations),
        TEST(test_reason_stands_below_the_verdict),
        TEST(test_findings_are_shown_with_level_and_clause),
        TEST(test_hostile_bytes_are_escaped_everywhere),
        TEST(test_long_texts_are_cut),
        TEST(test_colors_only_if_asked_for),
        TEST(test_probe_says_that_it_corroborates_nothing),
        TEST(test_probe_shows_lookups_records_and_all_errors),
        TEST(test_probe_shows_where_aliases_led),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
