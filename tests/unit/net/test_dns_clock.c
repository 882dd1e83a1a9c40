/* What net/dns remembers when the wall clock is set: the linker puts the clock of this test in the place of loop_wall_ns(). */
#include "net/dns.h"

#include "support/dns_ask.h"
#include "support/dns_message.h"
#include "support/dns_server.h"
#include "support/unit.h"

#define OTHER_ANCHOR                                                                               \
    "elsewhere. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

static struct {
    struct loop *loop;
    struct arena *arena;
    struct dns_server *server;
    struct dns *dns;
    int64_t shift_ms; /* of the wall clock, against the real one */
} w;

int64_t __real_loop_wall_ns(const struct loop *loop);
int64_t __wrap_loop_wall_ns(const struct loop *loop);

int64_t __wrap_loop_wall_ns(const struct loop *loop)
{
    return __real_loop_wall_ns(loop) + w.shift_ms * 1000000;
}

static void serve(const struct dns_server_query *query, struct buf *reply, void *arg)
{
    (void)arg;
    message_begin(reply, query->id, MESSAGE_QR | MESSAGE_AA, query->sent_name, query->type);
    if (query->type == DNS_A)
        message_add_a(reply, query->sent_name, 1);
    else
        message_add_soa(reply, "lab");
}

static int set_up(void **state)
{
    (void)state;
    static const char *const anchors[] = {OTHER_ANCHOR};
    struct err err = {0};
    w.shift_ms = 0;
    w.loop = loop_new();
    w.arena = arena_new();
    w.server = dns_server_new(w.loop, "127.0.0.1", serve, NULL);
    const char *const addresses[] = {dns_server_address(w.server)};
    const struct dns_stub stub = {.name = "lab", .addresses = addresses, .address_count = 1};
    const struct dns_settings settings = {
        .timeout_ms = 1500,
        .trust_anchors = anchors,
        .trust_anchor_count = 1,
        .stub_zones = &stub,
        .stub_count = 1,
        .cache_max_ttl_s = 60,
        .cache_max_negative_ttl_s = 5,
    };
    w.dns = dns_new(w.loop, &settings, &err);
    if (!w.dns)
        fail_msg("%s", err.text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dns_free(w.dns);
    dns_server_free(w.server);
    loop_free(w.loop);
    arena_free(w.arena);
    return 0;
}

/* Asks, and returns how often the server has been asked. */
static size_t ask(int64_t shift_ms)
{
    w.shift_ms = shift_ms;
    struct dns_answer answer =
        dns_ask(w.arena, w.loop, w.dns, &(struct dns_query){.name = "www.lab", .type = DNS_A});
    assert_int_equal(answer.outcome, DNS_OK);
    return dns_server_count(w.server, "www.lab", DNS_A);
}

static void test_answers_are_forgotten_when_the_clock_is_set_back(void **state)
{
    (void)state;
    assert_int_equal(ask(0), 1);
    assert_int_equal(ask(-86400 * 1000LL), 2);
    assert_int_equal(ask(-86400 * 1000LL), 2); /* what is learnt since is remembered */
    assert_int_equal(ask(-86400 * 1000LL - 2000), 3);
}

static void test_answers_are_kept_while_the_clock_is_good_enough(void **state)
{
    (void)state;
    assert_int_equal(ask(0), 1);
    assert_int_equal(ask(-500), 1);
    assert_int_equal(ask(86400 * 1000LL), 1); /* ahead: answers expire early, which harms nobody */
}

/* Answers that were learnt while it was ahead would outlive the day. */
static void test_clock_that_was_ahead_and_is_right_again_was_set_back(void **state)
{
    (void)state;
    assert_int_equal(ask(0), 1);
    assert_int_equal(ask(86400 * 1000LL), 1);
    assert_int_equal(ask(0), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answers_are_forgotten_when_the_clock_is_set_back),
        TEST(test_answers_are_kept_while_the_clock_is_good_enough),
        TEST(test_clock_that_was_ahead_and_is_right_again_was_set_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
