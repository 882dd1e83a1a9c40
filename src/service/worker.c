#include "service/worker.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/aside.h"
#include "net/httpd.h"
#include "net/tls.h"
#include "service/local_transport.h"
#include "service/own_addresses.h"
#include "service/routes.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    const struct config *config;
    struct worker_shared shared;
    struct loop *loop;
    struct fetch *fetch;
    struct tls *tls;
    struct aside *aside;
    struct check_settings *checks;     /* one per local perspective: the addresses are its own */
    struct dns **resolvers;            /* likewise */
    struct perspective **perspectives; /* likewise */
    struct own_addresses *own;
    struct coordinator *coordinator;
    struct routes *routes;
    struct httpd *httpd;
    struct loop_notifier *stop;
    struct loop_timer grace;
    _Atomic unsigned grace_ms;
    pthread_t thread;
    bool has_thread;
};

static void end(void *arg)
{
    struct worker *worker = arg;
    loop_timer_stop(&worker->grace);
    loop_stop(worker->loop);
}

static void on_stop(void *arg)
{
    struct worker *worker = arg;
    uint64_t until_ms = loop_now_ms(worker->loop) + worker->grace_ms;
    loop_timer_start(worker->loop, &worker->grace, until_ms, end, worker);
    httpd_drain(worker->httpd, end, worker);
}

/* Every perspective asks a resolver of its own: BR 3.2.2.9 forbids a shared DNS cache. */
static bool make_perspectives(struct worker *worker, struct err *err)
{
    const struct config *config = worker->config;
    worker->checks = xcalloc(config->local_count, sizeof *worker->checks);
    worker->resolvers = xcalloc(config->local_count, sizeof(struct dns *));
    worker->perspectives = xcalloc(config->local_count, sizeof(struct perspective *));
    for (size_t i = 0; i < config->local_count; i++) {
        struct dns_settings dns = config->dns;
        dns.counters = worker->shared.metrics ? metrics_dns(worker->shared.metrics) : NULL;
        worker->resolvers[i] = dns_new(worker->loop, &dns, err);
        if (!worker->resolvers[i])
            return false;
        const struct check_env env = {.loop = worker->loop,
                                      .dns = worker->resolvers[i],
                                      .fetch = worker->fetch,
                                      .tls = worker->tls,
                                      .aside = worker->aside,
                                      .settings = &worker->checks[i]};
        worker->checks[i] = config->locals[i];
        worker->perspectives[i] = perspective_new(&env, config->check_timeout_ms);
    }
    const struct own_addresses_users users = {
        .checks = worker->checks, .resolvers = worker->resolvers, .count = config->local_count};
    worker->own = own_addresses_follow(worker->loop, config, &users);
    return true;
}

static void on_health_change(size_t perspective, enum health_state before, enum health_state now,
                             void *arg)
{
    const struct worker *worker = arg;
    metrics_move_health(worker->shared.metrics, perspective, before, now);
}

static void make_coordinator(struct worker *worker)
{
    const struct config *config = worker->config;
    size_t count = config->coordinator.perspective_count;
    struct transport **transports = xcalloc(count, sizeof *transports);
    for (size_t i = 0; i < count; i++) {
        const struct config_way *way = &config->ways[i];
        transports[i] =
            way->local == CONFIG_NO_LOCAL
                ? transport_http_new(worker->loop, worker->fetch, worker->shared.names, &way->http)
                : local_transport_new(worker->loop, worker->perspectives[way->local]);
    }
    struct transport *primary =
        config->primary == CONFIG_NO_LOCAL
            ? NULL
            : local_transport_new(worker->loop, worker->perspectives[config->primary]);
    worker->coordinator =
        coordinator_new(worker->loop, worker->aside, &config->coordinator, transports, primary);
    coordinator_on_health_change(worker->coordinator, on_health_change, worker);
    free(transports);
}

/* A share of a limit of the process; at least one. */
static size_t share(size_t limit, unsigned workers)
{
    return limit / workers ? limit / workers : 1;
}

static bool listen_on(struct worker *worker, uint16_t port, struct err *err)
{
    const struct config *config = worker->config;
    char host[64], listen[96];
    uint16_t configured = 0;
    if (!httpd_parse_listen(config->listen, host, &configured, err))
        return false;
    bool is_ipv6 = strchr(host, ':') != NULL;
    snprintf(listen, sizeof listen, is_ipv6 ? "[%s]:%u" : "%s:%u", host, port ? port : configured);
    const struct httpd_settings settings = {
        .listen = listen,
        .max_body_bytes = config->max_body_bytes,
        .max_connections = share(config->max_connections, config->workers),
        .max_in_flight = share(config->max_in_flight, config->workers),
        .idle_timeout_s = config->idle_timeout_s,
        .is_vital = routes_is_vital,
        .on_refusal = routes_on_refusal,
        .on_drop = routes_on_drop,
    };
    const struct routes_settings routes = {
        .config = config,
        .loop = worker->loop,
        .metrics = worker->shared.metrics,
        .coordinator = worker->coordinator,
        .audit = worker->shared.audit,
        .perspective = config->serves_checks ? worker->perspectives[0] : NULL,
    };
    worker->routes = routes_new(&routes);
    worker->httpd = httpd_new(worker->loop, &settings, routes_handle, worker->routes, err);
    return worker->httpd != NULL;
}

struct worker *worker_new(const struct config *config, const struct worker_shared *shared,
                          uint16_t port, struct err *err)
{
    struct worker *worker = xcalloc(1, sizeof *worker);
    worker->config = config;
    worker->shared = *shared;
    worker->loop = loop_new();
    worker->stop = loop_notifier_new(worker->loop, on_stop, worker);
    worker->aside = aside_new(worker->loop, shared->asides);
    worker->fetch = fetch_new(worker->loop, err);
    worker->tls = worker->fetch ? tls_new(worker->loop, err) : NULL;
    if (!worker->tls || !make_perspectives(worker, err)) {
        worker_free(worker);
        return NULL;
    }
    if (config->serves_mpic)
        make_coordinator(worker);
    if (!listen_on(worker, port, err)) {
        worker_free(worker);
        return NULL;
    }
    return worker;
}

uint16_t worker_port(const struct worker *worker)
{
    return httpd_port(worker->httpd);
}

/* Whatever peers choose should cost 20 ms at most: beyond this, somebody has found a way around it. */
#define TURN_WORTH_A_WARNING_US 100000

static void on_turn(uint64_t cpu_us, void *arg)
{
    const struct worker *worker = arg;
    bool is_longest = metrics_add_turn(worker->shared.metrics, cpu_us);
    char cpu_ms[24];
    snprintf(cpu_ms, sizeof cpu_ms, "%llu", (unsigned long long)(cpu_us / 1000));
    if (is_longest && cpu_us > TURN_WORTH_A_WARNING_US)
        LOG(LOG_WARN, "the longest turn of a loop so far: nobody else was served",
            {"cpu_ms", cpu_ms});
}

static void *run(void *arg)
{
    struct worker *worker = arg;
    loop_watch_turns(worker->loop, on_turn, worker);
    loop_run(worker->loop);
    return NULL;
}

bool worker_start(struct worker *worker, struct err *err)
{
    if (pthread_create(&worker->thread, NULL, run, worker) != 0)
        return err_set(err, ERR_IO, "cannot start a worker thread");
    worker->has_thread = true;
    return true;
}

void worker_stop(struct worker *worker, unsigned grace_ms)
{
    worker->grace_ms = grace_ms;
    loop_notifier_signal(worker->stop);
}

void worker_join(struct worker *worker)
{
    if (worker->has_thread)
        pthread_join(worker->thread, NULL);
    worker->has_thread = false;
}

/* The reverse of worker_new(): nothing is freed before what uses it. */
void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    loop_timer_stop(&worker->grace);
    routes_free(worker->routes);
    if (worker->httpd)
        httpd_free(worker->httpd);
    coordinator_free(worker->coordinator);
    own_addresses_free(worker->own);
    for (size_t i = 0; worker->perspectives && i < worker->config->local_count; i++) {
        perspective_free(worker->perspectives[i]);
        if (worker->resolvers[i])
            dns_free(worker->resolvers[i]);
    }
    free(worker->perspectives);
    free(worker->resolvers);
    free(worker->checks);
    aside_free(worker->aside);
    tls_free(worker->tls);
    fetch_free(worker->fetch);
    loop_notifier_free(worker->stop);
    loop_free(worker->loop);
    free(worker);
}
