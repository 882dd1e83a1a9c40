#include "coordinator/attempt.h"

#include "core/report.h"
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

static void on_answer(const struct transport_answer *answer, void *arg)
{
    struct attempt_member *member = arg;
    struct attempt_run *run = member->run;
    member->job = NULL;
    if (answer->status == TRANSPORT_OK)
        member->result->result = *answer->result;
    else
        report_remote_failure(&member->result->result, run->call->check, run->call->arena,
                              member->result->code, answer->text);
    stamp(member);
    run->on_member(member, answer->status == TRANSPORT_OK, run->arg);
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
