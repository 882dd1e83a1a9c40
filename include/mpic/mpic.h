/*
 * libmpic: Multi-Perspective Issuance Corroboration (CA/Browser Forum Baseline Requirements, section 3.2.2.9) without
 * input and output. See libmpic(3), which walks through a whole program.
 *
 * The library waits for nothing, starts no thread, has no global state, prints nothing, and calls nobody back. What
 * goes wrong is a value. Different objects may be used by different threads at the same time; one object by one thread
 * at a time, but for those that are only read after they are made: struct mpic_coordinator and struct mpic_request.
 *
 * Text is UTF-8 and ends with a NUL. What a function returns as `const` belongs to the object that it was asked of, and
 * lives as long. What it returns otherwise is the caller's, who frees it with the function of its name; these take
 * NULL. Structs that the caller fills begin with `size`, which is their sizeof: so later versions can have more
 * members, and a program need not be compiled again. All other members may be zero unless it says otherwise.
 *
 * Running out of memory ends the process, as in the daemon: a check stops rather than guesses.
 */
#ifndef MPIC_MPIC_H
#define MPIC_MPIC_H

#include <mpic/calendar.h>
#include <mpic/coordinator.h>
#include <mpic/error.h>
#include <mpic/judge.h>
#include <mpic/request.h>
#include <mpic/run.h>
#include <mpic/version.h>

#endif
