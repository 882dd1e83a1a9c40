/* What the files of the coordinator share. Private to them. */
#pragma once

#include "coordinator/coordinator.h"
#include "coordinator/watch.h"

struct coordinator {
    struct loop *loop;
    struct aside *aside;
    const struct coordinator_settings *settings;
    struct cohort_pool *pool;
    struct transport **transports;
    struct watch *watch;
    struct transport *primary; /* NULL: the caller performs that check */
};

/* Whom cohorts may be made of at the moment. */
struct cohort_pools coordinator_pools(const struct coordinator *coordinator);
struct moment coordinator_now(const struct coordinator *coordinator);
