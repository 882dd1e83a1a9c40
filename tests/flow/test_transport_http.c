/* Checks on their way to perspectives over HTTP: what is sent, and which answers are taken. */
#include "coordinator/transport_http.h"
#include "support/fake_fetch.h"
#include "support/fake_loop.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/corroboration/binding.h"
#include "support/unit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char caa_url[] = "https://inside.example:8443/v1/caa";
static const char dcv_url[] = "https://inside.example:8443/v1/dcv";
static const char other_caa_url[] = "http://127.0.0.1:9/caa";

enum { DEADLINE_MS = 10000 };

static struct world {
    struct loop *loop;
    struct fetch *fetch;
    struct arena *arena;
    struct job_group group;
    struct transport_http_settings settings;
    struct transport_http_settings other_settings;
    struct transport *transport;
    struct transport *other;
    struct check_request check;
    struct transport_call call;
    struct transport_answer answer;
    uint64_t done_at_ms;
    int done_count;
} w;

static const struct fetch_header static_headers[] = {{"x-api-key", "k1"}, {"x-site", "north"}};

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    fake_fetch_reset();
    w.loop = loop_new();
    struct err err;
    w.fetch = fetch_new(w.loop, &err);
    w.arena = arena_new();
    job_group_init(&w.group);
    w.settings = (struct transport_http_settings){.code = "p-1",
                                                  .caa_url = caa_url,
                                                  .dcv_url = dcv_url,
                                                  .headers = static_headers,
                                                  .header_count = 2,
                                                  .is_unbound = true};
    w.other_settings = (struct transport_http_settings){.code = "p-2",
                                                        .caa_url = other_caa_url,
                                                        .dcv_url = "http://127.0.0.1:9/dcv",
                                                        .is_unbound = true};
    w.transport = transport_http_new(w.loop, w.fetch, NULL, &w.settings);
    w.other = transport_http_new(w.loop, w.fetch, NULL, &w.other_settings);
    w.check = (struct check_request){.check_type = CHECK_CAA, .target = "a.example"};
    w.call = (struct transport_call){.check = &w.check, .arena = w.arena};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    job_group_cancel(&w.group);
    w.transport->ops->free(w.transport);
    w.other->ops->free(w.other);
    fetch_free(w.fetch);
    assert_int_equal(fake_loop_timer_count(w.loop), 0);
    loop_free(w.loop);
    arena_free(w.arena);
    fake_fetch_reset();
    return 0;
}

static void ask_dcv(enum dcv_method method)
{
    w.check.check_type = CHECK_DCV;
    w.check.dcv.method = method;
    w.check.dcv.challenge_value = "secret";
}

static void on_done(const struct transport_answer *answer, void *arg)
{
    (void)arg;
    w.answer = *answer;
    w.done_at_ms = loop_now_ms(w.loop);
    w.done_count++;
}

static struct transport_job *start(struct transport *transport)
{
    return transport->ops->start(transport, &w.call, &w.group, loop_now_ms(w.loop) + DEADLINE_MS,
                                 on_done, NULL);
}

static const struct transport_answer *run(void)
{
    w.done_count = 0;
    start(w.transport);
    assert_int_equal(w.done_count, 0); /* never on the stack of start */
    fake_loop_run_until_idle(w.loop);
    assert_int_equal(w.done_count, 1);
    return &w.answer;
}

/* What the perspective answers to CAA checks, and to DCV checks. */
static struct fake_response *answer_with(const char *body)
{
    fake_response_body(fake_fetch_response(dcv_url, NULL), bytes_of(body));
    struct fake_response *response = fake_fetch_response(caa_url, NULL);
    fake_response_body(response, bytes_of(body));
    return response;
}

#define CAA_BODY(completed, passed, more)                                                          \
    "{\"check_completed\":" completed ",\"check_passed\":" passed ",\"errors\":null,"              \
    "\"timestamp_ns\":1764000000000000001,\"check_type\":\"caa\",\"details\":{"                    \
    "\"caa_record_present\":false,\"found_at\":null,\"records_seen\":null}" more "}"
#define DCV_BODY(completed, passed)                                                                \
    "{\"check_completed\":" completed ",\"check_passed\":" passed ",\"errors\":[],"                \
    "\"timestamp_ns\":1764000000000000001,\"check_type\":\"dcv\",\"details\":{"                    \
    "\"validation_method\":\"dns-change\",\"records_seen\":[\"x\"],\"response_code\":0,"           \
    "\"ad_flag\":true,\"found_at\":\"a.example\",\"cname_chain\":null}}"

static void test_caa_check_is_posted_to_the_caa_url(void **state)
{
    (void)state;
    answer_with(CAA_BODY("true", "true", ""));
    assert_int_equal(run()->status, TRANSPORT_OK);
    assert_int_equal(w.answer.result->verdict, VERDICT_PASS);
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
    const struct fake_fetch_record *record = fake_fetch_request(w.fetch, 0);
    assert_string_equal(record->request->url, caa_url);
    assert_string_equal(record->request->method, "POST");
    assert_null(record->request->pin);
    assert_true(record->request->verify_tls);
    assert_int_equal(record->request->body_max_bytes, LIMIT_REMOTE_RESPONSE_BYTES);
    assert_int_equal(record->deadline_ms, FAKE_LOOP_START_MS + DEADLINE_MS);
}

static void test_dcv_check_is_posted_to_the_dcv_url(void **state)
{
    (void)state;
    answer_with(DCV_BODY("true", "true"));
    ask_dcv(DCV_DNS_CHANGE);
    assert_int_equal(run()->status, TRANSPORT_OK);
    assert_int_equal(w.answer.result->method, DCV_DNS_CHANGE);
    assert_string_equal(fake_fetch_request(w.fetch, 0)->request->url, dcv_url);
}

static void test_request_carries_the_static_headers_and_its_media_type(void **state)
{
    (void)state;
    answer_with(CAA_BODY("true", "true", ""));
    run();
    const struct fetch_request *request = fake_fetch_request(w.fetch, 0)->request;
    static const struct fetch_header expected[] = {{"x-api-key", "k1"},
                                                   {"x-site", "north"},
                                                   {"Content-Type", "application/json"},
                                                   {"Accept", "application/json"}};
    assert_int_equal(request->header_count, 5);
    /* A tenth less than we wait, so that the perspective can say what it was waiting for. */
    const char *limit = fetch_header_get(request->headers, 5, "Mpic-Timeout-Ms");
    assert_non_null(limit);
    uint64_t wait_ms =
        fake_fetch_request(w.fetch, 0)->deadline_ms - fake_fetch_request(w.fetch, 0)->at_ms;
    assert_int_equal(strtoull(limit, NULL, 10), wait_ms - wait_ms / 10);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const char *value =
            fetch_header_get(request->headers, request->header_count, expected[i].name);
        assert_string_equal(value, expected[i].value);
    }
}

static void test_client_certificate_is_passed_on(void **state)
{
    (void)state;
    static const struct fetch_tls tls = {"c.pem", "k.pem", "ca.pem"};
    w.settings.tls = &tls;
    answer_with(CAA_BODY("true", "true", ""));
    run();
    const struct fetch_tls *seen = fake_fetch_request(w.fetch, 0)->request->tls;
    assert_string_equal(seen->certificate_file, "c.pem");
    assert_string_equal(seen->key_file, "k.pem");
    assert_string_equal(seen->ca_file, "ca.pem");
}

static void test_body_is_encoded_once_for_all_perspectives(void **state)
{
    (void)state;
    answer_with(CAA_BODY("true", "true", ""));
    fake_response_body(fake_fetch_response(other_caa_url, NULL),
                       bytes_of(CAA_BODY("true", "false", "")));
    start(w.transport);
    const uint8_t *encoded = w.call.encoded.p;
    assert_non_null(encoded);
    start(w.other);
    assert_ptr_equal(w.call.encoded.p, encoded);
    fake_loop_run_until_idle(w.loop);
    assert_int_equal(w.done_count, 2);
    struct bytes first = fake_fetch_request(w.fetch, 0)->request->body;
    assert_true(bytes_eq(first, fake_fetch_request(w.fetch, 1)->request->body));
    assert_true(bytes_contain(first, bytes_of("\"domain_or_ip_target\":\"a.example\"")));
}

static void test_http_status_does_not_matter_if_the_answer_is_complete(void **state)
{
    (void)state;
    /* The reference answers 500 where a check ended without a plain yes. */
    static const int statuses[] = {200, 201, 400, 500, 502, 503};
    ask_dcv(DCV_DNS_CHANGE);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        fake_fetch_reset();
        struct fake_response *response = fake_fetch_response(dcv_url, NULL);
        response->status_code = statuses[i];
        fake_response_body(response, bytes_of(DCV_BODY("true", "false")));
        assert_int_equal(run()->status, TRANSPORT_OK);
        assert_int_equal(w.answer.result->verdict, VERDICT_FAIL);
    }
}

static const struct {
    const char *why;
    bool is_dcv;
    const char *body;
    const char *in_text; /* NULL: the words do not matter */
} unusable[] = {
    {"nothing at all", false, "", NULL},
    {"a page of a proxy", false, "<html><body>502 Bad Gateway</body></html>", NULL},
    {"JSON of something else", false, "{}", NULL},
    {"no object", false, "[]", NULL},
    {"a bare yes", false, "true", NULL},
    {"two answers", false, CAA_BODY("true", "true", "") CAA_BODY("true", "true", ""), NULL},
    {"cut in the middle", false, "{\"check_completed\":true,\"check_passed\":true,\"err", NULL},
    {"a refusal", false, "{\"error\":\"request-validation-failed\",\"validation_issues\":[]}",
     NULL},
    {"the answer to a DCV check", false, DCV_BODY("true", "true"), "dcv"},
    {"the answer to a CAA check", true, CAA_BODY("true", "true", ""), "caa"},
    {"passed, but not completed", false, CAA_BODY("false", "true", ""), "check_completed"},
    {"passed is text", false, CAA_BODY("true", "\"true\"", ""), NULL},
    {"passed is a number", false, CAA_BODY("true", "1", ""), NULL},
    {"passed, but completed is missing", false,
     "{\"check_passed\":true,\"errors\":null,\"timestamp_ns\":1,\"check_type\":\"caa\",\"details\":{}}",
     "check_completed"},
    {"passed is there twice", false, CAA_BODY("true", "false,\"check_passed\":true", ""), NULL},
    {"of another perspective", false, CAA_BODY("true", "true", ",\"perspective_code\":\"p-2\""),
     "p-1"},
    {"passed, with errors", false,
     "{\"check_completed\":true,\"check_passed\":true,\"errors\":[{\"error_type\":\"t\","
     "\"error_message\":\"m\"}],\"timestamp_ns\":1,\"check_type\":\"caa\",\"details\":{"
     "\"caa_record_present\":false,\"found_at\":null,\"records_seen\":null}}",
     "errors"},
    {"passed, with a problem", false,
     "{\"check_completed\":true,\"check_passed\":true,\"errors\":null,\"timestamp_ns\":1,"
     "\"check_type\":\"caa\",\"details\":{\"caa_record_present\":false,\"found_at\":null,"
     "\"records_seen\":null,\"problem\":\"caa_not_permitted\"}}",
     "problem"},
};

static void assert_says_nothing_internal(const char *text)
{
    assert_non_null(text);
    assert_true(text[0] != '\0');
    static const char *const secrets[] = {"inside.example", "8443", "/v1/", "https:", "k1"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (strstr(text, secrets[i]))
            fail_msg("the text tells \"%s\": %s", secrets[i], text);
}

static void test_unusable_answers_are_invalid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof unusable / sizeof *unusable; i++) {
        fake_fetch_reset();
        answer_with(unusable[i].body);
        w.call.encoded = (struct bytes){0};
        w.check = (struct check_request){.check_type = CHECK_CAA, .target = "a.example"};
        if (unusable[i].is_dcv)
            ask_dcv(DCV_DNS_CHANGE);
        const struct transport_answer *answer = run();
        if (answer->status != TRANSPORT_INVALID || answer->result)
            fail_msg("taken as an answer: %s", unusable[i].why);
        assert_says_nothing_internal(answer->text);
        if (unusable[i].in_text && !strstr(answer->text, unusable[i].in_text))
            fail_msg("%s: the text does not say \"%s\": %s", unusable[i].why, unusable[i].in_text,
                     answer->text);
    }
}

/* As the reference reads answers: a missing boolean is false. */
static void test_missing_booleans_are_false(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum verdict verdict;
    } rows[] = {
        {"{\"check_completed\":true,\"check_type\":\"caa\",\"details\":{}}", VERDICT_FAIL},
        {"{\"check_type\":\"caa\",\"details\":{}}", VERDICT_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake_fetch_reset();
        answer_with(rows[i].body);
        assert_int_equal(run()->status, TRANSPORT_OK);
        assert_int_equal(w.answer.result->verdict, rows[i].verdict);
    }
}

static void test_answer_to_another_method_is_invalid(void **state)
{
    (void)state;
    answer_with(DCV_BODY("true", "true"));
    ask_dcv(DCV_ACME_DNS_01);
    assert_int_equal(run()->status, TRANSPORT_INVALID);
}

static void test_redirect_is_not_followed_and_invalid(void **state)
{
    (void)state;
    struct fake_response *response = answer_with("");
    response->status_code = 307;
    fake_response_header(response, "Location", other_caa_url);
    assert_int_equal(run()->status, TRANSPORT_INVALID);
    assert_non_null(strstr(w.answer.text, "307"));
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
}

static void test_answer_over_the_limit_is_invalid(void **state)
{
    (void)state;
    /* Blanks behind a good answer are still JSON: only the size is wrong. */
    static const char good[] = CAA_BODY("true", "true", "");
    for (int extra = 0; extra < 2; extra++) {
        size_t size = (size_t)LIMIT_REMOTE_RESPONSE_BYTES + (size_t)extra;
        char *body = malloc(size);
        assert_non_null(body);
        memset(body, ' ', size);
        memcpy(body, good, sizeof good - 1);
        fake_fetch_reset();
        fake_response_body(fake_fetch_response(caa_url, NULL),
                           (struct bytes){(const uint8_t *)body, size});
        free(body);
        assert_int_equal(run()->status, extra ? TRANSPORT_INVALID : TRANSPORT_OK);
    }
    assert_non_null(strstr(w.answer.text, "larger"));
}

static void test_own_perspective_code_is_taken(void **state)
{
    (void)state;
    answer_with(CAA_BODY("true", "true", ",\"perspective_code\":\"p-1\""));
    assert_int_equal(run()->status, TRANSPORT_OK);
}

static const struct {
    enum peer_status fetch;
    enum transport_status status;
} failures[] = {
    {PEER_CONNECT_FAILED, TRANSPORT_UNREACHABLE}, {PEER_DISCONNECTED, TRANSPORT_CUT},
    {PEER_TLS_FAILED, TRANSPORT_UNREACHABLE},     {PEER_NOT_HTTP, TRANSPORT_CUT},
    {PEER_LOCAL, TRANSPORT_UNREACHABLE},          {PEER_CONNECT_TIMEOUT, TRANSPORT_UNREACHABLE},
    {PEER_READ_TIMEOUT, TRANSPORT_TIMEOUT},
};

static void test_failed_transfers_keep_their_kind_and_tell_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        fake_fetch_reset();
        /* What came before the failure is no answer, however good it looks. */
        struct fake_response *response = answer_with(CAA_BODY("true", "true", ""));
        response->status = failures[i].fetch;
        response->error_text = "Failed to connect to inside.example port 8443: https://k1@";
        const struct transport_answer *answer = run();
        assert_int_equal(answer->status, failures[i].status);
        assert_null(answer->result);
        assert_says_nothing_internal(answer->text);
        /* The operator is told. */
        assert_non_null(strstr(answer->log_text, "inside.example port 8443"));
    }
}

static void test_refusal_of_load_is_told_apart(void **state)
{
    (void)state;
    static const struct {
        int status_code;
        enum transport_status status;
    } rows[] = {{503, TRANSPORT_BUSY}, {429, TRANSPORT_BUSY}, {500, TRANSPORT_INVALID}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake_fetch_reset();
        answer_with("{\"error\":\"busy\"}")->status_code = rows[i].status_code;
        assert_int_equal(run()->status, rows[i].status);
    }
    fake_fetch_reset();
    answer_with(CAA_BODY("true", "true", ""))->status_code = 503; /* complete: it does not matter */
    assert_int_equal(run()->status, TRANSPORT_OK);
}

static void test_silence_ends_at_the_deadline(void **state)
{
    (void)state;
    static const struct {
        uint64_t connect_ms, delay_ms;
    } silences[] = {{FAKE_FETCH_NEVER, 0}, {0, FAKE_FETCH_NEVER}, {DEADLINE_MS, 1}};
    for (size_t i = 0; i < sizeof silences / sizeof *silences; i++) {
        fake_fetch_reset();
        struct fake_response *response = answer_with(CAA_BODY("true", "true", ""));
        response->connect_ms = silences[i].connect_ms;
        response->delay_ms = silences[i].delay_ms;
        uint64_t before_ms = loop_now_ms(w.loop);
        bool connects = silences[i].connect_ms < DEADLINE_MS;
        assert_int_equal(run()->status, connects ? TRANSPORT_TIMEOUT : TRANSPORT_UNREACHABLE);
        assert_non_null(strstr(w.answer.text, "TimeoutError"));
        assert_int_equal(w.done_at_ms, before_ms + DEADLINE_MS);
        assert_says_nothing_internal(w.answer.text);
        assert_int_equal(fake_fetch_pending(w.fetch), 0);
    }
}

static void test_late_but_in_time_is_taken(void **state)
{
    (void)state;
    struct fake_response *response = answer_with(CAA_BODY("true", "true", ""));
    response->connect_ms = 4000;
    response->delay_ms = DEADLINE_MS - 4001;
    assert_int_equal(run()->status, TRANSPORT_OK);
}

static void test_cancel_is_silent_at_each_moment(void **state)
{
    (void)state;
    /* Before the loop turned (with an answer that takes its time, and with one at once), while
     * connecting, while waiting. */
    static const uint64_t moments_ms[] = {0, 50, 150};
    for (size_t i = 0; i <= sizeof moments_ms / sizeof *moments_ms; i++) {
        fake_fetch_reset();
        struct fake_response *response = answer_with(CAA_BODY("true", "true", ""));
        bool at_once = i == sizeof moments_ms / sizeof *moments_ms;
        response->connect_ms = at_once ? 0 : 100;
        response->delay_ms = at_once ? 0 : 100;
        struct transport_job *job = start(w.transport);
        if (!at_once && moments_ms[i])
            fake_loop_advance(w.loop, moments_ms[i]);
        w.transport->ops->cancel(job);
        assert_true(job_group_is_empty(&w.group));
        assert_int_equal(fake_fetch_pending(w.fetch), 0);
        fake_loop_run_until_idle(w.loop);
        assert_int_equal(w.done_count, 0);
        assert_true(fake_fetch_request(w.fetch, 0)->cancelled);
    }
}

static void cancel_other(void *arg)
{
    w.transport->ops->cancel(arg);
}

static void test_cancel_between_answer_and_delivery_is_silent(void **state)
{
    (void)state;
    struct fake_response *response = answer_with(CAA_BODY("true", "true", ""));
    response->delay_ms = 100;
    struct transport_job *job = start(w.transport);
    fake_loop_run_ready(w.loop);
    /* Due right behind the answer, which still needs a turn to be delivered. */
    struct loop_timer timer = {0};
    loop_timer_start(w.loop, &timer, loop_now_ms(w.loop) + 100, cancel_other, job);
    fake_loop_run_until_idle(w.loop);
    assert_int_equal(w.done_count, 0);
    assert_int_equal(fake_fetch_pending(w.fetch), 0);
}

/* --- answers bound to questions ------------------------------------------------------------- */

static void test_unbound_perspective_gets_a_connection_of_its_own_and_no_nonce(void **state)
{
    (void)state;
    answer_with(
        CAA_BODY("true", "true", ",\"binding\":{\"nonce\":\"x\",\"request_sha256\":\"y\"}"));
    assert_int_equal(run()->status, TRANSPORT_OK);
    const struct fetch_request *request = fake_fetch_request(w.fetch, 0)->request;
    assert_int_equal(request->reuse, FETCH_ALONE);
    assert_null(fetch_header_get(request->headers, request->header_count, "Mpic-Nonce"));
    assert_false(w.answer.result->binding.present); /* nobody could know whether it is true */
}

static void test_question_bears_a_fresh_nonce(void **state)
{
    (void)state;
    w.settings.is_unbound = false;
    answer_with(CAA_BODY("true", "true", ""));
    const char *nonces[2];
    for (size_t i = 0; i < 2; i++) {
        run();
        const struct fetch_request *request = fake_fetch_request(w.fetch, i)->request;
        assert_int_equal(request->reuse, FETCH_KEPT);
        nonces[i] = fetch_header_get(request->headers, request->header_count, "Mpic-Nonce");
        assert_non_null(nonces[i]);
        assert_int_equal(strlen(nonces[i]), 32);
        assert_int_equal(strspn(nonces[i], "0123456789abcdef"), 32);
    }
    assert_string_not_equal(nonces[0], nonces[1]);
}

/* The nonce is only known once the question is asked: the answer is made while it is awaited. */
static const struct transport_answer *run_bound(const char *code, bool right_nonce,
                                                bool right_digest)
{
    char nonce[33], digest[65];
    w.settings.is_unbound = false;
    fake_fetch_reset();
    struct fake_response *slow = fake_fetch_response(caa_url, NULL);
    slow->delay_ms = 100;
    slow->connection = 7;
    w.done_count = 0;
    start(w.transport);
    const struct fetch_request *request = fake_fetch_request(w.fetch, 0)->request;
    snprintf(nonce, sizeof nonce, "%s",
             fetch_header_get(request->headers, request->header_count, "Mpic-Nonce"));
    snprintf(digest, sizeof digest, "%s", binding_digest(w.arena, request->body));
    nonce[0] = right_nonce ? nonce[0] : nonce[0] == '0' ? '1' : '0';
    digest[63] = right_digest ? digest[63] : digest[63] == '0' ? '1' : '0';
    char *body = arena_alloc(w.arena, 1024);
    snprintf(body, 1024,
             CAA_BODY("true", "true",
                      ",\"perspective_code\":%s%s%s,\"binding\":{\"nonce\":\"%s\","
                      "\"request_sha256\":\"%s\"}"),
             code ? "\"" : "", code ? code : "null", code ? "\"" : "", nonce, digest);
    fake_response_body(slow, bytes_of(body));
    fake_loop_run_until_idle(w.loop);
    assert_int_equal(w.done_count, 1);
    return &w.answer;
}

static void test_answer_that_is_bound_to_the_question_is_taken(void **state)
{
    (void)state;
    assert_int_equal(run_bound("p-1", true, true)->status, TRANSPORT_OK);
    assert_true(w.answer.result->binding.present);
    assert_int_equal(fake_fetch_dropped(7), 0);
}

static void test_answer_to_another_question_is_invalid_and_ends_the_connection(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        bool right_nonce, right_digest;
    } rows[] = {{"p-1", false, true},
                {"p-1", true, false},
                {"p-1", false, false},
                {"p-2", true, true},
                {NULL, true, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_bound(rows[i].code, rows[i].right_nonce, rows[i].right_digest);
        assert_int_equal(w.answer.status, TRANSPORT_INVALID);
        assert_null(w.answer.result);
        assert_int_equal(fake_fetch_dropped(7), 1);
    }
}

static void test_answer_without_binding_is_invalid(void **state)
{
    (void)state;
    static const char *const without[] = {
        ",\"perspective_code\":\"p-1\"", ",\"perspective_code\":\"p-1\",\"binding\":null",
        ",\"perspective_code\":\"p-1\",\"binding\":{}",
        ",\"perspective_code\":\"p-1\",\"binding\":{\"nonce\":null,\"request_sha256\":null}",
        ",\"perspective_code\":\"p-1\",\"binding\":true"};
    w.settings.is_unbound = false;
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        char body[1024];
        snprintf(body, sizeof body, CAA_BODY("true", "true", "%s"), without[i]);
        fake_fetch_reset();
        answer_with(body);
        assert_int_equal(run()->status, TRANSPORT_INVALID);
        assert_says_nothing_internal(w.answer.text);
    }
}

static const struct {
    const char *why;
    bool was_kept;
    enum peer_status status;
    int status_code;
    size_t questions;
} deaths[] = {
    {"closed under the question", true, PEER_DISCONNECTED, 0, 2},
    {"the server was tired of waiting", true, PEER_OK, 408, 2},
    {"the same on a new connection is an answer", false, PEER_OK, 408, 1},
    {"a new connection has no such excuse", false, PEER_DISCONNECTED, 0, 1},
    {"an answer had begun", true, PEER_DISCONNECTED, 200, 1},
    {"time is up", true, PEER_READ_TIMEOUT, 0, 1},
};

static void test_question_that_died_on_a_kept_connection_is_asked_once_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++) {
        fake_fetch_reset();
        struct fake_response *first = fake_fetch_response(caa_url, NULL);
        first->was_kept = deaths[i].was_kept;
        first->status = deaths[i].status;
        first->status_code = deaths[i].status_code;
        fake_response_body(fake_fetch_response(caa_url, NULL),
                           bytes_of(CAA_BODY("true", "true", "")));
        const struct transport_answer *answer = run();
        if (fake_fetch_request_count(w.fetch) != deaths[i].questions ||
            (answer->status == TRANSPORT_OK) != (deaths[i].questions == 2))
            fail_msg("%s: asked %zu times", deaths[i].why, fake_fetch_request_count(w.fetch));
        if (deaths[i].questions == 2) {
            assert_int_equal(fake_fetch_request(w.fetch, 1)->request->reuse, FETCH_FRESH);
            assert_int_equal(fake_fetch_request(w.fetch, 1)->deadline_ms,
                             fake_fetch_request(w.fetch, 0)->deadline_ms);
        }
    }
}

static void test_question_is_asked_twice_at_most(void **state)
{
    (void)state;
    struct fake_response *response = fake_fetch_response(caa_url, NULL);
    response->was_kept = true;
    response->status = PEER_DISCONNECTED;
    response->status_code = 0;
    assert_int_equal(run()->status, TRANSPORT_CUT);
    assert_int_equal(fake_fetch_request_count(w.fetch), 2);
}

/* --- host names ------------------------------------------------------------------------------ */

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **list)
{
    static struct sockaddr_in address;
    static struct addrinfo found = {.ai_family = AF_INET, .ai_addr = (void *)&address};
    (void)service, (void)hints;
    inet_pton(AF_INET, "192.0.2.7", &address.sin_addr);
    *list = &found;
    return strcmp(name, "inside.example") == 0 ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *list)
{
    (void)list;
}

/* Asks by a transport of its own, whose names are these. */
static const struct transport_answer *run_with_names(const char *const *hosts, size_t count,
                                                     const struct transport_http_settings *settings)
{
    const struct strv list = {.items = hosts, .count = count};
    struct names *names = names_new(&list);
    names_wait(names, 10000);
    struct transport *transport = transport_http_new(w.loop, w.fetch, names, settings);
    w.done_count = 0;
    start(transport);
    assert_int_equal(w.done_count, 0);
    fake_loop_run_until_idle(w.loop);
    assert_int_equal(w.done_count, 1);
    transport->ops->free(transport);
    names_free(names);
    return &w.answer;
}

static void test_host_name_is_looked_up_beforehand_only(void **state)
{
    (void)state;
    static const char *const known[] = {"inside.example", "other.example"};
    static const char *const unknown[] = {"other.example"};
    answer_with(CAA_BODY("true", "true", ""));
    assert_int_equal(run_with_names(known, 2, &w.settings)->status, TRANSPORT_OK);
    const struct fetch_addresses *addresses = fake_fetch_request(w.fetch, 0)->request->addresses;
    assert_string_equal(addresses->host, "inside.example");
    assert_int_equal(addresses->port, 8443);
    assert_int_equal(addresses->list.count, 1);
    assert_string_equal(addresses->list.items[0], "192.0.2.7");
    /* Not known: nobody is asked, not even libcurl. */
    assert_int_equal(run_with_names(unknown, 1, &w.settings)->status, TRANSPORT_UNREACHABLE);
    assert_says_nothing_internal(w.answer.text);
    assert_int_equal(fake_fetch_request_count(w.fetch), 1);
}

static void test_address_in_a_url_is_no_name(void **state)
{
    (void)state;
    fake_response_body(fake_fetch_response(other_caa_url, NULL),
                       bytes_of(CAA_BODY("true", "true", "")));
    assert_int_equal(run_with_names(NULL, 0, &w.other_settings)->status, TRANSPORT_OK);
    assert_null(fake_fetch_request(w.fetch, 0)->request->addresses);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_caa_check_is_posted_to_the_caa_url),
        TEST(test_dcv_check_is_posted_to_the_dcv_url),
        TEST(test_request_carries_the_static_headers_and_its_media_type),
        TEST(test_client_certificate_is_passed_on),
        TEST(test_body_is_encoded_once_for_all_perspectives),
        TEST(test_http_status_does_not_matter_if_the_answer_is_complete),
        TEST(test_unusable_answers_are_invalid),
        TEST(test_missing_booleans_are_false),
        TEST(test_answer_to_another_method_is_invalid),
        TEST(test_redirect_is_not_followed_and_invalid),
        TEST(test_answer_over_the_limit_is_invalid),
        TEST(test_own_perspective_code_is_taken),
        TEST(test_failed_transfers_keep_their_kind_and_tell_nothing),
        TEST(test_refusal_of_load_is_told_apart),
        TEST(test_silence_ends_at_the_deadline),
        TEST(test_late_but_in_time_is_taken),
        TEST(test_cancel_is_silent_at_each_moment),
        TEST(test_cancel_between_answer_and_delivery_is_silent),
        TEST(test_unbound_perspective_gets_a_connection_of_its_own_and_no_nonce),
        TEST(test_question_bears_a_fresh_nonce),
        TEST(test_answer_that_is_bound_to_the_question_is_taken),
        TEST(test_answer_to_another_question_is_invalid_and_ends_the_connection),
        TEST(test_answer_without_binding_is_invalid),
        TEST(test_question_that_died_on_a_kept_connection_is_asked_once_more),
        TEST(test_question_is_asked_twice_at_most),
        TEST(test_host_name_is_looked_up_beforehand_only),
        TEST(test_address_in_a_url_is_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
