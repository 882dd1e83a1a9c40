/*
 * The text of the unbound.conf that dns_settings stand for. Pure: no file is opened. Each setting
 * is tested before it enters the text, so that no value of the operator's file can become another
 * line of this one.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A name that libunbound answers with SERVFAIL at once, without asking anybody: a zone of its own
 * that has no servers. Asking it makes libunbound read all its configuration.
 */
#define DNS_CONFIG_NOBODY "nobody.mpic.invalid"

struct dns_config {
    const struct dns_settings *settings;
    const char *root_hints_file; /* NULL: those that libunbound was built with */
    unsigned outgoing_range;     /* sockets for questions under way, above 0 */
    unsigned outgoing_tcp;       /* connections to name servers at a time, above 0 */
    bool is_private;             /* for the questions of one check: small caches */
    bool is_retry;               /* for a question that failed: patient, and without detours */
    int family;                  /* 4 or 6: no server of the other can be reached; 0: both can */
};

/* Appends to `text`; fails, naming the setting, on one that is not of its form. */
bool dns_config_format(const struct dns_config *config, struct buf *text,
                       struct err *err) MUST_CHECK;

/*
 * The owner, as canonical text, of a trust anchor in presentation form: "OWNER [TTL] [IN] DS|DNSKEY
 * …", on one line. NULL for anything else.
 */
const char *dns_config_anchor_owner(struct arena *arena, const char *line);

/* One server: "ADDRESS" or "ADDRESS@PORT", the address without brackets or zone. */
struct dns_server_address {
    int family; /* 4 or 6 */
    uint8_t bytes[16];
    uint16_t port; /* 53 where the text has none */
};
bool dns_config_parse_server(const char *text, struct dns_server_address *server,
                             struct err *err) MUST_CHECK;
