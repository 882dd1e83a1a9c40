#include "net/timer_queue.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

static bool is_before(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_ms < b->due_ms || (a->due_ms == b->due_ms && a->order < b->order);
}

static void put(struct timer_queue *queue, size_t at, struct loop_timer *timer)
{
    queue->heap[at] = timer;
    timer->place = at + 1;
}

/* Puts `timer` at `at` or, while it is before its parent, further up. */
static void sift_up(struct timer_queue *queue, size_t at, struct loop_timer *timer)
{
    while (at > 0 && is_before(timer, queue->heap[(at - 1) / 2])) {
        put(queue, at, queue->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(queue, at, timer);
}

/* Puts `timer` at `at` or, while a child is before it, further down. */
static void sift_down(struct timer_queue *queue, size_t at, struct loop_timer *timer)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < queue->count && is_before(queue->heap[child + 1], queue->heap[child]))
            child++;
        if (child >= queue->count || !is_before(queue->heap[child], timer))
            break;
        put(queue, at, queue->heap[child]);
        at = child;
    }
    put(queue, at, timer);
}

void timer_queue_push(struct timer_queue *queue, struct loop_timer *timer, uint64_t due_ms,
                      uint64_t now_ms)
{
    assert(timer->place == 0);
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity ? 2 * queue->capacity : 64;
        queue->heap = xrealloc(queue->heap, queue->capacity * sizeof *queue->heap);
    }
    timer->due_ms = due_ms > now_ms ? due_ms : now_ms;
    timer->order = queue->next_order++;
    sift_up(queue, queue->count++, timer);
}

void timer_queue_remove(struct timer_queue *queue, struct loop_timer *timer)
{
    if (timer->place == 0)
        return;
    size_t at = timer->place - 1;
    timer->place = 0;
    struct loop_timer *last = queue->heap[--queue->count];
    if (last == timer)
        return;
    if (at > 0 && is_before(last, queue->heap[(at - 1) / 2]))
        sift_up(queue, at, last);
    else
        sift_down(queue, at, last);
}

struct loop_timer *timer_queue_first(const struct timer_queue *queue)
{
    return queue->count ? queue->heap[0] : NULL;
}

void timer_queue_clear(struct timer_queue *queue)
{
    assert(queue->count == 0);
    free(queue->heap);
    *queue = (struct timer_queue){0};
}
