#include "wire/health.h"

#include "wire/text.h"

static void put_entry(const struct health_entry *entry, const char *code, struct buf *out)
{
    text_put_separator(out);
    text_put_raw(out, "{");
    text_put_key(out, "code");
    text_put_string(out, code);
    text_put_key(out, "state");
    text_put_string(out, health_state_str(entry->state));
    text_put_key(out, "consecutive_failures");
    text_put_int(out, (int64_t)entry->consecutive_failures);
    text_put_key(out, "last_answer_ns");
    if (entry->last_answer_ns.present)
        text_put_int(out, entry->last_answer_ns.value);
    else
        text_put_raw(out, "null");
    text_put_key(out, "disagreements");
    text_put_int(out, entry->disagreements);
    text_put_raw(out, "}");
}

static void put_resolver(const struct wire_health *view, struct buf *out)
{
    text_put_key(out, "resolver");
    if (!view->resolver_version) {
        text_put_raw(out, "null");
        return;
    }
    text_put_raw(out, "{");
    text_put_key(out, "library");
    text_put_string(out, library_floor_unbound.library);
    text_put_key(out, "version");
    text_put_string(out, view->resolver_version);
    text_put_key(out, "minimum");
    text_put_string(out, library_floor_unbound.minimum);
    text_put_key(out, "standing");
    text_put_string(out, library_standing_str(view->resolver_standing));
    text_put_raw(out, "}");
}

void wire_encode_health(const struct wire_health *view, struct buf *out)
{
    text_put_raw(out, "{\"status\":\"healthy\"");
    text_put_key(out, "perspectives");
    text_put_raw(out, "[");
    for (size_t i = 0; view->health && i < health_count(view->health); i++)
        put_entry(health_get(view->health, i), view->perspectives[i].code, out);
    text_put_raw(out, "]");
    put_resolver(view, out);
    text_put_raw(out, "}");
}
