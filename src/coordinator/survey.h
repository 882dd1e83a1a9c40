/*
 * One observation from many places: every perspective of one cohort, and the primary if the
 * coordinator has one, is asked what is there, at once, and awaited until perspective_timeout_ms. Who
 * saw the same is told; nothing is decided by it, and there are no further attempts. Loop thread only.
 *
 * A perspective that is unreachable, slow or answers nonsense is one that could not tell
 * (remote_check). Whether perspectives answer observations says nothing of their checks: their health
 * (watch.h) is left alone.
 */
#pragma once

#include "coordinator/coordinator.h"
#include "core/corroboration/observe.h"

struct survey_job;

/* Borrowed until `done` returns; what it points to lives in the arena. */
struct survey_outcome {
    enum survey_outcome_kind {
        SURVEY_RAN,      /* `response` */
        SURVEY_REFUSED,  /* `issues`: HTTP 400 */
        SURVEY_NO_COHORT /* the configured default size has no cohort: HTTP 500, `error_text` */
    } kind;
    const struct observe_response *response;
    const struct rule_issues *issues;
    const char *error_text;
};

typedef void survey_done_fn(const struct survey_outcome *outcome, void *arg);

/* `request` and `arena` must outlive the job; what the response points to lives in `arena`. */
struct survey_job *survey_start(struct coordinator *coordinator,
                                const struct observe_request *request, struct arena *arena,
                                struct job_group *group, survey_done_fn *done, void *arg);
void survey_cancel(struct survey_job *job);
