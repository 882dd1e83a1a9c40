#include "core/rules/record_expectation.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/rules/dcv_record.h"

enum {
    SHOWN_ISSUERS = 3,      /* in a sentence */
    SHOWN_SECRET_BYTES = 8, /* of an expected value: enough to tell two challenges apart */
};

static const char *shown(const struct record_asked *asked, const char *text)
{
    return str_report(asked->arena, bytes_of(text), LIMIT_MESSAGE_OUTSIDE_BYTES);
}

static const char *quoted_challenge(const struct record_asked *asked)
{
    const char *value = asked->params->challenge_value;
    return arena_printf(asked->arena, "\"%s\"", shown(asked, value ? value : ""));
}

/* Whoever knows the value of a pending challenge may prove control with it elsewhere. */
static const char *shortened(const struct record_asked *asked, const char *value)
{
    size_t n = bytes_of(value).n;
    size_t most = n / 2 < SHOWN_SECRET_BYTES ? n / 2 : SHOWN_SECRET_BYTES;
    return arena_printf(asked->arena, "\"%s\" (%zu characters)",
                        str_report(asked->arena, bytes_of(value), most), n);
}

static struct bytes without_final_dot(struct bytes name)
{
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    return name;
}

/* --- the kinds ------------------------------------------------------------------------------ */

/* BR 3.2.2.4.7. Host names ignore case, and so do the values of CAA records (as Open MPIC); TXT
 * does if the request says so. */
static struct record_expectation expect_change(const struct record_asked *asked)
{
    const struct dcv_params *params = asked->params;
    bool has_case = params->require_exact_case && dcv_may_require_exact_case(params);
    struct record_expectation expected = {.value = bytes_of(params->challenge_value)};
    if (!params->require_exact_match) {
        expected.comparison = has_case ? COMPARE_CONTAIN : COMPARE_CONTAIN_NOCASE;
    } else if (params->dns_record_type == DCV_RECORD_CNAME) {
        expected.comparison = COMPARE_NAME;
        expected.value = without_final_dot(expected.value);
    } else {
        expected.comparison = has_case ? COMPARE_EQUAL : COMPARE_EQUAL_NOCASE;
    }
    expected.words = arena_printf(
        asked->arena, "one that %s %s%s", params->require_exact_match ? "equals" : "contains",
        shortened(asked, params->challenge_value), has_case ? ", in this case of letters" : "");
    return expected;
}

/* RFC 8555 section 8.4. */
static struct record_expectation expect_digest(const struct record_asked *asked)
{
    const char *hash = asked->params->key_authorization_hash;
    return (struct record_expectation){
        .comparison = COMPARE_EQUAL,
        .value = bytes_of(hash),
        .is_digest = true,
        .words =
            arena_printf(asked->arena, "one that equals %s, the digest of the key authorization",
                         shortened(asked, hash))};
}

static struct record_expectation expect_persistent(const struct record_asked *asked)
{
    const struct dcv_params *params = asked->params;
    const struct strv *issuers = &params->issuer_domain_names;
    const char *list = "";
    for (size_t i = 0; i < issuers->count && i < SHOWN_ISSUERS; i++)
        list = arena_printf(asked->arena, "%s%s%s", list, i ? " or " : "",
                            shown(asked, issuers->items[i]));
    bool needs_policy = asked->is_wildcard && params->wildcard_policy == WILDCARD_REQUIRED;
    return (struct record_expectation){
        .comparison = COMPARE_PERSISTENT,
        .value = bytes_of(params->expected_account_uri),
        .persistent = {.issuers = issuers,
                       .account_uri = params->expected_account_uri,
                       .needs_wildcard_policy = needs_policy,
                       .now_s = asked->now_s},
        .words = arena_printf(asked->arena, "one for the issuer %s with accounturi=%s", list,
                              shown(asked, params->expected_account_uri))};
}

/* BR appendix A: another value "cannot be used". */
static struct record_expectation expect_contact(const struct record_asked *asked,
                                                const char *unusable)
{
    const struct dcv_params *params = asked->params;
    const char *tag = method_get(params->method)->record.caa_tag;
    const char *value = quoted_challenge(asked);
    struct record_expectation expected = {.comparison = COMPARE_EQUAL_NOCASE, .unusable = unusable};
    if (dcv_contact_is_valid(params->method, params->challenge_value)) {
        expected.value = bytes_of(params->challenge_value);
        expected.unusable = NULL;
    }
    expected.words =
        tag ? arena_printf(asked->arena, "%s %s", tag, value)
            : arena_printf(asked->arena, "one that is the contact %s and nothing else", value);
    return expected;
}

static struct record_expectation expect_email(const struct record_asked *asked)
{
    return expect_contact(asked, "no e-mail address (RFC 6532 section 3.2, BR appendix A)");
}

static struct record_expectation expect_phone(const struct record_asked *asked)
{
    return expect_contact(asked,
                          "no global telephone number (RFC 3966 section 5.1.4, BR appendix A)");
}

/* BR 3.2.2.4.8: binary equality, which canonical texts have exactly if the addresses have it. */
static struct record_expectation expect_address(const struct record_asked *asked)
{
    struct record_expectation expected = {.comparison = COMPARE_EQUAL,
                                          .words = quoted_challenge(asked)};
    struct address address;
    if (dcv_expected_address(asked->params, &address)) {
        char *text = arena_alloc(asked->arena, ADDRESS_TEXT_MAX);
        expected.value = bytes_of(address_format(&address, text));
    } else {
        bool is_ipv4 = asked->params->dns_record_type == DCV_RECORD_A;
        expected.unusable = is_ipv4 ? "no IPv4 address" : "no IPv6 address";
    }
    return expected;
}

/* BR 3.2.2.5.3. */
static struct record_expectation expect_name(const struct record_asked *asked)
{
    return (struct record_expectation){
        .comparison = COMPARE_NAME,
        .value = without_final_dot(bytes_of(asked->params->challenge_value)),
        .words = quoted_challenge(asked)};
}

static struct record_expectation expect_nothing(const struct record_asked *asked)
{
    return (struct record_expectation){.words = quoted_challenge(asked)};
}

typedef struct record_expectation expect_fn(const struct record_asked *asked);

static expect_fn *const kinds[EXPECTS_COUNT] = {
    [EXPECTS_NOTHING] = expect_nothing, [EXPECTS_CHANGE] = expect_change,
    [EXPECTS_DIGEST] = expect_digest,   [EXPECTS_PERSISTENT] = expect_persistent,
    [EXPECTS_EMAIL] = expect_email,     [EXPECTS_PHONE] = expect_phone,
    [EXPECTS_ADDRESS] = expect_address, [EXPECTS_NAME] = expect_name,
};

struct record_expectation record_expect(const struct record_asked *asked)
{
    return kinds[method_get(asked->params->method)->record.expects](asked);
}

/* --- one record ------------------------------------------------------------------------------ */

bool record_shows(const struct record_expectation *expected, struct bytes text, struct arena *arena,
                  const char **rejection)
{
    struct bytes value = expected->value;
    if (!value.n) /* it would be contained in everything */
        return false;
    switch (expected->comparison) {
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
    return persistent_check(arena, text, &expected->persistent, rejection) == PERSISTENT_PROVES;
}
