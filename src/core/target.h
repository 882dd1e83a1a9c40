/*
 * The target of a check, prepared once (validation rules section 2). The raw string is echoed and
 * recorded; queries, URLs, SNI and the cohort seed use the canonical text.
 */
#pragma once

#include "base/err.h"
#include "core/address.h"
#include "core/limits.h"

#include <stdbool.h>
#include <stddef.h>

enum target_kind { TARGET_DNS, TARGET_IPV4, TARGET_IPV6 };

struct target {
    enum target_kind kind;
    bool is_wildcard;
    /* DNS: A-labels in lower case, no "*.", no final dot: letters, digits, '-', '_', '.' only.
     * IP: the text of address_format(), without brackets. */
    char canonical[LIMIT_NAME_OCTETS + 1];
    struct address address; /* TARGET_IPV4 and TARGET_IPV6 */
};

/*
 * Prepares `raw` by rules N1 to N10. On failure `err` says which rule it breaks, in words that can
 * follow "Invalid domain name: " (outside bytes escaped).
 */
bool target_parse(const char *raw, struct target *out, struct err *err) MUST_CHECK;

bool target_is_ip(const struct target *target);
/* At or below in-addr.arpa or ip6.arpa (validation rule N11). */
bool target_is_reverse_zone(const struct target *target);

/*
 * Prepares a name that is not a target: an issuer, a prefix with a name, the host of a redirect.
 * Rules N4, N6 to N9 with the result in `out`; no wildcard, no IP literal.
 */
bool name_prepare(const char *raw, size_t length, char out[LIMIT_NAME_OCTETS + 1],
                  struct err *err) MUST_CHECK;

/* "b.example" for "a.b.example"; NULL for a single label. Points into `name`. */
const char *name_parent(const char *name);
/* True if `name` equals `zone` or lies below it; both canonical; zone "" or "." contains all. */
bool name_is_within(const char *name, const char *zone);
/* One label of N7's alphabet that begins with an underscore (BR 3.2.2.4.7(2), validation rule N13).
 */
bool name_is_underscore_label(const char *label);
