#include "core/rules/record_reason.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/rules/record_expectation.h"
#include "crypto/digest.h"
#include "dns/rdata.h"

#include <string.h>

enum {
    SHOWN_RECORDS = 3,      /* in a sentence; the evidence has them all */
    PART_MIN_BYTES = 8,     /* a shorter record is no part of a value but another thing */
    DIGEST_CHARACTERS = 43, /* SHA-256 in base64url */
};

static const char *quoted(struct arena *arena, struct bytes text)
{
    return arena_printf(arena, "\"%s\"", str_report(arena, text, LIMIT_MESSAGE_OUTSIDE_BYTES));
}

/* --- near misses ----------------------------------------------------------------------------- */

static bool is_among(uint8_t c, const char *set)
{
    return c && strchr(set, c);
}

static struct bytes without(struct bytes text, const char *set)
{
    while (text.n && is_among(text.p[0], set))
        text = (struct bytes){text.p + 1, text.n - 1};
    while (text.n && is_among(text.p[text.n - 1], set))
        text.n--;
    return text;
}

static bool starts_with_nocase(struct bytes text, struct bytes start)
{
    return text.n >= start.n && bytes_eq_nocase((struct bytes){text.p, start.n}, start);
}

/* The base64 of RFC 4648 section 4 for the base64url of section 5. */
static bool is_other_base64(struct bytes text, struct bytes expected)
{
    while (text.n && text.p[text.n - 1] == '=')
        text.n--;
    if (text.n != expected.n)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : (char)text.p[i];
        if (c != (char)expected.p[i])
            return false;
    }
    return true;
}

static bool is_base64url(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= 0x80 || (!ascii_is_alnum((char)text.p[i]) && !is_among(text.p[i], "-_")))
            return false;
    return text.n > 0;
}

/* RFC 8555 section 8.1: a token, a dot, and the thumbprint of the account's key. */
static bool is_key_authorization(struct bytes text)
{
    if (text.n < DIGEST_CHARACTERS + 2 || text.p[text.n - DIGEST_CHARACTERS - 1] != '.')
        return false;
    struct bytes token = {text.p, text.n - DIGEST_CHARACTERS - 1};
    struct bytes thumbprint = {text.p + token.n + 1, DIGEST_CHARACTERS};
    return is_base64url(token) && is_base64url(thumbprint);
}

static bool is_hexadecimal(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!is_among(text.p[i], "0123456789abcdefABCDEF"))
            return false;
    return text.n == 2 * SHA256_BYTES;
}

static const char *digest_near_miss(struct bytes text, struct bytes expected)
{
    if (is_other_base64(text, expected))
        return "is the digest in base64 with \"+\", \"/\" or \"=\"; base64url without padding is due";
    if (is_key_authorization(text))
        return "looks like a key authorization; its SHA-256 digest in base64url is due";
    if (is_hexadecimal(text))
        return "looks like a digest in hexadecimal; base64url is due";
    if (is_base64url(text) && text.n == DIGEST_CHARACTERS)
        return "has the form of the value, but is another one: of an earlier challenge, or of another account";
    return NULL;
}

const char *record_near_miss(const struct near_miss_query *query)
{
    const struct bytes text = query->text, expected = query->expected;
    if (!expected.n) /* it would be contained in everything */
        return NULL;
    static const char blanks[] = " \t\r\n", quotes[] = "\"'", all[] = " \t\r\n\"'.";
    if (query->is_part && bytes_contain_nocase(text, expected))
        return "holds the value, but with other upper and lower case letters";
    if (bytes_eq_nocase(text, expected))
        return "differs only in upper and lower case";
    if (bytes_eq(without(text, blanks), expected))
        return "has white space before or after the value";
    if (bytes_eq(without(text, quotes), expected))
        return "has quotation marks around the value: they are part of it";
    if (bytes_eq(without(text, "."), expected))
        return "has a dot before or after the value";
    if (bytes_eq_nocase(without(text, all), without(expected, all)))
        return "differs only in white space, quotation marks, dots or case";
    const char *miss = query->is_digest ? digest_near_miss(text, expected) : NULL;
    if (miss)
        return miss;
    if (starts_with_nocase(text, expected) && text.p[expected.n] == '.')
        return "goes on after the value: in a zone file a name without final dot gets the zone's name appended";
    if (bytes_contain_nocase(text, expected))
        return "holds the value, with something else before or after it";
    if (text.n >= PART_MIN_BYTES && bytes_contain_nocase(expected, text))
        return "is only a part of the value";
    return NULL;
}

/* --- what was expected ------------------------------------------------------------------------ */

static struct record_expectation expectation_of(const struct dcv_params *params,
                                                struct arena *arena)
{
    return record_expect(&(struct record_asked){.params = params, .arena = arena});
}

/* --- what was seen ----------------------------------------------------------------------------- */

/* "Asked for TXT records at a.example, an alias of b.example.: expected one that …" */
static const char *question(const struct dcv_params *params, const struct lookup *answer,
                            struct arena *arena)
{
    const struct strv *chain = &answer->cname_chain;
    const char *alias = "";
    /* The alias itself is the answer where CNAME is asked for. */
    if (chain->count && answer->type_code != DNS_CNAME)
        alias = arena_printf(arena, ", an alias of %s", chain->items[chain->count - 1]);
    return arena_printf(arena, "Asked for %s records at %s%s: expected %s", answer->type,
                        answer->name, alias, expectation_of(params, arena).words);
}

static const char *list_texts(const struct record_mismatch *mismatch, struct arena *arena)
{
    const char *list = "";
    for (size_t i = 0; i < mismatch->text_count && i < SHOWN_RECORDS; i++)
        list =
            arena_printf(arena, "%s%s%s", list, i ? ", " : "", quoted(arena, mismatch->texts[i]));
    size_t more = mismatch->text_count > SHOWN_RECORDS ? mismatch->text_count - SHOWN_RECORDS : 0;
    return more ? arena_printf(arena, "%s and %zu more", list, more) : list;
}

/* The first record that people may have meant: a sentence with a blank before it, or "". */
static const char *explain_near_miss(const struct record_mismatch *mismatch, struct arena *arena)
{
    const struct record_expectation expected = expectation_of(mismatch->params, arena);
    const struct record_details *details = mismatch->details;
    if (details->rejected_count)
        return arena_printf(arena, " Record %lld names the issuer, but %s.",
                            (long long)details->rejected_records[0].index + 1,
                            details->rejected_records[0].reason);
    if (expected.comparison == COMPARE_PERSISTENT)
        return " No record names the issuer.";
    /* Each is compared with the whole of the value: an answer may have thousands, a value be long. */
    for (size_t i = 0; i < mismatch->text_count && i < LIMIT_REPORTED_RECORDS; i++) {
        const struct near_miss_query query = {
            .text = mismatch->texts[i],
            .expected = mismatch->expected,
            .is_part = expected.comparison == COMPARE_CONTAIN ||
                       expected.comparison == COMPARE_CONTAIN_NOCASE,
            .is_digest = expected.is_digest,
        };
        const char *miss = record_near_miss(&query);
        if (miss)
            return arena_printf(arena, " %s %s.", quoted(arena, mismatch->texts[i]), miss);
    }
    return "";
}

const char *record_reason_no_match(const struct record_mismatch *mismatch, struct arena *arena)
{
    const struct lookup *answer = mismatch->answer;
    const char *asked = question(mismatch->params, answer, arena);
    const char *unusable = expectation_of(mismatch->params, arena).unusable;
    size_t others = answer->record_count - mismatch->text_count;
    if (unusable)
        return arena_printf(arena, "%s, but that is %s, so no record can match it.", asked,
                            unusable);
    if (!mismatch->text_count)
        return arena_printf(arena,
                            "%s, but none of the %zu CAA records of this nearest set has that "
                            "property.",
                            asked, others);
    return arena_printf(arena, "%s, found %zu other%s: %s.%s", asked, mismatch->text_count,
                        mismatch->text_count == 1 ? "" : "s", list_texts(mismatch, arena),
                        explain_near_miss(mismatch, arena));
}

/* Where the method asks below the target, people often enter the whole name where the zone's is appended. */
static const char *place_hint(const struct dcv_params *params, const struct target *target,
                              const struct lookup *answer, struct arena *arena)
{
    const struct record_rule *rule = &method_get(params->method)->record;
    if (target_is_ip(target) || str_eq(answer->name, target->canonical))
        return "";
    return arena_printf(
        arena,
        " The record must be at exactly this name, not at %s%s; some editors append the zone's name "
        "to what is entered.",
        target->canonical,
        rule->has_account_label ? arena_printf(arena, " or %s.%s", rule->prefix, target->canonical)
                                : "");
}

const char *record_reason_no_records(const struct dcv_params *params, const struct target *target,
                                     const struct lookup *answer, struct arena *arena)
{
    const char *seen = answer->outcome == DNS_NXDOMAIN ? "but the name does not exist"
                                                       : "but there is no record of this type";
    return arena_printf(arena, "%s, %s.%s", question(params, answer, arena), seen,
                        place_hint(params, target, answer, arena));
}

const char *record_reason_no_set(const struct dcv_params *params, const char *name,
                                 struct arena *arena)
{
    return arena_printf(arena,
                        "Asked for CAA records at %s and its parents: expected %s, but there are "
                        "none up to the top-level domain.",
                        name, expectation_of(params, arena).words);
}
