#include "core/method/check.h"

#include "dns/type.h"
#include "support/unit.h"

static void test_method_names_read_back(void **state)
{
    (void)state;
    static const char *const names[] = {
        [DCV_WEBSITE_CHANGE] = "website-change",
        [DCV_DNS_CHANGE] = "dns-change",
        [DCV_DNS_PERSISTENT] = "dns-persistent",
        [DCV_ACME_HTTP_01] = "acme-http-01",
        [DCV_ACME_DNS_01] = "acme-dns-01",
        [DCV_ACME_TLS_ALPN_01] = "acme-tls-alpn-01",
        [DCV_CONTACT_EMAIL_TXT] = "contact-email-txt",
        [DCV_CONTACT_PHONE_TXT] = "contact-phone-txt",
        [DCV_CONTACT_EMAIL_CAA] = "contact-email-caa",
        [DCV_CONTACT_PHONE_CAA] = "contact-phone-caa",
        [DCV_IP_ADDRESS] = "ip-address",
        [DCV_REVERSE_ADDRESS_LOOKUP] = "reverse-address-lookup",
        [DCV_DNS_ACCOUNT_01] = "dns-account-01",
    };
    for (size_t i = DCV_NONE + 1; i < DCV_METHOD_COUNT; i++) {
        enum dcv_method method = DCV_NONE;
        assert_string_equal(dcv_method_str((enum dcv_method)i), names[i]);
        assert_true(dcv_method_parse(names[i], &method));
        assert_int_equal(method, i);
    }
    assert_null(dcv_method_str(DCV_NONE));
}

static void test_record_type_names_read_back(void **state)
{
    (void)state;
    static const char *const names[] = {
        [DCV_RECORD_A] = "A",         [DCV_RECORD_AAAA] = "AAAA", [DCV_RECORD_CAA] = "CAA",
        [DCV_RECORD_CNAME] = "CNAME", [DCV_RECORD_TXT] = "TXT",   [DCV_RECORD_PTR] = "PTR"};
    for (size_t i = DCV_RECORD_A; i <= DCV_RECORD_PTR; i++) {
        enum dcv_record_type type = DCV_RECORD_NONE;
        assert_string_equal(dcv_record_type_str((enum dcv_record_type)i), names[i]);
        assert_true(dcv_record_type_parse(names[i], &type));
        assert_int_equal(type, i);
    }
    assert_null(dcv_record_type_str(DCV_RECORD_NONE));
}

static void test_record_types_have_the_codes_of_dns(void **state)
{
    (void)state;
    assert_int_equal(dcv_record_type_code(DCV_RECORD_NONE), 0);
    for (int i = DCV_RECORD_A; i <= DCV_RECORD_PTR; i++) {
        enum dcv_record_type type = (enum dcv_record_type)i;
        assert_string_equal(dns_type_str(dcv_record_type_code(type)), dcv_record_type_str(type));
    }
}

static void test_only_text_can_be_compared_exactly(void **state)
{
    (void)state;
    static const struct {
        struct dcv_params params;
        bool may;
    } rows[] = {
        {{.method = DCV_WEBSITE_CHANGE}, true},
        {{.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_TXT}, true},
        {{.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_CNAME}, false},
        {{.method = DCV_DNS_CHANGE, .dns_record_type = DCV_RECORD_CAA}, false},
        {{.method = DCV_REVERSE_ADDRESS_LOOKUP, .dns_record_type = DCV_RECORD_PTR}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(dcv_may_require_exact_case(&rows[i].params), rows[i].may);
}

static void test_small_enums_read_back(void **state)
{
    (void)state;
    assert_string_equal(check_type_str(CHECK_CAA), "caa");
    assert_string_equal(check_type_str(CHECK_DCV), "dcv");

    enum certificate_type certificate = CERT_TLS_SERVER;
    assert_string_equal(certificate_type_str(CERT_TLS_SERVER), "tls-server");
    assert_string_equal(certificate_type_str(CERT_S_MIME), "s-mime");
    assert_string_equal(certificate_type_str(CERT_MARK), "mark");
    assert_true(certificate_type_parse("s-mime", &certificate));
    assert_int_equal(certificate, CERT_S_MIME);

    assert_string_equal(url_scheme_str(SCHEME_HTTP), "http");
    assert_string_equal(url_scheme_str(SCHEME_HTTPS), "https");

    enum wildcard_policy policy = WILDCARD_BASELINE;
    assert_string_equal(wildcard_policy_str(WILDCARD_BASELINE), "baseline");
    assert_string_equal(wildcard_policy_str(WILDCARD_REQUIRED), "required");
    assert_true(wildcard_policy_parse("required", &policy));
    assert_int_equal(policy, WILDCARD_REQUIRED);
}

static void test_parse_of_a_foreign_name_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    enum dcv_method method = DCV_IP_ADDRESS;
    assert_false(dcv_method_parse("ACME-HTTP-01", &method)); /* case counts */
    assert_false(dcv_method_parse("", &method));
    assert_false(dcv_method_parse(NULL, &method)); /* DCV_NONE has no name to match */
    assert_int_equal(method, DCV_IP_ADDRESS);
    enum dcv_record_type record = DCV_RECORD_PTR;
    assert_false(dcv_record_type_parse("txt", &record));
    assert_false(dcv_record_type_parse(NULL, &record));
    assert_int_equal(record, DCV_RECORD_PTR);
    enum certificate_type certificate = CERT_MARK;
    assert_false(certificate_type_parse("tls", &certificate));
    enum wildcard_policy policy = WILDCARD_REQUIRED;
    assert_false(wildcard_policy_parse("", &policy));
}

static void test_dnssec_worse_takes_the_worse_status(void **state)
{
    (void)state;
    static const enum dnssec_status order[] = {DNSSEC_NONE, DNSSEC_SECURE, DNSSEC_INSECURE,
                                               DNSSEC_INDETERMINATE, DNSSEC_BOGUS};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 5; j++)
            assert_int_equal(dnssec_worse(order[i], order[j]), order[i > j ? i : j]);
    assert_null(dnssec_str(DNSSEC_NONE));
    assert_string_equal(dnssec_str(DNSSEC_SECURE), "secure");
    assert_string_equal(dnssec_str(DNSSEC_INSECURE), "insecure");
    assert_string_equal(dnssec_str(DNSSEC_INDETERMINATE), "indeterminate");
    assert_string_equal(dnssec_str(DNSSEC_BOGUS), "bogus");
}

static void test_init_answers_the_request_and_is_unknown(void **state)
{
    (void)state;
    struct check_result result = {.verdict = VERDICT_PASS, .has_errors = true};
    struct check_request request = {.check_type = CHECK_DCV, .dcv.method = DCV_ACME_DNS_01};
    check_result_init(&result, &request);
    assert_int_equal(result.check_type, CHECK_DCV);
    assert_int_equal(result.method, DCV_ACME_DNS_01);
    assert_int_equal(result.verdict, VERDICT_UNKNOWN);
    assert_int_equal(result.problem, PROBLEM_INTERNAL);
    assert_non_null(result.details.reason);
    assert_false(result.has_errors);

    request.check_type = CHECK_CAA; /* whatever is in the other part of the request */
    check_result_init(&result, &request);
    assert_int_equal(result.check_type, CHECK_CAA);
    assert_int_equal(result.method, DCV_NONE);
}

static void test_problem_sets_its_own_verdict(void **state)
{
    (void)state;
    struct check_result result = {.verdict = VERDICT_PASS};
    check_result_problem(&result, PROBLEM_NO_MATCH, "another value");
    assert_int_equal(result.verdict, VERDICT_FAIL);
    assert_int_equal(result.problem, PROBLEM_NO_MATCH);
    assert_string_equal(result.details.reason, "another value");
    check_result_problem(&result, PROBLEM_DNSSEC_BOGUS, "bad signatures");
    assert_string_equal(result.details.reason, "bad signatures");
    assert_int_equal(result.verdict, VERDICT_UNKNOWN);
    assert_int_equal(result.problem, PROBLEM_DNSSEC_BOGUS);
}

static void set_no_problem(void *result)
{
    check_result_problem(result, PROBLEM_NONE, "nothing");
}

static void give_no_reason(void *result)
{
    check_result_problem(result, PROBLEM_NO_MATCH, NULL);
}

static void pass_caa_without_reason(void *result)
{
    check_result_pass(result, NULL);
}

static void test_no_verdict_but_a_plain_pass_lacks_its_sentence(void **state)
{
    (void)state;
    struct check_result result = {.check_type = CHECK_CAA,
                                  .details.caa.caa_record_present = OPT_BOOL(false)};
    unit_assert_dies(give_no_reason, &result);
    unit_assert_dies(pass_caa_without_reason, &result);
    assert_null(check_result_pass(&result, "no record restricts"));
    assert_string_equal(result.details.reason, "no record restricts");

    struct check_result incomplete = {.check_type = CHECK_DCV, .method = DCV_ACME_DNS_01};
    assert_non_null(check_result_pass(&incomplete, NULL));
    assert_non_null(incomplete.details.reason);
}

static void name_no_method(void *method)
{
    dcv_method_str(*(enum dcv_method *)method);
}

static void test_what_only_a_bug_can_do_ends_the_process(void **state)
{
    (void)state;
    struct check_result result = {0};
    enum dcv_method method = DCV_METHOD_COUNT;
    unit_assert_dies(set_no_problem, &result); /* it would be a PASS without evidence */
    unit_assert_dies(name_no_method, &method);
}

static const struct http_hop two_hops[] = {{.url = "http://a.example/"},
                                           {.connection.address_used = "192.0.2.1"}};
static const struct http_hop lost_hop[] = {{.connection.address_used = "192.0.2.1"},
                                           {.url = "http://b.example/"}};

#define RECORD_EVIDENCE                                                                            \
    .dnssec = DNSSEC_INSECURE, .record = {.query_name = "q", .matched_record = "m"}
#define HTTP_EVIDENCE(status) .response_status_code = OPT_INT(status), .hops = two_hops

static const struct {
    const char *why;
    enum dcv_method method;
    struct check_details details;
    const char *missing; /* NULL: it passes */
} passes[] = {
    {"CAA without any record", DCV_NONE, {.caa.caa_record_present = OPT_BOOL(false)}, NULL},
    {"CAA with a permitting record", DCV_NONE, {.caa.caa_record_present = OPT_BOOL(true)}, NULL},
    {"accepted lookup failure: the record's presence is unknown",
     DCV_NONE,
     {.caa.lookup_failure_accepted = OPT_BOOL(true)},
     NULL},
    {"CAA does not apply", DCV_NONE, {.caa.applicable = OPT_BOOL(false)}, NULL},
    {"CAA applies, but nothing was found out",
     DCV_NONE,
     {.caa.applicable = OPT_BOOL(true)},
     "caa_record_present"},
    {"a failure that was not accepted",
     DCV_NONE,
     {.caa.lookup_failure_accepted = OPT_BOOL(false)},
     "caa_record_present"},
    {"nothing at all", DCV_NONE, {0}, "caa_record_present"},
    {"bogus data never permits",
     DCV_NONE,
     {.dnssec = DNSSEC_BOGUS, .caa.caa_record_present = OPT_BOOL(false)},
     "dnssec"},
    {"dns-change", DCV_DNS_CHANGE, {RECORD_EVIDENCE}, NULL},
    {"dns-persistent", DCV_DNS_PERSISTENT, {RECORD_EVIDENCE}, NULL},
    {"acme-dns-01", DCV_ACME_DNS_01, {RECORD_EVIDENCE}, NULL},
    {"dns-account-01", DCV_DNS_ACCOUNT_01, {RECORD_EVIDENCE}, NULL},
    {"contact-email-txt", DCV_CONTACT_EMAIL_TXT, {RECORD_EVIDENCE}, NULL},
    {"contact-phone-txt", DCV_CONTACT_PHONE_TXT, {RECORD_EVIDENCE}, NULL},
    {"contact-email-caa", DCV_CONTACT_EMAIL_CAA, {RECORD_EVIDENCE}, NULL},
    {"contact-phone-caa", DCV_CONTACT_PHONE_CAA, {RECORD_EVIDENCE}, NULL},
    {"ip-address", DCV_IP_ADDRESS, {RECORD_EVIDENCE}, NULL},
    {"reverse-address-lookup", DCV_REVERSE_ADDRESS_LOOKUP, {RECORD_EVIDENCE}, NULL},
    {"no query name",
     DCV_ACME_DNS_01,
     {.dnssec = DNSSEC_SECURE, .record.matched_record = "m"},
     "query_name"},
    {"no record that matched",
     DCV_ACME_DNS_01,
     {.dnssec = DNSSEC_SECURE, .record.query_name = "q"},
     "matched_record"},
    {"no DNS answer was used",
     DCV_ACME_DNS_01,
     {.record = {.query_name = "q", .matched_record = "m"}},
     "dnssec"},
    {"bogus record",
     DCV_ACME_DNS_01,
     {.dnssec = DNSSEC_BOGUS, .record = {.query_name = "q", .matched_record = "m"}},
     "dnssec"},
    {"acme-http-01 after a redirect",
     DCV_ACME_HTTP_01,
     {.http = {HTTP_EVIDENCE(200), .hop_count = 2}},
     NULL},
    {"website-change, the last 2xx",
     DCV_WEBSITE_CHANGE,
     {.http = {HTTP_EVIDENCE(299), .hop_count = 2}},
     NULL},
    {"no status",
     DCV_ACME_HTTP_01,
     {.http = {.hops = two_hops, .hop_count = 2}},
     "response_status_code"},
    {"status below 200",
     DCV_ACME_HTTP_01,
     {.http = {HTTP_EVIDENCE(199), .hop_count = 2}},
     "response_status_code"},
    {"status above 299",
     DCV_ACME_HTTP_01,
     {.http = {HTTP_EVIDENCE(300), .hop_count = 2}},
     "response_status_code"},
    {"no hop", DCV_ACME_HTTP_01, {.http = {HTTP_EVIDENCE(200)}}, "address_used"},
    {"the first hop's address says nothing about the last",
     DCV_ACME_HTTP_01,
     {.http = {.response_status_code = OPT_INT(200), .hops = lost_hop, .hop_count = 2}},
     "address_used"},
    {"tls-alpn",
     DCV_ACME_TLS_ALPN_01,
     {.tls_alpn = {.certificate = "MII", .connection.address_used = "192.0.2.1"}},
     NULL},
    {"no certificate",
     DCV_ACME_TLS_ALPN_01,
     {.tls_alpn.connection.address_used = "192.0.2.1"},
     "certificate"},
    {"no address", DCV_ACME_TLS_ALPN_01, {.tls_alpn.certificate = "MII"}, "address_used"},
    {"no method", DCV_METHOD_COUNT, {RECORD_EVIDENCE}, "validation_method"},
};

static void test_pass_demands_the_evidence_of_its_method(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
        struct check_result result = {.check_type = passes[i].method ? CHECK_DCV : CHECK_CAA,
                                      .method = passes[i].method,
                                      .problem = PROBLEM_INTERNAL,
                                      .details = passes[i].details};
        const char *missing =
            check_result_pass(&result, passes[i].method ? NULL : "nothing forbids");
        bool is_pass = result.verdict == VERDICT_PASS && result.problem == PROBLEM_NONE;
        bool is_unknown = result.verdict == VERDICT_UNKNOWN && result.problem == PROBLEM_INTERNAL;
        if (passes[i].missing ? !is_unknown || !missing : !is_pass || missing)
            fail_msg("%s: verdict %s, missing %s", passes[i].why, verdict_str(result.verdict),
                     missing ? missing : "nothing");
        if (missing)
            assert_string_equal(missing, passes[i].missing);
    }
}

static void test_pass_of_a_dcv_check_without_method_is_unknown(void **state)
{
    (void)state;
    struct check_result result = {.check_type = CHECK_DCV,
                                  .details.caa.caa_record_present = OPT_BOOL(false)};
    assert_string_equal(check_result_pass(&result, NULL), "validation_method");
    assert_int_equal(result.verdict, VERDICT_UNKNOWN);
}

static void test_pass_of_tls_alpn_has_an_empty_error_list(void **state)
{
    (void)state;
    struct check_result result = {
        .check_type = CHECK_DCV,
        .method = DCV_ACME_TLS_ALPN_01,
        .details.tls_alpn = {.certificate = "MII", .connection.address_used = "192.0.2.1"}};
    assert_null(check_result_pass(&result, NULL));
    assert_null(result.details.reason);
    assert_true(result.has_errors);
    assert_int_equal(result.error_count, 0);

    struct check_result caa = {.check_type = CHECK_CAA,
                               .details.caa.caa_record_present = OPT_BOOL(false)};
    assert_null(check_result_pass(&caa, "nothing forbids"));
    assert_false(caa.has_errors);
}

static void test_error_appends_in_order(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct check_result result = {0};
    check_result_error(&result, arena, "a", "%s %d", "first", 1);
    check_result_error(&result, arena, "b", "second");
    assert_true(result.has_errors);
    assert_int_equal(result.error_count, 2);
    assert_string_equal(result.errors[0].type, "a");
    assert_string_equal(result.errors[0].message, "first 1");
    assert_string_equal(result.errors[1].type, "b");
    assert_string_equal(result.errors[1].message, "second");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_method_names_read_back),
        cmocka_unit_test(test_record_type_names_read_back),
        cmocka_unit_test(test_record_types_have_the_codes_of_dns),
        cmocka_unit_test(test_only_text_can_be_compared_exactly),
        cmocka_unit_test(test_small_enums_read_back),
        cmocka_unit_test(test_parse_of_a_foreign_name_is_refused_and_changes_nothing),
        cmocka_unit_test(test_dnssec_worse_takes_the_worse_status),
        cmocka_unit_test(test_init_answers_the_request_and_is_unknown),
        cmocka_unit_test(test_problem_sets_its_own_verdict),
        cmocka_unit_test(test_no_verdict_but_a_plain_pass_lacks_its_sentence),
        cmocka_unit_test(test_what_only_a_bug_can_do_ends_the_process),
        cmocka_unit_test(test_pass_demands_the_evidence_of_its_method),
        cmocka_unit_test(test_pass_of_a_dcv_check_without_method_is_unknown),
        cmocka_unit_test(test_pass_of_tls_alpn_has_an_empty_error_list),
        cmocka_unit_test(test_error_appends_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
