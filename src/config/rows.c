#include "config/rows.h"

#include "base/limits.h"
#include "base/log.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
/* The start of a row: key `name` is the member of the same name. */
#define KEY(type, member) .name = #member, .offset = offsetof(type, member)

enum { MAX_TIMEOUT_MS = 60000, MAX_ZONES = 1000, MAX_ADDRESSES = 64 };

static const struct keys_row server_keys[] = {
    {KEY(struct keys_server, listen), .kind = KEYS_TEXT, .min = 1, .max = 100},
    {KEY(struct keys_server, base_path), .kind = KEYS_TEXT, .min = 1, .max = 200},
    {KEY(struct keys_server, workers), .kind = KEYS_INT, .min = 0, .max = 64},
    {.name = "tls",
     .kind = KEYS_LATER,
     .help = "remove it, and let a proxy that speaks TLS stand in front"},
    {.name = "api_keys",
     .kind = KEYS_LATER,
     .help = "remove it, and let a proxy in front authenticate the callers"},
    {KEY(struct keys_server, insecure), .kind = KEYS_BOOL},
    {KEY(struct keys_server, max_connections), .kind = KEYS_INT, .min = 1, .max = 1000000},
    {KEY(struct keys_server, max_in_flight), .kind = KEYS_INT, .min = 1, .max = 1000000},
    {KEY(struct keys_server, max_body_bytes), .kind = KEYS_INT, .min = 1024,
     .max = 16 * 1024 * 1024, .unit = "bytes"},
    {KEY(struct keys_server, idle_timeout_s), .kind = KEYS_INT, .min = 1, .max = 3600,
     .unit = "seconds"},
};
static const struct keys_section server_section = {server_keys, COUNT(server_keys), 0};

static const struct keys_row stub_zone_keys[] = {
    {KEY(struct keys_stub_zone, name), .kind = KEYS_TEXT, .min = 1, .is_required = true,
     .help = "name the zone that is asked at the addresses"},
    {KEY(struct keys_stub_zone, addresses), .kind = KEYS_TEXTS, .min = 1, .max = MAX_ADDRESSES,
     .is_required = true, .help = "list the zone's name servers as address or address@port"},
};
static const struct keys_section stub_zone_section = {stub_zone_keys, COUNT(stub_zone_keys),
                                                      sizeof(struct keys_stub_zone)};

static const struct keys_row dns_keys[] = {
    {KEY(struct keys_dns, timeout_ms), .kind = KEYS_INT, .min = 100, .max = MAX_TIMEOUT_MS,
     .unit = "milliseconds"},
    {KEY(struct keys_dns, trust_anchor_file), .kind = KEYS_TEXT},
    {KEY(struct keys_dns, trust_anchors), .kind = KEYS_TEXTS, .min = 1, .max = 100},
    {KEY(struct keys_dns, forward_to), .kind = KEYS_TEXTS, .min = 1, .max = MAX_ADDRESSES},
    {KEY(struct keys_dns, stub_zones), .kind = KEYS_LIST, .max = MAX_ZONES,
     .section = &stub_zone_section},
    {KEY(struct keys_dns, insecure_zones), .kind = KEYS_TEXTS, .min = 1, .max = MAX_ZONES},
    {KEY(struct keys_dns, cache_max_ttl_s), .kind = KEYS_INT, .min = 0, .max = 3600,
     .unit = "seconds"},
    {KEY(struct keys_dns, cache_max_negative_ttl_s), .kind = KEYS_INT, .min = 0, .max = 3600,
     .unit = "seconds"},
    {KEY(struct keys_dns, case_exempt_zones), .kind = KEYS_TEXTS, .min = 1, .max = MAX_ZONES},
    {KEY(struct keys_dns, accept_library), .kind = KEYS_TEXT, .min = 1, .max = 32},
    {KEY(struct keys_dns, fresh_cache), .kind = KEYS_BOOL},
};
static const struct keys_section dns_section = {dns_keys, COUNT(dns_keys), 0};

static const struct keys_row http_keys[] = {
    {KEY(struct keys_http, user_agent), .kind = KEYS_TEXT, .min = 1, .max = 256},
    {KEY(struct keys_http, timeout_ms), .kind = KEYS_INT, .min = 100, .max = MAX_TIMEOUT_MS,
     .unit = "milliseconds"},
    {KEY(struct keys_http, http_port), .kind = KEYS_INT, .min = 1, .max = 65535},
    {KEY(struct keys_http, https_port), .kind = KEYS_INT, .min = 1, .max = 65535},
    {KEY(struct keys_http, verify_tls), .kind = KEYS_BOOL},
};
static const struct keys_section http_section = {http_keys, COUNT(http_keys), 0};

static const struct keys_row tls_alpn_keys[] = {
    {KEY(struct keys_tls_alpn, port), .kind = KEYS_INT, .min = 1, .max = 65535},
};
static const struct keys_section tls_alpn_section = {tls_alpn_keys, COUNT(tls_alpn_keys), 0};

static const struct keys_row network_keys[] = {
    {KEY(struct keys_network, allow_addresses), .kind = KEYS_TEXTS, .min = 1, .max = 1000},
};
static const struct keys_section network_section = {network_keys, COUNT(network_keys), 0};

static const struct keys_row perspective_keys[] = {
    {KEY(struct keys_perspective, code), .kind = KEYS_TEXT, .min = 1, .is_required = true,
     .help = "give it the code that the coordinator has for this perspective, such as eu-west-2"},
    {KEY(struct keys_perspective, caa_domains), .kind = KEYS_TEXTS, .max = 100},
    {KEY(struct keys_perspective, caa_labels_ignore_case), .kind = KEYS_BOOL},
    {KEY(struct keys_perspective, check_timeout_ms), .kind = KEYS_INT, .min = 100,
     .max = MAX_TIMEOUT_MS, .unit = "milliseconds"},
    {KEY(struct keys_perspective, dns), .kind = KEYS_SECTION, .section = &dns_section},
    {KEY(struct keys_perspective, http), .kind = KEYS_SECTION, .section = &http_section},
    {KEY(struct keys_perspective, tls_alpn), .kind = KEYS_SECTION, .section = &tls_alpn_section},
    {KEY(struct keys_perspective, network), .kind = KEYS_SECTION, .section = &network_section},
};
static const struct keys_section perspective_section = {perspective_keys, COUNT(perspective_keys),
                                                        0};

/* In the order of enum config_binding. */
static const char *const binding_words[] = {"required", "none", NULL};

static const struct keys_row remote_keys[] = {
    {KEY(struct keys_remote, code), .kind = KEYS_TEXT, .min = 1, .is_required = true,
     .help = "give each perspective a code, such as eu-west-2"},
    {KEY(struct keys_remote, name), .kind = KEYS_TEXT, .max = 200},
    {KEY(struct keys_remote, rir), .kind = KEYS_TEXT, .min = 1, .max = 100},
    {KEY(struct keys_remote, latitude), .kind = KEYS_NUMBER, .min = -90, .max = 90,
     .unit = "degrees"},
    {KEY(struct keys_remote, longitude), .kind = KEYS_NUMBER, .min = -180, .max = 180,
     .unit = "degrees"},
    {KEY(struct keys_remote, too_close_codes), .kind = KEYS_TEXTS, .min = 1,
     .max = LIMIT_PERSPECTIVES},
    {KEY(struct keys_remote, url), .kind = KEYS_TEXT, .min = 1, .max = 2000},
    {KEY(struct keys_remote, caa_url), .kind = KEYS_TEXT, .min = 1, .max = 2000},
    {KEY(struct keys_remote, dcv_url), .kind = KEYS_TEXT, .min = 1, .max = 2000},
    {KEY(struct keys_remote, headers), .kind = KEYS_TEXT_MAP},
    {KEY(struct keys_remote, local), .kind = KEYS_BOOL},
    {KEY(struct keys_remote, binding), .kind = KEYS_CHOICE, .words = binding_words},
};
static const struct keys_section remote_section = {remote_keys, COUNT(remote_keys),
                                                   sizeof(struct keys_remote)};

/* In the order of enum baseline_mode. */
static const char *const baseline_words[] = {"enforce", "warn", "off", NULL};

static const struct keys_row primary_keys[] = {
    {KEY(struct keys_primary, code), .kind = KEYS_TEXT, .min = 1, .max = 100},
    {KEY(struct keys_primary, latitude), .kind = KEYS_NUMBER, .min = -90, .max = 90,
     .unit = "degrees"},
    {KEY(struct keys_primary, longitude), .kind = KEYS_NUMBER, .min = -180, .max = 180,
     .unit = "degrees"},
    {KEY(struct keys_primary, too_close_codes), .kind = KEYS_TEXTS, .min = 1,
     .max = LIMIT_PERSPECTIVES},
};
static const struct keys_section primary_section = {primary_keys, COUNT(primary_keys),
                                                    sizeof(struct keys_primary)};

static const struct keys_row coordinator_keys[] = {
    {KEY(struct keys_coordinator, hash_secret), .kind = KEYS_TEXT, .min = 1},
    {KEY(struct keys_coordinator, hash_secret_file), .kind = KEYS_TEXT, .min = 1},
    {KEY(struct keys_coordinator, default_perspective_count), .kind = KEYS_INT, .min = 2,
     .max = LIMIT_PERSPECTIVES},
    {KEY(struct keys_coordinator, absolute_max_attempts), .kind = KEYS_INT, .min = 1, .max = 100},
    {KEY(struct keys_coordinator, perspective_timeout_ms), .kind = KEYS_INT, .min = 100,
     .max = 2 * MAX_TIMEOUT_MS, .unit = "milliseconds"},
    {KEY(struct keys_coordinator, request_timeout_ms), .kind = KEYS_INT, .min = 100,
     .max = 10 * MAX_TIMEOUT_MS, .unit = "milliseconds"},
    {KEY(struct keys_coordinator, return_early), .kind = KEYS_BOOL},
    {KEY(struct keys_coordinator, return_early_grace_ms), .kind = KEYS_INT, .min = 0,
     .max = MAX_TIMEOUT_MS, .unit = "milliseconds"},
    {KEY(struct keys_coordinator, health_failures_before_leaving_out), .kind = KEYS_INT, .min = 0,
     .max = 1000},
    {KEY(struct keys_coordinator, health_probe_interval_ms), .kind = KEYS_INT, .min = 100,
     .max = 3600 * 1000, .unit = "milliseconds"},
    {KEY(struct keys_coordinator, primary), .kind = KEYS_SECTION, .section = &primary_section},
    {KEY(struct keys_coordinator, baseline), .kind = KEYS_CHOICE, .words = baseline_words},
    {KEY(struct keys_coordinator, br_version), .kind = KEYS_TEXT, .min = 1, .max = 20},
    {KEY(struct keys_coordinator, perspectives_file), .kind = KEYS_TEXT, .min = 1},
    {KEY(struct keys_coordinator, perspectives), .kind = KEYS_LIST, .max = LIMIT_PERSPECTIVES,
     .section = &remote_section, .is_required = true,
     .help = "list the perspectives that are asked"},
    {.name = "client_tls",
     .kind = KEYS_LATER,
     .help = "remove it, and give each perspective a secret in its headers"},
};
static const struct keys_section coordinator_section = {coordinator_keys, COUNT(coordinator_keys),
                                                        0};

/* In the order of enum log_level and enum log_format. */
static const char *const level_words[] = {"error", "warn", "info", "debug", NULL};
static const char *const format_words[] = {"json", "text", NULL};

static const struct keys_row log_keys[] = {
    {KEY(struct keys_log, level), .kind = KEYS_CHOICE, .words = level_words},
    {KEY(struct keys_log, format), .kind = KEYS_CHOICE, .words = format_words},
};
static const struct keys_section log_section = {log_keys, COUNT(log_keys), 0};

static const struct keys_row audit_keys[] = {
    {KEY(struct keys_audit, file), .kind = KEYS_TEXT, .min = 1, .max = 1000},
};
static const struct keys_section audit_section = {audit_keys, COUNT(audit_keys), 0};

static const struct keys_row top_keys[] = {
    {KEY(struct config_keys, server), .kind = KEYS_SECTION, .section = &server_section},
    {KEY(struct config_keys, perspective), .kind = KEYS_SECTION, .section = &perspective_section},
    {KEY(struct config_keys, coordinator), .kind = KEYS_SECTION, .section = &coordinator_section},
    {KEY(struct config_keys, log), .kind = KEYS_SECTION, .section = &log_section},
    {KEY(struct config_keys, audit), .kind = KEYS_SECTION, .section = &audit_section},
};
const struct keys_section config_section = {top_keys, COUNT(top_keys), sizeof(struct config_keys)};

const struct config_keys config_defaults = {
    .server = {.listen = "127.0.0.1:8000",
               .max_connections = 4096,
               .max_in_flight = 2048,
               .max_body_bytes = 65536,
               .idle_timeout_s = 60},
    .perspective = {.check_timeout_ms = 12000,
                    .dns = {.timeout_ms = 3500,
                            .trust_anchor_file = "/usr/share/dns/root.key",
                            .cache_max_ttl_s = 60,
                            .cache_max_negative_ttl_s = 5},
                    .http = {.user_agent = "mpic/" MPIC_VERSION,
                             .timeout_ms = 5000,
                             .http_port = 80,
                             .https_port = 443},
                    .tls_alpn = {.port = 443}},
    .coordinator = {.default_perspective_count = 5,
                    .absolute_max_attempts = 3,
                    .perspective_timeout_ms = 14000,
                    .request_timeout_ms = 30000,
                    .return_early_grace_ms = 200,
                    .health_failures_before_leaving_out = 5,
                    .health_probe_interval_ms = 30000,
                    .primary = {.code = "primary"}},
    .log = {.level = LOG_INFO, .format = LOG_FORMAT_JSON},
};

const struct keys_alias config_aliases[] = {
    {"default_caa_domains", "perspective.caa_domains, a list"},
    {"dns_timeout_seconds", "perspective.dns.timeout_ms, in milliseconds"},
    {"dns_resolution_lifetime_seconds", "perspective.dns.timeout_ms, in milliseconds"},
    {"http_client_timeout_seconds",
     "coordinator.perspective_timeout_ms and perspective.http.timeout_ms, in milliseconds"},
    {"verify_ssl", "perspective.http.verify_tls"},
    {"uvicorn_server_timeout_keep_alive", "server.idle_timeout_s"},
    {"caa_endpoint_info", "caa_url and headers of a coordinator.perspectives entry"},
    {"dcv_endpoint_info", "dcv_url and headers of a coordinator.perspectives entry"},
    {"log_level", "log.level"},
    {"available_regions", "coordinator.perspectives_file, the name of that file"},
    {NULL, NULL},
};

static const struct keys_row region_keys[] = {
    {KEY(struct region, code), .kind = KEYS_TEXT, .min = 1, .is_required = true,
     .help = "each region has a code"},
    {KEY(struct region, name), .kind = KEYS_TEXT, .max = 200, .may_be_null = true},
    {KEY(struct region, rir), .kind = KEYS_TEXT, .min = 1, .max = 100, .is_required = true,
     .help = "name the region's registry: AFRINIC, APNIC, ARIN, LACNIC or RIPE NCC"},
    {KEY(struct region, too_close_codes), .kind = KEYS_TEXTS, .max = LIMIT_PERSPECTIVES,
     .may_be_null = true},
};
static const struct keys_section region_section = {region_keys, COUNT(region_keys),
                                                   sizeof(struct region)};

static const struct keys_row regions_keys[] = {
    {KEY(struct regions, available_regions), .kind = KEYS_LIST, .max = 10000,
     .section = &region_section},
    {KEY(struct regions, aws_available_regions), .kind = KEYS_LIST, .max = 10000,
     .section = &region_section},
};
const struct keys_section regions_section = {regions_keys, COUNT(regions_keys),
                                             sizeof(struct regions)};
