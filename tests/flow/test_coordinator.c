/* Whole MPIC requests over scripted transports and virtual time. */
#include "coordinator/coordinator.h"
#include "core/corroboration/observation.h"
#include "support/fake_aside.h"
#include "support/fake_loop.h"

#include "base/mem.h"
#include "base/str.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PERSPECTIVES = 6 };

/* What one perspective answers, always. */
struct script {
    struct transport transport;
    enum transport_status status;
    enum verdict verdict;
    enum check_type check_type;
    enum dcv_method method;
    uint64_t delay_ms; /* UINT64_MAX: never */
    bool swallows_probes;
    bool fails_checks_only; /* `status` is not for probes */
    int calls;
    int probes; /* of the calls */
    int cancelled;
};

struct transport_job {
    struct job job;
    struct script *script;
    struct transport_call *call;
    struct transport_answer answer;
    struct loop_timer timer;
    transport_done_fn *done;
    void *arg;
};

static struct world {
    struct loop *loop;
    struct aside *aside;
    struct arena *arena;
    struct job_group group;
    struct script scripts[PERSPECTIVES];
    struct script primary;
    struct coordinator_settings settings;
    struct coordinator *coordinator;
    struct mpic_request request;
    struct mpic_outcome outcome;
    int done_count;
    char changes[64];
    enum check_type probed; /* by the last probe */
} w;

static struct transport_job *of_job(struct job *job)
{
    return LIST_ENTRY(job, struct transport_job, job);
}

static void on_stop(struct job *job)
{
    loop_timer_stop(&of_job(job)->timer);
}

static void on_deadline(struct job *job)
{
    of_job(job)->answer =
        (struct transport_answer){.status = TRANSPORT_TIMEOUT, .text = "TimeoutError"};
}

static void on_deliver(struct job *job)
{
    of_job(job)->done(&of_job(job)->answer, of_job(job)->arg);
}

static void on_free(struct job *job)
{
    free(of_job(job));
}

static const struct job_ops script_job_ops = {
    .stop = on_stop, .on_deadline = on_deadline, .deliver = on_deliver, .free = on_free};

static void on_time(void *arg)
{
    struct transport_job *t = arg;
    struct script *script = t->script;
    struct check_result *result = arena_alloc(t->call->arena, sizeof *result);
    struct check_request answered = *t->call->check;
    answered.check_type = script->check_type;
    answered.dcv.method = script->method;
    check_result_init(result, &answered);
    result->timestamp_ns = OPT_INT(1);
    result->details.caa.caa_record_present = OPT_BOOL(false);
    if (script->verdict == VERDICT_PASS)
        check_result_pass(result, "scripted");
    else
        check_result_problem(result,
                             script->verdict == VERDICT_FAIL ? PROBLEM_CAA_NOT_PERMITTED
                                                             : PROBLEM_DNS_SERVFAIL,
                             "scripted");
    bool is_probe = str_eq(t->call->check->target, "invalid");
    t->answer = (struct transport_answer){
        .status = is_probe && script->fails_checks_only ? TRANSPORT_OK : script->status,
        .result = result,
        .text = "scripted failure"};
    job_finish(&t->job);
}

static void on_health_change(size_t perspective, enum health_state before, enum health_state now,
                             void *arg)
{
    (void)arg;
    size_t length = strlen(w.changes);
    snprintf(w.changes + length, sizeof w.changes - length, "%zu:%d>%d ", perspective, (int)before,
             (int)now);
}

static struct transport_job *start(struct transport *transport, struct transport_call *call,
                                   struct job_group *group, uint64_t deadline_ms,
                                   transport_done_fn *done, void *arg)
{
    struct script *script = LIST_ENTRY(transport, struct script, transport);
    struct transport_job *t = xcalloc(1, sizeof *t);
    bool is_probe = str_eq(call->check->target, "invalid");
    t->script = script;
    t->call = call;
    t->done = done;
    t->arg = arg;
    script->calls++;
    if (is_probe) {
        script->probes++;
        w.probed = call->check->check_type;
    }
    job_start(&t->job, &script_job_ops, w.loop, group, deadline_ms);
    if (script->delay_ms != UINT64_MAX && !(is_probe && script->swallows_probes))
        loop_timer_start(w.loop, &t->timer, loop_now_ms(w.loop) + script->delay_ms, on_time, t);
    return t;
}

static void cancel(struct transport_job *t)
{
    job_cancel(&t->job);
}

static void free_script(struct transport *transport)
{
    (void)transport; /* scripts are static */
}

static const struct transport_ops script_ops = {
    .start = start, .cancel = cancel, .free = free_script};

static const struct perspective_info places[PERSPECTIVES] = {
    {.code = "us-east-2",
     .rir = RIR_ARIN,
     .has_coordinates = true,
     .latitude = 39.96,
     .longitude = -83.0},
    {.code = "us-west-2",
     .rir = RIR_ARIN,
     .has_coordinates = true,
     .latitude = 45.84,
     .longitude = -119.7},
    {.code = "eu-west-2",
     .rir = RIR_RIPE_NCC,
     .has_coordinates = true,
     .latitude = 51.51,
     .longitude = -0.13},
    {.code = "eu-central-1",
     .rir = RIR_RIPE_NCC,
     .has_coordinates = true,
     .latitude = 50.11,
     .longitude = 8.68},
    {.code = "ap-northeast-1",
     .rir = RIR_APNIC,
     .has_coordinates = true,
     .latitude = 35.68,
     .longitude = 139.69},
    {.code = "sa-east-1",
     .rir = RIR_LACNIC,
     .has_coordinates = true,
     .latitude = -23.55,
     .longitude = -46.63},
};

/* 2026-11-23 12:00 UTC: four remotes are demanded, five from 2026-12-15. */
static const int64_t today_s = 1795435200;

static void make_coordinator(void)
{
    struct transport *transports[PERSPECTIVES];
    coordinator_free(w.coordinator);
    for (size_t i = 0; i < PERSPECTIVES; i++)
        transports[i] = &w.scripts[i].transport;
    w.coordinator = coordinator_new(w.loop, w.aside, &w.settings, transports,
                                    w.settings.has_primary ? &w.primary.transport : NULL);
}

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    fake_aside_reset();
    w.loop = loop_new();
    w.aside = aside_new(w.loop, NULL);
    fake_loop_set_wall_ns(w.loop, today_s * 1000000000);
    w.arena = arena_new();
    job_group_init(&w.group);
    for (size_t i = 0; i < PERSPECTIVES; i++)
        w.scripts[i] = (struct script){
            .transport = {&script_ops}, .verdict = VERDICT_PASS, .check_type = CHECK_CAA};
    w.primary = w.scripts[0];
    w.settings = (struct coordinator_settings){
        .perspectives = places,
        .perspective_count = PERSPECTIVES,
        .secret = bytes_of("a secret for tests"),
        .default_perspective_count = 6,
        .absolute_max_attempts = 3,
        .perspective_timeout_ms = 10000,
        .request_timeout_ms = 30000,
        .baseline = BASELINE_ENFORCE,
    };
    make_coordinator();
    w.request.check = (struct check_request){.check_type = CHECK_CAA, .target = "example.com"};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    job_group_cancel(&w.group);
    coordinator_free(w.coordinator);
    aside_free(w.aside);
    loop_free(w.loop);
    arena_free(w.arena);
    return 0;
}

static void on_done(const struct mpic_outcome *outcome, void *arg)
{
    (void)arg;
    w.outcome = *outcome;
    w.done_count++;
}

static const struct mpic_response *run(void)
{
    w.done_count = 0;
    mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
    assert_int_equal(w.done_count, 0);
    fake_loop_advance(w.loop, 120000);
    assert_int_equal(w.done_count, 1);
    return w.outcome.kind == MPIC_RAN ? w.outcome.response : NULL;
}

static int calls(void)
{
    int sum = 0;
    for (size_t i = 0; i < PERSPECTIVES; i++)
        sum += w.scripts[i].calls;
    return sum;
}

static void want(int64_t perspectives, int64_t quorum, int64_t attempts)
{
    w.request.has_orchestration = true;
    if (perspectives)
        w.request.orchestration.perspective_count = OPT_INT(perspectives);
    if (quorum)
        w.request.orchestration.quorum_count = OPT_INT(quorum);
    if (attempts)
        w.request.orchestration.max_attempts = OPT_INT(attempts);
}

static void test_all_pass_is_valid(void **state)
{
    (void)state;
    const struct mpic_response *response = run();
    assert_non_null(response);
    assert_true(response->is_valid);
    assert_true(response->mpic_completed);
    assert_int_equal(response->perspective_count, 6);
    assert_int_equal(response->quorum_count, 4);
    assert_int_equal(response->attempt_count, 1);
    assert_int_equal(response->decision.corroborating, 6);
    assert_int_equal(response->decision.rir_count, 4);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(response->attempts[0].results[i].result.perspective_code,
                            response->attempts[0].results[i].code);
}

static void test_one_below_quorum_is_not_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        w.scripts[i].verdict = VERDICT_FAIL;
    const struct mpic_response *response = run();
    assert_false(response->is_valid);
    assert_true(response->mpic_completed);
    assert_int_equal(response->decision.corroborating, 3);
}

static void test_two_silent_perspectives_cost_their_timeout_and_no_more(void **state)
{
    (void)state;
    w.scripts[0].delay_ms = w.scripts[3].delay_ms = UINT64_MAX;
    uint64_t before_ms = loop_now_ms(w.loop);
    mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
    fake_loop_advance(w.loop, 10100);
    assert_int_equal(w.done_count, 1);
    assert_true(loop_now_ms(w.loop) - before_ms <= 10100);
    const struct mpic_response *response = w.outcome.response;
    assert_true(response->is_valid); /* four of six */
    size_t silent = 0;
    for (size_t i = 0; i < 6; i++) {
        const struct check_result *result = &response->attempts[0].results[i].result;
        if (result->problem != PROBLEM_REMOTE_CHECK)
            continue;
        silent++;
        assert_int_equal(result->verdict, VERDICT_UNKNOWN);
        assert_string_equal(result->errors[0].type, "mpic_error:coordinator:remote_check");
        assert_non_null(strstr(result->errors[0].message, "TimeoutError; trace ID: None"));
        assert_true(result->timestamp_ns.present);
    }
    assert_int_equal(silent, 2);
}

static void test_three_unreachable_perspectives_do_not_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        w.scripts[i].status = i ? TRANSPORT_UNREACHABLE : TRANSPORT_INVALID;
    const struct mpic_response *response = run();
    assert_false(response->is_valid);
    assert_false(response->mpic_completed);
}

static void test_answer_of_another_type_never_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < PERSPECTIVES; i++) {
        w.scripts[i].check_type = CHECK_DCV;
        w.scripts[i].method = DCV_DNS_CHANGE;
    }
    const struct mpic_response *response = run();
    assert_false(response->is_valid);
    assert_int_equal(response->decision.corroborating, 0);
}

static void test_attempts_use_the_cohorts_and_stand_alone(void **state)
{
    (void)state;
    w.settings.baseline = BASELINE_OFF;
    want(3, 0, 2);
    for (size_t i = 0; i < PERSPECTIVES; i++)
        w.scripts[i].verdict = VERDICT_FAIL;
    const struct mpic_response *response = run();
    assert_false(response->is_valid);
    assert_int_equal(response->attempt_count, 2);
    assert_int_equal(calls(), 6);
    for (size_t i = 0; i < PERSPECTIVES; i++)
        assert_int_equal(w.scripts[i].calls, 1); /* the second cohort is another one */
    assert_int_equal(response->attempts[0].count, 3);
    assert_int_equal(response->attempts[1].count, 3);
}

static void test_attempts_stop_at_the_first_valid_one(void **state)
{
    (void)state;
    w.settings.baseline = BASELINE_OFF;
    want(3, 0, 3);
    assert_true(run()->is_valid);
    assert_int_equal(w.outcome.response->attempt_count, 1);
    assert_int_equal(calls(), 3);
}

static void test_attempts_are_capped_by_configuration(void **state)
{
    (void)state;
    want(0, 0, 1000000);
    for (size_t i = 0; i < PERSPECTIVES; i++)
        w.scripts[i].verdict = VERDICT_FAIL;
    assert_int_equal(run()->attempt_count, 3);
    assert_int_equal(calls(), 18);
}

static void test_single_cohort_is_asked_once(void **state)
{
    (void)state;
    w.settings.baseline = BASELINE_OFF;
    want(3, 0, 3);
    w.request.orchestration.cohort_for_single_attempt = OPT_INT(2);
    for (size_t i = 0; i < PERSPECTIVES; i++)
        w.scripts[i].verdict = VERDICT_FAIL;
    const struct mpic_response *response = run();
    assert_int_equal(response->attempt_count, 1);
    assert_int_equal(calls(), 3);
}

static void test_cohort_number_out_of_range_is_refused(void **state)
{
    (void)state;
    static const int64_t numbers[] = {-1, 0, 2, INT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        want(6, 0, 0);
        w.request.orchestration.cohort_for_single_attempt = OPT_INT(numbers[i]);
        assert_null(run());
        assert_int_equal(w.outcome.kind, MPIC_REFUSED);
        assert_string_equal(w.outcome.issues->items[0].issue_type, "invalid-cohort-number");
        assert_int_equal(calls(), 0);
    }
}

static void test_broken_rules_are_refused_before_anybody_is_asked(void **state)
{
    (void)state;
    want(7, 0, 0);
    assert_null(run());
    assert_int_equal(w.outcome.kind, MPIC_REFUSED);
    assert_string_equal(w.outcome.issues->items[0].issue_type, "invalid-perspective-count");
    assert_int_equal(calls(), 0);
}

static void test_invalid_target_gives_a_cohort_of_unknown_and_asks_nobody(void **state)
{
    (void)state;
    w.request.check.target = "no such name.example";
    want(0, 0, 3);
    const struct mpic_response *response = run();
    assert_false(response->is_valid);
    assert_false(response->mpic_completed);
    assert_int_equal(response->attempt_count, 1);
    assert_int_equal(response->attempts[0].count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct check_result *result = &response->attempts[0].results[i].result;
        assert_int_equal(result->problem, PROBLEM_PARAMETER);
        assert_non_null(strstr(result->errors[0].message, "Invalid domain name: "));
    }
    assert_int_equal(calls(), 0);
}

static void test_no_cohort_of_the_asked_size_is_refused(void **state)
{
    (void)state;
    /* All in one place: no two may be counted together. */
    static struct perspective_info same[PERSPECTIVES];
    for (size_t i = 0; i < PERSPECTIVES; i++) {
        same[i] = places[i];
        same[i].latitude = 10;
        same[i].longitude = 10;
    }
    w.settings.perspectives = same;
    make_coordinator();
    want(5, 0, 0);
    assert_null(run());
    assert_int_equal(w.outcome.kind, MPIC_REFUSED);
    assert_string_equal(w.outcome.issues->items[0].issue_type, "no-cohort-of-size");
    w.request.has_orchestration = false;
    w.request.orchestration = (struct orchestration){0};
    assert_null(run());
    assert_int_equal(w.outcome.kind, MPIC_NO_COHORT);
    assert_string_equal(w.outcome.error_text,
                        "The coordinator could not construct a cohort of size 6");
}

/* --- the primary, early returns, disagreement ------------------------------------------------ */

static void use_primary(void)
{
    w.settings.has_primary = true;
    w.settings.primary = (struct perspective_info){
        .code = "primary", .has_coordinates = true, .latitude = 19.43, .longitude = -99.13};
    make_coordinator();
}

static bool has_finding(const struct mpic_response *response, const char *code)
{
    for (size_t i = 0; i < response->finding_count; i++)
        if (str_eq(response->findings[i].code, code))
            return true;
    return false;
}

static void test_primary_passes_and_is_outside_the_quorum(void **state)
{
    (void)state;
    use_primary();
    const struct mpic_response *response = run();
    assert_true(response->is_valid);
    assert_int_equal(response->perspective_count, 6);
    assert_int_equal(w.primary.calls, 1);
    assert_string_equal(response->primary->result.perspective_code, "primary");
    assert_false(has_finding(response, "primary_not_included"));
}

/* BR 3.2.2.9, whatever the mode: `baseline` relaxes no verdict. */
static const enum baseline_mode modes[] = {BASELINE_ENFORCE, BASELINE_WARN, BASELINE_OFF};

static void test_primary_that_says_no_is_final_in_every_mode(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        w.settings.baseline = modes[i];
        w.primary.verdict = VERDICT_FAIL;
        use_primary();
        want(0, 0, 3);
        w.primary.calls = 0;
        const struct mpic_response *response = run();
        assert_false(response->is_valid);
        assert_int_equal(response->attempt_count, 1);
        assert_int_equal(w.primary.calls, 1);
        assert_int_equal(response->decision.corroborating, 6); /* they stay as evidence */
        assert_int_equal(has_finding(response, "primary_failed"),
                         modes[i] != BASELINE_OFF || response->finding_count > 0);
    }
}

static void test_primary_that_could_not_tell_is_asked_again_with_each_attempt(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        w.settings.baseline = modes[i];
        w.primary.verdict = VERDICT_UNKNOWN;
        use_primary();
        want(0, 0, 3);
        w.primary.calls = 0;
        const struct mpic_response *response = run();
        assert_false(response->is_valid);
        assert_int_equal(response->attempt_count, 3);
        assert_int_equal(w.primary.calls, 3);
        assert_int_equal(response->decision.corroborating, 6);
    }
}

static void test_primary_too_close_to_a_remote_is_not_valid(void **state)
{
    (void)state;
    use_primary();
    w.settings.primary.latitude = 40.0;
    w.settings.primary.longitude = -83.0;
    const struct mpic_response *response = run();
    assert_true(has_finding(response, "primary_too_close"));
    assert_false(response->is_valid);
}

static void test_primary_is_asked_once_over_all_attempts(void **state)
{
    (void)state;
    use_primary();
    for (size_t i = 0; i < PERSPECTIVES; i++)
        w.scripts[i].verdict = VERDICT_FAIL;
    want(0, 0, 3);
    assert_int_equal(run()->attempt_count, 3);
    assert_int_equal(w.primary.calls, 1);
}

static void return_early(unsigned grace_ms)
{
    w.settings.returns_early = true;
    w.settings.return_early_grace_ms = grace_ms;
}

static size_t count_problem(const struct mpic_response *response, enum problem problem)
{
    size_t count = 0;
    for (size_t i = 0; i < response->attempts[0].count; i++)
        count += response->attempts[0].results[i].result.problem == problem;
    return count;
}

static void test_early_return_reports_stragglers_as_not_awaited(void **state)
{
    (void)state;
    return_early(200);
    w.scripts[0].delay_ms = UINT64_MAX;
    w.scripts[1].delay_ms = 5000;
    w.scripts[2].delay_ms = 100; /* within the grace */
    mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
    fake_loop_advance(w.loop, 400);
    assert_int_equal(w.done_count, 1);
    const struct mpic_response *response = w.outcome.response;
    assert_true(response->is_valid);
    assert_int_equal(count_problem(response, PROBLEM_NOT_AWAITED), 2);
    assert_int_equal(response->decision.corroborating, 4);
    assert_int_equal(response->disagreement_count, 0);
}

static void test_early_return_when_it_cannot_become_valid(void **state)
{
    (void)state;
    return_early(100);
    for (size_t i = 0; i < 3; i++)
        w.scripts[i].verdict = VERDICT_FAIL;
    for (size_t i = 3; i < PERSPECTIVES; i++)
        w.scripts[i].delay_ms = 9000;
    mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
    fake_loop_advance(w.loop, 500);
    assert_int_equal(w.done_count, 1);
    assert_false(w.outcome.response->is_valid);
}

static void test_early_return_waits_while_the_verdict_is_open(void **state)
{
    (void)state;
    return_early(100);
    for (size_t i = 0; i < 3; i++)
        w.scripts[i].delay_ms = 3000;
    mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
    fake_loop_advance(w.loop, 2900);
    assert_int_equal(w.done_count, 0); /* three of the four that are needed */
    fake_loop_advance(w.loop, 300);
    assert_int_equal(w.done_count, 1);
    assert_int_equal(w.outcome.response->decision.corroborating, 6);
}

static void test_early_return_waits_for_the_primary(void **state)
{
    (void)state;
    w.primary.delay_ms = 4000;
    use_primary();
    return_early(100);
    mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
    fake_loop_advance(w.loop, 3900);
    assert_int_equal(w.done_count, 0);
    fake_loop_advance(w.loop, 300);
    assert_int_equal(w.done_count, 1);
}

static void test_disagreement_is_grouped_by_what_was_seen(void **state)
{
    (void)state;
    w.scripts[4].verdict = VERDICT_FAIL;
    w.scripts[5].verdict = VERDICT_UNKNOWN; /* could not tell: told as well, behind the others */
    const struct mpic_response *response = run();
    assert_int_equal(response->disagreement_count, 3);
    assert_int_equal(response->disagreement[0].perspectives.count, 4);
    assert_true(response->disagreement[0].check_passed);
    assert_int_equal(response->disagreement[1].perspectives.count, 1);
    assert_string_equal(response->disagreement[1].perspectives.items[0], "ap-northeast-1");
    assert_true(response->disagreement[1].check_completed);
    assert_false(response->disagreement[2].check_completed);
    assert_int_equal(response->disagreement[2].perspectives.count, 1);
}

static void test_one_that_could_not_tell_is_told_beside_those_that_agree(void **state)
{
    (void)state;
    w.scripts[5].verdict = VERDICT_UNKNOWN;
    const struct mpic_response *response = run();
    assert_true(response->is_valid);
    assert_int_equal(response->disagreement_count, 2);
    assert_false(response->disagreement[1].check_completed);
    assert_true(
        str_starts_with(response->conclusion, "5 of 6 perspectives corroborate, 4 are needed; "));
    assert_non_null(strstr(response->conclusion, " could not tell: "));
}

static void test_nobody_who_could_tell_is_no_disagreement(void **state)
{
    (void)state;
    for (size_t i = 0; i < PERSPECTIVES; i++)
        w.scripts[i].verdict = VERDICT_UNKNOWN;
    assert_int_equal(run()->disagreement_count, 0);
}

/* --- health ---------------------------------------------------------------------------------- */

enum { LIMIT = 3, PROBE_INTERVAL_MS = 5000, PROBE_MS = 500 };

/* Six, cohorts of four: two may be left out by share, one by what must remain. */
static void watch_health(void)
{
    w.settings.baseline = BASELINE_OFF;
    w.settings.default_perspective_count = 4;
    w.settings.health_failures_before_leaving_out = LIMIT;
    w.settings.health_probe_interval_ms = PROBE_INTERVAL_MS;
    make_coordinator();
}

/* All six at once, and no more time than that takes. */
static void run_all_six(void)
{
    want(6, 0, 1);
    w.done_count = 0;
    mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
    while (w.done_count == 0)
        fake_loop_advance(w.loop, 1);
    w.request.orchestration = (struct orchestration){0};
}

static enum health_state state_of(size_t perspective)
{
    return health_get(coordinator_health(w.coordinator), perspective)->state;
}

static void break_down(size_t perspective)
{
    w.scripts[perspective].status = TRANSPORT_UNREACHABLE;
    for (int i = 0; i < LIMIT; i++)
        run_all_six();
    fake_loop_advance(w.loop, PROBE_MS);
}

/* How many of many names are checked by it. */
static int share_of(size_t perspective, int64_t cohort)
{
    static char names[20][16];
    int before = w.scripts[perspective].calls - w.scripts[perspective].probes;
    w.request.orchestration = (struct orchestration){0};
    if (cohort)
        w.request.orchestration.cohort_for_single_attempt = OPT_INT(cohort);
    w.request.has_orchestration = true;
    for (int i = 0; i < 20; i++) {
        snprintf(names[i], sizeof names[i], "n%d.example", i);
        w.request.check.target = names[i];
        w.done_count = 0;
        mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
        fake_loop_advance(w.loop, 10);
        assert_int_equal(w.done_count, 1);
        assert_int_equal(w.outcome.kind, MPIC_RAN);
        assert_int_equal(w.outcome.response->attempts[0].count, 4);
    }
    return w.scripts[perspective].calls - w.scripts[perspective].probes - before;
}

static void test_perspective_that_stays_silent_is_left_out_until_it_answers(void **state)
{
    (void)state;
    watch_health();
    assert_in_range(share_of(2, 0), 1, 20);
    break_down(2);
    assert_int_equal(w.scripts[2].probes, 1);
    assert_int_equal(w.probed, CHECK_CAA);
    assert_int_equal(state_of(2), HEALTH_LEFT_OUT);
    assert_int_equal(share_of(2, 0), 0);
    fake_loop_advance(w.loop, PROBE_INTERVAL_MS + PROBE_MS);
    assert_int_equal(w.scripts[2].probes, 2);
    assert_int_equal(state_of(2), HEALTH_LEFT_OUT);
    w.scripts[2].status = TRANSPORT_OK;
    w.scripts[2].verdict = VERDICT_UNKNOWN; /* that is an answer, too */
    fake_loop_advance(w.loop, PROBE_INTERVAL_MS + PROBE_MS);
    assert_int_equal(w.scripts[2].probes, 3);
    assert_int_equal(state_of(2), HEALTH_HEALTHY);
    assert_in_range(share_of(2, 0), 1, 20);
    fake_loop_advance(w.loop, 10 * PROBE_INTERVAL_MS);
    assert_int_equal(w.scripts[2].probes, 3);
}

static void test_failed_checks_alone_leave_nobody_out(void **state)
{
    (void)state;
    watch_health();
    coordinator_on_health_change(w.coordinator, on_health_change, NULL);
    /* As where an applicant's servers stall: checks time out, a probe is answered. */
    w.scripts[2].fails_checks_only = true;
    w.scripts[2].status = TRANSPORT_TIMEOUT;
    for (int i = 0; i < LIMIT; i++)
        run_all_six();
    fake_loop_advance(w.loop, PROBE_MS);
    assert_int_equal(w.scripts[2].probes, 1); /* it was suspected, and that is all */
    assert_string_equal(w.changes, "");
}

static void test_perspective_that_hangs_is_left_out_by_its_probes(void **state)
{
    (void)state;
    watch_health();
    coordinator_on_health_change(w.coordinator, on_health_change, NULL);
    w.scripts[2].status = TRANSPORT_TIMEOUT;
    for (int i = 0; i < LIMIT; i++)
        run_all_six();
    fake_loop_advance(w.loop, 2 * PROBE_MS);
    assert_int_equal(w.scripts[2].probes, 2);
    assert_string_equal(w.changes, "2:0>1 2:1>2 ");
}

/* Anybody who fills a perspective up can bring that about, for its checks and for its probes. */
static void test_refusal_of_load_leaves_nobody_out(void **state)
{
    (void)state;
    watch_health();
    coordinator_on_health_change(w.coordinator, on_health_change, NULL);
    w.scripts[2].status = TRANSPORT_BUSY;
    for (int i = 0; i < 3 * LIMIT; i++)
        run_all_six();
    fake_loop_advance(w.loop, 3 * PROBE_INTERVAL_MS);
    assert_int_equal(w.scripts[2].probes, 0);
    assert_string_equal(w.changes, "");
    /* Nor does it say anything as the answer to a probe, where there would be room. */
    break_down(3);
    break_down(4);
    assert_int_equal(state_of(4), HEALTH_FAILING);
    w.scripts[3].status = TRANSPORT_OK;
    w.scripts[4].status = TRANSPORT_BUSY;
    fake_loop_advance(w.loop, 5 * PROBE_INTERVAL_MS);
    assert_int_equal(state_of(3), HEALTH_HEALTHY);
    assert_int_equal(state_of(4), HEALTH_FAILING);
}

static void test_no_more_are_left_out_than_may_be(void **state)
{
    (void)state;
    watch_health();
    break_down(2);
    break_down(4);
    assert_int_equal(state_of(2), HEALTH_LEFT_OUT);
    assert_int_equal(state_of(4), HEALTH_FAILING);
    /* Where it comes back, the other's next probe has room. */
    w.scripts[2].status = TRANSPORT_OK;
    fake_loop_advance(w.loop, 3 * PROBE_INTERVAL_MS);
    assert_int_equal(state_of(2), HEALTH_HEALTHY);
    assert_int_equal(state_of(4), HEALTH_LEFT_OUT);
}

static void test_left_out_perspective_is_asked_where_the_others_do_not_do(void **state)
{
    (void)state;
    watch_health();
    int cohort_share = share_of(2, 1);
    break_down(2);
    assert_int_equal(state_of(2), HEALTH_LEFT_OUT);
    int before = w.scripts[2].calls;
    run_all_six(); /* there are no six others */
    assert_int_equal(w.scripts[2].calls, before + 1);
    /* A cohort's number means the same as before. */
    assert_int_equal(share_of(2, 1), cohort_share);
    /* That was a real check, and an answer to one is as good as to a probe. */
    w.scripts[2].status = TRANSPORT_OK;
    run_all_six();
    assert_int_equal(state_of(2), HEALTH_HEALTHY);
    int probes = w.scripts[2].probes;
    fake_loop_advance(w.loop, 10 * PROBE_INTERVAL_MS);
    assert_int_equal(w.scripts[2].probes, probes);
}

static void test_probe_asks_what_failed_and_is_cancelled_with_the_coordinator(void **state)
{
    (void)state;
    watch_health();
    w.request.check = (struct check_request){
        .check_type = CHECK_DCV,
        .target = "example.com",
        .dcv = {.method = DCV_DNS_CHANGE,
                .challenge_value = "a value",
                .dns_record_type = DCV_RECORD_TXT},
    };
    for (size_t i = 0; i < PERSPECTIVES; i++) {
        w.scripts[i].check_type = CHECK_DCV;
        w.scripts[i].method = DCV_DNS_CHANGE;
    }
    w.scripts[2].status = TRANSPORT_INVALID;
    w.scripts[2].swallows_probes = true;
    for (int i = 0; i < LIMIT; i++)
        run_all_six();
    fake_loop_advance(w.loop, PROBE_MS);
    assert_int_equal(w.scripts[2].probes, 1);
    assert_int_equal(w.probed, CHECK_DCV);
    assert_int_equal(state_of(2), HEALTH_HEALTHY);
    /* The probe is on its way; the sanitizers would tell what is left behind. */
    make_coordinator();
    assert_int_equal(state_of(2), HEALTH_HEALTHY);
}

static void test_changes_of_health_are_told(void **state)
{
    (void)state;
    watch_health();
    coordinator_on_health_change(w.coordinator, on_health_change, NULL);
    break_down(3);
    assert_string_equal(w.changes, "3:0>1 3:1>2 ");
    w.scripts[3].status = TRANSPORT_OK;
    fake_loop_advance(w.loop, 2 * PROBE_INTERVAL_MS);
    assert_string_equal(w.changes, "3:0>1 3:1>2 3:2>0 ");
}

static void test_disagreements_with_the_majority_are_counted_and_leave_nobody_out(void **state)
{
    (void)state;
    watch_health();
    w.scripts[1].verdict = VERDICT_FAIL;
    w.scripts[2].verdict = VERDICT_UNKNOWN;
    for (int i = 0; i < HEALTH_DISAGREEMENTS_TOLERATED + 1; i++)
        run_all_six();
    const struct health *health = coordinator_health(w.coordinator);
    assert_int_equal(health_get(health, 1)->disagreements, HEALTH_DISAGREEMENTS_TOLERATED + 1);
    assert_true(health_get(health, 1)->is_conspicuous);
    assert_int_equal(health_get(health, 2)->disagreements, 0);
    assert_int_equal(health_get(health, 0)->disagreements, 0);
    assert_int_equal(state_of(1), HEALTH_HEALTHY);
    w.scripts[1].verdict = VERDICT_PASS;
    for (int i = 0; i < HEALTH_WINDOW; i++)
        run_all_six();
    assert_false(health_get(health, 1)->is_conspicuous);
    /* Three against three: nobody can say who is right. */
    for (size_t i = 0; i < 3; i++)
        w.scripts[i].verdict = VERDICT_FAIL;
    run_all_six();
    for (size_t i = 0; i < PERSPECTIVES; i++)
        assert_int_equal(health_get(health, i)->disagreements, 0);
}

static void test_request_deadline_ends_the_attempts(void **state)
{
    (void)state;
    w.settings.request_timeout_ms = 14000;
    want(0, 0, 3);
    for (size_t i = 0; i < PERSPECTIVES; i++)
        w.scripts[i].delay_ms = UINT64_MAX;
    mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
    fake_loop_advance(w.loop, 13900);
    assert_int_equal(w.done_count, 0); /* ten seconds for the first attempt, four for the second */
    fake_loop_advance(w.loop, 200);
    assert_int_equal(w.done_count, 1);
    assert_int_equal(w.outcome.response->attempt_count, 2);
    assert_false(w.outcome.response->is_valid);
}

static void test_cancel_is_silent(void **state)
{
    (void)state;
    static const uint64_t moments_ms[] = {0, 5, 5000};
    for (size_t i = 0; i < PERSPECTIVES; i++)
        w.scripts[i].delay_ms = i * 2000;
    for (size_t i = 0; i < sizeof moments_ms / sizeof *moments_ms; i++) {
        struct mpic_job *job =
            mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
        fake_loop_advance(w.loop, moments_ms[i]);
        mpic_cancel(job);
        fake_loop_advance(w.loop, 60000);
        assert_int_equal(w.done_count, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* --- match_regex, which is looked at aside ---------------------------------------------------------- */

static void ask_with_regex(const char *regex)
{
    w.request.check = (struct check_request){.check_type = CHECK_DCV,
                                             .target = "example.com",
                                             .caller = "192.0.2.77",
                                             .dcv = {.method = DCV_WEBSITE_CHANGE,
                                                     .challenge_value = "secret",
                                                     .http_token_path = "../f",
                                                     .match_regex = regex}};
}

static void test_expression_is_told_among_all_issues(void **state)
{
    (void)state;
    ask_with_regex("(");
    fake_aside.takes_ms = 70;
    assert_null(run());
    assert_int_equal(w.outcome.kind, MPIC_REFUSED);
    assert_int_equal(w.outcome.issues->count, 2);
    assert_string_equal(w.outcome.issues->items[0].issue_type, "invalid-http-token-path");
    assert_string_equal(w.outcome.issues->items[1].issue_type, "invalid-match-regex");
    assert_string_equal(fake_aside.last_caller, "192.0.2.77");
    assert_int_equal(calls(), 0);
}

static void test_expression_that_is_one_is_passed_on(void **state)
{
    (void)state;
    ask_with_regex("x+");
    w.request.check.dcv.http_token_path = "f";
    for (size_t i = 0; i < PERSPECTIVES; i++) {
        w.scripts[i].check_type = CHECK_DCV;
        w.scripts[i].method = DCV_WEBSITE_CHANGE;
    }
    run();
    assert_int_equal(w.outcome.kind, MPIC_RAN);
    assert_int_equal(calls(), 6);
    assert_int_equal(fake_aside.started, 1);
}

static void test_expression_without_room_or_time_to_look_at_it_is_busy(void **state)
{
    (void)state;
    ask_with_regex("x+");
    fake_aside.is_busy = true;
    assert_null(run());
    assert_int_equal(w.outcome.kind, MPIC_BUSY);
    fake_aside.is_busy = false;
    fake_aside.takes_ms = FAKE_ASIDE_NEVER;
    w.outcome.kind = MPIC_RAN;
    w.done_count = 0;
    mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
    fake_loop_advance(w.loop, 1999);
    assert_int_equal(w.done_count, 0);
    fake_loop_advance(w.loop, 1);
    assert_int_equal(w.outcome.kind, MPIC_BUSY);
    assert_string_equal(w.outcome.error_text,
                        "There was no time to look at match_regex. Ask again.");
    assert_int_equal(calls(), 0);
}

static void test_expression_is_cancelled_with_its_request(void **state)
{
    (void)state;
    ask_with_regex("x+");
    fake_aside.takes_ms = 100;
    struct mpic_job *job = mpic_start(w.coordinator, &w.request, w.arena, &w.group, on_done, NULL);
    fake_loop_advance(w.loop, 50);
    assert_int_equal(fake_aside.pending, 1);
    mpic_cancel(job);
    assert_int_equal(fake_aside.pending, 0);
    fake_loop_run_until_idle(w.loop);
    assert_int_equal(w.done_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_pass_is_valid),
        TEST(test_one_below_quorum_is_not_valid),
        TEST(test_two_silent_perspectives_cost_their_timeout_and_no_more),
        TEST(test_three_unreachable_perspectives_do_not_complete),
        TEST(test_answer_of_another_type_never_counts),
        TEST(test_attempts_use_the_cohorts_and_stand_alone),
        TEST(test_attempts_stop_at_the_first_valid_one),
        TEST(test_attempts_are_capped_by_configuration),
        TEST(test_single_cohort_is_asked_once),
        TEST(test_cohort_number_out_of_range_is_refused),
        TEST(test_broken_rules_are_refused_before_anybody_is_asked),
        TEST(test_invalid_target_gives_a_cohort_of_unknown_and_asks_nobody),
        TEST(test_no_cohort_of_the_asked_size_is_refused),
        TEST(test_primary_passes_and_is_outside_the_quorum),
        TEST(test_primary_that_says_no_is_final_in_every_mode),
        TEST(test_primary_that_could_not_tell_is_asked_again_with_each_attempt),
        TEST(test_primary_too_close_to_a_remote_is_not_valid),
        TEST(test_primary_is_asked_once_over_all_attempts),
        TEST(test_early_return_reports_stragglers_as_not_awaited),
        TEST(test_early_return_when_it_cannot_become_valid),
        TEST(test_early_return_waits_while_the_verdict_is_open),
        TEST(test_early_return_waits_for_the_primary),
        TEST(test_disagreement_is_grouped_by_what_was_seen),
        TEST(test_one_that_could_not_tell_is_told_beside_those_that_agree),
        TEST(test_nobody_who_could_tell_is_no_disagreement),
        TEST(test_perspective_that_stays_silent_is_left_out_until_it_answers),
        TEST(test_failed_checks_alone_leave_nobody_out),
        TEST(test_perspective_that_hangs_is_left_out_by_its_probes),
        TEST(test_refusal_of_load_leaves_nobody_out),
        TEST(test_no_more_are_left_out_than_may_be),
        TEST(test_left_out_perspective_is_asked_where_the_others_do_not_do),
        TEST(test_probe_asks_what_failed_and_is_cancelled_with_the_coordinator),
        TEST(test_changes_of_health_are_told),
        TEST(test_disagreements_with_the_majority_are_counted_and_leave_nobody_out),
        TEST(test_request_deadline_ends_the_attempts),
        TEST(test_cancel_is_silent),
        TEST(test_expression_is_told_among_all_issues),
        TEST(test_expression_that_is_one_is_passed_on),
        TEST(test_expression_without_room_or_time_to_look_at_it_is_busy),
        TEST(test_expression_is_cancelled_with_its_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
