#include "support/fake_loop.h"

#include "base/mem.h"
#include "net/timer_queue.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { ENDLESS_CALLBACKS = 1000000 };

struct loop {
    uint64_t now_ms;
    int64_t wall_offset_ns; /* wall clock at virtual time 0 */
    struct timer_queue timers;
    bool running;
    bool stopped;
};

struct loop *loop_new(void)
{
    struct loop *loop = xcalloc(1, sizeof *loop);
    loop->now_ms = FAKE_LOOP_START_MS;
    fake_loop_set_wall_ns(loop, FAKE_LOOP_START_WALL_NS);
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    timer_queue_clear(&loop->timers);
    free(loop);
}

static void give_up(const char *why)
{
    fprintf(stderr, "fake loop: %s\n", why);
    abort();
}

/* Runs timers, the time moving along, until `until_ms`, loop_stop(), or nothing is left. */
static void run(struct loop *loop, uint64_t until_ms)
{
    assert(!loop->running); /* called from inside a callback */
    loop->running = true;
    loop->stopped = false;
    struct loop_timer *timer;
    for (int ran = 0; !loop->stopped; ran++) {
        timer = timer_queue_first(&loop->timers);
        if (!timer || timer->due_ms > until_ms)
            break;
        if (ran == ENDLESS_CALLBACKS)
            give_up("a million callbacks, and no end");
        timer_queue_remove(&loop->timers, timer);
        loop->now_ms = timer->due_ms;
        timer->fn(timer->arg); /* may free the timer */
    }
    loop->running = false;
}

void loop_run(struct loop *loop)
{
    run(loop, UINT64_MAX);
    if (!loop->stopped)
        give_up("nothing left that could call loop_stop()");
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

uint64_t loop_now_us(const struct loop *loop)
{
    return loop->now_ms * 1000;
}

int64_t loop_wall_ns(const struct loop *loop)
{
    return loop->wall_offset_ns + (int64_t)loop->now_ms * 1000000;
}

void loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t due_ms, loop_fn *fn,
                      void *arg)
{
    loop_timer_stop(timer);
    timer->loop = loop;
    timer->fn = fn;
    timer->arg = arg;
    timer_queue_push(&loop->timers, timer, due_ms, loop->now_ms);
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (timer->place)
        timer_queue_remove(&timer->loop->timers, timer);
}

struct loop_notifier {
    struct loop *loop;
    struct loop_timer timer;
    loop_fn *fn;
    void *arg;
};

struct loop_notifier *loop_notifier_new(struct loop *loop, loop_fn *fn, void *arg)
{
    struct loop_notifier *notifier = xcalloc(1, sizeof *notifier);
    *notifier = (struct loop_notifier){.loop = loop, .fn = fn, .arg = arg};
    return notifier;
}

void loop_notifier_free(struct loop_notifier *notifier)
{
    if (!notifier)
        return;
    loop_timer_stop(&notifier->timer);
    free(notifier);
}

void loop_notifier_signal(struct loop_notifier *notifier)
{
    if (!notifier->timer.place)
        loop_timer_start(notifier->loop, &notifier->timer, 0, notifier->fn, notifier->arg);
}

void fake_loop_run_ready(struct loop *loop)
{
    run(loop, loop->now_ms);
}

void fake_loop_advance(struct loop *loop, uint64_t ms)
{
    uint64_t until_ms = loop->now_ms + ms;
    run(loop, until_ms);
    if (!loop->stopped)
        loop->now_ms = until_ms;
}

void fake_loop_run_until_idle(struct loop *loop)
{
    run(loop, UINT64_MAX);
}

void fake_loop_set_wall_ns(struct loop *loop, int64_t wall_ns)
{
    loop->wall_offset_ns = wall_ns - (int64_t)loop->now_ms * 1000000;
}

size_t fake_loop_timer_count(const struct loop *loop)
{
    return loop->timers.count;
}
