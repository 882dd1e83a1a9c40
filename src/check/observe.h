/*
 * Running one observation from here: records that are looked up, or a file that is fetched. It goes
 * the ways of the checks, with their rules: the perspective's own resolver, each hop judged and pinned,
 * special-purpose addresses refused. A job; an observation that did not end says what is known.
 */
#pragma once

#include "check/check.h"
#include "core/corroboration/observe.h"

struct observe_job;

/* `seen` lives in the arena of the call. */
typedef void observe_done_fn(const struct observed *seen, void *arg);

/* What to run. Everything must outlive the job. */
struct observe_call {
    const struct observe_question *question;
    struct arena *arena;
    struct job_group *group;
    uint64_t deadline_ms;
};

struct observe_job *observe_start(const struct check_env *env, const struct observe_call *call,
                                  observe_done_fn *done, void *arg);
void observe_cancel(struct observe_job *job);
