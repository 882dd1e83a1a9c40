/* What net/dns delivers, as the rules see it. */
#include "check/machine.h"

#include "net/dns.h"
#include "support/unit.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct lookup lookup_of(const struct dns_answer *answer)
{
    static const struct check_request request = {.target = "a.example"};
    const struct check_job check = {.arena = arena, .request = &request};
    struct lookup lookup;
    lookup_from_answer(&check, answer, &lookup);
    return lookup;
}

/* Bogus is bogus by either sign; what nobody answered has no status; what nobody examined is not proven. */
static void test_status_is_of_an_answer_and_proven_or_not(void **state)
{
    (void)state;
    static const struct {
        enum dns_outcome outcome;
        enum dnssec_status told, expected;
    } rows[] = {
        {DNS_OK, DNSSEC_SECURE, DNSSEC_SECURE},
        {DNS_OK, DNSSEC_INSECURE, DNSSEC_INSECURE},
        {DNS_OK, DNSSEC_INDETERMINATE, DNSSEC_INDETERMINATE},
        {DNS_OK, DNSSEC_NONE, DNSSEC_INDETERMINATE},
        {DNS_OK, DNSSEC_BOGUS, DNSSEC_BOGUS},
        {DNS_BOGUS, DNSSEC_SECURE, DNSSEC_BOGUS},
        {DNS_BOGUS, DNSSEC_BOGUS, DNSSEC_BOGUS},
        {DNS_SERVFAIL, DNSSEC_BOGUS, DNSSEC_BOGUS},
        {DNS_NODATA, DNSSEC_SECURE, DNSSEC_SECURE},
        {DNS_NXDOMAIN, DNSSEC_SECURE, DNSSEC_SECURE},
        {DNS_ALIAS, DNSSEC_INSECURE, DNSSEC_INSECURE},
        {DNS_SERVFAIL, DNSSEC_SECURE, DNSSEC_NONE},
        {DNS_REFUSED, DNSSEC_SECURE, DNSSEC_NONE},
        {DNS_TIMEOUT, DNSSEC_SECURE, DNSSEC_NONE},
        {DNS_MALFORMED, DNSSEC_SECURE, DNSSEC_NONE},
        {DNS_FILTERED, DNSSEC_SECURE, DNSSEC_NONE},
        {DNS_LOCAL, DNSSEC_SECURE, DNSSEC_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct dns_answer answer = {
            .name = "a.example", .outcome = rows[i].outcome, .dnssec = rows[i].told};
        struct lookup lookup = lookup_of(&answer);
        assert_int_equal(lookup.outcome, rows[i].outcome);
        if (lookup.dnssec != rows[i].expected)
            fail_msg("row %zu: %s", i, dnssec_str(lookup.dnssec));
    }
}

/* RFC 1035 section 4.1.1. */
static void test_rcode_is_the_one_that_came_or_what_the_outcome_means(void **state)
{
    (void)state;
    static const struct {
        enum dns_outcome outcome;
        struct opt_rcode told;
        struct opt_int expected;
    } rows[] = {
        {DNS_OK, {true, 0}, {true, 0}},         {DNS_NXDOMAIN, {true, 3}, {true, 3}},
        {DNS_SERVFAIL, {true, 4}, {true, 4}},   {DNS_SERVFAIL, {false, 9}, {true, 2}},
        {DNS_REFUSED, {false, 9}, {true, 5}},   {DNS_REFUSED, {true, 5}, {true, 5}},
        {DNS_TIMEOUT, {false, 9}, {false, 0}},  {DNS_BOGUS, {false, 9}, {false, 0}},
        {DNS_NXDOMAIN, {false, 9}, {false, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct dns_answer answer = {
            .name = "a.example", .outcome = rows[i].outcome, .rcode = rows[i].told};
        struct lookup lookup = lookup_of(&answer);
        assert_int_equal(lookup.rcode.present, rows[i].expected.present);
        assert_int_equal(lookup.rcode.value, rows[i].expected.value);
    }
}

static void test_lookup_is_a_copy_of_the_whole_answer(void **state)
{
    (void)state;
    uint8_t rdata[] = "\1x";
    char owner[] = "c.example", denier[] = "b.example", reason[] = "because", name[] = "a.example";
    char text[] = "network error", first[] = "b.example";
    const struct dns_record record = {
        .owner = owner, .type = DNS_TXT, .ttl_s = 7, .rdata = {rdata, 2}};
    const struct dns_record denials[] = {{.owner = denier, .type = DNS_SOA, .rdata = {rdata, 1}},
                                         {.owner = denier, .type = DNS_NSEC, .rdata = {rdata, 2}}};
    const struct dns_extended_error errors[] = {{22, "no reachable authority"}, {23, text}};
    const char *const chain[] = {first, "."};
    const struct dns_answer answer = {
        .name = name,
        .type = DNS_TXT,
        .outcome = DNS_OK,
        .cause = DNS_CAUSE_RCODE,
        .end = DNS_END_RESOLVER,
        .stub_zone = true,
        .reason = reason,
        .records = &record,
        .record_count = 1,
        .cname_chain = chain,
        .cname_count = 2,
        .denial = denials,
        .denial_count = 2,
        .extended_errors = errors,
        .extended_error_count = 2,
        .duration_us = 2001999,
    };
    struct lookup lookup = lookup_of(&answer);
    rdata[1] = owner[0] = denier[0] = reason[0] = name[0] = text[0] = first[0] = '!';
    assert_string_equal(lookup.name, "a.example");
    assert_string_equal(lookup.type, "TXT");
    assert_int_equal(lookup.type_code, DNS_TXT);
    assert_int_equal(lookup.cause, DNS_CAUSE_RCODE);
    assert_int_equal(lookup.end, DNS_END_RESOLVER);
    assert_true(lookup.in_stub_zone);
    assert_string_equal(lookup.reason, "because");
    assert_int_equal(lookup.record_count, 1);
    assert_string_equal(lookup.records[0].owner, "c.example");
    assert_int_equal(lookup.records[0].type, DNS_TXT);
    assert_int_equal(lookup.records[0].ttl_s, 7);
    assert_true(bytes_eq(lookup.records[0].rdata, bytes_of("\1x")));
    assert_true(lookup.cname_chain.present);
    assert_int_equal(lookup.cname_chain.count, 2);
    assert_string_equal(lookup.cname_chain.items[0], "b.example."); /* wire contract D.7 */
    assert_string_equal(lookup.cname_chain.items[1], ".");
    assert_int_equal(lookup.denial_count, 2);
    assert_string_equal(lookup.denial[1].owner, "b.example");
    assert_int_equal(lookup.denial[1].type, DNS_NSEC);
    assert_true(bytes_eq(lookup.denial[0].rdata, bytes_of("\1")));
    assert_int_equal(lookup.extended_error_count, 2);
    assert_int_equal(lookup.extended_errors[0].code, 22);
    assert_string_equal(lookup.extended_errors[1].text, "network error");
    assert_int_equal(lookup.duration_ms, 2001); /* whole ones */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_status_is_of_an_answer_and_proven_or_not, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_rcode_is_the_one_that_came_or_what_the_outcome_means,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lookup_is_a_copy_of_the_whole_answer, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
