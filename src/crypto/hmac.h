/* HMAC-SHA-256 (RFC 2104) with a key that is prepared once and used often: preparing it costs more
 * than using it. Failures of the library end the process. */
#pragma once

#include "base/bytes.h"
#include "crypto/digest.h"

#include <stddef.h>
#include <stdint.h>

/* Immutable: any number of threads may use it at once. Holds a copy of the key. */
struct hmac_key;

struct hmac_key *hmac_key_new(struct bytes key);
void hmac_key_free(struct hmac_key *key);

/* out[i] = HMAC-SHA-256(key, prefix ‖ suffixes[i]), for `count` suffixes. */
void hmac_sha256_each(const struct hmac_key *key, struct bytes prefix, const struct bytes *suffixes,
                      size_t count, uint8_t (*out)[SHA256_BYTES]);
