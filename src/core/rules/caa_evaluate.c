/* What one set of CAA records permits. */
#include "core/rules/caa.h"

#include "base/buf.h"
#include "base/str.h"
#include "core/method/validation_label.h"
#include "core/names/uri.h"
#include "core/rules/caa_value.h"

#include <string.h>

/* Records listed in a reason; the rest is counted. */
enum { REASON_RECORDS = 3 };

/* RFC 8659 section 4.1: bit 0, value 128. People who read "bit" from the other end write 1, and
 * mean the same. */
enum { FLAGS_CRITICAL = 128 | 1 };

/* RFC 8659 sections 4.2 to 4.4, RFC 9495, BR appendix A, and the mark certificates' issuevmc. */
static const char *const known_tags[] = {"issue", "issuewild",    "issuemail",   "issuevmc",
                                         "iodef", "contactemail", "contactphone"};

static bool has_tag(const struct caa_record *record, const char *tag)
{
    return bytes_eq_nocase(record->tag, bytes_of(tag));
}

static bool is_understood(const struct caa_record *record)
{
    for (size_t i = 0; i < sizeof known_tags / sizeof known_tags[0]; i++)
        if (has_tag(record, known_tags[i]))
            return true;
    return false;
}

struct records {
    const struct caa_record *items; /* one for each record of the set */
    size_t count;
    const struct lookup *set;
};

/* Where it came from. */
static const struct dns_record *source_of(const struct records *records,
                                          const struct caa_record *record)
{
    return &records->set->records[record - records->items];
}

static size_t count_tag(const struct records *records, const char *tag)
{
    size_t count = 0;
    for (size_t i = 0; i < records->count; i++)
        count += has_tag(&records->items[i], tag);
    return count;
}

static const char *select_tag(const struct caa_query *query, const struct records *records)
{
    switch (query->params->certificate_type) {
    case CERT_S_MIME:
        return "issuemail"; /* RFC 9495 section 4: the only property that speaks of e-mail */
    case CERT_MARK:
        return "issuevmc";
    case CERT_TLS_SERVER:
        break;
    }
    /* RFC 8659 section 4.3: for a wildcard, issuewild takes precedence where there is one. */
    if (query->target->is_wildcard && count_tag(records, "issuewild"))
        return "issuewild";
    return "issue";
}

/* How near one record comes to permission; larger is nearer. */
enum standing {
    STANDING_OTHER,       /* names somebody else, or nobody */
    STANDING_MALFORMED,   /* against the grammar: permits nobody (RFC 8659 section 4.2) */
    STANDING_RESTRICTED,  /* names us, but its RFC 8657 parameters exclude this request */
    STANDING_UNEVALUATED, /* permits, if its RFC 8657 parameters are ignored */
    STANDING_PERMITS,
};

struct judgement {
    const struct caa_record *record;
    enum standing standing;
    const char *why; /* of STANDING_MALFORMED and STANDING_RESTRICTED */
};

static bool is_among(struct bytes value, const struct strv *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (bytes_eq(value, bytes_of(list->items[i])))
            return true;
    return false;
}

/* RFC 8657 section 3: NULL, or why `accounturi` does not match the requesting account. */
static const char *check_account(const struct caa_query *query, const struct caa_value *value)
{
    struct bytes uri = {NULL, 0};
    if (caa_value_get(value, "accounturi", &uri) > 1)
        return "accounturi occurs more than once (RFC 8657 section 3)";
    if (!uri_is_absolute(uri))
        return "accounturi is no URI (RFC 8657 section 3)";
    if (!is_among(uri, &query->params->account_uris))
        return "accounturi is not the requesting account (RFC 8657 section 3)";
    return NULL;
}

/* RFC 8657 section 4: `[*(label ",") label]`, label = 1*(ALPHA / DIGIT / "-"), with one of ours. */
static const char *check_method_list(struct bytes list, const struct caa_query *query)
{
    const char *answer = "validationmethods has no label of the method used (RFC 8657 section 4)";
    size_t start = 0;
    for (size_t at = 0; at <= list.n; at++) {
        if (at < list.n && list.p[at] != ',') {
            if (!ascii_is_alnum((char)list.p[at]) && list.p[at] != '-')
                return "validationmethods is malformed (RFC 8657 section 4)";
            continue;
        }
        if (at == start && list.n)
            return "validationmethods has an empty label (RFC 8657 section 4)";
        if (at > start &&
            validation_label_grants(query->params, (struct bytes){list.p + start, at - start},
                                    query->labels_ignore_case))
            answer = NULL;
        start = at + 1;
    }
    return answer;
}

static const char *check_method(const struct caa_query *query, const struct caa_value *value)
{
    struct bytes list = {NULL, 0};
    if (caa_value_get(value, "validationmethods", &list) > 1)
        return "validationmethods occurs more than once (RFC 8657 section 4)";
    return check_method_list(list, query);
}

/* The parameters of a record that names us. Tags ignore case, so that no spelling hides one. */
static struct judgement judge_parameters(const struct caa_query *query,
                                         const struct caa_value *value)
{
    const struct caa_params *params = query->params;
    bool has_account = caa_value_get(value, "accounturi", NULL) > 0;
    bool has_method = caa_value_get(value, "validationmethods", NULL) > 0;
    const char *why = NULL;
    if (has_account && params->account_uris.present)
        why = check_account(query, value);
    bool is_named = validation_labels_are_given(params);
    if (!why && has_method && is_named)
        why = check_method(query, value);
    if (why)
        return (struct judgement){.standing = STANDING_RESTRICTED, .why = why};
    bool is_unevaluated =
        (has_account && !params->account_uris.present) || (has_method && !is_named);
    if (is_unevaluated && query->enforce_rfc8657)
        return (struct judgement){
            .standing = STANDING_RESTRICTED,
            .why =
                "it has parameters of RFC 8657, and the request does not say which account and method it is for"};
    return (struct judgement){.standing = is_unevaluated ? STANDING_UNEVALUATED : STANDING_PERMITS};
}

static struct judgement judge_record(const struct caa_query *query, const struct caa_record *record,
                                     struct arena *arena)
{
    struct caa_value value;
    const char *problem = NULL;
    if (!caa_value_parse(arena, record->value, &value, &problem))
        return (struct judgement){record, STANDING_MALFORMED, problem};
    if (!caa_issuer_is_among(value.issuer, query->issuers))
        return (struct judgement){record, STANDING_OTHER, NULL};
    struct judgement judgement = judge_parameters(query, &value);
    judgement.record = record;
    return judgement;
}

/* `issue "ca.example"`, for a reason. */
static const char *show(struct arena *arena, const struct caa_record *record)
{
    return arena_printf(arena, "%s \"%s\"", str_escape(arena, record->tag, UINT8_MAX),
                        str_escape(arena, record->value, LIMIT_MESSAGE_OUTSIDE_BYTES));
}

/* The records of `tag`: `0 issue "a", 0 issue "b"`. */
static const char *show_seen(struct arena *arena, const struct records *records, const char *tag)
{
    const char *text = "";
    size_t shown = 0;
    for (size_t i = 0; i < records->count && shown < REASON_RECORDS; i++)
        if (has_tag(&records->items[i], tag))
            text = arena_printf(arena, "%s%s%u %s", text, shown++ ? ", " : "",
                                records->items[i].flags, show(arena, &records->items[i]));
    size_t all = count_tag(records, tag);
    return all > shown ? arena_printf(arena, "%s and %zu more", text, all - shown) : text;
}

static const char *show_list(struct arena *arena, const struct strv *items)
{
    struct buf list = {.max = LIMIT_REASON_BYTES};
    for (size_t i = 0; i < items->count; i++)
        buf_printf(&list, "%s%s", i ? ", " : "", items->items[i]);
    const char *text = str_report(arena, buf_bytes(&list), LIMIT_MESSAGE_OUTSIDE_BYTES);
    buf_clear(&list);
    return text;
}

static struct caa_decision refuse(enum problem problem, const struct dns_record *deciding,
                                  const char *reason)
{
    return (struct caa_decision){.verdict = problem_info(problem)->verdict,
                                 .problem = problem,
                                 .reason = reason,
                                 .deciding = deciding};
}

/* For whom the request is, as far as it says so: what a restriction was compared with. */
static const char *show_inputs(struct arena *arena, const struct caa_params *params)
{
    const char *text = "";
    if (params->account_uris.present && !params->account_uris.count)
        text = "; the request is for no account";
    else if (params->account_uris.present)
        text = arena_printf(arena, "; the request is for the account %s",
                            show_list(arena, &params->account_uris));
    if (params->validation_method)
        text = arena_printf(
            arena, "%s; the method used is %s", text,
            str_report(arena, bytes_of(params->validation_method), LIMIT_MESSAGE_OUTSIDE_BYTES));
    if (params->validation_method_labels.present && !params->validation_method_labels.count)
        text = arena_printf(arena, "%s; no label of a method is given", text);
    else if (params->validation_method_labels.present)
        text = arena_printf(arena, "%s; the method used is %s", text,
                            show_list(arena, &params->validation_method_labels));
    return text;
}

/* No record of `tag` permits. */
static const char *explain_refusal(const struct caa_query *query, const struct records *records,
                                   const char *tag, const struct judgement *nearest,
                                   struct arena *arena)
{
    if (nearest->standing == STANDING_RESTRICTED)
        return arena_printf(arena, "%s does not permit: %s%s", show(arena, nearest->record),
                            nearest->why, show_inputs(arena, query->params));
    const char *malformed = "";
    if (nearest->standing == STANDING_MALFORMED)
        malformed = arena_printf(arena, "; %s is malformed: %s (RFC 8659 section 4.2)",
                                 show(arena, nearest->record), nearest->why);
    const char *seen = show_seen(arena, records, tag);
    if (!query->issuers->count)
        return arena_printf(
            arena, "no issuer is configured or requested, so no %s record can permit%s; seen: %s",
            tag, malformed, seen);
    return arena_printf(arena, "no %s record names one of the expected issuers (%s)%s; seen: %s",
                        tag, show_list(arena, query->issuers), malformed, seen);
}

/* One record of `tag` must permit. */
static struct caa_decision evaluate_tag(const struct caa_query *query,
                                        const struct records *records, const char *tag,
                                        struct arena *arena)
{
    struct judgement nearest = {0};
    for (size_t i = 0; i < records->count && nearest.standing < STANDING_PERMITS; i++) {
        const struct caa_record *record = &records->items[i];
        if (!has_tag(record, tag))
            continue;
        struct judgement judgement = judge_record(query, record, arena);
        if (!nearest.record || judgement.standing > nearest.standing)
            nearest = judgement;
    }
    const struct dns_record *deciding = source_of(records, nearest.record);
    if (nearest.standing < STANDING_UNEVALUATED)
        return refuse(PROBLEM_CAA_NOT_PERMITTED, deciding,
                      explain_refusal(query, records, tag, &nearest, arena));
    return (struct caa_decision){
        .verdict = VERDICT_PASS,
        .reason = arena_printf(arena, "%s permits", show(arena, nearest.record)),
        .deciding = deciding,
    };
}

/* False if a record cannot be split; `bad` is its index. */
static bool parse_records(const struct lookup *set, struct arena *arena, struct records *out,
                          size_t *bad)
{
    struct caa_record *items = arena_array(arena, set->record_count, sizeof *items);
    for (size_t i = 0; i < set->record_count; i++)
        if (!caa_record_parse(set->records[i].rdata, &items[i])) {
            *bad = i;
            return false;
        }
    *out = (struct records){items, set->record_count, set};
    return true;
}

static struct caa_decision evaluate(const struct caa_query *query, const struct lookup *set,
                                    struct arena *arena)
{
    struct records records;
    size_t bad = 0;
    if (!parse_records(set, arena, &records, &bad))
        return refuse(PROBLEM_DNS_MALFORMED, &set->records[bad],
                      arena_printf(arena,
                                   "record %zu cannot be split into flags, tag and value (RFC 8659 "
                                   "section 4.1)",
                                   bad + 1));
    for (size_t i = 0; i < records.count; i++) {
        const struct caa_record *record = &records.items[i];
        if ((record->flags & FLAGS_CRITICAL) && !is_understood(record))
            return refuse(
                PROBLEM_CAA_CRITICAL, source_of(&records, record),
                arena_printf(arena,
                             "critical property \"%s\" is not understood (RFC 8659 section 4.1)",
                             str_escape(arena, record->tag, LIMIT_MESSAGE_OUTSIDE_BYTES)));
    }
    const char *tag = select_tag(query, &records);
    if (!count_tag(&records, tag))
        return (struct caa_decision){
            .verdict = VERDICT_PASS,
            .reason =
                arena_printf(arena, "the record set at %s has no %s record (RFC 8659 section 4.2)",
                             set->name, tag)};
    return evaluate_tag(query, &records, tag, arena);
}

/* Where it stands, and for whom it counts: a denial often comes from a parent that people forget,
 * or from the zone of somebody else that an alias leads to. */
static const char *place(const struct caa_query *query, const struct lookup *set,
                         struct arena *arena)
{
    const char *asked = query->target->canonical;
    const struct strv *chain = &set->cname_chain;
    const char *above = "";
    if (!str_eq(asked, set->name))
        above = arena_printf(arena, ", which is the nearest name above %s that has any", asked);
    if (chain->count == 0)
        return arena_printf(arena, "CAA records at %s%s", set->name, above);
    const char *end = chain->items[chain->count - 1];
    int length = (int)strlen(end) - str_ends_with(end, ".");
    return arena_printf(arena,
                        "CAA records of %s%s, found at its alias target %.*s, whose they are",
                        set->name, above, length, end);
}

struct caa_decision caa_evaluate(const struct caa_query *query, const struct lookup *set,
                                 struct arena *arena)
{
    struct caa_decision decision = evaluate(query, set, arena);
    if (decision.verdict != VERDICT_PASS || set->cname_chain.count > 0)
        decision.reason = arena_printf(arena, "%s: %s", place(query, set, arena), decision.reason);
    return decision;
}
