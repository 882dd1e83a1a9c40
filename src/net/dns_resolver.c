/*
 * What is peculiar to libunbound is said where it matters and pinned by
 * tests/unit/net/test_libunbound.c for the installed library.
 */
#define _GNU_SOURCE /* memfd_create(), fopencookie() */
#include "net/dns_resolver.h"

#include "base/arena.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/dns.h"
#include "net/dns_config.h"
#include "net/dns_events.h"
#include "net/dns_servfail.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

enum {
    CLASS_IN = 1,
    SEC_BOGUS = 1, /* "sec" of libunbound's callback; 0 is everything else */
    SEC_SECURE = 2,
};

struct dns_resolver {
    struct dns_events *events;
    struct ub_ctx *ctx;
    struct list in_living;
};

/* Who is to be told; libunbound's reference. */
struct asker {
    dns_reply_fn *on_reply;
    void *arg;
    char *name;
    uint16_t type;
    uint64_t said_before; /* lines that this thread had heard when it asked */
};

/* libunbound's log and its locks belong to the process, and contexts are made and deleted while
 * other threads do so, too. */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
static struct list living = {&living, &living}; /* resolvers */

/* --- what libunbound says ---------------------------------------------------------------------- */

/*
 * Why it gave up on a question it says in its log only: with log-servfail in a line, on the thread of
 * the question, right before it calls back (services/mesh.c, mesh_query_done()). The log belongs to
 * the process, and each line goes through one fprintf() under a lock: so the thread that writes is
 * the one that says it. A line counts for a question if it names it and was said after it was asked;
 * where it is missing nothing is known.
 */
enum { LINE_MAX_BYTES = 2048, LINES_MAX = 8 /* of questions that end together */ };

struct heard {
    char lines[LINES_MAX][LINE_MAX_BYTES]; /* the last few, in a ring */
    size_t size;                           /* of the one that is being written */
    uint64_t count;
};

static _Thread_local struct heard heard;
static FILE *log_file; /* libunbound writes to it, for as long as the process lives */

static void hear(char byte)
{
    char *line = heard.lines[heard.count % LINES_MAX];
    if (byte != '\n') {
        if (heard.size < LINE_MAX_BYTES)
            line[heard.size++] = byte;
        return;
    }
    /* What was cut might mean something else. */
    line[heard.size < LINE_MAX_BYTES ? heard.size : 0] = '\0';
    heard.size = 0;
    heard.count++;
}

static ssize_t on_said(void *arg, const char *text, size_t size)
{
    (void)arg;
    for (size_t i = 0; i < size; i++)
        hear(text[i]);
    return (ssize_t)size;
}

static const char *find_said(const struct asker *asker)
{
    for (uint64_t n = heard.count; n > asker->said_before && n + LINES_MAX > heard.count; n--) {
        const char *line = heard.lines[(n - 1) % LINES_MAX];
        const char *text = dns_servfail_find(line, asker->name, asker->type);
        if (text)
            return text;
    }
    return NULL;
}

/* Making a context, its first question and deleting one all reset the log. */
static void listen_to(struct ub_ctx *ctx)
{
    if (!log_file) {
        log_file = fopencookie(NULL, "w", (cookie_io_functions_t){.write = on_said});
        if (log_file)
            setvbuf(log_file, NULL, _IOLBF, BUFSIZ);
    }
    ub_ctx_debugout(ctx, log_file);
}

static void listen_again(void)
{
    if (!list_is_empty(&living))
        listen_to(LIST_ENTRY(living.next, struct dns_resolver, in_living)->ctx);
}

/* --- asking ----------------------------------------------------------------------------------- */

static void free_asker(struct asker *asker)
{
    free(asker->name);
    free(asker);
}

static void on_packet(void *arg, int rcode, void *packet, int size, int sec, char *why_bogus,
                      int was_ratelimited)
{
    (void)was_ratelimited; /* no limit is configured */
    struct asker *asker = arg;
    /* Here "rcode" only says whether there is a packet: without one it is 2 (or 5 for what cannot
     * be asked), and the buffer holds remains of other packets. With one it is 0, whatever the
     * RCODE in the packet's header: so comes NXDOMAIN, and so comes a failure that was cached. */
    const struct dns_reply reply = {
        .has_packet = rcode == 0,
        .packet = {packet, rcode == 0 && size > 0 ? (size_t)size : 0},
        .security = sec == SEC_BOGUS    ? DNS_REPLY_BOGUS
                    : sec == SEC_SECURE ? DNS_REPLY_SECURE
                                        : DNS_REPLY_UNPROVEN,
        .why_bogus = why_bogus,
        .why_failed = rcode == 0 ? NULL : find_said(asker),
    };
    asker->on_reply(&reply, asker->arg);
    free_asker(asker);
}

static void on_nobody(void *arg, int rcode, void *packet, int size, int sec, char *why_bogus,
                      int was_ratelimited)
{
    (void)arg, (void)rcode, (void)packet, (void)size, (void)sec, (void)why_bogus;
    (void)was_ratelimited;
}

static bool ask_nobody(struct ub_ctx *ctx)
{
    return ub_resolve_event(ctx, DNS_CONFIG_NOBODY, DNS_A, CLASS_IN, NULL, on_nobody, NULL) ==
           UB_NOERROR;
}

/* --- making and deleting a context --------------------------------------------------------------- */

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

/*
 * Options can be set before the first question only, and mistakes in files and trust anchors show
 * at the first question only: so it is asked here, to nobody.
 */
static bool open_context(struct ub_ctx *ctx, struct bytes config, struct err *err)
{
    if (!read_config(ctx, config, err))
        return false;
    /* Of a library log-servfail has no effect without it; no configuration file may have it. */
    if (ub_ctx_set_option(ctx, "val-log-squelch:", "no") != UB_NOERROR)
        return err_set(err, ERR_CONFIG, "libunbound does not say why it fails");
    if (!ask_nobody(ctx))
        return err_set(err, ERR_CONFIG, "libunbound refuses the resolver's configuration");
    return true;
}

/* That the question to nobody fails is no mistake. */
#define NOBODY_FAILS "SERVFAIL <" DNS_CONFIG_NOBODY ". "

/* libunbound's own words: its first warning or error is the most exact one. `log` is what it wrote
 * while it started; NULL if there is neither. */
static const char *find_complaint(struct arena *arena, const char *log)
{
    static const char *const levels[] = {"] error: ", "] warning: "};
    for (size_t i = 0; i < 2; i++) {
        for (const char *found = log; (found = strstr(found, levels[i]));) {
            found += strlen(levels[i]);
            if (!str_starts_with(found, NOBODY_FAILS))
                return arena_strndup(arena, found, strcspn(found, "\n"));
        }
    }
    return NULL;
}

/* A warning counts as a mistake, because one of them says that a trust anchor is ignored, and then
 * nothing below it is validated. */
static bool try_context(struct ub_ctx *ctx, struct bytes config, struct err *err)
{
    char *log = NULL;
    size_t log_size = 0;
    FILE *trial_log = open_memstream(&log, &log_size);
    if (!trial_log)
        return err_set(err, ERR_IO, "resolver: %s", strerror(errno));
    ub_ctx_debugout(ctx, trial_log);
    bool is_open = open_context(ctx, config, err);
    listen_to(ctx);
    fclose(trial_log);
    struct arena *arena = arena_new();
    const char *complaint = find_complaint(arena, log);
    if (complaint)
        is_open = err_set(err, ERR_CONFIG, "resolver: %s", complaint);
    arena_free(arena);
    free(log);
    return is_open;
}

static struct ub_ctx *new_context(struct dns_events *events, struct bytes config, bool is_trial,
                                  struct err *err)
{
    struct ub_ctx *ctx = ub_ctx_create_ub_event(dns_events_base(events));
    if (!ctx) {
        err_set(err, ERR_IO, "libunbound cannot be started");
    } else {
        listen_to(ctx);
        bool is_open = is_trial ? try_context(ctx, config, err) : open_context(ctx, config, err);
        if (!is_open) {
            ub_ctx_delete(ctx);
            listen_again();
            ctx = NULL;
        }
    }
    return ctx;
}

struct dns_resolver *dns_resolver_new(struct loop *loop, struct bytes config, bool is_trial,
                                      struct err *err)
{
    struct dns_resolver *resolver = xcalloc(1, sizeof *resolver);
    resolver->events = dns_events_new(loop);
    pthread_mutex_lock(&making);
    resolver->ctx = new_context(resolver->events, config, is_trial, err);
    if (resolver->ctx)
        list_append(&living, &resolver->in_living);
    pthread_mutex_unlock(&making);
    if (resolver->ctx)
        return resolver;
    dns_events_free(resolver->events);
    free(resolver);
    return NULL;
}

void dns_resolver_free(struct dns_resolver *resolver)
{
    if (!resolver)
        return;
    /* Calls the callbacks of live questions, with SERVFAIL, although its comment says that it does
     * not. It must come before the event base goes. */
    pthread_mutex_lock(&making);
    list_remove(&resolver->in_living);
    ub_ctx_delete(resolver->ctx);
    listen_again();
    pthread_mutex_unlock(&making);
    dns_events_free(resolver->events);
    free(resolver);
}

/*
 * Errors of ub_resolve_event() itself come without a callback. The callback may run inside: for
 * local data and for anything cached, with an async_id or without.
 */
bool dns_resolver_ask(struct dns_resolver *resolver, const char *name, uint16_t type,
                      dns_reply_fn *on_reply, void *arg)
{
    struct asker *asker = xmalloc(sizeof *asker);
    *asker = (struct asker){.on_reply = on_reply,
                            .arg = arg,
                            .name = xstrdup(name),
                            .type = type,
                            .said_before = heard.count};
    int error = ub_resolve_event(resolver->ctx, name, type, CLASS_IN, asker, on_packet, NULL);
    if (error == UB_NOERROR)
        return true;
    free_asker(asker);
    return false;
}

const char *dns_library_version(void)
{
    return ub_version();
}
