#include "coordinator/survey.h"

#include "base/mem.h"
#include "coordinator/coordinator_impl.h"
#include "wire/observe.h"

#include <stdlib.h>

/* So that an answer stays under 1 MB, whatever perspectives say: the bytes of all bodies together
 * (300 KiB in base64), of the lists beside them, and of all. */
enum { BODIES_BYTES = 225 * 1024, EVIDENCE_BYTES = 500 * 1024, ANSWER_BYTES = 900 * 1024 };

/* One that is asked: of the cohort, or the primary. */
struct place {
    struct survey_job *survey;
    struct transport *transport;
    struct transport_job *job; /* NULL once it has answered */
    struct observed *seen;
};

struct survey_job {
    struct job job;
    struct coordinator *coordinator;
    struct arena *arena;
    struct job_group children;
    struct observe_request asked;      /* of each perspective */
    struct observe_question *question; /* in the arena: what was seen points into it */
    struct transport_observation observation;
    struct transport_call call;
    struct place *places;
    size_t place_count, waiting;
    struct observed *seen;
    struct observed *primary;
    struct rule_issues *issues; /* in the arena, as the response: the outcome outlives the job */
    struct observe_response *response;
    struct survey_outcome outcome;
    survey_done_fn *done;
    void *arg;
};

static struct survey_job *of_job(struct job *job)
{
    return LIST_ENTRY(job, struct survey_job, job);
}

static void on_stop(struct job *job)
{
    job_group_cancel(&of_job(job)->children);
}

static void on_deliver(struct job *job)
{
    of_job(job)->done(&of_job(job)->outcome, of_job(job)->arg);
}

static void on_free(struct job *job)
{
    free(of_job(job));
}

/* No deadline of its own: those of the transports end it. */
static const struct job_ops survey_ops = {.stop = on_stop, .deliver = on_deliver, .free = on_free};

static void finish(struct survey_job *survey, enum survey_outcome_kind kind)
{
    survey->outcome.kind = kind;
    survey->outcome.issues = survey->issues;
    survey->outcome.response = survey->response;
    job_finish(&survey->job);
}

/* --- the answers ----------------------------------------------------------------------------- */

static void init_seen(const struct survey_job *survey, struct observed *seen, const char *code)
{
    bool is_file = survey->question->type == OBSERVE_NONE;
    *seen = (struct observed){.perspective_code = code, .has_file = is_file, .has_dns = !is_file};
    if (is_file)
        seen->file.url = survey->question->url_text;
    else
        seen->dns = (struct observed_dns){.query_name = survey->question->target.canonical,
                                          .type = survey->question->type};
}

static void set_failed(const struct survey_job *survey, struct observed *seen, const char *code,
                       const char *text)
{
    init_seen(survey, seen, code);
    seen->timestamp_ns = OPT_INT(loop_wall_ns(survey->coordinator->loop));
    observe_set_problem(
        seen, PROBLEM_REMOTE_CHECK,
        arena_printf(survey->arena, "Perspective %s gave no observation: %s", code, text));
}

/* Its share of the answer is all that a perspective gets: one that fills it with anything else than
 * the lists that can be cut could not tell. */
static void bound(const struct survey_job *survey, struct observed *seen)
{
    struct buf body = {0};
    size_t share = ANSWER_BYTES / survey->place_count;
    observed_trim(seen, EVIDENCE_BYTES / survey->place_count);
    wire_encode_observed(seen, &body);
    if (body.n > share)
        set_failed(survey, seen, seen->perspective_code, "its observation is too large");
    buf_clear(&body);
}

static void finish_response(struct survey_job *survey)
{
    struct observe_response *response = survey->response;
    for (size_t i = 0; i < survey->place_count; i++)
        bound(survey, survey->places[i].seen);
    response->agreement =
        observe_agree(survey->seen, response->count, survey->primary, survey->arena);
    finish(survey, SURVEY_RAN);
}

static void on_answer(const struct transport_answer *answer, void *arg)
{
    struct place *place = arg;
    struct survey_job *survey = place->survey;
    const char *code = place->seen->perspective_code;
    place->job = NULL;
    if (answer->status == TRANSPORT_OK)
        *place->seen = *answer->seen;
    else
        set_failed(survey, place->seen, code, answer->text);
    place->seen->perspective_code = code;
    if (--survey->waiting == 0)
        finish_response(survey);
}

/* --- the questions --------------------------------------------------------------------------- */

static void add_place(struct survey_job *survey, struct transport *transport, struct observed *seen,
                      const char *code)
{
    init_seen(survey, seen, code);
    survey->places[survey->place_count++] =
        (struct place){.survey = survey, .transport = transport, .seen = seen};
}

static void ask(struct survey_job *survey, const struct cohort *cohort)
{
    struct coordinator *coordinator = survey->coordinator;
    const struct coordinator_settings *settings = coordinator->settings;
    struct arena *arena = survey->arena;
    /* A perspective is asked for itself alone; how many others are asked is not its business. */
    survey->asked.has_orchestration = false;
    survey->asked.single_perspective = OPT_BOOL(true);
    survey->places = arena_array(arena, cohort->count + 1, sizeof *survey->places);
    survey->seen = arena_array(arena, cohort->count, sizeof *survey->seen);
    for (size_t i = 0; i < cohort->count; i++)
        add_place(survey, coordinator->transports[cohort->members[i]], &survey->seen[i],
                  settings->perspectives[cohort->members[i]].code);
    if (coordinator->primary) {
        survey->primary = arena_alloc(arena, sizeof *survey->primary);
        add_place(survey, coordinator->primary, survey->primary, settings->primary.code);
    }
    survey->response->seen = survey->seen;
    survey->response->count = cohort->count;
    survey->response->primary = survey->primary;
    survey->waiting = survey->place_count;
    uint64_t deadline_ms = loop_now_ms(coordinator->loop) + settings->perspective_timeout_ms;
    for (size_t i = 0; i < survey->place_count; i++)
        survey->places[i].job = survey->places[i].transport->ops->start(
            survey->places[i].transport, &survey->call, &survey->children, deadline_ms, on_answer,
            &survey->places[i]);
}

/* --- the beginning --------------------------------------------------------------------------- */

/* Nothing is decided, so there is nothing to be decided by, and no second try. */
static void check_orchestration(struct survey_job *survey, size_t *size)
{
    const struct coordinator_settings *settings = survey->coordinator->settings;
    const struct orchestration *asked = &survey->asked.orchestration;
    *size = settings->default_perspective_count;
    if (asked->quorum_count.present || asked->max_attempts.present)
        rule_issue_add(survey->issues, survey->arena, "not-for-observations",
                       "Not for observations: quorum_count and max_attempts (an observation "
                       "decides nothing)");
    if (!asked->perspective_count.present)
        return;
    int64_t count = asked->perspective_count.value;
    if (count < 2 || (uint64_t)count > settings->perspective_count)
        rule_issue_add(survey->issues, survey->arena, "invalid-perspective-count",
                       "Invalid perspective count: %lld (2 to %zu are possible here)",
                       (long long)count, settings->perspective_count);
    else
        *size = (size_t)count;
}

/* Where many are asked, each has a smaller part of the answer. */
static void limit_body(struct survey_job *survey, size_t size)
{
    size_t most = BODIES_BYTES / (size + 1);
    struct opt_int *asked = &survey->asked.body_max_bytes;
    if (survey->question->type != OBSERVE_NONE || survey->question->body_max_bytes <= most)
        return;
    if (asked->present)
        rule_issue_add(survey->issues, survey->arena, "invalid-body-max-bytes",
                       "Invalid body_max_bytes: %lld (0 to %zu from %zu perspectives)",
                       (long long)asked->value, most, size);
    survey->question->body_max_bytes = most;
    *asked = OPT_INT((int64_t)most);
}

/* NULL: the outcome is set. */
static const struct cohort *choose_cohort(struct survey_job *survey, size_t size)
{
    const struct orchestration *asked = &survey->asked.orchestration;
    const struct cohort_wish wish = {observe_seed(survey->question), size, asked};
    const struct cohort_pools pools = coordinator_pools(survey->coordinator);
    struct cohort_choice choice = cohort_choose(&pools, &wish, survey->arena, survey->issues);
    survey->outcome.error_text = choice.error_text;
    if (choice.kind == COHORT_CHOSEN)
        return cohort_of_attempt(&choice, asked, 0);
    finish(survey, choice.kind == COHORT_REFUSED ? SURVEY_REFUSED : SURVEY_NO_COHORT);
    return NULL;
}

static void begin(struct survey_job *survey)
{
    size_t size = 0;
    observe_check_request(&survey->asked, survey->arena, survey->issues, survey->question);
    check_orchestration(survey, &size);
    limit_body(survey, size);
    if (survey->issues->count > 0) {
        finish(survey, SURVEY_REFUSED);
        return;
    }
    const struct cohort *cohort = choose_cohort(survey, size);
    if (cohort)
        ask(survey, cohort);
}

struct survey_job *survey_start(struct coordinator *coordinator,
                                const struct observe_request *request, struct arena *arena,
                                struct job_group *group, survey_done_fn *done, void *arg)
{
    struct survey_job *survey = xcalloc(1, sizeof *survey);
    survey->coordinator = coordinator;
    survey->arena = arena;
    survey->done = done;
    survey->arg = arg;
    survey->asked = *request;
    survey->question = arena_alloc(arena, sizeof *survey->question);
    survey->issues = arena_alloc(arena, sizeof *survey->issues);
    survey->response = arena_alloc(arena, sizeof *survey->response);
    survey->response->request = request;
    survey->observation = (struct transport_observation){&survey->asked, survey->question};
    survey->call = (struct transport_call){.observation = &survey->observation, .arena = arena};
    job_group_init(&survey->children);
    job_start(&survey->job, &survey_ops, coordinator->loop, group, JOB_NO_DEADLINE);
    begin(survey);
    return survey;
}

void survey_cancel(struct survey_job *survey)
{
    job_cancel(&survey->job);
}
