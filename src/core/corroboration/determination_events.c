#include "core/corroboration/determination_impl.h"

/* --- whom to ask ----------------------------------------------------------------------------- */

bool determination_next_question(struct determination *d, struct determination_question *out)
{
    if (d->is_over)
        return false;
    const struct attempt_run *run = &last_stage(d)->run;
    if (d->next_to_ask == run->count)
        return false;
    struct attempt_member *member = &run->members[d->next_to_ask++];
    member->state = MEMBER_ASKED;
    *out = (struct determination_question){
        .number = member->number,
        .perspective = member->perspective,
        .code = member->result->code,
        .check = check_of(d),
        .deadline_ms = run->deadline_ms,
    };
    return true;
}

/* --- what comes ------------------------------------------------------------------------------ */

static void see_time(struct determination *d, struct moment now)
{
    if (now.ms > d->now.ms)
        d->now.ms = now.ms;
    d->now.wall_ns = now.wall_ns;
}

static void abandon(struct determination *d, struct attempt_member *member)
{
    *(d->first_abandoned ? &d->last_abandoned->next_abandoned : &d->first_abandoned) = member;
    d->last_abandoned = member;
}

bool determination_next_abandoned(struct determination *d, size_t *number)
{
    const struct attempt_member *member = d->first_abandoned;
    if (!member)
        return false;
    d->first_abandoned = member->next_abandoned;
    *number = member->number;
    return true;
}

/* NULL: nobody awaits that answer. */
static struct attempt_member *awaited(const struct determination *d, size_t number)
{
    if (d->is_over)
        return NULL;
    const struct attempt_run *run = &last_stage(d)->run;
    for (size_t i = 0; i < run->count; i++)
        if (run->members[i].number == number && run->members[i].state == MEMBER_ASKED)
            return &run->members[i];
    return NULL;
}

bool determination_awaits(const struct determination *d, size_t number)
{
    return awaited(d, number) != NULL;
}

static void on_member_done(struct determination *d)
{
    const struct coordinator_settings *settings = d->setup.settings;
    struct attempt_run *run = &last_stage(d)->run;
    if (run->pending == 0)
        determination_end_attempt(d);
    else if (settings->returns_early && run->grace_end_ms == NEVER && determination_is_certain(d))
        run->grace_end_ms = later(d->now.ms, settings->return_early_grace_ms);
}

bool determination_take_result(struct determination *d, size_t number,
                               const struct check_result *result, struct moment now)
{
    struct attempt_member *member = awaited(d, number);
    if (!member)
        return false;
    see_time(d, now);
    attempt_take_result(&last_stage(d)->run, member, result, now.wall_ns);
    on_member_done(d);
    return true;
}

bool determination_take_failure(struct determination *d, size_t number, const char *text,
                                struct moment now)
{
    struct attempt_member *member = awaited(d, number);
    if (!member)
        return false;
    see_time(d, now);
    attempt_take_failure(&last_stage(d)->run, member, text, now.wall_ns);
    on_member_done(d);
    return true;
}

void determination_tick(struct determination *d, struct moment now)
{
    if (d->is_over)
        return;
    see_time(d, now);
    if (d->now.ms < determination_deadline_ms(d))
        return;
    struct attempt_run *run = &last_stage(d)->run;
    bool is_certain_without = run->grace_end_ms <= run->deadline_ms;
    for (size_t i = 0; i < run->count; i++) {
        struct attempt_member *member = &run->members[i];
        if (member->state == MEMBER_DONE)
            continue;
        if (member->state == MEMBER_ASKED)
            abandon(d, member);
        if (is_certain_without)
            attempt_give_up(run, member, now.wall_ns);
        else
            attempt_take_failure(run, member, "TimeoutError: no answer within the time limit",
                                 now.wall_ns);
    }
    determination_end_attempt(d);
}

uint64_t determination_deadline_ms(const struct determination *d)
{
    if (d->is_over)
        return NEVER;
    const struct attempt_run *run = &last_stage(d)->run;
    return run->grace_end_ms < run->deadline_ms ? run->grace_end_ms : run->deadline_ms;
}

/* --- looking in ------------------------------------------------------------------------------ */

const struct check_request *determination_check(const struct determination *d)
{
    return check_of(d);
}

const struct mpic_outcome *determination_outcome(const struct determination *d)
{
    return d->is_over ? &d->outcome : NULL;
}

size_t determination_attempt_count(const struct determination *d)
{
    return d->attempt_count;
}

const struct determination_attempt *determination_attempt(const struct determination *d, size_t i)
{
    return i < d->attempt_count ? &d->stages[i].told : NULL;
}

const struct attempt_member *determination_member(const struct determination *d, size_t number)
{
    for (size_t i = 0; i < d->attempt_count; i++) {
        const struct attempt_run *run = &d->stages[i].run;
        for (size_t m = 0; m < run->count; m++)
            if (run->members[m].number == number)
                return &run->members[m];
    }
    return NULL;
}
