#define _XOPEN_SOURCE 700 /* nice */

#include "net/aside.h"

#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* So that the loops go first where there are fewer processors than threads. */
enum { NICER_THAN_LOOPS = 10 };

/* A caller who has work here. */
struct lane {
    struct list link; /* in the pool: who is first in it has waited longest for a turn */
    char *caller;
    struct list waiting; /* tasks */
    size_t waiting_count;
    size_t running_count;
};

struct aside_pool {
    pthread_mutex_t mutex; /* of all that is in the lanes, and of every aside's `over` */
    pthread_cond_t more;
    struct list lanes;
    size_t waiting_count; /* of all lanes */
    bool is_stopped;
    pthread_t threads[ASIDE_THREADS];
};

struct aside {
    struct loop *loop;
    struct aside_pool *pool;
    struct loop_notifier *notifier;
    struct list over; /* tasks that ran or were refused, and whose jobs are to be told */
    size_t job_count;
};

enum task_state {
    WAITING, /* in its lane */
    RUNNING, /* a thread has it */
    OVER,    /* in `over` */
    TAKEN,   /* by its job */
};

struct task {
    struct list link;
    struct aside_work work; /* without the caller, who is the lane's */
    struct lane *lane;      /* WAITING, RUNNING */
    struct aside_job *job;  /* NULL: nobody awaits it */
    enum task_state state;
    bool is_refused;
};

struct aside_job {
    struct job job;
    struct aside *aside;
    struct task *task; /* NULL: given up */
    enum aside_status status;
    aside_done_fn *done;
    void *arg;
};

static struct task *task_of(struct list *link)
{
    return LIST_ENTRY(link, struct task, link);
}

static struct lane *lane_of(struct list *link)
{
    return LIST_ENTRY(link, struct lane, link);
}

static void task_free(struct task *task)
{
    task->work.free(task->work.data);
    free(task);
}

/* --- lanes; all of this with the mutex held --------------------------------------------------- */

static struct lane *get_lane(struct aside_pool *pool, const char *caller)
{
    for (struct list *at = pool->lanes.next; at != &pool->lanes; at = at->next)
        if (str_eq(lane_of(at)->caller, caller))
            return lane_of(at);
    struct lane *lane = xcalloc(1, sizeof *lane);
    lane->caller = xstrdup(caller);
    list_init(&lane->waiting);
    list_append(&pool->lanes, &lane->link);
    return lane;
}

static void drop_lane_if_empty(struct lane *lane)
{
    if (lane->waiting_count + lane->running_count > 0)
        return;
    list_remove(&lane->link);
    free(lane->caller);
    free(lane);
}

static void add_waiting(struct aside_pool *pool, struct lane *lane, struct task *task)
{
    task->lane = lane;
    task->state = WAITING;
    list_append(&lane->waiting, &task->link);
    lane->waiting_count++;
    pool->waiting_count++;
}

static void remove_waiting(struct aside_pool *pool, struct task *task)
{
    list_remove(&task->link);
    task->lane->waiting_count--;
    pool->waiting_count--;
}

/* `newest` is, unless another one is longer. */
static struct lane *longest_lane(const struct aside_pool *pool, struct lane *newest)
{
    struct lane *longest = newest;
    for (struct list *at = pool->lanes.next; at != &pool->lanes; at = at->next)
        if (lane_of(at)->waiting_count > longest->waiting_count)
            longest = lane_of(at);
    return longest;
}

/* Its job, which there is, is to be told. */
static void end_task(struct task *task)
{
    struct aside *aside = task->job->aside;
    task->state = OVER;
    task->lane = NULL;
    list_append(&aside->over, &task->link);
    loop_notifier_signal(aside->notifier);
}

/* The last piece of the longest lane. */
static void refuse_one(struct aside_pool *pool, struct lane *newest)
{
    struct lane *lane = longest_lane(pool, newest);
    struct task *last = task_of(lane->waiting.prev);
    remove_waiting(pool, last);
    last->is_refused = true;
    end_task(last);
    drop_lane_if_empty(lane);
}

/* The first lane's turn that has something to do, and no more threads than it may. */
static struct task *take_next(struct aside_pool *pool)
{
    for (struct list *at = pool->lanes.next; at != &pool->lanes; at = at->next) {
        struct lane *lane = lane_of(at);
        if (lane->waiting_count == 0 || lane->running_count >= ASIDE_LANE_THREADS)
            continue;
        struct task *task = task_of(lane->waiting.next);
        remove_waiting(pool, task);
        task->state = RUNNING;
        lane->running_count++;
        list_remove(&lane->link);
        list_append(&pool->lanes, &lane->link);
        return task;
    }
    return NULL;
}

/* --- the threads ------------------------------------------------------------------------------ */

static void run_task(struct aside_pool *pool, struct task *task)
{
    pthread_mutex_unlock(&pool->mutex);
    task->work.run(task->work.data);
    pthread_mutex_lock(&pool->mutex);
    task->lane->running_count--;
    drop_lane_if_empty(task->lane);
    if (task->job)
        end_task(task);
    else
        task_free(task);
}

static void *run_thread(void *arg)
{
    struct aside_pool *pool = arg;
    if (nice(NICER_THAN_LOOPS) == -1) {
        /* Of this thread, on Linux. Or refused by a sandbox: then all go at the same pace. */
    }
    pthread_mutex_lock(&pool->mutex);
    while (!pool->is_stopped) {
        struct task *task = take_next(pool);
        if (task)
            run_task(pool, task);
        else
            pthread_cond_wait(&pool->more, &pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

struct aside_pool *aside_pool_new(void)
{
    struct aside_pool *pool = xcalloc(1, sizeof *pool);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->more, NULL);
    list_init(&pool->lanes);
    /* Signals are the main thread's affair. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 0; i < ASIDE_THREADS; i++)
        if (pthread_create(&pool->threads[i], NULL, run_thread, pool) != 0)
            abort(); /* at start-up, of a handful of threads */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pool;
}

void aside_pool_free(struct aside_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->mutex);
    pool->is_stopped = true;
    pthread_cond_broadcast(&pool->more);
    pthread_mutex_unlock(&pool->mutex);
    for (size_t i = 0; i < ASIDE_THREADS; i++)
        pthread_join(pool->threads[i], NULL);
    assert(list_is_empty(&pool->lanes));
    pthread_cond_destroy(&pool->more);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

/* --- jobs ------------------------------------------------------------------------------------- */

static struct aside_job *of_job(struct job *job)
{
    return LIST_ENTRY(job, struct aside_job, job);
}

/* What was taken stays for deliver(); anything else is given up. */
static void on_stop(struct job *base)
{
    struct aside_job *job = of_job(base);
    struct aside_pool *pool = job->aside->pool;
    struct task *task = job->task, *dropped = NULL;
    pthread_mutex_lock(&pool->mutex);
    if (task->state == RUNNING) {
        task->job = NULL; /* its thread frees it */
    } else if (task->state == WAITING) {
        remove_waiting(pool, task);
        drop_lane_if_empty(task->lane);
        dropped = task;
    } else if (task->state == OVER) {
        list_remove(&task->link);
        dropped = task;
    }
    if (task->state != TAKEN)
        job->task = NULL;
    pthread_mutex_unlock(&pool->mutex);
    if (dropped)
        task_free(dropped);
}

static void on_deadline(struct job *job)
{
    of_job(job)->status = ASIDE_LATE;
}

static void on_deliver(struct job *base)
{
    struct aside_job *job = of_job(base);
    job->done(job->status, job->status == ASIDE_DONE ? job->task->work.data : NULL, job->arg);
}

static void on_free(struct job *base)
{
    struct aside_job *job = of_job(base);
    job->aside->job_count--;
    if (job->task)
        task_free(job->task);
    free(job);
}

static const struct job_ops aside_ops = {
    .stop = on_stop, .on_deadline = on_deadline, .deliver = on_deliver, .free = on_free};

/* The next of `over`, which is its job's from here on; NULL: none. */
static struct task *take_over(struct aside *aside)
{
    struct task *task = NULL;
    pthread_mutex_lock(&aside->pool->mutex);
    if (!list_is_empty(&aside->over)) {
        task = task_of(aside->over.next);
        list_remove(&task->link);
        task->state = TAKEN;
    }
    pthread_mutex_unlock(&aside->pool->mutex);
    return task;
}

static void on_notified(void *arg)
{
    struct task *task;
    while ((task = take_over(arg))) {
        task->job->status = task->is_refused ? ASIDE_BUSY : ASIDE_DONE;
        job_finish(&task->job->job);
    }
}

struct aside *aside_new(struct loop *loop, struct aside_pool *pool)
{
    struct aside *aside = xcalloc(1, sizeof *aside);
    aside->loop = loop;
    aside->pool = pool;
    aside->notifier = loop_notifier_new(loop, on_notified, aside);
    list_init(&aside->over);
    return aside;
}

void aside_free(struct aside *aside)
{
    if (!aside)
        return;
    assert(aside->job_count == 0);
    loop_notifier_free(aside->notifier);
    free(aside);
}

struct aside_job *aside_start(struct aside *aside, const struct aside_work *work,
                              struct job_group *group, uint64_t deadline_ms, aside_done_fn *done,
                              void *arg)
{
    struct aside_pool *pool = aside->pool;
    struct aside_job *job = xcalloc(1, sizeof *job);
    struct task *task = xcalloc(1, sizeof *task);
    *job = (struct aside_job){.aside = aside, .task = task, .done = done, .arg = arg};
    *task = (struct task){.work = *work, .job = job};
    aside->job_count++;
    job_start(&job->job, &aside_ops, aside->loop, group, deadline_ms);
    pthread_mutex_lock(&pool->mutex);
    struct lane *lane = get_lane(pool, work->caller ? work->caller : "");
    add_waiting(pool, lane, task);
    if (pool->waiting_count > ASIDE_WAITING_MAX)
        refuse_one(pool, lane);
    pthread_cond_signal(&pool->more);
    pthread_mutex_unlock(&pool->mutex);
    return job;
}

void aside_cancel(struct aside_job *job)
{
    job_cancel(&job->job);
}
