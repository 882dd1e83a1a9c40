#include "check/expression.h"

/* In the arena of the check. */
struct expression {
    struct check_job *check;
    expression_fn *done;
};

static void on_aside(enum aside_status status, void *data, void *arg)
{
    const struct expression *expression = arg;
    CHECK_LOG(expression->check, "expression tried",
              {"outcome", status == ASIDE_DONE   ? "done"
                          : status == ASIDE_BUSY ? "no room"
                                                 : "no time"},
              {"ms", check_log_ms(expression->check)});
    expression->done(expression->check, data);
}

static void start(struct check_job *check, struct regex_task *task, expression_fn *done)
{
    struct expression *expression = arena_alloc(check->arena, sizeof *expression);
    *expression = (struct expression){check, done};
    const struct aside_work work = {.caller = check->request->caller,
                                    .data = task,
                                    .run = regex_task_run,
                                    .free = regex_task_free};
    aside_start(check->env->aside, &work, &check->children, check->deadline_ms, on_aside,
                expression);
}

void expression_check(struct check_job *check, const char *pattern, expression_fn *done)
{
    start(check, regex_task_new_check(pattern), done);
}

void expression_search(struct check_job *check, const char *pattern, struct bytes subject,
                       expression_fn *done)
{
    start(check, regex_task_new_search(pattern, subject), done);
}
