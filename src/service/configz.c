#include "service/configz.h"

#include "wire/configz.h"

/* The numbers of Python's logging, which readers of the reference's /configz know. */
static int python_level(enum log_level level)
{
    switch (level) {
    case LOG_ERROR:
        return 40;
    case LOG_WARN:
        return 30;
    case LOG_INFO:
        return 20;
    case LOG_DEBUG:
        break;
    }
    return 10;
}

void configz_encode(const struct config *config, struct buf *out)
{
    struct wire_configz configz = {
        .version = MPIC_VERSION,
        .log_level = python_level(config->log_level),
        .idle_timeout_s = config->idle_timeout_s,
        .is_coordinator = config->serves_mpic,
        .is_perspective = config->serves_checks,
    };
    if (config->serves_mpic) {
        configz.absolute_max_attempts = (int64_t)config->coordinator.absolute_max_attempts;
        configz.default_perspective_count = (int64_t)config->coordinator.default_perspective_count;
        configz.perspective_timeout_s = config->coordinator.perspective_timeout_ms / 1000.0;
    }
    if (config->serves_checks) {
        configz.caa_domains = &config->locals[0].caa_domains;
        configz.dns_timeout_s = config->dns.timeout_ms / 1000.0;
        configz.http_timeout_s = config->locals[0].http_timeout_ms / 1000.0;
        configz.verify_tls = config->locals[0].http_verify_tls;
    }
    wire_encode_configz(&configz, out);
}
