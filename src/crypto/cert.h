/* What a rule needs to know of a certificate, read out of its DER by OpenSSL; no judgement here. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* All bytes are borrowed from the arena. */
struct cert_facts {
    const char *common_name;    /* of the subject, escaped; NULL if it has none */
    bool issuer_equals_subject; /* in DER */
    bool own_key_verifies_signature;
    const char *duplicate_extension; /* dotted OID of an extension that occurs twice, or NULL */
    bool has_san;
    struct bytes san;         /* extension value: DER of GeneralNames */
    bool has_acme_identifier; /* 1.3.6.1.5.5.7.1.31 */
    bool acme_identifier_is_critical;
    struct bytes acme_identifier; /* extension value: DER */
};

/* False if `der` is not exactly one certificate. */
bool cert_facts_read(struct bytes der, struct arena *arena, struct cert_facts *out);
