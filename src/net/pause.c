#include "net/pause.h"

#include "base/mem.h"

#include <stdlib.h>

struct pause_job {
    struct job job;
    pause_done_fn *done;
    void *arg;
};

static struct pause_job *of_job(struct job *job)
{
    return LIST_ENTRY(job, struct pause_job, job);
}

static void on_deadline(struct job *job)
{
    (void)job; /* the end of a pause is its result */
}

static void on_deliver(struct job *job)
{
    of_job(job)->done(of_job(job)->arg);
}

static void on_free(struct job *job)
{
    free(of_job(job));
}

static const struct job_ops pause_ops = {
    .on_deadline = on_deadline, .deliver = on_deliver, .free = on_free};

struct pause_job *pause_start(struct loop *loop, struct job_group *group, uint64_t until_ms,
                              pause_done_fn *done, void *arg)
{
    struct pause_job *pause = xcalloc(1, sizeof *pause);
    pause->done = done;
    pause->arg = arg;
    job_start(&pause->job, &pause_ops, loop, group, until_ms);
    return pause;
}

void pause_cancel(struct pause_job *pause)
{
    job_cancel(&pause->job);
}
