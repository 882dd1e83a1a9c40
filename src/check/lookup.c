#include "check/machine.h"

#include <string.h>

static enum dnssec_status security_of(const struct dns_answer *answer)
{
    /* Where nobody answered there is nothing that could be secure or not. */
    bool answered = answer->outcome == DNS_OK || answer->outcome == DNS_NODATA ||
                    answer->outcome == DNS_NXDOMAIN || answer->outcome == DNS_ALIAS;
    if (answer->outcome == DNS_BOGUS || answer->dnssec == DNSSEC_BOGUS)
        return DNSSEC_BOGUS;
    if (!answered)
        return DNSSEC_NONE;
    /* What nobody examined is not proven to be anything. */
    return answer->dnssec == DNSSEC_NONE ? DNSSEC_INDETERMINATE : answer->dnssec;
}

static const struct dns_record *copy_records(struct arena *arena, const struct dns_record *from,
                                             size_t count)
{
    struct dns_record *records = arena_array(arena, count, sizeof *records);
    for (size_t i = 0; i < count; i++)
        records[i] = (struct dns_record){.owner = arena_strdup(arena, from[i].owner),
                                         .type = from[i].type,
                                         .ttl_s = from[i].ttl_s,
                                         .rdata = arena_bytes(arena, from[i].rdata)};
    return records;
}

/* The wire shows alias targets with their final dot (wire contract D.7). */
static struct strv copy_chain(struct arena *arena, const struct dns_answer *answer)
{
    const char **items = arena_array(arena, answer->cname_count, sizeof *items);
    for (size_t i = 0; i < answer->cname_count; i++) {
        bool is_root = strcmp(answer->cname_chain[i], ".") == 0;
        items[i] = is_root ? "." : arena_printf(arena, "%s.", answer->cname_chain[i]);
    }
    return (struct strv){.items = items, .count = answer->cname_count, .present = true};
}

/* Where the resolver gave up there is no packet, but what it means is an RCODE all the same: the one that it
 * gives when it remembers the failure. */
static struct opt_int rcode_of(const struct dns_answer *answer)
{
    const int servfail = 2, refused = 5; /* RFC 1035 section 4.1.1 */
    if (answer->rcode.present)
        return (struct opt_int){.present = true, .value = answer->rcode.value};
    if (answer->outcome == DNS_SERVFAIL)
        return (struct opt_int){.present = true, .value = servfail};
    return answer->outcome == DNS_REFUSED ? (struct opt_int){.present = true, .value = refused}
                                          : (struct opt_int){0};
}

static const char *log_number(const struct check_job *check, uint64_t number)
{
    return arena_printf(check->arena, "%llu", (unsigned long long)number);
}

void lookup_from_answer(const struct check_job *check, const struct dns_answer *answer,
                        struct lookup *out)
{
    struct arena *arena = check->arena;
    struct dns_extended_error *errors =
        arena_array(arena, answer->extended_error_count, sizeof *errors);
    for (size_t i = 0; i < answer->extended_error_count; i++)
        errors[i] = (struct dns_extended_error){
            .code = answer->extended_errors[i].code,
            .text = arena_strdup(arena, answer->extended_errors[i].text)};
    *out = (struct lookup){
        .name = arena_strdup(arena, answer->name),
        .type = dns_type_str(answer->type),
        .type_code = answer->type,
        .outcome = answer->outcome,
        .end = answer->end,
        .cause = answer->cause,
        .dnssec = security_of(answer),
        .in_stub_zone = answer->stub_zone,
        .rcode = rcode_of(answer),
        .reason = arena_strdup(arena, answer->reason ? answer->reason : ""),
        .records = copy_records(arena, answer->records, answer->record_count),
        .record_count = answer->record_count,
        .cname_chain = copy_chain(arena, answer),
        .denial = copy_records(arena, answer->denial, answer->denial_count),
        .denial_count = answer->denial_count,
        .extended_errors = errors,
        .extended_error_count = answer->extended_error_count,
        .duration_ms = answer->duration_us / 1000,
    };
    CHECK_LOG(check, "lookup answered", {"name", out->name}, {"type", out->type},
              {"outcome", dns_outcome_str(out->outcome)}, {"dnssec", dnssec_str(out->dnssec)},
              {"records", log_number(check, out->record_count)},
              {"ms", log_number(check, out->duration_ms)});
}
