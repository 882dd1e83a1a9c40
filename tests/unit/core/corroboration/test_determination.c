/* The machine of one MPIC request: events in, questions out. Its decisions over transports and virtual time are in
 * tests/flow/test_coordinator.c; here are the events that no well-behaved driver brings. */
#include "core/corroboration/determination.h"
#include "core/rules/regex.h"

#include "base/str.h"
#include "core/corroboration/cohort.h"
#include "support/unit.h"

#include <string.h>

enum { PLACES = 6, QUESTIONS_MAX = 64 };

#define PLACE(c, r, lat, lon)                                                                      \
    {                                                                                              \
        .code = c, .rir = r, .has_coordinates = true, .latitude = lat, .longitude = lon            \
    }
static const struct perspective_info places[PLACES] = {
    PLACE("us-east-2", RIR_ARIN, 39.96, -83.0),
    PLACE("us-west-2", RIR_ARIN, 45.84, -119.7),
    PLACE("eu-west-2", RIR_RIPE_NCC, 51.51, -0.13),
    PLACE("eu-central-1", RIR_RIPE_NCC, 50.11, 8.68),
    PLACE("ap-northeast-1", RIR_APNIC, 35.68, 139.69),
    PLACE("sa-east-1", RIR_LACNIC, -23.55, -46.63),
};

/* 2026-11-23 12:00 UTC: four remotes are demanded. */
static const int64_t wall_ns = INT64_C(1795435200) * 1000000000;

static struct world {
    struct arena *arena;
    struct cohort_pool *pool;
    struct coordinator_settings settings;
    struct mpic_request request;
    struct determination *determination;
    struct determination_question questions[QUESTIONS_MAX];
    size_t question_count;
} w;

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.arena = arena_new();
    w.pool = cohort_pool_new(places, PLACES, bytes_of("a secret for tests"));
    w.settings = (struct coordinator_settings){
        .perspectives = places,
        .perspective_count = PLACES,
        .default_perspective_count = PLACES,
        .absolute_max_attempts = 3,
        .perspective_timeout_ms = 1000,
        .request_timeout_ms = 2500,
        .baseline = BASELINE_ENFORCE,
    };
    w.request.check = (struct check_request){.check_type = CHECK_CAA, .target = "example.com"};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cohort_pool_free(w.pool);
    arena_free(w.arena);
    return 0;
}

static struct moment at(uint64_t ms)
{
    return (struct moment){ms, wall_ns + (int64_t)ms * 1000000};
}

/* Takes all that there is to ask. */
static void ask(void)
{
    while (determination_next_question(w.determination, &w.questions[w.question_count]))
        w.question_count++;
}

static void start(void)
{
    const struct determination_setup given = {
        .settings = &w.settings, .pools = {w.pool, NULL}, .request = &w.request, .arena = w.arena};
    w.determination = determination_start(&given, at(0));
    w.question_count = 0;
    ask();
}

static void want_attempts(int64_t attempts)
{
    w.request.has_orchestration = true;
    w.request.orchestration.max_attempts = OPT_INT(attempts);
}

static struct check_result result_of(enum verdict verdict)
{
    struct check_result result;
    check_result_init(&result, &w.request.check);
    result.details.caa.caa_record_present = OPT_BOOL(false);
    if (verdict == VERDICT_PASS)
        assert_null(check_result_pass(&result, "no CAA records"));
    else
        check_result_problem(
            &result, verdict == VERDICT_FAIL ? PROBLEM_CAA_NOT_PERMITTED : PROBLEM_DNS_SERVFAIL,
            "scripted");
    return result;
}

static bool answer(size_t number, enum verdict verdict, uint64_t ms)
{
    const struct check_result result = result_of(verdict);
    return determination_take_result(w.determination, number, &result, at(ms));
}

static const struct mpic_response *response(void)
{
    const struct mpic_outcome *outcome = determination_outcome(w.determination);
    return outcome && outcome->kind == MPIC_RAN ? outcome->response : NULL;
}

static const struct check_result *last_result(size_t i)
{
    return &response()->attempts[response()->attempt_count - 1].results[i].result;
}

static size_t count_abandoned(void)
{
    size_t number, count = 0;
    while (determination_next_abandoned(w.determination, &number))
        count++;
    return count;
}

static void test_every_member_is_asked_once_with_one_deadline(void **state)
{
    (void)state;
    start();
    assert_int_equal(w.question_count, PLACES);
    for (size_t i = 0; i < PLACES; i++) {
        assert_int_equal(w.questions[i].deadline_ms, 1000);
        assert_string_equal(w.questions[i].code, places[w.questions[i].perspective].code);
        assert_ptr_equal(w.questions[i].check, &w.request.check);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(w.questions[i].number, w.questions[j].number);
    }
    assert_int_equal(determination_deadline_ms(w.determination), 1000);
    for (size_t i = 0; i < PLACES; i++) {
        assert_null(determination_outcome(w.determination));
        assert_true(answer(w.questions[i].number, VERDICT_PASS, 10));
    }
    assert_true(response()->is_valid);
    assert_int_equal(determination_deadline_ms(w.determination), UINT64_MAX);
    assert_int_equal(count_abandoned(), 0);
}

static void test_what_nobody_awaits_changes_nothing(void **state)
{
    (void)state;
    const struct determination_setup given = {
        .settings = &w.settings, .pools = {w.pool, NULL}, .request = &w.request, .arena = w.arena};
    w.determination = determination_start(&given, at(0));
    w.question_count = 0;
    for (size_t number = 0; number <= PLACES; number++)
        assert_false(answer(number, VERDICT_PASS, 1)); /* before anybody was asked */
    ask();
    size_t first = w.questions[0].number;
    assert_false(answer(w.questions[PLACES - 1].number + 1, VERDICT_PASS, 1)); /* foreign */
    assert_false(answer(SIZE_MAX, VERDICT_PASS, 1));
    assert_true(answer(first, VERDICT_FAIL, 2));
    assert_false(answer(first, VERDICT_PASS, 3)); /* twice: the first one stands */
    assert_false(determination_take_failure(w.determination, first, "late", at(3)));
    for (size_t i = 1; i < PLACES; i++)
        assert_true(answer(w.questions[i].number, i < 3 ? VERDICT_FAIL : VERDICT_PASS, 4));
    assert_false(response()->is_valid);
    assert_int_equal(response()->decision.corroborating, 3);
    for (size_t i = 0; i < PLACES; i++)
        assert_false(answer(w.questions[i].number, VERDICT_PASS, 5)); /* after the end */
    determination_tick(w.determination, at(100000));
    assert_int_equal(response()->decision.corroborating, 3);
    assert_false(response()->is_valid);
}

static void test_answer_to_an_earlier_attempt_never_counts(void **state)
{
    (void)state;
    want_attempts(2);
    start();
    for (size_t i = 0; i < 3; i++)
        assert_true(answer(w.questions[i].number, VERDICT_FAIL, 1));
    determination_tick(w.determination, at(1000));
    assert_int_equal(count_abandoned(), 3);
    ask();
    assert_int_equal(w.question_count, 2 * PLACES);
    for (size_t i = 0; i < PLACES; i++)
        assert_false(answer(w.questions[i].number, VERDICT_PASS, 1001));
    determination_tick(w.determination, at(2000));
    assert_int_equal(response()->attempt_count, 2);
    assert_int_equal(response()->decision.corroborating, 0);
    assert_false(response()->is_valid);
}

static void test_silence_is_given_up_at_the_deadline_and_not_before(void **state)
{
    (void)state;
    start();
    assert_true(answer(w.questions[0].number, VERDICT_PASS, 1));
    determination_tick(w.determination, at(999));
    assert_null(determination_outcome(w.determination));
    determination_tick(w.determination, at(1000));
    assert_non_null(response());
    assert_int_equal(count_abandoned(), PLACES - 1);
    size_t silent = 0;
    for (size_t i = 0; i < PLACES; i++) {
        if (last_result(i)->problem != PROBLEM_REMOTE_CHECK)
            continue;
        silent++;
        assert_non_null(strstr(last_result(i)->errors[0].message, "TimeoutError: no answer"));
        assert_int_equal(last_result(i)->timestamp_ns.value, at(1000).wall_ns);
    }
    assert_int_equal(silent, PLACES - 1);
}

/* Whoever drives it knows what came first: what is handed in before the tick was there before it. */
static void test_answer_handed_in_before_the_tick_counts(void **state)
{
    (void)state;
    start();
    for (size_t i = 0; i < PLACES; i++)
        assert_true(answer(w.questions[i].number, VERDICT_PASS, 1500));
    assert_true(response()->is_valid);
}

static void test_question_that_was_never_asked_is_not_abandoned(void **state)
{
    (void)state;
    const struct determination_setup given = {
        .settings = &w.settings, .pools = {w.pool, NULL}, .request = &w.request, .arena = w.arena};
    w.determination = determination_start(&given, at(0));
    assert_true(determination_next_question(w.determination, &w.questions[0]));
    determination_tick(w.determination, at(1000));
    assert_int_equal(count_abandoned(), 1);
    assert_false(response()->is_valid);
    assert_false(determination_next_question(w.determination, &w.questions[0]));
}

static void test_clock_that_runs_backwards_stands_still(void **state)
{
    (void)state;
    want_attempts(3);
    start();
    determination_tick(w.determination, at(1000));
    determination_tick(w.determination, at(0));
    assert_int_equal(determination_deadline_ms(w.determination), 2000);
    ask();
    for (size_t i = PLACES; i < w.question_count; i++)
        assert_true(answer(w.questions[i].number, VERDICT_FAIL, 5)); /* at 1000, that is */
    assert_int_equal(determination_attempt_count(w.determination), 3);
    assert_int_equal(determination_deadline_ms(w.determination), 2000);
    determination_tick(w.determination, at(1999));
    assert_null(determination_outcome(w.determination));
    determination_tick(w.determination, at(2000));
    assert_int_equal(response()->attempt_count, 3);
}

static void test_deadline_of_the_request_ends_the_last_attempt(void **state)
{
    (void)state;
    want_attempts(3);
    start();
    determination_tick(w.determination, at(1000));
    determination_tick(w.determination, at(2000));
    assert_int_equal(determination_deadline_ms(w.determination), 2500);
    determination_tick(w.determination, at(2499));
    assert_null(determination_outcome(w.determination));
    determination_tick(w.determination, at(2500));
    assert_int_equal(response()->attempt_count, 3);
}

static void test_clock_at_its_end_does_not_wrap(void **state)
{
    (void)state;
    const struct determination_setup given = {
        .settings = &w.settings, .pools = {w.pool, NULL}, .request = &w.request, .arena = w.arena};
    struct moment late = {UINT64_MAX - 5, wall_ns};
    w.determination = determination_start(&given, late);
    assert_int_equal(determination_deadline_ms(w.determination), UINT64_MAX);
    determination_tick(w.determination, late);
    assert_null(determination_outcome(w.determination));
}

static void test_stragglers_are_abandoned_when_the_grace_is_over(void **state)
{
    (void)state;
    w.settings.returns_early = true;
    w.settings.return_early_grace_ms = 50;
    start();
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(determination_deadline_ms(w.determination), 1000);
        assert_true(answer(w.questions[i].number, VERDICT_PASS, 10));
    }
    assert_int_equal(determination_deadline_ms(w.determination), 60);
    assert_true(answer(w.questions[4].number, VERDICT_FAIL, 30)); /* the grace is not begun anew */
    assert_int_equal(determination_deadline_ms(w.determination), 60);
    determination_tick(w.determination, at(60));
    size_t number;
    assert_true(determination_next_abandoned(w.determination, &number));
    assert_int_equal(number, w.questions[5].number);
    assert_int_equal(count_abandoned(), 0);
    assert_true(response()->is_valid);
    assert_int_equal(determination_member(w.determination, number)->result->result.problem,
                     PROBLEM_NOT_AWAITED);
}

static void test_deadline_before_the_end_of_the_grace_is_a_timeout(void **state)
{
    (void)state;
    w.settings.returns_early = true;
    w.settings.return_early_grace_ms = 500;
    start();
    for (size_t i = 0; i < 5; i++)
        assert_true(answer(w.questions[i].number, VERDICT_PASS, 900));
    assert_int_equal(determination_deadline_ms(w.determination), 1000);
    determination_tick(w.determination, at(2000));
    assert_int_equal(
        determination_member(w.determination, w.questions[5].number)->result->result.problem,
        PROBLEM_REMOTE_CHECK);
}

/* Stragglers of one attempt and the questions of the next are there at once. */
static void test_next_attempt_begins_where_the_grace_ends(void **state)
{
    (void)state;
    w.settings.returns_early = true;
    want_attempts(2);
    start();
    for (size_t i = 0; i < 3; i++)
        assert_true(answer(w.questions[i].number, VERDICT_FAIL, 10));
    determination_tick(w.determination, at(10)); /* no grace at all */
    assert_true(determination_attempt(w.determination, 0)->is_over);
    assert_int_equal(determination_attempt(w.determination, 0)->decision.corroborating, 0);
    assert_false(determination_attempt(w.determination, 1)->is_over);
    assert_null(determination_attempt(w.determination, 2));
    assert_int_equal(count_abandoned(), 3);
    ask();
    assert_int_equal(w.question_count, 2 * PLACES);
    assert_int_equal(w.questions[PLACES].deadline_ms, 1010);
}

static void test_yes_that_its_evidence_contradicts_is_a_failure(void **state)
{
    (void)state;
    start();
    struct check_result lie = result_of(VERDICT_PASS);
    lie.details.caa.caa_record_present = OPT_BOOL(true);
    lie.details.caa.found_at = "example.com";
    lie.details.caa.records_seen =
        (struct strv){.items = (const char *const[]){"0 issue \";\""}, .count = 1, .present = true};
    size_t number = w.questions[0].number;
    assert_true(determination_take_result(w.determination, number, &lie, at(1)));
    const struct attempt_member *member = determination_member(w.determination, number);
    assert_non_null(member->fault);
    assert_int_equal(member->result->result.problem, PROBLEM_REMOTE_CHECK);
    assert_int_equal(member->result->result.verdict, VERDICT_UNKNOWN);
    assert_non_null(strstr(member->result->result.errors[0].message, member->fault));
}

static void use_primary(void)
{
    w.settings.has_primary = true;
    w.settings.primary = (struct perspective_info){
        .code = "primary", .has_coordinates = true, .latitude = 19.43, .longitude = -99.13};
}

static void test_primary_is_asked_beside_the_cohort(void **state)
{
    (void)state;
    use_primary();
    start();
    assert_int_equal(w.question_count, PLACES + 1);
    assert_int_equal(w.questions[PLACES].perspective, SIZE_MAX);
    for (size_t i = 0; i < PLACES; i++)
        assert_true(answer(w.questions[i].number, VERDICT_PASS, 1));
    assert_null(determination_outcome(w.determination));
    assert_true(
        determination_take_failure(w.determination, w.questions[PLACES].number, "gone", at(2)));
    assert_false(response()->is_valid); /* nothing that could be corroborated */
    assert_int_equal(response()->decision.corroborating, PLACES);
}

static void test_primary_that_passed_is_not_asked_again(void **state)
{
    (void)state;
    use_primary();
    want_attempts(2);
    start();
    for (size_t i = 0; i <= PLACES; i++)
        assert_true(answer(w.questions[i].number, i == PLACES ? VERDICT_PASS : VERDICT_UNKNOWN, 1));
    ask();
    assert_int_equal(w.question_count, 2 * PLACES + 1);
    for (size_t i = PLACES + 1; i < w.question_count; i++) {
        assert_int_not_equal(w.questions[i].perspective, SIZE_MAX);
        assert_true(answer(w.questions[i].number, VERDICT_PASS, 1));
    }
    assert_true(response()->is_valid);
}

static void test_refused_and_impossible_requests_are_over_at_once(void **state)
{
    (void)state;
    w.request.orchestration.perspective_count = OPT_INT(PLACES + 1);
    start();
    assert_int_equal(w.question_count, 0);
    assert_int_equal(determination_outcome(w.determination)->kind, MPIC_REFUSED);
    assert_null(determination_outcome(w.determination)->response);
    assert_int_equal(determination_outcome(w.determination)->issues->count, 1);
    assert_int_equal(determination_attempt_count(w.determination), 0);
    determination_tick(w.determination, at(5));
    w.request.orchestration = (struct orchestration){0};
    w.request.check.target = "no such name.example";
    start();
    assert_int_equal(w.question_count, 0);
    assert_int_equal(last_result(0)->problem, PROBLEM_PARAMETER);
    assert_int_equal(determination_attempt_count(w.determination), 1);
    assert_null(determination_member(w.determination, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Who drives it may have looked at the expression already; if not, it is looked at all the same. */
static void test_expression_that_is_none_is_refused_whoever_looked_at_it(void **state)
{
    (void)state;
    struct regex_task *task = regex_task_new_check("(");
    regex_task_run(task);
    w.request.check = (struct check_request){.check_type = CHECK_DCV,
                                             .target = "example.com",
                                             .dcv = {.method = DCV_WEBSITE_CHANGE,
                                                     .challenge_value = "v1",
                                                     .http_token_path = "f",
                                                     .match_regex = "("}};
    for (size_t looked = 0; looked < 2; looked++) {
        const struct determination_setup given = {.settings = &w.settings,
                                                  .pools = {w.pool, NULL},
                                                  .request = &w.request,
                                                  .regex = looked ? task : NULL,
                                                  .arena = w.arena};
        w.determination = determination_start(&given, at(0));
        const struct mpic_outcome *outcome = determination_outcome(w.determination);
        assert_int_equal(outcome->kind, MPIC_REFUSED);
        assert_string_equal(outcome->issues->items[0].issue_type, "invalid-match-regex");
        assert_non_null(strstr(outcome->issues->items[0].message, "no regular expression"));
    }
    regex_task_free(task);
    w.request.check.dcv.match_regex = "x+";
    start();
    assert_null(determination_outcome(w.determination));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_member_is_asked_once_with_one_deadline),
        TEST(test_what_nobody_awaits_changes_nothing),
        TEST(test_answer_to_an_earlier_attempt_never_counts),
        TEST(test_silence_is_given_up_at_the_deadline_and_not_before),
        TEST(test_answer_handed_in_before_the_tick_counts),
        TEST(test_question_that_was_never_asked_is_not_abandoned),
        TEST(test_clock_that_runs_backwards_stands_still),
        TEST(test_deadline_of_the_request_ends_the_last_attempt),
        TEST(test_clock_at_its_end_does_not_wrap),
        TEST(test_stragglers_are_abandoned_when_the_grace_is_over),
        TEST(test_deadline_before_the_end_of_the_grace_is_a_timeout),
        TEST(test_next_attempt_begins_where_the_grace_ends),
        TEST(test_yes_that_its_evidence_contradicts_is_a_failure),
        TEST(test_primary_is_asked_beside_the_cohort),
        TEST(test_primary_that_passed_is_not_asked_again),
        TEST(test_refused_and_impossible_requests_are_over_at_once),
        TEST(test_expression_that_is_none_is_refused_whoever_looked_at_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
