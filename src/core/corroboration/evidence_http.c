/* Did an HTTP check fetch what was asked for, along redirects that may be followed? */
#include "core/corroboration/evidence_parts.h"

#include "base/str.h"
#include "core/names/url.h"
#include "core/rules/http_body.h"
#include "core/rules/redirect.h"
#include "crypto/digest.h"

/* --- the first URL ---------------------------------------------------------------------------- */

static bool is_key_authorization(const struct evidence_judge *j)
{
    return method_get(j->request->dcv.method)->page == PAGE_IS_KEY_AUTHORIZATION;
}

static bool make_url(const struct evidence_judge *j, struct url *url)
{
    const struct dcv_params *params = &j->request->dcv;
    bool is_acme = is_key_authorization(j);
    if (j->target->is_wildcard || !(is_acme ? params->token : params->http_token_path))
        return false; /* no request that is sent to anybody */
    if (is_acme)
        url_of_http_01(j->target, params->token, j->arena, url);
    else
        url_of_website_change(j->target, params->url_scheme, params->http_token_path, j->arena,
                              url);
    return true;
}

/* Whatever follows the host that an address bar would hide, such as "@", makes it no URL of ours. */
static bool is_asked_url(const struct evidence_judge *j, const char *text)
{
    struct url seen, asked;
    struct err err;
    return url_parse(bytes_of(text), j->arena, &seen, &err) && make_url(j, &asked) &&
           str_eq(url_format(&seen, j->arena), url_format(&asked, j->arena));
}

/* --- the hops --------------------------------------------------------------------------------- */

static bool has_lab_ports(const struct evidence_judge *j)
{
    return evidence_has_policy(j, "http.http_port") || evidence_has_policy(j, "http.https_port");
}

static bool is_same_int(struct opt_int a, int64_t b)
{
    return !a.present || a.value == b;
}

static const char *judge_hop(const struct evidence_judge *j, const struct http_hop *hop,
                             struct url *url)
{
    struct err err;
    if (!hop->url || !url_parse(bytes_of(hop->url), j->arena, url, &err))
        return "one of hops has no URL";
    if (hop->tls_version &&
        (url->scheme != SCHEME_HTTPS || !evidence_is_tls_version(hop->tls_version)))
        return arena_printf(j->arena, "the tls_version of %s is %s, which does not fit",
                            evidence_show(j, hop->url), evidence_show(j, hop->tls_version));
    return evidence_of_connection(j, url->host, &hop->connection);
}

/* Hop `i` led to hop `to`, by a redirect that may be followed (BR 3.2.2.4.18, .19). */
static const char *judge_redirect(const struct evidence_judge *j, size_t i, const struct url *from,
                                  const struct url *to, const char *const *visited)
{
    const struct http_details *http = &j->result->details.http;
    const struct redirect_report *report = &http->response_history[i];
    const struct redirect_query query = {
        .from = from,
        .status_code = (int)report->status_code,
        .locations = &report->url,
        .location_count = 1,
        .visited = visited,
        .visited_count = i + 1,
        .http_port = has_lab_ports(j) ? to->port : 80,
        .https_port = 443,
        .challenge_value = is_key_authorization(j) ? NULL : j->request->dcv.challenge_value,
    };
    const struct redirect_decision decision = redirect_decide(&query, j->arena);
    if (decision.problem != PROBLEM_NONE)
        return arena_printf(j->arena, "response_history has what may not be followed: %s",
                            decision.text);
    if (!is_same_int(http->hops[i].status_code, report->status_code))
        return "response_history and hops differ in a status_code";
    return str_eq(url_format(&decision.to, j->arena), url_format(to, j->arena))
               ? NULL
               : "response_history does not lead along hops";
}

static const char *judge_hops(const struct evidence_judge *j)
{
    const struct http_details *http = &j->result->details.http;
    struct url from, to;
    const char *visited[REDIRECTS_MAX + 1];
    if (http->hop_count > REDIRECTS_MAX + 1 || http->hop_count != http->response_history_count + 1)
        return "response_history and hops differ in length";
    for (size_t i = 0; i < http->hop_count; i++) {
        const char *fault = judge_hop(j, &http->hops[i], &to);
        if (!fault && i > 0)
            fault = judge_redirect(j, i - 1, &from, &to, visited);
        if (fault)
            return fault;
        visited[i] = url_format(&to, j->arena);
        from = to;
    }
    const struct http_hop *last = &http->hops[http->hop_count - 1];
    if (http->final_url && !str_eq(http->final_url, last->url))
        return evidence_elsewhere(j, "final_url", http->final_url);
    if (http->response_status_code.present &&
        !is_same_int(last->status_code, http->response_status_code.value))
        return "response_status_code is not that of the last of hops";
    return is_asked_url(j, http->hops[0].url)
               ? NULL
               : evidence_elsewhere(j, "the first of hops", http->hops[0].url);
}

/* As far as it can be told where the hops are not: of Open MPIC's perspectives, which judge the same. */
static const char *judge_history(const struct evidence_judge *j)
{
    const struct http_details *http = &j->result->details.http;
    if (http->response_history_count > REDIRECTS_MAX)
        return "response_history is too long";
    for (size_t i = 0; i < http->response_history_count; i++) {
        int64_t code = http->response_history[i].status_code;
        if (code != 301 && code != 302 && code != 307 && code != 308)
            return "response_history has a status_code that may not be followed";
    }
    return NULL;
}

/* --- the page --------------------------------------------------------------------------------- */

/* The page holds what was asked for, as far as it is told; match_regex may need more of it, and is too costly
 * to be searched for again. */
static bool may_prove(const struct evidence_judge *j, struct bytes page)
{
    struct dcv_params params = j->request->dcv;
    const struct http_final final = {.status_code = 200, .body = page};
    params.match_regex = NULL;
    bool asks_for_nothing =
        !is_key_authorization(j) && (!params.challenge_value || !*params.challenge_value);
    return asks_for_nothing || http_body_judge(&params, &final, j->arena).problem == PROBLEM_NONE;
}

static const char *judge_page(const struct evidence_judge *j)
{
    const struct http_details *http = &j->result->details.http;
    struct bytes page;
    if (!http->response_page)
        return NULL;
    /* Open MPIC's description has the text itself there, its perspectives send base64. */
    bool is_base64 = base64_parse(j->arena, http->response_page, &page);
    if (!(is_base64 && may_prove(j, page)) && !may_prove(j, bytes_of(http->response_page)))
        return "response_page does not hold what was asked for";
    if (http->body_bytes.present && is_base64 && http->body_bytes.value < (int64_t)page.n)
        return "body_bytes are fewer than response_page has";
    return NULL;
}

static const char *judge_size(const struct evidence_judge *j)
{
    const struct dcv_params *params = &j->request->dcv;
    const struct opt_int *bytes = &j->result->details.http.body_bytes;
    bool must_be_whole = is_key_authorization(j) || params->match_regex;
    if (bytes->present && must_be_whole && bytes->value > (int64_t)http_body_limit(params))
        return "body_bytes are more than can be judged";
    return NULL;
}

const char *evidence_of_http(const struct evidence_judge *j)
{
    const struct http_details *http = &j->result->details.http;
    const struct opt_int *status = &http->response_status_code;
    /* BR 3.2.2.4.18(2), .19: a 2xx status; 206 is a part of a page. */
    if (status->present && (status->value < 200 || status->value > 299 || status->value == 206))
        return "response_status_code is no success";
    if (http->response_url && !is_asked_url(j, http->response_url))
        return evidence_elsewhere(j, "response_url", http->response_url);
    const char *fault = http->hop_count > 0 ? judge_hops(j) : judge_history(j);
    if (!fault)
        fault = judge_size(j);
    return fault ? fault : judge_page(j);
}
