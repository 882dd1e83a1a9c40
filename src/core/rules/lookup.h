/* One DNS answer as the rules see it; check/lookup.c makes it from net/dns. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/method/check.h"
#include "dns/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What came back, as net/dns classifies it. Only LOOKUP_OK has records. */
enum lookup_outcome {
    LOOKUP_OK,
    LOOKUP_NODATA,
    LOOKUP_NXDOMAIN,
    LOOKUP_SERVFAIL, /* and other RCODEs */
    LOOKUP_REFUSED,
    LOOKUP_TIMEOUT,
    LOOKUP_BOGUS,
    LOOKUP_ALIAS,
    LOOKUP_MALFORMED,
    LOOKUP_FILTERED,
    LOOKUP_LOCAL, /* our own machine, or the deadline of the whole check */
};

/* Who ended it, as net/dns recorded it (enum dns_end). The zero value counts for nobody. */
enum lookup_end {
    LOOKUP_END_LIMIT,    /* a limit of ours, of whatever kind */
    LOOKUP_END_RESOLVER, /* the resolver answered, or gave up by itself */
    LOOKUP_END_TIMEOUT,  /* the resolver had the whole of dns.timeout_ms */
};

/* Why a lookup failed, as far as the resolver tells (enum dns_cause). */
enum lookup_cause {
    LOOKUP_CAUSE_NONE,       /* it does not tell */
    LOOKUP_CAUSE_SILENT,     /* no server answered */
    LOOKUP_CAUSE_RCODE,      /* a server answered with an RCODE that is an error */
    LOOKUP_CAUSE_LAME,       /* the servers are not responsible for the zone, or say nothing */
    LOOKUP_CAUSE_NO_ADDRESS, /* the names of the servers have no address, or none that can be found */
    LOOKUP_CAUSE_UNEQUAL,    /* without 0x20 the servers give answers that differ */
    LOOKUP_CAUSE_UNUSABLE,   /* to none of the servers' addresses this machine sends */
    LOOKUP_CAUSE_REMEMBERED, /* it was not asked: an earlier failure is remembered */
    LOOKUP_CAUSE_MALFORMED,  /* of LOOKUP_MALFORMED: a server's answer cannot be used */
    LOOKUP_CAUSE_FORWARDER,  /* of any failure: a resolver of the configuration reported it */
};

struct lookup {
    const char *name;   /* as asked: canonical text */
    const char *type;   /* "CAA" */
    uint16_t type_code; /* 257 */
    enum lookup_outcome outcome;
    enum lookup_end end;
    enum lookup_cause cause;
    enum dnssec_status dnssec;
    bool in_stub_zone;
    struct opt_int rcode;
    const char *reason; /* for people; "" for LOOKUP_OK */
    const struct dns_record *records;
    size_t record_count;
    struct strv cname_chain;         /* as the wire wants it: with final dots */
    const struct dns_record *denial; /* SOA, NSEC, NSEC3 of a negative answer */
    size_t denial_count;
    const struct extended_error *extended_errors;
    size_t extended_error_count;
    uint64_t duration_ms;
};

const char *lookup_outcome_str(enum lookup_outcome outcome); /* "ok", "nodata", "servfail", … */
/* What the evidence tells of it (BR 5.4.1); points into `lookup`. */
struct lookup_report lookup_report_of(const struct lookup *lookup);
/*
 * The same with the chains, in this order, that fit in `left` bytes, which becomes what is left then;
 * LIMIT_REPORTED_ALIAS_BYTES at first. A name has 127 labels at most, and whoever owns it may give each
 * a long chain: the rest is told as cname_chain_truncated. The copy is the arena's.
 */
const struct lookup_report *lookup_reports_within(const struct lookup_report *reports, size_t count,
                                                  size_t *left, struct arena *arena);
/*
 * The problem of a check that ends with this lookup. NODATA and NXDOMAIN give the FAIL problems of
 * the record methods. A timeout is PROBLEM_DNS_TIMEOUT only if the resolver had its whole time, else
 * PROBLEM_DEADLINE. LOOKUP_OK is no problem and gives PROBLEM_INTERNAL, as LOOKUP_LOCAL does.
 */
enum problem lookup_problem(const struct lookup *lookup);
/*
 * BR 4.2.2.1: is it shown that it failed outside our infrastructure? Timeout, SERVFAIL and REFUSED
 * are such failures; data that is bogus, malformed or filtered is none but an answer that must not be
 * used. Not so what a limit of ours ended, for then nobody outside has failed; nor what a forwarder
 * reports, who may be ours; nor a SERVFAIL of which the resolver does not say that the servers of the
 * zone were asked and failed. That no address of theirs could be found is not enough: the search for
 * addresses has limits of ours, and libunbound does not say which of them it met. Nor is an answer
 * without content: it may be one that is truncated over TCP too.
 */
bool lookup_failed_outside(const struct lookup *lookup);
/*
 * The text for people of a lookup that is not LOOKUP_OK, in the words of Open MPIC where it has
 * some: "The DNS query name does not exist: a.example.". `reason` is appended, escaped and bounded.
 */
const char *lookup_describe(const struct lookup *lookup, struct arena *arena);
