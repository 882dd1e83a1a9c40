/* BR 4.2.2.1: when does a lookup that failed count as permission? Only where it is shown that the
 * failure is theirs: see core/rules/caa.h. Whatever is not shown is not so. */
#include "base/str.h"
#include "core/rules/caa.h"
#include "dns/rdata.h"

#include <string.h>

bool caa_failure_is_excusable(const struct lookup *lookup)
{
    bool is_remembered = lookup->outcome == DNS_SERVFAIL && lookup->cause == DNS_CAUSE_REMEMBERED;
    return is_remembered || lookup_failed_outside(lookup);
}

/* --- where the aliases of a failing name lead ----------------------------------------------- */

static bool has_seen(const struct caa_chain *chain, const char *name)
{
    bool found = str_eq(name, chain->asked);
    for (size_t i = 0; i < chain->count; i++)
        found = found || str_eq(name, chain->targets[i]);
    return found;
}

/* The canonical text of the target; NULL for an answer that has not exactly one, or the root. */
static const char *read_target(const struct lookup *answer, struct arena *arena)
{
    struct bytes text;
    if (answer->record_count != 1 || !rdata_name(arena, answer->records[0].rdata, &text) ||
        text.n < 2)
        return NULL;
    char *target = arena_strndup(arena, (const char *)text.p, text.n - 1); /* the final dot */
    for (char *c = target; *c; c++)
        *c = ascii_lower(*c);
    return target;
}

static void add_target(struct caa_chain *chain, const struct lookup *answer, struct arena *arena)
{
    const char *target = read_target(answer, arena);
    if (!target || chain->count == CAA_CHAIN_MAX || has_seen(chain, target)) {
        chain->state = CAA_CHAIN_UNKNOWN;
        return;
    }
    chain->targets[chain->count++] = target;
}

void caa_chain_learn(struct caa_chain *chain, const struct lookup *answer, struct arena *arena)
{
    if (answer->outcome == DNS_OK)
        add_target(chain, answer, arena);
    else if (answer->outcome == DNS_NODATA || answer->outcome == DNS_NXDOMAIN)
        chain->state = CAA_CHAIN_KNOWN;     /* no further alias: it failed here */
    else if (lookup_failed_outside(answer)) /* the servers of this name are those that fail */
        chain->state = answer->cause == DNS_CAUSE_RCODE ? CAA_CHAIN_KNOWN : CAA_CHAIN_SILENT;
    else
        chain->state = CAA_CHAIN_UNKNOWN;
}

const char *caa_chain_end(const struct caa_chain *chain)
{
    return chain->count ? chain->targets[chain->count - 1] : chain->asked;
}

/* --- what is to be proven ------------------------------------------------------------------- */

static void add_name(struct caa_proof_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_eq(names->items[i], name))
            return;
    if (names->count < CAA_PROOF_NAMES_MAX)
        names->items[names->count++] = name;
}

void caa_proof_names_add(struct caa_proof_names *names, const char *name)
{
    size_t labels = 1;
    for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.'))
        labels++;
    for (const char *at = name; at; at = name_parent(at), labels--)
        if (labels <= CAA_PROOF_LABELS_MAX)
            add_name(names, at);
}

/* BR 4.2.2.1 (3): no validation chain to the root. The DS answer that proves it, or NULL. */
static const struct lookup *find_proof(const struct caa_failure_query *failure, const char *name)
{
    for (size_t i = 0; i < failure->ds_count; i++)
        if (name_is_within(name, failure->ds[i].name) && ds_denial_proves_insecure(&failure->ds[i]))
            return &failure->ds[i];
    return NULL;
}

/* --- the decision --------------------------------------------------------------------------- */

/* NULL, or why the failed lookup `index` is not excused. */
static const char *check_failure(const struct caa_failure_query *failure, size_t index,
                                 struct arena *arena)
{
    const struct lookup *lookup = &failure->lookups[index];
    const struct caa_try *try = &failure->tries[index];
    if (!lookup_failed_outside(lookup))
        return arena_printf(
            arena,
            "the lookup for %s ended with \"%s\", and it is not shown that this was "
            "a failure outside our infrastructure",
            lookup->name, dns_outcome_str(lookup->outcome));
    if (try->failures < 2)
        return arena_printf(arena, "the lookup for %s was not repeated", lookup->name);
    const char *end = caa_chain_end(&try->chain);
    if (try->chain.state == CAA_CHAIN_SILENT)
        return arena_printf(arena,
                            "nobody answers any question about %s, so it is not shown that our way "
                            "there works",
                            end);
    if (try->chain.state != CAA_CHAIN_KNOWN)
        return arena_printf(arena, "it is not known where the aliases of %s lead", lookup->name);
    if (!lookup_failed_outside(&try->last))
        return arena_printf(arena, "asked once more, the lookup for %s ended with \"%s\"", end,
                            dns_outcome_str(try->last.outcome));
    const char *unproven = !find_proof(failure, lookup->name) ? lookup->name
                           : !find_proof(failure, end)        ? end
                                                              : NULL;
    if (unproven)
        return arena_printf(arena, "no validated denial of DS proves that %s is insecure",
                            unproven);
    return NULL;
}

/* The nearest set, or NULL; what failed before it must be excused. `why` says what is not. */
static const struct lookup *excuse_failures(const struct caa_failure_query *failure,
                                            struct arena *arena, const char **why)
{
    for (size_t i = 0; i < failure->lookup_count; i++) {
        const struct lookup *lookup = &failure->lookups[i];
        if (lookup->outcome == DNS_OK && lookup->record_count)
            return lookup;
        if (lookup->outcome == DNS_NODATA || lookup->outcome == DNS_NXDOMAIN)
            continue;
        *why = check_failure(failure, i, arena);
        if (*why)
            return NULL;
    }
    return NULL;
}

static const char *refuse_acceptance(const struct caa_failure_query *failure, struct arena *arena)
{
    const char *why = NULL;
    if (!failure->query->params->allow_lookup_failure)
        return "the request does not allow it";
    const struct lookup *set = excuse_failures(failure, arena, &why);
    if (why || !set)
        return why;
    struct caa_decision decision = caa_evaluate(failure->query, set, arena);
    return decision.verdict == VERDICT_PASS
               ? NULL
               : arena_printf(arena, "the record set at %s does not permit: %s", set->name,
                              decision.reason);
}

bool caa_failure_is_accepted(const struct caa_failure_query *failure, struct arena *arena,
                             const char **reason)
{
    const struct lookup *failed = &failure->lookups[failure->failed];
    const char *refusal = refuse_acceptance(failure, arena);
    const char *outcome = dns_outcome_str(failed->outcome);
    if (refusal) {
        *reason = arena_printf(arena, "the failed lookup for %s (%s) is not accepted: %s",
                               failed->name, outcome, refusal);
        return false;
    }
    const char *end = caa_chain_end(&failure->tries[failure->failed].chain);
    const char *alias = "";
    if (!str_eq(end, failed->name))
        alias = arena_printf(arena, ", nor at %s for its alias target %s",
                             find_proof(failure, end)->name, end);
    *reason = arena_printf(
        arena,
        "the lookup for %s failed again (%s) and is accepted: no DS at %s%s, so the name is proven "
        "insecure (BR 4.2.2.1)",
        failed->name, outcome, find_proof(failure, failed->name)->name, alias);
    return true;
}
