#include "wire/audit.h"

#include "base/limits.h"
#include "base/str.h"
#include "wire/hide.h"
#include "wire/response.h"
#include "wire/text.h"
#include "wire/wire.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

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

/* Everything but unreserved characters (RFC 3986 section 2.3) encoded: as a redirect repeats it. */
static struct bytes percent_encoded(const char *text, struct arena *arena)
{
    char *out = arena_alloc(arena, 3 * strlen(text) + 1);
    size_t n = 0;
    for (const char *c = text; *c; c++) {
        if (ascii_is_alnum(*c) || strchr("-._~", *c))
            out[n++] = *c;
        else
            n += (size_t)snprintf(out + n, 4, "%%%02X", (unsigned char)*c);
    }
    return (struct bytes){(uint8_t *)out, n};
}

enum { SECRETS_MAX = PARAM_COUNT + 2 * LIMIT_HTTP_HEADERS };

/* The values, for hide_values(); `params` has HIDDEN_TEXT in their place afterwards. */
static size_t take_secrets(struct dcv_params *params, struct arena *arena,
                           struct bytes values[SECRETS_MAX])
{
    size_t count = 0;
    for (int i = 0; i < PARAM_COUNT; i++) {
        const struct param_info *info = param_info((enum param)i);
        const char **text = (const char **)((char *)params + info->offset);
        if (!info->is_secret || info->kind != PARAM_KIND_TEXT || !*text)
            continue;
        values[count++] = bytes_of(*text);
        *text = HIDDEN_TEXT;
    }
    size_t header_count = params->http_header_count;
    assert(header_count <= LIMIT_HTTP_HEADERS); /* core/rules/http_headers.h: more are refused */
    struct http_header_param *headers = arena_array(arena, header_count, sizeof *headers);
    for (size_t i = 0; i < header_count; i++) {
        const char *value = params->http_headers[i].value;
        values[count++] = bytes_of(value);
        values[count++] = percent_encoded(value, arena);
        headers[i] = (struct http_header_param){params->http_headers[i].name, HIDDEN_TEXT};
    }
    params->http_headers = headers;
    return count;
}

void wire_encode_mpic_record(const struct mpic_response *response, struct arena *arena,
                             struct buf *out)
{
    struct mpic_request request = *response->request;
    struct mpic_response record = *response;
    struct bytes values[SECRETS_MAX];
    struct buf json = {0};
    record.request = &request;
    size_t count =
        request.check.check_type == CHECK_DCV ? take_secrets(&request.check.dcv, arena, values) : 0;
    response_write_whole(&record, count ? &json : out);
    if (count)
        hide_values(buf_bytes(&json), values, count, out);
    buf_clear(&json);
}
