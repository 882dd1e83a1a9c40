#include "service/metrics.h"

#include "core/corroboration/library_floor.h"

#include "base/log_writer.h"
#include "base/mem.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What routes.c answers, and what the HTTP server refuses by itself; another status would be counted as the last. */
static const int statuses[] = {200, 400, 404, 405, 408, 413, 414, 417, 431, 501, 503, 505, 500};
enum { STATUS_COUNT = sizeof statuses / sizeof *statuses, VERDICT_COUNT = VERDICT_PASS + 1 };

/* The paths that are told apart; the last stands for all others. */
static const char *const routes[] = {"/mpic",    "/mpic/draft-00", "/caa",     "/dcv",
                                     "/observe", "/healthz",       "/configz", "/openapi.json",
                                     "/metrics", "other"};
enum {
    ROUTE_COUNT = sizeof routes / sizeof *routes,
    TIMED_ROUTES = 5 /* the first: those that ask somebody */
};

/* Nothing that a peer chooses may take longer at a stretch. */
#define LONG_TURN_US 20000

typedef atomic_uint_least64_t counter;

struct metrics {
    const struct perspective_info *perspectives;
    size_t perspective_count;
    const char *resolver_version; /* NULL: none */
    bool is_resolver_below;
    counter requests[ROUTE_COUNT][STATUS_COUNT];
    counter drops[HTTPD_DROP_COUNT];
    struct dns_counters dns;
    counter longest_turn_us;
    counter long_turns;
    counter duration_us[ROUTE_COUNT];
    counter duration_count[ROUTE_COUNT];
    counter checks[DCV_METHOD_COUNT][VERDICT_COUNT]; /* DCV_NONE: CAA */
    counter observations[2][OBSERVE_PRESENT + 1];    /* records, files */
    counter corroborations[DCV_METHOD_COUNT][2];     /* not valid, valid */
    struct metrics_perspective {
        counter results[VERDICT_COUNT];
        counter
            health[HEALTH_STATE_COUNT]; /* workers in whose view it is so; of "healthy" unused */
    } of[];
};

struct metrics *metrics_new(const struct perspective_info *perspectives, size_t count)
{
    struct metrics *metrics = xcalloc(1, sizeof *metrics + count * sizeof metrics->of[0]);
    metrics->perspectives = perspectives;
    metrics->perspective_count = count;
    return metrics;
}

void metrics_set_resolver(struct metrics *metrics, const char *version, bool is_below_floor)
{
    metrics->resolver_version = version;
    metrics->is_resolver_below = is_below_floor;
}

struct dns_counters *metrics_dns(struct metrics *metrics)
{
    return &metrics->dns;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

/* No order is needed: each number stands for itself. */
static void add(counter *c, uint64_t n)
{
    atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static uint64_t read(const counter *c)
{
    return atomic_load_explicit(c, memory_order_relaxed);
}

/* --- counting -------------------------------------------------------------------------------- */

static size_t route_of(const char *path)
{
    size_t i = 0;
    while (i + 1 < ROUTE_COUNT && !str_eq(routes[i], path))
        i++;
    return i;
}

void metrics_add_request(struct metrics *metrics, const char *path, int status)
{
    size_t i = 0;
    while (i + 1 < STATUS_COUNT && statuses[i] != status)
        i++;
    add(&metrics->requests[route_of(path)][i], 1);
}

void metrics_add_drop(struct metrics *metrics, enum httpd_drop why)
{
    add(&metrics->drops[why], 1);
}

void metrics_add_duration(struct metrics *metrics, const char *path, uint64_t us)
{
    size_t route = route_of(path);
    add(&metrics->duration_us[route], us);
    add(&metrics->duration_count[route], 1);
}

bool metrics_add_turn(struct metrics *metrics, uint64_t cpu_us)
{
    uint64_t longest_us = read(&metrics->longest_turn_us);
    if (cpu_us > LONG_TURN_US)
        add(&metrics->long_turns, 1);
    while (cpu_us > longest_us)
        if (atomic_compare_exchange_weak_explicit(&metrics->longest_turn_us, &longest_us, cpu_us,
                                                  memory_order_relaxed, memory_order_relaxed))
            return true;
    return false;
}

void metrics_add_check(struct metrics *metrics, const struct check_result *result)
{
    add(&metrics->checks[result->method][result->verdict], 1);
}

void metrics_add_observation(struct metrics *metrics, const struct observed *seen)
{
    add(&metrics->observations[seen->has_file][seen->outcome], 1);
}

static void add_result(struct metrics *metrics, const struct perspective_result *result)
{
    for (size_t i = 0; i < metrics->perspective_count; i++)
        if (str_eq(metrics->perspectives[i].code, result->code))
            add(&metrics->of[i].results[result->result.verdict], 1);
}

void metrics_add_corroboration(struct metrics *metrics, const struct mpic_response *response)
{
    const struct check_request *check = &response->request->check;
    enum dcv_method method = method_of_request(check)->method;
    add(&metrics->corroborations[method][response->is_valid], 1);
    for (size_t a = 0; a < response->attempt_count; a++)
        for (size_t i = 0; i < response->attempts[a].count; i++)
            add_result(metrics, &response->attempts[a].results[i]);
}

void metrics_move_health(struct metrics *metrics, size_t perspective, enum health_state before,
                         enum health_state now)
{
    struct metrics_perspective *of = &metrics->of[perspective];
    add(&of->health[now], 1);
    atomic_fetch_sub_explicit(&of->health[before], 1, memory_order_relaxed);
}

/* --- writing --------------------------------------------------------------------------------- */

static void put_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static const char *method_name(int method)
{
    return method_get((enum dcv_method)method)->name;
}

static void put_requests(struct buf *out, const struct metrics *metrics)
{
    put_head(out, "mpic_requests_total", "counter", "Requests answered, by path and HTTP status.");
    for (size_t route = 0; route < ROUTE_COUNT; route++)
        for (size_t i = 0; i < STATUS_COUNT; i++) {
            uint64_t count = read(&metrics->requests[route][i]);
            if (count > 0)
                buf_printf(out, "mpic_requests_total{route=\"%s\",status=\"%d\"} %" PRIu64 "\n",
                           routes[route], statuses[i], count);
        }
}

static void put_drops(struct buf *out, const struct metrics *metrics)
{
    static const char *const reasons[HTTPD_DROP_COUNT] = {
        [HTTPD_DROP_GAVE_WAY] = "gave_way",
        [HTTPD_DROP_NO_ROOM] = "no_room",
        [HTTPD_DROP_SLOW_READER] = "slow_reader",
    };
    put_head(out, "mpic_connections_dropped_total", "counter",
             "Connections closed without an answer, by reason.");
    for (int why = 0; why < HTTPD_DROP_COUNT; why++)
        buf_printf(out, "mpic_connections_dropped_total{reason=\"%s\"} %" PRIu64 "\n", reasons[why],
                   read(&metrics->drops[why]));
}

static void put_turns(struct buf *out, const struct metrics *metrics)
{
    uint64_t us = read(&metrics->longest_turn_us);
    put_head(
        out, "mpic_loop_stall_seconds_max", "gauge",
        "The most CPU that one turn of a worker's loop took: for that long it served nobody else.");
    buf_printf(out, "mpic_loop_stall_seconds_max %" PRIu64 ".%06" PRIu64 "\n", us / 1000000,
               us % 1000000);
    put_head(out, "mpic_loop_stalls_total", "counter",
             "Turns of a loop that took more than 20 ms.");
    buf_printf(out, "mpic_loop_stalls_total %" PRIu64 "\n", read(&metrics->long_turns));
}

static void put_durations(struct buf *out, const struct metrics *metrics)
{
    put_head(out, "mpic_duration_seconds", "summary",
             "Time from a request to its answer, of corroborations and checks.");
    for (size_t route = 0; route < TIMED_ROUTES; route++) {
        uint64_t us = read(&metrics->duration_us[route]);
        buf_printf(out,
                   "mpic_duration_seconds_sum{route=\"%s\"} %" PRIu64 ".%06" PRIu64 "\n"
                   "mpic_duration_seconds_count{route=\"%s\"} %" PRIu64 "\n",
                   routes[route], us / 1000000, us % 1000000, routes[route],
                   read(&metrics->duration_count[route]));
    }
}

static void put_checks(struct buf *out, const struct metrics *metrics)
{
    put_head(out, "mpic_checks_total", "counter",
             "Answers to POST /caa and /dcv, by method and verdict.");
    for (int method = DCV_NONE; method < DCV_METHOD_COUNT; method++)
        for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
            buf_printf(out, "mpic_checks_total{method=\"%s\",verdict=\"%s\"} %" PRIu64 "\n",
                       method_name(method), verdict_str((enum verdict)verdict),
                       read(&metrics->checks[method][verdict]));
}

static void put_observations(struct buf *out, const struct metrics *metrics)
{
    static const char *const kinds[] = {"records", "file"};
    put_head(out, "mpic_observations_total", "counter",
             "Observations in answers to POST /observe, by kind and outcome.");
    for (int kind = 0; kind < 2; kind++)
        for (int outcome = 0; outcome <= OBSERVE_PRESENT; outcome++)
            buf_printf(out, "mpic_observations_total{kind=\"%s\",outcome=\"%s\"} %" PRIu64 "\n",
                       kinds[kind], observe_outcome_str((enum observe_outcome)outcome),
                       read(&metrics->observations[kind][outcome]));
}

static void put_corroborations(struct buf *out, const struct metrics *metrics)
{
    put_head(out, "mpic_corroborations_total", "counter",
             "Answers to POST /mpic, by method and whether they are valid.");
    for (int method = DCV_NONE; method < DCV_METHOD_COUNT; method++)
        for (int valid = 0; valid < 2; valid++)
            buf_printf(out, "mpic_corroborations_total{method=\"%s\",valid=\"%s\"} %" PRIu64 "\n",
                       method_name(method), valid ? "true" : "false",
                       read(&metrics->corroborations[method][valid]));
}

/* The configuration takes any text for a code: it is escaped as a label's value must be. */
static void put_label(struct buf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            buf_printf(out, "\\n");
        else
            buf_printf(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    }
}

static void put_results(struct buf *out, const struct metrics *metrics)
{
    put_head(out, "mpic_perspective_results_total", "counter",
             "Results of perspectives in corroborations, all attempts, by verdict.");
    for (size_t i = 0; i < metrics->perspective_count; i++)
        for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
            buf_printf(out, "mpic_perspective_results_total{perspective=\"");
            put_label(out, metrics->perspectives[i].code);
            buf_printf(out, "\",verdict=\"%s\"} %" PRIu64 "\n", verdict_str((enum verdict)verdict),
                       read(&metrics->of[i].results[verdict]));
        }
}

static void put_health(struct buf *out, const struct metrics *metrics)
{
    put_head(out, "mpic_perspective_unhealthy_workers", "gauge",
             "Workers that find a perspective failing, or leave it out of the cohorts.");
    for (size_t i = 0; i < metrics->perspective_count; i++)
        for (int state = HEALTH_FAILING; state < HEALTH_STATE_COUNT; state++) {
            buf_printf(out, "mpic_perspective_unhealthy_workers{perspective=\"");
            put_label(out, metrics->perspectives[i].code);
            buf_printf(out, "\",state=\"%s\"} %" PRIu64 "\n",
                       health_state_str((enum health_state)state),
                       read(&metrics->of[i].health[state]));
        }
}

static void put_log(struct buf *out)
{
    put_head(out, "mpic_log_lines_lost_total", "counter",
             "Log lines lost because nobody read the log fast enough.");
    buf_printf(out, "mpic_log_lines_lost_total %" PRIu64 "\n", log_writer_lost());
}

static void put_library(struct buf *out, const struct metrics *metrics)
{
    if (!metrics->resolver_version)
        return;
    put_head(out, "mpic_library_below_floor", "gauge",
             "1: this library is older than the oldest version that a CA may rely on.");
    buf_printf(out, "mpic_library_below_floor{library=\"%s\",version=\"",
               library_floor_unbound.library);
    put_label(out, metrics->resolver_version);
    buf_printf(out, "\",minimum=\"%s\"} %d\n", library_floor_unbound.minimum,
               metrics->is_resolver_below);
}

static void put_dns(struct buf *out, const struct metrics *metrics)
{
    const struct dns_counters *dns = &metrics->dns;
    put_head(
        out, "mpic_dns_questions", "gauge",
        "DNS questions: under way (given up: nobody awaits them any more), or waiting for others.");
    buf_printf(out,
               "mpic_dns_questions{state=\"awaited\"} %" PRId64 "\n"
               "mpic_dns_questions{state=\"given_up\"} %" PRId64 "\n"
               "mpic_dns_questions{state=\"waiting\"} %" PRId64 "\n",
               dns->under_way - dns->given_up, (int64_t)dns->given_up, (int64_t)dns->waiting);
    put_head(out, "mpic_dns_resolvers_replaced_total", "counter",
             "Resolvers that were replaced to end questions that nobody awaits any more.");
    buf_printf(out, "mpic_dns_resolvers_replaced_total %" PRId64 "\n", (int64_t)dns->replaced);
}

void metrics_format(const struct metrics *metrics, struct buf *out)
{
    put_requests(out, metrics);
    put_drops(out, metrics);
    put_turns(out, metrics);
    put_durations(out, metrics);
    put_checks(out, metrics);
    put_corroborations(out, metrics);
    put_observations(out, metrics);
    put_results(out, metrics);
    put_health(out, metrics);
    put_log(out);
    put_library(out, metrics);
    put_dns(out, metrics);
}
