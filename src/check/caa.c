/*
 * The CAA check (BR 3.2.2.8, RFC 8659).
 *
 *   SEARCHING --(set found, none, or an error that is final)--> concluded
 *       | an error that the request allows to be accepted (BR 3.2.2.8)
 *   RETRYING  --(the lookups answer now)----------------------> concluded
 *       | they failed again
 *   PROVING   --(is the name proven Insecure?)----------------> concluded
 *
 * SEARCHING: the tree climb is under way (check/climb.h).
 * RETRYING:  the lookups that failed are asked once more, on the network.
 * PROVING:   DS is asked for the failing names and their parents: a validated denial proves that
 *            there is no chain of trust to the name's zone.
 */
#include "check/climb.h"
#include "core/baseline.h"
#include "core/report.h"

enum state { SEARCHING, RETRYING, PROVING };

struct caa_state {
    enum state state;
    struct climb climb;
    size_t relevant; /* lookups of the climb that the verdict rests on: the first so many */
    int tries;
    struct lookup *ds;
    size_t ds_count;
    size_t ds_pending;
};

static void on_searched(struct check_job *check);

/* The moment at which `part` of `whole` of the remaining time will be spent. */
static uint64_t share_of_time(const struct check_job *check, uint64_t part, uint64_t whole)
{
    uint64_t now_ms = loop_now_ms(check->env->loop);
    uint64_t left_ms = check->deadline_ms > now_ms ? check->deadline_ms - now_ms : 0;
    return now_ms + left_ms / whole * part;
}

void caa_run(struct check_job *check)
{
    struct caa_details *details = &check->result->details.caa;
    if (target_is_ip(check->target)) {
        /* BR 3.2.2.8 speaks of dNSNames only: there is nothing to look up for an address. */
        details->caa_record_present = OPT_BOOL(false);
        details->applicable = OPT_BOOL(false);
        check_finish_pass(check, "CAA does not apply to IP addresses (BR 3.2.2.8)");
        return;
    }
    struct caa_state *caa = arena_alloc(check->arena, sizeof *caa);
    check->state = caa;
    caa->state = SEARCHING;
    caa->tries = 1;
    bool may_retry = check->request->caa.allow_lookup_failure;
    caa->climb = (struct climb){
        .check = check,
        .done = on_searched,
        /* The exception for lookup failures also needs the sets above the failing name, and time
           for a second try and for the proof: two fifths each for the tries. */
        .await_all = may_retry,
        .deadline_ms = may_retry ? share_of_time(check, 2, 5) : check->deadline_ms,
    };
    climb_start(&caa->climb);
}

void caa_collect(struct check_job *check)
{
    struct caa_state *caa = check->state;
    if (!caa)
        return;
    struct caa_details *details = &check->result->details.caa;
    size_t climbed = caa->climb.count;
    struct lookup_report *reports =
        arena_array(check->arena, climbed + caa->ds_count, sizeof *reports);
    const struct lookup_report *climb_reports = climb_report(&caa->climb, check->arena);
    for (size_t i = 0; i < climbed + caa->ds_count; i++)
        reports[i] = i < climbed ? climb_reports[i] : lookup_report_of(&caa->ds[i - climbed]);
    details->lookups = reports;
    details->lookup_count = climbed + caa->ds_count;
    details->lookup_tries = OPT_INT(caa->tries);
    for (size_t i = 0; i < caa->relevant; i++)
        check_use_lookup(check, &caa->climb.lookups[i]);
}

/* BR 4.2.2.1.2: "Effective 2027-03-15 … MUST process"; SHOULD until then. */
static bool rfc8657_is_binding(const struct check_job *check)
{
    int64_t from_s = 0;
    bool parsed = baseline_parse_date("2027-03-15", &from_s);
    return parsed && check->env->settings->enforce_baseline &&
           loop_wall_ns(check->env->loop) / 1000000000 >= from_s;
}

static struct caa_query query_of(const struct check_job *check)
{
    const struct caa_params *params = &check->request->caa;
    bool named = params->caa_domains.present && params->caa_domains.count > 0;
    return (struct caa_query){
        .target = check->target,
        .params = params,
        .issuers = named ? &params->caa_domains : &check->env->settings->caa_domains,
        .enforce_rfc8657 = rfc8657_is_binding(check),
        .labels_ignore_case = check->env->settings->caa_labels_ignore_case,
    };
}

static void conclude_found(struct check_job *check, size_t index)
{
    const struct caa_state *caa = check->state;
    const struct lookup *set = &caa->climb.lookups[index];
    struct caa_details *details = &check->result->details.caa;
    bool truncated = false;
    details->caa_record_present = OPT_BOOL(true);
    details->found_at = set->name;
    details->ttl_s = OPT_INT(set->records[0].ttl_s);
    caa_records_report(check->arena, set, &details->records_seen, &truncated);

    struct caa_query query = query_of(check);
    struct caa_decision decision = caa_evaluate(&query, set, check->arena);
    if (decision.verdict == VERDICT_PASS)
        check_finish_pass(check, decision.reason);
    else
        check_finish_problem(check, decision.problem, decision.reason);
}

static void conclude_error(struct check_job *check, const struct caa_search *search)
{
    const struct caa_state *caa = check->state;
    const struct lookup *failed = &caa->climb.lookups[search->index];
    const char *text = lookup_describe(failed, check->arena);
    if (search->status == CAA_SEARCH_NO_SUCH_TLD)
        text = arena_printf(check->arena,
                            "The top-level domain %s does not exist: an Internal Name (BR 4.2.2)",
                            failed->name);
    else if (failed->outcome == LOOKUP_NXDOMAIN)
        text = arena_printf(check->arena,
                            "The top-level domain %s seems not to exist, but DNSSEC does not prove "
                            "it (BR 4.2.2)",
                            failed->name);
    check_finish_problem(check, search->problem, text);
}

static void conclude(struct check_job *check)
{
    struct caa_state *caa = check->state;
    struct caa_search search = climb_decide(&caa->climb);
    caa->relevant = search.status == CAA_SEARCH_NONE ? caa->climb.count : search.index + 1;
    switch (search.status) {
    case CAA_SEARCH_FOUND:
        conclude_found(check, search.index);
        return;
    case CAA_SEARCH_NONE:
        /* RFC 8659 section 3: no record set up to the TLD places no restriction. */
        check->result->details.caa.caa_record_present = OPT_BOOL(false);
        check_finish_pass(
            check, "no CAA record set at the name or any of its parents (RFC 8659 section 3)");
        return;
    case CAA_SEARCH_ERROR:
    case CAA_SEARCH_NO_SUCH_TLD:
        conclude_error(check, &search);
        return;
    }
}

/* --- BR 3.2.2.8: a lookup failure that may count as permission ------------------------------ */

/* Every lookup at or below the nearest set that failed: each of them must be excused. */
static size_t failing(const struct caa_state *caa, bool *wanted)
{
    size_t count = 0;
    for (size_t i = 0; i < caa->climb.count; i++) {
        enum lookup_outcome outcome = caa->climb.lookups[i].outcome;
        if (outcome == LOOKUP_OK)
            break;
        wanted[i] = outcome != LOOKUP_NODATA && outcome != LOOKUP_NXDOMAIN;
        count += wanted[i];
    }
    return count;
}

/* How many lookups an acceptance rests on: up to the nearest set, or all. */
static size_t count_up_to_set(const struct caa_state *caa)
{
    for (size_t i = 0; i < caa->climb.count; i++)
        if (caa->climb.lookups[i].outcome == LOOKUP_OK)
            return i + 1;
    return caa->climb.count;
}

static void conclude_accepted(struct check_job *check, const char *reason)
{
    struct caa_state *caa = check->state;
    struct caa_details *details = &check->result->details.caa;
    struct caa_search search = climb_decide(&caa->climb);
    const struct lookup *failed = &caa->climb.lookups[search.index];
    report_problem(check->result, check->request, check->arena, search.problem,
                   lookup_describe(failed, check->arena));
    details->lookup_failure_accepted = OPT_BOOL(true);
    caa->relevant = count_up_to_set(caa);
    /* Proven so by the denial of DS, whatever the lookups that failed could not say; those that were
       answered may make it worse. */
    check->result->details.dnssec = DNSSEC_INSECURE;
    check_finish_pass(check, reason);
}

static void on_proved(struct check_job *check)
{
    struct caa_state *caa = check->state;
    bool *wanted = arena_array(check->arena, caa->climb.count, sizeof *wanted);
    failing(caa, wanted);
    struct caa_query query = query_of(check);
    const char *reason = NULL;
    for (size_t i = 0; i < caa->climb.count; i++) {
        const struct caa_failure_query failure = {.query = &query,
                                                  .lookups = caa->climb.lookups,
                                                  .lookup_count = caa->climb.count,
                                                  .failed = i,
                                                  .failed_again = caa->tries > 1,
                                                  .ds = caa->ds,
                                                  .ds_count = caa->ds_count};
        if (wanted[i] && !caa_failure_is_accepted(&failure, check->arena, &reason)) {
            conclude(check);
            return;
        }
    }
    conclude_accepted(check, reason);
}

struct ds_slot {
    struct check_job *check;
    size_t index;
};

static void on_ds(const struct dns_answer *answer, void *arg)
{
    struct ds_slot *slot = arg;
    struct caa_state *caa = slot->check->state;
    lookup_from_answer(slot->check->arena, answer, &caa->ds[slot->index]);
    if (--caa->ds_pending == 0)
        on_proved(slot->check);
}

static void enter_proving(struct check_job *check)
{
    struct caa_state *caa = check->state;
    caa->state = PROVING;
    caa->ds_count = caa->ds_pending = caa->climb.count;
    caa->ds = arena_array(check->arena, caa->ds_count, sizeof *caa->ds);
    for (size_t i = 0; i < caa->ds_count; i++) {
        struct ds_slot *slot = arena_alloc(check->arena, sizeof *slot);
        *slot = (struct ds_slot){.check = check, .index = i};
        const char *name = caa->climb.lookups[i].name;
        caa->ds[i] = (struct lookup){
            .name = name, .type = "DS", .type_code = DNS_DS, .outcome = LOOKUP_LOCAL, .reason = ""};
        const struct dns_query query = {.name = name, .type = DNS_DS};
        dns_start(check->env->dns, &query, &check->children, check->deadline_ms, on_ds, slot);
    }
}

static void on_retried(struct check_job *check)
{
    struct caa_state *caa = check->state;
    struct caa_search search = climb_decide(&caa->climb);
    if (search.status == CAA_SEARCH_ERROR &&
        lookup_failed_outside(&caa->climb.lookups[search.index]))
        enter_proving(check);
    else
        conclude(check);
}

static void enter_retrying(struct check_job *check)
{
    struct caa_state *caa = check->state;
    caa->state = RETRYING;
    caa->tries++;
    bool *wanted = arena_array(check->arena, caa->climb.count, sizeof *wanted);
    failing(caa, wanted);
    caa->climb.done = on_retried;
    caa->climb.deadline_ms = share_of_time(check, 2, 3);
    climb_retry(&caa->climb, wanted);
}

/* BR 3.2.2.8 (1), (2): a failure outside, retried. Where the first try ended otherwise, say with
 * bogus data, a second that fails outside is the first such failure. */
static bool has_only_failures_outside(const struct caa_state *caa)
{
    bool *wanted = arena_array(caa->climb.check->arena, caa->climb.count, sizeof *wanted);
    size_t count = failing(caa, wanted);
    for (size_t i = 0; i < caa->climb.count; i++)
        if (wanted[i] && !lookup_failed_outside(&caa->climb.lookups[i]))
            return false;
    return count > 0;
}

static void on_searched(struct check_job *check)
{
    struct caa_state *caa = check->state;
    struct caa_search search = climb_decide(&caa->climb);
    if (check->request->caa.allow_lookup_failure && search.status == CAA_SEARCH_ERROR &&
        has_only_failures_outside(caa))
        enter_retrying(check);
    else
        conclude(check);
}
