#include "wire/issues.h"

#include "base/limits.h"
#include "base/str.h"
#include "wire/load.h"
#include "wire/text.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

static bool is_full(const struct wire_issues *issues)
{
    return issues->count >= (issues->max_count ? issues->max_count : LIMIT_ISSUES);
}

void wire_issues_clear(struct wire_issues *issues)
{
    buf_clear(&issues->items);
    issues->count = 0;
}

static int dump_some(const char *text, size_t length, void *arg)
{
    return buf_append(arg, text, length) ? 0 : -1;
}

/* The offending value as it came; a large one as a string that holds the start of its text. */
static void put_input(struct buf *out, const struct json_t *input)
{
    if (!input) {
        text_put_raw(out, "null");
        return;
    }
    struct buf dump = {.max = LIMIT_ISSUE_INPUT_BYTES};
    json_dump_callback(input, dump_some, &dump, JSON_COMPACT | JSON_ENCODE_ANY);
    if (dump.overflow) {
        dump.n = text_cut(buf_bytes(&dump), dump.n - 1);
        dump.max = 0;
        text_put_raw(&dump, "...");
        text_put_bytes(out, buf_bytes(&dump));
    } else {
        buf_append(out, dump.p, dump.n);
    }
    buf_clear(&dump);
}

/* Names of header fields come from outside and may be long. */
static struct bytes step_name(const struct issue_step *step)
{
    struct bytes name = bytes_of(step->name);
    name.n = text_cut(name, LIMIT_MESSAGE_OUTSIDE_BYTES);
    return name;
}

/* `loc`: what FastAPI writes, so it begins with "body". */
static void put_location(struct buf *out, const struct issue_step *steps, size_t count)
{
    text_put_raw(out, "[\"body\"");
    for (size_t i = 0; i < count; i++) {
        text_put_separator(out);
        if (steps[i].name)
            text_put_bytes(out, step_name(&steps[i]));
        else
            text_put_int(out, (int64_t)steps[i].index);
    }
    text_put_raw(out, "]");
}

static void put_context(struct buf *out, const struct issue *issue)
{
    text_put_key(out, "ctx");
    text_put_raw(out, "{");
    const size_t max = sizeof issue->context / sizeof issue->context[0];
    for (size_t i = 0; i < max && issue->context[i].key; i++) {
        text_put_key(out, issue->context[i].key);
        text_put_string(out, issue->context[i].value);
    }
    text_put_raw(out, "}");
}

void issue_describe(const struct issue *issue, const struct issue_step *steps, size_t step_count,
                    struct buf *out)
{
    for (size_t i = 0; i < step_count; i++) {
        if (i > 0)
            text_put_raw(out, ".");
        struct bytes name = steps[i].name ? step_name(&steps[i]) : (struct bytes){0};
        if (steps[i].name)
            buf_append(out, name.p, name.n);
        else
            text_put_int(out, (int64_t)steps[i].index);
    }
    if (step_count > 0)
        text_put_raw(out, ": ");
    text_put_raw(out, issue->message);
}

/* The keys of our own issues, so that a client may look for either kind. */
static void put_our_keys(struct buf *out, const struct issue *issue, const struct issue_step *steps,
                         size_t step_count)
{
    text_put_key(out, "issue_type");
    text_put_string(out, issue->rule_type ? issue->rule_type : issue->type);
    struct buf message = {0};
    if (issue->rule_message)
        text_put_raw(&message, issue->rule_message);
    else
        issue_describe(issue, steps, step_count, &message);
    text_put_key(out, "message");
    text_put_bytes(out, buf_bytes(&message));
    buf_clear(&message);
}

void issues_add(struct wire_issues *issues, const struct issue *issue,
                const struct issue_step *steps, size_t step_count)
{
    if (is_full(issues))
        return;
    struct buf *out = &issues->items;
    text_put_separator(out);
    text_put_raw(out, "{");
    text_put_key(out, "type");
    text_put_string(out, issue->type);
    text_put_key(out, "loc");
    put_location(out, steps, step_count);
    text_put_key(out, "msg");
    text_put_string(out, issue->message);
    text_put_key(out, "input");
    put_input(out, issue->input);
    if (issue->context[0].key)
        put_context(out, issue);
    put_our_keys(out, issue, steps, step_count);
    text_put_raw(out, "}");
    issues->count++;
}

void issues_add_invalid_json(struct wire_issues *issues, const char *text, size_t position)
{
    if (is_full(issues))
        return;
    struct buf *out = &issues->items;
    text_put_separator(out);
    text_put_raw(out, "{\"type\":\"json_invalid\",\"loc\":[\"body\",");
    text_put_int(out, (int64_t)position);
    text_put_raw(out, "],\"msg\":\"JSON decode error\",\"input\":{},\"ctx\":{\"error\":");
    text_put_string(out, text);
    text_put_raw(out, "},\"issue_type\":\"json_invalid\",\"message\":");
    struct buf message = {0};
    text_put_raw(&message, "JSON decode error: ");
    text_put_raw(&message, text);
    text_put_bytes(out, buf_bytes(&message));
    buf_clear(&message);
    text_put_raw(out, "}");
    issues->count++;
}

/* The way to the first string with U+0000 at or below `json`; false if there is none. */
static bool find_nul(struct json_t *json, struct issue_step steps[LIMIT_JSON_DEPTH], size_t *count,
                     const struct json_t **found)
{
    const char *name;
    size_t index;
    json_t *value;
    if (json_is_string(json)) {
        *found = json;
        return memchr(json_string_value(json), 0, json_string_length(json)) != NULL;
    }
    json_array_foreach(json, index, value)
    {
        steps[(*count)++] = (struct issue_step){.index = index};
        if (find_nul(value, steps, count, found))
            return true;
        (*count)--;
    }
    json_object_foreach(json, name, value)
    {
        steps[(*count)++] = (struct issue_step){.name = name};
        if (find_nul(value, steps, count, found))
            return true;
        (*count)--;
    }
    return false;
}

/* Before any model is tried: the list of what is wrong with a body as each kind of request would hide it. */
static void add_nul(struct wire_issues *issues, struct json_t *json)
{
    struct issue_step steps[LIMIT_JSON_DEPTH];
    size_t count = 0;
    const struct json_t *found = NULL;
    bool has_nul = find_nul(json, steps, &count, &found);
    assert(has_nul); /* load_json() says so */
    issues_add(issues,
               &(struct issue){.type = "value_error",
                               .message = "Value error, " WIRE_NO_NUL,
                               .input = found,
                               .context = {{"error", WIRE_NO_NUL}}},
               steps, count);
}

struct json_t *issues_load_json(struct bytes body, struct wire_issues *issues)
{
    if (body.n == 0) {
        wire_issues_add_body(issues, "missing", "Field required");
        return NULL;
    }
    struct load_error err = {0};
    struct json_t *json = load_json(body, LIMIT_JSON_VALUES, &err);
    if (!json)
        issues_add_invalid_json(issues, err.text, err.position);
    if (!json || !err.has_nul)
        return json;
    add_nul(issues, json);
    json_decref(json);
    return NULL;
}

void wire_issues_add_body(struct wire_issues *issues, const char *type, const char *message)
{
    issues_add(issues, &(struct issue){.type = type, .message = message}, NULL, 0);
}

/* Where the rules of core are broken; an issue that is not listed concerns the body as a whole. */
static const struct {
    const char *issue_type;
    const char *object;
    const char *property;
} RULE_LOCATIONS[] = {
    {"invalid-perspective-count", "orchestration_parameters", "perspective_count"},
    {"no-cohort-of-size", "orchestration_parameters", "perspective_count"},
    {"invalid-quorum-count", "orchestration_parameters", "quorum_count"},
    {"invalid-cohort-number", "orchestration_parameters", "cohort_for_single_attempt"},
    {"invalid-caa-domains", "caa_check_parameters", "caa_domains"},
    {"target-not-allowed-for-method", "domain_or_ip_target", NULL},
    {"not-permitted-by-baseline", "dcv_check_parameters", "validation_method"},
    {"empty-challenge-value", "dcv_check_parameters", NULL},
    {"challenge-value-in-request", "dcv_check_parameters", NULL},
    {"invalid-account-uri", "dcv_check_parameters", NULL},
    {"invalid-dns-name-prefix", "dcv_check_parameters", "dns_name_prefix"},
    {"invalid-http-header", "dcv_check_parameters", "http_headers"},
    {"invalid-http-token-path", "dcv_check_parameters", "http_token_path"},
    {"invalid-issuer-domain-names", "dcv_check_parameters", "issuer_domain_names"},
    {"invalid-key-authorization-hash", "dcv_check_parameters", "key_authorization_hash"},
    {"invalid-match-regex", "dcv_check_parameters", "match_regex"},
    {"invalid-validation-method-record-type-combination", "dcv_check_parameters",
     "dns_record_type"},
    {"invalid-token", "dcv_check_parameters", NULL},
    {"invalid-target", "domain_or_ip_target", NULL},
    {"invalid-query-name", "dns_name_prefix", NULL},
    {"invalid-caa-search", "caa_search", NULL},
    {"invalid-url", "url", NULL},
    {"invalid-body-max-bytes", "body_max_bytes", NULL},
    {"not-for-observations", "orchestration_parameters", NULL},
};

static void put_rule_location(struct buf *out, const char *issue_type)
{
    struct issue_step steps[2];
    size_t count = 0;
    for (size_t i = 0; i < sizeof RULE_LOCATIONS / sizeof RULE_LOCATIONS[0]; i++) {
        if (!str_eq(RULE_LOCATIONS[i].issue_type, issue_type))
            continue;
        steps[count++] = (struct issue_step){.name = RULE_LOCATIONS[i].object};
        if (RULE_LOCATIONS[i].property)
            steps[count++] = (struct issue_step){.name = RULE_LOCATIONS[i].property};
        break;
    }
    put_location(out, steps, count);
}

void wire_issues_add_rules(struct wire_issues *issues, const struct rule_issues *rules)
{
    for (size_t i = 0; i < rules->count && !is_full(issues); i++) {
        const struct rule_issue *rule = &rules->items[i];
        struct buf *out = &issues->items;
        text_put_separator(out);
        text_put_raw(out, "{");
        text_put_key(out, "issue_type");
        text_put_string(out, rule->issue_type);
        text_put_key(out, "message");
        text_put_string(out, rule->message);
        text_put_key(out, "type");
        text_put_string(out, rule->issue_type);
        text_put_key(out, "loc");
        put_rule_location(out, rule->issue_type);
        text_put_key(out, "msg");
        text_put_string(out, rule->message);
        text_put_raw(out, "}");
        issues->count++;
    }
}

void wire_encode_issues(const struct wire_issues *issues, struct buf *out)
{
    text_put_raw(out, "{\"error\":\"request-validation-failed\",\"validation_issues\":[");
    buf_append(out, issues->items.p, issues->items.n);
    text_put_raw(out, "]}");
}

void wire_encode_error(const char *text, struct buf *out)
{
    text_put_raw(out, "{\"error\":");
    text_put_string(out, text);
    text_put_raw(out, "}");
}
