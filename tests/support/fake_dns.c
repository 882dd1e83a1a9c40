#include "support/fake_dns.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct dns {
    struct loop *loop;
    struct dns_settings settings;
    size_t pending;
    uint64_t fresh_count;
    size_t accounts;
    struct list in_instances;
};

struct dns_job {
    struct job job;
    struct loop_timer delay;
    struct dns *dns;
    const struct fake_answer
        *script; /* lives until fake_dns_reset(), which asserts that no job is left */
    char *name;
    uint16_t type;
    bool timed_out;
    enum dns_end end_at_deadline;
    uint64_t started_us;
    dns_done_fn *done;
    void *arg;
};

/* Test support has one thread; scripts must be there before the code under test makes its dns. */
static struct {
    struct arena *arena;
    struct fake_answer *answers;
    struct fake_answer *fallback;
    struct fake_question *questions;
    size_t question_count;
    struct list instances;
} fake;

/* The caller is a test: running without fake_dns_reset() is fine. */
static void ensure_ready(void)
{
    if (fake.arena)
        return;
    fake.arena = arena_new();
    if (!fake.instances.next)
        list_init(&fake.instances);
    fake_dns_set_default(DNS_SERVFAIL, DNSSEC_INDETERMINATE);
}

void fake_dns_reset(void)
{
    if (fake.instances.next)
        assert(fake_dns_pending(NULL) == 0);
    arena_free(fake.arena);
    fake.arena = NULL;
    fake.answers = NULL;
    free(fake.questions);
    fake.questions = NULL;
    fake.question_count = 0;
}

static char *plain_name(const char *name)
{
    char *plain = arena_strdup(fake.arena, name);
    size_t n = strlen(plain);
    for (size_t i = 0; i < n; i++)
        plain[i] = ascii_lower(plain[i]);
    if (n > 1 && plain[n - 1] == '.')
        plain[n - 1] = '\0';
    return plain;
}

/* The RCODE of the packet; -1: no packet comes with this status. */
static int usual_rcode(enum dns_outcome status)
{
    switch (status) {
    case DNS_OK:
    case DNS_NODATA:
    case DNS_BOGUS:
    case DNS_FILTERED:
        return 0;
    case DNS_SERVFAIL:
        return 2;
    case DNS_NXDOMAIN:
        return 3;
    case DNS_REFUSED:
        return 5;
    case DNS_TIMEOUT:
    case DNS_ALIAS:
    case DNS_MALFORMED:
    case DNS_LOCAL:
        break;
    }
    return -1;
}

static struct fake_answer *new_answer(struct dns *dns, const char *name, uint16_t type,
                                      enum dns_outcome status)
{
    struct fake_answer *answer = arena_alloc(fake.arena, sizeof *answer);
    int rcode = usual_rcode(status);
    *answer = (struct fake_answer){.dns = dns,
                                   .name = plain_name(name),
                                   .type = type,
                                   .status = status,
                                   .has_rcode = rcode >= 0,
                                   .rcode = rcode >= 0 ? rcode : 0,
                                   .ttl_s = 300,
                                   .reason = status == DNS_OK ? "" : "scripted"};
    answer->owner = answer->name;
    bool is_rcode = status == DNS_SERVFAIL || status == DNS_REFUSED;
    answer->cause = is_rcode ? DNS_CAUSE_RCODE : DNS_CAUSE_NONE;
    answer->end = status == DNS_TIMEOUT ? DNS_END_TIMEOUT : DNS_END_RESOLVER;
    if (status == DNS_OK || status == DNS_NODATA || status == DNS_NXDOMAIN)
        answer->dnssec = DNSSEC_SECURE;
    else
        answer->dnssec = status == DNS_BOGUS ? DNSSEC_BOGUS : DNSSEC_INDETERMINATE;
    return answer;
}

static struct fake_answer *find_exact(const struct dns *dns, const char *plain, uint16_t type,
                                      bool is_retry)
{
    for (struct fake_answer *a = fake.answers; a; a = a->next)
        if (a->dns == dns && a->type == type && a->is_retry == is_retry && str_eq(a->name, plain))
            return a;
    return NULL;
}

static struct fake_answer *add_answer(struct dns *dns, const char *name, uint16_t type,
                                      enum dns_outcome status, bool is_retry)
{
    ensure_ready();
    struct fake_answer *answer = new_answer(dns, name, type, status);
    answer->is_retry = is_retry;
    /* Newest first: it is the one that is found. */
    answer->next = fake.answers;
    fake.answers = answer;
    return answer;
}

struct fake_answer *fake_dns_answer(struct dns *dns, const char *name, uint16_t type,
                                    enum dns_outcome status)
{
    return add_answer(dns, name, type, status, false);
}

struct fake_answer *fake_dns_retry_answer(struct dns *dns, const char *name, uint16_t type,
                                          enum dns_outcome status)
{
    return add_answer(dns, name, type, status, true);
}

void fake_dns_set_default(enum dns_outcome status, enum dnssec_status security)
{
    ensure_ready();
    fake.fallback = new_answer(NULL, ".", 0, status);
    fake.fallback->dnssec = security;
    fake.fallback->reason = status == DNS_OK ? "" : "not scripted";
}

void fake_answer_record(struct fake_answer *answer, struct bytes rdata)
{
    struct dns_record record = {.owner = plain_name(answer->owner),
                                .type = answer->type,
                                .ttl_s = answer->ttl_s,
                                .rdata = arena_bytes(fake.arena, rdata)};
    assert(answer->record_count < FAKE_DNS_RECORDS_MAX);
    answer->records[answer->record_count++] = record;
}

static void add_rdata(struct fake_answer *answer, struct buf *rdata)
{
    fake_answer_record(answer, buf_bytes(rdata));
    buf_clear(rdata);
}

void fake_answer_caa(struct fake_answer *answer, uint8_t flags, const char *tag, const char *value)
{
    struct buf rdata = {0};
    size_t tag_bytes = strlen(tag);
    assert(tag_bytes <= UINT8_MAX);
    buf_append(&rdata, &flags, 1);
    buf_append(&rdata, &(uint8_t){(uint8_t)tag_bytes}, 1);
    buf_append(&rdata, tag, tag_bytes);
    buf_append(&rdata, value, strlen(value));
    add_rdata(answer, &rdata);
}

static void append_string(struct buf *rdata, const char *p, size_t n)
{
    assert(n <= UINT8_MAX);
    buf_append(rdata, &(uint8_t){(uint8_t)n}, 1);
    buf_append(rdata, p, n);
}

void fake_answer_txt(struct fake_answer *answer, const char *text)
{
    struct buf rdata = {0};
    size_t left = strlen(text);
    do {
        size_t n = left < UINT8_MAX ? left : UINT8_MAX;
        append_string(&rdata, text, n);
        text += n;
        left -= n;
    } while (left);
    add_rdata(answer, &rdata);
}

void fake_answer_txt_strings(struct fake_answer *answer, const char *const *strings, size_t count)
{
    struct buf rdata = {0};
    for (size_t i = 0; i < count; i++)
        append_string(&rdata, strings[i], strlen(strings[i]));
    add_rdata(answer, &rdata);
}

void fake_answer_address(struct fake_answer *answer, const char *address)
{
    uint8_t bytes[16];
    int family = answer->type == DNS_AAAA ? AF_INET6 : AF_INET;
    int converted = inet_pton(family, address, bytes);
    assert(converted == 1);
    fake_answer_record(answer, (struct bytes){bytes, family == AF_INET6 ? 16 : 4});
    (void)converted;
}

void fake_answer_target(struct fake_answer *answer, const char *name)
{
    struct buf rdata = {0};
    while (*name && *name != '.') {
        size_t n = strcspn(name, ".");
        append_string(&rdata, name, n);
        name += n + (name[n] == '.');
    }
    buf_append(&rdata, "", 1);
    add_rdata(answer, &rdata);
}

void fake_answer_alias(struct fake_answer *answer, const char *target)
{
    assert(answer->cname_count < FAKE_DNS_LIST_MAX);
    answer->owner = plain_name(target);
    answer->cname_chain[answer->cname_count++] = answer->owner;
}

void fake_answer_denial(struct fake_answer *answer, const char *owner, uint16_t type,
                        struct bytes rdata)
{
    struct dns_record record = {.owner = plain_name(owner),
                                .type = type,
                                .ttl_s = answer->ttl_s,
                                .rdata = arena_bytes(fake.arena, rdata)};
    assert(answer->denial_count < FAKE_DNS_LIST_MAX);
    answer->denial[answer->denial_count++] = record;
}

void fake_answer_extended_error(struct fake_answer *answer, uint16_t code, const char *text)
{
    assert(answer->extended_error_count < FAKE_DNS_LIST_MAX);
    answer->extended_errors[answer->extended_error_count++] =
        (struct dns_extended_error){.code = code, .text = arena_strdup(fake.arena, text)};
}

static bool is_of(const struct fake_question *question, const struct dns *dns)
{
    return !dns || question->dns == dns;
}

size_t fake_dns_question_count(const struct dns *dns)
{
    size_t count = 0;
    for (size_t i = 0; i < fake.question_count; i++)
        count += is_of(&fake.questions[i], dns);
    return count;
}

const struct fake_question *fake_dns_question(const struct dns *dns, size_t index)
{
    for (size_t i = 0; i < fake.question_count; i++)
        if (is_of(&fake.questions[i], dns) && index-- == 0)
            return &fake.questions[i];
    return NULL;
}

size_t fake_dns_asked(const struct dns *dns, const char *name, uint16_t type)
{
    ensure_ready();
    const char *plain = plain_name(name);
    size_t count = 0;
    for (size_t i = 0; i < fake.question_count; i++) {
        const struct fake_question *question = &fake.questions[i];
        count += is_of(question, dns) && question->type == type &&
                 str_eq(plain_name(question->name), plain);
    }
    return count;
}

size_t fake_dns_pending(const struct dns *dns)
{
    ensure_ready();
    if (dns)
        return dns->pending;
    size_t pending = 0;
    for (struct list *node = fake.instances.next; node != &fake.instances; node = node->next)
        pending += LIST_ENTRY(node, struct dns, in_instances)->pending;
    return pending;
}

struct dns *fake_dns_instance(size_t index)
{
    ensure_ready();
    for (struct list *node = fake.instances.next; node != &fake.instances; node = node->next)
        if (index-- == 0)
            return LIST_ENTRY(node, struct dns, in_instances);
    return NULL;
}

const struct dns_settings *fake_dns_settings(const struct dns *dns)
{
    return &dns->settings;
}

struct dns *dns_new(struct loop *loop, const struct dns_settings *settings, struct err *err)
{
    (void)err; /* the fake takes all settings */
    ensure_ready();
    struct dns *dns = xcalloc(1, sizeof *dns);
    dns->loop = loop;
    dns->settings = (struct dns_settings){
        .timeout_ms = settings->timeout_ms,
        .trust_anchor_count = settings->trust_anchor_count,
        .forward_count = settings->forward_count,
        .stub_count = settings->stub_count,
        .insecure_count = settings->insecure_count,
        .cache_max_ttl_s = settings->cache_max_ttl_s,
        .cache_max_negative_ttl_s = settings->cache_max_negative_ttl_s,
        .never_ask_count = settings->never_ask_count,
    };
    list_append(&fake.instances, &dns->in_instances);
    return dns;
}

bool dns_set_never_ask(struct dns *dns, const struct cidr *blocks, size_t count, struct err *err)
{
    (void)dns, (void)blocks, (void)count, (void)err; /* the script says who answers */
    return true;
}

void dns_free(struct dns *dns)
{
    if (!dns)
        return;
    assert(dns->pending == 0);
    assert(dns->accounts == 0);
    list_remove(&dns->in_instances);
    free(dns);
}

static struct dns_job *job_of(struct job *job)
{
    return LIST_ENTRY(job, struct dns_job, job);
}

static void stop(struct job *job)
{
    loop_timer_stop(&job_of(job)->delay);
}

static void on_deadline(struct job *job)
{
    job_of(job)->timed_out = true;
}

static void deliver(struct job *base)
{
    struct dns_job *job = job_of(base);
    const struct fake_answer *script = job->script;
    struct dns_answer answer = {
        .name = job->name,
        .type = job->type,
        .stub_zone = script->stub_zone,
        .duration_us = loop_now_us(job->dns->loop) - job->started_us,
    };
    if (job->timed_out) {
        answer.outcome = DNS_TIMEOUT;
        answer.end = job->end_at_deadline;
        answer.reason = "no answer in time";
    } else {
        answer.outcome = script->status;
        answer.end = script->end;
        answer.cause = script->cause;
        answer.dnssec = script->dnssec;
        answer.rcode.present = script->has_rcode;
        answer.rcode.value = script->rcode;
        answer.reason = script->reason;
        answer.records = script->records;
        answer.record_count = script->record_count;
        answer.cname_chain = script->cname_chain;
        answer.cname_count = script->cname_count;
        answer.denial = script->denial;
        answer.denial_count = script->denial_count;
        answer.extended_errors = script->extended_errors;
        answer.extended_error_count = script->extended_error_count;
    }
    job->done(&answer, job->arg);
}

static void free_job(struct job *base)
{
    struct dns_job *job = job_of(base);
    job->dns->pending--;
    free(job->name);
    free(job);
}

static void on_delay(void *arg)
{
    struct dns_job *job = arg;
    job_finish(&job->job);
}

static const struct fake_answer *find_script(const struct dns *dns, const struct dns_query *query)
{
    const char *plain = plain_name(query->name);
    const struct dns *const places[] = {dns, NULL};
    for (size_t i = 0; query->fresh && i < 2; i++) {
        const struct fake_answer *found = find_exact(places[i], plain, query->type, true);
        if (found)
            return found;
    }
    for (size_t i = 0; i < 2; i++) {
        const struct fake_answer *found = find_exact(places[i], plain, query->type, false);
        if (found)
            return found;
    }
    return fake.fallback;
}

static void record_question(struct dns *dns, const struct dns_query *query, uint64_t deadline_ms)
{
    fake.questions = xrealloc(fake.questions, (fake.question_count + 1) * sizeof *fake.questions);
    fake.questions[fake.question_count++] = (struct fake_question){
        .dns = dns,
        .name = arena_strdup(fake.arena, query->name),
        .type = query->type,
        .has_account = query->account != NULL,
        .fresh = query->fresh,
        .at_ms = loop_now_ms(dns->loop),
        .deadline_ms = deadline_ms,
    };
}

uint64_t dns_fresh(struct dns *dns)
{
    return ++dns->fresh_count;
}

struct dns_job *dns_start(struct dns *dns, const struct dns_query *query, struct job_group *group,
                          uint64_t deadline_ms, dns_done_fn *done, void *arg)
{
    static const struct job_ops ops = {
        .stop = stop, .on_deadline = on_deadline, .deliver = deliver, .free = free_job};
    ensure_ready();
    record_question(dns, query, deadline_ms);
    struct dns_job *job = xcalloc(1, sizeof *job);
    job->dns = dns;
    job->name = xstrdup(plain_name(query->name));
    job->type = query->type;
    job->script = find_script(dns, query);
    job->started_us = loop_now_us(dns->loop);
    job->done = done;
    job->arg = arg;
    dns->pending++;
    uint64_t now_ms = loop_now_ms(dns->loop);
    uint64_t own_deadline_ms = now_ms + dns->settings.timeout_ms;
    job->end_at_deadline = own_deadline_ms <= deadline_ms ? DNS_END_TIMEOUT : DNS_END_LIMIT;
    job_start(&job->job, &ops, dns->loop, group,
              deadline_ms < own_deadline_ms ? deadline_ms : own_deadline_ms);
    if (job->script->delay_ms == 0)
        job_finish(&job->job);
    else if (job->script->delay_ms != FAKE_DNS_NEVER)
        loop_timer_start(dns->loop, &job->delay, now_ms + job->script->delay_ms, on_delay, job);
    return job;
}

void dns_cancel(struct dns_job *job)
{
    job_cancel(&job->job);
}

struct dns_account {
    struct dns *dns;
};

struct dns_account *dns_account_new(struct dns *dns)
{
    struct dns_account *account = xcalloc(1, sizeof *account);
    account->dns = dns;
    dns->accounts++;
    return account;
}

void dns_account_free(struct dns_account *account)
{
    if (!account)
        return;
    account->dns->accounts--;
    free(account);
}

const char *dns_library_version(void)
{
    return "fake";
}
