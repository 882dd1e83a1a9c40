/*
 * The oldest versions of libraries that a CA may rely on, and why: one table. Pure; who is asked for
 * a version calls library_floor_rule() with what its library says of itself.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct library_floor {
    const char *library; /* as --version names it */
    const char *minimum;
    const char *why;  /* what the versions below it lack */
    const char *mend; /* how to get another one */
};

/*
 * libunbound: it validates every answer, so what misleads it misleads us.
 *
 * Not in here, because a running library does not tell it, or because it is mended on our side:
 * libevent 2.1.12 is the last release and its version says nothing of the patches of a distribution
 * (Debian: 2.1.12-8+deb12u1); libcurl's reuse of a connection that has another client certificate
 * (CVE-2026-8932) cannot happen where each identity has a pool of its own (net/fetch.h).
 */
extern const struct library_floor library_floor_unbound;

/* In the words of GET /healthz?verbose. */
enum library_standing {
    LIBRARY_CURRENT,  /* at the floor or above it */
    LIBRARY_ACCEPTED, /* below, and the operator named this very version */
    LIBRARY_REFUSED,  /* below, or its version cannot be read */
};

const char *
library_standing_str(enum library_standing standing); /* "current", "accepted", "below" */

struct library_ruling {
    enum library_standing standing;
    const char *text; /* what is wrong; how to mend it. NULL for LIBRARY_CURRENT */
};

/*
 * `version` as the library tells it, such as "1.25.2"; `accepted`: the version that the operator
 * accepts under the key `key`, or NULL. Versions compare as numbers; one with anything behind the
 * numbers ("1.25.2rc1") is older than the release.
 */
struct library_ruling library_floor_rule(const struct library_floor *floor, const char *version,
                                         const char *accepted, const char *key,
                                         struct arena *arena);

/* True for numbers with dots between them, such as "1.17.1", below the floor: what an operator can
 * accept. */
bool library_floor_can_accept(const struct library_floor *floor, const char *version);
