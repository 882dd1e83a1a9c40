/*
 * CAA: RFC 8659, RFC 8657, RFC 9495, BR 3.2.2.8; validation rules section 5 (C1 to C15).
 * Pure: the lookups come in, the result goes out; check/caa.c does the asking.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/check.h"
#include "core/lookup.h"
#include "core/target.h"

#include <stdbool.h>
#include <stddef.h>

/* RFC 8659 section 4.1. Borrowed from the RDATA. */
struct caa_record {
    uint8_t flags;
    struct bytes tag;
    struct bytes value;
};

/* Splits RDATA; false if it cannot be split (C5). */
bool caa_record_parse(struct bytes rdata, struct caa_record *out);
/* `0 issue "ca.example"`: flags, tag, quoted value with `"` and `\` escaped and \DDD for the rest
 * (wire contract D.6). */
const char *caa_record_format(struct arena *arena, const struct caa_record *record);

/* The names to ask: the target and each parent up to the TLD, in that order (C1). Point into
 * target->canonical. */
size_t caa_search_names(const struct target *target, const char *names[LIMIT_NAME_LABELS]);

/*
 * The relevant record set among the answers to caa_search_names() (C1 to C4), `lookups` in the same
 * order. An error at or below the nearest set is CAA_SEARCH_ERROR; above it it is irrelevant.
 */
enum caa_search_status {
    CAA_SEARCH_FOUND,       /* `index` is the nearest non-empty set */
    CAA_SEARCH_NONE,        /* no set anywhere */
    CAA_SEARCH_ERROR,       /* `index` is the lookup that failed */
    CAA_SEARCH_NO_SUCH_TLD, /* secure NXDOMAIN for the TLD (C4) */
};
struct caa_search {
    enum caa_search_status status;
    size_t index;
    enum problem problem; /* of CAA_SEARCH_ERROR and CAA_SEARCH_NO_SUCH_TLD */
};
struct caa_search caa_search_decide(const struct lookup *lookups, size_t count);

/* What the record set must permit. */
struct caa_query {
    const struct target *target;
    const struct caa_params *params;
    const struct strv *issuers; /* params->caa_domains, or the configured list (C11) */
    bool enforce_rfc8657;       /* from 2027-03-15 under `baseline: enforce` (C12.3) */
};

struct caa_decision {
    enum verdict verdict;
    enum problem problem;
    const char *reason;         /* what permitted, or why nothing did: details.reason */
    bool rfc8657_not_evaluated; /* a record that permitted had parameters for which no input was
                                   given */
};
/* C5 to C12 over the records of one set. */
struct caa_decision caa_evaluate(const struct caa_query *query, const struct lookup *set,
                                 struct arena *arena);

/*
 * C13: may the lookup failure of `lookups[failed]` be accepted as permission? `failed_again` says
 * that it was repeated and failed again; `ds` are the answers to DS questions for the failing name
 * and its ancestors. Sets `reason` either way.
 */
struct caa_failure_query {
    const struct caa_query *query;
    const struct lookup *lookups;
    size_t lookup_count;
    size_t failed;
    bool failed_again;
    const struct lookup *ds;
    size_t ds_count;
};
bool caa_failure_is_accepted(const struct caa_failure_query *query, struct arena *arena,
                             const char **reason);

/*
 * True if `ds`, the answer to a DS question, is a validated denial of DS at a zone cut: NSEC or
 * NSEC3 with NS set, DS and SOA clear at the name, or an NSEC3 opt-out span that covers it (RFC
 * 4035 section 5.2, RFC 5155 section 8.9). So the name is proven Insecure (RFC 4035 section 4.3).
 */
bool ds_denial_proves_insecure(const struct lookup *ds);
