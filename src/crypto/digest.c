#include "crypto/digest.h"

#include "base/str.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

static void digest(const EVP_MD *md, struct bytes data, uint8_t *out)
{
    if (EVP_Digest(data.n ? data.p : (const uint8_t *)"", data.n, out, NULL, md, NULL) != 1)
        abort(); /* out of memory, or an OpenSSL without SHA */
}

void sha256(struct bytes data, uint8_t out[SHA256_BYTES])
{
    digest(EVP_sha256(), data, out);
}

void sha1(struct bytes data, uint8_t out[SHA1_BYTES])
{
    digest(EVP_sha1(), data, out);
}

void hmac_sha256(struct bytes key, struct bytes data, uint8_t out[SHA256_BYTES])
{
    unsigned length = 0;
    if (!HMAC(EVP_sha256(), key.n ? key.p : (const uint8_t *)"", (int)key.n,
              data.n ? data.p : (const uint8_t *)"", data.n, out, &length))
        abort();
}

const char *hex_format(struct arena *arena, struct bytes data)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, data.n * 2 + 1);
    for (size_t i = 0; i < data.n; i++) {
        text[2 * i] = digits[data.p[i] >> 4];
        text[2 * i + 1] = digits[data.p[i] & 15];
    }
    return text;
}

static int hex_value(char c)
{
    c = ascii_lower(c);
    return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_parse(const char *text, uint8_t *out, size_t n)
{
    if (strlen(text) != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

const char *base64_format(struct arena *arena, struct bytes data)
{
    char *text = arena_alloc(arena, (data.n + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)text, data.n ? data.p : (const uint8_t *)"", (int)data.n);
    return text;
}

bool base64_parse(struct arena *arena, const char *text, struct bytes *data)
{
    size_t length = strlen(text);
    if (length % 4 != 0 || length > INT_MAX)
        return false;
    uint8_t *out = arena_alloc(arena, length / 4 * 3 + 1);
    size_t padding =
        length == 0 ? 0 : (size_t)(text[length - 1] == '=') + (text[length - 2] == '=');
    int n = length == 0 ? 0 : EVP_DecodeBlock(out, (const unsigned char *)text, (int)length);
    if (n < 0 || (size_t)n < padding)
        return false;
    *data = (struct bytes){out, (size_t)n - padding};
    /* The library skips blanks, and takes stray bits: one spelling only. */
    return strcmp(base64_format(arena, *data), text) == 0;
}

const char *base32_format(struct arena *arena, struct bytes data)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    char *text = arena_alloc(arena, (data.n * 8 + 4) / 5 + 1);
    uint32_t window = 0;
    unsigned bits = 0;
    size_t at = 0;
    for (size_t i = 0; i < data.n; i++) {
        window = window << 8 | data.p[i];
        for (bits += 8; bits >= 5; bits -= 5)
            text[at++] = alphabet[window >> (bits - 5) & 31];
    }
    if (bits)
        text[at++] = alphabet[window << (5 - bits) & 31];
    return text;
}

size_t base32hex_parse(const char *text, size_t length, uint8_t *out, size_t max)
{
    uint32_t window = 0;
    unsigned bits = 0;
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        char c = ascii_lower(text[i]);
        int value = ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
        if (value < 0)
            return 0;
        window = window << 5 | (uint32_t)value;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            if (at == max)
                return 0;
            out[at++] = (uint8_t)(window >> bits);
        }
    }
    /* One text per value: no character too many, and no bits set that are not data (RFC 4648
     * section 3.5). */
    bool exact = bits < 5 && (window & ((1u << bits) - 1)) == 0;
    return exact ? at : 0;
}

const char *crypto_library_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
