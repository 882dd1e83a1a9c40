/*
 * What a certificate may cost, told from its bytes alone, before a library reads them: parsing does
 * arithmetic. A curve that a certificate of 600 bytes describes itself, with its points compressed,
 * takes OpenSSL a quarter of a second; a chain of them, minutes.
 */
#pragma once

#include "base/bytes.h"

enum {
    CERT_COST_BYTES = 16 * 1024,      /* of one certificate; a usual one has 1 to 2 KiB */
    CERT_COST_RSA_BITS = 8192,        /* verifying grows with the square */
    CERT_COST_RSA_EXPONENT_BITS = 64, /* and with this; 65537 has 17 */
};

/*
 * NULL if all that OpenSSL does with the certificate (reading it, and verifying one signature with its
 * key) stays far below 20 ms; else why it must not be given to OpenSSL, in words that can follow "the
 * certificate ". Accepted are RSA and RSA-PSS within the bounds above, EC on a named curve (RFC 5480
 * section 2.1.1 knows no other), Ed25519, Ed448 and ML-DSA. The signature and everything else that has
 * no price is not looked at.
 */
const char *cert_cost_refusal(struct bytes der);
