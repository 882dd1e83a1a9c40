/* Digests, HMAC and encodings, over OpenSSL's libcrypto. Failures of the library end the process.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA1_BYTES   20

void sha256(struct bytes data, uint8_t out[SHA256_BYTES]);
/* For NSEC3 owner hashes only (RFC 5155 section 5). */
void sha1(struct bytes data, uint8_t out[SHA1_BYTES]);
void hmac_sha256(struct bytes key, struct bytes data, uint8_t out[SHA256_BYTES]);

const char *hex_format(struct arena *arena, struct bytes data);
/* Exactly `n` bytes from 2n hexadecimal digits of any case; nothing else is accepted. */
bool hex_parse(const char *text, uint8_t *out, size_t n);
const char *base64_format(struct arena *arena, struct bytes data); /* RFC 4648 section 4, padded */
/* The bytes, in the arena, of which base64_format() makes `text`; false for any other text. */
bool base64_parse(struct arena *arena, const char *text, struct bytes *data) MUST_CHECK;
/* Unpadded lower-case base32 (RFC 4648 section 6). */
const char *base32_format(struct arena *arena, struct bytes data);
/*
 * Decodes unpadded base32hex of upper or lower case (RFC 4648 section 7), as in NSEC3 owner names.
 * Returns the number of bytes, or 0 if it is none, is empty, or does not fit `max`; what `out` then
 * holds is of no use.
 */
size_t base32hex_parse(const char *text, size_t length, uint8_t *out, size_t max);

const char *crypto_library_version(void);
