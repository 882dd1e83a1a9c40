#include "service/local_transport.h"

#include "base/mem.h"

#include <stdlib.h>

struct local_transport {
    struct transport transport;
    struct loop *loop;
    struct perspective *perspective;
};

struct transport_job {
    struct job job;
    struct check_job *check; /* or */
    struct observe_job *observation;
    struct transport_answer answer;
    transport_done_fn *done;
    void *arg;
};

static struct transport_job *of_job(struct job *job)
{
    return LIST_ENTRY(job, struct transport_job, job);
}

static void on_stop(struct job *job)
{
    struct transport_job *t = of_job(job);
    if (t->check)
        check_cancel(t->check);
    if (t->observation)
        observe_cancel(t->observation);
    t->check = NULL;
    t->observation = NULL;
}

/* The check has a limit of its own, which is earlier; this is the coordinator's, as for any other transport. */
static void on_deadline(struct job *job)
{
    of_job(job)->answer = (struct transport_answer){
        .status = TRANSPORT_TIMEOUT, .text = "TimeoutError: no answer within the time limit"};
}

static void on_deliver(struct job *job)
{
    of_job(job)->done(&of_job(job)->answer, of_job(job)->arg);
}

static void on_free(struct job *job)
{
    free(of_job(job));
}

static const struct job_ops local_job_ops = {
    .stop = on_stop, .on_deadline = on_deadline, .deliver = on_deliver, .free = on_free};

static void on_checked(const struct check_result *result, void *arg)
{
    struct transport_job *t = arg;
    t->check = NULL;
    t->answer = (struct transport_answer){.status = TRANSPORT_OK, .result = result};
    job_finish(&t->job);
}

static void on_seen(const struct observed *seen, void *arg)
{
    struct transport_job *t = arg;
    t->observation = NULL;
    t->answer = (struct transport_answer){.status = TRANSPORT_OK, .seen = seen};
    job_finish(&t->job);
}

static struct transport_job *start(struct transport *transport, struct transport_call *call,
                                   struct job_group *group, uint64_t deadline_ms,
                                   transport_done_fn *done, void *arg)
{
    struct local_transport *local = LIST_ENTRY(transport, struct local_transport, transport);
    struct transport_job *t = xcalloc(1, sizeof *t);
    t->done = done;
    t->arg = arg;
    job_start(&t->job, &local_job_ops, local->loop, group, deadline_ms);
    const struct check_call check_call = {
        .request = call->check, .arena = call->arena, .deadline_ms = deadline_ms};
    const struct observe_call observe_call = {.question =
                                                  call->check ? NULL : call->observation->question,
                                              .arena = call->arena,
                                              .deadline_ms = deadline_ms};
    if (call->check)
        t->check = perspective_check(local->perspective, &check_call, on_checked, t);
    else
        t->observation = perspective_observe(local->perspective, &observe_call, on_seen, t);
    return t;
}

static void cancel(struct transport_job *t)
{
    job_cancel(&t->job);
}

static void free_transport(struct transport *transport)
{
    free(LIST_ENTRY(transport, struct local_transport, transport));
}

static const struct transport_ops local_ops = {
    .start = start, .cancel = cancel, .free = free_transport};

struct transport *local_transport_new(struct loop *loop, struct perspective *perspective)
{
    struct local_transport *local = xcalloc(1, sizeof *local);
    local->transport.ops = &local_ops;
    local->loop = loop;
    local->perspective = perspective;
    return &local->transport;
}
