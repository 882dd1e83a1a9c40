#include "support/make_cert.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

static void must(bool done)
{
    if (!done)
        abort();
}

static X509_NAME *name_of(const char *common_name, int type)
{
    X509_NAME *name = X509_NAME_new();
    if (common_name)
        must(X509_NAME_add_entry_by_txt(name, "CN", type, (const unsigned char *)common_name, -1,
                                        -1, 0));
    return name;
}

static void add_extension(X509 *certificate, const struct cert_extension *wanted)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(wanted->oid, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    must(ASN1_OCTET_STRING_set(value, wanted->value.p, (int)wanted->value.n));
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, oid, wanted->critical, value);
    must(X509_add_ext(certificate, extension, -1)); /* at the end, even if there is one already */
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static void fill(X509 *certificate, const struct cert_spec *spec, EVP_PKEY *key)
{
    int type = spec->subject_is_teletex ? V_ASN1_T61STRING : MBSTRING_UTF8;
    X509_NAME *subject = name_of(spec->subject, type);
    X509_NAME *issuer =
        spec->has_other_issuer ? name_of(spec->issuer, MBSTRING_UTF8) : X509_NAME_dup(subject);
    must(X509_set_version(certificate, X509_VERSION_3));
    must(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1));
    must(X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) != NULL);
    must(X509_gmtime_adj(X509_getm_notAfter(certificate), DAY_S) != NULL);
    must(X509_set_subject_name(certificate, subject));
    must(X509_set_issuer_name(certificate, issuer));
    must(X509_set_pubkey(certificate, key));
    for (size_t i = 0; spec->extensions[i].oid; i++)
        add_extension(certificate, &spec->extensions[i]);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
}

struct bytes make_cert(const struct cert_spec *spec, struct arena *arena)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY *signing_key = spec->signed_by_other_key ? EVP_EC_gen("P-256") : key;
    X509 *certificate = X509_new();
    must(key && signing_key && certificate);
    fill(certificate, spec, key);
    must(X509_sign(certificate, signing_key, EVP_sha256()) > 0);
    unsigned char *der = NULL;
    int length = i2d_X509(certificate, &der);
    must(length > 0);
    if (spec->breaks_signature)
        der[length - 1] ^= 1;
    struct bytes made = arena_bytes(arena, (struct bytes){der, (size_t)length});
    OPENSSL_free(der);
    X509_free(certificate);
    if (signing_key != key)
        EVP_PKEY_free(signing_key);
    EVP_PKEY_free(key);
    return made;
}
