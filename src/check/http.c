/*
 * website-change and acme-http-01 (BR 3.2.2.4.18, BR 3.2.2.4.19, RFC 8555 section 8.3).
 *
 *   RESOLVING --(plan of addresses)--> FETCHING --(redirect that may be followed)--> RESOLVING
 *       |                                |   \--(no TCP connection, addresses left)--> FETCHING
 *       \--(nothing to contact)----------+--(final response, or a failure)-----------> concluded
 *
 * RESOLVING: A and AAAA of the current hop's host are under way (check/dial.h).
 * FETCHING:  a request to one address of it is under way, pinned to that address.
 *
 * Each hop is judged, resolved and connected to on its own; nothing is reused between hops.
 */
#include "base/str.h"
#include "check/dial.h"
#include "core/http_body.h"
#include "core/http_headers.h"
#include "core/redirect.h"
#include "core/report.h"
#include "crypto/digest.h"

#include <assert.h>

enum { HOPS_MAX = REDIRECTS_MAX + 1, HEADERS_MAX = 32, LOCATIONS_MAX = 8 };

struct http_state {
    uint64_t deadline_ms; /* of all hops together */
    struct url first;     /* of the request */
    struct url url;       /* of the current hop */
    struct dial dial;
    const char *address; /* being fetched from */
    struct http_hop hops[HOPS_MAX];
    size_t hop_count;
    const char *visited[HOPS_MAX];
    struct redirect_report history[HOPS_MAX];
    size_t history_count;
};

static void enter_resolving(struct check_job *check);
static void enter_fetching(struct check_job *check);

static const struct dcv_params *params_of(const struct check_job *check)
{
    return &check->request->dcv;
}

static struct http_hop *current(struct http_state *http)
{
    return &http->hops[http->hop_count - 1];
}

void http_run(struct check_job *check)
{
    const struct check_settings *settings = check->env->settings;
    const struct dcv_params *params = params_of(check);
    struct http_state *http = arena_alloc(check->arena, sizeof *http);
    check->state = http;
    http->deadline_ms = loop_now_ms(check->env->loop) + settings->http_timeout_ms;
    if (http->deadline_ms > check->deadline_ms)
        http->deadline_ms = check->deadline_ms;
    if (params->method == DCV_ACME_HTTP_01)
        url_of_http_01(check->target, params->token, check->arena, &http->url);
    else
        url_of_website_change(check->target, params->url_scheme, params->http_token_path,
                              check->arena, &http->url);
    http->first = http->url;
    enter_resolving(check);
}

/* --- evidence ------------------------------------------------------------------------------ */

static void store_connection(struct http_state *http)
{
    struct http_hop *hop = current(http);
    hop->connection = dial_report(&http->dial, hop->connection.address_used);
}

void http_collect(struct check_job *check)
{
    struct http_state *http = check->state;
    if (!http || http->hop_count == 0)
        return;
    struct http_details *details = &check->result->details.http;
    current(http)->connection = dial_report(&http->dial, current(http)->connection.address_used);
    details->hops = http->hops;
    details->hop_count = http->hop_count;
    details->final_url = http->visited[http->hop_count - 1];
    details->has_response_history = http->history_count > 0;
    details->response_history = http->history;
    details->response_history_count = http->history_count;
}

/* --- resolving ----------------------------------------------------------------------------- */

static void on_planned(struct check_job *check)
{
    struct http_state *http = check->state;
    if (http->dial.plan.count == 0)
        check_finish_problem(check, http->dial.plan.problem, http->dial.plan.text);
    else
        enter_fetching(check);
}

static void enter_resolving(struct check_job *check)
{
    struct http_state *http = check->state;
    if (http->hop_count > 0)
        store_connection(http); /* of the hop that redirected here */
    const char *url = url_format(&http->url, check->arena);
    http->visited[http->hop_count] = url;
    http->hops[http->hop_count++] = (struct http_hop){.url = url};
    if (dial_start(&http->dial, check, http->url.host, http->deadline_ms, on_planned))
        on_planned(check);
}

/* --- fetching ------------------------------------------------------------------------------ */

static struct connect_outcome outcome_of(enum fetch_status status)
{
    switch (status) {
    case FETCH_OK:
        return (struct connect_outcome){"connected", PROBLEM_NONE, .is_connected = true};
    case FETCH_CONNECT_FAILED:
        return (struct connect_outcome){"connect_failed", PROBLEM_CONNECT_FAILED,
                                        .may_try_next = true};
    case FETCH_CONNECT_TIMEOUT:
        return (struct connect_outcome){"connect_timeout", PROBLEM_CONNECT_TIMEOUT,
                                        .may_try_next = true};
    case FETCH_READ_TIMEOUT:
        return (struct connect_outcome){"connected", PROBLEM_READ_TIMEOUT, .is_connected = true};
    case FETCH_DISCONNECTED:
        return (struct connect_outcome){"connected", PROBLEM_DISCONNECTED, .is_connected = true};
    case FETCH_TLS_FAILED:
        return (struct connect_outcome){"connected", PROBLEM_TLS_FAILED, .is_connected = true};
    case FETCH_PROTOCOL:
        return (struct connect_outcome){"connected", PROBLEM_HTTP_PROTOCOL, .is_connected = true};
    case FETCH_LOCAL:
        break;
    }
    return (struct connect_outcome){"local_failure", PROBLEM_INTERNAL, false, false};
}

/* All values of the field as one list, which is what they are (RFC 9110 section 5.3); NULL: none. */
static const char *content_encoding_of(const struct fetch_result *result, struct arena *arena)
{
    const char *all = NULL;
    for (size_t i = 0; i < result->header_count; i++)
        if (str_eq_nocase(result->headers[i].name, "Content-Encoding"))
            all = all ? arena_printf(arena, "%s, %s", all, result->headers[i].value)
                      : result->headers[i].value;
    return all;
}

static void follow_redirect(struct check_job *check, const struct fetch_result *result)
{
    struct http_state *http = check->state;
    const struct check_settings *settings = check->env->settings;
    const char *locations[LOCATIONS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < result->header_count && count < LOCATIONS_MAX; i++)
        if (str_eq_nocase(result->headers[i].name, "Location"))
            locations[count++] = arena_strdup(check->arena, result->headers[i].value);
    const struct dcv_params *params = params_of(check);
    const struct redirect_query query = {
        .from = &http->url,
        .status_code = result->status_code,
        .locations = locations,
        .location_count = count,
        .visited = http->visited,
        .visited_count = http->hop_count,
        .http_port = settings->http_port,
        .https_port = settings->https_port,
        .challenge_value = params->method == DCV_WEBSITE_CHANGE ? params->challenge_value : NULL,
    };
    struct redirect_decision decision = redirect_decide(&query, check->arena);
    if (count > 0)
        http->history[http->history_count++] =
            (struct redirect_report){.status_code = result->status_code,
                                     .url = str_report(check->arena, bytes_of(locations[count - 1]),
                                                       LIMIT_REPORTED_RECORD_BYTES * 4)};
    if (decision.problem != PROBLEM_NONE) {
        check_finish_problem(check, decision.problem, decision.text);
        return;
    }
    assert(http->hop_count < HOPS_MAX); /* redirect_decide() counts the visited URLs */
    http->url = decision.to;
    enter_resolving(check);
}

static void judge_response(struct check_job *check, const struct fetch_result *result)
{
    const struct dcv_params *params = params_of(check);
    const struct http_final final = {
        .status_code = result->status_code,
        .content_encoding = content_encoding_of(result, check->arena),
        .body = result->body,
        .is_longer = result->body_cut,
    };
    struct http_judgement judgement = http_body_judge(params, &final, check->arena);
    if (judgement.problem != PROBLEM_NONE) {
        check_finish_problem(check, judgement.problem, judgement.text);
        return;
    }
    check_finish_pass(check);
}

/* What came belongs to the evidence, whatever becomes of it: of the last hop that answered. */
static void store_response(struct check_job *check, const struct fetch_result *result)
{
    const struct http_state *http = check->state;
    struct http_details *details = &check->result->details.http;
    size_t page = http_body_page_bytes(params_of(check));
    struct bytes shown = {result->body.p, result->body.n < page ? result->body.n : page};
    details->response_url = http->visited[0]; /* as Open MPIC has it; the last one is final_url */
    details->response_status_code = OPT_INT(result->status_code);
    details->response_page = base64_format(check->arena, shown);
    details->body_bytes = OPT_INT((int64_t)result->body.n);
}

static void on_fetched(const struct fetch_result *result, void *arg)
{
    struct check_job *check = arg;
    struct http_state *http = check->state;
    struct http_hop *hop = current(http);
    struct connect_outcome outcome = outcome_of(result->status);
    dial_note(&http->dial, http->address, outcome.outcome);
    /* A site that is reached and wrong is final: the other address family must not mask it. */
    if (outcome.may_try_next && http->dial.next < http->dial.plan.count) {
        enter_fetching(check);
        return;
    }
    if (outcome.is_connected)
        hop->connection.address_used = http->address;
    hop->tls_version = arena_strdup(check->arena, result->tls_version);
    if (result->has_response) {
        hop->status_code = OPT_INT(result->status_code);
        store_response(check, result);
    }
    if (outcome.problem != PROBLEM_NONE)
        check_finish_problem(check, outcome.problem,
                             arena_printf(check->arena, "%s at %s (%s)", result->error_text,
                                          hop->url, http->address));
    else if (result->status_code >= 300 && result->status_code < 400)
        follow_redirect(check, result);
    else
        judge_response(check, result);
}

/* An origin is scheme, host and port (RFC 9110 section 4.3.1). */
static bool is_at_first_origin(const struct http_state *http)
{
    return http->url.scheme == http->first.scheme && http->url.port == http->first.port &&
           str_eq(http->url.host, http->first.host);
}

/* The caller's headers go to the first origin only, but for those that say nothing about it. */
static size_t make_headers(const struct check_job *check, struct fetch_header headers[HEADERS_MAX])
{
    const struct http_state *http = check->state;
    const struct dcv_params *params = params_of(check);
    bool has_accept = false;
    size_t count = 0;
    headers[count++] = (struct fetch_header){"Host", url_authority(&http->url, check->arena)};
    headers[count++] = (struct fetch_header){"Accept-Encoding", "identity"};
    for (size_t i = 0; i < params->http_header_count && count < HEADERS_MAX - 1; i++) {
        const struct http_header_param *header = &params->http_headers[i];
        if (!is_at_first_origin(http) && !http_header_travels(header->name))
            continue;
        has_accept = has_accept || str_eq_nocase(header->name, "Accept");
        headers[count++] = (struct fetch_header){header->name, header->value};
    }
    if (!has_accept)
        headers[count++] = (struct fetch_header){"Accept", "*/*"};
    return count;
}

static bool caller_sets_user_agent(const struct dcv_params *params)
{
    for (size_t i = 0; i < params->http_header_count; i++)
        if (str_eq_nocase(params->http_headers[i].name, "User-Agent"))
            return true;
    return false;
}

/* The port to connect to: in a lab, 80 and 443 are others, which a redirect may name as well; either
 * shows in local_policy. */
static uint16_t real_port(struct check_job *check, const struct url *url)
{
    const struct check_settings *settings = check->env->settings;
    bool is_http = url->port == 80 || (url->port != 443 && url->port == settings->http_port);
    uint16_t port = is_http ? settings->http_port : settings->https_port;
    if (port != (is_http ? 80 : 443))
        check_add_local_policy(check, is_http ? "http.http_port" : "http.https_port");
    return port;
}

static void enter_fetching(struct check_job *check)
{
    struct http_state *http = check->state;
    const struct check_settings *settings = check->env->settings;
    struct fetch_header headers[HEADERS_MAX];
    size_t header_count = make_headers(check, headers);
    http->address = dial_next(&http->dial);
    const struct fetch_pin pin = {.address = http->address, .port = real_port(check, &http->url)};
    const struct fetch_request request = {
        .method = "GET",
        .url = url_format(&http->url, check->arena),
        .headers = headers,
        .header_count = header_count,
        .user_agent = caller_sets_user_agent(params_of(check)) ? "" : settings->http_user_agent,
        .pin = &pin,
        .verify_tls = settings->http_verify_tls,
        .alpn_http1 = true,
        .connect_deadline_ms = dial_connect_deadline(&http->dial),
        .body_max_bytes = http_body_limit(params_of(check)),
    };
    fetch_start(check->env->fetch, &request, &check->children, http->deadline_ms, on_fetched,
                check);
}
