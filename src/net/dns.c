/*
 * net/dns.h on libunbound's event API (unbound-event.h). What is peculiar to libunbound is said
 * where it matters and pinned by tests/unit/net/test_libunbound.c for the installed library.
 *
 * The life of a question:
 *
 *      dns_start -> ASKING --------------------------------------> finished
 *                      \__ SERVFAIL -> WALKING (is it an alias loop?) _/
 *
 * There are two resolvers. The second is for retries: libunbound remembers a failure of a question
 * for 5 seconds, and that a server is silent for infra-host-ttl, and has no function to forget
 * them; so the second resolver is configured to remember neither (dns_config.c), and before each
 * question its cache of one message is filled with another (forget_last()).
 */
#define _GNU_SOURCE /* memfd_create() */
#include "net/dns.h"

#include "base/mem.h"
#include "base/str.h"
#include "net/dns_answer.h"
#include "net/dns_config.h"
#include "net/dns_name.h"
#include "net/dns_zones.h"
#include "net/loop_event.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

enum {
    CLASS_IN = 1,
    SEC_BOGUS = 1,     /* "sec" of libunbound's callback */
    SEC_SECURE = 2,    /* 0 is everything else */
    RESTARTS_MAX = 11, /* aliases that libunbound follows: its max-query-restarts */
    /* Sockets for questions under way: one question each. All workers and perspectives of a process
     * share its descriptors. */
    RANGE_MAX = 2048, /* a kilobyte each, at once; further questions wait for their turn */
    RANGE_MIN = 64,
    RANGE_SHARE = 8, /* of the limit of descriptors */
    RETRY_SHARE = 8, /* of the sockets of the first resolver */
};

static const char root_hints_file[] = "/usr/share/dns/root.hints"; /* Debian's dns-root-data */

struct dns {
    struct loop *loop;
    struct arena *arena; /* of the zones */
    struct dns_zones zones;
    struct ub_ctx *first;
    struct ub_ctx *again; /* for retries */
    unsigned timeout_ms;
    size_t job_count;
    uint64_t fresh_count;
};

enum state {
    ASKING,  /* libunbound works on the question */
    WALKING, /* it said SERVFAIL: we ask for the aliases one by one, to see whether they end */
};

struct dns_job {
    struct job job;
    struct dns *dns;
    struct ub_ctx *ctx;
    struct arena *arena; /* of the answer */
    enum state state;
    bool is_asked; /* libunbound holds a reference to us, under async_id */
    int async_id;
    struct loop_timer next_step; /* of WALKING */
    const char *target;          /* the name that WALKING asks for */
    const char **chain;          /* and those it has seen */
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

/* --- asking libunbound --- */

static void on_packet(void *arg, int rcode, void *packet, int size, int sec, char *why_bogus,
                      int was_ratelimited);

/*
 * Errors of ub_resolve_event() itself come without a callback. The callback may run inside: for
 * local data and for anything cached, with an async_id or without; so the id does not say whether
 * libunbound still refers to us, only is_asked does.
 */
static bool ask(struct dns_job *job, const char *name, uint16_t type)
{
    job->is_asked = true;
    int error = ub_resolve_event(job->ctx, name, type, CLASS_IN, job, on_packet, &job->async_id);
    if (error == UB_NOERROR)
        return true;
    job->is_asked = false;
    return false;
}

static void on_nobody(void *arg, int rcode, void *packet, int size, int sec, char *why_bogus,
                      int was_ratelimited)
{
    (void)arg, (void)rcode, (void)packet, (void)size, (void)sec, (void)why_bogus;
    (void)was_ratelimited;
}

/*
 * libunbound's caches keep at least their newest entry, also with a size of 0: for the resolver for
 * retries that would be the failure that is to be asked anew. So another failure takes its place:
 * of a name that has no servers, so that it is answered at once without a query.
 */
static bool forget_last(struct ub_ctx *ctx)
{
    return ub_resolve_event(ctx, DNS_CONFIG_NOBODY, DNS_A, CLASS_IN, NULL, on_nobody, NULL) ==
           UB_NOERROR;
}

/* --- what an answer means --- */

/* libunbound does not tell insecure from indeterminate (RFC 4035 section 4.3): whether the absence
 * of a chain of trust is proven depends on what was to be examined. */
static enum dns_security security_of(const struct dns *dns, int sec,
                                     const struct dns_answer *answer)
{
    if (sec == SEC_SECURE)
        return DNS_SEC_SECURE;
    bool all_examined = dns_zones_is_examined(&dns->zones, answer->name);
    for (size_t i = 0; i < answer->cname_count; i++)
        all_examined = all_examined && dns_zones_is_examined(&dns->zones, answer->cname_chain[i]);
    return all_examined ? DNS_SEC_INSECURE : DNS_SEC_INDETERMINATE;
}

/*
 * libunbound reports SERVFAIL, or nothing, also if this machine has no socket left or no route.
 * That must not pass for the network's word: a failed lookup may count for the applicant only if
 * the failure is outside the CA's infrastructure (BR 3.2.2.8).
 */
static void tell_local_failure(struct dns_job *job)
{
    struct dns_answer *answer = &job->answer;
    bool is_suspect = answer->status == DNS_SERVFAIL || answer->status == DNS_TIMEOUT;
    if (!is_suspect || !dns_zones_is_cut_off(&job->dns->zones, answer->name))
        return;
    dns_answer_fail(answer, DNS_LOCAL, "this machine cannot send to any name server");
    answer->end = DNS_END_LIMIT;
}

static void finish(struct dns_job *job)
{
    tell_local_failure(job);
    job_finish(&job->job);
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
    if (step->status != DNS_OK) { /* no alias here: the failure has another reason */
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

/* --- libunbound's callback --- */

/* Translates into `answer`, whose name and type are set. Nothing of libunbound's memory is kept. */
static void translate(struct dns_job *job, struct dns_answer *answer, int rcode,
                      struct bytes packet, int sec, const char *why_bogus)
{
    /* FIRST of all: data that failed validation is delivered as success, RCODE 0 and all its
     * records in place. Only `sec` tells. No byte of it is looked at (RFC 4035 section 5.5). */
    if (sec == SEC_BOGUS) {
        dns_answer_bogus(job->arena, why_bogus, answer);
        return;
    }
    /* Here "rcode" only says whether there is a packet: without one it is 2 (or 5 for what cannot
     * be asked), and the buffer holds remains of other packets. With one it is 0, whatever the
     * RCODE in the packet's header: so comes NXDOMAIN, and so comes a failure that was cached. */
    if (rcode != 0) {
        dns_answer_fail(answer, DNS_SERVFAIL, "the name servers gave no usable answer");
        answer->cause = DNS_CAUSE_RCODE;
        return;
    }
    answer->security = DNS_SEC_SECURE; /* of what is used; settled below */
    dns_answer_read(job->arena, packet, answer);
    if (answer->status == DNS_SERVFAIL)
        answer->cause = DNS_CAUSE_REMEMBERED;
    if (answer->security == DNS_SEC_SECURE)
        answer->security = security_of(job->dns, sec, answer);
}

static void on_packet(void *arg, int rcode, void *packet, int size, int sec, char *why_bogus,
                      int was_ratelimited)
{
    (void)was_ratelimited; /* no limit is configured */
    struct dns_job *job = arg;
    job->is_asked = false;
    /* The packet lies in a buffer that the next question overwrites, even one that is answered at
     * once: everything is copied out of it here and now. */
    struct bytes bytes = {packet, rcode == 0 && size > 0 ? (size_t)size : 0};
    if (job->state == WALKING) {
        struct dns_answer step = {.name = job->target, .type = DNS_CNAME};
        translate(job, &step, rcode, bytes, sec, why_bogus);
        on_alias(job, &step);
        return;
    }
    job->answer.end = DNS_END_RESOLVER;
    translate(job, &job->answer, rcode, bytes, sec, why_bogus);
    if (job->answer.status == DNS_SERVFAIL)
        enter_walking(job);
    else
        finish(job);
}

/* --- the job --- */

static void stop(struct job *base)
{
    struct dns_job *job = job_of(base);
    loop_timer_stop(&job->next_step);
    /* Only marks: libunbound works on, but the callback will not come and our pointer is not
     * used again. Cancelling twice, or what is already over, is no error. */
    if (job->is_asked)
        ub_cancel(job->ctx, job->async_id);
    job->is_asked = false;
}

static void on_deadline(struct job *base)
{
    struct dns_job *job = job_of(base);
    if (job->state == ASKING) {
        dns_answer_fail(&job->answer, DNS_TIMEOUT, "no answer in time");
        job->answer.end = job->end_at_deadline;
    } else {
        /* The answer stays what it was, SERVFAIL; but for all we know an alias loop is the reason,
         * which is no failure outside. */
        job->answer.end = DNS_END_LIMIT;
    }
    tell_local_failure(job);
}

static void deliver(struct job *base)
{
    struct dns_job *job = job_of(base);
    job->answer.duration_us = loop_now_us(job->dns->loop) - job->started_us;
    job->done(&job->answer, job->arg);
}

static void free_job(struct job *base)
{
    struct dns_job *job = job_of(base);
    job->dns->job_count--;
    arena_free(job->arena);
    free(job);
}

static void enter_asking(struct dns_job *job, const struct dns_query *query)
{
    struct dns_name name;
    struct err err;
    job->state = ASKING;
    if (!dns_name_parse(query->name, &name, &err)) {
        job->answer.name = arena_strdup(job->arena, query->name);
        dns_answer_fail(&job->answer, DNS_MALFORMED, arena_strdup(job->arena, err.text));
        job_finish(&job->job);
        return;
    }
    job->answer.name = dns_name_str(job->arena, &name);
    job->answer.stub_zone = dns_zones_is_stub(&job->dns->zones, job->answer.name);
    bool is_ready = !query->fresh || forget_last(job->ctx);
    if (is_ready && ask(job, job->answer.name, query->type))
        return;
    dns_answer_fail(&job->answer, DNS_LOCAL, "the resolver could not take the question");
    job_finish(&job->job);
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
    job->ctx = query->fresh ? dns->again : dns->first;
    job->arena = arena_new();
    job->answer.type = query->type;
    job->started_us = loop_now_us(dns->loop);
    job->done = done;
    job->arg = arg;
    dns->job_count++;
    uint64_t own_deadline_ms = loop_now_ms(dns->loop) + dns->timeout_ms;
    job->end_at_deadline = own_deadline_ms <= deadline_ms ? DNS_END_TIMEOUT : DNS_END_LIMIT;
    job_start(&job->job, &ops, dns->loop, group,
              deadline_ms < own_deadline_ms ? deadline_ms : own_deadline_ms);
    enter_asking(job, query);
    return job;
}

void dns_cancel(struct dns_job *job)
{
    job_cancel(&job->job);
}

/* --- making and freeing a resolver --- */

static bool write_all(int fd, struct bytes bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0)
            return false;
        bytes.p += n;
        bytes.n -= (size_t)n;
    }
    return true;
}

/* ub_ctx_config() reads a file by name, and knows options that ub_ctx_set_option() does not. */
static bool read_config(struct ub_ctx *ctx, struct bytes text, struct err *err)
{
    int fd = memfd_create("unbound.conf", MFD_CLOEXEC);
    if (fd < 0 || !write_all(fd, text)) {
        err_set(err, ERR_IO, "configuration of the resolver: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int error = ub_ctx_config(ctx, path);
    close(fd);
    if (error == UB_NOERROR)
        return true;
    return err_set(err, ERR_CONFIG, "libunbound refuses the resolver's configuration: %s",
                   ub_strerror(error));
}

/* libunbound's own words: its first warning or error is the most exact one. `log` is what it wrote
 * while it started; NULL if there is neither. */
static const char *find_complaint(struct arena *arena, const char *log)
{
    static const char *const levels[] = {"] error: ", "] warning: "};
    for (size_t i = 0; i < 2; i++) {
        const char *found = strstr(log, levels[i]);
        if (found) {
            const char *text = found + strlen(levels[i]);
            return arena_strndup(arena, text, strcspn(text, "\n"));
        }
    }
    return NULL;
}

/*
 * Options can be set before the first question only, and mistakes in files and trust anchors show
 * at the first question only: so it is asked here, to nobody. A warning counts as a mistake,
 * because one of them says that a trust anchor is ignored, and then nothing below it is validated.
 */
static bool open_resolver(struct ub_ctx *ctx, struct bytes config, struct err *err)
{
    char *log = NULL;
    size_t log_size = 0;
    FILE *log_file = open_memstream(&log, &log_size);
    if (!log_file)
        return err_set(err, ERR_IO, "resolver: %s", strerror(errno));
    /* The log is process-wide, and goes to standard error unless told. */
    ub_ctx_debugout(ctx, log_file);
    bool is_open = read_config(ctx, config, err);
    if (is_open && !forget_last(ctx))
        is_open = err_set(err, ERR_CONFIG, "libunbound refuses the resolver's configuration");
    ub_ctx_debugout(ctx, NULL);
    fclose(log_file);
    struct arena *arena = arena_new();
    const char *complaint = find_complaint(arena, log);
    if (complaint)
        is_open = err_set(err, ERR_CONFIG, "resolver: %s", complaint);
    arena_free(arena);
    free(log);
    return is_open;
}

static struct ub_ctx *new_resolver(struct loop *loop, const struct dns_config *config,
                                   struct err *err)
{
    struct buf text = {0};
    struct ub_ctx *ctx = NULL;
    if (dns_config_format(config, &text, err)) {
        /* NULL if libunbound was built without libevent; it must be the same libevent as ours. */
        ctx = ub_ctx_create_event(loop_event_base(loop));
        if (!ctx) {
            err_set(err, ERR_IO, "libunbound cannot be started on this event loop");
        } else if (!open_resolver(ctx, buf_bytes(&text), err)) {
            ub_ctx_delete(ctx);
            ctx = NULL;
        }
    }
    buf_clear(&text);
    return ctx;
}

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

struct dns *dns_new(struct loop *loop, const struct dns_settings *settings, struct err *err)
{
    struct dns *dns = xcalloc(1, sizeof *dns);
    dns->loop = loop;
    dns->arena = arena_new();
    dns->timeout_ms = settings->timeout_ms;
    if (!dns_zones_init(&dns->zones, dns->arena, settings, err)) {
        dns_free(dns);
        return NULL;
    }
    struct dns_config config = {
        .settings = settings,
        .root_hints_file = choose_root_hints(&dns->zones),
        .outgoing_range = choose_range(),
    };
    struct dns_config retry_config = config;
    retry_config.is_for_retries = true;
    retry_config.outgoing_range = config.outgoing_range / RETRY_SHARE;
    if ((dns->first = new_resolver(loop, &config, err)) &&
        (dns->again = new_resolver(loop, &retry_config, err)))
        return dns;
    dns_free(dns);
    return NULL;
}

void dns_free(struct dns *dns)
{
    if (!dns)
        return;
    /* ub_ctx_delete() calls the callbacks of live questions, with SERVFAIL, although its comment
     * says that it does not: there must be none. It must come before the event base goes, and not
     * from inside a callback. */
    assert(dns->job_count == 0);
    ub_ctx_delete(dns->first);
    ub_ctx_delete(dns->again);
    arena_free(dns->arena);
    free(dns);
}

const char *dns_library_version(void)
{
    return ub_version();
}
