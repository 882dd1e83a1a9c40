#include "core/corroboration/observe.h"

#include "base/limits.h"
#include "base/str.h"
#include "dns/type.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint16_t types[OBSERVE_TYPE_COUNT] = {
    [OBSERVE_A] = DNS_A,         [OBSERVE_AAAA] = DNS_AAAA, [OBSERVE_CAA] = DNS_CAA,
    [OBSERVE_CNAME] = DNS_CNAME, [OBSERVE_DS] = DNS_DS,     [OBSERVE_MX] = DNS_MX,
    [OBSERVE_TXT] = DNS_TXT,
};

const char *observe_type_str(enum observe_type type)
{
    return dns_type_name(types[type]);
}

bool observe_type_parse(const char *text, enum observe_type *out)
{
    for (int type = OBSERVE_NONE + 1; type < OBSERVE_TYPE_COUNT; type++) {
        if (!str_eq(dns_type_name(types[type]), text))
            continue;
        *out = (enum observe_type)type;
        return true;
    }
    return false;
}

uint16_t observe_type_code(enum observe_type type)
{
    return types[type];
}

static const char *const outcomes[] = {
    [OBSERVE_UNKNOWN] = "unknown", [OBSERVE_NOTHING] = "nothing", [OBSERVE_PRESENT] = "present"};

const char *observe_outcome_str(enum observe_outcome outcome)
{
    return outcomes[outcome];
}

enum observe_outcome observe_outcome_of(enum problem problem)
{
    if (problem == PROBLEM_NONE)
        return OBSERVE_PRESENT;
    return problem_info(problem)->verdict == VERDICT_FAIL ? OBSERVE_NOTHING : OBSERVE_UNKNOWN;
}

void observe_set_problem(struct observed *seen, enum problem problem, const char *reason)
{
    assert(problem != PROBLEM_NONE);
    seen->problem = problem;
    seen->outcome = observe_outcome_of(problem);
    seen->reason = reason;
}

/* --- the request ----------------------------------------------------------------------------- */

struct rules {
    const struct observe_request *request;
    struct arena *arena;
    struct rule_issues *issues;
    struct observe_question *out;
};

static const char *shown(const struct rules *rules, const char *text)
{
    return str_report(rules->arena, bytes_of(text), LIMIT_MESSAGE_OUTSIDE_BYTES);
}

static bool is_empty(const char *text)
{
    return !text || !*text;
}

/* Any labels may stand before the name: nothing is proven by what is found there. */
static void check_prefix(const struct rules *rules)
{
    const char *prefix = rules->request->dns_name_prefix;
    struct err err;
    if (is_empty(prefix))
        return;
    const char *whole = arena_printf(rules->arena, "%s.%s", prefix, rules->out->target.canonical);
    if (target_parse(whole, &rules->out->target, &err) && !rules->out->target.is_wildcard)
        return;
    rule_issue_add(rules->issues, rules->arena, "invalid-query-name",
                   "Invalid query name: dns_name_prefix \"%s\" and the target are no domain name",
                   shown(rules, prefix));
}

static void check_records(const struct rules *rules)
{
    const struct observe_request *request = rules->request;
    struct target *target = &rules->out->target;
    struct err err;
    bool is_name = target_parse(request->target, target, &err);
    if (!is_name)
        rule_issue_add(rules->issues, rules->arena, "invalid-target", "Invalid domain name: %s",
                       err.text);
    else if (target_is_ip(target))
        rule_issue_add(rules->issues, rules->arena, "invalid-target",
                       "Invalid target: \"%s\" (an observation of records is of a domain name)",
                       shown(rules, request->target));
    else
        check_prefix(rules);
    rules->out->searches = request->caa_search;
    if (request->caa_search && request->type != OBSERVE_CAA)
        rule_issue_add(rules->issues, rules->arena, "invalid-caa-search",
                       "Invalid caa_search: it is for dns_record_type CAA");
    if (request->body_max_bytes.present)
        rule_issue_add(rules->issues, rules->arena, "invalid-body-max-bytes",
                       "Invalid body_max_bytes: it is for a url");
}

/* The ports of web servers among the Authorized Ports (BR 1.6.1), as for the checks. */
static void check_url(const struct rules *rules)
{
    const char *text = rules->request->url;
    struct url *url = &rules->out->url;
    struct err err;
    if (!url_parse(bytes_of(text), rules->arena, url, &err))
        rule_issue_add(rules->issues, rules->arena, "invalid-url", "Invalid URL: \"%s\" (%s)",
                       shown(rules, text), err.text);
    else if (url->port != 80 && url->port != 443)
        rule_issue_add(rules->issues, rules->arena, "invalid-url",
                       "Invalid URL: \"%s\" (the port must be 80 or 443)", shown(rules, text));
    else
        rules->out->url_text = url_format(url, rules->arena);
}

static void check_file(const struct rules *rules)
{
    const struct observe_request *request = rules->request;
    const struct opt_int *most = &request->body_max_bytes;
    check_url(rules);
    if (request->caa_search)
        rule_issue_add(rules->issues, rules->arena, "invalid-caa-search",
                       "Invalid caa_search: it is for dns_record_type CAA");
    if (most->present && (most->value < 0 || most->value > OBSERVE_BODY_MAX_BYTES))
        rule_issue_add(rules->issues, rules->arena, "invalid-body-max-bytes",
                       "Invalid body_max_bytes: %lld (0 to %d)", (long long)most->value,
                       OBSERVE_BODY_MAX_BYTES);
    else
        rules->out->body_max_bytes = most->present ? (size_t)most->value : OBSERVE_BODY_BYTES;
}

void observe_check_request(const struct observe_request *request, struct arena *arena,
                           struct rule_issues *issues, struct observe_question *out)
{
    const struct rules rules = {request, arena, issues, out};
    *out = (struct observe_question){.type = request->type};
    bool asks_records = request->type != OBSERVE_NONE;
    bool names_record = request->target || request->dns_name_prefix;
    if (asks_records && request->target && !request->url)
        check_records(&rules);
    else if (!asks_records && !names_record && request->url)
        check_file(&rules);
    else
        rule_issue_add(
            issues, arena, "invalid-observation",
            "Invalid observation: it is of domain_or_ip_target and dns_record_type (with "
            "dns_name_prefix and caa_search perhaps), or of a url");
}

const char *observe_seed(const struct observe_question *question)
{
    return question->type == OBSERVE_NONE ? question->url.host : question->target.canonical;
}

/* --- agreement ------------------------------------------------------------------------------- */

/* What is compared, and shown to people; NULL: could not tell. */
static const char *sight_of(const struct observed *seen, struct arena *arena)
{
    switch (seen->outcome) {
    case OBSERVE_UNKNOWN:
        return NULL;
    case OBSERVE_NOTHING:
        return problem_str(seen->problem);
    case OBSERVE_PRESENT:
        break;
    }
    if (seen->has_dns)
        return arena_printf(arena, "records, SHA-256 %s", seen->dns.records_sha256);
    return arena_printf(arena, "status %lld, %lld%s bytes, SHA-256 %s",
                        (long long)seen->file.status_code.value,
                        (long long)seen->file.body_bytes.value,
                        seen->file.body_truncated ? " or more" : "", seen->file.body_sha256);
}

static void add_code(struct strv *codes, const char *code)
{
    ((const char **)codes->items)[codes->count++] = code;
}

static struct strv empty_codes(struct arena *arena, size_t capacity)
{
    return (struct strv){.items = arena_array(arena, capacity, sizeof(const char *)),
                         .present = true};
}

static void add_to_group(struct observe_group *groups, size_t *count, size_t capacity,
                         const struct observe_group *member, struct arena *arena)
{
    size_t at = 0;
    while (at < *count && !str_eq(groups[at].seen, member->seen))
        at++;
    if (at == *count) {
        groups[(*count)++] = *member;
        groups[at].perspectives = empty_codes(arena, capacity);
    }
    add_code(&groups[at].perspectives, member->perspectives.items[0]);
}

static int compare_groups(const void *a, const void *b)
{
    const struct observe_group *left = a, *right = b;
    if (left->perspectives.count != right->perspectives.count)
        return left->perspectives.count > right->perspectives.count ? -1 : 1;
    return strcmp(left->seen, right->seen);
}

/* What the others are compared with: NULL if there is nothing. */
static const char *standard_of(struct observe_agreement *out, size_t asked,
                               const struct observed *primary, struct arena *arena)
{
    out->with = primary ? "primary" : NULL;
    if (primary)
        return sight_of(primary, arena);
    if (out->group_count == 0 || out->groups[0].perspectives.count * 2 <= asked)
        return NULL;
    out->with = "majority";
    return out->groups[0].seen;
}

struct observe_agreement observe_agree(const struct observed *seen, size_t count,
                                       const struct observed *primary, struct arena *arena)
{
    struct observe_group *groups = arena_array(arena, count, sizeof *groups);
    const char **sights = arena_array(arena, count, sizeof *sights);
    struct observe_agreement out = {.agreeing = empty_codes(arena, count),
                                    .others = empty_codes(arena, count),
                                    .groups = groups};
    for (size_t i = 0; i < count; i++) {
        sights[i] = sight_of(&seen[i], arena);
        const struct observe_group member = {
            .outcome = seen[i].outcome,
            .seen = sights[i],
            .perspectives = {.items = &seen[i].perspective_code, .count = 1}};
        if (sights[i])
            add_to_group(groups, &out.group_count, count, &member, arena);
    }
    if (out.group_count > 1)
        qsort(groups, out.group_count, sizeof *groups, compare_groups);
    const char *standard = standard_of(&out, count, primary, arena);
    for (size_t i = 0; i < count; i++)
        add_code(standard && str_eq(sights[i], standard) ? &out.agreeing : &out.others,
                 seen[i].perspective_code);
    return out;
}
