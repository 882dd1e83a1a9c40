/*
 * Drives MPIC requests over the loop: what is decided, when and about whom is core/corroboration/determination.h's;
 * here its questions go out through transports, and their answers and the time come back to it. Loop thread only; one
 * coordinator per worker.
 *
 * A perspective that keeps failing is left out of the cohorts until it answers again (core/corroboration/health.h,
 * watch.h). An expression of the request is looked at aside, before anything else.
 */
#pragma once

#include "coordinator/transport.h"
#include "core/corroboration/determination.h"
#include "core/corroboration/health.h"
#include "net/aside.h"

#include <stddef.h>
#include <stdint.h>

struct coordinator;
struct mpic_job;

/*
 * `settings` is borrowed; transports[i] leads to perspectives[i], `primary` to the Primary Network
 * Perspective (NULL without one); all become the coordinator's.
 */
struct coordinator *coordinator_new(struct loop *loop, struct aside *aside,
                                    const struct coordinator_settings *settings,
                                    struct transport *const *transports, struct transport *primary);
void coordinator_free(struct coordinator *coordinator);

/* What this coordinator, of this worker, knows about its perspectives. Borrowed. */
const struct health *coordinator_health(const struct coordinator *coordinator);
/* On each change of a perspective's state, on the loop thread. */
typedef void coordinator_health_fn(size_t perspective, enum health_state before,
                                   enum health_state now, void *arg);
void coordinator_on_health_change(struct coordinator *coordinator, coordinator_health_fn *fn,
                                  void *arg);

/* The outcome is borrowed until `done` returns; what it points to lives in the arena. */
typedef void mpic_done_fn(const struct mpic_outcome *outcome, void *arg);

/* `request` and `arena` must outlive the job; what the response points to lives in `arena`. */
struct mpic_job *mpic_start(struct coordinator *coordinator, const struct mpic_request *request,
                            struct arena *arena, struct job_group *group, mpic_done_fn *done,
                            void *arg);
void mpic_cancel(struct mpic_job *job);
