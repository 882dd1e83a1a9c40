#include "net/loop.h"

#include "base/mem.h"
#include "net/loop_event.h"
#include "net/timer_queue.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/*
 * One libevent timer stands for all of ours. libevent runs timers of the same moment in any order;
 * a parent and a child job often share a deadline, and which of them sees it first must not be
 * left to chance.
 */
/*
 * Timers run for so long at a stretch, then descriptors have their turn: thousands may be due
 * together, as where as many checks end at the same deadline. Who runs too long itself is not cut off.
 */
enum { TICK_MAX_US = 4000 };

struct loop {
    struct event_base *base;
    struct event *tick;
    struct timer_queue timers;
    bool in_turn;
    loop_turn_fn *on_turn; /* NULL: nobody watches */
    void *on_turn_arg;
};

struct event_base *loop_event_base(struct loop *loop)
{
    return loop->base;
}

/* Makes the tick come when the first timer is due. */
static void arm(struct loop *loop)
{
    struct loop_timer *first = timer_queue_first(&loop->timers);
    if (!first)
        return;
    /* libevent refuses absurd times; a tick that comes too early finds nothing due and arms again.
     */
    const uint64_t day_us = 24ull * 3600 * 1000000;
    uint64_t now_us = loop_now_us(loop);
    uint64_t wait_us = day_us;
    if (first->due_ms <= now_us / 1000)
        wait_us = 0;
    else if (first->due_ms - now_us / 1000 < day_us / 1000)
        wait_us = first->due_ms * 1000 - now_us;
    struct timeval wait = {.tv_sec = (time_t)(wait_us / 1000000),
                           .tv_usec = (suseconds_t)(wait_us % 1000000)};
    if (evtimer_add(loop->tick, &wait) != 0)
        abort();
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct loop *loop = arg;
    uint64_t now_us = loop_now_us(loop);
    uint64_t end_us = now_us + TICK_MAX_US;
    uint64_t end = loop->timers.next_order; /* what starts from here on has a later turn */
    struct loop_timer *timer;
    loop->in_turn = true;
    while ((timer = timer_queue_first(&loop->timers)) && timer->due_ms <= now_us / 1000 &&
           timer->order < end && !event_base_got_break(loop->base)) {
        timer_queue_remove(&loop->timers, timer);
        timer->fn(timer->arg); /* may free the timer */
        if (loop_now_us(loop) >= end_us)
            break;
    }
    loop->in_turn = false;
    arm(loop);
}

struct loop *loop_new(void)
{
    struct event_config *config = event_config_new();
    /* One thread per loop: no locks. Precise timers, because deadlines are compared with
     * loop_now_ms(). */
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_PRECISE_TIMER);
    struct loop *loop = xcalloc(1, sizeof *loop);
    loop->base = event_base_new_with_config(config);
    event_config_free(config);
    if (!loop->base)
        abort(); /* no epoll descriptor at start-up: nothing can work */
    loop->tick = evtimer_new(loop->base, on_tick, loop);
    if (!loop->tick)
        abort();
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    timer_queue_clear(&loop->timers);
    event_free(loop->tick);
    event_base_free(loop->base);
    free(loop);
}

static struct timespec read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return now;
}

/* Not the wall clock: what other processes take from this thread is nobody's fault here. */
static uint64_t thread_cpu_us(void)
{
    struct timespec now = read_clock(CLOCK_THREAD_CPUTIME_ID);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void loop_watch_turns(struct loop *loop, loop_turn_fn *fn, void *arg)
{
    loop->on_turn = fn;
    loop->on_turn_arg = arg;
}

void loop_run(struct loop *loop)
{
    if (!loop->on_turn) {
        event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
        return;
    }
    uint64_t before_us = thread_cpu_us();
    do {
        event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY | EVLOOP_ONCE);
        uint64_t now_us = thread_cpu_us();
        loop->on_turn(now_us - before_us, loop->on_turn_arg);
        before_us = now_us;
    } while (!event_base_got_break(loop->base));
}

void loop_stop(struct loop *loop)
{
    event_base_loopbreak(loop->base);
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return loop_now_us(loop) / 1000;
}

uint64_t loop_now_us(const struct loop *loop)
{
    (void)loop;
    struct timespec now = read_clock(CLOCK_MONOTONIC);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int64_t loop_wall_ns(const struct loop *loop)
{
    (void)loop;
    struct timespec now = read_clock(CLOCK_REALTIME);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void loop_timer_start(struct loop *loop, struct loop_timer *timer, uint64_t due_ms, loop_fn *fn,
                      void *arg)
{
    loop_timer_stop(timer);
    timer->loop = loop;
    timer->fn = fn;
    timer->arg = arg;
    timer_queue_push(&loop->timers, timer, due_ms, loop_now_ms(loop));
    if (!loop->in_turn && timer_queue_first(&loop->timers) == timer)
        arm(loop);
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (timer->place)
        timer_queue_remove(&timer->loop->timers, timer);
}

struct loop_notifier {
    struct event *event;
    int fd;
    loop_fn *fn;
    void *arg;
};

static void on_notified(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct loop_notifier *notifier = arg;
    uint64_t count;
    if (read(fd, &count, sizeof count) == (ssize_t)sizeof count)
        notifier->fn(notifier->arg);
}

struct loop_notifier *loop_notifier_new(struct loop *loop, loop_fn *fn, void *arg)
{
    struct loop_notifier *notifier = xcalloc(1, sizeof *notifier);
    notifier->fn = fn;
    notifier->arg = arg;
    notifier->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (notifier->fd < 0)
        abort();
    notifier->event =
        event_new(loop->base, notifier->fd, EV_READ | EV_PERSIST, on_notified, notifier);
    if (!notifier->event || event_add(notifier->event, NULL) != 0)
        abort();
    return notifier;
}

void loop_notifier_free(struct loop_notifier *notifier)
{
    if (!notifier)
        return;
    event_free(notifier->event);
    close(notifier->fd);
    free(notifier);
}

void loop_notifier_signal(struct loop_notifier *notifier)
{
    /* Async-signal-safe; a full counter means that a wake-up is already pending. */
    int saved_errno = errno;
    const uint64_t one = 1;
    ssize_t written = write(notifier->fd, &one, sizeof one);
    (void)written;
    errno = saved_errno;
}
