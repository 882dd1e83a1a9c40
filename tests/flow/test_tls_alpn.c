/* Whole TLS-ALPN-01 checks over a scripted DNS, scripted handshakes and virtual time. */
#include "support/check_world.h"
#include "support/make_cert.h"

#include <string.h>

#define HASH                                                                                       \
    "000102030405060708090a0b0c0d0e0f"                                                             \
    "101112131415161718191a1b1c1d1e1f"
#define DIGEST                                                                                     \
    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"                             \
    "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"
#define SAN_OF_NAME "\x30\x11\x82\x0fwww.example.com"
#define SAN_OF_IPV4 "\x30\x06\x87\x04\x5d\xb8\xd8\x22" /* WORLD_IPV4 */
#define LOOKUP      "mpic_error:dcv_checker:lookup"
#define TLS_ALPN    "mpic_error:dcv_checker:tls_alpn:"

static int setup(void **state)
{
    world_setup(state);
    w.request.dcv.method = DCV_ACME_TLS_ALPN_01;
    w.request.dcv.require_exact_case = false;
    w.request.dcv.key_authorization_hash = HASH;
    fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
    return 0;
}

static void host(const char *ipv4, const char *ipv6)
{
    if (ipv4)
        fake_answer_address(fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK), ipv4);
    if (ipv6)
        fake_answer_address(fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, DNS_OK), ipv6);
}

static struct cert_spec right_spec(void)
{
    return (struct cert_spec){
        .subject = "whatever",
        .extensions = {{OID_SAN, false, BYTES(SAN_OF_NAME)},
                       {OID_ACME_IDENTIFIER, true, BYTES("\x04\x20" DIGEST)}},
    };
}

static struct fake_handshake *shakes(const char *address, const struct cert_spec *spec)
{
    struct fake_handshake *handshake = fake_tls_handshake(address);
    fake_handshake_certificate(handshake, make_cert(spec, w.arena));
    return handshake;
}

static struct fake_handshake *shakes_right(const char *address)
{
    const struct cert_spec spec = right_spec();
    return shakes(address, &spec);
}

static void fails(const char *address, enum peer_status status)
{
    fake_tls_handshake(address)->status = status;
}

static const struct tls_alpn_details *details(void)
{
    return &w.result->details.tls_alpn;
}

static void assert_tried(size_t index, const char *address, const char *outcome)
{
    assert_true(index < details()->connection.tried_count);
    assert_string_equal(details()->connection.addresses_tried[index].address, address);
    assert_string_equal(details()->connection.addresses_tried[index].outcome, outcome);
}

/* --- what proves control --------------------------------------------------------------------- */

static void test_tls_alpn_right_certificate_passes_with_evidence(void **state)
{
    (void)state;
    host(WORLD_IPV4, NULL);
    shakes_right(WORLD_IPV4);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_true(result->has_errors); /* [], as Open MPIC has it */
    assert_int_equal(result->error_count, 0);
    assert_int_equal(result->details.dnssec, DNSSEC_SECURE);
    assert_int_equal(result->details.local_policy.count, 0);
    assert_string_equal(details()->sni, "www.example.com");
    assert_string_equal(details()->alpn, "acme-tls/1");
    assert_string_equal(details()->tls_version, "TLSv1.3");
    assert_string_equal(details()->common_name, "whatever");
    assert_non_null(details()->certificate);
    assert_int_equal(details()->san.count, 1);
    assert_string_equal(details()->san.items[0], "DNS:www.example.com");
    assert_string_equal(details()->digest_seen, HASH);
    assert_string_equal(details()->connection.address_used, WORLD_IPV4);
    assert_string_equal(details()->connection.ipv6_status, "nodata");
    assert_tried(0, WORLD_IPV4, "connected");
    const struct tls_request *request = &fake_tls_request(w.tls, 0)->request;
    assert_string_equal(request->address, WORLD_IPV4);
    assert_int_equal(request->port, 443);
    assert_string_equal(request->sni, "www.example.com");
    assert_string_equal(request->alpn, "acme-tls/1");
}

static void test_tls_alpn_aliases_of_the_addresses_are_told(void **state)
{
    (void)state;
    host(WORLD_IPV4, NULL);
    struct fake_answer *a = fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK);
    fake_answer_alias(a, "www.cdn.example");
    fake_answer_address(a, WORLD_IPV4);
    shakes_right(WORLD_IPV4);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(details()->connection.lookup_count, 2);
    assert_false(details()->connection.lookups[0].cname_chain.present);
    assert_string_equal(details()->connection.lookups[1].cname_chain.items[0], "www.cdn.example.");
}

static void test_tls_alpn_address_target_is_asked_by_its_reverse_name(void **state)
{
    (void)state;
    struct cert_spec spec = right_spec();
    spec.extensions[0].value = BYTES(SAN_OF_IPV4);
    w.request.target = WORLD_IPV4;
    shakes(WORLD_IPV4, &spec);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_string_equal(details()->sni, "34.216.184.93.in-addr.arpa"); /* RFC 8738 section 6 */
    assert_string_equal(fake_tls_request(w.tls, 0)->request.sni, details()->sni);
    assert_string_equal(details()->san.items[0], "IP:" WORLD_IPV4);
    assert_int_equal(fake_dns_question_count(w.dns), 0);
    assert_int_equal(result->details.dnssec, DNSSEC_NONE);
}

static void test_tls_alpn_lab_port_shows_in_local_policy(void **state)
{
    (void)state;
    w.settings.tls_alpn_port = 5001;
    host(WORLD_IPV4, NULL);
    shakes_right(NULL);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_tls_request(w.tls, 0)->request.port, 5001);
    assert_true(strv_has(&result->details.local_policy, "tls_alpn.port"));
}

/* --- what does not --------------------------------------------------------------------------- */

static void test_tls_alpn_wrong_certificates_fail(void **state)
{
    (void)state;
    struct cert_spec missing = right_spec(), issued = right_spec(), twice = right_spec();
    struct cert_spec other = right_spec(), uncritical = right_spec(), name = right_spec();
    missing.extensions[1] = (struct cert_extension){0};
    issued.has_other_issuer = true;
    issued.issuer = "another";
    twice.extensions[2] = twice.extensions[1];
    other.extensions[1].value = BYTES("\x04\x20" DIGEST);
    other.extensions[1].value.p = (const uint8_t *)"\x04\x20"
                                                   "another digest of thirty-two byt";
    uncritical.extensions[1].critical = false;
    name.extensions[0].value = BYTES("\x30\x11\x82\x0fwww.example.net");
    const struct row {
        const char *why;
        const struct cert_spec *spec;
        enum problem problem;
        const char *type;
    } rows[] = {
        {"no acmeIdentifier", &missing, PROBLEM_EXTENSION_MISSING,
         TLS_ALPN "certificate:extension_missing"},
        {"not self-signed", &issued, PROBLEM_NOT_SELF_SIGNED,
         TLS_ALPN "certificate:not_self_signed"},
        {"an extension twice", &twice, PROBLEM_DUPLICATE_EXTENSION,
         TLS_ALPN "certificate:duplicate_extension"},
        {"another digest", &other, PROBLEM_DIGEST_MISMATCH, TLS_ALPN "certificate:digest_mismatch"},
        {"not critical", &uncritical, PROBLEM_NONCRITICAL_ALPN_EXTENSION,
         TLS_ALPN "certificate:noncritical_alpn_extension"},
        {"another name", &name, PROBLEM_SAN_NOT_HOSTNAME, TLS_ALPN "certificate:san_not_hostname"},
    };
    host(WORLD_IPV4, WORLD_IPV6);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake_tls_reset();
        shakes(WORLD_IPV6, rows[i].spec);
        shakes_right(WORLD_IPV4); /* not asked: the site was reached */
        const struct check_result *result = world_run();
        if (result->problem != rows[i].problem)
            fail_msg("%s: %s", rows[i].why, problem_str(result->problem));
        assert_problem(result, VERDICT_FAIL, rows[i].problem);
        assert_one_error(result, rows[i].type, "");
        assert_int_equal(fake_tls_request_count(w.tls), 1);
        assert_string_equal(details()->common_name, "whatever");
        assert_non_null(details()->certificate);
        assert_string_equal(details()->connection.address_used, WORLD_IPV6);
    }
}

static void test_tls_alpn_all_faults_are_listed_and_the_first_names_the_problem(void **state)
{
    (void)state;
    struct cert_spec spec = right_spec();
    spec.extensions[0].value = BYTES("\x30\x11\x82\x0fwww.example.net");
    spec.extensions[1].critical = false;
    host(WORLD_IPV4, NULL);
    shakes(NULL, &spec);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_SAN_NOT_HOSTNAME);
    assert_int_equal(result->error_count, 2);
    assert_string_equal(result->errors[0].type, TLS_ALPN "certificate:san_not_hostname");
    assert_string_equal(result->errors[1].type, TLS_ALPN "certificate:noncritical_alpn_extension");
}

static void test_tls_alpn_other_protocol_fails_whatever_the_certificate(void **state)
{
    (void)state;
    static const char *const protocols[] = {"", "h2", "acme-tls/1x", "acme-tls/"};
    host(WORLD_IPV4, NULL);
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        fake_tls_reset();
        fake_handshake_alpn(shakes_right(NULL), bytes_of(protocols[i]));
        const struct check_result *result = world_run();
        assert_problem(result, VERDICT_FAIL, PROBLEM_PROTOCOL_NOT_NEGOTIATED);
        assert_one_error(result, TLS_ALPN "protocol_not_negotiated", "");
        assert_int_equal(details()->alpn != NULL, i > 0);
    }
}

static void test_tls_alpn_no_certificate_or_none_that_can_be_read_fails(void **state)
{
    (void)state;
    host(WORLD_IPV4, NULL);
    fake_tls_handshake(NULL);
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_UNREADABLE);
    assert_null(details()->certificate);
    fake_tls_reset();
    fake_handshake_certificate(fake_tls_handshake(NULL), bytes_of("no certificate"));
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_UNREADABLE);
    assert_non_null(details()->certificate); /* what came is shown */
    assert_null(details()->common_name);
}

/* What is too large for the evidence cannot be a yes: nobody could derive it again. */
static void test_tls_alpn_huge_certificate_is_never_a_yes(void **state)
{
    (void)state;
    static const uint8_t huge[17 * 1024];
    struct cert_spec spec = right_spec();
    spec.extensions[2] =
        (struct cert_extension){"1.2.3.4", false, (struct bytes){huge, sizeof huge}};
    host(WORLD_IPV4, NULL);
    shakes(NULL, &spec);
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_UNREADABLE);
    assert_null(details()->certificate);
}

/* --- addresses and connections --------------------------------------------------------------- */

static void test_tls_alpn_failed_connect_falls_back_in_order(void **state)
{
    (void)state;
    host(WORLD_IPV4, WORLD_IPV6);
    fails(WORLD_IPV6, PEER_CONNECT_FAILED);
    shakes_right(WORLD_IPV4);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_tried(0, WORLD_IPV6, "connect_failed");
    assert_tried(1, WORLD_IPV4, "connected");
    assert_string_equal(details()->connection.address_used, WORLD_IPV4);
}

static void test_tls_alpn_failure_after_the_connect_is_final(void **state)
{
    (void)state;
    static const struct row {
        enum peer_status status;
        enum problem problem;
        const char *token;
    } rows[] = {
        {PEER_READ_TIMEOUT, PROBLEM_READ_TIMEOUT, "TimeoutError"},
        {PEER_DISCONNECTED, PROBLEM_DISCONNECTED, "ServerDisconnectedError"},
        {PEER_TLS_FAILED, PROBLEM_TLS_FAILED, "SSLError"},
    };
    host(WORLD_IPV4, WORLD_IPV6);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake_tls_reset();
        fails(WORLD_IPV6, rows[i].status);
        shakes_right(WORLD_IPV4);
        const struct check_result *result = world_run();
        assert_problem(result, VERDICT_UNKNOWN, rows[i].problem);
        assert_one_error(result, LOOKUP, rows[i].token);
        assert_int_equal(fake_tls_request_count(w.tls), 1);
        assert_string_equal(details()->connection.address_used, WORLD_IPV6);
        assert_null(details()->certificate);
        assert_string_equal(details()->sni, "www.example.com");
    }
}

static void test_tls_alpn_no_address_accepts_a_connection(void **state)
{
    (void)state;
    host(WORLD_IPV4, WORLD_IPV6);
    fails(WORLD_IPV6, PEER_CONNECT_FAILED);
    fails(WORLD_IPV4, PEER_CONNECT_FAILED);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_CONNECT_FAILED);
    assert_one_error(result, LOOKUP, "ClientConnectorError");
    assert_int_equal(details()->connection.tried_count, 2);
    assert_null(details()->connection.address_used);
}

static void test_tls_alpn_our_own_failure_is_internal_and_uses_no_address(void **state)
{
    (void)state;
    host(WORLD_IPV4, NULL);
    fails(WORLD_IPV4, PEER_LOCAL);
    assert_problem(world_run(), VERDICT_UNKNOWN, PROBLEM_INTERNAL);
    assert_tried(0, WORLD_IPV4, "local_failure");
    assert_null(details()->connection.address_used);
}

static void test_tls_alpn_refused_addresses_fail_and_nobody_is_contacted(void **state)
{
    (void)state;
    static const char *const targets[] = {"www.example.com", "127.0.0.1", "::1"};
    host("10.0.0.1", NULL);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        w.request.target = targets[i];
        const struct check_result *result = world_run();
        assert_problem(result, VERDICT_FAIL, PROBLEM_ADDRESS_REFUSED);
        assert_one_error(result, "mpic_error:dcv_checker:address_refused", "RFC");
        assert_int_equal(details()->connection.refused_count, 1);
    }
    assert_int_equal(fake_tls_request_count(w.tls), 0);
}

static void test_tls_alpn_lookups_that_fail_are_unknown(void **state)
{
    (void)state;
    assert_problem(world_run(), VERDICT_UNKNOWN, PROBLEM_NO_ADDRESS);
    fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_BOGUS);
    assert_problem(world_run(), VERDICT_UNKNOWN, PROBLEM_DNSSEC_BOGUS);
    assert_int_equal(w.result->details.dnssec, DNSSEC_BOGUS);
    assert_string_equal(details()->connection.ipv4_status, "bogus");
}

/* --- time ------------------------------------------------------------------------------------ */

static void test_tls_alpn_silent_server_is_a_read_timeout_before_the_deadline(void **state)
{
    (void)state;
    host(WORLD_IPV4, NULL);
    shakes_right(NULL)->delay_ms = FAKE_TLS_NEVER;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_READ_TIMEOUT);
    assert_true(result->details.duration_ms.value < WORLD_CHECK_MS);
    assert_string_equal(details()->connection.address_used, WORLD_IPV4);
}

static void test_tls_alpn_connect_gets_half_of_the_rest_while_addresses_are_left(void **state)
{
    (void)state;
    host(WORLD_IPV4, WORLD_IPV6);
    fake_tls_handshake(NULL)->connect_ms = FAKE_TLS_NEVER;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_CONNECT_TIMEOUT);
    const struct fake_tls_record *first = fake_tls_request(w.tls, 0);
    const struct fake_tls_record *second = fake_tls_request(w.tls, 1);
    uint64_t half_ms = (first->deadline_ms - first->at_ms) / 2;
    assert_int_equal(first->request.connect_deadline_ms, first->at_ms + half_ms);
    assert_int_equal(second->at_ms, first->at_ms + half_ms);
    assert_int_equal(second->request.connect_deadline_ms, second->deadline_ms);
    assert_true(second->deadline_ms < FAKE_LOOP_START_MS + WORLD_CHECK_MS);
}

static void assert_reason_has(const char *part)
{
    if (!strstr(w.result->details.reason, part))
        fail_msg("\"%s\" is not in \"%s\"", part, w.result->details.reason);
}

/* "mpic itself failed" is what only our own machine can raise. */
static void test_tls_alpn_no_status_but_our_own_failure_is_internal(void **state)
{
    (void)state;
    host(WORLD_IPV4, NULL);
    for (int status = PEER_CONNECT_FAILED; status <= PEER_LOCAL; status++) {
        fake_tls_handshake(NULL)->status = (enum peer_status)status;
        assert_int_equal(world_run()->verdict, VERDICT_UNKNOWN);
        assert_int_equal(w.result->problem == PROBLEM_INTERNAL, status == PEER_LOCAL);
    }
}

static void test_tls_alpn_silent_family_leaves_half_of_the_time(void **state)
{
    (void)state;
    w.settings.http_timeout_ms = 4000;
    host(WORLD_IPV4, NULL);
    fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    shakes_right(WORLD_IPV4);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(w.result->details.duration_ms.value, 2000);
    assert_int_equal(fake_tls_request(w.tls, 0)->deadline_ms, FAKE_LOOP_START_MS + 4000);
    assert_string_equal(details()->connection.ipv6_status, "timeout");
}

static void test_tls_alpn_timeouts_say_where_the_time_went(void **state)
{
    (void)state;
    w.settings.http_timeout_ms = 4000;
    host(WORLD_IPV4, NULL);
    shakes_right(NULL)->delay_ms = FAKE_TLS_NEVER;
    assert_problem(world_run(), VERDICT_UNKNOWN, PROBLEM_READ_TIMEOUT);
    assert_reason_has("0.0 s went into finding the addresses of www.example.com, 4.0 s into this");
    assert_reason_has(WORLD_IPV4 " port 443, asked by TLS for www.example.com with acme-tls/1: ");
}

static void test_tls_alpn_server_without_the_protocol_is_told_in_words(void **state)
{
    (void)state;
    host(WORLD_IPV4, NULL);
    struct fake_handshake *handshake = fake_tls_handshake(NULL);
    handshake->status = PEER_TLS_FAILED;
    handshake->alpn_refused = true;
    assert_problem(world_run(), VERDICT_UNKNOWN, PROBLEM_TLS_FAILED);
    assert_reason_has("the server does not speak acme-tls/1");
}

static void test_tls_alpn_fault_says_whose_certificate_came(void **state)
{
    (void)state;
    struct cert_spec spec = right_spec();
    spec.extensions[1].critical = false;
    host(WORLD_IPV4, NULL);
    shakes(NULL, &spec);
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_NONCRITICAL_ALPN_EXTENSION);
    assert_reason_has(
        "answered, but does not prove control: The TLS ALPN certificate has non-critical");
    assert_reason_has("Its certificate is for DNS:www.example.com.");
}

static void test_tls_alpn_deadline_that_has_passed_is_said_with_the_name(void **state)
{
    (void)state;
    w.check_ms = 0;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DEADLINE);
    assert_one_error(result, LOOKUP, "TimeoutError");
    assert_string_equal(details()->sni, "www.example.com");
    assert_int_equal(fake_tls_request_count(w.tls), 0);
}

static void test_tls_alpn_cancel_at_each_moment_is_silent(void **state)
{
    (void)state;
    static const uint64_t moments_ms[] = {0, 99, 100, 199, 250};
    struct fake_answer *a = fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK);
    fake_answer_address(a, WORLD_IPV4);
    a->delay_ms = 100;
    struct fake_handshake *handshake = shakes_right(NULL);
    handshake->connect_ms = 100;
    handshake->delay_ms = 100;
    for (size_t i = 0; i < sizeof moments_ms / sizeof *moments_ms; i++)
        world_cancel_after(moments_ms[i]);
}

static void test_tls_alpn_bad_parameters_contact_nobody(void **state)
{
    (void)state;
    static const struct row {
        const char *why, *target, *hash;
    } rows[] = {
        {"no proof for a wildcard (BR 3.2.2.4.20)", "*.example.com", HASH},
        {"base64url is another method's", "www.example.com",
         "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"},
        {"no name", "bad..name", HASH},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w.request.target = rows[i].target;
        w.request.dcv.key_authorization_hash = rows[i].hash;
        const struct check_result *result = world_run();
        if (result->problem != PROBLEM_PARAMETER)
            fail_msg("%s: %s", rows[i].why, problem_str(result->problem));
        assert_string_equal(result->errors[0].type, "mpic_error:dcv_checker:parameter");
    }
    assert_int_equal(fake_dns_question_count(w.dns), 0);
    assert_int_equal(fake_tls_request_count(w.tls), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tls_alpn_right_certificate_passes_with_evidence),
        TEST(test_tls_alpn_aliases_of_the_addresses_are_told),
        TEST(test_tls_alpn_address_target_is_asked_by_its_reverse_name),
        TEST(test_tls_alpn_lab_port_shows_in_local_policy),
        TEST(test_tls_alpn_wrong_certificates_fail),
        TEST(test_tls_alpn_all_faults_are_listed_and_the_first_names_the_problem),
        TEST(test_tls_alpn_other_protocol_fails_whatever_the_certificate),
        TEST(test_tls_alpn_no_certificate_or_none_that_can_be_read_fails),
        TEST(test_tls_alpn_huge_certificate_is_never_a_yes),
        TEST(test_tls_alpn_failed_connect_falls_back_in_order),
        TEST(test_tls_alpn_failure_after_the_connect_is_final),
        TEST(test_tls_alpn_no_address_accepts_a_connection),
        TEST(test_tls_alpn_our_own_failure_is_internal_and_uses_no_address),
        TEST(test_tls_alpn_refused_addresses_fail_and_nobody_is_contacted),
        TEST(test_tls_alpn_lookups_that_fail_are_unknown),
        TEST(test_tls_alpn_silent_server_is_a_read_timeout_before_the_deadline),
        TEST(test_tls_alpn_connect_gets_half_of_the_rest_while_addresses_are_left),
        TEST(test_tls_alpn_no_status_but_our_own_failure_is_internal),
        TEST(test_tls_alpn_silent_family_leaves_half_of_the_time),
        TEST(test_tls_alpn_timeouts_say_where_the_time_went),
        TEST(test_tls_alpn_server_without_the_protocol_is_told_in_words),
        TEST(test_tls_alpn_fault_says_whose_certificate_came),
        TEST(test_tls_alpn_deadline_that_has_passed_is_said_with_the_name),
        TEST(test_tls_alpn_cancel_at_each_moment_is_silent),
        TEST(test_tls_alpn_bad_parameters_contact_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
