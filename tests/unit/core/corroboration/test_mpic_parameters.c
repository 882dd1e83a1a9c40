#include "base/str.h"
#include "core/corroboration/mpic.h"
#include "core/rules/regex.h"
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

/* As a perspective does it, but in one. */
static void check_parameters(const struct check_request *check, struct arena *arena,
                             struct rule_issues *issues)
{
    const char *regex = request_regex(check);
    struct err err;
    const char *fault = regex && !regex_check(regex, &err) ? err.text : NULL;
    request_check_parameters(check, fault, arena, issues);
}

/* The types of the issues of one request, in their order, with a blank between. */
static const char *types_for(const struct check_request *check, struct arena *arena)
{
    struct rule_issues issues = {0};
    check_parameters(check, arena, &issues);
    const char *text = "";
    for (size_t i = 0; i < issues.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? " " : "", issues.items[i].issue_type);
    return text;
}

static const char *first_message(const struct check_request *check, struct arena *arena)
{
    struct rule_issues issues = {0};
    check_parameters(check, arena, &issues);
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

static void test_caa_method_is_one_of_ours_and_stands_alone(void **state)
{
    const struct {
        struct caa_params caa;
        const char *issues;
    } rows[] = {
        {{.validation_method = "acme-http-01"}, ""},
        {{.validation_method = "reverse-address-lookup"}, ""},
        {{.validation_method_labels = LIST("anything")}, ""},
        {{.validation_method = "http-01"}, "invalid-validation-method"},
        {{.validation_method = ""}, "invalid-validation-method"},
        {{.validation_method = "ACME-HTTP-01"}, "invalid-validation-method"},
        {{.validation_method = "acme-http-01", .validation_method_labels = LIST("http-01")},
         "invalid-validation-method"},
        {{.validation_method = "acme-http-01", .validation_method_labels.present = true},
         "invalid-validation-method"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct check_request check = {.check_type = CHECK_CAA,
                                            .target = "example.com",
                                            .has_caa_params = true,
                                            .caa = rows[i].caa};
        assert_string_equal(types_for(&check, *state), rows[i].issues);
    }
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
#define BAD_TOKEN   "invalid-token"
#define BAD_PATH    "invalid-http-token-path"
#define BAD_HEADER  "invalid-http-header"
#define BAD_REGEX   "invalid-match-regex"
#define BAD_PREFIX  "invalid-dns-name-prefix"
#define IN_REQUEST  "challenge-value-in-request"

#define HEADERS(...)                                                                               \
    .has_http_headers = true, .http_headers = (const struct http_header_param[]){__VA_ARGS__},     \
    .http_header_count =                                                                           \
        sizeof((const struct http_header_param[]){__VA_ARGS__}) / sizeof(struct http_header_param)

#define DIGEST "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM"

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

static const struct parameter_row website_rows[] = {
    {{.method = DCV_WEBSITE_CHANGE}, EMPTY " " BAD_PATH, "nothing given"},
    {{.method = DCV_WEBSITE_CHANGE, .challenge_value = "", .http_token_path = "f"},
     EMPTY,
     "would be part of any page"},
    {{.method = DCV_WEBSITE_CHANGE,
      .challenge_value = "",
      .http_token_path = "f",
      .match_regex = "[a-f]{64}"},
     "",
     "unless an expression tells what it must be"},
    {{.method = DCV_WEBSITE_CHANGE,
      .challenge_value = "",
      .http_token_path = "f",
      .match_regex = ""},
     EMPTY,
     "an empty expression is none"},
    {{.method = DCV_WEBSITE_CHANGE,
      .challenge_value = "",
      .http_token_path = "f",
      .match_regex = "x*"},
     BAD_REGEX,
     "matches the empty text"},
    {{.method = DCV_WEBSITE_CHANGE,
      .challenge_value = "secret",
      .http_token_path = "f",
      .match_regex = "("},
     BAD_REGEX,
     "is no expression"},
    {{.method = DCV_WEBSITE_CHANGE, .challenge_value = "secret", .http_token_path = "../f"},
     BAD_PATH,
     "leaves the directory"},
    {{.method = DCV_WEBSITE_CHANGE, .challenge_value = "secret", .http_token_path = "%2e%2e/f"},
     BAD_PATH,
     "likewise"},
    {{.method = DCV_WEBSITE_CHANGE, .challenge_value = "secret", .http_token_path = ""},
     BAD_PATH,
     "the directory is no file"},
    {{.method = DCV_WEBSITE_CHANGE, .challenge_value = "secret", .http_token_path = "secret.txt"},
     IN_REQUEST,
     "the value in the path"},
    {{.method = DCV_WEBSITE_CHANGE, .challenge_value = "secret", .http_token_path = "%73ecret"},
     IN_REQUEST,
     "the value in the path, disguised"},
    {{.method = DCV_WEBSITE_CHANGE, .challenge_value = "example.com/.well", .http_token_path = "f"},
     IN_REQUEST,
     "the value in the rest of the URL"},
    {{.method = DCV_WEBSITE_CHANGE,
      .challenge_value = "secret",
      .http_token_path = "f",
      HEADERS({"X-Test", "a secret"})},
     IN_REQUEST,
     "the value in a header"},
    {{.method = DCV_WEBSITE_CHANGE,
      .challenge_value = "secret",
      .http_token_path = "f",
      HEADERS({"X-Other", "x"}, {"X-Secret", "a"})},
     IN_REQUEST,
     "the value in the name of a header"},
    {{.method = DCV_WEBSITE_CHANGE,
      .challenge_value = "secret",
      .http_token_path = "f",
      HEADERS({"X-Test", "sec"}, {"X-Test-2", "ret"})},
     "",
     "a part of it is not it"},
    {{.method = DCV_WEBSITE_CHANGE,
      .challenge_value = "v1",
      .http_token_path = "f",
      HEADERS({"Host", "other.example"})},
     BAD_HEADER,
     "another site"},
    {{.method = DCV_WEBSITE_CHANGE,
      .challenge_value = "host",
      .http_token_path = "../host",
      .match_regex = "(",
      HEADERS({"Host", "x"})},
     BAD_PATH " " BAD_HEADER " " BAD_REGEX " " IN_REQUEST,
     "every breach is told"},
    {{.method = DCV_ACME_HTTP_01}, EMPTY " " EMPTY, "nothing given"},
    {{.method = DCV_ACME_HTTP_01, .token = "t/../x", .key_authorization = "tx.y"},
     BAD_TOKEN,
     "leaves the directory"},
    {{.method = DCV_ACME_HTTP_01, .token = "t", .key_authorization = "t y"},
     BAD_TOKEN,
     "is no key authorization"},
    {{.method = DCV_ACME_HTTP_01, .token = "t", .key_authorization = "other.y"},
     "",
     "need not begin with the token"},
    {{.method = DCV_ACME_HTTP_01, .token = "token-all", .key_authorization = "token-all"},
     IN_REQUEST,
     "a site that repeats the path would prove control"},
    {{.method = DCV_ACME_HTTP_01,
      .token = "t",
      .key_authorization = "t.secret",
      HEADERS({"X-Test", "t.secret"})},
     IN_REQUEST,
     "a site that repeats the headers would"},
    {{.method = DCV_ACME_HTTP_01,
      .token = "t",
      .key_authorization = "t.y",
      HEADERS({"User-Agent", "us"}, {"Range", "bytes=0-1"})},
     BAD_HEADER,
     "a part of the file"},
};

static const struct parameter_row name_rows[] = {
    {{.method = DCV_DNS_CHANGE,
      .dns_record_type = DCV_RECORD_TXT,
      .challenge_value = "v",
      .dns_name_prefix = ""},
     "",
     "no prefix"},
    {{.method = DCV_DNS_CHANGE,
      .dns_record_type = DCV_RECORD_TXT,
      .challenge_value = "v",
      .dns_name_prefix = "_dnsauth"},
     "",
     "one label with an underscore"},
    {{.method = DCV_DNS_CHANGE,
      .dns_record_type = DCV_RECORD_TXT,
      .challenge_value = "v",
      .dns_name_prefix = "www"},
     BAD_PREFIX,
     "somebody's host name"},
    {{.method = DCV_DNS_CHANGE,
      .dns_record_type = DCV_RECORD_TXT,
      .challenge_value = "v",
      .dns_name_prefix = "_a._b"},
     BAD_PREFIX,
     "two labels"},
    {{.method = DCV_DNS_CHANGE,
      .dns_record_type = DCV_RECORD_TXT,
      .challenge_value = "v",
      .dns_name_prefix = "_a."},
     BAD_PREFIX,
     "a dot"},
    {{.method = DCV_ACME_DNS_01,
      .key_authorization_hash = DIGEST,
      .dns_name_prefix = "_acme-challenge"},
     "",
     "the fixed one, repeated"},
    {{.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST, .dns_name_prefix = "_other"},
     BAD_PREFIX,
     "another one"},
    {{.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST, .dns_name_prefix = ""},
     BAD_PREFIX,
     "none"},
    {{.method = DCV_ACME_DNS_01, .key_authorization_hash = DIGEST "="}, BAD_HASH, "padded"},
    {{.method = DCV_ACME_DNS_01, .key_authorization_hash = HEX_HASH}, BAD_HASH, "hex is for TLS"},
    {{.method = DCV_ACME_DNS_01, .key_authorization_hash = ""}, EMPTY, "no digest"},
    {{.method = DCV_ACME_DNS_01}, EMPTY, "none at all"},
    {{.method = DCV_DNS_PERSISTENT,
      .issuer_domain_names = LIST("ca.example"),
      .expected_account_uri = "x:y",
      .dns_name_prefix = "_validation-persist"},
     "",
     "the fixed one for names"},
    {{.method = DCV_DNS_PERSISTENT,
      .issuer_domain_names = LIST("ca.example"),
      .expected_account_uri = "x:y",
      .dns_name_prefix = "_ip-validation-persist"},
     BAD_PREFIX,
     "the one for addresses"},
    {{.method = DCV_CONTACT_EMAIL_TXT,
      .challenge_value = "a@b.example",
      .dns_name_prefix = "_validation-contactemail"},
     "",
     "the fixed one"},
    {{.method = DCV_CONTACT_PHONE_TXT,
      .challenge_value = "+1",
      .dns_name_prefix = "_validation-contactemail"},
     BAD_PREFIX,
     "that of the other contact"},
    {{.method = DCV_CONTACT_EMAIL_CAA, .challenge_value = "a@b.example", .dns_name_prefix = ""},
     "",
     "none"},
    {{.method = DCV_CONTACT_EMAIL_CAA,
      .challenge_value = "a@b.example",
      .dns_name_prefix = "_contact"},
     BAD_PREFIX,
     "the method takes none"},
    {{.method = DCV_IP_ADDRESS,
      .dns_record_type = DCV_RECORD_A,
      .challenge_value = "192.0.2.1",
      .dns_name_prefix = "_a"},
     BAD_PREFIX,
     "likewise"},
    {{.method = DCV_DNS_ACCOUNT_01,
      .key_authorization_hash = DIGEST,
      .account_uri = "https://example.com/acme/acct/ExampleAccount",
      .dns_name_prefix = "_ujmmovf2vn55tgye._acme-challenge"},
     "",
     "the one of this account, as the ACME draft has it"},
    {{.method = DCV_DNS_ACCOUNT_01,
      .key_authorization_hash = DIGEST,
      .account_uri = "https://example.com/acme/acct/Another",
      .dns_name_prefix = "_ujmmovf2vn55tgye._acme-challenge"},
     BAD_PREFIX,
     "the one of another account"},
    {{.method = DCV_DNS_ACCOUNT_01}, EMPTY " " BAD_URI, "nothing given"},
};

static void assert_rows(const struct parameter_row *rows, size_t count, const char *target,
                        struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        const struct check_request check = {
            .check_type = CHECK_DCV, .target = target, .dcv = rows[i].params};
        const char *types = types_for(&check, arena);
        if (!str_eq(types, rows[i].issues))
            fail_msg("%s, %s: %s", dcv_method_str(rows[i].params.method), rows[i].why, types);
    }
}

static void test_parameters_of_requests_to_websites_are_checked(void **state)
{
    assert_rows(website_rows, sizeof website_rows / sizeof website_rows[0], "example.com", *state);
}

static void test_parameters_that_become_names_are_checked(void **state)
{
    assert_rows(name_rows, sizeof name_rows / sizeof name_rows[0], "example.com", *state);
}

static void test_prefix_of_persistent_records_of_addresses_is_their_own(void **state)
{
    struct check_request check = good_request(DCV_DNS_PERSISTENT, "192.0.2.1");
    check.dcv.dns_name_prefix = "_ip-validation-persist";
    assert_string_equal(types_for(&check, *state), "");
    check.dcv.dns_name_prefix = "_validation-persist";
    assert_string_equal(types_for(&check, *state), BAD_PREFIX);
    check.target = "not a name"; /* then nobody knows which */
    assert_string_equal(types_for(&check, *state), "");
}

static void test_value_in_the_path_is_found_without_a_usable_target(void **state)
{
    struct check_request check = good_request(DCV_WEBSITE_CHANGE, "not a name");
    check.dcv.http_token_path = "value";
    assert_string_equal(types_for(&check, *state), IN_REQUEST);
    check.target = "*.example.com";
    assert_string_equal(types_for(&check, *state), "target-not-allowed-for-method " IN_REQUEST);
}

/* What is expected in the answer is not repeated in messages, which may be logged. */
static void test_messages_about_websites_keep_the_secret(void **state)
{
    const struct parameter_row *rows = website_rows;
    for (size_t i = 0; i < sizeof website_rows / sizeof website_rows[0]; i++) {
        const struct check_request check = {
            .check_type = CHECK_DCV, .target = "example.com", .dcv = rows[i].params};
        struct rule_issues issues = {0};
        check_parameters(&check, *state, &issues);
        const char *secret = rows[i].params.key_authorization;
        for (size_t k = 0; secret && k < issues.count; k++)
            assert_null(strstr(issues.items[k].message, secret));
    }
}

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
    check.dcv.dns_name_prefix = "a b";
    assert_string_equal(first_message(&check, *state),
                        "Invalid DNS name prefix: \"a b\" (dns-change takes one label that begins "
                        "with an underscore, or null)");
    check = good_request(DCV_ACME_DNS_01, "example.com");
    check.dcv.dns_name_prefix = "_x";
    assert_string_equal(first_message(&check, *state),
                        "Invalid DNS name prefix: \"_x\" (acme-dns-01 takes \"_acme-challenge\" or "
                        "null)");
    check = good_request(DCV_IP_ADDRESS, "example.com");
    check.dcv.dns_name_prefix = "_x";
    assert_string_equal(first_message(&check, *state),
                        "Invalid DNS name prefix: \"_x\" (ip-address takes null)");
    check = good_request(DCV_WEBSITE_CHANGE, "example.com");
    check.dcv.http_token_path = "value";
    assert_string_equal(first_message(&check, *state),
                        "Challenge value in request: challenge_value stands in the URL (BR "
                        "3.2.2.4.18)");
    check = good_request(DCV_WEBSITE_CHANGE, "example.com");
    check.dcv.match_regex = "x*";
    assert_string_equal(first_message(&check, *state),
                        "Invalid match regex: \"x*\" (it must not match the empty text)");
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
        CASE(test_caa_method_is_one_of_ours_and_stands_alone),
        CASE(test_caa_of_any_target_is_allowed),
        CASE(test_targets_are_allowed_as_the_methods_say),
        CASE(test_target_that_is_unusable_is_no_breach),
        CASE(test_target_message_names_clause_and_reason),
        CASE(test_parameters_of_each_method_are_checked),
        CASE(test_parameters_of_requests_to_websites_are_checked),
        CASE(test_parameters_that_become_names_are_checked),
        CASE(test_prefix_of_persistent_records_of_addresses_is_their_own),
        CASE(test_value_in_the_path_is_found_without_a_usable_target),
        CASE(test_messages_about_websites_keep_the_secret),
        CASE(test_messages_begin_with_the_text_for_their_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
