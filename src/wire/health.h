/* GET /healthz?verbose: the perspectives as one worker of a coordinator sees them. */
#pragma once

#include "base/buf.h"
#include "core/corroboration/health.h"
#include "core/corroboration/library_floor.h"
#include "core/corroboration/perspective.h"

struct wire_health {
    const struct health *health; /* NULL: the process is no coordinator, the list is empty */
    const struct perspective_info *perspectives; /* those of `health` */
    const char *resolver_version;                /* of libunbound; NULL: no resolver runs here */
    enum library_standing resolver_standing;
};
void wire_encode_health(const struct wire_health *view, struct buf *out);
