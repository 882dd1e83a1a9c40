#include "crypto/cert_cost.h"

#include "base/arena.h"
#include "crypto/cert.h"
#include "support/costly_cert.h"
#include "support/make_cert.h"
#include "support/unit.h"

#include <string.h>
#include <time.h>

#define RSA     "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define RSA_PSS "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x05\x00"
#define P_256   "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define EC_NULL "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x05\x00"
#define EC_ONLY "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define ED25519 "\x06\x03\x2b\x65\x70"
#define ML_DSA  "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x11"
#define DSA     "\x06\x07\x2a\x86\x48\xce\x38\x04\x01\x05\x00"
#define DH      "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01\x05\x00"

static struct arena *arena;

static struct bytes join(struct bytes a, struct bytes b)
{
    uint8_t *joined = arena_alloc(arena, a.n + b.n + 1);
    if (a.n)
        memcpy(joined, a.p, a.n);
    if (b.n)
        memcpy(joined + a.n, b.p, b.n);
    return (struct bytes){joined, a.n + b.n};
}

static struct bytes element(uint8_t tag, struct bytes value)
{
    const uint8_t length[] = {tag, 0x82, (uint8_t)(value.n >> 8), (uint8_t)value.n};
    const uint8_t middle[] = {tag, 0x81, (uint8_t)value.n}, brief[] = {tag, (uint8_t)value.n};
    struct bytes head = {length, 4};
    if (value.n < 0x100)
        head = (struct bytes){middle, 3};
    if (value.n < 0x80)
        head = (struct bytes){brief, 2};
    return join(head, value);
}

static struct bytes number(size_t bits)
{
    uint8_t *value = arena_alloc(arena, bits / 8 + 1);
    memset(value + 1, 0xff, bits / 8);
    return element(2, (struct bytes){value, bits / 8 + 1}); /* a zero first: positive */
}

static struct bytes bit_string(struct bytes key)
{
    return element(3, join(BYTES("\0"), key));
}

static struct bytes rsa_key(size_t modulus_bits, size_t exponent_bits)
{
    return bit_string(element(0x30, join(number(modulus_bits), number(exponent_bits))));
}

/* As far as is looked at: version, number, four sequences, the key. */
static struct bytes certificate(bool has_version, struct bytes algorithm, struct bytes key)
{
    struct bytes before = BYTES("\x02\x01\x01\x30\x00\x30\x00\x30\x00\x30\x00");
    if (has_version)
        before = join(BYTES("\xa0\x03\x02\x01\x02"), before);
    struct bytes info = element(0x30, join(element(0x30, algorithm), key));
    return element(0x30, element(0x30, join(before, info)));
}

static void test_keys_are_accepted_by_kind_and_size(void **state)
{
    (void)state;
    struct bytes point = bit_string(BYTES("\4xxxx"));
    const struct {
        struct bytes algorithm, key;
        const char *refusal; /* part of it; NULL: none */
    } rows[] = {
        {BYTES(RSA), rsa_key(2048, 16), NULL},
        {BYTES(RSA_PSS), rsa_key(4096, 24), NULL},
        {BYTES(RSA), rsa_key(8192, 64), NULL},
        {BYTES(RSA), rsa_key(8200, 16), "more than 8192 bits"},
        {BYTES(RSA_PSS), rsa_key(16384, 16), "more than 8192 bits"},
        {BYTES(RSA), rsa_key(2048, 72), "exponent of more than 64 bits"},
        {BYTES(RSA), rsa_key(2048, 2048), "exponent of more than 64 bits"},
        {BYTES(RSA), bit_string(BYTES("\x30\x00")), "that is none"},
        {BYTES(RSA), bit_string(BYTES("\x04\x00")), "that is none"},
        {BYTES(RSA), bit_string(BYTES("")), "that is none"},
        {BYTES(RSA), element(3, BYTES("\1\x30\x06\x02\x01\x01\x02\x01\x01")), "that is none"},
        {BYTES(P_256), point, NULL},
        {BYTES(EC_ONLY "\x30\x03\x02\x01\x01"), point, "describes itself"},
        {BYTES(EC_NULL), point, "describes itself"}, /* the issuer's curve */
        {BYTES(EC_ONLY), point, "describes itself"},
        {BYTES(ED25519), point, NULL},
        {BYTES(ML_DSA), point, NULL},
        {BYTES(DSA), point, "neither RSA"},
        {BYTES(DH), point, "neither RSA"},
        {BYTES("\x06\x00"), point, "neither RSA"},
        {BYTES("\x05\x00"), point, "no key"},
        {BYTES(RSA), element(4, BYTES("\0")), "no key"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int has_version = 0; has_version < 2; has_version++) {
            const char *refusal =
                cert_cost_refusal(certificate(has_version, rows[i].algorithm, rows[i].key));
            if (!refusal != !rows[i].refusal || (refusal && !strstr(refusal, rows[i].refusal)))
                fail_msg("row %zu: %s", i, refusal ? refusal : "accepted");
        }
    }
}

static void test_what_is_not_der_is_refused(void **state)
{
    (void)state;
    struct bytes good = certificate(true, BYTES(P_256), bit_string(BYTES("\4xxxx")));
    assert_null(cert_cost_refusal(good));
    for (size_t n = 0; n < good.n; n++) /* wherever it is cut */
        assert_non_null(cert_cost_refusal((struct bytes){good.p, n}));
    assert_non_null(cert_cost_refusal((struct bytes){NULL, 0}));
    struct bytes indefinite = join(BYTES("\x30\x80"), join(good, BYTES("\0\0")));
    assert_non_null(cert_cost_refusal(indefinite));
    struct bytes padded = join(good, element(4, (struct bytes){arena_alloc(arena, 16384), 16384}));
    assert_non_null(strstr(cert_cost_refusal(padded), "16 KiB"));
}

static void test_real_certificate_is_accepted(void **state)
{
    (void)state;
    assert_null(cert_cost_refusal(make_cert(&(struct cert_spec){.subject = "x"}, arena)));
}

/* It would take a quarter of a second. */
static void test_costly_certificate_is_no_certificate(void **state)
{
    (void)state;
    struct timespec start, end;
    struct cert_facts facts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    assert_false(cert_facts_read(costly_curve_certificate(), arena, &facts));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    assert_non_null(strstr(cert_cost_refusal(costly_curve_certificate()), "describes itself"));
    assert_true((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 < 20);
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys_are_accepted_by_kind_and_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_der_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_real_certificate_is_accepted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_costly_certificate_is_no_certificate, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
