/* GET /configz: what a process is, in the properties of the reference (wire contract E.3). */
#pragma once

#include "base/buf.h"
#include "base/opt.h"
#include "base/strv.h"

#include <stdbool.h>

/* Properties of a role that the process does not have are left out. */
struct wire_configz {
    const char *version;
    int log_level; /* as Python counts them: 10 debug, 20 info, 30 warning, 40 error */
    bool is_coordinator;
    int64_t absolute_max_attempts, default_perspective_count;
    double perspective_timeout_s;
    bool is_perspective;
    const struct strv *caa_domains;
    double dns_timeout_s, http_timeout_s;
    bool verify_tls;
    int64_t idle_timeout_s;
};

void wire_encode_configz(const struct wire_configz *configz, struct buf *out);
