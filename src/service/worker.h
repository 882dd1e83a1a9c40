/*
 * A worker: one thread with its own loop, listening socket, connection pool, coordinator and, for each
 * perspective of the process, a resolver. Workers share the configuration, which never changes.
 *
 *   worker_new (main thread: everything that can fail, and all resolver contexts)
 *     -> worker_start (its thread runs the loop) -> worker_stop (drains) -> worker_join -> worker_free
 */
#pragma once

#include "base/err.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

struct aside_pool;
struct audit;
struct metrics;
struct names;
struct worker;

/* What all workers of the process share besides the configuration; it outlives them. */
struct worker_shared {
    struct metrics *metrics;
    struct audit *audit; /* NULL: no records are kept */
    struct names *names; /* of the perspectives' hosts; NULL without a coordinator */
    struct aside_pool *asides;
};

/*
 * `config` outlives the worker; `shared` is copied. `port` is what the first worker got where the
 * configuration says 0; 0: take the configuration's.
 */
struct worker *worker_new(const struct config *config, const struct worker_shared *shared,
                          uint16_t port, struct err *err) MUST_CHECK;
uint16_t worker_port(const struct worker *worker);
bool worker_start(struct worker *worker, struct err *err) MUST_CHECK;
/* From any thread: stop accepting, let requests in flight finish, end the loop; at the latest after `grace_ms`. */
void worker_stop(struct worker *worker, unsigned grace_ms);
void worker_join(struct worker *worker);
/* The thread has ended, or was never started. */
void worker_free(struct worker *worker);
