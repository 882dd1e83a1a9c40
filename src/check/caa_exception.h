/*
 * The exception of BR 4.2.2.1 for CAA lookups that failed, as children of a CAA check. What must be
 * shown for it is decided in core/rules/caa.h; here it is asked for.
 *
 *   RETRYING   each lookup that failed is asked again, until it has really failed twice (a failure
 *              that the resolver only remembered is none); each try has the whole of dns.timeout_ms
 *   FOLLOWING  CNAME is asked, to learn at which target of an alias the lookup failed, and whether
 *              anybody answers there; then CAA there, once more, of the same resolver
 *   PROVING    DS is asked for the names that failed, the ends of their aliases, and those above them,
 *              after the last failure and of no cache
 *
 * Nothing of this has a share of the check's time: a step that the check's deadline cuts short shows
 * nothing, so the exception does not hold.
 */
#pragma once

#include "check/climb.h"

/* The lookups that may be excused in one check: each takes a resolver of its own for its retry. */
enum { EXCEPTION_LOOKUPS_MAX = 8 };

/* What comes next. */
enum exception_step {
    EXCEPTION_RETRY,
    EXCEPTION_FOLLOW,
    EXCEPTION_PROVE,
    EXCEPTION_HOLDS,
    EXCEPTION_HOLDS_NOT,
};

struct exception {
    struct check_job *check;
    struct climb *climb; /* over, with an error */
    /* A step is over. `why` says why the exception does not hold, or why it does; NULL: the lookups answer
     * now, or failed in a way that speaks for itself; or it is not known yet. */
    void (*next)(struct check_job *check, enum exception_step step, const char *why);
    struct caa_query query;

    /* What was learnt. */
    /* How often the failed lookups were really asked: not where a limit of ours ended them, or where
     * the resolver repeated a failure that it remembered. */
    unsigned rounds;
    struct lookup ds[CAA_PROOF_NAMES_MAX];
    size_t ds_count;
    /* Answers to CNAME, and to CAA once more. */
    struct lookup steps[EXCEPTION_LOOKUPS_MAX * (CAA_CHAIN_MAX + 2)];
    size_t step_count;
    struct caa_try *tries; /* in the order of the climb */

    /* Private. */
    bool *wanted;
    struct caa_proof_names names;
    uint64_t
        *followed; /* numbers of dns_fresh(): of the questions about each failed lookup's aliases */
    size_t pending;
};

/* False if the exception cannot hold, for a reason that the failed lookup shows by itself. `exception` lives
 * in the check's arena; the caller has set the first four. If true, EXCEPTION_RETRY comes next. */
bool exception_init(struct exception *exception);
/* What the steps of that name ask for; each ends with `next`, not called on the stack of these. */
void exception_retry(struct exception *exception);
void exception_follow(struct exception *exception);
void exception_prove(struct exception *exception);
