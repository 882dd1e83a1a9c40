#include "core/rules/connection.h"

#include "base/limits.h"

#include <string.h>

/* The addresses that may be contacted are reported whatever their place. */
enum { RESOLVED_MAX = LIMIT_REPORTED_ADDRESSES + CONNECTION_MAX_TRIES };

/* Under construction. An answer may hold thousands of addresses, and each hop of a redirect has its
 * own: so the lists have a limit. */
struct builder {
    const struct address_policy *policy;
    struct arena *arena;
    struct connection_plan *plan;
    const char **resolved;
    struct address_refusal *refused;
    size_t resolved_count;
};

static struct builder begin(const struct address_policy *policy, struct arena *arena,
                            struct connection_plan *plan)
{
    *plan = (struct connection_plan){.problem = PROBLEM_NONE};
    return (struct builder){
        .policy = policy,
        .arena = arena,
        .plan = plan,
        .resolved = arena_array(arena, RESOLVED_MAX, sizeof(const char *)),
        .refused = arena_array(arena, LIMIT_REPORTED_ADDRESSES, sizeof(struct address_refusal)),
    };
}

static const char *text_of(const struct address *address, struct arena *arena)
{
    char text[ADDRESS_TEXT_MAX];
    return arena_strdup(arena, address_format(address, text));
}

static const char *report_resolved(struct builder *b, const struct address *address)
{
    return b->resolved[b->resolved_count++] = text_of(address, b->arena);
}

static void report_refused(struct builder *b, const struct address *address,
                           const struct special_block *block)
{
    struct connection_plan *plan = b->plan;
    if (b->resolved_count >= LIMIT_REPORTED_ADDRESSES ||
        plan->report.refused_count == LIMIT_REPORTED_ADDRESSES)
        return;
    b->refused[plan->report.refused_count++] = (struct address_refusal){
        .address = report_resolved(b, address),
        .block = block->cidr,
        .source = arena_printf(b->arena, "%s, %s", block->source, block->name),
    };
}

static void add_address(struct builder *b, const struct address *address, size_t *of_family)
{
    bool is_full = b->resolved_count >= LIMIT_REPORTED_ADDRESSES;
    if (is_full && *of_family == CONNECTION_PER_FAMILY)
        return; /* it can change nothing */
    const struct special_block *block = address_refused(b->policy, address);
    if (block) {
        report_refused(b, address, block);
        return;
    }
    if (!is_full || *of_family < CONNECTION_PER_FAMILY)
        report_resolved(b, address);
    if (*of_family == CONNECTION_PER_FAMILY)
        return;
    ++*of_family;
    b->plan->candidates[b->plan->count++] = *address;
    if (address_is_exempted(b->policy, address))
        b->plan->exempted = true;
}

static void add_family(struct builder *b, const struct lookup *lookup, int family)
{
    size_t octets = family == 6 ? 16 : 4, of_family = 0;
    for (size_t i = 0; i < lookup->record_count; i++) {
        struct bytes rdata = lookup->records[i].rdata;
        struct address address = {.family = family};
        if (rdata.n != octets)
            continue; /* no address: the resolver checks the length, so this is belt and braces */
        memcpy(address.bytes, rdata.p, octets);
        add_address(b, &address, &of_family);
    }
}

static void end(struct builder *b)
{
    struct connection_report *report = &b->plan->report;
    report->addresses_resolved =
        (struct strv){.items = b->resolved, .count = b->resolved_count, .present = true};
    report->addresses_refused = b->refused;
    if (b->plan->count == 0 && report->refused_count > 0) {
        /* Said with its reason, never as "no address found". */
        b->plan->problem = PROBLEM_ADDRESS_REFUSED;
        b->plan->text =
            arena_printf(b->arena, "The address %s is never contacted: it lies in %s (%s)",
                         b->refused[0].address, b->refused[0].block, b->refused[0].source);
    }
}

static bool has_failed(const struct lookup *lookup)
{
    return lookup->outcome != DNS_OK && lookup->outcome != DNS_NODATA &&
           lookup->outcome != DNS_NXDOMAIN;
}

/* When both families failed the worse failure is told: an attack before an outage. */
static int severity(enum dns_outcome outcome)
{
    static const enum dns_outcome from_mild[] = {
        DNS_OK,       DNS_NODATA, DNS_NXDOMAIN,  DNS_LOCAL,    DNS_TIMEOUT, DNS_REFUSED,
        DNS_SERVFAIL, DNS_ALIAS,  DNS_MALFORMED, DNS_FILTERED, DNS_BOGUS};
    int rank = 0;
    while (from_mild[rank] != outcome)
        rank++;
    return rank;
}

static void explain_no_address(struct connection_plan *plan, const char *host,
                               const struct lookup *aaaa, const struct lookup *a,
                               struct arena *arena)
{
    const struct lookup *worse = severity(aaaa->outcome) > severity(a->outcome) ? aaaa : a;
    if (has_failed(worse)) {
        plan->problem = lookup_problem(worse);
        plan->text = lookup_describe(worse, arena);
        plan->used[0] = worse;
        return;
    }
    plan->problem = PROBLEM_NO_ADDRESS;
    plan->text = arena_printf(arena, "The name %s has no A and no AAAA record (A: %s, AAAA: %s)",
                              host, dns_outcome_str(a->outcome), dns_outcome_str(aaaa->outcome));
}

static void report_lookups(struct connection_plan *plan, const struct lookup *aaaa,
                           const struct lookup *a, struct arena *arena)
{
    struct lookup_report *reports = arena_array(arena, 2, sizeof *reports);
    reports[0] = lookup_report_of(aaaa);
    reports[1] = lookup_report_of(a);
    plan->report.lookups = reports;
    plan->report.lookup_count = 2;
    plan->report.ipv6_status = reports[0].outcome;
    plan->report.ipv4_status = reports[1].outcome;
}

void connection_plan_make(const char *host, const struct lookup *aaaa, const struct lookup *a,
                          const struct address_policy *policy, struct arena *arena,
                          struct connection_plan *out)
{
    struct builder b = begin(policy, arena, out);
    add_family(&b, aaaa, 6);
    add_family(&b, a, 4);
    report_lookups(out, aaaa, a, arena);
    out->used[0] = has_failed(aaaa) ? NULL : aaaa;
    out->used[1] = has_failed(a) ? NULL : a;
    end(&b);
    if (out->count == 0 && out->problem == PROBLEM_NONE)
        explain_no_address(out, host, aaaa, a, arena);
}

void connection_plan_literal(const struct address *address, const struct address_policy *policy,
                             struct arena *arena, struct connection_plan *out)
{
    struct builder b = begin(policy, arena, out);
    size_t of_family = 0;
    add_address(&b, address, &of_family);
    end(&b);
}

struct connection_report connection_report_with(const struct connection_plan *plan,
                                                const struct address_try *tries, size_t try_count,
                                                const char *used, struct arena *arena)
{
    struct connection_report report = plan->report;
    struct address_try *copy = arena_array(arena, try_count, sizeof *copy);
    for (size_t i = 0; i < try_count; i++)
        copy[i] = tries[i];
    report.addresses_tried = copy;
    report.tried_count = try_count;
    report.address_used = used;
    return report;
}
