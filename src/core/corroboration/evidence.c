#include "core/corroboration/evidence.h"

#include "base/limits.h"
#include "base/str.h"
#include "core/corroboration/evidence_parts.h"

#include <stdint.h>
#include <string.h>

/* --- what the parts share -------------------------------------------------------------------- */

const char *evidence_show(const struct evidence_judge *j, const char *text)
{
    return str_report(j->arena, bytes_of(text), LIMIT_MESSAGE_OUTSIDE_BYTES);
}

const char *evidence_elsewhere(const struct evidence_judge *j, const char *property,
                               const char *seen)
{
    return arena_printf(j->arena, "%s is %s, which is not what was asked about", property,
                        evidence_show(j, seen));
}

bool evidence_is_true(struct opt_bool value)
{
    return value.present && value.value;
}

bool evidence_is_false(struct opt_bool value)
{
    return value.present && !value.value;
}

bool evidence_has_policy(const struct evidence_judge *j, const char *setting)
{
    return strv_has(&j->result->details.local_policy, setting);
}

struct bytes evidence_name(const char *text)
{
    struct bytes name = bytes_of(text);
    name.n -= name.n > 1 && name.p[name.n - 1] == '.';
    return name;
}

bool evidence_is_name(const char *seen, const char *asked)
{
    char canonical[LIMIT_NAME_OCTETS + 1];
    struct err err;
    return name_prepare(seen, strlen(seen), canonical, &err) && str_eq(canonical, asked);
}

bool evidence_is_at_or_above(const char *seen, const char *asked)
{
    char canonical[LIMIT_NAME_OCTETS + 1];
    struct err err;
    return name_prepare(seen, strlen(seen), canonical, &err) && name_is_within(asked, canonical);
}

bool evidence_is_name_as_written(const char *seen, const char *asked)
{
    return bytes_eq_nocase(evidence_name(seen), bytes_of(asked));
}

bool evidence_is_above_as_written(const char *seen, const char *asked)
{
    for (const char *name = asked; name; name = name_parent(name))
        if (evidence_is_name_as_written(seen, name))
            return true;
    return false;
}

bool evidence_is_outcome(const struct lookup_report *lookup, enum dns_outcome outcome)
{
    return lookup->outcome && str_eq(lookup->outcome, dns_outcome_str(outcome));
}

enum dnssec_status evidence_status(const struct lookup_report *lookup)
{
    for (int status = DNSSEC_SECURE; lookup->status && status <= DNSSEC_BOGUS; status++)
        if (str_eq(lookup->status, dnssec_str((enum dnssec_status)status)))
            return (enum dnssec_status)status;
    return DNSSEC_NONE;
}

static bool is_known_outcome(const char *text)
{
    bool is_known = str_eq(text, "not_awaited");
    for (int outcome = DNS_OK; !is_known && outcome <= DNS_LOCAL; outcome++)
        is_known = str_eq(text, dns_outcome_str((enum dns_outcome)outcome));
    return is_known;
}

const char *evidence_of_lookups(const struct lookup_report *lookups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!lookups[i].name || !lookups[i].type || !is_known_outcome(lookups[i].outcome))
            return "one of lookups does not say of which name and type it is, and how it ended";
        if (lookups[i].status && evidence_status(&lookups[i]) == DNSSEC_NONE)
            return "one of lookups has a status that there is not";
    }
    return NULL;
}

bool evidence_is_ttl(struct opt_int seconds)
{
    return !seconds.present || (seconds.value >= 0 && seconds.value <= INT32_MAX);
}

/* --- DNSSEC ---------------------------------------------------------------------------------- */

/* A check has the worst status of the answers that it used. */
const char *evidence_of_dnssec(const struct evidence_judge *j, enum dnssec_status worst)
{
    enum dnssec_status said = j->result->details.dnssec;
    if (worst == DNSSEC_BOGUS)
        return "the status of a lookup that counts is bogus";
    if (said == DNSSEC_NONE || dnssec_worse(said, worst) == said)
        return NULL;
    return arena_printf(j->arena, "dnssec is %s, but a lookup that counts is %s", dnssec_str(said),
                        dnssec_str(worst));
}

/* RFC 8914 sections 4.4, 4.5, 4.7, 4.16 to 4.20: stale, forged, bogus, blocked, censored, filtered,
 * prohibited, stale NXDOMAIN. What is said of answers that were not used is not told. */
static bool makes_unusable(int64_t extended_error)
{
    return extended_error == 3 || extended_error == 4 || extended_error == 6 ||
           (extended_error >= 15 && extended_error <= 19);
}

static const char *judge_data(const struct evidence_judge *j)
{
    const struct check_details *details = &j->result->details;
    if (details->dnssec == DNSSEC_BOGUS)
        return "dnssec is bogus";
    for (size_t i = 0; i < details->extended_error_count; i++)
        if (makes_unusable(details->extended_errors[i].code))
            return arena_printf(j->arena,
                                "extended_dns_errors have code %d, which makes the data unusable",
                                (int)details->extended_errors[i].code);
    return NULL;
}

/* --- the methods ---------------------------------------------------------------------------- */

static const char *judge_method(const struct evidence_judge *j)
{
    if (j->request->check_type == CHECK_CAA)
        return evidence_of_caa(j);
    switch (method_get(j->request->dcv.method)->kind) {
    case METHOD_HTTP:
        return evidence_of_http(j);
    case METHOD_TLS_ALPN:
        return evidence_of_tls_alpn(j);
    case METHOD_CAA:
        return NULL;
    case METHOD_RECORD:
        break;
    }
    return evidence_of_record(j);
}

const char *evidence_contradiction(const struct check_request *request, const struct target *target,
                                   const struct check_result *result, struct arena *arena)
{
    const struct evidence_judge j = {request, target, result, arena};
    if (result->verdict != VERDICT_PASS)
        return NULL;
    const char *fault = judge_data(&j);
    return fault ? fault : judge_method(&j);
}

const char *evidence_of_search_contradiction(const struct check_request *request,
                                             const struct target *target,
                                             const struct check_result *result, struct arena *arena)
{
    const struct evidence_judge j = {request, target, result, arena};
    const char *fault = judge_data(&j);
    return fault ? fault : evidence_of_caa_search(&j);
}
