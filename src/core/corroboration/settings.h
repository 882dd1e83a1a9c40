/* What a coordinator is told by its operator: whom it may ask, and how long, how often and by which rules. */
#pragma once

#include "base/bytes.h"
#include "core/corroboration/perspective.h"
#include "core/method/baseline.h"

#include <stdbool.h>
#include <stddef.h>

struct coordinator_settings {
    const struct perspective_info *perspectives;
    size_t perspective_count;
    struct bytes secret;
    size_t default_perspective_count;
    size_t absolute_max_attempts;
    unsigned perspective_timeout_ms; /* of one attempt */
    unsigned request_timeout_ms;     /* of all attempts together */
    enum baseline_mode baseline;
    const char *br_version; /* of the Baseline Requirements; NULL: the one of the day */
    bool returns_early;     /* once the verdict is certain, stragglers get return_early_grace_ms */
    unsigned return_early_grace_ms;
    bool has_primary; /* the coordinator performs the Primary Network Perspective's check, too */
    struct perspective_info primary;             /* where that is */
    unsigned health_failures_before_leaving_out; /* 0: nobody is left out */
    unsigned health_probe_interval_ms;
    bool from_one_place; /* --dev: every perspective is this machine; a finding says so */
};
