/*
 * Which question an answer belongs to. Every question to a perspective bears a fresh nonce, and is
 * known by the SHA-256 of its body; the perspective puts both, with its code, into the answer. So an
 * answer that a late byte, a proxy or a mixed-up connection brings to another question corroborates
 * nothing (BR 3.2.2.9: the perspectives corroborate the determination that is to be made).
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/method/check.h"

#include <stdbool.h>
#include <stdint.h>

#define BINDING_NONCE_BYTES  16 /* 128 bits: nobody meets one by chance */
#define BINDING_NONCE_HEADER "Mpic-Nonce"

/* The nonce as text, of bytes that nobody can foretell: 32 lower-case hexadecimal digits. */
const char *binding_nonce(struct arena *arena, const uint8_t random[BINDING_NONCE_BYTES]);
bool binding_nonce_is(const char *text);
/* The SHA-256 of a body as it went over the wire: 64 lower-case hexadecimal digits. */
const char *binding_digest(struct arena *arena, struct bytes body);

/*
 * NULL if an answer with `seen`, which names the perspective `seen_code`, is that of perspective
 * `code` to the question that `asked` stands for; otherwise why not, in words.
 */
const char *binding_fault(const struct answer_binding *asked, const char *code,
                          const struct answer_binding *seen, const char *seen_code);
