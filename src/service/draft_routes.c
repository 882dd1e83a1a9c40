/* POST /mpic/draft-00: the parts of a request are corroborated at the same time, and answered together. */
#include "service/routes_impl.h"

#include "base/str.h"
#include "wire/draft.h"
#include "wire/wire.h"

/* One of the corroborations that the answer waits for. */
struct part {
    struct draft *draft;
    struct mpic_job *job; /* NULL: it is over */
};

struct draft {
    struct exchange *exchange; /* which owns this, in its arena */
    struct draft_request request;
    struct draft_answer answer;
    struct part parts[DRAFT_PARTS_MAX];
    size_t waiting;
};

void draft_refuse(struct routes *routes, struct httpd_request *request, const char *text)
{
    struct buf body = {0};
    wire_encode_draft_error(text, &body);
    routes_reply(routes, request, 400, &body);
}

/* Every answer but that to a body which is no request. */
static void end(struct draft *draft, int status, struct buf *body)
{
    struct exchange *exchange = draft->exchange;
    for (size_t i = 0; i < draft->request.part_count; i++)
        if (draft->parts[i].job)
            mpic_cancel(draft->parts[i].job);
    exchange_count_duration(exchange);
    routes_reply(exchange->routes, exchange->request, status, body);
    exchange_free(exchange);
}

static void end_refused(struct draft *draft, const struct check_request *check,
                        const struct rule_issues *issues)
{
    struct buf body = {0};
    routes_log_refused(draft->exchange->request, issues->items[0].issue_type, check);
    wire_encode_draft_refusal(issues, &body);
    end(draft, 400, &body);
}

/* Each part has a record of its own, as if it had been asked for at /mpic: the draft's answer has no
 * evidence in it. */
static bool keep_records(const struct draft *draft)
{
    bool all = true;
    for (size_t i = 0; i < draft->answer.part_count; i++)
        all = exchange_record(draft->exchange, draft->answer.parts[i]) && all;
    return all;
}

static void end_answered(struct draft *draft)
{
    struct buf body = {0};
    for (size_t i = 0; i < draft->answer.part_count; i++)
        exchange_report(draft->exchange, draft->answer.parts[i]);
    bool is_kept = keep_records(draft);
    if (is_kept)
        wire_encode_draft_answer(&draft->answer, draft->exchange->arena, &body);
    else
        wire_encode_draft_error(routes_record_lost, &body);
    end(draft, is_kept ? 200 : 500, &body);
}

static void on_corroborated(const struct mpic_outcome *outcome, void *arg)
{
    struct part *part = arg;
    part->job = NULL;
    struct draft *draft = part->draft;
    size_t index = (size_t)(part - draft->parts);
    struct buf body = {0};
    switch (outcome->kind) {
    case MPIC_RAN:
        draft->answer.parts[index] = outcome->response;
        if (--draft->waiting == 0)
            end_answered(draft);
        return;
    case MPIC_REFUSED:
        end_refused(draft, &draft->request.parts[index].check, outcome->issues);
        return;
    case MPIC_BUSY:
        wire_encode_draft_error(outcome->error_text, &body);
        end(draft, 503, &body);
        return;
    case MPIC_NO_COHORT:
        LOG(LOG_ERROR, "no cohort", {"reason", outcome->error_text});
        wire_encode_draft_error(outcome->error_text, &body);
        end(draft, 500, &body);
        return;
    }
}

/* False if it was refused. No part has a match_regex. What breaks a rule in one part must not let the other ask anybody. */
static bool check_parts(struct draft *draft)
{
    struct rule_issues issues = {0};
    for (size_t i = 0; i < draft->request.part_count; i++) {
        const struct check_request *check = &draft->request.parts[i].check;
        request_check_parameters(check, NULL, draft->exchange->arena, &issues);
        if (issues.count > 0) {
            end_refused(draft, check, &issues);
            return false;
        }
    }
    return true;
}

static void start_parts(struct draft *draft)
{
    struct routes *routes = draft->exchange->routes;
    draft->waiting = draft->answer.part_count = draft->request.part_count;
    for (size_t i = 0; i < draft->request.part_count; i++) {
        struct part *part = &draft->parts[i];
        part->draft = draft;
        draft->request.parts[i].check.caller = exchange_caller(draft->exchange);
        part->job = mpic_start(routes->settings.coordinator, &draft->request.parts[i],
                               draft->exchange->arena, &routes->running, on_corroborated, part);
    }
}

void serve_draft(struct routes *routes, struct httpd_request *request)
{
    struct exchange *exchange = exchange_new(routes, request);
    struct draft *draft = arena_alloc(exchange->arena, sizeof *draft);
    struct err err;
    draft->exchange = exchange;
    if (!wire_decode_draft_request(httpd_body(request), exchange->arena, &draft->request, &err)) {
        routes_log_refused(request, "body", NULL);
        draft_refuse(routes, request, err.text);
        exchange_free(exchange);
        return;
    }
    draft->answer.retrieves = draft->request.retrieves;
    if (check_parts(draft))
        start_parts(draft);
}
