#include "base/str.h"
#include "crypto/digest.h"
#include "support/unit.h"

#include <string.h>

static int arena_setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int arena_teardown(void **state)
{
    arena_free(*state);
    return 0;
}

/* `n` times the byte `c`. */
static struct bytes repeat(struct arena *arena, uint8_t c, size_t n)
{
    uint8_t *p = arena_alloc(arena, n);
    memset(p, c, n);
    return (struct bytes){p, n};
}

static const char *sha256_hex(struct arena *arena, struct bytes data)
{
    uint8_t out[SHA256_BYTES];
    sha256(data, out);
    return hex_format(arena, (struct bytes){out, sizeof out});
}

static const char *sha1_hex(struct arena *arena, struct bytes data)
{
    uint8_t out[SHA1_BYTES];
    sha1(data, out);
    return hex_format(arena, (struct bytes){out, sizeof out});
}

static const char fips_two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

/* The examples that NIST publishes for FIPS 180-4. */
static void test_sha256_examples_of_fips_180_4(void **state)
{
    assert_string_equal(sha256_hex(*state, (struct bytes){NULL, 0}),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(sha256_hex(*state, bytes_of("abc")),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(sha256_hex(*state, bytes_of(fips_two_blocks)),
                        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_string_equal(sha256_hex(*state, repeat(*state, 'a', 1000000)),
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_sha1_examples_of_fips_180_4(void **state)
{
    assert_string_equal(sha1_hex(*state, (struct bytes){NULL, 0}),
                        "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    assert_string_equal(sha1_hex(*state, bytes_of("abc")),
                        "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_string_equal(sha1_hex(*state, bytes_of(fips_two_blocks)),
                        "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

/* RFC 4231 section 4, test cases 1 to 4, 6 and 7 (5 is about cut output, which we do not have). */
static void test_hmac_sha256_cases_of_rfc_4231(void **state)
{
    struct arena *arena = *state;
    uint8_t counting[25];
    for (size_t i = 0; i < sizeof counting; i++)
        counting[i] = (uint8_t)(i + 1);
    const struct {
        struct bytes key, data;
        const char *mac;
    } cases[] = {
        {repeat(arena, 0x0b, 20), bytes_of("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {bytes_of("Jefe"), bytes_of("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {repeat(arena, 0xaa, 20), repeat(arena, 0xdd, 50),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {{counting, sizeof counting},
         repeat(arena, 0xcd, 50),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {repeat(arena, 0xaa, 131),
         bytes_of("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {repeat(arena, 0xaa, 131),
         bytes_of("This is a test using a larger than block-size key and a larger than block-size "
                  "data. The key needs to be hashed before being used by the HMAC algorithm."),
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
        /* Of no RFC: the MAC of nothing under no key, which every implementation agrees on. */
        {{NULL, 0}, {NULL, 0}, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t out[SHA256_BYTES];
        hmac_sha256(cases[i].key, cases[i].data, out);
        assert_string_equal(hex_format(arena, (struct bytes){out, sizeof out}), cases[i].mac);
    }
}

static void test_hex_format_is_lower_case(void **state)
{
    const uint8_t bytes[] = {0x00, 0x09, 0x9a, 0xff};
    assert_string_equal(hex_format(*state, (struct bytes){bytes, 4}), "00099aff");
    assert_string_equal(hex_format(*state, (struct bytes){NULL, 0}), "");
}

static void test_hex_parse_exact_length_any_case_nothing_else(void **state)
{
    (void)state;
    uint8_t out[3];
    assert_true(hex_parse("09aFFe", out, 3));
    assert_memory_equal(out, "\x09\xaf\xfe", 3);
    assert_true(hex_parse("", out, 0));
    assert_false(hex_parse("09aFF", out, 3));
    assert_false(hex_parse("09aFFe0", out, 3));
    const char *const wrong[] = {"g00000", "0g0000", "00000G",      " 00000",
                                 "0x0000", "00:000", "00-\xC3\xA4-"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(hex_parse(wrong[i], out, strlen(wrong[i]) / 2));
    assert_false(hex_parse("/0", out, 1));
    assert_false(hex_parse(":0", out, 1));
    assert_false(hex_parse("@0", out, 1));
    assert_false(hex_parse("`0", out, 1));
}

/* RFC 4648 section 10. */
static const struct {
    const char *bytes, *base64, *base32, *base32hex;
} rfc4648[] = {
    {"", "", "", ""},
    {"f", "Zg==", "my", "CO"},
    {"fo", "Zm8=", "mzxq", "CPNG"},
    {"foo", "Zm9v", "mzxw6", "CPNMU"},
    {"foob", "Zm9vYg==", "mzxw6yq", "CPNMUOG"},
    {"fooba", "Zm9vYmE=", "mzxw6ytb", "CPNMUOJ1"},
    {"foobar", "Zm9vYmFy", "mzxw6ytboi", "CPNMUOJ1E8"},
};

static void test_encodings_vectors_of_rfc_4648(void **state)
{
    for (size_t i = 0; i < sizeof rfc4648 / sizeof *rfc4648; i++) {
        struct bytes data = bytes_of(rfc4648[i].bytes);
        assert_string_equal(base64_format(*state, data), rfc4648[i].base64);
        assert_string_equal(base32_format(*state, data), rfc4648[i].base32);
        uint8_t out[6];
        const char *text = rfc4648[i].base32hex;
        assert_int_equal(base32hex_parse(text, strlen(text), out, sizeof out), data.n);
        assert_memory_equal(out, data.p, data.n);
    }
}

static void test_base32hex_parse_upper_and_lower_case_are_the_same(void **state)
{
    (void)state;
    uint8_t upper[20], lower[20];
    const char *text = "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM"; /* an owner of RFC 5155 appendix A */
    char small[33] = "";
    for (size_t i = 0; i < 32; i++)
        small[i] = ascii_lower(text[i]);
    assert_int_equal(base32hex_parse(text, 32, upper, 20), 20);
    assert_int_equal(base32hex_parse(small, 32, lower, 20), 20);
    assert_memory_equal(upper, lower, 20);
    /* RFC 5155 appendix A: H(example) = SHA-1, 12 more rounds, salt aabbccdd. */
    uint8_t hash[SHA1_BYTES], input[SHA1_BYTES + 4];
    const uint8_t owner[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0xaa, 0xbb, 0xcc, 0xdd};
    sha1((struct bytes){owner, sizeof owner}, hash);
    for (int round = 0; round < 12; round++) {
        memcpy(input, hash, SHA1_BYTES);
        memcpy(input + SHA1_BYTES, owner + 9, 4);
        sha1((struct bytes){input, sizeof input}, hash);
    }
    assert_memory_equal(upper, hash, 20);
}

static void test_base32hex_parse_refuses_everything_else(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"C", "one character holds no byte"},
        {"CPN", "three characters: the third is too many"},
        {"CPNMUO", "six characters: the sixth is too many"},
        {"CP", "a bit is set that is no data"},
        {"CPNH", "the same after two bytes"},
        {"CW", "w is not in the alphabet"},
        {"C=", "no padding"},
        {"CO======", "no padding"},
        {"C/", "before the digits"},
        {"C:", "after the digits"},
        {"C@", "before the letters"},
        {"C ", "no blanks"},
        {"CPNMUOJ1E8", "six bytes into five"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t out[5];
        if (base32hex_parse(cases[i].text, strlen(cases[i].text), out, sizeof out) != 0)
            fail_msg("%s: %s", cases[i].text, cases[i].why);
    }
}

static void test_crypto_library_version_names_openssl(void **state)
{
    (void)state;
    assert_true(str_starts_with(crypto_library_version(), "OpenSSL 3"));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, arena_setup, arena_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_sha256_examples_of_fips_180_4),
        CASE(test_sha1_examples_of_fips_180_4),
        CASE(test_hmac_sha256_cases_of_rfc_4231),
        CASE(test_hex_format_is_lower_case),
        CASE(test_hex_parse_exact_length_any_case_nothing_else),
        CASE(test_encodings_vectors_of_rfc_4648),
        CASE(test_base32hex_parse_upper_and_lower_case_are_the_same),
        CASE(test_base32hex_parse_refuses_everything_else),
        CASE(test_crypto_library_version_names_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
