/*
 * What the Baseline Requirements of the day say of a response: the property `compliance`. Pure.
 *
 * A finding has a level: "must" (a requirement is broken), "should", "note" (the reader ought to
 * know). A response is compliant if no finding has level "must". With `baseline: enforce` such
 * a finding makes the response not valid, too; `warn` only says so; `off` says nothing.
 *
 * Codes are API:
 *   primary_not_included      note    the caller must perform the check of the Primary Network Perspective
 *   primary_failed            must    the Primary Network Perspective did not see what permits issuance
 *   primary_too_close         must    it is under 500 km from a perspective of the cohort
 *   primary_local_policy      must    lab settings touched its check
 *   single_location           must    every perspective is this one machine (mpicd --dev)
 *   too_few_perspectives      must    fewer than the calendar of BR 3.2.2.9 demands
 *   too_few_rirs              must    the corroborating perspectives lie in one RIR's region
 *   distance_unknown          should  two of the cohort may be closer than 500 km
 *   resolver_location_unknown note    a perspective forwards its DNS questions
 *   answers_not_bound         note    a perspective does not say which question it answers
 *   method_must_not           must    the method is past its date
 *   method_should_not         should  likewise
 *   method_ends               note    it will be within 90 days, and what it validated is void then
 *   reverse_zone_name         must    a name in in-addr.arpa or ip6.arpa (BR 4.2.2)
 *   rfc8657_not_evaluated     should  a CAA record restricts account or method, and the request does not name it
 *   caa_not_applicable        note    CAA of an IP address
 *   short_challenge           note    a substring of under 18 characters was looked for
 *   token_mismatch            note    the key authorization does not begin with the token and a dot
 *   local_policy              must    lab settings of a perspective touched a check that passed: not compliant,
 *                                     but valid; "note" if it did not pass, or for DNS settings that a remote
 *                                     perspective may have
 *   clock_skew                note    a perspective's clock differs by over five minutes
 */
#pragma once

#include "base/arena.h"
#include "core/corroboration/mpic.h"
#include "core/method/baseline.h"
#include "core/names/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compliance_env {
    enum baseline_mode mode;
    const struct baseline_period *period; /* in force at the start of the request; may be NULL */
    int64_t time_s;                       /* wall clock at the start of the request */
    const char *br_version;               /* the operator's; NULL: the one of the day */
    int64_t now_ns;                       /* wall clock now, for clock_skew */
    const struct target *target;          /* NULL if the target is unusable */
    const struct perspective_info *perspectives;
    size_t perspective_count;
    const struct perspective_info
        *primary; /* where the coordinator's own check is made; NULL: none */
    bool from_one_place;
};

/*
 * Fills the compliance members of `response` and its verification, whose other members are complete (one attempt at
 * least), and clears is_valid where the mode demands it. Findings are about the last attempt; they
 * live in the arena.
 */
void compliance_judge(struct mpic_response *response, const struct compliance_env *env,
                      struct arena *arena);
