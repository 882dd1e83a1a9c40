#include "core/corroboration/compliance.h"

#include "base/str.h"
#include "support/unit.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LIST(...)                                                                                  \
    (struct strv)                                                                                  \
    {                                                                                              \
        .items = (const char *const[]){__VA_ARGS__},                                               \
        .count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),                \
        .present = true                                                                            \
    }

#define NOW_S 1795392000 /* 2026-11-23 */

/* Everything that compliance_judge() looks at. As made by setup(), nothing is to be found in it but
 * the note that every response has. */
struct world {
    struct arena *arena;
    struct target target;
    struct mpic_request request;
    struct perspective_info places[4];
    struct perspective_result results[4];
    struct attempt attempts[2];
    struct mpic_response response;
    struct compliance_env env;
};

static void set_target(struct world *w, const char *text)
{
    struct err err;
    w->request.check.target = text;
    if (!target_parse(text, &w->target, &err))
        fail_msg("%s: %s", text, err.text);
    w->env.target = &w->target;
}

static void set_time(struct world *w, const char *date)
{
    int64_t time_s;
    assert_true(baseline_parse_date(date, &time_s));
    w->env.time_s = time_s;
    w->env.period = baseline_at(time_s);
}

static int setup(void **state)
{
    static struct world worlds[1];
    static const char *const codes[] = {"north", "south", "east", "west"};
    struct world *w = &worlds[0];
    *w = (struct world){.arena = arena_new()};
    for (size_t i = 0; i < 4; i++) {
        w->places[i] = (struct perspective_info){.code = codes[i],
                                                 .rir = RIR_ARIN,
                                                 .has_coordinates = true,
                                                 .latitude = 20.0 * (double)i};
        w->results[i] = (struct perspective_result){
            .code = codes[i],
            .result = {.verdict = VERDICT_PASS, .timestamp_ns = OPT_INT(NOW_S * 1000000000LL)}};
    }
    w->attempts[0] = (struct attempt){w->results, 4};
    w->response = (struct mpic_response){.request = &w->request,
                                         .mpic_completed = true,
                                         .is_valid = true,
                                         .perspective_count = 4,
                                         .quorum_count = 3,
                                         .attempt_count = 1,
                                         .attempts = w->attempts};
    w->env = (struct compliance_env){
        .now_ns = NOW_S * 1000000000LL, .perspectives = w->places, .perspective_count = 4};
    set_time(w, "2026-11-23");
    set_target(w, "www.example.com");
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    arena_free(((struct world *)*state)->arena);
    return 0;
}

static void judge(struct world *w)
{
    compliance_judge(&w->response, &w->env, w->arena);
}

static const struct compliance_finding *finding(const struct world *w, const char *code)
{
    for (size_t i = 0; i < w->response.finding_count; i++)
        if (str_eq(w->response.findings[i].code, code))
            return &w->response.findings[i];
    return NULL;
}

/* The only finding besides the one that is always there; NULL if there is none. */
static const struct compliance_finding *only_finding(const struct world *w)
{
    assert_non_null(finding(w, "primary_not_included"));
    assert_in_range(w->response.finding_count, 1, 2);
    const struct compliance_finding *first = &w->response.findings[0];
    if (w->response.finding_count == 1)
        return NULL;
    return str_eq(first->code, "primary_not_included") ? first + 1 : first;
}

static void assert_only(const struct world *w, const char *code, const char *level,
                        const char *clause)
{
    const struct compliance_finding *found = only_finding(w);
    if (!found)
        fail_msg("%s was not found", code);
    assert_string_equal(found->code, code);
    assert_string_equal(found->level, level);
    assert_string_equal(found->clause, clause);
}

/* --- the whole ----------------------------------------------------------------------------- */

static void test_response_without_breach_is_compliant(void **state)
{
    struct world *w = *state;
    judge(w);
    assert_null(only_finding(w));
    const struct compliance_finding *primary = finding(w, "primary_not_included");
    assert_string_equal(primary->level, "note");
    assert_string_equal(primary->clause, "BR 3.2.2.9");
    assert_true(w->response.has_compliance);
    assert_true(w->response.compliant);
    assert_true(w->response.is_valid);
    assert_string_equal(w->response.compliance_method, "4.2.2.1");
}

static void test_breach_is_judged_by_mode(void **state)
{
    struct world *w = *state;
    static const struct {
        enum baseline_mode mode;
        bool is_valid, has_compliance;
    } rows[] = {
        {BASELINE_ENFORCE, false, true},
        {BASELINE_WARN, true, true},
        {BASELINE_OFF, true, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        w->env.mode = rows[i].mode;
        w->env.from_one_place = true;
        w->response.is_valid = true;
        judge(w);
        assert_false(w->response.compliant);
        assert_int_equal(w->response.is_valid, rows[i].is_valid);
        assert_int_equal(w->response.has_compliance, rows[i].has_compliance);
    }
}

/* No mode turns a no into a yes. */
static void test_invalid_response_stays_invalid(void **state)
{
    struct world *w = *state;
    for (int mode = BASELINE_ENFORCE; mode <= BASELINE_OFF; mode++) {
        w->env.mode = (enum baseline_mode)mode;
        w->response.is_valid = false;
        judge(w);
        assert_true(w->response.compliant);
        assert_false(w->response.is_valid);
    }
}

static void judge_without_attempt(void *arg)
{
    struct world *w = arg;
    w->response.attempt_count = 0;
    judge(w);
}

static void test_response_without_attempt_is_a_bug(void **state)
{
    unit_assert_dies(judge_without_attempt, *state);
}

static void test_method_is_named_by_kind_of_target(void **state)
{
    struct world *w = *state;
    w->request.check.check_type = CHECK_DCV;
    w->request.check.dcv.method = DCV_ACME_HTTP_01;
    judge(w);
    assert_string_equal(w->response.compliance_method, "3.2.2.4.19");
    set_target(w, "192.0.2.1");
    judge(w);
    assert_string_equal(w->response.compliance_method, "3.2.2.5.6");
    w->env.target = NULL;
    judge(w);
    assert_string_equal(w->response.compliance_method, "3.2.2.4.19");
    /* A method that was left over in the parameters says nothing of a CAA check. */
    w->request.check.check_type = CHECK_CAA;
    judge(w);
    assert_string_equal(w->response.compliance_method, "4.2.2.1");
}

/* --- the perspectives ---------------------------------------------------------------------- */

static void test_one_place_is_a_breach(void **state)
{
    struct world *w = *state;
    w->env.from_one_place = true;
    judge(w);
    assert_only(w, "single_location", "must", "BR 3.2.2.9");
}

static void test_count_of_perspectives_follows_the_calendar(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *date;
        size_t used;
        bool breach;
        const char *why;
    } rows[] = {
        {"2025-03-14", 2, false, "before it all began there is no period"},
        {"2025-03-15", 2, false, "two are enough"},
        {"2026-03-14", 2, false, "for a year"},
        {"2026-03-15", 2, true, "then three are required"},
        {"2026-06-14", 3, false, "three are three"},
        {"2026-06-15", 3, true, "then four"},
        {"2026-12-14", 4, false, "four are four"},
        {"2026-12-15", 4, true, "then five"},
        {"2026-12-15", 5, false, "five are five"},
        {"2030-01-01", 6, false, "more than required"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        set_time(w, rows[i].date);
        w->response.perspective_count = rows[i].used;
        w->response.is_valid = true;
        judge(w);
        const struct compliance_finding *found = only_finding(w);
        if (rows[i].breach != (found && str_eq(found->code, "too_few_perspectives")) ||
            w->response.is_valid == rows[i].breach)
            fail_msg("%s: %s", rows[i].date, rows[i].why);
    }
    set_time(w, "2026-12-15");
    w->response.perspective_count = 4;
    judge(w);
    assert_only(w, "too_few_perspectives", "must", "BR 3.2.2.9");
    assert_string_equal(only_finding(w)->message,
                        "4 perspectives were used; since 2026-12-15 at least 5 are required");
}

static void test_corroboration_from_one_rir_is_a_breach(void **state)
{
    struct world *w = *state;
    w->response.decision.rir_rule_broken = true;
    judge(w);
    assert_only(w, "too_few_rirs", "must", "BR 3.2.2.9");
}

static void test_distance_that_nothing_tells_is_found(void **state)
{
    struct world *w = *state;
    w->env.mode = BASELINE_ENFORCE;
    w->places[3].has_coordinates = false;
    judge(w);
    assert_only(w, "distance_unknown", "should", "BR 3.2.2.9");
    assert_string_equal(
        only_finding(w)->message,
        "nothing is known of the distance between north and west; 500 km are required");
    assert_true(w->response.is_valid);
    assert_true(w->response.compliant);
    /* A declaration, though empty, is a place. */
    w->places[3].too_close_codes.present = true;
    judge(w);
    assert_null(only_finding(w));
}

static void test_distance_of_those_that_were_not_used_does_not_matter(void **state)
{
    struct world *w = *state;
    w->places[3].has_coordinates = false;
    w->attempts[0].count = 3;
    judge(w);
    assert_null(only_finding(w));
    /* One that is not configured has no place that could be judged. */
    w->attempts[0].count = 4;
    w->results[3].code = "elsewhere";
    judge(w);
    assert_null(only_finding(w));
    w->results[0].code = "nowhere";
    judge(w);
    assert_null(only_finding(w));
}

static void test_findings_are_about_the_last_attempt(void **state)
{
    struct world *w = *state;
    static struct perspective_result earlier[1];
    earlier[0] = (struct perspective_result){.code = "north",
                                             .result.details.local_policy = LIST("http.http_port")};
    w->attempts[1] = w->attempts[0];
    w->attempts[0] = (struct attempt){earlier, 1};
    w->response.attempt_count = 2;
    judge(w);
    assert_null(only_finding(w));
}

static void test_forwarded_questions_hide_the_resolver(void **state)
{
    struct world *w = *state;
    w->results[2].result.details.local_policy = LIST("dns.forward_to");
    judge(w);
    const struct compliance_finding *found = finding(w, "resolver_location_unknown");
    assert_non_null(found);
    assert_string_equal(found->level, "note");
    assert_string_equal(found->clause, "BR 3.2.2.9");
    assert_non_null(finding(w, "local_policy"));
    assert_int_equal(w->response.finding_count, 3);
}

static void test_perspective_whose_answers_nothing_binds_is_noted(void **state)
{
    struct world *w = *state;
    w->places[2].is_unbound = true;
    judge(w);
    assert_only(w, "answers_not_bound", "note", "BR 3.2.2.9");
    assert_true(w->response.is_valid);
    w->response.attempts[0].results[2].code = "not of this cohort";
    judge(w);
    assert_null(finding(w, "answers_not_bound"));
}

static void test_laboratory_setting_is_found(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *setting;
        enum verdict verdict;
        const char *level, *why;
    } rows[] = {
        {"http.http_port", VERDICT_PASS, "must", "no Authorized Port"},
        {"tls_alpn.port", VERDICT_PASS, "must", "likewise"},
        {"network.allow_addresses", VERDICT_PASS, "must", "a reserved address"},
        {"dns.stub_zones", VERDICT_PASS, "must", "not the public DNS"},
        {"dns.trust_anchors", VERDICT_PASS, "must", "not its trust anchor"},
        {"something.new", VERDICT_PASS, "must", "whatever is unknown"},
        {"dns.insecure_zones", VERDICT_PASS, "note", "a remote perspective need not validate"},
        {"http.http_port", VERDICT_FAIL, "note", "a no is no misissued certificate"},
        {"http.http_port", VERDICT_UNKNOWN, "note", "nor is an unknown"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *const settings[] = {rows[i].setting};
        w->results[1].result.details.local_policy = (struct strv){settings, 1, true};
        w->results[1].result.verdict = rows[i].verdict;
        w->env.mode = BASELINE_ENFORCE;
        w->response.is_valid = true;
        judge(w);
        assert_only(w, "local_policy", rows[i].level, "BR 3.2.2.4");
        assert_true(w->response.is_valid); /* told, not forbidden */
        assert_int_equal(w->response.compliant, str_eq(rows[i].level, "note"));
        w->env.mode = BASELINE_WARN;
        w->response.is_valid = true;
        judge(w);
        assert_true(w->response.is_valid);
    }
    /* An empty list is no setting. */
    w->results[1].result.details.local_policy = (struct strv){.present = true};
    judge(w);
    assert_null(only_finding(w));
}

/* --- what was asked for -------------------------------------------------------------------- */

static void test_methods_follow_the_calendar(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *date;
        enum dcv_method method;
        const char *code; /* NULL: none */
        const char *clause, *message, *why;
    } rows[] = {
        {"2025-12-14", DCV_IP_ADDRESS, NULL, NULL, NULL, "91 days before"},
        {"2025-12-15", DCV_IP_ADDRESS, "method_ends", "BR 3.2.2.4.8",
         "ip-address must not be relied on from 2026-03-15 on, and what it validated before must not "
         "be used then",
         "90 days before"},
        {"2026-03-14", DCV_IP_ADDRESS, "method_ends", "BR 3.2.2.4.8",
         "ip-address must not be relied on from 2026-03-15 on, and what it validated before must not "
         "be used then",
         "the last day"},
        {"2026-03-15", DCV_IP_ADDRESS, "method_must_not", "BR 3.2.2.4.8",
         "ip-address must not be relied on since 2026-03-15, nor what it validated before be used",
         "the first day"},
        {"2026-03-14", DCV_CONTACT_EMAIL_TXT, NULL, NULL, NULL, "not yet discouraged"},
        {"2026-03-15", DCV_CONTACT_EMAIL_TXT, "method_should_not", "BR 3.2.2.4.14",
         "contact-email-txt should not be used since 2026-03-15", "discouraged"},
        {"2028-03-15", DCV_CONTACT_EMAIL_TXT, "method_must_not", "BR 3.2.2.4.14",
         "contact-email-txt must not be relied on since 2028-03-15, nor what it validated before be used",
         "must beats should"},
        {"2027-03-15", DCV_CONTACT_PHONE_CAA, "method_must_not", "BR 3.2.2.4.17",
         "contact-phone-caa must not be relied on since 2027-03-15, nor what it validated before be used",
         "telephone"},
        {"2099-01-01", DCV_ACME_HTTP_01, NULL, NULL, NULL, "no end in sight"},
    };
    w->request.check.check_type = CHECK_DCV;
    w->response.perspective_count = 5;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool must = str_eq(rows[i].code, "method_must_not");
        set_time(w, rows[i].date);
        w->request.check.dcv.method = rows[i].method;
        w->response.is_valid = true;
        judge(w);
        const struct compliance_finding *found = only_finding(w);
        if (!str_eq(found ? found->code : NULL, rows[i].code))
            fail_msg("%s: %s", rows[i].why, found ? found->code : "nothing");
        assert_int_equal(w->response.is_valid, !must);
        assert_int_equal(w->response.compliant, !must);
        if (found) {
            bool ends = str_eq(found->code, "method_ends");
            assert_string_equal(found->level, must ? "must" : ends ? "note" : "should");
            assert_string_equal(found->clause, rows[i].clause);
            assert_string_equal(found->message, rows[i].message);
        }
    }
}

static void test_names_of_reverse_zones_are_a_breach(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *target;
        enum dcv_method method; /* DCV_NONE: a CAA check */
        bool breach;
        const char *why;
    } rows[] = {
        {"1.2.0.192.in-addr.arpa", DCV_NONE, true, "CAA permits nothing there"},
        {"1.2.0.192.in-addr.arpa", DCV_ACME_HTTP_01, true, "the name itself would be proven"},
        {"8.b.d.0.1.0.0.2.ip6.arpa", DCV_ACME_DNS_01, true, "IPv6"},
        {"in-addr.arpa", DCV_NONE, true, "the zone itself"},
        {"1.2.0.192.in-addr.arpa", DCV_REVERSE_ADDRESS_LOOKUP, false, "is the address"},
        {"home.arpa", DCV_NONE, false, "another zone below arpa"},
        {"in-addr.arpa.example.com", DCV_NONE, false, "not at the end"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        set_target(w, rows[i].target);
        w->request.check.check_type = rows[i].method == DCV_NONE ? CHECK_CAA : CHECK_DCV;
        w->request.check.dcv.method = rows[i].method;
        w->response.is_valid = true;
        judge(w);
        if (w->response.is_valid == rows[i].breach)
            fail_msg("%s: %s", rows[i].target, rows[i].why);
        if (rows[i].breach)
            assert_only(w, "reverse_zone_name", "must", "BR 4.2.2");
        else
            assert_null(only_finding(w));
    }
    w->env.target = NULL;
    judge(w);
    assert_null(only_finding(w));
}

static void test_short_substring_is_found(void **state)
{
    struct world *w = *state;
    static const struct {
        struct dcv_params dcv;
        bool found;
        const char *why;
    } rows[] = {
        {{.method = DCV_DNS_CHANGE, .challenge_value = "12345678901234567"}, true, "17"},
        {{.method = DCV_DNS_CHANGE, .challenge_value = "123456789012345678"}, false, "18"},
        {{.method = DCV_DNS_CHANGE, .challenge_value = "short", .require_exact_match = true},
         false,
         "an exact match"},
        {{.method = DCV_DNS_CHANGE}, false, "no value"},
        {{.method = DCV_CONTACT_PHONE_TXT, .challenge_value = "short"}, false, "other methods"},
    };
    w->request.check.check_type = CHECK_DCV;
    set_time(w, "2026-01-01");
    for (size_t i = 0; i < COUNT(rows); i++) {
        w->request.check.dcv = rows[i].dcv;
        judge(w);
        if ((only_finding(w) != NULL) != rows[i].found)
            fail_msg("%s", rows[i].why);
        if (rows[i].found)
            assert_only(w, "short_challenge", "note", "BR 3.2.2.4.7");
    }
    /* A CAA check has no challenge, whatever is left over in its parameters. */
    w->request.check.check_type = CHECK_CAA;
    w->request.check.dcv = rows[0].dcv;
    judge(w);
    assert_null(only_finding(w));
}

static void test_key_authorization_of_another_token_is_found(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *token, *key_authorization;
        bool found;
        const char *why;
    } rows[] = {
        {"tok", "tok.print", false, "as it should be"},
        {"tok", "Tok.print", true, "case counts"},
        {"tok", "token.print", true, "only begins like it"},
        {"tok", "tok", true, "no thumbprint"},
        {"tok", "other.print", true, "another"},
        {NULL, "tok.print", false, "no token"},
        {"tok", NULL, false, "no key authorization"},
    };
    w->request.check.check_type = CHECK_DCV;
    for (size_t i = 0; i < COUNT(rows); i++) {
        w->request.check.dcv = (struct dcv_params){.method = DCV_ACME_HTTP_01,
                                                   .token = rows[i].token,
                                                   .key_authorization = rows[i].key_authorization};
        judge(w);
        if ((only_finding(w) != NULL) != rows[i].found)
            fail_msg("%s", rows[i].why);
        if (rows[i].found)
            assert_only(w, "token_mismatch", "note", "RFC 8555 section 8.1");
    }
    w->request.check.dcv = (struct dcv_params){
        .method = DCV_WEBSITE_CHANGE, .token = "tok", .key_authorization = "other.print"};
    judge(w);
    assert_null(only_finding(w));
}

/* --- what was seen ------------------------------------------------------------------------- */

static void test_caa_restrictions_without_input_are_found(void **state)
{
    struct world *w = *state;
    static const char account[] = "0 issue \"ca.example; AccountURI=https://ca.example/1\"";
    static const char method[] = "0 issue \"ca.example; validationmethods=dns-01\"";
    const struct strv none = {0}, given = {.present = true};
    const struct {
        struct strv account_uris, labels;
        const char *record;
        enum verdict verdict;
        bool found;
        const char *why;
    } rows[] = {
        {none, none, account, VERDICT_PASS, true, "account"},
        {none, none, method, VERDICT_PASS, true, "method"},
        {none, none, "0 issue \"ca.example\"", VERDICT_PASS, false, "no restriction"},
        {given, given, account, VERDICT_PASS, false, "evaluated, though against an empty list"},
        {given, none, account, VERDICT_PASS, false, "what is restricted was given"},
        {given, none, method, VERDICT_PASS, true, "what is restricted was not given"},
        {none, given, method, VERDICT_PASS, false, "what is restricted was given"},
        {none, given, account, VERDICT_PASS, true, "what is restricted was not given"},
        {none, none, account, VERDICT_FAIL, false, "nobody relies on a no"},
        {none, none, account, VERDICT_UNKNOWN, false, "nor on nothing"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        w->request.check.caa.account_uris = rows[i].account_uris;
        w->request.check.caa.validation_method_labels = rows[i].labels;
        w->results[3].result.verdict = rows[i].verdict;
        w->results[3].result.details.caa.records_seen = LIST("0 issuewild \";\"", rows[i].record);
        judge(w);
        if ((only_finding(w) != NULL) != rows[i].found)
            fail_msg("%s", rows[i].why);
        if (rows[i].found)
            assert_only(w, "rfc8657_not_evaluated", "should", "RFC 8657 section 3");
    }
    w->request.check.caa = (struct caa_params){.validation_method = "acme-http-01"};
    w->results[3].result.verdict = VERDICT_PASS;
    w->results[3].result.details.caa.records_seen = LIST(method);
    judge(w);
    assert_null(only_finding(w));
    /* A method that reads CAA records for contacts does not ask them for permission. */
    w->results[3].result.verdict = VERDICT_PASS;
    w->request.check.caa = (struct caa_params){0};
    w->request.check.check_type = CHECK_DCV;
    w->request.check.dcv.method = DCV_ACME_DNS_01;
    judge(w);
    assert_null(only_finding(w));
}

/* Both are told: that it is discouraged, and that it ends. */
static void test_end_of_a_discouraged_method_is_told_too(void **state)
{
    struct world *w = *state;
    w->request.check.check_type = CHECK_DCV;
    w->request.check.dcv.method = DCV_CONTACT_PHONE_TXT;
    w->response.perspective_count = 5;
    set_time(w, "2026-12-14");
    judge(w);
    assert_non_null(finding(w, "method_should_not"));
    assert_null(finding(w, "method_ends"));
    set_time(w, "2026-12-15");
    judge(w);
    assert_non_null(finding(w, "method_should_not"));
    assert_string_equal(finding(w, "method_ends")->level, "note");
    assert_true(w->response.compliant);
}

/* E6: the version of the day, or the operator's; the clause of CAA follows it. */
static void test_version_follows_the_day_or_the_operator(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *date, *configured, *version, *clause;
    } rows[] = {
        {"2026-06-11", NULL, "2.2.6", "3.2.2.8"},    {"2026-06-12", NULL, "2.2.8", "4.2.2.1"},
        {"2026-11-23", "2.2.7", "2.2.7", "3.2.2.8"}, {"2026-11-23", "2.2.10", "2.2.10", "4.2.2.1"},
        {"2026-04-01", "2.3.0", "2.3.0", "4.2.2.1"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        set_time(w, rows[i].date);
        w->env.br_version = rows[i].configured;
        judge(w);
        assert_string_equal(w->response.br_version, rows[i].version);
        assert_string_equal(w->response.compliance_method, rows[i].clause);
        assert_string_equal(w->response.verification.method, rows[i].clause);
    }
}

/* BR 5.4.1(2), since 2026-07-15. */
static void test_record_of_a_verification_has_its_contents(void **state)
{
    struct world *w = *state;
    set_target(w, "*.WWW.example.com.");
    w->request.check.check_type = CHECK_DCV;
    w->request.check.dcv.method = DCV_ACME_DNS_01;
    w->env.mode = BASELINE_OFF; /* the record does not depend on it */
    judge(w);
    const struct verification *record = &w->response.verification;
    assert_string_equal(record->authorization_domain_name, "www.example.com");
    assert_null(record->ip_address);
    assert_string_equal(record->method, "3.2.2.4.7");
    assert_string_equal(record->acme_label, "dns-01");
    assert_string_equal(record->date, "2026-11-23T00:00:00Z");
    assert_int_equal(record->reuse_days.value, 200);
    w->request.check.dcv.method = DCV_DNS_PERSISTENT;
    judge(w);
    assert_int_equal(record->reuse_days.value, 10); /* BR 3.2.2.4.22 */
    w->response.is_valid = false;
    judge(w);
    assert_false(record->reuse_days.present);
    set_target(w, "[2001:DB8::1]");
    w->response.is_valid = true;
    judge(w);
    assert_null(record->authorization_domain_name);
    assert_string_equal(record->ip_address, "2001:db8::1");
    assert_string_equal(record->method, "3.2.2.5.8");
    w->env.target = NULL;
    w->request.check.check_type = CHECK_CAA;
    judge(w);
    assert_null(record->authorization_domain_name);
    assert_null(record->ip_address);
    assert_null(record->acme_label);
    assert_false(record->reuse_days.present);
}

static void test_caa_of_an_address_is_noted(void **state)
{
    struct world *w = *state;
    set_target(w, "2001:db8::1");
    judge(w);
    assert_only(w, "caa_not_applicable", "note", "BR 4.2.2.1");
    w->request.check.check_type = CHECK_DCV;
    w->request.check.dcv.method = DCV_ACME_HTTP_01;
    judge(w);
    assert_null(only_finding(w));
}

static void test_clocks_that_differ_are_found(void **state)
{
    struct world *w = *state;
    static const struct {
        int64_t later_s;
        bool found;
        const char *why;
    } rows[] = {
        {0, false, "none"},
        {300, false, "five minutes"},
        {-300, false, "five minutes the other way"},
        {301, true, "a second more"},
        {-301, true, "a second more the other way"},
        {-NOW_S, true, "1970"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        w->results[2].result.timestamp_ns = OPT_INT((NOW_S + rows[i].later_s) * 1000000000LL);
        judge(w);
        if ((only_finding(w) != NULL) != rows[i].found)
            fail_msg("%s", rows[i].why);
        if (rows[i].found) {
            assert_only(w, "clock_skew", "note", "BR 5.4.1");
            assert_string_equal(only_finding(w)->message,
                                "the clock of east differs from ours by more than five minutes");
        }
    }
    const int64_t extremes[] = {INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < COUNT(extremes); i++) {
        w->results[2].result.timestamp_ns = OPT_INT(extremes[i]);
        judge(w);
        assert_only(w, "clock_skew", "note", "BR 5.4.1");
    }
    w->results[2].result.timestamp_ns = (struct opt_int){0};
    judge(w);
    assert_null(only_finding(w));
}

static void test_everything_at_once_is_told(void **state)
{
    struct world *w = *state;
    set_target(w, "a.in-addr.arpa");
    set_time(w, "2026-12-15");
    w->request.check.check_type = CHECK_DCV;
    w->request.check.dcv = (struct dcv_params){.method = DCV_IP_ADDRESS};
    w->env.from_one_place = true;
    w->response.decision.rir_rule_broken = true;
    w->places[0].has_coordinates = false;
    w->results[0].result.details.local_policy = LIST("dns.forward_to");
    w->results[0].result.timestamp_ns = OPT_INT(0);
    judge(w);
    const char *codes = "";
    for (size_t i = 0; i < w->response.finding_count; i++)
        codes = arena_printf(w->arena, "%s %s", codes, w->response.findings[i].code);
    assert_string_equal(codes, " reverse_zone_name primary_not_included single_location "
                               "too_few_perspectives too_few_rirs distance_unknown "
                               "resolver_location_unknown method_must_not local_policy clock_skew");
    assert_false(w->response.is_valid);
    assert_false(w->response.compliant);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_response_without_breach_is_compliant),
        CASE(test_breach_is_judged_by_mode),
        CASE(test_invalid_response_stays_invalid),
        CASE(test_response_without_attempt_is_a_bug),
        CASE(test_method_is_named_by_kind_of_target),
        CASE(test_one_place_is_a_breach),
        CASE(test_count_of_perspectives_follows_the_calendar),
        CASE(test_corroboration_from_one_rir_is_a_breach),
        CASE(test_distance_that_nothing_tells_is_found),
        CASE(test_distance_of_those_that_were_not_used_does_not_matter),
        CASE(test_findings_are_about_the_last_attempt),
        CASE(test_forwarded_questions_hide_the_resolver),
        CASE(test_perspective_whose_answers_nothing_binds_is_noted),
        CASE(test_laboratory_setting_is_found),
        CASE(test_methods_follow_the_calendar),
        CASE(test_names_of_reverse_zones_are_a_breach),
        CASE(test_short_substring_is_found),
        CASE(test_key_authorization_of_another_token_is_found),
        CASE(test_caa_restrictions_without_input_are_found),
        CASE(test_end_of_a_discouraged_method_is_told_too),
        CASE(test_version_follows_the_day_or_the_operator),
        CASE(test_record_of_a_verification_has_its_contents),
        CASE(test_caa_of_an_address_is_noted),
        CASE(test_clocks_that_differ_are_found),
        CASE(test_everything_at_once_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
