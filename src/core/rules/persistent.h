/*
 * Persistent DCV records (BR 3.2.2.4.22, 3.2.2.5.8): one TXT record stays at
 * `_validation-persist.NAME` and proves control each time it is looked at.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>

struct persistent_query {
    const struct strv *issuers; /* issuer_domain_names */
    const char *account_uri;    /* expected_account_uri */
    bool needs_wildcard_policy; /* a wildcard, and the request demands `policy=wildcard` for it */
    int64_t now_s;              /* wall clock, seconds since 1970 */
};

enum persistent_standing {
    PERSISTENT_OTHER, /* names another issuer, or nobody: no concern of ours, malformed or not */
    PERSISTENT_REJECTED,
    PERSISTENT_PROVES,
};

/*
 * One record's joined text. It must follow the grammar of core/rules/caa_value.h completely; name one of
 * the issuers, ignoring case; have `accounturi` once, not empty and equal byte for byte (RFC 8657
 * section 3); have `persistUntil` at most once, digits only, not before now and at most 2^63 - 1; and
 * `policy=wildcard` where that is demanded. Tags ignore case, other parameters are ignored.
 * `reason` of PERSISTENT_REJECTED is a constant text.
 */
enum persistent_standing persistent_check(struct arena *arena, struct bytes text,
                                          const struct persistent_query *query,
                                          const char **reason);
