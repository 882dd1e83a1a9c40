#include "crypto/hmac.h"

#include "base/mem.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

struct hmac_key {
    EVP_MAC_CTX *prepared; /* initialised with the key, and never updated */
};

struct hmac_key *hmac_key_new(struct bytes key)
{
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    struct hmac_key *made = xcalloc(1, sizeof *made);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    made->prepared = mac ? EVP_MAC_CTX_new(mac) : NULL;
    /* A NULL key would mean "the key that was set before", hence the address for an empty one. */
    if (!made->prepared ||
        EVP_MAC_init(made->prepared, key.n ? key.p : (const uint8_t *)"", key.n, parameters) != 1)
        abort();       /* out of memory, or an OpenSSL without HMAC */
    EVP_MAC_free(mac); /* the context holds a reference of its own */
    return made;
}

void hmac_key_free(struct hmac_key *key)
{
    if (!key)
        return;
    EVP_MAC_CTX_free(key->prepared);
    free(key);
}

static void update(EVP_MAC_CTX *context, struct bytes data)
{
    if (data.n > 0 && EVP_MAC_update(context, data.p, data.n) != 1)
        abort();
}

void hmac_sha256_each(const struct hmac_key *key, struct bytes prefix, const struct bytes *suffixes,
                      size_t count, uint8_t (*out)[SHA256_BYTES])
{
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(key->prepared);
    if (!context)
        abort();
    for (size_t i = 0; i < count; i++) {
        size_t length = 0;
        if (EVP_MAC_init(context, NULL, 0, NULL) != 1)
            abort();
        update(context, prefix);
        update(context, suffixes[i]);
        if (EVP_MAC_final(context, out[i], &length, SHA256_BYTES) != 1 || length != SHA256_BYTES)
            abort();
    }
    EVP_MAC_CTX_free(context);
}
