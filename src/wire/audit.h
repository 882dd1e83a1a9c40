/* One line of the audit file (BR 5.4.1). */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"

#include <stdint.h>

struct wire_audit {
    int64_t time_ns;
    const char *client;
    uint64_t duration_us;
    struct bytes response; /* JSON */
};

/* {"audit_version":1,"timestamp_ns":…,"mpic_version":"…","client":"…","duration_us":…,"response":{…}} */
void wire_encode_audit(const struct wire_audit *record, struct buf *out);
