/*
 * What is peculiar to libunbound is said where it matters and pinned by
 * tests/unit/net/test_libunbound.c for the installed library.
 */
#define _GNU_SOURCE /* memfd_create() */
#include "net/dns_resolver.h"

#include "base/arena.h"
#include "base/mem.h"
#include "net/dns.h"
#include "net/dns_config.h"
#include "net/loop_event.h"

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
    struct ub_ctx *ctx;
};

/* Who is to be told; libunbound's reference. */
struct asker {
    dns_reply_fn *on_reply;
    void *arg;
};

/* libunbound's log and its locks belong to the process, and contexts are made and deleted while
 * other threads do so, too. */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

/* --- asking ----------------------------------------------------------------------------------- */

static void on_packet(void *arg, int rcode, void *packet, int size, int sec, char *why_bogus,
                      int was_ratelimited)
{
    (void)was_ratelimited; /* no limit is configured */
    struct asker asker = *(struct asker *)arg;
    free(arg);
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
    };
    asker.on_reply(&reply, asker.arg);
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
    if (!ask_nobody(ctx))
        return err_set(err, ERR_CONFIG, "libunbound refuses the resolver's configuration");
    return true;
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

/* A warning counts as a mistake, because one of them says that a trust anchor is ignored, and then
 * nothing below it is validated. */
static bool try_context(struct ub_ctx *ctx, struct bytes config, struct err *err)
{
    char *log = NULL;
    size_t log_size = 0;
    FILE *log_file = open_memstream(&log, &log_size);
    if (!log_file)
        return err_set(err, ERR_IO, "resolver: %s", strerror(errno));
    /* The log is process-wide, and goes to standard error unless told. */
    ub_ctx_debugout(ctx, log_file);
    bool is_open = open_context(ctx, config, err);
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

static struct ub_ctx *new_context(struct loop *loop, struct bytes config, bool is_trial,
                                  struct err *err)
{
    pthread_mutex_lock(&making);
    /* NULL if libunbound was built without libevent; it must be the same libevent as ours. */
    struct ub_ctx *ctx = ub_ctx_create_event(loop_event_base(loop));
    if (!ctx) {
        err_set(err, ERR_IO, "libunbound cannot be started on this event loop");
    } else {
        ub_ctx_debugout(ctx, NULL);
        bool is_open = is_trial ? try_context(ctx, config, err) : open_context(ctx, config, err);
        if (!is_open) {
            ub_ctx_delete(ctx);
            ctx = NULL;
        }
    }
    pthread_mutex_unlock(&making);
    return ctx;
}

struct dns_resolver *dns_resolver_new(struct loop *loop, struct bytes config, bool is_trial,
                                      struct err *err)
{
    struct ub_ctx *ctx = new_context(loop, config, is_trial, err);
    if (!ctx)
        return NULL;
    struct dns_resolver *resolver = xcalloc(1, sizeof *resolver);
    resolver->ctx = ctx;
    return resolver;
}

void dns_resolver_free(struct dns_resolver *resolver)
{
    if (!resolver)
        return;
    /* Calls the callbacks of live questions, with SERVFAIL, although its comment says that it does
     * not. It must come before the event base goes. */
    pthread_mutex_lock(&making);
    ub_ctx_delete(resolver->ctx);
    pthread_mutex_unlock(&making);
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
    *asker = (struct asker){.on_reply = on_reply, .arg = arg};
    int error = ub_resolve_event(resolver->ctx, name, type, CLASS_IN, asker, on_packet, NULL);
    if (error == UB_NOERROR)
        return true;
    free(asker);
    return false;
}

const char *dns_library_version(void)
{
    return ub_version();
}
