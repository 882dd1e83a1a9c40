#include "core/corroboration/caa_retrieval.h"

#include "base/str.h"
#include "core/corroboration/evidence.h"
#include "core/rules/caa.h"

/* What a search saw is told whatever was judged of it; a TLD that does not exist is nothing seen. */
static bool has_judged(const struct check_result *result)
{
    return result->verdict == VERDICT_PASS || result->problem == PROBLEM_CAA_NOT_PERMITTED ||
           result->problem == PROBLEM_CAA_CRITICAL ||
           (result->from_reference && result->verdict == VERDICT_FAIL);
}

static bool has_seen(const struct check_result *result, struct arena *arena)
{
    const struct caa_details *caa = &result->details.caa;
    struct lookup set;
    if (!has_judged(result) || result->check_type != CHECK_CAA ||
        result->details.dnssec == DNSSEC_BOGUS || !caa->caa_record_present.present ||
        (caa->applicable.present && !caa->applicable.value))
        return false;
    /* Where there is none nothing can forbid. */
    if (!caa->caa_record_present.value)
        return result->verdict == VERDICT_PASS;
    return caa->found_at && caa_records_parse(arena, caa, &set);
}

static bool all_are_in(const struct strv *some, const struct strv *others)
{
    for (size_t i = 0; i < some->count; i++)
        if (!strv_has(others, some->items[i]))
            return false;
    return true;
}

/* What was seen at another name, or at odds with itself, is nothing seen, whatever the verdict. */
static bool is_sound(const struct check_request *request, const struct check_result *result,
                     struct arena *arena)
{
    struct target target;
    struct err err;
    return target_parse(request->target, &target, &err) &&
           !evidence_of_search_contradiction(request, &target, result, arena);
}

static bool is_same(const struct check_result *a, const struct check_result *b, struct arena *arena)
{
    const struct caa_details *left = &a->details.caa, *right = &b->details.caa;
    if (!has_seen(a, arena) || !has_seen(b, arena) ||
        left->caa_record_present.value != right->caa_record_present.value)
        return false;
    return !left->caa_record_present.value ||
           (str_eq_nocase(left->found_at, right->found_at) &&
            all_are_in(&left->records_seen, &right->records_seen) &&
            all_are_in(&right->records_seen, &left->records_seen));
}

bool caa_saw_the_same(const struct check_request *request, const struct check_result *a,
                      const struct check_result *b, struct arena *arena)
{
    return is_sound(request, a, arena) && is_sound(request, b, arena) && is_same(a, b, arena);
}

/* Those that saw the same as `shown`, and of how many regions they are. */
static size_t count_seeing(const struct attempt *attempt, const bool *sound,
                           const struct perspective_result *shown, struct arena *arena,
                           size_t *rir_count)
{
    bool rirs[RIR_COUNT] = {false};
    size_t seeing = 0;
    *rir_count = 0;
    for (size_t i = 0; i < attempt->count; i++) {
        const struct perspective_result *who = &attempt->results[i];
        if (!sound[i] || !is_same(&who->result, &shown->result, arena))
            continue;
        seeing++;
        *rir_count += who->rir != RIR_NONE && !rirs[who->rir];
        rirs[who->rir] = true;
    }
    return seeing;
}

struct caa_retrieval caa_retrieve(const struct mpic_response *response, struct arena *arena)
{
    const struct attempt *last = &response->attempts[response->attempt_count - 1];
    const struct perspective_result *primary = response->primary;
    const struct check_request *request = &response->request->check;
    bool *sound = arena_array(arena, last->count, sizeof *sound);
    struct caa_retrieval out = {0};
    size_t rir_count = 0;
    for (size_t i = 0; i < last->count; i++)
        sound[i] = is_sound(request, &last->results[i].result, arena);
    for (size_t i = 0; i < last->count; i++) {
        size_t rirs = 0;
        size_t seeing = sound[i] ? count_seeing(last, sound, &last->results[i], arena, &rirs) : 0;
        if (seeing <= out.seeing)
            continue;
        out = (struct caa_retrieval){.shown = &last->results[i], .seeing = seeing};
        rir_count = rirs;
    }
    out.is_agreed =
        out.shown && out.seeing >= response->quorum_count && response->quorum_count > 0 &&
        rir_count >= 2 &&
        (!primary || caa_saw_the_same(request, &primary->result, &out.shown->result, arena));
    return out;
}
