#include "core/rules/lookup.h"

#include "base/limits.h"
#include "base/str.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

struct outcome_info {
    const char *name;
    enum problem problem;
    const char *text; /* what to say about the question; the reason follows after a colon */
};

static const struct outcome_info outcomes[] = {
    [LOOKUP_OK] = {"ok", PROBLEM_INTERNAL, "The DNS query was answered"},
    [LOOKUP_NODATA] = {"nodata", PROBLEM_NO_DATA,
                       "The DNS response does not contain an answer to the question"},
    [LOOKUP_NXDOMAIN] = {"nxdomain", PROBLEM_NXDOMAIN, "The DNS query name does not exist"},
    [LOOKUP_SERVFAIL] = {"servfail", PROBLEM_DNS_SERVFAIL,
                         "All nameservers failed to answer the query"},
    [LOOKUP_REFUSED] = {"refused", PROBLEM_DNS_REFUSED,
                        "All nameservers failed to answer the query"},
    [LOOKUP_TIMEOUT] = {"timeout", PROBLEM_DNS_TIMEOUT, "The resolution lifetime expired"},
    [LOOKUP_BOGUS] = {"bogus", PROBLEM_DNSSEC_BOGUS, "DNSSEC validation failed for the query"},
    [LOOKUP_ALIAS] = {"alias", PROBLEM_DNS_ALIAS,
                      "The aliases of the DNS query name cannot be followed"},
    [LOOKUP_MALFORMED] = {"malformed", PROBLEM_DNS_MALFORMED,
                          "The DNS response is malformed for the query"},
    [LOOKUP_FILTERED] = {"filtered", PROBLEM_DNS_FILTERED,
                         "The DNS response is filtered or stale for the query"},
    [LOOKUP_LOCAL] = {"local", PROBLEM_INTERNAL,
                      "This perspective could not complete the DNS query"},
};

static const struct outcome_info *info_of(enum lookup_outcome outcome)
{
    assert((size_t)outcome < sizeof outcomes / sizeof outcomes[0]);
    return &outcomes[outcome];
}

const char *lookup_outcome_str(enum lookup_outcome outcome)
{
    return info_of(outcome)->name;
}

struct lookup_report lookup_report_of(const struct lookup *lookup)
{
    struct lookup_report report = {.name = lookup->name,
                                   .type = lookup->type,
                                   .outcome = lookup_outcome_str(lookup->outcome),
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
    if (lookup->outcome == LOOKUP_TIMEOUT && lookup->end == LOOKUP_END_LIMIT)
        return PROBLEM_DEADLINE;
    return info_of(lookup->outcome)->problem;
}

bool lookup_failed_outside(const struct lookup *lookup)
{
    if (lookup->end == LOOKUP_END_LIMIT || lookup->cause == LOOKUP_CAUSE_FORWARDER)
        return false;
    if (lookup->outcome == LOOKUP_REFUSED)
        return lookup->cause == LOOKUP_CAUSE_RCODE;
    if (lookup->outcome == LOOKUP_SERVFAIL)
        return lookup->cause == LOOKUP_CAUSE_SILENT || lookup->cause == LOOKUP_CAUSE_RCODE;
    return lookup->outcome == LOOKUP_TIMEOUT;
}

/* What follows the text: the name alone for NXDOMAIN, a time for a timeout, else the question. */
static const char *describe_question(const struct lookup *lookup, struct arena *arena)
{
    const char *dot = str_ends_with(lookup->name, ".") ? "" : ".";
    const char *text = info_of(lookup->outcome)->text;
    if (lookup->outcome == LOOKUP_NXDOMAIN)
        return arena_printf(arena, "%s: %s%s", text, lookup->name, dot);
    if (lookup->outcome == LOOKUP_SERVFAIL || lookup->outcome == LOOKUP_REFUSED ||
        lookup->outcome == LOOKUP_LOCAL)
        return arena_printf(arena, "%s %s%s IN %s", text, lookup->name, dot, lookup->type);
    if (lookup->outcome == LOOKUP_TIMEOUT)
        return arena_printf(arena, "%s after %" PRIu64 ".%03u seconds: %s%s IN %s", text,
                            lookup->duration_ms / 1000, (unsigned)(lookup->duration_ms % 1000),
                            lookup->name, dot, lookup->type);
    return arena_printf(arena, "%s: %s%s IN %s", text, lookup->name, dot, lookup->type);
}

const char *lookup_describe(const struct lookup *lookup, struct arena *arena)
{
    const char *question = describe_question(lookup, arena);
    /* What a negative answer is, the reference's words say already. */
    bool is_negative = lookup->outcome == LOOKUP_NXDOMAIN || lookup->outcome == LOOKUP_NODATA;
    if (is_negative || !lookup->reason || !lookup->reason[0])
        return question;
    return arena_printf(arena, "%s: %s", question,
                        str_report(arena, bytes_of(lookup->reason), LIMIT_REASON_BYTES));
}
