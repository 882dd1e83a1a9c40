/*
 * DNS questions to this perspective's own validating resolver: libunbound, in process, on the loop.
 *
 * One `struct dns` per perspective and worker, made at start-up by one thread (libunbound's logging
 * is process-wide), used from its loop's thread only. It shares nothing with any other (BR
 * 3.2.2.9). Every name is absolute, every class is IN. /etc/resolv.conf, the hosts file, search
 * lists and Unbound's built-in zones play no part, but for onion. (NXDOMAIN, RFC 7686 section 2).
 * The baseline of the resolver, with its reasons, is in net/dns_config.c.
 *
 * Bogus data never leaves the adapter: an answer with DNS_BOGUS has no records at all.
 *
 * What libunbound does not tell, so that nobody waits for it: extended errors (RFC 8914) of other
 * resolvers: libunbound 1.17.1 passes none on, with its option `ede` or without, so that DNS_FILTERED
 * cannot occur with it, and who sets forward_to trusts those servers not to filter.
 */
#pragma once

#include "base/address.h"
#include "base/err.h"
#include "dns/outcome.h"
#include "dns/record.h"
#include "dns/type.h"
#include "net/job.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns;
struct dns_job;
struct dns_account;

/* Everything is borrowed until `done` returns. Lists are in the order of the packet. */
struct dns_answer {
    const char *name; /* as asked, in the form of `owner`; unchanged if it cannot be asked */
    uint16_t type;
    enum dns_outcome outcome;
    enum dns_cause cause;
    enum dns_end end; /* DNS_END_LIMIT for DNS_LOCAL, and for names that cannot be asked */
    enum dnssec_status dnssec;
    bool stub_zone; /* the asked name lies in a stub zone of the configuration, other than the root
                     */
    struct opt_rcode {
        bool present; /* a server or the resolver gave one; never for data that failed validation */
        int value;
    } rcode;                          /* of the resolver's packet, or of the server that failed */
    const char *reason;               /* why it is not DNS_OK, for people; "" if DNS_OK */
    const struct dns_record *records; /* of the asked type, at the end of the alias chain */
    size_t record_count;
    const char *const *cname_chain; /* targets of CNAME and DNAME aliases, in order, as `owner` */
    size_t cname_count;
    const struct dns_record *
        denial; /* SOA, NSEC and NSEC3 of the authority section of a validated or insecure answer */
    size_t denial_count;
    /* For DNS_BOGUS our own resolver's: 6, "DNSSEC Bogus", with libunbound's explanation. */
    const struct dns_extended_error *extended_errors;
    size_t extended_error_count;
    uint64_t duration_us;
};

typedef void dns_done_fn(const struct dns_answer *answer, void *arg);

struct dns_query {
    const char *name; /* text as `owner` above, final dot optional */
    uint16_t type;
    struct dns_account *account; /* on whose behalf; NULL: nobody's, without limits of its own */
    /*
     * A number of dns_fresh(): this question is asked of a resolver that was made after the number
     * was taken, knows nothing, and serves questions with the same number only (BR 4.2.2.1:
     * "retried", and the proof beside it). So whatever it says, delegations and keys too, was fetched
     * on the network since, and nobody else's questions take its sockets. It takes some 4 ms and 2
     * MB, and is gone, with all that is under way, when none of its questions is awaited any more. 0:
     * the resolver that all share.
     */
    uint64_t fresh;
    bool
        is_kept; /* of `fresh`: that resolver stays until the account is closed, for a next question */
};

/* The servers of a zone, in place of those that the DNS says; delegations below it lead to port 53.
 * For "." these are the first servers of the root, in place of the root hints. */
struct dns_stub {
    const char *name;
    const char *const *addresses; /* "192.0.2.1@5300", "2001:db8::1" */
    size_t address_count;
};

/* How much is going on. All resolvers of a process add to the same numbers, from their threads. */
struct dns_counters {
    _Atomic int64_t under_way; /* questions that the resolver works on, those given up included */
    _Atomic int64_t waiting;   /* for a seat */
    _Atomic int64_t given_up;  /* of those under way: nobody awaits the answer any more */
    _Atomic int64_t replaced;  /* resolvers, since the start, to end such questions */
};

struct dns_settings {
    unsigned timeout_ms;
    const char *trust_anchor_file; /* NULL: none */
    const char *const *trust_anchors;
    size_t trust_anchor_count;
    const char *const *forward_to;
    size_t forward_count;
    const struct dns_stub *stub_zones;
    size_t stub_count;
    const char *const *insecure_zones;
    size_t insecure_count;
    /* Zones whose name servers answer in another case than they were asked in, each in its own way:
     * there the case is no secret against forgers (0x20). */
    const char *const *case_exempt_zones;
    size_t case_exempt_count;
    unsigned cache_max_ttl_s;
    unsigned cache_max_negative_ttl_s;
    /* Each account begins with a resolver that knows nothing: answers and delegations. */
    bool fresh_cache;
    struct dns_counters *counters; /* may be NULL; outlives the resolver */
    const struct cidr *never_ask;  /* name servers at these addresses are not asked; exemptions
                                         are cut out by the caller */
    size_t never_ask_count;
};

/*
 * Settings are copied; files are read now. Fails on settings that libunbound refuses or warns of,
 * and without any trust anchor; `err` names the setting or repeats libunbound. Takes some 5 MB, and
 * up to an eighth of the process's descriptors at a time. Sends nothing.
 */
struct dns *dns_new(struct loop *loop, const struct dns_settings *settings,
                    struct err *err) MUST_CHECK;
/* Exchanges dns_settings.never_ask, and with it the resolver: on the next turn of the loop, or 2 seconds
 * after the last exchange. `blocks`, and what the settings of dns_new() point to, live as long as the resolver, or until
 * the next call. On failure the list before stays. */
bool dns_set_never_ask(struct dns *dns, const struct cidr *blocks, size_t count,
                       struct err *err) MUST_CHECK;
/* All jobs must be over or cancelled; before loop_free(); never from inside a `done`. */
void dns_free(struct dns *dns);

/* A number that nobody else has; never 0. */
uint64_t dns_fresh(struct dns *dns);

/*
 * Whoever may have more questions than one opens an account for them: a check. Its questions are
 * counted on it, and wait for each other where there are too many. Loop thread only.
 */
struct dns_account *dns_account_new(struct dns *dns);
/* All its jobs are over or cancelled. NULL is fine. Before dns_free(). */
void dns_account_free(struct dns_account *account);

/*
 * `query` is copied. The resolver works on the question for dns.timeout_ms at most, and not past the
 * deadline. It may have to wait before that for others under way (net/dns_admission.h): the time of
 * waiting counts against the deadline only.
 */
struct dns_job *dns_start(struct dns *dns, const struct dns_query *query, struct job_group *group,
                          uint64_t deadline_ms, dns_done_fn *done, void *arg);
void dns_cancel(struct dns_job *job);

const char *dns_library_version(void);
