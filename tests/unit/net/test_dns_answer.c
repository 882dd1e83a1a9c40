#include "net/dns_answer.h"

#include "base/str.h"
#include "support/dns_message.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    struct arena *arena;
    struct buf message;
    struct buf options;
    struct dns_answer answer;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = arena_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_free(f->arena);
    buf_clear(&f->message);
    buf_clear(&f->options);
    free(f);
    return 0;
}

static void begin(struct fixture *f, uint16_t flags)
{
    message_begin(&f->message, 0, (uint16_t)(MESSAGE_QR | flags), "a.example", DNS_A);
}

static void read_as(struct fixture *f, enum dnssec_status security)
{
    f->answer = (struct dns_answer){.name = "a.example", .type = DNS_A, .dnssec = security};
    dns_answer_read(f->arena, buf_bytes(&f->message), &f->answer);
}

static void assert_no_records(const struct fixture *f)
{
    assert_int_equal(f->answer.record_count, 0);
    assert_null(f->answer.records);
    assert_int_equal(f->answer.denial_count, 0);
    assert_true(strlen(f->answer.reason) > 0);
}

static void test_answer_with_records_is_ok(void **state)
{
    struct fixture *f = *state;
    begin(f, 0);
    message_add_name(&f->message, MESSAGE_ANSWER, "a.example", DNS_CNAME, "b.example");
    message_add_a(&f->message, "b.example", 7);
    read_as(f, DNSSEC_SECURE);
    assert_int_equal(f->answer.outcome, DNS_OK);
    assert_int_equal(f->answer.dnssec, DNSSEC_SECURE);
    assert_string_equal(f->answer.reason, "");
    assert_true(f->answer.rcode.present);
    assert_int_equal(f->answer.rcode.value, 0);
    assert_int_equal(f->answer.record_count, 1);
    assert_string_equal(f->answer.records[0].owner, "b.example");
    assert_int_equal(f->answer.cname_count, 1);
    assert_string_equal(f->answer.cname_chain[0], "b.example");
}

static void test_answer_without_records_is_nodata_or_nxdomain_with_its_denial(void **state)
{
    struct fixture *f = *state;
    const uint16_t rcodes[] = {0, 3};
    for (size_t i = 0; i < 2; i++) {
        begin(f, rcodes[i]);
        message_add_name(&f->message, MESSAGE_ANSWER, "a.example", DNS_CNAME, "b.example");
        message_add_soa(&f->message, "example");
        message_add_name(&f->message, MESSAGE_AUTHORITY, "example", DNS_NS, "ns.example");
        message_add_name(&f->message, MESSAGE_AUTHORITY, "b.example", DNS_NSEC, "c.example");
        message_add(&f->message, MESSAGE_AUTHORITY, "hash.example", DNS_NSEC3, bytes_of("x"));
        read_as(f, DNSSEC_INSECURE);
        assert_int_equal(f->answer.outcome, i == 0 ? DNS_NODATA : DNS_NXDOMAIN);
        assert_int_equal(f->answer.dnssec, DNSSEC_INSECURE);
        assert_int_equal(f->answer.rcode.value, rcodes[i]);
        assert_int_equal(f->answer.record_count, 0);
        assert_int_equal(f->answer.cname_count, 1);
        assert_int_equal(f->answer.denial_count, 3);
        assert_int_equal(f->answer.denial[0].type, DNS_SOA);
        assert_int_equal(f->answer.denial[1].type, DNS_NSEC);
        assert_int_equal(f->answer.denial[2].type, DNS_NSEC3);
        assert_true(strlen(f->answer.reason) > 0);
    }
}

static const struct {
    const char *why;
    uint16_t flags;
    uint8_t extended_rcode;
    int code; /* of an extended error; -1: none */
    enum dns_outcome status;
    enum dnssec_status dnssec; /* after an answer that libunbound calls secure */
} statuses[] = {
    {"SERVFAIL", 2, 0, -1, DNS_SERVFAIL, DNSSEC_INDETERMINATE},
    {"REFUSED", 5, 0, -1, DNS_REFUSED, DNSSEC_INDETERMINATE},
    {"YXDOMAIN: a DNAME made the name too long", 6, 0, -1, DNS_ALIAS, DNSSEC_INDETERMINATE},
    {"NOTIMP, as any other RCODE", 4, 0, -1, DNS_SERVFAIL, DNSSEC_INDETERMINATE},
    {"FORMERR, as any other RCODE", 1, 0, -1, DNS_SERVFAIL, DNSSEC_INDETERMINATE},
    {"BADVERS is not NOERROR", 0, 1, -1, DNS_SERVFAIL, DNSSEC_INDETERMINATE},
    {"extended bits make another RCODE of REFUSED", 5, 1, -1, DNS_SERVFAIL, DNSSEC_INDETERMINATE},
    {"truncated", MESSAGE_TC, 0, -1, DNS_MALFORMED, DNSSEC_INDETERMINATE},
    {"NXDOMAIN with data", 3, 0, -1, DNS_MALFORMED, DNSSEC_INDETERMINATE},
    {"SERVFAIL, unsupported DNSKEY algorithm", 2, 0, 1, DNS_BOGUS, DNSSEC_BOGUS},
    {"SERVFAIL, unsupported DS digest", 2, 0, 2, DNS_BOGUS, DNSSEC_BOGUS},
    {"SERVFAIL, stale", 2, 0, 3, DNS_FILTERED, DNSSEC_INDETERMINATE},
    {"SERVFAIL, DNSSEC indeterminate", 2, 0, 5, DNS_BOGUS, DNSSEC_BOGUS},
    {"SERVFAIL, DNSSEC bogus", 2, 0, 6, DNS_BOGUS, DNSSEC_BOGUS},
    {"SERVFAIL, NSEC missing", 2, 0, 12, DNS_BOGUS, DNSSEC_BOGUS},
    {"SERVFAIL, cached error", 2, 0, 13, DNS_SERVFAIL, DNSSEC_INDETERMINATE},
    {"SERVFAIL, no reachable authority", 2, 0, 22, DNS_SERVFAIL, DNSSEC_INDETERMINATE},
    {"SERVFAIL, signature expired before valid", 2, 0, 25, DNS_BOGUS, DNSSEC_BOGUS},
    {"SERVFAIL, NSEC3 iterations", 2, 0, 27, DNS_BOGUS, DNSSEC_BOGUS},
    {"data, stale", 0, 0, 3, DNS_FILTERED, DNSSEC_INDETERMINATE},
    {"data, forged", 0, 0, 4, DNS_FILTERED, DNSSEC_INDETERMINATE},
    {"data, blocked", 0, 0, 15, DNS_FILTERED, DNSSEC_INDETERMINATE},
    {"data, stale NXDOMAIN", 0, 0, 19, DNS_FILTERED, DNSSEC_INDETERMINATE},
    {"NXDOMAIN, blocked", 3, 0, 15, DNS_FILTERED, DNSSEC_INDETERMINATE},
    {"REFUSED, prohibited", 5, 0, 18, DNS_FILTERED, DNSSEC_INDETERMINATE},
    {"data, not ready: says nothing about the data", 0, 0, 14, DNS_OK, DNSSEC_SECURE},
    {"data, not authoritative", 0, 0, 20, DNS_OK, DNSSEC_SECURE},
    {"data, unsupported DNSKEY algorithm: insecure to that resolver", 0, 0, 1, DNS_OK,
     DNSSEC_SECURE},
};

static void test_answer_status_follows_rcode_flags_and_extended_errors(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        print_message("# %s\n", statuses[i].why);
        begin(f, statuses[i].flags);
        message_add_a(&f->message, "a.example", 1);
        f->options.n = 0;
        if (statuses[i].code >= 0)
            message_put_extended_error(&f->options, (uint16_t)statuses[i].code, "");
        message_add_opt(&f->message, statuses[i].extended_rcode, buf_bytes(&f->options));
        read_as(f, DNSSEC_SECURE);
        assert_int_equal(f->answer.outcome, statuses[i].status);
        assert_int_equal(f->answer.dnssec, statuses[i].dnssec);
        assert_int_equal(f->answer.extended_error_count, statuses[i].code >= 0);
        assert_true(f->answer.rcode.present);
        assert_int_equal(f->answer.rcode.value,
                         (statuses[i].flags & 15) | statuses[i].extended_rcode << 4);
        if (statuses[i].status != DNS_OK)
            assert_no_records(f);
    }
}

static void test_answer_to_another_question_is_malformed(void **state)
{
    struct fixture *f = *state;
    begin(f, 0);
    message_add_a(&f->message, "a.example", 1);
    f->answer = (struct dns_answer){.name = "b.example", .type = DNS_A};
    dns_answer_read(f->arena, buf_bytes(&f->message), &f->answer);
    assert_int_equal(f->answer.outcome, DNS_MALFORMED);
    f->answer = (struct dns_answer){.name = "a.example", .type = DNS_AAAA};
    dns_answer_read(f->arena, buf_bytes(&f->message), &f->answer);
    assert_int_equal(f->answer.outcome, DNS_MALFORMED);
    assert_no_records(f);
}

static void test_answer_that_cannot_be_parsed_is_malformed(void **state)
{
    struct fixture *f = *state;
    begin(f, 0);
    message_add_a(&f->message, "a.example", 1);
    f->message.n--;
    read_as(f, DNSSEC_SECURE);
    assert_int_equal(f->answer.outcome, DNS_MALFORMED);
    assert_int_equal(f->answer.dnssec, DNSSEC_INDETERMINATE);
    assert_false(f->answer.rcode.present);
    assert_no_records(f);
}

static void test_answer_with_two_aliases_of_a_name_is_malformed(void **state)
{
    struct fixture *f = *state;
    begin(f, 0);
    message_add_name(&f->message, MESSAGE_ANSWER, "a.example", DNS_CNAME, "b.example");
    message_add_name(&f->message, MESSAGE_ANSWER, "a.example", DNS_CNAME, "c.example");
    read_as(f, DNSSEC_SECURE);
    assert_int_equal(f->answer.outcome, DNS_MALFORMED);
    assert_no_records(f);
}

static void test_answer_with_alias_loop_is_alias_and_shows_the_chain(void **state)
{
    struct fixture *f = *state;
    begin(f, 0);
    message_add_name(&f->message, MESSAGE_ANSWER, "a.example", DNS_CNAME, "b.example");
    message_add_name(&f->message, MESSAGE_ANSWER, "b.example", DNS_CNAME, "a.example");
    read_as(f, DNSSEC_SECURE);
    assert_int_equal(f->answer.outcome, DNS_ALIAS);
    assert_int_equal(f->answer.cname_count, 1);
    assert_no_records(f);
}

static void test_answer_bogus_has_a_reason_of_our_own_and_no_records(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *why, *reason;
    } rows[] = {
        {NULL, "DNSSEC validation failed"},
        {"", "DNSSEC validation failed"},
        {"validation failure <a.example. A IN>: something new from 10.1.2.3",
         "DNSSEC validation failed"},
        {"validation failure <a.example. A IN>: signature expired from 10.1.2.3 for key example. "
         "while building chain of trust",
         "DNSSEC validation failed: a signature has expired (zone example.)"},
        {"validation failure <a.example. A IN>: signature before inception date from 10.1.2.3",
         "DNSSEC validation failed: a signature is not yet valid"},
        {"validation failure <a.example. A IN>: no keys have a DS with algorithm ECDSAP256SHA256 "
         "from 10.1.2.3 for key b.example. while building chain of trust",
         "DNSSEC validation failed: no key of the zone fits its DS records (zone b.example.)"},
        {"validation failure <a.example. A IN>: nodata proof failed from 10.1.2.3@5353",
         "DNSSEC validation failed: the proof that a name or type does not exist is missing or "
         "wrong"},
        {"validation failure <www.b.example. A IN>: key for validation b.example. is marked as "
         "invalid because of a previous no keys have a DS with algorithm ECDSAP256SHA256",
         "DNSSEC validation failed: no key of the zone fits its DS records (zone b.example.)"},
        {"no signatures from 10.1.2.3 for DS b.example.",
         "DNSSEC validation failed: signatures are missing"},
        {"No DNSKEY record for key \x1b[2J\x01 x",
         "DNSSEC validation failed: the keys of the zone are missing (zone \\027[2J\\001)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        f->answer = (struct dns_answer){.name = "a.example", .dnssec = DNSSEC_SECURE};
        dns_answer_bogus(f->arena, rows[i].why, &f->answer);
        assert_int_equal(f->answer.outcome, DNS_BOGUS);
        assert_int_equal(f->answer.dnssec, DNSSEC_BOGUS);
        assert_string_equal(f->answer.reason, rows[i].reason);
        assert_int_equal(f->answer.extended_error_count, 1);
        assert_int_equal(f->answer.extended_errors[0].code, 6);
        assert_string_equal(f->answer.extended_errors[0].text, f->answer.reason);
        assert_no_records(f);
    }
    char why[1000] = "signature expired for key ";
    memset(why + strlen(why), 'y', sizeof why - 1 - strlen(why));
    why[sizeof why - 1] = '\0';
    dns_answer_bogus(f->arena, why, &f->answer);
    assert_true(strlen(f->answer.reason) < 200);
}

static void test_dns_texts_are_distinct(void **state)
{
    (void)state;
    for (int i = DNS_OK; i <= DNS_LOCAL; i++)
        for (int j = DNS_OK; j < i; j++)
            assert_string_not_equal(dns_outcome_str((enum dns_outcome)i),
                                    dns_outcome_str((enum dns_outcome)j));
    for (int i = DNSSEC_INDETERMINATE; i <= DNSSEC_BOGUS; i++)
        for (int j = DNSSEC_INDETERMINATE; j < i; j++)
            assert_string_not_equal(dnssec_str((enum dnssec_status)i),
                                    dnssec_str((enum dnssec_status)j));
    assert_string_equal(dns_outcome_str(DNS_NXDOMAIN), "nxdomain");
    assert_string_equal(dnssec_str(DNSSEC_SECURE), "secure");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_answer_with_records_is_ok),
        CASE(test_answer_without_records_is_nodata_or_nxdomain_with_its_denial),
        CASE(test_answer_status_follows_rcode_flags_and_extended_errors),
        CASE(test_answer_to_another_question_is_malformed),
        CASE(test_answer_that_cannot_be_parsed_is_malformed),
        CASE(test_answer_with_two_aliases_of_a_name_is_malformed),
        CASE(test_answer_with_alias_loop_is_alias_and_shows_the_chain),
        CASE(test_answer_bogus_has_a_reason_of_our_own_and_no_records),
        CASE(test_dns_texts_are_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
