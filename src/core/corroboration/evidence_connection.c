/* Does a connection lead to the host that it is told of, and to an address that may be contacted? */
#include "core/corroboration/evidence_parts.h"

#include "base/str.h"
#include "core/rules/connection.h"

#include <string.h>

bool evidence_is_tls_version(const char *version)
{
    static const char prefix[] = "TLSv1.";
    size_t n = sizeof prefix - 1;
    return str_starts_with(version, prefix) && ascii_is_digit(version[n]) && version[n] >= '2' &&
           version[n + 1] == '\0';
}

static bool has_answered(const struct lookup_report *lookup)
{
    return evidence_is_outcome(lookup, DNS_OK) || evidence_is_outcome(lookup, DNS_NODATA) ||
           evidence_is_outcome(lookup, DNS_NXDOMAIN);
}

/* Of the family, which is told twice; NULL: not at all. */
static const char *outcome_of(const struct connection_report *connection, int family)
{
    for (size_t i = 0; i < connection->lookup_count; i++)
        if (str_eq_nocase(connection->lookups[i].type, family == 6 ? "AAAA" : "A"))
            return connection->lookups[i].outcome;
    return family == 6 ? connection->ipv6_status : connection->ipv4_status;
}

static bool fits(const char *status, const char *outcome)
{
    return !status || str_eq(status, outcome);
}

/* The lookups of its addresses, of which one family may have failed. */
static const char *judge_lookups(const struct evidence_judge *j, const char *host,
                                 const struct connection_report *connection)
{
    enum dnssec_status worst = DNSSEC_NONE;
    const char *fault = evidence_of_lookups(connection->lookups, connection->lookup_count);
    if (fault)
        return fault;
    for (size_t i = 0; i < connection->lookup_count; i++) {
        const struct lookup_report *lookup = &connection->lookups[i];
        if (!evidence_is_name_as_written(lookup->name, host))
            return evidence_elsewhere(j, "one of lookups", lookup->name);
        if (!str_eq_nocase(lookup->type, "A") && !str_eq_nocase(lookup->type, "AAAA"))
            return "one of lookups is not of addresses";
        if (has_answered(lookup))
            worst = dnssec_worse(worst, evidence_status(lookup));
    }
    if (!fits(connection->ipv4_status, outcome_of(connection, 4)) ||
        !fits(connection->ipv6_status, outcome_of(connection, 6)))
        return "ipv4_status, ipv6_status and lookups differ";
    return evidence_of_dnssec(j, worst);
}

/* The lookup of the family that is connected to was answered with data. */
static const char *judge_family(const struct evidence_judge *j,
                                const struct connection_report *connection, int family)
{
    const char *type = family == 6 ? "AAAA" : "A";
    const char *outcome = outcome_of(connection, family);
    if (outcome ? str_eq(outcome, dns_outcome_str(DNS_OK)) : connection->lookup_count == 0)
        return NULL;
    return arena_printf(j->arena, "address_used is %s, but there is no answer for %s with one",
                        evidence_show(j, connection->address_used), type);
}

/* Tried one after the other, while there was no connection. */
static const char *judge_tries(const struct connection_report *connection)
{
    const struct strv *resolved = &connection->addresses_resolved;
    size_t count = connection->tried_count;
    if (count > CONNECTION_MAX_TRIES)
        return "addresses_tried are too many";
    for (size_t i = 0; i < count; i++) {
        const struct address_try *one = &connection->addresses_tried[i];
        bool is_last = i + 1 == count;
        bool has_failed =
            str_eq(one->outcome, "connect_failed") || str_eq(one->outcome, "connect_timeout");
        if (resolved->present && (!one->address || !strv_has(resolved, one->address)))
            return "one of addresses_tried is none of addresses_resolved";
        if (!(is_last ? str_eq(one->outcome, "connected") : has_failed) ||
            is_last != str_eq(one->address, connection->address_used))
            return "addresses_tried do not end with a connection to address_used";
    }
    return NULL;
}

static bool is_refused(const struct connection_report *connection)
{
    for (size_t i = 0; i < connection->refused_count; i++)
        if (str_eq(connection->addresses_refused[i].address, connection->address_used))
            return true;
    return false;
}

static const char *judge_address(const struct evidence_judge *j, const char *host,
                                 const struct connection_report *connection)
{
    static const struct address_policy none = {0};
    const char *text = connection->address_used;
    struct address used, literal;
    if (!address_parse(text, strlen(text), &used))
        return evidence_elsewhere(j, "address_used", text);
    bool is_literal = address_parse(host, strlen(host), &literal);
    if (is_literal && !address_eq(&used, &literal))
        return evidence_elsewhere(j, "address_used", text);
    if (connection->addresses_resolved.present && !strv_has(&connection->addresses_resolved, text))
        return "address_used is none of addresses_resolved";
    if (is_refused(connection))
        return "address_used is one of addresses_refused";
    const struct special_block *block = address_refused(&none, &used);
    if (block && !evidence_has_policy(j, "network.allow_addresses"))
        return arena_printf(j->arena, "address_used is %s, which is in %s (%s)",
                            evidence_show(j, text), block->cidr, block->source);
    return is_literal ? NULL : judge_family(j, connection, used.family);
}

const char *evidence_of_connection(const struct evidence_judge *j, const char *host,
                                   const struct connection_report *connection)
{
    const char *fault = judge_lookups(j, host, connection);
    if (!fault && connection->address_used)
        fault = judge_address(j, host, connection);
    return fault || !connection->address_used ? fault : judge_tries(connection);
}
