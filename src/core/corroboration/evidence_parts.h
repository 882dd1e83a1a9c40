/* What the parts of core/corroboration/evidence.h share; for evidence*.c only. Each judge returns NULL, or
 * how the evidence contradicts the verdict, in words. */
#pragma once

#include "base/bytes.h"
#include "core/corroboration/evidence.h"
#include "core/rules/lookup.h"

#include <stdbool.h>
#include <stddef.h>

struct evidence_judge {
    const struct check_request *request;
    const struct target *target;
    const struct check_result *result;
    struct arena *arena;
};

/* Outside data in a message: escaped and cut. */
const char *evidence_show(const struct evidence_judge *j, const char *text);
/* "PROPERTY is SEEN, which is not what was asked about" */
const char *evidence_elsewhere(const struct evidence_judge *j, const char *property,
                               const char *seen);

bool evidence_is_true(struct opt_bool value);
bool evidence_is_false(struct opt_bool value);
bool evidence_has_policy(const struct evidence_judge *j, const char *setting);

/* A name as it is written, without its final dot. */
struct bytes evidence_name(const char *text);
/* The same name in any spelling: case, final dot, U-labels. */
bool evidence_is_name(const char *seen, const char *asked);
/* `asked` or a name above it. */
bool evidence_is_at_or_above(const char *seen, const char *asked);
/*
 * The same two without preparing the name: only perspectives of our kind list lookups and addresses, in
 * canonical form, and to prepare a thousand names in another one would take 0.4 s.
 */
bool evidence_is_name_as_written(const char *seen, const char *asked);
bool evidence_is_above_as_written(const char *seen, const char *asked);

bool evidence_is_outcome(const struct lookup_report *lookup, enum dns_outcome outcome);
/* Every lookup says of which name and type it is, how it ended, and no other DNSSEC status than there are. */
const char *evidence_of_lookups(const struct lookup_report *lookups, size_t count);
/* DNSSEC_NONE for none. */
enum dnssec_status evidence_status(const struct lookup_report *lookup);
/* RFC 2181 section 8. */
bool evidence_is_ttl(struct opt_int seconds);
/* `worst` is that of the answers that the verdict rests on (RFC 4035 section 4.3). */
const char *evidence_of_dnssec(const struct evidence_judge *j, enum dnssec_status worst);

/* A search for a CAA record set (RFC 8659 section 3). */
struct evidence_search {
    const char *found_at;
    bool found_none;  /* and says so */
    bool is_accepted; /* although a lookup failed (BR 4.2.2.1) */
    struct strv cname_chain;
    const struct lookup_report *lookups;
    size_t count;
};
const char *evidence_of_search(const struct evidence_judge *j,
                               const struct evidence_search *search);

/* Lookups of other names than those that a search, or the one question of a method, asks for: each must be
 * about `asked`, a name above it, the target of an alias of it, or a name above that, where the zone cuts
 * are. */
const char *evidence_of_names(const struct evidence_judge *j, const char *asked,
                              const struct evidence_search *search);
/* BR 4.2.2.1: each lookup that failed, of the first `count`, is of a name that is proven Insecure. */
const char *evidence_of_failure(const struct evidence_judge *j,
                                const struct evidence_search *search, const char *set_at);

/* Of one connection to `host`, a name or an address. */
const char *evidence_of_connection(const struct evidence_judge *j, const char *host,
                                   const struct connection_report *connection);
/* "TLSv1.2" or later. */
bool evidence_is_tls_version(const char *version);

const char *evidence_of_caa(const struct evidence_judge *j);
const char *evidence_of_caa_search(const struct evidence_judge *j);
const char *evidence_of_record(const struct evidence_judge *j);
const char *evidence_of_http(const struct evidence_judge *j);
const char *evidence_of_tls_alpn(const struct evidence_judge *j);
