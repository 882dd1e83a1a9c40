/*
 * The CAA tree climb of RFC 8659 section 3, as children of a check: the name and each parent up to
 * the TLD are asked, the nearest first and several at a time; the result is that of asking them one
 * after the other. For files in check/ only: the CAA check and the contact methods that search for
 * a CAA record set.
 *
 * The climb is over when the nearest record set, or an error at or below it, is certain. Answers
 * that can no longer matter are awaited for a moment more, because they belong to the evidence; one
 * that does not come by then, or was not asked yet, is reported as "not_awaited".
 */
#pragma once

#include "check/machine.h"
#include "core/rules/caa.h"

struct climb_slot {
    struct climb *climb;
    size_t index;
    bool is_wanted; /* and not asked yet */
    bool answered;
};

struct climb {
    struct check_job *check;
    size_t count;
    struct lookup *lookups; /* nearest first; one that is not answered has outcome DNS_LOCAL */
    struct climb_slot *slots;
    size_t pending; /* wanted and not answered: asked, or to be asked */
    size_t asked;   /* of these: under way */
    size_t next;    /* those before it have been asked, if they are wanted */
    bool is_retry;
    bool await_all; /* somebody needs every answer, whatever the nearest set is */
    bool in_grace;
    bool is_over;
    void (*done)(struct check_job *check, void *arg);
    void *arg;
};

/*
 * Starts the climb. `climb` lives in the check's arena; the caller has set check, await_all, done
 * and arg. `done` is not called on the stack of this function.
 */
void climb_start(struct climb *climb);
/* Asks those that `wanted` names once more, on the network, each of a resolver of its own that
 * remembers nothing; their lookups are replaced. done and arg may have changed. */
void climb_retry(struct climb *climb, const bool *wanted);
struct caa_search climb_decide(const struct climb *climb);
/* The "lookups" of the CAA details, in the order of the climb. */
const struct lookup_report *climb_report(const struct climb *climb, struct arena *arena);
