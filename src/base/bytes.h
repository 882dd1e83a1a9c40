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
bool bytes_contain(struct bytes haystack, struct bytes needle);
bool bytes_contain_nocase(struct bytes haystack, struct bytes needle);
/* True if all is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF). */
bool bytes_is_utf8(struct bytes b);
