#include "base/str.h"
#include "core/mpic.h"
#include "support/unit.h"

#include <string.h>

static int setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

#define LIST(...)                                                                                  \
    {                                                                                              \
        .items = (const char *const[]){__VA_ARGS__},                                               \
        .count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), .present = true      \
    }

#define HEX_HASH "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

/* The types of the issues of one request, in their order, with a blank between. */
static const char *types_for(const struct check_request *check, struct arena *arena)
{
    struct rule_issues issues = {0};
    request_check_parameters(check, arena, &issues);
    const char *text = "";
    for (size_t i = 0; i < issues.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? " " : "", issues.items[i].issue_type);
    return text;
}

static const char *first_message(const struct check_request *check, struct arena *arena)
{
    struct rule_issues issues = {0};
    request_check_parameters(check, arena, &issues);
    assert_true(issues.count > 0);
    return issues.items[0].message;
}

/* --- CAA ----------------------------------------------------------------------------------- */

static void test_caa_domains_must_be_issuer_domain_names(void **state)
{
    const struct {
        struct strv domains;
        const char *issues, *why;
    } rows[] = {
        {{0}, "", "the configured list"},
        {{.present = true}, "", "likewise"},
        {LIST("ca.example", "other-ca.example"), "", "two names"},
        {LIST("CA.example"), "", "case plays no part"},
        {LIST("ca.example", ""), "invalid-caa-domains", "an empty one would permit anybody"},
        {LIST("ca.example."), "invalid-caa-domains", "a final dot"},
        {LIST("ca_1.example"), "invalid-caa-domains", "an underscore"},
        {LIST("ca.example; accounturi=x"), "invalid-caa-domains", "more than a name"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct check_request check = {.check_type = CHECK_CAA,
                                            .target = "example.com",
                                            .has_caa_params = true,
                                            .caa = {.caa_domains = rows[i].domains}};
        const char *types = types_for(&check, *state);
        if (!str_eq(types, rows[i].issues))
            fail_msg("%s: %s", rows[i].why, types);
    }
    const struct check_request check = {
        .check_type = CHECK_CAA, .target = "example.com", .caa = {.caa_domains = LIST("a\nb")}};
    assert_string_equal(first_message(&check, *state),
                        "Invalid CAA domains: \"a\\010b\" (each must be an issuer domain name, RFC "
                        "8659 section 4.2)");
}

static void test_caa_of_any_target_is_allowed(void **state)
{
    static const char *const targets[] = {"example.com",
                                          "*.example.com",
                                          "192.0.2.1",
                                          "::1",
                                          "1.2.0.192.in-addr.arpa",
                                          "not a name",
                                          ""};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const struct check_request check = {.check_type = CHECK_CAA, .target = targets[i]};
        assert_string_equal(types_for(&check, *state), "");
    }
}

/* --- targets ------------------------------------------------------------------------------- */

/* Parameters of each method that break no rule. */
static const struct dcv_params good_params[] = {
    {.method = DCV_WEBSITE_CHANGE, .challenge_value = "value", .http_token_path = "file.txt"},
    {.method = DCV_DNS_CHANGE, .challenge_value = "value", .dns_record_type = DCV_RECORD_TXT},
    {.method = DCV_DNS_PERSISTENT,
     .issuer_domain_names = LIST("ca.example"),
     .expected_account_uri = "https://ca.example/acct/1"},
    {.method = DCV_ACME_HTTP_01, .token = "token", .key_authorization = "token.thumbprint"},
    {.method = DCV_ACME_DNS_01,
     .key_authorization_hash = "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM"},
    {.method = DCV_ACME_TLS_ALPN_01, .key_authorization_hash = HEX_HASH},
    {.method = DCV_CONTACT_EMAIL_TXT, .challenge_value = "a@b.example"},
    {.method = DCV_CONTACT_PHONE_TXT, .challenge_value = "+1 555 0100"},
    {.method = DCV_CONTACT_EMAIL_CAA, .challenge_value = "a@b.example"},
    {.method = DCV_CONTACT_PHONE_CAA, .challenge_value = "+1 555 0100"},
    {.method = DCV_IP_ADDRESS, .challenge_value = "192.0.2.1", .dns_record_type = DCV_RECORD_A},
    {.method = DCV_REVERSE_ADDRESS_LOOKUP, .challenge_value = "host.example"},
    {.method = DCV_DNS_ACCOUNT_01,
     .key_authorization_hash = "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM",
     .account_uri = "https://ca.example/acct/1"},
};

static struct check_request good_request(enum dcv_method method, const char *target)
{
    for (size_t i = 0; i < sizeof good_params / sizeof good_params[0]; i++)
        if (good_params[i].method == method)
            return (struct check_request){
                .check_type = CHECK_DCV, .target = target, .dcv = good_params[i]};
    fail_msg("no parameters for method %d", (int)method);
    return (struct check_request){0};
}

/* Which targets a method can prove: a name, a wildcard, a name in a reverse zone, an address. */
static void test_targets_are_allowed_as_the_methods_say(void **state)
{
    static const struct {
        enum dcv_method method;
        bool name, wildcard, reverse_name, address;
    } rows[] = {
        {DCV_WEBSITE_CHANGE, true, false, true, true},
        {DCV_DNS_CHANGE, true, true, true, false},
        {DCV_DNS_PERSISTENT, true, true, true, true},
        {DCV_ACME_HTTP_01, true, false, true, true},
        {DCV_ACME_DNS_01, true, true, true, false},
        {DCV_ACME_TLS_ALPN_01, true, false, true, true},
        {DCV_CONTACT_EMAIL_TXT, true, true, true, false},
        {DCV_CONTACT_PHONE_TXT, true, true, true, false},
        {DCV_CONTACT_EMAIL_CAA, true, true, true, false},
        {DCV_CONTACT_PHONE_CAA, true, true, true, false},
        {DCV_IP_ADDRESS, true, false, true, false},
        {DCV_REVERSE_ADDRESS_LOOKUP, false, false, true, true},
        {DCV_DNS_ACCOUNT_01, true, true, true, false},
    };
    assert_int_equal(sizeof rows / sizeof rows[0], DCV_METHOD_COUNT - 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct {
            const char *target;
            bool allowed;
        } targets[] = {
            {"example.com", rows[i].name},
            {"*.example.com", rows[i].wildcard},
            {"2.0.192.in-addr.arpa", rows[i].reverse_name},
            {"8.b.d.0.1.0.0.2.ip6.arpa", rows[i].reverse_name},
            {"192.0.2.1", rows[i].address},
            {"[2001:db8::1]", rows[i].address},
        };
        for (size_t t = 0; t < sizeof targets / sizeof targets[0]; t++) {
            const struct check_request check = good_request(rows[i].method, targets[t].target);
            const char *types = types_for(&check, *state);
            if (!str_eq(types, targets[t].allowed ? "" : "target-not-allowed-for-method"))
                fail_msg("%s for %s: %s", dcv_method_str(rows[i].method), targets[t].target, types);
        }
    }
}

static void test_target_that_is_unusable_is_no_breach(void **state)
{
    static const char *const targets[] = {"", "a..example", "*.192.0.2.1", "exa mple"};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const struct check_request check = good_request(DCV_ACME_TLS_ALPN_01, targets[i]);
        assert_string_equal(types_for(&check, *state), "");
    }
}

static void test_target_message_names_clause_and_reason(void **state)
{
    const struct check_request wildcard = good_request(DCV_ACME_TLS_ALPN_01, "*.example.com");
    assert_string_equal(first_message(&wildcard, *state),
                        "Target not allowed for method: *.example.com (acme-tls-alpn-01, BR "
                        "3.2.2.4.20, is not suitable for Wildcard Domain Names)");
    const struct check_request address = good_request(DCV_ACME_DNS_01, "192.0.2.1");
    assert_string_equal(first_message(&address, *state),
                        "Target not allowed for method: 192.0.2.1 (acme-dns-01, BR 3.2.2.4.7, is "
                        "for domain names, not for IP addresses)");
    const struct check_request name = good_request(DCV_REVERSE_ADDRESS_LOOKUP, "example.com");
    assert_string_equal(first_message(&name, *state),
                        "Target not allowed for method: example.com (reverse-address-lookup, BR "
                        "3.2.2.5.3, is for IP addresses and names in in-addr.arpa and ip6.arpa)");
}

/* --- DCV parameters ------------------------------------------------------------------------ */

#define EMPTY       "empty-challenge-value"
#define BAD_HASH    "invalid-key-authorization-hash"
#define BAD_TYPE    "invalid-validation-method-record-type-combination"
#define BAD_URI     "invalid-account-uri"
#define BAD_ISSUERS "invalid-issuer-domain-names"

struct parameter_row {
    struct dcv_params params;
    const char *issues, *why;
};

static const struct parameter_row parameter_rows[] = {
    {{.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_TXT, .challenge_value = ""},
     EMPTY,
     "would be part of any record"},
    {{.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_CNAME, .challenge_value = "x."},
     "",
     "an alias"},
    {{.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_CAA, .challenge_value = "x"},
     "",
     "a CAA record"},
    {{.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_A, .challenge_value = "x"},
     BAD_TYPE,
     "an address is no DNS change"},
    {{.method = DCV_DNS_CHANGE}, EMPTY " " BAD_TYPE, "nothing given: every breach is told"},
    {{.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_AAAA, .challenge_value = "::1"},
     "",
     "IPv6"},
    {{.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_TXT, .challenge_value = "::1"},
     BAD_TYPE,
     "a text is no address"},
    {{.method = DCV_IP_ADDRESS, .dns_record_type = DCV_RECORD_A}, EMPTY, "no address"},
    {{.method = DCV_CONTACT_EMAIL_TXT, .challenge_value = ""}, EMPTY, "no contact"},
    {{.method = DCV_CONTACT_PHONE_TXT, .challenge_value = ""}, EMPTY, "no contact"},
    {{.method = DCV_CONTACT_EMAIL_CAA, .challenge_value = ""}, EMPTY, "no contact"},
    {{.method = DCV_CONTACT_PHONE_CAA, .challenge_value = ""}, EMPTY, "no contact"},
    {{.method = DCV_REVERSE_ADDRESS_LOOKUP, .challenge_value = ""}, EMPTY, "no name"},
    {{.method = DCV_ACME_TLS_ALPN_01, .key_authorization_hash = ""}, EMPTY, "no digest"},
    {{.method = DCV_ACME_TLS_ALPN_01}, EMPTY, "none at all"},
    {{.method = DCV_ACME_TLS_ALPN_01, .key_authorization_hash = HEX_HASH "0"},
     BAD_HASH,
     "65 digits"},
    {{.method = DCV_ACME_TLS_ALPN_01, .key_authorization_hash = &HEX_HASH[1]},
     BAD_HASH,
     "63 digits"},
    {{.method = DCV_ACME_TLS_ALPN_01,
      .key_authorization_hash = "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM"},
     BAD_HASH,
     "base64url is for DNS"},
    {{.method = DCV_DNS_PERSISTENT,
      .issuer_domain_names = LIST("ca.example", ""),
      .expected_account_uri = "https://ca.example/1"},
     BAD_ISSUERS,
     "an empty issuer"},
    {{.method = DCV_DNS_PERSISTENT,
      .issuer_domain_names = LIST("ca.example."),
      .expected_account_uri = "https://ca.example/1"},
     BAD_ISSUERS,
     "a final dot"},
    {{.method = DCV_DNS_PERSISTENT, .expected_account_uri = "https://ca.example/1"},
     BAD_ISSUERS,
     "no issuer"},
    {{.method = DCV_DNS_PERSISTENT, .issuer_domain_names = LIST("ca.example")},
     BAD_URI,
     "no account"},
    {{.method = DCV_DNS_PERSISTENT,
      .issuer_domain_names = LIST("ca.example"),
      .expected_account_uri = "12345"},
     BAD_URI,
     "an account that is no URI"},
};

static void test_parameters_of_each_method_are_checked(void **state)
{
    for (size_t i = 0; i < sizeof parameter_rows / sizeof parameter_rows[0]; i++) {
        const struct parameter_row *row = &parameter_rows[i];
        const char *target =
            row->params.method == DCV_REVERSE_ADDRESS_LOOKUP ? "192.0.2.1" : "example.com";
        const struct check_request check = {
            .check_type = CHECK_DCV, .target = target, .dcv = row->params};
        const char *types = types_for(&check, *state);
        if (!str_eq(types, row->issues))
            fail_msg("%s, %s: %s", dcv_method_str(row->params.method), row->why, types);
    }
}

static void test_messages_begin_with_the_text_for_their_type(void **state)
{
    struct check_request check = good_request(DCV_DNS_CHANGE, "example.com");
    check.dcv.challenge_value = "";
    assert_string_equal(first_message(&check, *state), "Empty challenge value. (challenge_value)");
    check = good_request(DCV_DNS_CHANGE, "example.com");
    check.dcv.dns_record_type = DCV_RECORD_A;
    assert_string_equal(first_message(&check, *state),
                        "Invalid validation method and record type combination: dns-change and A");
    check.dcv.dns_record_type = DCV_RECORD_NONE;
    assert_string_equal(
        first_message(&check, *state),
        "Invalid validation method and record type combination: dns-change and none");
    check = good_request(DCV_ACME_TLS_ALPN_01, "example.com");
    check.dcv.key_authorization_hash = "xyz\x80";
    assert_string_equal(first_message(&check, *state),
                        "Invalid key authorization hash: \"xyz\\128\" (64 hexadecimal digits, RFC "
                        "8737 section 3)");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_caa_domains_must_be_issuer_domain_names),
        CASE(test_caa_of_any_target_is_allowed),
        CASE(test_targets_are_allowed_as_the_methods_say),
        CASE(test_target_that_is_unusable_is_no_breach),
        CASE(test_target_message_names_clause_and_reason),
        CASE(test_parameters_of_each_method_are_checked),
        CASE(test_messages_begin_with_the_text_for_their_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
