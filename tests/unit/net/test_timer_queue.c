#include "net/timer_queue.h"
#include "support/unit.h"

#include <stdlib.h>

enum { NOW_MS = 100 };

static struct loop_timer *take_first(struct timer_queue *queue)
{
    struct loop_timer *first = timer_queue_first(queue);
    timer_queue_remove(queue, first);
    assert_int_equal(first->place, 0);
    return first;
}

static void test_timer_queue_empty_has_no_first(void **state)
{
    (void)state;
    struct timer_queue queue = {0};
    assert_null(timer_queue_first(&queue));
    struct loop_timer stranger = {0};
    timer_queue_remove(&queue, &stranger);
    assert_int_equal(queue.count, 0);
    timer_queue_clear(&queue);
}

static void test_timer_queue_same_time_keeps_order_of_push(void **state)
{
    (void)state;
    struct timer_queue queue = {0};
    struct loop_timer timers[10] = {0};
    for (size_t i = 0; i < 10; i++)
        timer_queue_push(&queue, &timers[i], 500, NOW_MS);
    for (size_t i = 0; i < 10; i++)
        assert_ptr_equal(take_first(&queue), &timers[i]);
    timer_queue_clear(&queue);
}

static void test_timer_queue_past_counts_as_now(void **state)
{
    (void)state;
    struct timer_queue queue = {0};
    struct loop_timer now = {0}, past = {0}, earlier = {0};
    timer_queue_push(&queue, &now, NOW_MS, NOW_MS);
    timer_queue_push(&queue, &past, 0, NOW_MS);
    timer_queue_push(&queue, &earlier, NOW_MS - 1, NOW_MS - 1);
    assert_ptr_equal(take_first(&queue), &earlier);
    assert_ptr_equal(take_first(&queue), &now);
    assert_ptr_equal(take_first(&queue), &past);
    timer_queue_clear(&queue);
}

static int by_time_then_order(const void *a, const void *b)
{
    const struct loop_timer *x = *(struct loop_timer *const *)a,
                            *y = *(struct loop_timer *const *)b;
    if (x->due_ms != y->due_ms)
        return x->due_ms < y->due_ms ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* Any mixture of pushes and removals, compared with a sorted array. */
static void test_timer_queue_random_use_comes_out_sorted(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    uint32_t random = 1;
    for (int round = 0; round < 50; round++) {
        struct timer_queue queue = {0};
        struct loop_timer timers[COUNT] = {0}, *expected[COUNT];
        for (int step = 0; step < 3 * COUNT; step++) {
            random = random * 1664525 + 1013904223;
            struct loop_timer *timer = &timers[(random >> 8) % COUNT];
            if (timer->place)
                timer_queue_remove(&queue, timer);
            else
                timer_queue_push(&queue, timer, NOW_MS + (random >> 24), NOW_MS);
        }
        size_t count = 0;
        for (size_t i = 0; i < COUNT; i++)
            if (timers[i].place)
                expected[count++] = &timers[i];
        assert_int_equal(count, queue.count);
        qsort(expected, count, sizeof *expected, by_time_then_order);
        for (size_t i = 0; i < count; i++)
            assert_ptr_equal(take_first(&queue), expected[i]);
        timer_queue_clear(&queue);
    }
}

static void push_twice(void *arg)
{
    struct timer_queue *queue = arg;
    static struct loop_timer timer;
    timer_queue_push(queue, &timer, 1, 0);
    timer_queue_push(queue, &timer, 2, 0);
}

static void clear_with_one_left(void *arg)
{
    struct timer_queue *queue = arg;
    struct loop_timer timer = {0};
    timer_queue_push(queue, &timer, 1, 0);
    timer_queue_clear(queue);
}

static void test_timer_queue_misuse_ends_the_process(void **state)
{
    (void)state;
    struct timer_queue queue = {0};
    unit_assert_dies(push_twice, &queue);
    unit_assert_dies(clear_with_one_left, &queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timer_queue_empty_has_no_first),
        cmocka_unit_test(test_timer_queue_same_time_keeps_order_of_push),
        cmocka_unit_test(test_timer_queue_past_counts_as_now),
        cmocka_unit_test(test_timer_queue_random_use_comes_out_sorted),
        cmocka_unit_test(test_timer_queue_misuse_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
