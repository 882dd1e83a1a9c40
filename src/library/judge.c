#include "library/library.h"

#include "base/mem.h"
#include "core/corroboration/evidence.h"
#include "core/corroboration/quorum.h"
#include "core/names/target.h"
#include "wire/wire.h"

#include <stdlib.h>

struct mpic_answer {
    struct arena *arena;
    struct check_result result;
    const char *contradiction;
    bool corroborates;
    struct bytes json;
};

/* What is asked of the caller before anything is read. */
static bool check_call(const struct mpic_request *request, const struct mpic_expectation *expected,
                       struct mpic_error **error)
{
    if (!request)
        return error_set(error, MPIC_ERROR_MISUSE, "request is NULL");
    if (!expected->nonce != !expected->request_sha256)
        return error_set(error, MPIC_ERROR_MISUSE, "nonce and request_sha256 are not both given");
    if (expected->nonce && !expected->perspective_code)
        return error_set(error, MPIC_ERROR_MISUSE, "perspective_code is NULL beside a nonce");
    return true;
}

static bool read_result(struct mpic_answer *answer, const struct mpic_request *request,
                        const struct mpic_expectation *given, struct bytes body, struct err *err)
{
    const struct answer_binding binding = {true, given->nonce, given->request_sha256};
    const struct wire_expectation expected = {&request->check, given->perspective_code,
                                              given->nonce ? &binding : NULL};
    return wire_decode_check_result(body, &expected, answer->arena, &answer->result, err);
}

static void judge(struct mpic_answer *answer, const struct check_request *check,
                  const struct target *target)
{
    struct buf json = {0};
    answer->contradiction = evidence_contradiction(check, target, &answer->result, answer->arena);
    answer->corroborates = !answer->contradiction && result_corroborates(check, &answer->result);
    wire_encode_check_result(&answer->result, &json);
    answer->json = bytes_take(answer->arena, &json);
}

struct mpic_answer *mpic_answer_new(const struct mpic_request *request,
                                    const struct mpic_expectation *expected, const void *body,
                                    size_t length, struct mpic_error **error)
{
    struct mpic_expectation given = {0};
    struct target target;
    struct err err;
    if (!fields_take(&given, sizeof given, expected) || (!body && length > 0)) {
        error_set(error, MPIC_ERROR_MISUSE,
                  "expected is NULL or has a size that is not known, or body is NULL");
        return NULL;
    }
    if (!check_call(request, &given, error))
        return NULL;
    if (!target_parse(request->check.target, &target, &err)) {
        error_set(error, MPIC_ERROR_ANSWER, "nobody can answer for that target: %s", err.text);
        return NULL;
    }
    struct mpic_answer *made = xcalloc(1, sizeof *made);
    made->arena = arena_new();
    if (!read_result(made, request, &given, (struct bytes){body, length}, &err)) {
        error_set(error, MPIC_ERROR_ANSWER, "%s", err.text);
        mpic_answer_free(made);
        return NULL;
    }
    judge(made, &request->check, &target);
    return made;
}

void mpic_answer_free(struct mpic_answer *answer)
{
    if (!answer)
        return;
    arena_free(answer->arena);
    free(answer);
}

enum mpic_verdict mpic_answer_verdict(const struct mpic_answer *answer)
{
    if (!answer || answer->result.verdict == VERDICT_UNKNOWN)
        return MPIC_UNKNOWN;
    return answer->result.verdict == VERDICT_PASS ? MPIC_PASS : MPIC_FAIL;
}

int mpic_answer_corroborates(const struct mpic_answer *answer)
{
    return answer && answer->corroborates;
}

const char *mpic_answer_problem(const struct mpic_answer *answer)
{
    return answer && answer->result.problem != PROBLEM_NONE ? problem_str(answer->result.problem)
                                                            : NULL;
}

const char *mpic_answer_reason(const struct mpic_answer *answer)
{
    return answer ? answer->result.details.reason : NULL;
}

const char *mpic_answer_contradiction(const struct mpic_answer *answer)
{
    return answer ? answer->contradiction : NULL;
}

const char *mpic_answer_json(const struct mpic_answer *answer, size_t *length)
{
    return text_of(answer ? answer->json : (struct bytes){0}, length);
}
