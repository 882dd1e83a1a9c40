/*
 * The event loop of one worker thread: time, posts and timers. Descriptors stay private to the
 * adapters, so that a test can link tests/support/fake_loop.c, which has virtual time, instead.
 *
 * Everything here belongs to the loop's own thread, but loop_notifier_signal().
 * Callbacks run from loop_run() only, never from inside the function that asked for them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

typedef void loop_fn(void *arg);

struct loop *loop_new(void);
/* All timers must be stopped (assert) and all adapters freed before. NULL is fine. */
void loop_free(struct loop *loop);

/* Runs callbacks until one of them calls loop_stop(); none runs after that one. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/*
 * `fn` is told after each turn of loop_run() how much CPU this thread spent in it, in microseconds: for that
 * long nobody else was served. Set it before loop_run(); it must not touch the loop.
 */
typedef void loop_turn_fn(uint64_t cpu_us, void *arg);
void loop_watch_turns(struct loop *loop, loop_turn_fn *fn, void *arg);

/* Monotonic milliseconds; the clock of every deadline. */
uint64_t loop_now_ms(const struct loop *loop);
/* Monotonic microseconds, for durations. */
uint64_t loop_now_us(const struct loop *loop);
/* Wall clock, nanoseconds since 1970 (UTC): for records and for the Baseline Requirements calendar
 * only. */
int64_t loop_wall_ns(const struct loop *loop);

/* One-shot timer, embedded in its owner; the zero value is a timer that is not running. */
struct loop_timer {
    struct loop *loop;
    loop_fn *fn;
    void *arg;
    /* Of net/timer_queue.c: when it runs, who comes first in that millisecond, where it is. */
    uint64_t due_ms;
    uint64_t order;
    size_t place; /* 0: not running */
};

/*
 * (Re)starts: `fn(arg)` runs once, when loop_now_ms() >= due_ms, not before the caller returned.
 * Timers run in the order of their time, and those of the same millisecond in the order of their
 * starts; after some milliseconds of them descriptors have a turn. A time in the past counts as now. What a timer starts runs on a later turn of the loop,
 * so that descriptors get their turn in between. `fn` may start the same timer again, stop others,
 * and free the timer's owner.
 */
void loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t due_ms, loop_fn *fn,
                      void *arg);
/* Silent and final; fine on a timer that is not running. Must be called before the owner is freed.
 */
void loop_timer_stop(struct loop_timer *timer);

/*
 * A wake-up from another thread or from a signal handler: after loop_notifier_signal(), `fn(arg)`
 * runs once in the loop's thread (several signals before it runs count as one).
 */
struct loop_notifier;
struct loop_notifier *loop_notifier_new(struct loop *loop, loop_fn *fn, void *arg);
void loop_notifier_free(struct loop_notifier *notifier);
void loop_notifier_signal(struct loop_notifier *notifier);
