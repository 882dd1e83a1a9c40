/* What a record must show, for each method that looks at records. */
#include "core/rules/record_expectation.h"

#include "base/str.h"
#include "support/unit.h"

#include <string.h>

#define DIGEST "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-_"
#define URI    "https://ca.example/acct/1"

static const char *const issuers[] = {"a.example", "b.example", "c.example", "d.example"};

static const struct {
    struct dcv_params params;
    enum record_comparison comparison;
    const char *value; /* NULL: no record can match */
    const char *words;
    const char *unusable;
} rows[] = {
    {{.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_TXT, .challenge_value = "abcdefgh"},
     COMPARE_CONTAIN_NOCASE,
     "abcdefgh",
     "one that contains \"abcd...\" (8 characters)"},
    {{.method = DCV_DNS_CHANGE,
      .dns_record_type = DCV_RECORD_TXT,
      .require_exact_case = true,
      .challenge_value = "abcdefgh"},
     COMPARE_CONTAIN,
     "abcdefgh",
     "one that contains \"abcd...\" (8 characters), in this case of letters"},
    {{.method = DCV_DNS_CHANGE,
      .dns_record_type = DCV_RECORD_CAA,
      .require_exact_case = true,
      .require_exact_match = true,
      .challenge_value = "abcdefgh"},
     COMPARE_EQUAL_NOCASE,
     "abcdefgh",
     "one that equals \"abcd...\" (8 characters)"},
    {{.method = DCV_DNS_CHANGE,
      .dns_record_type = DCV_RECORD_CNAME,
      .require_exact_match = true,
      .challenge_value = "t.example."},
     COMPARE_NAME,
     "t.example",
     "one that equals \"t.exa...\" (10 characters)"},
    {{.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST},
     COMPARE_EQUAL,
     DIGEST,
     "one that equals \"LoqXcYV8...\" (43 characters), the digest of the key authorization"},
    {{.method = DCV_DNS_ACCOUNT_01, .key_authorization_hash = DIGEST},
     COMPARE_EQUAL,
     DIGEST,
     "one that equals \"LoqXcYV8...\" (43 characters), the digest of the key authorization"},
    {{.method = DCV_DNS_PERSISTENT,
      .expected_account_uri = URI,
      .issuer_domain_names = {.items = issuers, .count = 4, .present = true}},
     COMPARE_PERSISTENT,
     URI,
     "one for the issuer a.example or b.example or c.example with accounturi=" URI},
    {{.method = DCV_CONTACT_EMAIL_TXT, .challenge_value = "a@b.example"},
     COMPARE_EQUAL_NOCASE,
     "a@b.example",
     "one that is the contact \"a@b.example\" and nothing else"},
    {{.method = DCV_CONTACT_PHONE_TXT, .challenge_value = "a@b.example"},
     COMPARE_EQUAL_NOCASE,
     NULL,
     "one that is the contact \"a@b.example\" and nothing else",
     "no global telephone number (RFC 3966 section 5.1.4, BR appendix A)"},
    {{.method = DCV_CONTACT_EMAIL_CAA, .challenge_value = "+1 555"},
     COMPARE_EQUAL_NOCASE,
     NULL,
     "contactemail \"+1 555\"",
     "no e-mail address (RFC 6532 section 3.2, BR appendix A)"},
    {{.method = DCV_CONTACT_PHONE_CAA, .challenge_value = "+1 555"},
     COMPARE_EQUAL_NOCASE,
     "+1 555",
     "contactphone \"+1 555\""},
    {{.method = DCV_IP_ADDRESS,
      .dns_record_type = DCV_RECORD_AAAA,
      .challenge_value = "2001:DB8:0::1"},
     COMPARE_EQUAL,
     "2001:db8::1",
     "\"2001:DB8:0::1\""},
    {{.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A, .challenge_value = "2001:db8::1"},
     COMPARE_EQUAL,
     NULL,
     "\"2001:db8::1\"",
     "no IPv4 address"},
    {{.method = DCV_REVERSE_ADDRESS_LOOKUP, .challenge_value = "h.example."},
     COMPARE_NAME,
     "h.example",
     "\"h.example.\""},
    {{.method = DCV_ACME_HTTP_01}, COMPARE_EQUAL, NULL, "\"\""},
};

static void test_expectation_of_each_method(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct record_expectation expected =
            record_expect(&(struct record_asked){.params = &rows[i].params, .arena = arena});
        const char *name = method_get(rows[i].params.method)->name;
        if (expected.comparison != rows[i].comparison ||
            !bytes_eq(expected.value, bytes_of(rows[i].value)))
            fail_msg("row %zu, %s", i, name);
        if (!str_eq(expected.words, rows[i].words))
            fail_msg("row %zu, %s: %s", i, name, expected.words);
        if (rows[i].unusable)
            assert_string_equal(expected.unusable, rows[i].unusable);
        else
            assert_null(expected.unusable);
        bool is_digest = rows[i].params.key_authorization_hash != NULL;
        assert_int_equal(expected.is_digest, is_digest);
    }
    arena_free(arena);
}

static void test_each_record_method_expects_something(void **state)
{
    (void)state;
    bool seen[DCV_METHOD_COUNT] = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        seen[rows[i].params.method] = true;
    size_t count;
    const struct method *methods = method_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (methods[i].kind == METHOD_RECORD && !seen[methods[i].method])
            fail_msg("%s has no row in this test", methods[i].name);
}

static void test_nothing_is_shown_by_an_empty_expectation(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (int comparison = COMPARE_EQUAL; comparison <= COMPARE_PERSISTENT; comparison++) {
        const struct record_expectation expected = {.comparison =
                                                        (enum record_comparison)comparison};
        const char *rejection = NULL;
        assert_false(record_shows(&expected, bytes_of(""), arena, &rejection));
        assert_false(record_shows(&expected, bytes_of("a"), arena, &rejection));
        assert_null(rejection);
    }
    arena_free(arena);
}

static void test_policy_is_needed_for_wildcards_only(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct dcv_params params = {.method = DCV_DNS_PERSISTENT, .wildcard_policy = WILDCARD_REQUIRED};
    struct record_asked asked = {.params = &params, .now_s = 7, .arena = arena};
    assert_false(record_expect(&asked).persistent.needs_wildcard_policy);
    asked.is_wildcard = true;
    assert_true(record_expect(&asked).persistent.needs_wildcard_policy);
    assert_int_equal(record_expect(&asked).persistent.now_s, 7);
    params.wildcard_policy = WILDCARD_BASELINE;
    assert_false(record_expect(&asked).persistent.needs_wildcard_policy);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expectation_of_each_method),
        cmocka_unit_test(test_each_record_method_expects_something),
        cmocka_unit_test(test_nothing_is_shown_by_an_empty_expectation),
        cmocka_unit_test(test_policy_is_needed_for_wildcards_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
