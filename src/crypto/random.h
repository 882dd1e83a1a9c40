/* Randomness: an input, so not for the core. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* For nonces: from the system's generator, through libcrypto's, whose failure ends the process. */
void random_bytes(uint8_t *out, size_t n);
