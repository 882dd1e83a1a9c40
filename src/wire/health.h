/* GET /healthz?verbose: the perspectives as one worker of a coordinator sees them. */
#pragma once

#include "base/buf.h"
#include "core/health.h"
#include "core/perspective.h"

/* `health` NULL: the process is no coordinator, the list is empty. `perspectives` are those of `health`. */
void wire_encode_health(const struct health *health, const struct perspective_info *perspectives,
                        struct buf *out);
