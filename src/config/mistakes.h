/*
 * The mistakes and warnings of one configuration: collected while its files are read and judged, so
 * that the operator sees all of them in one run, then sorted by file and line and printed as
 * `FILE:LINE: key.path: what is wrong; how to mend it`.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Where something is wrong. All texts are borrowed from the arena of the mistakes. */
struct place {
    const char *file;
    size_t line;      /* from 1 */
    const char *path; /* "coordinator.perspectives[2].url"; "" for the file as a whole */
};

struct mistake;

struct mistakes {
    struct arena *arena;
    struct mistake *first, *last;
    size_t errors;
    size_t warnings;
};

/* Everything that is added lives in `arena`. */
void mistakes_init(struct mistakes *mistakes, struct arena *arena);

/* The configuration cannot be used. The text: what is wrong; how to mend it. Never a secret. */
void mistakes_add(struct mistakes *mistakes, struct place place, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* It can be used, but probably not as meant, or not for long. */
void mistakes_warn(struct mistakes *mistakes, struct place place, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

enum mistakes_part { MISTAKES_ALL, MISTAKES_WARNINGS };

/*
 * One line each, sorted by file in the order in which files were first complained about, then by
 * line. Warnings have "warning: " before their path.
 */
void mistakes_format(const struct mistakes *mistakes, enum mistakes_part part, struct buf *out);

/* Calls `fn` for each warning, in the same order, with the line that would be printed. */
typedef void mistakes_fn(const char *line, void *arg);
void mistakes_each_warning(const struct mistakes *mistakes, mistakes_fn *fn, void *arg);
