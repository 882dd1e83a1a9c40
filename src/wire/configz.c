#include "wire/configz.h"

#include "wire/text.h"

static void put_string(struct buf *out, const char *name, const char *value)
{
    text_put_key(out, name);
    text_put_string(out, value);
}

static void put_int(struct buf *out, const char *name, int64_t value)
{
    text_put_key(out, name);
    text_put_int(out, value);
}

static void put_seconds(struct buf *out, const char *name, double seconds)
{
    text_put_key(out, name);
    buf_printf(out, "%g", seconds);
}

void wire_encode_configz(const struct wire_configz *configz, struct buf *out)
{
    text_put_raw(out, "{");
    /* The version of the published API description that the answers follow. */
    put_string(out, "open_mpic_api_spec_version", "3.8.0");
    put_string(out, "app_version", configz->version);
    put_string(out, "mpic_core_version", configz->version);
    if (configz->is_coordinator) {
        put_int(out, "absolute_max_attempts", configz->absolute_max_attempts);
        put_int(out, "default_perspective_count", configz->default_perspective_count);
        put_seconds(out, "http_client_keepalive_timeout_seconds", 60);
    }
    if (configz->is_perspective) {
        text_put_key(out, "default_caa_domains");
        text_put_raw(out, "[");
        for (size_t i = 0; i < configz->caa_domains->count; i++) {
            text_put_separator(out);
            text_put_string(out, configz->caa_domains->items[i]);
        }
        text_put_raw(out, "]");
        text_put_key(out, "verify_ssl");
        text_put_bool(out, configz->verify_tls);
        put_seconds(out, "dns_timeout_seconds", configz->dns_timeout_s);
        put_seconds(out, "dns_resolution_lifetime_seconds", configz->dns_timeout_s);
    }
    /* A coordinator's client is the one that asks perspectives, a perspective's the one that checks. */
    put_seconds(out, "http_client_timeout_seconds",
                configz->is_coordinator ? configz->perspective_timeout_s : configz->http_timeout_s);
    put_int(out, "log_level", configz->log_level);
    put_int(out, "uvicorn_server_timeout_keep_alive", configz->idle_timeout_s);
    text_put_raw(out, "}");
}
