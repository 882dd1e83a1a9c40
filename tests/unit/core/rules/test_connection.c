#include "base/limits.h"
#include "core/rules/connection.h"
#include "support/unit.h"

#include <string.h>

static struct arena *arena;
static const struct address_policy strict;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* An answer with the addresses given, in order; the outcome is OK if there are any. */
static struct lookup answer(int family, enum dns_outcome outcome, const char *const *texts)
{
    struct lookup lookup = {.name = "host.example",
                            .type = family == 6 ? "AAAA" : "A",
                            .outcome = outcome,
                            .end = DNS_END_TIMEOUT,
                            .dnssec = DNSSEC_SECURE,
                            .reason = ""};
    struct dns_record *records = arena_array(arena, 16, sizeof *records);
    for (; texts && texts[lookup.record_count]; lookup.record_count++) {
        const char *text = texts[lookup.record_count];
        struct address address;
        assert_true(address_parse(text, strlen(text), &address));
        records[lookup.record_count].rdata =
            arena_bytes(arena, (struct bytes){address.bytes, address.family == 6 ? 16u : 4u});
    }
    lookup.records = records;
    return lookup;
}

static struct connection_plan plan_of(const struct lookup *aaaa, const struct lookup *a,
                                      const struct address_policy *policy)
{
    struct connection_plan plan;
    connection_plan_make("host.example", aaaa, a, policy, arena, &plan);
    return plan;
}

static void assert_candidate(const struct connection_plan *plan, size_t index, const char *expected)
{
    char text[ADDRESS_TEXT_MAX];
    assert_true(index < plan->count);
    assert_string_equal(address_format(&plan->candidates[index], text), expected);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_plan_has_ipv6_first_and_two_of_each(void **state)
{
    (void)state;
    struct lookup aaaa = answer(6, DNS_OK, LIST("2600::1", "2600::2", "2600::3"));
    struct lookup a = answer(4, DNS_OK, LIST("8.8.8.1", "8.8.8.2", "8.8.8.3"));
    struct connection_plan plan = plan_of(&aaaa, &a, &strict);
    assert_int_equal(plan.count, 4);
    assert_candidate(&plan, 0, "2600::1");
    assert_candidate(&plan, 1, "2600::2");
    assert_candidate(&plan, 2, "8.8.8.1");
    assert_candidate(&plan, 3, "8.8.8.2");
    assert_int_equal(plan.report.addresses_resolved.count, 6);
    assert_string_equal(plan.report.ipv6_status, "ok");
    assert_ptr_equal(plan.used[0], &aaaa);
    assert_ptr_equal(plan.used[1], &a);
}

/* The addresses may be somebody else's, whom only the aliases name. */
static void test_plan_reports_both_lookups_with_their_aliases(void **state)
{
    (void)state;
    static const char *const chain[] = {"host.cdn.example.", "edge.cdn.example."};
    struct lookup aaaa = answer(6, DNS_TIMEOUT, NULL);
    struct lookup a = answer(4, DNS_OK, LIST("8.8.8.8"));
    aaaa.dnssec = DNSSEC_NONE;
    a.cname_chain = (struct strv){.items = chain, .count = 2, .present = true};
    struct connection_plan plan = plan_of(&aaaa, &a, &strict);
    assert_int_equal(plan.report.lookup_count, 2);
    const struct lookup_report *lookups = plan.report.lookups;
    assert_string_equal(lookups[0].name, "host.example");
    assert_string_equal(lookups[0].type, "AAAA");
    assert_string_equal(lookups[0].outcome, "timeout");
    assert_null(lookups[0].status);
    assert_false(lookups[0].cname_chain.present);
    assert_string_equal(lookups[1].type, "A");
    assert_string_equal(lookups[1].outcome, "ok");
    assert_string_equal(lookups[1].status, "secure");
    assert_int_equal(lookups[1].cname_chain.count, 2);
    assert_string_equal(lookups[1].cname_chain.items[1], "edge.cdn.example.");
}

static void test_plan_drops_and_reports_refused_addresses(void **state)
{
    (void)state;
    struct lookup aaaa = answer(6, DNS_NODATA, NULL);
    struct lookup a = answer(4, DNS_OK, LIST("10.0.0.1", "8.8.8.8", "169.254.169.254"));
    struct connection_plan plan = plan_of(&aaaa, &a, &strict);
    assert_int_equal(plan.count, 1);
    assert_candidate(&plan, 0, "8.8.8.8");
    assert_int_equal(plan.report.refused_count, 2);
    assert_string_equal(plan.report.addresses_refused[0].address, "10.0.0.1");
    assert_string_equal(plan.report.addresses_refused[0].block, "10.0.0.0/8");
    assert_non_null(strstr(plan.report.addresses_refused[0].source, "RFC 1918"));
}

/* One name can have thousands of addresses, and each of 20 redirects such a name. */
static void test_plan_of_very_many_addresses_decides_on_all_and_reports_some(void **state)
{
    (void)state;
    enum { MANY = 4000 };
    struct lookup aaaa = answer(6, DNS_OK, LIST("2600::1"));
    struct lookup a = answer(4, DNS_OK, NULL);
    struct dns_record *records = arena_array(arena, MANY, sizeof *records);
    for (size_t i = 0; i < MANY; i++) {
        const uint8_t refused[] = {10, 0, (uint8_t)(i >> 8), (uint8_t)i}, good[] = {8, 8, 8, 8};
        records[i].rdata =
            arena_bytes(arena, (struct bytes){i == MANY - 1 ? good : refused, sizeof good});
    }
    a.records = records;
    a.record_count = MANY;
    struct connection_plan plan = plan_of(&aaaa, &a, &strict);
    assert_int_equal(plan.count, 2);
    assert_candidate(&plan, 1, "8.8.8.8");
    const struct strv *resolved = &plan.report.addresses_resolved;
    assert_in_range(resolved->count, 2, LIMIT_REPORTED_ADDRESSES + CONNECTION_MAX_TRIES);
    assert_string_equal(resolved->items[0], "2600::1");
    assert_string_equal(resolved->items[resolved->count - 1], "8.8.8.8");
    assert_in_range(plan.report.refused_count, 1, LIMIT_REPORTED_ADDRESSES);
    a.record_count = MANY - 1;
    plan = plan_of(&a, &a, &strict); /* refused alone: as AAAA they have the wrong length */
    assert_int_equal(plan.problem, PROBLEM_ADDRESS_REFUSED);
}

static void test_plan_with_only_refused_addresses_says_so(void **state)
{
    (void)state;
    struct lookup aaaa = answer(6, DNS_OK, LIST("::1"));
    struct lookup a = answer(4, DNS_OK, LIST("127.0.0.1"));
    struct connection_plan plan = plan_of(&aaaa, &a, &strict);
    assert_int_equal(plan.count, 0);
    assert_int_equal(plan.problem, PROBLEM_ADDRESS_REFUSED);
    assert_non_null(strstr(plan.text, "::1"));
    assert_non_null(strstr(plan.text, "RFC 4291"));
}

static void test_plan_keeps_the_family_that_answered(void **state)
{
    (void)state;
    struct lookup aaaa = answer(6, DNS_BOGUS, NULL);
    struct lookup a = answer(4, DNS_OK, LIST("8.8.8.8"));
    struct connection_plan plan = plan_of(&aaaa, &a, &strict);
    assert_int_equal(plan.count, 1);
    assert_string_equal(plan.report.ipv6_status, "bogus");
    assert_null(plan.used[0]); /* what failed is not used */
}

static void test_plan_without_addresses_tells_the_worse_failure(void **state)
{
    (void)state;
    static const struct {
        enum dns_outcome aaaa, a;
        enum problem problem;
        const char *why;
    } rows[] = {
        {DNS_NODATA, DNS_NODATA, PROBLEM_NO_ADDRESS, "both empty"},
        {DNS_NXDOMAIN, DNS_NXDOMAIN, PROBLEM_NO_ADDRESS, "no such name"},
        {DNS_NODATA, DNS_TIMEOUT, PROBLEM_DNS_TIMEOUT, "one empty, one failed"},
        {DNS_TIMEOUT, DNS_SERVFAIL, PROBLEM_DNS_SERVFAIL,
         "an answer of sorts is worse than silence"},
        {DNS_BOGUS, DNS_SERVFAIL, PROBLEM_DNSSEC_BOGUS, "an attack before an outage"},
        {DNS_SERVFAIL, DNS_BOGUS, PROBLEM_DNSSEC_BOGUS, "in either order"},
        {DNS_FILTERED, DNS_MALFORMED, PROBLEM_DNS_FILTERED, "filtered before malformed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lookup aaaa = answer(6, rows[i].aaaa, NULL), a = answer(4, rows[i].a, NULL);
        struct connection_plan plan = plan_of(&aaaa, &a, &strict);
        if (plan.problem != rows[i].problem || plan.count != 0 || !plan.text)
            fail_msg("%s: %s", rows[i].why, problem_str(plan.problem));
    }
}

static void test_plan_marks_exempted_addresses(void **state)
{
    (void)state;
    struct cidr loopback;
    struct err err;
    assert_true(cidr_parse("127.0.0.0/8", &loopback, &err));
    const struct address_policy lab = {.allowed = &loopback, .allowed_count = 1};
    struct lookup aaaa = answer(6, DNS_NODATA, NULL);
    struct lookup a = answer(4, DNS_OK, LIST("127.0.0.1"));
    struct connection_plan plan = plan_of(&aaaa, &a, &lab);
    assert_int_equal(plan.count, 1);
    assert_true(plan.exempted);
}

static void test_plan_ignores_records_of_the_wrong_size(void **state)
{
    (void)state;
    struct lookup aaaa = answer(6, DNS_OK, LIST("8.8.8.8")); /* four octets in an AAAA answer */
    struct lookup a = answer(4, DNS_NODATA, NULL);
    struct connection_plan plan = plan_of(&aaaa, &a, &strict);
    assert_int_equal(plan.count, 0);
    assert_int_equal(plan.problem, PROBLEM_NO_ADDRESS);
}

static void test_plan_of_literal_is_judged_too(void **state)
{
    (void)state;
    struct address address;
    struct connection_plan plan;
    assert_true(address_parse("8.8.4.4", 7, &address));
    connection_plan_literal(&address, &strict, arena, &plan);
    assert_int_equal(plan.count, 1);
    assert_null(plan.report.ipv4_status); /* nothing was looked up */
    assert_true(address_parse("127.0.0.1", 9, &address));
    connection_plan_literal(&address, &strict, arena, &plan);
    assert_int_equal(plan.count, 0);
    assert_int_equal(plan.problem, PROBLEM_ADDRESS_REFUSED);
}

static void test_report_holds_tries_and_the_address_used(void **state)
{
    (void)state;
    struct address address;
    struct connection_plan plan;
    assert_true(address_parse("8.8.4.4", 7, &address));
    connection_plan_literal(&address, &strict, arena, &plan);
    const struct address_try tries[] = {{"8.8.4.4", "connected"}};
    struct connection_report report = connection_report_with(&plan, tries, 1, "8.8.4.4", arena);
    assert_int_equal(report.tried_count, 1);
    assert_string_equal(report.addresses_tried[0].outcome, "connected");
    assert_string_equal(report.address_used, "8.8.4.4");
    assert_int_equal(report.addresses_resolved.count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_plan_has_ipv6_first_and_two_of_each),
        TEST(test_plan_reports_both_lookups_with_their_aliases),
        TEST(test_plan_drops_and_reports_refused_addresses),
        TEST(test_plan_of_very_many_addresses_decides_on_all_and_reports_some),
        TEST(test_plan_with_only_refused_addresses_says_so),
        TEST(test_plan_keeps_the_family_that_answered),
        TEST(test_plan_without_addresses_tells_the_worse_failure),
        TEST(test_plan_marks_exempted_addresses),
        TEST(test_plan_ignores_records_of_the_wrong_size),
        TEST(test_plan_of_literal_is_judged_too),
        TEST(test_report_holds_tries_and_the_address_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
