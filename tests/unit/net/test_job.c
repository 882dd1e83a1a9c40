#include "base/mem.h"
#include "net/job.h"
#include "support/fake_loop.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * An operation that writes down each call of the job core, such as "A.stop A.done A.free ", so that
 * comparing the whole trace also proves that nothing ran twice.
 */
struct op;
typedef void op_fn(struct op *op);

struct trace {
    char text[400];
};

struct op {
    struct job job;
    const char *name;
    struct trace *trace;
    op_fn *in_stop, *in_deadline, *in_done; /* may be NULL */
    struct op *other, *another;             /* for those */
    struct job_group *group;
    bool *is_freed; /* may be NULL */
};

/* What each case starts with: a loop, a group, and an empty trace. */
struct fixture {
    struct loop *loop;
    struct job_group group;
    struct trace trace;
};

static void note(struct op *op, const char *what)
{
    size_t at = strlen(op->trace->text);
    snprintf(op->trace->text + at, sizeof op->trace->text - at, "%s.%s ", op->name, what);
}

static struct op *op_of(struct job *job)
{
    return (struct op *)(void *)((char *)job - offsetof(struct op, job));
}

static void op_stop(struct job *job)
{
    struct op *op = op_of(job);
    note(op, "stop");
    assert_false(job_is_running(job));
    if (op->in_stop)
        op->in_stop(op);
}

static void op_on_deadline(struct job *job)
{
    struct op *op = op_of(job);
    note(op, "deadline");
    if (op->in_deadline)
        op->in_deadline(op);
}

static void op_deliver(struct job *job)
{
    struct op *op = op_of(job);
    note(op, "done");
    assert_false(job_is_running(job));
    if (op->in_done)
        op->in_done(op);
}

static void op_free(struct job *job)
{
    struct op *op = op_of(job);
    note(op, "free");
    if (op->is_freed)
        *op->is_freed = true;
    free(op);
}

static const struct job_ops op_ops = {op_stop, op_on_deadline, op_deliver, op_free};

static struct op *op_new(struct fixture *f, const char *name)
{
    struct op *op = xcalloc(1, sizeof *op);
    op->name = name;
    op->trace = &f->trace;
    op->group = &f->group;
    return op;
}

/* Starts an operation in the fixture's group; `in_ms` from now is its deadline. */
static struct op *op_start(struct fixture *f, const char *name, uint64_t in_ms)
{
    struct op *op = op_new(f, name);
    job_start(&op->job, &op_ops, f->loop, &f->group, loop_now_ms(f->loop) + in_ms);
    return op;
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    f->loop = loop_new();
    job_group_init(&f->group);
    *state = f;
    return 0;
}

/* Whatever a case did: no job and no timer is left. */
static int teardown(void **state)
{
    struct fixture *f = *state;
    bool clean = job_group_is_empty(&f->group) && fake_loop_timer_count(f->loop) == 0;
    loop_free(f->loop);
    free(f);
    return clean ? 0 : -1;
}

static void finish_self(struct op *op)
{
    job_finish(&op->job);
}

static void finish_other(struct op *op)
{
    job_finish(&op->other->job);
}

static void cancel_self(struct op *op)
{
    job_cancel(&op->job);
}

static void cancel_other(struct op *op)
{
    job_cancel(&op->other->job);
}

static void cancel_both(struct op *op)
{
    job_cancel(&op->other->job);
    job_cancel(&op->another->job);
}

static void cancel_group(struct op *op)
{
    job_group_cancel(op->group);
}

static void start_other(struct op *op)
{
    job_start(&op->other->job, &op_ops, op->job.loop, op->group, JOB_NO_DEADLINE);
}

static void test_job_start_runs_until_something_happens(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000);
    assert_true(job_is_running(&a->job));
    assert_false(job_group_is_empty(&f->group));
    fake_loop_advance(f->loop, 999);
    assert_true(job_is_running(&a->job));
    assert_string_equal(f->trace.text, "");
    job_cancel(&a->job);
}

static void test_job_without_deadline_never_ends_by_itself(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_new(f, "A");
    job_start(&a->job, &op_ops, f->loop, NULL, JOB_NO_DEADLINE);
    assert_true(job_group_is_empty(&f->group));
    fake_loop_advance(f->loop, 1000ull * 3600 * 24 * 365 * 100);
    assert_true(job_is_running(&a->job));
    job_cancel(&a->job);
    assert_string_equal(f->trace.text, "A.stop A.free ");
}

static void test_job_finish_delivers_on_the_next_turn(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000);
    job_finish(&a->job); /* as an adapter does whose answer is at hand: still inside its start */
    assert_string_equal(f->trace.text, "A.stop ");
    assert_false(job_is_running(&a->job));
    fake_loop_run_ready(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.done A.free ");
    fake_loop_advance(f->loop, 2000); /* the deadline is silent */
    assert_string_equal(f->trace.text, "A.stop A.done A.free ");
}

static void test_job_finish_without_a_group_delivers(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_new(f, "A");
    job_start(&a->job, &op_ops, f->loop, NULL, loop_now_ms(f->loop) + 10);
    job_finish(&a->job);
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.done A.free ");
}

static void test_job_finish_several_times_delivers_once(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000);
    a->in_stop = finish_self; /* the library answers while it is being released */
    a->in_done = finish_self;
    job_finish(&a->job);
    job_finish(&a->job);
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.done A.free ");
}

static void test_job_finish_of_two_delivers_in_that_order(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000), *b = op_start(f, "B", 500);
    job_finish(&b->job);
    job_finish(&a->job);
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "B.stop A.stop B.done B.free A.done A.free ");
}

static void test_job_without_stop_hook_finishes_and_cancels(void **state)
{
    static const struct job_ops no_stop = {NULL, op_on_deadline, op_deliver, op_free};
    struct fixture *f = *state;
    struct op *a = op_new(f, "A"), *b = op_new(f, "B"), *c = op_new(f, "C");
    job_start(&a->job, &no_stop, f->loop, &f->group, JOB_NO_DEADLINE);
    job_start(&b->job, &no_stop, f->loop, &f->group, loop_now_ms(f->loop) + 10);
    job_start(&c->job, &no_stop, f->loop, &f->group, JOB_NO_DEADLINE);
    job_finish(&a->job);
    job_cancel(&c->job);
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "C.free A.done A.free B.deadline B.done B.free ");
}

static void test_job_deadline_stops_then_delivers_exactly_then(void **state)
{
    struct fixture *f = *state;
    op_start(f, "A", 1000);
    fake_loop_advance(f->loop, 999);
    assert_string_equal(f->trace.text, "");
    fake_loop_advance(f->loop, 1);
    assert_string_equal(f->trace.text, "A.stop A.deadline A.done A.free ");
}

static void test_job_deadline_in_the_past_ends_it_on_the_next_turn(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_new(f, "A");
    job_start(&a->job, &op_ops, f->loop, &f->group, loop_now_ms(f->loop) - 500);
    assert_true(job_is_running(&a->job));
    assert_string_equal(f->trace.text, "");
    op_start(f, "B", 0);
    struct op *c = op_new(f, "C");
    job_start(&c->job, &op_ops, f->loop, &f->group, 0);
    fake_loop_run_ready(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.deadline A.done A.free "
                                       "B.stop B.deadline B.done B.free "
                                       "C.stop C.deadline C.done C.free ");
}

static void finish_by_timer(void *arg)
{
    job_finish(arg);
}

static void test_job_finish_in_the_millisecond_of_its_deadline_is_one_delivery(void **state)
{
    struct fixture *f = *state;
    struct loop_timer answer = {0};
    struct op *a = op_new(f, "A");
    loop_timer_start(f->loop, &answer, loop_now_ms(f->loop) + 10, finish_by_timer, &a->job);
    job_start(&a->job, &op_ops, f->loop, &f->group, loop_now_ms(f->loop) + 10);
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.done A.free ");
}

static void test_job_finish_after_the_deadline_is_ignored(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 10);
    a->in_stop = a->in_deadline = a->in_done = finish_self;
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.deadline A.done A.free ");
}

static void test_job_cancel_while_running_is_silent(void **state)
{
    struct fixture *f = *state;
    bool is_freed = false;
    struct op *a = op_start(f, "A", 1000);
    a->is_freed = &is_freed;
    job_cancel(&a->job);
    assert_true(is_freed); /* on return, not later */
    assert_true(job_group_is_empty(&f->group));
    fake_loop_advance(f->loop, 2000);
    assert_string_equal(f->trace.text, "A.stop A.free ");
}

static void test_job_cancel_before_delivery_is_silent_and_stops_once(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000);
    job_finish(&a->job);
    assert_false(job_group_is_empty(&f->group)); /* the parent can still cancel it */
    job_cancel(&a->job);
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.free ");
}

static void test_job_library_callback_during_cancel_is_ignored(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000);
    a->in_stop = finish_self; /* libunbound answers the live queries of a context that it deletes */
    job_cancel(&a->job);
    assert_int_equal(fake_loop_timer_count(f->loop), 0);
    assert_string_equal(f->trace.text, "A.stop A.free ");
}

static void test_job_done_may_cancel_a_running_sibling(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000), *b = op_start(f, "B", 1000);
    a->other = b;
    a->in_done = cancel_other;
    job_finish(&a->job);
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.done B.stop B.free A.free ");
}

static void test_job_done_may_cancel_a_sibling_that_is_finished_too(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000), *b = op_start(f, "B", 1000);
    a->other = b;
    a->in_done = cancel_other;
    job_finish(&a->job);
    job_finish(&b->job); /* both deliveries are due on the same turn */
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop B.stop A.done B.free A.free ");
}

static void test_job_done_may_cancel_a_sibling_with_the_same_deadline(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 10), *b = op_start(f, "B", 10);
    a->other = b;
    a->in_done = cancel_other;
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.deadline A.done B.stop B.free A.free ");
}

static void test_job_stop_at_the_deadline_may_cancel_a_sibling(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 10), *b = op_start(f, "B", 10);
    a->other = b;
    a->in_stop = cancel_other;
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop B.stop B.free A.deadline A.done A.free ");
}

static void test_job_done_may_cancel_the_group_it_was_in(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000);
    op_start(f, "B", 1000);
    op_start(f, "C", 1000);
    a->in_done = cancel_group;
    job_finish(&a->job);
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.done B.stop B.free C.stop C.free A.free ");
}

static void test_job_done_may_start_the_next_one(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000), *b = op_new(f, "B");
    a->other = b;
    a->in_done = start_other;
    job_finish(&a->job);
    fake_loop_run_ready(f->loop);
    assert_true(job_is_running(&b->job));
    job_finish(&b->job);
    fake_loop_run_ready(f->loop);
    assert_string_equal(f->trace.text, "A.stop A.done A.free B.stop B.done B.free ");
}

static void free_group(struct op *op)
{
    job_group_cancel(op->group);
    free(op->group);
}

static void test_job_done_may_free_the_parent_of_its_group(void **state)
{
    struct fixture *f = *state;
    for (int by_deadline = 0; by_deadline < 2; by_deadline++) {
        struct job_group *group = xmalloc(sizeof *group); /* the address sanitizer watches it */
        job_group_init(group);
        struct op *a = op_new(f, "A");
        a->group = group;
        a->in_done = free_group;
        job_start(&a->job, &op_ops, f->loop, group, loop_now_ms(f->loop) + 10);
        if (!by_deadline)
            job_finish(&a->job);
        fake_loop_run_until_idle(f->loop);
    }
    assert_string_equal(f->trace.text, "A.stop A.done A.free A.stop A.deadline A.done A.free ");
}

static void test_job_parent_with_the_deadline_of_its_child_sees_it_first(void **state)
{
    struct fixture *f = *state;
    struct op *parent = op_start(f, "parent", 10);
    struct op *child = op_new(f, "child");
    job_start(&child->job, &op_ops, f->loop, NULL, loop_now_ms(f->loop) + 10);
    parent->other = child;
    parent->in_stop = cancel_other; /* as every parent does with its children */
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "parent.stop child.stop child.free "
                                       "parent.deadline parent.done parent.free ");
}

static void test_job_group_cancel_ends_all_in_any_state(void **state)
{
    struct fixture *f = *state;
    op_start(f, "A", 1000);
    struct op *b = op_start(f, "B", 1000);
    op_start(f, "C", 0);
    job_finish(&b->job);
    job_group_cancel(&f->group);
    assert_true(job_group_is_empty(&f->group));
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "B.stop A.stop A.free B.free C.stop C.free ");
}

static void test_job_group_cancel_of_none_and_again_is_fine(void **state)
{
    struct fixture *f = *state;
    job_group_cancel(&f->group);
    op_start(f, "A", 1000);
    job_group_cancel(&f->group);
    op_start(f, "B", 1000); /* usable after */
    job_group_cancel(&f->group);
    assert_string_equal(f->trace.text, "A.stop A.free B.stop B.free ");
}

static void test_job_group_cancel_ends_what_a_stop_adds(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000), *b = op_new(f, "B"), *c = op_new(f, "C");
    a->in_stop = start_other;
    a->other = b;
    b->in_stop = start_other;
    b->other = c;
    job_group_cancel(&f->group);
    assert_true(job_group_is_empty(&f->group));
    assert_string_equal(f->trace.text, "A.stop A.free B.stop B.free C.stop C.free ");
}

static void test_job_group_cancel_with_a_stop_that_cancels_others(void **state)
{
    struct fixture *f = *state;
    struct op *ops[5];
    const char *const names[] = {"A", "B", "C", "D", "E"};
    for (size_t i = 0; i < 5; i++)
        ops[i] = op_start(f, names[i], 1000);
    ops[0]->in_stop = cancel_other; /* the next */
    ops[0]->other = ops[1];
    ops[2]->in_stop = cancel_both; /* all that is left */
    ops[2]->other = ops[4];
    ops[2]->another = ops[3];
    job_group_cancel(&f->group);
    assert_string_equal(f->trace.text, "A.stop B.stop B.free A.free "
                                       "C.stop E.stop E.free D.stop D.free C.free ");
}

static void test_job_group_cancel_with_a_stop_that_finishes_another(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000), *b = op_start(f, "B", 1000);
    a->in_stop = finish_other; /* a library that aborts all transfers when one is removed */
    a->other = b;
    job_group_cancel(&f->group);
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop B.stop A.free B.free ");
}

static void test_job_finish_with_a_stop_that_finishes_another_delivers_both(void **state)
{
    struct fixture *f = *state;
    struct op *a = op_start(f, "A", 1000), *b = op_start(f, "B", 1000);
    a->in_stop = finish_other;
    a->other = b;
    job_finish(&a->job);
    fake_loop_run_until_idle(f->loop);
    assert_string_equal(f->trace.text, "A.stop B.stop B.done B.free A.done A.free ");
}

static void cancel_inside_own_done(void *arg)
{
    struct fixture *f = arg;
    struct op *a = op_start(f, "A", 1000);
    a->in_done = cancel_self;
    job_finish(&a->job);
    fake_loop_run_until_idle(f->loop);
}

static void cancel_before_start(void *arg)
{
    struct fixture *f = arg;
    struct op *a = op_new(f, "A");
    job_cancel(&a->job);
}

static void test_job_cancel_where_it_is_a_bug_ends_the_process(void **state)
{
    unit_assert_dies(cancel_inside_own_done, *state);
    unit_assert_dies(cancel_before_start, *state);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_job_start_runs_until_something_happens),
        CASE(test_job_without_deadline_never_ends_by_itself),
        CASE(test_job_finish_delivers_on_the_next_turn),
        CASE(test_job_finish_without_a_group_delivers),
        CASE(test_job_finish_several_times_delivers_once),
        CASE(test_job_finish_of_two_delivers_in_that_order),
        CASE(test_job_without_stop_hook_finishes_and_cancels),
        CASE(test_job_deadline_stops_then_delivers_exactly_then),
        CASE(test_job_deadline_in_the_past_ends_it_on_the_next_turn),
        CASE(test_job_finish_in_the_millisecond_of_its_deadline_is_one_delivery),
        CASE(test_job_finish_after_the_deadline_is_ignored),
        CASE(test_job_cancel_while_running_is_silent),
        CASE(test_job_cancel_before_delivery_is_silent_and_stops_once),
        CASE(test_job_library_callback_during_cancel_is_ignored),
        CASE(test_job_done_may_cancel_a_running_sibling),
        CASE(test_job_done_may_cancel_a_sibling_that_is_finished_too),
        CASE(test_job_done_may_cancel_a_sibling_with_the_same_deadline),
        CASE(test_job_stop_at_the_deadline_may_cancel_a_sibling),
        CASE(test_job_done_may_cancel_the_group_it_was_in),
        CASE(test_job_done_may_start_the_next_one),
        CASE(test_job_done_may_free_the_parent_of_its_group),
        CASE(test_job_parent_with_the_deadline_of_its_child_sees_it_first),
        CASE(test_job_group_cancel_ends_all_in_any_state),
        CASE(test_job_group_cancel_of_none_and_again_is_fine),
        CASE(test_job_group_cancel_ends_what_a_stop_adds),
        CASE(test_job_group_cancel_with_a_stop_that_cancels_others),
        CASE(test_job_group_cancel_with_a_stop_that_finishes_another),
        CASE(test_job_finish_with_a_stop_that_finishes_another_delivers_both),
        CASE(test_job_cancel_where_it_is_a_bug_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
