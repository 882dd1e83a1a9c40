#include "core/evidence.h"

#include "base/str.h"
#include "core/caa.h"
#include "core/caa_value.h"
#include "core/dcv_record.h"
#include "core/limits.h"
#include "core/tls_alpn.h"

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

/* A search climbs from the target to its parents (RFC 8659 section 3). */
static const char *judge_climb(const struct judge *j, const char *found_at,
                               const struct lookup_report *lookups, size_t count)
{
    if (target_is_ip(j->target))
        return NULL; /* CAA is not defined there; Open MPIC's perspectives look somewhere */
    if (found_at && !is_at_or_above(found_at, j->target->canonical))
        return elsewhere(j, "found_at", found_at);
    /* DS and CNAME are asked about alias targets and zone cuts, too. */
    for (size_t i = 0; i < count; i++)
        if (lookups[i].name && lookups[i].type && str_eq(lookups[i].type, "CAA") &&
            !is_at_or_above(lookups[i].name, j->target->canonical))
            return elsewhere(j, "a CAA lookup", lookups[i].name);
    return NULL;
}

/* --- CAA ------------------------------------------------------------------------------------ */

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
    if (!caa_records_parse(j->arena, details, &set))
        return NULL;
    /* Of these the sentence speaks only: where the set may be, judge_climb() says. */
    bool is_parent = details->found_at && !is_name(details->found_at, j->target->canonical);
    set.name = is_parent ? show(j, details->found_at) : j->target->canonical;
    set.cname_chain = (struct strv){0};
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

static bool is_false(struct opt_bool value)
{
    return value.present && !value.value;
}

static const char *judge_caa(const struct judge *j)
{
    const struct caa_details *caa = &j->result->details.caa;
    if (is_false(caa->applicable) && !target_is_ip(j->target))
        return "applicable is false, but CAA applies to names";
    if (is_false(caa->caa_record_present) && caa->records_seen.count > 0)
        return "caa_record_present is false, but there are records_seen";
    const char *fault = judge_climb(j, caa->found_at, caa->lookups, caa->lookup_count);
    return fault || target_is_ip(j->target) ? fault : judge_caa_records(j);
}

/* --- the methods ---------------------------------------------------------------------------- */

static const char *judge_record(const struct judge *j)
{
    const struct record_details *record = &j->result->details.record;
    struct dcv_query query;
    struct err err;
    if (record->response_code.present && record->response_code.value != 0)
        return "response_code is not 0";
    if (!dcv_record_query(&j->request->dcv, j->target, j->arena, &query, &err))
        return NULL;
    if (query.climbs) {
        if (record->query_name && !is_at_or_above(record->query_name, query.name))
            return elsewhere(j, "query_name", record->query_name);
        return judge_climb(j, record->found_at, record->lookups, record->lookup_count);
    }
    if (record->query_name && !is_name(record->query_name, query.name))
        return elsewhere(j, "query_name", record->query_name);
    if (record->found_at && !is_name(record->found_at, query.name))
        return elsewhere(j, "found_at", record->found_at);
    return NULL;
}

/* "http://HOST:PORT/…": its host, an address without brackets, or the target of which it is none. */
static bool has_target_as_host(const struct judge *j, const char *url)
{
    const char *host = strstr(url, "://");
    struct target seen;
    struct err err;
    if (!host)
        return false;
    host += 3;
    const char *bracket = *host == '[' ? strchr(host, ']') : NULL;
    size_t n = bracket ? (size_t)(bracket + 1 - host) : strcspn(host, ":/?#");
    return target_parse(arena_strndup(j->arena, host, n), &seen, &err) &&
           str_eq(seen.canonical, j->target->canonical);
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
    return NULL;
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
    switch (request->dcv.method) {
    case DCV_WEBSITE_CHANGE:
    case DCV_ACME_HTTP_01:
        return judge_http(&j);
    case DCV_ACME_TLS_ALPN_01:
        return judge_tls_alpn(&j);
    case DCV_NONE:
    case DCV_METHOD_COUNT:
        return NULL;
    case DCV_DNS_CHANGE:
    case DCV_DNS_PERSISTENT:
    case DCV_ACME_DNS_01:
    case DCV_CONTACT_EMAIL_TXT:
    case DCV_CONTACT_PHONE_TXT:
    case DCV_CONTACT_EMAIL_CAA:
    case DCV_CONTACT_PHONE_CAA:
    case DCV_IP_ADDRESS:
    case DCV_REVERSE_ADDRESS_LOOKUP:
    case DCV_DNS_ACCOUNT_01:
        break;
    }
    return judge_record(&j);
}
