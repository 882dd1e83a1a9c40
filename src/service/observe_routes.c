/*
 * POST /observe: what is there, as a coordinator's perspectives see it, or as this one does. It is no
 * validation: no audit record is kept (BR 5.4.1 asks for those of validations), one line is logged.
 */
#include "service/routes_impl.h"

#include "base/str.h"
#include "coordinator/survey.h"
#include "wire/observe.h"

/* In the arena of the exchange. */
struct observing {
    struct exchange *exchange;
    struct observe_request request;
    struct observe_question question;
};

static void log_observation(const struct observing *observing, const char *agreeing)
{
    const struct observe_request *request = &observing->request;
    LOG(LOG_INFO, "observation", {"target", request->url ? request->url : request->target},
        {"type", request->url ? "file" : observe_type_str(request->type)},
        {"trace", request->trace_identifier}, {"agreeing", agreeing},
        {"client", httpd_peer(observing->exchange->request)});
}

static void end(struct observing *observing, int status, struct buf *body)
{
    struct exchange *exchange = observing->exchange;
    exchange_count_duration(exchange);
    routes_reply(exchange->routes, exchange->request, status, body);
    exchange_free(exchange);
}

static void end_refused(struct observing *observing, const struct rule_issues *issues)
{
    struct exchange *exchange = observing->exchange;
    routes_log_refused(exchange->request, issues->items[0].issue_type, NULL);
    routes_refuse_rules(exchange->routes, exchange->request, issues);
    exchange_free(exchange);
}

/* --- from many places ------------------------------------------------------------------------ */

static void on_surveyed(const struct survey_outcome *outcome, void *arg)
{
    struct observing *observing = arg;
    struct exchange *exchange = observing->exchange;
    struct buf body = {0};
    switch (outcome->kind) {
    case SURVEY_RAN:
        for (size_t i = 0; i < outcome->response->count; i++)
            metrics_add_observation(exchange->routes->settings.metrics,
                                    &outcome->response->seen[i]);
        log_observation(observing, arena_printf(exchange->arena, "%zu/%zu",
                                                outcome->response->agreement.agreeing.count,
                                                outcome->response->count));
        wire_encode_observe_response(outcome->response, &body);
        end(observing, 200, &body);
        return;
    case SURVEY_REFUSED:
        end_refused(observing, outcome->issues);
        return;
    case SURVEY_NO_COHORT:
        LOG(LOG_ERROR, "no cohort", {"reason", outcome->error_text});
        wire_encode_error(outcome->error_text, &body);
        end(observing, 500, &body);
        return;
    }
}

/* --- from here ------------------------------------------------------------------------------- */

static void on_seen(const struct observed *seen, void *arg)
{
    struct observing *observing = arg;
    struct observed bound = *seen;
    struct buf body = {0};
    bound.binding = observing->exchange->binding;
    metrics_add_observation(observing->exchange->routes->settings.metrics, seen);
    log_observation(observing, NULL);
    wire_encode_observed(&bound, &body);
    end(observing, 200, &body);
}

static void observe_here(struct observing *observing)
{
    struct exchange *exchange = observing->exchange;
    struct routes *routes = exchange->routes;
    struct rule_issues issues = {0};
    observe_check_request(&observing->request, exchange->arena, &issues, &observing->question);
    if (issues.count > 0) {
        end_refused(observing, &issues);
        return;
    }
    const struct observe_call call = {.question = &observing->question,
                                      .arena = exchange->arena,
                                      .group = &routes->running,
                                      .deadline_ms =
                                          routes_asked_deadline(routes, exchange->request)};
    exchange->binding = routes_binding(exchange, exchange->request);
    perspective_observe(routes->settings.perspective, &call, on_seen, observing);
}

/* A process that is both answers as a coordinator, unless one perspective is asked for. */
static bool asks_coordinator(const struct routes *routes, const struct observe_request *request)
{
    bool is_single = request->single_perspective.present && request->single_perspective.value;
    return routes->settings.coordinator && (!is_single || !routes->settings.perspective);
}

void serve_observe(struct routes *routes, struct httpd_request *request)
{
    struct exchange *exchange = exchange_new(routes, request);
    struct observing *observing = arena_alloc(exchange->arena, sizeof *observing);
    struct wire_issues issues = {0};
    observing->exchange = exchange;
    if (!wire_decode_observe_request(httpd_body(request), exchange->arena, &observing->request,
                                     &issues)) {
        routes_log_refused(request, "body", NULL);
        routes_refuse_body(routes, request, &issues);
        exchange_free(exchange);
        return;
    }
    if (asks_coordinator(routes, &observing->request))
        survey_start(routes->settings.coordinator, &observing->request, exchange->arena,
                     &routes->running, on_surveyed, observing);
    else
        observe_here(observing);
}
