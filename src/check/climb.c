#include "check/climb.h"

#include "net/pause.h"

enum {
    /* How long answers that can no longer change the result are awaited for the record. */
    CLIMB_GRACE_MS = 200,
    /* A name may have 120 labels, and name servers that never answer. More names than this are not
     * asked at the same time; few names of peaceful people have more. */
    CLIMB_AT_ONCE = 8,
};

struct caa_search climb_decide(const struct climb *climb)
{
    return caa_search_decide(climb->lookups, climb->count);
}

/* True if no answer that is still missing can change the result. */
static bool is_certain(const struct climb *climb)
{
    if (climb->pending == 0)
        return true;
    if (climb->await_all)
        return false;
    struct caa_search search = climb_decide(climb);
    if (search.status != CAA_SEARCH_FOUND && search.status != CAA_SEARCH_ERROR)
        return false;
    /* The nearest set, or an error below it, counts once everything up to it has been answered. */
    for (size_t i = 0; i <= search.index; i++)
        if (!climb->slots[i].answered)
            return false;
    return true;
}

static void end(struct climb *climb)
{
    climb->is_over = true;
    job_group_cancel(&climb->check->children);
    climb->done(climb->check, climb->arg);
}

static void on_grace_over(void *arg)
{
    end(arg);
}

static void on_answer(const struct dns_answer *answer, void *arg);

static void ask(struct climb *climb, size_t index)
{
    struct climb_slot *slot = &climb->slots[index];
    slot->is_wanted = false;
    climb->asked++;
    const struct dns_query query = {
        .name = climb->lookups[index].name,
        .type = DNS_CAA,
        .fresh = climb->is_retry ? dns_fresh(climb->check->env->dns) : 0,
    };
    check_ask(climb->check, &query, climb->check->deadline_ms, on_answer, slot);
}

/* The nearest that are wanted and not asked yet, while there is room. */
static void ask_next(struct climb *climb)
{
    for (; climb->next < climb->count && climb->asked < CLIMB_AT_ONCE; climb->next++)
        if (climb->slots[climb->next].is_wanted)
            ask(climb, climb->next);
}

static void on_answer(const struct dns_answer *answer, void *arg)
{
    struct climb_slot *slot = arg;
    struct climb *climb = slot->climb;
    struct check_job *check = climb->check;
    lookup_from_answer(check, answer, &climb->lookups[slot->index]);
    slot->answered = true;
    climb->asked--;
    climb->pending--;
    if (climb->is_over)
        return;
    if (!is_certain(climb)) {
        ask_next(climb);
    } else if (climb->pending == 0) {
        end(climb);
    } else if (!climb->in_grace) {
        climb->in_grace = true;
        struct loop *loop = check->env->loop;
        pause_start(loop, &check->children, loop_now_ms(loop) + CLIMB_GRACE_MS, on_grace_over,
                    climb);
    }
}

static void want(struct climb *climb, size_t index)
{
    climb->slots[index] = (struct climb_slot){.climb = climb, .index = index, .is_wanted = true};
    climb->lookups[index] = (struct lookup){.name = climb->lookups[index].name,
                                            .type = "CAA",
                                            .type_code = DNS_CAA,
                                            .outcome = DNS_LOCAL,
                                            .reason = ""};
    climb->pending++;
}

void climb_start(struct climb *climb)
{
    const char *names[LIMIT_NAME_LABELS];
    struct arena *arena = climb->check->arena;
    climb->count = caa_search_names(climb->check->target, names);
    climb->lookups = arena_array(arena, climb->count, sizeof *climb->lookups);
    climb->slots = arena_array(arena, climb->count, sizeof *climb->slots);
    for (size_t i = 0; i < climb->count; i++) {
        climb->lookups[i].name = names[i];
        want(climb, i);
    }
    ask_next(climb);
}

void climb_retry(struct climb *climb, const bool *wanted)
{
    climb->is_over = false;
    climb->in_grace = false;
    climb->is_retry = true;
    climb->pending = climb->asked = climb->next = 0; /* those of the first search were cancelled */
    for (size_t i = 0; i < climb->count; i++)
        if (wanted[i])
            want(climb, i);
    ask_next(climb);
}

const struct lookup_report *climb_report(const struct climb *climb, struct arena *arena)
{
    struct lookup_report *reports = arena_array(arena, climb->count, sizeof *reports);
    for (size_t i = 0; i < climb->count; i++) {
        reports[i] = lookup_report_of(&climb->lookups[i]);
        if (!climb->slots[i].answered)
            reports[i].outcome = "not_awaited";
    }
    return reports;
}
