/*
 * How a question ended, and what DNSSEC says of its answer. net/dns fills it in, the rules decide
 * over it.
 */
#pragma once

/* What came back. Only DNS_OK has records. */
enum dns_outcome {
    DNS_OK,
    DNS_NODATA,   /* the name exists, without this type */
    DNS_NXDOMAIN, /* the name does not exist */
    DNS_SERVFAIL, /* SERVFAIL, or any RCODE that is not named here */
    DNS_REFUSED,
    DNS_TIMEOUT, /* nobody answered before the deadline or dns.timeout_ms: see enum dns_end */
    DNS_BOGUS, /* DNSSEC validation failed; also a SERVFAIL with a DNSSEC extended error (RFC 8914)
                */
    /* A loop, a chain of more than 11 aliases, or a name that a DNAME made too long (YXDOMAIN).
     * cname_chain shows what was followed. */
    DNS_ALIAS,
    DNS_MALFORMED, /* unparsable, truncated, or a name that cannot be asked */
    DNS_FILTERED,  /* stale, forged, blocked, censored, filtered, prohibited (RFC 8914 codes 3, 4,
                      15-19) */
    /* Our own machine failed, never the network's word: no socket, no route to any server (of the
     * stub zone, the forwarders, or else the root). */
    DNS_LOCAL,
};

/*
 * Who ended the question. BR 4.2.2.1 lets a failure count for the applicant only where the failure
 * is outside the CA's infrastructure: so it is recorded where it happens, and never guessed from
 * the time that has passed. The zero value counts for nobody.
 */
enum dns_end {
    /* A limit of ours: the caller's deadline, a queue, a full table, an abort, or a timeout of which
     * the resolver did not have the whole. Perhaps nobody outside was asked at all. */
    DNS_END_LIMIT,
    DNS_END_RESOLVER, /* the resolver answered, or gave up by itself */
    /* dns.timeout_ms passed, from the moment at which the resolver took the question on, and it was
     * still at work. */
    DNS_END_TIMEOUT,
};

/* Why it failed: of DNS_SERVFAIL and DNS_REFUSED what libunbound says about it (net/dns_servfail.h),
 * and nothing that is guessed. */
enum dns_cause {
    DNS_CAUSE_NONE,   /* it does not say, or nothing of the below */
    DNS_CAUSE_SILENT, /* no server answered */
    DNS_CAUSE_RCODE,  /* a server answered with an RCODE that is an error: it is in `rcode` */
    /* The servers answered as if they were not responsible for the zone, or without content:
     * truncated over TCP too. */
    DNS_CAUSE_LAME,
    DNS_CAUSE_NO_ADDRESS, /* no address of the zone's servers could be found */
    DNS_CAUSE_UNEQUAL,    /* the servers do not keep the case (0x20), and their answers differ */
    /* There is no address of a server that this machine sends to: no route, or do-not-query. */
    DNS_CAUSE_UNUSABLE,
    DNS_CAUSE_REMEMBERED, /* nobody was asked: the resolver remembers an earlier failure */
    DNS_CAUSE_MALFORMED,  /* of DNS_MALFORMED: a server's answer could not be used */
    /* Of every failure of a name that forward_to answers for: it is that of a resolver of ours. */
    DNS_CAUSE_FORWARDER,
};

/*
 * RFC 4035 section 4.3. Order matters: a check has the worst status of the answers it used; larger is
 * worse.
 */
enum dnssec_status {
    DNSSEC_NONE = 0, /* no DNS answer was used */
    DNSSEC_SECURE,
    DNSSEC_INSECURE, /* it is proven that there is no chain of trust */
    /* Not examined: the name, or one of its aliases, is under an insecure zone of the configuration
     * or under no trust anchor; or there is no answer whose data could be examined. */
    DNSSEC_INDETERMINATE,
    DNSSEC_BOGUS,
};

/* "ok", "nodata", "servfail", … */
const char *dns_outcome_str(enum dns_outcome outcome);
const char *dnssec_str(enum dnssec_status status); /* NULL for DNSSEC_NONE */
enum dnssec_status dnssec_worse(enum dnssec_status a, enum dnssec_status b);
