/* Requests: what is accepted, coerced, defaulted and echoed. Refusals are in test_issues.c. */
#include "wire/wire.h"

#include "base/str.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

struct fixture {
    struct arena *arena;
    struct wire_issues issues;
    struct mpic_request request;
    struct buf out;
};

static struct fixture fixture_new(void)
{
    return (struct fixture){.arena = arena_new()};
}

static void fixture_clear(struct fixture *f)
{
    wire_issues_clear(&f->issues);
    buf_clear(&f->out);
    arena_free(f->arena);
}

/* Reads `body`, which must be good, and gives it as we write it to a coordinator. */
static const char *echo(struct fixture *f, const char *body)
{
    if (!wire_decode_mpic_request(bytes_of(body), f->arena, &f->request, &f->issues))
        fail_msg("%s: %s", body, buf_str(&f->issues.items));
    assert_int_equal(f->issues.count, 0);
    wire_encode_mpic_request(&f->request, &f->out);
    return buf_str(&f->out);
}

/* The same for a request to a perspective. */
static const char *echo_check(struct fixture *f, const char *body, enum check_type type)
{
    struct check_request request;
    if (!wire_decode_check_request(bytes_of(body), type, f->arena, &request, &f->issues))
        fail_msg("%s: %s", body, buf_str(&f->issues.items));
    f->request.check = request;
    wire_encode_check_request(&request, &f->out);
    return buf_str(&f->out);
}

#define DCV(params)                                                                                  \
    "{\"domain_or_ip_target\":\"a.example\",\"check_type\":\"dcv\",\"dcv_check_parameters\":" params \
    "}"
#define CAA(params)                                                                                  \
    "{\"domain_or_ip_target\":\"a.example\",\"check_type\":\"caa\",\"caa_check_parameters\":" params \
    "}"
#define ORCHESTRATION(params)                                                                            \
    "{\"domain_or_ip_target\":\"a.example\",\"check_type\":\"caa\",\"orchestration_parameters\":" params \
    "}"

struct method_row {
    const char *sent;
    const char *echoed; /* order and defaults of the reference */
};

/* One row with mandatory properties only, one with all of them, for each method. */
static const struct method_row methods[] = {
    {"{\"validation_method\":\"website-change\",\"challenge_value\":\"v\",\"http_token_path\":\"p\"}",
     "{\"validation_method\":\"website-change\",\"require_exact_case\":true,\"challenge_value\":\"v\","
     "\"http_token_path\":\"p\",\"url_scheme\":\"http\",\"http_headers\":null,\"match_regex\":null}"},
    {"{\"match_regex\":\"^v$\",\"http_headers\":{\"X-A\":\"1\",\"X-B\":\"\"},\"url_scheme\":\"https\","
     "\"http_token_path\":\"p\",\"challenge_value\":\"v\",\"require_exact_case\":false,"
     "\"validation_method\":\"website-change\"}",
     "{\"validation_method\":\"website-change\",\"require_exact_case\":false,\"challenge_value\":\"v\","
     "\"http_token_path\":\"p\",\"url_scheme\":\"https\",\"http_headers\":{\"X-A\":\"1\",\"X-B\":\"\"},"
     "\"match_regex\":\"^v$\"}"},
    {"{\"validation_method\":\"website-change\",\"challenge_value\":\"\",\"http_token_path\":\"\","
     "\"http_headers\":{}}",
     "{\"validation_method\":\"website-change\",\"require_exact_case\":true,\"challenge_value\":\"\","
     "\"http_token_path\":\"\",\"url_scheme\":\"http\",\"http_headers\":{},\"match_regex\":null}"},
    {"{\"validation_method\":\"dns-change\",\"challenge_value\":\"v\",\"dns_record_type\":\"TXT\"}",
     "{\"validation_method\":\"dns-change\",\"require_exact_case\":true,\"challenge_value\":\"v\","
     "\"dns_name_prefix\":null,\"dns_record_type\":\"TXT\",\"require_exact_match\":false}"},
    {"{\"validation_method\":\"dns-change\",\"challenge_value\":\"v\",\"dns_record_type\":\"CNAME\","
     "\"dns_name_prefix\":\"_x\",\"require_exact_match\":true,\"require_exact_case\":true}",
     "{\"validation_method\":\"dns-change\",\"require_exact_case\":false,\"challenge_value\":\"v\","
     "\"dns_name_prefix\":\"_x\",\"dns_record_type\":\"CNAME\",\"require_exact_match\":true}"},
    {"{\"validation_method\":\"dns-change\",\"challenge_value\":\"v\",\"dns_record_type\":\"CAA\"}",
     "{\"validation_method\":\"dns-change\",\"require_exact_case\":false,\"challenge_value\":\"v\","
     "\"dns_name_prefix\":null,\"dns_record_type\":\"CAA\",\"require_exact_match\":false}"},
    {"{\"validation_method\":\"dns-persistent\",\"issuer_domain_names\":[\"ca.example\"],"
     "\"expected_account_uri\":\"https://ca.example/1\"}",
     "{\"validation_method\":\"dns-persistent\",\"require_exact_case\":false,\"dns_record_type\":\"TXT\","
     "\"dns_name_prefix\":\"_validation-persist\",\"issuer_domain_names\":[\"ca.example\"],"
     "\"expected_account_uri\":\"https://ca.example/1\"}"},
    {"{\"validation_method\":\"dns-persistent\",\"issuer_domain_names\":[\"ca.example\",\"b.example\"],"
     "\"expected_account_uri\":\"urn:x\",\"dns_name_prefix\":\"_ip-validation-persist\","
     "\"dns_record_type\":\"TXT\",\"require_exact_case\":false,\"wildcard_policy\":\"required\"}",
     "{\"validation_method\":\"dns-persistent\",\"require_exact_case\":false,\"dns_record_type\":\"TXT\","
     "\"dns_name_prefix\":\"_ip-validation-persist\",\"issuer_domain_names\":[\"ca.example\","
     "\"b.example\"],\"expected_account_uri\":\"urn:x\",\"wildcard_policy\":\"required\"}"},
    {"{\"validation_method\":\"dns-persistent\",\"issuer_domain_names\":[\"ca.example\"],"
     "\"expected_account_uri\":\"a+b-c.d1:\",\"wildcard_policy\":\"baseline\"}",
     "{\"validation_method\":\"dns-persistent\",\"require_exact_case\":false,\"dns_record_type\":\"TXT\","
     "\"dns_name_prefix\":\"_validation-persist\",\"issuer_domain_names\":[\"ca.example\"],"
     "\"expected_account_uri\":\"a+b-c.d1:\"}"},
    {"{\"validation_method\":\"acme-http-01\",\"token\":\"t\",\"key_authorization\":\"t.k\"}",
     "{\"validation_method\":\"acme-http-01\",\"require_exact_case\":true,\"token\":\"t\","
     "\"key_authorization\":\"t.k\",\"http_headers\":null}"},
    {"{\"validation_method\":\"acme-http-01\",\"token\":\"t\",\"key_authorization\":\"t.k\","
     "\"require_exact_case\":true,\"http_headers\":{\"A\":\"b\"}}",
     "{\"validation_method\":\"acme-http-01\",\"require_exact_case\":true,\"token\":\"t\","
     "\"key_authorization\":\"t.k\",\"http_headers\":{\"A\":\"b\"}}"},
    {"{\"validation_method\":\"acme-dns-01\",\"key_authorization_hash\":\"h\"}",
     "{\"validation_method\":\"acme-dns-01\",\"require_exact_case\":true,\"key_authorization_hash\":"
     "\"h\",\"dns_record_type\":\"TXT\",\"dns_name_prefix\":\"_acme-challenge\"}"},
    {"{\"validation_method\":\"acme-dns-01\",\"key_authorization_hash\":\"h\",\"dns_record_type\":"
     "\"TXT\",\"dns_name_prefix\":\"_acme-challenge\"}",
     "{\"validation_method\":\"acme-dns-01\",\"require_exact_case\":true,\"key_authorization_hash\":"
     "\"h\",\"dns_record_type\":\"TXT\",\"dns_name_prefix\":\"_acme-challenge\"}"},
    {"{\"validation_method\":\"acme-tls-alpn-01\",\"key_authorization_hash\":\"h\"}",
     "{\"validation_method\":\"acme-tls-alpn-01\",\"require_exact_case\":false,"
     "\"key_authorization_hash\":\"h\"}"},
    {"{\"validation_method\":\"contact-email-txt\",\"challenge_value\":\"a@b.example\"}",
     "{\"validation_method\":\"contact-email-txt\",\"require_exact_case\":false,\"challenge_value\":"
     "\"a@b.example\",\"dns_name_prefix\":\"_validation-contactemail\",\"dns_record_type\":\"TXT\"}"},
    {"{\"validation_method\":\"contact-phone-txt\",\"challenge_value\":\"+1\"}",
     "{\"validation_method\":\"contact-phone-txt\",\"require_exact_case\":false,\"challenge_value\":"
     "\"+1\",\"dns_name_prefix\":\"_validation-contactphone\",\"dns_record_type\":\"TXT\"}"},
    {"{\"validation_method\":\"contact-email-caa\",\"challenge_value\":\"a@b.example\"}",
     "{\"validation_method\":\"contact-email-caa\",\"require_exact_case\":false,\"challenge_value\":"
     "\"a@b.example\",\"dns_name_prefix\":null,\"dns_record_type\":\"CAA\"}"},
    {"{\"validation_method\":\"contact-phone-caa\",\"challenge_value\":\"+1\",\"dns_name_prefix\":"
     "\"\"}",
     "{\"validation_method\":\"contact-phone-caa\",\"require_exact_case\":false,\"challenge_value\":"
     "\"+1\",\"dns_name_prefix\":\"\",\"dns_record_type\":\"CAA\"}"},
    {"{\"validation_method\":\"ip-address\",\"challenge_value\":\"192.0.2.1\",\"dns_record_type\":"
     "\"AAAA\"}",
     "{\"validation_method\":\"ip-address\",\"require_exact_case\":false,\"challenge_value\":"
     "\"192.0.2.1\",\"dns_name_prefix\":null,\"dns_record_type\":\"AAAA\"}"},
    {"{\"validation_method\":\"ip-address\",\"challenge_value\":\"192.0.2.1\",\"dns_record_type\":"
     "\"A\"}",
     "{\"validation_method\":\"ip-address\",\"require_exact_case\":false,\"challenge_value\":"
     "\"192.0.2.1\",\"dns_name_prefix\":null,\"dns_record_type\":\"A\"}"},
    {"{\"validation_method\":\"reverse-address-lookup\",\"challenge_value\":\"b.example\"}",
     "{\"validation_method\":\"reverse-address-lookup\",\"require_exact_case\":false,"
     "\"challenge_value\":\"b.example\",\"dns_name_prefix\":null,\"dns_record_type\":\"PTR\"}"},
    {"{\"validation_method\":\"dns-account-01\",\"key_authorization_hash\":\"h\",\"account_uri\":"
     "\"https://ca.example/1\"}",
     "{\"validation_method\":\"dns-account-01\",\"require_exact_case\":true,\"key_authorization_hash\":"
     "\"h\",\"account_uri\":\"https://ca.example/1\",\"dns_name_prefix\":null,\"dns_record_type\":"
     "\"TXT\"}"},
    {"{\"validation_method\":\"dns-account-01\",\"key_authorization_hash\":\"h\",\"account_uri\":"
     "\"https://ca.example/1\",\"dns_name_prefix\":\"_a._acme-challenge\",\"unknown\":[{}]}",
     "{\"validation_method\":\"dns-account-01\",\"require_exact_case\":true,\"key_authorization_hash\":"
     "\"h\",\"account_uri\":\"https://ca.example/1\",\"dns_name_prefix\":\"_a._acme-challenge\","
     "\"dns_record_type\":\"TXT\"}"},
};

static void test_each_method_is_echoed_in_order_with_defaults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct fixture f = fixture_new();
        const char *body = arena_printf(f.arena, DCV("%s"), methods[i].sent);
        const char *expected =
            arena_printf(f.arena,
                         "{\"domain_or_ip_target\":\"a.example\",\"check_type\":\"dcv\","
                         "\"orchestration_parameters\":null,\"trace_identifier\":null,"
                         "\"dcv_check_parameters\":%s}",
                         methods[i].echoed);
        assert_string_equal(echo(&f, body), expected);
        /* What we write, we read as the same. */
        struct fixture again = fixture_new();
        assert_string_equal(echo(&again, expected), expected);
        fixture_clear(&again);
        fixture_clear(&f);
    }
}

static void test_each_method_reaches_a_perspective_unchanged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct fixture f = fixture_new();
        const char *expected = arena_printf(f.arena,
                                            "{\"domain_or_ip_target\":\"*.b\xc3\xbc"
                                            "cher.example\",\"trace_identifier\":\"t\","
                                            "\"dcv_check_parameters\":%s}",
                                            methods[i].echoed);
        assert_string_equal(echo_check(&f, expected, CHECK_DCV), expected);
        fixture_clear(&f);
    }
}

static void test_default_prefix_of_dns_persistent_follows_the_target(void **state)
{
    (void)state;
#define PERSISTENT(prefix)                                                                            \
    "{\"domain_or_ip_target\":\"%s\",\"dcv_check_parameters\":{\"validation_method\":\"dns-"          \
    "persistent\",\"issuer_domain_names\":[\"ca.example\"],\"expected_account_uri\":\"urn:x\"" prefix \
    "}}"
    static const struct {
        const char *target, *expected;
    } rows[] = {
        {"a.example", "_validation-persist"},      {"192.0.2.1", "_ip-validation-persist"},
        {"2001:db8::1", "_ip-validation-persist"}, {"[2001:db8::1]", "_ip-validation-persist"},
        {"192.0.2.256", "_validation-persist"}, /* invalid: not ours to say here */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture f = fixture_new();
        struct check_request *check = &f.request.check;
        echo(&f, arena_printf(f.arena, PERSISTENT(""), rows[i].target));
        assert_string_equal(check->dcv.dns_name_prefix, rows[i].expected);
        echo_check(&f, arena_printf(f.arena, PERSISTENT(""), rows[i].target), CHECK_DCV);
        assert_string_equal(check->dcv.dns_name_prefix, rows[i].expected);
        /* What was sent is kept; the rules of core judge it. */
        echo(&f, arena_printf(f.arena, PERSISTENT(",\"dns_name_prefix\":\"_validation-persist\""),
                              rows[i].target));
        assert_string_equal(check->dcv.dns_name_prefix, "_validation-persist");
        fixture_clear(&f);
    }
}

static void test_defaults_of_a_method_are_those_of_an_empty_request(void **state)
{
    (void)state;
    struct dcv_params params;
    wire_init_dcv_params(&params, DCV_DNS_CHANGE);
    assert_int_equal(params.method, DCV_DNS_CHANGE);
    assert_true(params.require_exact_case);
    assert_int_equal(params.dns_record_type, DCV_RECORD_NONE);
    /* A literal that was left out is written all the same. */
    const struct check_request bare = {
        .check_type = CHECK_DCV,
        .target = "a",
        .dcv = {.method = DCV_ACME_DNS_01, .key_authorization_hash = "h"},
    };
    struct buf out = {0};
    wire_encode_check_request(&bare, &out);
    assert_string_equal(
        buf_str(&out),
        "{\"domain_or_ip_target\":\"a\",\"trace_identifier\":null,\"dcv_check_"
        "parameters\":{\"validation_method\":\"acme-dns-01\",\"require_exact_case\":"
        "true,\"key_authorization_hash\":\"h\",\"dns_record_type\":\"TXT\",\"dns_name_"
        "prefix\":\"_acme-challenge\"}}");
    buf_clear(&out);
    wire_init_dcv_params(&params, DCV_CONTACT_PHONE_TXT);
    assert_false(params.require_exact_case);
    assert_string_equal(params.dns_name_prefix, "_validation-contactphone");
    assert_int_equal(params.dns_record_type, DCV_RECORD_TXT);
}

static void test_caa_parameters_are_echoed_with_defaults(void **state)
{
    (void)state;
    static const struct method_row rows[] = {
        {"null", "null"},
        {"{}", "{\"certificate_type\":\"tls-server\",\"caa_domains\":null,\"allow_lookup_failure\":"
               "false}"},
        {"{\"certificate_type\":\"s-mime\",\"caa_domains\":[],\"allow_lookup_failure\":true}",
         "{\"certificate_type\":\"s-mime\",\"caa_domains\":[],\"allow_lookup_failure\":true}"},
        {"{\"certificate_type\":\"mark\",\"caa_domains\":null,\"account_uris\":null,"
         "\"validation_method_labels\":null}",
         "{\"certificate_type\":\"mark\",\"caa_domains\":null,\"allow_lookup_failure\":false}"},
        {"{\"account_uris\":[],\"validation_method_labels\":[\"http-01\",\"ca-1\"]}",
         "{\"certificate_type\":\"tls-server\",\"caa_domains\":null,\"allow_lookup_failure\":false,"
         "\"account_uris\":[],\"validation_method_labels\":[\"http-01\",\"ca-1\"]}"},
        {"{\"validation_method\":\"acme-http-01\"}",
         "{\"certificate_type\":\"tls-server\",\"caa_domains\":null,\"allow_lookup_failure\":false,"
         "\"validation_method\":\"acme-http-01\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture f = fixture_new();
        const char *expected =
            arena_printf(f.arena,
                         "{\"domain_or_ip_target\":\"a.example\",\"check_type\":\"caa\","
                         "\"orchestration_parameters\":null,\"trace_identifier\":null,"
                         "\"caa_check_parameters\":%s}",
                         rows[i].echoed);
        assert_string_equal(echo(&f, arena_printf(f.arena, CAA("%s"), rows[i].sent)), expected);
        assert_int_equal(f.request.check.has_caa_params, i > 0);
        fixture_clear(&f);
        f = fixture_new();
        expected = arena_printf(f.arena,
                                "{\"domain_or_ip_target\":\"a.example\",\"trace_identifier\":null,"
                                "\"caa_check_parameters\":%s}",
                                rows[i].echoed);
        assert_string_equal(echo_check(&f, expected, CHECK_CAA), expected);
        assert_int_equal(f.request.check.check_type, CHECK_CAA);
        fixture_clear(&f);
    }
}

static void test_integers_are_coerced_as_the_reference_does(void **state)
{
    (void)state;
    static const struct {
        const char *sent;
        struct opt_int expected;
    } rows[] = {
        {"3", OPT_INT(3)},
        {"-1", OPT_INT(-1)},
        {"2.0", OPT_INT(2)},
        {"-0.0", OPT_INT(0)},
        {"1e3", OPT_INT(1000)},
        {"true", OPT_INT(1)},
        {"false", OPT_INT(0)},
        {"\"3\"", OPT_INT(3)},
        {"\" +3 \"", OPT_INT(3)},
        {"\"-7\"", OPT_INT(-7)},
        {"\"3.00\"", OPT_INT(3)},
        {"\"0012\"", OPT_INT(12)},
        {"null", {.present = false}},
        {"9223372036854775807", OPT_INT(INT64_MAX)},
        {"\"9223372036854775807\"", OPT_INT(INT64_MAX)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture f = fixture_new();
        echo(&f, arena_printf(f.arena, ORCHESTRATION("{\"quorum_count\":%s}"), rows[i].sent));
        assert_true(f.request.has_orchestration);
        assert_int_equal(f.request.orchestration.quorum_count.present, rows[i].expected.present);
        assert_true(f.request.orchestration.quorum_count.value == rows[i].expected.value);
        assert_false(f.request.orchestration.perspective_count.present);
        fixture_clear(&f);
    }
}

static void test_booleans_are_coerced_as_the_reference_does(void **state)
{
    (void)state;
    static const struct {
        const char *sent;
        bool expected;
    } rows[] = {
        {"true", true},    {"false", false},  {"1", true},        {"0", false},
        {"1.0", true},     {"0.0", false},    {"\"true\"", true}, {"\"FALSE\"", false},
        {"\"Yes\"", true}, {"\"no\"", false}, {"\"On\"", true},   {"\"oFF\"", false},
        {"\"t\"", true},   {"\"F\"", false},  {"\"y\"", true},    {"\"N\"", false},
        {"\"1\"", true},   {"\"0\"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture f = fixture_new();
        echo(&f, arena_printf(f.arena, CAA("{\"allow_lookup_failure\":%s}"), rows[i].sent));
        assert_int_equal(f.request.check.caa.allow_lookup_failure, rows[i].expected);
        fixture_clear(&f);
    }
}

static void test_orchestration_is_echoed_with_all_its_keys(void **state)
{
    (void)state;
    struct fixture f = fixture_new();
    const char *text = echo(&f, ORCHESTRATION("{\"cohort_for_single_attempt\":\"2\",\"x\":1}"));
    assert_non_null(strstr(text, "\"orchestration_parameters\":{\"perspective_count\":null,"
                                 "\"quorum_count\":null,\"max_attempts\":null,"
                                 "\"cohort_for_single_attempt\":2}"));
    fixture_clear(&f);
    f = fixture_new();
    echo(&f, ORCHESTRATION("null"));
    assert_false(f.request.has_orchestration);
    fixture_clear(&f);
}

static void test_type_without_check_type_follows_from_the_parameters(void **state)
{
    (void)state;
#define ALPN "{\"validation_method\":\"acme-tls-alpn-01\",\"key_authorization_hash\":\"h\"}"
    static const struct {
        const char *why, *body;
        enum check_type expected;
    } rows[] = {
        {"nothing else", "{\"domain_or_ip_target\":\"a\"}", CHECK_CAA},
        {"CAA parameters", "{\"domain_or_ip_target\":\"a\",\"caa_check_parameters\":{}}",
         CHECK_CAA},
        {"DCV parameters", "{\"domain_or_ip_target\":\"a\",\"dcv_check_parameters\":" ALPN "}",
         CHECK_DCV},
        {"DCV parameters win",
         "{\"domain_or_ip_target\":\"a\",\"caa_check_parameters\":{},\"dcv_check_parameters\":" ALPN
         "}",
         CHECK_DCV},
        {"null is nothing", "{\"domain_or_ip_target\":\"a\",\"dcv_check_parameters\":null}",
         CHECK_CAA},
        {"check_type wins",
         "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"a\",\"dcv_check_parameters\":5}",
         CHECK_CAA},
        {"foreign parameters are ignored",
         "{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"a\",\"caa_check_parameters\":5,"
         "\"dcv_check_parameters\":" ALPN "}",
         CHECK_DCV},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture f = fixture_new();
        echo(&f, rows[i].body);
        if (f.request.check.check_type != rows[i].expected)
            fail_msg("%s", rows[i].why);
        fixture_clear(&f);
    }
}

static void test_target_and_trace_are_kept_verbatim(void **state)
{
    (void)state;
    struct fixture f = fixture_new();
    const char *body =
        "{\"domain_or_ip_target\":\"*.B\\u00FCcher.example \",\"check_type\":\"caa\","
        "\"orchestration_parameters\":null,\"trace_identifier\":\"\","
        "\"caa_check_parameters\":null}";
    echo(&f, body);
    assert_string_equal(f.request.check.target, "*.B\xc3\xbc"
                                                "cher.example ");
    assert_string_equal(f.request.check.trace_identifier, "");
    fixture_clear(&f);
}

static void test_largest_list_is_accepted(void **state)
{
    (void)state;
    struct fixture f = fixture_new();
    struct buf body = {0};
    buf_printf(&body, "{\"domain_or_ip_target\":\"a\",\"caa_check_parameters\":{\"caa_domains\":[");
    for (int i = 0; i < 100; i++)
        buf_printf(&body, "%s\"ca%d.example\"", i ? "," : "", i);
    buf_printf(&body, "]}}");
    echo(&f, buf_str(&body));
    assert_int_equal(f.request.check.caa.caa_domains.count, 100);
    assert_string_equal(f.request.check.caa.caa_domains.items[99], "ca99.example");
    buf_clear(&body);
    fixture_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_method_is_echoed_in_order_with_defaults),
        cmocka_unit_test(test_each_method_reaches_a_perspective_unchanged),
        cmocka_unit_test(test_default_prefix_of_dns_persistent_follows_the_target),
        cmocka_unit_test(test_defaults_of_a_method_are_those_of_an_empty_request),
        cmocka_unit_test(test_caa_parameters_are_echoed_with_defaults),
        cmocka_unit_test(test_integers_are_coerced_as_the_reference_does),
        cmocka_unit_test(test_booleans_are_coerced_as_the_reference_does),
        cmocka_unit_test(test_orchestration_is_echoed_with_all_its_keys),
        cmocka_unit_test(test_type_without_check_type_follows_from_the_parameters),
        cmocka_unit_test(test_target_and_trace_are_kept_verbatim),
        cmocka_unit_test(test_largest_list_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
