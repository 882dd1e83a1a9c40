/*
 * What the Baseline Requirements of the coming days change, in words for operators: the number of
 * perspectives, methods that end, reuse periods, RFC 8657. Pure; all facts are those of
 * core/method/baseline.h.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct calendar_change {
    int64_t from_s;        /* 00:00 UTC */
    const char *from_text; /* "2027-03-15" */
    const char *text;      /* what is demanded from then on, with its clause */
    bool is_period;        /* the number of perspectives: a matter of the configuration */
};

/* All changes after `time_s`, by day; `count` of them, in the arena. */
const struct calendar_change *calendar_changes(int64_t time_s, struct arena *arena, size_t *count);
