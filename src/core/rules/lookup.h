/* One DNS answer as the rules see it; check/lookup.c makes it from net/dns. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/method/check.h"
#include "dns/outcome.h"
#include "dns/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lookup {
    const char *name;   /* as asked: canonical text */
    const char *type;   /* "CAA" */
    uint16_t type_code; /* 257 */
    enum dns_outcome outcome;
    enum dns_end end;
    enum dns_cause cause;
    enum dnssec_status dnssec;
    bool in_stub_zone;
    struct opt_int rcode;
    const char *reason; /* for people; "" for DNS_OK */
    const struct dns_record *records;
    size_t record_count;
    struct strv cname_chain;         /* as the wire wants it: with final dots */
    const struct dns_record *denial; /* SOA, NSEC, NSEC3 of a negative answer */
    size_t denial_count;
    const struct dns_extended_error *extended_errors;
    size_t extended_error_count;
    uint64_t duration_ms;
};

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
 * PROBLEM_DEADLINE. DNS_OK is no problem and gives PROBLEM_INTERNAL, as DNS_LOCAL does.
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
 * The text for people of a lookup that is not DNS_OK, in the words of Open MPIC where it has
 * some: "The DNS query name does not exist: a.example.". `reason` is appended, escaped and bounded.
 */
const char *lookup_describe(const struct lookup *lookup, struct arena *arena);
