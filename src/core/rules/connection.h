/*
 * Which addresses of a host may be connected to, and in which order: the answers to its A and AAAA
 * questions, or the address that it is, measured by the address policy. Pure.
 */
#pragma once

#include "base/arena.h"
#include "core/method/check.h"
#include "core/names/special_addresses.h"
#include "core/rules/lookup.h"

#include <stdbool.h>
#include <stddef.h>

/* At most two addresses of each family are tried, IPv6 first (RFC 6724 prefers it; RFC 8555 leaves the choice to us). */
#define CONNECTION_PER_FAMILY 2
#define CONNECTION_MAX_TRIES  (2 * CONNECTION_PER_FAMILY)

struct connection_plan {
    struct address candidates[CONNECTION_MAX_TRIES];
    size_t count;
    enum problem problem; /* if count is 0: why nothing can be contacted */
    const char *text;     /* of the problem, for people */
    bool exempted; /* a candidate is special-purpose, but the operator allows it: local policy */
    /* The answers that the plan rests on, for the DNSSEC status of the check; NULL: not used. */
    const struct lookup *used[2];
    struct connection_report report; /* addresses resolved and refused (LIMIT_REPORTED_ADDRESSES of
                                        them), lookups and their status per family */
};

/* From both answers; either may have failed, which leaves the other. `policy` decides about each address. */
void connection_plan_make(const char *host, const struct lookup *aaaa, const struct lookup *a,
                          const struct address_policy *policy, struct arena *arena,
                          struct connection_plan *out);
/* From an address: an IP target, or an IP literal in a redirect. */
void connection_plan_literal(const struct address *address, const struct address_policy *policy,
                             struct arena *arena, struct connection_plan *out);

/* The plan's report with the addresses tried so far and the one used (NULL: none). */
struct connection_report connection_report_with(const struct connection_plan *plan,
                                                const struct address_try *tries, size_t try_count,
                                                const char *used, struct arena *arena);
