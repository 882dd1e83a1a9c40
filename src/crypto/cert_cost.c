#include "crypto/cert_cost.h"

#include "base/cursor.h"
#include "base/der.h"

#define DER_INTEGER    0x02
#define DER_BIT_STRING 0x03
#define DER_OID        0x06

enum key_kind { KEY_RSA, KEY_EC, KEY_OF_ONE_SIZE };

/* Object identifiers of the algorithms of keys, as they are encoded. */
static const struct key_algorithm {
    struct bytes oid;
    enum key_kind kind;
} algorithms[] = {
#define OID(...)                                                                                   \
    {                                                                                              \
        (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})                     \
    }
    {OID(0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1), KEY_RSA},      /* RFC 8017 */
    {OID(0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10), KEY_RSA},     /* RSASSA-PSS, RFC 8017 */
    {OID(0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1), KEY_EC},                /* RFC 5480 */
    {OID(0x2B, 0x65, 0x70), KEY_OF_ONE_SIZE},                         /* Ed25519, RFC 8410 */
    {OID(0x2B, 0x65, 0x71), KEY_OF_ONE_SIZE},                         /* Ed448, RFC 8410 */
    {OID(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x11), KEY_OF_ONE_SIZE}, /* ML-DSA, RFC 9881 */
    {OID(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x12), KEY_OF_ONE_SIZE},
    {OID(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x13), KEY_OF_ONE_SIZE},
#undef OID
};

static struct bytes take(struct cursor *cursor, uint8_t tag)
{
    struct der element = der_take(cursor);
    if (element.tag != tag)
        cursor_fail(cursor);
    return element.value;
}

/* Of a positive number; 0 of a negative or empty one. */
static size_t bits_of(struct bytes number)
{
    while (number.n && number.p[0] == 0)
        number = (struct bytes){number.p + 1, number.n - 1};
    return number.n * 8;
}

static const char *rsa_refusal(struct bytes bit_string)
{
    struct cursor cursor = cursor_of(bit_string);
    if (cursor_u8(&cursor) != 0) /* unused bits */
        cursor_fail(&cursor);
    struct cursor key = cursor_of(take(&cursor, DER_SEQUENCE));
    struct bytes modulus = take(&key, DER_INTEGER);
    struct bytes exponent = take(&key, DER_INTEGER);
    if (!cursor_ok(&cursor) || !cursor_ok(&key))
        return "has an RSA key that is none";
    if (bits_of(modulus) > CERT_COST_RSA_BITS)
        return "has an RSA key of more than 8192 bits";
    if (bits_of(exponent) > CERT_COST_RSA_EXPONENT_BITS)
        return "has an RSA key with an exponent of more than 64 bits";
    return NULL;
}

/* The curve is named, or described: its parameters are chosen by who made the certificate. */
static const char *ec_refusal(struct cursor *algorithm)
{
    struct der curve = der_take(algorithm);
    if (curve.tag != DER_OID)
        return "has a key on a curve that it describes itself, in place of a named one";
    return NULL;
}

static const char *key_refusal(struct bytes key_info)
{
    struct cursor cursor = cursor_of(key_info);
    struct cursor algorithm = cursor_of(take(&cursor, DER_SEQUENCE));
    struct bytes oid = take(&algorithm, DER_OID);
    struct bytes key = take(&cursor, DER_BIT_STRING);
    if (!cursor_ok(&cursor) || !cursor_ok(&algorithm))
        return "is malformed: it has no key";
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        if (!bytes_eq(oid, algorithms[i].oid))
            continue;
        if (algorithms[i].kind == KEY_RSA)
            return rsa_refusal(key);
        return algorithms[i].kind == KEY_EC ? ec_refusal(&algorithm) : NULL;
    }
    return "has a key that is neither RSA, EC, EdDSA nor ML-DSA";
}

/* RFC 5280 section 4.1: version, serial number, signature, issuer, validity, subject, key, … */
const char *cert_cost_refusal(struct bytes der)
{
    if (der.n > CERT_COST_BYTES)
        return "has more than 16 KiB";
    struct cursor all = cursor_of(der);
    struct cursor certificate = cursor_of(take(&all, DER_SEQUENCE));
    struct cursor signed_part = cursor_of(take(&certificate, DER_SEQUENCE));
    struct der first = der_take(&signed_part);
    if (first.tag == DER_CONTEXT_CONSTRUCTED(0)) /* the version; without it, this was the number */
        der_take(&signed_part);
    for (int before_key = 0; before_key < 4; before_key++)
        take(&signed_part, DER_SEQUENCE);
    struct bytes key_info = take(&signed_part, DER_SEQUENCE);
    if (!cursor_ok(&all) || !cursor_ok(&certificate) || !cursor_ok(&signed_part))
        return "is malformed, or not in DER";
    return key_refusal(key_info);
}
