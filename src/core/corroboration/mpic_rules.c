#include "core/corroboration/mpic.h"

#include "base/limits.h"
#include "core/names/target.h"

void rule_issue_add(struct rule_issues *issues, struct arena *arena, const char *issue_type,
                    const char *fmt, ...)
{
    struct rule_issue *items = arena_array(arena, issues->count + 1, sizeof *items);
    for (size_t i = 0; i < issues->count; i++)
        items[i] = issues->items[i];
    va_list ap;
    va_start(ap, fmt);
    items[issues->count] = (struct rule_issue){issue_type, arena_vprintf(arena, fmt, ap)};
    va_end(ap);
    issues->items = items;
    issues->count++;
}

/* What the rules look at, and what they find. */
struct rules {
    const struct mpic_request *request;
    const struct rules_env *env;
    struct arena *arena;
    struct rule_issues *issues;
};

/* BR 3.2.2.9: "using at least … remote Network Perspectives". */
static void check_calendar(const struct rules *rules, size_t count)
{
    const struct baseline_period *period = baseline_at(rules->env->time_s);
    if (rules->env->mode == BASELINE_ENFORCE && period && count < period->min_remotes)
        rule_issue_add(rules->issues, rules->arena, "invalid-perspective-count",
                       "Invalid perspective count: %zu (BR 3.2.2.9 demands at least %zu since %s)",
                       count, period->min_remotes, period->from_text);
}

/* False if there is no count to go on with. */
static bool check_perspective_count(const struct rules *rules, size_t *count)
{
    const struct opt_int *asked = &rules->request->orchestration.perspective_count;
    *count = rules->env->default_perspective_count;
    if (asked->present) {
        if (asked->value < 2 || (uint64_t)asked->value > rules->env->known_perspectives) {
            rule_issue_add(rules->issues, rules->arena, "invalid-perspective-count",
                           "Invalid perspective count: %lld (2 to %zu are possible here)",
                           (long long)asked->value, rules->env->known_perspectives);
            return false;
        }
        *count = (size_t)asked->value;
    }
    check_calendar(rules, *count);
    return true;
}

/* BR 3.2.2.9, table "Quorum Requirements". Also where the count is the configured one: a quorum of
 * 0 would make anything valid. */
static void check_quorum(const struct rules *rules, size_t count, size_t *quorum)
{
    const struct opt_int *asked = &rules->request->orchestration.quorum_count;
    *quorum = quorum_default(count);
    if (!asked->present)
        return;
    if (quorum_is_allowed(count, asked->value))
        *quorum = (size_t)asked->value;
    else
        rule_issue_add(rules->issues, rules->arena, "invalid-quorum-count",
                       "Invalid quorum count: %lld (%zu to %zu of %zu perspectives, by BR 3.2.2.9)",
                       (long long)asked->value, quorum_default(count), count, count);
}

static size_t effective_attempts(const struct rules *rules)
{
    const struct orchestration *asked = &rules->request->orchestration;
    if (asked->cohort_for_single_attempt.present || !asked->max_attempts.present ||
        asked->max_attempts.value < 1)
        return 1;
    size_t most = rules->env->absolute_max_attempts > 0 ? rules->env->absolute_max_attempts : 1;
    return (uint64_t)asked->max_attempts.value < most ? (size_t)asked->max_attempts.value : most;
}

static void check_method_date(const struct rules *rules)
{
    const struct check_request *check = &rules->request->check;
    if (rules->env->mode != BASELINE_ENFORCE || check->check_type != CHECK_DCV ||
        baseline_method_status(check->dcv.method, rules->env->time_s) != METHOD_MUST_NOT)
        return;
    struct target target;
    struct err err;
    bool is_ip = target_parse(check->target, &target, &err) && target_is_ip(&target);
    enum dcv_method method = check->dcv.method;
    rule_issue_add(
        rules->issues, rules->arena, "not-permitted-by-baseline",
        "Not permitted by the Baseline Requirements: %s (BR %s: it must not be relied on since %s)",
        dcv_method_str(method), baseline_method_clause(method, is_ip),
        baseline_method(method)->must_not_from);
}

void request_check_rules(const struct mpic_request *request, const struct rules_env *env,
                         struct arena *arena, struct rule_issues *issues,
                         struct effective_orchestration *effective)
{
    const struct rules rules = {request, env, arena, issues};
    *effective = (struct effective_orchestration){.max_attempts = effective_attempts(&rules)};
    if (check_perspective_count(&rules, &effective->perspective_count))
        check_quorum(&rules, effective->perspective_count, &effective->quorum);
    check_method_date(&rules);
    request_check_parameters(&request->check, env->regex_fault, arena, issues);
}
