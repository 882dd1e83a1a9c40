/* What the files of libmpic share. Private to them: the public headers are include/mpic. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "core/corroboration/cohort.h"
#include "core/corroboration/mpic.h"
#include "core/corroboration/settings.h"

#include <mpic/mpic.h>
#include <stdbool.h>
#include <stddef.h>

struct wire_issues;

/* --- errors ---------------------------------------------------------------------------------- */

/* Sets `*error`, if the caller wants one, and returns false. */
bool error_set(struct mpic_error **error, enum mpic_error_code code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* MPIC_ERROR_REQUEST, as the issues say. */
bool error_set_issues(struct mpic_error **error, const struct wire_issues *issues);

/* --- structs of the caller --------------------------------------------------------------------- */

/*
 * Copies what the caller filled in into a struct of ours, of `size` bytes, which begins with its size. False for NULL,
 * for a size that no version of that struct had, and for members that only a later version knows, unless they are
 * zero: what is not understood is not passed over.
 */
bool fields_take(void *own, size_t size, const void *given);
/* NULL, or UTF-8. */
bool text_is_good(const char *text);

/* --- objects ----------------------------------------------------------------------------------- */

/* The public struct mpic_request is the first member of this. */
struct owned_request {
    struct mpic_request request;
    struct arena *arena;
    struct bytes json;
};

struct mpic_coordinator {
    struct arena *arena;
    struct coordinator_settings settings;
    struct cohort_pool *pool;
};

/* The place of a code among the perspectives; SIZE_MAX if there is none. */
size_t coordinator_find(const struct mpic_coordinator *coordinator, const char *code);

/* A buffer as text in the arena; the buffer is cleared. */
struct bytes bytes_take(struct arena *arena, struct buf *buf);
/* For the functions that return text. */
const char *text_of(struct bytes text, size_t *length);
