/*
 * The Baseline Requirements calendar: what is demanded on which day, and of which method, as data.
 * Days begin at 00:00 UTC; the day that counts is the one on which the request starts.
 */
#pragma once

#include "core/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASELINE_VERSION "2.2.6"

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
    bool quorum_binding;   /* too few corroborations forbid issuance */
};

/* The row in force, or NULL before MPIC began. */
const struct baseline_period *baseline_at(int64_t time_s);
/* The next row after `time_s`, or NULL. */
const struct baseline_period *baseline_next(int64_t time_s);
/* How many of `remotes` may fail to corroborate: 1 of 2 to 5, 2 of 6 or more (BR 3.2.2.9, table
 * "Quorum Requirements"). 0 below 2. */
size_t baseline_allowed_non_corroborations(size_t remotes);

enum method_status { METHOD_ALLOWED, METHOD_SHOULD_NOT, METHOD_MUST_NOT };

/* What kinds of target a method can prove, and its place in the Baseline Requirements. */
struct method_rule {
    const char *dns_clause;      /* "3.2.2.4.18", NULL if not for names */
    const char *ip_clause;       /* "3.2.2.5.1", NULL if not for addresses */
    bool wildcards;              /* may prove a Wildcard Domain Name */
    bool reverse_names_only;     /* names at or below in-addr.arpa and ip6.arpa, no others */
    const char *should_not_from; /* "2026-03-15" or NULL */
    const char *must_not_from;   /* same */
};
/* DCV_NONE is the CAA check (3.2.2.8). */
const struct method_rule *baseline_method(enum dcv_method method);
/* The clause for a target of that kind; for a kind that the method is not for, its other clause. */
const char *baseline_method_clause(enum dcv_method method, bool is_ip);
enum method_status baseline_method_status(enum dcv_method method, int64_t time_s);

/* "2026-11-23", a day that exists from 1970 on, to seconds since 1970; false for anything else. */
bool baseline_parse_date(const char *text, int64_t *time_s);
