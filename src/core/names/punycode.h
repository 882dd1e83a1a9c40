/*
 * Punycode (RFC 3492): an international label as ASCII, here without the prefix "xn--". libidn2
 * has it too, but exports it under private names only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes into at most `max` code points. False if the text is no Punycode, is longer, or stands
 * for something that is no Unicode scalar value. Letters keep their case.
 */
bool punycode_decode(const char *text, size_t length, uint32_t *points, size_t max, size_t *count);
#define PUNYCODE_POINTS_MAX 1024 /* far above what fits a label */
/* Encodes at most PUNYCODE_POINTS_MAX code points into at most `max` characters, the last of them a
 * NUL, with digits in lower case. False if either does not suffice. */
bool punycode_encode(const uint32_t *points, size_t count, char *text, size_t max);
