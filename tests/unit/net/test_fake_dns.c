/* The scripted net/dns of the flow tests keeps the promises of the real one. */
#include "support/fake_dns.h"

#include "base/arena.h"
#include "support/dns_ask.h"
#include "support/fake_loop.h"
#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    struct loop *loop;
    struct arena *arena;
    struct dns *dns;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    fake_dns_reset();
    f->loop = loop_new();
    f->arena = arena_new();
    struct err err;
    f->dns = dns_new(f->loop, &(struct dns_settings){.timeout_ms = 5000}, &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    dns_free(f->dns);
    assert_int_equal(fake_loop_timer_count(f->loop), 0);
    loop_free(f->loop);
    arena_free(f->arena);
    free(f);
    fake_dns_reset();
    return 0;
}

static struct dns_job *start(struct fixture *f, const char *name, bool is_retry,
                             struct dns_asked *asked)
{
    *asked = (struct dns_asked){.arena = f->arena};
    struct dns_query query = {
        .name = name, .type = DNS_CAA, .fresh = is_retry ? dns_fresh(f->dns) : 0};
    struct dns_job *job = dns_start(f->dns, &query, NULL, JOB_NO_DEADLINE, dns_ask_done, asked);
    assert_int_equal(asked->times, 0);
    return job;
}

static void test_fake_gives_the_scripted_answer_after_its_delay(void **state)
{
    struct fixture *f = *state;
    struct fake_answer *script = fake_dns_answer(NULL, "WWW.Example.", DNS_CAA, DNS_OK);
    fake_answer_alias(script, "Alias.Example");
    fake_answer_caa(script, 128, "issue", "ca.example");
    fake_answer_extended_error(script, 9, "text");
    script->delay_ms = 200;
    struct dns_asked asked;
    start(f, "www.example", false, &asked);
    fake_loop_advance(f->loop, 199);
    assert_int_equal(asked.times, 0);
    fake_loop_advance(f->loop, 1);
    assert_int_equal(asked.times, 1);
    assert_int_equal(asked.answer.outcome, DNS_OK);
    assert_int_equal(asked.answer.dnssec, DNSSEC_SECURE);
    assert_int_equal(asked.answer.duration_us, 200000);
    assert_string_equal(asked.answer.name, "www.example");
    assert_string_equal(asked.answer.cname_chain[0], "alias.example");
    assert_string_equal(asked.answer.records[0].owner, "alias.example");
    assert_memory_equal(asked.answer.records[0].rdata.p, "\200\5issueca.example", 17);
    assert_int_equal(asked.answer.extended_errors[0].code, 9);
}

static void test_fake_retry_gets_its_own_answer(void **state)
{
    struct fixture *f = *state;
    fake_dns_answer(NULL, "a", DNS_CAA, DNS_SERVFAIL);
    fake_dns_retry_answer(NULL, "a", DNS_CAA, DNS_NODATA);
    struct dns_asked first, second;
    start(f, "a", false, &first);
    start(f, "a", true, &second);
    fake_loop_run_ready(f->loop);
    assert_int_equal(first.answer.outcome, DNS_SERVFAIL);
    assert_int_equal(second.answer.outcome, DNS_NODATA);
    assert_int_equal(fake_dns_question_count(f->dns), 2);
    assert_false(fake_dns_question(NULL, 0)->fresh != 0);
    assert_true(fake_dns_question(NULL, 1)->fresh != 0);
    assert_int_equal(fake_dns_asked(f->dns, "A.", DNS_CAA), 2);
    assert_int_equal(fake_dns_asked(f->dns, "a", DNS_A), 0);
}

static void test_fake_script_of_one_resolver_wins(void **state)
{
    struct fixture *f = *state;
    fake_dns_answer(f->dns, "a", DNS_CAA, DNS_NXDOMAIN);
    fake_dns_answer(NULL, "a", DNS_CAA, DNS_OK);
    struct dns_asked asked;
    start(f, "a", false, &asked);
    fake_loop_run_ready(f->loop);
    assert_int_equal(asked.answer.outcome, DNS_NXDOMAIN);
    assert_ptr_equal(fake_dns_instance(0), f->dns);
    assert_null(fake_dns_instance(1));
}

static void test_fake_without_script_fails(void **state)
{
    struct fixture *f = *state;
    struct dns_asked asked;
    start(f, "a", false, &asked);
    fake_loop_run_ready(f->loop);
    assert_int_equal(asked.answer.outcome, DNS_SERVFAIL);
    fake_dns_set_default(DNS_NODATA, DNSSEC_INSECURE);
    start(f, "a", false, &asked);
    fake_loop_run_ready(f->loop);
    assert_int_equal(asked.answer.outcome, DNS_NODATA);
    assert_int_equal(asked.answer.dnssec, DNSSEC_INSECURE);
}

static void test_fake_answer_that_never_comes_is_a_timeout(void **state)
{
    struct fixture *f = *state;
    fake_dns_answer(NULL, "a", DNS_CAA, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    struct dns_asked asked;
    start(f, "a", false, &asked);
    fake_loop_advance(f->loop, 4999);
    assert_int_equal(asked.times, 0);
    assert_int_equal(fake_dns_pending(NULL), 1);
    fake_loop_advance(f->loop, 1);
    assert_int_equal(asked.answer.outcome, DNS_TIMEOUT);
    assert_int_equal(asked.answer.end, DNS_END_TIMEOUT);
    assert_int_equal(fake_dns_pending(f->dns), 0);
    /* And with less than that it is the caller's limit. */
    struct dns_query query = {.name = "a", .type = DNS_CAA};
    asked = (struct dns_asked){.arena = f->arena};
    dns_start(f->dns, &query, NULL, loop_now_ms(f->loop) + 4999, dns_ask_done, &asked);
    fake_loop_advance(f->loop, 4999);
    assert_int_equal(asked.answer.end, DNS_END_LIMIT);
}

static void test_fake_cancel_is_silent(void **state)
{
    struct fixture *f = *state;
    fake_dns_answer(NULL, "a", DNS_CAA, DNS_NODATA)->delay_ms = 10;
    struct dns_asked asked, posted;
    struct dns_job *job = start(f, "a", false, &asked);
    dns_cancel(job);
    job = start(f, "b", false, &posted); /* its answer is at hand */
    dns_cancel(job);
    fake_loop_advance(f->loop, 10000);
    assert_int_equal(asked.times + posted.times, 0);
    assert_int_equal(fake_dns_pending(NULL), 0);
}

static void test_fake_builds_rdata(void **state)
{
    struct fixture *f = *state;
    char text[301];
    memset(text, 'x', 300);
    text[300] = '\0';
    struct fake_answer *script = fake_dns_answer(NULL, "a", DNS_TXT, DNS_OK);
    fake_answer_txt(script, text);
    assert_int_equal(script->records[0].rdata.n, 302);
    assert_int_equal(script->records[0].rdata.p[0], 255);
    assert_int_equal(script->records[0].rdata.p[256], 45);
    fake_answer_txt(script, "");
    assert_int_equal(script->records[1].rdata.n, 1);
    fake_answer_txt_strings(script, (const char *const[]){"ab", "c"}, 2);
    assert_memory_equal(script->records[2].rdata.p, "\2ab\1c", 5);
    script = fake_dns_answer(NULL, "a", DNS_A, DNS_OK);
    fake_answer_address(script, "192.0.2.1");
    assert_memory_equal(script->records[0].rdata.p, "\xc0\0\2\1", 4);
    script = fake_dns_answer(NULL, "a", DNS_AAAA, DNS_OK);
    fake_answer_address(script, "2001:db8::1");
    assert_int_equal(script->records[0].rdata.n, 16);
    script = fake_dns_answer(NULL, "a", DNS_PTR, DNS_OK);
    fake_answer_target(script, "www.example.");
    assert_memory_equal(script->records[0].rdata.p, "\3www\7example", 13);
    fake_answer_denial(script, "b", DNS_NSEC, bytes_of("x"));
    assert_int_equal(script->denial_count, 1);
    assert_int_equal(fake_dns_settings(f->dns)->timeout_ms, 5000);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_fake_gives_the_scripted_answer_after_its_delay),
        CASE(test_fake_retry_gets_its_own_answer),
        CASE(test_fake_script_of_one_resolver_wins),
        CASE(test_fake_without_script_fails),
        CASE(test_fake_answer_that_never_comes_is_a_timeout),
        CASE(test_fake_cancel_is_silent),
        CASE(test_fake_builds_rdata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
