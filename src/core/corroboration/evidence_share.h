/*
 * How much of the evidence of several answers fits one response: a share for each answer, and the records
 * that are shown where not all can be. Pure. A verdict never depends on it.
 */
#pragma once

#include "base/arena.h"
#include "core/method/check.h"

#include <stddef.h>

/*
 * The most that each of `count` parts of these sizes may have so that together they have `total`: the parts
 * below it stay whole, and what they leave goes to the others, so that one that floods takes nothing from
 * those that do not. SIZE_MAX if all fit.
 */
size_t evidence_share(const size_t *sizes, size_t count, size_t total);

/*
 * At most `max` of the records_seen of a result, in their order: those that decide first (the record that
 * matched, that the reason quotes, that names an issuer of the request, or is critical), then others of the
 * kinds that permit, then the rest. `max` is 1 or more.
 */
struct strv evidence_choose_records(const struct check_request *request,
                                    const struct check_result *result, size_t max,
                                    struct arena *arena);
