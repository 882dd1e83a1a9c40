/*
 * The CAA check (BR 4.2.2.1, RFC 8659).
 *
 *   STARTING --> CLIMBING (check/climb.h) --(a set, none, an error that is final)--> JUDGING --> concluded
 *       |            \--(an error that the request allows to be accepted: BR 4.2.2.1)
 *       |         RETRYING --(failed twice)--> FOLLOWING --> PROVING --(it is not the exception)--> JUDGING
 *       |            \--(it answers)--> JUDGING                   \--(it is)--> ACCEPTING --> concluded
 *       \--(an address)-----------------------------------------------------------> concluded
 *
 * RETRYING, FOLLOWING and PROVING are those of check/caa_exception.h.
 */
#include "check/caa_exception.h"
#include "core/method/baseline.h"
#include "core/rules/report.h"

enum { STARTING, CLIMBING, RETRYING, FOLLOWING, PROVING, ACCEPTING, JUDGING };

struct caa_data {
    struct climb climb;
    size_t relevant; /* lookups of the climb that the verdict rests on: the first so many */
    struct exception *exception; /* NULL: not tried */
    const char *why;             /* it holds, or does not; NULL: nothing to say */
};

static void on_searched(struct check_job *check, void *arg);

static void enter_starting(struct check_job *check)
{
    struct caa_details *details = &check->result->details.caa;
    if (target_is_ip(check->target)) {
        /* BR 4.2.2.1 speaks of dNSNames only: there is nothing to look up for an address. */
        details->caa_record_present = OPT_BOOL(false);
        details->applicable = OPT_BOOL(false);
        check_finish_pass(check, "CAA does not apply to IP addresses (BR 4.2.2.1)");
        return;
    }
    check->data = arena_alloc(check->arena, sizeof(struct caa_data));
    details->cname_chain = (struct strv){.present = true}; /* as long as no set is found */
    check_enter(check, CLIMBING);
}

static void enter_climbing(struct check_job *check)
{
    struct caa_data *caa = check->data;
    caa->climb = (struct climb){
        .check = check,
        .done = on_searched,
        /* The exception for lookup failures also needs the sets above the failing name. */
        .await_all = check->request->caa.allow_lookup_failure,
    };
    climb_start(&caa->climb);
}

static void collect(struct check_job *check)
{
    struct caa_data *caa = check->data;
    if (!caa)
        return;
    struct caa_details *details = &check->result->details.caa;
    const struct exception *exception = caa->exception;
    size_t climbed = caa->climb.count;
    size_t proofs = exception ? exception->ds_count : 0;
    size_t all = climbed + proofs + (exception ? exception->step_count : 0);
    struct lookup_report *reports = arena_array(check->arena, all, sizeof *reports);
    const struct lookup_report *climb_reports = climb_report(&caa->climb, check->arena);
    for (size_t i = 0; i < all; i++)
        reports[i] = i < climbed ? climb_reports[i]
                     : i < climbed + proofs
                         ? lookup_report_of(&exception->ds[i - climbed])
                         : lookup_report_of(&exception->steps[i - climbed - proofs]);
    size_t left = LIMIT_REPORTED_ALIAS_BYTES;
    details->lookups = lookup_reports_within(reports, all, &left, check->arena);
    details->lookup_count = all;
    details->lookup_tries = OPT_INT(exception && exception->rounds ? exception->rounds : 1);
    for (size_t i = 0; i < caa->relevant; i++)
        check_use_lookup(check, &caa->climb.lookups[i]);
}

/* BR 4.2.2.1.2: "Effective 2027-03-15 … MUST process"; SHOULD until then. */
static bool rfc8657_is_binding(const struct check_job *check)
{
    return check->env->settings->enforce_baseline &&
           baseline_rfc8657_binds(loop_wall_ns(check->env->loop) / 1000000000);
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
    const struct caa_data *caa = check->data;
    const struct lookup *set = &caa->climb.lookups[index];
    struct caa_details *details = &check->result->details.caa;
    struct caa_query query = query_of(check);
    struct caa_decision decision = caa_evaluate(&query, set, check->arena);
    details->caa_record_present = OPT_BOOL(true);
    caa_records_report(check->arena, set, decision.deciding, details);
    if (decision.verdict == VERDICT_PASS)
        check_finish_pass(check, decision.reason);
    else
        check_finish_problem(check, decision.problem, decision.reason);
}

static void conclude_error(struct check_job *check, const struct caa_search *search)
{
    const struct caa_data *caa = check->data;
    const struct lookup *failed = &caa->climb.lookups[search->index];
    const char *text = lookup_describe(failed, check->arena);
    if (search->status == CAA_SEARCH_NO_SUCH_TLD)
        text = arena_printf(check->arena,
                            "The top-level domain %s does not exist: an Internal Name (BR 4.2.2)",
                            failed->name);
    else if (failed->outcome == DNS_NXDOMAIN)
        text = arena_printf(check->arena,
                            "The top-level domain %s seems not to exist, but DNSSEC does not prove "
                            "it (BR 4.2.2)",
                            failed->name);
    if (caa->why) /* the request asks for the exception of BR 4.2.2.1, and it does not hold */
        text = arena_printf(check->arena, "%s (%s)", text, caa->why);
    check_finish_problem(check, search->problem, text);
}

static void enter_judging(struct check_job *check)
{
    struct caa_data *caa = check->data;
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

/* --- BR 4.2.2.1: a lookup failure that may count as permission ------------------------------ */

/* How many lookups an acceptance rests on: up to the nearest set, or all. */
static size_t count_up_to_set(const struct caa_data *caa)
{
    for (size_t i = 0; i < caa->climb.count; i++)
        if (caa->climb.lookups[i].outcome == DNS_OK)
            return i + 1;
    return caa->climb.count;
}

static void enter_accepting(struct check_job *check)
{
    struct caa_data *caa = check->data;
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
    check_finish_pass(check, caa->why);
}

static void on_exception(struct check_job *check, enum exception_step step, const char *why)
{
    static const unsigned states[] = {[EXCEPTION_RETRY] = RETRYING,
                                      [EXCEPTION_FOLLOW] = FOLLOWING,
                                      [EXCEPTION_PROVE] = PROVING,
                                      [EXCEPTION_HOLDS] = ACCEPTING,
                                      [EXCEPTION_HOLDS_NOT] = JUDGING};
    struct caa_data *caa = check->data;
    caa->why = why;
    check_enter(check, states[step]);
}

static void enter_retrying(struct check_job *check)
{
    struct caa_data *caa = check->data;
    exception_retry(caa->exception);
}

static void enter_following(struct check_job *check)
{
    struct caa_data *caa = check->data;
    exception_follow(caa->exception);
}

static void enter_proving(struct check_job *check)
{
    struct caa_data *caa = check->data;
    exception_prove(caa->exception);
}

static bool may_be_exception(struct check_job *check)
{
    struct caa_data *caa = check->data;
    struct exception *exception = arena_alloc(check->arena, sizeof *exception);
    *exception = (struct exception){
        .check = check, .climb = &caa->climb, .next = on_exception, .query = query_of(check)};
    caa->exception = exception;
    return exception_init(exception);
}

static void on_searched(struct check_job *check, void *arg)
{
    (void)arg;
    const struct caa_data *caa = check->data;
    bool has_failed = climb_decide(&caa->climb).status == CAA_SEARCH_ERROR;
    bool is_tried =
        has_failed && check->request->caa.allow_lookup_failure && may_be_exception(check);
    check_enter(check, is_tried ? RETRYING : JUDGING);
}

static const struct check_state states[] = {
    [STARTING] = {"starting", enter_starting}, [CLIMBING] = {"climbing", enter_climbing},
    [RETRYING] = {"retrying", enter_retrying}, [FOLLOWING] = {"following", enter_following},
    [PROVING] = {"proving", enter_proving},    [ACCEPTING] = {"accepting", enter_accepting},
    [JUDGING] = {"judging", enter_judging}};

const struct check_machine caa_machine = {states, collect};
