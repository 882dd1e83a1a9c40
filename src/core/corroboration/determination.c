#include "core/corroboration/determination_impl.h"

#include "core/corroboration/compliance.h"
#include "core/corroboration/conclusion.h"
#include "core/rules/regex.h"
#include "core/rules/report.h"

/* --- the end ------------------------------------------------------------------------------- */

static void finish(struct determination *d, enum mpic_outcome_kind kind)
{
    d->outcome = (struct mpic_outcome){
        .kind = kind,
        .response = kind == MPIC_RAN ? &d->response : NULL,
        .issues = &d->issues,
        .error_text = d->choice.error_text,
    };
    d->is_over = true;
}

/* BR 3.2.2.9: corroboration is of the primary's result; without that there is nothing to corroborate,
   in whatever mode. */
static bool primary_failed(const struct determination *d)
{
    return d->primary && !result_corroborates(check_of(d), &d->primary->result);
}

/* Where nobody could tell there is nothing to compare. */
static void tell_disagreement(struct determination *d, const struct observations *seen)
{
    size_t group_count = seen->count + seen->silent_count;
    if (seen->count == 0 || group_count < 2)
        return;
    d->response.disagreement = seen->groups;
    d->response.disagreement_count = group_count;
}

static void finish_response(struct determination *d)
{
    const struct coordinator_settings *settings = d->setup.settings;
    const struct determination_attempt *last = &last_stage(d)->told;
    d->response = (struct mpic_response){
        .request = d->setup.request,
        .mpic_completed = last->decision.mpic_completed,
        .is_valid = last->decision.is_valid && !primary_failed(d),
        .perspective_count = d->effective.perspective_count,
        .quorum_count = d->effective.quorum,
        .attempt_count = d->attempt_count,
        .attempts = d->attempts,
        .decision = last->decision,
        .primary = d->primary,
    };
    tell_disagreement(d, &last->seen);
    const struct compliance_env env = {
        .mode = settings->baseline,
        .period = baseline_at(d->rules.time_s),
        .time_s = d->rules.time_s,
        .br_version = settings->br_version,
        .now_ns = d->now.wall_ns,
        .target = d->target_is_valid ? &d->target : NULL,
        .perspectives = settings->perspectives,
        .perspective_count = settings->perspective_count,
        .primary = settings->has_primary ? &settings->primary : NULL,
        .from_one_place = settings->from_one_place,
    };
    compliance_judge(&d->response, &env, d->setup.arena);
    d->response.conclusion = conclusion_of(&d->response, d->setup.arena);
    finish(d, MPIC_RAN);
}

/* --- what the answers of an attempt mean ----------------------------------------------------- */

/* Over the answers so far; a member that has not answered yet is UNKNOWN. */
static struct quorum_decision decide(const struct determination *d)
{
    const struct attempt *attempt = &d->attempts[d->attempt_count - 1];
    for (size_t i = 0; i < attempt->count; i++)
        d->entries[i] = (struct quorum_entry){.rir = attempt->results[i].rir,
                                              .result = &attempt->results[i].result};
    const struct quorum_rules rules = {
        .request = check_of(d),
        .quorum = d->effective.quorum,
        .mode = d->setup.settings->baseline,
        .period = baseline_at(d->rules.time_s),
    };
    return quorum_decide(d->entries, attempt->count, &rules);
}

bool determination_is_certain(const struct determination *d)
{
    const struct attempt_run *run = &last_stage(d)->run;
    const struct attempt_member *last = &run->members[run->count - 1];
    if (last->perspective == SIZE_MAX && last->state != MEMBER_DONE)
        return false; /* the primary */
    if (primary_failed(d))
        return true;
    struct quorum_decision decision = decide(d);
    return decision.is_valid || decision.corroborating + run->pending < d->effective.quorum;
}

/* Each attempt stands alone: corroborations of an earlier one never count (BR 3.2.2.9). What the
   primary saw that forbids no other cohort can make good; what it could not tell is asked again. */
static bool is_last_attempt(const struct determination *d, const struct quorum_decision *decision)
{
    return (decision->is_valid && !primary_failed(d)) ||
           (d->primary && d->primary->result.verdict == VERDICT_FAIL) ||
           d->attempt_count >= d->effective.max_attempts || d->now.ms >= d->deadline_ms;
}

static void start_attempt(struct determination *d);

void determination_end_attempt(struct determination *d)
{
    struct determination_attempt *told = &last_stage(d)->told;
    told->decision = decide(d);
    told->seen = observations_of(&d->attempts[d->attempt_count - 1], d->setup.arena);
    told->is_over = true;
    if (is_last_attempt(d, &told->decision))
        finish_response(d);
    else
        start_attempt(d);
}

/* --- the questions of an attempt ------------------------------------------------------------- */

/* It is the applicant's data, not the caller's mistake: every perspective of the cohort answers
   "could not tell", and nobody is asked. */
static void answer_invalid_target(struct determination *d)
{
    const struct attempt *attempt = &d->attempts[d->attempt_count - 1];
    for (size_t i = 0; i < attempt->count; i++) {
        struct perspective_result *result = &attempt->results[i];
        report_invalid_target(&result->result, check_of(d), d->setup.arena, d->target_problem);
        result->result.perspective_code = result->code;
        result->result.timestamp_ns = OPT_INT(d->now.wall_ns);
    }
    determination_end_attempt(d);
}

static struct perspective_result *new_primary(struct determination *d)
{
    const struct coordinator_settings *settings = d->setup.settings;
    struct perspective_result *primary = arena_alloc(d->setup.arena, sizeof *primary);
    primary->code = settings->primary.code;
    primary->rir = settings->primary.rir;
    check_result_init(&primary->result, check_of(d));
    return primary;
}

static void add_member(struct determination *d, struct perspective_result *result,
                       size_t perspective)
{
    struct attempt_run *run = &last_stage(d)->run;
    size_t numbers_each = d->effective.perspective_count + 1; /* and the primary */
    run->members[run->count] = (struct attempt_member){
        .result = result,
        .perspective = perspective,
        .number = (d->attempt_count - 1) * numbers_each + run->count,
    };
    run->pending = ++run->count;
}

static void ask_members(struct determination *d, const struct cohort *cohort)
{
    const struct coordinator_settings *settings = d->setup.settings;
    const struct attempt *attempt = &d->attempts[d->attempt_count - 1];
    uint64_t own_ms = later(d->now.ms, settings->perspective_timeout_ms);
    last_stage(d)->run = (struct attempt_run){
        .check = check_of(d),
        .target = &d->target,
        .arena = d->setup.arena,
        .members = arena_array(d->setup.arena, cohort->count + 1, sizeof(struct attempt_member)),
        .deadline_ms = own_ms < d->deadline_ms ? own_ms : d->deadline_ms,
        .grace_end_ms = NEVER,
    };
    for (size_t i = 0; i < cohort->count; i++)
        add_member(d, &attempt->results[i], cohort->members[i]);
    if (settings->has_primary && (!d->primary || d->primary->result.verdict == VERDICT_UNKNOWN)) {
        /* At the same time as the remotes, so that neither starves the other. */
        d->primary = new_primary(d);
        add_member(d, d->primary, SIZE_MAX);
    }
    d->next_to_ask = 0;
}

static void start_attempt(struct determination *d)
{
    const struct coordinator_settings *settings = d->setup.settings;
    const struct cohort *cohort = cohort_of_attempt(&d->choice, asked_of(d), d->attempt_count);
    struct attempt *attempt = &d->attempts[d->attempt_count++];
    attempt->count = cohort->count;
    attempt->results = arena_array(d->setup.arena, cohort->count, sizeof *attempt->results);
    for (size_t i = 0; i < cohort->count; i++) {
        const struct perspective_info *perspective = &settings->perspectives[cohort->members[i]];
        attempt->results[i].code = perspective->code;
        attempt->results[i].rir = perspective->rir;
        check_result_init(&attempt->results[i].result, check_of(d));
    }
    last_stage(d)->told = (struct determination_attempt){.perspectives = cohort->count,
                                                         .required = d->effective.quorum};
    if (d->target_is_valid)
        ask_members(d, cohort);
    else
        answer_invalid_target(d);
}

/* --- the beginning ------------------------------------------------------------------------- */

/* What is said against the expression; NULL: nothing, or there is none. */
static const char *regex_fault(const struct determination *d)
{
    const char *regex = request_regex(check_of(d));
    struct err err = {0};
    bool is_usable = true;
    if (regex && d->setup.regex) {
        is_usable = d->setup.regex->is_usable;
        err = d->setup.regex->fault;
    } else if (regex) {
        is_usable = regex_check(regex, &err);
    }
    return is_usable ? NULL : arena_strdup(d->setup.arena, err.text);
}

static struct rules_env rules_of(const struct determination *d)
{
    const struct coordinator_settings *settings = d->setup.settings;
    return (struct rules_env){
        .known_perspectives = settings->perspective_count,
        .default_perspective_count = settings->default_perspective_count,
        .absolute_max_attempts = settings->absolute_max_attempts,
        .mode = settings->baseline,
        .time_s = d->now.wall_ns / 1000000000,
        .regex_fault = regex_fault(d),
    };
}

/* False if the request cannot run: the outcome is set. */
static bool choose_cohorts(struct determination *d)
{
    const struct cohort_wish wish = {
        .seed = d->target_is_valid ? d->target.canonical : check_of(d)->target,
        .size = d->effective.perspective_count,
        .asked = asked_of(d),
    };
    d->choice = cohort_choose(&d->setup.pools, &wish, d->setup.arena, &d->issues);
    if (d->choice.kind != COHORT_CHOSEN)
        finish(d, d->choice.kind == COHORT_REFUSED ? MPIC_REFUSED : MPIC_NO_COHORT);
    return d->choice.kind == COHORT_CHOSEN;
}

static void begin(struct determination *d)
{
    struct arena *arena = d->setup.arena;
    struct err err;
    d->rules = rules_of(d);
    request_check_rules(d->setup.request, &d->rules, arena, &d->issues, &d->effective);
    if (d->issues.count > 0) {
        finish(d, MPIC_REFUSED);
        return;
    }
    d->target_is_valid = target_parse(check_of(d)->target, &d->target, &err);
    if (!d->target_is_valid)
        d->target_problem = arena_strdup(arena, err.text);
    if (!choose_cohorts(d))
        return;
    /* An unusable name stays unusable: further attempts could not change anything. */
    if (!d->target_is_valid)
        d->effective.max_attempts = 1;
    d->deadline_ms = later(d->now.ms, d->setup.settings->request_timeout_ms);
    d->attempts = arena_array(arena, d->effective.max_attempts, sizeof *d->attempts);
    d->stages = arena_array(arena, d->effective.max_attempts, sizeof *d->stages);
    d->entries = arena_array(arena, d->effective.perspective_count, sizeof *d->entries);
    start_attempt(d);
}

struct determination *determination_start(const struct determination_setup *setup,
                                          struct moment now)
{
    struct determination *d = arena_alloc(setup->arena, sizeof *d);
    d->setup = *setup;
    d->now = now;
    begin(d);
    return d;
}
