/* What people are told of a DNS method that found no proof. */
#include "core/rules/record_reason.h"

#include "dns/rdata.h"
#include "support/unit.h"

#include <string.h>

#define DIGEST "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-_"

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

static const struct {
    const char *text, *expected;
    bool is_part, is_digest;
    const char *miss; /* a part of it; NULL: none */
} misses[] = {
    {"ABC", "abc", false, false, "upper and lower case"},
    {"xxABCxx", "abc", true, false, "other upper and lower case letters"},
    {" abc\t", "abc", false, false, "white space"},
    {"\"abc\"", "abc", false, false, "quotation marks around"},
    {"abc.", "abc", false, false, "a dot"},
    {"\"ABC. \"", "abc", false, false, "white space, quotation marks, dots or case"},
    {"LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu+/=", DIGEST, false, true, "base64url without"},
    {"token_1-x." DIGEST, DIGEST, false, true, "looks like a key authorization"},
    {"2e8a97718d7caB93cd6c94316e647b48"
     "24cda37b620170dfa30ca3c408c4bbef",
     DIGEST, false, true, "hexadecimal"},
    {"AoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-_", DIGEST, false, true, "another one"},
    {"mail.example.com.zone.example.", "mail.example.com", false, false, "final dot"},
    {"key=abcdef;", "abcdef", false, false, "something else before or after"},
    {"LoqXcYV8q5ON", DIGEST, false, true, "only a part"},
    {"abc", "abcdefgh", false, false, NULL},
    {"v=spf1 -all", DIGEST, false, true, NULL},
    {"", "abc", false, false, NULL},
    {"\"\"", "abc", false, false, NULL},
    {"xyz", "abc", true, false, NULL},
    {"xyz", "", true, true, NULL},
};

static void test_near_misses_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misses / sizeof misses[0]; i++) {
        const struct near_miss_query query = {.text = bytes_of(misses[i].text),
                                              .expected = bytes_of(misses[i].expected),
                                              .is_part = misses[i].is_part,
                                              .is_digest = misses[i].is_digest};
        const char *miss = record_near_miss(&query);
        bool fits = misses[i].miss ? miss && strstr(miss, misses[i].miss) : !miss;
        if (!fits)
            fail_msg("%s: %s", misses[i].text, miss ? miss : "nothing");
    }
}

static const struct lookup txt_answer = {
    .name = "_acme-challenge.a.example", .type = "TXT", .type_code = DNS_TXT, .record_count = 1};

static const char *explain(const struct dcv_params *params, const struct lookup *answer,
                           const char *text)
{
    const struct bytes texts[] = {bytes_of(text)};
    const struct record_details details = {0};
    const struct record_mismatch mismatch = {.params = params,
                                             .answer = answer,
                                             .texts = texts,
                                             .text_count = 1,
                                             .expected = bytes_of(DIGEST),
                                             .details = &details};
    return record_reason_no_match(&mismatch, arena);
}

static void test_no_match_tells_question_expectation_and_what_was_seen(void **state)
{
    (void)state;
    const struct dcv_params params = {.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST};
    assert_string_equal(
        explain(&params, &txt_answer, DIGEST " "),
        "Asked for TXT records at _acme-challenge.a.example: expected one that equals "
        "\"LoqXcYV8...\" (43 characters), the digest of the key authorization, found 1 other: "
        "\"" DIGEST " \". \"" DIGEST " \" has white space before or after the value.");
    const char *const chain[] = {"b.example.", "c.example."};
    struct lookup alias = txt_answer;
    alias.cname_chain = (struct strv){.items = chain, .count = 2, .present = true};
    assert_non_null(strstr(explain(&params, &alias, "x"),
                           "at _acme-challenge.a.example, an alias of c.example.: expected"));
}

static void test_many_records_are_counted_and_hostile_ones_escaped(void **state)
{
    (void)state;
    const struct dcv_params params = {.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST};
    struct bytes texts[5];
    for (size_t i = 0; i < 5; i++)
        texts[i] = bytes_of("a\r\n\x1b[31m");
    struct lookup answer = txt_answer;
    answer.record_count = 5;
    const struct record_details details = {0};
    const struct record_mismatch mismatch = {.params = &params,
                                             .answer = &answer,
                                             .texts = texts,
                                             .text_count = 5,
                                             .expected = bytes_of(DIGEST),
                                             .details = &details};
    const char *text = record_reason_no_match(&mismatch, arena);
    assert_non_null(strstr(text, "found 5 others: "));
    assert_non_null(strstr(text, " and 2 more."));
    assert_null(strpbrk(text, "\r\n\x1b"));
}

/* Whoever reads the reason of a pending challenge must not learn its value. */
static void test_no_expected_secret_is_shown_whole(void **state)
{
    (void)state;
    const struct target target = {.kind = TARGET_DNS, .canonical = "a.example"};
    const struct dcv_params all[] = {
        {.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST},
        {.method = DCV_DNS_ACCOUNT_01, .key_authorization_hash = DIGEST},
        {.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_TXT, .challenge_value = DIGEST},
        {.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_TXT, .challenge_value = "abcdef"},
    };
    struct lookup none = txt_answer;
    none.outcome = DNS_NXDOMAIN;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const char *secret = all[i].challenge_value ? all[i].challenge_value : DIGEST;
        assert_null(strstr(explain(&all[i], &txt_answer, "x"), secret));
        assert_null(strstr(record_reason_no_records(&all[i], &target, &none, arena), secret));
    }
}

static void test_missing_records_say_where_they_belong(void **state)
{
    (void)state;
    const struct target target = {.kind = TARGET_DNS, .canonical = "a.example"};
    const struct dcv_params params = {.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST};
    struct lookup none = txt_answer;
    none.outcome = DNS_NXDOMAIN;
    const char *text = record_reason_no_records(&params, &target, &none, arena);
    assert_non_null(strstr(text, "Asked for TXT records at _acme-challenge.a.example: expected"));
    assert_non_null(strstr(text, "the name does not exist"));
    assert_non_null(strstr(text, "exactly this name, not at a.example;"));
    none.outcome = DNS_NODATA;
    text = record_reason_no_records(&params, &target, &none, arena);
    assert_non_null(strstr(text, "there is no record of this type"));
    /* Nothing to say of the place where it is the target itself. */
    const struct dcv_params plain = {
        .method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A, .challenge_value = "192.0.2.1"};
    none = (struct lookup){.name = "a.example", .type = "A", .outcome = DNS_NODATA};
    assert_string_equal(record_reason_no_records(&plain, &target, &none, arena),
                        "Asked for A records at a.example: expected \"192.0.2.1\", but there is no "
                        "record of this type.");
}

static void test_an_expected_value_that_nothing_can_match_is_named(void **state)
{
    (void)state;
    const struct dcv_params email = {.method = DCV_CONTACT_EMAIL_TXT, .challenge_value = "nobody"};
    const struct dcv_params phone = {.method = DCV_CONTACT_PHONE_CAA, .challenge_value = "0123"};
    const struct dcv_params address = {.method = DCV_IP_ADDRESS,
                                       .dns_record_type = DCV_RECORD_AAAA,
                                       .challenge_value = "192.0.2.1"};
    assert_non_null(strstr(explain(&email, &txt_answer, "x"), "that is no e-mail address"));
    assert_non_null(strstr(explain(&phone, &txt_answer, "x"), "no global telephone number"));
    assert_non_null(strstr(explain(&address, &txt_answer, "x"), "no IPv6 address"));
}

static void test_contacts_of_caa(void **state)
{
    (void)state;
    const struct dcv_params params = {.method = DCV_CONTACT_EMAIL_CAA,
                                      .challenge_value = "me@a.example"};
    const struct lookup set = {.name = "example", .type = "CAA", .record_count = 2};
    const struct record_details details = {0};
    const struct record_mismatch mismatch = {
        .params = &params, .answer = &set, .details = &details};
    assert_string_equal(record_reason_no_match(&mismatch, arena),
                        "Asked for CAA records at example: expected contactemail "
                        "\"me@a.example\", but none of the 2 CAA records of this nearest set has "
                        "that property.");
    assert_string_equal(record_reason_no_set(&params, "a.example", arena),
                        "Asked for CAA records at a.example and its parents: expected "
                        "contactemail \"me@a.example\", but there are none up to the top-level "
                        "domain.");
}

static void test_persistent_records_tell_why_they_do_not_count(void **state)
{
    (void)state;
    const char *const issuers[] = {"ca.example"};
    const struct dcv_params params = {
        .method = DCV_DNS_PERSISTENT,
        .issuer_domain_names = {.items = issuers, .count = 1, .present = true},
        .expected_account_uri = "https://ca.example/1"};
    const struct rejected_record rejected[] = {{2, "persistUntil has passed"}};
    struct record_details details = {.rejected_records = rejected, .rejected_count = 1};
    const struct bytes texts[] = {bytes_of("ca.example; persistUntil=1")};
    const struct record_mismatch mismatch = {.params = &params,
                                             .answer = &txt_answer,
                                             .texts = texts,
                                             .text_count = 1,
                                             .details = &details};
    const char *text = record_reason_no_match(&mismatch, arena);
    assert_non_null(strstr(text, "one for the issuer ca.example with "
                                 "accounturi=https://ca.example/1"));
    assert_non_null(strstr(text, "Record 3 names the issuer, but persistUntil has passed."));
    details.rejected_count = 0;
    assert_non_null(
        strstr(record_reason_no_match(&mismatch, arena), "No record names the issuer."));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near_misses_are_named),
        TEST(test_no_match_tells_question_expectation_and_what_was_seen),
        TEST(test_many_records_are_counted_and_hostile_ones_escaped),
        TEST(test_no_expected_secret_is_shown_whole),
        TEST(test_missing_records_say_where_they_belong),
        TEST(test_an_expected_value_that_nothing_can_match_is_named),
        TEST(test_contacts_of_caa),
        TEST(test_persistent_records_tell_why_they_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
