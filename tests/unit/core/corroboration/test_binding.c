#include "core/corroboration/binding.h"

#include "support/unit.h"

#include <string.h>

static const char nonce[] = "000102030405060708090a0b0c0d0e0f";
static const char other_nonce[] = "000102030405060708090a0b0c0d0e0e";
static const char digest[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char other_digest[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae";

static const struct {
    const char *why;
    bool present;
    const char *nonce, *digest, *code;
    bool holds;
} rows[] = {
    {"all three are the asked ones", true, nonce, digest, "p-1", true},
    {"another nonce", true, other_nonce, digest, "p-1", false},
    {"another body", true, nonce, other_digest, "p-1", false},
    {"another perspective", true, nonce, digest, "p-2", false},
    {"no perspective", true, nonce, digest, NULL, false},
    {"no nonce", true, NULL, digest, "p-1", false},
    {"no digest", true, nonce, NULL, "p-1", false},
    {"nothing but the code", true, NULL, NULL, "p-1", false},
    {"no binding", false, nonce, digest, "p-1", false},
    {"a longer nonce", true, "000102030405060708090a0b0c0d0e0f0", digest, "p-1", false},
    {"a shorter digest", true, nonce, "ba7816", "p-1", false},
    {"upper case", true, "000102030405060708090A0B0C0D0E0F", digest, "p-1", false},
    {"empty texts", true, "", "", "", false},
};

static void test_binding_holds_for_nonce_digest_and_code_together(void **state)
{
    (void)state;
    const struct answer_binding asked = {true, nonce, digest};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct check_result result = {
            .perspective_code = rows[i].code,
            .binding = {rows[i].present, rows[i].nonce, rows[i].digest}};
        const char *fault = binding_fault(&asked, "p-1", &result.binding, result.perspective_code);
        if (!fault != rows[i].holds)
            fail_msg("%s: %s", rows[i].why, fault ? fault : "it holds");
    }
}

static void test_question_without_nonce_binds_nothing(void **state)
{
    (void)state;
    const struct answer_binding asked = {.present = true};
    const struct check_result result = {.perspective_code = "p-1", .binding = {.present = true}};
    assert_non_null(binding_fault(&asked, "p-1", &result.binding, result.perspective_code));
}

static void test_nonce_is_the_text_of_its_bytes(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const uint8_t random[BINDING_NONCE_BYTES] = {0, 1, 0x7f, 0x80, 0xff, [15] = 0xa5};
    const char *text = binding_nonce(arena, random);
    assert_true(binding_nonce_is(text));
    assert_string_equal(text, "00017f80ff00000000000000000000a5");
    arena_free(arena);
}

static void test_nonce_is_32_lower_case_digits(void **state)
{
    (void)state;
    static const char *const none[] = {"",
                                       "00",
                                       "000102030405060708090A0B0C0D0E0F",
                                       "000102030405060708090a0b0c0d0e0g",
                                       "000102030405060708090a0b0c0d0e0f0",
                                       " 00102030405060708090a0b0c0d0e0f"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(binding_nonce_is(none[i]));
    assert_true(binding_nonce_is(nonce));
}

static void test_digest_is_that_of_the_bytes(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(binding_digest(arena, bytes_of("abc")), digest);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binding_holds_for_nonce_digest_and_code_together),
        cmocka_unit_test(test_question_without_nonce_binds_nothing),
        cmocka_unit_test(test_nonce_is_the_text_of_its_bytes),
        cmocka_unit_test(test_nonce_is_32_lower_case_digits),
        cmocka_unit_test(test_digest_is_that_of_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
