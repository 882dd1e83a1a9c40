/*
 * What the process has done so far, counted: GET /metrics gives it as Prometheus reads it (text format
 * 0.0.4). All workers count into one object, from their threads, without locks; a number that is read while
 * others are added to may be older than its neighbour by one request.
 *
 * Labels come from closed lists and from the configuration only: nothing that a client or an applicant
 * sends makes a new series.
 */
#pragma once

#include "base/buf.h"
#include "core/corroboration/health.h"
#include "core/corroboration/mpic.h"
#include "core/corroboration/observe.h"
#include "core/corroboration/perspective.h"
#include "net/dns.h"
#include "net/httpd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metrics;

/* `perspectives` (of the coordinator; may be none) must outlive the metrics. */
struct metrics *metrics_new(const struct perspective_info *perspectives, size_t count);
void metrics_free(struct metrics *metrics);
/* The version of libunbound, static, and whether it is below its floor (core/corroboration/library_floor.h); before
 * any thread runs. Without it the series is not there: no resolver runs. */
void metrics_set_resolver(struct metrics *metrics, const char *version, bool is_below_floor);

/* A request that was answered. Paths that nobody serves are counted as one, and so is what was refused before its
 * path was known (NULL). */
void metrics_add_request(struct metrics *metrics, const char *path, int status);
/* A connection that was closed without an answer. */
void metrics_add_drop(struct metrics *metrics, enum httpd_drop why);
/* How long a check or a corroboration took, from the request to its answer. */
void metrics_add_duration(struct metrics *metrics, const char *path, uint64_t us);
/* A turn of a worker's loop, by the CPU that it took. True if it is the longest so far. */
bool metrics_add_turn(struct metrics *metrics, uint64_t cpu_us);
/* An answer to POST /caa or /dcv. */
void metrics_add_check(struct metrics *metrics, const struct check_result *result);
/* An answer to POST /mpic, and the results of its perspectives in all attempts. */
void metrics_add_corroboration(struct metrics *metrics, const struct mpic_response *response);
/* What one perspective saw, in an answer to POST /observe. */
void metrics_add_observation(struct metrics *metrics, const struct observed *seen);
/* A worker's view of a perspective's health changed; all workers begin with "healthy". */
void metrics_move_health(struct metrics *metrics, size_t perspective, enum health_state before,
                         enum health_state now);

/* The numbers of the resolvers: all of the process add to them. */
struct dns_counters *metrics_dns(struct metrics *metrics);

void metrics_format(const struct metrics *metrics, struct buf *out);
