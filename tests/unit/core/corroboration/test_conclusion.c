#include "core/corroboration/conclusion.h"
#include "support/unit.h"

#include "core/corroboration/quorum.h"

#include <string.h>

#define PERSPECTIVES 5

/* Five perspectives that were asked for CAA, and all that goes with them. */
struct world {
    struct arena *arena;
    struct mpic_request request;
    struct perspective_result results[PERSPECTIVES], primary;
    struct attempt attempt;
    struct mpic_response response;
};

static void set_verdict(struct world *w, struct perspective_result *of, enum verdict verdict,
                        const char *reason)
{
    check_result_init(&of->result, &w->request.check);
    struct check_details *details = &of->result.details;
    of->result.verdict = verdict;
    of->result.problem = verdict == VERDICT_PASS   ? PROBLEM_NONE
                         : verdict == VERDICT_FAIL ? PROBLEM_CAA_NOT_PERMITTED
                                                   : PROBLEM_DNS_TIMEOUT;
    details->reason = reason;
    if (verdict == VERDICT_PASS)
        details->caa.caa_record_present = OPT_BOOL(false);
}

static void set_up(struct world *w)
{
    static const char *const codes[] = {"a", "b", "c", "d", "e"};
    *w = (struct world){.arena = arena_new()};
    w->request.check = (struct check_request){.check_type = CHECK_CAA, .target = "example.com"};
    for (size_t i = 0; i < PERSPECTIVES; i++) {
        w->results[i].code = codes[i];
        set_verdict(w, &w->results[i], VERDICT_PASS, "no CAA records");
    }
    w->primary.code = "home";
    set_verdict(w, &w->primary, VERDICT_PASS, "no CAA records");
    w->attempt = (struct attempt){w->results, PERSPECTIVES};
    w->response = (struct mpic_response){.request = &w->request,
                                         .attempts = &w->attempt,
                                         .attempt_count = 1,
                                         .perspective_count = PERSPECTIVES,
                                         .quorum_count = 4};
}

/* The count that quorum_decide() would give. */
static const char *conclude(struct world *w)
{
    w->response.decision.corroborating = 0;
    for (size_t i = 0; i < PERSPECTIVES; i++)
        w->response.decision.corroborating +=
            result_corroborates(&w->request.check, &w->results[i].result);
    return conclusion_of(&w->response, w->arena);
}

static void test_all_corroborate(void **state)
{
    (void)state;
    struct world w;
    set_up(&w);
    w.response.is_valid = true;
    assert_string_equal(conclude(&w), "5 of 5 perspectives corroborate, 4 are needed");
    arena_free(w.arena);
}

static void test_others_are_counted_by_kind_with_the_reason_of_the_first(void **state)
{
    (void)state;
    struct world w;
    set_up(&w);
    set_verdict(&w, &w.results[1], VERDICT_FAIL, "other-ca.example only.");
    set_verdict(&w, &w.results[3], VERDICT_FAIL, "another text");
    set_verdict(&w, &w.results[4], VERDICT_FAIL, "another text");
    set_verdict(&w, &w.results[2], VERDICT_UNKNOWN, NULL);
    assert_string_equal(conclude(&w),
                        "1 of 5 perspectives corroborate, 4 are needed; b and 2 others say no, b: "
                        "other-ca.example only; c could not tell: dns_timeout");
    arena_free(w.arena);
}

static void test_a_yes_that_does_not_count_is_told(void **state)
{
    (void)state;
    struct world w;
    set_up(&w);
    w.request.check.has_caa_params = true;
    set_verdict(&w, &w.results[0], VERDICT_PASS, "no CAA records");
    w.results[0].result.details.caa.caa_record_present = (struct opt_bool){0};
    assert_string_equal(conclude(&w), "4 of 5 perspectives corroborate, 4 are needed; a passed, "
                                      "which does not count");
    arena_free(w.arena);
}

/* Nothing else in the line would say why enough are not enough. */
static void test_what_forbids_beside_the_quorum_is_told(void **state)
{
    (void)state;
    struct world w;
    set_up(&w);
    struct compliance_finding findings[] = {{"x", "BR 1", "note", "a note"},
                                            {"y", "BR 3.2.2.9", "must", "too few"}};
    w.response.findings = findings;
    w.response.finding_count = 2;
    assert_string_equal(conclude(&w),
                        "5 of 5 perspectives corroborate, 4 are needed; too few (BR 3.2.2.9)");
    w.response.is_valid = true; /* with `baseline: warn` it forbids nothing */
    assert_string_equal(conclude(&w), "5 of 5 perspectives corroborate, 4 are needed");
    w.response.is_valid = false;
    w.response.decision.rir_rule_broken = true;
    w.response.finding_count = 0;
    assert_string_equal(conclude(&w), "5 of 5 perspectives corroborate, 4 are needed, from two "
                                      "regions at least (BR 3.2.2.9)");
    arena_free(w.arena);
}

static void test_primary_goes_before_the_others(void **state)
{
    (void)state;
    struct world w;
    set_up(&w);
    w.response.primary = &w.primary;
    assert_string_equal(conclude(&w), "5 of 5 perspectives corroborate, 4 are needed");
    set_verdict(&w, &w.primary, VERDICT_FAIL, "not permitted");
    set_verdict(&w, &w.results[0], VERDICT_UNKNOWN, "silence");
    assert_string_equal(conclude(&w),
                        "4 of 5 perspectives corroborate, 4 are needed; the Primary Network "
                        "Perspective, home, says no: not permitted; a could not tell: silence");
    arena_free(w.arena);
}

static void test_the_line_is_bounded(void **state)
{
    (void)state;
    struct world w;
    set_up(&w);
    char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    set_verdict(&w, &w.results[0], VERDICT_UNKNOWN, longest);
    set_verdict(&w, &w.results[1], VERDICT_FAIL, longest);
    w.response.primary = &w.primary;
    set_verdict(&w, &w.primary, VERDICT_FAIL, longest);
    const char *line = conclude(&w);
    assert_true(strlen(line) <= 1024);
    assert_non_null(strstr(line, "; a could not tell: xxx")); /* no one takes the others' room */
    arena_free(w.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_corroborate),
        cmocka_unit_test(test_others_are_counted_by_kind_with_the_reason_of_the_first),
        cmocka_unit_test(test_a_yes_that_does_not_count_is_told),
        cmocka_unit_test(test_what_forbids_beside_the_quorum_is_told),
        cmocka_unit_test(test_primary_goes_before_the_others),
        cmocka_unit_test(test_the_line_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
