/* Was the record that is told of looked for where it should be, and does it show what was asked for? */
#include "core/corroboration/evidence_parts.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/rules/dcv_record.h"
#include "dns/type.h"

#include <string.h>

/* --- values ----------------------------------------------------------------------------------- */

/* When it was judged, by the perspective's own clock; without one, as early as can be. A second may have
 * ended between the two. */
static int64_t time_of_verdict(const struct evidence_judge *j)
{
    const struct opt_int *ns = &j->result->timestamp_ns;
    return ns->present ? ns->value / 1000000000 - 1 : 0;
}

static bool may_match(const struct evidence_judge *j, const struct strv *texts)
{
    const struct record_asked asked = {.params = &j->request->dcv,
                                       .is_wildcard = j->target->is_wildcard,
                                       .now_s = time_of_verdict(j),
                                       .arena = j->arena};
    return dcv_record_texts_match(&asked, texts);
}

static bool is_cut(const char *text)
{
    return strlen(text) >= LIMIT_REPORTED_RECORD_BYTES && str_ends_with(text, "...");
}

/* Our perspectives always show the record that matched, and tell which it is. */
static bool is_shown(const struct strv *seen, const char *matched)
{
    for (size_t i = 0; i < seen->count; i++)
        if (str_eq(seen->items[i], matched) || is_cut(seen->items[i]))
            return true;
    return false;
}

static bool is_rejected(const struct record_details *record)
{
    for (size_t i = 0; i < record->rejected_count; i++) {
        int64_t index = record->rejected_records[i].index;
        if (index >= 0 && index < (int64_t)record->records_seen.count &&
            index + 1 < LIMIT_REPORTED_RECORDS &&
            str_eq(record->records_seen.items[index], record->matched_record))
            return true;
    }
    return false;
}

/* One record must show what the request asks for. What is shown decides, be it all or a part. */
static const char *judge_values(const struct evidence_judge *j)
{
    const struct record_details *record = &j->result->details.record;
    const struct strv *seen = &record->records_seen;
    const struct strv matched = {.items = &record->matched_record,
                                 .count = record->matched_record != NULL};
    if (matched.count && !may_match(j, &matched))
        return "matched_record does not show what was asked for";
    if (matched.count && seen->present && !is_shown(seen, record->matched_record))
        return "matched_record is none of records_seen";
    if (matched.count && is_rejected(record))
        return "matched_record is one of rejected_records";
    if (!matched.count && seen->present && !may_match(j, seen))
        return "none of records_seen shows what was asked for";
    return NULL;
}

/* --- place ------------------------------------------------------------------------------------ */

/* The one question of the method, and whatever else was asked for its sake. */
static const char *judge_question(const struct evidence_judge *j, const struct dcv_query *query,
                                  const struct evidence_search *search)
{
    const char *incomplete = evidence_of_lookups(search->lookups, search->count);
    if (incomplete)
        return incomplete;
    for (size_t i = 0; i < search->count; i++) {
        const struct lookup_report *lookup = &search->lookups[i];
        bool is_it = evidence_is_name_as_written(lookup->name, query->name) &&
                     str_eq_nocase(lookup->type, dns_type_str(query->type));
        const char *fault = is_it ? evidence_of_dnssec(j, evidence_status(lookup)) : NULL;
        if (is_it && !evidence_is_outcome(lookup, DNS_OK))
            return "the lookup of the record did not end as ok";
        if (fault)
            return fault;
    }
    return evidence_of_names(j, query->name, search);
}

/* RFC 1034 section 3.6.2: the records are those of the last alias, or of the asked name. */
static const char *judge_owner(const struct evidence_judge *j, const char *asked)
{
    const struct record_details *record = &j->result->details.record;
    const struct strv *chain = &record->cname_chain;
    if (!record->owner_name || !chain->present)
        return NULL;
    const char *end = chain->count > 0 ? chain->items[chain->count - 1] : asked;
    return bytes_eq_nocase(evidence_name(record->owner_name), evidence_name(end))
               ? NULL
               : "owner_name is not where cname_chain leads to";
}

static const char *judge_place(const struct evidence_judge *j)
{
    const struct record_details *record = &j->result->details.record;
    const struct evidence_search search = {.found_at = record->found_at,
                                           .cname_chain = record->cname_chain,
                                           .lookups = record->lookups,
                                           .count = record->lookup_count};
    struct dcv_query query;
    struct err err;
    if (!dcv_record_query(&j->request->dcv, j->target, j->arena, &query, &err))
        return NULL;
    if (record->query_name && !(query.climbs ? evidence_is_at_or_above
                                             : evidence_is_name)(record->query_name, query.name))
        return evidence_elsewhere(j, "query_name", record->query_name);
    const char *fault = query.climbs ? evidence_of_search(j, &search)
                        : record->found_at && !evidence_is_name(record->found_at, query.name)
                            ? evidence_elsewhere(j, "found_at", record->found_at)
                            : judge_question(j, &query, &search);
    return fault ? fault
                 : judge_owner(j, query.climbs && record->query_name ? record->query_name
                                                                     : query.name);
}

const char *evidence_of_record(const struct evidence_judge *j)
{
    const struct check_details *details = &j->result->details;
    const struct record_details *record = &details->record;
    if (record->response_code.present && record->response_code.value != 0)
        return "response_code is not 0";
    if (!evidence_is_ttl(record->ttl_s))
        return "ttl_s is none that a record can have";
    if (record->ad_flag.present && details->dnssec != DNSSEC_NONE &&
        record->ad_flag.value != (details->dnssec == DNSSEC_SECURE))
        return "ad_flag and dnssec differ";
    const char *fault = judge_place(j);
    return fault ? fault : judge_values(j);
}
