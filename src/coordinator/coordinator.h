/*
 * One MPIC request: plan the cohorts, ask every perspective of one, decide, try the next cohort if
 * that is allowed. Loop thread only; one coordinator per worker.
 *
 *   mpic_start -> rules and target -> cohorts -> attempt: all perspectives at once, all awaited
 * until perspective_timeout_ms -> quorum -> next attempt, or done; all attempts together have
 * request_timeout_ms
 *
 * A perspective that is unreachable, slow or answers nonsense becomes an error entry
 * (mpic_error:coordinator:remote_check); the others are not affected. One that keeps failing is left
 * out of the cohorts until it answers again (core/corroboration/health.h, watch.h): cohorts are made of the others
 * where they have one of the asked size, otherwise of all. A request that names a cohort by its
 * number gets it from all perspectives, so that the number means the same on every day.
 */
#pragma once

#include "coordinator/transport.h"
#include "core/corroboration/cohort.h"
#include "core/corroboration/health.h"
#include "core/corroboration/mpic.h"
#include "net/job.h"

#include <stddef.h>
#include <stdint.h>

struct coordinator_settings {
    const struct perspective_info *perspectives;
    size_t perspective_count;
    struct bytes secret;
    size_t default_perspective_count;
    size_t absolute_max_attempts;
    unsigned perspective_timeout_ms; /* of one attempt */
    unsigned request_timeout_ms;     /* of all attempts together */
    enum baseline_mode baseline;
    const char *br_version; /* of the Baseline Requirements; NULL: the one of the day */
    bool returns_early;     /* once the verdict is certain, stragglers get return_early_grace_ms */
    unsigned return_early_grace_ms;
    bool has_primary; /* the coordinator performs the Primary Network Perspective's check, too */
    struct perspective_info primary;             /* where that is */
    unsigned health_failures_before_leaving_out; /* 0: nobody is left out */
    unsigned health_probe_interval_ms;
    bool from_one_place; /* --dev: every perspective is this machine; a finding says so */
};

struct coordinator;
struct mpic_job;

/*
 * `settings` is borrowed; transports[i] leads to perspectives[i], `primary` to the Primary Network
 * Perspective (NULL without one); all become the coordinator's.
 */
struct coordinator *coordinator_new(struct loop *loop, const struct coordinator_settings *settings,
                                    struct transport *const *transports, struct transport *primary);
void coordinator_free(struct coordinator *coordinator);

/* What this coordinator, of this worker, knows about its perspectives. Borrowed. */
const struct health *coordinator_health(const struct coordinator *coordinator);
/* On each change of a perspective's state, on the loop thread. */
typedef void coordinator_health_fn(size_t perspective, enum health_state before,
                                   enum health_state now, void *arg);
void coordinator_on_health_change(struct coordinator *coordinator, coordinator_health_fn *fn,
                                  void *arg);

/* Borrowed until `done` returns; what it points to lives in the arena. */
struct mpic_outcome {
    enum mpic_outcome_kind {
        MPIC_RAN,      /* `response`: HTTP 200 */
        MPIC_REFUSED,  /* `issues`: HTTP 400 */
        MPIC_NO_COHORT /* the configured default size has no cohort: HTTP 500, `error_text` */
    } kind;
    const struct mpic_response *response;
    const struct rule_issues *issues;
    const char *error_text;
};

typedef void mpic_done_fn(const struct mpic_outcome *outcome, void *arg);

/* `request` and `arena` must outlive the job; what the response points to lives in `arena`. */
struct mpic_job *mpic_start(struct coordinator *coordinator, const struct mpic_request *request,
                            struct arena *arena, struct job_group *group, mpic_done_fn *done,
                            void *arg);
void mpic_cancel(struct mpic_job *job);
