/*
 * A TLS server on 127.0.0.1 with a self-signed certificate, in a thread: it shakes hands with each
 * client as it is told, reads until the client leaves, and records what the client showed.
 */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_peer_settings {
    int min_version, max_version; /* of OpenSSL; 0: all */
    const char *alpn;             /* selects this, offered or not; NULL: nothing */
    bool refuse_alpn;             /* alert no_application_protocol */
    bool weak_key;                /* RSA with 1024 bits in place of P-256 */
    const char *ciphers, *groups; /* of OpenSSL; NULL: all */
    unsigned chain_certificates;  /* more of them after its own */
};

/* What the clients showed; the last one, where there is no count. */
struct tls_peer_seen {
    unsigned clients;
    unsigned handshakes; /* complete */
    unsigned resumptions;
    unsigned clean_ends; /* close_notify, no data before it */
    size_t data_bytes;
    char sni[256];
    uint8_t alpn[256]; /* the extension: list length, then the list */
    size_t alpn_size;
    bool has_session_ticket; /* the extension */
    int legacy_version, highest_version;
};

struct tls_peer;

struct tls_peer *tls_peer_start(const struct tls_peer_settings *settings);
uint16_t tls_peer_port(const struct tls_peer *peer);
/* DER; borrowed until tls_peer_stop(). */
struct bytes tls_peer_certificate(const struct tls_peer *peer);
/* Waits until no client is left. */
void tls_peer_stop(struct tls_peer *peer, struct tls_peer_seen *seen);
