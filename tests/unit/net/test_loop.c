#include "net/loop.h"
#include "support/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Timers that write their letter into one text; the loop stops when `stop_after` have. */
struct world {
    struct loop *loop;
    char text[200];
    size_t stop_after;
};

struct letter {
    struct loop_timer timer;
    struct world *world;
    char letter;
    void (*then)(struct letter *letter); /* may be NULL */
    struct letter *other;                /* for `then` */
    struct loop_notifier *notifier;      /* for `then` */
    uint64_t due_ms;
    uint64_t ran_at_ms;
};

static void on_letter(void *arg)
{
    struct letter *letter = arg;
    struct world *world = letter->world;
    size_t at = strlen(world->text);
    world->text[at] = letter->letter;
    letter->ran_at_ms = loop_now_ms(world->loop);
    if (letter->then)
        letter->then(letter);
    if (at + 1 == world->stop_after)
        loop_stop(world->loop);
}

static void start_in(struct letter *letter, int64_t in_ms)
{
    letter->due_ms = (uint64_t)((int64_t)loop_now_ms(letter->world->loop) + in_ms);
    loop_timer_start(letter->world->loop, &letter->timer, letter->due_ms, on_letter, letter);
}

static int setup(void **state)
{
    static struct world world;
    world = (struct world){.loop = loop_new()};
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    loop_free(world->loop); /* asserts that no timer is left */
    return 0;
}

static void test_loop_timers_run_in_order_and_never_early(void **state)
{
    struct world *world = *state;
    struct letter letters[7] = {0};
    const int64_t in_ms[] = {30, 5, 20, 5, 0, -50, 6}; /* b and d, e and f at the same time */
    for (size_t i = 0; i < 7; i++) {
        letters[i] = (struct letter){.world = world, .letter = (char)('a' + i)};
        start_in(&letters[i], in_ms[i]);
    }
    assert_string_equal(world->text, ""); /* nothing runs on the stack of the start */
    world->stop_after = 7;
    loop_run(world->loop);
    assert_string_equal(world->text, "efbdgca");
    for (size_t i = 0; i < 7; i++)
        assert_true(letters[i].ran_at_ms >= letters[i].due_ms);
}

static void busy_for_20_ms(struct letter *letter)
{
    uint64_t end = loop_now_ms(letter->world->loop) + 20;
    while (loop_now_ms(letter->world->loop) < end) {
    }
    start_in(letter->other, 10);
}

/* libevent computes with the time at which it began to run callbacks. */
static void test_loop_timer_started_late_in_a_callback_is_not_early(void **state)
{
    struct world *world = *state;
    struct letter b = {.world = world, .letter = 'b'};
    struct letter a = {.world = world, .letter = 'a', .then = busy_for_20_ms, .other = &b};
    start_in(&a, 0);
    world->stop_after = 2;
    loop_run(world->loop);
    assert_string_equal(world->text, "ab");
    assert_true(b.ran_at_ms >= b.due_ms);
}

static void stop_other(struct letter *letter)
{
    loop_timer_stop(&letter->other->timer);
    loop_timer_stop(&letter->timer); /* not running any more: no effect */
}

static void test_loop_timer_stopped_from_a_callback_does_not_run(void **state)
{
    struct world *world = *state;
    struct letter b = {.world = world, .letter = 'b'};
    struct letter a = {.world = world, .letter = 'a', .then = stop_other, .other = &b};
    struct letter z = {.world = world, .letter = 'z'};
    start_in(&a, 0);
    start_in(&b, 0); /* due on the same turn */
    start_in(&z, 5);
    world->stop_after = 2;
    loop_run(world->loop);
    assert_string_equal(world->text, "az");
}

static void restart_self(struct letter *letter)
{
    if (strlen(letter->world->text) < 5)
        start_in(letter, 1);
}

static void test_loop_timer_restarts_in_its_own_callback(void **state)
{
    struct world *world = *state;
    struct letter a = {.world = world, .letter = 'a', .then = restart_self};
    start_in(&a, 0);
    world->stop_after = 5;
    loop_run(world->loop);
    assert_string_equal(world->text, "aaaaa");
}

static void test_loop_timer_start_again_moves_it(void **state)
{
    struct world *world = *state;
    struct letter a = {.world = world, .letter = 'a'}, b = {.world = world, .letter = 'b'};
    start_in(&a, 2);
    start_in(&b, 10);
    start_in(&a, 20);
    world->stop_after = 2;
    loop_run(world->loop);
    assert_string_equal(world->text, "ba");
}

static void test_loop_timer_stop_is_fine_when_not_running(void **state)
{
    (void)state;
    struct loop_timer timer = {0};
    loop_timer_stop(&timer);
    loop_timer_stop(&timer);
}

static void test_loop_timer_far_away_is_accepted(void **state)
{
    struct world *world = *state;
    struct letter never = {.world = world, .letter = 'n'}, a = {.world = world, .letter = 'a'};
    loop_timer_start(world->loop, &never.timer, UINT64_MAX, on_letter, &never);
    start_in(&a, 5);
    world->stop_after = 1;
    loop_run(world->loop);
    assert_string_equal(world->text, "a");
    loop_timer_stop(&never.timer);
}

static void test_loop_stop_lets_nothing_more_run(void **state)
{
    struct world *world = *state;
    struct letter a = {.world = world, .letter = 'a'}, b = {.world = world, .letter = 'b'};
    start_in(&a, 0);
    start_in(&b, 0);
    world->stop_after = 1;
    loop_run(world->loop);
    assert_string_equal(world->text, "a");
    world->stop_after = 2;
    loop_run(world->loop); /* and it goes on when it is run again */
    assert_string_equal(world->text, "ab");
}

struct heard {
    struct world *world;
    struct loop_notifier *notifier;
    int times;
};

static void on_heard(void *arg)
{
    struct heard *heard = arg;
    heard->times++;
    loop_stop(heard->world->loop);
}

static void *signal_it(void *arg)
{
    loop_notifier_signal(arg);
    return NULL;
}

static void test_loop_notifier_from_another_thread_wakes_the_loop(void **state)
{
    struct world *world = *state;
    struct heard heard = {.world = world};
    heard.notifier = loop_notifier_new(world->loop, on_heard, &heard);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, signal_it, heard.notifier), 0);
    loop_run(world->loop);
    pthread_join(thread, NULL);
    assert_int_equal(heard.times, 1);
    loop_notifier_free(heard.notifier);
}

static void test_loop_notifier_signals_before_it_runs_count_as_one(void **state)
{
    struct world *world = *state;
    struct heard heard = {.world = world};
    heard.notifier = loop_notifier_new(world->loop, on_heard, &heard);
    errno = ENOTTY;
    for (int i = 0; i < 3; i++)
        loop_notifier_signal(heard.notifier);
    assert_int_equal(errno, ENOTTY); /* for signal handlers */
    loop_run(world->loop);
    struct letter a = {.world = world, .letter = 'a'};
    start_in(&a, 5);
    world->stop_after = 1;
    loop_run(world->loop);
    assert_int_equal(heard.times, 1);
    loop_notifier_signal(heard.notifier); /* and again */
    loop_run(world->loop);
    assert_int_equal(heard.times, 2);
    loop_notifier_free(heard.notifier);
}

static void repost(void *arg)
{
    struct letter *letter = arg;
    loop_timer_start(letter->world->loop, &letter->timer, 0, repost, letter);
}

/* Something that posts itself for ever must not keep descriptors or timers from their turn. */
static void test_loop_endless_posts_starve_nobody(void **state)
{
    struct world *world = *state;
    struct heard heard = {.world = world};
    heard.notifier = loop_notifier_new(world->loop, on_heard, &heard);
    struct letter a = {.world = world}, b = {.world = world, .letter = 'b'};
    repost(&a);
    loop_notifier_signal(heard.notifier);
    loop_run(world->loop);
    assert_int_equal(heard.times, 1);
    start_in(&b, 5);
    world->stop_after = 1;
    loop_run(world->loop);
    assert_string_equal(world->text, "b");
    loop_timer_stop(&a.timer);
    loop_notifier_free(heard.notifier);
}

static void signal_and_post(struct letter *letter)
{
    loop_notifier_signal(letter->notifier);
    start_in(letter->other, -1);
}

static void test_loop_descriptors_have_their_turn_before_what_a_timer_posts(void **state)
{
    struct world *world = *state;
    struct letter n = {.world = world, .letter = 'n'}, b = {.world = world, .letter = 'b'};
    struct letter a = {.world = world, .letter = 'a', .then = signal_and_post, .other = &b};
    a.notifier = loop_notifier_new(world->loop, on_letter, &n);
    start_in(&a, 0);
    world->stop_after = 3;
    loop_run(world->loop);
    assert_string_equal(world->text, "anb");
    loop_notifier_free(a.notifier);
}

static void free_notifier(void *arg)
{
    struct heard *heard = arg;
    loop_notifier_free(heard->notifier);
    loop_stop(heard->world->loop);
}

static void test_loop_notifier_may_be_freed_in_its_callback(void **state)
{
    struct world *world = *state;
    struct heard heard = {.world = world};
    heard.notifier = loop_notifier_new(world->loop, free_notifier, &heard);
    loop_notifier_signal(heard.notifier);
    loop_run(world->loop);
}

static void test_loop_clocks_agree_with_the_system(void **state)
{
    struct world *world = *state;
    uint64_t us = loop_now_us(world->loop), ms = loop_now_ms(world->loop);
    assert_true(ms >= us / 1000 && ms - us / 1000 < 1000);
    assert_true(loop_now_us(world->loop) >= us);
    int64_t wall_s = loop_wall_ns(world->loop) / 1000000000;
    assert_true(wall_s <= (int64_t)time(NULL) && wall_s + 2 > (int64_t)time(NULL));
}

static void test_loop_free_of_null_is_fine(void **state)
{
    (void)state;
    loop_free(NULL);
    loop_notifier_free(NULL);
}

/* ---- turns ---- */

struct turns {
    uint64_t longest_us;
    size_t count;
};

static void on_turn(uint64_t cpu_us, void *arg)
{
    struct turns *turns = arg;
    turns->count++;
    if (turns->longest_us < cpu_us)
        turns->longest_us = cpu_us;
}

static void burn(struct letter *letter)
{
    struct timespec start, now;
    if (letter->notifier)
        loop_notifier_signal(letter->notifier);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < 30);
}

/* Many timers that are due together, as where many checks end at the same deadline. */
static void test_timers_of_one_moment_share_the_loop_with_descriptors(void **state)
{
    enum { COUNT = 8 };
    struct world *world = *state;
    struct turns turns = {0};
    struct letter n = {.world = world, .letter = 'n'}, letters[COUNT];
    struct loop_notifier *notifier = loop_notifier_new(world->loop, on_letter, &n);
    loop_watch_turns(world->loop, on_turn, &turns);
    for (size_t i = 0; i < COUNT; i++) {
        letters[i] = (struct letter){.world = world, .letter = (char)('a' + i), .then = burn};
        start_in(&letters[i], 0);
    }
    letters[0].notifier = notifier;
    world->stop_after = COUNT + 1;
    loop_run(world->loop);
    assert_string_equal(world->text, "anbcdefgh");
    assert_true(turns.longest_us < 2 * 30000);
    loop_notifier_free(notifier);
}

static void test_turns_are_told_with_their_cpu(void **state)
{
    struct world *world = *state;
    struct turns turns = {0};
    struct letter quick = {.world = world, .letter = 'q'};
    struct letter slow = {.world = world, .letter = 's', .then = burn};
    loop_watch_turns(world->loop, on_turn, &turns);
    world->stop_after = 1;
    start_in(&quick, 50); /* waiting costs nothing */
    loop_run(world->loop);
    assert_string_equal(world->text, "q");
    assert_true(turns.count >= 1 && turns.longest_us < 20000);
    world->stop_after = 2;
    start_in(&slow, 1);
    loop_run(world->loop);
    assert_string_equal(world->text, "qs");
    assert_true(turns.longest_us >= 29000 && turns.longest_us < 1000000);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_loop_timers_run_in_order_and_never_early),
        CASE(test_loop_timer_started_late_in_a_callback_is_not_early),
        CASE(test_loop_timer_stopped_from_a_callback_does_not_run),
        CASE(test_loop_timer_restarts_in_its_own_callback),
        CASE(test_loop_timer_start_again_moves_it),
        CASE(test_loop_timer_stop_is_fine_when_not_running),
        CASE(test_loop_timer_far_away_is_accepted),
        CASE(test_loop_stop_lets_nothing_more_run),
        CASE(test_loop_notifier_from_another_thread_wakes_the_loop),
        CASE(test_loop_notifier_signals_before_it_runs_count_as_one),
        CASE(test_loop_endless_posts_starve_nobody),
        CASE(test_loop_descriptors_have_their_turn_before_what_a_timer_posts),
        CASE(test_loop_notifier_may_be_freed_in_its_callback),
        CASE(test_loop_clocks_agree_with_the_system),
        CASE(test_loop_free_of_null_is_fine),
        CASE(test_timers_of_one_moment_share_the_loop_with_descriptors),
        CASE(test_turns_are_told_with_their_cpu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
