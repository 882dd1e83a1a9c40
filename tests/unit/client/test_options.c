/* The arguments of `mpic check` and `mpic probe` as a request. */
#include "client/options.h"

#include "base/str.h"
#include "support/unit.h"
#include "wire/wire.h"

#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 24 };

static struct world {
    struct arena *arena;
    struct client_options options;
    struct err err;
} w;

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(w.arena);
    return 0;
}

/* Parses the words of `line`; a word may be in single quotes. */
static bool parse(enum client_command command, const char *line)
{
    char *words[WORDS_MAX];
    int count = 0;
    char *at = arena_strdup(w.arena, line);
    while (*at) {
        char end = *at == '\'' ? '\'' : ' ';
        at += end == '\'';
        assert_true(count < WORDS_MAX);
        words[count++] = at;
        at += strcspn(at, end == '\'' ? "'" : " ");
        if (*at)
            *at++ = '\0';
        at += strspn(at, " ");
    }
    /* What is kept of the words is borrowed; the array is not. */
    return client_options_parse(command, count, words, w.arena, &w.options, &w.err);
}

static const struct check_request *check_of(const char *line)
{
    if (!parse(CLIENT_CHECK, line))
        fail_msg("%s: %s", line, w.err.text);
    return &w.options.request.check;
}

static void assert_refused(enum client_command command, const char *line, const char *in_text)
{
    if (parse(command, line))
        fail_msg("accepted: %s", line);
    if (!strstr(w.err.text, in_text))
        fail_msg("%s: the text does not say \"%s\": %s", line, in_text, w.err.text);
}

static void test_caa_alone_asks_with_the_defaults(void **state)
{
    (void)state;
    const struct check_request *check = check_of("caa a.example");
    assert_int_equal(check->check_type, CHECK_CAA);
    assert_string_equal(check->target, "a.example");
    assert_true(check->has_caa_params);
    assert_int_equal(check->caa.certificate_type, CERT_TLS_SERVER);
    assert_false(check->caa.caa_domains.present);
    assert_false(check->caa.allow_lookup_failure);
    assert_int_equal(check->dcv.method, DCV_NONE);
    assert_false(w.options.request.has_orchestration);
    assert_int_equal(w.options.timeout_s, 60);
    assert_false(w.options.wants_json);
    assert_false(w.options.wants_help);
    assert_null(w.options.url);
}

static void test_general_options_take_effect(void **state)
{
    (void)state;
    check_of("caa --url http://c:1 --api-key-file key --json --timeout 7 --trace-identifier t-1 "
             "--perspective-count 6 --quorum-count 4 --max-attempts 2 --cohort 3 a.example");
    const struct client_options *o = &w.options;
    assert_int_equal(o->command, CLIENT_CHECK);
    assert_string_equal(o->url, "http://c:1");
    assert_string_equal(o->api_key_file, "key");
    assert_true(o->wants_json);
    assert_int_equal(o->timeout_s, 7);
    assert_string_equal(o->request.check.trace_identifier, "t-1");
    assert_true(o->request.has_orchestration);
    assert_int_equal(o->request.orchestration.perspective_count.value, 6);
    assert_int_equal(o->request.orchestration.quorum_count.value, 4);
    assert_int_equal(o->request.orchestration.max_attempts.value, 2);
    assert_int_equal(o->request.orchestration.cohort_for_single_attempt.value, 3);
    assert_string_equal(o->request.check.target, "a.example");
}

static void test_one_orchestration_option_leaves_the_others_to_the_coordinator(void **state)
{
    (void)state;
    check_of("caa a.example --max-attempts 2");
    assert_true(w.options.request.has_orchestration);
    assert_true(w.options.request.orchestration.max_attempts.present);
    assert_false(w.options.request.orchestration.perspective_count.present);
    assert_false(w.options.request.orchestration.quorum_count.present);
    assert_false(w.options.request.orchestration.cohort_for_single_attempt.present);
}

static void test_probe_takes_a_configuration(void **state)
{
    (void)state;
    assert_true(parse(CLIENT_PROBE, "caa a.example --config mpicd.yaml --json --timeout=3"));
    assert_int_equal(w.options.command, CLIENT_PROBE);
    assert_string_equal(w.options.config_file, "mpicd.yaml");
    assert_true(w.options.wants_json);
    assert_int_equal(w.options.timeout_s, 3);
}

static void test_caa_options_take_effect(void **state)
{
    (void)state;
    const struct check_request *check = check_of(
        "caa a.example --caa-domain ca.example --caa-domain=b.example --certificate-type s-mime "
        "--allow-lookup-failure --caa-account-uri https://ca.example/1 --validation-method-label "
        "dns-01 --validation-method-label http-01");
    assert_int_equal(check->caa.caa_domains.count, 2);
    assert_true(check->caa.caa_domains.present);
    assert_string_equal(check->caa.caa_domains.items[0], "ca.example");
    assert_string_equal(check->caa.caa_domains.items[1], "b.example");
    assert_int_equal(check->caa.certificate_type, CERT_S_MIME);
    assert_true(check->caa.allow_lookup_failure);
    assert_int_equal(check->caa.account_uris.count, 1);
    assert_string_equal(check->caa.account_uris.items[0], "https://ca.example/1");
    assert_int_equal(check->caa.validation_method_labels.count, 2);
    assert_string_equal(check->caa.validation_method_labels.items[1], "http-01");
}

static void test_caa_may_name_the_method_instead_of_labels(void **state)
{
    (void)state;
    const struct check_request *check = check_of("caa a.example --validation-method acme-http-01");
    assert_string_equal(check->caa.validation_method, "acme-http-01");
    assert_true(check->has_caa_params);
}

static void test_website_options_take_effect(void **state)
{
    (void)state;
    const struct check_request *check =
        check_of("website-change a.example --challenge-value v --ignore-case --http-token-path f.t "
                 "--url-scheme https --http-header 'X-A: 1' --http-header 'X-B:  two: 2' "
                 "--http-header X-C: --match-regex '^v$'");
    const struct dcv_params *dcv = &check->dcv;
    assert_int_equal(check->check_type, CHECK_DCV);
    assert_false(check->has_caa_params);
    assert_int_equal(dcv->method, DCV_WEBSITE_CHANGE);
    assert_string_equal(dcv->challenge_value, "v");
    assert_false(dcv->require_exact_case);
    assert_string_equal(dcv->http_token_path, "f.t");
    assert_int_equal(dcv->url_scheme, SCHEME_HTTPS);
    assert_true(dcv->has_http_headers);
    assert_int_equal(dcv->http_header_count, 3);
    assert_string_equal(dcv->http_headers[0].name, "X-A");
    assert_string_equal(dcv->http_headers[0].value, "1");
    assert_string_equal(dcv->http_headers[1].name, "X-B");
    assert_string_equal(dcv->http_headers[1].value, "two: 2");
    assert_string_equal(dcv->http_headers[2].value, "");
    assert_string_equal(dcv->match_regex, "^v$");
    assert_int_equal(check_of("website-change a.example --challenge-value v --http-token-path f "
                              "--url-scheme http")
                         ->dcv.url_scheme,
                     SCHEME_HTTP);
}

static void test_dns_options_take_effect(void **state)
{
    (void)state;
    const struct dcv_params *dcv =
        &check_of("dns-change a.example --challenge-value v --dns-record-type CNAME "
                  "--dns-name-prefix _p --exact-match --ignore-case")
             ->dcv;
    assert_int_equal(dcv->dns_record_type, DCV_RECORD_CNAME);
    assert_string_equal(dcv->dns_name_prefix, "_p");
    assert_true(dcv->require_exact_match);
    assert_false(dcv->require_exact_case);
    dcv = &check_of("dns-persistent a.example --issuer-domain-name ca.example --issuer-domain-name "
                    "b.example --expected-account-uri https://ca.example/1 --wildcard-policy "
                    "required")
               ->dcv;
    assert_int_equal(dcv->issuer_domain_names.count, 2);
    assert_string_equal(dcv->issuer_domain_names.items[1], "b.example");
    assert_string_equal(dcv->expected_account_uri, "https://ca.example/1");
    assert_int_equal(dcv->wildcard_policy, WILDCARD_REQUIRED);
    dcv = &check_of("ip-address a.example --challenge-value ::1 --dns-record-type AAAA")->dcv;
    assert_int_equal(dcv->dns_record_type, DCV_RECORD_AAAA);
}

static void test_acme_options_take_effect(void **state)
{
    (void)state;
    const struct dcv_params *dcv =
        &check_of("acme-http-01 a.example --token t --key-authorization t.k --http-header 'A: b'")
             ->dcv;
    assert_string_equal(dcv->token, "t");
    assert_string_equal(dcv->key_authorization, "t.k");
    assert_int_equal(dcv->http_header_count, 1);
    dcv = &check_of("dns-account-01 a.example --key-authorization-hash h --account-uri "
                    "https://ca.example/1")
               ->dcv;
    assert_string_equal(dcv->key_authorization_hash, "h");
    assert_string_equal(dcv->account_uri, "https://ca.example/1");
    dcv = &check_of("acme-tls-alpn-01 a.example --key-authorization-hash h2")->dcv;
    assert_string_equal(dcv->key_authorization_hash, "h2");
}

/* Each method by its name, with what it cannot do without. */
static const struct {
    enum dcv_method method;
    const char *arguments;
} minimal[] = {
    {DCV_WEBSITE_CHANGE, "--challenge-value v --http-token-path f"},
    {DCV_DNS_CHANGE, "--challenge-value v"},
    {DCV_DNS_PERSISTENT, "--issuer-domain-name c.example --expected-account-uri u"},
    {DCV_ACME_HTTP_01, "--token t --key-authorization t.k"},
    {DCV_ACME_DNS_01, "--key-authorization-hash h"},
    {DCV_ACME_TLS_ALPN_01, "--key-authorization-hash h"},
    {DCV_CONTACT_EMAIL_TXT, "--challenge-value v"},
    {DCV_CONTACT_PHONE_TXT, "--challenge-value v"},
    {DCV_CONTACT_EMAIL_CAA, "--challenge-value v"},
    {DCV_CONTACT_PHONE_CAA, "--challenge-value v"},
    {DCV_IP_ADDRESS, "--challenge-value v"},
    {DCV_REVERSE_ADDRESS_LOOKUP, "--challenge-value v"},
    {DCV_DNS_ACCOUNT_01, "--key-authorization-hash h --account-uri u"},
};

static void test_each_method_starts_from_the_defaults_of_the_wire(void **state)
{
    (void)state;
    assert_int_equal(sizeof minimal / sizeof *minimal, DCV_METHOD_COUNT - 1);
    for (size_t i = 0; i < sizeof minimal / sizeof *minimal; i++) {
        enum dcv_method method = minimal[i].method;
        const struct check_request *check = check_of(
            arena_printf(w.arena, "%s a.example %s", dcv_method_str(method), minimal[i].arguments));
        struct dcv_params expected;
        wire_init_dcv_params(&expected, method);
        assert_int_equal(check->dcv.method, method);
        assert_int_equal(check->dcv.require_exact_case, expected.require_exact_case);
        assert_int_equal(check->dcv.url_scheme, expected.url_scheme);
        assert_int_equal(check->dcv.wildcard_policy, expected.wildcard_policy);
        assert_true(str_eq(check->dcv.dns_name_prefix, expected.dns_name_prefix));
        enum dcv_record_type type = expected.dns_record_type;
        if (method == DCV_DNS_CHANGE)
            type = DCV_RECORD_TXT;
        if (method == DCV_IP_ADDRESS)
            type = DCV_RECORD_A;
        assert_int_equal(check->dcv.dns_record_type, type);
    }
}

static void test_what_was_parsed_is_a_request_that_the_wire_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof minimal / sizeof *minimal; i++) {
        if (minimal[i].method == DCV_DNS_PERSISTENT || minimal[i].method == DCV_DNS_ACCOUNT_01)
            continue; /* "u" is no URI; the examples of the help are, see below */
        check_of(arena_printf(w.arena, "%s a.example %s", dcv_method_str(minimal[i].method),
                              minimal[i].arguments));
        struct buf body = {0};
        wire_encode_mpic_request(&w.options.request, &body);
        struct mpic_request copy;
        struct wire_issues issues = {0};
        if (!wire_decode_mpic_request(buf_bytes(&body), w.arena, &copy, &issues))
            fail_msg("%s: %s", buf_str(&body), buf_str(&issues.items));
        assert_int_equal(copy.check.dcv.method, minimal[i].method);
        buf_clear(&body);
        wire_issues_clear(&issues);
    }
}

static void test_persistent_record_of_an_address_has_its_own_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *target, *prefix;
    } rows[] = {{"a.example", "_validation-persist"},
                {"192.0.2.1", "_ip-validation-persist"},
                {"2001:db8::1", "_ip-validation-persist"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct check_request *check = check_of(
            arena_printf(w.arena,
                         "dns-persistent --issuer-domain-name ca.example --expected-account-uri "
                         "https://ca.example/acct/1 %s",
                         rows[i].target));
        assert_string_equal(check->dcv.dns_name_prefix, rows[i].prefix);
        struct rule_issues issues = {0};
        request_check_parameters(check, NULL, w.arena, &issues);
        assert_int_equal(issues.count, 0);
    }
}

static void test_missing_options_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *in_text;
    } rows[] = {
        {"dns-change a.example", "dns-change needs --challenge-value"},
        {"website-change a.example --challenge-value v", "needs --http-token-path PATH"},
        {"dns-persistent a.example --expected-account-uri u", "--issuer-domain-name"},
        {"dns-persistent a.example --issuer-domain-name c.example", "--expected-account-uri"},
        {"acme-http-01 a.example --token t", "needs --key-authorization TEXT"},
        {"acme-http-01 a.example --key-authorization t.k", "needs --token"},
        {"acme-dns-01 a.example", "needs --key-authorization-hash"},
        {"dns-account-01 a.example --key-authorization-hash h", "needs --account-uri"},
        {"reverse-address-lookup 192.0.2.1", "needs --challenge-value"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_refused(CLIENT_CHECK, rows[i].line, rows[i].in_text);
        assert_refused(CLIENT_PROBE, rows[i].line, rows[i].in_text);
    }
}

static void test_wrong_usage_is_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        enum client_command command;
        const char *line;
        const char *in_text;
    } rows[] = {
        {CLIENT_CHECK, "", "what to check is missing"},
        {CLIENT_CHECK, "--json", "what to check is missing"},
        {CLIENT_CHECK, "CAA a.example", "unknown method \"CAA\""},
        {CLIENT_CHECK, "nonsense a.example", "\"mpic check --help\" lists them"},
        {CLIENT_PROBE, "nonsense a.example", "\"mpic probe --help\" lists them"},
        {CLIENT_CHECK, "caa", "the target is missing"},
        {CLIENT_CHECK, "caa --json", "the target is missing"},
        {CLIENT_CHECK, "caa a.example b.example", "\"b.example\" is the second"},
        {CLIENT_CHECK, "caa a.example --", ""},
        {CLIENT_CHECK, "caa a.example --nonsense", "unknown option --nonsense"},
        {CLIENT_CHECK, "caa a.example --nonsense=1", "unknown option --nonsense"},
        {CLIENT_CHECK, "caa a.example --ur http://c", "unknown option --ur"},
        {CLIENT_CHECK, "caa a.example --urls http://c", "unknown option --urls"},
        {CLIENT_CHECK, "caa a.example -j", "unknown option -j"},
        {CLIENT_CHECK, "caa -", "unknown option -"},
        {CLIENT_CHECK, "caa a.example --config f", "unknown option --config"},
        {CLIENT_PROBE, "caa a.example --url http://c", "unknown option --url"},
        {CLIENT_PROBE, "caa a.example --api-key-file f", "unknown option --api-key-file"},
        {CLIENT_PROBE, "caa a.example --perspective-count 6", "unknown option"},
        {CLIENT_PROBE, "caa a.example --cohort 1", "unknown option"},
        {CLIENT_CHECK, "caa a.example --token t", "--token is not an option of caa"},
        {CLIENT_CHECK, "dns-change a.example --caa-domain c", "not an option of dns-change"},
        {CLIENT_CHECK, "acme-http-01 a.example --challenge-value v", "is not an option of"},
        {CLIENT_CHECK, "caa a.example --url", "--url needs a value: URL"},
        {CLIENT_CHECK, "caa a.example --json=yes", "--json takes no value"},
        {CLIENT_CHECK, "caa a.example --timeout 0",
         "--timeout cannot be \"0\": it takes seconds, from 1 to 3600"},
        {CLIENT_CHECK, "caa a.example --timeout 3601", "--timeout cannot be"},
        {CLIENT_CHECK, "caa a.example --timeout -1", "--timeout cannot be"},
        {CLIENT_CHECK, "caa a.example --timeout=", "--timeout cannot be \"\""},
        {CLIENT_CHECK, "caa a.example --timeout 1s", "--timeout cannot be \"1s\""},
        {CLIENT_CHECK, "caa a.example --timeout +5", "--timeout cannot be"},
        {CLIENT_CHECK, "caa a.example --timeout ' 5'", "--timeout cannot be"},
        {CLIENT_CHECK, "caa a.example --quorum-count four",
         "--quorum-count cannot be \"four\": it takes a whole number"},
        {CLIENT_CHECK, "caa a.example --quorum-count 0x4", "cannot be"},
        {CLIENT_CHECK, "caa a.example --quorum-count -", "cannot be"},
        {CLIENT_CHECK, "caa a.example --max-attempts 99999999999999999999", "cannot be"},
        {CLIENT_CHECK, "caa a.example --certificate-type TLS",
         "it takes tls-server, s-mime or mark"},
        {CLIENT_CHECK, "dns-change a.example --dns-record-type txt", "it takes TXT, CNAME or CAA"},
        {CLIENT_CHECK, "website-change a.example --url-scheme ftp", "it takes http or https"},
        {CLIENT_CHECK, "dns-persistent a.example --wildcard-policy none",
         "it takes baseline or required"},
        {CLIENT_CHECK, "website-change a.example --http-header X",
         "it takes a name, a colon and a value"},
        {CLIENT_CHECK, "website-change a.example --http-header :X", "--http-header cannot be"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].in_text[0])
            assert_refused(rows[i].command, rows[i].line, rows[i].in_text);
        else
            assert_true(parse(rows[i].command, rows[i].line));
    }
}

static void test_double_dash_ends_the_options(void **state)
{
    (void)state;
    assert_string_equal(check_of("caa --json -- --a.example")->target, "--a.example");
    assert_true(w.options.wants_json);
    assert_refused(CLIENT_CHECK, "caa -- a.example --json", "\"--json\" is the second");
    assert_string_equal(check_of("caa -- -h")->target, "-h");
    assert_false(w.options.wants_help);
}

static void test_value_may_look_like_an_option(void **state)
{
    (void)state;
    assert_string_equal(
        check_of("dns-change a.example --challenge-value --help")->dcv.challenge_value, "--help");
    assert_false(w.options.wants_help);
    assert_string_equal(check_of("dns-change a.example --challenge-value=a=b")->dcv.challenge_value,
                        "a=b");
    assert_int_equal(check_of("caa a.example --quorum-count -1")->check_type, CHECK_CAA);
    assert_int_equal(w.options.request.orchestration.quorum_count.value, -1);
}

static void test_last_of_two_values_counts(void **state)
{
    (void)state;
    check_of("caa a.example --url http://one --url=http://two");
    assert_string_equal(w.options.url, "http://two");
}

static void test_help_is_asked_for_anywhere(void **state)
{
    (void)state;
    static const char *const lines[] = {"--help", "-h", "caa --help", "caa a.example -h",
                                        "dns-change --json --help"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_true(parse(CLIENT_CHECK, lines[i]));
        assert_true(w.options.wants_help);
    }
}

static const char *help_of(enum client_command command, const char *method)
{
    struct buf out = {0};
    client_help(command, method, &out);
    const char *text = arena_strdup(w.arena, buf_str(&out));
    buf_clear(&out);
    return text;
}

static void test_help_of_a_method_has_an_example_that_works(void **state)
{
    (void)state;
    for (int method = 0; method < DCV_METHOD_COUNT; method++) {
        const char *name = method == DCV_NONE ? "caa" : dcv_method_str((enum dcv_method)method);
        for (int command = CLIENT_CHECK; command <= CLIENT_PROBE; command++) {
            const char *help = help_of((enum client_command)command, name);
            const char *begin = arena_printf(w.arena, "  mpic %s ",
                                             client_command_str((enum client_command)command));
            const char *example = strstr(help, begin);
            if (!example)
                fail_msg("no example for %s", name);
            example += strlen(begin);
            const char *line = arena_strndup(w.arena, example, strcspn(example, "\n"));
            assert_true(str_starts_with(line, name));
            if (!parse((enum client_command)command, line))
                fail_msg("%s: %s", line, w.err.text);
            /* What a coordinator and a perspective would say to it. */
            struct rule_issues issues = {0};
            request_check_parameters(&w.options.request.check, NULL, w.arena, &issues);
            if (issues.count)
                fail_msg("%s: %s", line, issues.items[0].message);
        }
    }
}

static void test_help_of_a_method_lists_its_options_only(void **state)
{
    (void)state;
    const char *help = help_of(CLIENT_CHECK, "acme-http-01");
    assert_non_null(strstr(help, "Usage: mpic check acme-http-01 TARGET"));
    assert_non_null(strstr(help, "--token TEXT"));
    assert_non_null(strstr(help, "--url URL"));
    assert_non_null(strstr(help, "--quorum-count N"));
    assert_non_null(strstr(help, "Exit status: 0 corroborated"));
    assert_null(strstr(help, "--challenge-value"));
    assert_null(strstr(help, "--config"));
    help = help_of(CLIENT_PROBE, "caa");
    assert_non_null(strstr(help, "--config FILE"));
    assert_non_null(strstr(help, "--caa-domain DOMAIN"));
    assert_non_null(strstr(help, "Exit status: 0 passed"));
    assert_null(strstr(help, "--url"));
    assert_null(strstr(help, "--token"));
}

static void test_help_without_a_method_lists_all_methods(void **state)
{
    (void)state;
    const char *help = help_of(CLIENT_CHECK, NULL);
    assert_non_null(strstr(help, "\n  caa "));
    for (int method = DCV_NONE + 1; method < DCV_METHOD_COUNT; method++)
        assert_non_null(strstr(help, dcv_method_str((enum dcv_method)method)));
    assert_non_null(strstr(help, "--json"));
    assert_null(strstr(help, "--token"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_caa_alone_asks_with_the_defaults),
        TEST(test_general_options_take_effect),
        TEST(test_one_orchestration_option_leaves_the_others_to_the_coordinator),
        TEST(test_probe_takes_a_configuration),
        TEST(test_caa_options_take_effect),
        TEST(test_caa_may_name_the_method_instead_of_labels),
        TEST(test_website_options_take_effect),
        TEST(test_dns_options_take_effect),
        TEST(test_acme_options_take_effect),
        TEST(test_each_method_starts_from_the_defaults_of_the_wire),
        TEST(test_what_was_parsed_is_a_request_that_the_wire_takes),
        TEST(test_persistent_record_of_an_address_has_its_own_prefix),
        TEST(test_missing_options_are_named),
        TEST(test_wrong_usage_is_refused_with_the_reason),
        TEST(test_double_dash_ends_the_options),
        TEST(test_value_may_look_like_an_option),
        TEST(test_last_of_two_values_counts),
        TEST(test_help_is_asked_for_anywhere),
        TEST(test_help_of_a_method_has_an_example_that_works),
        TEST(test_help_of_a_method_lists_its_options_only),
        TEST(test_help_without_a_method_lists_all_methods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
