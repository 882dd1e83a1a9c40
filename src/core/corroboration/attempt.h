/*
 * One attempt, as data: every member is asked at once and awaited until one deadline; for determination.c only. Pure.
 *
 * A member that gives no usable answer becomes an error entry; the others are not affected.
 */
#pragma once

#include "base/arena.h"
#include "core/corroboration/mpic.h"
#include "core/names/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When something happened: the caller's clocks. */
struct moment {
    uint64_t ms;     /* monotonic; its zero is the caller's */
    int64_t wall_ns; /* since 1970, UTC */
};

struct attempt_member {
    struct perspective_result *result; /* code and rir are set; the attempt fills the rest */
    size_t perspective;                /* index; the primary has none and says SIZE_MAX */
    enum { MEMBER_TO_ASK, MEMBER_ASKED, MEMBER_DONE } state;
    const char *fault; /* why the yes that it answered was not believed; NULL: there was none */
    struct attempt_member *next_abandoned; /* private to determination.c */
    size_t number;                         /* likewise: of its question */
};

struct attempt_run {
    const struct check_request *check;
    const struct target *target; /* of the check */
    struct arena *arena;
    struct attempt_member *members;
    size_t count;
    size_t pending; /* of them */
    uint64_t deadline_ms;
    uint64_t grace_end_ms; /* UINT64_MAX: the verdict is open */
};

/* These are for a member that has not answered. */

/* An answer whose evidence contradicts its yes is none, and `fault` says so. */
void attempt_take_result(struct attempt_run *run, struct attempt_member *member,
                         const struct check_result *result, int64_t wall_ns);
/* `text`: why there is no answer, ready to show. */
void attempt_take_failure(struct attempt_run *run, struct attempt_member *member, const char *text,
                          int64_t wall_ns);
/* The verdict is certain without it: no disagreement, and no fault of its own. */
void attempt_give_up(struct attempt_run *run, struct attempt_member *member, int64_t wall_ns);
