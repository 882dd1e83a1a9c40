/*
 * What a TLS server may cost a client of ours: the one place for net/tls.c and net/fetch_transfer.c,
 * and for nobody else. A server chooses its groups, keys and certificates, and the arithmetic runs on
 * the loop; so what it may choose from is bounded before OpenSSL computes anything:
 *  - no finite-field Diffie-Hellman at all (a modulus of 10,000 bits takes a second), and the groups
 *    X25519, P-256, P-384 and, where OpenSSL has it, X25519MLKEM768;
 *  - every certificate of the chain has a price that crypto/cert_cost.h accepts, there are at most
 *    TLS_GUARD_CERTIFICATES of them, and 64 KiB in all;
 *  - no renegotiation, no compression, neither of records nor of certificates.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TLS_GUARD_CERTIFICATES = 16,
    TLS_GUARD_CHAIN_BYTES = 64 * 1024,
};

/* What became of one handshake; zero to begin with. */
struct tls_guard {
    unsigned holders; /* of one by tls_guard_share() */
    /* Why the server's certificates were kept from OpenSSL, for people; "": they were not. */
    char refusal[160];
    /* The alerts that came and went last, RFC 8446 section 6; 0: none (close_notify is none here). */
    uint8_t alert_received, alert_sent;
};

enum { TLS_GUARD_ALERT_NO_APPLICATION_PROTOCOL = 120 };

/* Of an SSL_CTX *, for all its handshakes. False: OpenSSL refuses. */
bool tls_guard_set(void *ssl_ctx) MUST_CHECK;
/* For this SSL *, whose owner owns `guard`, too: it is there until the SSL is freed. */
void tls_guard_watch(void *ssl, struct tls_guard *guard);
/* For an SSL_CTX * with one handshake that somebody else owns, and frees when he likes: the caller and the
 * context hold the result together, and the caller says tls_guard_release(). */
struct tls_guard *tls_guard_share(void *ssl_ctx);
/* NULL is fine. */
void tls_guard_release(struct tls_guard *guard);

/* Why a handshake failed, for people, in the words of the RFCs and none of the library's; NULL: that is not
 * known. Lives as long as `guard`. */
const char *tls_guard_explain(const struct tls_guard *guard);
