#include "coordinator/watch.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/pause.h"

#include <stdio.h>
#include <stdlib.h>

/* The probes of one perspective. */
struct probe {
    struct watch *watch;
    size_t perspective;
    enum check_type failed_type; /* of the last failure: what a probe asks for */
    struct pause_job *pause;     /* waiting for the next probe, */
    struct transport_job *job;   /* or for its answer */
    struct arena *arena;         /* of the probe on its way */
    struct check_request request;
    struct transport_call call;
};

struct watch {
    struct loop *loop;
    const struct coordinator_settings *settings;
    struct transport *const *transports;
    struct health *health;
    struct probe *probes; /* one for each perspective */
    struct cohort_pool *pool;
    struct job_group jobs;
    coordinator_health_fn *listener;
    void *listener_arg;
};

/* --- changes ------------------------------------------------------------------------------- */

static void make_pool(struct watch *watch)
{
    const struct coordinator_settings *settings = watch->settings;
    cohort_pool_free(watch->pool);
    watch->pool = NULL;
    if (health_left_out_count(watch->health) == 0)
        return;
    bool *left_out = xcalloc(settings->perspective_count, sizeof *left_out);
    for (size_t i = 0; i < settings->perspective_count; i++)
        left_out[i] = health_get(watch->health, i)->state == HEALTH_LEFT_OUT;
    watch->pool = cohort_pool_new_without(settings->perspectives, settings->perspective_count,
                                          settings->secret, left_out);
    free(left_out);
}

static void on_change(struct watch *watch, size_t perspective, enum health_state before,
                      uint64_t failures_before)
{
    const struct health_entry *entry = health_get(watch->health, perspective);
    bool is_healthy = entry->state == HEALTH_HEALTHY;
    char failures[24];
    snprintf(failures, sizeof failures, "%llu",
             (unsigned long long)(is_healthy ? failures_before : entry->consecutive_failures));
    LOG(is_healthy ? LOG_INFO : LOG_WARN, "perspective health",
        {"perspective", watch->settings->perspectives[perspective].code},
        {"state", health_state_str(entry->state)}, {"before", health_state_str(before)},
        {"failures", failures});
    if (before == HEALTH_LEFT_OUT || entry->state == HEALTH_LEFT_OUT)
        make_pool(watch);
    if (watch->listener)
        watch->listener(perspective, before, entry->state, watch->listener_arg);
}

/* --- probes -------------------------------------------------------------------------------- */

static void end_probe(struct probe *probe)
{
    probe->job = NULL;
    arena_free(probe->arena);
    probe->arena = NULL;
}

static void probe_at(struct probe *probe, uint64_t at_ms);

static void mark_answer(struct watch *watch, size_t perspective)
{
    const struct health_entry *entry = health_get(watch->health, perspective);
    enum health_state before = entry->state;
    uint64_t failures = entry->consecutive_failures;
    if (!health_on_answer(watch->health, perspective, loop_wall_ns(watch->loop)))
        return;
    struct probe *probe = &watch->probes[perspective];
    if (probe->pause)
        pause_cancel(probe->pause);
    probe->pause = NULL;
    on_change(watch, perspective, before, failures);
}

static void on_probe_answer(const struct transport_answer *answer, void *arg)
{
    struct probe *probe = arg;
    struct watch *watch = probe->watch;
    enum transport_status status = answer->status;
    LOG(LOG_DEBUG, "health probe",
        {"perspective", watch->settings->perspectives[probe->perspective].code},
        {"status", transport_status_str(status)},
        {"reason", answer->log_text ? answer->log_text : answer->text});
    end_probe(probe);
    const struct health_entry *entry = health_get(watch->health, probe->perspective);
    enum health_state before = entry->state;
    if (status == TRANSPORT_OK)
        mark_answer(watch, probe->perspective);
    else if (status != TRANSPORT_BUSY && health_on_probe_failure(watch->health, probe->perspective))
        on_change(watch, probe->perspective, before, entry->consecutive_failures);
    uint64_t now_ms = loop_now_ms(watch->loop);
    if (before == HEALTH_HEALTHY && entry->state == HEALTH_FAILING)
        probe_at(probe, now_ms); /* it was suspected only: one probe is not enough */
    else if (entry->state != HEALTH_HEALTHY)
        probe_at(probe, now_ms + watch->settings->health_probe_interval_ms);
}

static void on_probe_time(void *arg)
{
    struct probe *probe = arg;
    struct watch *watch = probe->watch;
    probe->pause = NULL;
    probe->arena = arena_new();
    probe->request = (struct check_request){
        .check_type = probe->failed_type,
        .target = "invalid", /* RFC 6761 section 6.4: never registered */
        .trace_identifier = "health probe",
    };
    if (probe->failed_type == CHECK_DCV)
        probe->request.dcv = (struct dcv_params){.method = DCV_DNS_CHANGE,
                                                 .dns_record_type = DCV_RECORD_TXT,
                                                 .challenge_value = "health probe"};
    probe->call = (struct transport_call){.check = &probe->request, .arena = probe->arena};
    struct transport *transport = watch->transports[probe->perspective];
    uint64_t deadline_ms = loop_now_ms(watch->loop) + watch->settings->perspective_timeout_ms;
    probe->job = transport->ops->start(transport, &probe->call, &watch->jobs, deadline_ms,
                                       on_probe_answer, probe);
}

/* Without effect while a probe is waiting or on its way. */
static void probe_at(struct probe *probe, uint64_t at_ms)
{
    if (!probe->pause && !probe->job)
        probe->pause =
            pause_start(probe->watch->loop, &probe->watch->jobs, at_ms, on_probe_time, probe);
}

/* --- what the coordinator sees ------------------------------------------------------------- */

void watch_member(struct watch *watch, size_t perspective, enum check_type type,
                  enum transport_status status)
{
    struct probe *probe = &watch->probes[perspective];
    switch (status) {
    case TRANSPORT_OK:
        mark_answer(watch, perspective);
        return;
    case TRANSPORT_BUSY:
        return;
    case TRANSPORT_UNREACHABLE:
        probe->failed_type = type;
        if (!health_on_check_failure(watch->health, perspective))
            return;
        on_change(watch, perspective, HEALTH_HEALTHY, 0);
        break;
    case TRANSPORT_CUT:
    case TRANSPORT_TIMEOUT:
    case TRANSPORT_INVALID:
        probe->failed_type = type;
        if (!health_on_suspicion(watch->health, perspective))
            return;
        break;
    }
    probe_at(probe, loop_now_ms(watch->loop));
}

static void compare(struct watch *watch, const char *code, bool agrees)
{
    size_t i = 0;
    while (!str_eq(watch->settings->perspectives[i].code, code))
        i++;
    if (!health_on_comparison(watch->health, i, agrees))
        return;
    const struct health_entry *entry = health_get(watch->health, i);
    char disagreements[24];
    snprintf(disagreements, sizeof disagreements, "%u", entry->disagreements);
    LOG(entry->is_conspicuous ? LOG_WARN : LOG_INFO,
        entry->is_conspicuous ? "perspective often disagrees" : "perspective agrees again",
        {"perspective", code}, {"disagreements", disagreements});
}

void watch_attempt(struct watch *watch, const struct observations *seen)
{
    size_t all = 0;
    for (size_t g = 0; g < seen->count; g++)
        all += seen->groups[g].perspectives.count;
    if (all < 2 || 2 * seen->groups[0].perspectives.count <= all)
        return;
    for (size_t g = 0; g < seen->count; g++)
        for (size_t i = 0; i < seen->groups[g].perspectives.count; i++)
            compare(watch, seen->groups[g].perspectives.items[i], g == 0);
}

/* --- life ---------------------------------------------------------------------------------- */

struct watch *watch_new(struct loop *loop, const struct coordinator_settings *settings,
                        struct transport *const *transports)
{
    struct watch *watch = xcalloc(1, sizeof *watch);
    watch->loop = loop;
    watch->settings = settings;
    watch->transports = transports;
    const struct health_settings health = {
        .perspective_count = settings->perspective_count,
        .default_perspective_count = settings->default_perspective_count,
        .failures_before_leaving_out = settings->health_failures_before_leaving_out,
    };
    watch->health = health_new(&health);
    watch->probes = xcalloc(settings->perspective_count + 1, sizeof *watch->probes);
    for (size_t i = 0; i < settings->perspective_count; i++)
        watch->probes[i] = (struct probe){.watch = watch, .perspective = i};
    job_group_init(&watch->jobs);
    return watch;
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    job_group_cancel(&watch->jobs);
    for (size_t i = 0; i < watch->settings->perspective_count; i++)
        if (watch->probes[i].arena)
            arena_free(watch->probes[i].arena);
    cohort_pool_free(watch->pool);
    health_free(watch->health);
    free(watch->probes);
    free(watch);
}

void watch_set_listener(struct watch *watch, coordinator_health_fn *fn, void *arg)
{
    watch->listener = fn;
    watch->listener_arg = arg;
}

const struct health *watch_health(const struct watch *watch)
{
    return watch->health;
}

const struct cohort_pool *watch_pool(const struct watch *watch)
{
    return watch->pool;
}
