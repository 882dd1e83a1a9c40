/* What the signatures of a zone cost: nettle as libunbound calls it, and whose power it takes. */
#include "net/dns_cost.h"
#include "support/unit.h"

#include <gmp.h>
#include <nettle/rsa.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

/* An odd number of so many bits. */
static void set_bits(mpz_t number, unsigned bits)
{
    mpz_set_ui(number, 0);
    mpz_setbit(number, bits - 1);
    mpz_setbit(number, bits / 3);
    mpz_setbit(number, 0);
}

static int verify(const struct rsa_public_key *key, const mpz_t signature)
{
    uint8_t digest[32];
    memset(digest, 0x5A, sizeof digest);
    return rsa_sha256_verify_digest(key, digest, signature);
}

static const struct {
    const char *why;
    unsigned modulus_bits, exponent_bits;
} costly[] = {
    {"as long an exponent", 4096, 4095},
    {"one bit more than OpenSSL takes", 4096, 65},
    {"a modulus beyond RFC 3110", 4104, 17},
    {"six seconds", 32768, 32767},
    {"as large as a message has room for", 400000, 100000},
};

static void test_key_that_costs_much_is_not_verified_with(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof costly / sizeof *costly; i++) {
        struct rsa_public_key key;
        mpz_t signature;
        rsa_public_key_init(&key);
        mpz_init(signature);
        set_bits(key.n, costly[i].modulus_bits);
        set_bits(key.e, costly[i].exponent_bits);
        set_bits(signature, costly[i].modulus_bits - 8);
        key.size = costly[i].modulus_bits / 8;
        double start = cpu_ms();
        assert_int_equal(verify(&key, signature), 0);
        double took = cpu_ms() - start;
        if (took > 10)
            fail_msg("%s: %.1f ms", costly[i].why, took);
        mpz_clear(signature);
        rsa_public_key_clear(&key);
    }
}

static void import(mpz_t number, const EVP_PKEY *key, const char *parameter)
{
    BIGNUM *value = NULL;
    uint8_t bytes[512];
    assert_int_equal(EVP_PKEY_get_bn_param(key, parameter, &value), 1);
    mpz_import(number, (size_t)BN_bn2bin(value, bytes), 1, 1, 0, 0, bytes);
    BN_free(value);
}

static EVP_PKEY *make_key(int bits, int exponent_bits)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *exponent = BN_new();
    BN_set_bit(exponent, 0);
    BN_set_bit(exponent, exponent_bits - 1);
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, exponent), 1);
    assert_int_equal(EVP_PKEY_keygen(ctx, &key), 1);
    BN_free(exponent);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void sign(mpz_t signature, EVP_PKEY *key, const uint8_t digest[32])
{
    uint8_t bytes[512];
    size_t size = sizeof bytes;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()), 1);
    assert_int_equal(EVP_PKEY_sign(ctx, bytes, &size, digest, 32), 1);
    mpz_import(signature, size, 1, 1, 0, 0, bytes);
    EVP_PKEY_CTX_free(ctx);
}

static void check_signature_of(int bits, int exponent_bits)
{
    struct rsa_public_key key;
    mpz_t signature;
    uint8_t digest[32];
    memset(digest, 0x5A, sizeof digest);
    EVP_PKEY *pair = make_key(bits, exponent_bits);
    rsa_public_key_init(&key);
    mpz_init(signature);
    import(key.n, pair, OSSL_PKEY_PARAM_RSA_N);
    import(key.e, pair, OSSL_PKEY_PARAM_RSA_E);
    key.size = (size_t)bits / 8;
    sign(signature, pair, digest);
    assert_int_equal(verify(&key, signature), 1);
    mpz_add_ui(signature, signature, 1);
    assert_int_equal(verify(&key, signature), 0);
    mpz_clear(signature);
    rsa_public_key_clear(&key);
    EVP_PKEY_free(pair);
}

static void test_keys_that_zones_have_are_verified_with(void **state)
{
    (void)state;
    check_signature_of(1024, DNS_COST_EXPONENT_MAX_BITS);
    check_signature_of(2048, 33);
    check_signature_of(DNS_COST_MODULUS_MAX_BITS, 17);
}

static void test_libraries_find_our_function_first(void **state)
{
    (void)state;
    assert_true(dns_cost_is_bounded());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_libraries_find_our_function_first),
        cmocka_unit_test(test_key_that_costs_much_is_not_verified_with),
        cmocka_unit_test(test_keys_that_zones_have_are_verified_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
