#include "check/dial.h"

#include "net/own_route.h"

#include <assert.h>
#include <string.h>

enum { AAAA, A };
enum { OWN_MAX = 32 }; /* addresses of this machine among those of one host */

static const uint16_t types[] = {DNS_AAAA, DNS_A};

static void finish_plan(struct dial *dial)
{
    struct check_job *check = dial->check;
    for (size_t i = 0; i < 2; i++)
        if (dial->plan.used[i])
            check_use_lookup(check, dial->plan.used[i]);
    if (dial->plan.exempted)
        check_add_local_policy(check, "network.allow_addresses");
}

/* What may be connected to, by `policy`. `literal` NULL: by the answers. */
static void plan_by(struct dial *dial, const struct address *literal,
                    const struct address_policy *policy)
{
    struct arena *arena = dial->check->arena;
    dial->plan = (struct connection_plan){0};
    if (literal)
        connection_plan_literal(literal, policy, arena, &dial->plan);
    else
        connection_plan_make(dial->host, &dial->answers[AAAA], &dial->answers[A], policy, arena,
                             &dial->plan);
}

static bool is_allowed(const struct address_policy *policy, const struct address *address)
{
    for (size_t i = 0; i < policy->allowed_count; i++)
        if (cidr_contains(&policy->allowed[i], address))
            return true;
    return false;
}

/* A candidate that is this machine although the policy does not know it, or NULL. */
static const struct address *find_own(const struct dial *dial, const struct address_policy *policy)
{
    for (size_t i = 0; i < dial->plan.count; i++) {
        const struct address *candidate = &dial->plan.candidates[i];
        if (!is_allowed(policy, candidate) &&
            own_route_is_local(candidate->family, candidate->bytes))
            return candidate;
    }
    return NULL;
}

static const struct address *with(const struct address_policy *policy, const struct address *one,
                                  struct arena *arena)
{
    struct address *own = arena_array(arena, policy->own_count + 1, sizeof *own);
    for (size_t i = 0; i < policy->own_count; i++)
        own[i] = policy->own[i];
    own[policy->own_count] = *one;
    return own;
}

/*
 * The list of own addresses holds those of the interfaces, and may be a moment old; a route can make
 * whole blocks this machine's own. So the kernel is asked, just before the connection, whether it
 * would be one to ourselves: then the address joins the list, and the rest is planned anew.
 */
static void make_plan(struct dial *dial, const struct address *literal)
{
    struct address_policy policy = dial->check->env->settings->addresses;
    const struct address *found = NULL;
    plan_by(dial, literal, &policy);
    for (size_t i = 0; (found = find_own(dial, &policy)) && i < OWN_MAX; i++) {
        policy.own = with(&policy, found, dial->check->arena);
        policy.own_count++;
        plan_by(dial, literal, &policy);
    }
    if (found) {
        dial->plan.count = 0;
        dial->plan.problem = PROBLEM_ADDRESS_REFUSED;
        dial->plan.text = "The addresses are never contacted: too many of them are this machine's";
    }
    finish_plan(dial);
}

static void enter_connecting(struct dial *dial);

/* The plan is ready. */
static void leave_resolving(struct dial *dial)
{
    dial->resolved_ms = loop_now_ms(dial->check->env->loop);
    if (dial->plan.count > 0)
        enter_connecting(dial);
    else
        dial->failed(dial, dial->plan.problem, dial->plan.text);
}

static void enter_planned(struct dial *dial)
{
    make_plan(dial, NULL);
    leave_resolving(dial);
}

/* The other family had its time: the addresses that are there must get theirs. */
static void on_waited(void *arg)
{
    struct dial *dial = arg;
    dial->wait = NULL;
    uint64_t waited_ms = loop_now_ms(dial->check->env->loop) - dial->started_ms;
    for (size_t i = 0; i < 2; i++) {
        if (!dial->lookups[i])
            continue;
        dns_cancel(dial->lookups[i]);
        dial->lookups[i] = NULL;
        dial->answers[i] = (struct lookup){.name = dial->host,
                                           .type = i == AAAA ? "AAAA" : "A",
                                           .type_code = types[i],
                                           .outcome = DNS_TIMEOUT,
                                           .end = DNS_END_LIMIT,
                                           .reason = "not awaited any longer",
                                           .cname_chain = {.present = true},
                                           .duration_ms = waited_ms};
    }
    enter_planned(dial);
}

static void on_answer(const struct dns_answer *answer, void *arg)
{
    struct dial *dial = arg;
    struct check_job *check = dial->check;
    size_t slot = answer->type == DNS_AAAA ? AAAA : A;
    dial->lookups[slot] = NULL;
    lookup_from_answer(check, answer, &dial->answers[slot]);
    if (!dial->lookups[AAAA] && !dial->lookups[A]) {
        if (dial->wait)
            pause_cancel(dial->wait);
        dial->wait = NULL;
        enter_planned(dial);
        return;
    }
    uint64_t now_ms = loop_now_ms(check->env->loop);
    if (dial->answers[slot].record_count > 0 && dial->deadline_ms > now_ms)
        dial->wait = pause_start(check->env->loop, &check->children,
                                 now_ms + (dial->deadline_ms - now_ms) / 2, on_waited, dial);
}

/* A quarter of what is left is the connection's. */
static uint64_t lookup_deadline(const struct dial *dial)
{
    if (dial->deadline_ms <= dial->started_ms)
        return dial->deadline_ms;
    return dial->deadline_ms - (dial->deadline_ms - dial->started_ms) / 4;
}

void dial_start(struct dial *dial)
{
    struct check_job *check = dial->check;
    dial->started_ms = dial->resolved_ms = loop_now_ms(check->env->loop);
    struct address literal;
    if (address_parse(dial->host, strlen(dial->host), &literal)) {
        make_plan(dial, &literal);
        leave_resolving(dial);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        const struct dns_query query = {.name = dial->host, .type = types[i]};
        dial->lookups[i] = check_ask(check, &query, lookup_deadline(dial), on_answer, dial);
    }
}

/* --- connecting ---------------------------------------------------------------------------- */

static void enter_connecting(struct dial *dial)
{
    char text[ADDRESS_TEXT_MAX];
    dial->tried_ms = loop_now_ms(dial->check->env->loop);
    address_format(&dial->plan.candidates[dial->next++], text);
    CHECK_LOG(dial->check, "connection tried", {"host", dial->host}, {"address", text},
              {"ms", check_log_ms(dial->check)});
    dial->address = arena_strdup(dial->check->arena, text);
    dial->connect(dial, dial->address);
}

/* By enum peer_status: address_try.outcome, and the problem of a check that ends with it. */
static const struct {
    const char *outcome;
    enum problem problem;
    bool is_connected;
} endings[] = {
    [PEER_OK] = {"connected", PROBLEM_NONE, true},
    [PEER_CONNECT_FAILED] = {"connect_failed", PROBLEM_CONNECT_FAILED, false},
    [PEER_CONNECT_TIMEOUT] = {"connect_timeout", PROBLEM_CONNECT_TIMEOUT, false},
    [PEER_READ_TIMEOUT] = {"connected", PROBLEM_READ_TIMEOUT, true},
    [PEER_DISCONNECTED] = {"connected", PROBLEM_DISCONNECTED, true},
    [PEER_TLS_FAILED] = {"connected", PROBLEM_TLS_FAILED, true},
    [PEER_NOT_HTTP] = {"connected", PROBLEM_HTTP_PROTOCOL, true},
    [PEER_LOCAL] = {"local_failure", PROBLEM_INTERNAL, false},
};

bool dial_ended(struct dial *dial, enum peer_status status, struct dial_end *end)
{
    assert((size_t)status < sizeof endings / sizeof *endings);
    const char *outcome = endings[status].outcome;
    CHECK_LOG(dial->check, "connection ended", {"address", dial->address}, {"outcome", outcome},
              {"ms", check_log_ms(dial->check)});
    dial->tries[dial->try_count++] =
        (struct address_try){.address = dial->address, .outcome = outcome};
    bool may_try_next = status == PEER_CONNECT_FAILED || status == PEER_CONNECT_TIMEOUT;
    if (may_try_next && dial->next < dial->plan.count) {
        enter_connecting(dial);
        return false;
    }
    *end = (struct dial_end){.problem = endings[status].problem,
                             .address = dial->address,
                             .used = endings[status].is_connected ? dial->address : NULL};
    return true;
}

uint64_t dial_connect_deadline(const struct dial *dial)
{
    uint64_t now_ms = loop_now_ms(dial->check->env->loop);
    if (dial->deadline_ms <= now_ms)
        return dial->deadline_ms;
    /* This one's share beside those that are left; the last one has all of the rest. */
    size_t others = dial->plan.count - dial->next;
    return now_ms + (dial->deadline_ms - now_ms) / (others + 1);
}

struct connection_report dial_report(const struct dial *dial, const char *used)
{
    return connection_report_with(&dial->plan, dial->tries, dial->try_count, used,
                                  dial->check->arena);
}

/* --- time ---------------------------------------------------------------------------------- */

bool dial_is_about_time(enum problem problem)
{
    return problem == PROBLEM_CONNECT_TIMEOUT || problem == PROBLEM_READ_TIMEOUT ||
           problem == PROBLEM_DNS_TIMEOUT || problem == PROBLEM_DEADLINE;
}

const char *dial_seconds(struct arena *arena, uint64_t from_ms, uint64_t to_ms)
{
    uint64_t tenths = to_ms > from_ms ? (to_ms - from_ms + 50) / 100 : 0;
    return arena_printf(arena, "%u.%u s", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
}

const char *dial_time_account(const struct dial *dial)
{
    struct arena *arena = dial->check->arena;
    uint64_t now_ms = loop_now_ms(dial->check->env->loop);
    bool is_resolved = dial->plan.count > 0;
    const char *text = arena_printf(
        arena, "%s went into finding the addresses of %s",
        dial_seconds(arena, dial->started_ms, is_resolved ? dial->resolved_ms : now_ms),
        dial->host);
    if (!is_resolved)
        return text;
    if (dial->tried_ms > dial->resolved_ms)
        text = arena_printf(arena, "%s, %s into others of them", text,
                            dial_seconds(arena, dial->resolved_ms, dial->tried_ms));
    return arena_printf(arena, "%s, %s into this connection", text,
                        dial_seconds(arena, dial->tried_ms, now_ms));
}
