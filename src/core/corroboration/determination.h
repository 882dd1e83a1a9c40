/*
 * One MPIC request from its rules to its response, as a machine without input and output: whoever drives it tells it
 * what happened and when, and asks it what to do (coordinator/coordinator.c over the loop; libmpic for everybody
 * else). All decisions of a coordinator are here or below. Pure: no clock, no memory but the arena, no randomness.
 *
 *   determination_start -> [rules and target -> cohorts -> attempt: a question for every member]
 *   determination_next_question       whom to ask, now
 *   determination_take_result/_failure, determination_tick   what came, or that time passed
 *   determination_next_abandoned      whose answer is awaited no more
 *   … -> [all are in, or given up -> quorum -> the next attempt, or the response] -> determination_outcome
 *
 * After each event: take the abandoned ones, take the questions, and come back at determination_deadline_ms() at the
 * latest. Events may come in any order, late, twice, or for questions that nobody asked: what is not awaited changes
 * nothing. A clock that runs backwards stands still.
 *
 * A perspective that is unreachable, slow or answers nonsense becomes an error entry
 * (mpic_error:coordinator:remote_check); the others are not affected. With `returns_early`, once no missing answer
 * can change the verdict, stragglers get a short grace and are then reported as not awaited, which is not a
 * disagreement.
 */
#pragma once

#include "core/corroboration/attempt.h"
#include "core/corroboration/cohort_choice.h"
#include "core/corroboration/observation.h"
#include "core/corroboration/settings.h"

struct determination;

struct regex_task;

/* All is borrowed, and outlives the determination, which lives in the arena. */
struct determination_setup {
    const struct coordinator_settings *settings;
    struct cohort_pools pools; /* read by determination_start() only */
    const struct mpic_request *request;
    /* The check of request_regex(), after it was run; read by determination_start() only, which checks by itself
     * without one. That may take 20 ms. */
    const struct regex_task *regex;
    struct arena *arena;
};

struct determination *determination_start(const struct determination_setup *setup,
                                          struct moment now);

struct determination_question {
    size_t number;      /* counts over all attempts, from 0 */
    size_t perspective; /* index; SIZE_MAX: the Primary Network Perspective */
    const char *code;
    const struct check_request *check;
    uint64_t deadline_ms; /* of the caller's monotonic clock: an answer is given up then */
};

/* The next question that nobody has been asked yet; false: there is none for now. */
bool determination_next_question(struct determination *d, struct determination_question *out);
/* The next question that was asked and needs no answer any more; false: there is none. */
bool determination_next_abandoned(struct determination *d, size_t *number);

/* Whether an answer to that question would change anything: it was asked, and nothing has come of it. */
bool determination_awaits(const struct determination *d, size_t number);

/* False: that question is not awaited, and nothing has changed. */

/* A well-formed result; whether it counts is decided here. What it points to lives as long as the arena. */
bool determination_take_result(struct determination *d, size_t number,
                               const struct check_result *result, struct moment now);
/* No usable answer; `text` says why, ready to show to the caller, and is copied. */
bool determination_take_failure(struct determination *d, size_t number, const char *text,
                                struct moment now);

/* Gives up whose time is over. Nothing else does: an answer that is handed in before counts, whatever the clock says. */
void determination_tick(struct determination *d, struct moment now);
/* When determination_tick() will have something to do; UINT64_MAX: it is over. */
uint64_t determination_deadline_ms(const struct determination *d);

struct mpic_outcome {
    enum mpic_outcome_kind {
        MPIC_RAN,       /* `response`: HTTP 200 */
        MPIC_REFUSED,   /* `issues`: HTTP 400 */
        MPIC_NO_COHORT, /* the configured default size has no cohort: HTTP 500, `error_text` */
        MPIC_BUSY, /* nothing was decided for want of time: HTTP 503, `error_text`. Of a coordinator only */
    } kind;
    const struct mpic_response *response;
    const struct rule_issues *issues;
    const char *error_text;
};

/* What is asked of every perspective. */
const struct check_request *determination_check(const struct determination *d);
/* NULL until it is over. What it points to lives in the arena. */
const struct mpic_outcome *determination_outcome(const struct determination *d);

/* For who tells others what goes on, as the log of the daemon. */

struct determination_attempt {
    size_t perspectives; /* of its cohort */
    size_t required;     /* of them */
    bool is_over;
    struct quorum_decision decision; /* once it is over */
    struct observations seen;        /* likewise */
};

/* Attempts that have begun. */
size_t determination_attempt_count(const struct determination *d);
const struct determination_attempt *determination_attempt(const struct determination *d, size_t i);
/* What became of a question of the last or an earlier attempt; NULL for a number that there is not. */
const struct attempt_member *determination_member(const struct determination *d, size_t number);
