/*
 * The timers of one loop, the next one first: a heap. Shared by net/loop.c and by the fake loop of
 * the tests, so that both run timers in the same order: by their time, and those of the same
 * millisecond in the order in which they were started. What is due in the past is due now, so
 * nothing that keeps posting can hold up the others. Zero-initialised it is empty.
 */
#pragma once

#include "net/loop.h"

#include <stddef.h>
#include <stdint.h>

struct timer_queue {
    struct loop_timer **heap;
    size_t count;
    size_t capacity;
    uint64_t next_order; /* what is pushed from now on has this `order` or a larger one */
};

/* `timer` is in no queue; it stays where it is in memory until removed. */
void timer_queue_push(struct timer_queue *queue, struct loop_timer *timer, uint64_t due_ms,
                      uint64_t now_ms);
/* Without effect on a timer that is in no queue. */
void timer_queue_remove(struct timer_queue *queue, struct loop_timer *timer);
/* NULL if there is none. */
struct loop_timer *timer_queue_first(const struct timer_queue *queue);
void timer_queue_clear(struct timer_queue *queue);
