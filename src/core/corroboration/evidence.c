#include "core/corroboration/evidence.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/names/url.h"
#include "core/rules/caa.h"
#include "core/rules/caa_value.h"
#include "core/rules/dcv_record.h"
#include "core/rules/http_body.h"
#include "core/rules/tls_alpn.h"
#include "crypto/digest.h"

#include <string.h>

struct judge {
    const struct check_request *request;
    const struct target *target;
    const struct check_result *result;
    struct arena *arena;
};

static const char *show(const struct judge *j, const char *text)
{
    return str_report(j->arena, bytes_of(text), LIMIT_MESSAGE_OUTSIDE_BYTES);
}

static const char *elsewhere(const struct judge *j, const char *property, const char *seen)
{
    return arena_printf(j->arena, "%s is %s, which is not what was asked about", property,
                        show(j, seen));
}

/* --- names ---------------------------------------------------------------------------------- */

/* The same name in any spelling: case, final dot, U-labels. */
static bool is_name(const char *seen, const char *asked)
{
    char canonical[LIMIT_NAME_OCTETS + 1];
    struct err err;
    return name_prepare(seen, strlen(seen), canonical, &err) && str_eq(canonical, asked);
}

/* `asked` or a name above it. */
static bool is_at_or_above(const char *seen, const char *asked)
{
    char canonical[LIMIT_NAME_OCTETS + 1];
    struct err err;
    return name_prepare(seen, strlen(seen), canonical, &err) && name_is_within(asked, canonical);
}

/*
 * The same two without preparing the name: only perspectives of our kind list lookups, in canonical form,
 * and to prepare a thousand names in another one would take 0.4 s.
 */
static bool is_name_as_written(const char *seen, const char *asked)
{
    struct bytes name = bytes_of(seen);
    name.n -= name.n > 1 && name.p[name.n - 1] == '.';
    return bytes_eq_nocase(name, bytes_of(asked));
}

static bool is_above_as_written(const char *seen, const char *asked)
{
    for (const char *name = asked; name; name = name_parent(name))
        if (is_name_as_written(seen, name))
            return true;
    return false;
}

/* --- searches ------------------------------------------------------------------------------- */

/* What an answer says of its search (RFC 8659 section 3). */
struct search {
    const char *found_at;
    bool found_none;  /* and says so */
    bool is_accepted; /* although a lookup failed (BR 4.2.2.1) */
    const struct lookup_report *lookups;
    size_t count;
};

static bool is_outcome(const struct lookup_report *lookup, enum dns_outcome outcome)
{
    return str_eq(lookup->outcome, dns_outcome_str(outcome));
}

static bool is_caa(const struct lookup_report *lookup)
{
    return lookup->name && lookup->type && str_eq_nocase(lookup->type, "CAA");
}

/* The place of the set that counts: where it was found, or the nearest that a lookup shows. NULL: none. */
static const char *place_of_set(const struct search *search)
{
    const char *nearest = search->found_at;
    for (size_t i = 0; !search->found_at && search->is_accepted && i < search->count; i++) {
        const struct lookup_report *lookup = &search->lookups[i];
        if (is_caa(lookup) && is_outcome(lookup, DNS_OK) &&
            (!nearest || strlen(lookup->name) > strlen(nearest)))
            nearest = lookup->name;
    }
    return nearest;
}

/* Of a lookup that is nearer than the set, or where there is none. */
static bool may_be_passed_over(const struct search *search, const struct lookup_report *lookup)
{
    if (!lookup->outcome || is_outcome(lookup, DNS_NODATA) || is_outcome(lookup, DNS_NXDOMAIN))
        return true;
    return search->is_accepted &&
           (is_outcome(lookup, DNS_SERVFAIL) || is_outcome(lookup, DNS_REFUSED) ||
            is_outcome(lookup, DNS_TIMEOUT));
}

static const char *judge_lookup(const struct judge *j, const struct search *search,
                                const struct lookup_report *lookup, const char *set_at)
{
    if (!is_above_as_written(lookup->name, j->target->canonical))
        return elsewhere(j, "a CAA lookup", lookup->name);
    if (set_at && is_above_as_written(lookup->name, set_at)) {
        bool is_set = is_name_as_written(lookup->name, set_at);
        if (!is_set || !lookup->outcome || is_outcome(lookup, DNS_OK))
            return NULL; /* what stands above the set is irrelevant */
    } else if ((!set_at && !search->found_none && !search->is_accepted) ||
               may_be_passed_over(search, lookup)) {
        return NULL;
    }
    return arena_printf(j->arena, "the CAA lookup of %s ended as %s, which does not fit",
                        show(j, lookup->name), show(j, lookup->outcome));
}

/* A search climbs from the target to its parents, and the nearest set counts (RFC 8659 section 3): an
 * error, or another set, must not be nearer. */
static const char *judge_search(const struct judge *j, const struct search *search)
{
    char set_at[LIMIT_NAME_OCTETS + 1];
    struct err err;
    if (target_is_ip(j->target))
        return NULL; /* CAA is not defined there; Open MPIC's perspectives look somewhere */
    if (search->found_at && !is_at_or_above(search->found_at, j->target->canonical))
        return elsewhere(j, "found_at", search->found_at);
    const char *place = place_of_set(search);
    bool has_place = place && name_prepare(place, strlen(place), set_at, &err);
    const char *fault = NULL;
    /* DS and CNAME are asked about alias targets and zone cuts, too. */
    for (size_t i = 0; !fault && i < search->count; i++)
        if (is_caa(&search->lookups[i]))
            fault = judge_lookup(j, search, &search->lookups[i], has_place ? set_at : NULL);
    return fault;
}

/* --- CAA ------------------------------------------------------------------------------------ */

/* What is told of a set that is cut, as far as it can be read. */
static void read_part(const struct judge *j, const struct strv *texts, struct lookup *set)
{
    struct dns_record *records = arena_array(j->arena, texts->count, sizeof *records);
    size_t count = 0;
    for (size_t i = 0; i < texts->count; i++)
        count += caa_record_parse_text(j->arena, texts->items[i], &records[count].rdata);
    *set = (struct lookup){.outcome = DNS_OK, .records = records, .record_count = count};
}

/* Every issuer that the records name: one of them may be the perspective's, which is not known here. */
static struct strv issuers_of(const struct judge *j, const struct lookup *set)
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

static const char *judge_caa_records(const struct judge *j)
{
    const struct caa_params *params = &j->request->caa;
    const struct caa_details *details = &j->result->details.caa;
    struct lookup set;
    bool is_whole = caa_records_parse(j->arena, details, &set);
    if (!is_whole)
        read_part(j, &details->records_seen, &set);
    if (set.record_count == 0)
        return NULL;
    /* Of these the sentence speaks only: where the set may be, judge_search() says. */
    bool is_parent = details->found_at && !is_name(details->found_at, j->target->canonical);
    set.name = is_parent ? show(j, details->found_at) : j->target->canonical;
    set.cname_chain = (struct strv){0};
    const struct strv issuers =
        params->caa_domains.count > 0 ? params->caa_domains : issuers_of(j, &set);
    /* What depends on settings of the perspective is judged in its favour. */
    const struct caa_query query = {
        .target = j->target, .params = params, .issuers = &issuers, .labels_ignore_case = true};
    const struct caa_decision decision = caa_evaluate(&query, &set, j->arena);
    /* What is missing could permit, but it makes no critical property understood. */
    if (decision.verdict == VERDICT_PASS || (!is_whole && decision.problem != PROBLEM_CAA_CRITICAL))
        return NULL;
    return arena_printf(j->arena, "records_seen do not permit: %s", decision.reason);
}

static bool is_false(struct opt_bool value)
{
    return value.present && !value.value;
}

static bool is_true(struct opt_bool value)
{
    return value.present && value.value;
}

/* Where it looked, and whether there was something: not whether that permits. */
static const char *judge_caa_search(const struct judge *j)
{
    const struct caa_details *caa = &j->result->details.caa;
    if (is_false(caa->applicable) && !target_is_ip(j->target))
        return "applicable is false, but CAA applies to names";
    if (is_false(caa->caa_record_present) && caa->records_seen.count > 0)
        return "caa_record_present is false, but there are records_seen";
    if (is_false(caa->caa_record_present) && caa->found_at)
        return "caa_record_present is false, but something is found_at a name";
    if (is_true(caa->caa_record_present) && caa->records_seen.present &&
        caa->records_seen.count == 0)
        return "caa_record_present is true, but records_seen has none";
    const struct search search = {.found_at = caa->found_at,
                                  .found_none = is_false(caa->caa_record_present),
                                  .is_accepted = is_true(caa->lookup_failure_accepted),
                                  .lookups = caa->lookups,
                                  .count = caa->lookup_count};
    return judge_search(j, &search);
}

static const char *judge_caa(const struct judge *j)
{
    const struct caa_details *caa = &j->result->details.caa;
    /* BR 4.2.2.1: "the lookup has been retried at least once". */
    if (is_true(caa->lookup_failure_accepted) && caa->lookup_tries.present &&
        caa->lookup_tries.value < 2)
        return "lookup_failure_accepted is true, but lookup_tries says that it was not repeated";
    const char *fault = judge_caa_search(j);
    return fault || target_is_ip(j->target) ? fault : judge_caa_records(j);
}

/* --- the methods ---------------------------------------------------------------------------- */

/* Neither cut nor escaped, nor in the presentation form of the DNS: the bytes of the record. */
static bool is_as_it_was(const char *text, size_t cut_at)
{
    return strlen(text) < cut_at && !strpbrk(text, "\\\"");
}

/* One record must show what the request asks for; the deciding one is always told. */
static const char *judge_record_values(const struct judge *j)
{
    const struct record_details *record = &j->result->details.record;
    const struct dcv_params *params = &j->request->dcv;
    const struct strv *seen = &record->records_seen;
    if (record->matched_record) {
        bool may_match =
            !is_as_it_was(record->matched_record, LIMIT_REMOTE_STRING_BYTES - 4) ||
            dcv_record_text_matches(params, j->target, record->matched_record, j->arena);
        return may_match ? NULL : "matched_record does not show what was asked for";
    }
    if (!seen->present || seen->count >= LIMIT_REPORTED_RECORDS ||
        is_true(record->records_truncated))
        return NULL;
    for (size_t i = 0; i < seen->count; i++)
        if (!is_as_it_was(seen->items[i], LIMIT_REPORTED_RECORD_BYTES - 3) ||
            dcv_record_text_matches(params, j->target, seen->items[i], j->arena))
            return NULL;
    return "none of records_seen shows what was asked for";
}

/* Where a record was looked for. */
static const char *judge_record_place(const struct judge *j)
{
    const struct record_details *record = &j->result->details.record;
    struct dcv_query query;
    struct err err;
    if (!dcv_record_query(&j->request->dcv, j->target, j->arena, &query, &err))
        return NULL;
    if (query.climbs) {
        const struct search search = {.found_at = record->found_at,
                                      .lookups = record->lookups,
                                      .count = record->lookup_count};
        if (record->query_name && !is_at_or_above(record->query_name, query.name))
            return elsewhere(j, "query_name", record->query_name);
        return judge_search(j, &search);
    }
    if (record->query_name && !is_name(record->query_name, query.name))
        return elsewhere(j, "query_name", record->query_name);
    if (record->found_at && !is_name(record->found_at, query.name))
        return elsewhere(j, "found_at", record->found_at);
    return NULL;
}

static const char *judge_record(const struct judge *j)
{
    const struct record_details *record = &j->result->details.record;
    if (record->response_code.present && record->response_code.value != 0)
        return "response_code is not 0";
    const char *fault = judge_record_place(j);
    return fault ? fault : judge_record_values(j);
}

/* Its host is the target; whatever follows that an address bar would hide, such as "@", makes it no
 * URL of ours. */
static bool has_target_as_host(const struct judge *j, const char *url)
{
    struct url seen;
    struct err err;
    return url_parse(bytes_of(url), j->arena, &seen, &err) &&
           str_eq(seen.host, j->target->canonical);
}

/* The page holds what was asked for, as far as it is told; match_regex may need more of it. */
static bool may_prove(const struct judge *j, const char *page)
{
    struct dcv_params params = j->request->dcv;
    struct http_final final = {.status_code = 200};
    bool asks_for_value = method_get(params.method)->page == PAGE_IS_KEY_AUTHORIZATION ||
                          (params.challenge_value && *params.challenge_value);
    params.match_regex = NULL;
    return !asks_for_value || !base64_parse(j->arena, page, &final.body) ||
           http_body_judge(&params, &final, j->arena).problem != PROBLEM_NO_MATCH;
}

static const char *judge_http(const struct judge *j)
{
    const struct http_details *http = &j->result->details.http;
    const struct opt_int *status = &http->response_status_code;
    /* BR 3.2.2.4.18(2), .19: a 2xx status; 206 is a part of a page. */
    if (status->present && (status->value < 200 || status->value > 299 || status->value == 206))
        return "response_status_code is no success";
    if (http->response_url && !has_target_as_host(j, http->response_url))
        return elsewhere(j, "response_url", http->response_url);
    if (http->hop_count > 0 && http->hops[0].url && !has_target_as_host(j, http->hops[0].url))
        return elsewhere(j, "the first of hops", http->hops[0].url);
    if (http->response_page && !may_prove(j, http->response_page))
        return "response_page does not hold what was asked for";
    return NULL;
}

/* RFC 8737 section 3, RFC 8738 section 6: one name, the target; as tls_alpn_judge() tells it. */
static bool is_target_alone(const struct judge *j, const struct strv *san)
{
    const char *kind = target_is_ip(j->target) ? "IP" : "DNS";
    return san->count == 1 && str_eq_nocase(san->items[0], arena_printf(j->arena, "%s:%s", kind,
                                                                        j->target->canonical));
}

static const char *judge_tls_alpn(const struct judge *j)
{
    const struct tls_alpn_details *tls = &j->result->details.tls_alpn;
    const char *digest = j->request->dcv.key_authorization_hash;
    if (tls->sni && !is_name(tls->sni, tls_alpn_sni(j->target, j->arena)))
        return elsewhere(j, "sni", tls->sni);
    if (tls->alpn && !str_eq(tls->alpn, TLS_ALPN_PROTOCOL))
        return "alpn is not acme-tls/1";
    if (tls->digest_seen && digest && !str_eq_nocase(tls->digest_seen, digest))
        return "digest_seen is not the digest that was asked for";
    if (tls->san.present && !is_target_alone(j, &tls->san))
        return "san is not the target alone";
    return NULL;
}

const char *evidence_contradiction(const struct check_request *request, const struct target *target,
                                   const struct check_result *result, struct arena *arena)
{
    const struct judge j = {request, target, result, arena};
    if (result->verdict != VERDICT_PASS)
        return NULL;
    if (result->details.dnssec == DNSSEC_BOGUS)
        return "dnssec is bogus";
    if (request->check_type == CHECK_CAA)
        return judge_caa(&j);
    switch (method_get(request->dcv.method)->kind) {
    case METHOD_HTTP:
        return judge_http(&j);
    case METHOD_TLS_ALPN:
        return judge_tls_alpn(&j);
    case METHOD_CAA:
        return NULL;
    case METHOD_RECORD:
        break;
    }
    return judge_record(&j);
}

const char *evidence_of_search_contradiction(const struct check_request *request,
                                             const struct target *target,
                                             const struct check_result *result, struct arena *arena)
{
    const struct judge j = {request, target, result, arena};
    if (result->details.dnssec == DNSSEC_BOGUS)
        return "dnssec is bogus";
    return judge_caa_search(&j);
}
