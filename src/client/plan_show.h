/* What `mpic plan` tells people of a configuration. Pure: the day and the cohorts are given. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "config/config.h"
#include "core/corroboration/cohort.h"
#include "core/names/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan {
    const struct config *config; /* with a coordinator */
    const char *date;            /* "2026-11-23" */
    int64_t time_s;              /* on that day */
    const char *name;            /* as it was asked for; NULL: none */
    struct target target;
    struct cohort_plan cohorts; /* of the target, of the default size */
};

/* True if nothing in the configuration breaks the Baseline Requirements on the day: enough
 * perspectives by default, none too close to the Primary Network Perspective, one machine is one
 * perspective, and no breach that the configuration was warned of (BR 3.2.2.9). */
bool plan_complies(const struct plan *plan);

/* The perspectives, their distances, the cohorts of every size, compliance on the day and what ends
 * it, the methods that are on their way out, and the cohorts of the name. */
void plan_show(const struct plan *plan, struct arena *arena, struct buf *out);
