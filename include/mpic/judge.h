/* One answer of one perspective: what it says, and whether it may count. For those who ask perspectives by themselves;
 * a run does this of its own accord. */
#ifndef MPIC_JUDGE_H
#define MPIC_JUDGE_H

#include <mpic/error.h>
#include <mpic/request.h>
#include <mpic/version.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mpic_answer;

/* What the question was, beside the request. */
struct mpic_expectation {
    size_t size; /* sizeof(struct mpic_expectation) */
    const char *
        perspective_code; /* whom it went to; NULL: an answer may name anybody, if there is no nonce */
    const char *nonce;    /* that it bore; NULL: none, and then the answer is bound to nothing */
    const char *request_sha256; /* of its body; both or neither */
};

/*
 * The check_response in the body of an answer. NULL with `error` (MPIC_ERROR_ANSWER) if it is no answer to what was
 * asked: of another type or method, from another perspective, to another question, or one that contradicts itself.
 */
MPIC_API struct mpic_answer *mpic_answer_new(const struct mpic_request *request,
                                             const struct mpic_expectation *expected,
                                             const void *body, size_t length,
                                             struct mpic_error **error);
MPIC_API void mpic_answer_free(struct mpic_answer *answer);

enum mpic_verdict {
    MPIC_UNKNOWN = 0, /* no usable answer: never a yes */
    MPIC_FAIL = 1,    /* somebody answered, and it does not prove control or permission */
    MPIC_PASS = 2
};

MPIC_API enum mpic_verdict mpic_answer_verdict(const struct mpic_answer *answer);
/* 1 if it is a pass that took account of all that the request asked for, and its evidence fits; else 0. */
MPIC_API int mpic_answer_corroborates(const struct mpic_answer *answer);
/* "dns_servfail", …; NULL where the answer has none. */
MPIC_API const char *mpic_answer_problem(const struct mpic_answer *answer);
/* The sentence for people; NULL where the answer has none. Outside data, ready to show. */
MPIC_API const char *mpic_answer_reason(const struct mpic_answer *answer);
/* How its evidence contradicts its yes, for people; NULL: it does not. */
MPIC_API const char *mpic_answer_contradiction(const struct mpic_answer *answer);
/* As the library understood it, as JSON; what it does not know is left out. */
MPIC_API const char *mpic_answer_json(const struct mpic_answer *answer, size_t *length);

#ifdef __cplusplus
}
#endif

#endif
