/*
 * One Network Perspective: a check request in, a check result out; or a question what is there, and an
 * observation. It gives each its time limit. Loop thread only; one per perspective and worker.
 */
#pragma once

#include "check/check.h"
#include "check/observe.h"

#include <stdint.h>

struct perspective;

/* `env` is copied; what it points to outlives the perspective. */
struct perspective *perspective_new(const struct check_env *env, unsigned check_timeout_ms);
/* No check may be running. */
void perspective_free(struct perspective *perspective);

/*
 * Runs a check. `call->deadline_ms` is the asker's, JOB_NO_DEADLINE if it has none; the time limit of
 * the perspective may be shorter. The rest as check_start().
 */
struct check_job *perspective_check(struct perspective *perspective, const struct check_call *call,
                                    check_done_fn *done, void *arg);
/* Likewise an observation, as observe_start(). */
struct observe_job *perspective_observe(struct perspective *perspective,
                                        const struct observe_call *call, observe_done_fn *done,
                                        void *arg);
