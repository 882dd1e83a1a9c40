/*
 * website-change and acme-http-01 (BR 3.2.2.4.18, BR 3.2.2.4.19, RFC 8555 section 8.3): the URL is
 * fetched along its redirects (check/trail.h), and the final response judged.
 */
#include "base/str.h"
#include "check/trail.h"
#include "core/http_body.h"
#include "core/report.h"
#include "crypto/digest.h"

static const struct dcv_params *params_of(const struct check_job *check)
{
    return &check->request->dcv;
}

void http_collect(struct check_job *check)
{
    if (check->state)
        trail_report(check->state, &check->result->details.http);
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

static void judge_response(struct check_job *check, const struct fetch_result *result)
{
    const struct http_final final = {
        .status_code = result->status_code,
        .content_encoding = content_encoding_of(result, check->arena),
        .body = result->body,
        .is_longer = result->body_cut,
    };
    struct http_judgement judgement = http_body_judge(params_of(check), &final, check->arena);
    if (judgement.problem != PROBLEM_NONE) {
        check_finish_problem(check, judgement.problem, judgement.text);
        return;
    }
    check_finish_pass(check, NULL);
}

/* What came belongs to the evidence, whatever becomes of it: of the last hop that answered. */
static void on_response(struct trail *trail, const struct fetch_result *result)
{
    struct check_job *check = trail->check;
    struct http_details *details = &check->result->details.http;
    size_t page = http_body_page_bytes(params_of(check));
    struct bytes shown = {result->body.p, result->body.n < page ? result->body.n : page};
    /* The first, as Open MPIC has it; the last one is final_url. */
    details->response_url = url_format(&trail->first, check->arena);
    details->response_status_code = OPT_INT(result->status_code);
    details->response_page = base64_format(check->arena, shown);
    details->body_bytes = OPT_INT((int64_t)result->body.n);
}

static void on_end(struct trail *trail, const struct trail_end *end)
{
    if (end->problem != PROBLEM_NONE)
        check_finish_problem(trail->check, end->problem, end->text);
    else
        judge_response(trail->check, end->response);
}

static void make_url(const struct check_job *check, struct url *url)
{
    const struct dcv_params *params = params_of(check);
    if (params->method == DCV_ACME_HTTP_01)
        url_of_http_01(check->target, params->token, check->arena, url);
    else
        url_of_website_change(check->target, params->url_scheme, params->http_token_path,
                              check->arena, url);
}

void http_run(struct check_job *check)
{
    const struct dcv_params *params = params_of(check);
    struct trail *trail = arena_alloc(check->arena, sizeof *trail);
    uint64_t own_ms = loop_now_ms(check->env->loop) + check->env->settings->http_timeout_ms;
    *trail = (struct trail){
        .check = check,
        .deadline_ms = own_ms < check->deadline_ms ? own_ms : check->deadline_ms,
        .headers = params->http_headers,
        .header_count = params->http_header_count,
        .challenge_value = params->method == DCV_WEBSITE_CHANGE ? params->challenge_value : NULL,
        .body_max_bytes = http_body_limit(params),
        .on_response = on_response,
        .done = on_end,
    };
    make_url(check, &trail->first);
    check->state = trail;
    trail_start(trail);
}
