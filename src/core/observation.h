/*
 * What the perspectives of an attempt saw, grouped: when those that completed saw different things,
 * that is what a hijack looks like. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/strv.h"
#include "core/mpic.h"

#include <stdbool.h>
#include <stddef.h>

struct observation_group {
    bool check_passed;
    const char *seen;         /* for people: records, a page's digest, a certificate's, a problem */
    struct strv perspectives; /* codes */
};

struct observations {
    const struct observation_group *groups; /* the largest first */
    size_t count;                           /* 2 or more: they disagree */
};

/*
 * Over the perspectives that completed; one that could not tell, or was not awaited, disagrees with
 * nobody. One that does not say what it saw disagrees by its verdict only: it is in a group where no
 * other one has its verdict, and in none otherwise.
 */
struct observations observations_of(const struct attempt *attempt, struct arena *arena);
