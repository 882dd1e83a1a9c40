#include "core/method/verdict.h"

#include "base/str.h"
#include "support/unit.h"

#define ROW_CAA  "mpic_error:caa_checker:lookup"
#define ROW_DCV  "mpic_error:dcv_checker:lookup"
#define ROW_ALPN "mpic_error:dcv_checker:tls_alpn:"

/* The published table, written down a second time on purpose: names, keys and tokens are API. */
static const struct {
    enum problem problem;
    const char *name;
    enum verdict verdict;
    const char *caa, *dcv, *token;
} rows[] = {
    {PROBLEM_NONE, "none", VERDICT_PASS, NULL, NULL, NULL},
    {PROBLEM_PARAMETER, "parameter", VERDICT_UNKNOWN, "mpic_error:caa_checker:parameter",
     "mpic_error:dcv_checker:parameter", NULL},
    {PROBLEM_NXDOMAIN, "nxdomain", VERDICT_FAIL, NULL, ROW_DCV, "NXDOMAIN"},
    {PROBLEM_NO_DATA, "no_data", VERDICT_FAIL, NULL, ROW_DCV, "NoAnswer"},
    {PROBLEM_DNS_TIMEOUT, "dns_timeout", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV, "LifetimeTimeout"},
    {PROBLEM_DNS_SERVFAIL, "dns_servfail", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV, "NoNameservers"},
    {PROBLEM_DNS_REFUSED, "dns_refused", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV, "NoNameservers"},
    {PROBLEM_DNSSEC_BOGUS, "dnssec_bogus", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV, "DnssecBogus"},
    {PROBLEM_DNSSEC_INDETERMINATE, "dnssec_indeterminate", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV,
     "DnssecIndeterminate"},
    {PROBLEM_DNS_ALIAS, "dns_alias", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV, "YXDOMAIN"},
    {PROBLEM_DNS_MALFORMED, "dns_malformed", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV, "MalformedAnswer"},
    {PROBLEM_DNS_FILTERED, "dns_filtered", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV, "FilteredAnswer"},
    {PROBLEM_TLD_UNPROVEN, "tld_unproven", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV, "NXDOMAIN"},
    {PROBLEM_NO_MATCH, "no_match", VERDICT_FAIL, NULL, NULL, NULL},
    {PROBLEM_CAA_NOT_PERMITTED, "caa_not_permitted", VERDICT_FAIL, NULL, NULL, NULL},
    {PROBLEM_CAA_CRITICAL, "caa_critical", VERDICT_FAIL, NULL, NULL, NULL},
    {PROBLEM_NO_SUCH_TLD, "no_such_tld", VERDICT_FAIL, "mpic_error:caa_checker:no_such_tld", NULL,
     NULL},
    {PROBLEM_ADDRESS_REFUSED, "address_refused", VERDICT_FAIL, NULL,
     "mpic_error:dcv_checker:address_refused", NULL},
    {PROBLEM_NO_ADDRESS, "no_address", VERDICT_UNKNOWN, NULL, ROW_DCV, "ClientConnectorDNSError"},
    {PROBLEM_CONNECT_FAILED, "connect_failed", VERDICT_UNKNOWN, NULL, ROW_DCV,
     "ClientConnectorError"},
    {PROBLEM_CONNECT_TIMEOUT, "connect_timeout", VERDICT_UNKNOWN, NULL, ROW_DCV, "TimeoutError"},
    {PROBLEM_READ_TIMEOUT, "read_timeout", VERDICT_UNKNOWN, NULL, ROW_DCV, "TimeoutError"},
    {PROBLEM_DISCONNECTED, "disconnected", VERDICT_UNKNOWN, NULL, ROW_DCV,
     "ServerDisconnectedError"},
    {PROBLEM_TLS_FAILED, "tls_failed", VERDICT_UNKNOWN, NULL, ROW_DCV, "SSLError"},
    {PROBLEM_HTTP_PROTOCOL, "http_protocol", VERDICT_UNKNOWN, NULL, ROW_DCV, "ClientResponseError"},
    {PROBLEM_TOO_MANY_REDIRECTS, "too_many_redirects", VERDICT_UNKNOWN, NULL, ROW_DCV,
     "TooManyRedirects"},
    {PROBLEM_REDIRECT_INVALID, "redirect_invalid", VERDICT_FAIL, NULL,
     "mpic_error:redirect:invalid", NULL},
    {PROBLEM_HTTP_STATUS, "http_status", VERDICT_FAIL, NULL, "mpic_error:http", NULL},
    {PROBLEM_BODY_TOO_LARGE, "body_too_large", VERDICT_FAIL, NULL, "mpic_error:http:body_too_large",
     NULL},
    {PROBLEM_REGEX_LIMIT, "regex_limit", VERDICT_UNKNOWN, NULL, "mpic_error:http:regex_limit",
     NULL},
    {PROBLEM_PROTOCOL_NOT_NEGOTIATED, "protocol_not_negotiated", VERDICT_FAIL, NULL,
     ROW_ALPN "protocol_not_negotiated", NULL},
    {PROBLEM_UNREADABLE, "unreadable", VERDICT_FAIL, NULL, ROW_ALPN "certificate:unreadable", NULL},
    {PROBLEM_DUPLICATE_EXTENSION, "duplicate_extension", VERDICT_FAIL, NULL,
     ROW_ALPN "certificate:duplicate_extension", NULL},
    {PROBLEM_NOT_SELF_SIGNED, "not_self_signed", VERDICT_FAIL, NULL,
     ROW_ALPN "certificate:not_self_signed", NULL},
    {PROBLEM_EXTENSION_MISSING, "extension_missing", VERDICT_FAIL, NULL,
     ROW_ALPN "certificate:extension_missing", NULL},
    {PROBLEM_NO_SINGLE_SAN, "no_single_san", VERDICT_FAIL, NULL,
     ROW_ALPN "certificate:no_single_san", NULL},
    {PROBLEM_MALFORMED_EXTENSION, "malformed_extension", VERDICT_FAIL, NULL,
     ROW_ALPN "certificate:malformed_extension", NULL},
    {PROBLEM_SAN_NOT_DNSNAME, "san_not_dnsname", VERDICT_FAIL, NULL,
     ROW_ALPN "certificate:san_not_dnsname", NULL},
    {PROBLEM_SAN_TYPE_NOT_MATCH, "san_type_not_match", VERDICT_FAIL, NULL,
     ROW_ALPN "certificate:san_type_not_match", NULL},
    {PROBLEM_SAN_NOT_HOSTNAME, "san_not_hostname", VERDICT_FAIL, NULL,
     ROW_ALPN "certificate:san_not_hostname", NULL},
    {PROBLEM_NONCRITICAL_ALPN_EXTENSION, "noncritical_alpn_extension", VERDICT_FAIL, NULL,
     ROW_ALPN "certificate:noncritical_alpn_extension", NULL},
    {PROBLEM_DIGEST_MISMATCH, "digest_mismatch", VERDICT_FAIL, NULL,
     ROW_ALPN "certificate:digest_mismatch", NULL},
    {PROBLEM_REMOTE_CHECK, "remote_check", VERDICT_UNKNOWN, "mpic_error:coordinator:remote_check",
     "mpic_error:coordinator:remote_check", NULL},
    {PROBLEM_NOT_AWAITED, "not_awaited", VERDICT_UNKNOWN, "mpic_error:coordinator:remote_check",
     "mpic_error:coordinator:remote_check", NULL},
    {PROBLEM_DEADLINE, "deadline", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV, "TimeoutError"},
    {PROBLEM_INTERNAL, "internal", VERDICT_UNKNOWN, ROW_CAA, ROW_DCV, "InternalError"},
};

static void assert_text(const char *name, const char *seen, const char *expected)
{
    if (!str_eq(seen, expected))
        fail_msg("%s: \"%s\" instead of \"%s\"", name, seen ? seen : "(null)",
                 expected ? expected : "(null)");
}

static void test_problem_table_is_the_published_one(void **state)
{
    (void)state;
    assert_int_equal(sizeof rows / sizeof rows[0], PROBLEM_COUNT);
    for (size_t i = 0; i < PROBLEM_COUNT; i++) {
        const struct problem_info *info = problem_info((enum problem)i);
        assert_int_equal(rows[i].problem, i);
        assert_text(rows[i].name, info->name, rows[i].name);
        assert_text(rows[i].name, problem_str((enum problem)i), rows[i].name);
        if (info->verdict != rows[i].verdict)
            fail_msg("%s: verdict %s", rows[i].name, verdict_str(info->verdict));
        assert_text(rows[i].name, info->caa_error_type, rows[i].caa);
        assert_text(rows[i].name, info->dcv_error_type, rows[i].dcv);
        assert_text(rows[i].name, info->token, rows[i].token);
    }
}

static void test_only_no_problem_is_a_pass(void **state)
{
    (void)state;
    for (int i = PROBLEM_NONE + 1; i < PROBLEM_COUNT; i++)
        assert_int_not_equal(problem_info((enum problem)i)->verdict, VERDICT_PASS);
}

static void test_problem_parse_reads_back_each_name(void **state)
{
    (void)state;
    for (int i = PROBLEM_NONE + 1; i < PROBLEM_COUNT; i++)
        assert_int_equal(problem_parse(problem_str((enum problem)i)), i);
}

static void test_problem_parse_of_a_foreign_name_is_internal(void **state)
{
    (void)state;
    assert_int_equal(problem_parse("NXDOMAIN"), PROBLEM_INTERNAL);
    assert_int_equal(problem_parse(""), PROBLEM_INTERNAL);
    assert_int_equal(problem_parse(NULL), PROBLEM_INTERNAL);
    assert_int_equal(problem_parse("none"), PROBLEM_INTERNAL);
}

static void ask_for_problem(void *problem)
{
    problem_info(*(enum problem *)problem);
}

static void test_problem_out_of_range_ends_the_process(void **state)
{
    (void)state;
    enum problem problem = PROBLEM_COUNT;
    unit_assert_dies(ask_for_problem, &problem);
}

static void test_verdict_str_names_all_three(void **state)
{
    (void)state;
    assert_string_equal(verdict_str(VERDICT_PASS), "pass");
    assert_string_equal(verdict_str(VERDICT_FAIL), "fail");
    assert_string_equal(verdict_str(VERDICT_UNKNOWN), "unknown");
    assert_int_equal(VERDICT_UNKNOWN, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problem_table_is_the_published_one),
        cmocka_unit_test(test_only_no_problem_is_a_pass),
        cmocka_unit_test(test_problem_parse_reads_back_each_name),
        cmocka_unit_test(test_problem_parse_of_a_foreign_name_is_internal),
        cmocka_unit_test(test_problem_out_of_range_ends_the_process),
        cmocka_unit_test(test_verdict_str_names_all_three),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
