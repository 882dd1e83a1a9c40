#include "net/dns_answer.h"

#include "base/str.h"
#include "dns/packet.h"

#include <string.h>

enum {
    EDE_DNSSEC_BOGUS = 6, /* RFC 8914 section 4.7 */
    ZONE_MAX_BYTES = 100  /* of its name, in a message */
};

void dns_answer_fail(struct dns_answer *answer, enum dns_outcome status, const char *reason)
{
    answer->outcome = status;
    answer->reason = reason;
    answer->dnssec = status == DNS_BOGUS ? DNSSEC_BOGUS : DNSSEC_INDETERMINATE;
    answer->records = NULL;
    answer->record_count = 0;
    answer->denial = NULL;
    answer->denial_count = 0;
}

/* What libunbound's explanations begin to speak of, and what that means. The first one that fits. */
static const struct {
    const char *phrase, *meaning;
} causes[] = {
    {"signature expired", "a signature has expired"},
    {"before inception", "a signature is not yet valid"},
    {"inception after expiration", "a signature ends before it begins"},
    {"verification failed", "a signature does not verify"},
    {"crypto failed", "a signature does not verify"},
    {"no signatures", "signatures are missing"},
    {"signature missing", "a signature is missing"},
    {"unknown keys", "it is signed with keys that are not the zone's"},
    {"proof failed", "the proof that a name or type does not exist is missing or wrong"},
    {"no proof", "the proof that a zone is not signed is missing"},
    {"DS hash mismatch", "no key of the zone fits its DS records"},
    {"keys have a DS", "no key of the zone fits its DS records"},
    {"DNSKEY", "the keys of the zone are missing"},
    {"marked as invalid", "the keys of the zone cannot be trusted"},
    {"signature", "a signature is malformed"},
    {"DS", "the DS records of the zone are missing or wrong"},
};

/* The zone that libunbound speaks of. The second form is that of 1.26, for a zone that it has found
 * broken before. */
static const char *find_zone(const char *why)
{
    static const char *const before[] = {" for key ", "key for validation "};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        const char *at = strstr(why, before[i]);
        if (at)
            return at + strlen(before[i]);
    }
    return NULL;
}

/* In our words: libunbound's have the addresses of the servers that were asked in them, which may be
 * inside addresses of the operator's. */
static const char *explain_bogus(struct arena *arena, const char *why)
{
    const char *meaning = NULL;
    for (size_t i = 0; why && !meaning && i < sizeof causes / sizeof causes[0]; i++)
        if (strstr(why, causes[i].phrase))
            meaning = causes[i].meaning;
    if (!meaning)
        return "DNSSEC validation failed";
    const char *name = find_zone(why);
    if (!name)
        return arena_printf(arena, "DNSSEC validation failed: %s", meaning);
    struct bytes zone = bytes_of(name);
    zone.n = strcspn((const char *)zone.p, " ,");
    return arena_printf(arena, "DNSSEC validation failed: %s (zone %s)", meaning,
                        str_report(arena, zone, ZONE_MAX_BYTES));
}

void dns_answer_bogus(struct arena *arena, const char *why, struct dns_answer *answer)
{
    const char *reason = explain_bogus(arena, why);
    dns_answer_fail(answer, DNS_BOGUS, reason);
    struct dns_extended_error *error = arena_alloc(arena, sizeof *error);
    *error = (struct dns_extended_error){.code = EDE_DNSSEC_BOGUS, .text = reason};
    answer->extended_errors = error;
    answer->extended_error_count = 1;
}

/* Validation failed at a resolver that was asked: RFC 8914 sections 4.2, 4.3, 4.6 to 4.13, and from
 * its registry 25 (signature expired before valid) and 27 (NSEC3 iterations). */
static bool is_about_dnssec(uint16_t code)
{
    return code == 1 || code == 2 || (code >= 5 && code <= 12) || code == 25 || code == 27;
}

/* The answer is not what the zone says: stale, forged, blocked, censored, filtered, prohibited,
 * stale NXDOMAIN (RFC 8914 sections 4.4, 4.5, 4.16 to 4.20). */
static bool is_about_filters(uint16_t code)
{
    return code == 3 || code == 4 || (code >= 15 && code <= 19);
}

static const struct dns_extended_error *find_error(const struct dns_answer *answer,
                                                   bool (*is_about)(uint16_t code))
{
    for (size_t i = 0; i < answer->extended_error_count; i++)
        if (is_about(answer->extended_errors[i].code))
            return &answer->extended_errors[i];
    return NULL;
}

static struct dns_record_list select_denial(struct arena *arena, const struct dns_record_list *list)
{
    struct dns_record *selected = arena_array(arena, list->count, sizeof *selected);
    size_t n = 0;
    for (size_t i = 0; i < list->count; i++) {
        uint16_t type = list->items[i].type;
        if (type == DNS_SOA || type == DNS_NSEC || type == DNS_NSEC3)
            selected[n++] = list->items[i];
    }
    return (struct dns_record_list){selected, n};
}

/* NOERROR or NXDOMAIN: what stands at the end of the aliases decides. */
static void read_data(struct arena *arena, const struct dns_packet *packet,
                      struct dns_answer *answer)
{
    struct dns_chain chain;
    struct err err;
    if (!dns_packet_follow(arena, packet, answer->name, answer->type, &chain, &err)) {
        dns_answer_fail(answer, DNS_MALFORMED, arena_strdup(arena, err.text));
        return;
    }
    answer->cname_chain = chain.aliases;
    answer->cname_count = chain.alias_count;
    if (chain.is_endless) {
        dns_answer_fail(answer, DNS_ALIAS,
                        "the aliases of the name form a loop or too long a chain");
        return;
    }
    bool is_nxdomain = packet->rcode == DNS_RCODE_NXDOMAIN;
    if (is_nxdomain && chain.records.count) {
        dns_answer_fail(answer, DNS_MALFORMED, "malformed answer: NXDOMAIN with the asked records");
        return;
    }
    struct dns_record_list denial = select_denial(arena, &packet->authority);
    answer->denial = denial.items;
    answer->denial_count = denial.count;
    answer->records = chain.records.items;
    answer->record_count = chain.records.count;
    if (chain.records.count) {
        answer->outcome = DNS_OK;
        answer->reason = "";
    } else {
        answer->outcome = is_nxdomain ? DNS_NXDOMAIN : DNS_NODATA;
        answer->reason =
            is_nxdomain ? "the name does not exist" : "the name has no records of this type";
    }
}

/* The RCODE and the extended errors decide before any data does. */
static void read_status(struct arena *arena, const struct dns_packet *packet,
                        struct dns_answer *answer)
{
    const struct dns_extended_error *filter = find_error(answer, is_about_filters);
    const struct dns_extended_error *dnssec = find_error(answer, is_about_dnssec);
    if (packet->rcode == DNS_RCODE_SERVFAIL && dnssec)
        dns_answer_fail(answer, DNS_BOGUS,
                        arena_printf(arena, "DNSSEC validation failed (extended error %u)",
                                     (unsigned)dnssec->code));
    else if (filter)
        dns_answer_fail(answer, DNS_FILTERED,
                        arena_printf(arena, "not the zone's own answer (extended error %u)",
                                     (unsigned)filter->code));
    else if (packet->rcode == DNS_RCODE_NOERROR || packet->rcode == DNS_RCODE_NXDOMAIN)
        read_data(arena, packet, answer);
    else if (packet->rcode == DNS_RCODE_REFUSED)
        dns_answer_fail(answer, DNS_REFUSED, "the query was refused");
    else if (packet->rcode ==
             DNS_RCODE_YXDOMAIN) /* RFC 6672 section 2.2: a name that grew too long */
        dns_answer_fail(answer, DNS_ALIAS, "an alias makes the name too long");
    else
        dns_answer_fail(answer, DNS_SERVFAIL,
                        arena_printf(arena, "the query failed with RCODE %d", packet->rcode));
}

void dns_answer_read(struct arena *arena, struct bytes bytes, struct dns_answer *answer)
{
    struct dns_packet packet;
    struct err err;
    if (!dns_packet_parse(arena, bytes, &packet, &err)) {
        dns_answer_fail(answer, DNS_MALFORMED, arena_strdup(arena, err.text));
        return;
    }
    answer->rcode.present = true;
    answer->rcode.value = packet.rcode;
    answer->extended_errors = packet.extended_errors;
    answer->extended_error_count = packet.extended_error_count;
    if (!str_eq(packet.name, answer->name) || packet.type != answer->type)
        dns_answer_fail(answer, DNS_MALFORMED, "malformed answer: it repeats another question");
    else if (packet.is_truncated)
        /* No partial RRset is evaluated (RFC 2181 section 9); libunbound has tried TCP. */
        dns_answer_fail(answer, DNS_MALFORMED, "truncated answer");
    else
        read_status(arena, &packet, answer);
}
