/*
 * Whether a coordinator's configuration can do what the Baseline Requirements demand, today and
 * soon. Asked when the configuration is read, by --check-config, and daily while mpicd runs.
 */
#pragma once

#include "base/arena.h"
#include "coordinator/coordinator.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COMPLIANCE_WARNING_DAYS = 90 };

enum compliance_state {
    COMPLIANCE_HOLDS,
    COMPLIANCE_ENDS, /* within COMPLIANCE_WARNING_DAYS */
    COMPLIANCE_BROKEN,
};

/* `text` says what is demanded since or from when, how many perspectives are meant by default, and
 * the clause; NULL if it holds. Lives in the arena. */
enum compliance_state compliance_watch(const struct coordinator_settings *settings, int64_t now_s,
                                       struct arena *arena, const char **text);

/* What changes within COMPLIANCE_WARNING_DAYS whatever the configuration says, but the number of
 * perspectives: "from 2027-03-15 on, in
 * 88 days, …"; absent if nothing does. Lives in the arena. */
struct strv compliance_changes(int64_t now_s, struct arena *arena);

/* How many cohorts of a size a name gets: the least and the most over a sample of names. */
struct cohort_range {
    size_t least, most;
};
struct cohort_range compliance_cohorts(const struct coordinator_settings *settings, size_t size,
                                       struct arena *arena);
