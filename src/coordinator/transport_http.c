#include "coordinator/transport_http.h"

#include "base/limits.h"
#include "base/mem.h"
#include "core/corroboration/binding.h"
#include "core/names/url.h"
#include "crypto/random.h"
#include "wire/exchange.h"

#include <stdlib.h>
#include <string.h>

enum {
    STATUS_REQUEST_TIMEOUT = 408, /* RFC 9110 section 15.5.9: sent on an idle connection, too */
    OWN_HEADERS = 2               /* of each question: its time limit and its nonce */
};

struct transport_http {
    struct transport transport;
    struct loop *loop;
    struct fetch *fetch;
    struct names *names; /* NULL: libcurl looks names up */
    const struct transport_http_settings *settings;
    struct fetch_header *headers; /* the static ones and ours */
    size_t header_count;
};

struct transport_job {
    struct job job;
    struct transport_http *http;
    struct transport_call *call;
    struct fetch_job *fetch;
    uint64_t deadline_ms;
    bool is_repeated;
    struct answer_binding asked;
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

static void on_deliver(struct job *job)
{
    of_job(job)->done(&of_job(job)->answer, of_job(job)->arg);
}

static void on_free(struct job *job)
{
    free(of_job(job));
}

/* Without a deadline of its own: that of the transfer tells the two ways of being late apart. */
static const struct job_ops http_job_ops = {
    .stop = on_stop, .deliver = on_deliver, .free = on_free};

static void set_failed(struct transport_job *t, enum transport_status status, const char *text)
{
    t->answer.status = status;
    t->answer.text = arena_strdup(t->call->arena, text);
}

static struct wire_reading read_check(struct transport_job *t, const struct wire_reply *reply)
{
    struct check_result *decoded = arena_alloc(t->call->arena, sizeof *decoded);
    const struct wire_expectation expected = {.request = t->call->check,
                                              .perspective_code = t->http->settings->code,
                                              .binding = t->asked.present ? &t->asked : NULL};
    struct wire_reading reading = wire_read_check_reply(reply, &expected, t->call->arena, decoded);
    t->answer.result = reading.kind == WIRE_ANSWERED ? decoded : NULL;
    return reading;
}

static struct wire_reading read_observed(struct transport_job *t, const struct wire_reply *reply)
{
    struct observed *decoded = arena_alloc(t->call->arena, sizeof *decoded);
    const struct wire_observe_expectation expected = {.question = t->call->observation->question,
                                                      .perspective_code = t->http->settings->code,
                                                      .binding =
                                                          t->asked.present ? &t->asked : NULL};
    struct wire_reading reading =
        wire_read_observe_reply(reply, &expected, t->call->arena, decoded);
    t->answer.seen = reading.kind == WIRE_ANSWERED ? decoded : NULL;
    return reading;
}

static void read_answer(struct transport_job *t, const struct fetch_result *result)
{
    static const enum transport_status statuses[] = {[WIRE_ANSWERED] = TRANSPORT_OK,
                                                     [WIRE_BUSY] = TRANSPORT_BUSY,
                                                     [WIRE_UNUSABLE] = TRANSPORT_INVALID};
    const struct wire_reply reply = {result->status_code, result->body, result->body_cut};
    struct wire_reading reading = (t->call->check ? read_check : read_observed)(t, &reply);
    t->answer.status = statuses[reading.kind];
    t->answer.text = reading.text;
}

static void note_failure(struct transport_job *t, const struct fetch_result *result)
{
    static const char late[] = "TimeoutError: no answer within the time limit";
    switch (result->status) {
    case PEER_OK:
        break;
    case PEER_CONNECT_TIMEOUT:
        set_failed(t, TRANSPORT_UNREACHABLE, late);
        break;
    case PEER_READ_TIMEOUT:
        set_failed(t, TRANSPORT_TIMEOUT, late);
        break;
    case PEER_CONNECT_FAILED:
    case PEER_TLS_FAILED:
    case PEER_LOCAL:
        set_failed(t, TRANSPORT_UNREACHABLE, peer_status_str(result->status));
        break;
    case PEER_DISCONNECTED:
    case PEER_NOT_HTTP:
        set_failed(t, TRANSPORT_CUT, peer_status_str(result->status));
        break;
    }
    /* What the library says may hold internal addresses: it goes to the log, not to the caller. */
    bool has_library_text = result->library_text && result->library_text[0];
    t->answer.log_text =
        arena_strdup(t->call->arena, has_library_text ? result->library_text : result->error_text);
}

static void ask(struct transport_job *t, enum fetch_reuse reuse);

/* The other side had given up the kept connection before it saw the question. */
static bool died_on_kept_connection(const struct fetch_result *result)
{
    if (!result->was_kept)
        return false;
    return result->status == PEER_DISCONNECTED
               ? result->is_unanswered
               : result->has_response && result->status_code == STATUS_REQUEST_TIMEOUT;
}

static void on_fetched(const struct fetch_result *result, void *arg)
{
    struct transport_job *t = arg;
    t->fetch = NULL;
    if (!t->is_repeated && died_on_kept_connection(result)) {
        t->is_repeated = true;
        ask(t, FETCH_FRESH);
        return;
    }
    if (result->status == PEER_OK)
        read_answer(t, result);
    else
        note_failure(t, result);
    /* Whatever else comes on that connection may belong to another question, too. */
    if (t->answer.status == TRANSPORT_INVALID)
        fetch_drop(t->http->fetch, result->connection);
    job_finish(&t->job);
}

static const char *timeout_text(const struct transport_job *t)
{
    uint64_t timeout_ms = wire_timeout_ms(loop_now_ms(t->http->loop), t->deadline_ms);
    return arena_printf(t->call->arena, "%llu", (unsigned long long)timeout_ms);
}

/* The static ones, and those of this question. */
static const struct fetch_header *make_headers(const struct transport_job *t, size_t *count)
{
    const struct transport_http *http = t->http;
    struct fetch_header *headers =
        arena_array(t->call->arena, http->header_count + OWN_HEADERS, sizeof *headers);
    memcpy(headers, http->headers, http->header_count * sizeof *headers);
    *count = http->header_count;
    headers[(*count)++] = (struct fetch_header){WIRE_TIMEOUT_HEADER, timeout_text(t)};
    if (t->asked.present)
        headers[(*count)++] = (struct fetch_header){BINDING_NONCE_HEADER, t->asked.nonce};
    return headers;
}

static const char *url_of(const struct transport_job *t)
{
    const struct transport_http_settings *settings = t->http->settings;
    if (!t->call->check)
        return settings->observe_url;
    return t->call->check->check_type == CHECK_CAA ? settings->caa_url : settings->dcv_url;
}

/* False: the host is a name that nobody knows an address of. */
static bool find_addresses(const struct transport_job *t, const char *url,
                           struct fetch_addresses *out)
{
    struct url parsed;
    struct err err;
    *out = (struct fetch_addresses){0};
    if (!t->http->names || !url_parse(bytes_of(url), t->call->arena, &parsed, &err) ||
        parsed.host_is_address)
        return true;
    out->host = parsed.host;
    out->port = parsed.port;
    out->list = names_get(t->http->names, parsed.host, t->call->arena);
    return out->list.count > 0;
}

static void ask(struct transport_job *t, enum fetch_reuse reuse)
{
    const struct transport_http *http = t->http;
    struct fetch_request request = {
        .method = "POST",
        .url = url_of(t),
        .body = t->call->encoded,
        .verify_tls = true,
        .tls = http->settings->tls,
        .reuse = reuse,
        .body_max_bytes = LIMIT_REMOTE_RESPONSE_BYTES,
    };
    struct fetch_addresses addresses;
    if (!find_addresses(t, request.url, &addresses)) {
        set_failed(t, TRANSPORT_UNREACHABLE, "its host name is not known");
        t->answer.log_text = "the system's resolver has no address for the host of its URL";
        job_finish(&t->job);
        return;
    }
    request.addresses = addresses.host ? &addresses : NULL;
    request.headers = make_headers(t, &request.header_count);
    t->fetch = fetch_start(http->fetch, &request, NULL, t->deadline_ms, on_fetched, t);
}

/* Every perspective gets the same body. */
static void encode(struct transport_call *call)
{
    if (call->encoded.p)
        return;
    struct buf body = {0};
    if (call->check)
        wire_encode_check_request(call->check, &body);
    else
        wire_encode_observe_request(call->observation->request, &body);
    call->encoded = arena_bytes(call->arena, buf_bytes(&body));
    call->encoded_sha256 = binding_digest(call->arena, call->encoded);
    buf_clear(&body);
}

static struct answer_binding new_binding(const struct transport_call *call)
{
    uint8_t random[BINDING_NONCE_BYTES];
    random_bytes(random, sizeof random);
    return (struct answer_binding){.present = true,
                                   .nonce = binding_nonce(call->arena, random),
                                   .request_sha256 = call->encoded_sha256};
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
    t->deadline_ms = deadline_ms;
    job_start(&t->job, &http_job_ops, http->loop, group, JOB_NO_DEADLINE);
    if (!url_of(t)) {
        set_failed(t, TRANSPORT_INVALID, "the perspective has no url to ask observations at");
        job_finish(&t->job);
        return t;
    }
    encode(call);
    if (!http->settings->is_unbound)
        t->asked = new_binding(call);
    ask(t, http->settings->is_unbound ? FETCH_ALONE : FETCH_KEPT);
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

struct transport *transport_http_new(struct loop *loop, struct fetch *fetch, struct names *names,
                                     const struct transport_http_settings *settings)
{
    struct transport_http *http = xcalloc(1, sizeof *http);
    http->transport.ops = &http_ops;
    http->loop = loop;
    http->fetch = fetch;
    http->names = names;
    http->settings = settings;
    http->header_count = settings->header_count + 2;
    http->headers = xcalloc(http->header_count, sizeof *http->headers);
    http->headers[0] = (struct fetch_header){"Content-Type", "application/json"};
    http->headers[1] = (struct fetch_header){"Accept", "application/json"};
    for (size_t i = 0; i < settings->header_count; i++)
        http->headers[i + 2] = settings->headers[i];
    return &http->transport;
}
