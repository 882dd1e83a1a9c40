#include "support/fake_tls.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <stdlib.h>

struct tls {
    struct loop *loop;
    size_t pending;
};

struct tls_job {
    struct job job;
    struct tls *tls;
    struct fake_handshake *script;
    struct fake_tls_record *record;
    struct loop_timer connect_timer;  /* the connection is there */
    struct loop_timer deadline_timer; /* connect_deadline_ms */
    struct loop_timer delay_timer;    /* the handshake is over */
    bool is_connected;
    struct tls_result result;
    uint64_t started_us;
    tls_done_fn *done;
    void *arg;
};

struct record {
    struct fake_tls_record public;
    struct record *next;
};

/* Test support has one thread. */
static struct {
    struct arena *arena;
    struct fake_handshake *scripts;
    struct record *records;
    size_t pending;
} fake;

static void ensure_ready(void)
{
    if (!fake.arena)
        fake.arena = arena_new();
}

void fake_tls_reset(void)
{
    assert(fake.pending == 0);
    arena_free(fake.arena);
    fake.arena = NULL;
    fake.scripts = NULL;
    fake.records = NULL;
}

struct fake_handshake *fake_tls_handshake(const char *address)
{
    ensure_ready();
    struct fake_handshake *handshake = arena_alloc(fake.arena, sizeof *handshake);
    *handshake = (struct fake_handshake){
        .status = PEER_OK, .version = "TLSv1.3", .address = arena_strdup(fake.arena, address)};
    struct fake_handshake **end = &fake.scripts;
    while (*end)
        end = &(*end)->next;
    *end = handshake;
    return handshake;
}

void fake_handshake_alpn(struct fake_handshake *handshake, struct bytes alpn)
{
    handshake->has_alpn = true;
    handshake->alpn = arena_bytes(fake.arena, alpn);
}

void fake_handshake_certificate(struct fake_handshake *handshake, struct bytes certificate)
{
    handshake->certificate = arena_bytes(fake.arena, certificate);
}

/* The first unused script of the address, or its last one. */
static struct fake_handshake *find_script(const char *address)
{
    struct fake_handshake *last = NULL;
    for (struct fake_handshake *h = fake.scripts; h; h = h->next) {
        if (!str_eq(h->address, address))
            continue;
        last = h;
        if (h->used == 0)
            break;
    }
    return last;
}

static struct fake_handshake *take_script(const char *address)
{
    struct fake_handshake *script = find_script(address);
    if (!script)
        script = find_script(NULL);
    if (!script) {
        script = fake_tls_handshake("not scripted");
        script->status = PEER_LOCAL;
        script->error_text = "not scripted";
    }
    script->used++;
    return script;
}

size_t fake_tls_request_count(const struct tls *tls)
{
    size_t count = 0;
    for (const struct record *r = fake.records; r; r = r->next)
        count += !tls || r->public.tls == tls;
    return count;
}

const struct fake_tls_record *fake_tls_request(const struct tls *tls, size_t index)
{
    for (const struct record *r = fake.records; r; r = r->next)
        if ((!tls || r->public.tls == tls) && index-- == 0)
            return &r->public;
    return NULL;
}

size_t fake_tls_pending(const struct tls *tls)
{
    return tls ? tls->pending : fake.pending;
}

static struct fake_tls_record *add_record(const struct tls *tls, const struct tls_request *request,
                                          uint64_t deadline_ms)
{
    struct record *record = arena_alloc(fake.arena, sizeof *record);
    record->public = (struct fake_tls_record){.tls = tls,
                                              .request = *request,
                                              .at_ms = loop_now_ms(tls->loop),
                                              .deadline_ms = deadline_ms};
    struct tls_request *copy = &record->public.request;
    copy->address = arena_strdup(fake.arena, request->address);
    copy->sni = arena_strdup(fake.arena, request->sni);
    copy->alpn = arena_strdup(fake.arena, request->alpn);
    struct record **end = &fake.records;
    while (*end)
        end = &(*end)->next;
    *end = record;
    return &record->public;
}

struct tls *tls_new(struct loop *loop, struct err *err)
{
    (void)err;
    ensure_ready();
    struct tls *tls = xcalloc(1, sizeof *tls);
    tls->loop = loop;
    return tls;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    assert(tls->pending == 0);
    free(tls);
}

static struct tls_job *job_of(struct job *job)
{
    return LIST_ENTRY(job, struct tls_job, job);
}

static void stop(struct job *base)
{
    struct tls_job *job = job_of(base);
    loop_timer_stop(&job->connect_timer);
    loop_timer_stop(&job->deadline_timer);
    loop_timer_stop(&job->delay_timer);
}

static void fail(struct tls_job *job, enum peer_status status, const char *text)
{
    job->result.status = status;
    job->result.error_text = text;
}

static void on_deadline(struct job *base)
{
    struct tls_job *job = job_of(base);
    if (job->is_connected)
        fail(job, PEER_READ_TIMEOUT, "no complete TLS handshake in time");
    else
        fail(job, PEER_CONNECT_TIMEOUT, "no TCP connection in time");
}

static void deliver(struct job *base)
{
    struct tls_job *job = job_of(base);
    job->record->delivered = true;
    job->result.is_connected = job->is_connected;
    job->result.total_us = loop_now_us(job->tls->loop) - job->started_us;
    job->done(&job->result, job->arg);
}

static void free_job(struct job *base)
{
    struct tls_job *job = job_of(base);
    job->tls->pending--;
    fake.pending--;
    job->record->cancelled = !job->record->delivered;
    free(job);
}

static void on_shaken(void *arg)
{
    struct tls_job *job = arg;
    const struct fake_handshake *script = job->script;
    if (script->status != PEER_OK) {
        fail(job, script->status, script->error_text ? script->error_text : "scripted");
        job->result.alpn_refused = script->alpn_refused;
    } else {
        job->result.error_text = "";
        job->result.version = script->version;
        job->result.certificate = script->certificate;
        job->result.alpn = script->has_alpn ? script->alpn : bytes_of(job->record->request.alpn);
    }
    job_finish(&job->job);
}

/* Starts a timer for something that may never happen. */
static void start_timer(struct tls_job *job, struct loop_timer *timer, uint64_t ms, loop_fn *fn)
{
    if (ms != FAKE_TLS_NEVER)
        loop_timer_start(job->tls->loop, timer, loop_now_ms(job->tls->loop) + ms, fn, job);
}

static void on_connected(void *arg)
{
    struct tls_job *job = arg;
    enum peer_status status = job->script->status;
    loop_timer_stop(&job->deadline_timer);
    if (status == PEER_CONNECT_FAILED || status == PEER_CONNECT_TIMEOUT || status == PEER_LOCAL) {
        on_shaken(job);
        return;
    }
    job->is_connected = true;
    job->result.connect_us = loop_now_us(job->tls->loop) - job->started_us;
    start_timer(job, &job->delay_timer, job->script->delay_ms, on_shaken);
}

static void on_connect_deadline(void *arg)
{
    struct tls_job *job = arg;
    fail(job, PEER_CONNECT_TIMEOUT, "no TCP connection in time");
    job_finish(&job->job);
}

struct tls_job *tls_start(struct tls *tls, const struct tls_request *request,
                          struct job_group *group, uint64_t deadline_ms, tls_done_fn *done,
                          void *arg)
{
    static const struct job_ops ops = {
        .stop = stop, .on_deadline = on_deadline, .deliver = deliver, .free = free_job};
    ensure_ready();
    struct tls_job *job = xcalloc(1, sizeof *job);
    job->tls = tls;
    job->script = take_script(request->address);
    job->record = add_record(tls, request, deadline_ms);
    job->started_us = loop_now_us(tls->loop);
    job->done = done;
    job->arg = arg;
    tls->pending++;
    fake.pending++;
    job_start(&job->job, &ops, tls->loop, group, deadline_ms);
    start_timer(job, &job->connect_timer, job->script->connect_ms, on_connected);
    if (request->connect_deadline_ms)
        loop_timer_start(tls->loop, &job->deadline_timer, request->connect_deadline_ms,
                         on_connect_deadline, job);
    return job;
}

void tls_cancel(struct tls_job *job)
{
    job_cancel(&job->job);
}
