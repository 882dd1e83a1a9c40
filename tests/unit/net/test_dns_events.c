/* net/dns_events, called as libunbound calls it. */
#include "net/dns_events.h"

#include "base/mem.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <time.h>
#include <unbound-event.h>
#include <unistd.h>

enum { EVENTS_MAX = 8 };

struct world;

/* A descriptor that is ready, or a timer. */
struct source {
    struct world *world;
    struct ub_event *event;
    int fd;
    char letter;
    void (*then)(struct source *source); /* may be NULL */
    struct source *other;                /* for `then` */
    short what;
    int told_fd;
};

struct world {
    struct loop *loop;
    struct dns_events *events;
    struct ub_event_base *base;
    struct source sources[EVENTS_MAX];
    size_t count;
    char text[64]; /* the letters of those that were told */
    struct loop_timer timer;
    struct loop_timer end;
};

static int set_up(void **state)
{
    static struct world world;
    world = (struct world){.loop = loop_new()};
    world.events = dns_events_new(world.loop);
    world.base = dns_events_base(world.events);
    *state = &world;
    return 0;
}

static void free_source(struct source *source)
{
    if (!source->event)
        return;
    source->event->vmt->del(source->event);
    source->event->vmt->free(source->event);
    source->event = NULL;
    if (source->fd >= 0)
        close(source->fd);
}

static int tear_down(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < world->count; i++)
        free_source(&world->sources[i]);
    dns_events_free(world->events); /* asserts that none is left */
    loop_free(world->loop);
    return 0;
}

static void put(struct world *world, char letter)
{
    world->text[strlen(world->text)] = letter;
}

static void on_told(int fd, short what, void *arg)
{
    struct source *source = arg;
    source->what = what;
    source->told_fd = fd;
    put(source->world, source->letter);
    if (source->then)
        source->then(source);
}

/* Without a descriptor (-1) it is a timer. */
static struct source *add_source(struct world *world, int fd, short bits)
{
    struct source *source = &world->sources[world->count];
    *source = (struct source){.world = world, .fd = fd, .letter = (char)('a' + world->count++)};
    source->event = world->base->vmt->new_event(world->base, fd, bits, on_told, source);
    assert_int_equal(source->event->magic, UB_EVENT_MAGIC);
    return source;
}

/* A datagram socket of libunbound's with something to read. */
static struct source *add_ready(struct world *world)
{
    struct source *source = add_source(world, eventfd(1, EFD_CLOEXEC), UB_EV_READ | UB_EV_PERSIST);
    assert_int_equal(source->event->vmt->add(source->event, NULL), 0);
    return source;
}

static void deactivate(struct source *source)
{
    assert_int_equal(source->event->vmt->del(source->event), 0);
}

static void deactivate_other(struct source *source)
{
    deactivate(source);
    deactivate(source->other);
}

static void free_other(struct source *source)
{
    deactivate(source);
    free_source(source->other);
}

static void on_end(void *arg)
{
    struct world *world = arg;
    loop_stop(world->loop);
}

static void run_for(struct world *world, unsigned ms)
{
    loop_timer_start(world->loop, &world->end, loop_now_ms(world->loop) + ms, on_end, world);
    loop_run(world->loop);
}

static void test_what_is_ready_is_told_in_order(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < 3; i++)
        add_ready(world)->then = deactivate;
    assert_string_equal(world->text, ""); /* nothing on the stack of the start */
    run_for(world, 20);
    assert_string_equal(world->text, "abc");
    assert_int_equal(world->sources[1].what, UB_EV_READ);
    assert_int_equal(world->sources[1].told_fd, world->sources[1].fd);
}

static void stop_at_third(struct source *source)
{
    if (strlen(source->world->text) == 3)
        deactivate(source);
}

static void test_descriptor_that_stays_ready_is_told_again(void **state)
{
    struct world *world = *state;
    add_ready(world);
    world->sources[0].then = stop_at_third;
    run_for(world, 20);
    assert_string_equal(world->text, "aaa");
}

static void test_what_is_deactivated_or_freed_while_it_queues_up_is_not_told(void **state)
{
    struct world *world = *state;
    void (*const ways[])(struct source *) = {deactivate_other, free_other};
    for (size_t i = 0; i < 2; i++) {
        struct source *one = add_ready(world), *other = add_ready(world);
        one->then = ways[i];
        one->other = other;
        run_for(world, 20);
    }
    assert_string_equal(world->text, "ac");
}

static void burn(struct source *source)
{
    uint64_t end_us = loop_now_us(source->world->loop) + DNS_EVENTS_MAX_US;
    while (loop_now_us(source->world->loop) < end_us) {
    }
    deactivate(source);
}

static void on_timer(void *arg)
{
    put(arg, '*');
}

static void burn_and_start_timer(struct source *source)
{
    loop_timer_start(source->world->loop, &source->world->timer, 0, on_timer, source->world);
    burn(source);
}

/* Hundreds of questions whose name servers answer at once. */
static void test_others_have_their_turn_before_all_is_told(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < EVENTS_MAX; i++)
        add_ready(world)->then = i == 0 ? burn_and_start_timer : burn;
    run_for(world, 100);
    assert_string_equal(world->text, "a*bcdefgh");
}

static void start_timer(struct source *source, unsigned ms)
{
    struct timeval time = {.tv_usec = (suseconds_t)(ms * 1000)};
    assert_int_equal(
        source->event->vmt->add_timer(source->event, source->world->base, on_told, source, &time),
        0);
}

static void restart_other(struct source *source)
{
    deactivate(source);
    start_timer(source->other, 30);
}

static void sleep_5_ms(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static void wait_5_ms(struct source *source)
{
    sleep_5_ms();
    deactivate(source);
}

static void test_timer_is_told_once_and_late_ones_begin_anew(void **state)
{
    struct world *world = *state;
    struct source *timer = add_source(world, -1, UB_EV_TIMEOUT);
    start_timer(timer, 5);
    run_for(world, 20);
    assert_string_equal(world->text, "a");
    assert_int_equal(timer->what, UB_EV_TIMEOUT);
    /* Both are over in the same turn; the first starts the second anew. */
    struct source *first = add_source(world, -1, UB_EV_TIMEOUT);
    first->then = restart_other;
    first->other = timer;
    start_timer(first, 1);
    start_timer(timer, 2);
    sleep_5_ms();
    run_for(world, 15);
    assert_string_equal(world->text, "ab");
    run_for(world, 40);
    assert_string_equal(world->text, "aba");
    start_timer(timer, 5);
    assert_int_equal(timer->event->vmt->del_timer(timer->event), 0);
    run_for(world, 20);
    assert_string_equal(world->text, "aba");
}

static void test_what_came_in_time_is_not_late(void **state)
{
    struct world *world = *state;
    const short bits = UB_EV_READ | UB_EV_PERSIST | UB_EV_TIMEOUT;
    struct timeval time = {.tv_usec = 3000};
    int held[2];
    assert_int_equal(pipe(held), 0);
    struct source *slow = add_ready(world), *timed = add_source(world, held[0], bits);
    slow->then = wait_5_ms;
    timed->then = deactivate;
    assert_int_equal(timed->event->vmt->add(timed->event, &time), 0);
    assert_int_equal(write(held[1], "x", 1), 1);
    run_for(world, 30);
    assert_string_equal(world->text, "ab");
    assert_int_equal(timed->what, UB_EV_READ);
    /* And where nothing comes, it is late. */
    char byte;
    assert_int_equal(read(held[0], &byte, 1), 1);
    assert_int_equal(timed->event->vmt->add(timed->event, &time), 0);
    run_for(world, 30);
    assert_int_equal(timed->what, UB_EV_TIMEOUT);
    close(held[1]);
}

static void test_descriptor_and_bits_can_be_changed(void **state)
{
    struct world *world = *state;
    struct source *source = add_source(world, -1, UB_EV_PERSIST);
    source->then = deactivate;
    source->fd = eventfd(1, EFD_CLOEXEC);
    source->event->vmt->set_fd(source->event, source->fd);
    source->event->vmt->add_bits(source->event, UB_EV_WRITE | UB_EV_READ);
    source->event->vmt->del_bits(source->event, UB_EV_READ);
    assert_int_equal(source->event->vmt->add(source->event, NULL), 0);
    run_for(world, 20);
    assert_string_equal(world->text, "a");
    assert_int_equal(source->what, UB_EV_WRITE);
    assert_int_equal(source->told_fd, source->fd);
}

static void test_free_of_null_is_fine(void **state)
{
    (void)state;
    dns_events_free(NULL);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_what_is_ready_is_told_in_order),
        CASE(test_descriptor_that_stays_ready_is_told_again),
        CASE(test_what_is_deactivated_or_freed_while_it_queues_up_is_not_told),
        CASE(test_others_have_their_turn_before_all_is_told),
        CASE(test_timer_is_told_once_and_late_ones_begin_anew),
        CASE(test_what_came_in_time_is_not_late),
        CASE(test_descriptor_and_bits_can_be_changed),
        CASE(test_free_of_null_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
