/* Whether the answer to a DNS method's question proves control. */
#include "core/rules/dcv_record.h"

#include "base/str.h"
#include "dns/rdata.h"
#include "support/unit.h"
#include "unit/core/rules/caa_sets.h"

#include <string.h>

#define BYTES(text) ((struct bytes){(const uint8_t *)(text), sizeof(text) - 1})
#define DIGEST      "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-_"

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

enum { RECORDS_MAX = 5 };

static struct lookup answer_of(const char *type, uint16_t code, struct dns_record *records,
                               size_t count)
{
    return (struct lookup){.name = "q.a.example",
                           .type = type,
                           .type_code = code,
                           .dnssec = DNSSEC_INSECURE,
                           .rcode = OPT_INT(0),
                           .reason = "",
                           .records = records,
                           .record_count = count};
}

/* An answer with these records; an RDATA without bytes ends the list. */
static struct lookup make_answer(struct arena *arena, uint16_t code, const struct bytes *rdata)
{
    const char *type = code == DNS_TXT     ? "TXT"
                       : code == DNS_CAA   ? "CAA"
                       : code == DNS_CNAME ? "CNAME"
                       : code == DNS_PTR   ? "PTR"
                       : code == DNS_A     ? "A"
                       : code == DNS_AAAA  ? "AAAA"
                                           : "NS";
    struct dns_record *records = arena_array(arena, RECORDS_MAX, sizeof *records);
    size_t count = 0;
    for (; count < RECORDS_MAX && rdata[count].p; count++)
        records[count] = (struct dns_record){
            .owner = "end.of.chain", .type = code, .ttl_s = 60, .rdata = rdata[count]};
    return answer_of(type, code, records, count);
}

#define CHANGE(type, value)                                                                        \
    .method = DCV_DNS_CHANGE, .dns_record_type = type, .challenge_value = value
#define TXT_CHANGE(value) CHANGE(DCV_RECORD_TXT, value)
#define EXACT_CASE        .require_exact_case = true
#define EXACT_MATCH       .require_exact_match = true
#define V6_1              "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"

static const struct {
    const char *why;
    struct dcv_params params;
    uint16_t type;
    struct bytes rdata[RECORDS_MAX];
    const char *matched; /* NULL: no match */
} rows[] = {
    /* dns-change, TXT */
    {"a substring",
     {TXT_CHANGE("abcdefghijklmnopqr"), EXACT_CASE},
     DNS_TXT,
     {BYTES("\32foo=abcdefghijklmnopqr;bar")},
     "foo=abcdefghijklmnopqr;bar"},
    {"over the border of two strings",
     {TXT_CHANGE("bcd"), EXACT_CASE},
     DNS_TXT,
     {BYTES("\2ab\2cd")},
     "abcd"},
    {"over the border of two records",
     {TXT_CHANGE("bcd"), EXACT_CASE},
     DNS_TXT,
     {BYTES("\2ab"), BYTES("\2cd")},
     NULL},
    {"the second record",
     {TXT_CHANGE("bcd"), EXACT_CASE},
     DNS_TXT,
     {BYTES("\1x"), BYTES("\3bcd"), BYTES("\4bcd!")},
     "bcd"},
    {"case counts", {TXT_CHANGE("bcd"), EXACT_CASE}, DNS_TXT, {BYTES("\3BCD")}, NULL},
    {"case does not count if the request says so",
     {TXT_CHANGE("bcd")},
     DNS_TXT,
     {BYTES("\4aBCD")},
     "aBCD"},
    {"an exact match",
     {TXT_CHANGE("bcd"), EXACT_CASE, EXACT_MATCH},
     DNS_TXT,
     {BYTES("\3bcd")},
     "bcd"},
    {"exact, but a blank",
     {TXT_CHANGE("bcd"), EXACT_CASE, EXACT_MATCH},
     DNS_TXT,
     {BYTES("\4bcd ")},
     NULL},
    {"exact, case counts",
     {TXT_CHANGE("bcd"), EXACT_CASE, EXACT_MATCH},
     DNS_TXT,
     {BYTES("\3bcD")},
     NULL},
    {"exact, case does not count",
     {TXT_CHANGE("bcd"), EXACT_MATCH},
     DNS_TXT,
     {BYTES("\3bcD")},
     "bcD"},
    {"exact, no final dot is dropped",
     {TXT_CHANGE("bcd"), EXACT_MATCH},
     DNS_TXT,
     {BYTES("\4bcd.")},
     NULL},
    {"bytes are not decoded",
     {TXT_CHANGE("bcd"), EXACT_CASE},
     DNS_TXT,
     {BYTES("\5\xFF"
            "bcd\0")},
     "\\255bcd\\000"},
    {"UTF-8 is bytes",
     {TXT_CHANGE("gr\xC3\xBC\xC3\x9F"), EXACT_CASE, EXACT_MATCH},
     DNS_TXT,
     {BYTES("\6gr\xC3\xBC\xC3\x9F")},
     "gr\xC3\xBC\xC3\x9F"},
    {"case beyond ASCII always counts",
     {TXT_CHANGE("\xC3\xBC"), EXACT_MATCH},
     DNS_TXT,
     {BYTES("\2\xC3\x9C")},
     NULL},
    {"a NUL does not end the record",
     {TXT_CHANGE("bcd"), EXACT_CASE, EXACT_MATCH},
     DNS_TXT,
     {BYTES("\4bcd\0")},
     NULL},
    {"an empty challenge is in nothing",
     {TXT_CHANGE(""), EXACT_CASE},
     DNS_TXT,
     {BYTES("\3bcd")},
     NULL},
    {"an empty challenge equals nothing",
     {TXT_CHANGE(""), EXACT_CASE, EXACT_MATCH},
     DNS_TXT,
     {BYTES("\0")},
     NULL},
    {"no challenge", {TXT_CHANGE(NULL), EXACT_CASE}, DNS_TXT, {BYTES("\3bcd")}, NULL},
    /* dns-change, CNAME */
    {"a substring of the name, ignoring case",
     {CHANGE(DCV_RECORD_CNAME, "ABC.ca"), EXACT_CASE},
     DNS_CNAME,
     {BYTES("\3abc\2ca\7example\0")},
     "abc.ca.example."},
    {"the name with final dot",
     {CHANGE(DCV_RECORD_CNAME, "abc.example."), EXACT_MATCH},
     DNS_CNAME,
     {BYTES("\3aBc\7example\0")},
     "aBc.example."},
    {"the name without final dot",
     {CHANGE(DCV_RECORD_CNAME, "abc.example"), EXACT_MATCH},
     DNS_CNAME,
     {BYTES("\3abc\7example\0")},
     "abc.example."},
    {"two final dots are another name",
     {CHANGE(DCV_RECORD_CNAME, "abc.example.."), EXACT_MATCH},
     DNS_CNAME,
     {BYTES("\3abc\7example\0")},
     NULL},
    {"the root is no challenge",
     {CHANGE(DCV_RECORD_CNAME, "."), EXACT_MATCH},
     DNS_CNAME,
     {BYTES("\0")},
     NULL},
    {"nothing is no challenge",
     {CHANGE(DCV_RECORD_CNAME, ""), EXACT_MATCH},
     DNS_CNAME,
     {BYTES("\0")},
     NULL},
    {"a dot in a label is no separator",
     {CHANGE(DCV_RECORD_CNAME, "abc.example"), EXACT_MATCH},
     DNS_CNAME,
     {BYTES("\13abc.example\0")},
     NULL},
    /* dns-change, CAA */
    {"the value of any tag, ignoring case",
     {CHANGE(DCV_RECORD_CAA, "TOKEN"), EXACT_CASE},
     DNS_CAA,
     {BYTES("\0\5issueca.example"), BYTES("\200\3tbsmy token")},
     "my token"},
    {"exact",
     {CHANGE(DCV_RECORD_CAA, "token"), EXACT_MATCH},
     DNS_CAA,
     {BYTES("\0\1xToken")},
     "Token"},
    {"exact, another value",
     {CHANGE(DCV_RECORD_CAA, "token"), EXACT_MATCH},
     DNS_CAA,
     {BYTES("\0\1xtokens")},
     NULL},
    {"the tag is not the value",
     {CHANGE(DCV_RECORD_CAA, "token")},
     DNS_CAA,
     {BYTES("\0\5tokenx")},
     NULL},
    /* acme-dns-01, dns-account-01 */
    {"the digest",
     {.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST},
     DNS_TXT,
     {BYTES("\1x"), BYTES("\53" DIGEST)},
     DIGEST},
    {"the digest, with a blank",
     {.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST},
     DNS_TXT,
     {BYTES("\54" DIGEST " ")},
     NULL},
    {"the digest in other case",
     {.method = DCV_ACME_DNS_01,
      .key_authorization_hash = "loqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-_"},
     DNS_TXT,
     {BYTES("\53" DIGEST)},
     NULL},
    {"the digest in quotes",
     {.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST},
     DNS_TXT,
     {BYTES("\55\"" DIGEST "\"")},
     NULL},
    {"no digest", {.method = DCV_ACME_DNS_01}, DNS_TXT, {BYTES("\0")}, NULL},
    {"the digest of an account",
     {.method = DCV_DNS_ACCOUNT_01, .key_authorization_hash = DIGEST},
     DNS_TXT,
     {BYTES("\53" DIGEST)},
     DIGEST},
    /* contacts in TXT records */
    {"an address, ignoring case",
     {.method = DCV_CONTACT_EMAIL_TXT, .challenge_value = "a@Example.com"},
     DNS_TXT,
     {BYTES("\15A@example.com")},
     "A@example.com"},
    {"an address and more",
     {.method = DCV_CONTACT_EMAIL_TXT, .challenge_value = "a@example.com"},
     DNS_TXT,
     {BYTES("\16a@example.com ")},
     NULL},
    {"a value that is no address",
     {.method = DCV_CONTACT_EMAIL_TXT, .challenge_value = "a@example.com,b@example.com"},
     DNS_TXT,
     {BYTES("\33a@example.com,b@example.com")},
     NULL},
    {"a number",
     {.method = DCV_CONTACT_PHONE_TXT, .challenge_value = "+1 555 123 4567"},
     DNS_TXT,
     {BYTES("\17+1 555 123 4567")},
     "+1 555 123 4567"},
    {"the number with other separators",
     {.method = DCV_CONTACT_PHONE_TXT, .challenge_value = "+1 555 123 4567"},
     DNS_TXT,
     {BYTES("\14+15551234567")},
     NULL},
    {"a value that is no number",
     {.method = DCV_CONTACT_PHONE_TXT, .challenge_value = "555"},
     DNS_TXT,
     {BYTES("\003"
            "555")},
     NULL},
    {"an address for a number",
     {.method = DCV_CONTACT_PHONE_TXT, .challenge_value = "a@example.com"},
     DNS_TXT,
     {BYTES("\15a@example.com")},
     NULL},
    /* contacts in CAA records */
    {"the tag ignores case, and so does the address",
     {.method = DCV_CONTACT_EMAIL_CAA, .challenge_value = "a@example.com"},
     DNS_CAA,
     {BYTES("\0\5issue;"), BYTES("\0\14ContactEmailA@example.com")},
     "A@example.com"},
    {"the address under another tag",
     {.method = DCV_CONTACT_EMAIL_CAA, .challenge_value = "a@example.com"},
     DNS_CAA,
     {BYTES("\0\5iodefa@example.com"), BYTES("\0\14contactphonea@example.com")},
     NULL},
    {"a critical property that nobody understands plays no part",
     {.method = DCV_CONTACT_PHONE_CAA, .challenge_value = "+15551234567"},
     DNS_CAA,
     {BYTES("\200\3tbsx"), BYTES("\0\14contactphone+15551234567")},
     "+15551234567"},
    {"a substring of the value",
     {.method = DCV_CONTACT_PHONE_CAA, .challenge_value = "+1555123456"},
     DNS_CAA,
     {BYTES("\0\14contactphone+15551234567")},
     NULL},
    {"a value that is no number",
     {.method = DCV_CONTACT_PHONE_CAA, .challenge_value = "x"},
     DNS_CAA,
     {BYTES("\0\14contactphonex")},
     NULL},
    /* ip-address */
    {"an IPv4 address",
     {.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A, .challenge_value = "192.0.2.1"},
     DNS_A,
     {BYTES("\300\0\2\2"), BYTES("\300\0\2\1")},
     "192.0.2.1"},
    {"another IPv4 address",
     {.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A, .challenge_value = "192.0.2.1"},
     DNS_A,
     {BYTES("\300\0\2\12")},
     NULL},
    {"an IPv4 address with leading zeros is none",
     {.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A, .challenge_value = "192.0.2.01"},
     DNS_A,
     {BYTES("\300\0\2\1")},
     NULL},
    {"an IPv6 address in any spelling",
     {.method = DCV_IP_ADDRESS,
      .dns_record_type = DCV_RECORD_AAAA,
      .challenge_value = "2001:DB8:0:0::0001"},
     DNS_AAAA,
     {BYTES(V6_1)},
     "2001:db8::1"},
    {"an IPv6 address for an A record",
     {.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A, .challenge_value = "2001:db8::1"},
     DNS_A,
     {BYTES("\300\0\2\1")},
     NULL},
    {"a mapped address is not the IPv4 address",
     {.method = DCV_IP_ADDRESS,
      .dns_record_type = DCV_RECORD_A,
      .challenge_value = "::ffff:192.0.2.1"},
     DNS_A,
     {BYTES("\300\0\2\1")},
     NULL},
    {"no address",
     {.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A, .challenge_value = "a.example"},
     DNS_A,
     {BYTES("\300\0\2\1")},
     NULL},
    /* reverse-address-lookup */
    {"a host name",
     {.method = DCV_REVERSE_ADDRESS_LOOKUP, .challenge_value = "Host.example"},
     DNS_PTR,
     {BYTES("\5other\0"), BYTES("\4hOst\7example\0")},
     "hOst.example."},
    {"a host name with final dot",
     {.method = DCV_REVERSE_ADDRESS_LOOKUP, .challenge_value = "host.example."},
     DNS_PTR,
     {BYTES("\4host\7example\0")},
     "host.example."},
    {"a name below",
     {.method = DCV_REVERSE_ADDRESS_LOOKUP, .challenge_value = "host.example"},
     DNS_PTR,
     {BYTES("\1a\4host\7example\0")},
     NULL},
    {"the root is no host",
     {.method = DCV_REVERSE_ADDRESS_LOOKUP, .challenge_value = "."},
     DNS_PTR,
     {BYTES("\0")},
     NULL},
    /* others */
    {"a method that looks at no DNS record",
     {.method = DCV_ACME_HTTP_01, .challenge_value = "bcd", .key_authorization_hash = "bcd"},
     DNS_TXT,
     {BYTES("\3bcd"), BYTES("\0")},
     NULL},
};

static void test_records_match_by_the_rule_of_their_method(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lookup answer = make_answer(*state, rows[i].type, rows[i].rdata);
        struct record_details details = {0};
        struct dcv_record_judgement judgement =
            dcv_record_judge(&rows[i].params, &plain, &answer, 0, *state, &details);
        enum problem expected = rows[i].matched ? PROBLEM_NONE : PROBLEM_NO_MATCH;
        if (judgement.problem != expected)
            fail_msg("%s: %s", rows[i].why, problem_str(judgement.problem));
        if (!str_eq(details.matched_record, rows[i].matched))
            fail_msg("%s: matched %s", rows[i].why,
                     details.matched_record ? details.matched_record : "nothing");
        if ((judgement.text != NULL) == (judgement.problem == PROBLEM_NONE))
            fail_msg("%s: text", rows[i].why);
        assert_true(details.records_seen.present);
        assert_false(details.records_truncated.value);
    }
}

static void test_malformed_rdata_spoils_the_answer(void **state)
{
    static const struct {
        const char *why;
        uint16_t type;
        struct bytes good, bad;
        struct dcv_params params;
    } malformed[] = {
        {"TXT", DNS_TXT, BYTES("\3bcd"), BYTES("\4bcd"), {TXT_CHANGE("bcd")}},
        {"CAA", DNS_CAA, BYTES("\0\1xbcd"), BYTES("\0\0bcd"), {CHANGE(DCV_RECORD_CAA, "bcd")}},
        {"CNAME", DNS_CNAME, BYTES("\3bcd\0"), BYTES("\3bcd"), {CHANGE(DCV_RECORD_CNAME, "bcd")}},
        {"PTR",
         DNS_PTR,
         BYTES("\3bcd\0"),
         BYTES("\3bcd\0\0"),
         {.method = DCV_REVERSE_ADDRESS_LOOKUP, .challenge_value = "bcd"}},
        {"A",
         DNS_A,
         BYTES("\300\0\2\1"),
         BYTES("\300\0\2"),
         {.method = DCV_IP_ADDRESS,
          .dns_record_type = DCV_RECORD_A,
          .challenge_value = "192.0.2.1"}},
        {"AAAA",
         DNS_AAAA,
         BYTES(V6_1),
         BYTES("\300\0\2\1"),
         {.method = DCV_IP_ADDRESS,
          .dns_record_type = DCV_RECORD_AAAA,
          .challenge_value = "2001:db8::1"}},
    };
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        const struct bytes rdata[RECORDS_MAX] = {malformed[i].good, malformed[i].bad};
        struct lookup answer = make_answer(*state, malformed[i].type, rdata);
        struct record_details details = {0};
        struct dcv_record_judgement judgement =
            dcv_record_judge(&malformed[i].params, &plain, &answer, 0, *state, &details);
        if (judgement.problem != PROBLEM_DNS_MALFORMED)
            fail_msg("%s: %s", malformed[i].why, problem_str(judgement.problem));
        assert_non_null(strstr(judgement.text, "Record 2 of 2 at q.a.example cannot be read as "));
        assert_non_null(strstr(judgement.text, malformed[i].why));
        assert_false(details.records_seen.present);
        assert_null(details.matched_record);
        assert_string_equal(details.found_at, "q.a.example");
        /* Without the bad record the good one matches. */
        answer.record_count = 1;
        judgement = dcv_record_judge(&malformed[i].params, &plain, &answer, 0, *state, &details);
        assert_int_equal(judgement.problem, PROBLEM_NONE);
    }
}

static void test_answer_of_a_type_that_no_method_asks_for_is_malformed(void **state)
{
    const struct bytes rdata[RECORDS_MAX] = {BYTES("\3bcd\0")};
    const struct dcv_params params = {TXT_CHANGE("bcd")};
    struct lookup answer = make_answer(*state, DNS_NS, rdata);
    struct record_details details = {0};
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_DNS_MALFORMED);
}

static void test_details_describe_the_answer(void **state)
{
    static const char *const chain[] = {"x.example.", "end.of.chain."};
    struct dns_record records[] = {
        {.owner = "end.of.chain", .type = DNS_TXT, .ttl_s = 300, .rdata = BYTES("\1a")},
        {.owner = "end.of.chain", .type = DNS_TXT, .ttl_s = 60, .rdata = BYTES("\1\xFF")},
        {.owner = "end.of.chain", .type = DNS_TXT, .ttl_s = 300, .rdata = BYTES("\1a")},
    };
    const struct dcv_params params = {TXT_CHANGE("a"), EXACT_CASE};
    struct lookup answer = answer_of("TXT", DNS_TXT, records, 3);
    answer.dnssec = DNSSEC_SECURE;
    answer.cname_chain = (struct strv){chain, 2, true};
    struct record_details details = {.query_name = "unchanged"};
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NONE);
    assert_int_equal(details.records_seen.count, 3); /* duplicates stay */
    assert_string_equal(details.records_seen.items[0], "a");
    assert_string_equal(details.records_seen.items[1], "\\255");
    assert_true(details.response_code.present);
    assert_int_equal(details.response_code.value, 0);
    assert_true(details.ad_flag.present && details.ad_flag.value);
    assert_string_equal(details.found_at, "q.a.example");
    assert_int_equal(details.cname_chain.count, 2);
    assert_string_equal(details.owner_name, "end.of.chain");
    assert_int_equal(details.ttl_s.value, 60);
    assert_true(details.records_truncated.present);
    assert_string_equal(details.query_name, "unchanged");
    answer.dnssec = DNSSEC_INSECURE;
    dcv_record_judge(&params, &plain, &answer, 0, *state, &details);
    assert_true(details.ad_flag.present && !details.ad_flag.value);
}

static void test_details_of_an_answer_without_records(void **state)
{
    const struct dcv_params params = {TXT_CHANGE("a")};
    struct lookup answer = answer_of("TXT", DNS_TXT, NULL, 0);
    struct record_details details = {0};
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NO_MATCH);
    assert_true(details.records_seen.present);
    assert_int_equal(details.records_seen.count, 0);
    assert_null(details.owner_name);
    assert_false(details.ttl_s.present);
}

static void test_contact_records_of_other_tags_are_not_reported(void **state)
{
    const struct dcv_params params = {.method = DCV_CONTACT_EMAIL_CAA,
                                      .challenge_value = "a@example.com"};
    struct lookup answer =
        caa_set(*state, "example", "0 issue ;|0 contactemail b@example.com|0 contactphone +1");
    struct record_details details = {0};
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NO_MATCH);
    assert_int_equal(details.records_seen.count, 1);
    assert_string_equal(details.records_seen.items[0], "b@example.com");
    assert_string_equal(details.found_at, "example");
}

/* More records than are reported: all are decided on, and the one that matches is shown. */
static void test_many_records_are_decided_on_and_cut_in_the_report(void **state)
{
    enum { COUNT = 1000 };
    static struct dns_record records[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        records[i] =
            (struct dns_record){.owner = "a.example", .type = DNS_TXT, .rdata = BYTES("\1x")};
    const struct dcv_params params = {TXT_CHANGE("bcd"), EXACT_CASE};
    struct lookup answer = answer_of("TXT", DNS_TXT, records, LIMIT_REPORTED_RECORDS);
    struct record_details details = {0};
    dcv_record_judge(&params, &plain, &answer, 0, *state, &details);
    assert_int_equal(details.records_seen.count, LIMIT_REPORTED_RECORDS);
    assert_false(details.records_truncated.value);

    answer.record_count = COUNT;
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NO_MATCH);
    assert_int_equal(details.records_seen.count, LIMIT_REPORTED_RECORDS);
    assert_true(details.records_truncated.value);

    records[COUNT - 1].rdata = BYTES("\3bcd");
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NONE);
    assert_int_equal(details.records_seen.count, LIMIT_REPORTED_RECORDS);
    assert_string_equal(details.records_seen.items[LIMIT_REPORTED_RECORDS - 1], "bcd");
    assert_string_equal(details.matched_record, "bcd");
}

static void test_record_as_long_as_the_limit_is_shown_whole(void **state)
{
    uint8_t rdata[LIMIT_REPORTED_RECORD_BYTES + 4];
    memset(rdata, 'x', sizeof rdata);
    struct dns_record record = {.owner = "a.example", .type = DNS_TXT};
    const struct dcv_params params = {TXT_CHANGE("bcd"), EXACT_CASE};
    for (size_t more = 0; more <= 1; more++) {
        size_t length = LIMIT_REPORTED_RECORD_BYTES + more;
        rdata[0] = rdata[256] = 255;
        rdata[512] = (uint8_t)(length - 2 * 255);
        record.rdata = (struct bytes){rdata, length + 3};
        struct lookup answer = answer_of("TXT", DNS_TXT, &record, 1);
        struct record_details details = {0};
        dcv_record_judge(&params, &plain, &answer, 0, *state, &details);
        assert_int_equal(details.records_truncated.value, more > 0);
        assert_int_equal(strlen(details.records_seen.items[0]),
                         LIMIT_REPORTED_RECORD_BYTES + more * strlen("..."));
    }
}

static void test_long_records_are_cut_but_for_the_one_that_matched(void **state)
{
    uint8_t rdata[4 * 256];
    for (size_t i = 0; i < sizeof rdata; i++)
        rdata[i] = i % 256 ? 'x' : 255;
    memcpy(rdata + sizeof rdata - 3, "bcd", 3);
    struct dns_record record = {
        .owner = "a.example", .type = DNS_TXT, .rdata = {rdata, sizeof rdata}};
    const struct dcv_params params = {TXT_CHANGE("bcd"), EXACT_CASE};
    struct lookup answer = answer_of("TXT", DNS_TXT, &record, 1);
    struct record_details details = {0};
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NONE);
    assert_true(details.records_truncated.value);
    assert_int_equal(strlen(details.records_seen.items[0]), LIMIT_REPORTED_RECORD_BYTES + 3);
    assert_int_equal(strlen(details.matched_record), 4 * 255);
    assert_true(str_ends_with(details.matched_record, "xbcd"));
}

static const char *const ca_issuers[] = {"ca.example"};
#define PERSISTENT(uri)                                                                            \
    .method = DCV_DNS_PERSISTENT, .issuer_domain_names = {ca_issuers, 1, true},                    \
    .expected_account_uri = uri

/* What was meant for us, and why it does not count, is what the no rests on. */
static void test_rejected_record_of_many_is_shown(void **state)
{
    enum { COUNT = LIMIT_REPORTED_RECORDS + 50 };
    static struct dns_record records[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        records[i] =
            (struct dns_record){.owner = "a.example", .type = DNS_TXT, .rdata = BYTES("\1x")};
    records[COUNT - 1].rdata = BYTES("\33ca.example; accounturi=ca:2");
    const struct dcv_params params = {PERSISTENT("ca:1")};
    struct lookup answer = answer_of("TXT", DNS_TXT, records, COUNT);
    struct record_details details = {0};
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NO_MATCH);
    assert_int_equal(details.rejected_records[0].index, COUNT - 1);
    assert_int_equal(details.records_seen.count, LIMIT_REPORTED_RECORDS);
    assert_string_equal(details.records_seen.items[LIMIT_REPORTED_RECORDS - 1],
                        "ca.example; accounturi=ca:2");
    assert_null(details.matched_record);
}

static void test_persistent_record_is_found_among_rejected_ones(void **state)
{
    const struct bytes rdata[RECORDS_MAX] = {
        BYTES("\15other.example"), BYTES("\33ca.example; accounturi=ca:2"),
        BYTES("\12ca.example"),    BYTES("\13ca.example;\17accounturi=ca:1"),
        BYTES("\13ca.example;"),
    };
    const struct dcv_params params = {PERSISTENT("ca:1")};
    struct lookup answer = make_answer(*state, DNS_TXT, rdata);
    struct record_details details = {0};
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NONE);
    assert_string_equal(details.matched_record, "ca.example;accounturi=ca:1");
    assert_int_equal(details.rejected_count, 2);
    assert_int_equal(details.rejected_records[0].index, 1);
    assert_string_equal(details.rejected_records[0].reason,
                        "accounturi is not the requesting account");
    assert_int_equal(details.rejected_records[1].index, 2);
    assert_string_equal(details.rejected_records[1].reason, "accounturi is missing");
    assert_int_equal(details.records_seen.count, 5);
}

static void test_persistent_record_is_judged_at_the_time_given(void **state)
{
    const struct bytes rdata[RECORDS_MAX] = {
        BYTES("\57ca.example; accounturi=ca:1; persistUntil=10000")};
    const struct dcv_params params = {PERSISTENT("ca:1")};
    struct lookup answer = make_answer(*state, DNS_TXT, rdata);
    struct record_details details = {0};
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 10000, *state, &details).problem,
                     PROBLEM_NONE);
    details = (struct record_details){0};
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 10001, *state, &details).problem,
                     PROBLEM_NO_MATCH);
    assert_int_equal(details.rejected_count, 1);
}

static void test_persistent_policy_is_demanded_for_wildcards_on_request_only(void **state)
{
    const struct bytes rdata[RECORDS_MAX] = {BYTES("\33ca.example; accounturi=ca:1")};
    const struct bytes with_policy[RECORDS_MAX] = {
        BYTES("\54ca.example; accounturi=ca:1; policy=wildcard")};
    struct dcv_params params = {PERSISTENT("ca:1")};
    struct lookup answer = make_answer(*state, DNS_TXT, rdata);
    struct lookup answer_with = make_answer(*state, DNS_TXT, with_policy);
    struct record_details details = {0};
    assert_int_equal(dcv_record_judge(&params, &wildcard, &answer, 0, *state, &details).problem,
                     PROBLEM_NONE);
    params.wildcard_policy = WILDCARD_REQUIRED;
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NONE);
    assert_int_equal(dcv_record_judge(&params, &wildcard, &answer, 0, *state, &details).problem,
                     PROBLEM_NO_MATCH);
    assert_int_equal(
        dcv_record_judge(&params, &wildcard, &answer_with, 0, *state, &details).problem,
        PROBLEM_NONE);
}

static void test_persistent_without_expected_account_matches_nothing(void **state)
{
    const struct bytes rdata[RECORDS_MAX] = {BYTES("\27ca.example; accounturi=")};
    struct dcv_params params = {PERSISTENT("")};
    struct lookup answer = make_answer(*state, DNS_TXT, rdata);
    struct record_details details = {0};
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NO_MATCH);
    params.expected_account_uri = NULL;
    assert_int_equal(dcv_record_judge(&params, &plain, &answer, 0, *state, &details).problem,
                     PROBLEM_NO_MATCH);
}

static void test_persistent_rejections_are_bounded(void **state)
{
    enum { COUNT = LIMIT_REPORTED_RECORDS + 20 };
    struct dns_record records[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        records[i] = (struct dns_record){
            .owner = "a.example", .type = DNS_TXT, .rdata = BYTES("\12ca.example")};
    const struct dcv_params params = {PERSISTENT("ca:1")};
    struct lookup answer = answer_of("TXT", DNS_TXT, records, COUNT);
    struct record_details details = {0};
    dcv_record_judge(&params, &plain, &answer, 0, *state, &details);
    assert_int_equal(details.rejected_count, LIMIT_REPORTED_RECORDS);
}

static void test_short_challenge_is_told_for_substrings_only(void **state)
{
    static const struct {
        const char *why;
        struct dcv_params params;
        bool expected;
    } challenges[] = {
        {"17 bytes", {TXT_CHANGE("abcdefghijklmnopq")}, true},
        {"18 bytes", {TXT_CHANGE("abcdefghijklmnopqr")}, false},
        {"an exact match", {TXT_CHANGE("abc"), EXACT_MATCH}, false},
        {"a CNAME", {CHANGE(DCV_RECORD_CNAME, "abc")}, true},
        {"another method", {.method = DCV_ACME_DNS_01, .key_authorization_hash = "abc"}, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof challenges / sizeof challenges[0]; i++)
        if (dcv_record_may_match_by_chance(&challenges[i].params) != challenges[i].expected)
            fail_msg("%s", challenges[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_match_by_the_rule_of_their_method),
        cmocka_unit_test(test_malformed_rdata_spoils_the_answer),
        cmocka_unit_test(test_answer_of_a_type_that_no_method_asks_for_is_malformed),
        cmocka_unit_test(test_details_describe_the_answer),
        cmocka_unit_test(test_details_of_an_answer_without_records),
        cmocka_unit_test(test_contact_records_of_other_tags_are_not_reported),
        cmocka_unit_test(test_many_records_are_decided_on_and_cut_in_the_report),
        cmocka_unit_test(test_record_as_long_as_the_limit_is_shown_whole),
        cmocka_unit_test(test_long_records_are_cut_but_for_the_one_that_matched),
        cmocka_unit_test(test_rejected_record_of_many_is_shown),
        cmocka_unit_test(test_persistent_record_is_found_among_rejected_ones),
        cmocka_unit_test(test_persistent_record_is_judged_at_the_time_given),
        cmocka_unit_test(test_persistent_policy_is_demanded_for_wildcards_on_request_only),
        cmocka_unit_test(test_persistent_without_expected_account_matches_nothing),
        cmocka_unit_test(test_persistent_rejections_are_bounded),
        cmocka_unit_test(test_short_challenge_is_told_for_substrings_only),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
