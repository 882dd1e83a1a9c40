/* Which question each DNS method asks, and the predicates about its parameters. */
#include "core/rules/dcv_record.h"

#include "base/str.h"
#include "support/unit.h"

#include <string.h>

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

/* The account and label of draft-ietf-acme-dns-account-label, section 3.1. */
#define ACCOUNT       "https://example.com/acme/acct/ExampleAccount"
#define ACCOUNT_LABEL "_ujmmovf2vn55tgye._acme-challenge"

static const struct {
    const char *why;
    struct dcv_params params;
    const char *target;
    const char *name; /* NULL: refused */
    uint16_t type;
    bool climbs;
    const char *says; /* in the error */
} rows[] = {
    {"dns-change, TXT",
     {.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_TXT},
     "A.Example",
     "a.example",
     16,
     false,
     NULL},
    {"dns-change, CNAME, empty prefix",
     {.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_CNAME, .dns_name_prefix = ""},
     "a.example",
     "a.example",
     5,
     false,
     NULL},
    {"dns-change, CAA, prefix in lower case",
     {.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_CAA, .dns_name_prefix = "_DNSauth"},
     "a.example",
     "_dnsauth.a.example",
     257,
     false,
     NULL},
    {"dns-change, wildcard",
     {.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_TXT, .dns_name_prefix = "_x"},
     "*.a.example",
     "_x.a.example",
     16,
     false,
     NULL},
    {"dns-change, no underscore",
     {.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_TXT, .dns_name_prefix = "x"},
     "a.example",
     NULL,
     0,
     false,
     "underscore"},
    {"dns-change, two labels",
     {.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_TXT, .dns_name_prefix = "_a._b"},
     "a.example",
     NULL,
     0,
     false,
     "underscore"},
    {"dns-change, address",
     {.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_TXT},
     "192.0.2.1",
     NULL,
     0,
     false,
     "not for IP addresses"},
    {"acme-dns-01",
     {.method = DCV_ACME_DNS_01},
     "*.a.example",
     "_acme-challenge.a.example",
     16,
     false,
     NULL},
    {"acme-dns-01, whatever prefix is sent",
     {.method = DCV_ACME_DNS_01, .dns_name_prefix = "_other"},
     "a.example",
     "_acme-challenge.a.example",
     16,
     false,
     NULL},
    {"acme-dns-01, address",
     {.method = DCV_ACME_DNS_01},
     "2001:db8::1",
     NULL,
     0,
     false,
     "not for IP addresses"},
    {"dns-account-01",
     {.method = DCV_DNS_ACCOUNT_01, .account_uri = ACCOUNT},
     "example.org",
     ACCOUNT_LABEL ".example.org",
     16,
     false,
     NULL},
    {"dns-account-01, no account",
     {.method = DCV_DNS_ACCOUNT_01},
     "example.org",
     NULL,
     0,
     false,
     "account_uri"},
    {"dns-account-01, address",
     {.method = DCV_DNS_ACCOUNT_01, .account_uri = ACCOUNT},
     "192.0.2.1",
     NULL,
     0,
     false,
     "not for IP addresses"},
    {"dns-persistent",
     {.method = DCV_DNS_PERSISTENT},
     "a.example",
     "_validation-persist.a.example",
     16,
     false,
     NULL},
    {"dns-persistent, wildcard",
     {.method = DCV_DNS_PERSISTENT},
     "*.a.example",
     "_validation-persist.a.example",
     16,
     false,
     NULL},
    {"dns-persistent, IPv4",
     {.method = DCV_DNS_PERSISTENT},
     "192.0.2.1",
     "_ip-validation-persist.1.2.0.192.in-addr.arpa",
     16,
     false,
     NULL},
    {"dns-persistent, IPv6",
     {.method = DCV_DNS_PERSISTENT},
     "[2001:DB8::1]",
     "_ip-validation-persist.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
     16,
     false,
     NULL},
    {"contact-email-txt",
     {.method = DCV_CONTACT_EMAIL_TXT},
     "*.a.example",
     "_validation-contactemail.a.example",
     16,
     false,
     NULL},
    {"contact-phone-txt",
     {.method = DCV_CONTACT_PHONE_TXT},
     "a.example",
     "_validation-contactphone.a.example",
     16,
     false,
     NULL},
    {"contact-email-caa",
     {.method = DCV_CONTACT_EMAIL_CAA},
     "*.a.example",
     "a.example",
     257,
     true,
     NULL},
    {"contact-phone-caa",
     {.method = DCV_CONTACT_PHONE_CAA},
     "a.example",
     "a.example",
     257,
     true,
     NULL},
    {"contact-phone-caa, address",
     {.method = DCV_CONTACT_PHONE_CAA},
     "192.0.2.1",
     NULL,
     0,
     false,
     "not for IP addresses"},
    {"ip-address, A",
     {.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A},
     "a.example",
     "a.example",
     1,
     false,
     NULL},
    {"ip-address, AAAA",
     {.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_AAAA},
     "a.example",
     "a.example",
     28,
     false,
     NULL},
    {"ip-address, wildcard",
     {.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A},
     "*.a.example",
     NULL,
     0,
     false,
     "not for wildcards"},
    {"ip-address, address",
     {.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A},
     "192.0.2.1",
     NULL,
     0,
     false,
     "not for IP addresses"},
    {"reverse-address-lookup, IPv4",
     {.method = DCV_REVERSE_ADDRESS_LOOKUP, .dns_record_type = DCV_RECORD_PTR},
     "192.0.2.1",
     "1.2.0.192.in-addr.arpa",
     12,
     false,
     NULL},
    {"reverse-address-lookup, IPv6",
     {.method = DCV_REVERSE_ADDRESS_LOOKUP},
     "2001:db8::1",
     "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
     12,
     false,
     NULL},
    {"reverse-address-lookup, reverse name",
     {.method = DCV_REVERSE_ADDRESS_LOOKUP},
     "1.2.0.192.IN-ADDR.arpa",
     "1.2.0.192.in-addr.arpa",
     12,
     false,
     NULL},
    {"reverse-address-lookup, host name",
     {.method = DCV_REVERSE_ADDRESS_LOOKUP},
     "a.example",
     NULL,
     0,
     false,
     "reverse names"},
    {"reverse-address-lookup, wildcard",
     {.method = DCV_REVERSE_ADDRESS_LOOKUP},
     "*.2.0.192.in-addr.arpa",
     NULL,
     0,
     false,
     "not for wildcards"},
    {"an HTTP method",
     {.method = DCV_ACME_HTTP_01},
     "a.example",
     NULL,
     0,
     false,
     "no method that looks at DNS records"},
    {"an HTTP method, address",
     {.method = DCV_ACME_HTTP_01},
     "192.0.2.1",
     NULL,
     0,
     false,
     "no method that looks at DNS records"},
};

static void test_query_of_each_method(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct target target;
        struct dcv_query query = {0};
        struct err err = {0};
        assert_true(target_parse(rows[i].target, &target, &err));
        bool is_good = dcv_record_query(&rows[i].params, &target, *state, &query, &err);
        if (is_good != (rows[i].name != NULL))
            fail_msg("%s: %s", rows[i].why, is_good ? query.name : err.text);
        if (!is_good && !strstr(err.text, rows[i].says))
            fail_msg("%s: %s", rows[i].why, err.text);
        if (is_good && (!str_eq(query.name, rows[i].name) || query.type != rows[i].type ||
                        query.climbs != rows[i].climbs))
            fail_msg("%s: %s, type %u", rows[i].why, query.name, query.type);
    }
}

static void test_query_of_a_name_too_long_with_its_prefix_is_refused(void **state)
{
    const struct dcv_params params = {.method = DCV_ACME_DNS_01};
    struct target target = {.kind = TARGET_DNS};
    struct dcv_query query;
    struct err err;
    size_t fits = 253 - strlen("_acme-challenge.");
    for (size_t i = 0; i < fits; i++)
        target.canonical[i] = i % 2 ? '.' : 'a';
    assert_true(dcv_record_query(&params, &target, *state, &query, &err));
    assert_int_equal(strlen(query.name), 253);
    target.canonical[fits - 1] = 'a';
    target.canonical[fits] = 'a';
    assert_false(dcv_record_query(&params, &target, *state, &query, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.text, "_acme-challenge is longer than 253 octets"));
}

static void test_prefix_is_the_one_that_the_method_fixes(void **state)
{
    const struct target name = {.kind = TARGET_DNS, .canonical = "a.example"};
    const struct target ip = {.kind = TARGET_IPV4, .canonical = "192.0.2.1"};
    struct dcv_params params = {.method = DCV_DNS_PERSISTENT};
    assert_string_equal(dcv_record_prefix(&params, &name, *state), "_validation-persist");
    assert_string_equal(dcv_record_prefix(&params, &ip, *state), "_ip-validation-persist");
    params = (struct dcv_params){.method = DCV_DNS_ACCOUNT_01, .account_uri = ACCOUNT};
    assert_string_equal(dcv_record_prefix(&params, &name, *state), ACCOUNT_LABEL);
    params = (struct dcv_params){.method = DCV_DNS_CHANGE, .dns_name_prefix = "_x"};
    assert_null(dcv_record_prefix(&params, &name, *state));
    params = (struct dcv_params){.method = DCV_CONTACT_EMAIL_CAA};
    assert_null(dcv_record_prefix(&params, &name, *state));
}

static void test_key_digest_is_43_base64url_characters(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *text;
        bool expected;
    } digests[] = {
        {"all kinds of characters", "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-_", true},
        {"42", "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-", false},
        {"44", "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-_A", false},
        {"padding", "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu-=", false},
        {"the other alphabet", "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu+/", false},
        {"a blank", "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEu- ", false},
        {"nothing", "", false},
        {"absent", NULL, false},
    };
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
        if (dcv_key_digest_is_valid(digests[i].text) != digests[i].expected)
            fail_msg("%s", digests[i].why);
}

static void test_contact_is_judged_by_its_method(void **state)
{
    (void)state;
    assert_true(dcv_contact_is_valid(DCV_CONTACT_EMAIL_TXT, "a@example.com"));
    assert_true(dcv_contact_is_valid(DCV_CONTACT_EMAIL_CAA, "a@example.com"));
    assert_false(dcv_contact_is_valid(DCV_CONTACT_PHONE_TXT, "a@example.com"));
    assert_false(dcv_contact_is_valid(DCV_CONTACT_PHONE_CAA, "a@example.com"));
    assert_true(dcv_contact_is_valid(DCV_CONTACT_PHONE_TXT, "+1 555 123 4567"));
    assert_true(dcv_contact_is_valid(DCV_CONTACT_PHONE_CAA, "+1 555 123 4567"));
    assert_false(dcv_contact_is_valid(DCV_CONTACT_EMAIL_TXT, "+1 555 123 4567"));
    assert_false(dcv_contact_is_valid(DCV_CONTACT_EMAIL_CAA, NULL));
    assert_false(dcv_contact_is_valid(DCV_CONTACT_PHONE_CAA, NULL));
}

static void test_expected_address_has_the_family_of_the_record(void **state)
{
    (void)state;
    struct address address;
    struct dcv_params params = {.dns_record_type = DCV_RECORD_A, .challenge_value = "192.0.2.1"};
    assert_true(dcv_expected_address(&params, &address));
    assert_int_equal(address.family, 4);
    params.dns_record_type = DCV_RECORD_AAAA;
    assert_false(dcv_expected_address(&params, &address));
    params.challenge_value = "[2001:DB8::0001]";
    assert_true(dcv_expected_address(&params, &address));
    assert_int_equal(address.family, 6);
    params.dns_record_type = DCV_RECORD_A;
    static const char *const bad[] = {"[2001:DB8::0001]", "192.0.2.01", "192.0.2.1/32", "192.0.2",
                                      "a.example",        "",           " 192.0.2.1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        params.challenge_value = bad[i];
        assert_false(dcv_expected_address(&params, &address));
    }
    params.challenge_value = NULL;
    assert_false(dcv_expected_address(&params, &address));
}

static void test_special_purpose_addresses_are_refused(void **state)
{
    static const struct {
        const char *why;
        enum dcv_method method;
        const char *target;
        const char *expected;
        const char *says; /* NULL: not refused */
        bool is_exempted;
    } addresses[] = {
        {"a public target", DCV_DNS_PERSISTENT, "8.8.8.8", NULL, NULL, false},
        {"a private target", DCV_DNS_PERSISTENT, "10.0.0.1", NULL,
         "10.0.0.1 cannot be validated: it lies in 10.0.0.0/8 (RFC 1918", false},
        {"a private target of a PTR check", DCV_REVERSE_ADDRESS_LOOKUP, "fe80::1", "a.example",
         "fe80::/10", false},
        {"a private target, exempted", DCV_DNS_PERSISTENT, "192.168.1.1", NULL, NULL, true},
        {"a public expected address", DCV_IP_ADDRESS, "a.example", "8.8.8.8", NULL, false},
        {"a private expected address", DCV_IP_ADDRESS, "a.example", "127.0.0.1", "127.0.0.0/8",
         false},
        {"an expected value that is no address", DCV_IP_ADDRESS, "a.example", "x", NULL, false},
        {"a name is not an address", DCV_DNS_CHANGE, "a.example", "10.0.0.1", NULL, false},
    };
    struct cidr lab;
    struct err err;
    assert_true(cidr_parse("192.168.0.0/16", &lab, &err));
    const struct address_policy policy = {.allowed = &lab, .allowed_count = 1};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct target target;
        assert_true(target_parse(addresses[i].target, &target, &err));
        const struct dcv_params params = {.method = addresses[i].method,
                                          .dns_record_type = DCV_RECORD_A,
                                          .challenge_value = addresses[i].expected};
        const struct dcv_address_ruling ruling =
            dcv_record_rule_on_address(&params, &target, &policy, *state);
        if ((ruling.refusal != NULL) != (addresses[i].says != NULL) ||
            (ruling.refusal && !strstr(ruling.refusal, addresses[i].says)))
            fail_msg("%s: %s", addresses[i].why, ruling.refusal ? ruling.refusal : "not refused");
        if (ruling.is_exempted != addresses[i].is_exempted)
            fail_msg("%s: exemption", addresses[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query_of_each_method),
        cmocka_unit_test(test_query_of_a_name_too_long_with_its_prefix_is_refused),
        cmocka_unit_test(test_prefix_is_the_one_that_the_method_fixes),
        cmocka_unit_test(test_key_digest_is_43_base64url_characters),
        cmocka_unit_test(test_contact_is_judged_by_its_method),
        cmocka_unit_test(test_special_purpose_addresses_are_refused),
        cmocka_unit_test(test_expected_address_has_the_family_of_the_record),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
