#include "support/fake_loop.h"
#include "support/unit.h"

#include <string.h>

/* The fake must do what the flow tests build on; its order of timers is that of test_timer_queue.
 */
struct world {
    struct loop *loop;
    char text[100];
};

struct letter {
    struct loop_timer timer;
    struct world *world;
    char letter;
    uint64_t again_in_ms; /* 0: once */
    uint64_t ran_at_ms;
};

static void on_letter(void *arg)
{
    struct letter *letter = arg;
    struct world *world = letter->world;
    letter->ran_at_ms = loop_now_ms(world->loop);
    if (strlen(world->text) + 1 < sizeof world->text)
        world->text[strlen(world->text)] = letter->letter;
    if (letter->again_in_ms)
        loop_timer_start(world->loop, &letter->timer,
                         loop_now_ms(world->loop) + letter->again_in_ms, on_letter, letter);
    if (letter->letter == 's')
        loop_stop(world->loop);
}

static void start_in(struct letter *letter, uint64_t in_ms)
{
    struct loop *loop = letter->world->loop;
    loop_timer_start(loop, &letter->timer, loop_now_ms(loop) + in_ms, on_letter, letter);
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
    loop_free(world->loop);
    loop_free(NULL);
    return 0;
}

static void test_fake_loop_time_passes_only_when_told(void **state)
{
    struct world *world = *state;
    assert_int_equal(loop_now_ms(world->loop), FAKE_LOOP_START_MS);
    assert_true(loop_wall_ns(world->loop) == FAKE_LOOP_START_WALL_NS);
    fake_loop_run_ready(world->loop);
    assert_int_equal(loop_now_ms(world->loop), FAKE_LOOP_START_MS);
    fake_loop_advance(world->loop, 1500);
    assert_int_equal(loop_now_ms(world->loop), FAKE_LOOP_START_MS + 1500);
    assert_int_equal(loop_now_us(world->loop), (FAKE_LOOP_START_MS + 1500) * 1000ull);
    assert_true(loop_wall_ns(world->loop) == FAKE_LOOP_START_WALL_NS + 1500000000);
    fake_loop_set_wall_ns(world->loop, 42);
    fake_loop_advance(world->loop, 1);
    assert_true(loop_wall_ns(world->loop) == 1000042);
}

static void test_fake_loop_advance_runs_each_at_its_own_time(void **state)
{
    struct world *world = *state;
    struct letter a = {.world = world, .letter = 'a'}, b = {.world = world, .letter = 'b'};
    struct letter c = {.world = world, .letter = 'c'};
    start_in(&a, 30);
    start_in(&b, 10);
    start_in(&c, 31);
    assert_string_equal(world->text, "");
    fake_loop_advance(world->loop, 30);
    assert_string_equal(world->text, "ba");
    assert_int_equal(b.ran_at_ms, FAKE_LOOP_START_MS + 10);
    assert_int_equal(a.ran_at_ms, FAKE_LOOP_START_MS + 30);
    assert_int_equal(fake_loop_timer_count(world->loop), 1);
    loop_timer_stop(&c.timer);
    assert_int_equal(fake_loop_timer_count(world->loop), 0);
}

static void test_fake_loop_run_ready_runs_posts_of_posts_but_no_later_timer(void **state)
{
    struct world *world = *state;
    struct letter a = {.world = world, .letter = 'a', .again_in_ms = 7};
    start_in(&a, 0);
    fake_loop_run_ready(world->loop);
    assert_string_equal(world->text, "a");
    fake_loop_advance(world->loop, 14);
    assert_string_equal(world->text, "aaa");
    loop_timer_stop(&a.timer);
}

static void test_fake_loop_run_until_idle_jumps_over_the_waiting(void **state)
{
    struct world *world = *state;
    struct letter a = {.world = world, .letter = 'a'}, b = {.world = world, .letter = 'b'};
    start_in(&a, 3600000);
    start_in(&b, 7200000);
    fake_loop_run_until_idle(world->loop);
    assert_string_equal(world->text, "ab");
    assert_int_equal(loop_now_ms(world->loop), FAKE_LOOP_START_MS + 7200000);
}

static void test_fake_loop_stop_ends_the_run_where_it_was(void **state)
{
    struct world *world = *state;
    struct letter s = {.world = world, .letter = 's'}, b = {.world = world, .letter = 'b'};
    start_in(&s, 10);
    start_in(&b, 10);
    loop_run(world->loop);
    assert_string_equal(world->text, "s");
    start_in(&s, 5);
    fake_loop_advance(world->loop, 100);
    assert_string_equal(world->text, "sbs");
    assert_int_equal(loop_now_ms(world->loop), FAKE_LOOP_START_MS + 15);
}

static void test_fake_loop_notifier_signals_count_as_one(void **state)
{
    struct world *world = *state;
    struct letter a = {.world = world, .letter = 'a'};
    struct loop_notifier *notifier = loop_notifier_new(world->loop, on_letter, &a);
    loop_notifier_signal(notifier);
    loop_notifier_signal(notifier);
    assert_string_equal(world->text, "");
    fake_loop_run_ready(world->loop);
    assert_string_equal(world->text, "a");
    loop_notifier_signal(notifier);
    loop_notifier_free(notifier);
    loop_notifier_free(NULL);
    fake_loop_run_ready(world->loop);
    assert_string_equal(world->text, "a");
}

static void run_for_ever(void *arg)
{
    struct world *world = arg;
    struct letter a = {.world = world, .letter = 'a', .again_in_ms = 1};
    start_in(&a, 0);
    fake_loop_run_until_idle(world->loop);
}

static void run_without_a_stop(void *arg)
{
    struct world *world = arg;
    loop_run(world->loop);
}

static void run_inside(void *arg)
{
    struct world *world = arg;
    fake_loop_run_ready(world->loop);
}

static void run_inside_a_callback(void *arg)
{
    struct world *world = arg;
    struct loop_timer timer = {0};
    loop_timer_start(world->loop, &timer, 0, run_inside, world);
    fake_loop_run_ready(world->loop);
}

static void test_fake_loop_misuse_ends_the_process(void **state)
{
    unit_assert_dies(run_for_ever, *state);
    unit_assert_dies(run_without_a_stop, *state);
    unit_assert_dies(run_inside_a_callback, *state);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_fake_loop_time_passes_only_when_told),
        CASE(test_fake_loop_advance_runs_each_at_its_own_time),
        CASE(test_fake_loop_run_ready_runs_posts_of_posts_but_no_later_timer),
        CASE(test_fake_loop_run_until_idle_jumps_over_the_waiting),
        CASE(test_fake_loop_stop_ends_the_run_where_it_was),
        CASE(test_fake_loop_notifier_signals_count_as_one),
        CASE(test_fake_loop_misuse_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
