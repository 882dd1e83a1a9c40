/*
 * What the settings of a resolver say about a name: whether validation reaches it, and which
 * servers it is asked from. Everything is copied.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>

struct dns_zones_list {
    const char **items; /* canonical names */
    size_t count;
};

struct dns_zones {
    struct dns_zones_list anchors;  /* where a trust anchor is */
    struct dns_zones_list insecure; /* settings.insecure_zones */
    struct dns_stub *stubs;
    size_t stub_count;
    const char *const *forward_to;
    size_t forward_count;
};

/*
 * Reads the trust anchor file too. Fails if there is no trust anchor at all: of the file only
 * records that stand on one line count.
 */
bool dns_zones_init(struct dns_zones *zones, struct arena *arena,
                    const struct dns_settings *settings, struct err *err) MUST_CHECK;

/*
 * Whether validation reaches `name`: a trust anchor is at it or above it, and no insecure zone.
 * Only there does "not secure and not bogus" mean that the absence of a chain of trust is proven.
 */
bool dns_zones_is_examined(const struct dns_zones *zones, const char *name);

/* Whether `name` lies in a stub zone other than the root. */
bool dns_zones_is_stub(const struct dns_zones *zones, const char *name);

/*
 * Whether this machine could not send to any server for `name` now: no socket left, no route. Sends
 * nothing. Without stub and forwarders, the first root server stands for all servers.
 */
bool dns_zones_is_cut_off(const struct dns_zones *zones, const char *name);
/* The same for the servers of `zone`: those of a stub zone that are configured, or such that the DNS
 * told, for which the first root server stands. */
bool dns_zones_is_cut_off_from(const struct dns_zones *zones, const char *zone);
/* 4 or 6, if this machine can send to servers of that family only; 0 if to both, or to none. */
int dns_zones_only_family(const struct dns_zones *zones);
/* Whether a forwarder is asked for `name`. */
bool dns_zones_is_forwarded(const struct dns_zones *zones, const char *name);
