#include "crypto/hmac.h"
#include "support/unit.h"

#include <string.h>

/* Every split of a message into prefix and suffix gives the MAC of the whole. */
static void test_hmac_each_of_any_split_equals_the_one_shot(void **state)
{
    (void)state;
    struct bytes key = bytes_of("Jefe");
    struct bytes message = bytes_of("what do ya want for nothing?");
    struct hmac_key *prepared = hmac_key_new(key);
    uint8_t expected[SHA256_BYTES], out[1][SHA256_BYTES];
    hmac_sha256(key, message, expected); /* RFC 4231 section 4.3, tested with the digests */
    for (size_t at = 0; at <= message.n; at++) {
        struct bytes suffix = {message.p + at, message.n - at};
        hmac_sha256_each(prepared, (struct bytes){message.p, at}, &suffix, 1, out);
        assert_memory_equal(out[0], expected, SHA256_BYTES);
    }
    hmac_key_free(prepared);
}

static void test_hmac_each_of_several_suffixes_gives_each_its_own(void **state)
{
    (void)state;
    struct bytes key = bytes_of("a secret");
    const struct bytes suffixes[] = {bytes_of("one"), bytes_of("two"), {NULL, 0}, bytes_of("one")};
    const char *const whole[] = {"head-one", "head-two", "head-", "head-one"};
    uint8_t out[4][SHA256_BYTES], expected[SHA256_BYTES];
    struct hmac_key *prepared = hmac_key_new(key);
    hmac_sha256_each(prepared, bytes_of("head-"), suffixes, 4, out);
    for (size_t i = 0; i < 4; i++) {
        hmac_sha256(key, bytes_of(whole[i]), expected);
        assert_memory_equal(out[i], expected, SHA256_BYTES);
    }
    hmac_key_free(prepared);
}

static void test_hmac_key_empty_or_longer_than_a_block_is_used_as_given(void **state)
{
    (void)state;
    uint8_t long_key[200];
    memset(long_key, 0xaa, sizeof long_key);
    const struct bytes keys[] = {{NULL, 0}, {long_key, sizeof long_key}};
    const struct bytes message = bytes_of("message");
    for (size_t i = 0; i < 2; i++) {
        uint8_t out[1][SHA256_BYTES], expected[SHA256_BYTES];
        struct hmac_key *prepared = hmac_key_new(keys[i]);
        hmac_sha256_each(prepared, (struct bytes){NULL, 0}, &message, 1, out);
        hmac_sha256(keys[i], message, expected);
        assert_memory_equal(out[0], expected, SHA256_BYTES);
        hmac_key_free(prepared);
    }
    hmac_key_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac_each_of_any_split_equals_the_one_shot),
        cmocka_unit_test(test_hmac_each_of_several_suffixes_gives_each_its_own),
        cmocka_unit_test(test_hmac_key_empty_or_longer_than_a_block_is_used_as_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
