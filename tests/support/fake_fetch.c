#include "support/fake_fetch.h"

#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <stdlib.h>

struct fetch {
    struct loop *loop;
    size_t pending;
};

struct fetch_job {
    struct job job;
    struct loop_timer timer; /* of the scripted connect, then of the scripted answer */
    struct fetch *fetch;
    struct fake_fetch_record *record;
    const struct fake_response *script; /* NULL: not scripted. Lives until fake_fetch_reset() */
    uint64_t started_us;
    uint64_t connected_us;
    bool is_connected;
    bool connect_timed_out;
    bool read_timed_out;
    fetch_done_fn *done;
    void *arg;
};

/* Test support has one thread. Records are pointers, because jobs keep them while the list grows.
 */
static struct {
    struct arena *arena;
    struct fake_response *responses;
    struct fake_fetch_record **records;
    size_t record_count;
    size_t pending;
    uint64_t dropped[FAKE_FETCH_DROPS_MAX];
    size_t drop_count;
} fake;

static struct arena *fake_arena(void)
{
    if (!fake.arena)
        fake.arena = arena_new();
    return fake.arena;
}

void fake_fetch_reset(void)
{
    assert(fake.pending == 0);
    arena_free(fake.arena);
    free(fake.records);
    fake.arena = NULL;
    fake.records = NULL;
    fake.responses = NULL;
    fake.record_count = 0;
    fake.drop_count = 0;
}

struct fake_response *fake_fetch_response(const char *url, const char *pin_address)
{
    struct fake_response *response = arena_alloc(fake_arena(), sizeof *response);
    *response = (struct fake_response){.status = PEER_OK,
                                       .status_code = 200,
                                       .url = arena_strdup(fake.arena, url),
                                       .pin_address = arena_strdup(fake.arena, pin_address)};
    struct fake_response **last = &fake.responses;
    while (*last)
        last = &(*last)->next;
    *last = response;
    return response;
}

void fake_response_header(struct fake_response *response, const char *name, const char *value)
{
    assert(response->header_count < FAKE_FETCH_HEADERS_MAX);
    response->headers[response->header_count++] = (struct fetch_header){
        .name = arena_strdup(fake_arena(), name),
        .value = arena_strdup(fake_arena(), value),
    };
}

void fake_response_body(struct fake_response *response, struct bytes body)
{
    response->body = arena_bytes(fake_arena(), body);
}

/* The script to use now: the first unused one of the URL and address, else the last of them. */
static struct fake_response *find(const char *url, const char *address)
{
    struct fake_response *last = NULL;
    for (struct fake_response *r = fake.responses; r; r = r->next) {
        if (!str_eq(r->url, url) || !str_eq(r->pin_address, address))
            continue;
        last = r;
        if (!r->used)
            break;
    }
    return last;
}

static const struct fake_response *take_script(const struct fetch_request *request)
{
    struct fake_response *script = NULL;
    if (request->pin)
        script = find(request->url, request->pin->address);
    if (!script)
        script = find(request->url, NULL);
    if (script)
        script->used++;
    return script;
}

static struct fake_fetch_record *
add_record(struct fetch *fetch, const struct fetch_request *request, uint64_t deadline_ms)
{
    struct fake_fetch_record *record = arena_alloc(fake_arena(), sizeof *record);
    record->fetch = fetch;
    record->request = fetch_request_copy(fake.arena, request);
    record->at_ms = loop_now_ms(fetch->loop);
    record->deadline_ms = deadline_ms;
    fake.records = xrealloc(fake.records, (fake.record_count + 1) * sizeof(void *));
    fake.records[fake.record_count++] = record;
    return record;
}

static struct fetch_job *op_of(struct job *job)
{
    return LIST_ENTRY(job, struct fetch_job, job);
}

static void on_stop(struct job *job)
{
    loop_timer_stop(&op_of(job)->timer);
}

static void on_job_deadline(struct job *job)
{
    struct fetch_job *op = op_of(job);
    op->connect_timed_out = !op->is_connected;
    op->read_timed_out = op->is_connected;
}

static void fill_peer(const struct fetch_job *op, struct fetch_result *result)
{
    const struct fetch_request *request = op->record->request;
    if (!op->is_connected)
        return;
    result->address = request->pin ? request->pin->address : op->script->address;
    result->port = request->pin ? request->pin->port : 0;
    result->tls_version = op->script->tls_version;
    result->connect_us = op->connected_us - op->started_us;
}

static void fill_response(const struct fetch_job *op, struct fetch_result *result)
{
    const struct fake_response *script = op->script;
    size_t max = op->record->request->body_max_bytes;
    assert(script->status_code || script->status != PEER_OK);
    result->was_kept = script->was_kept;
    result->connection = script->connection;
    result->is_unanswered = !script->status_code;
    result->status = script->status;
    if (script->status != PEER_OK)
        result->error_text = script->error_text ? script->error_text : "scripted failure";
    if (!script->status_code)
        return;
    result->has_response = true;
    result->status_code = script->status_code;
    result->reason = bytes_of(script->reason ? script->reason : "");
    result->headers = script->headers;
    result->header_count = script->header_count;
    result->body = script->body;
    if (result->body.n > max) {
        result->body.n = max;
        result->body_cut = true;
    }
}

static void deliver(struct job *job)
{
    struct fetch_job *op = op_of(job);
    struct fetch_result result = {.status = PEER_LOCAL,
                                  .error_text = "the test has no answer for this URL",
                                  .total_us = loop_now_us(op->fetch->loop) - op->started_us};
    fill_peer(op, &result);
    if (op->connect_timed_out) {
        result.status = PEER_CONNECT_TIMEOUT;
        result.error_text = "no connection in time";
    } else if (op->read_timed_out) {
        result.status = PEER_READ_TIMEOUT;
        result.error_text = "no complete answer in time";
    } else if (op->script) {
        fill_response(op, &result);
    }
    op->record->delivered = true;
    op->done(&result, op->arg);
}

static void free_op(struct job *job)
{
    struct fetch_job *op = op_of(job);
    op->fetch->pending--;
    fake.pending--;
    free(op);
}

static const struct job_ops ops = {
    .stop = on_stop, .on_deadline = on_job_deadline, .deliver = deliver, .free = free_op};

static void on_answer(void *arg)
{
    struct fetch_job *op = arg;
    job_finish(&op->job);
}

static bool is_connect_failure(enum peer_status status)
{
    return status == PEER_CONNECT_FAILED || status == PEER_CONNECT_TIMEOUT || status == PEER_LOCAL;
}

static void on_connected(void *arg)
{
    struct fetch_job *op = arg;
    struct loop *loop = op->fetch->loop;
    op->is_connected = !is_connect_failure(op->script->status);
    op->connected_us = loop_now_us(loop);
    uint64_t delay_ms = op->script->delay_ms;
    if (delay_ms != FAKE_FETCH_NEVER)
        loop_timer_start(loop, &op->timer, loop_now_ms(loop) + delay_ms, on_answer, op);
}

static void on_connect_deadline(void *arg)
{
    struct fetch_job *op = arg;
    op->connect_timed_out = true;
    job_finish(&op->job);
}

static void start_script(struct fetch_job *op)
{
    struct loop *loop = op->fetch->loop;
    uint64_t connect_deadline_ms = op->record->request->connect_deadline_ms;
    if (!op->script) {
        job_finish(&op->job);
        return;
    }
    uint64_t connect_ms = op->script->connect_ms;
    uint64_t at_ms = connect_ms == FAKE_FETCH_NEVER ? UINT64_MAX : loop_now_ms(loop) + connect_ms;
    if (connect_deadline_ms && at_ms > connect_deadline_ms)
        loop_timer_start(loop, &op->timer, connect_deadline_ms, on_connect_deadline, op);
    else if (at_ms != UINT64_MAX)
        loop_timer_start(loop, &op->timer, at_ms, on_connected, op);
}

struct fetch *fetch_new(struct loop *loop, struct err *err)
{
    (void)err;
    struct fetch *fetch = xcalloc(1, sizeof *fetch);
    fetch->loop = loop;
    return fetch;
}

void fetch_free(struct fetch *fetch)
{
    if (!fetch)
        return;
    assert(fetch->pending == 0);
    free(fetch);
}

struct fetch_job *fetch_start(struct fetch *fetch, const struct fetch_request *request,
                              struct job_group *group, uint64_t deadline_ms, fetch_done_fn *done,
                              void *arg)
{
    struct fetch_job *op = xcalloc(1, sizeof *op);
    op->fetch = fetch;
    op->record = add_record(fetch, request, deadline_ms);
    op->script = take_script(request);
    op->started_us = loop_now_us(fetch->loop);
    op->done = done;
    op->arg = arg;
    fetch->pending++;
    fake.pending++;
    job_start(&op->job, &ops, fetch->loop, group, deadline_ms);
    start_script(op);
    return op;
}

void fetch_cancel(struct fetch_job *job)
{
    job->record->cancelled = true;
    job_cancel(&job->job);
}

void fetch_drop(struct fetch *fetch, uint64_t connection)
{
    (void)fetch;
    assert(fake.drop_count < FAKE_FETCH_DROPS_MAX);
    fake.dropped[fake.drop_count++] = connection;
}

size_t fake_fetch_dropped(uint64_t connection)
{
    size_t count = 0;
    for (size_t i = 0; i < fake.drop_count; i++)
        count += fake.dropped[i] == connection;
    return count;
}

size_t fake_fetch_request_count(const struct fetch *fetch)
{
    size_t count = 0;
    for (size_t i = 0; i < fake.record_count; i++)
        count += !fetch || fake.records[i]->fetch == fetch;
    return count;
}

const struct fake_fetch_record *fake_fetch_request(const struct fetch *fetch, size_t index)
{
    for (size_t i = 0; i < fake.record_count; i++) {
        if (fetch && fake.records[i]->fetch != fetch)
            continue;
        if (index-- == 0)
            return fake.records[i];
    }
    return NULL;
}

size_t fake_fetch_asked(const struct fetch *fetch, const char *url)
{
    size_t count = 0;
    for (size_t i = 0; i < fake.record_count; i++) {
        const struct fake_fetch_record *record = fake.records[i];
        count += (!fetch || record->fetch == fetch) && str_eq(record->request->url, url);
    }
    return count;
}

size_t fake_fetch_pending(const struct fetch *fetch)
{
    return fetch ? fetch->pending : fake.pending;
}

const char *fetch_library_version(void)
{
    return "fake";
}
