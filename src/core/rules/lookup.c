#include "core/rules/lookup.h"

#include "base/limits.h"
#include "base/str.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

struct outcome_info {
    enum problem problem;
    const char *text; /* what to say about the question; the reason follows after a colon */
};

static const struct outcome_info outcomes[] = {
    [DNS_OK] = {PROBLEM_INTERNAL, "The DNS query was answered"},
    [DNS_NODATA] = {PROBLEM_NO_DATA, "The DNS response does not contain an answer to the question"},
    [DNS_NXDOMAIN] = {PROBLEM_NXDOMAIN, "The DNS query name does not exist"},
    [DNS_SERVFAIL] = {PROBLEM_DNS_SERVFAIL, "All nameservers failed to answer the query"},
    [DNS_REFUSED] = {PROBLEM_DNS_REFUSED, "All nameservers failed to answer the query"},
    [DNS_TIMEOUT] = {PROBLEM_DNS_TIMEOUT, "The resolution lifetime expired"},
    [DNS_BOGUS] = {PROBLEM_DNSSEC_BOGUS, "DNSSEC validation failed for the query"},
    [DNS_ALIAS] = {PROBLEM_DNS_ALIAS, "The aliases of the DNS query name cannot be followed"},
    [DNS_MALFORMED] = {PROBLEM_DNS_MALFORMED, "The DNS response is malformed for the query"},
    [DNS_FILTERED] = {PROBLEM_DNS_FILTERED, "The DNS response is filtered or stale for the query"},
    [DNS_LOCAL] = {PROBLEM_INTERNAL, "This perspective could not complete the DNS query"},
};

static const struct outcome_info *info_of(enum dns_outcome outcome)
{
    assert((size_t)outcome < sizeof outcomes / sizeof outcomes[0]);
    return &outcomes[outcome];
}

struct lookup_report lookup_report_of(const struct lookup *lookup)
{
    struct lookup_report report = {.name = lookup->name,
                                   .type = lookup->type,
                                   .outcome = dns_outcome_str(lookup->outcome),
                                   .status = dnssec_str(lookup->dnssec)};
    if (lookup->cname_chain.count > 0)
        report.cname_chain = lookup->cname_chain;
    return report;
}

const struct lookup_report *lookup_reports_within(const struct lookup_report *reports, size_t count,
                                                  size_t *left, struct arena *arena)
{
    struct lookup_report *copy = arena_array(arena, count, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        size_t n = 0;
        copy[i] = reports[i];
        for (size_t k = 0; k < reports[i].cname_chain.count; k++)
            n += strlen(reports[i].cname_chain.items[k]);
        if (n <= *left) {
            *left -= n;
            continue;
        }
        copy[i].cname_chain = (struct strv){0};
        copy[i].cname_chain_truncated = OPT_BOOL(true);
    }
    return copy;
}

enum problem lookup_problem(const struct lookup *lookup)
{
    if (lookup->outcome == DNS_TIMEOUT && lookup->end == DNS_END_LIMIT)
        return PROBLEM_DEADLINE;
    return info_of(lookup->outcome)->problem;
}

bool lookup_failed_outside(const struct lookup *lookup)
{
    if (lookup->end == DNS_END_LIMIT || lookup->cause == DNS_CAUSE_FORWARDER)
        return false;
    if (lookup->outcome == DNS_REFUSED)
        return lookup->cause == DNS_CAUSE_RCODE;
    if (lookup->outcome == DNS_SERVFAIL)
        return lookup->cause == DNS_CAUSE_SILENT || lookup->cause == DNS_CAUSE_RCODE;
    return lookup->outcome == DNS_TIMEOUT;
}

/* What follows the text: the name alone for NXDOMAIN, a time for a timeout, else the question. */
static const char *describe_question(const struct lookup *lookup, struct arena *arena)
{
    const char *dot = str_ends_with(lookup->name, ".") ? "" : ".";
    const char *text = info_of(lookup->outcome)->text;
    if (lookup->outcome == DNS_NXDOMAIN)
        return arena_printf(arena, "%s: %s%s", text, lookup->name, dot);
    if (lookup->outcome == DNS_SERVFAIL || lookup->outcome == DNS_REFUSED ||
        lookup->outcome == DNS_LOCAL)
        return arena_printf(arena, "%s %s%s IN %s", text, lookup->name, dot, lookup->type);
    if (lookup->outcome == DNS_TIMEOUT)
        return arena_printf(arena, "%s after %" PRIu64 ".%03u seconds: %s%s IN %s", text,
                            lookup->duration_ms / 1000, (unsigned)(lookup->duration_ms % 1000),
                            lookup->name, dot, lookup->type);
    return arena_printf(arena, "%s: %s%s IN %s", text, lookup->name, dot, lookup->type);
}

const char *lookup_describe(const struct lookup *lookup, struct arena *arena)
{
    const char *question = describe_question(lookup, arena);
    /* What a negative answer is, the reference's words say already. */
    bool is_negative = lookup->outcome == DNS_NXDOMAIN || lookup->outcome == DNS_NODATA;
    if (is_negative || !lookup->reason || !lookup->reason[0])
        return question;
    return arena_printf(arena, "%s: %s", question,
                        str_report(arena, bytes_of(lookup->reason), LIMIT_REASON_BYTES));
}
