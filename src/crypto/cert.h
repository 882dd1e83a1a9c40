/* What a rule needs to know of a certificate, read out of its DER by OpenSSL; no judgement here. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* All bytes and texts live in the arena. */
struct cert_facts {
    const char *common_name;    /* the first of the subject, fit to show; NULL if it has none */
    bool issuer_equals_subject; /* byte for byte, as encoded */
    bool own_key_verifies_signature;
    const char *duplicate_extension; /* dotted OID of an extension that occurs twice, or NULL */
    bool has_san;                    /* subjectAltName, RFC 5280 section 4.2.1.6 */
    struct bytes san;                /* extension value, unread: DER of GeneralNames, one hopes */
    bool has_acme_identifier;        /* id-pe-acmeIdentifier, RFC 8737 section 3 */
    bool acme_identifier_is_critical;
    struct bytes acme_identifier; /* extension value, unread */
};

/*
 * False if `der` is not one X.509 certificate and nothing else, or one that crypto/cert_cost.h refuses; `out`
 * is then empty. Of an extension
 * that occurs twice the first is kept. OpenSSL's error queue is left empty.
 */
bool cert_facts_read(struct bytes der, struct arena *arena, struct cert_facts *out);
