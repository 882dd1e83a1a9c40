/*
 * The Baseline Requirements calendar: what is demanded on which day, and of which method, as data.
 * Days begin at 00:00 UTC; the day that counts is the one on which the request starts.
 */
#pragma once

#include "core/method/method.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The version of the Baseline Requirements in force at `time_s`, "2.2.8"; before the first that we
 * know, that one. 2.2.7 lay between the last two; its day is not known to us.
 */
const char *baseline_version_at(int64_t time_s);
/* True for three numbers with dots between them, "2.2.10". */
bool baseline_version_is_valid(const char *version);
/* Below 0, 0 or above 0, as `a` is older than `b`, the same or newer; both are valid. */
int baseline_version_compare(const char *a, const char *b);
/* Where CAA stands in that version: "4.2.2.1" since 2.2.8, before it "3.2.2.8". */
const char *baseline_caa_clause(const char *version);

/* Whether a breach of the Baseline Requirements is refused, reported, or nobody's business. No mode
 * relaxes what proves control, nor the quorum. */
enum baseline_mode { BASELINE_ENFORCE, BASELINE_WARN, BASELINE_OFF };
const char *baseline_mode_str(enum baseline_mode mode); /* "enforce", "warn", "off" */

/* A row of the phased implementation timeline of BR 3.2.2.9. */
struct baseline_period {
    int64_t from_s;        /* seconds since 1970, UTC */
    const char *from_text; /* "2026-06-15" */
    size_t min_remotes;    /* remote Network Perspectives used, at least */
    bool two_rirs;         /* the corroborating perspectives must span two RIRs */
};

/* The row in force, or NULL before MPIC began. */
const struct baseline_period *baseline_at(int64_t time_s);
/* The next row after `time_s`, or NULL. */
const struct baseline_period *baseline_next(int64_t time_s);
/* How many of `remotes` may fail to corroborate: 1 of 2 to 5, 2 of 6 or more (BR 3.2.2.9, table
 * "Quorum Requirements"). 0 below 2. */
size_t baseline_allowed_non_corroborations(size_t remotes);

enum method_status { METHOD_ALLOWED, METHOD_SHOULD_NOT, METHOD_MUST_NOT };

/* DCV_NONE is the CAA check (4.2.2.1, in versions before 2.2.8 3.2.2.8: baseline_caa_clause()). */
const struct method_rule *baseline_method(enum dcv_method method);
/* The clause for a target of that kind; for a kind that the method is not for, its other clause. */
const char *baseline_method_clause(enum dcv_method method, bool is_ip);
enum method_status baseline_method_status(enum dcv_method method, int64_t time_s);

/* BR 4.2.2.1.2: from this day on the parameters of RFC 8657 "MUST" be processed. */
#define BASELINE_RFC8657_FROM "2027-03-15"
bool baseline_rfc8657_binds(int64_t time_s);

/* How long what was validated may be used: BR 4.2.1 (domain names and IP addresses) and BR 6.3.2. */
struct baseline_reuse {
    int64_t from_s;
    const char *from_text;
    unsigned reuse_days;       /* of a validation, until a certificate is issued */
    unsigned certificate_days; /* between the dates of a subscriber's certificate */
};
/* The row in force; the oldest before its day. */
const struct baseline_reuse *baseline_reuse_at(int64_t time_s);
const struct baseline_reuse *baseline_reuse_next(int64_t time_s);
/* Of a validation by this method: BR 3.2.2.4.22 shortens it for dns-persistent. */
unsigned baseline_reuse_days(enum dcv_method method, int64_t time_s);

/* "2026-11-23", a day that exists from 1970 on, to seconds since 1970; false for anything else. */
bool baseline_parse_date(const char *text, int64_t *time_s);
