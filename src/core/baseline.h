/*
 * The Baseline Requirements calendar: what is demanded on which day, as data (validation rules
 * section 9: Calendar, method dates, Q12). Days begin at 00:00 UTC.
 */
#pragma once

#include "core/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASELINE_VERSION "2.2.6"

enum baseline_mode { BASELINE_ENFORCE, BASELINE_WARN, BASELINE_OFF };

struct baseline_period {
    int64_t from_s;        /* seconds since 1970, UTC */
    const char *from_text; /* "2026-06-15" */
    size_t min_remotes;    /* BR 3.2.2.9 */
    bool two_rirs;         /* the corroborating perspectives must span two RIRs */
    bool quorum_binding;
};

/* The row in force, or NULL before MPIC began. */
const struct baseline_period *baseline_at(int64_t time_s);
/* The next row after `time_s`, or NULL. */
const struct baseline_period *baseline_next(int64_t time_s);
/* 1 of 2 to 5 remotes, 2 of 6 or more (BR 3.2.2.9 quorum table). */
size_t baseline_allowed_non_corroborations(size_t remotes);

enum method_status { METHOD_ALLOWED, METHOD_SHOULD_NOT, METHOD_MUST_NOT };

/* Per method: clause and sunset dates. DCV_NONE is the CAA check (3.2.2.8). */
struct method_rule {
    enum dcv_method method;
    const char *dns_clause;      /* "3.2.2.4.18", NULL if not for names */
    const char *ip_clause;       /* "3.2.2.5.1", NULL if not for addresses */
    const char *should_not_from; /* "2026-03-15" or NULL */
    const char *must_not_from;
};
const struct method_rule *baseline_method(enum dcv_method method);
enum method_status baseline_method_status(enum dcv_method method, int64_t time_s);

/* "2026-11-23" to seconds since 1970; false for anything else. */
bool baseline_parse_date(const char *text, int64_t *time_s);
