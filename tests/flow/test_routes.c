/* What the server answers, from the request to the reply: real routes, coordinator, perspectives and
 * checks over a scripted DNS and virtual time. */
#include "service/audit.h"
#include "service/local_transport.h"
#include "service/routes.h"
#include "support/fake_aside.h"
#include "support/fake_dns.h"
#include "support/fake_httpd.h"
#include "support/fake_loop.h"
#include "support/unit.h"

#include "base/log.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PERSPECTIVES = 3, CHECK_TIMEOUT_MS = 8000 };

static const struct perspective_info places[PERSPECTIVES] = {
    {.code = "us-east-2",
     .rir = RIR_ARIN,
     .has_coordinates = true,
     .latitude = 40,
     .longitude = -83},
    {.code = "eu-west-2", .rir = RIR_RIPE_NCC, .has_coordinates = true, .latitude = 51.5},
    {.code = "ap-northeast-1",
     .rir = RIR_APNIC,
     .has_coordinates = true,
     .latitude = 35.7,
     .longitude = 139.7},
};
static const char *const issuers[] = {"ca.example"};

static struct world {
    struct loop *loop;
    struct aside *aside;
    struct config config;
    struct check_settings checks[PERSPECTIVES];
    struct dns *dns[PERSPECTIVES];
    struct perspective *perspectives[PERSPECTIVES];
    struct coordinator *coordinator;
    struct metrics *metrics;
    struct routes *routes;
    FILE *log;
} w;

static void make_config(void)
{
    for (size_t i = 0; i < PERSPECTIVES; i++)
        w.checks[i] = (struct check_settings){
            .perspective_code = places[i].code,
            .caa_domains = {.items = issuers, .count = 1, .present = true},
            .http_timeout_ms = 2500,
        };
    w.config = (struct config){
        .idle_timeout_s = 60,
        .log_level = LOG_INFO,
        .serves_checks = true,
        .locals = w.checks,
        .local_count = PERSPECTIVES,
        .check_timeout_ms = CHECK_TIMEOUT_MS,
        .dns = {.timeout_ms = 60000},
        .serves_mpic = true,
        .coordinator = {.perspectives = places,
                        .perspective_count = PERSPECTIVES,
                        .secret = bytes_of("0123456789abcdef"),
                        .default_perspective_count = PERSPECTIVES,
                        .absolute_max_attempts = 3,
                        .perspective_timeout_ms = 10000,
                        .request_timeout_ms = 30000,
                        .baseline = BASELINE_OFF},
    };
}

static void make_routes(bool is_coordinator, bool is_perspective)
{
    routes_free(w.routes);
    w.config.serves_mpic = is_coordinator;
    w.config.serves_checks = is_perspective;
    const struct routes_settings settings = {
        .config = &w.config,
        .loop = w.loop,
        .metrics = w.metrics,
        .coordinator = is_coordinator ? w.coordinator : NULL,
        .perspective = is_perspective ? w.perspectives[0] : NULL,
    };
    w.routes = routes_new(&settings);
}

static int setup(void **state)
{
    (void)state;
    static const char *const anchors[] = {". IN DS 1 13 2 00"};
    const struct dns_settings dns = {
        .timeout_ms = 60000, .trust_anchors = anchors, .trust_anchor_count = 1};
    struct transport *transports[PERSPECTIVES];
    struct err err;
    memset(&w, 0, sizeof w);
    fake_dns_reset();
    fake_aside_reset();
    w.loop = loop_new();
    w.aside = aside_new(w.loop, NULL);
    make_config();
    for (size_t i = 0; i < PERSPECTIVES; i++) {
        w.dns[i] = dns_new(w.loop, &dns, &err);
        const struct check_env env = {
            .loop = w.loop, .dns = w.dns[i], .aside = w.aside, .settings = &w.config.locals[i]};
        w.perspectives[i] = perspective_new(&env, w.config.check_timeout_ms);
        transports[i] = local_transport_new(w.loop, w.perspectives[i]);
    }
    w.coordinator = coordinator_new(w.loop, w.aside, &w.config.coordinator, transports, NULL);
    w.metrics = metrics_new(places, PERSPECTIVES);
    make_routes(true, true);
    w.log = tmpfile();
    log_setup(LOG_INFO, LOG_FORMAT_JSON, fileno(w.log));
    return w.log ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    routes_free(w.routes);
    metrics_free(w.metrics);
    coordinator_free(w.coordinator);
    for (size_t i = 0; i < PERSPECTIVES; i++) {
        perspective_free(w.perspectives[i]);
        dns_free(w.dns[i]); /* asserts that nothing is left behind */
    }
    aside_free(w.aside);
    loop_free(w.loop);
    fake_httpd_reset();
    log_setup(LOG_ERROR, LOG_FORMAT_TEXT, STDERR_FILENO);
    fclose(w.log);
    return 0;
}

/* All that was logged so far; the next call begins anew. */
static const char *logged(void)
{
    static char text[8192];
    int fd = fileno(w.log);
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return text;
}

static struct httpd_request *ask(const char *method, const char *path, const char *type,
                                 const char *body)
{
    struct httpd_request *request = fake_httpd_request(method, path, type, body);
    routes_handle(request, w.routes);
    return request;
}

static const struct fake_reply *answer(const char *method, const char *path, const char *type,
                                       const char *body)
{
    struct httpd_request *request = ask(method, path, type, body);
    fake_loop_advance(w.loop, 60000);
    const struct fake_reply *reply = fake_httpd_reply(request);
    if (!reply)
        fail_msg("%s %s was not answered", method, path);
    assert_string_equal(reply->content_type, "application/json");
    return reply;
}

static const struct fake_reply *post(const char *path, const char *body)
{
    return answer("POST", path, "application/json", body);
}

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no %s in\n%s", part, text);
}

static void script_permission(void)
{
    struct fake_answer *caa = fake_dns_answer(NULL, "example.com", DNS_CAA, DNS_OK);
    fake_answer_caa(caa, 0, "issue", "ca.example");
    fake_dns_answer(NULL, "com", DNS_CAA, DNS_NODATA);
}

/* --- paths and methods ----------------------------------------------------------------------- */

static void test_health_is_told_to_get_and_head(void **state)
{
    (void)state;
    const char *const methods[] = {"GET", "HEAD"};
    for (size_t i = 0; i < 2; i++) {
        const struct fake_reply *reply = answer(methods[i], "/healthz", NULL, NULL);
        assert_int_equal(reply->status, 200);
        assert_string_equal(reply->body, "{\"status\":\"healthy\"}");
    }
}

static void test_verbose_health_has_the_perspectives_of_a_coordinator(void **state)
{
    (void)state;
    script_permission();
    static const char empty[] = "{\"status\":\"healthy\",\"perspectives\":[],\"resolver\":null}";
    const char *before = answer("GET", "/healthz?verbose", NULL, NULL)->body;
    assert_true(str_starts_with(before, "{\"status\":\"healthy\",\"perspectives\":["
                                        "{\"code\":\"us-east-2\",\"state\":\"healthy\","
                                        "\"consecutive_failures\":0,\"last_answer_ns\":null,"
                                        "\"disagreements\":0},{\"code\":\"eu-west-2\","));
    post("/mpic", "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"example.com\"}");
    const char *after = answer("GET", "/healthz?verbose", NULL, NULL)->body;
    assert_null(strstr(after, "\"last_answer_ns\":null"));
    assert_string_equal(answer("GET", "/healthz?other", NULL, NULL)->body,
                        "{\"status\":\"healthy\"}");
    make_routes(false, true);
    assert_string_equal(answer("GET", "/healthz?verbose", NULL, NULL)->body, empty);
}

static void test_openapi_is_told_to_each_role(void **state)
{
    (void)state;
    const struct fake_reply *reply = answer("GET", "/openapi.json", NULL, NULL);
    assert_int_equal(reply->status, 200);
    assert_true(str_starts_with(reply->body, "{\n  \"openapi\": \"3.1.0\""));
    assert_int_equal(answer("POST", "/openapi.json", "{}", NULL)->status, 405);
}

static const struct {
    const char *why;
    bool is_coordinator, is_perspective;
    const char *method, *path;
    int status;
    const char *allow;
} paths[] = {
    {"no such path", true, true, "GET", "/", 404, NULL},
    {"a slash too many", true, true, "POST", "/mpic/", 404, NULL},
    {"paths have a case", true, true, "POST", "/MPIC", 404, NULL},
    {"a prefix is no path", true, true, "GET", "/health", 404, NULL},
    {"encoded is not the same", true, true, "POST", "/%6dpic", 404, NULL},
    {"a perspective does not corroborate", false, true, "POST", "/mpic", 404, NULL},
    {"a coordinator does not check", true, false, "POST", "/caa", 404, NULL},
    {"nor control", true, false, "POST", "/dcv", 404, NULL},
    {"GET of what is posted", true, true, "GET", "/mpic", 405, "POST"},
    {"HEAD of what is posted", true, true, "HEAD", "/caa", 405, "POST"},
    {"other methods", true, true, "DELETE", "/dcv", 405, "POST"},
    {"methods have a case", true, true, "post", "/mpic", 405, "POST"},
    {"a perspective does not speak the draft", false, true, "POST", "/mpic/draft-00", 404, NULL},
    {"nor does anybody another one", true, true, "POST", "/mpic/draft-01", 404, NULL},
    {"GET of what the draft posts", true, true, "GET", "/mpic/draft-00", 405, "POST"},
    {"POST of what is read", true, true, "POST", "/healthz", 405, "GET, HEAD"},
    {"OPTIONS too", true, true, "OPTIONS", "/configz", 405, "GET, HEAD"},
};

static void test_other_paths_and_methods_are_refused_as_by_the_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        make_routes(paths[i].is_coordinator, paths[i].is_perspective);
        const struct fake_reply *reply = answer(paths[i].method, paths[i].path, NULL, NULL);
        const char *body = paths[i].status == 404 ? "{\"detail\":\"Not Found\"}"
                                                  : "{\"detail\":\"Method Not Allowed\"}";
        if (reply->status != paths[i].status || strcmp(reply->body, body) != 0 ||
            (reply->allow != NULL) != (paths[i].allow != NULL) ||
            (reply->allow && strcmp(reply->allow, paths[i].allow) != 0))
            fail_msg("%s: got %d %s, Allow: %s", paths[i].why, reply->status, reply->body,
                     reply->allow ? reply->allow : "none");
    }
}

static void test_configz_has_the_properties_of_each_role(void **state)
{
    (void)state;
    const char *body = answer("GET", "/configz", NULL, NULL)->body;
    assert_contains(body, "\"app_version\":\"" MPIC_VERSION "\"");
    assert_contains(body, "\"absolute_max_attempts\":3");
    assert_contains(body, "\"default_perspective_count\":3");
    assert_contains(body, "\"http_client_timeout_seconds\":10");
    assert_contains(body, "\"default_caa_domains\":[\"ca.example\"]");
    assert_contains(body, "\"dns_timeout_seconds\":60");
    assert_contains(body, "\"log_level\":20");
    assert_contains(body, "\"uvicorn_server_timeout_keep_alive\":60");
    assert_null(strstr(body, "0123456789abcdef")); /* the secret */

    make_routes(true, false);
    body = answer("GET", "/configz", NULL, NULL)->body;
    assert_null(strstr(body, "default_caa_domains"));
    make_routes(false, true);
    body = answer("GET", "/configz", NULL, NULL)->body;
    assert_null(strstr(body, "absolute_max_attempts"));
    assert_contains(body, "\"http_client_timeout_seconds\":2.5");
}

/* --- bodies ---------------------------------------------------------------------------------- */

static const struct {
    const char *type;
    bool is_json;
} types[] = {
    {NULL, true},
    {"application/json", true},
    {"Application/JSON; charset=utf-8", true},
    {"application/json ;charset=utf-8", true},
    {"application/a+json", true},
    {"application/problem+json; x=y", true},
    {"application/+json", false},
    {"application/jsonp", false},
    {"application/x-www-form-urlencoded", false},
    {"text/json", false},
    {"text/a+json", false},
    {"json", false},
    {"+json", false},
    {"", false},
};

static void test_body_must_be_announced_as_json(void **state)
{
    (void)state;
    script_permission();
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const struct fake_reply *reply =
            answer("POST", "/caa", types[i].type, "{\"domain_or_ip_target\":\"example.com\"}");
        if (reply->status != (types[i].is_json ? 200 : 400))
            fail_msg("%s: got %d", types[i].type ? types[i].type : "none", reply->status);
        if (types[i].is_json)
            continue;
        assert_contains(reply->body, "{\"error\":\"request-validation-failed\","
                                     "\"validation_issues\":[{");
        assert_contains(logged(), "\"event\":\"request refused\"");
    }
}

static void test_body_that_is_no_request_is_400_everywhere(void **state)
{
    (void)state;
    const char *const bodies[] = {"", "{", "[]", "{}", "{\"domain_or_ip_target\":7}"};
    const char *const posts[] = {"/mpic", "/caa", "/dcv"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        for (size_t j = 0; j < sizeof posts / sizeof *posts; j++) {
            const struct fake_reply *reply = post(posts[j], bodies[i]);
            assert_int_equal(reply->status, 400);
            assert_contains(reply->body, "\"validation_issues\":[{");
            assert_contains(logged(), "\"event\":\"request refused\"");
        }
    }
    assert_int_equal(fake_dns_question_count(NULL), 0);
}

/* --- checks ---------------------------------------------------------------------------------- */

static void test_caa_check_is_answered_and_logged(void **state)
{
    (void)state;
    script_permission();
    const struct fake_reply *reply =
        post("/caa", "{\"domain_or_ip_target\":\"example.com\",\"trace_identifier\":\"t\\n1\"}");
    assert_int_equal(reply->status, 200);
    assert_contains(reply->body, "{\"check_completed\":true,\"check_passed\":true,");
    assert_contains(reply->body, "\"perspective_code\":\"us-east-2\"");
    const char *line = logged();
    assert_contains(line, "\"target\":\"example.com\"");
    assert_contains(line, "\"method\":\"caa\"");
    assert_contains(line, "\"verdict\":\"pass\"");
    assert_contains(line, "\"trace\":\"t\\u000a1\""); /* one event is one line */
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void test_answer_is_bound_to_its_question_by_nonce_and_digest(void **state)
{
    (void)state;
    static const char nonce[] = "0123456789abcdef0123456789abcdef";
    static const char *const none[] = {NULL, "", "0123", "0123456789ABCDEF0123456789ABCDEF",
                                       "0123456789abcdef0123456789abcdef0"};
    script_permission();
    fake_httpd_header("Mpic-Nonce", nonce);
    const char *body = post("/caa", "{\"domain_or_ip_target\":\"example.com\"}")->body;
    /* printf %s '{"domain_or_ip_target":"example.com"}' | sha256sum */
    assert_contains(
        body,
        ",\"perspective_code\":\"us-east-2\",\"binding\":{\"nonce\":"
        "\"0123456789abcdef0123456789abcdef\",\"request_sha256\":\"57eac3722840d07a6030b4b13aa78a354a40d589fd5f744b5519588320c0e663\"}}");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        fake_httpd_header("Mpic-Nonce", none[i]);
        body = post("/caa", "{\"domain_or_ip_target\":\"example.com\"}")->body;
        assert_null(strstr(body, "binding"));
    }
}

static void test_check_ends_at_the_limit_of_its_perspective(void **state)
{
    (void)state;
    fake_dns_answer(NULL, "example.com", DNS_CAA, DNS_OK)->delay_ms = FAKE_DNS_NEVER;
    fake_dns_answer(NULL, "com", DNS_CAA, DNS_NODATA);
    struct httpd_request *request =
        ask("POST", "/caa", NULL, "{\"domain_or_ip_target\":\"example.com\"}");
    fake_loop_advance(w.loop, CHECK_TIMEOUT_MS - 1000);
    assert_null(fake_httpd_reply(request));
    fake_loop_advance(w.loop, 1000);
    assert_non_null(fake_httpd_reply(request));
    assert_int_equal(fake_httpd_reply(request)->status, 200);
    assert_contains(fake_httpd_reply(request)->body,
                    "{\"check_completed\":false,\"check_passed\":false,");
    assert_contains(logged(), "\"verdict\":\"unknown\"");
}

/* --- corroboration --------------------------------------------------------------------------- */

static void test_corroboration_asks_every_perspective_and_is_logged(void **state)
{
    (void)state;
    script_permission();
    const struct fake_reply *reply =
        post("/mpic", "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"example.com\","
                      "\"trace_identifier\":\"t-1\"}");
    assert_int_equal(reply->status, 200);
    assert_contains(reply->body, "\"is_valid\":true");
    for (size_t i = 0; i < PERSPECTIVES; i++) {
        assert_contains(reply->body, places[i].code);
        assert_int_equal(fake_dns_asked(w.dns[i], "example.com", DNS_CAA), 1);
    }
    const char *line = logged();
    assert_contains(line, "\"event\":\"corroboration\"");
    assert_contains(line, "\"target\":\"example.com\"");
    assert_contains(line, "\"trace\":\"t-1\"");
    assert_contains(line, "\"valid\":\"true\"");
    assert_contains(line, "\"quorum\":\"3/3\"");
    assert_contains(line, "\"client\":\"192.0.2.9\"");
}

static void test_one_perspective_that_sees_something_else_shows_in_the_log(void **state)
{
    (void)state;
    script_permission();
    struct fake_answer *other = fake_dns_answer(w.dns[2], "example.com", DNS_CAA, DNS_OK);
    fake_answer_caa(other, 0, "issue", "other.example");
    const struct fake_reply *reply =
        post("/mpic", "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"example.com\"}");
    assert_contains(reply->body, "\"is_valid\":true"); /* 2 of 3, from two regions */
    assert_contains(logged(), "\"quorum\":\"2/3\"");

    other = fake_dns_answer(w.dns[1], "example.com", DNS_CAA, DNS_OK);
    fake_answer_caa(other, 0, "issue", "other.example");
    reply = post("/mpic", "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"example.com\"}");
    assert_contains(reply->body, "\"is_valid\":false");
    const char *line = logged();
    assert_contains(line, "\"quorum\":\"1/3\"");
    assert_contains(line, "\"valid\":\"false\"");
}

static void test_request_that_breaks_a_rule_is_400_and_asks_nobody(void **state)
{
    (void)state;
    const struct fake_reply *reply =
        post("/mpic", "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"example.com\","
                      "\"orchestration_parameters\":{\"quorum_count\":0}}");
    assert_int_equal(reply->status, 400);
    assert_contains(reply->body, "\"issue_type\":\"invalid-quorum-count\"");
    assert_contains(logged(), "\"issue\":\"invalid-quorum-count\"");
    assert_int_equal(fake_dns_question_count(NULL), 0);
}

static void test_refused_token_is_not_in_the_log(void **state)
{
    (void)state;
    const struct fake_reply *reply =
        post("/mpic", "{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"example.com\","
                      "\"dcv_check_parameters\":{\"validation_method\":\"acme-tls-alpn-01\","
                      "\"key_authorization_hash\":\"a-token-of-somebody\"}}");
    assert_int_equal(reply->status, 400);
    const char *line = logged();
    assert_contains(line, "\"issue\":\"invalid-key-authorization-hash\"");
    assert_null(strstr(line, "a-token-of-somebody"));
}

static void test_default_size_without_cohort_is_500(void **state)
{
    (void)state;
    static struct perspective_info same[PERSPECTIVES];
    memcpy(same, places, sizeof same);
    for (size_t i = 0; i < PERSPECTIVES; i++)
        same[i].latitude = same[i].longitude = 10;
    struct transport *transports[PERSPECTIVES];
    for (size_t i = 0; i < PERSPECTIVES; i++)
        transports[i] = local_transport_new(w.loop, w.perspectives[i]);
    coordinator_free(w.coordinator);
    w.config.coordinator.perspectives = same;
    w.coordinator = coordinator_new(w.loop, w.aside, &w.config.coordinator, transports, NULL);
    make_routes(true, true);
    const struct fake_reply *reply =
        post("/mpic", "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"example.com\"}");
    assert_int_equal(reply->status, 500);
    assert_string_equal(reply->body,
                        "{\"error\":\"The coordinator could not construct a cohort of size 3\"}");
    assert_contains(logged(), "\"level\":\"error\"");
    reply = post("/mpic/draft-00", "{\"method\":\"caa\",\"domain\":\"example.com\"}");
    assert_int_equal(reply->status, 500);
    assert_string_equal(reply->body, "{\"success\":false,\"error\":\"The coordinator could not "
                                     "construct a cohort of size 3\"}");
}

/* --- the IETF draft --------------------------------------------------------------------------- */

static const char draft[] = "/mpic/draft-00";

#define DRAFT_DNS                                                                                  \
    "{\"method\":\"dns\",\"domain\":\"example.com\",\"record-type\":\"TXT\",\"prefix\":"           \
    "\"_x\",\"expected\":\"a-Value\"}"

static void test_draft_caa_is_answered_with_the_rdata_and_logged(void **state)
{
    (void)state;
    script_permission();
    const struct fake_reply *reply = post(draft, "{\"method\":\"caa\",\"domain\":\"example.com\"}");
    assert_int_equal(reply->status, 200);
    assert_true(str_starts_with(reply->body, "{\"success\":true,\"perspectives\":{"));
    for (size_t i = 0; i < PERSPECTIVES; i++) {
        assert_contains(reply->body, places[i].code);
        assert_int_equal(fake_dns_asked(w.dns[i], "example.com", DNS_CAA), 1);
    }
    assert_contains(
        reply->body,
        "},\"caa\":{\"domain\":\"example.com\",\"records\":[\"AAVpc3N1ZWNhLmV4YW1wbGU=\"]}}");
    const char *line = logged();
    assert_contains(line, "\"event\":\"corroboration\"");
    assert_contains(line, "\"method\":\"caa\"");
    assert_contains(line, "\"quorum\":\"3/3\"");
    reply = fake_httpd_reply(ask("GET", "/metrics", NULL, NULL));
    assert_contains(reply->body,
                    "mpic_requests_total{route=\"/mpic/draft-00\",status=\"200\"} 1\n");
    assert_contains(reply->body, "mpic_duration_seconds_count{route=\"/mpic/draft-00\"} 1\n");
    assert_contains(reply->body, "mpic_corroborations_total{method=\"caa\",valid=\"true\"} 1\n");
}

static void test_draft_dns_needs_both_the_record_and_the_permission(void **state)
{
    (void)state;
    script_permission();
    struct fake_answer *txt = fake_dns_answer(NULL, "_x.example.com", DNS_TXT, DNS_OK);
    fake_answer_txt(txt, "a-Value");
    const struct fake_reply *reply = post(draft, DRAFT_DNS);
    assert_int_equal(reply->status, 200);
    assert_true(str_starts_with(reply->body, "{\"success\":true,"));
    assert_contains(reply->body, "\"caa\":{\"domain\":\"example.com\",\"records\":[");
    const char *lines = logged();
    assert_contains(lines, "\"method\":\"dns-change\"");
    assert_contains(lines, "\"method\":\"caa\"");

    for (size_t i = 1; i < PERSPECTIVES; i++) {
        struct fake_answer *other = fake_dns_answer(w.dns[i], "example.com", DNS_CAA, DNS_OK);
        fake_answer_caa(other, 0, "issue", "other.example");
    }
    reply = post(draft, DRAFT_DNS);
    assert_int_equal(reply->status, 200);
    assert_true(str_starts_with(reply->body, "{\"success\":false,"));
    assert_contains(reply->body, "\"us-east-2\":{\"success\":true}");
    assert_contains(reply->body, "\"eu-west-2\":{\"success\":false}");
    assert_contains(reply->body,
                    "\"error\":\"caa: 1 of 3 perspectives corroborate, 2 are needed; ");
    assert_contains(reply->body, " and 1 other say no, ");
    assert_contains(reply->body, ": CAA records at example.com: no issue record names");
    assert_null(strstr(reply->body, "\"records\":"));
}

static void test_draft_dns_is_not_content_with_a_part_or_another_case(void **state)
{
    (void)state;
    static const char *const values[] = {"a-value", "a-Value ", "xa-Value"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        fake_dns_reset();
        script_permission();
        fake_answer_txt(fake_dns_answer(NULL, "_x.example.com", DNS_TXT, DNS_OK), values[i]);
        const struct fake_reply *reply = post(draft, DRAFT_DNS);
        assert_int_equal(reply->status, 200);
        assert_true(str_starts_with(reply->body, "{\"success\":false,"));
        assert_contains(reply->body, "\"error\":\"dns-change: 0 of 3 perspectives corroborate, ");
    }
}

static const struct {
    const char *why, *type, *body, *error;
} draft_refusals[] = {
    {"no JSON", "application/json", "{", "The body is no JSON"},
    {"another type", "text/plain", "{}", "The Content-Type must be application/json."},
    {"another method", "application/json", "{\"method\":\"tls\"}", "method must be "},
    {"a rule of dns-change", "application/json",
     "{\"method\":\"dns\",\"domain\":\"example.com\",\"record-type\":\"TXT\",\"prefix\":\"www\","
     "\"expected\":\"\"}",
     "Empty challenge value. (challenge_value). Invalid DNS name prefix: "},
    {"a wildcard", "application/json",
     "{\"method\":\"http-acme\",\"domain_or_ip\":\"*.example.com\",\"token\":\"DGyRejmCefe7v4NfDGDKfA\","
     "\"key_authorization\":\"DGyRejmCefe7v4NfDGDKfA.k\"}",
     "Target not allowed for method: "},
};

static void test_draft_refusal_is_400_and_asks_nobody(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof draft_refusals / sizeof *draft_refusals; i++) {
        const struct fake_reply *reply =
            answer("POST", draft, draft_refusals[i].type, draft_refusals[i].body);
        if (reply->status != 400 || !strstr(reply->body, draft_refusals[i].error))
            fail_msg("%s: got %d %s", draft_refusals[i].why, reply->status, reply->body);
        assert_true(str_starts_with(reply->body, "{\"success\":false,\"error\":\""));
        assert_contains(logged(), "\"event\":\"request refused\"");
    }
    assert_int_equal(fake_dns_question_count(NULL), 0);
}

static void test_draft_of_a_bad_name_is_no_success(void **state)
{
    (void)state;
    const struct fake_reply *reply =
        post(draft, "{\"method\":\"caa\",\"domain\":\"bad..example\"}");
    assert_int_equal(reply->status, 200);
    assert_true(str_starts_with(reply->body, "{\"success\":false,"));
    assert_contains(reply->body, "\"error\":\"caa: 0 of 3 ");
}

static void test_draft_keeps_a_record_of_each_part(void **state)
{
    (void)state;
    char path[] = "/tmp/mpic-draft-XXXXXX", line[16384];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct err err;
    script_permission();
    fake_answer_txt(fake_dns_answer(NULL, "_x.example.com", DNS_TXT, DNS_OK), "a-Value");
    struct routes_settings settings = {
        .config = &w.config, .loop = w.loop, .metrics = w.metrics, .coordinator = w.coordinator};
    settings.audit = audit_open(path, &err);
    assert_non_null(settings.audit);
    routes_free(w.routes);
    w.routes = routes_new(&settings);
    assert_int_equal(post(draft, DRAFT_DNS)->status, 200);
    FILE *file = fdopen(fd, "r");
    assert_non_null(fgets(line, sizeof line, file));
    assert_contains(line, "\"response\":{\"mpic_completed\":true,");
    assert_contains(line, "\"validation_method\":\"dns-change\"");
    assert_non_null(fgets(line, sizeof line, file));
    assert_contains(line, "\"check_type\":\"caa\"");
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    unlink(path);
    routes_free(w.routes);
    w.routes = NULL;
    audit_close(settings.audit);
}

/* --- the end --------------------------------------------------------------------------------- */

static void test_end_in_the_middle_answers_nothing_and_leaves_nothing(void **state)
{
    (void)state;
    fake_dns_answer(NULL, "example.com", DNS_CAA, DNS_OK)->delay_ms = 3000;
    fake_dns_answer(NULL, "com", DNS_CAA, DNS_NODATA);
    struct httpd_request *requests[] = {
        ask("POST", "/caa", NULL, "{\"domain_or_ip_target\":\"example.com\"}"),
        ask("POST", "/mpic", NULL,
            "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"example.com\"}"),
        ask("POST", draft, NULL, DRAFT_DNS),
    };
    fake_loop_advance(w.loop, 100);
    assert_true(fake_dns_pending(w.dns[0]) > 0);
    routes_free(w.routes);
    w.routes = NULL;
    for (size_t i = 0; i < PERSPECTIVES; i++)
        assert_int_equal(fake_dns_pending(w.dns[i]), 0);
    fake_loop_advance(w.loop, 60000);
    assert_null(fake_httpd_reply(requests[0])); /* httpd_free() answers them */
    assert_null(fake_httpd_reply(requests[1]));
    assert_null(fake_httpd_reply(requests[2]));
    assert_int_equal(fake_loop_timer_count(w.loop), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* --- metrics --------------------------------------------------------------------------------- */

static void test_metrics_count_what_was_answered(void **state)
{
    (void)state;
    script_permission();
    post("/mpic", "{\"domain_or_ip_target\":\"example.com\"}");
    post("/mpic", "{");
    post("/caa", "{\"domain_or_ip_target\":\"example.com\"}");
    answer("GET", "/", NULL, NULL);
    answer("GET", "/caa", NULL, NULL);
    const struct fake_reply *reply = fake_httpd_reply(ask("GET", "/metrics", NULL, NULL));
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->content_type, "text/plain; version=0.0.4; charset=utf-8");
    static const char *const lines[] = {
        "mpic_requests_total{route=\"/mpic\",status=\"200\"} 1\n",
        "mpic_requests_total{route=\"/mpic\",status=\"400\"} 1\n",
        "mpic_requests_total{route=\"/caa\",status=\"200\"} 1\n",
        "mpic_requests_total{route=\"/caa\",status=\"405\"} 1\n",
        "mpic_requests_total{route=\"other\",status=\"404\"} 1\n",
        "mpic_duration_seconds_count{route=\"/mpic\"} 1\n",
        "mpic_duration_seconds_count{route=\"/caa\"} 1\n",
        "mpic_checks_total{method=\"caa\",verdict=\"pass\"} 1\n",
        "mpic_corroborations_total{method=\"caa\",valid=\"true\"} 1\n",
        "mpic_perspective_results_total{perspective=\"eu-west-2\",verdict=\"pass\"} 1\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_contains(reply->body, lines[i]);
    assert_null(strstr(reply->body, "route=\"/metrics\""));
    reply = fake_httpd_reply(ask("GET", "/metrics", NULL, NULL));
    assert_contains(reply->body, "mpic_requests_total{route=\"/metrics\",status=\"200\"} 1\n");
}

/* What moves is where a path is looked for, not what is counted under it. */
static void test_base_path_is_before_all_paths_but_health(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        int status;
    } rows[] = {
        {"POST", "/v1/mpic", 400},   {"POST", "/v1//mpic", 400},
        {"POST", "/v1/dcv", 400},    {"POST", "/v1/mpic/draft-00", 400},
        {"GET", "/v1/healthz", 200}, {"GET", "/healthz", 200},
        {"GET", "/v1/metrics", 200}, {"GET", "/v1/configz", 200},
        {"POST", "/mpic", 404},      {"GET", "/metrics", 404},
        {"GET", "/configz", 404},    {"GET", "/openapi.json", 404},
        {"POST", "/v1mpic", 404},    {"POST", "/v1", 404},
        {"POST", "/v1/", 404},       {"POST", "/v1/v1/mpic", 404},
        {"POST", "/v2/mpic", 404},   {"GET", "/v1/healthz/", 404},
    };
    w.config.base_path = "/v1";
    make_routes(true, true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct httpd_request *request =
            fake_httpd_request(rows[i].method, rows[i].path, "application/json", "{");
        routes_handle(request, w.routes);
        if (fake_httpd_reply(request)->status != rows[i].status)
            fail_msg("%s: %d", rows[i].path, fake_httpd_reply(request)->status);
    }
    struct buf metrics = {0};
    metrics_format(w.metrics, &metrics);
    assert_non_null(strstr(buf_str(&metrics), "{route=\"/mpic\",status=\"400\"} 2\n"));
    assert_non_null(strstr(buf_str(&metrics), "{route=\"/healthz\",status=\"200\"} 2\n"));
    buf_clear(&metrics);
    struct httpd_request *request = fake_httpd_request("GET", "/v1/openapi.json", NULL, NULL);
    routes_handle(request, w.routes);
    assert_non_null(strstr(fake_httpd_reply(request)->body, "\"url\": \"/v1\""));
    assert_null(strstr(fake_httpd_reply(request)->body, "\"url\": \"/\""));
    w.config.base_path = NULL;
    make_routes(true, true);
    request = fake_httpd_request("GET", "/openapi.json", NULL, NULL);
    routes_handle(request, w.routes);
    assert_non_null(strstr(fake_httpd_reply(request)->body, "\"url\": \"/\""));
}

static void test_health_and_metrics_are_vital(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        bool is_vital;
    } rows[] = {
        {"GET", "/healthz", true},         {"HEAD", "/healthz", true},
        {"GET", "/healthz?verbose", true}, {"GET", "/metrics", true},
        {"POST", "/healthz", false},       {"GET", "/configz", false},
        {"GET", "/openapi.json", false},   {"POST", "/mpic", false},
        {"GET", "/nobody", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (routes_is_vital(fake_httpd_request(rows[i].method, rows[i].path, NULL, NULL),
                            w.routes) != rows[i].is_vital)
            fail_msg("%s %s", rows[i].method, rows[i].path);
}

/* --- POST /observe --------------------------------------------------------------------------- */

static void script_txt(struct dns *dns, const char *text)
{
    fake_answer_txt(fake_dns_answer(dns, "example.com", DNS_TXT, DNS_OK), text);
}

#define OBSERVE_TXT_BODY "{\"domain_or_ip_target\":\"example.com\",\"dns_record_type\":\"TXT\"}"

static void test_coordinator_tells_what_each_place_sees(void **state)
{
    (void)state;
    script_txt(w.dns[0], "one");
    script_txt(w.dns[1], "two");
    script_txt(w.dns[2], "one");
    const struct fake_reply *reply = post("/observe", OBSERVE_TXT_BODY);
    assert_int_equal(reply->status, 200);
    assert_true(str_starts_with(reply->body, "{\"is_validation\":false,\"statement\":\"This is an "
                                             "observation"));
    assert_contains(reply->body, "\"data\":\"one\"");
    assert_contains(reply->body, "\"data\":\"two\"");
    assert_contains(reply->body, "\"agreement\":{\"with\":\"majority\",\"agreeing\":[");
    assert_contains(reply->body, "\"others\":[\"eu-west-2\"]");
    assert_contains(logged(), "\"event\":\"observation\"");
    const char *metrics = fake_httpd_reply(ask("GET", "/metrics", NULL, NULL))->body;
    assert_contains(metrics, "mpic_observations_total{kind=\"records\",outcome=\"present\"} 3");
    assert_contains(metrics, "mpic_requests_total{route=\"/observe\",status=\"200\"} 1");
    assert_contains(metrics, "mpic_corroborations_total{method=\"caa\",valid=\"true\"} 0");
}

static void test_perspective_tells_what_it_sees_bound_to_the_question(void **state)
{
    (void)state;
    static const char nonce[] = "00112233445566778899aabbccddeeff";
    script_txt(NULL, "one");
    make_routes(false, true);
    fake_httpd_header("Mpic-Nonce", nonce);
    const struct fake_reply *reply = post("/observe", OBSERVE_TXT_BODY);
    fake_httpd_header(NULL, NULL);
    assert_int_equal(reply->status, 200);
    assert_contains(reply->body, "\"perspective_code\":\"us-east-2\"");
    assert_contains(reply->body, "\"binding\":{\"nonce\":\"00112233445566778899aabbccddeeff\"");
    assert_null(strstr(reply->body, "agreement"));
}

/* A coordinator asks so, lest a process that is both asks others in turn. */
static void test_single_perspective_is_asked_where_both_are(void **state)
{
    (void)state;
    script_txt(NULL, "one");
    const struct fake_reply *reply =
        post("/observe", "{\"domain_or_ip_target\":\"example.com\",\"dns_record_type\":\"TXT\","
                         "\"single_perspective\":true}");
    assert_contains(reply->body, "\"perspective_code\":\"us-east-2\"");
    assert_null(strstr(reply->body, "observations"));
    assert_int_equal(fake_dns_asked(NULL, "example.com", DNS_TXT), 1);
}

static const struct {
    const char *body, *issue;
} refused_observations[] = {
    {"{}", "invalid-observation"},
    {"{\"domain_or_ip_target\":\"192.0.2.1\",\"dns_record_type\":\"A\"}", "invalid-target"},
    {"{\"url\":\"http://example.com:8080/\"}", "invalid-url"},
    {"{\"url\":\"http://example.com/\",\"body_max_bytes\":24577}", "invalid-body-max-bytes"},
    {"{\"domain_or_ip_target\":\"example.com\",\"dns_record_type\":\"PTR\"}", "enum"},
};

static void test_observation_that_cannot_be_is_400_everywhere(void **state)
{
    (void)state;
    for (int role = 0; role < 2; role++) {
        make_routes(role == 0, role == 1);
        for (size_t i = 0; i < sizeof refused_observations / sizeof *refused_observations; i++) {
            const struct fake_reply *reply = post("/observe", refused_observations[i].body);
            assert_int_equal(reply->status, 400);
            assert_contains(reply->body, refused_observations[i].issue);
        }
    }
    assert_int_equal(fake_dns_question_count(NULL), 0);
}

static const struct {
    const char *orchestration, *issue;
} refused_orchestrations[] = {
    {"\"quorum_count\":2", "not-for-observations"},
    {"\"max_attempts\":1", "not-for-observations"},
    {"\"perspective_count\":1", "invalid-perspective-count"},
    {"\"perspective_count\":4", "invalid-perspective-count"},
    {"\"cohort_for_single_attempt\":2", "invalid-cohort-number"},
};

static void test_observation_takes_only_the_parameters_of_cohorts(void **state)
{
    (void)state;
    char body[256];
    for (size_t i = 0; i < sizeof refused_orchestrations / sizeof *refused_orchestrations; i++) {
        snprintf(body, sizeof body,
                 "{\"domain_or_ip_target\":\"example.com\",\"dns_record_type\":\"TXT\","
                 "\"orchestration_parameters\":{%s}}",
                 refused_orchestrations[i].orchestration);
        const struct fake_reply *reply = post("/observe", body);
        assert_int_equal(reply->status, 400);
        assert_contains(reply->body, refused_orchestrations[i].issue);
    }
    assert_int_equal(fake_dns_question_count(NULL), 0);
    script_txt(NULL, "one");
    const struct fake_reply *reply =
        post("/observe", "{\"domain_or_ip_target\":\"example.com\",\"dns_record_type\":\"TXT\","
                         "\"orchestration_parameters\":{\"perspective_count\":2,"
                         "\"cohort_for_single_attempt\":1}}");
    assert_int_equal(reply->status, 200);
    assert_int_equal(fake_dns_asked(NULL, "example.com", DNS_TXT), 2);
}

static void test_observation_that_is_cancelled_leaves_nothing(void **state)
{
    (void)state;
    fake_dns_answer(NULL, "example.com", DNS_TXT, DNS_OK)->delay_ms = 5000;
    ask("POST", "/observe", "application/json", OBSERVE_TXT_BODY);
    ask("POST", "/observe", "application/json",
        "{\"domain_or_ip_target\":\"example.com\",\"dns_record_type\":\"TXT\","
        "\"single_perspective\":true}");
    fake_loop_advance(w.loop, 100);
    routes_free(w.routes); /* asserts, with the teardown, that nothing is left behind */
    w.routes = NULL;
    fake_loop_run_until_idle(w.loop);
}

/* --- match_regex, which is looked at aside ---------------------------------------------------------- */

#define ASK_WITH(regex)                                                                              \
    "{\"check_type\":\"dcv\",\"domain_or_ip_target\":\"example.com\",\"dcv_check_parameters\":{"     \
    "\"validation_method\":\"website-change\",\"challenge_value\":\"v1\",\"http_token_path\":\"f\"," \
    "\"match_regex\":\"" regex "\"}}"

static void test_expression_that_is_none_is_refused_with_its_issue(void **state)
{
    (void)state;
    const struct fake_reply *reply = post("/mpic", ASK_WITH("("));
    assert_int_equal(reply->status, 400);
    assert_contains(reply->body, "\"issue_type\":\"invalid-match-regex\"");
    assert_string_equal(fake_aside.last_caller, "192.0.2.9");
}

static void test_expression_without_room_to_look_at_it_is_503(void **state)
{
    (void)state;
    fake_aside.is_busy = true;
    const struct fake_reply *reply = post("/mpic", ASK_WITH("x+"));
    assert_int_equal(reply->status, 503);
    assert_string_equal(reply->retry_after, "1");
    assert_string_equal(reply->body,
                        "{\"error\":\"There was no time to look at match_regex. Ask again.\"}");
    assert_contains(logged(), "\"issue\":\"busy\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_health_is_told_to_get_and_head),
        CASE(test_verbose_health_has_the_perspectives_of_a_coordinator),
        CASE(test_openapi_is_told_to_each_role),
        CASE(test_other_paths_and_methods_are_refused_as_by_the_reference),
        CASE(test_configz_has_the_properties_of_each_role),
        CASE(test_body_must_be_announced_as_json),
        CASE(test_body_that_is_no_request_is_400_everywhere),
        CASE(test_caa_check_is_answered_and_logged),
        CASE(test_coordinator_tells_what_each_place_sees),
        CASE(test_perspective_tells_what_it_sees_bound_to_the_question),
        CASE(test_single_perspective_is_asked_where_both_are),
        CASE(test_observation_that_cannot_be_is_400_everywhere),
        CASE(test_observation_takes_only_the_parameters_of_cohorts),
        CASE(test_observation_that_is_cancelled_leaves_nothing),
        CASE(test_answer_is_bound_to_its_question_by_nonce_and_digest),
        CASE(test_check_ends_at_the_limit_of_its_perspective),
        CASE(test_corroboration_asks_every_perspective_and_is_logged),
        CASE(test_one_perspective_that_sees_something_else_shows_in_the_log),
        CASE(test_request_that_breaks_a_rule_is_400_and_asks_nobody),
        CASE(test_refused_token_is_not_in_the_log),
        CASE(test_default_size_without_cohort_is_500),
        CASE(test_draft_caa_is_answered_with_the_rdata_and_logged),
        CASE(test_draft_dns_needs_both_the_record_and_the_permission),
        CASE(test_draft_dns_is_not_content_with_a_part_or_another_case),
        CASE(test_draft_refusal_is_400_and_asks_nobody),
        CASE(test_draft_of_a_bad_name_is_no_success),
        CASE(test_draft_keeps_a_record_of_each_part),
        CASE(test_metrics_count_what_was_answered),
        CASE(test_base_path_is_before_all_paths_but_health),
        CASE(test_health_and_metrics_are_vital),
        CASE(test_end_in_the_middle_answers_nothing_and_leaves_nothing),
        CASE(test_expression_that_is_none_is_refused_with_its_issue),
        CASE(test_expression_without_room_to_look_at_it_is_503),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
