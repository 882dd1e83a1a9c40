/*
 * A job: one operation that waits. All jobs obey the same eight sentences.
 *
 * 1. x_start(env, request, group, deadline_ms, done, arg), or as many of these as it needs, always
 *    returns a live handle. There is no failing start: bad input and library refusals arrive in `done`
 *    like everything else.
 * 2. `done` is called exactly once, and never on the stack of start: completions are posted to the
 *    loop, even if the answer was at hand.
 * 3. x_cancel(h): `done` will not run, `arg` is not touched again, the handle is dead on return.
 *    It is silent, and the only way to end a job early.
 * 4. The handle dies when `done` returns. First line of each `done`: clear the owner's pointer to
 *    the job. Cancelling a job from inside its own `done` is a bug (assert). The job is unlinked
 *    from its parent before `done`, so freeing the parent there is allowed.
 * 5. Results given to `done` are borrowed until it returns.
 * 6. Deadlines are absolute loop_now_ms() milliseconds, passed down, and only ever shortened. The
 * job core owns the timer; adapters do not.
 * 7. A parent keeps its children in a job_group; job_group_cancel() cancels them all.
 * 8. One loop per thread; a job never leaves its thread; no locks in jobs.
 *
 * How an adapter uses it. It embeds `struct job` as a member of its own operation, calls
 * job_start() last in x_start(), and starts its library. When the library answers, it stores the
 * result in the operation and calls job_finish(); from then on the library must not touch the
 * operation any more. The job core posts; on the next turn of the loop it calls ops->deliver (which
 * calls the user's `done`) and then ops->free. If the deadline comes first, ops->on_deadline stores
 * a "timed out" result. Before either, and on cancel, ops->stop lets the adapter release its
 * library handle, so after stop() returned nothing of the library may refer to the operation.
 * stop() runs exactly once.
 *
 *      start -> running -> (job_finish | deadline) -> finished -> deliver -> free
 *                  \______________ cancel ____________/-------------------> free
 */
#pragma once

#include "base/list.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct job;

struct job_ops {
    /* Releases library handles. Runs once, on the way out of "running", whatever the reason. May be
     * NULL. */
    void (*stop)(struct job *job);
    /* The deadline passed: store the "timed out" result. Runs after stop(). */
    void (*on_deadline)(struct job *job);
    /* Calls the user's `done` with the stored result. */
    void (*deliver)(struct job *job);
    /* Frees the operation. Always the last call. */
    void (*free)(struct job *job);
};

/* The children of a parent. */
struct job_group {
    struct list jobs;
};

enum job_state { JOB_IDLE, JOB_RUNNING, JOB_FINISHED, JOB_DELIVERING };

struct job {
    const struct job_ops *ops;
    struct loop *loop;
    struct loop_timer timer;
    struct list in_group;
    enum job_state state;
};

/* No deadline of its own. */
#define JOB_NO_DEADLINE UINT64_MAX

void job_group_init(struct job_group *group);
/* Cancels every job in it, those added by a stop() meanwhile too. The group is empty and usable
 * after. */
void job_group_cancel(struct job_group *group);
bool job_group_is_empty(const struct job_group *group);

/* Makes `job` run until `deadline_ms`; `group` may be NULL. A deadline in the past ends it on the
 * next turn. */
void job_start(struct job *job, const struct job_ops *ops, struct loop *loop,
               struct job_group *group, uint64_t deadline_ms);
/* The result is stored: deliver it on the next turn. Without effect unless the job is running. */
void job_finish(struct job *job);
/* Rule 3. */
void job_cancel(struct job *job);
/* True between job_start() and job_finish(), deadline or cancel: library callbacks that come late
 * ask this first. */
bool job_is_running(const struct job *job);
