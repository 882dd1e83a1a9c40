#include "support/check_world.h"

#include "core/corroboration/evidence.h"
#include "core/method/verdict.h"

#include <string.h>

struct check_world w;

int world_setup(void **state)
{
    (void)state;
    struct err err;
    memset(&w, 0, sizeof w);
    fake_dns_reset();
    fake_fetch_reset();
    fake_tls_reset();
    fake_aside_reset();
    w.loop = loop_new();
    const char *const anchors[] = {". IN DS 1 13 2 00"};
    const struct dns_settings dns_settings = {
        .timeout_ms = WORLD_DNS_MS, .trust_anchors = anchors, .trust_anchor_count = 1};
    w.dns = dns_new(w.loop, &dns_settings, &err);
    w.fetch = fetch_new(w.loop, &err);
    w.tls = tls_new(w.loop, &err);
    w.aside = aside_new(w.loop, NULL);
    w.arena = arena_new();
    job_group_init(&w.group);
    w.settings = (struct check_settings){.perspective_code = "here",
                                         .http_timeout_ms = WORLD_HTTP_MS,
                                         .http_user_agent = "mpic/test",
                                         .http_port = 80,
                                         .https_port = 443,
                                         .tls_alpn_port = 443,
                                         .enforce_baseline = true};
    w.env = (struct check_env){.loop = w.loop,
                               .dns = w.dns,
                               .fetch = w.fetch,
                               .tls = w.tls,
                               .aside = w.aside,
                               .settings = &w.settings};
    w.request = (struct check_request){.check_type = CHECK_DCV, .target = "www.example.com"};
    w.request.dcv.require_exact_case = true;
    w.check_ms = WORLD_CHECK_MS;
    return 0;
}

int world_teardown(void **state)
{
    (void)state;
    job_group_cancel(&w.group);
    assert_int_equal(fake_dns_pending(w.dns), 0);
    assert_int_equal(fake_fetch_pending(w.fetch), 0);
    assert_int_equal(fake_tls_pending(w.tls), 0);
    assert_int_equal(fake_aside.pending, 0);
    aside_free(w.aside);
    tls_free(w.tls);
    fetch_free(w.fetch);
    dns_free(w.dns);
    loop_free(w.loop);
    arena_free(w.arena);
    return 0;
}

static void on_done(const struct check_result *result, void *arg)
{
    (void)arg;
    w.result = result;
    w.job = NULL;
    w.done_count++;
}

void world_start(void)
{
    const struct check_call call = {.request = &w.request,
                                    .arena = w.arena,
                                    .group = &w.group,
                                    .deadline_ms = loop_now_ms(w.loop) + w.check_ms};
    w.done_count = 0;
    w.job = check_start(&w.env, &call, on_done, NULL);
    assert_int_equal(w.done_count, 0); /* never on the stack of start */
}

/* No coordinator may take the evidence of an honest check for a contradiction. */
static void assert_evidence_fits(void)
{
    struct target target;
    struct err err;
    if (w.result->verdict != VERDICT_PASS)
        return;
    assert_true(target_parse(w.request.target, &target, &err));
    const char *fault = evidence_contradiction(&w.request, &target, w.result, w.arena);
    if (fault)
        fail_msg("the evidence contradicts the verdict: %s", fault);
}

const struct check_result *world_run(void)
{
    world_start();
    fake_loop_run_until_idle(w.loop);
    assert_int_equal(w.done_count, 1);
    assert_string_equal(w.result->perspective_code, "here");
    assert_true(w.result->timestamp_ns.present);
    assert_true(w.result->details.duration_ms.present);
    /* No verdict but a plain PASS lacks its sentence for people. */
    assert_true(w.result->verdict == VERDICT_PASS || w.result->details.reason);
    assert_int_equal(fake_dns_pending(w.dns), 0);
    assert_int_equal(fake_fetch_pending(w.fetch), 0);
    assert_int_equal(fake_tls_pending(w.tls), 0);
    assert_int_equal(fake_aside.pending, 0);
    assert_evidence_fits();
    return w.result;
}

void world_cancel_after(uint64_t ms)
{
    world_start();
    fake_loop_advance(w.loop, ms);
    assert_int_equal(w.done_count, 0);
    check_cancel(w.job);
    fake_loop_run_until_idle(w.loop);
    assert_int_equal(w.done_count, 0);
    assert_int_equal(fake_dns_pending(w.dns), 0);
    assert_int_equal(fake_fetch_pending(w.fetch), 0);
    assert_int_equal(fake_tls_pending(w.tls), 0);
    assert_int_equal(fake_aside.pending, 0);
}

void assert_problem(const struct check_result *result, enum verdict verdict, enum problem problem)
{
    const char *name = problem == PROBLEM_NONE ? "none" : problem_str(problem);
    const char *seen = result->problem == PROBLEM_NONE ? "none" : problem_str(result->problem);
    assert_string_equal(seen, name);
    assert_int_equal(result->verdict, verdict);
}

void assert_one_error(const struct check_result *result, const char *type, const char *part)
{
    assert_true(result->has_errors);
    assert_int_equal(result->error_count, 1);
    assert_string_equal(result->errors[0].type, type);
    if (!strstr(result->errors[0].message, part))
        fail_msg("\"%s\" does not hold \"%s\"", result->errors[0].message, part);
}
