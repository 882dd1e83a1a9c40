/* net/aside with its threads: what comes back, in what order, and what is refused. */
#include "net/aside.h"

#include "base/mem.h"
#include "support/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What all pieces of work share; they live on the heap, as whatever a thread may have last. */
static atomic_uint freed;
static atomic_uint running;
static atomic_bool gate_is_open;
static atomic_uint ran;

/* A piece of work. */
struct piece {
    bool waits; /* until the gate is open */
    pthread_t thread;
    unsigned order; /* how many ran before it */
};

struct world {
    struct aside_pool *pool;
    struct loop *loop;
    struct aside *aside;
    struct job_group group;
    unsigned told, busy, late;
    unsigned last_order;
    bool was_here; /* in the loop's thread */
    unsigned stop_after;
};

static void sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)ms * 1000000}, NULL);
}

static void run_piece(void *data)
{
    struct piece *piece = data;
    atomic_fetch_add(&running, 1);
    while (piece->waits && !atomic_load(&gate_is_open))
        sleep_ms(1);
    piece->thread = pthread_self();
    piece->order = atomic_fetch_add(&ran, 1);
    atomic_fetch_sub(&running, 1);
}

static void free_piece(void *data)
{
    atomic_fetch_add(&freed, 1);
    free(data);
}

static void on_done(enum aside_status status, void *data, void *arg)
{
    struct world *world = arg;
    const struct piece *piece = data;
    assert_int_equal(piece != NULL, status == ASIDE_DONE);
    world->told++;
    world->busy += status == ASIDE_BUSY;
    world->late += status == ASIDE_LATE;
    if (piece) {
        world->last_order = piece->order;
        world->was_here = pthread_equal(piece->thread, pthread_self());
    }
    if (world->told == world->stop_after)
        loop_stop(world->loop);
}

static struct aside_job *start(struct world *world, const char *caller, bool waits,
                               uint64_t deadline_ms)
{
    struct piece *piece = xcalloc(1, sizeof *piece);
    piece->waits = waits;
    const struct aside_work work = {
        .caller = caller, .data = piece, .run = run_piece, .free = free_piece};
    return aside_start(world->aside, &work, &world->group, deadline_ms, on_done, world);
}

static void run_until_told(struct world *world, unsigned count)
{
    world->stop_after = count;
    if (world->told < count)
        loop_run(world->loop);
    assert_int_equal(world->told, count);
}

static void wait_for(const atomic_uint *counter, unsigned value)
{
    for (int i = 0; atomic_load(counter) != value; i++) {
        assert_true(i < 10000);
        sleep_ms(1);
    }
}

static int setup(void **state)
{
    static struct world world;
    world = (struct world){.pool = aside_pool_new(), .loop = loop_new()};
    world.aside = aside_new(world.loop, world.pool);
    job_group_init(&world.group);
    atomic_store(&freed, 0);
    atomic_store(&ran, 0);
    atomic_store(&gate_is_open, false);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    atomic_store(&gate_is_open, true);
    job_group_cancel(&world->group);
    aside_free(world->aside);
    loop_free(world->loop);
    aside_pool_free(world->pool);
    return 0;
}

static void test_work_is_done_in_another_thread_and_told_on_the_loop(void **state)
{
    struct world *world = *state;
    world->was_here = true;
    start(world, "a", false, JOB_NO_DEADLINE);
    wait_for(&ran, 1);
    assert_int_equal(world->told, 0); /* not before the loop runs */
    run_until_told(world, 1);
    assert_false(world->was_here);
    assert_int_equal(world->busy + world->late, 0);
    assert_int_equal(atomic_load(&freed), 1);
}

static void test_cancelled_work_is_silent_wherever_it_is(void **state)
{
    struct world *world = *state;
    struct aside_job *jobs[8];
    for (size_t i = 0; i < 8; i++)
        jobs[i] = start(world, "a", true, JOB_NO_DEADLINE);
    wait_for(&running, ASIDE_LANE_THREADS);
    aside_cancel(jobs[7]); /* it waits: gone at once */
    assert_int_equal(atomic_load(&freed), 1);
    aside_cancel(jobs[0]); /* it runs: its thread has it */
    assert_int_equal(atomic_load(&freed), 1);
    atomic_store(&gate_is_open, true);
    wait_for(&ran, 7);
    aside_cancel(jobs[6]); /* it ran, and was not told yet */
    run_until_told(world, 5);
    assert_int_equal(atomic_load(&freed), 8);
}

static void test_work_that_is_late_is_told_in_time_and_freed_by_its_thread(void **state)
{
    struct world *world = *state;
    uint64_t now_ms = loop_now_ms(world->loop);
    for (size_t i = 0; i < ASIDE_LANE_THREADS + 1; i++) /* one of them waits */
        start(world, "a", true, now_ms + 30);
    run_until_told(world, ASIDE_LANE_THREADS + 1);
    assert_true(loop_now_ms(world->loop) - now_ms < 2000);
    assert_int_equal(world->late, ASIDE_LANE_THREADS + 1);
    assert_int_equal(atomic_load(&freed), 1);
    atomic_store(&gate_is_open, true);
    wait_for(&freed, ASIDE_LANE_THREADS + 1);
}

/* Who has two pieces at work that never end, and a thousand that wait, holds up nobody else. */
static void test_caller_with_costly_work_holds_up_himself(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < 500; i++)
        start(world, "slow", true, JOB_NO_DEADLINE);
    wait_for(&running, ASIDE_LANE_THREADS);
    for (size_t i = 0; i < 20; i++)
        start(world, i % 2 ? "quick" : NULL, false, JOB_NO_DEADLINE);
    run_until_told(world, 20);
    assert_int_equal(world->busy, 0);
    assert_int_equal(atomic_load(&running), ASIDE_LANE_THREADS);
}

/* Work that nobody awaits any more counts until it ends: cancelling makes no room for more. */
static void test_lane_counts_what_was_cancelled_while_it_ran(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < ASIDE_LANE_THREADS; i++)
        start(world, "slow", true, JOB_NO_DEADLINE);
    wait_for(&running, ASIDE_LANE_THREADS);
    job_group_cancel(&world->group);
    start(world, "slow", true, JOB_NO_DEADLINE);
    start(world, "quick", false, JOB_NO_DEADLINE);
    run_until_told(world, 1);
    assert_int_equal(atomic_load(&running), ASIDE_LANE_THREADS);
}

static void test_lanes_take_turns(void **state)
{
    struct world *world = *state;
    /* One thread is left for the others: what it runs, and when, is told by `order`. */
    for (size_t i = 0; i < ASIDE_LANE_THREADS; i++)
        start(world, "slow", true, JOB_NO_DEADLINE);
    wait_for(&running, ASIDE_LANE_THREADS);
    start(world, "plug", true, JOB_NO_DEADLINE);
    wait_for(&running, ASIDE_THREADS);
    for (size_t i = 0; i < 100; i++)
        start(world, "many", false, JOB_NO_DEADLINE);
    struct world other = {.loop = world->loop, .aside = world->aside, .stop_after = 1};
    job_group_init(&other.group);
    start(&other, "few", false, JOB_NO_DEADLINE);
    atomic_store(&gate_is_open, true);
    loop_run(world->loop);
    assert_int_equal(other.told, 1);
    assert_true(other.last_order < ASIDE_THREADS + 10);
}

static void test_beyond_the_limit_the_longest_lane_loses_its_last_piece(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < ASIDE_LANE_THREADS; i++)
        start(world, "greedy", true, JOB_NO_DEADLINE);
    wait_for(&running, ASIDE_LANE_THREADS);
    start(world, "modest", true, JOB_NO_DEADLINE);
    wait_for(&running, ASIDE_THREADS);
    for (size_t i = 0; i < ASIDE_WAITING_MAX; i++)
        start(world, "greedy", true, JOB_NO_DEADLINE);
    start(world, "greedy", true, JOB_NO_DEADLINE); /* one too many: its own */
    run_until_told(world, 1);
    assert_int_equal(world->busy, 1);
    struct world modest = {.loop = world->loop, .aside = world->aside};
    job_group_init(&modest.group);
    for (size_t i = 0; i < 10; i++)
        start(&modest, "modest", true, JOB_NO_DEADLINE);
    run_until_told(world, 11); /* not the modest one's */
    assert_int_equal(world->busy, 11);
    assert_int_equal(modest.told, 0);
    job_group_cancel(&modest.group);
}

static void test_end_waits_for_what_nobody_awaits(void **state)
{
    struct world *world = *state;
    start(world, "a", true, JOB_NO_DEADLINE);
    wait_for(&running, 1);
    job_group_cancel(&world->group);
    aside_free(world->aside);
    atomic_store(&gate_is_open, true);
    aside_pool_free(world->pool);
    assert_int_equal(atomic_load(&freed), 1);
    world->pool = aside_pool_new();
    world->aside = aside_new(world->loop, world->pool);
}

/* --- several loops ---------------------------------------------------------------------------- */

enum { LOOPS = 4, ROUNDS = 40, EACH = 50 };

/* Starts, cancels and is told, over and over, with the same threads as the others. */
static void *run_loop(void *arg)
{
    struct world world = {.pool = arg, .loop = loop_new()};
    world.aside = aside_new(world.loop, world.pool);
    job_group_init(&world.group);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct aside_job *jobs[EACH];
        char caller[2] = {(char)('a' + round % 3), '\0'};
        for (size_t i = 0; i < EACH; i++)
            jobs[i] = start(&world, caller, false,
                            i % 5 ? JOB_NO_DEADLINE : loop_now_ms(world.loop) + i % 3);
        for (size_t i = 0; i < EACH; i += 2)
            aside_cancel(jobs[i]);
        run_until_told(&world, (round + 1) * (EACH / 2));
    }
    aside_free(world.aside);
    loop_free(world.loop);
    return NULL;
}

static void test_loops_share_the_threads(void **state)
{
    struct world *world = *state;
    pthread_t threads[LOOPS];
    for (size_t i = 0; i < LOOPS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_loop, world->pool), 0);
    for (size_t i = 0; i < LOOPS; i++)
        pthread_join(threads[i], NULL);
    wait_for(&freed, LOOPS * ROUNDS * EACH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_work_is_done_in_another_thread_and_told_on_the_loop),
        TEST(test_cancelled_work_is_silent_wherever_it_is),
        TEST(test_work_that_is_late_is_told_in_time_and_freed_by_its_thread),
        TEST(test_caller_with_costly_work_holds_up_himself),
        TEST(test_lane_counts_what_was_cancelled_while_it_ran),
        TEST(test_lanes_take_turns),
        TEST(test_beyond_the_limit_the_longest_lane_loses_its_last_piece),
        TEST(test_end_waits_for_what_nobody_awaits),
        TEST(test_loops_share_the_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
