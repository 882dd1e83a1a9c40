#include "crypto/cert.h"

#include "base/str.h"
#include "crypto/cert_cost.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define COMMON_NAME_BYTES 512 /* RFC 5280 allows 64 characters */
#define OID_TEXT_BYTES    128

static const uint8_t san_oid[] = {0x55, 0x1D, 0x11}; /* 2.5.29.17 */
static const uint8_t acme_oid[] = {0x2B, 0x06, 0x01, 0x05,
                                   0x05, 0x07, 0x01, 0x1F}; /* …5.5.7.1.31 */

/* --- the names and the signature ------------------------------------------------------------ */

static const char *common_name_of(X509 *certificate, struct arena *arena)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0)
        return NULL;
    unsigned char *text = NULL;
    int length =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (length < 0)
        return NULL; /* a string that is none of its type */
    const char *name = str_report(arena, (struct bytes){text, (size_t)length}, COMMON_NAME_BYTES);
    OPENSSL_free(text);
    return name;
}

static struct bytes der_of_name(X509_NAME *name)
{
    const unsigned char *der = NULL;
    size_t length = 0;
    if (X509_NAME_get0_der(name, &der, &length) != 1)
        abort(); /* out of memory */
    return (struct bytes){der, length};
}

static bool issuer_equals_subject(X509 *certificate)
{
    return bytes_eq(der_of_name(X509_get_subject_name(certificate)),
                    der_of_name(X509_get_issuer_name(certificate)));
}

static bool own_key_verifies_signature(X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    return key && X509_verify(certificate, key) == 1;
}

/* --- the extensions -------------------------------------------------------------------------- */

static struct bytes oid_of(const X509_EXTENSION *extension)
{
    const ASN1_OBJECT *object = X509_EXTENSION_get_object((X509_EXTENSION *)extension);
    return (struct bytes){OBJ_get0_data(object), OBJ_length(object)};
}

static struct bytes value_of(const X509_EXTENSION *extension, struct arena *arena)
{
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data((X509_EXTENSION *)extension);
    return arena_bytes(
        arena, (struct bytes){ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)});
}

static int compare_oids(const void *a, const void *b)
{
    const X509_EXTENSION *const *first = a, *const *second = b;
    struct bytes x = oid_of(*first), y = oid_of(*second);
    if (x.n != y.n)
        return x.n < y.n ? -1 : 1;
    return x.n ? memcmp(x.p, y.p, x.n) : 0;
}

/* Sorted, because there may be thousands, and comparing each to each would take seconds. */
static const char *duplicate_of(const X509_EXTENSION **sorted, size_t count, struct arena *arena)
{
    qsort(sorted, count, sizeof(*sorted), compare_oids);
    for (size_t i = 1; i < count; i++) {
        if (compare_oids(&sorted[i - 1], &sorted[i]) != 0)
            continue;
        char text[OID_TEXT_BYTES];
        OBJ_obj2txt(text, sizeof text, X509_EXTENSION_get_object((X509_EXTENSION *)sorted[i]), 1);
        return arena_strdup(arena, text);
    }
    return NULL;
}

static void read_extensions(X509 *certificate, struct arena *arena, struct cert_facts *out)
{
    int count = X509_get_ext_count(certificate);
    const X509_EXTENSION **all = arena_array(arena, (size_t)(count > 0 ? count : 1), sizeof(*all));
    for (int i = 0; i < count; i++) {
        const X509_EXTENSION *extension = all[i] = X509_get_ext(certificate, i);
        struct bytes oid = oid_of(extension);
        if (!out->has_san && bytes_eq(oid, (struct bytes){san_oid, sizeof san_oid})) {
            out->has_san = true;
            out->san = value_of(extension, arena);
        }
        if (!out->has_acme_identifier && bytes_eq(oid, (struct bytes){acme_oid, sizeof acme_oid})) {
            out->has_acme_identifier = true;
            out->acme_identifier_is_critical = X509_EXTENSION_get_critical(extension) == 1;
            out->acme_identifier = value_of(extension, arena);
        }
    }
    out->duplicate_extension = duplicate_of(all, (size_t)(count > 0 ? count : 0), arena);
}

bool cert_facts_read(struct bytes der, struct arena *arena, struct cert_facts *out)
{
    *out = (struct cert_facts){0};
    if (cert_cost_refusal(der))
        return false;
    const unsigned char *at = der.p;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.n);
    bool is_one = certificate && at == der.p + der.n;
    if (is_one) {
        out->common_name = common_name_of(certificate, arena);
        out->issuer_equals_subject = issuer_equals_subject(certificate);
        out->own_key_verifies_signature = own_key_verifies_signature(certificate);
        read_extensions(certificate, arena, out);
    }
    X509_free(certificate);
    /* A stale queue would make a later call of the same thread look failed. */
    ERR_clear_error();
    return is_one;
}
