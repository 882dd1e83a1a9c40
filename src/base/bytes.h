/* Bytes with their length. Borrowed: whoever stores one says in a comment who outlives whom. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *p;
    size_t n;
};

/* The bytes of a C string without its NUL; NULL gives the empty bytes. */
struct bytes bytes_of(const char *s);
bool bytes_eq(struct bytes a, struct bytes b);
/* Equality that ignores the case of ASCII letters only. */
bool bytes_eq_nocase(struct bytes a, struct bytes b);
/*
 * Where `needle` begins in `haystack` for the first time, or SIZE_MAX; 0 for an empty one. In time that
 * grows with the two lengths, not with their product: both may come from outside.
 */
size_t bytes_find(struct bytes haystack, struct bytes needle);
/* The same, ignoring the case of ASCII letters. */
size_t bytes_find_nocase(struct bytes haystack, struct bytes needle);
bool bytes_contain(struct bytes haystack, struct bytes needle);
bool bytes_contain_nocase(struct bytes haystack, struct bytes needle);
/* True if all is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF). */
bool bytes_is_utf8(struct bytes b);
/* True if a C0 or C1 control character, DEL, or a control of the writing direction is in it; `b` is UTF-8. */
bool bytes_has_control(struct bytes b);
/* Where to cut `b` so that at most `max_bytes` stay and no UTF-8 character is split. Bytes that are
 * not UTF-8 are cut anywhere. */
size_t bytes_utf8_cut(struct bytes b, size_t max_bytes);
