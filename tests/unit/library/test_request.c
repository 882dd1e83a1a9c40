/* Requests of libmpic: as JSON and as a struct, which are the same. */
#include "support/unit.h"

#include <mpic/mpic.h>
#include <stdio.h>
#include <string.h>

#define FIELDS(...)                                                                                \
    (&(const struct mpic_request_fields){.size = sizeof(struct mpic_request_fields), __VA_ARGS__})

static const char *const two[] = {"ca.example", "ca2.example"};
static const char *const uri[] = {"https://ca.example/acct/1"};
static const struct mpic_http_header headers[] = {{"X-A", "1"}, {"X-B", "2"}};

/* The same request twice. */
static const struct {
    const struct mpic_request_fields *fields;
    const char *json;
} rows[] = {
    {FIELDS(.check_type = "caa", .domain_or_ip_target = "a.example"),
     "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"a.example\",\"caa_check_parameters\":{}}"},
    {FIELDS(.check_type = "caa", .domain_or_ip_target = "*.a.example", .trace_identifier = "t-1",
            .applied_for_name = "*.a.example", .perspective_count = 6, .quorum_count = 5,
            .max_attempts = 2, .cohort_for_single_attempt = 1, .certificate_type = "s-mime",
            .caa_domains = two, .caa_domain_count = 2, .allow_lookup_failure = MPIC_YES,
            .account_uris = uri, .account_uri_count = 1, .validation_method_labels = two,
            .validation_method_label_count = 1),
     "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"*.a.example\",\"trace_identifier\":\"t-1\","
     "\"applied_for_name\":\"*.a.example\",\"orchestration_parameters\":{\"perspective_count\":6,"
     "\"quorum_count\":5,\"max_attempts\":2,\"cohort_for_single_attempt\":1},"
     "\"caa_check_parameters\":{\"certificate_type\":\"s-mime\",\"caa_domains\":[\"ca.example\","
     "\"ca2.example\"],\"allow_lookup_failure\":true,\"account_uris\":"
     "[\"https://ca.example/acct/1\"],\"validation_method_labels\":[\"ca.example\"]}}"},
    {FIELDS(.check_type = "caa", .domain_or_ip_target = "a.example", .caa_domains = two,
            .validation_method = "acme-dns-01"),
     "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"a.example\",\"caa_check_parameters\":"
     "{\"caa_domains\":[],\"validation_method\":\"acme-dns-01\"}}"},
    {FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
            .validation_method = "website-change", .require_exact_case = MPIC_NO,
            .challenge_value = "v\xc3\xa4lue", .http_token_path = "t", .url_scheme = "https",
            .http_headers = headers, .http_header_count = 2, .match_regex = "^v"),
     "{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"a.example\",\"dcv_check_parameters\":"
     "{\"validation_method\":\"website-change\",\"require_exact_case\":false,\"challenge_value\":"
     "\"v\\u00e4lue\",\"http_token_path\":\"t\",\"url_scheme\":\"https\",\"http_headers\":"
     "{\"X-A\":\"1\",\"X-B\":\"2\"},\"match_regex\":\"^v\"}}"},
    {FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
            .validation_method = "dns-change", .challenge_value = "v", .dns_name_prefix = "_p",
            .dns_record_type = "TXT", .require_exact_match = MPIC_YES),
     "{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"a.example\",\"dcv_check_parameters\":"
     "{\"validation_method\":\"dns-change\",\"challenge_value\":\"v\",\"dns_name_prefix\":\"_p\","
     "\"dns_record_type\":\"TXT\",\"require_exact_match\":true}}"},
    {FIELDS(.check_type = "dcv", .domain_or_ip_target = "192.0.2.1",
            .validation_method = "dns-persistent", .issuer_domain_names = two,
            .issuer_domain_name_count = 1, .expected_account_uri = "https://ca.example/acct/1",
            .wildcard_policy = "required"),
     "{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"192.0.2.1\",\"dcv_check_parameters\":"
     "{\"validation_method\":\"dns-persistent\",\"issuer_domain_names\":[\"ca.example\"],"
     "\"expected_account_uri\":\"https://ca.example/acct/1\",\"wildcard_policy\":\"required\"}}"},
    {FIELDS(.check_type = "dcv", .domain_or_ip_target = "192.0.2.1",
            .validation_method = "dns-persistent", .issuer_domain_names = two,
            .issuer_domain_name_count = 1, .expected_account_uri = "https://ca.example/acct/1",
            .dns_name_prefix = "_validation-persist"),
     "{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"192.0.2.1\",\"dcv_check_parameters\":"
     "{\"validation_method\":\"dns-persistent\",\"issuer_domain_names\":[\"ca.example\"],"
     "\"expected_account_uri\":\"https://ca.example/acct/1\",\"dns_name_prefix\":"
     "\"_validation-persist\"}}"},
    {FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
            .validation_method = "acme-http-01", .token = "tok", .key_authorization = "tok.thumb"),
     "{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"a.example\",\"dcv_check_parameters\":"
     "{\"validation_method\":\"acme-http-01\",\"token\":\"tok\",\"key_authorization\":"
     "\"tok.thumb\"}}"},
    {FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
            .validation_method = "dns-account-01", .key_authorization_hash = "h",
            .account_uri = "https://ca.example/acct/1"),
     "{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"a.example\",\"dcv_check_parameters\":"
     "{\"validation_method\":\"dns-account-01\",\"key_authorization_hash\":\"h\",\"account_uri\":"
     "\"https://ca.example/acct/1\"}}"},
};

static void test_struct_and_json_are_the_same_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mpic_error *error = NULL;
        struct mpic_request *one = mpic_request_from_fields(rows[i].fields, &error);
        struct mpic_request *other =
            mpic_request_from_json(rows[i].json, strlen(rows[i].json), &error);
        if (error)
            fail_msg("row %zu: %s", i, mpic_error_text(error));
        size_t length;
        assert_string_equal(mpic_request_json(one, &length), mpic_request_json(other, NULL));
        assert_int_equal(strlen(mpic_request_json(one, NULL)), length);
        mpic_request_free(one);
        mpic_request_free(other);
    }
}

static void test_request_outlives_what_it_was_made_of(void **state)
{
    (void)state;
    char target[] = "a.example", domain[] = "ca.example";
    const char *domains[] = {domain};
    struct mpic_request *request =
        mpic_request_from_fields(FIELDS(.check_type = "caa", .domain_or_ip_target = target,
                                        .caa_domains = domains, .caa_domain_count = 1),
                                 NULL);
    memset(target, 'x', sizeof target - 1);
    memset(domain, 'x', sizeof domain - 1);
    domains[0] = NULL;
    assert_non_null(strstr(mpic_request_json(request, NULL), "\"a.example\""));
    assert_non_null(strstr(mpic_request_json(request, NULL), "\"ca.example\""));
    mpic_request_free(request);
}

static void test_json_that_is_no_request_is_refused_as_the_daemon_does(void **state)
{
    (void)state;
    static char large[MPIC_REQUEST_MAX_BYTES + 1];
    memset(large, ' ', sizeof large);
    static const struct {
        const char *json, *says;
    } bad[] = {
        {"", "Field required"},
        {"{", "JSON decode error"},
        {"[]", "dictionary"},
        {"{\"check_type\":\"caa\"}", "domain_or_ip_target"},
        {"{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"a.example\"}", "dcv_check_parameters"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mpic_error *error = NULL;
        assert_null(mpic_request_from_json(bad[i].json, strlen(bad[i].json), &error));
        assert_int_equal(mpic_error_code(error), MPIC_ERROR_REQUEST);
        size_t length;
        const char *json = mpic_error_json(error, &length);
        assert_int_equal(strlen(json), length);
        assert_non_null(strstr(json, "\"error\":\"request-validation-failed\""));
        if (!strstr(json, bad[i].says))
            fail_msg("row %zu: %s", i, json);
        assert_true(strlen(mpic_error_text(error)) > 0);
        mpic_error_free(error);
        assert_null(mpic_request_from_json(bad[i].json, strlen(bad[i].json), NULL));
    }
    struct mpic_error *error = NULL;
    assert_null(mpic_request_from_json(large, sizeof large, &error));
    assert_int_equal(mpic_error_code(error), MPIC_ERROR_REQUEST);
    assert_non_null(strstr(mpic_error_json(error, NULL), "65,536"));
    mpic_error_free(error);
}

static void test_struct_that_lacks_what_is_required_is_refused(void **state)
{
    (void)state;
    struct mpic_error *error = NULL;
    assert_null(mpic_request_from_fields(
        FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
               .validation_method = "acme-dns-01", .challenge_value = "of another method"),
        &error));
    assert_int_equal(mpic_error_code(error), MPIC_ERROR_REQUEST);
    assert_non_null(strstr(mpic_error_text(error), "key_authorization_hash"));
    mpic_error_free(error);
}

static void test_struct_that_is_wrong_is_misuse(void **state)
{
    (void)state;
    static const char *const hole[] = {NULL}, *const bytes[] = {"\xff"};
    static const struct mpic_http_header no_name[] = {{NULL, "x"}}, no_utf8[] = {{"x", "\xff"}};
    static struct mpic_request_fields short_one = {.size = 8};
    const struct mpic_request_fields *wrong[] = {
        NULL,
        &short_one,
        FIELDS(.check_type = NULL, .domain_or_ip_target = "a.example"),
        FIELDS(.check_type = "CAA", .domain_or_ip_target = "a.example"),
        FIELDS(.check_type = "caa", .domain_or_ip_target = "\xff"),
        FIELDS(.check_type = "caa", .domain_or_ip_target = "a.example", .certificate_type = "x"),
        FIELDS(.check_type = "caa", .domain_or_ip_target = "a.example", .caa_domain_count = 1),
        FIELDS(.check_type = "caa", .domain_or_ip_target = "a.example", .caa_domains = hole,
               .caa_domain_count = 1),
        FIELDS(.check_type = "caa", .domain_or_ip_target = "a.example", .account_uris = bytes,
               .account_uri_count = 1),
        FIELDS(.check_type = "caa", .domain_or_ip_target = "a.example",
               .allow_lookup_failure = (enum mpic_choice)3),
        FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example"),
        FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example", .validation_method = "x"),
        FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
               .validation_method = "acme-http-01", .token = "\xff"),
        FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
               .validation_method = "acme-http-01", .http_header_count = 1),
        FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
               .validation_method = "acme-http-01", .http_headers = no_name,
               .http_header_count = 1),
        FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
               .validation_method = "acme-http-01", .http_headers = no_utf8,
               .http_header_count = 1),
        FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
               .validation_method = "acme-http-01", .http_headers = no_name,
               .http_header_count = SIZE_MAX),
        FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
               .validation_method = "website-change", .url_scheme = "ftp"),
        FIELDS(.check_type = "dcv", .domain_or_ip_target = "a.example",
               .validation_method = "dns-change", .dns_record_type = "MX"),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct mpic_error *error = NULL;
        assert_null(mpic_request_from_fields(wrong[i], &error));
        if (mpic_error_code(error) != MPIC_ERROR_MISUSE)
            fail_msg("row %zu: %s", i, mpic_error_text(error));
        assert_null(mpic_error_json(error, NULL));
        mpic_error_free(error);
        assert_null(mpic_request_from_fields(wrong[i], NULL));
    }
    struct mpic_error *error = NULL;
    assert_null(mpic_request_from_json(NULL, 0, &error));
    assert_int_equal(mpic_error_code(error), MPIC_ERROR_MISUSE);
    mpic_error_free(error);
}

static void test_nothing_is_nothing(void **state)
{
    (void)state;
    size_t length = 7;
    mpic_request_free(NULL);
    mpic_error_free(NULL);
    assert_null(mpic_request_json(NULL, &length));
    assert_int_equal(length, 0);
    assert_int_equal(mpic_error_code(NULL), MPIC_ERROR_NONE);
    assert_string_equal(mpic_error_text(NULL), "no error");
    assert_null(mpic_error_json(NULL, NULL));
}

static void test_version_is_that_of_the_headers(void **state)
{
    (void)state;
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", MPIC_VERSION_MAJOR, MPIC_VERSION_MINOR,
             MPIC_VERSION_PATCH);
    assert_string_equal(mpic_version(), text);
    assert_int_equal(mpic_version_number(), MPIC_VERSION_NUMBER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_struct_and_json_are_the_same_request),
        cmocka_unit_test(test_request_outlives_what_it_was_made_of),
        cmocka_unit_test(test_json_that_is_no_request_is_refused_as_the_daemon_does),
        cmocka_unit_test(test_struct_that_lacks_what_is_required_is_refused),
        cmocka_unit_test(test_struct_that_is_wrong_is_misuse),
        cmocka_unit_test(test_nothing_is_nothing),
        cmocka_unit_test(test_version_is_that_of_the_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
