/* The daemon: options, signals, start and stop. What it does is in service/. */
#include "base/log.h"
#include "base/log_writer.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/compliance_watch.h"
#include "config/config.h"
#include "config/summary.h"
#include "config/yaml.h"
#include "crypto/digest.h"
#include "net/aside.h"
#include "net/dns.h"
#include "net/fetch.h"
#include "net/httpd.h"
#include "net/names.h"
#include "prog/process.h"
#include "service/audit.h"
#include "service/metrics.h"
#include "service/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    EXIT_USAGE_ERROR = 64,
    STOP_GRACE_MS = 15000,
    DESCRIPTORS_WANTED = 65536,
    NAMES_WAIT_MS = 2000,
    LOG_WAIT_MS = 500, /* for whoever reads it, at the end */
};

static const char usage[] =
    "Usage: mpicd --config FILE          run with this configuration\n"
    "       mpicd --check-config FILE    say what it would do, or each mistake in FILE; exit 0 or 1\n"
    "       mpicd --dev [--listen ADDRESS:PORT]\n"
    "                                    try it out: coordinator and six perspectives in one process,\n"
    "                                    all in this one place, on 127.0.0.1:8000\n"
    "       mpicd --help | --version\n"
    "\n"
    "The keys of FILE are in mpicd.yaml(5). The log goes to standard error.\n"
    "SIGHUP opens the audit file anew.\n"
    "SIGTERM and SIGINT stop it in order: requests in flight are answered; a second one stops it at once.\n"
    "Exit status: 0 stopped in order, 1 it could not start, 64 wrong usage.\n";

struct options {
    const char *config_file;
    const char *listen;
    bool is_check, is_dev;
};

static int complain(const char *what, const char *about)
{
    fprintf(stderr, "mpicd: %s%s%s\nTry \"mpicd --help\".\n", what, about ? " " : "",
            about ? about : "");
    return EXIT_USAGE_ERROR;
}

static void print_version(void)
{
    printf("mpicd %s\nlibevent %s\nlibcurl %s\nlibunbound %s\nlibyaml %s\n%s\n", MPIC_VERSION,
           httpd_library_version(), fetch_library_version(), dns_library_version(),
           yaml_library_version(), crypto_library_version());
    struct arena *arena = arena_new();
    struct library_ruling ruling =
        library_floor_rule(&library_floor_unbound, dns_library_version(), NULL,
                           "perspective.dns.accept_library", arena);
    if (ruling.text)
        printf("\n%s\n", ruling.text);
    arena_free(arena);
}

/* The value of an option: behind "=", or the next word; NULL if there is none. */
static const char *value_of(int argc, char **argv, int *at)
{
    const char *equals = strchr(argv[*at], '=');
    if (equals)
        return equals + 1;
    return *at + 1 < argc ? argv[++*at] : NULL;
}

static bool is_option(const char *word, const char *name)
{
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 && (word[length] == '\0' || word[length] == '=');
}

/* False with the exit status in `status`: print nothing more. */
static bool parse_options(int argc, char **argv, struct options *out, int *status)
{
    *out = (struct options){0};
    for (int at = 1; at < argc; at++) {
        const char *word = argv[at];
        if (str_eq(word, "--help") || str_eq(word, "-h")) {
            fputs(usage, stdout);
            *status = 0;
            return false;
        }
        if (str_eq(word, "--version") || str_eq(word, "-V")) {
            print_version();
            *status = 0;
            return false;
        }
        const char **target = is_option(word, "--config") || is_option(word, "--check-config")
                                  ? &out->config_file
                              : is_option(word, "--listen") ? &out->listen
                                                            : NULL;
        out->is_check = out->is_check || is_option(word, "--check-config");
        if (str_eq(word, "--dev")) {
            out->is_dev = true;
        } else if (!target) {
            *status = complain("unknown option", word);
            return false;
        } else if (!(*target = value_of(argc, argv, &at)) || !**target) {
            *status = complain("a value is missing after", word);
            return false;
        }
    }
    *status = EXIT_USAGE_ERROR;
    if (!out->config_file && !out->is_dev)
        *status = complain("needs --config FILE or --dev", NULL);
    else if (out->config_file && out->is_dev)
        *status = complain("--dev takes no --config", NULL);
    else if (out->listen && !out->is_dev)
        *status =
            complain("--listen goes with --dev; use server.listen in the configuration", NULL);
    else
        return true;
    return false;
}

/* --- running --------------------------------------------------------------------------------- */

struct crew {
    struct metrics *metrics;
    struct worker **workers;
    unsigned count;
    struct audit *audit;       /* NULL: none */
    struct names *names;       /* NULL: none */
    struct aside_pool *asides; /* likewise */
};

static void free_crew(struct crew *crew)
{
    for (unsigned i = 0; i < crew->count; i++)
        worker_free(crew->workers[i]);
    free(crew->workers);
    metrics_free(crew->metrics);
    audit_close(crew->audit);
    names_free(crew->names);
    aside_pool_free(crew->asides);
}

/* The hosts of the perspectives' URLs, known before the first request where the resolver answers. */
static struct names *look_up_peers(const struct config *config)
{
    struct arena *arena = arena_new();
    const struct strv hosts = config_peer_hosts(config, arena);
    struct names *names = names_new(&hosts);
    names_wait(names, NAMES_WAIT_MS);
    arena_free(arena);
    return names;
}

/* All that can fail, and all resolver contexts (libunbound wants them made by one thread), before any thread runs. */
static bool make_crew(const struct config *config, struct crew *crew, struct err *err)
{
    crew->workers = xcalloc(config->workers, sizeof(struct worker *));
    crew->count = 0;
    crew->metrics =
        metrics_new(config->coordinator.perspectives, config->coordinator.perspective_count);
    metrics_set_resolver(crew->metrics, config->resolver_version,
                         config->resolver_ruling.standing != LIBRARY_CURRENT);
    crew->audit = NULL;
    crew->names = NULL;
    crew->asides = NULL;
    if (!httpd_check_listen(config->listen, err))
        return false;
    if (config->audit_file && !(crew->audit = audit_open(config->audit_file, err)))
        return false;
    crew->names = look_up_peers(config);
    crew->asides = aside_pool_new();
    uint16_t port = 0;
    while (crew->count < config->workers) {
        const struct worker_shared shared = {.metrics = crew->metrics,
                                             .audit = crew->audit,
                                             .names = crew->names,
                                             .asides = crew->asides};
        struct worker *worker = worker_new(config, &shared, port, err);
        if (!worker)
            return false;
        crew->workers[crew->count++] = worker;
        port = worker_port(worker);
    }
    return true;
}

static void log_listening(const struct config *config, uint16_t port)
{
    char host[64] = "", address[96], workers[16];
    uint16_t configured = 0;
    struct err err;
    if (httpd_parse_listen(config->listen, host, &configured, &err))
        snprintf(address, sizeof address, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
    snprintf(workers, sizeof workers, "%u", config->workers);
    if (config->is_dev)
        LOG(LOG_WARN, "for trying mpic out only",
            {"reason",
             "every perspective is this one machine: nothing is corroborated from elsewhere"});
    if (config->resolver_ruling.text)
        LOG(LOG_WARN, "resolver", {"warning", config->resolver_ruling.text});
    LOG(LOG_INFO, "listening", {"address", address}, {"workers", workers},
        {"roles", config->serves_mpic && config->serves_checks ? "coordinator, perspective"
                  : config->serves_mpic                        ? "coordinator"
                                                               : "perspective"},
        {"version", MPIC_VERSION});
}

static int wait_for_signal(const sigset_t *signals)
{
    int number = 0;
    while (sigwait(signals, &number) != 0) {
    }
    return number;
}

/* What the operator, or the CA that asks, has to be ready for. */
static void tell_changes(const struct config *config)
{
    if (!config->serves_mpic || config->coordinator.baseline == BASELINE_OFF)
        return;
    struct arena *arena = arena_new();
    const struct strv changes = compliance_changes((int64_t)time(NULL), arena);
    for (size_t i = 0; i < changes.count; i++)
        LOG(LOG_WARN, "baseline requirements will change", {"change", changes.items[i]});
    arena_free(arena);
}

/* The Baseline Requirements become stricter on fixed days, and a process may run for months. */
static void look_at_calendar(const struct config *config)
{
    struct arena *arena = arena_new();
    const char *text;
    if (config->serves_mpic && config->coordinator.baseline != BASELINE_OFF &&
        compliance_watch(&config->coordinator, (int64_t)time(NULL), arena, &text) !=
            COMPLIANCE_HOLDS)
        LOG(LOG_WARN, "baseline requirements", {"coordinator.default_perspective_count", text});
    arena_free(arena);
    tell_changes(config);
}

static void reopen_audit(struct audit *audit)
{
    struct err err;
    if (audit && !audit_reopen(audit, &err))
        LOG(LOG_ERROR, "audit file not reopened", {"reason", err.text});
    else if (audit)
        LOG(LOG_INFO, "audit file reopened", {"signal", "SIGHUP"});
}

/* Until a signal to stop; what the start said of the calendar is said again each day. */
static int watch_days(const struct config *config, struct audit *audit, const sigset_t *signals)
{
    for (;;) {
        const struct timespec day = {.tv_sec = 24 * 3600};
        int number = sigtimedwait(signals, NULL, &day);
        if (number == SIGHUP)
            reopen_audit(audit);
        else if (number > 0)
            return number;
        if (errno == EAGAIN)
            look_at_calendar(config);
    }
}

/* After the second signal nothing is waited for. */
static void *end_on_signal(void *arg)
{
    wait_for_signal(arg);
    LOG(LOG_WARN, "stopped at once", {"reason", "second signal"});
    log_writer_stop(LOG_WAIT_MS);
    _exit(1);
}

/* Every check needs a few descriptors for a moment, and so does every resolver: take what we may have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
        setrlimit(RLIMIT_NOFILE,
                  &limit); /* in vain: fewer checks at once, told by their failures */
    }
}

static int run(const struct config *config)
{
    raise_descriptor_limit();
    /* Blocked before threads exist, so that only sigwait() below gets them. Static, because the
       thread that waits for the second signal may outlive this function. */
    static sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);

    struct crew crew = {0};
    struct err err;
    bool made = log_writer_start(&err) && make_crew(config, &crew, &err);
    unsigned started = 0;
    while (made && started < crew.count && worker_start(crew.workers[started], &err))
        started++;
    bool running = made && started == crew.count;
    if (running) {
        log_listening(config, worker_port(crew.workers[0]));
        tell_changes(config);
        int number = watch_days(config, crew.audit, &signals);
        sigdelset(&signals, SIGHUP);
        LOG(LOG_INFO, "stopping", {"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"});
        pthread_t second;
        if (pthread_create(&second, NULL, end_on_signal, &signals) == 0)
            pthread_detach(second);
    } else {
        fprintf(stderr, "mpicd: %s\n", err.text);
    }
    for (unsigned i = 0; i < started; i++)
        worker_stop(crew.workers[i], STOP_GRACE_MS);
    for (unsigned i = 0; i < started; i++)
        worker_join(crew.workers[i]);
    free_crew(&crew);
    if (running)
        LOG(LOG_INFO, "stopped", {"version", MPIC_VERSION});
    log_writer_stop(LOG_WAIT_MS);
    return running ? 0 : 1;
}

static void log_warning(const char *line, void *arg)
{
    (void)arg;
    LOG(LOG_WARN, "configuration", {"warning", line});
}

int main(int argc, char **argv)
{
    struct options options;
    int status = 0;
    process_begin();
    if (!parse_options(argc, argv, &options, &status))
        return status;
    struct arena *arena = arena_new();
    struct mistakes mistakes;
    mistakes_init(&mistakes, arena);
    const char *resolver = dns_library_version();
    const struct config *config = options.is_dev
                                      ? config_load_dev(options.listen, resolver, &mistakes)
                                      : config_load(options.config_file, resolver, &mistakes);
    struct buf text = {0};
    status = 1;
    if (!config || options.is_check) {
        mistakes_format(&mistakes, MISTAKES_ALL, &text);
        fputs(buf_str(&text), stderr);
        buf_clear(&text);
    }
    if (config && options.is_check) {
        config_summary(config, (int64_t)time(NULL), &text);
        fputs(buf_str(&text), stdout);
        buf_clear(&text);
        status = 0;
    } else if (config) {
        log_setup(config->log_level, config->log_format, STDERR_FILENO);
        mistakes_each_warning(&mistakes, log_warning, NULL);
        status = run(config);
    }
    arena_free(arena);
    return status;
}
