/*
 * "mpic itself failed" (the problem `internal`) is what only our own machine may raise: checks of every method, against
 * name servers, web servers and TLS servers that answer at random, or nearly right.
 */
#include "support/check_world.h"

#include "base/str.h"
#include "core/method/method.h"
#include "support/make_cert.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 2500 };

#define KEY  "tok1.thumb"
#define HASH "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
#define HEX  "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static uint32_t next_random(uint32_t bound)
{
    static uint64_t state = 20261126;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % bound;
}

#define PICK(list) ((list)[next_random(sizeof(list) / sizeof *(list))])

/* --- what is asked ----------------------------------------------------------------------------- */

static const char *const issuers[] = {"ca.example"};
static const struct dcv_params all_params[] = {
    {.method = DCV_WEBSITE_CHANGE, .challenge_value = "v1", .http_token_path = "f"},
    {.method = DCV_WEBSITE_CHANGE,
     .challenge_value = "",
     .http_token_path = "f",
     .match_regex = "v\\d+"},
    {.method = DCV_DNS_CHANGE, .challenge_value = "v1", .dns_record_type = DCV_RECORD_TXT},
    {.method = DCV_DNS_CHANGE, .challenge_value = "v1", .dns_record_type = DCV_RECORD_CNAME},
    {.method = DCV_DNS_CHANGE, .challenge_value = "v1", .dns_record_type = DCV_RECORD_CAA},
    {.method = DCV_DNS_PERSISTENT,
     .issuer_domain_names = {issuers, 1, true},
     .expected_account_uri = "https://ca.example/1"},
    {.method = DCV_ACME_HTTP_01, .token = "tok1", .key_authorization = KEY},
    {.method = DCV_ACME_DNS_01, .key_authorization_hash = HASH},
    {.method = DCV_ACME_TLS_ALPN_01, .key_authorization_hash = HEX},
    {.method = DCV_CONTACT_EMAIL_TXT, .challenge_value = "a@example.com"},
    {.method = DCV_CONTACT_PHONE_TXT, .challenge_value = "+1 555"},
    {.method = DCV_CONTACT_EMAIL_CAA, .challenge_value = "a@example.com"},
    {.method = DCV_CONTACT_PHONE_CAA, .challenge_value = "+1 555"},
    {.method = DCV_IP_ADDRESS, .challenge_value = WORLD_IPV4, .dns_record_type = DCV_RECORD_A},
    {.method = DCV_IP_ADDRESS, .challenge_value = WORLD_IPV6, .dns_record_type = DCV_RECORD_AAAA},
    {.method = DCV_REVERSE_ADDRESS_LOOKUP, .challenge_value = "www.example.com"},
    {.method = DCV_DNS_ACCOUNT_01,
     .key_authorization_hash = HASH,
     .account_uri = "https://ca.example/1"},
};

static void choose_request(void)
{
    w.request = (struct check_request){.check_type = CHECK_CAA, .target = "www.example.com"};
    w.request.caa = (struct caa_params){.caa_domains = {issuers, 1, true},
                                        .allow_lookup_failure = next_random(2)};
    if (next_random(5) == 0)
        return;
    w.request.check_type = CHECK_DCV;
    w.request.dcv = PICK(all_params);
    w.request.dcv.require_exact_case = next_random(2);
    if (w.request.dcv.method == DCV_REVERSE_ADDRESS_LOOKUP)
        w.request.target = "34.216.184.93.in-addr.arpa";
    if (next_random(8) == 0 &&
        (w.request.dcv.method == DCV_ACME_HTTP_01 || w.request.dcv.method == DCV_ACME_TLS_ALPN_01))
        w.request.target = WORLD_IPV4;
}

/* --- what is answered -------------------------------------------------------------------------- */

static const char *const names[] = {"www.example.com",
                                    "example.com",
                                    "com",
                                    "_acme-challenge.www.example.com",
                                    "_validation-contactemail.www.example.com",
                                    "_validation-contactphone.www.example.com",
                                    "_validation-persist.www.example.com",
                                    "_validation-persist.example.com",
                                    "34.216.184.93.in-addr.arpa",
                                    "other.example"};
static const uint16_t types[] = {DNS_A,   DNS_AAAA, DNS_CAA, DNS_TXT, DNS_CNAME,
                                 DNS_PTR, DNS_DS,   DNS_SOA, DNS_NS};
static const char *const texts[] = {
    "v1", "V1", "a@example.com",   "+1 555",   HASH, "ca.example; accounturi=https://ca.example/1",
    "",   "x",  "www.example.com", "\xff\x01;"};

static void add_record(struct fake_answer *answer, uint16_t type)
{
    uint8_t noise[64];
    if (next_random(8) == 0) { /* any bytes, of any length: an adapter hands out what came */
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)next_random(256);
        fake_answer_record(answer, (struct bytes){noise, next_random(sizeof noise)});
        return;
    }
    switch (type) {
    case DNS_A:
        fake_answer_address(answer, next_random(3) ? WORLD_IPV4 : "127.0.0.1");
        return;
    case DNS_AAAA:
        fake_answer_address(answer, next_random(3) ? WORLD_IPV6 : "::1");
        return;
    case DNS_CAA:
        fake_answer_caa(answer, next_random(4) ? 0 : 128, next_random(2) ? "issue" : "contactemail",
                        next_random(3) ? "ca.example" : PICK(texts));
        return;
    case DNS_TXT:
        fake_answer_txt(answer, PICK(texts));
        return;
    default:
        fake_answer_target(answer, PICK(names));
    }
}

static void script_question(const char *name, uint16_t type)
{
    static const enum dns_outcome all[] = {
        DNS_OK,       DNS_OK,      DNS_OK,      DNS_OK,    DNS_NODATA, DNS_NODATA,    DNS_NXDOMAIN,
        DNS_SERVFAIL, DNS_REFUSED, DNS_TIMEOUT, DNS_BOGUS, DNS_ALIAS,  DNS_MALFORMED, DNS_FILTERED};
    enum dns_outcome status = PICK(all);
    struct fake_answer *answer = fake_dns_answer(w.dns, name, type, status);
    answer->delay_ms = next_random(4) ? next_random(100) : next_random(40000);
    answer->reason = status == DNS_OK ? "" : "for some reason";
    if (next_random(6) == 0)
        fake_answer_alias(answer, PICK(names));
    if (next_random(3) == 0)
        answer->dnssec = (enum dnssec_status)(DNSSEC_SECURE + next_random(3));
    for (size_t i = 0; status == DNS_OK && i <= next_random(4); i++)
        add_record(answer, type);
}

static void script_page(const char *url)
{
    static const int statuses[] = {200, 200, 200, 204, 206, 301, 302, 302, 303,
                                   304, 307, 308, 404, 500, 100, 0,   999, 201};
    static const char *const locations[] = {"/b",
                                            "http://www.example.com/b",
                                            "https://www.example.com/c",
                                            "//other.example/",
                                            "",
                                            "http://[::1]/",
                                            "http://127.0.0.1/",
                                            "http://www.example.com:8080/",
                                            "?",
                                            "\xff"};
    static const char *const bodies[] = {"v1", "V1", KEY, " " KEY "\r\n", "<html>", "", "\xff\xfe"};
    enum peer_status status = next_random(2) ? PEER_OK : (enum peer_status)next_random(PEER_LOCAL);
    struct fake_response *response = fake_fetch_response(url, NULL);
    response->status = status;
    response->status_code = PICK(statuses);
    if (status == PEER_OK && response->status_code == 0)
        response->status_code = 200;
    for (uint32_t i = next_random(3); i > 0; i--)
        fake_response_header(response, next_random(4) ? "Location" : "Content-Encoding",
                             PICK(locations));
    fake_response_body(response, bytes_of(PICK(bodies)));
    response->connect_ms = next_random(8) ? 0 : next_random(20000);
    response->delay_ms = next_random(8) ? 0 : next_random(20000);
}

static void script_handshake(void)
{
    struct fake_handshake *handshake = fake_tls_handshake(NULL);
    struct cert_spec spec = {.subject = "acme",
                             .has_other_issuer = next_random(4) == 0,
                             .breaks_signature = next_random(4) == 0};
    static const struct bytes sans[] = {BYTES("\x30\x11\x82\x0fwww.example.com"), BYTES("\x30\x00"),
                                        BYTES("\x30\x11\x82\x0fwww.example.net"), BYTES("\x30"),
                                        BYTES("\x30\x06\x87\x04\x5d\xb8\xd8\x22")};
    static const uint8_t right[34] = {4,    32,   0x2c, 0xf2, 0x4d, 0xba, 0x5f, 0xb0, 0xa3,
                                      0x0e, 0x26, 0xe8, 0x3b, 0x2a, 0xc5, 0xb9, 0xe2, 0x9e,
                                      0x1b, 0x16, 0x1e, 0x5c, 0x1f, 0xa7, 0x42, 0x5e, 0x73,
                                      0x04, 0x33, 0x62, 0x93, 0x8b, 0x98, 0x24};
    spec.extensions[0] = (struct cert_extension){OID_SAN, false, PICK(sans)};
    spec.extensions[1] = (struct cert_extension){
        OID_ACME_IDENTIFIER, next_random(4) > 0, {right, next_random(6) ? 34 : next_random(34)}};
    if (next_random(6) == 0)
        spec.extensions[1].oid = NULL;
    if (next_random(6))
        fake_handshake_certificate(handshake, make_cert(&spec, w.arena));
    else
        fake_handshake_certificate(handshake, bytes_of(next_random(2) ? "" : "no certificate"));
    handshake->status = next_random(2) ? PEER_OK : (enum peer_status)next_random(PEER_LOCAL);
    handshake->delay_ms = next_random(8) ? 0 : next_random(20000);
    if (next_random(4) == 0)
        fake_handshake_alpn(handshake, bytes_of(next_random(2) ? "" : "h2"));
}

static void script_world(void)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t k = 0; k < sizeof types / sizeof *types; k++)
            script_question(names[i], types[k]);
    fake_dns_set_default(next_random(2) ? DNS_NODATA : DNS_SERVFAIL, DNSSEC_SECURE);
    static const char *const urls[] = {"http://www.example.com/.well-known/pki-validation/f",
                                       "http://www.example.com/.well-known/acme-challenge/tok1",
                                       "http://" WORLD_IPV4 "/.well-known/acme-challenge/tok1",
                                       "http://www.example.com/b",
                                       "https://www.example.com/c",
                                       "http://other.example/",
                                       "http://" WORLD_IPV4 "/b",
                                       "http://www.example.com/.well-known/pki-validation/f?",
                                       "http://www.example.com/.well-known/acme-challenge/tok1?",
                                       "http://" WORLD_IPV4 "/.well-known/acme-challenge/tok1?",
                                       "http://www.example.com/b?",
                                       "http://other.example/b",
                                       "http://other.example/?",
                                       "https://www.example.com/b",
                                       "https://www.example.com/c?",
                                       "https://other.example/",
                                       "https://other.example/b",
                                       "https://www.example.com/b?",
                                       "https://other.example/?",
                                       "http://other.example/b?",
                                       "https://other.example/b?"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        script_page(urls[i]);
    script_handshake();
}

static void test_no_stranger_can_raise_internal(void **state)
{
    size_t passed = 0, verdicts[PROBLEM_COUNT] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        world_setup(state);
        choose_request();
        script_world();
        const struct check_result *result = world_run();
        passed += result->verdict == VERDICT_PASS;
        verdicts[result->problem]++;
        if (result->problem == PROBLEM_INTERNAL)
            fail_msg("round %d, %s for %s: %s", round, method_of_request(&w.request)->name,
                     w.request.target, result->details.reason);
        world_teardown(state);
    }
    size_t kinds = 0;
    for (size_t i = 0; i < PROBLEM_COUNT; i++)
        kinds += verdicts[i] > 0;
    assert_true(passed > ROUNDS / 50); /* the way to the end is found often enough */
    assert_true(kinds > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_stranger_can_raise_internal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
