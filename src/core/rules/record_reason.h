/*
 * What to tell people of a DNS method that found no proof: what was asked and where, what was
 * expected, what was there, and what looks like a mistake. Pure; texts are ready to show: data from
 * outside is escaped and bounded, and an expected value that is a secret is shortened.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/method/check.h"
#include "core/names/target.h"
#include "core/rules/lookup.h"

#include <stdbool.h>
#include <stddef.h>

/* The answer has records, and none of them matches. */
struct record_mismatch {
    const struct dcv_params *params;
    const struct lookup *answer;
    const struct bytes *texts; /* of the records that count, as they are compared */
    size_t text_count;         /* fewer than the answer has if others have another CAA tag */
    struct bytes expected;     /* as it is compared; empty: no record can match */
    const struct record_details *details; /* its rejected_records */
};
const char *record_reason_no_match(const struct record_mismatch *mismatch, struct arena *arena);

/* NXDOMAIN or NODATA at the name that was asked. */
const char *record_reason_no_records(const struct dcv_params *params, const struct target *target,
                                     const struct lookup *answer, struct arena *arena);

/* contact-*-caa: neither `name` nor a parent has CAA records. */
const char *record_reason_no_set(const struct dcv_params *params, const char *name,
                                 struct arena *arena);

/*
 * What people do wrong when they enter a value: NULL, or what `text` is in relation to `expected`, as the
 * end of a sentence that begins with the record ("differs only in upper and lower case"). The text
 * does not match.
 */
struct near_miss_query {
    struct bytes text;
    struct bytes expected;
    bool is_part;   /* the text need only contain what is expected */
    bool is_digest; /* expected is the base64url of a SHA-256 digest (RFC 8555 section 8.4) */
};
const char *record_near_miss(const struct near_miss_query *query);
