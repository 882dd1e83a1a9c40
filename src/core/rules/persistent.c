#include "core/rules/persistent.h"

#include "base/str.h"
#include "core/rules/caa_value.h"

/* True if the record means one of the issuers; one with a final dot does, though it is malformed. */
static bool is_ours(struct bytes text, const struct strv *issuers)
{
    struct bytes issuer = caa_value_issuer(text);
    if (issuer.n && issuer.p[issuer.n - 1] == '.')
        issuer.n--;
    return caa_issuer_is_among(issuer, issuers);
}

/* BR 3.2.2.4.22: the account that asks. RFC 8657 section 3: more than one is unsatisfiable. */
static const char *check_account(const struct caa_value *value, const char *expected)
{
    struct bytes uri = {NULL, 0};
    size_t count = caa_value_get(value, "accounturi", &uri);
    if (count == 0)
        return "accounturi is missing";
    if (count > 1)
        return "accounturi occurs more than once";
    if (!uri.n)
        return "accounturi is empty";
    return bytes_eq(uri, bytes_of(expected)) ? NULL : "accounturi is not the requesting account";
}

/* Digits only, at most 2^63 - 1. */
static bool parse_time(struct bytes digits, int64_t *time_s)
{
    int64_t value = 0;
    for (size_t i = 0; i < digits.n; i++) {
        int digit = digits.p[i] - '0';
        if (digit < 0 || digit > 9 || value > (INT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *time_s = value;
    return digits.n > 0;
}

/* BR 3.2.2.4.22: not to be used after the time that the record says, if it says one. */
static const char *check_time(const struct caa_value *value, int64_t now_s)
{
    struct bytes digits = {NULL, 0};
    int64_t until_s = 0;
    size_t count = caa_value_get(value, "persistuntil", &digits);
    if (count == 0)
        return NULL;
    if (count > 1)
        return "persistUntil occurs more than once";
    if (!parse_time(digits, &until_s))
        return "persistUntil is no time in seconds since 1970";
    return now_s <= until_s ? NULL : "persistUntil has passed";
}

static const char *check_policy(const struct caa_value *value)
{
    struct bytes policy = {NULL, 0};
    size_t count = caa_value_get(value, "policy", &policy);
    bool is_wildcard = count == 1 && bytes_eq_nocase(policy, bytes_of("wildcard"));
    return is_wildcard ? NULL : "policy=wildcard is missing";
}

enum persistent_standing persistent_check(struct arena *arena, struct bytes text,
                                          const struct persistent_query *query, const char **reason)
{
    struct caa_value value;
    const char *why = NULL;
    if (!is_ours(text, query->issuers))
        return PERSISTENT_OTHER;
    if (caa_value_parse(arena, text, &value, &why)) {
        why = check_account(&value, query->account_uri);
        if (!why)
            why = check_time(&value, query->now_s);
        if (!why && query->needs_wildcard_policy)
            why = check_policy(&value);
    }
    if (!why)
        return PERSISTENT_PROVES;
    *reason = why;
    return PERSISTENT_REJECTED;
}
