#include "wire/draft.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/corroboration/caa_retrieval.h"
#include "core/corroboration/conclusion.h"
#include "core/corroboration/quorum.h"
#include "core/names/target.h"
#include "core/rules/caa.h"
#include "crypto/digest.h"
#include "wire/load.h"
#include "wire/schema.h"
#include "wire/text.h"
#include "wire/wire.h"

#include <jansson.h>

/* --- requests -------------------------------------------------------------------------------- */

struct decoding {
    const json_t *json;
    struct arena *arena;
    struct err *err;
};

/* NULL with the error set: not there, no string, or one with U+0000 in it. */
static const char *take_text(const struct decoding *decoding, const char *name)
{
    const json_t *value = json_object_get(decoding->json, name);
    const char *text = reader_text(value);
    if (!text)
        err_set(decoding->err, ERR_PARSE, value ? "%s must be a string" : "%s is missing", name);
    return arena_strdup(decoding->arena, text);
}

static bool take_bool(const struct decoding *decoding, const char *name, bool fallback, bool *out)
{
    const json_t *value = json_object_get(decoding->json, name);
    *out = value ? json_is_true(value) : fallback;
    return !value || json_is_boolean(value) ||
           err_set(decoding->err, ERR_PARSE, "%s must be true or false", name);
}

/* What is neither is a name for this: each perspective answers for what is wrong with it. */
static bool is_ip(const char *text)
{
    struct target target;
    struct err err;
    return target_parse(text, &target, &err) && target_is_ip(&target);
}

/* CAA is for domain names (RFC 8659 section 3). Our check of an address looks nothing up and passes,
 * which here would read as a permission. */
static const char *take_domain(const struct decoding *decoding)
{
    const char *domain = take_text(decoding, "domain");
    if (!domain || !is_ip(domain))
        return domain;
    err_set(decoding->err, ERR_RANGE, "domain must be a domain name, not an IP address");
    return NULL;
}

static struct check_request *add_part(struct draft_request *request, enum check_type type,
                                      const char *target)
{
    struct mpic_request *part = &request->parts[request->part_count++];
    part->check = (struct check_request){.check_type = type, .target = target};
    return &part->check;
}

static struct dcv_params *add_dcv(struct draft_request *request, enum dcv_method method,
                                  const char *target)
{
    struct check_request *check = add_part(request, CHECK_DCV, target);
    wire_init_dcv_params(&check->dcv, method);
    return &check->dcv;
}

/* "caa_domains", as of /mpic: an addition to the draft. Absent: NULL, and true. */
static bool take_issuers(const struct decoding *decoding, struct strv *out)
{
    static const char problem[] = "caa_domains must be a list of one or more strings";
    const json_t *value = json_object_get(decoding->json, "caa_domains");
    size_t count = json_array_size(value);
    *out = (struct strv){0};
    if (!value)
        return true;
    if (count == 0 || count > LIMIT_REQUEST_LIST)
        return err_set(decoding->err, ERR_PARSE, problem);
    const char **items = arena_array(decoding->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const char *text = reader_text(json_array_get(value, i));
        if (!text)
            return err_set(decoding->err, ERR_PARSE, problem);
        items[i] = arena_strdup(decoding->arena, text);
    }
    *out = (struct strv){.items = items, .count = count, .present = true};
    return true;
}

/* The draft's method is for retrieving; whether an issuer may issue is asked by naming it. */
static bool read_caa(const struct decoding *decoding, struct draft_request *out)
{
    struct strv issuers;
    const char *domain = take_domain(decoding);
    if (!domain || !take_issuers(decoding, &issuers))
        return false;
    struct check_request *check = add_part(out, CHECK_CAA, domain);
    check->has_caa_params = issuers.present;
    check->caa.caa_domains = issuers;
    out->retrieves = !issuers.present;
    return true;
}

static bool read_http_acme(const struct decoding *decoding, struct draft_request *out)
{
    bool asks_caa = false;
    const char *target = take_text(decoding, "domain_or_ip");
    const char *token = target ? take_text(decoding, "token") : NULL;
    const char *key_authorization = token ? take_text(decoding, "key_authorization") : NULL;
    if (!key_authorization || !take_bool(decoding, "caa_check", !is_ip(target), &asks_caa))
        return false;
    if (asks_caa && is_ip(target))
        return err_set(decoding->err, ERR_RANGE,
                       "caa_check must not be true for an IP address: CAA is for domain names");
    struct dcv_params *params = add_dcv(out, DCV_ACME_HTTP_01, target);
    params->token = token;
    params->key_authorization = key_authorization;
    if (asks_caa)
        add_part(out, CHECK_CAA, target);
    return true;
}

static bool take_record_type(const struct decoding *decoding, enum dcv_record_type *out)
{
    const char *text = take_text(decoding, "record-type");
    if (!text)
        return false;
    bool is_one =
        dcv_record_type_parse(text, out) && method_takes_type(method_get(DCV_DNS_CHANGE), *out);
    return is_one ||
           err_set(decoding->err, ERR_RANGE, "record-type must be \"TXT\", \"CNAME\" or \"CAA\"");
}

static bool read_dns(const struct decoding *decoding, struct draft_request *out)
{
    bool asks_caa = false;
    enum dcv_record_type type = DCV_RECORD_NONE;
    const char *domain = take_domain(decoding);
    if (!domain || !take_record_type(decoding, &type))
        return false;
    const char *prefix = take_text(decoding, "prefix");
    const char *expected = prefix ? take_text(decoding, "expected") : NULL;
    if (!expected || !take_bool(decoding, "caa", true, &asks_caa))
        return false;
    struct dcv_params *params = add_dcv(out, DCV_DNS_CHANGE, domain);
    params->dns_record_type = type;
    params->dns_name_prefix = prefix;
    params->challenge_value = expected;
    params->require_exact_match = true;
    params->require_exact_case = dcv_may_require_exact_case(params);
    if (asks_caa)
        add_part(out, CHECK_CAA, domain);
    return true;
}

static bool read_request(const struct decoding *decoding, struct draft_request *out)
{
    if (!json_is_object(decoding->json))
        return err_set(decoding->err, ERR_PARSE, "The body must be a JSON object");
    const char *method = take_text(decoding, "method");
    if (!method)
        return false;
    if (str_eq(method, "caa"))
        return read_caa(decoding, out);
    if (str_eq(method, "http-acme"))
        return read_http_acme(decoding, out);
    if (str_eq(method, "dns"))
        return read_dns(decoding, out);
    return err_set(decoding->err, ERR_RANGE, "method must be \"caa\", \"http-acme\" or \"dns\"");
}

bool wire_decode_draft_request(struct bytes body, struct arena *arena, struct draft_request *out,
                               struct err *err)
{
    struct load_error fault = {0};
    *out = (struct draft_request){0};
    if (body.n == 0)
        return err_set(err, ERR_PARSE, "The body is empty");
    json_t *json = load_json(body, LIMIT_JSON_VALUES, &fault);
    if (!json)
        return err_set(err, ERR_PARSE, "The body is no JSON: %s at byte %zu", fault.text,
                       fault.position);
    const struct decoding decoding = {.json = json, .arena = arena, .err = err};
    bool is_good = fault.has_nul ? err_set(err, ERR_RANGE, "The body has U+0000 in a string")
                                 : read_request(&decoding, out);
    json_decref(json);
    return is_good;
}

/* --- perspectives ---------------------------------------------------------------------------- */

/* Who took part in the last attempt, which decided: the `i`-th; the Primary Network Perspective, if
 * it was asked, after the others. NULL: no more. */
static const struct perspective_result *participant(const struct mpic_response *part, size_t i)
{
    const struct attempt *last = &part->attempts[part->attempt_count - 1];
    if (i < last->count)
        return &last->results[i];
    return i == last->count ? part->primary : NULL;
}

static bool corroborates(const struct mpic_response *part, const struct perspective_result *who)
{
    return result_corroborates(&part->request->check, &who->result);
}

/* What is told, and what there is agreement on where records are asked for. */
struct telling {
    const struct draft_answer *answer;
    struct arena *arena;
    struct caa_retrieval retrieval;
};

/* It corroborates the part; or saw the records that are agreed on, where those are asked for. */
static bool is_with(const struct telling *telling, const struct mpic_response *part,
                    const struct perspective_result *who)
{
    const struct caa_retrieval *retrieval = &telling->retrieval;
    if (!telling->answer->retrieves)
        return corroborates(part, who);
    return retrieval->shown && caa_saw_the_same(&part->request->check, &who->result,
                                                &retrieval->shown->result, telling->arena);
}

static bool holds(const struct telling *telling, const struct mpic_response *part)
{
    return telling->answer->retrieves ? telling->retrieval.is_agreed : part->is_valid;
}

/* It was with every part that it took part in. The configuration may have given the code of a
 * perspective to the primary, too: then both must have. */
static bool succeeded(const struct telling *telling, const char *code)
{
    const struct draft_answer *answer = telling->answer;
    for (size_t part = 0; part < answer->part_count; part++) {
        const struct perspective_result *who = NULL;
        for (size_t i = 0; (who = participant(answer->parts[part], i)); i++)
            if (str_eq(who->code, code) && !is_with(telling, answer->parts[part], who))
                return false;
    }
    return true;
}

/* Whether one with the code of the `index`-th participant of `part` stands before it. */
static bool is_repeated(const struct draft_answer *answer, size_t part, size_t index)
{
    const char *code = participant(answer->parts[part], index)->code;
    for (size_t k = 0; k <= part; k++) {
        const struct perspective_result *who = NULL;
        for (size_t i = 0; (who = participant(answer->parts[k], i)); i++) {
            if (k == part && i == index)
                break;
            if (str_eq(who->code, code))
                return true;
        }
    }
    return false;
}

static void put_perspectives(struct buf *out, const struct telling *telling)
{
    const struct draft_answer *answer = telling->answer;
    text_put_key(out, "perspectives");
    text_put_raw(out, "{");
    for (size_t part = 0; part < answer->part_count; part++) {
        const struct perspective_result *who = NULL;
        for (size_t i = 0; (who = participant(answer->parts[part], i)); i++) {
            if (is_repeated(answer, part, i))
                continue;
            text_put_separator(out);
            text_put_string(out, who->code);
            text_put_raw(out, ":{\"success\":");
            text_put_bool(out, succeeded(telling, who->code));
            text_put_raw(out, "}");
        }
    }
    text_put_raw(out, "}");
}

/* --- the CAA records ------------------------------------------------------------------------- */

/* All of them, or false: with one of them missing it would be another record set. */
static bool rebuild_records(const struct caa_details *details, struct arena *arena,
                            const char **records)
{
    struct lookup set;
    if (!caa_records_parse(arena, details, &set))
        return false;
    for (size_t i = 0; i < set.record_count; i++)
        records[i] = base64_format(arena, set.records[i].rdata);
    return true;
}

static void put_records(struct buf *out, const struct caa_details *details, struct arena *arena)
{
    const char *records[LIMIT_REPORTED_RECORDS];
    size_t count = 0;
    const struct opt_bool *present = &details->caa_record_present;
    if (!present->present)
        return; /* a failed lookup that was accepted: what is there is not known */
    if (present->value) {
        if (!rebuild_records(details, arena, records))
            return;
        count = details->records_seen.count;
    }
    text_put_key(out, "records");
    text_put_raw(out, "[");
    for (size_t i = 0; i < count; i++) {
        text_put_separator(out);
        text_put_string(out, records[i]);
    }
    text_put_raw(out, "]");
}

/* What the first perspective saw that corroborates, or saw what is agreed on. Nothing where the check
 * does not hold: what a few of them say is no record set to work with. */
static void put_caa(struct buf *out, const struct telling *telling,
                    const struct mpic_response *part)
{
    const struct perspective_result *who = NULL;
    for (size_t i = 0; holds(telling, part) && (who = participant(part, i)); i++)
        if (is_with(telling, part, who))
            break;
    if (!who)
        return;
    const struct caa_details *details = &who->result.details.caa;
    text_put_key(out, "caa");
    text_put_raw(out, "{");
    text_put_key(out, "domain");
    text_put_string(out, details->found_at ? details->found_at : part->request->check.target);
    put_records(out, details, telling->arena);
    text_put_raw(out, "}");
}

/* --- the answer ------------------------------------------------------------------------------ */

static const char *method_of(const struct mpic_response *part)
{
    return method_of_request(&part->request->check)->name;
}

/* Of records that are asked for: permission plays no part. */
static void describe_retrieval(struct buf *text, const struct telling *telling,
                               const struct mpic_response *part)
{
    buf_printf(text, "caa: %zu of %zu perspectives saw the same records in full, %zu are needed",
               telling->retrieval.seeing, part->perspective_count, part->quorum_count);
    if (telling->retrieval.seeing >= part->quorum_count)
        buf_printf(text, ", from two regions at least (BR 3.2.2.9), and the primary among them");
    const struct perspective_result *who = NULL;
    for (size_t i = 0; (who = participant(part, i)); i++)
        if (who->result.error_count > 0) {
            const struct bytes message = bytes_of(who->result.errors[0].message);
            buf_printf(text, "; %s: ", who->code);
            buf_append(text, message.p, text_cut(message, LIMIT_ISSUE_INPUT_BYTES));
            return;
        }
}

static bool is_success(const struct telling *telling)
{
    const struct draft_answer *answer = telling->answer;
    bool all = answer->part_count > 0;
    for (size_t i = 0; i < answer->part_count; i++)
        all = all && holds(telling, answer->parts[i]);
    return all;
}

static void put_error(struct buf *out, const struct telling *telling)
{
    const struct draft_answer *answer = telling->answer;
    struct buf text = {0};
    for (size_t i = 0; i < answer->part_count; i++) {
        if (answer->retrieves)
            describe_retrieval(&text, telling, answer->parts[i]);
        else if (!answer->parts[i]->is_valid)
            buf_printf(&text, "%s%s: %s", text.n ? ". " : "", method_of(answer->parts[i]),
                       conclusion_of(answer->parts[i], telling->arena));
    }
    text_put_key(out, "error");
    text_put_bytes(out, buf_bytes(&text));
    buf_clear(&text);
}

void wire_encode_draft_answer(const struct draft_answer *answer, struct arena *arena,
                              struct buf *out)
{
    struct telling telling = {.answer = answer, .arena = arena};
    if (answer->retrieves && answer->part_count > 0)
        telling.retrieval = caa_retrieve(answer->parts[0], arena);
    bool success = is_success(&telling);
    text_put_raw(out, "{");
    text_put_key(out, "success");
    text_put_bool(out, success);
    put_perspectives(out, &telling);
    for (size_t i = 0; i < answer->part_count; i++)
        if (answer->parts[i]->request->check.check_type == CHECK_CAA)
            put_caa(out, &telling, answer->parts[i]);
    if (!success)
        put_error(out, &telling);
    text_put_raw(out, "}");
}

void wire_encode_draft_error(const char *text, struct buf *out)
{
    text_put_raw(out, "{\"success\":false,\"error\":");
    text_put_string(out, text);
    text_put_raw(out, "}");
}

void wire_encode_draft_refusal(const struct rule_issues *issues, struct buf *out)
{
    struct buf text = {0};
    for (size_t i = 0; i < issues->count; i++)
        buf_printf(&text, "%s%s", i ? ". " : "", issues->items[i].message);
    wire_encode_draft_error(buf_str(&text), out);
    buf_clear(&text);
}
