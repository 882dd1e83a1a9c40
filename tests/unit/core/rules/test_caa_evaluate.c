/* What a set of CAA records permits. */
#include "core/rules/caa.h"

#include "base/str.h"
#include "support/unit.h"
#include "unit/core/rules/caa_sets.h"

#define BYTES(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})
#define LIST(...)                                                                                  \
    ((struct strv){.items = (const char *const[]){__VA_ARGS__},                                    \
                   .count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),           \
                   .present = true})

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static const struct target plain = {.kind = TARGET_DNS, .canonical = "a.example"};
static const struct target wildcard = {
    .kind = TARGET_DNS, .canonical = "a.example", .is_wildcard = true};

enum who { PLAIN, WILD, MAIL, WILD_MAIL, MARK };

/* Judged for the issuers ca.example and ca2.example. */
static const struct {
    const char *why;
    enum who who;
    const char *set;
    enum problem problem; /* PROBLEM_NONE: permitted */
    const char *says;     /* in the reason */
} rows[] = {
    /* tls-server without wildcard */
    {"our issuer", PLAIN, "0 issue ca.example", PROBLEM_NONE, "issue \"ca.example\" permits"},
    {"our other issuer", PLAIN, "0 issue ca2.example", PROBLEM_NONE, "permits"},
    {"the record's case does not matter", PLAIN, "0 ISSUE CA.Example", PROBLEM_NONE,
     "ISSUE \"CA.Example\" permits"},
    {"somebody else", PLAIN, "0 issue other.example", PROBLEM_CAA_NOT_PERMITTED,
     "CAA records at a.example: no issue record names one of the expected issuers (ca.example, ca2.example); seen: 0 issue "
     "\"other.example\""},
    {"somebody else and we", PLAIN, "0 issue other.example|0 issue ca.example", PROBLEM_NONE,
     "issue \"ca.example\" permits"},
    {"nobody", PLAIN, "0 issue ;", PROBLEM_CAA_NOT_PERMITTED, "0 issue \";\""},
    {"an empty value names nobody", PLAIN, "0 issue ", PROBLEM_CAA_NOT_PERMITTED, "0 issue \"\""},
    {"nobody, and we: one record suffices", PLAIN, "0 issue ;|0 issue ca.example", PROBLEM_NONE,
     "permits"},
    {"a subdomain of our issuer is somebody else", PLAIN, "0 issue sub.ca.example",
     PROBLEM_CAA_NOT_PERMITTED, "seen"},
    {"a prefix of our issuer is somebody else", PLAIN, "0 issue ca.exampl",
     PROBLEM_CAA_NOT_PERMITTED, "seen"},
    {"unknown parameters are ignored, repeated ones too", PLAIN, "0 issue ca.example; x=1; x=2",
     PROBLEM_NONE, "permits"},
    {"no issue record: no restriction", PLAIN, "0 iodef mailto:a@b.example", PROBLEM_NONE,
     "has no issue record"},
    {"issuewild says nothing about names without wildcard", PLAIN, "0 issuewild other.example",
     PROBLEM_NONE, "has no issue record"},
    {"issuemail says nothing about TLS servers", PLAIN, "0 issuemail ;", PROBLEM_NONE,
     "has no issue record"},
    {"issuevmc says nothing about TLS servers", PLAIN, "0 issuevmc ;", PROBLEM_NONE,
     "has no issue record"},
    {"an unknown property that is not critical is ignored", PLAIN, "0 tbs x", PROBLEM_NONE,
     "has no issue record"},
    {"final dot: malformed, permits nobody", PLAIN, "0 issue ca.example.",
     PROBLEM_CAA_NOT_PERMITTED,
     "issue \"ca.example.\" is malformed: the issuer domain name ends in a dot, which is not allowed there (RFC 8659 section 4.2)"},
    {"trailing semicolon: malformed", PLAIN, "0 issue ca.example; a=b;", PROBLEM_CAA_NOT_PERMITTED,
     "is malformed: nothing follows"},
    {"a malformed record does not hinder another", PLAIN, "0 issue %%%%|0 issue ca.example",
     PROBLEM_NONE, "issue \"ca.example\" permits"},
    {"the malformed record is named, not the stranger", PLAIN, "0 issue other.example|0 issue %%%%",
     PROBLEM_CAA_NOT_PERMITTED, "issue \"%%%%\" is malformed"},
    {"of two malformed records the first is named", PLAIN, "0 issue %%|0 issue ^^",
     PROBLEM_CAA_NOT_PERMITTED, "issue \"%%\" is malformed"},
    {"more records than a reason lists", PLAIN,
     "0 issue a|0 issue b|0 iodef x|0 issue c|0 issue d|0 issue e", PROBLEM_CAA_NOT_PERMITTED,
     "seen: 0 issue \"a\", 0 issue \"b\", 0 issue \"c\" and 2 more"},
    /* wildcards */
    {"issuewild permits", WILD, "0 issuewild ca.example", PROBLEM_NONE,
     "issuewild \"ca.example\" permits"},
    {"issuewild takes precedence over issue", WILD, "0 issue ca.example|0 issuewild other.example",
     PROBLEM_CAA_NOT_PERMITTED, "no issuewild record"},
    {"and the other way round", WILD, "0 issue other.example|0 IssueWild ca.example", PROBLEM_NONE,
     "IssueWild \"ca.example\" permits"},
    {"without issuewild issue counts", WILD, "0 issue other.example", PROBLEM_CAA_NOT_PERMITTED,
     "no issue record"},
    {"without issuewild issue permits", WILD, "0 issue ca.example", PROBLEM_NONE, "permits"},
    {"a malformed issuewild still takes precedence", WILD, "0 issue ca.example|0 issuewild %",
     PROBLEM_CAA_NOT_PERMITTED, "issuewild \"%\" is malformed"},
    {"issuewild is ignored without wildcard", PLAIN, "0 issue ca.example|0 issuewild ;",
     PROBLEM_NONE, "issue \"ca.example\" permits"},
    /* s-mime and mark */
    {"issuemail permits", MAIL, "0 issuemail ca.example|0 issue ;", PROBLEM_NONE,
     "issuemail \"ca.example\" permits"},
    {"issuemail of somebody else", MAIL, "0 issuemail other.example|0 issue ca.example",
     PROBLEM_CAA_NOT_PERMITTED, "no issuemail record"},
    {"issue says nothing about e-mail", MAIL, "0 issue ;|0 issuewild ;", PROBLEM_NONE,
     "has no issuemail record"},
    {"the wildcard flag means nothing to e-mail", WILD_MAIL, "0 issuewild ;|0 issuemail ca.example",
     PROBLEM_NONE, "issuemail \"ca.example\" permits"},
    {"issuevmc permits", MARK, "0 issuevmc ca.example|0 issue ;", PROBLEM_NONE,
     "issuevmc \"ca.example\" permits"},
    {"issuevmc of somebody else", MARK, "0 issuevmc other.example|0 issue ca.example",
     PROBLEM_CAA_NOT_PERMITTED, "no issuevmc record"},
    {"issue says nothing about marks", MARK, "0 issue ;", PROBLEM_NONE, "has no issuevmc record"},
    /* critical properties */
    {"unknown and critical", PLAIN, "128 tbs x|0 issue ca.example", PROBLEM_CAA_CRITICAL,
     "critical property \"tbs\" is not understood (RFC 8659 section 4.1)"},
    {"after the record that permits", PLAIN, "0 issue ca.example|128 tbs x", PROBLEM_CAA_CRITICAL,
     "tbs"},
    {"flag value 1 means critical, too", PLAIN, "0 issue ca.example|1 tbs x", PROBLEM_CAA_CRITICAL,
     "tbs"},
    {"both and all other bits", PLAIN, "0 issue ca.example|255 tbs x", PROBLEM_CAA_CRITICAL, "tbs"},
    {"the other bits are ignored", PLAIN, "126 issue ca.example|126 tbs x", PROBLEM_NONE,
     "permits"},
    {"critical for every kind of certificate", MAIL, "128 tbs x", PROBLEM_CAA_CRITICAL, "tbs"},
    {"critical for marks", MARK, "128 tbs x", PROBLEM_CAA_CRITICAL, "tbs"},
    {"a tag that begins like one of ours", PLAIN, "128 issues x", PROBLEM_CAA_CRITICAL, "issues"},
    {"what we understand may be critical", PLAIN,
     "128 ISSUE ca.example|128 issuewild ;|128 issuemail ;|128 issuevmc ;|128 iodef "
     "mailto:x|128 contactemail a@b|1 ContactPhone +1",
     PROBLEM_NONE, "permits"},
    {"critical adds nothing to issue", PLAIN, "128 issue other.example", PROBLEM_CAA_NOT_PERMITTED,
     "128 issue \"other.example\""},
};

static struct caa_query query_for(enum who who, struct caa_params *params,
                                  const struct strv *issuers)
{
    *params = (struct caa_params){.certificate_type = who == MARK ? CERT_MARK
                                                      : who == MAIL || who == WILD_MAIL
                                                          ? CERT_S_MIME
                                                          : CERT_TLS_SERVER};
    return (struct caa_query){.target = who == WILD || who == WILD_MAIL ? &wildcard : &plain,
                              .params = params,
                              .issuers = issuers};
}

static void assert_decision(const char *why, const struct caa_decision *decision,
                            enum problem problem, const char *says)
{
    if (decision->problem != problem || decision->verdict != problem_info(problem)->verdict)
        fail_msg("%s: %s, %s: %s", why, verdict_str(decision->verdict),
                 problem_str(decision->problem), decision->reason);
    if (!strstr(decision->reason, says))
        fail_msg("%s: reason: %s", why, decision->reason);
}

static void test_evaluate_sets(void **state)
{
    struct strv issuers = LIST("ca.example", "ca2.example");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct caa_params params;
        struct caa_query query = query_for(rows[i].who, &params, &issuers);
        struct lookup set = caa_set(*state, "a.example", rows[i].set);
        struct caa_decision decision = caa_evaluate(&query, &set, *state);
        assert_decision(rows[i].why, &decision, rows[i].problem, rows[i].says);
    }
}

static void test_evaluate_raw_rdata(void **state)
{
    static const struct {
        const char *why;
        struct bytes rdata;
        enum problem problem;
        const char *says;
    } raw[] = {
        {"empty RDATA", BYTES(""), PROBLEM_DNS_MALFORMED, "cannot be split"},
        {"no tag length", BYTES("\0"), PROBLEM_DNS_MALFORMED, "cannot be split"},
        {"empty tag", BYTES("\0\0ca.example"), PROBLEM_DNS_MALFORMED, "cannot be split"},
        {"tag longer than the RDATA", BYTES("\0\6issue"), PROBLEM_DNS_MALFORMED,
         "CAA records at a.example: record 1 cannot be split"},
        {"tag to the end: empty value", BYTES("\0\5issue"), PROBLEM_CAA_NOT_PERMITTED,
         "0 issue \"\""},
        {"tag that is no UTF-8", BYTES("\0\2\xFF\xFEx"), PROBLEM_NONE, "has no issue record"},
        {"critical tag that is no UTF-8", BYTES("\200\2\xFF\xFEx"), PROBLEM_CAA_CRITICAL,
         "\"\\255\\254\""},
        {"tag with a NUL is not the tag before it", BYTES("\200\6issue\0x"), PROBLEM_CAA_CRITICAL,
         "\"issue\\000\""},
        {"value that is no UTF-8", BYTES("\0\5issue\xFF"), PROBLEM_CAA_NOT_PERMITTED, "\\255"},
        {"value with a NUL after our issuer", BYTES("\0\5issueca.example\0"),
         PROBLEM_CAA_NOT_PERMITTED, "malformed"},
    };
    struct strv issuers = LIST("ca.example");
    struct caa_params params;
    struct caa_query query = query_for(PLAIN, &params, &issuers);
    for (size_t i = 0; i < sizeof raw / sizeof raw[0]; i++) {
        struct lookup set = CAA_RAW("a.example", raw[i].rdata);
        struct caa_decision decision = caa_evaluate(&query, &set, *state);
        assert_decision(raw[i].why, &decision, raw[i].problem, raw[i].says);
    }
}

static void test_evaluate_unsplittable_record_outweighs_all_others(void **state)
{
    struct strv issuers = LIST("ca.example");
    struct caa_params params;
    struct caa_query query = query_for(PLAIN, &params, &issuers);
    struct lookup set = caa_set(*state, "a.example", "0 issue ca.example|128 tbs x|0 issue y");
    struct dns_record records[3];
    memcpy(records, set.records, sizeof records);
    records[2].rdata = BYTES("\0");
    set.records = records;
    struct caa_decision decision = caa_evaluate(&query, &set, *state);
    assert_decision("third record", &decision, PROBLEM_DNS_MALFORMED, "record 3");
}

static void test_evaluate_without_configured_issuer_nobody_is_permitted(void **state)
{
    struct caa_params params;
    struct strv none = {0}, empty = LIST("");
    struct caa_query query = query_for(PLAIN, &params, &none);
    struct lookup set = caa_set(*state, "a.example", "0 issue ;|0 issue ca.example|0 issue");
    struct caa_decision decision = caa_evaluate(&query, &set, *state);
    assert_decision("no issuer", &decision, PROBLEM_CAA_NOT_PERMITTED,
                    "no issuer is configured or requested");
    /* An empty issuer must not agree with the empty issuer of `;`. */
    query.issuers = &empty;
    decision = caa_evaluate(&query, &set, *state);
    assert_decision("empty issuer", &decision, PROBLEM_CAA_NOT_PERMITTED, "seen");
    struct lookup unrestricted = caa_set(*state, "a.example", "0 iodef x");
    decision = caa_evaluate(&query, &unrestricted, *state);
    assert_decision("no restriction", &decision, PROBLEM_NONE, "has no issue record");
}

static void test_evaluate_issuers_ignore_case(void **state)
{
    struct caa_params params;
    struct strv issuers = LIST("CA.example");
    struct caa_query query = query_for(PLAIN, &params, &issuers);
    struct lookup set = caa_set(*state, "a.example", "0 issue ca.EXAMPLE");
    struct caa_decision decision = caa_evaluate(&query, &set, *state);
    assert_decision("case", &decision, PROBLEM_NONE, "permits");
}

/* RFC 8657, for the account https://ca.example/acct/1 or /2 and the methods dns-01 or ca-email. */
enum given { NOTHING = 0, ACCOUNT = 1, METHOD = 2, ENFORCED = 4 };
#define ACCOUNT_1 "accounturi=https://ca.example/acct/1"

static const struct {
    const char *why;
    int given;
    const char *set;
    enum problem problem;
    const char *says;
} rfc8657[] = {
    {"our account", ACCOUNT, "0 issue ca.example; " ACCOUNT_1, PROBLEM_NONE, "permits"},
    {"our parent account", ACCOUNT, "0 issue ca.example; accounturi=https://ca.example/acct/2",
     PROBLEM_NONE, "permits"},
    {"the tag ignores case, so no spelling hides it", ACCOUNT,
     "0 issue ca.example; AccountURI=https://ca.example/acct/9", PROBLEM_CAA_NOT_PERMITTED,
     "accounturi is not the requesting account"},
    {"the URI does not ignore case", ACCOUNT,
     "0 issue ca.example; accounturi=https://CA.example/acct/1", PROBLEM_CAA_NOT_PERMITTED,
     "accounturi is not the requesting account"},
    {"a prefix is not equal", ACCOUNT, "0 issue ca.example; accounturi=https://ca.example/acct/",
     PROBLEM_CAA_NOT_PERMITTED, "accounturi is not the requesting account"},
    {"twice is unsatisfiable", ACCOUNT, "0 issue ca.example; " ACCOUNT_1 "; " ACCOUNT_1,
     PROBLEM_CAA_NOT_PERMITTED, "more than once"},
    {"empty is no URI", ACCOUNT, "0 issue ca.example; accounturi=", PROBLEM_CAA_NOT_PERMITTED,
     "accounturi is no URI"},
    {"a relative reference is no URI", ACCOUNT, "0 issue ca.example; accounturi=acct/1",
     PROBLEM_CAA_NOT_PERMITTED, "accounturi is no URI"},
    {"absent is no restriction", ACCOUNT | METHOD, "0 issue ca.example", PROBLEM_NONE, "permits"},
    {"another record permits", ACCOUNT, "0 issue ca.example; accounturi=x:y|0 issue ca.example",
     PROBLEM_NONE, "issue \"ca.example\" permits"},
    {"another issuer's account is no matter", ACCOUNT, "0 issue other.example; " ACCOUNT_1,
     PROBLEM_CAA_NOT_PERMITTED, "no issue record names"},
    {"our method", METHOD, "0 issue ca.example; validationmethods=dns-01", PROBLEM_NONE, "permits"},
    {"our method among others", METHOD,
     "0 issue ca.example; validationmethods=http-01,ca-email,tls-alpn-01", PROBLEM_NONE, "permits"},
    {"our method last", METHOD, "0 issue ca.example; ValidationMethods=http-01,dns-01",
     PROBLEM_NONE, "permits"},
    {"other methods", METHOD, "0 issue ca.example; validationmethods=http-01,tls-alpn-01",
     PROBLEM_CAA_NOT_PERMITTED, "no label of the method used"},
    {"a label that begins like ours", METHOD, "0 issue ca.example; validationmethods=dns-010",
     PROBLEM_CAA_NOT_PERMITTED, "no label of the method used"},
    {"labels do not ignore case", METHOD, "0 issue ca.example; validationmethods=DNS-01",
     PROBLEM_CAA_NOT_PERMITTED, "no label of the method used"},
    {"the empty list permits nobody", METHOD, "0 issue ca.example; validationmethods=",
     PROBLEM_CAA_NOT_PERMITTED, "no label of the method used"},
    {"an empty label spoils the list", METHOD, "0 issue ca.example; validationmethods=dns-01,",
     PROBLEM_CAA_NOT_PERMITTED, "empty label"},
    {"an empty label first", METHOD, "0 issue ca.example; validationmethods=,dns-01",
     PROBLEM_CAA_NOT_PERMITTED, "empty label"},
    {"an illegal character spoils the list", METHOD,
     "0 issue ca.example; validationmethods=dns-01,http_01", PROBLEM_CAA_NOT_PERMITTED,
     "validationmethods is malformed"},
    {"twice", METHOD, "0 issue ca.example; validationmethods=dns-01; validationmethods=dns-01",
     PROBLEM_CAA_NOT_PERMITTED, "validationmethods occurs more than once"},
    {"both must hold: the account does not", ACCOUNT | METHOD,
     "0 issue ca.example; validationmethods=dns-01; accounturi=x:y", PROBLEM_CAA_NOT_PERMITTED,
     "accounturi"},
    {"both must hold: the method does not", ACCOUNT | METHOD,
     "0 issue ca.example; validationmethods=http-01; " ACCOUNT_1, PROBLEM_CAA_NOT_PERMITTED,
     "validationmethods"},
    {"both hold", ACCOUNT | METHOD, "0 issue ca.example; validationmethods=dns-01; " ACCOUNT_1,
     PROBLEM_NONE, "permits"},
    {"without input an account is not evaluated", NOTHING,
     "0 issue ca.example; accounturi=x:y; accounturi=z", PROBLEM_NONE, "permits"},
    {"without input a method is not evaluated", NOTHING,
     "0 issue ca.example; validationmethods=http-01", PROBLEM_NONE, "permits"},
    {"input for the one only: the other is not evaluated", ACCOUNT,
     "0 issue ca.example; validationmethods=http-01; " ACCOUNT_1, PROBLEM_NONE, "permits"},
    {"input for the one only, which does not hold", ACCOUNT,
     "0 issue ca.example; validationmethods=http-01; accounturi=x:y", PROBLEM_CAA_NOT_PERMITTED,
     "accounturi"},
    {"a record without parameters is preferred", NOTHING,
     "0 issue ca.example; accounturi=x:y|0 issue ca.example", PROBLEM_NONE,
     "issue \"ca.example\" permits"},
    {"parameters of a stranger are no finding", NOTHING,
     "0 issue other.example; accounturi=x:y|0 issue ca.example", PROBLEM_NONE, "permits"},
    {"enforced: without input an account forbids", ENFORCED, "0 issue ca.example; accounturi=x:y",
     PROBLEM_CAA_NOT_PERMITTED, "does not say"},
    {"enforced: without input a method forbids", ENFORCED | ACCOUNT,
     "0 issue ca.example; validationmethods=http-01; " ACCOUNT_1, PROBLEM_CAA_NOT_PERMITTED,
     "does not say"},
    {"enforced: a record without parameters permits", ENFORCED,
     "0 issue ca.example; accounturi=x:y|0 issue ca.example; foo=bar", PROBLEM_NONE, "foo=bar"},
    {"enforced, with input: as before", ENFORCED | ACCOUNT | METHOD,
     "0 issue ca.example; validationmethods=dns-01; " ACCOUNT_1, PROBLEM_NONE, "permits"},
};

static void test_evaluate_rfc8657_parameters(void **state)
{
    struct strv issuers = LIST("ca.example");
    struct strv accounts = LIST("https://ca.example/acct/2", "https://ca.example/acct/1");
    struct strv methods = LIST("ca-email", "dns-01");
    for (size_t i = 0; i < sizeof rfc8657 / sizeof rfc8657[0]; i++) {
        struct caa_params params = {0};
        if (rfc8657[i].given & ACCOUNT)
            params.account_uris = accounts;
        if (rfc8657[i].given & METHOD)
            params.validation_method_labels = methods;
        struct caa_query query = {.target = &plain,
                                  .params = &params,
                                  .issuers = &issuers,
                                  .enforce_rfc8657 = rfc8657[i].given & ENFORCED};
        struct lookup set = caa_set(*state, "a.example", rfc8657[i].set);
        struct caa_decision decision = caa_evaluate(&query, &set, *state);
        assert_decision(rfc8657[i].why, &decision, rfc8657[i].problem, rfc8657[i].says);
    }
}

/* An input that is given but empty: no account of the request can be the record's. */
static void test_evaluate_empty_rfc8657_input_matches_nothing(void **state)
{
    struct strv issuers = LIST("ca.example");
    struct caa_params params = {.account_uris.present = true,
                                .validation_method_labels.present = true};
    struct caa_query query = {.target = &plain, .params = &params, .issuers = &issuers};
    struct lookup account = caa_set(*state, "a.example", "0 issue ca.example; " ACCOUNT_1);
    struct caa_decision decision = caa_evaluate(&query, &account, *state);
    assert_decision("account", &decision, PROBLEM_CAA_NOT_PERMITTED, "accounturi");
    assert_decision("told as such", &decision, PROBLEM_CAA_NOT_PERMITTED,
                    "; the request is for no account; no label of a method is given");
    struct lookup method = caa_set(*state, "a.example", "0 issue ca.example; validationmethods=");
    params.validation_method_labels = LIST("");
    decision = caa_evaluate(&query, &method, *state);
    assert_decision("empty label", &decision, PROBLEM_CAA_NOT_PERMITTED, "validationmethods");
}

/* BR 4.2.2.1.2: what a request is compared with, by name or by labels, and with case or without. */
static void test_evaluate_labels_of_the_baseline_requirements(void **state)
{
    struct strv issuers = LIST("ca.example");
    struct caa_params params = {.validation_method = "acme-http-01"};
    struct caa_query query = {.target = &plain, .params = &params, .issuers = &issuers};
    struct lookup set =
        caa_set(*state, "a.example", "0 issue ca.example; validationmethods=ca-tbr-7,ca-tbr-19");
    struct caa_decision decision = caa_evaluate(&query, &set, *state);
    assert_decision("the label of the clause", &decision, PROBLEM_NONE, "permits");
    params.validation_method = "acme-tls-alpn-01";
    decision = caa_evaluate(&query, &set, *state);
    assert_decision("another method", &decision, PROBLEM_CAA_NOT_PERMITTED,
                    "; the method used is acme-tls-alpn-01");
    params = (struct caa_params){.validation_method_labels = LIST("http-01")};
    decision = caa_evaluate(&query, &set, *state);
    assert_decision("the other label", &decision, PROBLEM_NONE, "permits");
    set = caa_set(*state, "a.example", "0 issue ca.example; validationmethods=CA-TBR-19");
    decision = caa_evaluate(&query, &set, *state);
    assert_decision("case counts", &decision, PROBLEM_CAA_NOT_PERMITTED,
                    "; the method used is http-01");
    query.labels_ignore_case = true;
    decision = caa_evaluate(&query, &set, *state);
    assert_decision("case is ignored", &decision, PROBLEM_NONE, "permits");
}

static void test_evaluate_tells_whose_records_forbid(void **state)
{
    struct caa_params params;
    struct strv issuers = LIST("ca.example");
    struct caa_query query = query_for(PLAIN, &params, &issuers);
    struct lookup set = caa_set(*state, "example", "0 issue other.example");
    struct caa_decision decision = caa_evaluate(&query, &set, *state);
    assert_decision("a parent", &decision, PROBLEM_CAA_NOT_PERMITTED,
                    "CAA records at example, which is the nearest name above a.example that has "
                    "any: no issue record");
}

/* At the end of an alias others decide: whoever reads it must learn whom to ask. */
static void test_evaluate_names_the_alias_that_led_to_the_records(void **state)
{
    static const char *const chain[] = {"cdn.example.net.", "shop.example.net."};
    struct caa_params params;
    struct strv issuers = LIST("ca.example");
    struct caa_query query = query_for(PLAIN, &params, &issuers);
    struct lookup set = caa_set(*state, "a.example", "0 issue other.example");
    set.cname_chain = (struct strv){.items = chain, .count = 2, .present = true};
    struct caa_decision decision = caa_evaluate(&query, &set, *state);
    assert_decision("forbidden", &decision, PROBLEM_CAA_NOT_PERMITTED,
                    "CAA records of a.example, found at its alias target shop.example.net, whose "
                    "they are: no issue record");
    set.name = "example";
    decision = caa_evaluate(&query, &set, *state);
    assert_decision("a parent's", &decision, PROBLEM_CAA_NOT_PERMITTED,
                    "CAA records of example, which is the nearest name above a.example that has "
                    "any, found at its alias target shop.example.net, whose they are: no issue");
    set = caa_set(*state, "a.example", "0 issue ca.example");
    set.cname_chain = (struct strv){.items = chain, .count = 1, .present = true};
    decision = caa_evaluate(&query, &set, *state);
    assert_decision("permitted", &decision, PROBLEM_NONE,
                    "its alias target cdn.example.net, whose");
}

/* The record from which the verdict follows. */
static void test_evaluate_tells_the_deciding_record(void **state)
{
    static const struct {
        const char *why, *set;
        enum who who;
        int deciding; /* -1: none */
    } decided[] = {
        {"permits", "0 issue other|0 iodef x|0 issue ca.example|0 issue ca.example", PLAIN, 2},
        {"critical", "0 issue ca.example|0 issue b|128 tbs x|1 tbs y", PLAIN, 2},
        {"names another", "0 iodef x|0 issue other|0 issue another", PLAIN, 1},
        {"names nobody", "0 iodef x|0 iodef y|0 issue ;", PLAIN, 2},
        {"malformed is nearer", "0 issue other|0 issue ca.example;;", PLAIN, 1},
        {"of the wildcard", "0 issue ca.example|0 issuewild ;", WILD, 1},
        {"no restriction", "0 iodef x|0 issuewild ;", PLAIN, -1},
    };
    struct caa_params params;
    struct strv issuers = LIST("ca.example");
    for (size_t i = 0; i < sizeof decided / sizeof *decided; i++) {
        struct caa_query query = query_for(decided[i].who, &params, &issuers);
        struct lookup set = caa_set(*state, "a.example", decided[i].set);
        struct caa_decision decision = caa_evaluate(&query, &set, *state);
        int deciding = decision.deciding ? (int)(decision.deciding - set.records) : -1;
        if (deciding != decided[i].deciding)
            fail_msg("%s: %d", decided[i].why, deciding);
    }
    struct lookup bad = CAA_RAW("a.example", BYTES("\0\377x"));
    struct caa_query query = query_for(PLAIN, &params, &issuers);
    assert_ptr_equal(caa_evaluate(&query, &bad, *state).deciding, &bad.records[0]);
}

/* A reason stays short whatever the records say, and is plain text. */
static void test_evaluate_reasons_are_bounded(void **state)
{
    char text[4000];
    memset(text, 'x', sizeof text);
    memcpy(text, "0 issue ", 8);
    text[sizeof text - 1] = '\0';
    char issuer[1000];
    memset(issuer, 'y', sizeof issuer);
    issuer[sizeof issuer - 1] = '\0';
    struct strv issuers = LIST(issuer, "second.example");
    struct caa_params params;
    struct caa_query query = query_for(PLAIN, &params, &issuers);
    struct lookup set = caa_set(*state, "a.example", text);
    struct caa_decision decision = caa_evaluate(&query, &set, *state);
    assert_decision("long", &decision, PROBLEM_CAA_NOT_PERMITTED, "xxx...");
    assert_true(strlen(decision.reason) < 400);
}

/* A hostile set: a thousand records, malformed but for the last. */
static void test_evaluate_a_thousand_records(void **state)
{
    enum { COUNT = 1000 };
    struct dns_record records[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        records[i] = (struct dns_record){
            .owner = "a.example", .type = 257, .rdata = BYTES("\0\5issueca.example;;;")};
    struct strv issuers = LIST("ca.example");
    struct caa_params params;
    struct caa_query query = query_for(PLAIN, &params, &issuers);
    struct lookup set = caa_set(*state, "a.example", "0 issue x");
    set.records = records;
    set.record_count = COUNT;
    struct caa_decision decision = caa_evaluate(&query, &set, *state);
    assert_decision("all malformed", &decision, PROBLEM_CAA_NOT_PERMITTED, "and 997 more");
    records[COUNT - 1].rdata = BYTES("\0\5issueca.example");
    decision = caa_evaluate(&query, &set, *state);
    assert_decision("but the last", &decision, PROBLEM_NONE, "issue \"ca.example\" permits");
    records[COUNT - 2].rdata = BYTES("\1\1x");
    decision = caa_evaluate(&query, &set, *state);
    assert_decision("critical", &decision, PROBLEM_CAA_CRITICAL, "\"x\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluate_sets),
        cmocka_unit_test(test_evaluate_raw_rdata),
        cmocka_unit_test(test_evaluate_unsplittable_record_outweighs_all_others),
        cmocka_unit_test(test_evaluate_without_configured_issuer_nobody_is_permitted),
        cmocka_unit_test(test_evaluate_issuers_ignore_case),
        cmocka_unit_test(test_evaluate_rfc8657_parameters),
        cmocka_unit_test(test_evaluate_empty_rfc8657_input_matches_nothing),
        cmocka_unit_test(test_evaluate_labels_of_the_baseline_requirements),
        cmocka_unit_test(test_evaluate_tells_whose_records_forbid),
        cmocka_unit_test(test_evaluate_names_the_alias_that_led_to_the_records),
        cmocka_unit_test(test_evaluate_tells_the_deciding_record),
        cmocka_unit_test(test_evaluate_reasons_are_bounded),
        cmocka_unit_test(test_evaluate_a_thousand_records),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
