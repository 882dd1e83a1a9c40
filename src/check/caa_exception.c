#include "check/caa_exception.h"

#include "dns/rdata.h"

/* Every lookup at or below the nearest set that failed: each of them must be excused. */
static size_t mark_failing(struct exception *exception)
{
    const struct climb *climb = exception->climb;
    size_t count = 0;
    bool is_below_set = true;
    for (size_t i = 0; i < climb->count; i++) {
        enum dns_outcome outcome = climb->lookups[i].outcome;
        is_below_set = is_below_set && outcome != DNS_OK;
        exception->wanted[i] = is_below_set && outcome != DNS_NODATA && outcome != DNS_NXDOMAIN;
        count += exception->wanted[i];
    }
    return count;
}

/* --- PROVING -------------------------------------------------------------------------------- */

struct question {
    struct exception *exception;
    size_t index;
};

static struct question *new_question(struct exception *exception, size_t index)
{
    struct question *question = arena_alloc(exception->check->arena, sizeof *question);
    *question = (struct question){.exception = exception, .index = index};
    return question;
}

static void decide(struct exception *exception)
{
    const struct climb *climb = exception->climb;
    struct caa_failure_query failure = {.query = &exception->query,
                                        .lookups = climb->lookups,
                                        .tries = exception->tries,
                                        .lookup_count = climb->count,
                                        .failed = climb_decide(climb).index,
                                        .ds = exception->ds,
                                        .ds_count = exception->ds_count};
    const char *why = NULL;
    bool is_accepted = caa_failure_is_accepted(&failure, exception->check->arena, &why);
    exception->next(exception->check, is_accepted ? EXCEPTION_HOLDS : EXCEPTION_HOLDS_NOT, why);
}

static void on_ds(const struct dns_answer *answer, void *arg)
{
    struct question *question = arg;
    struct exception *exception = question->exception;
    lookup_from_answer(exception->check, answer, &exception->ds[question->index]);
    if (--exception->pending == 0)
        decide(exception);
}

/* For the asked names, the ends of their aliases, and those above. */
void exception_prove(struct exception *exception)
{
    struct check_job *check = exception->check;
    const uint64_t fresh = dns_fresh(check->env->dns);
    for (size_t i = 0; i < exception->climb->count; i++) {
        if (!exception->wanted[i])
            continue;
        caa_proof_names_add(&exception->names, exception->climb->lookups[i].name);
        caa_proof_names_add(&exception->names, caa_chain_end(&exception->tries[i].chain));
    }
    exception->ds_count = exception->pending = exception->names.count;
    for (size_t i = 0; i < exception->ds_count; i++) {
        const char *name = exception->names.items[i];
        exception->ds[i] = (struct lookup){
            .name = name, .type = "DS", .type_code = DNS_DS, .outcome = DNS_LOCAL, .reason = ""};
        const struct dns_query query = {.name = name, .type = DNS_DS, .fresh = fresh};
        check_ask(check, &query, check->deadline_ms, on_ds, new_question(exception, i));
    }
}

/* --- FOLLOWING ------------------------------------------------------------------------------- */

/* The alias is what was asked for here: without it nobody could tell whose servers failed. */
static void show_target(struct arena *arena, struct lookup *step)
{
    const char **target = arena_array(arena, 1, sizeof *target);
    struct bytes text;
    if (!step->record_count || !rdata_name(arena, step->records[0].rdata, &text))
        return;
    *target = arena_strndup(arena, (const char *)text.p, text.n);
    step->cname_chain = (struct strv){.items = target, .count = 1, .present = true};
}

/* What is not shown already cannot be proven any more. */
static bool is_worth_proving(const struct exception *exception)
{
    for (size_t i = 0; i < exception->climb->count; i++)
        if (exception->wanted[i] && (exception->tries[i].chain.state != CAA_CHAIN_KNOWN ||
                                     !lookup_failed_outside(&exception->tries[i].last)))
            return false;
    return true;
}

static void on_followed(struct exception *exception)
{
    if (--exception->pending > 0)
        return;
    if (is_worth_proving(exception))
        exception->next(exception->check, EXCEPTION_PROVE, NULL);
    else
        decide(exception);
}

/* At the end of what is known of the chain. The questions about one chain are for one resolver: so it knows who
 * answers there when it is asked for CAA. */
static void ask_at_end(struct exception *exception, size_t index, uint16_t type, dns_done_fn *done)
{
    struct check_job *check = exception->check;
    exception->pending++;
    const struct dns_query query = {.name = caa_chain_end(&exception->tries[index].chain),
                                    .type = type,
                                    .fresh = exception->followed[index],
                                    .is_kept = true};
    check_ask(check, &query, check->deadline_ms, done, new_question(exception, index));
}

static void on_last(const struct dns_answer *answer, void *arg)
{
    struct question *question = arg;
    struct exception *exception = question->exception;
    struct lookup *last = &exception->tries[question->index].last;
    lookup_from_answer(exception->check, answer, last);
    exception->steps[exception->step_count++] = *last;
    on_followed(exception);
}

/* Does the chain go on? */
static void on_step(const struct dns_answer *answer, void *arg)
{
    struct question *question = arg;
    struct exception *exception = question->exception;
    struct caa_chain *chain = &exception->tries[question->index].chain;
    struct lookup *step = &exception->steps[exception->step_count++];
    lookup_from_answer(exception->check, answer, step);
    show_target(exception->check->arena, step);
    caa_chain_learn(chain, step, exception->check->arena);
    if (chain->state == CAA_CHAIN_OPEN)
        ask_at_end(exception, question->index, DNS_CNAME, on_step);
    else if (chain->state == CAA_CHAIN_KNOWN)
        ask_at_end(exception, question->index, DNS_CAA, on_last);
    on_followed(exception);
}

void exception_follow(struct exception *exception)
{
    const struct climb *climb = exception->climb;
    for (size_t i = 0; i < climb->count; i++) {
        if (!exception->wanted[i])
            continue;
        exception->tries[i].chain.asked = climb->lookups[i].name;
        exception->followed[i] = dns_fresh(exception->check->env->dns);
        ask_at_end(exception, i, DNS_CNAME, on_step);
    }
}

/* --- RETRYING ------------------------------------------------------------------------------- */

static void count_failures(struct exception *exception)
{
    for (size_t i = 0; i < exception->climb->count; i++)
        exception->tries[i].failures +=
            exception->wanted[i] && lookup_failed_outside(&exception->climb->lookups[i]);
}

static bool was_asked(const struct exception *exception)
{
    for (size_t i = 0; i < exception->climb->count; i++)
        if (exception->wanted[i] && (exception->climb->lookups[i].end == DNS_END_LIMIT ||
                                     exception->climb->lookups[i].cause == DNS_CAUSE_REMEMBERED))
            return false;
    return true;
}

static void on_retried(struct check_job *check, void *arg)
{
    struct exception *exception = arg;
    exception->rounds += was_asked(exception);
    count_failures(exception);
    size_t failing = mark_failing(exception);
    bool must_repeat = false;
    for (size_t i = 0; i < exception->climb->count; i++) {
        if (!exception->wanted[i])
            continue;
        if (!lookup_failed_outside(&exception->climb->lookups[i])) {
            exception->next(check, EXCEPTION_HOLDS_NOT, NULL);
            return;
        }
        must_repeat = must_repeat || exception->tries[i].failures < 2;
    }
    exception->next(check,
                    failing == 0  ? EXCEPTION_HOLDS_NOT
                    : must_repeat ? EXCEPTION_RETRY
                                  : EXCEPTION_FOLLOW,
                    NULL);
}

void exception_retry(struct exception *exception)
{
    exception->climb->done = on_retried;
    exception->climb->arg = exception;
    climb_retry(exception->climb, exception->wanted);
}

/* Where the first try ended otherwise, say with bogus data, a second that fails outside would be the
 * first such failure. */
static bool are_all_excusable(const struct exception *exception)
{
    for (size_t i = 0; i < exception->climb->count; i++)
        if (exception->wanted[i] && !caa_failure_is_excusable(&exception->climb->lookups[i]))
            return false;
    return true;
}

bool exception_init(struct exception *exception)
{
    struct arena *arena = exception->check->arena;
    size_t count = exception->climb->count;
    exception->wanted = arena_array(arena, count, sizeof *exception->wanted);
    exception->tries = arena_array(arena, count, sizeof *exception->tries);
    exception->followed = arena_array(arena, count, sizeof *exception->followed);
    size_t failing = mark_failing(exception);
    if (failing == 0 || failing > EXCEPTION_LOOKUPS_MAX || !are_all_excusable(exception))
        return false;
    exception->rounds = was_asked(exception);
    count_failures(exception);
    return true;
}
