#include "coordinator/attempt.h"

#include "base/log.h"
#include "core/corroboration/evidence.h"
#include "core/rules/report.h"
#include "net/pause.h"

bool attempt_has_answer(const struct attempt_member *member)
{
    return member->job == NULL;
}

static void stamp(struct attempt_member *member)
{
    struct check_result *result = &member->result->result;
    result->perspective_code = member->result->code;
    if (!result->timestamp_ns.present)
        result->timestamp_ns = OPT_INT(loop_wall_ns(member->run->loop));
}

/* The grace is over: whoever is missing is not awaited. */
static void on_grace_over(void *arg)
{
    struct attempt_run *run = arg;
    run->grace = NULL;
    for (size_t i = 0; i < run->count; i++) {
        struct attempt_member *member = &run->members[i];
        if (!member->job)
            continue;
        member->transport->ops->cancel(member->job);
        member->job = NULL;
        report_not_awaited(&member->result->result, run->call->check, run->call->arena,
                           member->result->code);
        stamp(member);
    }
    run->done(run->arg);
}

static void report_failure(struct attempt_member *member, const char *text)
{
    const struct transport_call *call = member->run->call;
    report_remote_failure(&member->result->result, call->check, call->arena, member->result->code,
                          text);
}

/* An answer whose evidence contradicts its yes is none. */
static void take_result(struct attempt_member *member, const struct check_result *result)
{
    const struct attempt_run *run = member->run;
    const struct check_request *check = run->call->check;
    const char *fault = evidence_contradiction(check, run->target, result, run->call->arena);
    member->result->result = *result;
    if (!fault)
        return;
    LOG(LOG_WARN, "evidence contradicts the verdict", {"perspective", member->result->code},
        {"target", check->target}, {"trace", check->trace_identifier}, {"reason", fault});
    check_result_init(&member->result->result, check);
    report_failure(
        member, arena_printf(run->call->arena, "the evidence contradicts the verdict: %s", fault));
}

static void log_answer(const struct attempt_member *member, const struct transport_answer *answer)
{
    const struct check_request *check = member->run->call->check;
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
}

static void on_answer(const struct transport_answer *answer, void *arg)
{
    struct attempt_member *member = arg;
    struct attempt_run *run = member->run;
    member->job = NULL;
    if (answer->status == TRANSPORT_OK)
        take_result(member, answer->result);
    else
        report_failure(member, answer->text);
    stamp(member);
    log_answer(member, answer);
    run->on_member(member, answer->status, run->arg);
    if (--run->pending == 0) {
        if (run->grace)
            pause_cancel(run->grace);
        run->done(run->arg);
    } else if (run->returns_early && !run->grace && run->is_certain(run->arg)) {
        uint64_t until_ms = loop_now_ms(run->loop) + run->grace_ms;
        run->grace = pause_start(run->loop, run->group, until_ms, on_grace_over, run);
    }
}

void attempt_start(struct attempt_run *run)
{
    run->pending = run->count;
    run->grace = NULL;
    for (size_t i = 0; i < run->count; i++) {
        struct attempt_member *member = &run->members[i];
        member->run = run;
        member->job = member->transport->ops->start(member->transport, run->call, run->group,
                                                    run->deadline_ms, on_answer, member);
    }
}
