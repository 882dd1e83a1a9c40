/*
 * The health of the perspectives, as one coordinator sees it: who keeps failing, and who may be left
 * out of the cohorts until it answers again. Data and rules only; coordinator/watch.c asks and waits.
 *
 *   HEALTHY --(not reached, failures_before_leaving_out in a row; or suspected, and a probe fails)-->
 *   FAILING --(a probe fails, too)--> LEFT_OUT
 *      ^                                                   |                                 |
 *      \_____________________ any answer, of a check or of a probe _________________________/
 *
 * A failure is what has nothing to do with the target of a check: a perspective that cannot be reached, or
 * does not answer a probe. One that was reached, but answered too late, nonsense or nothing, is
 * suspected: that many times in a row, and it is probed. One that refuses load is neither. A
 * perspective that could not tell about a name has answered. Checks alone leave nobody out: an
 * applicant whose servers are slow can make perspectives of his choice miss the time limit, or fill
 * them up, but he has no influence on a probe. So he cannot
 * steer who checks his name; who can disturb the probes could disturb the checks as well.
 *
 * Even so not everybody may be left out: `default_perspective_count` + 1 always remain, so that the
 * secret still decides who checks a name, and two thirds of all. A perspective over that number stays
 * FAILING, and in the cohorts.
 *
 * Perspectives that complete, but often see something else than the majority, are told about and
 * never left out: whoever answers for a name decides what each perspective sees of it.
 */
#pragma once

#include "base/opt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEALTH_WINDOW                  100 /* the last comparisons that count */
#define HEALTH_DISAGREEMENTS_TOLERATED 20  /* of them; above, the perspective is conspicuous */
#define HEALTH_DISAGREEMENTS_CALM      10  /* at or below, it is no more */

enum health_state { HEALTH_HEALTHY, HEALTH_FAILING, HEALTH_LEFT_OUT, HEALTH_STATE_COUNT };

const char *health_state_str(enum health_state state); /* "left_out"; is API */

struct health_settings {
    size_t perspective_count;
    size_t default_perspective_count;
    unsigned failures_before_leaving_out; /* 0: everybody stays healthy */
};

struct health_entry {
    enum health_state state;
    uint64_t consecutive_failures; /* to reach it for a check, and of probes */
    unsigned suspicions;           /* checks in a row that it was reached for, and did not answer */
    struct opt_int last_answer_ns; /* wall clock */
    bool is_conspicuous;
    unsigned disagreements; /* of the comparisons in the window */
    /* Private: the window, a ring. */
    bool disagreed[HEALTH_WINDOW];
    unsigned next;
};

struct health;

struct health *health_new(const struct health_settings *settings);
void health_free(struct health *health);

/* Borrowed; `index` as in the configuration. */
const struct health_entry *health_get(const struct health *health, size_t index);
size_t health_count(const struct health *health);
size_t health_left_out_count(const struct health *health);
/* How many may be left out at most. */
size_t health_most_left_out(const struct health_settings *settings);

/* These are true if the state of the perspective is another one than before. */

/* It answered a check or a probe. */
bool health_on_answer(struct health *health, size_t index, int64_t now_ns);
/* It could not be reached for a check. */
bool health_on_check_failure(struct health *health, size_t index);
/* It was reached, and did not answer a check as it ought to. True, here, if a probe has to decide. */
bool health_on_suspicion(struct health *health, size_t index);
/* It did not answer a probe, which includes nonsense, but not the refusal of load. */
bool health_on_probe_failure(struct health *health, size_t index);

/* It completed and could be compared with a majority; true if `is_conspicuous` changed. */
bool health_on_comparison(struct health *health, size_t index, bool agrees);
