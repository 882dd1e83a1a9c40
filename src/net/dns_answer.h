/* From the bytes of a response to a struct dns_answer: what the network said, in our terms. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "net/dns.h"

/*
 * Fills status, rcode, reason, records, aliases, denial and extended errors of `answer`, whose
 * `name` (as dns_name_str() gives it), `type` and `security` are set, from the bytes of the packet.
 * Everything is in the arena. `security` becomes DNSSEC_BOGUS where the packet says so itself, and
 * DNSSEC_INDETERMINATE where the packet is not used.
 *
 * Not for data that failed validation: of that no byte is looked at (see dns_answer_bogus()).
 */
void dns_answer_read(struct arena *arena, struct bytes packet, struct dns_answer *answer);

/*
 * Validation failed; `why` is libunbound's explanation, of which no word gets out: ours say the same.
 * The answer has no records, and one extended error: "DNSSEC Bogus" (RFC 8914 section 4.7) of our
 * own resolver, with that text.
 */
void dns_answer_bogus(struct arena *arena, const char *why, struct dns_answer *answer);

/* No packet came. `security` becomes DNSSEC_INDETERMINATE. */
void dns_answer_fail(struct dns_answer *answer, enum dns_outcome status, const char *reason);
