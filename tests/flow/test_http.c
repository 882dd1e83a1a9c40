/* Whole HTTP checks over a scripted DNS, scripted web servers and virtual time. */
#include "support/check_world.h"

#include "base/log.h"
#include "base/str.h"
#include "core/rules/redirect.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOKEN  "tok1"
#define KEY    "tok1.thumbprint"
#define HTTP01 "http://www.example.com/.well-known/acme-challenge/" TOKEN
#define SITE   "http://www.example.com/.well-known/pki-validation/file.txt"
#define VALUE  "a-challenge-of-many-characters"
#define LOOKUP "mpic_error:dcv_checker:lookup"

static int setup(void **state)
{
    world_setup(state);
    w.request.dcv.method = DCV_ACME_HTTP_01;
    w.request.dcv.token = TOKEN;
    w.request.dcv.key_authorization = KEY;
    fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
    return 0;
}

static void use_website(void)
{
    w.request.dcv.method = DCV_WEBSITE_CHANGE;
    w.request.dcv.http_token_path = "file.txt";
    w.request.dcv.challenge_value = VALUE;
}

/* A name with these addresses; NULL: none of that family. */
static void host(const char *name, const char *ipv4, const char *ipv6)
{
    if (ipv4)
        fake_answer_address(fake_dns_answer(w.dns, name, DNS_A, DNS_OK), ipv4);
    if (ipv6)
        fake_answer_address(fake_dns_answer(w.dns, name, DNS_AAAA, DNS_OK), ipv6);
}

static struct fake_response *page(const char *url, const char *address, const char *body)
{
    struct fake_response *response = fake_fetch_response(url, address);
    fake_response_body(response, bytes_of(body));
    return response;
}

static struct fake_response *failure(const char *url, const char *address, enum peer_status status)
{
    struct fake_response *response = fake_fetch_response(url, address);
    response->status = status;
    response->status_code = 0;
    return response;
}

static void redirect(const char *from, int status_code, const char *to)
{
    struct fake_response *response = fake_fetch_response(from, NULL);
    response->status_code = status_code;
    fake_response_header(response, "Location", to);
}

static const struct fetch_request *sent(size_t index)
{
    assert_true(index < fake_fetch_request_count(w.fetch));
    return fake_fetch_request(w.fetch, index)->request;
}

static const char *field(size_t index, const char *name)
{
    assert_true(fetch_header_count(sent(index)->headers, sent(index)->header_count, name) <= 1);
    return fetch_header_get(sent(index)->headers, sent(index)->header_count, name);
}

static const struct http_details *details(void)
{
    return &w.result->details.http;
}

static const struct http_hop *hop(size_t index)
{
    assert_true(index < details()->hop_count);
    return &details()->hops[index];
}

static void assert_tried(size_t hop_index, size_t index, const char *address, const char *outcome)
{
    const struct connection_report *connection = &hop(hop_index)->connection;
    assert_true(index < connection->tried_count);
    assert_string_equal(connection->addresses_tried[index].address, address);
    assert_string_equal(connection->addresses_tried[index].outcome, outcome);
}

/* --- the request and its evidence ------------------------------------------------------------ */

static void test_http_key_authorization_passes_with_evidence(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    page(HTTP01, WORLD_IPV4, KEY "\r\n");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_false(result->has_errors);
    assert_int_equal(result->details.dnssec, DNSSEC_SECURE);
    assert_int_equal(result->details.local_policy.count, 0);
    assert_false(details()->has_response_history);
    assert_string_equal(details()->response_url, HTTP01);
    assert_string_equal(details()->final_url, HTTP01);
    assert_int_equal(details()->response_status_code.value, 200);
    assert_string_equal(details()->response_page, "dG9rMS50aHVtYnByaW50DQo=");
    assert_int_equal(details()->body_bytes.value, strlen(KEY) + 2);
    assert_int_equal(details()->hop_count, 1);
    assert_string_equal(hop(0)->url, HTTP01);
    assert_int_equal(hop(0)->status_code.value, 200);
    assert_string_equal(hop(0)->connection.address_used, WORLD_IPV4);
    assert_string_equal(hop(0)->connection.ipv4_status, "ok");
    assert_string_equal(hop(0)->connection.ipv6_status, "nodata");
    assert_int_equal(hop(0)->connection.addresses_resolved.count, 1);
    assert_tried(0, 0, WORLD_IPV4, "connected");
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
}

static void test_http_request_is_pinned_and_says_who_asks(void **state)
{
    (void)state;
    w.settings.http_verify_tls = true;
    host("www.example.com", WORLD_IPV4, NULL);
    page(HTTP01, NULL, KEY);
    world_run();
    assert_string_equal(sent(0)->method, "GET");
    assert_string_equal(sent(0)->url, HTTP01);
    assert_string_equal(sent(0)->pin->address, WORLD_IPV4);
    assert_int_equal(sent(0)->pin->port, 80);
    assert_string_equal(sent(0)->user_agent, "mpic/test");
    assert_string_equal(field(0, "Host"), "www.example.com");
    assert_string_equal(field(0, "Accept"), "*/*");
    assert_string_equal(field(0, "Accept-Encoding"), "identity");
    assert_null(field(0, "User-Agent"));
    assert_int_equal(sent(0)->header_count, 3);
    assert_true(sent(0)->verify_tls);
    assert_true(sent(0)->alpn_http1);
    assert_int_equal(sent(0)->body_max_bytes, strlen(KEY) + 128);
    assert_int_equal(sent(0)->body.n, 0);
}

static void test_http_address_target_is_asked_without_dns(void **state)
{
    (void)state;
    static const struct row {
        const char *target, *address, *authority, *url;
    } rows[] = {
        {WORLD_IPV4, WORLD_IPV4, WORLD_IPV4,
         "http://" WORLD_IPV4 "/.well-known/acme-challenge/" TOKEN},
        {"2606:2800:220:1:0:0:0:34", WORLD_IPV6, "[" WORLD_IPV6 "]",
         "http://[" WORLD_IPV6 "]/.well-known/acme-challenge/" TOKEN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w.request.target = rows[i].target;
        page(rows[i].url, rows[i].address, KEY);
        const struct check_result *result = world_run();
        assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
        assert_string_equal(field(i, "Host"), rows[i].authority);
        assert_string_equal(sent(i)->pin->address, rows[i].address);
        assert_string_equal(hop(0)->connection.address_used, rows[i].address);
        assert_null(hop(0)->connection.ipv4_status);
        assert_int_equal(result->details.dnssec, DNSSEC_NONE);
    }
    assert_int_equal(fake_dns_question_count(w.dns), 0);
}

static void test_http_website_over_https_uses_its_port(void **state)
{
    (void)state;
    use_website();
    w.request.dcv.url_scheme = SCHEME_HTTPS;
    host("www.example.com", WORLD_IPV4, NULL);
    page("https://www.example.com/.well-known/pki-validation/file.txt", NULL, "x " VALUE " y")
        ->tls_version = "TLSv1.3";
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(sent(0)->pin->port, 443);
    assert_string_equal(hop(0)->tls_version, "TLSv1.3");
    assert_int_equal(sent(0)->body_max_bytes, 16 * 1024);
}

static void test_http_caller_headers_replace_ours(void **state)
{
    (void)state;
    static const struct http_header_param headers[] = {
        {"user-agent", "the caller"}, {"Accept", "text/plain"}, {"X-Key", "1"}};
    w.request.dcv.http_headers = headers;
    w.request.dcv.http_header_count = 3;
    w.request.dcv.has_http_headers = true;
    host("www.example.com", WORLD_IPV4, NULL);
    page(HTTP01, NULL, KEY);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_string_equal(sent(0)->user_agent, ""); /* none but the caller's */
    assert_string_equal(field(0, "User-Agent"), "the caller");
    assert_string_equal(field(0, "Accept"), "text/plain");
    assert_string_equal(field(0, "X-Key"), "1");
    assert_string_equal(field(0, "Host"), "www.example.com");
}

static void test_http_lab_ports_and_addresses_show_in_local_policy(void **state)
{
    (void)state;
    struct cidr lab;
    struct err err;
    assert_true(cidr_parse("127.0.0.0/8", &lab, &err));
    w.settings.addresses = (struct address_policy){.allowed = &lab, .allowed_count = 1};
    w.settings.http_port = 5002;
    w.settings.https_port = 5003;
    host("www.example.com", "127.0.0.1", NULL);
    redirect(HTTP01, 302, "https://www.example.com/x");
    page("https://www.example.com/x", NULL, KEY);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(sent(0)->pin->port, 5002);
    assert_int_equal(sent(1)->pin->port, 5003);
    assert_string_equal(field(0, "Host"), "www.example.com"); /* the URL stays as it is */
    assert_true(strv_has(&result->details.local_policy, "http.http_port"));
    assert_true(strv_has(&result->details.local_policy, "http.https_port"));
    assert_true(strv_has(&result->details.local_policy, "network.allow_addresses"));
}

static void test_http_lab_port_named_by_a_redirect_shows_in_local_policy(void **state)
{
    (void)state;
    w.settings.http_port = 5002;
    host("www.example.com", WORLD_IPV4, NULL);
    use_website();
    w.request.dcv.url_scheme = SCHEME_HTTPS; /* so that the first hop does not touch the port */
    redirect("https://www.example.com/.well-known/pki-validation/file.txt", 302,
             "http://www.example.com:5002/x");
    page("http://www.example.com:5002/x", NULL, VALUE);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(sent(1)->pin->port, 5002);
    assert_string_equal(field(1, "Host"), "www.example.com:5002");
    assert_true(strv_has(&result->details.local_policy, "http.http_port"));
}

/* The site behind a name may be somebody else's: the aliases of each hop's addresses tell whose. */
static void test_http_aliases_of_the_addresses_are_told_of_each_hop(void **state)
{
    (void)state;
    host("www.example.com", NULL, NULL);
    host("other.example", WORLD_IPV4, NULL);
    fake_answer_alias(fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, DNS_NODATA),
                      "six.cdn.example");
    struct fake_answer *a = fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK);
    fake_answer_alias(a, "www.cdn.example");
    fake_answer_alias(a, "edge.cdn.example");
    fake_answer_address(a, WORLD_IPV4);
    redirect(HTTP01, 302, "http://other.example/x");
    page("http://other.example/x", WORLD_IPV4, KEY);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    const struct connection_report *first = &hop(0)->connection;
    assert_int_equal(first->lookup_count, 2);
    assert_string_equal(first->lookups[0].type, "AAAA");
    assert_string_equal(first->lookups[0].cname_chain.items[0], "six.cdn.example.");
    assert_string_equal(first->lookups[1].type, "A");
    assert_string_equal(first->lookups[1].status, "secure");
    assert_int_equal(first->lookups[1].cname_chain.count, 2);
    assert_string_equal(first->lookups[1].cname_chain.items[1], "edge.cdn.example.");
    assert_int_equal(hop(1)->connection.lookup_count, 2);
    assert_string_equal(hop(1)->connection.lookups[1].name, "other.example");
    assert_false(hop(1)->connection.lookups[1].cname_chain.present);
}

/* --- addresses ------------------------------------------------------------------------------- */

static void test_http_both_families_are_asked_and_ipv6_comes_first(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, WORLD_IPV6);
    page(HTTP01, WORLD_IPV6, KEY);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_dns_asked(w.dns, "www.example.com", DNS_A), 1);
    assert_int_equal(fake_dns_asked(w.dns, "www.example.com", DNS_AAAA), 1);
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
    assert_string_equal(sent(0)->pin->address, WORLD_IPV6);
    assert_int_equal(hop(0)->connection.addresses_resolved.count, 2);
}

static void test_http_failed_connect_falls_back_in_order(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, WORLD_IPV6);
    fake_answer_address(fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, DNS_OK), WORLD_IPV6);
    struct fake_answer *aaaa = fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, DNS_OK);
    fake_answer_address(aaaa, WORLD_IPV6);
    fake_answer_address(aaaa, WORLD_IPV6B);
    fake_answer_address(aaaa, "2606:2800:220:1::36"); /* a third of a family is not tried */
    failure(HTTP01, WORLD_IPV6, PEER_CONNECT_FAILED);
    failure(HTTP01, WORLD_IPV6B, PEER_CONNECT_TIMEOUT);
    page(HTTP01, WORLD_IPV4, KEY);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_fetch_request_count(w.fetch), 3);
    assert_tried(0, 0, WORLD_IPV6, "connect_failed");
    assert_tried(0, 1, WORLD_IPV6B, "connect_timeout");
    assert_tried(0, 2, WORLD_IPV4, "connected");
    assert_string_equal(hop(0)->connection.address_used, WORLD_IPV4);
    assert_int_equal(hop(0)->connection.addresses_resolved.count, 4);
    assert_int_equal(fake_dns_question_count(w.dns), 2); /* not resolved again */
}

static void test_http_failure_after_the_connect_is_final(void **state)
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
        {PEER_NOT_HTTP, PROBLEM_HTTP_PROTOCOL, "ClientResponseError"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake_fetch_reset();
        host("www.example.com", WORLD_IPV4, WORLD_IPV6);
        failure(HTTP01, WORLD_IPV6, rows[i].status);
        page(HTTP01, WORLD_IPV4, KEY);
        const struct check_result *result = world_run();
        assert_problem(result, VERDICT_UNKNOWN, rows[i].problem);
        assert_one_error(result, LOOKUP, rows[i].token);
        assert_int_equal(fake_fetch_request_count(w.fetch), 1);
        assert_tried(0, 0, WORLD_IPV6, "connected");
        assert_string_equal(hop(0)->connection.address_used, WORLD_IPV6);
        assert_null(details()->response_url);
        assert_false(details()->response_status_code.present);
        assert_string_equal(details()->final_url, HTTP01);
    }
}

static void test_http_wrong_site_on_ipv6_is_not_masked_by_ipv4(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, WORLD_IPV6);
    page(HTTP01, WORLD_IPV6, "another key");
    page(HTTP01, WORLD_IPV4, KEY);
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_NO_MATCH);
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
}

static void test_http_no_address_accepts_a_connection(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, WORLD_IPV6);
    failure(HTTP01, WORLD_IPV6, PEER_CONNECT_TIMEOUT);
    failure(HTTP01, WORLD_IPV4, PEER_CONNECT_FAILED);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_CONNECT_FAILED);
    assert_one_error(result, LOOKUP, "ClientConnectorError");
    assert_int_equal(hop(0)->connection.tried_count, 2);
    assert_null(hop(0)->connection.address_used);
    assert_null(details()->response_url);
}

static void test_http_our_own_failure_is_internal_and_uses_no_address(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, WORLD_IPV6);
    failure(HTTP01, WORLD_IPV6, PEER_LOCAL);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_INTERNAL);
    assert_tried(0, 0, WORLD_IPV6, "local_failure");
    assert_null(hop(0)->connection.address_used);
}

static void test_http_refused_addresses_are_dropped_and_reported(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, "fe80::1");
    page(HTTP01, NULL, KEY);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
    assert_string_equal(sent(0)->pin->address, WORLD_IPV4);
    assert_int_equal(hop(0)->connection.refused_count, 1);
    assert_string_equal(hop(0)->connection.addresses_refused[0].address, "fe80::1");
}

static void test_http_only_refused_addresses_fail_and_nothing_is_sent(void **state)
{
    (void)state;
    static const char *const targets[] = {"www.example.com", "10.1.2.3", "169.254.169.254"};
    host("www.example.com", "192.168.1.1", "::1");
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        w.request.target = targets[i];
        const struct check_result *result = world_run();
        assert_problem(result, VERDICT_FAIL, PROBLEM_ADDRESS_REFUSED);
        assert_one_error(result, "mpic_error:dcv_checker:address_refused", "RFC");
        assert_true(hop(0)->connection.refused_count > 0);
        assert_null(hop(0)->connection.address_used);
    }
    assert_int_equal(fake_fetch_request_count(w.fetch), 0);
}

static void test_http_lookups_that_fail(void **state)
{
    (void)state;
    static const struct row {
        const char *why;
        enum dns_outcome a, aaaa;
        enum problem problem;
    } rows[] = {
        {"one family failing leaves the other", DNS_OK, DNS_SERVFAIL, PROBLEM_NONE},
        {"even if it is bogus", DNS_OK, DNS_BOGUS, PROBLEM_NONE},
        {"no address", DNS_NODATA, DNS_NODATA, PROBLEM_NO_ADDRESS},
        {"no name", DNS_NXDOMAIN, DNS_NXDOMAIN, PROBLEM_NO_ADDRESS},
        {"a failure may have hidden one", DNS_NODATA, DNS_SERVFAIL, PROBLEM_DNS_SERVFAIL},
        {"the worse of two", DNS_BOGUS, DNS_SERVFAIL, PROBLEM_DNSSEC_BOGUS},
        {"the worse of two, the other way", DNS_TIMEOUT, DNS_REFUSED, PROBLEM_DNS_REFUSED},
    };
    page(HTTP01, NULL, KEY);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fake_answer *a = fake_dns_answer(w.dns, "www.example.com", DNS_A, rows[i].a);
        fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, rows[i].aaaa);
        if (rows[i].a == DNS_OK)
            fake_answer_address(a, WORLD_IPV4);
        const struct check_result *result = world_run();
        if (result->problem != rows[i].problem)
            fail_msg("%s: %s", rows[i].why, problem_str(result->problem));
        assert_int_equal(result->verdict, rows[i].problem ? VERDICT_UNKNOWN : VERDICT_PASS);
        if (!rows[i].problem) {
            assert_int_equal(result->details.dnssec, DNSSEC_SECURE); /* of the answer used */
            continue;
        }
        assert_string_equal(result->errors[0].type, LOOKUP);
        assert_non_null(hop(0)->connection.ipv4_status);
        assert_non_null(hop(0)->connection.ipv6_status);
        assert_string_equal(details()->final_url, HTTP01);
    }
}

static void test_http_slow_family_is_awaited(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, WORLD_IPV6);
    struct fake_answer *aaaa = fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, DNS_OK);
    fake_answer_address(aaaa, WORLD_IPV6);
    aaaa->delay_ms = 3000;
    page(HTTP01, WORLD_IPV6, KEY);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(w.result->details.duration_ms.value, 3000);
}

static void assert_reason_has(const char *part)
{
    if (!strstr(w.result->details.reason, part))
        fail_msg("\"%s\" is not in \"%s\"", part, w.result->details.reason);
}

/* Once one family has addresses the other is awaited half of the rest: the connection needs its time. */
static void test_http_silent_family_leaves_half_of_the_time(void **state)
{
    (void)state;
    w.settings.http_timeout_ms = 4000;
    struct fake_answer *a = fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK);
    fake_answer_address(a, WORLD_IPV4);
    a->delay_ms = 1000;
    fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    page(HTTP01, WORLD_IPV4, KEY)->delay_ms = 1400;
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_fetch_request(w.fetch, 0)->at_ms, FAKE_LOOP_START_MS + 1000 + 1500);
    assert_string_equal(hop(0)->connection.ipv6_status, "timeout");
    assert_string_equal(hop(0)->connection.ipv4_status, "ok");
    assert_int_equal(w.result->details.dnssec, DNSSEC_SECURE);
}

static void test_http_silent_family_of_a_later_hop_leaves_half_of_what_is_left(void **state)
{
    (void)state;
    w.settings.http_timeout_ms = 4000;
    host("www.example.com", WORLD_IPV4, NULL);
    host("other.example", WORLD_IPV4B, NULL);
    fake_dns_answer(w.dns, "other.example", DNS_AAAA, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    page("http://other.example/x", NULL, KEY);
    struct fake_response *first = fake_fetch_response(HTTP01, NULL);
    first->status_code = 302;
    first->delay_ms = 2000;
    fake_response_header(first, "Location", "http://other.example/x");
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_string_equal(hop(1)->connection.ipv6_status, "timeout");
    assert_true(w.result->details.duration_ms.value <= 3000);
}

/* Lookups that never end are told as such, and not as a connection that could not be made. */
static void test_http_lookups_that_never_end_are_blamed(void **state)
{
    (void)state;
    w.settings.http_timeout_ms = 4000;
    fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    assert_problem(world_run(), VERDICT_UNKNOWN, PROBLEM_DEADLINE); /* our limit, not theirs */
    assert_reason_has("www.example.com. IN A");
    assert_reason_has("3.0 s went into finding the addresses of www.example.com");
    assert_int_equal(w.result->details.duration_ms.value, 3000);
    assert_int_equal(fake_fetch_request_count(w.fetch), 0);
}

/* A lookup that was slow, and then a connection that has only the rest. */
static void test_http_timeouts_say_where_the_time_went(void **state)
{
    (void)state;
    w.settings.http_timeout_ms = 4000;
    struct fake_answer *a = fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK);
    fake_answer_address(a, WORLD_IPV4);
    a->delay_ms = 2900;
    failure(HTTP01, NULL, PEER_READ_TIMEOUT)->delay_ms = FAKE_FETCH_NEVER;
    assert_problem(world_run(), VERDICT_UNKNOWN, PROBLEM_READ_TIMEOUT);
    assert_reason_has("of 4.0 s in all, 2.9 s went into finding the addresses of www.example.com, "
                      "1.1 s into this connection");
    assert_reason_has(HTTP01 " at " WORLD_IPV4 ": ");
}

static void test_http_each_of_four_addresses_gets_its_share(void **state)
{
    (void)state;
    struct fake_answer *a = fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK);
    fake_answer_address(a, WORLD_IPV4);
    fake_answer_address(a, WORLD_IPV4B);
    struct fake_answer *aaaa = fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, DNS_OK);
    fake_answer_address(aaaa, WORLD_IPV6);
    fake_answer_address(aaaa, WORLD_IPV6B);
    fake_fetch_response(HTTP01, NULL)->connect_ms = FAKE_FETCH_NEVER;
    assert_problem(world_run(), VERDICT_UNKNOWN, PROBLEM_CONNECT_TIMEOUT);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(fake_fetch_request(w.fetch, i)->at_ms,
                         FAKE_LOOP_START_MS + i * WORLD_HTTP_MS / 4);
    assert_reason_has("7.5 s into others of them, 2.5 s into this connection");
}

/* --- what people are told ----------------------------------------------------------------- */

static void test_http_reason_names_url_address_status_and_page(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    struct fake_response *response = page(HTTP01, NULL, "no such file");
    response->status_code = 404;
    response->reason = "Gone fishing";
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_HTTP_STATUS);
    assert_one_error(result, "mpic_error:http",
                     "An HTTP error occurred: Response status 404, Response reason: Gone fishing");
    assert_reason_has(HTTP01 " at " WORLD_IPV4 " answered with status 404 (Gone fishing)");
    assert_reason_has("The page is \"no such file\".");
}

static void test_http_no_match_has_a_reason_too(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    page(HTTP01, NULL, "<html>");
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_NO_MATCH);
    assert_reason_has("is not the key authorization \"" KEY "\"");
    assert_reason_has("\"<html>\"");
}

static void test_http_refused_redirect_says_whose_it_was(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    redirect(HTTP01, 302, "ftp://example.com/");
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_REDIRECT_INVALID);
    assert_reason_has(HTTP01 " at " WORLD_IPV4 ": Invalid redirect");
}

/* Whatever the verdict rests on can be seen: the value, and what the expression matched. */
static void test_http_page_covers_what_the_verdict_rests_on(void **state)
{
    (void)state;
    static char body[3000];
    memset(body, '.', sizeof body - 1);
    memcpy(body + 2000, VALUE, strlen(VALUE));
    memcpy(body + 2500, "<END>", 5);
    use_website();
    host("www.example.com", WORLD_IPV4, NULL);
    page(SITE, NULL, body);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(strlen(details()->response_page), (2000 + strlen(VALUE) + 2) / 3 * 4);
    w.request.dcv.match_regex = "<E[N]D>";
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(strlen(details()->response_page), (2505 + 2) / 3 * 4);
}

/* "mpic itself failed" is what only our own machine can raise. */
static void test_http_no_status_but_our_own_failure_is_internal(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    for (int status = PEER_CONNECT_FAILED; status <= PEER_LOCAL; status++) {
        failure(HTTP01, NULL, (enum peer_status)status);
        assert_int_equal(world_run()->verdict, VERDICT_UNKNOWN);
        assert_int_equal(w.result->problem == PROBLEM_INTERNAL, status == PEER_LOCAL);
        assert_int_equal(strcmp(w.result->details.reason, "") != 0, 1);
    }
}

/* --- redirects ------------------------------------------------------------------------------- */

static void test_http_redirect_is_resolved_and_pinned_anew(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    host("other.example", WORLD_IPV4B, NULL);
    redirect(HTTP01, 301, "https://other.example/x?y#fragment");
    redirect("https://other.example/x?y", 308, "/z");
    page("https://other.example/z", WORLD_IPV4B, KEY);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_fetch_request_count(w.fetch), 3);
    assert_string_equal(sent(1)->pin->address, WORLD_IPV4B);
    assert_int_equal(sent(1)->pin->port, 443);
    assert_string_equal(field(1, "Host"), "other.example");
    assert_int_equal(fake_dns_asked(w.dns, "other.example", DNS_A), 2); /* each hop, same host */
    assert_int_equal(fake_dns_asked(w.dns, "other.example", DNS_AAAA), 2);
    assert_true(details()->has_response_history);
    assert_int_equal(details()->response_history_count, 2);
    assert_int_equal(details()->response_history[0].status_code, 301);
    assert_string_equal(details()->response_history[0].url, "https://other.example/x?y#fragment");
    assert_string_equal(details()->response_history[1].url, "/z");
    assert_string_equal(details()->response_url, HTTP01); /* always the first */
    assert_string_equal(details()->final_url, "https://other.example/z");
    assert_int_equal(details()->response_status_code.value, 200);
    assert_int_equal(details()->hop_count, 3);
    assert_int_equal(hop(0)->status_code.value, 301);
    assert_string_equal(hop(0)->connection.address_used, WORLD_IPV4);
    assert_string_equal(hop(1)->url, "https://other.example/x?y");
    assert_string_equal(hop(1)->connection.address_used, WORLD_IPV4B);
    assert_string_equal(hop(2)->connection.address_used, WORLD_IPV4B);
}

static void test_http_fallback_repeats_the_hop_not_the_first_url(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    host("other.example", WORLD_IPV4B, WORLD_IPV6);
    redirect(HTTP01, 307, "http://other.example/x");
    failure("http://other.example/x", WORLD_IPV6, PEER_CONNECT_FAILED);
    page("http://other.example/x", WORLD_IPV4B, KEY);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_fetch_asked(w.fetch, HTTP01), 1);
    assert_int_equal(fake_fetch_asked(w.fetch, "http://other.example/x"), 2);
    assert_int_equal(hop(0)->connection.tried_count, 1);
    assert_int_equal(hop(1)->connection.tried_count, 2);
}

static void test_http_caller_headers_go_to_the_first_origin_only(void **state)
{
    (void)state;
    static const struct http_header_param headers[] = {
        {"User-Agent", "the caller"}, {"accept", "text/plain"}, {"X-Key", "1"}};
    w.request.dcv.http_headers = headers;
    w.request.dcv.http_header_count = 3;
    w.request.dcv.has_http_headers = true;
    host("www.example.com", WORLD_IPV4, NULL);
    host("other.example", WORLD_IPV4B, NULL);
    redirect(HTTP01, 302, "http://www.example.com/same");
    redirect("http://www.example.com/same", 302, "https://www.example.com/scheme");
    redirect("https://www.example.com/scheme", 302, "http://www.example.com:443/port");
    redirect("http://www.example.com:443/port", 302, "http://other.example/host");
    page("http://other.example/host", NULL, KEY);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    static const bool is_first_origin[] = {true, true, false, false, false};
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(field(i, "User-Agent"), "the caller"); /* these travel */
        assert_string_equal(field(i, "Accept"), "text/plain");
        assert_string_equal(sent(i)->user_agent, "");
        assert_int_equal(field(i, "X-Key") != NULL, is_first_origin[i]);
    }
}

static void test_http_redirect_that_is_not_allowed_contacts_nobody(void **state)
{
    (void)state;
    static const struct row {
        const char *why;
        int status_code;
        const char *location;
    } rows[] = {
        {"303 is another kind of answer", 303, "http://other.example/x"},
        {"so is 300", 300, "http://other.example/x"},
        {"the port", 302, "http://other.example:8080/x"},
        {"the scheme", 302, "file:///etc/passwd"},
        {"another scheme", 302, "ftp://other.example/x"},
        {"user information", 302, "http://www.example.com@other.example/x"},
        {"a missing slash", 302, "http://other.example.well-known/x"},
        {"no name", 302, "http://bad..example/x"},
        {"no wildcard", 302, "http://*.example/x"},
        {"one number", 302, "http://2130706433/x"},
    };
    host("www.example.com", WORLD_IPV4, NULL);
    host("other.example", WORLD_IPV4B, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake_fetch_reset();
        size_t asked_before = fake_dns_question_count(w.dns);
        redirect(HTTP01, rows[i].status_code, rows[i].location);
        const struct check_result *result = world_run();
        if (result->problem != PROBLEM_REDIRECT_INVALID)
            fail_msg("%s: %s", rows[i].why, problem_str(result->problem));
        assert_problem(result, VERDICT_FAIL, PROBLEM_REDIRECT_INVALID);
        assert_one_error(result, "mpic_error:redirect:invalid", "Invalid redirect. Redirect code");
        assert_int_equal(fake_fetch_request_count(w.fetch), 1);
        assert_int_equal(fake_dns_question_count(w.dns) - asked_before, 2);
        assert_int_equal(details()->hop_count, 1);
        assert_int_equal(details()->response_history_count, 1);
        assert_string_equal(details()->response_history[0].url, rows[i].location);
        assert_int_equal(details()->response_status_code.value, rows[i].status_code);
        assert_string_equal(details()->response_url, HTTP01);
        assert_string_equal(details()->final_url, HTTP01);
    }
}

static void test_http_redirect_to_a_refused_address_fails_and_contacts_nobody(void **state)
{
    (void)state;
    static const char *const locations[] = {
        "http://169.254.169.254/latest/meta-data", "http://127.0.0.1/x", "https://[::1]/x",
        "http://[::ffff:" WORLD_IPV4 "]/x", "http://inside.example/x"};
    host("www.example.com", WORLD_IPV4, NULL);
    host("inside.example", "10.0.0.1", NULL);
    for (size_t i = 0; i < sizeof locations / sizeof *locations; i++) {
        fake_fetch_reset();
        redirect(HTTP01, 302, locations[i]);
        const struct check_result *result = world_run();
        assert_problem(result, VERDICT_FAIL, PROBLEM_ADDRESS_REFUSED);
        assert_int_equal(fake_fetch_request_count(w.fetch), 1);
        assert_int_equal(details()->hop_count, 2);
        assert_int_equal(hop(1)->connection.refused_count, 1);
        assert_null(hop(1)->connection.address_used);
        assert_int_equal(details()->response_history_count, 1);
    }
}

static void test_http_redirect_to_an_address_is_followed(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    redirect(HTTP01, 302, "http://[" WORLD_IPV6 "]/x");
    page("http://[" WORLD_IPV6 "]/x", WORLD_IPV6, KEY);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_string_equal(field(1, "Host"), "[" WORLD_IPV6 "]");
}

static void test_http_redirect_that_holds_the_challenge_value_is_not_followed(void **state)
{
    (void)state;
    use_website();
    host("www.example.com", WORLD_IPV4, NULL);
    redirect(SITE, 302, "http://www.example.com/echo?" VALUE);
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_REDIRECT_INVALID);
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
    /* The token of acme-http-01 is in each URL; a key authorization that begins with it, too. */
    w.request.dcv.method = DCV_ACME_HTTP_01;
    redirect(HTTP01, 302, "http://www.example.com/" TOKEN);
    page("http://www.example.com/" TOKEN, NULL, KEY);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
}

static void test_http_redirect_without_one_location_fails(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    fake_fetch_response(HTTP01, NULL)->status_code = 302;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_HTTP_STATUS);
    assert_one_error(result, "mpic_error:http", "Response status 302");
    assert_false(details()->has_response_history);
    fake_fetch_reset();
    struct fake_response *two = fake_fetch_response(HTTP01, NULL);
    two->status_code = 302;
    fake_response_header(two, "Location", "http://www.example.com/x");
    fake_response_header(two, "location", "http://www.example.com/x");
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_REDIRECT_INVALID);
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
}

/* `count` redirects, then the key authorization. */
static void script_redirects(int count)
{
    char from[100] = HTTP01, to[100];
    for (int i = 0; i < count; i++) {
        snprintf(to, sizeof to, "http://www.example.com/%d", i);
        redirect(from, 302, to);
        memcpy(from, to, sizeof to);
    }
    page(from, NULL, KEY);
}

static void test_http_nineteen_redirects_are_followed_and_twenty_are_not(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    script_redirects(REDIRECTS_MAX);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(details()->hop_count, REDIRECTS_MAX + 1);
    assert_int_equal(details()->response_history_count, REDIRECTS_MAX);
    fake_fetch_reset();
    script_redirects(REDIRECTS_MAX + 1);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_TOO_MANY_REDIRECTS);
    assert_one_error(result, LOOKUP, "TooManyRedirects");
    assert_int_equal(fake_fetch_request_count(w.fetch), REDIRECTS_MAX + 1);
    assert_int_equal(details()->response_history_count, REDIRECTS_MAX + 1);
}

static void test_http_circle_of_redirects_is_unknown(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    redirect(HTTP01, 302, "http://www.example.com/x");
    redirect("http://www.example.com/x", 302, HTTP01 "#again");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_TOO_MANY_REDIRECTS);
    assert_int_equal(fake_fetch_request_count(w.fetch), 2);
    assert_int_equal(details()->hop_count, 2);
}

static void test_http_hop_that_fails_keeps_the_history(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    redirect(HTTP01, 302, "http://nowhere.example/x");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_NO_ADDRESS);
    assert_int_equal(details()->hop_count, 2);
    assert_int_equal(details()->response_history_count, 1);
    assert_string_equal(details()->final_url, "http://nowhere.example/x");
    assert_string_equal(hop(0)->connection.address_used, WORLD_IPV4);
    assert_string_equal(hop(1)->connection.ipv4_status, "nodata");
}

static void test_http_status_is_the_worst_of_all_hops(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    struct fake_answer *a = fake_dns_answer(w.dns, "other.example", DNS_A, DNS_OK);
    a->dnssec = DNSSEC_INSECURE;
    fake_answer_address(a, WORLD_IPV4B);
    redirect(HTTP01, 302, "http://other.example/x");
    page("http://other.example/x", NULL, KEY);
    assert_int_equal(world_run()->details.dnssec, DNSSEC_INSECURE);
}

/* --- the response ---------------------------------------------------------------------------- */

static void test_http_final_status(void **state)
{
    (void)state;
    static const struct row {
        int status_code;
        enum problem problem;
    } rows[] = {{200, PROBLEM_NONE},        {201, PROBLEM_NONE},
                {299, PROBLEM_NONE},        {206, PROBLEM_HTTP_STATUS},
                {204, PROBLEM_NONE},        {304, PROBLEM_REDIRECT_INVALID},
                {404, PROBLEM_HTTP_STATUS}, {500, PROBLEM_HTTP_STATUS}};
    host("www.example.com", WORLD_IPV4, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake_fetch_reset();
        struct fake_response *response = page(HTTP01, NULL, KEY);
        response->status_code = rows[i].status_code;
        fake_response_header(response, "Location", "http://www.example.com/x");
        const struct check_result *result = world_run();
        assert_problem(result, rows[i].problem ? VERDICT_FAIL : VERDICT_PASS, rows[i].problem);
        assert_int_equal(details()->response_status_code.value, rows[i].status_code);
        assert_string_equal(details()->response_url, HTTP01);
        assert_string_equal(details()->response_page, "dG9rMS50aHVtYnByaW50");
        assert_int_equal(details()->body_bytes.value, strlen(KEY));
        if (rows[i].problem == PROBLEM_HTTP_STATUS)
            assert_one_error(result, "mpic_error:http", "Response status");
    }
}

static void test_http_content_encoding_is_refused(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    struct fake_response *response = page(HTTP01, NULL, KEY);
    fake_response_header(response, "content-encoding", "identity");
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    fake_response_header(response, "Content-Encoding", "gzip"); /* a second field counts too */
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_HTTP_STATUS);
    assert_one_error(result, "mpic_error:http", "gzip");
}

static void test_http_body_over_the_limit(void **state)
{
    (void)state;
    char body[16 * 1024 + 2];
    memset(body, ' ', sizeof body);
    host("www.example.com", WORLD_IPV4, NULL);
    /* acme-http-01: the key authorization, and 128 bytes of blanks. */
    memcpy(body, KEY, strlen(KEY));
    body[strlen(KEY) + 128] = '\0';
    page(HTTP01, NULL, body);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    body[strlen(KEY) + 128] = ' ';
    body[strlen(KEY) + 129] = '\0';
    fake_fetch_reset();
    page(HTTP01, NULL, body);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_BODY_TOO_LARGE);
    assert_one_error(result, "mpic_error:http:body_too_large", "longer than");
    assert_int_equal(details()->body_bytes.value, strlen(KEY) + 128); /* as much as was read */
    /* website-change: the value among the first 16 KiB is enough, unless there is an expression. */
    body[strlen(KEY) + 129] = ' ';
    body[sizeof body - 1] = '\0';
    memcpy(body, VALUE, strlen(VALUE));
    use_website();
    page(SITE, NULL, body);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    w.request.dcv.match_regex = "^a-";
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_BODY_TOO_LARGE);
}

static void test_http_page_is_cut_at_the_expected_length_or_a_hundred_bytes(void **state)
{
    (void)state;
    char body[200];
    memset(body, 'x', sizeof body);
    body[sizeof body - 1] = '\0';
    use_website();
    host("www.example.com", WORLD_IPV4, NULL);
    page(SITE, NULL, body);
    assert_problem(world_run(), VERDICT_FAIL, PROBLEM_NO_MATCH);
    assert_false(w.result->has_errors); /* a plain mismatch has none */
    assert_int_equal(strlen(details()->response_page), (100 + 2) / 3 * 4);
    assert_int_equal(details()->body_bytes.value, 199);
}

static void test_http_expression_without_end_is_unknown(void **state)
{
    (void)state;
    use_website();
    w.request.dcv.match_regex = "(a+)+$";
    w.request.dcv.challenge_value = "";
    host("www.example.com", WORLD_IPV4, NULL);
    page(SITE, NULL, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_REGEX_LIMIT);
    assert_string_equal(result->errors[0].type, "mpic_error:http:regex_limit");
}

static void test_http_response_cut_short_shows_what_came(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    page(HTTP01, NULL, KEY)->status = PEER_DISCONNECTED;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DISCONNECTED); /* although the body is right */
    assert_int_equal(details()->response_status_code.value, 200);
    assert_string_equal(details()->response_url, HTTP01);
    assert_string_equal(details()->response_page, "dG9rMS50aHVtYnByaW50");
    assert_int_equal(details()->body_bytes.value, strlen(KEY));
    assert_int_equal(hop(0)->status_code.value, 200);
}

/* --- time ------------------------------------------------------------------------------------ */

static void test_http_connect_gets_half_of_the_rest_while_addresses_are_left(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, WORLD_IPV6);
    fake_fetch_response(HTTP01, NULL)->connect_ms = FAKE_FETCH_NEVER;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_CONNECT_TIMEOUT); /* not `deadline` */
    assert_one_error(result, LOOKUP, "TimeoutError");
    const struct fake_fetch_record *first = fake_fetch_request(w.fetch, 0);
    const struct fake_fetch_record *second = fake_fetch_request(w.fetch, 1);
    assert_int_equal(first->at_ms, FAKE_LOOP_START_MS);
    assert_int_equal(first->deadline_ms, FAKE_LOOP_START_MS + WORLD_HTTP_MS);
    assert_int_equal(first->request->connect_deadline_ms, first->at_ms + WORLD_HTTP_MS / 2);
    assert_int_equal(second->at_ms, first->at_ms + WORLD_HTTP_MS / 2);
    assert_int_equal(second->deadline_ms, first->deadline_ms);
    assert_int_equal(second->request->connect_deadline_ms, first->deadline_ms);
    assert_int_equal(result->details.duration_ms.value, WORLD_HTTP_MS);
    assert_tried(0, 0, WORLD_IPV6, "connect_timeout");
    assert_tried(0, 1, WORLD_IPV4, "connect_timeout");
}

static void test_http_one_deadline_counts_for_all_hops(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    struct fake_response *first = fake_fetch_response(HTTP01, NULL);
    first->status_code = 302;
    first->delay_ms = WORLD_HTTP_MS - 1000;
    fake_response_header(first, "Location", "/x");
    page("http://www.example.com/x", NULL, KEY)->delay_ms = 1001;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_READ_TIMEOUT);
    assert_one_error(result, LOOKUP, "TimeoutError");
    assert_int_equal(result->details.duration_ms.value, WORLD_HTTP_MS);
    assert_int_equal(details()->hop_count, 2);
    assert_tried(1, 0, WORLD_IPV4, "connected");
}

static void test_http_silent_resolver_is_a_dns_timeout(void **state)
{
    (void)state;
    fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    fake_dns_answer(w.dns, "www.example.com", DNS_AAAA, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DNS_TIMEOUT);
    assert_string_equal(hop(0)->connection.ipv4_status, "timeout");
}

static void test_http_short_deadline_of_the_check_names_what_was_waited_for(void **state)
{
    (void)state;
    w.check_ms = 2000;
    host("www.example.com", WORLD_IPV4, NULL);
    fake_fetch_response(HTTP01, NULL)->delay_ms = FAKE_FETCH_NEVER;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_READ_TIMEOUT);
    assert_true(result->details.duration_ms.value < 2000);
    assert_string_equal(hop(0)->connection.address_used, WORLD_IPV4);
}

static void test_http_deadline_that_has_passed_is_said_with_what_was_planned(void **state)
{
    (void)state;
    w.check_ms = 0;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_DEADLINE);
    assert_one_error(result, LOOKUP, "TimeoutError");
    assert_string_equal(details()->final_url, HTTP01);
    assert_int_equal(details()->hop_count, 1);
    assert_int_equal(fake_fetch_request_count(w.fetch), 0);
}

static void test_http_cancel_at_each_moment_is_silent(void **state)
{
    (void)state;
    /* Resolving until 100, first connection until 200, its answer at 300, resolving until 400, … */
    static const uint64_t moments_ms[] = {0, 99, 100, 150, 250, 350, 450};
    struct fake_answer *first = fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK);
    fake_answer_address(first, WORLD_IPV4);
    first->delay_ms = 100;
    struct fake_answer *second = fake_dns_answer(w.dns, "other.example", DNS_A, DNS_OK);
    fake_answer_address(second, WORLD_IPV4);
    second->delay_ms = 100;
    for (size_t i = 0; i < sizeof moments_ms / sizeof *moments_ms; i++) {
        fake_fetch_reset();
        struct fake_response *response = fake_fetch_response(HTTP01, NULL);
        response->status_code = 302;
        response->connect_ms = 100;
        response->delay_ms = 100;
        fake_response_header(response, "Location", "http://other.example/x");
        page("http://other.example/x", NULL, KEY)->delay_ms = 100;
        world_cancel_after(moments_ms[i]);
    }
}

/* --- what cannot be asked -------------------------------------------------------------------- */

static void test_http_bad_parameters_contact_nobody(void **state)
{
    (void)state;
    static const struct row {
        const char *why, *target, *token, *key;
    } rows[] = {
        {"no proof for a wildcard (BR 3.2.2.4.19)", "*.example.com", TOKEN, KEY},
        {"no name", "bad..name", TOKEN, KEY},
        {"no token", "www.example.com", "../x", KEY},
        {"no key authorization", "www.example.com", TOKEN, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w.request.target = rows[i].target;
        w.request.dcv.token = rows[i].token;
        w.request.dcv.key_authorization = rows[i].key;
        const struct check_result *result = world_run();
        if (result->problem != PROBLEM_PARAMETER)
            fail_msg("%s: %s", rows[i].why, problem_str(result->problem));
        assert_string_equal(result->errors[0].type, "mpic_error:dcv_checker:parameter");
    }
    assert_int_equal(fake_dns_question_count(w.dns), 0);
    assert_int_equal(fake_fetch_request_count(w.fetch), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

/* --- the log ---------------------------------------------------------------------------------- */

static void run(void)
{
    world_run();
}

static void test_each_transition_has_a_line_at_debug_without_secrets(void **state)
{
    (void)state;
#define OF "trace=the-trace target=www.example.com "
    static const char *const parts[] = {
        "check started " OF "method=acme-http-01",
        "check state " OF "from=starting to=\"following the URL\" ms=",
        "lookup asked " OF "name=www.example.com type=A ms=",
        "lookup answered " OF "name=www.example.com type=A outcome=ok dnssec=secure records=1 ms=",
        "hop " OF "number=1 scheme=http authority=www.example.com ms=",
        "connection tried " OF "host=www.example.com address=" WORLD_IPV4 " ms=",
        "connection ended " OF "address=" WORLD_IPV4 " outcome=connected ms=",
        "check state " OF "from=\"following the URL\" to=judging ms=",
        "check ended " OF "verdict=pass ms=",
    };
    w.request.trace_identifier = "the-trace";
    host("www.example.com", WORLD_IPV4, NULL);
    page(HTTP01, WORLD_IPV4, KEY);
    const char *text = unit_log_of(run, LOG_DEBUG, w.arena);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text, parts[i]))
            fail_msg("\"%s\" is not in:\n%s", parts[i], text);
    assert_null(strstr(text, TOKEN));
}

static void test_the_log_is_silent_about_checks_at_info(void **state)
{
    (void)state;
    host("www.example.com", WORLD_IPV4, NULL);
    page(HTTP01, WORLD_IPV4, KEY);
    assert_string_equal(unit_log_of(run, LOG_INFO, w.arena), "");
}

/* --- match_regex, aside -------------------------------------------------------------------------- */

static void use_regex(const char *pattern)
{
    use_website();
    w.request.dcv.match_regex = pattern;
    w.request.caller = "192.0.2.77";
    host("www.example.com", WORLD_IPV4, NULL);
    page(SITE, NULL, "<" VALUE ">");
}

static void test_http_expression_is_looked_at_twice_for_its_caller(void **state)
{
    (void)state;
    use_regex("<.*>");
    fake_aside.takes_ms = 70;
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_aside.started, 2);
    assert_string_equal(fake_aside.last_caller, "192.0.2.77");
    w.request.dcv.match_regex = NULL;
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
    assert_int_equal(fake_aside.started, 2);
}

static void test_http_expression_that_is_none_contacts_nobody(void **state)
{
    (void)state;
    use_regex("(");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_PARAMETER);
    assert_one_error(result, "mpic_error:dcv_checker:parameter", "Invalid match regex: \"(\"");
    assert_int_equal(fake_dns_question_count(NULL), 0);
}

static void test_http_expression_without_room_to_look_at_it_is_unknown(void **state)
{
    (void)state;
    use_regex("<.*>");
    fake_aside.is_busy = true;
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_UNKNOWN, PROBLEM_REGEX_LIMIT);
    assert_one_error(result, "mpic_error:http:regex_limit", "could not be matched in time");
    assert_int_equal(fake_dns_question_count(NULL), 0);
}

/* The page is there and right: what is missing is our time. */
static void test_http_page_without_room_or_time_to_search_it_is_unknown(void **state)
{
    (void)state;
    for (int busy = 0; busy < 2; busy++) {
        use_regex("<.*>");
        fake_aside_reset();
        fake_aside.takes_ms = 10;
        world_start(); /* it is looked at; what comes later is the search */
        fake_aside.is_busy = busy;
        fake_aside.takes_ms = FAKE_ASIDE_NEVER;
        fake_loop_advance(w.loop, WORLD_CHECK_MS);
        assert_int_equal(w.done_count, 1);
        assert_problem(w.result, VERDICT_UNKNOWN, PROBLEM_REGEX_LIMIT);
        assert_one_error(w.result, "mpic_error:http:regex_limit", "could not be matched in time");
        assert_non_null(strstr(w.result->details.reason, "no time left to match it"));
        assert_int_equal(details()->response_status_code.value, 200);
        assert_int_equal(fake_aside.started, 2);
    }
}

static void test_http_expression_is_cancelled_with_its_check(void **state)
{
    (void)state;
    use_regex("<.*>");
    fake_aside.takes_ms = 100;
    world_cancel_after(50); /* while it is looked at */
    assert_int_equal(fake_aside.started, 1);
    world_cancel_after(150); /* while the page is searched */
    assert_int_equal(fake_aside.started, 3);
    assert_int_equal(fake_aside.pending, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_transition_has_a_line_at_debug_without_secrets),
        TEST(test_the_log_is_silent_about_checks_at_info),
        TEST(test_http_key_authorization_passes_with_evidence),
        TEST(test_http_request_is_pinned_and_says_who_asks),
        TEST(test_http_address_target_is_asked_without_dns),
        TEST(test_http_website_over_https_uses_its_port),
        TEST(test_http_caller_headers_replace_ours),
        TEST(test_http_lab_ports_and_addresses_show_in_local_policy),
        TEST(test_http_lab_port_named_by_a_redirect_shows_in_local_policy),
        TEST(test_http_aliases_of_the_addresses_are_told_of_each_hop),
        TEST(test_http_both_families_are_asked_and_ipv6_comes_first),
        TEST(test_http_failed_connect_falls_back_in_order),
        TEST(test_http_failure_after_the_connect_is_final),
        TEST(test_http_wrong_site_on_ipv6_is_not_masked_by_ipv4),
        TEST(test_http_no_address_accepts_a_connection),
        TEST(test_http_our_own_failure_is_internal_and_uses_no_address),
        TEST(test_http_refused_addresses_are_dropped_and_reported),
        TEST(test_http_only_refused_addresses_fail_and_nothing_is_sent),
        TEST(test_http_lookups_that_fail),
        TEST(test_http_no_status_but_our_own_failure_is_internal),
        TEST(test_http_slow_family_is_awaited),
        TEST(test_http_silent_family_leaves_half_of_the_time),
        TEST(test_http_silent_family_of_a_later_hop_leaves_half_of_what_is_left),
        TEST(test_http_lookups_that_never_end_are_blamed),
        TEST(test_http_timeouts_say_where_the_time_went),
        TEST(test_http_each_of_four_addresses_gets_its_share),
        TEST(test_http_reason_names_url_address_status_and_page),
        TEST(test_http_no_match_has_a_reason_too),
        TEST(test_http_refused_redirect_says_whose_it_was),
        TEST(test_http_page_covers_what_the_verdict_rests_on),
        TEST(test_http_redirect_is_resolved_and_pinned_anew),
        TEST(test_http_fallback_repeats_the_hop_not_the_first_url),
        TEST(test_http_caller_headers_go_to_the_first_origin_only),
        TEST(test_http_redirect_that_is_not_allowed_contacts_nobody),
        TEST(test_http_redirect_to_a_refused_address_fails_and_contacts_nobody),
        TEST(test_http_redirect_to_an_address_is_followed),
        TEST(test_http_redirect_that_holds_the_challenge_value_is_not_followed),
        TEST(test_http_redirect_without_one_location_fails),
        TEST(test_http_nineteen_redirects_are_followed_and_twenty_are_not),
        TEST(test_http_circle_of_redirects_is_unknown),
        TEST(test_http_hop_that_fails_keeps_the_history),
        TEST(test_http_status_is_the_worst_of_all_hops),
        TEST(test_http_final_status),
        TEST(test_http_content_encoding_is_refused),
        TEST(test_http_body_over_the_limit),
        TEST(test_http_page_is_cut_at_the_expected_length_or_a_hundred_bytes),
        TEST(test_http_expression_without_end_is_unknown),
        TEST(test_http_response_cut_short_shows_what_came),
        TEST(test_http_connect_gets_half_of_the_rest_while_addresses_are_left),
        TEST(test_http_one_deadline_counts_for_all_hops),
        TEST(test_http_silent_resolver_is_a_dns_timeout),
        TEST(test_http_short_deadline_of_the_check_names_what_was_waited_for),
        TEST(test_http_deadline_that_has_passed_is_said_with_what_was_planned),
        TEST(test_http_cancel_at_each_moment_is_silent),
        TEST(test_http_bad_parameters_contact_nobody),
        TEST(test_http_expression_is_looked_at_twice_for_its_caller),
        TEST(test_http_expression_that_is_none_contacts_nobody),
        TEST(test_http_expression_without_room_to_look_at_it_is_unknown),
        TEST(test_http_page_without_room_or_time_to_search_it_is_unknown),
        TEST(test_http_expression_is_cancelled_with_its_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
