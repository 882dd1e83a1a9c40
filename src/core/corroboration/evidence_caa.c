/* Does what a CAA check saw permit? */
#include "core/corroboration/evidence_parts.h"

#include "base/str.h"
#include "core/rules/caa.h"
#include "core/rules/caa_value.h"

/* --- the records ------------------------------------------------------------------------------ */

/* What is told of a value, of which the rest may be missing, up to where it can be judged: its issuer, and
 * the parameters that are complete. */
static struct bytes complete_part(struct bytes value)
{
    size_t n = value.n;
    while (n > 0 && value.p[n - 1] != ';')
        n--;
    return n > 0 ? (struct bytes){value.p, n - 1} : value;
}

/*
 * A value that was cut counts as far as it was told: it permits if nothing of that forbids. A text that is
 * no CAA record is none that a lookup can have found.
 */
static bool read_record(const struct evidence_judge *j, const char *text, struct bytes *rdata)
{
    struct caa_record record;
    bool is_cut = false;
    if (!caa_record_read_text(j->arena, text, &record, &is_cut))
        return false;
    if (is_cut)
        record.value = complete_part(record.value);
    *rdata = caa_record_build(j->arena, &record);
    return true;
}

/* NULL, or the text that is no record. */
static const char *read_records(const struct evidence_judge *j, struct lookup *set)
{
    const struct strv *texts = &j->result->details.caa.records_seen;
    struct dns_record *records = arena_array(j->arena, texts->count, sizeof *records);
    for (size_t i = 0; i < texts->count; i++)
        if (!read_record(j, texts->items[i], &records[i].rdata))
            return texts->items[i];
    *set = (struct lookup){.outcome = DNS_OK, .records = records, .record_count = texts->count};
    return NULL;
}

/* Every issuer that the records name: one of them may be the perspective's, which is not known here. */
static struct strv issuers_of(const struct evidence_judge *j, const struct lookup *set)
{
    const char **names = arena_array(j->arena, set->record_count, sizeof *names);
    struct strv issuers = {.items = names, .present = true};
    for (size_t i = 0; i < set->record_count; i++) {
        struct caa_record record;
        if (!caa_record_parse(set->records[i].rdata, &record))
            continue;
        struct bytes issuer = caa_value_issuer(record.value);
        const char *name = arena_strndup(j->arena, (const char *)issuer.p, issuer.n);
        if (caa_issuer_is_valid(name))
            names[issuers.count++] = name;
    }
    return issuers;
}

/*
 * What is shown decides, be it all or a part: of more records than are shown, the one that decided is always
 * among them, and the first bytes of a value name its issuer.
 */
static const char *judge_records(const struct evidence_judge *j)
{
    const struct caa_params *params = &j->request->caa;
    const struct caa_details *details = &j->result->details.caa;
    struct lookup set = {0};
    const char *unreadable = read_records(j, &set);
    if (unreadable)
        return arena_printf(j->arena, "records_seen have what is no CAA record: %s",
                            evidence_show(j, unreadable));
    if (set.record_count == 0)
        return NULL;
    /* Of this the sentence speaks only: where the set may be, evidence_of_search() says. */
    bool is_parent =
        details->found_at && !evidence_is_name(details->found_at, j->target->canonical);
    set.name = is_parent ? evidence_show(j, details->found_at) : j->target->canonical;
    const struct strv issuers =
        params->caa_domains.count > 0 ? params->caa_domains : issuers_of(j, &set);
    /* What depends on settings of the perspective is judged in its favour. */
    const struct caa_query query = {
        .target = j->target, .params = params, .issuers = &issuers, .labels_ignore_case = true};
    const struct caa_decision decision = caa_evaluate(&query, &set, j->arena);
    if (decision.verdict == VERDICT_PASS)
        return NULL;
    return arena_printf(j->arena, "records_seen do not permit: %s", decision.reason);
}

/* --- the search ------------------------------------------------------------------------------- */

/* Where it looked, and whether there was something: not whether that permits. */
const char *evidence_of_caa_search(const struct evidence_judge *j)
{
    const struct caa_details *caa = &j->result->details.caa;
    if (evidence_is_false(caa->applicable) && !target_is_ip(j->target))
        return "applicable is false, but CAA applies to names";
    if (evidence_is_false(caa->caa_record_present) && caa->records_seen.count > 0)
        return "caa_record_present is false, but there are records_seen";
    if (evidence_is_false(caa->caa_record_present) && caa->found_at)
        return "caa_record_present is false, but something is found_at a name";
    if (evidence_is_false(caa->caa_record_present) && caa->cname_chain.count > 0)
        return "caa_record_present is false, but there is a cname_chain of records";
    if (evidence_is_true(caa->caa_record_present) && caa->records_seen.present &&
        caa->records_seen.count == 0)
        return "caa_record_present is true, but records_seen has none";
    const struct evidence_search search = {.found_at = caa->found_at,
                                           .found_none = evidence_is_false(caa->caa_record_present),
                                           .is_accepted =
                                               evidence_is_true(caa->lookup_failure_accepted),
                                           .cname_chain = caa->cname_chain,
                                           .lookups = caa->lookups,
                                           .count = caa->lookup_count};
    return evidence_of_search(j, &search);
}

/* BR 4.2.2.1: a lookup failure that was accepted. */
static const char *judge_acceptance(const struct caa_details *caa)
{
    if (!evidence_is_true(caa->lookup_failure_accepted))
        return NULL;
    if (caa->lookup_tries.present && caa->lookup_tries.value < 2)
        return "lookup_failure_accepted is true, but lookup_tries says that it was not repeated";
    return caa->caa_record_present.present
               ? "lookup_failure_accepted is true, and so the lookup said whether there are records"
               : NULL;
}

const char *evidence_of_caa(const struct evidence_judge *j)
{
    const struct caa_details *caa = &j->result->details.caa;
    const char *fault = evidence_is_ttl(caa->ttl_s) ? judge_acceptance(caa)
                                                    : "ttl_s is none that a record can have";
    if (!fault)
        fault = evidence_of_caa_search(j);
    return fault || target_is_ip(j->target) ? fault : judge_records(j);
}
