#include "net/job.h"

#include <assert.h>
#include <stddef.h>

static struct job *job_of(struct list *node)
{
    return LIST_ENTRY(node, struct job, in_group);
}

void job_group_init(struct job_group *group)
{
    list_init(&group->jobs);
}

void job_group_cancel(struct job_group *group)
{
    while (!list_is_empty(&group->jobs))
        job_cancel(job_of(group->jobs.next));
}

bool job_group_is_empty(const struct job_group *group)
{
    return list_is_empty(&group->jobs);
}

/* The way out of "running": the library lets go, the timer is quiet. */
static void leave_running(struct job *job)
{
    job->state = JOB_FINISHED;
    loop_timer_stop(&job->timer);
    if (job->ops->stop)
        job->ops->stop(job);
}

static void deliver(void *arg)
{
    struct job *job = arg;
    assert(job->state == JOB_FINISHED);
    list_remove(&job->in_group); /* before `done`, so that the parent may be freed there */
    job->state = JOB_DELIVERING;
    const struct job_ops *ops = job->ops;
    ops->deliver(job);
    ops->free(job);
}

static void on_deadline(void *arg)
{
    struct job *job = arg;
    leave_running(job);
    job->ops->on_deadline(job);
    deliver(job); /* a timer is a turn of the loop of its own: nobody's start is on the stack */
}

void job_start(struct job *job, const struct job_ops *ops, struct loop *loop,
               struct job_group *group, uint64_t deadline_ms)
{
    *job = (struct job){.ops = ops, .loop = loop, .state = JOB_RUNNING};
    if (group)
        list_append(&group->jobs, &job->in_group);
    if (deadline_ms != JOB_NO_DEADLINE)
        loop_timer_start(loop, &job->timer, deadline_ms, on_deadline, job);
}

void job_finish(struct job *job)
{
    if (job->state != JOB_RUNNING)
        return;
    leave_running(job);
    loop_timer_start(job->loop, &job->timer, 0, deliver, job);
}

void job_cancel(struct job *job)
{
    assert(job->state == JOB_RUNNING || job->state == JOB_FINISHED);
    list_remove(&job->in_group);
    if (job->state == JOB_RUNNING)
        leave_running(job);
    loop_timer_stop(&job->timer);
    job->ops->free(job);
}

bool job_is_running(const struct job *job)
{
    return job->state == JOB_RUNNING;
}
