/*
 * A sticky-error reader of bytes: after the first read beyond the end each further read gives zero
 * and changes nothing. Check cursor_ok() (nothing went wrong) or cursor_done() (and nothing is
 * left) once, at the end.
 */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
    struct bytes all;
    size_t at;
    bool failed;
};

struct cursor cursor_of(struct bytes all);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c); /* network byte order */
uint32_t cursor_u32(struct cursor *c); /* network byte order */
/* The next `n` bytes, borrowed from what the cursor reads; all of them or, with an error, none. */
struct bytes cursor_take(struct cursor *c, size_t n);
struct bytes cursor_rest(struct cursor *c);
/* Goes to byte `at` of the whole; its end is allowed, anything beyond is an error. */
void cursor_seek(struct cursor *c, size_t at);
/* For what the reader of the fields finds wrong: as if it had read beyond the end. */
void cursor_fail(struct cursor *c);
size_t cursor_left(const struct cursor *c);
bool cursor_ok(const struct cursor *c);
bool cursor_done(const struct cursor *c);
