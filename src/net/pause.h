/* Waiting for a moment, as a job: it is cancelled with its group like every other. */
#pragma once

#include "net/job.h"

struct pause_job;
typedef void pause_done_fn(void *arg);

/* `done` runs when loop_now_ms() >= until_ms. */
struct pause_job *pause_start(struct loop *loop, struct job_group *group, uint64_t until_ms,
                              pause_done_fn *done, void *arg);
void pause_cancel(struct pause_job *pause);
