#include "support/fake_aside.h"

#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct fake_aside fake_aside;

struct aside_pool {
    char unused;
};

struct aside {
    struct loop *loop;
    size_t pending;
};

struct aside_job {
    struct job job;
    struct aside *aside;
    struct aside_work work;
    struct loop_timer timer;
    enum aside_status status;
    aside_done_fn *done;
    void *arg;
};

void fake_aside_reset(void)
{
    assert(fake_aside.pending == 0);
    fake_aside = (struct fake_aside){0};
}

struct aside_pool *aside_pool_new(void)
{
    return xcalloc(1, sizeof(struct aside_pool));
}

void aside_pool_free(struct aside_pool *pool)
{
    free(pool);
}

struct aside *aside_new(struct loop *loop, struct aside_pool *pool)
{
    (void)pool;
    struct aside *aside = xcalloc(1, sizeof *aside);
    aside->loop = loop;
    return aside;
}

void aside_free(struct aside *aside)
{
    assert(!aside || aside->pending == 0);
    free(aside);
}

static struct aside_job *job_of(struct job *job)
{
    return LIST_ENTRY(job, struct aside_job, job);
}

static void stop(struct job *base)
{
    loop_timer_stop(&job_of(base)->timer);
}

static void on_deadline(struct job *base)
{
    job_of(base)->status = ASIDE_LATE;
}

static void deliver(struct job *base)
{
    struct aside_job *job = job_of(base);
    job->done(job->status, job->status == ASIDE_DONE ? job->work.data : NULL, job->arg);
}

static void free_job(struct job *base)
{
    struct aside_job *job = job_of(base);
    job->aside->pending--;
    fake_aside.pending--;
    job->work.free(job->work.data);
    free(job);
}

static void on_done(void *arg)
{
    struct aside_job *job = arg;
    job->work.run(job->work.data);
    job->status = ASIDE_DONE;
    job_finish(&job->job);
}

struct aside_job *aside_start(struct aside *aside, const struct aside_work *work,
                              struct job_group *group, uint64_t deadline_ms, aside_done_fn *done,
                              void *arg)
{
    static const struct job_ops ops = {
        .stop = stop, .on_deadline = on_deadline, .deliver = deliver, .free = free_job};
    struct aside_job *job = xcalloc(1, sizeof *job);
    *job = (struct aside_job){.aside = aside, .work = *work, .done = done, .arg = arg};
    snprintf(fake_aside.last_caller, sizeof fake_aside.last_caller, "%s",
             work->caller ? work->caller : "");
    fake_aside.started++;
    fake_aside.pending++;
    aside->pending++;
    job_start(&job->job, &ops, aside->loop, group, deadline_ms);
    if (fake_aside.is_busy) {
        job->status = ASIDE_BUSY;
        job_finish(&job->job);
    } else if (fake_aside.takes_ms != FAKE_ASIDE_NEVER) {
        loop_timer_start(aside->loop, &job->timer, loop_now_ms(aside->loop) + fake_aside.takes_ms,
                         on_done, job);
    }
    return job;
}

void aside_cancel(struct aside_job *job)
{
    job_cancel(&job->job);
}
