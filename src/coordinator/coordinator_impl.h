/* What the files of the coordinator share. Private to them. */
#pragma once

#include "coordinator/coordinator.h"
#include "coordinator/watch.h"

struct coordinator {
    struct loop *loop;
    const struct coordinator_settings *settings;
    struct cohort_pool *pool;
    struct transport **transports;
    struct watch *watch;
    struct transport *primary; /* NULL: the caller performs that check */
};

/*
 * The cohorts of that size: of the perspectives that are not left out, if they have one; else of all.
 * `by_number`: of all, since the number of a cohort means the same, whoever is left out at the moment.
 */
struct cohort_plan coordinator_plan(const struct coordinator *coordinator, const char *seed,
                                    size_t size, bool by_number, struct arena *arena);
