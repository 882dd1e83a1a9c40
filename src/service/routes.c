#define _GNU_SOURCE /* memmem */

#include "service/routes_impl.h"

#include "base/mem.h"
#include "base/str.h"
#include "core/corroboration/binding.h"
#include "core/corroboration/observation.h"
#include "service/audit.h"
#include "service/configz.h"
#include "service/openapi.h"
#include "wire/exchange.h"
#include "wire/health.h"
#include "wire/wire.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MAX_MS = 3600 * 1000 }; /* of a header: no overflow, and no limit that matters */

static const char json_type[] = "application/json";
const char routes_record_lost[] = "The audit record could not be written.";

static const char health_path[] = "/healthz";

/* The path below server.base_path, as the table has it; NULL if it is none. /healthz is found without the base too: who
 * watches the process does not ask through the proxy that the base is for. */
static const char *path_of(const struct routes *routes, const struct httpd_request *request)
{
    const char *path = httpd_path(request);
    const char *base = routes->settings.config->base_path;
    if (!base || str_eq(path, health_path))
        return path;
    size_t n = strlen(base);
    if (!str_starts_with(path, base) || path[n] != '/')
        return NULL;
    return path + n + strspn(path + n, "/") - 1;
}

/* Every answer goes this way. `headers` may be NULL. */
static void answer(struct routes *routes, struct httpd_request *request, int status,
                   struct bytes body, const struct httpd_header *headers)
{
    metrics_add_request(routes->settings.metrics, path_of(routes, request), status);
    httpd_reply(request, status, json_type, body, headers);
}

void routes_reply(struct routes *routes, struct httpd_request *request, int status,
                  struct buf *body)
{
    answer(routes, request, status, buf_bytes(body), NULL);
    buf_clear(body);
}

static void reply_text(struct routes *routes, struct httpd_request *request, int status,
                       const char *body)
{
    answer(routes, request, status, bytes_of(body), NULL);
}

void routes_reply_busy(struct routes *routes, struct httpd_request *request, struct buf *body)
{
    static const struct httpd_header headers[] = {{"Retry-After", "1"}, {NULL, NULL}};
    routes_log_refused(request, "busy", NULL);
    answer(routes, request, 503, buf_bytes(body), headers);
    buf_clear(body);
}

void routes_refuse_body(struct routes *routes, struct httpd_request *request,
                        struct wire_issues *issues)
{
    struct buf body = {0};
    wire_encode_issues(issues, &body);
    wire_issues_clear(issues);
    routes_reply(routes, request, 400, &body);
}

void routes_refuse_rules(struct routes *routes, struct httpd_request *request,
                         const struct rule_issues *issues)
{
    struct wire_issues all = {0};
    wire_issues_add_rules(&all, issues);
    routes_refuse_body(routes, request, &all);
}

void exchange_free(struct exchange *exchange)
{
    list_remove(&exchange->link);
    arena_free(exchange->arena);
    free(exchange);
}

struct exchange *exchange_new(struct routes *routes, struct httpd_request *request)
{
    struct exchange *exchange = xcalloc(1, sizeof *exchange);
    exchange->routes = routes;
    exchange->request = request;
    exchange->arena = arena_new();
    exchange->started_us = loop_now_us(routes->settings.loop);
    list_append(&routes->exchanges, &exchange->link);
    return exchange;
}

const char *exchange_caller(const struct exchange *exchange)
{
    return arena_strdup(exchange->arena, httpd_peer(exchange->request));
}

static uint64_t duration_us(const struct exchange *exchange)
{
    return loop_now_us(exchange->routes->settings.loop) - exchange->started_us;
}

void exchange_count_duration(const struct exchange *exchange)
{
    metrics_add_duration(exchange->routes->settings.metrics,
                         path_of(exchange->routes, exchange->request), duration_us(exchange));
}

/* --- the one log line of each validation ----------------------------------------------------- */

static const char *duration_text(const struct exchange *exchange)
{
    uint64_t us = duration_us(exchange);
    return arena_printf(exchange->arena, "%llu.%03llu", (unsigned long long)(us / 1000),
                        (unsigned long long)(us % 1000));
}

static void log_corroboration(const struct exchange *exchange, const struct mpic_response *response)
{
    const struct check_request *check = &response->request->check;
    const char *quorum = arena_printf(exchange->arena, "%zu/%zu", response->decision.corroborating,
                                      response->perspective_count);
    const char *attempts = arena_printf(exchange->arena, "%zu", response->attempt_count);
    LOG(LOG_INFO, "corroboration", {"target", check->target},
        {"method", method_of_request(check)->name}, {"trace", check->trace_identifier},
        {"valid", response->is_valid ? "true" : "false"},
        {"completed", response->mpic_completed ? "true" : "false"}, {"quorum", quorum},
        {"attempts", attempts}, {"ms", duration_text(exchange)},
        {"client", httpd_peer(exchange->request)});
}

static void log_check(const struct exchange *exchange, const struct check_result *result)
{
    const struct check_request *check = &exchange->check;
    LOG(LOG_INFO, "check", {"target", check->target}, {"method", method_of_request(check)->name},
        {"trace", check->trace_identifier}, {"perspective", result->perspective_code},
        {"verdict", verdict_str(result->verdict)},
        {"problem", result->problem == PROBLEM_NONE ? NULL : problem_str(result->problem)},
        {"dnssec", dnssec_str(result->details.dnssec)}, {"ms", duration_text(exchange)},
        {"client", httpd_peer(exchange->request)});
}

void routes_log_refused(const struct httpd_request *request, const char *issue,
                        const struct check_request *check)
{
    LOG(LOG_INFO, "request refused", {"path", httpd_path(request)}, {"issue", issue},
        {"target", check ? check->target : NULL}, {"trace", check ? check->trace_identifier : NULL},
        {"client", httpd_peer(request)});
}

/* Perspectives that saw different things: that is what a hijack looks like. */
static void log_disagreement(const struct exchange *exchange, const struct mpic_response *response)
{
    const struct check_request *check = &response->request->check;
    size_t count = 0; /* of those that completed, which stand first: silence is no disagreement */
    while (count < response->disagreement_count && response->disagreement[count].check_completed)
        count++;
    for (size_t i = 0; count > 1 && i < count; i++) {
        const struct observation_group *group = &response->disagreement[i];
        struct buf codes = {0};
        for (size_t k = 0; k < group->perspectives.count; k++)
            buf_printf(&codes, "%s%s", k ? "," : "", group->perspectives.items[k]);
        LOG(LOG_WARN, "perspectives disagree", {"target", check->target},
            {"method", method_of_request(check)->name}, {"trace", check->trace_identifier},
            {"perspectives", buf_str(&codes)}, {"passed", group->check_passed ? "true" : "false"},
            {"seen", check->check_type == CHECK_CAA ? group->seen : NULL},
            {"client", httpd_peer(exchange->request)});
        buf_clear(&codes);
    }
}

void exchange_report(const struct exchange *exchange, const struct mpic_response *response)
{
    log_corroboration(exchange, response);
    metrics_add_corroboration(exchange->routes->settings.metrics, response);
    log_disagreement(exchange, response);
}

bool exchange_record(const struct exchange *exchange, const struct mpic_response *response)
{
    const struct routes_settings *settings = &exchange->routes->settings;
    if (!settings->audit)
        return true;
    struct buf json = {0};
    wire_encode_mpic_record(response, exchange->arena, &json);
    const struct audit_record audit_record = {
        .time_ns = loop_wall_ns(settings->loop),
        .client = httpd_peer(exchange->request),
        .duration_us = loop_now_us(settings->loop) - exchange->started_us,
        .response = buf_bytes(&json),
    };
    struct err err;
    bool is_kept = audit_write(settings->audit, &audit_record, &err);
    if (!is_kept)
        LOG(LOG_ERROR, "audit record lost", {"reason", err.text});
    buf_clear(&json);
    return is_kept;
}

/* --- POST /mpic ------------------------------------------------------------------------------ */

static void reply_response(struct exchange *exchange, const struct mpic_response *response)
{
    struct buf body = {0};
    int status = 200;
    exchange_report(exchange, response);
    if (exchange_record(exchange, response)) {
        wire_encode_mpic_response(response, &body);
    } else {
        wire_encode_error(routes_record_lost, &body);
        status = 500;
    }
    routes_reply(exchange->routes, exchange->request, status, &body);
}

static void reply_outcome(struct exchange *exchange, const struct mpic_outcome *outcome)
{
    struct buf body = {0};
    struct wire_issues issues = {0};
    switch (outcome->kind) {
    case MPIC_RAN:
        reply_response(exchange, outcome->response);
        return;
    case MPIC_REFUSED:
        wire_issues_add_rules(&issues, outcome->issues);
        routes_log_refused(exchange->request, outcome->issues->items[0].issue_type,
                           &exchange->mpic.check);
        routes_refuse_body(exchange->routes, exchange->request, &issues);
        return;
    case MPIC_BUSY:
        wire_encode_error(outcome->error_text, &body);
        routes_reply_busy(exchange->routes, exchange->request, &body);
        return;
    case MPIC_NO_COHORT:
        LOG(LOG_ERROR, "no cohort", {"reason", outcome->error_text});
        wire_encode_error(outcome->error_text, &body);
        routes_reply(exchange->routes, exchange->request, 500, &body);
        return;
    }
}

static void on_corroborated(const struct mpic_outcome *outcome, void *arg)
{
    struct exchange *exchange = arg;
    exchange_count_duration(exchange);
    reply_outcome(exchange, outcome);
    exchange_free(exchange);
}

static void serve_mpic(struct routes *routes, struct httpd_request *request)
{
    struct exchange *exchange = exchange_new(routes, request);
    struct wire_issues issues = {0};
    if (!wire_decode_mpic_request(httpd_body(request), exchange->arena, &exchange->mpic, &issues)) {
        routes_log_refused(request, "body", NULL);
        routes_refuse_body(routes, request, &issues);
        exchange_free(exchange);
        return;
    }
    exchange->mpic.check.caller = exchange_caller(exchange);
    mpic_start(routes->settings.coordinator, &exchange->mpic, exchange->arena, &routes->running,
               on_corroborated, exchange);
}

/* --- POST /caa, POST /dcv -------------------------------------------------------------------- */

static void on_checked(const struct check_result *result, void *arg)
{
    struct exchange *exchange = arg;
    log_check(exchange, result);
    metrics_add_check(exchange->routes->settings.metrics, result);
    exchange_count_duration(exchange);
    struct check_result bound = *result;
    bound.binding = exchange->binding;
    struct buf body = {0};
    wire_encode_check_result(&bound, &body);
    routes_reply(exchange->routes, exchange->request, 200, &body);
    exchange_free(exchange);
}

/* Anything that is no number is none. */
uint64_t routes_asked_deadline(const struct routes *routes, const struct httpd_request *request)
{
    const char *text = httpd_header(request, WIRE_TIMEOUT_HEADER);
    char *end = NULL;
    errno = 0;
    unsigned long long limit_ms = text && ascii_is_digit(*text) ? strtoull(text, &end, 10) : 0;
    if (!end || *end || errno || limit_ms > TIMEOUT_MAX_MS)
        return JOB_NO_DEADLINE;
    return loop_now_ms(routes->settings.loop) + limit_ms;
}

struct answer_binding routes_binding(const struct exchange *exchange,
                                     const struct httpd_request *request)
{
    const char *nonce = httpd_header(request, BINDING_NONCE_HEADER);
    if (!nonce || !binding_nonce_is(nonce))
        return (struct answer_binding){0};
    return (struct answer_binding){.present = true,
                                   .nonce = arena_strdup(exchange->arena, nonce),
                                   .request_sha256 =
                                       binding_digest(exchange->arena, httpd_body(request))};
}

static void serve_check(struct routes *routes, struct httpd_request *request, enum check_type type)
{
    struct exchange *exchange = exchange_new(routes, request);
    struct wire_issues issues = {0};
    if (!wire_decode_check_request(httpd_body(request), type, exchange->arena, &exchange->check,
                                   &issues)) {
        routes_log_refused(request, "body", NULL);
        routes_refuse_body(routes, request, &issues);
        exchange_free(exchange);
        return;
    }
    const struct check_call call = {.request = &exchange->check,
                                    .arena = exchange->arena,
                                    .group = &routes->running,
                                    .deadline_ms = routes_asked_deadline(routes, request)};
    exchange->check.caller = exchange_caller(exchange);
    exchange->binding = routes_binding(exchange, request);
    perspective_check(routes->settings.perspective, &call, on_checked, exchange);
}

static void serve_caa(struct routes *routes, struct httpd_request *request)
{
    serve_check(routes, request, CHECK_CAA);
}

static void serve_dcv(struct routes *routes, struct httpd_request *request)
{
    serve_check(routes, request, CHECK_DCV);
}

/* --- GET ------------------------------------------------------------------------------------- */

static void serve_healthz(struct routes *routes, struct httpd_request *request)
{
    if (!str_eq(httpd_query(request), "verbose")) {
        reply_text(routes, request, 200, "{\"status\":\"healthy\"}");
        return;
    }
    const struct routes_settings *settings = &routes->settings;
    struct buf body = {0};
    const struct config *config = settings->config;
    const struct wire_health view = {
        .health = settings->coordinator ? coordinator_health(settings->coordinator) : NULL,
        .perspectives = config->coordinator.perspectives,
        .resolver_version = config->resolver_version,
        .resolver_standing = config->resolver_ruling.standing,
    };
    wire_encode_health(&view, &body);
    routes_reply(routes, request, 200, &body);
}

static void serve_configz(struct routes *routes, struct httpd_request *request)
{
    struct buf body = {0};
    configz_encode(routes->settings.config, &body);
    routes_reply(routes, request, 200, &body);
}

static void serve_openapi(struct routes *routes, struct httpd_request *request)
{
    const struct buf *moved = &routes->openapi;
    answer(routes, request, 200, moved->n ? buf_bytes(moved) : openapi_document, NULL);
}

/* Counted after it is written: the numbers of an answer do not count that answer. */
static void serve_metrics(struct routes *routes, struct httpd_request *request)
{
    struct buf body = {0};
    metrics_format(routes->settings.metrics, &body);
    metrics_add_request(routes->settings.metrics, path_of(routes, request), 200);
    httpd_reply(request, 200, "text/plain; version=0.0.4; charset=utf-8", buf_bytes(&body), NULL);
    buf_clear(&body);
}

/* --- the table ------------------------------------------------------------------------------- */

enum role { ANY_ROLE, COORDINATOR, PERSPECTIVE };

static const struct route {
    const char *path;
    const char *method;
    enum role role;
    void (*serve)(struct routes *routes, struct httpd_request *request);
    bool is_vital; /* answered at once, and whatever else is refused for load */
} table[] = {
    {"/mpic", "POST", COORDINATOR, serve_mpic, false},
    {"/caa", "POST", PERSPECTIVE, serve_caa, false},
    {"/dcv", "POST", PERSPECTIVE, serve_dcv, false},
    {"/observe", "POST", ANY_ROLE, serve_observe, false},
    {health_path, "GET", ANY_ROLE, serve_healthz, true},
    {"/configz", "GET", ANY_ROLE, serve_configz, false},
    {"/openapi.json", "GET", ANY_ROLE, serve_openapi, false},
    {"/metrics", "GET", ANY_ROLE, serve_metrics, true},
    {"/mpic/draft-00", "POST", COORDINATOR, serve_draft, false},
};

static bool has_role(const struct routes *routes, enum role role)
{
    switch (role) {
    case ANY_ROLE:
        return true;
    case COORDINATOR:
        return routes->settings.coordinator != NULL;
    case PERSPECTIVE:
        return routes->settings.perspective != NULL;
    }
    return false;
}

static const struct route *find_route(const struct routes *routes, const char *path)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_eq(table[i].path, path) && has_role(routes, table[i].role))
            return &table[i];
    return NULL;
}

/* "application/json", "application/…+json", with or without parameters; none at all is taken as JSON,
   as the reference does. */
static bool is_json_type(const char *type)
{
    static const char plain[] = "application/json", prefix[] = "application/", suffix[] = "+json";
    if (!type)
        return true;
    const struct bytes media = {(const uint8_t *)type, strcspn(type, "; \t")};
    if (bytes_eq_nocase(media, bytes_of(plain)))
        return true;
    if (media.n < sizeof prefix + sizeof suffix - 1) /* and one letter between them at least */
        return false;
    const struct bytes start = {media.p, sizeof prefix - 1};
    const struct bytes end = {media.p + media.n - (sizeof suffix - 1), sizeof suffix - 1};
    return bytes_eq_nocase(start, bytes_of(prefix)) && bytes_eq_nocase(end, bytes_of(suffix));
}

static void refuse_method(struct routes *routes, struct httpd_request *request,
                          const struct route *route)
{
    bool is_get = str_eq(route->method, "GET");
    const struct httpd_header headers[] = {{"Allow", is_get ? "GET, HEAD" : route->method},
                                           {NULL, NULL}};
    answer(routes, request, 405, bytes_of("{\"detail\":\"Method Not Allowed\"}"), headers);
}

static void refuse_type(struct routes *routes, struct httpd_request *request,
                        const struct route *route)
{
    static const char message[] = "The Content-Type must be application/json.";
    routes_log_refused(request, "content-type", NULL);
    if (route->serve == serve_draft) {
        draft_refuse(routes, request, message);
        return;
    }
    struct wire_issues issues = {0};
    wire_issues_add_body(&issues, "invalid-content-type", message);
    routes_refuse_body(routes, request, &issues);
}

static bool takes_method(const struct route *route, const char *method)
{
    return str_eq(method, route->method) ||
           (str_eq(method, "HEAD") && str_eq(route->method, "GET"));
}

bool routes_is_vital(const struct httpd_request *request, void *arg)
{
    const struct routes *routes = arg;
    const struct route *route = find_route(routes, path_of(routes, request));
    return route && route->is_vital && takes_method(route, httpd_method(request));
}

void routes_on_refusal(int status, void *arg)
{
    const struct routes *routes = arg;
    metrics_add_request(routes->settings.metrics, NULL, status);
}

void routes_on_drop(enum httpd_drop why, void *arg)
{
    const struct routes *routes = arg;
    metrics_add_drop(routes->settings.metrics, why);
}

void routes_handle(struct httpd_request *request, void *arg)
{
    struct routes *routes = arg;
    const struct route *route = find_route(routes, path_of(routes, request));
    const char *method = httpd_method(request);
    if (!route) {
        reply_text(routes, request, 404, "{\"detail\":\"Not Found\"}");
    } else if (!takes_method(route, method)) {
        refuse_method(routes, request, route);
    } else if (str_eq(method, "POST") && !is_json_type(httpd_header(request, "Content-Type"))) {
        refuse_type(routes, request, route);
    } else {
        route->serve(routes, request);
    }
}

/* The document says where the paths are: its one server is the process that serves it. */
static void move_openapi(struct buf *out, const char *base)
{
    static const char url[] = "\"url\": \"/\"";
    const struct bytes whole = openapi_document;
    const uint8_t *at = memmem(whole.p, whole.n, url, sizeof url - 1);
    assert(at); /* a bug: the file is ours */
    size_t n = (size_t)(at - whole.p);
    buf_append(out, whole.p, n);
    buf_printf(out, "\"url\": \"%s\"", base);
    n += sizeof url - 1;
    buf_append(out, whole.p + n, whole.n - n);
}

struct routes *routes_new(const struct routes_settings *settings)
{
    struct routes *routes = xcalloc(1, sizeof *routes);
    routes->settings = *settings;
    if (settings->config->base_path)
        move_openapi(&routes->openapi, settings->config->base_path);
    job_group_init(&routes->running);
    list_init(&routes->exchanges);
    return routes;
}

void routes_free(struct routes *routes)
{
    if (!routes)
        return;
    job_group_cancel(&routes->running);
    while (!list_is_empty(&routes->exchanges))
        exchange_free(LIST_ENTRY(routes->exchanges.next, struct exchange, link));
    buf_clear(&routes->openapi);
    free(routes);
}
