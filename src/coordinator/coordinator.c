#include "coordinator/coordinator_impl.h"

#include "base/log.h"
#include "base/mem.h"
#include "coordinator/attempt.h"
#include "core/corroboration/compliance.h"
#include "core/corroboration/conclusion.h"
#include "core/corroboration/observation.h"
#include "core/names/target.h"
#include "core/rules/report.h"

#include <stdlib.h>

struct mpic_job {
    struct job job;
    struct coordinator *coordinator;
    const struct mpic_request *request;
    struct arena *arena;
    struct job_group children;
    struct rules_env rules;
    struct rule_issues *issues; /* in the arena, as the response: the outcome outlives the job */
    struct effective_orchestration effective;
    struct target target;
    bool target_is_valid;
    const char *target_problem;
    struct cohort_plan plan;
    struct transport_call call;
    uint64_t deadline_ms;     /* of all attempts together */
    struct attempt *attempts; /* effective.max_attempts of them */
    size_t attempt_count;
    struct attempt_run run;             /* of the last attempt */
    struct observations seen;           /* in it */
    struct perspective_result *primary; /* asked until it could tell; NULL: none */
    struct mpic_response *response;
    struct mpic_outcome outcome;
    mpic_done_fn *done;
    void *arg;
};

static struct mpic_job *of_job(struct job *job)
{
    return LIST_ENTRY(job, struct mpic_job, job);
}

struct coordinator *coordinator_new(struct loop *loop, const struct coordinator_settings *settings,
                                    struct transport *const *transports, struct transport *primary)
{
    struct coordinator *coordinator = xcalloc(1, sizeof *coordinator);
    coordinator->loop = loop;
    coordinator->settings = settings;
    coordinator->pool =
        cohort_pool_new(settings->perspectives, settings->perspective_count, settings->secret);
    coordinator->transports = xcalloc(settings->perspective_count, sizeof(struct transport *));
    for (size_t i = 0; i < settings->perspective_count; i++)
        coordinator->transports[i] = transports[i];
    coordinator->watch = watch_new(loop, settings, coordinator->transports);
    coordinator->primary = primary;
    return coordinator;
}

void coordinator_free(struct coordinator *coordinator)
{
    if (!coordinator)
        return;
    watch_free(coordinator->watch);
    for (size_t i = 0; i < coordinator->settings->perspective_count; i++)
        coordinator->transports[i]->ops->free(coordinator->transports[i]);
    if (coordinator->primary)
        coordinator->primary->ops->free(coordinator->primary);
    free(coordinator->transports);
    cohort_pool_free(coordinator->pool);
    free(coordinator);
}

const struct health *coordinator_health(const struct coordinator *coordinator)
{
    return watch_health(coordinator->watch);
}

void coordinator_on_health_change(struct coordinator *coordinator, coordinator_health_fn *fn,
                                  void *arg)
{
    watch_set_listener(coordinator->watch, fn, arg);
}

/* --- the job ------------------------------------------------------------------------------- */

static void on_stop(struct job *job)
{
    job_group_cancel(&of_job(job)->children);
}

static void on_deliver(struct job *job)
{
    struct mpic_job *mpic = of_job(job);
    mpic->done(&mpic->outcome, mpic->arg);
}

static void on_free(struct job *job)
{
    free(of_job(job));
}

/* Without a deadline of its own: every perspective has one, and attempts are bounded in number. */
static const struct job_ops mpic_ops = {.stop = on_stop, .deliver = on_deliver, .free = on_free};

/* --- the end ------------------------------------------------------------------------------- */

static void finish(struct mpic_job *mpic, enum mpic_outcome_kind kind)
{
    mpic->outcome = (struct mpic_outcome){.kind = kind,
                                          .response = mpic->response,
                                          .issues = mpic->issues,
                                          .error_text = mpic->outcome.error_text};
    job_finish(&mpic->job);
}

/* BR 3.2.2.9: corroboration is of the primary's result; without that there is nothing to corroborate,
   in whatever mode. */
static bool primary_failed(const struct mpic_job *mpic)
{
    return mpic->primary && !result_corroborates(&mpic->request->check, &mpic->primary->result);
}

static void finish_response(struct mpic_job *mpic, const struct quorum_decision *decision)
{
    const struct coordinator_settings *settings = mpic->coordinator->settings;
    *mpic->response = (struct mpic_response){
        .request = mpic->request,
        .mpic_completed = decision->mpic_completed,
        .is_valid = decision->is_valid && !primary_failed(mpic),
        .perspective_count = mpic->effective.perspective_count,
        .quorum_count = mpic->effective.quorum,
        .attempt_count = mpic->attempt_count,
        .attempts = mpic->attempts,
        .decision = *decision,
        .primary = mpic->primary,
    };
    size_t group_count = mpic->seen.count + mpic->seen.silent_count;
    /* Where nobody could tell there is nothing to compare. */
    if (mpic->seen.count > 0 && group_count > 1) {
        mpic->response->disagreement = mpic->seen.groups;
        mpic->response->disagreement_count = group_count;
    }
    const struct compliance_env env = {
        .mode = settings->baseline,
        .period = baseline_at(mpic->rules.time_s),
        .time_s = mpic->rules.time_s,
        .br_version = settings->br_version,
        .now_ns = loop_wall_ns(mpic->coordinator->loop),
        .target = mpic->target_is_valid ? &mpic->target : NULL,
        .perspectives = settings->perspectives,
        .perspective_count = settings->perspective_count,
        .primary = settings->has_primary ? &settings->primary : NULL,
        .from_one_place = settings->from_one_place,
    };
    compliance_judge(mpic->response, &env, mpic->arena);
    mpic->response->conclusion = conclusion_of(mpic->response, mpic->arena);
    finish(mpic, MPIC_RAN);
}

/* --- attempts ------------------------------------------------------------------------------ */

static void start_attempt(struct mpic_job *mpic);

/* Over the answers so far; a member that has not answered yet is UNKNOWN. */
static struct quorum_decision decide(const struct mpic_job *mpic)
{
    const struct attempt *attempt = &mpic->attempts[mpic->attempt_count - 1];
    struct quorum_entry *entries = arena_array(mpic->arena, attempt->count, sizeof *entries);
    for (size_t i = 0; i < attempt->count; i++)
        entries[i] = (struct quorum_entry){.rir = attempt->results[i].rir,
                                           .result = &attempt->results[i].result};
    const struct quorum_rules rules = {
        .request = &mpic->request->check,
        .quorum = mpic->effective.quorum,
        .mode = mpic->coordinator->settings->baseline,
        .period = baseline_at(mpic->rules.time_s),
    };
    return quorum_decide(entries, attempt->count, &rules);
}

/* No missing answer can change whether this attempt is valid. */
static bool is_certain(void *arg)
{
    const struct mpic_job *mpic = arg;
    const struct attempt_run *run = &mpic->run;
    size_t missing = 0;
    for (size_t i = 0; i < run->count; i++) {
        bool is_primary = run->members[i].result == mpic->primary;
        if (is_primary && !attempt_has_answer(&run->members[i]))
            return false;
        missing += !attempt_has_answer(&run->members[i]);
    }
    struct quorum_decision decision = decide(mpic);
    return primary_failed(mpic) || decision.is_valid ||
           decision.corroborating + missing < mpic->effective.quorum;
}

static void on_member(const struct attempt_member *member, enum transport_status status, void *arg)
{
    const struct mpic_job *mpic = arg;
    if (member->perspective != SIZE_MAX)
        watch_member(mpic->coordinator->watch, member->perspective, mpic->request->check.check_type,
                     status);
}

/* For the log. */
static const char *show_number(const struct mpic_job *mpic, size_t number)
{
    return arena_printf(mpic->arena, "%zu", number);
}

static void on_attempt_over(void *arg)
{
    struct mpic_job *mpic = arg;
    struct quorum_decision decision = decide(mpic);
    LOG(LOG_DEBUG, "attempt ended", {"trace", mpic->request->check.trace_identifier},
        {"target", mpic->request->check.target},
        {"attempt", show_number(mpic, mpic->attempt_count)},
        {"completed", show_number(mpic, decision.completed)},
        {"corroborating", show_number(mpic, decision.corroborating)},
        {"required", show_number(mpic, mpic->effective.quorum)});
    mpic->seen = observations_of(&mpic->attempts[mpic->attempt_count - 1], mpic->arena);
    watch_attempt(mpic->coordinator->watch, &mpic->seen);
    /* Each attempt stands alone: corroborations of an earlier one never count (BR 3.2.2.9). What the
       primary saw that forbids no other cohort can make good; what it could not tell is asked again. */
    if ((decision.is_valid && !primary_failed(mpic)) ||
        (mpic->primary && mpic->primary->result.verdict == VERDICT_FAIL) ||
        mpic->attempt_count >= mpic->effective.max_attempts ||
        loop_now_ms(mpic->coordinator->loop) >= mpic->deadline_ms)
        finish_response(mpic, &decision);
    else
        start_attempt(mpic);
}

static const struct cohort *cohort_of_attempt(const struct mpic_job *mpic, size_t attempt)
{
    const struct opt_int *wanted = &mpic->request->orchestration.cohort_for_single_attempt;
    size_t index = wanted->present ? (size_t)wanted->value - 1 : attempt % mpic->plan.count;
    return &mpic->plan.cohorts[index];
}

/* It is the applicant's data, not the caller's mistake: every perspective of the cohort answers
   "could not tell", and nobody is asked. */
static void answer_invalid_target(struct mpic_job *mpic, struct attempt *attempt)
{
    for (size_t i = 0; i < attempt->count; i++) {
        struct perspective_result *result = &attempt->results[i];
        report_invalid_target(&result->result, &mpic->request->check, mpic->arena,
                              mpic->target_problem);
        result->result.perspective_code = result->code;
        result->result.timestamp_ns = OPT_INT(loop_wall_ns(mpic->coordinator->loop));
    }
    on_attempt_over(mpic);
}

static struct perspective_result *new_primary(struct mpic_job *mpic)
{
    struct perspective_result *primary = arena_alloc(mpic->arena, sizeof *primary);
    primary->code = mpic->coordinator->settings->primary.code;
    primary->rir = mpic->coordinator->settings->primary.rir;
    check_result_init(&primary->result, &mpic->request->check);
    return primary;
}

static uint64_t deadline_of_attempt(const struct mpic_job *mpic)
{
    const struct coordinator *coordinator = mpic->coordinator;
    uint64_t own_ms =
        loop_now_ms(coordinator->loop) + coordinator->settings->perspective_timeout_ms;
    return own_ms < mpic->deadline_ms ? own_ms : mpic->deadline_ms;
}

static void ask_members(struct mpic_job *mpic, const struct cohort *cohort, struct attempt *attempt)
{
    struct coordinator *coordinator = mpic->coordinator;
    const struct coordinator_settings *settings = coordinator->settings;
    bool asks_primary = coordinator->primary &&
                        (!mpic->primary || mpic->primary->result.verdict == VERDICT_UNKNOWN);
    struct attempt_member *members = arena_array(mpic->arena, cohort->count + 1, sizeof *members);
    for (size_t i = 0; i < cohort->count; i++)
        members[i] =
            (struct attempt_member){.transport = coordinator->transports[cohort->members[i]],
                                    .result = &attempt->results[i],
                                    .perspective = cohort->members[i]};
    if (asks_primary) {
        /* At the same time as the remotes, so that neither starves the other. */
        mpic->primary = new_primary(mpic);
        members[cohort->count] = (struct attempt_member){
            .transport = coordinator->primary, .result = mpic->primary, .perspective = SIZE_MAX};
    }
    mpic->run = (struct attempt_run){
        .loop = coordinator->loop,
        .call = &mpic->call,
        .group = &mpic->children,
        .target = &mpic->target,
        .members = members,
        .count = cohort->count + asks_primary,
        .deadline_ms = deadline_of_attempt(mpic),
        .returns_early = settings->returns_early,
        .grace_ms = settings->return_early_grace_ms,
        .on_member = on_member,
        .is_certain = is_certain,
        .done = on_attempt_over,
        .arg = mpic,
    };
    attempt_start(&mpic->run);
}

static void start_attempt(struct mpic_job *mpic)
{
    const struct coordinator_settings *settings = mpic->coordinator->settings;
    const struct cohort *cohort = cohort_of_attempt(mpic, mpic->attempt_count);
    struct attempt *attempt = &mpic->attempts[mpic->attempt_count++];
    attempt->count = cohort->count;
    attempt->results = arena_array(mpic->arena, cohort->count, sizeof *attempt->results);
    for (size_t i = 0; i < cohort->count; i++) {
        const struct perspective_info *perspective = &settings->perspectives[cohort->members[i]];
        attempt->results[i].code = perspective->code;
        attempt->results[i].rir = perspective->rir;
        check_result_init(&attempt->results[i].result, &mpic->request->check);
    }
    LOG(LOG_DEBUG, "attempt started", {"trace", mpic->request->check.trace_identifier},
        {"target", mpic->request->check.target},
        {"attempt", show_number(mpic, mpic->attempt_count)},
        {"perspectives", show_number(mpic, attempt->count)});
    if (mpic->target_is_valid)
        ask_members(mpic, cohort, attempt);
    else
        answer_invalid_target(mpic, attempt);
}

/* --- the beginning ------------------------------------------------------------------------- */

struct cohort_plan coordinator_plan(const struct coordinator *coordinator, const char *seed,
                                    size_t size, bool by_number, struct arena *arena)
{
    const struct cohort_pool *pool = watch_pool(coordinator->watch);
    if (pool && !by_number) {
        struct cohort_plan plan = cohort_plan_make(pool, seed, size, arena);
        if (plan.count > 0)
            return plan;
    }
    return cohort_plan_make(coordinator->pool, seed, size, arena);
}

/* The cohorts of this name; false if the request cannot run, with the outcome set. */
static bool plan_cohorts(struct mpic_job *mpic)
{
    const struct orchestration *asked = &mpic->request->orchestration;
    size_t size = mpic->effective.perspective_count;
    const char *seed = mpic->target_is_valid ? mpic->target.canonical : mpic->request->check.target;
    mpic->plan = coordinator_plan(mpic->coordinator, seed, size,
                                  asked->cohort_for_single_attempt.present, mpic->arena);
    if (mpic->plan.count == 0) {
        static const char no_cohort[] = "The coordinator could not construct a cohort of size %zu";
        if (asked->perspective_count.present)
            rule_issue_add(mpic->issues, mpic->arena, "no-cohort-of-size", no_cohort, size);
        else
            mpic->outcome.error_text = arena_printf(mpic->arena, no_cohort, size);
        finish(mpic, asked->perspective_count.present ? MPIC_REFUSED : MPIC_NO_COHORT);
        return false;
    }
    const struct opt_int *wanted = &asked->cohort_for_single_attempt;
    if (wanted->present && (wanted->value < 1 || (uint64_t)wanted->value > mpic->plan.count)) {
        rule_issue_add(
            mpic->issues, mpic->arena, "invalid-cohort-number",
            "The coordinator could not select cohort number %lld from available cohorts. "
            "There are %zu for this target",
            (long long)wanted->value, mpic->plan.count);
        finish(mpic, MPIC_REFUSED);
        return false;
    }
    return true;
}

static void begin(struct mpic_job *mpic)
{
    const struct coordinator_settings *settings = mpic->coordinator->settings;
    mpic->rules = (struct rules_env){
        .known_perspectives = settings->perspective_count,
        .default_perspective_count = settings->default_perspective_count,
        .absolute_max_attempts = settings->absolute_max_attempts,
        .mode = settings->baseline,
        .time_s = loop_wall_ns(mpic->coordinator->loop) / 1000000000,
    };
    request_check_rules(mpic->request, &mpic->rules, mpic->arena, mpic->issues, &mpic->effective);
    if (mpic->issues->count > 0) {
        finish(mpic, MPIC_REFUSED);
        return;
    }
    struct err err;
    mpic->target_is_valid = target_parse(mpic->request->check.target, &mpic->target, &err);
    if (!mpic->target_is_valid)
        mpic->target_problem = arena_strdup(mpic->arena, err.text);
    if (!plan_cohorts(mpic))
        return;
    mpic->deadline_ms = loop_now_ms(mpic->coordinator->loop) + settings->request_timeout_ms;
    mpic->attempts = arena_array(mpic->arena, mpic->effective.max_attempts, sizeof *mpic->attempts);
    /* An unusable name stays unusable: further attempts could not change anything. */
    if (!mpic->target_is_valid)
        mpic->effective.max_attempts = 1;
    start_attempt(mpic);
}

struct mpic_job *mpic_start(struct coordinator *coordinator, const struct mpic_request *request,
                            struct arena *arena, struct job_group *group, mpic_done_fn *done,
                            void *arg)
{
    struct mpic_job *mpic = xcalloc(1, sizeof *mpic);
    mpic->coordinator = coordinator;
    mpic->request = request;
    mpic->arena = arena;
    mpic->done = done;
    mpic->arg = arg;
    mpic->call = (struct transport_call){.check = &request->check, .arena = arena};
    mpic->issues = arena_alloc(arena, sizeof *mpic->issues);
    mpic->response = arena_alloc(arena, sizeof *mpic->response);
    job_group_init(&mpic->children);
    job_start(&mpic->job, &mpic_ops, coordinator->loop, group, JOB_NO_DEADLINE);
    begin(mpic);
    return mpic;
}

void mpic_cancel(struct mpic_job *mpic)
{
    job_cancel(&mpic->job);
}
