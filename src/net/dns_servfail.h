/*
 * Why libunbound gave up: from the line that it logs (log-servfail), the only place where it says
 * so. For net/dns*.c only; pure.
 *
 * A failed lookup may count for an applicant only if the failure is outside the CA's infrastructure
 * (BR 4.2.2.1). So this is no search for words: the whole text must be one that the iterator writes
 * when the servers of a zone failed, and nothing besides. Whatever else stands there (a limit of
 * libunbound's, of which it has many; no memory; words of another release) is DNS_CAUSE_NONE.
 */
#pragma once

#include "base/arena.h"
#include "net/dns.h"

struct dns_servfail {
    enum dns_cause cause;
    const char *zone; /* whose servers failed: canonical text; NULL: not told */
    int rcode;        /* of DNS_CAUSE_RCODE */
};

/* `text` is what follows "SERVFAIL <name type class>:". */
struct dns_servfail dns_servfail_read(struct arena *arena, const char *text);

/* What follows "SERVFAIL <name type class>:" in a line of libunbound's log; NULL if it is about
 * another question, or about something else. `name` is canonical text. */
const char *dns_servfail_find(const char *line, const char *name, uint16_t type);

/* For people; no word of libunbound's, whose texts have addresses of servers in them. */
const char *dns_servfail_describe(struct arena *arena, const struct dns_servfail *servfail);
