#include "core/corroboration/attempt.h"

#include "core/corroboration/evidence.h"
#include "core/rules/report.h"

static void end_member(struct attempt_run *run, struct attempt_member *member, int64_t wall_ns)
{
    struct check_result *result = &member->result->result;
    result->perspective_code = member->result->code;
    if (!result->timestamp_ns.present)
        result->timestamp_ns = OPT_INT(wall_ns);
    member->state = MEMBER_DONE;
    run->pending--;
}

static void report_failure(const struct attempt_run *run, struct attempt_member *member,
                           const char *text)
{
    report_remote_failure(&member->result->result, run->check, run->arena, member->result->code,
                          text);
}

void attempt_take_result(struct attempt_run *run, struct attempt_member *member,
                         const struct check_result *result, int64_t wall_ns)
{
    member->fault = evidence_contradiction(run->check, run->target, result, run->arena);
    if (member->fault)
        report_failure(
            run, member,
            arena_printf(run->arena, "the evidence contradicts the verdict: %s", member->fault));
    else
        member->result->result = *result;
    end_member(run, member, wall_ns);
}

void attempt_take_failure(struct attempt_run *run, struct attempt_member *member, const char *text,
                          int64_t wall_ns)
{
    report_failure(run, member, text);
    end_member(run, member, wall_ns);
}

void attempt_give_up(struct attempt_run *run, struct attempt_member *member, int64_t wall_ns)
{
    report_not_awaited(&member->result->result, run->check, run->arena, member->result->code);
    end_member(run, member, wall_ns);
}
