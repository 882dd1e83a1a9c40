/* HTTP checks on a machine whose routes make addresses its own that no interface has. In a network
 * that the test makes; skipped where it may not, or has no program ip(8). */
#define _GNU_SOURCE /* unshare() */

#include "support/check_world.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define URL "http://www.example.com/.well-known/acme-challenge/tok1"

static bool has_routes;

static int enter_own_network(void **state)
{
    (void)state;
    bool is_alone = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    has_routes = is_alone && system("ip link set lo up 2>/dev/null && "
                                    "ip route add local 93.184.216.34/31 dev lo 2>/dev/null") == 0;
    return 0;
}

static int setup(void **state)
{
    world_setup(state);
    w.request.dcv.method = DCV_ACME_HTTP_01;
    w.request.dcv.token = "tok1";
    w.request.dcv.key_authorization = "tok1.thumbprint";
    fake_dns_set_default(DNS_NODATA, DNSSEC_SECURE);
    return 0;
}

static void host(const char *address)
{
    fake_answer_address(fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK), address);
}

static void page(const char *address)
{
    fake_response_body(fake_fetch_response(URL, address), bytes_of("tok1.thumbprint"));
}

static void test_address_that_a_route_makes_own_is_refused(void **state)
{
    (void)state;
    if (!has_routes)
        skip();
    host(WORLD_IPV4);
    page(WORLD_IPV4);
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_FAIL, PROBLEM_ADDRESS_REFUSED);
    assert_one_error(result, "mpic_error:dcv_checker:address_refused", WORLD_IPV4);
    assert_int_equal(fake_fetch_request_count(w.fetch), 0);
}

static void test_other_addresses_are_tried(void **state)
{
    (void)state;
    if (!has_routes)
        skip();
    struct fake_answer *answer = fake_dns_answer(w.dns, "www.example.com", DNS_A, DNS_OK);
    fake_answer_address(answer, WORLD_IPV4);
    fake_answer_address(answer, WORLD_IPV4B);
    fake_answer_address(answer, "93.184.216.99");
    page("93.184.216.99");
    const struct check_result *result = world_run();
    assert_problem(result, VERDICT_PASS, PROBLEM_NONE);
    const struct connection_report *connection = &result->details.http.hops[0].connection;
    assert_int_equal(connection->refused_count, 2);
    assert_string_equal(connection->address_used, "93.184.216.99");
}

static void test_allowed_address_is_contacted_all_the_same(void **state)
{
    (void)state;
    static struct cidr allowed;
    struct err err;
    if (!has_routes)
        skip();
    assert_true(cidr_parse(WORLD_IPV4, &allowed, &err));
    w.settings.addresses.allowed = &allowed;
    w.settings.addresses.allowed_count = 1;
    host(WORLD_IPV4);
    page(WORLD_IPV4);
    assert_problem(world_run(), VERDICT_PASS, PROBLEM_NONE);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_address_that_a_route_makes_own_is_refused),
        CASE(test_other_addresses_are_tried),
        CASE(test_allowed_address_is_contacted_all_the_same),
    };
    return cmocka_run_group_tests(tests, enter_own_network, NULL);
}
