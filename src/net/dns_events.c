#include "net/dns_events.h"

#include "base/list.h"
#include "base/mem.h"
#include "net/loop_event.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>
#include <unbound-event.h>

/* libunbound's numbers are libevent's. */
static_assert(UB_EV_TIMEOUT == EV_TIMEOUT && UB_EV_READ == EV_READ && UB_EV_WRITE == EV_WRITE &&
                  UB_EV_PERSIST == EV_PERSIST,
              "bits of libunbound's events");

struct dns_events {
    struct ub_event_base base; /* first: libunbound knows nothing else of it */
    struct loop *loop;
    struct list ready;         /* events that libunbound is to be told of */
    struct loop_timer telling; /* runs while there are such */
    size_t count;              /* of all events */
};

struct dns_event {
    struct ub_event base; /* first, likewise */
    struct dns_events *events;
    struct event *event;
    int fd;
    short bits;
    void (*told)(int fd, short what, void *arg);
    void *arg;
    short what; /* happened */
    struct list in_ready;
};

static struct dns_event *event_of(struct ub_event *base)
{
    return (struct dns_event *)(void *)base;
}

/* ---- telling libunbound ---- */

static void tell(struct dns_event *event)
{
    short what = event->what;
    list_remove(&event->in_ready);
    event->what = 0;
    /* What came in time, but had to queue up until it was late, is not late. */
    if (what & (EV_READ | EV_WRITE))
        what &= (short)~EV_TIMEOUT;
    event->told(event->fd, what, event->arg); /* may free it, and others */
}

static void on_telling(void *arg)
{
    struct dns_events *events = arg;
    uint64_t end_us = loop_now_us(events->loop) + DNS_EVENTS_MAX_US;
    while (!list_is_empty(&events->ready)) {
        tell(LIST_ENTRY(events->ready.next, struct dns_event, in_ready));
        if (loop_now_us(events->loop) >= end_us)
            break;
    }
    if (!list_is_empty(&events->ready))
        loop_timer_start(events->loop, &events->telling, 0, on_telling, events);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    struct dns_event *event = arg;
    struct dns_events *events = event->events;
    (void)fd;
    event->what |= what;
    if (list_is_linked(&event->in_ready))
        return;
    if (list_is_empty(&events->ready))
        loop_timer_start(events->loop, &events->telling, 0, on_telling, events);
    list_append(&events->ready, &event->in_ready);
}

/* ---- what libunbound asks for ---- */

static void forget(struct dns_event *event)
{
    event->what = 0;
    list_remove(&event->in_ready);
}

static int deactivate(struct ub_event *base)
{
    struct dns_event *event = event_of(base);
    forget(event);
    return event_del(event->event);
}

static int activate(struct ub_event *base, struct timeval *timeout)
{
    struct dns_event *event = event_of(base);
    /* A new time begins: what the old one came to no longer counts. */
    if (timeout && (event->what & (EV_READ | EV_WRITE)) == 0)
        forget(event);
    return event_add(event->event, timeout);
}

/* The event is not active: so libunbound promises. */
static void assign(struct dns_event *event)
{
    struct event_base *base = loop_event_base(event->events->loop);
    if (event_assign(event->event, base, event->fd, event->bits, on_event, event) != 0)
        abort(); /* bits that do not go together: a bug */
}

static void add_bits(struct ub_event *base, short bits)
{
    struct dns_event *event = event_of(base);
    event->bits |= bits;
    assign(event);
}

static void del_bits(struct ub_event *base, short bits)
{
    struct dns_event *event = event_of(base);
    event->bits &= (short)~bits;
    assign(event);
}

static void set_fd(struct ub_event *base, int fd)
{
    struct dns_event *event = event_of(base);
    event->fd = fd;
    assign(event);
}

static int start_timer(struct ub_event *base, struct ub_event_base *events,
                       void (*told)(int, short, void *), void *arg, struct timeval *timeout)
{
    struct dns_event *event = event_of(base);
    (void)events; /* its own */
    deactivate(base);
    event->told = told;
    event->arg = arg;
    return event_add(event->event, timeout);
}

static void free_event(struct ub_event *base)
{
    struct dns_event *event = event_of(base);
    forget(event);
    event->events->count--;
    event_free(event->event);
    free(event);
}

static struct ub_event *new_event(struct ub_event_base *base, int fd, short bits,
                                  void (*told)(int, short, void *), void *arg)
{
    static struct ub_event_vmt methods = {.add_bits = add_bits,
                                          .del_bits = del_bits,
                                          .set_fd = set_fd,
                                          .free = free_event,
                                          .add = activate,
                                          .del = deactivate,
                                          .add_timer = start_timer,
                                          .del_timer = deactivate};
    struct dns_events *events = (struct dns_events *)(void *)base;
    struct dns_event *event = xcalloc(1, sizeof *event);
    event->base = (struct ub_event){.magic = UB_EVENT_MAGIC, .vmt = &methods};
    event->events = events;
    event->fd = fd;
    event->bits = bits;
    event->told = told;
    event->arg = arg;
    event->event = event_new(loop_event_base(events->loop), fd, bits, on_event, event);
    if (!event->event)
        abort(); /* out of memory */
    events->count++;
    return &event->base;
}

/* ---- the whole ---- */

struct dns_events *dns_events_new(struct loop *loop)
{
    static struct ub_event_base_vmt methods = {.new_event =
                                                   new_event}; /* all that a context calls */
    struct dns_events *events = xcalloc(1, sizeof *events);
    events->base = (struct ub_event_base){.magic = UB_EVENT_MAGIC, .vmt = &methods};
    events->loop = loop;
    list_init(&events->ready);
    return events;
}

void dns_events_free(struct dns_events *events)
{
    if (!events)
        return;
    assert(events->count == 0 && list_is_empty(&events->ready));
    loop_timer_stop(&events->telling);
    free(events);
}

struct ub_event_base *dns_events_base(struct dns_events *events)
{
    return &events->base;
}
