/*
 * net/tls.h with scripted handshakes, for flow tests: linked in place of src/net/tls.c.
 *
 *     struct fake_handshake *h = fake_tls_handshake("192.0.2.1");
 *     fake_handshake_certificate(h, der);
 *     h->delay_ms = 200;
 *
 * says what a handshake with that address (NULL: any other) gets, until fake_tls_reset(). Scripts
 * live as long as that; tls_new() and tls_free() do not touch them. Several scripts of the same
 * address are used in the order they were made, each once, the last one for ever. An address
 * without a script gets PEER_LOCAL, so that no test passes by oversight. What comes after a deadline
 * is a timeout, as with the real adapter.
 */
#pragma once

#include "net/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* connect_ms or delay_ms of something that never happens. */
#define FAKE_TLS_NEVER UINT64_MAX

/* At first: PEER_OK, TLSv1.3, the offered protocol selected, an empty certificate, at once. Change
 * members directly. */
struct fake_handshake {
    enum peer_status status;
    const char *error_text; /* not copied; NULL: a fixed text where status is not PEER_OK */
    bool alpn_refused;
    const char *version; /* not copied */
    uint64_t connect_ms; /* until there is a TCP connection: before it, connect timeout */
    uint64_t delay_ms;   /* from the connection to the end: before it, read timeout */

    /* Private. */
    char *address;
    bool has_alpn;
    struct bytes alpn;
    struct bytes certificate;
    size_t used;
    struct fake_handshake *next;
};

/* Forgets all scripts and recorded requests. Call it in the setup of each test. */
void fake_tls_reset(void);
struct fake_handshake *fake_tls_handshake(const char *address);
/* What the server selects in place of what was offered; empty: nothing. Copied. */
void fake_handshake_alpn(struct fake_handshake *handshake, struct bytes alpn);
/* DER. Copied. */
void fake_handshake_certificate(struct fake_handshake *handshake, struct bytes certificate);

/* The requests, oldest first, of all `struct tls` (NULL) or of one; they live until
 * fake_tls_reset(). */
struct fake_tls_record {
    const struct tls *tls;
    struct tls_request request; /* its texts are copies */
    uint64_t at_ms;
    uint64_t deadline_ms;
    bool delivered;
    bool cancelled;
};
size_t fake_tls_request_count(const struct tls *tls);
const struct fake_tls_record *fake_tls_request(const struct tls *tls, size_t index);
/* Jobs that neither delivered nor were cancelled. tls_free() asserts that there are none. */
size_t fake_tls_pending(const struct tls *tls);
