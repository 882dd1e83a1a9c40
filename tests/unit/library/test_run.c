/* One request from its questions to its response, by the public headers alone. */
#include "support/library_world.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTIONS_MAX = 64 };

static struct {
    struct mpic_settings settings;
    struct mpic_run_settings run_settings;
    const char *json;
    struct mpic_coordinator *coordinator;
    struct mpic_request *request;
    struct mpic_run *run;
    const struct mpic_question *questions[QUESTIONS_MAX];
    size_t question_count;
} w;

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.settings = library_settings();
    w.run_settings = library_run_settings();
    w.json = "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"example.com\"}";
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mpic_run_free(w.run);
    mpic_request_free(w.request);
    mpic_coordinator_free(w.coordinator);
    return 0;
}

static void take_questions(void)
{
    const struct mpic_question *question;
    while ((question = mpic_run_next_question(w.run)))
        w.questions[w.question_count++] = question;
}

static void start(void)
{
    struct mpic_error *error = NULL;
    w.coordinator = mpic_coordinator_new(&w.settings, &error);
    w.request = mpic_request_from_json(w.json, strlen(w.json), &error);
    assert_null(error);
    w.run = mpic_run_start(w.coordinator, w.request, &w.run_settings, &error);
    assert_null(error);
    assert_non_null(w.run);
    take_questions();
}

static enum mpic_taken answer(size_t i, enum library_verdict verdict, uint64_t ms)
{
    char body[LIBRARY_BODY_BYTES];
    library_answer(body, w.questions[i], verdict);
    return mpic_run_take_answer(w.run, mpic_question_id(w.questions[i]), 200, body, strlen(body),
                                library_time(ms));
}

static bool response_says(const char *text)
{
    const char *response = mpic_run_response(w.run, NULL);
    return response && strstr(response, text);
}

static const char *header(const struct mpic_question *question, const char *wanted)
{
    const char *name, *value;
    for (size_t i = 0; mpic_question_header(question, i, &name, &value); i++)
        if (strcmp(name, wanted) == 0)
            return value;
    return NULL;
}

static void test_six_yes_are_valid(void **state)
{
    (void)state;
    start();
    assert_int_equal(w.question_count, LIBRARY_PLACES);
    assert_int_equal(mpic_run_deadline_ms(w.run), 1000);
    for (size_t i = 0; i < LIBRARY_PLACES; i++) {
        assert_int_equal(mpic_run_state(w.run), MPIC_RUN_ASKING);
        assert_int_equal(mpic_run_http_status(w.run), 0);
        assert_null(mpic_run_response(w.run, NULL));
        assert_null(mpic_run_record(w.run, NULL));
        assert_int_equal(answer(i, LIBRARY_PASS, 5), MPIC_TAKEN);
        assert_null(mpic_question_fault(w.questions[i]));
    }
    size_t length = 0;
    const char *response = mpic_run_response(w.run, &length);
    assert_int_equal(mpic_run_state(w.run), MPIC_RUN_ANSWERED);
    assert_int_equal(mpic_run_http_status(w.run), 200);
    assert_true(mpic_run_is_valid(w.run));
    assert_int_equal(strlen(response), length);
    assert_true(response_says("\"is_valid\":true"));
    assert_true(response_says("\"corroborating\":6"));
    assert_int_equal(mpic_run_deadline_ms(w.run), UINT64_MAX);
    const char *record = mpic_run_record(w.run, &length);
    assert_int_equal(strlen(record), length);
    assert_ptr_equal(mpic_run_record(w.run, NULL), record);
}

static void test_question_is_complete(void **state)
{
    (void)state;
    start();
    for (size_t i = 0; i < w.question_count; i++) {
        const struct mpic_question *question = w.questions[i];
        size_t length;
        const char *body = mpic_question_body(question, &length);
        assert_int_equal(strlen(body), length);
        assert_non_null(strstr(body, "\"example.com\""));
        assert_string_equal(mpic_question_path(question), "/caa");
        assert_int_equal(mpic_question_deadline_ms(question), 1000);
        assert_false(mpic_question_is_primary(question));
        assert_string_equal(header(question, "Content-Type"), "application/json");
        assert_string_equal(header(question, "Mpic-Timeout-Ms"), "900");
        assert_string_equal(header(question, "Mpic-Nonce"), mpic_question_nonce(question));
        assert_int_equal(strlen(mpic_question_nonce(question)), 32);
        assert_int_equal(strlen(mpic_question_request_sha256(question)), 64);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(mpic_question_nonce(question),
                                    mpic_question_nonce(w.questions[j]));
            assert_int_not_equal(mpic_question_id(question), mpic_question_id(w.questions[j]));
        }
    }
}

static void test_nonces_follow_from_the_entropy_alone(void **state)
{
    (void)state;
    static const char other[] = "other bytes, which nobody foresees";
    start();
    const char *first = mpic_question_nonce(w.questions[0]);
    struct mpic_run *same = mpic_run_start(w.coordinator, w.request, &w.run_settings, NULL);
    assert_string_equal(mpic_question_nonce(mpic_run_next_question(same)), first);
    w.run_settings.entropy = other;
    struct mpic_run *another = mpic_run_start(w.coordinator, w.request, &w.run_settings, NULL);
    assert_string_not_equal(mpic_question_nonce(mpic_run_next_question(another)), first);
    mpic_run_free(same);
    mpic_run_free(another);
}

static void test_three_no_of_six_are_not_valid(void **state)
{
    (void)state;
    start();
    for (size_t i = 0; i < LIBRARY_PLACES; i++)
        assert_int_equal(answer(i, i < 3 ? LIBRARY_FAIL : LIBRARY_PASS, 5), MPIC_TAKEN);
    assert_false(mpic_run_is_valid(w.run));
    assert_true(response_says("\"is_valid\":false"));
    assert_true(response_says("\"mpic_completed\":true"));
}

static void test_answers_that_are_none_count_as_failures(void **state)
{
    (void)state;
    char other[LIBRARY_BODY_BYTES];
    static char huge[MPIC_ANSWER_MAX_BYTES + 1];
    memset(huge, ' ', sizeof huge);
    start();
    library_answer(other, w.questions[5], LIBRARY_PASS);
    const struct {
        const char *body;
        size_t length;
        const char *fault;
    } rows[] = {
        {"", 0, "no JSON"},
        {"{}", 2, "no details"},
        {other, strlen(other), "from another perspective"},
        {huge, sizeof huge, "larger than 512 KiB"},
        {"\0\xff", 2, "no JSON"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(mpic_run_take_answer(w.run, mpic_question_id(w.questions[i]), 503,
                                              rows[i].body, rows[i].length, library_time(1)),
                         MPIC_TAKEN_FAULTY);
        assert_non_null(strstr(mpic_question_fault(w.questions[i]), rows[i].fault));
    }
    assert_int_equal(answer(5, LIBRARY_PASS, 2), MPIC_TAKEN);
    assert_false(mpic_run_is_valid(w.run));
    assert_true(response_says("mpic_error:coordinator:remote_check"));
}

/* Of the same perspective, but to the question of another run. */
static void test_answer_to_another_run_is_none(void **state)
{
    (void)state;
    static const char other[] = "other bytes, which nobody foresees";
    char body[LIBRARY_BODY_BYTES];
    start();
    w.run_settings.entropy = other;
    struct mpic_run *another = mpic_run_start(w.coordinator, w.request, &w.run_settings, NULL);
    library_answer(body, mpic_run_next_question(another), LIBRARY_PASS);
    assert_int_equal(mpic_run_take_answer(w.run, mpic_question_id(w.questions[0]), 200, body,
                                          strlen(body), library_time(1)),
                     MPIC_TAKEN_FAULTY);
    assert_non_null(strstr(mpic_question_fault(w.questions[0]), "another question"));
    mpic_run_free(another);
}

static void test_what_nobody_awaits_changes_nothing(void **state)
{
    (void)state;
    start();
    uint64_t first = mpic_question_id(w.questions[0]);
    assert_int_equal(answer(0, LIBRARY_FAIL, 1), MPIC_TAKEN);
    assert_int_equal(answer(0, LIBRARY_PASS, 1), MPIC_NOT_AWAITED); /* twice */
    assert_int_equal(mpic_run_take_failure(w.run, first, "late", library_time(1)),
                     MPIC_NOT_AWAITED);
    assert_int_equal(mpic_run_take_answer(w.run, UINT64_MAX, 200, "{}", 2, library_time(1)),
                     MPIC_NOT_AWAITED);
    assert_int_equal(mpic_run_take_answer(w.run, 777, 200, "{}", 2, library_time(1)),
                     MPIC_NOT_AWAITED);
    for (size_t i = 1; i < LIBRARY_PLACES; i++)
        assert_int_equal(answer(i, LIBRARY_PASS, 1), MPIC_TAKEN);
    const char *response = mpic_run_response(w.run, NULL);
    for (size_t i = 0; i < LIBRARY_PLACES; i++)
        assert_int_equal(answer(i, LIBRARY_FAIL, 2), MPIC_NOT_AWAITED); /* after the end */
    mpic_run_tick(w.run, library_time(9999));
    assert_ptr_equal(mpic_run_response(w.run, NULL), response);
    assert_true(mpic_run_is_valid(w.run));
}

static void test_silence_is_given_up_and_the_next_cohort_is_asked(void **state)
{
    (void)state;
    w.json = "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"example.com\","
             "\"orchestration_parameters\":{\"max_attempts\":2}}";
    start();
    assert_int_equal(answer(0, LIBRARY_PASS, 1), MPIC_TAKEN);
    mpic_run_tick(w.run, library_time(999));
    assert_null(mpic_run_next_abandoned(w.run));
    mpic_run_tick(w.run, library_time(1000));
    size_t abandoned = 0;
    for (const struct mpic_question *question; (question = mpic_run_next_abandoned(w.run));) {
        assert_int_not_equal(mpic_question_id(question), mpic_question_id(w.questions[0]));
        abandoned++;
    }
    assert_int_equal(abandoned, LIBRARY_PLACES - 1);
    take_questions();
    assert_int_equal(w.question_count, 2 * LIBRARY_PLACES);
    assert_int_equal(mpic_question_deadline_ms(w.questions[LIBRARY_PLACES]), 2000);
    assert_int_equal(answer(1, LIBRARY_PASS, 1001), MPIC_NOT_AWAITED); /* of the first attempt */
    for (size_t i = LIBRARY_PLACES; i < w.question_count; i++)
        assert_int_equal(answer(i, LIBRARY_PASS, 1001), MPIC_TAKEN);
    assert_true(mpic_run_is_valid(w.run));
    assert_true(response_says("TimeoutError: no answer within the time limit"));
}

static void test_clock_that_runs_backwards_stands_still(void **state)
{
    (void)state;
    w.run_settings.now = library_time(5000);
    start();
    assert_int_equal(answer(0, LIBRARY_PASS, 0), MPIC_TAKEN);
    assert_int_equal(mpic_run_deadline_ms(w.run), 6000);
    mpic_run_tick(w.run, library_time(5999));
    mpic_run_tick(w.run, library_time(1));
    assert_int_equal(mpic_run_state(w.run), MPIC_RUN_ASKING);
    mpic_run_tick(w.run, library_time(6000));
    assert_int_equal(mpic_run_state(w.run), MPIC_RUN_ANSWERED);
}

static void test_failures_are_told_and_bounded(void **state)
{
    (void)state;
    static char long_text[100000];
    memset(long_text, 'x', sizeof long_text - 1);
    const char *texts[LIBRARY_PLACES] = {"refused", "", "\xff\x01", long_text, "\"", "a\nb"};
    start();
    for (size_t i = 0; i < LIBRARY_PLACES; i++)
        assert_int_equal(mpic_run_take_failure(w.run, mpic_question_id(w.questions[i]), texts[i],
                                               library_time(1)),
                         MPIC_TAKEN_FAULTY);
    assert_false(mpic_run_is_valid(w.run));
    assert_true(response_says(": refused; trace ID: None"));
    assert_true(response_says("\\\\255\\\\001"));
    assert_true(strlen(mpic_run_response(w.run, NULL)) < 20000);
}

static void test_unbound_perspective_is_asked_without_a_nonce(void **state)
{
    (void)state;
    struct mpic_perspective unbound = *w.settings.perspectives[0];
    const struct mpic_perspective *all[LIBRARY_PLACES];
    memcpy(all, w.settings.perspectives, sizeof all);
    unbound.is_unbound = 1;
    all[0] = &unbound;
    w.settings.perspectives = all;
    start();
    for (size_t i = 0; i < LIBRARY_PLACES; i++) {
        bool is_it = strcmp(mpic_question_perspective(w.questions[i]), unbound.code) == 0;
        assert_int_equal(mpic_question_nonce(w.questions[i]) == NULL, is_it);
        assert_int_equal(mpic_question_request_sha256(w.questions[i]) == NULL, is_it);
        assert_int_equal(header(w.questions[i], "Mpic-Nonce") == NULL, is_it);
        assert_int_equal(answer(i, LIBRARY_PASS, 1), MPIC_TAKEN);
    }
    assert_true(mpic_run_is_valid(w.run));
    assert_true(response_says("answers_not_bound"));
}

static void test_primary_must_say_yes(void **state)
{
    (void)state;
    static const struct mpic_perspective primary = {.size = sizeof primary,
                                                    .code = "primary",
                                                    .has_coordinates = 1,
                                                    .latitude = 19.43,
                                                    .longitude = -99.13};
    w.settings.primary = &primary;
    start();
    assert_int_equal(w.question_count, LIBRARY_PLACES + 1);
    assert_true(mpic_question_is_primary(w.questions[LIBRARY_PLACES]));
    for (size_t i = 0; i < LIBRARY_PLACES; i++)
        assert_int_equal(answer(i, LIBRARY_PASS, 1), MPIC_TAKEN);
    assert_int_equal(mpic_run_state(w.run), MPIC_RUN_ASKING);
    assert_int_equal(answer(LIBRARY_PLACES, LIBRARY_FAIL, 1), MPIC_TAKEN);
    assert_false(mpic_run_is_valid(w.run));
    assert_true(response_says("primary_failed"));
}

static void test_early_return_leaves_the_straggler(void **state)
{
    (void)state;
    w.settings.returns_early = 1;
    w.settings.return_early_grace_ms = 20;
    start();
    for (size_t i = 1; i < LIBRARY_PLACES; i++)
        assert_int_equal(answer(i, LIBRARY_PASS, 10), MPIC_TAKEN);
    assert_int_equal(mpic_run_deadline_ms(w.run), 30);
    mpic_run_tick(w.run, library_time(30));
    assert_ptr_equal(mpic_run_next_abandoned(w.run), w.questions[0]);
    assert_true(mpic_run_is_valid(w.run));
    assert_true(response_says("not_awaited"));
}

static void test_left_out_perspective_is_not_asked(void **state)
{
    (void)state;
    static const char *const out[] = {"eu-west-2"};
    w.settings.default_perspective_count = 5;
    w.run_settings.left_out = out;
    w.run_settings.left_out_count = 1;
    start();
    assert_int_equal(w.question_count, 5);
    for (size_t i = 0; i < w.question_count; i++)
        assert_string_not_equal(mpic_question_perspective(w.questions[i]), out[0]);
}

static void test_request_that_breaks_a_rule_is_refused(void **state)
{
    (void)state;
    w.json = "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"example.com\","
             "\"orchestration_parameters\":{\"perspective_count\":7,\"quorum_count\":1}}";
    start();
    assert_int_equal(w.question_count, 0);
    assert_int_equal(mpic_run_state(w.run), MPIC_RUN_REFUSED);
    assert_int_equal(mpic_run_http_status(w.run), 400);
    assert_false(mpic_run_is_valid(w.run));
    assert_true(response_says("\"error\":\"request-validation-failed\""));
    assert_true(response_says("invalid-perspective-count"));
    assert_null(mpic_run_record(w.run, NULL));
}

static void test_perspectives_without_a_cohort_are_impossible(void **state)
{
    (void)state;
    struct mpic_perspective same[LIBRARY_PLACES];
    const struct mpic_perspective *all[LIBRARY_PLACES];
    for (size_t i = 0; i < LIBRARY_PLACES; i++) {
        same[i] = *w.settings.perspectives[i];
        same[i].latitude = same[i].longitude = 10;
        all[i] = &same[i];
    }
    w.settings.perspectives = all;
    start();
    assert_int_equal(mpic_run_state(w.run), MPIC_RUN_IMPOSSIBLE);
    assert_int_equal(mpic_run_http_status(w.run), 500);
    assert_string_equal(mpic_run_response(w.run, NULL),
                        "{\"error\":\"The coordinator could not construct a cohort of size 6\"}");
}

static void test_calls_that_are_wrong_are_errors(void **state)
{
    (void)state;
    start();
    static const char *const unknown[] = {"nowhere"}, *const nothing[] = {NULL};
    struct mpic_run_settings rows[] = {w.run_settings, w.run_settings, w.run_settings,
                                       w.run_settings, w.run_settings, w.run_settings};
    rows[0].size = 0;
    rows[1].size = sizeof rows[1] - 1;
    rows[2].entropy_length = MPIC_ENTROPY_MIN_BYTES - 1;
    rows[3].entropy = NULL;
    rows[4].left_out = unknown;
    rows[4].left_out_count = 1;
    rows[5].left_out = nothing;
    rows[5].left_out_count = 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mpic_error *error = NULL;
        assert_null(mpic_run_start(w.coordinator, w.request, &rows[i], &error));
        assert_int_equal(mpic_error_code(error), MPIC_ERROR_MISUSE);
        mpic_error_free(error);
        assert_null(mpic_run_start(w.coordinator, w.request, &rows[i], NULL));
    }
    assert_null(mpic_run_start(NULL, w.request, &w.run_settings, NULL));
    assert_null(mpic_run_start(w.coordinator, NULL, &w.run_settings, NULL));
    assert_null(mpic_run_start(w.coordinator, w.request, NULL, NULL));
    uint64_t id = mpic_question_id(w.questions[0]);
    assert_int_equal(mpic_run_take_answer(NULL, id, 200, "{}", 2, library_time(0)), MPIC_NOT_TAKEN);
    assert_int_equal(mpic_run_take_answer(w.run, id, 200, NULL, 2, library_time(0)),
                     MPIC_NOT_TAKEN);
    assert_int_equal(mpic_run_take_failure(w.run, id, NULL, library_time(0)), MPIC_NOT_TAKEN);
    assert_int_equal(mpic_run_take_failure(NULL, id, "x", library_time(0)), MPIC_NOT_TAKEN);
    assert_int_equal(answer(0, LIBRARY_PASS, 0), MPIC_TAKEN); /* all that changed nothing */
}

static void test_nothing_is_nothing(void **state)
{
    (void)state;
    size_t length = 7;
    const char *name, *value;
    mpic_run_free(NULL);
    mpic_run_tick(NULL, library_time(0));
    assert_null(mpic_run_next_question(NULL));
    assert_null(mpic_run_next_abandoned(NULL));
    assert_int_equal(mpic_run_state(NULL), MPIC_RUN_ASKING);
    assert_int_equal(mpic_run_http_status(NULL), 0);
    assert_int_equal(mpic_run_is_valid(NULL), 0);
    assert_null(mpic_run_response(NULL, &length));
    assert_int_equal(length, 0);
    assert_null(mpic_run_record(NULL, NULL));
    assert_int_equal(mpic_run_deadline_ms(NULL), UINT64_MAX);
    assert_int_equal(mpic_question_id(NULL), UINT64_MAX);
    assert_null(mpic_question_perspective(NULL));
    assert_int_equal(mpic_question_is_primary(NULL), 0);
    assert_null(mpic_question_path(NULL));
    assert_null(mpic_question_body(NULL, NULL));
    assert_int_equal(mpic_question_header(NULL, 0, &name, &value), 0);
    assert_null(mpic_question_nonce(NULL));
    assert_null(mpic_question_request_sha256(NULL));
    assert_int_equal(mpic_question_deadline_ms(NULL), 0);
    assert_null(mpic_question_fault(NULL));
}

static void test_newer_caller_is_served_where_it_asks_for_nothing_new(void **state)
{
    (void)state;
    struct {
        struct mpic_run_settings known;
        uint64_t later;
    } newer = {w.run_settings, 0};
    newer.known.size = sizeof newer;
    start();
    struct mpic_run *run = mpic_run_start(w.coordinator, w.request, &newer.known, NULL);
    assert_non_null(run);
    mpic_run_free(run);
    newer.later = 1;
    assert_null(mpic_run_start(w.coordinator, w.request, &newer.known, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_six_yes_are_valid),
        TEST(test_question_is_complete),
        TEST(test_nonces_follow_from_the_entropy_alone),
        TEST(test_three_no_of_six_are_not_valid),
        TEST(test_answers_that_are_none_count_as_failures),
        TEST(test_answer_to_another_run_is_none),
        TEST(test_what_nobody_awaits_changes_nothing),
        TEST(test_silence_is_given_up_and_the_next_cohort_is_asked),
        TEST(test_clock_that_runs_backwards_stands_still),
        TEST(test_failures_are_told_and_bounded),
        TEST(test_unbound_perspective_is_asked_without_a_nonce),
        TEST(test_primary_must_say_yes),
        TEST(test_early_return_leaves_the_straggler),
        TEST(test_left_out_perspective_is_not_asked),
        TEST(test_request_that_breaks_a_rule_is_refused),
        TEST(test_perspectives_without_a_cohort_are_impossible),
        TEST(test_calls_that_are_wrong_are_errors),
        TEST(test_nothing_is_nothing),
        TEST(test_newer_caller_is_served_where_it_asks_for_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
