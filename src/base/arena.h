/*
 * Memory with the life of one request: everything is allocated from an arena and freed at once.
 * Things with a descriptor, a library handle or a timer are never in an arena. Allocation never
 * fails (see base/mem.h). Memory is zeroed and aligned for any type.
 */
#pragma once

#include "base/bytes.h"
#include "base/err.h"
#include "base/strv.h"

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
/* Array of `count` zeroed elements; aborts on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Copies; NULL gives NULL. arena_strndup() copies up to a NUL or `n` bytes. */
char *arena_strdup(struct arena *arena, const char *s);
char *arena_strndup(struct arena *arena, const char *s, size_t n);
/* A copy whose `p` is never NULL and has a NUL after its last byte. */
struct bytes arena_bytes(struct arena *arena, struct bytes b);
struct strv arena_strv(struct arena *arena, struct strv v);
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
/* Bytes asked for since arena_new(), for tests and limits. */
size_t arena_used(const struct arena *arena);
