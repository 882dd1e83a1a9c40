#include "wire/audit.h"

#include "wire/text.h"

/* Readers of old files look at it; it changes when a property changes its meaning or goes. */
enum { AUDIT_VERSION = 1 };

void wire_encode_audit(const struct wire_audit *record, struct buf *out)
{
    text_put_raw(out, "{");
    text_put_key(out, "audit_version");
    text_put_int(out, AUDIT_VERSION);
    text_put_key(out, "timestamp_ns");
    text_put_int(out, record->time_ns);
    text_put_key(out, "mpic_version");
    text_put_string(out, MPIC_VERSION);
    text_put_key(out, "client");
    text_put_string(out, record->client);
    text_put_key(out, "duration_us");
    text_put_int(out, (int64_t)record->duration_us);
    text_put_key(out, "response");
    buf_append(out, record->response.p, record->response.n);
    text_put_raw(out, "}");
}
