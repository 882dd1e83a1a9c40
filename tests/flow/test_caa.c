/* Whole CAA checks over a scripted DNS and virtual time. */
#include "check/check.h"
#include "support/fake_dns.h"
#include "support/fake_loop.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "core/corroboration/evidence.h"
#include "support/unit.h"

#include <string.h>

enum { DNS_MS = 3500, CHECK_MS = 12000 }; /* as by default */

static struct world {
    struct loop *loop;
    struct dns *dns;
    struct arena *arena;
    struct job_group group;
    struct check_settings settings;
    struct check_env env;
    struct check_request request;
    struct check_job *job;
    const struct check_result *result;
    int done_count;
} w;

static const char *const issuers[] = {"ca.example"};

static int setup(void **state)
{
    (void)state;
    struct err err;
    memset(&w, 0, sizeof w);
    fake_dns_reset();
    w.loop = loop_new();
    const char *const anchors[] = {". IN DS 1 13 2 00"};
    const struct dns_settings dns_settings = {
        .timeout_ms = DNS_MS, .trust_anchors = anchors, .trust_anchor_count = 1};
    w.dns = dns_new(w.loop, &dns_settings, &err);
    w.arena = arena_new();
    job_group_init(&w.group);
    w.settings = (struct check_settings){
        .perspective_code = "here",
        .caa_domains = {.items = issuers, .count = 1, .present = true},
        .enforce_baseline = true,
    };
    w.env = (struct check_env){.loop = w.loop, .dns = w.dns, .settings = &w.settings};
    w.request = (struct check_request){.check_type = CHECK_CAA, .target = "www.example.com"};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    job_group_cancel(&w.group);
    assert_int_equal(fake_dns_pending(w.dns), 0);
    dns_free(w.dns);
    loop_free(w.loop);
    arena_free(w.arena);
    return 0;
}

static void on_done(const struct check_result *result, void *arg)
{
    (void)arg;
    w.result = result;
    w.job = NULL;
    w.done_count++;
}

static void start(void)
{
    const struct check_call call = {.request = &w.request,
                                    .arena = w.arena,
                                    .group = &w.group,
                                    .deadline_ms = loop_now_ms(w.loop) + CHECK_MS};
    w.job = check_start(&w.env, &call, on_done, NULL);
    assert_int_equal(w.done_count, 0); /* never on the stack of start */
}

/* No coordinator may take the evidence of an honest check for a contradiction. */
static void assert_evidence_fits(void)
{
    struct target target;
    struct err err;
    assert_true(target_parse(w.request.target, &target, &err) || w.result->verdict != VERDICT_PASS);
    if (w.result->verdict != VERDICT_PASS)
        return;
    const char *fault = evidence_contradiction(&w.request, &target, w.result, w.arena);
    if (fault)
        fail_msg("the evidence contradicts the verdict: %s", fault);
}

static const struct check_result *run(void)
{
    start();
    fake_loop_advance(w.loop, 60000);
    assert_int_equal(w.done_count, 1);
    assert_string_equal(w.result->perspective_code, "here");
    assert_true(w.result->timestamp_ns.present);
    assert_true(w.result->details.duration_ms.present);
    assert_evidence_fits();
    return w.result;
}

static struct fake_answer *caa(const char *name, enum dns_outcome status)
{
    return fake_dns_answer(w.dns, name, DNS_CAA, status);
}

/* www.example.com and its parents, without any record. */
static void script_empty_tree(void)
{
    caa("www.example.com", DNS_NXDOMAIN);
    caa("example.com", DNS_NODATA);
    caa("com", DNS_NODATA);
}

static void assert_problem(const struct check_result *result, enum verdict verdict,
                           enum problem problem)
{
    assert_int_equal(result->verdict, verdict);
    assert_string_equal(problem_str(result->problem), problem_str(problem));
}

static const struct lookup_report *report_of(const struct check_result *result, const char *name)
{
    for (size_t i = 0; i < result->details.caa.lookup_count; i++)
        if (str_eq(result->details.caa.lookups[i].name, name))
            return &result->details.caa.lookups[i];
    fail_msg("no lookup of %s is reported", name);
    return NULL;
}

static const struct lookup_report *typed_report_of(const struct check_result *result,
                                                   const char *name, const char *type)
{
    for (size_t i = 0; i < result->details.caa.lookup_count; i++)
        if (str_eq(result->details.caa.lookups[i].name, name) &&
            str_eq(result->details.caa.lookups[i].type, type))
            return &result->details.caa.lookups[i];
    fail_msg("no lookup of %s %s is reported", name, type);
    return NULL;
}

static void test_caa_record_of_parent_names_issuer_passes(void **state)
{
    (void)state;
    script_empty_tree();
    fake_answer_caa(caa("example.com", DNS_OK), 0, "issue", "ca.example");
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_string_equal(result->details.caa.found_at, "example.com");
    assert_int_equal(result->details.caa.records_seen.count, 1);
    assert_string_equal(result->details.caa.records_seen.items[0], "0 issue \"ca.example\"");
    assert_int_equal(result->details.caa.ttl_s.value, 300);
    assert_int_equal(result->details.dnssec, DNSSEC_SECURE);
    assert_false(result->has_errors);
}

/* Who forbids may be somebody else, to whom an alias leads: without it nobody could see whom to ask. */
static void test_caa_aliases_of_the_set_and_of_all_other_answers_are_told(void **state)
{
    (void)state;
    script_empty_tree();
    fake_answer_alias(caa("www.example.com", DNS_NODATA), "empty.example.org");
    struct fake_answer *set = caa("example.com", DNS_OK);
    fake_answer_alias(set, "cdn.example.net");
    fake_answer_alias(set, "shop.example.net");
    fake_answer_caa(set, 0, "issue", "other.example");
    const struct check_result *result = run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_CAA_NOT_PERMITTED);
    const struct caa_details *details = &result->details.caa;
    assert_string_equal(details->found_at, "example.com");
    assert_int_equal(details->cname_chain.count, 2);
    assert_string_equal(details->cname_chain.items[0], "cdn.example.net.");
    assert_string_equal(details->cname_chain.items[1], "shop.example.net.");
    assert_true(details->records_truncated.present && !details->records_truncated.value);
    assert_non_null(strstr(result->details.reason, "its alias target shop.example.net, whose"));
    assert_int_equal(report_of(result, "www.example.com")->cname_chain.count, 1);
    assert_string_equal(report_of(result, "www.example.com")->cname_chain.items[0],
                        "empty.example.org.");
    assert_int_equal(report_of(result, "example.com")->cname_chain.count, 2);
    assert_false(report_of(result, "com")->cname_chain.present);
}

/* Of the whole check, however many names have long chains; that of the set is always whole. */
static void test_caa_aliases_are_bounded(void **state)
{
    (void)state;
    enum { LABELS = 100, ALIASES = 8 };
    char target[2 * LABELS + 1] = "", alias[240];
    memset(alias, 'x', sizeof alias);
    alias[sizeof alias - 1] = '\0';
    for (size_t i = 0; i < LABELS; i++)
        memcpy(target + 2 * i, i + 1 < LABELS ? "a." : "a", 3 - (i + 1 == LABELS));
    w.request.target = target;
    for (const char *name = target; name; name = strchr(name, '.') ? strchr(name, '.') + 1 : NULL) {
        struct fake_answer *answer = caa(name, strlen(name) > 1 ? DNS_NODATA : DNS_OK);
        for (size_t i = 0; i < ALIASES; i++)
            fake_answer_alias(answer, alias);
        if (strlen(name) == 1)
            fake_answer_caa(answer, 0, "issue", "ca.example");
    }
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    const struct caa_details *details = &result->details.caa;
    assert_int_equal(details->cname_chain.count, ALIASES);
    size_t told = 0;
    for (size_t i = 0; i < details->lookup_count; i++) {
        told += details->lookups[i].cname_chain.count;
        assert_true(details->lookups[i].cname_chain.present !=
                    details->lookups[i].cname_chain_truncated.present);
    }
    assert_in_range(told * sizeof alias, 60 * 1024, LIMIT_REPORTED_ALIAS_BYTES);
    assert_int_equal(details->lookups[0].cname_chain.count, ALIASES); /* the nearest first */
}

/* Without a set, and where nobody answers, there is a chain without members. */
static void test_caa_without_a_set_has_an_empty_chain(void **state)
{
    (void)state;
    static const enum dns_outcome rows[] = {DNS_NODATA, DNS_SERVFAIL, DNS_TIMEOUT};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w.done_count = 0;
        fake_dns_reset();
        script_empty_tree();
        fake_answer_alias(caa("www.example.com", rows[i]), "empty.example.org");
        const struct check_result *result = run();
        assert_true(result->details.caa.cname_chain.present);
        assert_int_equal(result->details.caa.cname_chain.count, 0);
        assert_false(result->details.caa.records_truncated.present);
        assert_int_equal(report_of(result, "www.example.com")->cname_chain.count, 1);
    }
}

/* The last of very many decides, and is shown. */
static void test_caa_deciding_record_of_many_is_shown(void **state)
{
    (void)state;
    static const struct {
        uint8_t flags;
        const char *tag, *value, *shown;
        enum problem problem;
    } rows[] = {
        {0, "issue", "ca.example", "0 issue \"ca.example\"", PROBLEM_NONE},
        {128, "tbs", "x", "128 tbs \"x\"", PROBLEM_CAA_CRITICAL},
        {0, "issue", ";", "0 issue \";\"", PROBLEM_CAA_NOT_PERMITTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w.done_count = 0;
        fake_dns_reset();
        script_empty_tree();
        struct fake_answer *set = caa("www.example.com", DNS_OK);
        for (size_t k = 0; k < 200; k++)
            fake_answer_caa(set, 0, "iodef", arena_printf(w.arena, "mailto:%zu@a.example", k));
        fake_answer_caa(set, rows[i].flags, rows[i].tag, rows[i].value);
        const struct check_result *result = run();
        assert_int_equal(result->problem, rows[i].problem);
        const struct strv *seen = &result->details.caa.records_seen;
        assert_int_equal(seen->count, 100);
        assert_string_equal(seen->items[99], rows[i].shown);
        assert_true(result->details.caa.records_truncated.value);
    }
}

static void test_caa_record_names_other_issuer_fails(void **state)
{
    (void)state;
    script_empty_tree();
    fake_answer_caa(caa("www.example.com", DNS_OK), 0, "issue", "other.example");
    fake_answer_caa(caa("example.com", DNS_OK), 0, "issue", "ca.example");
    const struct check_result *result = run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_CAA_NOT_PERMITTED);
    assert_string_equal(result->details.caa.found_at, "www.example.com");
    assert_non_null(result->details.reason);
    assert_false(result->has_errors);
}

/* The issuers of the request, if it names any, in place of those of the configuration. */
static void test_caa_issuers_of_the_request_come_first(void **state)
{
    (void)state;
    static const char *const others[] = {"other.example"};
    static const struct {
        const char *why, *record;
        struct strv domains;
        enum problem problem;
    } rows[] = {
        {"named in both", "other.example", {others, 1, true}, PROBLEM_NONE},
        {"named by us only", "ca.example", {others, 1, true}, PROBLEM_CAA_NOT_PERMITTED},
        {"an empty list names none, so ours count", "ca.example", {.present = true}, PROBLEM_NONE},
        {"no list", "ca.example", {0}, PROBLEM_NONE},
        {"no list, and another", "other.example", {0}, PROBLEM_CAA_NOT_PERMITTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w.done_count = 0;
        fake_dns_reset();
        script_empty_tree();
        fake_answer_caa(caa("www.example.com", DNS_OK), 0, "issue", rows[i].record);
        w.request.has_caa_params = true;
        w.request.caa.caa_domains = rows[i].domains;
        if (run()->problem != rows[i].problem)
            fail_msg("%s: %s", rows[i].why, problem_str(w.result->problem));
    }
}

static void test_caa_no_record_anywhere_passes(void **state)
{
    (void)state;
    script_empty_tree();
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_true(result->details.caa.caa_record_present.present);
    assert_false(result->details.caa.caa_record_present.value);
    assert_null(result->details.caa.found_at);
    assert_int_equal(fake_dns_question_count(w.dns), 3); /* the root is not asked */
}

static void test_caa_error_below_nearest_set_is_unknown(void **state)
{
    (void)state;
    script_empty_tree();
    caa("www.example.com", DNS_SERVFAIL);
    fake_answer_caa(caa("example.com", DNS_OK), 0, "issue", "ca.example");
    const struct check_result *result = run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DNS_SERVFAIL);
    assert_int_equal(result->error_count, 1);
    assert_string_equal(result->errors[0].type, "mpic_error:caa_checker:lookup");
    assert_false(result->details.caa.caa_record_present.present);
    assert_string_equal(report_of(result, "www.example.com")->outcome, "servfail");
}

static void test_caa_error_above_nearest_set_is_irrelevant_but_reported(void **state)
{
    (void)state;
    script_empty_tree();
    fake_answer_caa(caa("www.example.com", DNS_OK), 0, "issue", "ca.example");
    caa("example.com", DNS_BOGUS);
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(result->details.dnssec, DNSSEC_SECURE); /* of the answers that were used */
    assert_string_equal(report_of(result, "example.com")->outcome, "bogus");
}

static void test_caa_bogus_is_unknown_even_if_failure_is_allowed(void **state)
{
    (void)state;
    script_empty_tree();
    caa("www.example.com", DNS_BOGUS);
    w.request.has_caa_params = true;
    w.request.caa.allow_lookup_failure = true;
    const struct check_result *result = run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DNSSEC_BOGUS);
    assert_int_equal(result->details.dnssec, DNSSEC_BOGUS);
    assert_int_equal(fake_dns_asked(w.dns, "www.example.com", DNS_CAA), 1); /* no retry helps */
}

static void test_caa_slow_parent_is_not_awaited_when_nearest_set_is_certain(void **state)
{
    (void)state;
    script_empty_tree();
    fake_answer_caa(caa("www.example.com", DNS_OK), 0, "issue", "ca.example");
    caa("com", DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    start();
    fake_loop_advance(w.loop, 1000);
    assert_int_equal(w.done_count, 1);
    assert_problem(w.result, VERDICT_PASS, PROBLEM_NONE);
    assert_string_equal(report_of(w.result, "com")->outcome, "not_awaited");
}

static void test_caa_slow_parent_within_grace_is_reported(void **state)
{
    (void)state;
    script_empty_tree();
    fake_answer_caa(caa("www.example.com", DNS_OK), 0, "issue", "ca.example");
    caa("com", DNS_NODATA)->delay_ms = 100;
    const struct check_result *result = run();
    assert_string_equal(report_of(result, "com")->outcome, "nodata");
}

/* "x9.…x0.example.com" and its parents: more names than are asked at a time. */
enum { DEEP_NAMES = 118, AT_ONCE = 8 };

static const char *deep_name(size_t labels)
{
    struct buf name = {0};
    for (size_t i = 0; i < labels; i++)
        buf_printf(&name, "%c.", (char)('a' + i % 26));
    buf_printf(&name, "example.com");
    const char *text = arena_strndup(w.arena, (const char *)name.p, name.n);
    buf_clear(&name);
    return text;
}

static void test_caa_few_names_are_asked_at_a_time_nearest_first(void **state)
{
    (void)state;
    w.request.target = deep_name(DEEP_NAMES - 2);
    fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
    start();
    assert_int_equal(fake_dns_question_count(w.dns), AT_ONCE);
    const char *name = w.request.target;
    for (size_t i = 0; i < AT_ONCE; i++, name = strchr(name, '.') + 1) {
        assert_string_equal(fake_dns_question(w.dns, i)->name, name);
        assert_true(fake_dns_question(w.dns, i)->has_account);
    }
    fake_loop_advance(w.loop, 100);
    assert_int_equal(w.done_count, 1);
    assert_problem(w.result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_dns_question_count(w.dns), DEEP_NAMES);
    assert_int_equal(w.result->details.caa.lookup_count, DEEP_NAMES);
}

/* The nearest of 118 names is silent: seven more were asked, nothing after that. */
static void test_caa_deep_name_under_silent_servers_asks_for_few(void **state)
{
    (void)state;
    w.request.target = deep_name(DEEP_NAMES - 2);
    fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
    const char *name = w.request.target;
    for (size_t i = 0; i < DEEP_NAMES - 2; i++, name = strchr(name, '.') + 1)
        caa(name, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    assert_problem(run(), VERDICT_UNKNOWN, PROBLEM_DNS_TIMEOUT);
    assert_int_equal(fake_dns_question_count(w.dns), AT_ONCE);
}

/* RFC 8659 section 3: the nearest set counts, whichever answer comes first. */
static void test_caa_order_of_answers_does_not_change_the_result(void **state)
{
    (void)state;
    w.request.target = deep_name(20);
    const char *name = w.request.target;
    for (size_t i = 0; i < 22; i++, name = strchr(name, '.') + 1) {
        struct fake_answer *answer = caa(name, i == 9 || i == 12 ? DNS_OK : DNS_NODATA);
        answer->delay_ms = 10 * (22 - i); /* the farther the sooner */
        if (i == 9)
            fake_answer_caa(answer, 0, "issue", "other.example");
        if (i == 12)
            fake_answer_caa(answer, 0, "issue", "ca.example");
    }
    assert_problem(run(), VERDICT_FAIL, PROBLEM_CAA_NOT_PERMITTED);
    /* Names that were not asked any more are told apart from those that were. */
    assert_string_equal(report_of(w.result, "com")->outcome, "not_awaited");
}

static void test_caa_silent_server_is_unknown_at_dns_timeout(void **state)
{
    (void)state;
    script_empty_tree();
    caa("example.com", DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    start();
    fake_loop_advance(w.loop, 3400);
    assert_int_equal(w.done_count, 0);
    fake_loop_advance(w.loop, 400);
    assert_int_equal(w.done_count, 1);
    assert_problem(w.result, VERDICT_UNKNOWN, PROBLEM_DNS_TIMEOUT);
}

static void test_caa_check_deadline_is_unknown_with_what_was_seen(void **state)
{
    (void)state;
    script_empty_tree();
    caa("example.com", DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    const struct check_call call = {.request = &w.request,
                                    .arena = w.arena,
                                    .group = &w.group,
                                    .deadline_ms = loop_now_ms(w.loop) + 1000};
    w.job = check_start(&w.env, &call, on_done, NULL);
    fake_loop_advance(w.loop, 2000);
    assert_int_equal(w.done_count, 1);
    assert_int_equal(w.result->verdict, VERDICT_UNKNOWN);
    assert_string_equal(report_of(w.result, "www.example.com")->outcome, "nxdomain");
}

static void test_caa_cancel_at_each_moment_is_silent(void **state)
{
    (void)state;
    static const uint64_t moments_ms[] = {0, 1, 50, 150, 190};
    for (size_t i = 0; i < sizeof moments_ms / sizeof *moments_ms; i++) {
        script_empty_tree();
        fake_answer_caa(caa("www.example.com", DNS_OK), 0, "issue", "ca.example");
        caa("example.com", DNS_NODATA)->delay_ms = 100;
        caa("com", DNS_NODATA)->delay_ms = FAKE_DNS_NEVER;
        start();
        fake_loop_advance(w.loop, moments_ms[i]);
        check_cancel(w.job);
        fake_loop_advance(w.loop, 60000);
        assert_int_equal(w.done_count, 0);
        assert_int_equal(fake_dns_pending(w.dns), 0);
    }
}

static void test_caa_unknown_tld_is_an_internal_name(void **state)
{
    (void)state;
    caa("www.example.com", DNS_NXDOMAIN);
    caa("example.com", DNS_NXDOMAIN);
    caa("com", DNS_NXDOMAIN);
    const struct check_result *result = run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_NO_SUCH_TLD);
    assert_string_equal(result->errors[0].type, "mpic_error:caa_checker:no_such_tld");
    assert_string_equal(result->details.reason,
                        "The top-level domain com does not exist: an Internal Name (BR 4.2.2)");
}

static void test_caa_unknown_tld_without_dnssec_is_unknown(void **state)
{
    (void)state;
    caa("www.example.com", DNS_NXDOMAIN);
    caa("example.com", DNS_NXDOMAIN);
    caa("com", DNS_NXDOMAIN)->dnssec = DNSSEC_INSECURE;
    const struct check_result *result = run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_TLD_UNPROVEN);
    assert_non_null(strstr(result->details.reason,
                           "domain com seems not to exist, but DNSSEC does not prove it"));
}

static void test_caa_unknown_tld_in_stub_zone_passes(void **state)
{
    (void)state;
    caa("www.example.com", DNS_NXDOMAIN)->stub_zone = true;
    caa("example.com", DNS_NXDOMAIN)->stub_zone = true;
    caa("com", DNS_NXDOMAIN)->stub_zone = true;
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_true(strv_has(&result->details.local_policy, "dns.stub_zones"));
}

static void test_caa_insecure_zone_is_used_and_listed(void **state)
{
    (void)state;
    script_empty_tree();
    struct fake_answer *answer = caa("www.example.com", DNS_OK);
    fake_answer_caa(answer, 0, "issue", "ca.example");
    answer->dnssec = DNSSEC_INDETERMINATE;
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(result->details.dnssec, DNSSEC_INDETERMINATE);
    assert_true(strv_has(&result->details.local_policy, "dns.insecure_zones"));
}

static void test_caa_of_an_address_asks_nobody_and_passes(void **state)
{
    (void)state;
    w.request.target = "192.0.2.1";
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_true(result->details.caa.applicable.present);
    assert_false(result->details.caa.applicable.value);
    assert_true(result->details.caa.caa_record_present.present);
    assert_false(result->details.caa.caa_record_present.value);
    assert_int_equal(fake_dns_question_count(w.dns), 0);
}

static void test_caa_invalid_name_asks_nobody_and_is_unknown(void **state)
{
    (void)state;
    w.request.target = "bad name.example";
    const struct check_result *result = run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_PARAMETER);
    assert_string_equal(result->errors[0].type, "mpic_error:caa_checker:lookup");
    assert_non_null(strstr(result->errors[0].message, "Invalid domain name: "));
    assert_int_equal(fake_dns_question_count(w.dns), 0);
}

/* --- the exception for lookup failures, BR 4.2.2.1 ------------------------------------------ */

/* An NSEC at the name with NS set, DS and SOA clear: next name ".", then the type bitmap. */
static const uint8_t delegation_nsec[] = {0, 0, 1, 0x20};

static void script_failing_name(enum dns_outcome status)
{
    script_empty_tree();
    uint64_t delay_ms = status == DNS_TIMEOUT ? FAKE_DNS_NEVER : 0;
    caa("www.example.com", status)->delay_ms = delay_ms;
    caa("example.com", status)->delay_ms = delay_ms;
    fake_dns_answer(w.dns, "www.example.com", DNS_DS, DNS_SERVFAIL);
    struct fake_answer *ds = fake_dns_answer(w.dns, "example.com", DNS_DS, DNS_NODATA);
    fake_answer_denial(ds, "example.com", DNS_NSEC,
                       (struct bytes){delegation_nsec, sizeof delegation_nsec});
    fake_dns_answer(w.dns, "com", DNS_DS, DNS_OK);
    w.request.has_caa_params = true;
    w.request.caa.allow_lookup_failure = true;
}

static void run_once(void)
{
    run();
}

static void test_caa_states_of_the_exception_are_logged_in_their_order(void **state)
{
    (void)state;
#define STATE(from, to)                                                                            \
    "check state trace=the-trace target=www.example.com from=" from " to=" to " ms="
    static const char *const parts[] = {
        STATE("starting", "climbing"), STATE("climbing", "retrying"),
        STATE("retrying", "following"), STATE("following", "proving"),
        STATE("proving", "accepting")};
    script_failing_name(DNS_SERVFAIL);
    w.request.trace_identifier = "the-trace";
    const char *text = unit_log_of(run_once, LOG_DEBUG, w.arena);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *at = strstr(text, parts[i]);
        if (!at)
            fail_msg("\"%s\" is not in what is left of the log:\n%s", parts[i], text);
        text = at + strlen(parts[i]);
    }
    assert_null(strstr(text, "check state"));
}

static void test_caa_failure_twice_and_proven_insecure_is_accepted(void **state)
{
    (void)state;
    static const enum dns_outcome failures[] = {DNS_SERVFAIL, DNS_REFUSED, DNS_TIMEOUT};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        w.done_count = 0;
        fake_dns_reset();
        script_failing_name(failures[i]);
        const struct check_result *result = run();
        assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
        assert_true(result->details.caa.lookup_failure_accepted.value);
        assert_int_equal(result->details.caa.lookup_tries.value, 2);
        assert_int_equal(result->details.dnssec, DNSSEC_INSECURE);
        assert_false(result->details.caa.caa_record_present.present);
        assert_int_equal(result->error_count, 1); /* the failure stays in the record */
    }
}

static void test_caa_failure_not_allowed_is_unknown(void **state)
{
    (void)state;
    script_failing_name(DNS_SERVFAIL);
    w.request.caa.allow_lookup_failure = false;
    const struct check_result *result = run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DNS_SERVFAIL);
    assert_int_equal(fake_dns_asked(w.dns, "example.com", DNS_DS), 0);
}

static void test_caa_failure_that_recovers_is_evaluated(void **state)
{
    (void)state;
    script_failing_name(DNS_SERVFAIL);
    fake_answer_caa(fake_dns_retry_answer(w.dns, "www.example.com", DNS_CAA, DNS_OK), 0, "issue",
                    "other.example");
    const struct check_result *result = run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_CAA_NOT_PERMITTED);
}

static void test_caa_failure_without_proof_is_unknown(void **state)
{
    (void)state;
    script_failing_name(DNS_SERVFAIL);
    fake_dns_answer(w.dns, "example.com", DNS_DS, DNS_NODATA)->dnssec = DNSSEC_INDETERMINATE;
    assert_problem(run(), VERDICT_UNKNOWN, PROBLEM_DNS_SERVFAIL);
}

static void test_caa_failure_below_a_forbidding_set_is_not_accepted(void **state)
{
    (void)state;
    script_failing_name(DNS_SERVFAIL);
    fake_answer_caa(caa("com", DNS_OK), 0, "issue", ";");
    assert_int_equal(run()->verdict, VERDICT_UNKNOWN);
}

/* A retry that fails does not make an answer that must not be used, or our own failure, theirs. */
static void test_caa_failure_beside_an_unusable_answer_is_unknown(void **state)
{
    (void)state;
    static const enum dns_outcome firsts[] = {DNS_BOGUS, DNS_MALFORMED, DNS_FILTERED, DNS_ALIAS,
                                              DNS_LOCAL};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        w.done_count = 0;
        fake_dns_reset();
        script_failing_name(DNS_SERVFAIL);
        caa("example.com", firsts[i]);
        fake_dns_retry_answer(w.dns, "example.com", DNS_CAA, DNS_SERVFAIL);
        assert_problem(run(), VERDICT_UNKNOWN, PROBLEM_DNS_SERVFAIL);
    }
}

/* The answers beside the failed ones were used as well: what is not validated stays so. */
static void test_caa_accepted_failure_has_the_status_of_all_answers_used(void **state)
{
    (void)state;
    script_failing_name(DNS_SERVFAIL);
    caa("com", DNS_NODATA)->dnssec = DNSSEC_INDETERMINATE;
    const struct check_result *result = run();
    assert_int_equal(result->verdict, VERDICT_PASS);
    assert_int_equal(result->details.dnssec, DNSSEC_INDETERMINATE);
    assert_true(strv_has(&result->details.local_policy, "dns.insecure_zones"));
    w.done_count = 0;
    w.settings.is_primary = true;
    assert_problem(run(), VERDICT_UNKNOWN, PROBLEM_DNSSEC_INDETERMINATE);
}

/* Up to the nearest set, which would have decided: what is above it was not used. */
static void test_caa_accepted_failure_below_a_set_has_the_status_up_to_it(void **state)
{
    (void)state;
    static const struct {
        enum dnssec_status set, above, expected;
    } rows[] = {
        {DNSSEC_SECURE, DNSSEC_INDETERMINATE, DNSSEC_INSECURE},
        {DNSSEC_INDETERMINATE, DNSSEC_SECURE, DNSSEC_INDETERMINATE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w.done_count = 0;
        fake_dns_reset();
        script_failing_name(DNS_SERVFAIL);
        struct fake_answer *set = caa("example.com", DNS_OK);
        fake_answer_caa(set, 0, "issue", "ca.example");
        set->dnssec = rows[i].set;
        caa("com", DNS_NODATA)->dnssec = rows[i].above;
        const struct check_result *result = run();
        assert_int_equal(result->verdict, VERDICT_PASS);
        assert_true(result->details.caa.lookup_failure_accepted.value);
        assert_int_equal(result->details.dnssec, rows[i].expected);
    }
}

static void test_caa_failure_by_silence_has_time_for_retry_and_proof(void **state)
{
    (void)state;
    script_failing_name(DNS_SERVFAIL);
    caa("www.example.com", DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    caa("example.com", DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_true(result->details.caa.lookup_failure_accepted.value);
}

/* Who is in a hurry does not get a yes by it: the servers had no time to answer (BR 4.2.2.1). */
static void test_caa_failure_by_our_own_deadline_is_unknown(void **state)
{
    (void)state;
    static const uint64_t limits_ms[] = {100, 500, 2000, 5000, 6900};
    for (size_t i = 0; i < sizeof limits_ms / sizeof *limits_ms; i++) {
        w.done_count = 0;
        fake_dns_reset();
        script_failing_name(DNS_TIMEOUT);
        const struct check_call call = {.request = &w.request,
                                        .arena = w.arena,
                                        .group = &w.group,
                                        .deadline_ms = loop_now_ms(w.loop) + limits_ms[i]};
        w.job = check_start(&w.env, &call, on_done, NULL);
        fake_loop_advance(w.loop, 60000);
        assert_int_equal(w.done_count, 1);
        assert_problem(w.result, VERDICT_UNKNOWN, PROBLEM_DEADLINE);
    }
}

/* BR 4.2.2.1.2, "Effective 2027-03-15": a restriction that cannot be compared with anything forbids. */
static void test_caa_parameters_of_rfc8657_bind_from_their_day(void **state)
{
    (void)state;
    static const struct {
        int64_t wall_s;
        bool enforced;
        bool permits;
    } days[] = {
        {1805068799, true, true}, /* 2027-03-14T23:59:59Z */
        {1805068800, true, false},
        {1805068800, false, true},
        {1900000000, true, false},
    };
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        fake_dns_reset();
        script_empty_tree();
        fake_answer_caa(caa("example.com", DNS_OK), 0, "issue",
                        "ca.example; accounturi=https://ca.example/1");
        fake_loop_set_wall_ns(w.loop, days[i].wall_s * 1000000000);
        w.settings.enforce_baseline = days[i].enforced;
        w.done_count = 0;
        const struct check_result *result = run();
        if (days[i].permits)
            assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
        else
            assert_problem(result, VERDICT_FAIL, PROBLEM_CAA_NOT_PERMITTED);
    }
}

/* The first try that is a limit of ours, say because it waited for a slot, needs no second. */
static void test_caa_failure_by_a_limit_of_ours_is_not_retried(void **state)
{
    (void)state;
    script_failing_name(DNS_SERVFAIL);
    struct fake_answer *waited = caa("www.example.com", DNS_TIMEOUT);
    waited->end = DNS_END_LIMIT;
    const struct check_result *result = run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DEADLINE);
    assert_int_equal(result->details.caa.lookup_tries.value, 1);
    assert_int_equal(fake_dns_asked(w.dns, "www.example.com", DNS_CAA), 1);
}

/* A retry that had to wait for a slot was none. */
static void test_caa_retry_that_a_limit_of_ours_ended_does_not_count(void **state)
{
    (void)state;
    script_failing_name(DNS_SERVFAIL);
    struct fake_answer *waited =
        fake_dns_retry_answer(w.dns, "www.example.com", DNS_CAA, DNS_TIMEOUT);
    waited->end = DNS_END_LIMIT;
    const struct check_result *result = run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DEADLINE);
    assert_int_equal(result->details.caa.lookup_tries.value, 1);
    assert_int_equal(fake_dns_asked(w.dns, "example.com", DNS_DS), 0);
}

/* A server that takes 0.9 s is slow, not silent: what it says counts, with the property as without. */
static void test_caa_slow_server_is_heard_with_the_exception_as_without(void **state)
{
    (void)state;
    for (int allowed = 0; allowed < 2; allowed++) {
        w.done_count = 0;
        fake_dns_reset();
        script_failing_name(DNS_SERVFAIL);
        w.request.caa.allow_lookup_failure = allowed;
        struct fake_answer *slow = caa("www.example.com", DNS_OK);
        fake_answer_caa(slow, 0, "issue", "other.example");
        slow->delay_ms = DNS_MS - 1;
        caa("example.com", DNS_NODATA)->delay_ms = 900;
        const struct check_call call = {.request = &w.request,
                                        .arena = w.arena,
                                        .group = &w.group,
                                        .deadline_ms = loop_now_ms(w.loop) + DNS_MS + 100};
        w.job = check_start(&w.env, &call, on_done, NULL);
        fake_loop_advance(w.loop, 60000);
        assert_int_equal(w.done_count, 1);
        assert_problem(w.result, VERDICT_FAIL, PROBLEM_CAA_NOT_PERMITTED);
    }
}

static void script_alias(const char *from, const char *to)
{
    fake_answer_target(fake_dns_answer(w.dns, from, DNS_CNAME, DNS_OK), to);
}

static void script_insecure(const char *name)
{
    fake_answer_denial(fake_dns_answer(w.dns, name, DNS_DS, DNS_NODATA), name, DNS_NSEC,
                       (struct bytes){delegation_nsec, sizeof delegation_nsec});
}

/* Retries and proof use resolvers without memory: each retry one of its own, and the proof one that
 * was made after the last failure. */
static void test_caa_failure_is_retried_and_proven_without_memory(void **state)
{
    (void)state;
    script_failing_name(DNS_TIMEOUT);
    assert_int_equal(run()->verdict, VERDICT_PASS);
    uint64_t last_failure_ms = 0, proof = 0;
    size_t retries = 0;
    for (size_t i = 0; i < fake_dns_question_count(w.dns); i++) {
        const struct fake_question *question = fake_dns_question(w.dns, i);
        if (question->type == DNS_CAA && question->fresh) {
            last_failure_ms = question->at_ms + DNS_MS;
            retries++;
        }
        if (question->type != DNS_DS)
            continue;
        assert_true(question->at_ms >= last_failure_ms && last_failure_ms);
        assert_true(question->fresh != 0);
        assert_true(!proof || question->fresh == proof);
        proof = question->fresh;
    }
    assert_int_equal(retries, 4); /* of two names, and at the ends of their aliases */
    for (size_t i = 0; i < fake_dns_question_count(w.dns); i++) {
        const struct fake_question *a = fake_dns_question(w.dns, i);
        for (size_t j = 0; j < i; j++) {
            const struct fake_question *b = fake_dns_question(w.dns, j);
            bool is_end = str_eq(a->name, b->name) && b->type == DNS_CNAME && a->type == DNS_CAA;
            assert_true(!a->fresh || a->fresh != b->fresh ||
                        (a->type == DNS_DS && b->type == DNS_DS) || is_end);
        }
    }
}

/* A zone that answers nothing at all looks like a way to it that is broken on our side. */
static void test_caa_failure_where_nobody_answers_is_unknown(void **state)
{
    (void)state;
    for (int is_timeout = 0; is_timeout < 2; is_timeout++) {
        w.done_count = 0;
        fake_dns_reset();
        script_failing_name(DNS_TIMEOUT);
        struct fake_answer *cname = fake_dns_answer(w.dns, "www.example.com", DNS_CNAME,
                                                    is_timeout ? DNS_TIMEOUT : DNS_SERVFAIL);
        cname->cause = is_timeout ? DNS_CAUSE_NONE : DNS_CAUSE_SILENT;
        const struct check_result *result = run();
        assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DNS_TIMEOUT);
        assert_non_null(strstr(result->details.reason, "nobody answers any question about www"));
        assert_int_equal(fake_dns_asked(w.dns, "example.com", DNS_DS), 0);
    }
}

/* The way along slow aliases took all the time of both tries; at its end somebody answers. */
static void test_caa_failure_along_slow_aliases_is_unknown(void **state)
{
    (void)state;
    static const enum dns_outcome ends[] = {DNS_OK, DNS_NODATA, DNS_BOGUS, DNS_LOCAL};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        w.done_count = 0;
        fake_dns_reset();
        script_failing_name(DNS_TIMEOUT);
        script_alias("www.example.com", "one.example.net");
        script_alias("one.example.net", "two.example.org");
        fake_dns_answer(w.dns, "two.example.org", DNS_CNAME, DNS_NODATA);
        struct fake_answer *end = caa("two.example.org", ends[i]);
        if (ends[i] == DNS_OK)
            fake_answer_caa(end, 0, "issue", ";");
        script_insecure("example.org");
        const struct check_result *result = run();
        assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DNS_TIMEOUT);
        assert_non_null(strstr(result->details.reason, "asked once more, the lookup for two.exa"));
    }
}

/* A failure that the resolver only remembers was not asked, so it must fail twice after that. */
static void test_caa_remembered_failure_is_no_try(void **state)
{
    (void)state;
    script_failing_name(DNS_SERVFAIL);
    fake_dns_answer(w.dns, "www.example.com", DNS_CAA, DNS_SERVFAIL)->cause = DNS_CAUSE_REMEMBERED;
    fake_dns_retry_answer(w.dns, "www.example.com", DNS_CAA, DNS_SERVFAIL);
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_dns_asked(w.dns, "www.example.com", DNS_CAA), 4);
    assert_int_equal(result->details.caa.lookup_tries.value, 2);
}

/* The resolver gave up without saying that anybody outside failed, or says that it was us. */
static void test_caa_servfail_without_a_cause_outside_is_unknown(void **state)
{
    (void)state;
    static const enum dns_cause causes[] = {DNS_CAUSE_NONE, DNS_CAUSE_UNEQUAL, DNS_CAUSE_UNUSABLE};
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        w.done_count = 0;
        fake_dns_reset();
        script_failing_name(DNS_SERVFAIL);
        caa("www.example.com", DNS_SERVFAIL)->cause = causes[i];
        assert_problem(run(), VERDICT_UNKNOWN, PROBLEM_DNS_SERVFAIL);
    }
}

/* The lookup fails in the zone of the alias target: that must be Insecure as well (BR 4.2.2.1). */
static void test_caa_failure_at_an_alias_target_in_a_signed_zone_is_unknown(void **state)
{
    (void)state;
    script_failing_name(DNS_TIMEOUT);
    script_alias("www.example.com", "one.example.net");
    script_alias("one.example.net", "two.example.org");
    fake_dns_answer(w.dns, "two.example.org", DNS_CNAME, DNS_NODATA);
    fake_dns_answer(w.dns, "example.org", DNS_DS, DNS_OK);
    const struct check_result *result = run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DNS_TIMEOUT);
    assert_non_null(strstr(result->details.reason, "two.example.org is insecure"));
    assert_true(fake_dns_asked(w.dns, "example.org", DNS_DS) == 1);
}

static void test_caa_failure_at_an_alias_target_that_is_insecure_is_accepted(void **state)
{
    (void)state;
    script_failing_name(DNS_TIMEOUT);
    script_alias("www.example.com", "two.example.org");
    fake_dns_answer(w.dns, "two.example.org", DNS_CNAME, DNS_NODATA);
    struct fake_answer *ds = fake_dns_answer(w.dns, "two.example.org", DNS_DS, DNS_NODATA);
    fake_answer_alias(ds, "three.example.org");
    script_insecure("example.org");
    const struct check_result *result = run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    /* Of the steps and the proofs, too. */
    assert_string_equal(typed_report_of(result, "www.example.com", "CNAME")->cname_chain.items[0],
                        "two.example.org.");
    assert_string_equal(typed_report_of(result, "two.example.org", "DS")->cname_chain.items[0],
                        "three.example.org.");
}

static void test_caa_failure_behind_an_unknown_chain_is_unknown(void **state)
{
    (void)state;
    static const enum dns_outcome steps[] = {DNS_BOGUS, DNS_LOCAL, DNS_MALFORMED};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        w.done_count = 0;
        fake_dns_reset();
        script_failing_name(DNS_TIMEOUT);
        script_alias("www.example.com", "two.example.org");
        fake_dns_answer(w.dns, "two.example.org", DNS_CNAME, steps[i]);
        script_insecure("example.org");
        const struct check_result *result = run();
        assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DNS_TIMEOUT);
        assert_non_null(strstr(result->details.reason, "not known where the aliases of"));
    }
}

/* Each retry takes a resolver: an applicant does not choose how many. */
static void test_caa_failure_of_many_names_is_not_retried(void **state)
{
    (void)state;
    script_failing_name(DNS_SERVFAIL);
    w.request.target = "a.b.c.d.e.f.g.www.example.com"; /* nine fail */
    assert_problem(run(), VERDICT_UNKNOWN, PROBLEM_DNS_SERVFAIL);
    assert_int_equal(fake_dns_question_count(w.dns), 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_caa_record_of_parent_names_issuer_passes),
        TEST(test_caa_record_names_other_issuer_fails),
        TEST(test_caa_aliases_of_the_set_and_of_all_other_answers_are_told),
        TEST(test_caa_aliases_are_bounded),
        TEST(test_caa_without_a_set_has_an_empty_chain),
        TEST(test_caa_deciding_record_of_many_is_shown),
        TEST(test_caa_parameters_of_rfc8657_bind_from_their_day),
        TEST(test_caa_issuers_of_the_request_come_first),
        TEST(test_caa_no_record_anywhere_passes),
        TEST(test_caa_error_below_nearest_set_is_unknown),
        TEST(test_caa_error_above_nearest_set_is_irrelevant_but_reported),
        TEST(test_caa_bogus_is_unknown_even_if_failure_is_allowed),
        TEST(test_caa_slow_parent_is_not_awaited_when_nearest_set_is_certain),
        TEST(test_caa_slow_parent_within_grace_is_reported),
        TEST(test_caa_few_names_are_asked_at_a_time_nearest_first),
        TEST(test_caa_deep_name_under_silent_servers_asks_for_few),
        TEST(test_caa_order_of_answers_does_not_change_the_result),
        TEST(test_caa_silent_server_is_unknown_at_dns_timeout),
        TEST(test_caa_check_deadline_is_unknown_with_what_was_seen),
        TEST(test_caa_cancel_at_each_moment_is_silent),
        TEST(test_caa_unknown_tld_is_an_internal_name),
        TEST(test_caa_unknown_tld_without_dnssec_is_unknown),
        TEST(test_caa_unknown_tld_in_stub_zone_passes),
        TEST(test_caa_insecure_zone_is_used_and_listed),
        TEST(test_caa_of_an_address_asks_nobody_and_passes),
        TEST(test_caa_invalid_name_asks_nobody_and_is_unknown),
        TEST(test_caa_states_of_the_exception_are_logged_in_their_order),
        TEST(test_caa_failure_twice_and_proven_insecure_is_accepted),
        TEST(test_caa_failure_not_allowed_is_unknown),
        TEST(test_caa_failure_that_recovers_is_evaluated),
        TEST(test_caa_failure_without_proof_is_unknown),
        TEST(test_caa_failure_below_a_forbidding_set_is_not_accepted),
        TEST(test_caa_failure_by_our_own_deadline_is_unknown),
        TEST(test_caa_failure_beside_an_unusable_answer_is_unknown),
        TEST(test_caa_accepted_failure_has_the_status_of_all_answers_used),
        TEST(test_caa_accepted_failure_below_a_set_has_the_status_up_to_it),
        TEST(test_caa_failure_by_silence_has_time_for_retry_and_proof),
        TEST(test_caa_failure_by_a_limit_of_ours_is_not_retried),
        TEST(test_caa_retry_that_a_limit_of_ours_ended_does_not_count),
        TEST(test_caa_slow_server_is_heard_with_the_exception_as_without),
        TEST(test_caa_failure_is_retried_and_proven_without_memory),
        TEST(test_caa_failure_where_nobody_answers_is_unknown),
        TEST(test_caa_failure_along_slow_aliases_is_unknown),
        TEST(test_caa_remembered_failure_is_no_try),
        TEST(test_caa_servfail_without_a_cause_outside_is_unknown),
        TEST(test_caa_failure_at_an_alias_target_in_a_signed_zone_is_unknown),
        TEST(test_caa_failure_at_an_alias_target_that_is_insecure_is_accepted),
        TEST(test_caa_failure_behind_an_unknown_chain_is_unknown),
        TEST(test_caa_failure_of_many_names_is_not_retried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
