#include "core/corroboration/quorum.h"
#include "core/method/validation_label.h"

/* From this number on, two RIRs are demanded whatever the calendar says, as Open MPIC does. */
#define ALWAYS_TWO_RIRS_FROM 3

size_t quorum_default(size_t perspective_count)
{
    return perspective_count - baseline_allowed_non_corroborations(perspective_count);
}

bool quorum_is_allowed(size_t perspective_count, int64_t quorum)
{
    return perspective_count >= 2 && quorum >= (int64_t)quorum_default(perspective_count) &&
           quorum <= (int64_t)perspective_count;
}

static bool is_true(struct opt_bool value)
{
    return value.present && value.value;
}

/*
 * BR 4.2.2.1: a failed lookup is permission only if it was allowed to be, was repeated, and the name
 * is proven Insecure. A peer that knows no such conditions passes after any failure; it tells of the
 * failure in its errors, or of no record that it looked for.
 */
static bool is_sound_permission(const struct caa_params *params, const struct check_result *result)
{
    const struct caa_details *caa = &result->details.caa;
    bool looked =
        caa->caa_record_present.present || (caa->applicable.present && !caa->applicable.value);
    if (looked && result->error_count == 0 && !is_true(caa->lookup_failure_accepted))
        return true;
    return params->allow_lookup_failure && is_true(caa->lookup_failure_accepted) &&
           result->details.dnssec == DNSSEC_INSECURE;
}

static bool has_seen_caa_inputs(const struct caa_params *params, const struct check_result *result)
{
    if (!is_sound_permission(params, result))
        return false;
    /* RFC 8657: a restriction in the records is only known to be met if the peer looked for it. */
    if (params->account_uris.present || validation_labels_are_given(params))
        return result->details.reason != NULL;
    return true;
}

static bool has_seen_dcv_inputs(const struct dcv_params *params, const struct check_result *result)
{
    if (method_get(params->method)->record.expects == EXPECTS_PERSISTENT &&
        params->wildcard_policy == WILDCARD_REQUIRED)
        return result->details.record.matched_record != NULL;
    return true;
}

/* Of the asked type and method: anything else is no answer at all. */
static bool is_answer(const struct check_request *request, const struct check_result *result)
{
    if (result->check_type != request->check_type)
        return false;
    return request->check_type == CHECK_CAA || result->method == request->dcv.method;
}

bool result_corroborates(const struct check_request *request, const struct check_result *result)
{
    if (!is_answer(request, result) || result->verdict != VERDICT_PASS ||
        result->problem != PROBLEM_NONE)
        return false;
    return request->check_type == CHECK_CAA ? has_seen_caa_inputs(&request->caa, result)
                                            : has_seen_dcv_inputs(&request->dcv, result);
}

static void count_entry(struct quorum_decision *decision, const struct quorum_entry *entry,
                        const struct check_request *request)
{
    if (entry->result->verdict == VERDICT_UNKNOWN || !is_answer(request, entry->result))
        return;
    decision->completed++;
    if (!result_corroborates(request, entry->result))
        return;
    decision->corroborating++;
    /* A perspective of no known region shows no region. */
    if (entry->rir != RIR_NONE && !decision->rirs[entry->rir]) {
        decision->rirs[entry->rir] = true;
        decision->rir_count++;
    }
}

struct quorum_decision quorum_decide(const struct quorum_entry *entries, size_t count,
                                     const struct quorum_rules *rules)
{
    struct quorum_decision decision = {0};
    for (size_t i = 0; i < count; i++)
        count_entry(&decision, &entries[i], rules->request);

    bool always = count >= ALWAYS_TWO_RIRS_FROM;
    bool two_rirs = always || (rules->period && rules->period->two_rirs);
    bool enough =
        quorum_is_allowed(count, (int64_t)rules->quorum) && decision.corroborating >= rules->quorum;
    decision.rir_rule_broken = enough && two_rirs && decision.rir_count < 2;
    bool rirs_forbid = decision.rir_rule_broken && (always || rules->mode == BASELINE_ENFORCE);
    /* BR 3.2.2.9: "using at least … remote Network Perspectives". */
    bool too_few =
        rules->mode == BASELINE_ENFORCE && rules->period && count < rules->period->min_remotes;

    /* The same as "not completed <= n - quorum", without a difference below zero. */
    decision.mpic_completed = decision.completed >= rules->quorum;
    decision.is_valid = decision.mpic_completed && enough && !rirs_forbid && !too_few;
    return decision;
}
