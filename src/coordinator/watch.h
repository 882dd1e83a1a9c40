/*
 * Watches the health of the perspectives (core/corroboration/health.h) for one coordinator, that is for one
 * worker: it logs each change of state, probes who is failing, and keeps the pool of those that are
 * not left out. Loop thread only. Each worker has a view of its own, from the answers that it got
 * itself: nothing is shared and nothing locked, and a worker may leave out a perspective that
 * another one still asks.
 *
 *   failing, or suspected -> probe at once -> (no answer) -> left out -> probe after each interval
 *   -> answer -> healthy
 *
 * Whom a check tells about: a perspective that cannot be reached is failing. One that is reached and gives
 * no answer is only suspected: the target of the check may be the cause, so that the probe decides.
 * One that refuses load (HTTP status 503) is alive, and anybody can bring it about: it counts for nothing.
 *
 * A probe is a check of the name "invalid" (RFC 6761 section 6.4), by the path that failed last, CAA or DCV. Each
 * perspective answers it, ours and the reference's, with whatever verdict. With `return_early` a
 * perspective that is merely silent is often not awaited, which counts as neither.
 */
#pragma once

#include "coordinator/coordinator.h"
#include "core/corroboration/health.h"
#include "core/corroboration/observation.h"

struct watch;

/* `settings` and the transports are borrowed and outlive the watch. */
struct watch *watch_new(struct loop *loop, const struct coordinator_settings *settings,
                        struct transport *const *transports);
/* Cancels probes that are on their way. */
void watch_free(struct watch *watch);
/* See coordinator_on_health_change(). */
void watch_set_listener(struct watch *watch, coordinator_health_fn *fn, void *arg);

const struct health *watch_health(const struct watch *watch);
/* The perspectives that are not left out; NULL: nobody is. Valid until the loop's next turn. */
const struct cohort_pool *watch_pool(const struct watch *watch);

/* A perspective answered a check, or failed to. */
void watch_member(struct watch *watch, size_t perspective, enum check_type type,
                  enum transport_status status);
/* What the perspectives of an attempt saw. Without a majority nobody is compared. */
void watch_attempt(struct watch *watch, const struct observations *seen);
