/* Certificates for tests: what a real issuer would never make included. A failure of OpenSSL ends
 * the process. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* Literal bytes that may hold NUL. */
#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

#define OID_SAN             "2.5.29.17"
#define OID_ACME_IDENTIFIER "1.3.6.1.5.5.7.1.31"

struct cert_extension {
    const char *oid; /* NULL ends the list */
    bool critical;
    struct bytes value; /* of the extension; need be no DER */
};

#define CERT_EXTENSIONS_MAX 6

struct cert_spec {
    const char *subject; /* common name; NULL: an empty name */
    const char *issuer;  /* likewise; ignored unless has_other_issuer */
    bool has_other_issuer;
    bool subject_is_teletex; /* its bytes as T61String, which may hold any */
    bool signed_by_other_key;
    bool breaks_signature; /* its last byte is changed */
    struct cert_extension extensions[CERT_EXTENSIONS_MAX + 1];
};

/* DER in the arena. */
struct bytes make_cert(const struct cert_spec *spec, struct arena *arena);
