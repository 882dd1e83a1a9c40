/*
 * Does the TLS handshake of a TLS-ALPN-01 check prove control? (RFC 8737 section 3, RFC 8738
 * section 6, BR 3.2.2.4.20). Pure: over what the handshake gave and the facts of the certificate.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/method/check.h"
#include "core/names/target.h"

#include <stdbool.h>
#include <stddef.h>

struct cert_facts; /* crypto/cert.h */

#define TLS_ALPN_PROTOCOL "acme-tls/1" /* RFC 8737 section 6.2 */

struct tls_alpn_query {
    const struct target *target;        /* no wildcard */
    const char *key_authorization_hash; /* 64 hexadecimal digits, checked before */
    struct bytes alpn;                  /* what the server selected; empty: nothing */
    const struct cert_facts *facts;     /* NULL: no certificate came, or it does not parse */
};

/*
 * Problems in the order of the rules; none: it proves control. The protocol, a certificate that can
 * be read, no extension twice, self-signed, both extensions there: of these the first failure is the
 * only one. What is wrong in the two extensions is listed completely. The digest is compared if
 * nothing else is wrong.
 */
struct tls_alpn_judgement {
    struct tls_alpn_fault {
        enum problem problem;
        const char *text; /* for people, in the words of the reference where it has some */
    } faults[4];
    size_t fault_count;
    struct strv san;         /* names seen, as text: "DNS:a.example", "IP:192.0.2.1"; up to
                                LIMIT_REPORTED_RECORDS; absent if there is no SAN that can be read */
    const char *digest_seen; /* hexadecimal; NULL if there is none */
};

struct tls_alpn_judgement tls_alpn_judge(const struct tls_alpn_query *query, struct arena *arena);
/* SNI for the target: the name, or the reverse name of an address (RFC 8738 section 6). */
const char *tls_alpn_sni(const struct target *target, struct arena *arena);
