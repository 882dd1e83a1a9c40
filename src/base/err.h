/*
 * An error: our own call failed. Not to be confused with a verdict (core/method/verdict.h), which says
 * what the world told us. Fallible functions return bool and take `struct err *err` last; false if
 * and only if `err` is set.
 */
#pragma once

#include <stdbool.h>

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a), nonnull(f)))

enum err_code {
    ERR_NONE = 0,
    ERR_PARSE,  /* bytes that do not follow their grammar */
    ERR_RANGE,  /* well formed, but a value that is not allowed */
    ERR_LIMIT,  /* larger than base/limits.h or the configuration allows */
    ERR_IO,     /* the operating system or a library refused */
    ERR_CONFIG, /* a mistake of the operator */
};

/* `text` is for people: one line, printable, without a final full stop or line feed. */
struct err {
    enum err_code code;
    char text[240];
};

/* Fills `err` (cut at its size, on a UTF-8 character border) and returns false, so that a failure
 * is one statement: `return err_set(…)`. The old text may be among the arguments. */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts context before the text: "reading secret: No such file". Returns false, as err_set(). */
bool err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
