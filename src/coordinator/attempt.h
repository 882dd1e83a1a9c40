/*
 * One attempt: every member is asked at once and awaited until one deadline; for coordinator.c only.
 *
 *   attempt_start -> each answer -> (all are in, or the verdict is certain and the grace is over) -> done
 *
 * A member that is unreachable, slow or answers nonsense becomes an error entry; the others are not
 * affected. With `returns_early`, once `is_certain` says that no missing answer can change the
 * verdict, stragglers get a short grace and are then reported as not awaited, which is not a disagreement.
 */
#pragma once

#include "coordinator/transport.h"
#include "core/corroboration/mpic.h"
#include "core/names/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attempt_run;

struct attempt_member {
    struct attempt_run *run;
    struct transport *transport;
    struct transport_job *job;         /* NULL once it has answered */
    struct perspective_result *result; /* code and rir are set; the attempt fills the rest */
    size_t perspective;                /* index; the primary has none and says SIZE_MAX */
};

/* Lives in the arena of the request, which outlives the group. */
struct attempt_run {
    struct loop *loop;
    struct transport_call *call;
    struct job_group *group;
    const struct target *target; /* of the call */
    struct attempt_member *members;
    size_t count;
    uint64_t deadline_ms;
    bool returns_early;
    unsigned grace_ms;
    /* On each answer, or failure to give one; not for members that are not awaited. */
    void (*on_member)(const struct attempt_member *member, enum transport_status status, void *arg);
    bool (*is_certain)(void *arg);
    void (*done)(void *arg);
    void *arg;
    /* Private. */
    size_t pending;
    struct pause_job *grace;
};

/* All members but the private ones are set by the caller. `done` is not called on the stack of this function. */
void attempt_start(struct attempt_run *run);
bool attempt_has_answer(const struct attempt_member *member);
