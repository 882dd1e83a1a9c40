/* Text: ASCII case, escaping of outside bytes. No locale plays a part anywhere. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

char ascii_lower(char c);
bool ascii_is_alnum(char c);
bool ascii_is_digit(char c);
bool str_eq(const char *a, const char *b); /* NULL equals NULL only */
bool str_eq_nocase(const char *a, const char *b);
bool str_starts_with(const char *s, const char *prefix);
bool str_ends_with(const char *s, const char *suffix);

/*
 * Makes outside bytes safe to show: printable ASCII stays, `"` and `\` get a backslash, everything
 * else becomes \DDD (three decimal digits, RFC 1035 section 5.1). The result is at most `max_bytes`
 * of input long; "..." is appended where something was cut.
 */
const char *str_escape(struct arena *arena, struct bytes b, size_t max_bytes);

/*
 * The bytes, in the arena, that stand in `text` with such escapes: `\X` for X, `\DDD` for the octet of that
 * number; false for an escape that is cut or is no octet's. All else stands for itself, quotes too.
 */
bool str_unescape(struct arena *arena, struct bytes text, struct bytes *out) MUST_CHECK;

/*
 * str_escape() without an arena, for the text of an error: at most 100 characters of the result,
 * then "..." where something was cut. Returns `shown`.
 */
#define STR_SHOWN_MAX 104
const char *str_show(char shown[STR_SHOWN_MAX], struct bytes b);

/*
 * Outside bytes for a JSON report: unchanged if they are UTF-8 without control characters (C0, DEL,
 * C1), else as str_escape(). At most `max_bytes` of them, cut on a character border; "..." is
 * appended where something was cut. The result is always UTF-8 (RFC 8259 section 8.1).
 */
const char *str_report(struct arena *arena, struct bytes b, size_t max_bytes);
