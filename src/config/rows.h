/*
 * The keys of the configuration as they are written in the file: what keys.c fills by the table
 * in config_keys.c, defaults included. Inside service/config_*.c only; the rest of the program sees
 * struct config.
 */
#pragma once

#include "config/keys.h"
#include "config/regions.h"

#include <stdbool.h>
#include <stdint.h>

struct keys_server {
    const char *listen;
    const char *base_path;
    int64_t workers;
    bool insecure;
    int64_t max_connections, max_in_flight, max_body_bytes, idle_timeout_s;
};

struct keys_stub_zone {
    const char *name;
    struct strv addresses;
};

struct keys_dns {
    int64_t timeout_ms;
    const char *trust_anchor_file;
    struct strv trust_anchors;
    struct strv forward_to;
    struct keys_list stub_zones; /* of struct keys_stub_zone */
    struct strv insecure_zones;
    int64_t cache_max_ttl_s, cache_max_negative_ttl_s;
    struct strv case_exempt_zones;
    const char *accept_library;
    bool fresh_cache;
};

struct keys_http {
    const char *user_agent;
    int64_t timeout_ms, http_port, https_port;
    bool verify_tls;
};

struct keys_tls_alpn {
    int64_t port;
};

struct keys_network {
    struct strv allow_addresses;
};

struct keys_perspective {
    const char *code;
    struct strv caa_domains;
    bool caa_labels_ignore_case;
    int64_t check_timeout_ms;
    struct keys_dns dns;
    struct keys_http http;
    struct keys_tls_alpn tls_alpn;
    struct keys_network network;
};

/* An entry of coordinator.perspectives. */
struct keys_remote {
    const char *code;
    const char *name;
    const char *rir;
    struct keys_number latitude, longitude;
    struct strv too_close_codes;
    const char *url, *caa_url, *dcv_url;
    struct keys_map headers;
    bool local;
    int binding; /* enum config_binding */
};

enum config_binding { CONFIG_BINDING_REQUIRED, CONFIG_BINDING_NONE };

/* coordinator.primary: where the check of the Primary Network Perspective is made, in this process. */
struct keys_primary {
    const char *code;
    struct keys_number latitude, longitude;
    struct strv too_close_codes;
};

struct keys_coordinator {
    const char *hash_secret;
    const char *hash_secret_file;
    int64_t default_perspective_count;
    int64_t absolute_max_attempts;
    int64_t perspective_timeout_ms;
    int64_t request_timeout_ms;
    bool return_early;
    int64_t return_early_grace_ms;
    int64_t health_failures_before_leaving_out;
    int64_t health_probe_interval_ms;
    struct keys_primary primary;
    int baseline; /* enum baseline_mode */
    const char *br_version;
    const char *perspectives_file;
    struct keys_list perspectives; /* of struct keys_remote */
};

struct keys_log {
    int level;  /* enum log_level */
    int format; /* enum log_format */
};

struct keys_audit {
    const char *file;
};

struct config_keys {
    struct keys_server server;
    struct keys_perspective perspective;
    struct keys_coordinator coordinator;
    struct keys_log log;
    struct keys_audit audit;
};

extern const struct keys_section config_section;
extern const struct config_keys config_defaults;
/* Names of Open MPIC's configuration files. */
extern const struct keys_alias config_aliases[];

struct regions {
    struct keys_list available_regions;     /* of struct region; Open MPIC's containers */
    struct keys_list aws_available_regions; /* the same, of its Lambda functions */
};

extern const struct keys_section regions_section;
