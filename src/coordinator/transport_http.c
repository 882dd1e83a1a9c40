#include "coordinator/transport_http.h"

#include "base/mem.h"
#include "core/limits.h"
#include "wire/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MARGIN_SHARE = 10 };

struct transport_http {
    struct transport transport;
    struct loop *loop;
    struct fetch *fetch;
    const struct transport_http_settings *settings;
    struct fetch_header *headers; /* the static ones and ours */
    size_t header_count;
};

struct transport_job {
    struct job job;
    struct transport_http *http;
    struct transport_call *call;
    struct fetch_job *fetch;
    char timeout_text[24];
    struct transport_answer answer;
    transport_done_fn *done;
    void *arg;
};

static struct transport_job *of_job(struct job *job)
{
    return LIST_ENTRY(job, struct transport_job, job);
}

static void on_stop(struct job *job)
{
    struct transport_job *t = of_job(job);
    if (t->fetch)
        fetch_cancel(t->fetch);
    t->fetch = NULL;
}

static void set_timeout(struct transport_job *t)
{
    t->answer = (struct transport_answer){.status = TRANSPORT_TIMEOUT,
                                          .text = "TimeoutError: no answer within the time limit"};
}

static void on_deadline(struct job *job)
{
    set_timeout(of_job(job));
}

static void on_deliver(struct job *job)
{
    of_job(job)->done(&of_job(job)->answer, of_job(job)->arg);
}

static void on_free(struct job *job)
{
    free(of_job(job));
}

static const struct job_ops http_job_ops = {
    .stop = on_stop, .on_deadline = on_deadline, .deliver = on_deliver, .free = on_free};

static void set_invalid(struct transport_job *t, const char *text)
{
    t->answer = (struct transport_answer){.status = TRANSPORT_INVALID,
                                          .text = arena_strdup(t->call->arena, text)};
}

/* The HTTP status does not matter if the body is a complete answer: the reference sends 500 with
   plain negative results (wire contract B.1). */
static void read_answer(struct transport_job *t, const struct fetch_result *result)
{
    struct arena *arena = t->call->arena;
    struct check_result *decoded = arena_alloc(arena, sizeof *decoded);
    const struct wire_expectation expected = {.request = t->call->check,
                                              .perspective_code = t->http->settings->code};
    struct err err;
    if (result->body_cut)
        set_invalid(t, "the answer is larger than 1 MiB");
    else if (!wire_decode_check_result(result->body, &expected, arena, decoded, &err))
        set_invalid(t, arena_printf(arena, "HTTP status %d with an unusable answer: %s",
                                    result->status_code, err.text));
    else
        t->answer = (struct transport_answer){.status = TRANSPORT_OK, .result = decoded};
}

static void on_fetched(const struct fetch_result *result, void *arg)
{
    struct transport_job *t = arg;
    t->fetch = NULL;
    switch (result->status) {
    case FETCH_OK:
        read_answer(t, result);
        break;
    case FETCH_CONNECT_TIMEOUT:
    case FETCH_READ_TIMEOUT:
        set_timeout(t);
        break;
    case FETCH_CONNECT_FAILED:
    case FETCH_DISCONNECTED:
    case FETCH_TLS_FAILED:
    case FETCH_PROTOCOL:
    case FETCH_LOCAL:
        /* The text of the library may hold internal addresses: it goes to the log, not to the
         * caller. */
        t->answer = (struct transport_answer){.status = TRANSPORT_UNREACHABLE,
                                              .text = fetch_status_str(result->status)};
        break;
    }
    job_finish(&t->job);
}

/*
 * How long the perspective may take: a little less than we wait, so that it can say what it was
 * waiting for before we have to guess. The reference ignores the header.
 */
static const struct fetch_header *with_timeout(struct transport_job *t, uint64_t deadline_ms)
{
    struct transport_http *http = t->http;
    uint64_t now_ms = loop_now_ms(http->loop);
    uint64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;
    uint64_t margin_ms = left_ms / TIMEOUT_MARGIN_SHARE;
    snprintf(t->timeout_text, sizeof t->timeout_text, "%llu",
             (unsigned long long)(left_ms - margin_ms));
    struct fetch_header *headers =
        arena_array(t->call->arena, http->header_count + 1, sizeof *headers);
    memcpy(headers, http->headers, http->header_count * sizeof *headers);
    headers[http->header_count] = (struct fetch_header){"Mpic-Timeout-Ms", t->timeout_text};
    return headers;
}

static struct transport_job *start(struct transport *transport, struct transport_call *call,
                                   struct job_group *group, uint64_t deadline_ms,
                                   transport_done_fn *done, void *arg)
{
    struct transport_http *http = LIST_ENTRY(transport, struct transport_http, transport);
    struct transport_job *t = xcalloc(1, sizeof *t);
    t->http = http;
    t->call = call;
    t->done = done;
    t->arg = arg;
    job_start(&t->job, &http_job_ops, http->loop, group, deadline_ms);

    if (!call->encoded.p) {
        /* Every perspective gets the same body. */
        struct buf body = {0};
        wire_encode_check_request(call->check, &body);
        call->encoded = arena_bytes(call->arena, buf_bytes(&body));
        buf_clear(&body);
    }
    const struct fetch_request request = {
        .method = "POST",
        .url = call->check->check_type == CHECK_CAA ? http->settings->caa_url
                                                    : http->settings->dcv_url,
        .headers = with_timeout(t, deadline_ms),
        .header_count = http->header_count + 1,
        .body = call->encoded,
        .verify_tls = true,
        .tls = http->settings->tls,
        .body_max_bytes = LIMIT_REMOTE_RESPONSE_BYTES,
    };
    t->fetch = fetch_start(http->fetch, &request, NULL, deadline_ms, on_fetched, t);
    return t;
}

static void cancel(struct transport_job *t)
{
    job_cancel(&t->job);
}

static void free_transport(struct transport *transport)
{
    struct transport_http *http = LIST_ENTRY(transport, struct transport_http, transport);
    free(http->headers);
    free(http);
}

static const struct transport_ops http_ops = {
    .start = start, .cancel = cancel, .free = free_transport};

struct transport *transport_http_new(struct loop *loop, struct fetch *fetch,
                                     const struct transport_http_settings *settings)
{
    struct transport_http *http = xcalloc(1, sizeof *http);
    http->transport.ops = &http_ops;
    http->loop = loop;
    http->fetch = fetch;
    http->settings = settings;
    http->header_count = settings->header_count + 2;
    http->headers = xcalloc(http->header_count, sizeof *http->headers);
    http->headers[0] = (struct fetch_header){"Content-Type", "application/json"};
    http->headers[1] = (struct fetch_header){"Accept", "application/json"};
    for (size_t i = 0; i < settings->header_count; i++)
        http->headers[i + 2] = settings->headers[i];
    return &http->transport;
}
