#include "base/str.h"
#include "crypto/cert.h"
#include "support/make_cert.h"
#include "support/unit.h"

#include <openssl/err.h>
#include <string.h>

static int setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static struct cert_facts facts_of(const struct cert_spec *spec, struct arena *arena)
{
    struct cert_facts facts;
    assert_true(cert_facts_read(make_cert(spec, arena), arena, &facts));
    assert_int_equal(ERR_peek_error(), 0);
    return facts;
}

static void test_facts_of_a_self_signed_certificate(void **state)
{
    const struct cert_spec spec = {
        .subject = "a.example",
        .extensions = {{OID_SAN, false, BYTES("san value")},
                       {OID_ACME_IDENTIFIER, true, BYTES("acme\0value")},
                       {"1.2.3.4", true, BYTES("unknown")}},
    };
    struct cert_facts facts = facts_of(&spec, *state);
    assert_string_equal(facts.common_name, "a.example");
    assert_true(facts.issuer_equals_subject);
    assert_true(facts.own_key_verifies_signature);
    assert_null(facts.duplicate_extension);
    assert_true(facts.has_san && facts.has_acme_identifier && facts.acme_identifier_is_critical);
    assert_true(bytes_eq(facts.san, BYTES("san value")));
    assert_true(bytes_eq(facts.acme_identifier, BYTES("acme\0value")));
}

static void test_facts_of_a_certificate_without_anything(void **state)
{
    const struct cert_spec spec = {.subject = NULL};
    struct cert_facts facts = facts_of(&spec, *state);
    assert_null(facts.common_name);
    assert_true(facts.issuer_equals_subject);
    assert_true(facts.own_key_verifies_signature);
    assert_false(facts.has_san || facts.has_acme_identifier || facts.acme_identifier_is_critical);
    assert_null(facts.duplicate_extension);
}

static void test_facts_tell_names_and_keys_apart(void **state)
{
    static const struct {
        struct cert_spec spec;
        bool names_equal, verifies;
        const char *why;
    } rows[] = {
        {{.subject = "a", .has_other_issuer = true, .issuer = "b"}, false, true, "other issuer"},
        {{.subject = "a", .has_other_issuer = true, .issuer = "a"}, true, true, "same issuer"},
        {{.subject = "a", .has_other_issuer = true, .issuer = "A"}, false, true, "in DER"},
        {{.subject = "a", .has_other_issuer = true}, false, true, "no issuer"},
        {{.subject = "a", .signed_by_other_key = true}, true, false, "another key of that name"},
        {{.subject = "a", .breaks_signature = true}, true, false, "a changed signature"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cert_facts facts = facts_of(&rows[i].spec, *state);
        if (facts.issuer_equals_subject != rows[i].names_equal ||
            facts.own_key_verifies_signature != rows[i].verifies)
            fail_msg("%s", rows[i].why);
    }
}

static void test_facts_of_extensions_that_occur_twice_name_them(void **state)
{
    static const struct cert_spec specs[] = {
        {.subject = "a",
         .extensions = {{OID_SAN, false, {(const uint8_t *)"1", 1}},
                        {"1.2.3", false, {NULL, 0}},
                        {OID_SAN, false, {(const uint8_t *)"2", 1}}}},
        {.subject = "a",
         .extensions = {{OID_ACME_IDENTIFIER, true, {(const uint8_t *)"1", 1}},
                        {OID_ACME_IDENTIFIER, false, {(const uint8_t *)"2", 1}}}},
        {.subject = "a", .extensions = {{"1.2.3", false, {NULL, 0}}, {"1.2.3", true, {NULL, 0}}}},
    };
    static const char *const oids[] = {OID_SAN, OID_ACME_IDENTIFIER, "1.2.3"};
    for (size_t i = 0; i < 3; i++) {
        struct cert_facts facts = facts_of(&specs[i], *state);
        assert_string_equal(facts.duplicate_extension, oids[i]);
        if (facts.has_san)
            assert_true(bytes_eq(facts.san, BYTES("1")));
        if (facts.has_acme_identifier)
            assert_true(facts.acme_identifier_is_critical);
    }
}

static void test_facts_of_similar_oids_are_not_confused(void **state)
{
    const struct cert_spec spec = {
        .subject = "a",
        .extensions = {{"1.3.6.1.5.5.7.1.30.1", true, BYTES("draft")},
                       {"1.3.6.1.5.5.7.1.30", true, BYTES("other")},
                       {"1.3.6.1.5.5.7.1", true, BYTES("short")},
                       {"2.5.29.18", false, BYTES("issuer alternative name")}},
    };
    struct cert_facts facts = facts_of(&spec, *state);
    assert_false(facts.has_san || facts.has_acme_identifier);
    assert_null(facts.duplicate_extension);
}

static void test_common_name_is_made_fit_to_show(void **state)
{
    char name[1000];
    memset(name, 'n', 63);
    name[63] = '\0';
    const struct cert_spec ordinary = {.subject = name};
    assert_string_equal(facts_of(&ordinary, *state).common_name, name);
    const struct cert_spec control = {.subject = "a\x1b[2J"};
    assert_string_equal(facts_of(&control, *state).common_name, "a\\027[2J");
    const struct cert_spec latin = {.subject = "\xe9", .subject_is_teletex = true};
    assert_string_equal(facts_of(&latin, *state).common_name, "\xc3\xa9");
}

static void test_read_of_anything_but_one_certificate_fails(void **state)
{
    const struct cert_spec spec = {.subject = "a"};
    struct bytes der = make_cert(&spec, *state);
    uint8_t *copy = arena_alloc(*state, der.n + 1);
    memcpy(copy, der.p, der.n);
    struct cert_facts facts;
    static const struct cert_facts none;
    assert_false(cert_facts_read((struct bytes){NULL, 0}, *state, &facts));
    for (size_t n = 0; n < der.n; n++) {
        assert_false(cert_facts_read((struct bytes){copy, n}, *state, &facts));
        assert_memory_equal(&facts, &none, sizeof facts);
    }
    assert_true(cert_facts_read((struct bytes){copy, der.n}, *state, &facts));
    assert_false(cert_facts_read((struct bytes){copy, der.n + 1}, *state, &facts)); /* one more */
    assert_memory_equal(&facts, &none, sizeof facts);
    copy[0] = 0x31; /* a SET */
    assert_false(cert_facts_read((struct bytes){copy, der.n}, *state, &facts));
    assert_int_equal(ERR_peek_error(), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_facts_of_a_self_signed_certificate),
        CASE(test_facts_of_a_certificate_without_anything),
        CASE(test_facts_tell_names_and_keys_apart),
        CASE(test_facts_of_extensions_that_occur_twice_name_them),
        CASE(test_facts_of_similar_oids_are_not_confused),
        CASE(test_common_name_is_made_fit_to_show),
        CASE(test_read_of_anything_but_one_certificate_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
