/*
 * Does the evidence of an answer fit its verdict? A perspective that says yes, and shows that it
 * looked elsewhere, or saw what forbids, is broken or lies: its yes corroborates nothing (BR 3.2.2.9).
 * Pure. Only what is there is judged: Open MPIC's perspectives tell less than ours, and long
 * evidence is cut on the way. What an alias leads to (owner_name, cname_chain) and what a redirect
 * leads to (final_url, hops) may be anywhere.
 */
#pragma once

#include "base/arena.h"
#include "core/method/check.h"
#include "core/names/target.h"

/*
 * NULL if nothing contradicts; always for a verdict other than PASS. Otherwise which property does, and
 * how, in words, with outside data escaped and cut.
 *
 * `target` is that of the request. CAA records are judged again by caa_evaluate(), as the request asks
 * for it; where it names no issuers any issuer may be the perspective's own.
 */
const char *evidence_contradiction(const struct check_request *request, const struct target *target,
                                   const struct check_result *result, struct arena *arena);
/*
 * Of a CAA check, whatever its verdict: NULL if it looked where it was asked to, and what it says of its
 * search fits together. For who asks what is there (core/corroboration/caa_retrieval.h).
 */
const char *evidence_of_search_contradiction(const struct check_request *request,
                                             const struct target *target,
                                             const struct check_result *result,
                                             struct arena *arena);
