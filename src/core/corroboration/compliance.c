#include "core/corroboration/compliance.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/method/validation_label.h"
#include "core/rules/dcv_record.h"

#include <assert.h>
#include <string.h>
#include <time.h>

enum {
    FINDINGS_MAX = 32,       /* each code occurs at most once */
    CLOCK_SKEW_S = 300,      /* five minutes */
    ENDS_SOON_S = 90 * 86400 /* a method: time enough to turn to another one */
};

struct judge {
    struct mpic_response *response;
    const struct compliance_env *env;
    struct arena *arena;
    struct compliance_finding *findings;
    size_t count;
    bool must_broken; /* not compliant */
    bool forbids;     /* and not valid, where the requirements are enforced */
};

static void add(struct judge *j, const char *level, const char *code, const char *clause,
                const char *message)
{
    j->findings[j->count++] = (struct compliance_finding){
        .code = code, .clause = clause, .level = level, .message = message};
    j->must_broken = j->must_broken || str_eq(level, "must");
    j->forbids = j->forbids || str_eq(level, "must");
}

/* A breach that makes the response not compliant, but leaves it valid: a laboratory is no deployment. */
static void add_told_only(struct judge *j, const char *level, const char *code, const char *clause,
                          const char *message)
{
    bool forbids = j->forbids;
    add(j, level, code, clause, message);
    j->forbids = forbids;
}

static const struct attempt *last_attempt(const struct judge *j)
{
    return &j->response->attempts[j->response->attempt_count - 1];
}

static const struct check_request *check_of(const struct judge *j)
{
    return &j->response->request->check;
}

static enum dcv_method method_of(const struct judge *j)
{
    return method_of_request(check_of(j))->method;
}

static bool any_has_policy(const struct judge *j, const char *setting)
{
    const struct attempt *attempt = last_attempt(j);
    for (size_t i = 0; i < attempt->count; i++) {
        const struct strv *policy = &attempt->results[i].result.details.local_policy;
        if (setting ? strv_has(policy, setting) : policy->count > 0)
            return true;
    }
    return false;
}

/*
 * Settings that make a check another one than what the Baseline Requirements ask for: reserved
 * addresses (BR 4.2.2), other than Authorized Ports (BR 1.6.1), zones and trust anchors that are not
 * the public DNS's (BR 4.2.2.1.3). The two that are none of these: a remote perspective need not
 * validate DNSSEC, and may forward its questions (BR 4.2.2.1.3, BR 3.2.2.9).
 */
static bool is_for_laboratories(const char *setting)
{
    return !str_eq(setting, "dns.insecure_zones") && !str_eq(setting, "dns.forward_to");
}

/* True if somebody's yes was found with such a setting. */
static bool yes_is_from_a_laboratory(const struct judge *j)
{
    const struct attempt *attempt = last_attempt(j);
    for (size_t i = 0; i < attempt->count; i++) {
        const struct check_result *result = &attempt->results[i].result;
        const struct strv *policy = &result->details.local_policy;
        for (size_t k = 0; result->verdict == VERDICT_PASS && k < policy->count; k++)
            if (is_for_laboratories(policy->items[k]))
                return true;
    }
    return false;
}

/* --- the perspectives ----------------------------------------------------------------------- */

static const struct perspective_info *place_of(const struct judge *j, const char *code)
{
    for (size_t i = 0; i < j->env->perspective_count; i++)
        if (str_eq(j->env->perspectives[i].code, code))
            return &j->env->perspectives[i];
    return NULL;
}

/* Two of the cohort whose distance nobody can tell, as "a and b"; NULL if there are none. */
static const char *pair_of_unknown_distance(const struct judge *j)
{
    const struct attempt *attempt = last_attempt(j);
    for (size_t a = 0; a < attempt->count; a++)
        for (size_t b = a + 1; b < attempt->count; b++) {
            const struct perspective_info *one = place_of(j, attempt->results[a].code);
            const struct perspective_info *other = place_of(j, attempt->results[b].code);
            if (one && other && perspectives_distance_is_unknown(one, other))
                return arena_printf(j->arena, "%s and %s", one->code, other->code);
        }
    return NULL;
}

/* A perspective of the cohort that is too close to the primary; NULL if there is none. */
static const char *perspective_near_primary(const struct judge *j)
{
    const struct attempt *attempt = last_attempt(j);
    for (size_t i = 0; j->env->primary && i < attempt->count; i++) {
        const struct perspective_info *place = place_of(j, attempt->results[i].code);
        if (place && perspectives_are_too_close(place, j->env->primary))
            return place->code;
    }
    return NULL;
}

static void judge_primary(struct judge *j)
{
    const struct check_result *result = &j->response->primary->result;
    if (!result_corroborates(check_of(j), result))
        add(j, "must", "primary_failed", "BR 3.2.2.9",
            "the Primary Network Perspective did not see what permits issuance: there is nothing to "
            "corroborate");
    const char *near = perspective_near_primary(j);
    if (near)
        add(j, "must", "primary_too_close", "BR 3.2.2.9",
            arena_printf(j->arena, "%s is under 500 km from the Primary Network Perspective",
                         near));
    /* BR 3.2.2.4, BR 4.2.2.1.3: no local policy may disable DNSSEC validation there. */
    if (result->details.local_policy.count > 0)
        add(j, "must", "primary_local_policy", "BR 3.2.2.4",
            "settings for laboratories touched the check of the Primary Network Perspective");
}

/* A perspective of the cohort whose answers nothing binds to the questions; NULL if there is none. */
static const char *unbound_perspective(const struct judge *j)
{
    const struct attempt *attempt = last_attempt(j);
    for (size_t i = 0; i < attempt->count; i++) {
        const struct perspective_info *place = place_of(j, attempt->results[i].code);
        if (place && place->is_unbound)
            return place->code;
    }
    return NULL;
}

static void judge_perspectives(struct judge *j)
{
    const struct baseline_period *period = j->env->period;
    size_t used = j->response->perspective_count;
    if (j->response->primary)
        judge_primary(j);
    else
        add(j, "note", "primary_not_included", "BR 3.2.2.9",
            "the check of the Primary Network Perspective is not part of this response: the caller "
            "must perform it");
    if (j->env->from_one_place)
        add(j, "must", "single_location", "BR 3.2.2.9",
            "every perspective is this one machine: this is for trying mpic out");
    if (period && used < period->min_remotes)
        add(j, "must", "too_few_perspectives", "BR 3.2.2.9",
            arena_printf(j->arena, "%zu perspectives were used; since %s at least %zu are required",
                         used, period->from_text, period->min_remotes));
    if (j->response->decision.rir_rule_broken)
        add(j, "must", "too_few_rirs", "BR 3.2.2.9",
            "the corroborating perspectives lie in the region of one RIR; two are required");
    const char *pair = pair_of_unknown_distance(j);
    if (pair)
        add(j, "should", "distance_unknown", "BR 3.2.2.9",
            arena_printf(j->arena,
                         "nothing is known of the distance between %s; 500 km are required", pair));
    const char *unbound = unbound_perspective(j);
    if (unbound)
        add(j, "note", "answers_not_bound", "BR 3.2.2.9",
            arena_printf(
                j->arena,
                "%s does not say which question it answers (binding: none); each question to "
                "it has a connection of its own",
                unbound));
    if (any_has_policy(j, "dns.forward_to"))
        add(j, "note", "resolver_location_unknown", "BR 3.2.2.9",
            "a perspective forwards its DNS questions; where that resolver stands is not known here");
}

/* --- what was asked for --------------------------------------------------------------------- */

/* BR 5.4.1(2) has CAA under its own clause, which moved with version 2.2.8. */
static const char *clause_of(const struct judge *j)
{
    enum dcv_method method = method_of(j);
    if (method == DCV_NONE)
        return baseline_caa_clause(j->response->br_version);
    return baseline_method_clause(method, j->env->target && target_is_ip(j->env->target));
}

static void judge_end_of_method(struct judge *j, const char *clause)
{
    enum dcv_method method = method_of(j);
    const char *end = baseline_method(method)->must_not_from;
    if (baseline_method_status(method, j->env->time_s + ENDS_SOON_S) == METHOD_MUST_NOT)
        add(j, "note", "method_ends", clause,
            arena_printf(j->arena,
                         "%s must not be relied on from %s on, and what it validated before must "
                         "not be used then",
                         dcv_method_str(method), end));
}

static void judge_method(struct judge *j)
{
    enum dcv_method method = method_of(j);
    const struct method_rule *rule = baseline_method(method);
    const char *clause = arena_printf(j->arena, "BR %s", clause_of(j));
    switch (baseline_method_status(method, j->env->time_s)) {
    case METHOD_ALLOWED:
        judge_end_of_method(j, clause);
        return;
    case METHOD_SHOULD_NOT:
        add(j, "should", "method_should_not", clause,
            arena_printf(j->arena, "%s should not be used since %s", dcv_method_str(method),
                         rule->should_not_from));
        judge_end_of_method(j, clause);
        return;
    case METHOD_MUST_NOT:
        add(j, "must", "method_must_not", clause,
            arena_printf(j->arena,
                         "%s must not be relied on since %s, nor what it validated before be used",
                         dcv_method_str(method), rule->must_not_from));
        return;
    }
}

/* RFC 8555 section 8.1: the token, a dot, and the thumbprint of the account's key. */
static bool begins_with_token(const char *key_authorization, const char *token)
{
    return str_starts_with(key_authorization, token) && key_authorization[strlen(token)] == '.';
}

static void judge_challenge(struct judge *j)
{
    const struct dcv_params *dcv = &check_of(j)->dcv;
    if (dcv_record_may_match_by_chance(dcv))
        add(j, "note", "short_challenge", "BR 3.2.2.4.7",
            "a value of under 18 characters was looked for as a part of a record: it may stand there "
            "by chance");
    if (method_get(dcv->method)->page == PAGE_IS_KEY_AUTHORIZATION && dcv->token &&
        dcv->key_authorization && !begins_with_token(dcv->key_authorization, dcv->token))
        add(j, "note", "token_mismatch", "RFC 8555 section 8.1",
            "the key authorization does not begin with the token");
}

/* BR 4.2.2: no certificate for a name in a reverse zone, so nothing may be proven about one. */
static bool is_reverse_zone_breach(const struct judge *j)
{
    const struct target *target = j->env->target;
    return target && !target_is_ip(target) && target_is_reverse_zone(target) &&
           !baseline_method(method_of(j))->reverse_names_only;
}

/* --- what was seen -------------------------------------------------------------------------- */

/* A restriction that the request gave nothing to compare with. */
static bool has_unevaluated_parameter(const struct caa_params *params, const char *record)
{
    struct bytes text = bytes_of(record);
    return (!params->account_uris.present && bytes_contain_nocase(text, bytes_of("accounturi"))) ||
           (!validation_labels_are_given(params) &&
            bytes_contain_nocase(text, bytes_of("validationmethods")));
}

static bool saw_unevaluated_parameters(const struct judge *j)
{
    const struct attempt *attempt = last_attempt(j);
    for (size_t i = 0; i < attempt->count; i++) {
        const struct check_result *result = &attempt->results[i].result;
        const struct strv *seen = &result->details.caa.records_seen;
        for (size_t k = 0; result->verdict == VERDICT_PASS && k < seen->count; k++)
            if (has_unevaluated_parameter(&check_of(j)->caa, seen->items[k]))
                return true;
    }
    return false;
}

static const char *perspective_with_skewed_clock(const struct judge *j)
{
    const struct attempt *attempt = last_attempt(j);
    for (size_t i = 0; i < attempt->count; i++) {
        const struct opt_int *stamp = &attempt->results[i].result.timestamp_ns;
        int64_t now_s = j->env->now_ns / 1000000000, then_s = stamp->value / 1000000000;
        if (stamp->present && (now_s - then_s > CLOCK_SKEW_S || then_s - now_s > CLOCK_SKEW_S))
            return attempt->results[i].code;
    }
    return NULL;
}

static void judge_observations(struct judge *j)
{
    const struct target *target = j->env->target;
    if (check_of(j)->check_type == CHECK_CAA) {
        if (target && target_is_ip(target))
            add(j, "note", "caa_not_applicable", arena_printf(j->arena, "BR %s", clause_of(j)),
                "CAA does not apply to IP addresses: nothing was looked up");
        if (saw_unevaluated_parameters(j))
            add(j, "should", "rfc8657_not_evaluated", "RFC 8657 section 3",
                "a CAA record has accounturi or validationmethods; send account_uris and "
                "validation_method or validation_method_labels to have them evaluated");
    }
    if (any_has_policy(j, NULL))
        add_told_only(j, yes_is_from_a_laboratory(j) ? "must" : "note", "local_policy",
                      "BR 3.2.2.4",
                      "settings for laboratories touched the check: see local_policy of the "
                      "perspectives");
    const char *skewed = perspective_with_skewed_clock(j);
    if (skewed)
        add(j, "note", "clock_skew", "BR 5.4.1",
            arena_printf(j->arena, "the clock of %s differs from ours by more than five minutes",
                         skewed));
}

static const char *format_time(int64_t wall_ns, struct arena *arena)
{
    time_t time = (time_t)(wall_ns / 1000000000);
    struct tm utc;
    gmtime_r(&time, &utc);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                        utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

/* BR 5.4.1(2): the information validated, the Authorization Domain Name, the method; since 2026-07-15. */
static void record_verification(const struct judge *j)
{
    const struct target *target = j->env->target;
    const char *name = target ? arena_strdup(j->arena, target->canonical) : NULL;
    enum dcv_method method = method_of(j);
    struct verification *record = &j->response->verification;
    *record = (struct verification){
        .authorization_domain_name = target && !target_is_ip(target) ? name : NULL,
        .ip_address = target && target_is_ip(target) ? name : NULL,
        .method = clause_of(j),
        .acme_label = validation_labels_of(method).acme,
        .date = format_time(j->env->now_ns, j->arena),
    };
    if (j->response->is_valid && method != DCV_NONE)
        record->reuse_days = OPT_INT(baseline_reuse_days(method, j->env->time_s));
}

void compliance_judge(struct mpic_response *response, const struct compliance_env *env,
                      struct arena *arena)
{
    assert(response->attempt_count > 0);
    struct judge j = {.response = response, .env = env, .arena = arena};
    response->br_version = env->br_version ? env->br_version : baseline_version_at(env->time_s);
    j.findings = arena_array(arena, FINDINGS_MAX, sizeof *j.findings);
    if (is_reverse_zone_breach(&j))
        add(&j, "must", "reverse_zone_name", "BR 4.2.2",
            "a name in the reverse zones in-addr.arpa and ip6.arpa cannot be certified");
    judge_perspectives(&j);
    judge_method(&j);
    if (check_of(&j)->check_type == CHECK_DCV)
        judge_challenge(&j);
    judge_observations(&j);
    /* What is not compliant is not valid: no breach is left to a reader of findings. */
    if (env->mode == BASELINE_ENFORCE && j.forbids)
        response->is_valid = false;
    response->has_compliance = env->mode != BASELINE_OFF;
    response->compliance_method = clause_of(&j);
    response->compliant = !j.must_broken;
    response->findings = j.findings;
    response->finding_count = j.count;
    record_verification(&j);
}
