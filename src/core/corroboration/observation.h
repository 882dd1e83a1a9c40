/*
 * What the perspectives of an attempt saw, grouped: when those that completed saw different things,
 * that is what a hijack looks like. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/strv.h"
#include "core/corroboration/mpic.h"

#include <stdbool.h>
#include <stddef.h>

struct observation_group {
    bool check_completed; /* false: these could not tell */
    bool check_passed;
    const char *seen;         /* for people: records, a page's digest, a certificate's, a problem */
    struct strv perspectives; /* codes */
};

struct observations {
    /* `count` of those that completed, the largest first; then `silent_count` of those that could not
     * tell, by problem. */
    const struct observation_group *groups;
    size_t count; /* 2 or more: they disagree */
    size_t silent_count;
};

/*
 * One that could not tell disagrees with nobody, but is told beside those that could: what silences
 * some places only is what a hijack looks like as well. Who was not awaited is in no group. One that
 * completed and does not say what it saw disagrees by its verdict only: it is in a group where no
 * other one has its verdict, and in none otherwise.
 */
struct observations observations_of(const struct attempt *attempt, struct arena *arena);
