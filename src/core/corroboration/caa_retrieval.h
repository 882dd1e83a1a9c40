/*
 * Do enough perspectives see the same CAA record set? Not whether it permits: that is the question of
 * core/rules/caa.h and core/corroboration/quorum.h. For who asks for the records and judges them by himself. Pure.
 */
#pragma once

#include "core/corroboration/mpic.h"

#include <stdbool.h>
#include <stddef.h>

struct caa_retrieval {
    bool is_agreed;
    const struct perspective_result *shown; /* one that saw it; NULL: nobody saw any */
    size_t seeing;                          /* perspectives of the last attempt that saw the same */
};

/*
 * Over the last attempt of a CAA check: the set, or that there is none, which most saw. Agreed are as
 * many as the response's quorum, from two RIRs at least (BR 3.2.2.9), and the Primary Network
 * Perspective where there is one. Seen is what a completed search found and told in full: a failed
 * lookup that was accepted, a set of LIMIT_REPORTED_RECORDS or more, or a record that was cut is not;
 * nor what evidence_of_search_contradiction() finds fault with, such as the set of another name.
 */
struct caa_retrieval caa_retrieve(const struct mpic_response *response, struct arena *arena);
/* Both saw a set, or none, and it is the same, whatever the order of its records. */
bool caa_saw_the_same(const struct check_request *request, const struct check_result *a,
                      const struct check_result *b, struct arena *arena);
