#include "perspective/perspective.h"

#include "base/mem.h"

#include <stdlib.h>

struct perspective {
    struct check_env env;
    unsigned check_timeout_ms;
};

struct perspective *perspective_new(const struct check_env *env, unsigned check_timeout_ms)
{
    struct perspective *perspective = xcalloc(1, sizeof *perspective);
    perspective->env = *env;
    perspective->check_timeout_ms = check_timeout_ms;
    return perspective;
}

void perspective_free(struct perspective *perspective)
{
    free(perspective);
}

static uint64_t limited(const struct perspective *perspective, uint64_t asked_ms)
{
    uint64_t own_ms = loop_now_ms(perspective->env.loop) + perspective->check_timeout_ms;
    return own_ms < asked_ms ? own_ms : asked_ms;
}

struct check_job *perspective_check(struct perspective *perspective, const struct check_call *asked,
                                    check_done_fn *done, void *arg)
{
    struct check_call call = *asked;
    call.deadline_ms = limited(perspective, asked->deadline_ms);
    return check_start(&perspective->env, &call, done, arg);
}

struct observe_job *perspective_observe(struct perspective *perspective,
                                        const struct observe_call *asked, observe_done_fn *done,
                                        void *arg)
{
    struct observe_call call = *asked;
    call.deadline_ms = limited(perspective, asked->deadline_ms);
    return observe_start(&perspective->env, &call, done, arg);
}
