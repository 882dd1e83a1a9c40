/* Whether the answer to a DNS method's question proves control. */
#include "core/rules/dcv_record.h"

#include "base/str.h"
#include "core/rules/caa.h"
#include "core/rules/record_expectation.h"
#include "core/rules/record_reason.h"
#include "dns/rdata.h"

#include <string.h>

/* 112 bits, as BR 1.6.1 demands of a Random Value, in base 64. */
enum { CHALLENGE_MIN = 18 };

/* One record as it is compared. */
struct text {
    struct bytes bytes;
    bool is_skipped; /* a CAA record with another tag than the contact method's */
};

struct judge {
    const struct dcv_params *params;
    const struct lookup *answer;
    struct arena *arena;
    struct record_expectation expected;
    struct text *texts; /* one for each record of the answer */
};

static bool read_caa(const struct judge *judge, struct bytes rdata, struct text *out)
{
    const char *tag = method_get(judge->params->method)->record.caa_tag;
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

/* The index of the first record that matches, or the count; rejected ones are reported. */
static size_t find_match(const struct judge *judge, struct record_details *details)
{
    size_t count = judge->answer->record_count;
    struct rejected_record *rejected =
        arena_array(judge->arena, LIMIT_REPORTED_RECORDS, sizeof *rejected);
    details->rejected_records = rejected;
    for (size_t i = 0; i < count; i++) {
        const char *reason = NULL;
        if (!judge->texts[i].is_skipped &&
            record_shows(&judge->expected, judge->texts[i].bytes, judge->arena, &reason))
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

bool dcv_record_may_match_by_chance(const struct dcv_params *params)
{
    return method_get(params->method)->record.expects == EXPECTS_CHANGE &&
           !params->require_exact_match && params->challenge_value &&
           strlen(params->challenge_value) < CHALLENGE_MIN;
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
    struct dcv_record_judgement judgement = {0};
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
    judge.expected = record_expect(&(struct record_asked){
        .params = params, .is_wildcard = target->is_wildcard, .now_s = now_s, .arena = arena});
    size_t match = find_match(&judge, details);
    report_records(&judge, match, details);
    if (match < answer->record_count)
        return judgement;
    judgement.problem = PROBLEM_NO_MATCH;
    judgement.text = explain_no_match(&judge, details);
    return judgement;
}

/* --- what others report of records ----------------------------------------------------------- */

static bool has_prefix(struct bytes text, struct bytes prefix, bool has_case)
{
    if (prefix.n > text.n)
        return false;
    text.n = prefix.n;
    return has_case ? bytes_eq(text, prefix) : bytes_eq_nocase(text, prefix);
}

/* `text` is how a record begins. */
static bool may_go_on_to(const struct record_expectation *expected, struct bytes text)
{
    switch (expected->comparison) {
    case COMPARE_EQUAL:
        return has_prefix(expected->value, text, true);
    case COMPARE_EQUAL_NOCASE:
    case COMPARE_NAME:
        return has_prefix(expected->value, text, false);
    case COMPARE_CONTAIN:
    case COMPARE_CONTAIN_NOCASE:
    case COMPARE_PERSISTENT:
        break;
    }
    return expected->value.n > 0;
}

/* As it is, or with escapes: rdata_report() writes either, and does not say which. */
static bool text_matches(const struct record_expectation *expected, const char *text,
                         bool is_address, struct arena *arena)
{
    struct bytes seen = bytes_of(text), inner;
    const char *rejection = NULL;
    struct address address;
    if (seen.n > LIMIT_REMOTE_STRING_BYTES - 4) /* cut between two characters */
        return may_go_on_to(expected, seen);
    /* Others may write an address otherwise. */
    if (is_address && address_parse(text, seen.n, &address))
        seen = bytes_of(address_format(&address, arena_alloc(arena, ADDRESS_TEXT_MAX)));
    return record_shows(expected, seen, arena, &rejection) ||
           (strchr(text, '\\') && str_unescape(arena, seen, &inner) &&
            record_shows(expected, inner, arena, &rejection));
}

bool dcv_record_texts_match(const struct record_asked *asked, const struct strv *texts)
{
    const struct record_expectation expected = record_expect(asked);
    bool is_address = method_get(asked->params->method)->record.expects == EXPECTS_ADDRESS;
    for (size_t i = 0; i < texts->count; i++)
        if (text_matches(&expected, texts->items[i], is_address, asked->arena))
            return true;
    return false;
}
