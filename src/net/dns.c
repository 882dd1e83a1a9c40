/*
 * net/dns.h: what a question goes through, and what its answer means.
 *
 *      dns_start -> WAITING -> ASKING --------------------------------------> finished
 *                                  \__ SERVFAIL -> WALKING (is it an alias loop?) _/
 *
 * WAITING: there is no seat for the question yet (net/dns_pool.h); its time has not begun.
 * The resolver itself is in net/dns_resolver.h, what libunbound is told in net/dns_config.h.
 */
#include "net/dns.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/name.h"
#include "net/dns_answer.h"
#include "net/dns_config.h"
#include "net/dns_cost.h"
#include "net/dns_pool.h"
#include "net/dns_servfail.h"
#include "net/dns_zones.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    RCODE_REFUSED = 5,
    RESTARTS_MAX = 11, /* aliases that libunbound follows: its max-query-restarts */
    /* Sockets for questions under way. All workers and perspectives of a process share its
     * descriptors. */
    RANGE_MAX = 2048, /* a kilobyte each, at once */
    RANGE_MIN = 64,
    RANGE_SHARE = 8, /* of the limit of descriptors */
    /* A question has more than one socket where its name servers' addresses must be found first:
     * inside libunbound nobody may have to wait for one, because there is no justice there. */
    SOCKETS_PER_SEAT = 4,
    PRIVATE_RANGE = 64, /* for the questions of one check */
};

static const char root_hints_file[] = "/usr/share/dns/root.hints"; /* Debian's dns-root-data */

struct configs {
    struct buf shared, private, retry;
};

struct dns {
    struct loop *loop;
    struct arena *arena; /* of the zones */
    struct dns_zones zones;
    struct configs configs; /* for as long as resolvers are made */
    struct dns_pool *pool;
    struct dns_settings settings; /* what they point to is the owner's */
    unsigned timeout_ms;
    size_t job_count;
    uint64_t fresh_count;
};

enum state {
    WAITING, /* for a seat */
    ASKING,  /* libunbound works on the question */
    WALKING, /* it said SERVFAIL: we ask for the aliases one by one, to see whether they end */
};

struct dns_job {
    struct job job;
    struct dns *dns;
    struct dns_seat *seat; /* NULL before there is a name to ask for */
    struct arena *arena;   /* of the answer */
    enum state state;
    bool has_waited;
    uint64_t deadline_ms;         /* the caller's */
    struct loop_timer whole_time; /* dns.timeout_ms, from the moment at which the resolver has it */
    struct loop_timer next_step;  /* of WALKING */
    const char *target;           /* the name that WALKING asks for */
    const char **chain;           /* and those it has seen */
    size_t chain_count;
    struct dns_answer answer;
    enum dns_end end_at_deadline; /* what it means if the deadline ends the question */
    uint64_t started_us;
    dns_done_fn *done;
    void *arg;
};

static struct dns_job *job_of(struct job *job)
{
    return LIST_ENTRY(job, struct dns_job, job);
}

/* --- what an answer means --- */

/* libunbound does not tell insecure from indeterminate (RFC 4035 section 4.3): whether the absence
 * of a chain of trust is proven depends on what was to be examined. */
static enum dnssec_status security_of(const struct dns *dns, enum dns_reply_security security,
                                      const struct dns_answer *answer)
{
    if (security == DNS_REPLY_SECURE)
        return DNSSEC_SECURE;
    bool all_examined = dns_zones_is_examined(&dns->zones, answer->name);
    for (size_t i = 0; i < answer->cname_count; i++)
        all_examined = all_examined && dns_zones_is_examined(&dns->zones, answer->cname_chain[i]);
    return all_examined ? DNSSEC_INSECURE : DNSSEC_INDETERMINATE;
}

/*
 * libunbound reports SERVFAIL, or nothing, also if this machine has no socket left or no route.
 * That must not pass for the network's word: a failed lookup may count for the applicant only if
 * the failure is outside the CA's infrastructure (BR 4.2.2.1).
 */
static void tell_local_failure(struct dns_job *job)
{
    struct dns_answer *answer = &job->answer;
    bool is_suspect = answer->outcome == DNS_SERVFAIL || answer->outcome == DNS_TIMEOUT;
    if (!is_suspect || !dns_zones_is_cut_off(&job->dns->zones, answer->name))
        return;
    dns_answer_fail(answer, DNS_LOCAL, "this machine cannot send to any name server");
    answer->end = DNS_END_LIMIT;
}

/* What a resolver of the operator's says is not said outside; and it may say it from its cache, or
 * for a limit of its own. */
static void tell_forwarded(struct dns_job *job)
{
    struct dns_answer *answer = &job->answer;
    bool has_failed = answer->outcome == DNS_SERVFAIL || answer->outcome == DNS_REFUSED ||
                      answer->outcome == DNS_TIMEOUT;
    if (has_failed && dns_zones_is_forwarded(&job->dns->zones, answer->name))
        answer->cause = DNS_CAUSE_FORWARDER;
}

static void finish(struct dns_job *job)
{
    tell_local_failure(job);
    job_finish(&job->job);
}

static bool ask(struct dns_job *job, const char *name, uint16_t type)
{
    return dns_seat_ask(job->seat, name, type);
}

/* --- WALKING: libunbound gives up on aliases that loop, or go on too long, with SERVFAIL --- */

static void on_next_step(void *arg)
{
    struct dns_job *job = arg;
    if (!ask(job, job->target, DNS_CNAME))
        finish(job);
}

/* The next question is asked on a turn of its own: not from inside libunbound's callback. */
static void step_to(struct dns_job *job, const char *target)
{
    job->target = target;
    loop_timer_start(job->dns->loop, &job->next_step, 0, on_next_step, job);
}

static void enter_walking(struct dns_job *job)
{
    job->state = WALKING;
    job->chain = arena_array(job->arena, RESTARTS_MAX + 1, sizeof *job->chain);
    step_to(job, job->answer.name);
}

static bool has_seen(const struct dns_job *job, const char *name)
{
    bool found = str_eq(name, job->answer.name);
    for (size_t i = 0; i < job->chain_count; i++)
        found = found || str_eq(name, job->chain[i]);
    return found;
}

static void on_alias(struct dns_job *job, const struct dns_answer *step)
{
    if (step->outcome != DNS_OK) { /* no alias here: the failure has another reason */
        finish(job);
        return;
    }
    struct cursor rdata = cursor_of(step->records[0].rdata);
    struct dns_name target;
    dns_name_read(&rdata, &target);
    const char *name = dns_name_str(job->arena, &target);
    bool is_loop = has_seen(job, name);
    job->chain[job->chain_count++] = name;
    if (!is_loop && job->chain_count <= RESTARTS_MAX) {
        step_to(job, name);
        return;
    }
    job->answer.cname_chain = job->chain;
    job->answer.cname_count = job->chain_count;
    dns_answer_fail(&job->answer, DNS_ALIAS,
                    is_loop ? "the aliases of the name form a loop"
                            : "the name has too long a chain of aliases");
    finish(job);
}

/* --- the resolver's reply --- */

/* Where the resolver gave no packet: why, if it has said so. */
static void translate_failure(struct dns_job *job, struct dns_answer *answer, const char *said)
{
    struct dns_servfail why = dns_servfail_read(job->arena, said ? said : "");
    bool is_refused = why.cause == DNS_CAUSE_RCODE && why.rcode == RCODE_REFUSED;
    enum dns_outcome status = why.cause == DNS_CAUSE_MALFORMED ? DNS_MALFORMED
                              : is_refused                     ? DNS_REFUSED
                                                               : DNS_SERVFAIL;
    dns_answer_fail(answer, status, dns_servfail_describe(job->arena, &why));
    answer->cause = why.cause;
    if (why.cause == DNS_CAUSE_RCODE)
        answer->rcode = (struct opt_rcode){.present = true, .value = why.rcode};
    if (why.cause == DNS_CAUSE_SILENT && dns_zones_is_cut_off_from(&job->dns->zones, why.zone)) {
        /* libunbound counts a packet that it could not send as one that nobody answered. */
        why.cause = DNS_CAUSE_UNUSABLE;
        answer->cause = why.cause;
        answer->reason = dns_servfail_describe(job->arena, &why);
    }
    LOG(LOG_DEBUG, "the resolver gave up", {"name", answer->name},
        {"said", said ? said : "nothing about it"});
}

/* Translates into `answer`, whose name and type are set. Nothing of libunbound's memory is kept. */
static void translate(struct dns_job *job, struct dns_answer *answer, const struct dns_reply *reply)
{
    /* FIRST of all: data that failed validation is delivered as success, RCODE 0 and all its
     * records in place. Only `security` tells. No byte of it is looked at (RFC 4035 section 5.5). */
    if (reply->security == DNS_REPLY_BOGUS) {
        /* The library's words are for the operator alone. */
        LOG(LOG_DEBUG, "DNSSEC validation failed", {"name", answer->name},
            {"explanation", reply->why_bogus});
        dns_answer_bogus(job->arena, reply->why_bogus, answer);
        return;
    }
    if (!reply->has_packet) {
        translate_failure(job, answer, reply->why_failed);
        return;
    }
    answer->dnssec = DNSSEC_SECURE; /* of what is used; settled below */
    dns_answer_read(job->arena, reply->packet, answer);
    if (answer->outcome == DNS_SERVFAIL) /* libunbound has it from its cache only */
        answer->cause = DNS_CAUSE_REMEMBERED;
    if (answer->dnssec == DNSSEC_SECURE)
        answer->dnssec = security_of(job->dns, reply->security, answer);
}

/* The packet lies in a buffer that the next question overwrites: all is copied here and now. */
static void on_reply(const struct dns_reply *reply, void *arg)
{
    struct dns_job *job = arg;
    if (job->state == WALKING) {
        struct dns_answer step = {.name = job->target, .type = DNS_CNAME};
        translate(job, &step, reply);
        on_alias(job, &step);
        return;
    }
    job->answer.end = DNS_END_RESOLVER;
    translate(job, &job->answer, reply);
    bool is_explained =
        job->answer.cause != DNS_CAUSE_NONE && job->answer.cause != DNS_CAUSE_REMEMBERED;
    if (job->answer.outcome == DNS_SERVFAIL && !is_explained)
        enter_walking(job);
    else
        finish(job);
}

/* --- the job --- */

static void stop(struct job *base)
{
    struct dns_job *job = job_of(base);
    loop_timer_stop(&job->next_step);
    loop_timer_stop(&job->whole_time);
    if (job->seat)
        dns_seat_leave(job->seat);
    job->seat = NULL;
}

/* The caller's time is over, or dns.timeout_ms. */
static void time_out(struct dns_job *job)
{
    struct dns_answer *answer = &job->answer;
    switch (job->state) {
    case WAITING: /* nobody outside was asked: never the network's word */
        dns_answer_fail(
            answer, DNS_TIMEOUT,
            "too many questions were under way: it had to wait until its time was over");
        answer->end = DNS_END_LIMIT;
        break;
    case ASKING:
        dns_answer_fail(answer, DNS_TIMEOUT, "no answer in time");
        answer->end = job->end_at_deadline;
        break;
    case WALKING:
        /* The answer stays what it was, SERVFAIL; but for all we know an alias loop is the reason,
         * which is no failure outside. */
        answer->end = DNS_END_LIMIT;
        break;
    }
    tell_local_failure(job);
}

static void on_deadline(struct job *base)
{
    time_out(job_of(base));
}

static void on_whole_time_over(void *arg)
{
    struct dns_job *job = arg;
    time_out(job);
    job_finish(&job->job);
}

static void log_answer(const struct dns_answer *answer)
{
    char type[8], ms[24];
    if (!log_is_on(LOG_DEBUG))
        return;
    snprintf(type, sizeof type, "%u", answer->type);
    snprintf(ms, sizeof ms, "%" PRIu64, answer->duration_us / 1000);
    LOG(LOG_DEBUG, "DNS answer", {"name", answer->name}, {"type", type},
        {"status", dns_outcome_str(answer->outcome)}, {"dnssec", dnssec_str(answer->dnssec)},
        {"reason", *answer->reason ? answer->reason : NULL}, {"ms", ms});
}

static void deliver(struct job *base)
{
    struct dns_job *job = job_of(base);
    tell_forwarded(job);
    job->answer.duration_us = loop_now_us(job->dns->loop) - job->started_us;
    log_answer(&job->answer);
    job->done(&job->answer, job->arg);
}

static void free_job(struct job *base)
{
    struct dns_job *job = job_of(base);
    job->dns->job_count--;
    arena_free(job->arena);
    free(job);
}

/* The seat is there: the resolver's time begins. */
static void enter_asking(struct dns_job *job)
{
    struct dns *dns = job->dns;
    uint64_t until_ms = loop_now_ms(dns->loop) + dns->timeout_ms;
    job->state = ASKING;
    /* A question that had to wait for a seat was held up by us: no timeout of it counts outside. */
    bool is_whole = until_ms <= job->deadline_ms && !job->has_waited;
    job->end_at_deadline = is_whole ? DNS_END_TIMEOUT : DNS_END_LIMIT;
    if (until_ms < job->deadline_ms)
        loop_timer_start(dns->loop, &job->whole_time, until_ms, on_whole_time_over, job);
    if (ask(job, job->answer.name, job->answer.type))
        return;
    dns_answer_fail(&job->answer, DNS_LOCAL, "the resolver could not take the question");
    job_finish(&job->job);
}

static void on_seated(bool has_waited, void *arg)
{
    struct dns_job *job = arg;
    job->has_waited = has_waited;
    enter_asking(job);
}

static void enter_waiting(struct dns_job *job, const struct dns_query *query)
{
    struct dns_name name;
    struct err err;
    job->state = WAITING;
    if (!dns_name_parse(query->name, &name, &err)) {
        job->answer.name = arena_strdup(job->arena, query->name);
        dns_answer_fail(&job->answer, DNS_MALFORMED, arena_strdup(job->arena, err.text));
        job_finish(&job->job);
        return;
    }
    job->answer.name = dns_name_str(job->arena, &name);
    job->answer.stub_zone = dns_zones_is_stub(&job->dns->zones, job->answer.name);
    if (job->deadline_ms <= loop_now_ms(job->dns->loop))
        return; /* over on the next turn: nobody is bothered with it */
    const struct dns_seat_user user = {.on_seated = on_seated, .on_reply = on_reply, .arg = job};
    const struct dns_seat_question question = {.name = job->answer.name,
                                               .fresh = query->fresh,
                                               .is_kept = query->is_kept,
                                               .account = query->account};
    job->seat = dns_seat_take(job->dns->pool, &question, &user);
    if (dns_seat_is_ready(job->seat))
        enter_asking(job);
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
    struct dns_job *job = xcalloc(1, sizeof *job);
    job->dns = dns;
    job->arena = arena_new();
    job->answer.type = query->type;
    job->started_us = loop_now_us(dns->loop);
    job->deadline_ms = deadline_ms;
    job->done = done;
    job->arg = arg;
    dns->job_count++;
    job_start(&job->job, &ops, dns->loop, group, deadline_ms);
    enter_waiting(job, query);
    return job;
}

void dns_cancel(struct dns_job *job)
{
    job_cancel(&job->job);
}

/* --- making and freeing a resolver --- */

static unsigned choose_range(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur / RANGE_SHARE > RANGE_MAX)
        return RANGE_MAX;
    unsigned share = (unsigned)(limit.rlim_cur / RANGE_SHARE);
    return share > RANGE_MIN ? share : RANGE_MIN;
}

/* libunbound takes the root's servers from one place: a stub zone, a file, or what is built in. */
static const char *choose_root_hints(const struct dns_zones *zones)
{
    bool is_stubbed = false;
    for (size_t i = 0; i < zones->stub_count; i++)
        is_stubbed = is_stubbed || str_eq(zones->stubs[i].name, ".");
    return !is_stubbed && access(root_hints_file, R_OK) == 0 ? root_hints_file : NULL;
}

static bool write_configs(struct dns *dns, struct configs *configs, struct err *err)
{
    const unsigned range = choose_range();
    struct dns_config config = {
        .settings = &dns->settings,
        .root_hints_file = choose_root_hints(&dns->zones),
        .outgoing_range = range,
        .outgoing_tcp = range / SOCKETS_PER_SEAT,
        .family = dns_zones_only_family(&dns->zones),
    };
    if (!dns_config_format(&config, &configs->shared, err))
        return false;
    config.outgoing_range = PRIVATE_RANGE;
    config.outgoing_tcp = PRIVATE_RANGE / SOCKETS_PER_SEAT;
    config.is_private = true;
    if (!dns_config_format(&config, &configs->private, err))
        return false;
    config.is_retry = true;
    return dns_config_format(&config, &configs->retry, err);
}

static void clear_configs(struct configs *configs)
{
    buf_clear(&configs->shared);
    buf_clear(&configs->private);
    buf_clear(&configs->retry);
}

static struct dns_pool_configs borrow_configs(const struct configs *configs)
{
    return (struct dns_pool_configs){.shared = buf_bytes(&configs->shared),
                                     .private = buf_bytes(&configs->private),
                                     .retry = buf_bytes(&configs->retry)};
}

static bool open_pool(struct dns *dns, const struct dns_settings *settings, struct err *err)
{
    unsigned range = choose_range();
    dns->settings = *settings;
    if (!dns_zones_init(&dns->zones, dns->arena, settings, err) ||
        !write_configs(dns, &dns->configs, err))
        return false;
    const struct dns_pool_settings pool = {
        .configs = borrow_configs(&dns->configs),
        .timeout_ms = settings->timeout_ms,
        .seats = range / SOCKETS_PER_SEAT,
        .fresh_cache = settings->fresh_cache,
        .counters = settings->counters,
    };
    dns->pool = dns_pool_new(dns->loop, &pool, err);
    return dns->pool != NULL;
}

struct dns *dns_new(struct loop *loop, const struct dns_settings *settings, struct err *err)
{
    struct dns *dns = xcalloc(1, sizeof *dns);
    dns->loop = loop;
    dns->arena = arena_new();
    dns->timeout_ms = settings->timeout_ms;
    if (!dns_cost_is_bounded())
        LOG(LOG_WARN, "keys of zones may cost what they like",
            {"reason", "this libunbound does not verify with nettle"});
    if (open_pool(dns, settings, err))
        return dns;
    dns_free(dns);
    return NULL;
}

void dns_free(struct dns *dns)
{
    if (!dns)
        return;
    assert(dns->job_count == 0);
    dns_pool_free(dns->pool);
    clear_configs(&dns->configs);
    arena_free(dns->arena);
    free(dns);
}

bool dns_set_never_ask(struct dns *dns, const struct cidr *blocks, size_t count, struct err *err)
{
    const struct dns_settings before = dns->settings;
    struct configs configs = {0};
    dns->settings.never_ask = blocks;
    dns->settings.never_ask_count = count;
    if (!write_configs(dns, &configs, err)) {
        dns->settings = before;
        clear_configs(&configs);
        return false;
    }
    const struct dns_pool_configs borrowed = borrow_configs(&configs);
    dns_pool_configure(dns->pool, &borrowed);
    clear_configs(&dns->configs);
    dns->configs = configs;
    return true;
}

struct dns_account *dns_account_new(struct dns *dns)
{
    return dns_pool_open_account(dns->pool, true);
}

void dns_account_free(struct dns_account *account)
{
    if (account)
        dns_pool_close_account(account);
}
