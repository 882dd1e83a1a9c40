/*
 * website-change and acme-http-01 (BR 3.2.2.4.18, BR 3.2.2.4.19, RFC 8555 section 8.3).
 *
 *   STARTING --> FOLLOWING the URL (check/trail.h) --(final response)--> JUDGING --> concluded
 *                    \                                                    \--(match_regex)--> SEARCHING
 *                     \--(no response)--> concluded                            --> concluded
 */
#include "base/str.h"
#include "check/expression.h"
#include "check/trail.h"
#include "core/rules/http_reason.h"
#include "core/rules/report.h"
#include "crypto/digest.h"

enum { STARTING, FOLLOWING, JUDGING, SEARCHING };

/* A final response, and what is thought of it so far. */
struct judging {
    struct http_final final;
    struct http_place place;
    struct http_judgement judgement;
};

struct site {
    struct trail trail;
    const struct trail_end *end; /* borrowed while it is judged */
    struct judging judging;      /* while match_regex is searched for in it */
};

static struct site *site_of(const struct check_job *check)
{
    return check->data;
}

static const struct dcv_params *params_of(const struct check_job *check)
{
    return &check->request->dcv;
}

static void collect(struct check_job *check)
{
    if (check->data)
        trail_report(&site_of(check)->trail, &check->result->details.http);
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

/* The beginning of the body: at least what Open MPIC shows, and all that the verdict rests on. */
static void store_page(struct check_job *check, struct bytes body, size_t seen_bytes)
{
    size_t page = http_body_page_bytes(params_of(check));
    if (page < seen_bytes)
        page = seen_bytes;
    struct bytes shown = {body.p, body.n < page ? body.n : page};
    check->result->details.http.response_page = base64_format(check->arena, shown);
}

static void conclude(struct check_job *check, const struct judging *judging,
                     const struct http_judgement *judgement)
{
    if (judgement->problem != PROBLEM_NONE) {
        check_finish_explained(check, judgement->problem, judgement->text,
                               http_reason(params_of(check), &judging->final, judgement,
                                           &judging->place, check->arena));
        return;
    }
    store_page(check, judging->final.body, judgement->seen_bytes);
    check_finish_pass(check, NULL);
}

static void on_searched(struct check_job *check, const struct regex_task *task)
{
    const struct judging *judging = &site_of(check)->judging;
    struct http_judgement judgement =
        task ? http_body_conclude(&judging->judgement, task->outcome, task->end)
             : http_body_give_up();
    conclude(check, judging, &judgement);
}

/* The response is gone when the search is over. */
static void enter_searching(struct check_job *check)
{
    struct http_final *final = &site_of(check)->judging.final;
    const struct bytes to_search = site_of(check)->judging.judgement.to_search;
    expression_search(check, params_of(check)->match_regex, to_search, on_searched);
    final->reason = arena_bytes(check->arena, final->reason);
    final->content_encoding = arena_strdup(check->arena, final->content_encoding);
    final->body = arena_bytes(check->arena, final->body);
}

static void enter_judging(struct check_job *check)
{
    const struct trail_end *end = site_of(check)->end;
    const struct fetch_result *result = end->response;
    struct judging *judging = &site_of(check)->judging;
    *judging = (struct judging){
        .place = {end->url, end->address},
        .final = {.status_code = result->status_code,
                  .reason = result->reason,
                  .content_encoding = content_encoding_of(result, check->arena),
                  .body = result->body,
                  .is_longer = result->body_cut},
    };
    judging->judgement = http_body_judge(params_of(check), &judging->final, check->arena);
    if (judging->judgement.to_search.n > 0)
        check_enter(check, SEARCHING);
    else
        conclude(check, judging, &judging->judgement);
}

/* What came belongs to the evidence, whatever becomes of it: of the last hop that answered. */
static void on_response(struct trail *trail, const struct fetch_result *result)
{
    struct check_job *check = trail->check;
    struct http_details *details = &check->result->details.http;
    /* The first, as Open MPIC has it; the last one is final_url. */
    details->response_url = url_format(&trail->first, check->arena);
    details->response_status_code = OPT_INT(result->status_code);
    store_page(check, result->body, 0);
    details->body_bytes = OPT_INT((int64_t)result->body.n);
}

static void on_end(struct trail *trail, const struct trail_end *end)
{
    if (end->problem != PROBLEM_NONE) {
        check_finish_explained(trail->check, end->problem, end->text, end->reason);
        return;
    }
    site_of(trail->check)->end = end;
    check_enter(trail->check, JUDGING);
}

static void make_url(const struct check_job *check, struct url *url)
{
    const struct dcv_params *params = params_of(check);
    if (method_get(params->method)->page == PAGE_IS_KEY_AUTHORIZATION)
        url_of_http_01(check->target, params->token, check->arena, url);
    else
        url_of_website_change(check->target, params->url_scheme, params->http_token_path,
                              check->arena, url);
}

static void enter_starting(struct check_job *check)
{
    const struct dcv_params *params = params_of(check);
    struct site *site = arena_alloc(check->arena, sizeof *site);
    struct trail *trail = &site->trail;
    *trail = (struct trail){
        .check = check,
        .deadline_ms = check_connection_deadline(check),
        .headers = params->http_headers,
        .header_count = params->http_header_count,
        .challenge_value = method_get(params->method)->page == PAGE_HOLDS_CHALLENGE
                               ? params->challenge_value
                               : NULL,
        .body_max_bytes = http_body_limit(params),
        .on_response = on_response,
        .done = on_end,
    };
    make_url(check, &trail->first);
    check->data = site;
    check_enter(check, FOLLOWING);
}

static void enter_following(struct check_job *check)
{
    trail_start(&site_of(check)->trail);
}

static const struct check_state states[] = {[STARTING] = {"starting", enter_starting},
                                            [FOLLOWING] = {"following the URL", enter_following},
                                            [JUDGING] = {"judging", enter_judging},
                                            [SEARCHING] = {"searching", enter_searching}};

const struct check_machine http_machine = {states, collect};
