/* Whether the answer to a DNS method's question proves control. */
#include "core/rules/dcv_record.h"

#include "base/str.h"
#include "core/rules/caa.h"
#include "core/rules/persistent.h"
#include "core/rules/record_reason.h"
#include "dns/rdata.h"

#include <string.h>

/* A substring below this is a finding: a value that short occurs by chance, or is guessed. */
enum { CHALLENGE_MIN = 18 };

enum comparison {
    COMPARE_EQUAL,
    COMPARE_EQUAL_NOCASE,
    COMPARE_NAME, /* ignoring case, the final dot optional: names, not strings */
    COMPARE_CONTAIN,
    COMPARE_CONTAIN_NOCASE,
    COMPARE_PERSISTENT, /* core/rules/persistent.h */
};

/* What one record must show. */
struct expectation {
    enum comparison comparison;
    struct bytes value; /* of COMPARE_NAME without final dot; empty: nothing can match */
    struct persistent_query persistent;
};

/* One record as it is compared. */
struct text {
    struct bytes bytes;
    bool is_skipped; /* a CAA record with another tag than the contact method's */
};

struct judge {
    const struct dcv_params *params;
    const struct lookup *answer;
    struct arena *arena;
    struct expectation expected;
    struct text *texts; /* one for each record of the answer */
};

static struct bytes without_final_dot(struct bytes name)
{
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    return name;
}

static struct expectation expect_name(const struct dcv_params *params)
{
    return (struct expectation){.comparison = COMPARE_NAME,
                                .value = without_final_dot(bytes_of(params->challenge_value))};
}

/* BR 3.2.2.4.7. Host names ignore case, and so do the values of CAA records (as Open MPIC); TXT
 * does if the request says so. */
static struct expectation expect_change(const struct dcv_params *params)
{
    bool is_txt = params->dns_record_type == DCV_RECORD_TXT;
    bool has_case = is_txt && params->require_exact_case;
    struct expectation expected = {.value = bytes_of(params->challenge_value)};
    if (!params->require_exact_match)
        expected.comparison = has_case ? COMPARE_CONTAIN : COMPARE_CONTAIN_NOCASE;
    else if (params->dns_record_type == DCV_RECORD_CNAME)
        expected = expect_name(params);
    else
        expected.comparison = has_case ? COMPARE_EQUAL : COMPARE_EQUAL_NOCASE;
    return expected;
}

/* BR appendix A: another value "cannot be used". */
static struct expectation expect_contact(const struct dcv_params *params)
{
    struct expectation expected = {.comparison = COMPARE_EQUAL_NOCASE};
    if (dcv_contact_is_valid(params->method, params->challenge_value))
        expected.value = bytes_of(params->challenge_value);
    return expected;
}

/* BR 3.2.2.4.8: binary equality, which canonical texts have exactly if the addresses have it. */
static struct expectation expect_address(const struct dcv_params *params, struct arena *arena)
{
    struct expectation expected = {.comparison = COMPARE_EQUAL};
    struct address address;
    if (dcv_expected_address(params, &address)) {
        char *text = arena_alloc(arena, ADDRESS_TEXT_MAX);
        expected.value = bytes_of(address_format(&address, text));
    }
    return expected;
}

static struct expectation expect_persistent(const struct dcv_params *params,
                                            const struct target *target, int64_t now_s)
{
    bool needs_policy = target->is_wildcard && params->wildcard_policy == WILDCARD_REQUIRED;
    return (struct expectation){.comparison = COMPARE_PERSISTENT,
                                .value = bytes_of(params->expected_account_uri),
                                .persistent = {.issuers = &params->issuer_domain_names,
                                               .account_uri = params->expected_account_uri,
                                               .needs_wildcard_policy = needs_policy,
                                               .now_s = now_s}};
}

static struct expectation expect(const struct dcv_params *params, const struct target *target,
                                 int64_t now_s, struct arena *arena)
{
    switch (params->method) {
    case DCV_DNS_CHANGE:
        return expect_change(params);
    case DCV_ACME_DNS_01: /* RFC 8555 section 8.4 */
    case DCV_DNS_ACCOUNT_01:
        return (struct expectation){.comparison = COMPARE_EQUAL,
                                    .value = bytes_of(params->key_authorization_hash)};
    case DCV_DNS_PERSISTENT:
        return expect_persistent(params, target, now_s);
    case DCV_CONTACT_EMAIL_TXT:
    case DCV_CONTACT_PHONE_TXT:
    case DCV_CONTACT_EMAIL_CAA:
    case DCV_CONTACT_PHONE_CAA:
        return expect_contact(params);
    case DCV_IP_ADDRESS:
        return expect_address(params, arena);
    case DCV_REVERSE_ADDRESS_LOOKUP: /* BR 3.2.2.5.3 */
        return expect_name(params);
    case DCV_NONE:
    case DCV_WEBSITE_CHANGE:
    case DCV_ACME_HTTP_01:
    case DCV_ACME_TLS_ALPN_01:
    case DCV_METHOD_COUNT:
        break;
    }
    return (struct expectation){0}; /* no DNS method: nothing can match */
}

/* The tag that a contact method looks for; NULL: every CAA record counts. */
static const char *contact_tag(enum dcv_method method)
{
    if (method == DCV_CONTACT_EMAIL_CAA)
        return "contactemail";
    return method == DCV_CONTACT_PHONE_CAA ? "contactphone" : NULL;
}

static bool read_caa(const struct judge *judge, struct bytes rdata, struct text *out)
{
    const char *tag = contact_tag(judge->params->method);
    struct caa_record record;
    if (!caa_record_parse(rdata, &record))
        return false;
    out->bytes = record.value;
    out->is_skipped = tag && !bytes_eq_nocase(record.tag, bytes_of(tag));
    return true;
}

static bool read_address(const struct judge *judge, struct bytes rdata, int family,
                         struct text *out)
{
    struct address address;
    if (!rdata_address(rdata, family, &address))
        return false;
    char *text = arena_alloc(judge->arena, ADDRESS_TEXT_MAX);
    out->bytes = bytes_of(address_format(&address, text));
    return true;
}

static bool read_record(const struct judge *judge, struct bytes rdata, struct text *out)
{
    switch (judge->answer->type_code) {
    case DNS_TXT:
        return rdata_txt(judge->arena, rdata, &out->bytes);
    case DNS_CAA:
        return read_caa(judge, rdata, out);
    case DNS_A:
        return read_address(judge, rdata, 4, out);
    case DNS_AAAA:
        return read_address(judge, rdata, 6, out);
    case DNS_CNAME:
    case DNS_PTR:
        return rdata_name(judge->arena, rdata, &out->bytes);
    default:
        return false; /* no type that a method asks for */
    }
}

/* False if a record cannot be read; `bad` is its index. */
static bool read_records(struct judge *judge, size_t *bad)
{
    judge->texts = arena_array(judge->arena, judge->answer->record_count, sizeof *judge->texts);
    for (size_t i = 0; i < judge->answer->record_count; i++)
        if (!read_record(judge, judge->answer->records[i].rdata, &judge->texts[i])) {
            *bad = i;
            return false;
        }
    return true;
}

static bool matches(const struct judge *judge, struct bytes text, const char **rejection)
{
    struct bytes value = judge->expected.value;
    if (!value.n) /* it would be contained in everything */
        return false;
    switch (judge->expected.comparison) {
    case COMPARE_EQUAL:
        return bytes_eq(text, value);
    case COMPARE_EQUAL_NOCASE:
        return bytes_eq_nocase(text, value);
    case COMPARE_NAME:
        return bytes_eq_nocase(without_final_dot(text), value);
    case COMPARE_CONTAIN:
        return bytes_contain(text, value);
    case COMPARE_CONTAIN_NOCASE:
        return bytes_contain_nocase(text, value);
    case COMPARE_PERSISTENT:
        break;
    }
    return persistent_check(judge->arena, text, &judge->expected.persistent, rejection) ==
           PERSISTENT_PROVES;
}

/* The index of the first record that matches, or the count; rejected ones are reported. */
static size_t find_match(const struct judge *judge, struct record_details *details)
{
    size_t count = judge->answer->record_count;
    struct rejected_record *rejected =
        arena_array(judge->arena, LIMIT_REPORTED_RECORDS, sizeof *rejected);
    details->rejected_records = rejected;
    for (size_t i = 0; i < count; i++) {
        const char *reason = NULL;
        if (!judge->texts[i].is_skipped && matches(judge, judge->texts[i].bytes, &reason))
            return i;
        if (reason && details->rejected_count < LIMIT_REPORTED_RECORDS)
            rejected[details->rejected_count++] = (struct rejected_record){(int64_t)i, reason};
    }
    return count;
}

/* records_seen in the order of the answer. The one that decided takes the last place if it stands
 * beyond the limit: the one that matched, or the first that was rejected though it was meant for us. */
static void report_records(const struct judge *judge, size_t match, struct record_details *details)
{
    size_t deciding = match;
    if (match == judge->answer->record_count && details->rejected_count)
        deciding = (size_t)details->rejected_records[0].index;
    const char **items = arena_array(judge->arena, LIMIT_REPORTED_RECORDS, sizeof *items);
    size_t count = 0;
    bool is_truncated = false;
    for (size_t i = 0; i < judge->answer->record_count; i++) {
        struct bytes text = judge->texts[i].bytes;
        if (judge->texts[i].is_skipped)
            continue;
        bool is_full = count == LIMIT_REPORTED_RECORDS;
        is_truncated = is_truncated || is_full || text.n > LIMIT_REPORTED_RECORD_BYTES;
        if (is_full && i != deciding)
            continue;
        count -= is_full;
        items[count++] = rdata_report(judge->arena, text, LIMIT_REPORTED_RECORD_BYTES);
        if (i == match)
            details->matched_record = rdata_report(judge->arena, text, text.n);
    }
    details->records_seen = (struct strv){.items = items, .count = count, .present = true};
    details->records_truncated = OPT_BOOL(is_truncated);
}

static void report_answer(const struct lookup *answer, struct record_details *details)
{
    details->response_code = answer->rcode;
    details->ad_flag = OPT_BOOL(answer->dnssec == DNSSEC_SECURE);
    details->found_at = answer->name;
    details->cname_chain = answer->cname_chain;
    if (!answer->record_count)
        return;
    /* All records of a set have one owner and should have one TTL (RFC 2181 section 5.2). */
    uint32_t ttl_s = answer->records[0].ttl_s;
    for (size_t i = 1; i < answer->record_count; i++)
        if (answer->records[i].ttl_s < ttl_s)
            ttl_s = answer->records[i].ttl_s;
    details->owner_name = answer->records[0].owner;
    details->ttl_s = OPT_INT(ttl_s);
}

static bool looks_for_short_substring(const struct dcv_params *params)
{
    return params->method == DCV_DNS_CHANGE && !params->require_exact_match &&
           bytes_of(params->challenge_value).n < CHALLENGE_MIN;
}

static const char *explain_no_match(const struct judge *judge, const struct record_details *details)
{
    size_t count = 0;
    struct bytes *texts = arena_array(judge->arena, judge->answer->record_count, sizeof *texts);
    for (size_t i = 0; i < judge->answer->record_count; i++)
        if (!judge->texts[i].is_skipped)
            texts[count++] = judge->texts[i].bytes;
    const struct record_mismatch mismatch = {.params = judge->params,
                                             .answer = judge->answer,
                                             .texts = texts,
                                             .text_count = count,
                                             .expected = judge->expected.value,
                                             .details = details};
    return record_reason_no_match(&mismatch, judge->arena);
}

struct dcv_record_judgement dcv_record_judge(const struct dcv_params *params,
                                             const struct target *target,
                                             const struct lookup *answer, int64_t now_s,
                                             struct arena *arena, struct record_details *details)
{
    struct judge judge = {.params = params, .answer = answer, .arena = arena};
    struct dcv_record_judgement judgement = {.short_challenge = looks_for_short_substring(params)};
    size_t bad = 0;
    report_answer(answer, details);
    if (!read_records(&judge, &bad)) {
        judgement.problem = PROBLEM_DNS_MALFORMED;
        judgement.text = arena_printf(
            arena,
            "Record %zu of %zu at %s cannot be read as %s: its data does not follow the form of the type.",
            bad + 1, answer->record_count, answer->name, answer->type);
        return judgement;
    }
    judge.expected = expect(params, target, now_s, arena);
    size_t match = find_match(&judge, details);
    report_records(&judge, match, details);
    if (match < answer->record_count)
        return judgement;
    judgement.problem = PROBLEM_NO_MATCH;
    judgement.text = explain_no_match(&judge, details);
    return judgement;
}

bool dcv_record_text_matches(const struct dcv_params *params, const struct target *target,
                             const char *text, struct arena *arena)
{
    struct judge judge = {.params = params, .arena = arena};
    struct bytes seen = bytes_of(text);
    const char *rejection = NULL;
    struct address address;
    judge.expected = expect(params, target, 0, arena);
    /* Others may write an address otherwise. */
    if (params->method == DCV_IP_ADDRESS && address_parse(text, seen.n, &address))
        seen = bytes_of(address_format(&address, arena_alloc(arena, ADDRESS_TEXT_MAX)));
    return matches(&judge, seen, &rejection);
}
