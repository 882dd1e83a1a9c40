/* What went wrong with a call. What the world answers to a check is no error but a verdict. */
#ifndef MPIC_ERROR_H
#define MPIC_ERROR_H

#include <mpic/version.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mpic_error_code {
    MPIC_ERROR_NONE = 0,
    MPIC_ERROR_MISUSE =
        1, /* a call that its description forbids: NULL, a size of 0, out of range */
    MPIC_ERROR_REQUEST = 2,  /* the request breaks a rule: mpic_error_json() says which */
    MPIC_ERROR_SETTINGS = 3, /* the settings of a coordinator cannot be used */
    MPIC_ERROR_ANSWER = 4    /* what came is no answer to that request */
};

struct mpic_error;

/* NULL is no error: its code is MPIC_ERROR_NONE. */
MPIC_API enum mpic_error_code mpic_error_code(const struct mpic_error *error);
/* For people: one line or, of a request, a line for each rule; without a final line feed. Never NULL. */
MPIC_API const char *mpic_error_text(const struct mpic_error *error);
/* Of MPIC_ERROR_REQUEST: the body that mpicd sends with HTTP status 400, as JSON; NULL of others. `length` may be
 * NULL. */
MPIC_API const char *mpic_error_json(const struct mpic_error *error, size_t *length);
MPIC_API void mpic_error_free(struct mpic_error *error);

#ifdef __cplusplus
}
#endif

#endif
