#include "check/trail.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/rules/http_headers.h"

#include <assert.h>

enum { HEADERS_MAX = 32, LOCATIONS_MAX = 8 };

static void enter_resolving(struct trail *trail);
static void fetch_from(struct dial *dial, const char *address);

static struct http_hop *current(struct trail *trail)
{
    return &trail->hops[trail->hop_count - 1];
}

/* The trail is at its end; `trail` and its check may be gone after it. */
static void end_with_problem(struct trail *trail, enum problem problem, const char *text)
{
    const struct trail_end end = {.problem = problem, .text = text, .reason = text};
    trail->done(trail, &end);
}

/* What answered may not be followed. */
static void end_with_redirect(struct trail *trail, const struct redirect_decision *decision)
{
    const char *reason = arena_printf(trail->check->arena, "%s at %s: %s", current(trail)->url,
                                      trail->dial.address, decision->text);
    const struct trail_end end = {
        .problem = decision->problem, .text = decision->text, .reason = reason};
    trail->done(trail, &end);
}

/* --- time ---------------------------------------------------------------------------------- */

static const char *time_account(const struct trail *trail)
{
    struct arena *arena = trail->check->arena;
    const char *text = dial_time_account(&trail->dial);
    if (trail->hop_count > 1)
        text = arena_printf(arena, "%s, %s into the requests before", text,
                            dial_seconds(arena, trail->started_ms, trail->hop_started_ms));
    return arena_printf(
        arena, "of %s in all, %s",
        dial_seconds(arena, trail->started_ms, loop_now_ms(trail->check->env->loop)), text);
}

static void end_in_time(struct trail *trail, enum problem problem, const char *text)
{
    if (dial_is_about_time(problem))
        text = arena_printf(trail->check->arena, "%s; %s", text, time_account(trail));
    end_with_problem(trail, problem, text);
}

void trail_start(struct trail *trail)
{
    trail->started_ms = loop_now_ms(trail->check->env->loop);
    trail->url = trail->first;
    enter_resolving(trail);
}

/* --- evidence ------------------------------------------------------------------------------ */

static void store_connection(struct trail *trail)
{
    struct http_hop *hop = current(trail);
    hop->connection = dial_report(&trail->dial, hop->connection.address_used);
}

void trail_report(struct trail *trail, struct http_details *details)
{
    if (trail->hop_count == 0)
        return;
    store_connection(trail);
    size_t left = LIMIT_REPORTED_ALIAS_BYTES;
    for (size_t i = 0; i < trail->hop_count; i++) {
        struct connection_report *connection = &trail->hops[i].connection;
        connection->lookups = lookup_reports_within(connection->lookups, connection->lookup_count,
                                                    &left, trail->check->arena);
    }
    details->hops = trail->hops;
    details->hop_count = trail->hop_count;
    details->final_url = trail->visited[trail->hop_count - 1];
    details->has_response_history = trail->history_count > 0;
    details->response_history = trail->history;
    details->response_history_count = trail->history_count;
}

/* --- resolving ----------------------------------------------------------------------------- */

static void on_unreachable(struct dial *dial, enum problem problem, const char *text)
{
    end_in_time(LIST_ENTRY(dial, struct trail, dial), problem, text);
}

static void enter_resolving(struct trail *trail)
{
    if (trail->hop_count > 0)
        store_connection(trail); /* of the hop that redirected here */
    const char *url = url_format(&trail->url, trail->check->arena);
    trail->hop_started_ms = loop_now_ms(trail->check->env->loop);
    trail->visited[trail->hop_count] = url;
    trail->hops[trail->hop_count++] = (struct http_hop){.url = url};
    CHECK_LOG(trail->check, "hop",
              {"number", arena_printf(trail->check->arena, "%zu", trail->hop_count)},
              {"scheme", trail->url.scheme == SCHEME_HTTPS ? "https" : "http"},
              {"authority", url_authority(&trail->url, trail->check->arena)},
              {"ms", check_log_ms(trail->check)});
    trail->dial = (struct dial){.check = trail->check,
                                .host = trail->url.host,
                                .deadline_ms = trail->deadline_ms,
                                .connect = fetch_from,
                                .failed = on_unreachable};
    dial_start(&trail->dial);
}

/* --- fetching ------------------------------------------------------------------------------ */

static void follow_redirect(struct trail *trail, const struct fetch_result *result)
{
    struct check_job *check = trail->check;
    const struct check_settings *settings = check->env->settings;
    const char *locations[LOCATIONS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < result->header_count && count < LOCATIONS_MAX; i++)
        if (str_eq_nocase(result->headers[i].name, "Location"))
            locations[count++] = arena_strdup(check->arena, result->headers[i].value);
    const struct redirect_query query = {
        .from = &trail->url,
        .status_code = result->status_code,
        .reason = result->reason,
        .locations = locations,
        .location_count = count,
        .visited = trail->visited,
        .visited_count = trail->hop_count,
        .http_port = settings->http_port,
        .https_port = settings->https_port,
        .challenge_value = trail->challenge_value,
    };
    struct redirect_decision decision = redirect_decide(&query, check->arena);
    if (count > 0)
        trail->history[trail->history_count++] =
            (struct redirect_report){.status_code = result->status_code,
                                     .url = str_report(check->arena, bytes_of(locations[count - 1]),
                                                       LIMIT_REPORTED_RECORD_BYTES * 4)};
    if (decision.problem != PROBLEM_NONE) {
        end_with_redirect(trail, &decision);
        return;
    }
    assert(trail->hop_count < TRAIL_HOPS_MAX); /* redirect_decide() counts the visited URLs */
    trail->url = decision.to;
    enter_resolving(trail);
}

static void on_fetched(const struct fetch_result *result, void *arg)
{
    struct trail *trail = arg;
    struct arena *arena = trail->check->arena;
    struct http_hop *hop = current(trail);
    struct dial_end end;
    if (!dial_ended(&trail->dial, result->status, &end))
        return;
    hop->connection.address_used = end.used;
    hop->tls_version = arena_strdup(arena, result->tls_version);
    if (result->has_response) {
        hop->status_code = OPT_INT(result->status_code);
        trail->on_response(trail, result);
    }
    if (end.problem != PROBLEM_NONE)
        end_in_time(trail, end.problem,
                    arena_printf(arena, "%s at %s: %s", hop->url, end.address, result->error_text));
    else if (result->status_code >= 300 && result->status_code < 400)
        follow_redirect(trail, result);
    else
        trail->done(trail, &(struct trail_end){
                               .response = result, .url = hop->url, .address = end.address});
}

/* An origin is scheme, host and port (RFC 9110 section 4.3.1). */
static bool is_at_first_origin(const struct trail *trail)
{
    return trail->url.scheme == trail->first.scheme && trail->url.port == trail->first.port &&
           str_eq(trail->url.host, trail->first.host);
}

/* The caller's headers go to the first origin only, but for those that say nothing about it. */
static size_t make_headers(const struct trail *trail, struct fetch_header headers[HEADERS_MAX])
{
    bool has_accept = false;
    size_t count = 0;
    headers[count++] =
        (struct fetch_header){"Host", url_authority(&trail->url, trail->check->arena)};
    headers[count++] = (struct fetch_header){"Accept-Encoding", "identity"};
    for (size_t i = 0; i < trail->header_count && count < HEADERS_MAX - 1; i++) {
        const struct http_header_param *header = &trail->headers[i];
        if (!is_at_first_origin(trail) && !http_header_travels(header->name))
            continue;
        has_accept = has_accept || str_eq_nocase(header->name, "Accept");
        headers[count++] = (struct fetch_header){header->name, header->value};
    }
    if (!has_accept)
        headers[count++] = (struct fetch_header){"Accept", "*/*"};
    return count;
}

static bool caller_sets_user_agent(const struct trail *trail)
{
    for (size_t i = 0; i < trail->header_count; i++)
        if (str_eq_nocase(trail->headers[i].name, "User-Agent"))
            return true;
    return false;
}

/* The port to connect to: in a lab, 80 and 443 are others, which a redirect may name as well; either
 * shows in local_policy. */
static uint16_t real_port(const struct trail *trail)
{
    const struct check_settings *settings = trail->check->env->settings;
    const struct url *url = &trail->url;
    bool is_http = url->port == 80 || (url->port != 443 && url->port == settings->http_port);
    uint16_t port = is_http ? settings->http_port : settings->https_port;
    if (port != (is_http ? 80 : 443))
        check_add_local_policy(trail->check, is_http ? "http.http_port" : "http.https_port");
    return port;
}

static void fetch_from(struct dial *dial, const char *address)
{
    struct trail *trail = LIST_ENTRY(dial, struct trail, dial);
    struct check_job *check = trail->check;
    const struct check_settings *settings = check->env->settings;
    struct fetch_header headers[HEADERS_MAX];
    size_t header_count = make_headers(trail, headers);
    const struct fetch_pin pin = {.address = address, .port = real_port(trail)};
    const struct fetch_request request = {
        .method = "GET",
        .url = url_format(&trail->url, check->arena),
        .headers = headers,
        .header_count = header_count,
        .user_agent = caller_sets_user_agent(trail) ? "" : settings->http_user_agent,
        .pin = &pin,
        .verify_tls = settings->http_verify_tls,
        .alpn_http1 = true,
        .connect_deadline_ms = dial_connect_deadline(dial),
        .body_max_bytes = trail->body_max_bytes,
    };
    fetch_start(check->env->fetch, &request, &check->children, trail->deadline_ms, on_fetched,
                trail);
}
