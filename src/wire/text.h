/* JSON values as text, appended to a buffer: compact, raw UTF-8 (RFC 8259 section 8.1). */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* Punctuation and other text that is JSON already. */
void text_put_raw(struct buf *out, const char *json);
/* A string in quotes; NULL gives null. Bytes that are not UTF-8 become U+FFFD: what we write is
 * always JSON. */
void text_put_string(struct buf *out, const char *s);
void text_put_bytes(struct buf *out, struct bytes s);
void text_put_int(struct buf *out, int64_t value);
void text_put_bool(struct buf *out, bool value);
/* `,` unless the last byte opened an object or an array; then `"name":`. */
void text_put_key(struct buf *out, const char *name);
/* `,` unless the last byte opened an array: before each item. */
void text_put_separator(struct buf *out);

/* The largest length up to `max` that does not cut a UTF-8 character of `s` in two. */
size_t text_cut(struct bytes s, size_t max);
/* The same for what takes up to `max` bytes as JSON, without its quotes. */
size_t text_fit(struct bytes s, size_t max);
