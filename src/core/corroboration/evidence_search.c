/* Does what is told of a search for a CAA record set fit together, and what was found? */
#include "core/corroboration/evidence_parts.h"

#include "base/str.h"
#include "core/rules/caa.h"

#include <string.h>

static bool is_caa(const struct lookup_report *lookup)
{
    return str_eq_nocase(lookup->type, "CAA");
}

/* --- the way up to the set ------------------------------------------------------------------- */

/* The place of the set that counts: where it was found, or the nearest that a lookup shows. NULL: none. */
static const char *place_of_set(const struct evidence_judge *j,
                                const struct evidence_search *search)
{
    const char *nearest = search->found_at;
    for (size_t i = 0; !search->found_at && search->is_accepted && i < search->count; i++) {
        const struct lookup_report *lookup = &search->lookups[i];
        if (is_caa(lookup) && evidence_is_outcome(lookup, DNS_OK) &&
            evidence_is_above_as_written(lookup->name, j->target->canonical) &&
            (!nearest || strlen(lookup->name) > strlen(nearest)))
            nearest = lookup->name;
    }
    return nearest;
}

/* Of a lookup that is nearer than the set, or where there is none. */
static bool may_be_passed_over(const struct evidence_search *search,
                               const struct lookup_report *lookup)
{
    if (evidence_is_outcome(lookup, DNS_NODATA) || evidence_is_outcome(lookup, DNS_NXDOMAIN))
        return true;
    return search->is_accepted &&
           (evidence_is_outcome(lookup, DNS_SERVFAIL) || evidence_is_outcome(lookup, DNS_REFUSED) ||
            evidence_is_outcome(lookup, DNS_TIMEOUT));
}

/* At the set or nearer than it; all, where there is none. */
static bool is_relevant(const struct lookup_report *lookup, const char *set_at)
{
    return !set_at || evidence_is_name_as_written(lookup->name, set_at) ||
           !evidence_is_above_as_written(lookup->name, set_at);
}

static const char *judge_lookup(const struct evidence_judge *j,
                                const struct evidence_search *search,
                                const struct lookup_report *lookup, const char *set_at)
{
    if (!evidence_is_above_as_written(lookup->name, j->target->canonical))
        return search->is_accepted ? NULL /* once more, at the end of aliases: see below */
                                   : evidence_elsewhere(j, "a CAA lookup", lookup->name);
    if (!is_relevant(lookup, set_at))
        return NULL;
    bool is_set = set_at && evidence_is_name_as_written(lookup->name, set_at);
    if (is_set ? evidence_is_outcome(lookup, DNS_OK) : may_be_passed_over(search, lookup))
        return NULL;
    return arena_printf(j->arena, "the CAA lookup of %s ended as %s, which does not fit",
                        evidence_show(j, lookup->name), evidence_show(j, lookup->outcome));
}

static const struct lookup_report *find_caa(const struct evidence_search *search, const char *name)
{
    for (size_t i = 0; i < search->count; i++)
        if (is_caa(&search->lookups[i]) &&
            evidence_is_name_as_written(search->lookups[i].name, name))
            return &search->lookups[i];
    return NULL;
}

/* RFC 8659 section 3: the name and each parent, up to the set, or to the TLD. A name that was passed over
 * may have the set that counts. */
static const char *judge_way(const struct evidence_judge *j, const struct evidence_search *search,
                             const char *set_at)
{
    const char *name = j->target->canonical;
    for (; name; name = name_parent(name)) {
        if (!find_caa(search, name))
            return arena_printf(j->arena, "lookups have none of CAA at %s", evidence_show(j, name));
        if (set_at && str_eq(name, set_at))
            break;
    }
    return NULL;
}

/* BR 4.2.2: a TLD that does not exist makes the name an Internal Name; names of a stub zone are exempt. */
static const char *judge_tld(const struct evidence_judge *j, const struct evidence_search *search,
                             const char *set_at)
{
    const char *tld = j->target->canonical;
    for (const char *name = tld; name; name = name_parent(name))
        tld = name;
    const struct lookup_report *lookup = find_caa(search, tld);
    if (set_at || !search->found_none || evidence_has_policy(j, "dns.stub_zones") || !lookup ||
        !evidence_is_outcome(lookup, DNS_NXDOMAIN))
        return NULL;
    return arena_printf(j->arena, "the top-level domain %s does not exist", evidence_show(j, tld));
}

static enum dnssec_status worst_status(const struct evidence_search *search, const char *set_at)
{
    enum dnssec_status worst = DNSSEC_NONE;
    for (size_t i = 0; i < search->count; i++)
        if (is_caa(&search->lookups[i]) && is_relevant(&search->lookups[i], set_at))
            worst = dnssec_worse(worst, evidence_status(&search->lookups[i]));
    return worst;
}

static bool is_same_chain(const struct strv *a, const struct strv *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!bytes_eq_nocase(evidence_name(a->items[i]), evidence_name(b->items[i])))
            return false;
    return true;
}

/* Whose records they are: cname_chain is that of the lookup that found them. */
static const char *judge_chain(const struct evidence_search *search, const char *set_at)
{
    const struct lookup_report *found = set_at ? find_caa(search, set_at) : NULL;
    if (!found || search->is_accepted || !search->cname_chain.present ||
        evidence_is_true(found->cname_chain_truncated) ||
        is_same_chain(&search->cname_chain, &found->cname_chain))
        return NULL;
    return "cname_chain is not that of the lookup that found the records";
}

static const char *judge_lookups(const struct evidence_judge *j,
                                 const struct evidence_search *search, const char *set_at)
{
    const char *fault = NULL;
    for (size_t i = 0; !fault && i < search->count; i++)
        if (is_caa(&search->lookups[i]))
            fault = judge_lookup(j, search, &search->lookups[i], set_at);
    if (!fault)
        fault = judge_way(j, search, set_at);
    if (!fault)
        fault = judge_tld(j, search, set_at);
    if (!fault)
        fault = judge_chain(search, set_at);
    if (!fault)
        fault = evidence_of_names(j, j->target->canonical, search);
    if (!fault && search->is_accepted)
        fault = evidence_of_failure(j, search, set_at);
    return fault ? fault : evidence_of_dnssec(j, worst_status(search, set_at));
}

/* A search climbs from the target to its parents, and the nearest set counts (RFC 8659 section 3): an
 * error, or another set, must not be nearer. */
const char *evidence_of_search(const struct evidence_judge *j, const struct evidence_search *search)
{
    char set_at[LIMIT_NAME_OCTETS + 1];
    struct err err;
    if (target_is_ip(j->target))
        return NULL; /* CAA is not defined there; Open MPIC's perspectives look somewhere */
    if (search->found_at && !evidence_is_at_or_above(search->found_at, j->target->canonical))
        return evidence_elsewhere(j, "found_at", search->found_at);
    const char *fault = evidence_of_lookups(search->lookups, search->count);
    if (fault)
        return fault;
    if (search->count == 0)
        return NULL; /* Open MPIC's perspectives tell nothing of them */
    if (!search->found_at && !search->found_none && !search->is_accepted)
        return "there are lookups, but found_at is missing";
    const char *place = place_of_set(j, search);
    bool has_place = place && name_prepare(place, strlen(place), set_at, &err);
    return judge_lookups(j, search, has_place ? set_at : NULL);
}

/* --- which names belong to it ---------------------------------------------------------------- */

/* Targets of aliases, without their final dots. */
struct names {
    struct bytes *items;
    size_t count;
};

static bool is_at_or_above(struct bytes seen, struct bytes name)
{
    if (seen.n > name.n || (seen.n < name.n && name.p[name.n - seen.n - 1] != '.'))
        return false;
    return bytes_eq_nocase(seen, (struct bytes){name.p + (name.n - seen.n), seen.n});
}

static bool is_among(const struct names *names, struct bytes seen, bool or_above)
{
    for (size_t i = 0; i < names->count; i++)
        if (or_above ? is_at_or_above(seen, names->items[i])
                     : bytes_eq_nocase(seen, names->items[i]))
            return true;
    return false;
}

static void add_chain(struct names *names, const struct strv *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        names->items[names->count++] = evidence_name(chain->items[i]);
}

static bool is_question(const struct lookup_report *lookup)
{
    return !str_eq_nocase(lookup->type, "CNAME") && !str_eq_nocase(lookup->type, "DS");
}

/* Of the questions themselves and of CNAME, each of which goes on where the one before it led to. */
static const char *follow_aliases(const struct evidence_judge *j, struct bytes asked,
                                  const struct evidence_search *search, struct names *names)
{
    add_chain(names, &search->cname_chain);
    for (size_t i = 0; i < search->count; i++)
        if (is_question(&search->lookups[i]) &&
            is_at_or_above(evidence_name(search->lookups[i].name), asked))
            add_chain(names, &search->lookups[i].cname_chain);
    for (size_t i = 0; i < search->count; i++) {
        const struct lookup_report *lookup = &search->lookups[i];
        struct bytes name = evidence_name(lookup->name);
        if (!str_eq_nocase(lookup->type, "CNAME"))
            continue;
        if (!is_at_or_above(name, asked) && !is_among(names, name, false))
            return evidence_elsewhere(j, "a CNAME lookup", lookup->name);
        add_chain(names, &lookup->cname_chain);
    }
    return NULL;
}

const char *evidence_of_names(const struct evidence_judge *j, const char *asked,
                              const struct evidence_search *search)
{
    size_t max = search->cname_chain.count;
    for (size_t i = 0; i < search->count; i++)
        max += search->lookups[i].cname_chain.count;
    struct names names = {.items = arena_array(j->arena, max, sizeof *names.items)};
    const char *fault = follow_aliases(j, bytes_of(asked), search, &names);
    for (size_t i = 0; !fault && i < search->count; i++) {
        const struct lookup_report *lookup = &search->lookups[i];
        struct bytes name = evidence_name(lookup->name);
        if (!is_at_or_above(name, bytes_of(asked)) && !is_among(&names, name, true))
            fault = evidence_elsewhere(j, "one of lookups", lookup->name);
    }
    return fault;
}

/* --- a failure that was accepted -------------------------------------------------------------- */

static bool has_failed(const struct lookup_report *lookup)
{
    return !evidence_is_outcome(lookup, DNS_OK) && !evidence_is_outcome(lookup, DNS_NODATA) &&
           !evidence_is_outcome(lookup, DNS_NXDOMAIN);
}

/* BR 4.2.2.1 (3): a denial of DS that was validated, at the name or above it (RFC 4035 section 4.3). */
static bool is_proven_insecure(const struct evidence_search *search, struct bytes name)
{
    for (size_t i = 0; i < search->count; i++) {
        const struct lookup_report *lookup = &search->lookups[i];
        enum dnssec_status status = evidence_status(lookup);
        if (str_eq_nocase(lookup->type, "DS") && evidence_is_outcome(lookup, DNS_NODATA) &&
            (status == DNSSEC_SECURE || status == DNSSEC_INSECURE) &&
            is_at_or_above(evidence_name(lookup->name), name))
            return true;
    }
    return false;
}

static const struct lookup_report *find_cname(const struct evidence_search *search,
                                              struct bytes name)
{
    for (size_t i = 0; i < search->count; i++)
        if (str_eq_nocase(search->lookups[i].type, "CNAME") &&
            bytes_eq_nocase(evidence_name(search->lookups[i].name), name))
            return &search->lookups[i];
    return NULL;
}

/* Where the aliases of a name lead, by the CNAME that was asked for. NULL bytes: it is not told. */
static struct bytes end_of_chain(const struct evidence_search *search, struct bytes name)
{
    for (size_t steps = 0; steps <= CAA_CHAIN_MAX; steps++) {
        const struct lookup_report *step = find_cname(search, name);
        if (!step)
            break;
        bool is_alias = evidence_is_outcome(step, DNS_OK);
        if (step->cname_chain.count != is_alias)
            break;
        if (!is_alias)
            return name;
        name = evidence_name(step->cname_chain.items[0]);
    }
    return (struct bytes){NULL, 0};
}

/* Asked once more at the end of its aliases, it failed again. */
static bool has_failed_at_end(const struct evidence_search *search, struct bytes name,
                              struct bytes end)
{
    size_t failed = 0, needed = bytes_eq_nocase(name, end) ? 2 : 1;
    for (size_t i = 0; i < search->count; i++) {
        const struct lookup_report *lookup = &search->lookups[i];
        if (!is_caa(lookup) || !bytes_eq_nocase(evidence_name(lookup->name), end))
            continue;
        if (!has_failed(lookup))
            return false;
        failed++;
    }
    return failed >= needed;
}

const char *evidence_of_failure(const struct evidence_judge *j,
                                const struct evidence_search *search, const char *set_at)
{
    bool is_one = false;
    for (size_t i = 0; i < search->count; i++) {
        const struct lookup_report *lookup = &search->lookups[i];
        struct bytes name = evidence_name(lookup->name);
        if (!is_caa(lookup) || !is_at_or_above(name, bytes_of(j->target->canonical)) ||
            !is_relevant(lookup, set_at) || !has_failed(lookup))
            continue;
        is_one = true;
        struct bytes end = end_of_chain(search, name);
        if (end.p && !has_failed_at_end(search, name, end))
            return arena_printf(j->arena,
                                "lookup_failure_accepted is true, but lookups do not say that CAA "
                                "failed once more where %s leads to",
                                evidence_show(j, lookup->name));
        if (!end.p || !is_proven_insecure(search, name) || !is_proven_insecure(search, end))
            return arena_printf(j->arena,
                                "lookup_failure_accepted is true, but lookups do not prove that "
                                "%s is insecure",
                                evidence_show(j, lookup->name));
    }
    return is_one ? NULL : "lookup_failure_accepted is true, but no lookup failed";
}
