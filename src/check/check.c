#include "check/check.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "check/expression.h"
#include "check/machine.h"
#include "core/corroboration/mpic.h"
#include "core/rules/http_body.h"
#include "core/rules/report.h"

#include <stdlib.h>

/* How much before the check itself its lookups and connections run out of time. */
enum { CHILDREN_EARLIER_MS = 50 };

uint64_t check_children_deadline(uint64_t deadline_ms)
{
    return deadline_ms > CHILDREN_EARLIER_MS ? deadline_ms - CHILDREN_EARLIER_MS : 0;
}

const char *check_log_ms(const struct check_job *check)
{
    uint64_t spent_us = loop_now_us(check->env->loop) - check->started_us;
    return arena_printf(check->arena, "%llu", (unsigned long long)(spent_us / 1000));
}

static struct check_job *of_job(struct job *job)
{
    return LIST_ENTRY(job, struct check_job, job);
}

/* Every result, however it came about, says when it was reached and how long it took. */
static void stamp(struct check_job *check)
{
    struct check_result *result = check->result;
    result->timestamp_ns = OPT_INT(loop_wall_ns(check->env->loop));
    result->perspective_code = check->env->settings->perspective_code;
    uint64_t spent_us = loop_now_us(check->env->loop) - check->started_us;
    result->details.duration_ms = OPT_INT((int64_t)(spent_us / 1000));
    CHECK_LOG(check, "check ended", {"verdict", verdict_str(result->verdict)},
              {"problem", result->problem == PROBLEM_NONE ? NULL : problem_str(result->problem)},
              {"ms", check_log_ms(check)});
}

static void on_stop(struct job *job)
{
    job_group_cancel(&of_job(job)->children);
}

static void on_deadline(struct job *job)
{
    struct check_job *check = of_job(job);
    if (check->machine && check->machine->collect)
        check->machine->collect(check);
    report_problem(check->result, check->request, check->arena, PROBLEM_DEADLINE,
                   "The check did not end within its time limit");
    stamp(check);
}

static void on_deliver(struct job *job)
{
    struct check_job *check = of_job(job);
    check->done(check->result, check->arg);
}

static void on_free(struct job *job)
{
    struct check_job *check = of_job(job);
    dns_account_free(check->account);
    free(check);
}

static const struct job_ops check_ops = {
    .stop = on_stop, .on_deadline = on_deadline, .deliver = on_deliver, .free = on_free};

struct dns_job *check_ask(struct check_job *check, const struct dns_query *query,
                          uint64_t deadline_ms, dns_done_fn *done, void *arg)
{
    struct dns *dns = check->env->dns;
    if (!check->account)
        check->account = dns_account_new(dns);
    CHECK_LOG(check, "lookup asked", {"name", query->name}, {"type", dns_type_str(query->type)},
              {"ms", check_log_ms(check)});
    struct dns_query on_account = *query;
    on_account.account = check->account;
    return dns_start(dns, &on_account, &check->children, deadline_ms, done, arg);
}

void check_finish(struct check_job *check)
{
    if (check->machine && check->machine->collect)
        check->machine->collect(check);
    stamp(check);
    job_finish(&check->job);
}

void check_finish_problem(struct check_job *check, enum problem problem, const char *text)
{
    report_problem(check->result, check->request, check->arena, problem, text);
    check_finish(check);
}

void check_finish_explained(struct check_job *check, enum problem problem, const char *message,
                            const char *reason)
{
    report_problem(check->result, check->request, check->arena, problem, message);
    check_result_problem(check->result, problem, reason);
    check_finish(check);
}

void check_finish_parameter(struct check_job *check, const char *property, const char *value,
                            const char *reason)
{
    const char *shown =
        value ? str_report(check->arena, bytes_of(value), LIMIT_MESSAGE_OUTSIDE_BYTES) : "None";
    report_invalid_parameter(
        check->result, check->request, check->arena,
        arena_printf(check->arena, "%s: %s, Value provided: %s", property, reason, shown));
    check_finish(check);
}

void check_finish_pass(struct check_job *check, const char *reason)
{
    /* The evidence first: passing demands it. */
    if (check->machine->collect)
        check->machine->collect(check);
    const char *missing = check_result_pass(check->result, reason);
    if (missing)
        report_problem(check->result, check->request, check->arena, PROBLEM_INTERNAL,
                       arena_printf(check->arena,
                                    "mpic itself failed: the evidence is incomplete: %s", missing));
    else if (check->env->settings->is_primary &&
             check->result->details.dnssec == DNSSEC_INDETERMINATE)
        /* BR 3.2.2.4, BR 4.2.2.1.3: validation must be performed, and no local policy may disable it. */
        report_problem(check->result, check->request, check->arena, PROBLEM_DNSSEC_INDETERMINATE,
                       "an answer was not validated: it lies under insecure_zones");
    stamp(check);
    job_finish(&check->job);
}

/* False, with the result set, if the request asks for something that cannot be checked. */
static bool accept_request(struct check_job *check, const char *regex_fault)
{
    struct err err;
    const struct check_request *request = check->request;
    if (!target_parse(request->target, check->target, &err)) {
        report_invalid_target(check->result, request, check->arena, err.text);
        return false;
    }
    struct rule_issues issues = {0};
    request_check_parameters(request, regex_fault, check->arena, &issues);
    const char *reason = NULL;
    for (size_t i = 0; i < issues.count; i++) {
        report_invalid_parameter(check->result, request, check->arena, issues.items[i].message);
        reason = report_join(check->arena, reason, check->result->details.reason);
    }
    if (issues.count > 0) {
        check_result_problem(check->result, PROBLEM_PARAMETER, reason);
        return false;
    }
    check->machine = check_machine_get(request);
    if (!check->machine)
        report_invalid_parameter(check->result, request, check->arena,
                                 "validation_method: this perspective does not offer it");
    return check->machine != NULL;
}

void check_enter(struct check_job *check, unsigned state)
{
    const struct check_state *states = check->machine->states;
    CHECK_LOG(check, "check state", {"from", states[check->state].name}, {"to", states[state].name},
              {"ms", check_log_ms(check)});
    check->state = state;
    states[state].enter(check);
}

static void begin(struct check_job *check, const char *regex_fault)
{
    if (accept_request(check, regex_fault))
        check->machine->states[check->state].enter(check);
    else
        check_finish(check);
}

static void on_expression_checked(struct check_job *check, const struct regex_task *task)
{
    if (task)
        begin(check, task->is_usable ? NULL : task->fault.text);
    else
        check_finish_problem(check, PROBLEM_REGEX_LIMIT, http_body_give_up().text);
}

struct check_job *check_start(const struct check_env *env, const struct check_call *call,
                              check_done_fn *done, void *arg)
{
    struct check_job *check = xcalloc(1, sizeof *check);
    check->env = env;
    check->request = call->request;
    check->arena = call->arena;
    check->deadline_ms = check_children_deadline(call->deadline_ms);
    check->started_us = loop_now_us(env->loop);
    check->done = done;
    check->arg = arg;
    job_group_init(&check->children);
    job_start(&check->job, &check_ops, env->loop, call->group, call->deadline_ms);
    check->target = arena_alloc(call->arena, sizeof *check->target);
    check->result = arena_alloc(call->arena, sizeof *check->result);
    check_result_init(check->result, call->request);
    for (size_t i = 0; i < env->settings->lab_policy.count; i++)
        check_add_local_policy(check, env->settings->lab_policy.items[i]);
    CHECK_LOG(check, "check started", {"method", method_of_request(call->request)->name});
    const char *regex = request_regex(call->request);
    if (regex)
        expression_check(check, regex, on_expression_checked);
    else
        begin(check, NULL);
    return check;
}

void check_cancel(struct check_job *check)
{
    job_cancel(&check->job);
}

uint64_t check_connection_deadline(const struct check_job *check)
{
    uint64_t own_ms = loop_now_ms(check->env->loop) + check->env->settings->http_timeout_ms;
    return own_ms < check->deadline_ms ? own_ms : check->deadline_ms;
}

void check_add_local_policy(struct check_job *check, const char *setting)
{
    struct strv *policy = &check->result->details.local_policy;
    if (strv_has(policy, setting))
        return;
    const char **items = arena_array(check->arena, policy->count + 1, sizeof *items);
    for (size_t i = 0; i < policy->count; i++)
        items[i] = policy->items[i];
    items[policy->count] = setting;
    *policy = (struct strv){.items = items, .count = policy->count + 1, .present = true};
}

static void add_extended_errors(struct check_job *check, const struct lookup *lookup)
{
    struct check_details *details = &check->result->details;
    if (!lookup->extended_error_count)
        return;
    size_t count = details->extended_error_count + lookup->extended_error_count;
    struct dns_extended_error *all = arena_array(check->arena, count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = i < details->extended_error_count
                     ? details->extended_errors[i]
                     : lookup->extended_errors[i - details->extended_error_count];
    details->extended_errors = all;
    details->extended_error_count = count;
}

void check_use_lookup(struct check_job *check, const struct lookup *lookup)
{
    struct check_details *details = &check->result->details;
    details->dnssec = dnssec_worse(details->dnssec, lookup->dnssec);
    add_extended_errors(check, lookup);
    if (lookup->in_stub_zone)
        check_add_local_policy(check, "dns.stub_zones");
    if (lookup->dnssec == DNSSEC_INDETERMINATE)
        check_add_local_policy(check, "dns.insecure_zones");
}
