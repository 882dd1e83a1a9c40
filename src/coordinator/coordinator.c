#include "coordinator/coordinator_impl.h"

#include "base/log.h"
#include "base/mem.h"
#include "core/rules/regex.h"
#include "net/pause.h"

#include <stdlib.h>

/* A transport ends its questions by their deadline and knows best why there is no answer; only one that does not is
   given up from here, this much later. */
enum { TRANSPORT_SLACK_MS = 100 };
/* How long it may take to look at a match_regex, with the wait for it. */
enum { REGEX_CHECK_MS = 2000 };

struct mpic_job {
    struct job job;
    struct coordinator *coordinator;
    struct arena *arena;
    struct job_group children;
    const struct mpic_request *request;
    struct determination *determination; /* in the arena, as what it leads to */
    const struct mpic_outcome *outcome;  /* NULL: not yet */
    struct transport_call call;
    struct list asked; /* of struct asked: whose answers have not come */
    uint64_t questions_deadline_ms;
    struct pause_job *wait; /* for what is due next */
    uint64_t wait_ms;
    size_t attempts_begun, attempts_over; /* that were told of */
    mpic_done_fn *done;
    void *arg;
};

/* A question on its way. In the arena. */
struct asked {
    struct list node;
    struct mpic_job *mpic;
    size_t number, perspective;
    struct transport *transport;
    struct transport_job *job;
};

struct coordinator *coordinator_new(struct loop *loop, struct aside *aside,
                                    const struct coordinator_settings *settings,
                                    struct transport *const *transports, struct transport *primary)
{
    struct coordinator *coordinator = xcalloc(1, sizeof *coordinator);
    coordinator->loop = loop;
    coordinator->aside = aside;
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

struct cohort_pools coordinator_pools(const struct coordinator *coordinator)
{
    return (struct cohort_pools){coordinator->pool, watch_pool(coordinator->watch)};
}

struct moment coordinator_now(const struct coordinator *coordinator)
{
    return (struct moment){loop_now_ms(coordinator->loop), loop_wall_ns(coordinator->loop)};
}

/* --- the job ------------------------------------------------------------------------------- */

static struct mpic_job *of_job(struct job *job)
{
    return LIST_ENTRY(job, struct mpic_job, job);
}

static void on_stop(struct job *job)
{
    job_group_cancel(&of_job(job)->children);
}

static void on_deliver(struct job *job)
{
    struct mpic_job *mpic = of_job(job);
    mpic->done(mpic->outcome, mpic->arg);
}

static void on_free(struct job *job)
{
    free(of_job(job));
}

/* Without a deadline of its own: every question has one, and attempts are bounded in number. */
static const struct job_ops mpic_ops = {.stop = on_stop, .deliver = on_deliver, .free = on_free};

/* --- the log, and what health learns --------------------------------------------------------- */

static const char *show_number(const struct mpic_job *mpic, size_t number)
{
    return arena_printf(mpic->arena, "%zu", number);
}

static void log_answer(const struct mpic_job *mpic, const struct attempt_member *member,
                       const struct transport_answer *answer)
{
    const struct check_request *check = mpic->call.check;
    const struct check_result *result = &member->result->result;
    if (answer->status != TRANSPORT_OK)
        LOG(LOG_INFO, "perspective did not answer", {"perspective", member->result->code},
            {"target", check->target}, {"trace", check->trace_identifier},
            {"status", transport_status_str(answer->status)},
            {"reason", answer->log_text ? answer->log_text : answer->text});
    else
        LOG(LOG_DEBUG, "perspective answered", {"perspective", member->result->code},
            {"target", check->target}, {"trace", check->trace_identifier},
            {"verdict", verdict_str(result->verdict)},
            {"problem", result->problem == PROBLEM_NONE ? NULL : problem_str(result->problem)});
    if (member->fault)
        LOG(LOG_WARN, "evidence contradicts the verdict", {"perspective", member->result->code},
            {"target", check->target}, {"trace", check->trace_identifier},
            {"reason", member->fault});
}

static void on_attempt_begun(const struct mpic_job *mpic,
                             const struct determination_attempt *attempt)
{
    const struct check_request *check = mpic->call.check;
    LOG(LOG_DEBUG, "attempt started", {"trace", check->trace_identifier}, {"target", check->target},
        {"attempt", show_number(mpic, mpic->attempts_begun)},
        {"perspectives", show_number(mpic, attempt->perspectives)});
}

static void on_attempt_over(const struct mpic_job *mpic,
                            const struct determination_attempt *attempt)
{
    const struct check_request *check = mpic->call.check;
    LOG(LOG_DEBUG, "attempt ended", {"trace", check->trace_identifier}, {"target", check->target},
        {"attempt", show_number(mpic, mpic->attempts_over)},
        {"completed", show_number(mpic, attempt->decision.completed)},
        {"corroborating", show_number(mpic, attempt->decision.corroborating)},
        {"required", show_number(mpic, attempt->required)});
    watch_attempt(mpic->coordinator->watch, &attempt->seen);
}

static void tell_attempts(struct mpic_job *mpic)
{
    const struct determination_attempt *attempt;
    while ((attempt = determination_attempt(mpic->determination, mpic->attempts_over))) {
        if (mpic->attempts_begun == mpic->attempts_over) {
            mpic->attempts_begun++;
            on_attempt_begun(mpic, attempt);
        }
        if (!attempt->is_over)
            break;
        mpic->attempts_over++;
        on_attempt_over(mpic, attempt);
    }
}

static void tell_watch(const struct asked *asked, enum transport_status status)
{
    const struct mpic_job *mpic = asked->mpic;
    if (asked->perspective != SIZE_MAX)
        watch_member(mpic->coordinator->watch, asked->perspective, mpic->call.check->check_type,
                     status);
}

/* --- to the determination and from it -------------------------------------------------------- */

static void advance(struct mpic_job *mpic);

static void on_answer(const struct transport_answer *answer, void *arg)
{
    struct asked *asked = arg;
    struct mpic_job *mpic = asked->mpic;
    struct moment now = coordinator_now(mpic->coordinator);
    list_remove(&asked->node);
    if (answer->status == TRANSPORT_OK)
        determination_take_result(mpic->determination, asked->number, answer->result, now);
    else
        determination_take_failure(mpic->determination, asked->number, answer->text, now);
    log_answer(mpic, determination_member(mpic->determination, asked->number), answer);
    tell_watch(asked, answer->status);
    advance(mpic);
}

static void ask(struct mpic_job *mpic, const struct determination_question *question)
{
    struct coordinator *coordinator = mpic->coordinator;
    struct asked *asked = arena_alloc(mpic->arena, sizeof *asked);
    *asked = (struct asked){
        .mpic = mpic,
        .number = question->number,
        .perspective = question->perspective,
        .transport = question->perspective == SIZE_MAX
                         ? coordinator->primary
                         : coordinator->transports[question->perspective],
    };
    list_append(&mpic->asked, &asked->node);
    mpic->questions_deadline_ms = question->deadline_ms;
    asked->job = asked->transport->ops->start(asked->transport, &mpic->call, &mpic->children,
                                              question->deadline_ms, on_answer, asked);
}

/* Who was not awaited did nothing wrong; who had all the time that there was may have. */
static void abandon(struct mpic_job *mpic, size_t number)
{
    struct list *node = mpic->asked.next;
    while (LIST_ENTRY(node, struct asked, node)->number != number)
        node = node->next;
    struct asked *asked = LIST_ENTRY(node, struct asked, node);
    list_remove(&asked->node);
    asked->transport->ops->cancel(asked->job);
    const struct check_result *result =
        &determination_member(mpic->determination, number)->result->result;
    if (result->problem == PROBLEM_REMOTE_CHECK)
        tell_watch(asked, TRANSPORT_TIMEOUT);
}

static void on_time(void *arg)
{
    struct mpic_job *mpic = arg;
    mpic->wait = NULL;
    determination_tick(mpic->determination, coordinator_now(mpic->coordinator));
    advance(mpic);
}

/* One timer, for the next thing that falls due. */
static void wait_for_time(struct mpic_job *mpic)
{
    struct loop *loop = mpic->coordinator->loop;
    uint64_t due_ms = determination_deadline_ms(mpic->determination);
    if (due_ms == mpic->questions_deadline_ms)
        due_ms += TRANSPORT_SLACK_MS;
    if (mpic->wait && due_ms == mpic->wait_ms)
        return;
    if (mpic->wait)
        pause_cancel(mpic->wait);
    mpic->wait_ms = due_ms;
    mpic->wait = pause_start(loop, &mpic->children, due_ms, on_time, mpic);
}

/* Does what there is to do after an event. */
static void advance(struct mpic_job *mpic)
{
    struct determination *determination = mpic->determination;
    struct determination_question question;
    size_t number;
    while (determination_next_abandoned(determination, &number))
        abandon(mpic, number);
    tell_attempts(mpic);
    while (determination_next_question(determination, &question))
        ask(mpic, &question);
    mpic->outcome = determination_outcome(determination);
    if (mpic->outcome)
        job_finish(&mpic->job);
    else
        wait_for_time(mpic);
}

/* --- the beginning --------------------------------------------------------------------------- */

static void begin(struct mpic_job *mpic, const struct regex_task *regex)
{
    const struct determination_setup setup = {
        .settings = mpic->coordinator->settings,
        .pools = coordinator_pools(mpic->coordinator),
        .request = mpic->request,
        .regex = regex,
        .arena = mpic->arena,
    };
    mpic->determination = determination_start(&setup, coordinator_now(mpic->coordinator));
    advance(mpic);
}

static void on_regex_checked(enum aside_status status, void *data, void *arg)
{
    static const struct mpic_outcome busy = {
        .kind = MPIC_BUSY, .error_text = "There was no time to look at match_regex. Ask again."};
    struct mpic_job *mpic = arg;
    if (status == ASIDE_DONE) {
        begin(mpic, data);
        return;
    }
    mpic->outcome = &busy;
    job_finish(&mpic->job);
}

static void check_regex(struct mpic_job *mpic, const char *regex)
{
    struct coordinator *coordinator = mpic->coordinator;
    const struct aside_work work = {.caller = mpic->call.check->caller,
                                    .data = regex_task_new_check(regex),
                                    .run = regex_task_run,
                                    .free = regex_task_free};
    aside_start(coordinator->aside, &work, &mpic->children,
                loop_now_ms(coordinator->loop) + REGEX_CHECK_MS, on_regex_checked, mpic);
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
    list_init(&mpic->asked);
    job_group_init(&mpic->children);
    job_start(&mpic->job, &mpic_ops, coordinator->loop, group, JOB_NO_DEADLINE);
    const char *regex = request_regex(&request->check);
    if (regex)
        check_regex(mpic, regex);
    else
        begin(mpic, NULL);
    return mpic;
}

void mpic_cancel(struct mpic_job *mpic)
{
    job_cancel(&mpic->job);
}
