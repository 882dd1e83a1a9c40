/*
 * The validation methods that look at DNS records (BR 3.2.2.4.7, .8, .13, .14, .16, .17, .21, .22,
 * BR 3.2.2.5.3, .8): which question to ask, and whether the answer proves control. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/method/check.h"
#include "core/names/special_addresses.h"
#include "core/names/target.h"
#include "core/rules/lookup.h"
#include "core/rules/record_expectation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- Parameters ---------------------------------------------------------------------------- */

/*
 * The prefix that the method fixes, of one label or two: "_acme-challenge"; "_ip-validation-persist"
 * for dns-persistent with an IP target; for dns-account-01 derived from account_uri. NULL where the
 * method fixes none: dns-change takes one label with an underscore or none, the others none.
 */
const char *dcv_record_prefix(const struct dcv_params *params, const struct target *target,
                              struct arena *arena);
/* key_authorization_hash of acme-dns-01 and dns-account-01: the 43 base64url characters of a SHA-256
 * digest (RFC 8555 section 8.4). NULL is none. */
bool dcv_key_digest_is_valid(const char *text);
/* challenge_value of the contact-email or contact-phone methods, by core/rules/contact.h: any other value
 * can match no record. NULL is none. */
bool dcv_contact_is_valid(enum dcv_method method, const char *value);
/* challenge_value of ip-address as an address of the family that dns_record_type asks for; false if
 * it is none: then it can match no record. */
bool dcv_expected_address(const struct dcv_params *params, struct address *address);

/* What the policy says of the address that the check is about: an IP target, or the expected value
 * of ip-address. A certificate for a special-purpose address is not to be had (BR 4.2.2). */
struct dcv_address_ruling {
    const char *refusal; /* for people; NULL: not refused, or there is no address */
    bool is_exempted;    /* only the local policy lets it pass */
};
struct dcv_address_ruling dcv_record_rule_on_address(const struct dcv_params *params,
                                                     const struct target *target,
                                                     const struct address_policy *policy,
                                                     struct arena *arena);

/* --- The question -------------------------------------------------------------------------- */

struct dcv_query {
    const char *name; /* canonical: prefix and target, or the reverse name */
    uint16_t type;    /* DNS type code */
    bool climbs; /* contact-*-caa: the CAA search of RFC 8659 section 3 from the target, not one
                         question */
};

/*
 * False if the method cannot be used for this target, or the name cannot be asked: its prefix is not
 * one label with an underscore (BR 3.2.2.4.7), or it is longer than 253 octets; `err` says so.
 */
bool dcv_record_query(const struct dcv_params *params, const struct target *target,
                      struct arena *arena, struct dcv_query *out, struct err *err) MUST_CHECK;

/* --- The answer ---------------------------------------------------------------------------- */

/* True if a part of a record is looked for that is so short that it may stand there by chance: a finding. */
bool dcv_record_may_match_by_chance(const struct dcv_params *params);

struct dcv_record_judgement {
    enum problem problem; /* PROBLEM_NONE: a record proves control */
    const char *text;     /* of the problem, for people; NULL: none */
};

/*
 * Over one answer that is DNS_OK (for the climbing methods: the relevant set). All records are
 * read first: one that does not follow the form of its type makes the whole answer
 * PROBLEM_DNS_MALFORMED, because no part of an RRset may be used alone (RFC 2181 section 9). Then
 * one matching record suffices. `now_s` is wall clock seconds (persistUntil).
 *
 * Fills all members of `details` but query_name. records_seen has at most LIMIT_REPORTED_RECORDS
 * texts of LIMIT_REPORTED_RECORD_BYTES (records_truncated says if something is missing), the
 * matching record always among them; matched_record is never cut. records_seen is absent if the
 * answer is malformed. rejected_records are those of dns-persistent that name the expected issuer,
 * by their index in the answer.
 */
struct dcv_record_judgement dcv_record_judge(const struct dcv_params *params,
                                             const struct target *target,
                                             const struct lookup *answer, int64_t now_s,
                                             struct arena *arena, struct record_details *details);
/*
 * Could a record that a perspective reported as one of `texts` (records_seen, matched_record) match?
 * A text may be the record's as it is, or with its bytes escaped (RFC 1035 section 5.1). One as
 * long as LIMIT_REMOTE_STRING_BYTES is cut there, and matches if what it begins may. False also if the parameters
 * match nothing.
 */
bool dcv_record_texts_match(const struct record_asked *asked, const struct strv *texts);
