/* What the files of the routes share. Private to them. */
#pragma once

#include "service/routes.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "core/corroboration/mpic.h"
#include "wire/wire.h"

#include <stdbool.h>

struct routes {
    struct routes_settings settings;
    struct job_group running;
    struct list exchanges; /* every one that waits for its answer */
    struct buf openapi;    /* the document with server.base_path; empty without one */
};

/* One request that waits for its answer. */
struct exchange {
    struct routes *routes;
    struct httpd_request *request;
    struct arena *arena;
    uint64_t started_us;
    struct mpic_request mpic;      /* of POST /mpic */
    struct check_request check;    /* of POST /caa and /dcv */
    struct answer_binding binding; /* likewise: what the answer repeats of the question */
    struct list link;
};

struct exchange *exchange_new(struct routes *routes, struct httpd_request *request);
void exchange_free(struct exchange *exchange);
/* check_request.caller; in the arena. */
const char *exchange_caller(const struct exchange *exchange);
/* Once for each request that asked somebody: how long it took. */
void exchange_count_duration(const struct exchange *exchange);
/* The log lines and counters of a response. */
void exchange_report(const struct exchange *exchange, const struct mpic_response *response);
/* BR 5.4.1: no record, no success. False if it could not be kept, which is logged: the answer is
 * routes_record_lost then, with status 500. */
bool exchange_record(const struct exchange *exchange,
                     const struct mpic_response *response) MUST_CHECK;
extern const char routes_record_lost[];

/* Answers with JSON, which is freed. */
void routes_reply(struct routes *routes, struct httpd_request *request, int status,
                  struct buf *body);
/* The same with status 503: nothing was decided, and it may be asked again. */
void routes_reply_busy(struct routes *routes, struct httpd_request *request, struct buf *body);
/* `check` NULL: the body did not become one. Messages of issues quote what was sent, tokens too, so
 * they are not logged. */
void routes_log_refused(const struct httpd_request *request, const char *issue,
                        const struct check_request *check);

/* The same with all issues: 400. Both are cleared, or borrowed. */
void routes_refuse_rules(struct routes *routes, struct httpd_request *request,
                         const struct rule_issues *issues);
void routes_refuse_body(struct routes *routes, struct httpd_request *request,
                        struct wire_issues *issues);
/* The coordinator's "Mpic-Timeout-Ms": until when it waits for us; JOB_NO_DEADLINE without one. */
uint64_t routes_asked_deadline(const struct routes *routes, const struct httpd_request *request);
/* The coordinator's "Mpic-Nonce", which the answer repeats; anything that is no nonce is none. */
struct answer_binding routes_binding(const struct exchange *exchange,
                                     const struct httpd_request *request);

/* service/observe_routes.c: POST /observe. */
void serve_observe(struct routes *routes, struct httpd_request *request);
/* service/draft_routes.c: POST /mpic/draft-00, and its refusal of what never became a request. */
void serve_draft(struct routes *routes, struct httpd_request *request);
void draft_refuse(struct routes *routes, struct httpd_request *request, const char *text);
