/*
 * A loop with virtual time: tests/support/fake_loop.c implements net/loop.h (link it in place of
 * net/loop.c) and these helpers. Nothing happens, and no time passes, but in the fake_loop_*
 * functions and loop_run(); never in loop_timer_start(). Timers run in the same order as on the
 * real loop, since both use net/timer_queue.c, and a callback takes no time at all. There are no
 * descriptors; a notifier is signalled by the test's own thread.
 */
#pragma once

#include "net/loop.h"

#include <stddef.h>
#include <stdint.h>

/* What loop_new() starts with: 1,000,000 ms, so that there is a past; 2026-01-01T00:00:00Z. */
#define FAKE_LOOP_START_MS      1000000u
#define FAKE_LOOP_START_WALL_NS 1767225600000000000

/* Runs what is due now, and what that posts in turn; time stands still. */
void fake_loop_run_ready(struct loop *loop);
/* Lets `ms` pass; what becomes due on the way runs, each at its own time. */
void fake_loop_advance(struct loop *loop, uint64_t ms);
/* Lets time jump from timer to timer until none is left. Timers that never end abort the test. */
void fake_loop_run_until_idle(struct loop *loop);
/* Sets the wall clock, which goes on from there as virtual time passes. */
void fake_loop_set_wall_ns(struct loop *loop, int64_t wall_ns);
/* How many timers (and signalled notifiers) are waiting: 0 when nothing was left behind. */
size_t fake_loop_timer_count(const struct loop *loop);
