/*
 * CAA: RFC 8659, RFC 8657, RFC 9495, BR 4.2.2.1. Pure: the lookups come in, the decision goes out;
 * check/caa.c does the asking. In order: one record, the search for the relevant set, what that set
 * permits, and the exception of BR 4.2.2.1 for lookups that failed.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/method/check.h"
#include "core/names/target.h"
#include "core/rules/lookup.h"

#include <stdbool.h>
#include <stddef.h>

/* RFC 8659 section 4.1. Borrowed from the RDATA. */
struct caa_record {
    uint8_t flags;
    struct bytes tag;   /* not empty; any bytes */
    struct bytes value; /* any bytes; may be empty */
};

/* Splits RDATA; false if it is too short for its flags, tag length and tag, or the tag is empty. */
bool caa_record_parse(struct bytes rdata, struct caa_record *out);
/* Presentation form, `0 issue "ca.example"`: `"` and `\` escaped, \DDD for all but printable ASCII.
 */
const char *caa_record_format(struct arena *arena, const struct caa_record *record);
/*
 * The RDATA of which caa_record_format() made `text`, in the arena. False for any other text: also
 * for another spelling of the same record, so that nothing is guessed, and for a value of more than
 * LIMIT_REPORTED_RECORD_BYTES, which caa_records_report() may have cut.
 */
bool caa_record_parse_text(struct arena *arena, const char *text, struct bytes *rdata) MUST_CHECK;
/*
 * What a text of records_seen tells of a record, in the arena: as caa_record_parse_text(), but for values of
 * any length. `is_cut`: `value` is only how it begins, because caa_records_report() cut it, or whoever
 * read the answer, at LIMIT_REMOTE_STRING_BYTES.
 */
bool caa_record_read_text(struct arena *arena, const char *text, struct caa_record *out,
                          bool *is_cut) MUST_CHECK;
/* The RDATA of a record, in the arena; its tag has 1 to 255 bytes. */
struct bytes caa_record_build(struct arena *arena, const struct caa_record *record);
/*
 * What `details` show of a set: found_at, ttl_s, cname_chain, records_seen, records_truncated. The
 * records in presentation form, duplicates removed, order kept; RDATA that cannot be split in the form
 * of RFC 3597 section 5. At most LIMIT_REPORTED_RECORDS, values cut at LIMIT_REPORTED_RECORD_BYTES;
 * records_truncated says whether something is missing. `deciding` is a record of the set, or NULL:
 * beyond the limit it takes the last place, so that it is always shown.
 */
void caa_records_report(struct arena *arena, const struct lookup *set,
                        const struct dns_record *deciding, struct caa_details *details);
/*
 * The way back: the set that `details` show, in the arena. False if there are no records, there may
 * have been more than are shown, or one of them is cut or not in our presentation form. An answer
 * that does not say whether it is truncated (Open MPIC's reference has no such property) may be, if it
 * is as long as one of ours can be; one that says so although it is shorter, and nothing is cut, is
 * not believed.
 */
bool caa_records_parse(struct arena *arena, const struct caa_details *details,
                       struct lookup *set) MUST_CHECK;

/* The names to ask, and how many: the target and each parent up to the TLD, in that order (RFC 8659
 * section 3); none for an IP address. They point into target->canonical. */
size_t caa_search_names(const struct target *target, const char *names[LIMIT_NAME_LABELS]);

/*
 * The relevant record set among the answers to caa_search_names(), `lookups` in the same order. An
 * error at or below the nearest set is CAA_SEARCH_ERROR; above it it is irrelevant: asking all at
 * once gives the result of asking one after the other.
 *
 * A TLD that does not exist makes the target an Internal Name (BR 4.2.2). That is believed only
 * with DNSSEC proof, else it is CAA_SEARCH_ERROR with PROBLEM_TLD_UNPROVEN. A target or TLD in a
 * stub zone of the configuration is exempt.
 */
enum caa_search_status {
    CAA_SEARCH_FOUND,       /* `index` is the nearest non-empty set */
    CAA_SEARCH_NONE,        /* no set anywhere */
    CAA_SEARCH_ERROR,       /* `index` is the lookup that failed */
    CAA_SEARCH_NO_SUCH_TLD, /* secure NXDOMAIN for the TLD, which is `index` */
};
struct caa_search {
    enum caa_search_status status;
    size_t index;
    enum problem problem; /* of CAA_SEARCH_ERROR and CAA_SEARCH_NO_SUCH_TLD */
};
struct caa_search caa_search_decide(const struct lookup *lookups, size_t count);

/* What the record set must permit. */
struct caa_query {
    const struct target *target;
    const struct caa_params *params;
    const struct strv *issuers; /* params->caa_domains; the configured list if that is null or [] */
    bool enforce_rfc8657;    /* parameters of RFC 8657 for which the request has no input forbid (BR
                             4.2.2.1.2, from 2027-03-15); else they are ignored */
    bool labels_ignore_case; /* of validationmethods: only if the CA's CPS says so (BR 4.2.2.1.2) */
};

struct caa_decision {
    enum verdict verdict;
    enum problem problem;
    const char *reason;                /* what permitted, or why nothing did: details.reason */
    const struct dns_record *deciding; /* of the set: the one that permitted, that is critical,
                                             or that came nearest to permission; NULL: none */
};
/*
 * Over the records of one set. A record that cannot be split makes the set unusable; a critical
 * property that we do not understand forbids (RFC 8659 section 4.1; the flag value 1 counts like
 * 128); then one property of the kind that the certificate type asks for must permit, if there is
 * any of that kind (sections 4.2, 4.3; RFC 9495 section 4 for issuemail). A value against the
 * grammar, or without issuer, permits nobody.
 */
struct caa_decision caa_evaluate(const struct caa_query *query, const struct lookup *set,
                                 struct arena *arena);

/*
 * BR 4.2.2.1: may failed lookups be accepted as permission? For each lookup at or below the nearest
 * set that failed, all must be shown:
 *  1. it failed outside (lookup_failed_outside());
 *  2. it was repeated, and failed outside again;
 *  2a. somebody there answers another question (that for an alias), be it with an error: a zone that is
 *     silent altogether looks no other than a way to it that is broken on our side; and asked once more
 *     of the resolver that had this answer, CAA at the end of its aliases fails outside still, so that
 *     neither a long way along slow aliases nor the one server among many that lives is a failure;
 *  3. the asked name is proven Insecure, by ds_denial_proves_insecure() of it or of a name above it;
 *     and where it is an alias, so is the target of the chain at which the failure occurred;
 *  4. the nearest set, which is above all of them then, permits.
 * What follows is used in this order: which failures are worth a retry, where their aliases lead,
 * which names DS is asked for, and the decision.
 */

/* Worth a second try: it failed outside, or libunbound only repeated a failure that it remembers. */
bool caa_failure_is_excusable(const struct lookup *lookup);

/*
 * Where the aliases of a failing name lead. Begins with `asked` set and the state CAA_CHAIN_OPEN;
 * then CNAME is asked for caa_chain_end() and the answer is learnt, until the state is another.
 */
enum { CAA_CHAIN_MAX = 11 /* aliases that the resolver follows */ };
enum caa_chain_state {
    CAA_CHAIN_OPEN,
    CAA_CHAIN_KNOWN, /* the lookup failed at caa_chain_end(), where somebody answers, if with an error */
    CAA_CHAIN_SILENT,  /* nobody answers at caa_chain_end() */
    CAA_CHAIN_UNKNOWN, /* a loop, too long, or nobody could say: proves nothing */
};
struct caa_chain {
    enum caa_chain_state state;
    const char *asked;
    const char *targets[CAA_CHAIN_MAX]; /* canonical text */
    size_t count;
};
void caa_chain_learn(struct caa_chain *chain, const struct lookup *answer, struct arena *arena);
const char *caa_chain_end(const struct caa_chain *chain); /* the asked name, if it is no alias */

/* The names for which a denial of DS is asked: `name` and those above it, down to the 16th label
 * from the root. A zone cut below that remains unproven, and so does what would be too many. */
enum { CAA_PROOF_NAMES_MAX = 64, CAA_PROOF_LABELS_MAX = 16 };
struct caa_proof_names {
    const char *items[CAA_PROOF_NAMES_MAX];
    size_t count;
};
void caa_proof_names_add(struct caa_proof_names *names, const char *name);

/* What was done about one lookup. */
struct caa_try {
    unsigned failures; /* how often it was really asked and failed outside */
    struct caa_chain chain;
    struct lookup last; /* CAA at caa_chain_end(), asked after CAA_CHAIN_KNOWN; all zero before */
};

struct caa_failure_query {
    const struct caa_query *query;
    const struct lookup *lookups; /* as for caa_search_decide() */
    const struct caa_try *tries;  /* in the same order */
    size_t lookup_count;
    size_t failed; /* the one to speak of in the reason */
    const struct lookup
        *ds; /* answers to DS questions, asked after the last failure, of no cache */
    size_t ds_count;
};
/* Sets `reason` either way. */
bool caa_failure_is_accepted(const struct caa_failure_query *query, struct arena *arena,
                             const char **reason);

/*
 * True if `ds`, the answer to a DS question, is a validated denial of DS at a zone cut: so the
 * name, and all below it, is proven Insecure (RFC 4035 section 4.3). Either an NSEC or NSEC3 at
 * the name with NS set, DS and SOA clear, in a secure answer (RFC 4035 section 5.2, RFC 5155
 * section 8.9); or an NSEC3 opt-out span over the name, where the validator's own word for it is
 * "insecure" (RFC 5155 sections 8.6, 9.2).
 */
bool ds_denial_proves_insecure(const struct lookup *ds);
