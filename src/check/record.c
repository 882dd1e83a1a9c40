/*
 * The validation methods that look at DNS records: one question, or for the contact methods in CAA
 * records the tree climb of RFC 8659 section 3; then core/rules/dcv_record.h decides.
 *
 *   STARTING --> ASKING ----------------------(an answer)--------> JUDGING --> concluded
 *       |\-----> CLIMBING (check/climb.h) ----(a set, an error)-----/
 *       |            \--(no set)--------------------------------------------> concluded
 *       \--(an address that is refused, a name that cannot be asked)--------> concluded
 */
#include "check/climb.h"
#include "core/rules/dcv_record.h"
#include "core/rules/record_reason.h"

enum { STARTING, ASKING, CLIMBING, JUDGING };

struct record_data {
    struct dcv_query query;
    struct lookup answer; /* to be judged */
    struct climb climb;   /* contact-*-caa */
};

static const struct dcv_params *params_of(const struct check_job *check)
{
    return &check->request->dcv;
}

/* What an answer shows, whatever is in it: the RCODE and the chain. */
static void fill_from_answer(struct check_job *check, const struct lookup *answer)
{
    struct record_details *details = &check->result->details.record;
    check_use_lookup(check, answer);
    details->response_code = answer->rcode;
    details->cname_chain = answer->cname_chain;
}

/* And a negative one: that there was nothing. */
static void fill_from_negative(struct check_job *check, const struct lookup *answer)
{
    struct record_details *details = &check->result->details.record;
    fill_from_answer(check, answer);
    details->ad_flag = OPT_BOOL(answer->dnssec == DNSSEC_SECURE);
    details->records_seen = (struct strv){.present = true};
}

static void conclude_without_records(struct check_job *check, const struct lookup *answer)
{
    const char *message = lookup_describe(answer, check->arena);
    if (answer->outcome == DNS_NODATA || answer->outcome == DNS_NXDOMAIN) {
        fill_from_negative(check, answer);
        check_finish_explained(
            check, lookup_problem(answer), message,
            record_reason_no_records(params_of(check), check->target, answer, check->arena));
        return;
    }
    fill_from_answer(check, answer);
    check_finish_problem(check, lookup_problem(answer), message);
}

static void conclude_with_records(struct check_job *check, const struct lookup *answer)
{
    int64_t now_s = loop_wall_ns(check->env->loop) / 1000000000;
    struct check_details *details = &check->result->details;
    fill_from_answer(check, answer);
    struct dcv_record_judgement judgement = dcv_record_judge(
        params_of(check), check->target, answer, now_s, check->arena, &details->record);
    /* The way up to the set counts as well, where a search led to it. */
    details->record.ad_flag = OPT_BOOL(details->dnssec == DNSSEC_SECURE);
    if (judgement.problem != PROBLEM_NONE) {
        check_finish_problem(check, judgement.problem, judgement.text);
        return;
    }
    check_finish_pass(check, NULL);
}

static void enter_judging(struct check_job *check)
{
    const struct record_data *record = check->data;
    if (record->answer.outcome == DNS_OK)
        conclude_with_records(check, &record->answer);
    else
        conclude_without_records(check, &record->answer);
}

static void on_answer(const struct dns_answer *answer, void *arg)
{
    struct check_job *check = arg;
    struct record_data *record = check->data;
    lookup_from_answer(check, answer, &record->answer);
    check_enter(check, JUDGING);
}

static void enter_asking(struct check_job *check)
{
    const struct record_data *record = check->data;
    const struct dns_query question = {.name = record->query.name, .type = record->query.type};
    check_ask(check, &question, check->deadline_ms, on_answer, check);
}

/* --- contact-email-caa, contact-phone-caa --------------------------------------------------- */

/* Nobody named a contact (BR 3.2.2.4.13, 3.2.2.4.17). */
static void conclude_without_set(struct check_job *check)
{
    const struct record_data *record = check->data;
    struct check_details *details = &check->result->details;
    fill_from_negative(check, &record->climb.lookups[0]);
    for (size_t i = 1; i < record->climb.count; i++)
        check_use_lookup(check, &record->climb.lookups[i]);
    details->record.ad_flag = OPT_BOOL(details->dnssec == DNSSEC_SECURE);
    check_finish_problem(
        check, PROBLEM_NO_MATCH,
        record_reason_no_set(params_of(check), check->target->canonical, check->arena));
}

static void on_climbed(struct check_job *check, void *arg)
{
    (void)arg;
    struct record_data *record = check->data;
    const struct lookup *lookups = record->climb.lookups;
    struct caa_search search = climb_decide(&record->climb);
    switch (search.status) {
    case CAA_SEARCH_FOUND:
        for (size_t i = 0; i < search.index; i++)
            check_use_lookup(check, &lookups[i]);
        check->result->details.record.query_name = lookups[search.index].name;
        record->answer = lookups[search.index];
        check_enter(check, JUDGING);
        return;
    case CAA_SEARCH_NONE:
    case CAA_SEARCH_NO_SUCH_TLD:
        conclude_without_set(check);
        return;
    case CAA_SEARCH_ERROR:
        /* Whether the TLD exists is the CAA check's question (BR 4.2.2), not this one. */
        if (search.problem == PROBLEM_TLD_UNPROVEN) {
            conclude_without_set(check);
            return;
        }
        check->result->details.record.query_name = lookups[search.index].name;
        fill_from_answer(check, &lookups[search.index]);
        check_finish_problem(check, search.problem,
                             lookup_describe(&lookups[search.index], check->arena));
        return;
    }
}

static void enter_climbing(struct check_job *check)
{
    struct record_data *record = check->data;
    record->climb = (struct climb){.check = check, .done = on_climbed};
    climb_start(&record->climb);
}

/* --- the beginning, and the evidence --------------------------------------------------------- */

static void collect(struct check_job *check)
{
    const struct record_data *record = check->data;
    if (!record || record->climb.count == 0)
        return;
    struct record_details *details = &check->result->details.record;
    size_t left = LIMIT_REPORTED_ALIAS_BYTES;
    details->lookup_count = record->climb.count;
    details->lookups = lookup_reports_within(climb_report(&record->climb, check->arena),
                                             details->lookup_count, &left, check->arena);
}

/* True if the check has ended: a special-purpose address is never validated (BR 4.2.2). */
static bool refuse_address(struct check_job *check)
{
    const struct dcv_address_ruling ruling = dcv_record_rule_on_address(
        params_of(check), check->target, &check->env->settings->addresses, check->arena);
    if (ruling.is_exempted)
        check_add_local_policy(check, "network.allow_addresses");
    if (ruling.refusal)
        check_finish_problem(check, PROBLEM_ADDRESS_REFUSED, ruling.refusal);
    return ruling.refusal != NULL;
}

static void enter_starting(struct check_job *check)
{
    struct record_data *record = arena_alloc(check->arena, sizeof *record);
    struct err err;
    if (refuse_address(check))
        return;
    if (!dcv_record_query(params_of(check), check->target, check->arena, &record->query, &err)) {
        check_finish_parameter(check, "dns_name_prefix", params_of(check)->dns_name_prefix,
                               err.text);
        return;
    }
    check->data = record;
    check->result->details.record.query_name = record->query.name;
    check_enter(check, record->query.climbs ? CLIMBING : ASKING);
}

static const struct check_state states[] = {[STARTING] = {"starting", enter_starting},
                                            [ASKING] = {"asking", enter_asking},
                                            [CLIMBING] = {"climbing", enter_climbing},
                                            [JUDGING] = {"judging", enter_judging}};

const struct check_machine record_machine = {states, collect};
