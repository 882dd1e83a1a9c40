/*
 * Observations. On the frame of a check (check/machine.h), whose result is never delivered: it only
 * gathers what the answers that were used are like.
 *
 *   records     ASKING --(answer)--> done
 *   a search    CLIMBING --(nearest set, or none)--> done       (check/climb.h)
 *   a file      FETCHING --(final response, or a problem)--> done (check/trail.h)
 */
#include "check/observe.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "check/climb.h"
#include "check/trail.h"
#include "core/rules/caa.h"

#include <stdlib.h>

struct observe_job {
    struct check_job check; /* job, children, and what was learned of the answers */
    const struct observe_question *question;
    struct observed *seen; /* in the arena */
    struct climb *climb;
    struct trail *trail;
    observe_done_fn *done;
    void *arg;
};

static struct observe_job *of_check(struct check_job *check)
{
    return LIST_ENTRY(check, struct observe_job, check);
}

static struct observe_job *of_job(struct job *job)
{
    return of_check(LIST_ENTRY(job, struct check_job, job));
}

/* --- the end --------------------------------------------------------------------------------- */

/* What the way so far shows, however it ends. */
static void collect(struct observe_job *observe)
{
    struct observed *seen = observe->seen;
    struct check_job *check = &observe->check;
    const struct check_details *details = &check->result->details;
    if (observe->climb) {
        size_t left = LIMIT_REPORTED_ALIAS_BYTES;
        seen->dns.lookup_count = observe->climb->count;
        seen->dns.lookups = lookup_reports_within(climb_report(observe->climb, check->arena),
                                                  seen->dns.lookup_count, &left, check->arena);
    }
    if (observe->trail) {
        struct http_details way = {0};
        trail_report(observe->trail, &way);
        seen->file.final_url = way.final_url;
        seen->file.history = way.response_history;
        seen->file.history_count = way.response_history_count;
        seen->file.hops = way.hops;
        seen->file.hop_count = way.hop_count;
    }
    seen->dnssec = details->dnssec;
    seen->extended_errors = details->extended_errors;
    seen->extended_error_count = details->extended_error_count;
    seen->local_policy = details->local_policy;
    seen->perspective_code = check->env->settings->perspective_code;
    seen->timestamp_ns = OPT_INT(loop_wall_ns(check->env->loop));
    uint64_t spent_us = loop_now_us(check->env->loop) - check->started_us;
    seen->duration_ms = OPT_INT((int64_t)(spent_us / 1000));
}

static void finish(struct observe_job *observe)
{
    collect(observe);
    job_finish(&observe->check.job);
}

static void finish_present(struct observe_job *observe)
{
    observe->seen->outcome = OBSERVE_PRESENT;
    observe->seen->problem = PROBLEM_NONE;
    finish(observe);
}

static void finish_problem(struct observe_job *observe, enum problem problem, const char *reason)
{
    observe_set_problem(observe->seen, problem, reason);
    finish(observe);
}

static void on_stop(struct job *job)
{
    job_group_cancel(&of_job(job)->check.children);
}

static void on_deadline(struct job *job)
{
    struct observe_job *observe = of_job(job);
    observe_set_problem(observe->seen, PROBLEM_DEADLINE,
                        "The observation did not end within its time limit");
    collect(observe);
}

static void on_deliver(struct job *job)
{
    of_job(job)->done(of_job(job)->seen, of_job(job)->arg);
}

static void on_free(struct job *job)
{
    struct observe_job *observe = of_job(job);
    dns_account_free(observe->check.account);
    free(observe);
}

static const struct job_ops observe_ops = {
    .stop = on_stop, .on_deadline = on_deadline, .deliver = on_deliver, .free = on_free};

/* --- records --------------------------------------------------------------------------------- */

static void conclude_lookup(struct observe_job *observe, const struct lookup *answer)
{
    struct arena *arena = observe->check.arena;
    struct observed_dns *dns = &observe->seen->dns;
    check_use_lookup(&observe->check, answer);
    dns->response_code = answer->rcode;
    dns->cname_chain = answer->cname_chain;
    if (answer->outcome != DNS_OK) {
        finish_problem(observe, lookup_problem(answer), lookup_describe(answer, arena));
        return;
    }
    observe_records(answer, observe->question->type, arena, dns);
    finish_present(observe);
}

static void on_answer(const struct dns_answer *dns_answer, void *arg)
{
    struct observe_job *observe = arg;
    struct lookup answer;
    lookup_from_answer(&observe->check, dns_answer, &answer);
    conclude_lookup(observe, &answer);
}

static void start_lookup(struct observe_job *observe)
{
    struct check_job *check = &observe->check;
    const struct dns_query query = {.name = observe->question->target.canonical,
                                    .type = observe_type_code(observe->question->type)};
    check_ask(check, &query, check->deadline_ms, on_answer, observe);
}

/* No record set from the name up to the TLD: the names' own answer, and how sure all are. */
static void conclude_without_set(struct observe_job *observe)
{
    const struct climb *climb = observe->climb;
    for (size_t i = 0; i < climb->count; i++)
        check_use_lookup(&observe->check, &climb->lookups[i]);
    observe->seen->dns.response_code = climb->lookups[0].rcode;
    observe->seen->dns.cname_chain = climb->lookups[0].cname_chain;
    finish_problem(observe, PROBLEM_NO_DATA, "no CAA record set up to the TLD");
}

static void on_climbed(struct check_job *check, void *arg)
{
    struct observe_job *observe = arg;
    const struct climb *climb = observe->climb;
    struct caa_search search = climb_decide(climb);
    /* Whether the TLD exists is the question of a CAA check (BR 4.2.2). */
    bool is_none = search.status == CAA_SEARCH_NONE || search.status == CAA_SEARCH_NO_SUCH_TLD ||
                   (search.status == CAA_SEARCH_ERROR && search.problem == PROBLEM_TLD_UNPROVEN);
    if (is_none) {
        conclude_without_set(observe);
        return;
    }
    for (size_t i = 0; i < search.index; i++)
        check_use_lookup(check, &climb->lookups[i]);
    if (search.status == CAA_SEARCH_FOUND)
        observe->seen->dns.found_at = climb->lookups[search.index].name;
    conclude_lookup(observe, &climb->lookups[search.index]);
}

static void start_search(struct observe_job *observe)
{
    struct check_job *check = &observe->check;
    observe->climb = arena_alloc(check->arena, sizeof *observe->climb);
    *observe->climb = (struct climb){.check = check, .done = on_climbed, .arg = observe};
    climb_start(observe->climb);
}

/* --- a file ---------------------------------------------------------------------------------- */

/* The last hop that answered, also where the way does not end well. */
static void on_response(struct trail *trail, const struct fetch_result *response)
{
    struct observed_file *file = &of_check(trail->check)->seen->file;
    const char *type = fetch_header_get(response->headers, response->header_count, "Content-Type");
    file->status_code = OPT_INT(response->status_code);
    file->content_type =
        type ? str_report(trail->check->arena, bytes_of(type), LIMIT_MESSAGE_OUTSIDE_BYTES) : NULL;
}

static void on_trail_end(struct trail *trail, const struct trail_end *end)
{
    struct observe_job *observe = of_check(trail->check);
    if (end->problem != PROBLEM_NONE) {
        finish_problem(observe, end->problem, end->text);
        return;
    }
    observe_body(end->response->body, end->response->body_cut, observe->check.arena,
                 &observe->seen->file);
    finish_present(observe);
}

static void start_fetching(struct observe_job *observe)
{
    struct check_job *check = &observe->check;
    uint64_t own_ms = loop_now_ms(check->env->loop) + check->env->settings->http_timeout_ms;
    observe->trail = arena_alloc(check->arena, sizeof *observe->trail);
    *observe->trail = (struct trail){
        .check = check,
        .deadline_ms = own_ms < check->deadline_ms ? own_ms : check->deadline_ms,
        .first = observe->question->url,
        .body_max_bytes = observe->question->body_max_bytes,
        .on_response = on_response,
        .done = on_trail_end,
    };
    trail_start(observe->trail);
}

/* --- the beginning --------------------------------------------------------------------------- */

static struct observed *new_seen(const struct observe_question *question, struct arena *arena)
{
    struct observed *seen = arena_alloc(arena, sizeof *seen);
    bool is_file = question->type == OBSERVE_NONE;
    *seen =
        (struct observed){.problem = PROBLEM_INTERNAL, .has_file = is_file, .has_dns = !is_file};
    if (is_file)
        seen->file.url = question->url_text;
    else
        seen->dns =
            (struct observed_dns){.query_name = question->target.canonical, .type = question->type};
    return seen;
}

struct observe_job *observe_start(const struct check_env *env, const struct observe_call *call,
                                  observe_done_fn *done, void *arg)
{
    struct observe_job *observe = xcalloc(1, sizeof *observe);
    struct check_job *check = &observe->check;
    observe->question = call->question;
    observe->done = done;
    observe->arg = arg;
    check->env = env;
    check->arena = call->arena;
    check->deadline_ms = check_children_deadline(call->deadline_ms);
    check->started_us = loop_now_us(env->loop);
    job_group_init(&check->children);
    job_start(&check->job, &observe_ops, env->loop, call->group, call->deadline_ms);
    check->result = arena_alloc(call->arena, sizeof *check->result);
    check->target = arena_alloc(call->arena, sizeof *check->target);
    *check->target = call->question->target;
    observe->seen = new_seen(call->question, call->arena);
    for (size_t i = 0; i < env->settings->lab_policy.count; i++)
        check_add_local_policy(check, env->settings->lab_policy.items[i]);
    if (call->question->type == OBSERVE_NONE)
        start_fetching(observe);
    else if (call->question->searches)
        start_search(observe);
    else
        start_lookup(observe);
    return observe;
}

void observe_cancel(struct observe_job *observe)
{
    job_cancel(&observe->check.job);
}
