/* The scripted net/tls of the flow tests keeps the promises of the real one. */
#include "support/fake_tls.h"

#include "base/mem.h"
#include "support/fake_loop.h"
#include "support/unit.h"

#include <stdlib.h>

struct fixture {
    struct loop *loop;
    struct tls *tls;
    int done_count;
    struct tls_result result; /* what it points to lives until fake_tls_reset() */
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    struct err err;
    fake_tls_reset();
    f->loop = loop_new();
    f->tls = tls_new(f->loop, &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tls_free(f->tls);
    assert_int_equal(fake_loop_timer_count(f->loop), 0);
    loop_free(f->loop);
    free(f);
    fake_tls_reset();
    return 0;
}

static void on_done(const struct tls_result *result, void *arg)
{
    struct fixture *f = arg;
    f->done_count++;
    f->result = *result;
}

static struct tls_job *start(struct fixture *f, const char *address, uint64_t connect_ms)
{
    struct tls_request request = {
        .address = address,
        .port = 443,
        .sni = "host.test",
        .alpn = "acme-tls/1",
        .connect_deadline_ms = connect_ms ? loop_now_ms(f->loop) + connect_ms : 0,
    };
    int before = f->done_count;
    struct tls_job *job =
        tls_start(f->tls, &request, NULL, loop_now_ms(f->loop) + 1000, on_done, f);
    assert_int_equal(f->done_count, before);
    return job;
}

static void test_fake_gives_the_scripted_handshake_after_its_delays(void **state)
{
    struct fixture *f = *state;
    struct fake_handshake *script = fake_tls_handshake("192.0.2.1");
    fake_handshake_certificate(script, bytes_of("DER"));
    script->connect_ms = 100;
    script->delay_ms = 50;
    start(f, "192.0.2.1", 0);
    fake_loop_advance(f->loop, 149);
    assert_int_equal(f->done_count, 0);
    fake_loop_advance(f->loop, 1);
    assert_int_equal(f->done_count, 1);
    assert_int_equal(f->result.status, PEER_OK);
    assert_string_equal(f->result.error_text, "");
    assert_string_equal(f->result.version, "TLSv1.3");
    assert_true(bytes_eq(f->result.alpn, bytes_of("acme-tls/1")));
    assert_true(bytes_eq(f->result.certificate, bytes_of("DER")));
    assert_true(f->result.is_connected);
    assert_int_equal(f->result.connect_us, 100000);
    assert_int_equal(f->result.total_us, 150000);
    const struct fake_tls_record *record = fake_tls_request(f->tls, 0);
    assert_string_equal(record->request.sni, "host.test");
    assert_true(record->delivered);
    assert_int_equal(fake_tls_request_count(NULL), 1);
}

static void test_fake_selects_what_the_script_says(void **state)
{
    struct fixture *f = *state;
    fake_handshake_alpn(fake_tls_handshake(NULL), (struct bytes){NULL, 0});
    start(f, "2001:db8::1", 0);
    fake_loop_run_ready(f->loop);
    assert_int_equal(f->result.status, PEER_OK);
    assert_int_equal(f->result.alpn.n, 0);
}

static void test_fake_scripts_of_one_address_come_in_turn(void **state)
{
    struct fixture *f = *state;
    fake_tls_handshake("a")->status = PEER_CONNECT_FAILED;
    fake_tls_handshake("a")->status = PEER_DISCONNECTED;
    const enum peer_status expected[] = {PEER_CONNECT_FAILED, PEER_DISCONNECTED, PEER_DISCONNECTED};
    for (size_t i = 0; i < 3; i++) {
        start(f, "a", 0);
        fake_loop_run_ready(f->loop);
        assert_int_equal(f->result.status, expected[i]);
        assert_int_equal(f->result.is_connected, i > 0);
    }
}

static void test_fake_without_script_fails(void **state)
{
    struct fixture *f = *state;
    start(f, "192.0.2.9", 0);
    fake_loop_run_ready(f->loop);
    assert_int_equal(f->result.status, PEER_LOCAL);
}

static const struct {
    const char *why;
    uint64_t connect_ms, delay_ms, connect_deadline_ms, takes_ms;
    enum peer_status status;
} timeouts[] = {
    {"no connection before the deadline", FAKE_TLS_NEVER, 0, 0, 1000, PEER_CONNECT_TIMEOUT},
    {"no connection before its own deadline", 300, 0, 200, 200, PEER_CONNECT_TIMEOUT},
    {"no handshake before the deadline", 100, FAKE_TLS_NEVER, 200, 1000, PEER_READ_TIMEOUT},
};

static void test_fake_that_comes_late_is_a_timeout(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        print_message("# %s\n", timeouts[i].why);
        struct fake_handshake *script = fake_tls_handshake(timeouts[i].why);
        script->connect_ms = timeouts[i].connect_ms;
        script->delay_ms = timeouts[i].delay_ms;
        f->done_count = 0;
        start(f, timeouts[i].why, timeouts[i].connect_deadline_ms);
        fake_loop_advance(f->loop, timeouts[i].takes_ms - 1);
        assert_int_equal(f->done_count, 0);
        fake_loop_advance(f->loop, 1);
        assert_int_equal(f->done_count, 1);
        assert_int_equal(f->result.status, timeouts[i].status);
    }
}

static void test_fake_cancel_is_silent(void **state)
{
    struct fixture *f = *state;
    fake_tls_handshake(NULL)->delay_ms = 10;
    struct tls_job *job = start(f, "a", 0);
    assert_int_equal(fake_tls_pending(f->tls), 1);
    tls_cancel(job);
    job = start(f, "a", 0);
    fake_loop_advance(f->loop, 5);
    tls_cancel(job);
    fake_loop_advance(f->loop, 1000);
    assert_int_equal(f->done_count, 0);
    assert_int_equal(fake_tls_pending(NULL), 0);
    assert_true(fake_tls_request(NULL, 1)->cancelled);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_fake_gives_the_scripted_handshake_after_its_delays),
        CASE(test_fake_selects_what_the_script_says),
        CASE(test_fake_scripts_of_one_address_come_in_turn),
        CASE(test_fake_without_script_fails),
        CASE(test_fake_that_comes_late_is_a_timeout),
        CASE(test_fake_cancel_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
