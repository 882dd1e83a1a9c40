/*
 * The validation methods that look at DNS records (BR 3.2.2.4.7, .8, .13, .14, .16, .17, .21, .22,
 * BR 3.2.2.5.3, .8): which question to ask, and whether the answer proves control. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/check.h"
#include "core/lookup.h"
#include "core/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dcv_query {
    const char *name; /* canonical: prefix and target, or the reverse name */
    uint16_t type;    /* DNS type code */
    bool
        climbs; /* contact-*-caa: the CAA search of RFC 8659 section 3 from the target, not one question */
};

/* False if the name cannot be asked (longer than 253 octets with its prefix); `err` says so. */
bool dcv_record_query(const struct dcv_params *params, const struct target *target,
                      struct arena *arena, struct dcv_query *out, struct err *err) MUST_CHECK;

struct dcv_record_judgement {
    enum problem problem; /* PROBLEM_NONE: a record proves control */
    const char
        *text; /* of the problem, for people: what was seen and what was expected; NULL: none */
    bool short_challenge; /* a substring of under 18 characters was looked for: a finding */
};

/*
 * Over one answer that is LOOKUP_OK (for the climbing methods: the relevant set). `now_s` is wall
 * clock seconds (persistUntil). Fills all members of `details` but query_name.
 */
struct dcv_record_judgement dcv_record_judge(const struct dcv_params *params,
                                             const struct target *target,
                                             const struct lookup *answer, int64_t now_s,
                                             struct arena *arena, struct record_details *details);
