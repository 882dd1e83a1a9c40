/*
 * Work that may cost more than a turn of the loop should: done aside, by a few threads that the whole
 * process shares.
 *
 *   aside_start -> waits in its caller's lane -> runs in a thread -> `done`, on the loop
 *
 * Each caller who has work there has a lane. The threads take one piece from each lane in turn, and no lane
 * has all threads: whoever sends costly work holds up himself. When ASIDE_WAITING_MAX pieces wait, the longest
 * lane loses its last one, or the new piece is refused if that would stand in the longest: ASIDE_BUSY.
 *
 * A thread cannot be stopped. Work that nobody awaits any more, because it was cancelled or is late, goes on
 * to its end, counts as its caller's until then, and is freed there. So work must end by itself, soon, and
 * touch nothing but its own data.
 *
 * The pool is thread safe; the rest belongs to the loop's thread.
 */
#pragma once

#include "net/job.h"

#include <stdint.h>

enum {
    ASIDE_THREADS = 3,
    ASIDE_LANE_THREADS = ASIDE_THREADS - 1, /* at most, at the same time */
    ASIDE_WAITING_MAX = 1024,               /* pieces, of all lanes */
};

/* The threads. */
struct aside_pool;
struct aside_pool *aside_pool_new(void);
/* Every struct aside must be gone. Waits for what still runs. NULL is fine. */
void aside_pool_free(struct aside_pool *pool);

/* A loop's way to them. */
struct aside;
struct aside *aside_new(struct loop *loop, struct aside_pool *pool);
/* No job may be left (assert). NULL is fine. */
void aside_free(struct aside *aside);

struct aside_work {
    const char *caller; /* whose lane; copied. NULL: nobody's, which is a lane too */
    void *data;         /* becomes the work's own */
    void (*run)(void *data);
    void (*free)(void *data); /* once, in whatever thread has it last */
};

enum aside_status {
    ASIDE_DONE, /* run() has returned */
    ASIDE_BUSY, /* too much waits */
    ASIDE_LATE, /* not done by the deadline */
};

/* `data` is that of the work, borrowed until `done` returns, when it is freed; NULL but for ASIDE_DONE. */
typedef void aside_done_fn(enum aside_status status, void *data, void *arg);

struct aside_job;
struct aside_job *aside_start(struct aside *aside, const struct aside_work *work,
                              struct job_group *group, uint64_t deadline_ms, aside_done_fn *done,
                              void *arg);
void aside_cancel(struct aside_job *job);
