#include "base/limits.h"
#include "base/str.h"
#include "core/rules/tls_alpn.h"
#include "crypto/cert.h"
#include "support/make_cert.h"
#include "support/unit.h"

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

/* 32 bytes, and their hexadecimal digits. */
#define DIGEST     "0123456789abcdefghijklmnopqrstuv"
#define DIGEST_HEX "303132333435363738396162636465666768696A6b6c6d6e6f70717273747576"

/* What a client makes: the extension values for a.example. */
#define SAN                                                                                        \
    "\x30\x0B\x82\x09"                                                                             \
    "a.example"
#define AUTH       "\x04\x20" DIGEST
#define IPV4_SAN   "\x30\x06\x87\x04\xC0\x00\x02\x01"
#define IPV6_BYTES "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01"
#define IPV6_SAN   "\x30\x12\x87\x10" IPV6_BYTES

static struct target target_of(const char *raw)
{
    struct target target;
    struct err err;
    assert_true(target_parse(raw, &target, &err));
    return target;
}

/* The names of the problems, with a blank between. */
static const char *problems_of(const struct tls_alpn_judgement *judgement, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < judgement->fault_count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? " " : "",
                            problem_str(judgement->faults[i].problem));
    return text;
}

static struct tls_alpn_judgement judge_cert(const char *target_text, const struct cert_spec *spec,
                                            struct bytes alpn, struct arena *arena)
{
    struct target target = target_of(target_text);
    struct cert_facts facts;
    assert_true(cert_facts_read(make_cert(spec, arena), arena, &facts));
    const struct tls_alpn_query query = {&target, DIGEST_HEX, alpn, &facts};
    return tls_alpn_judge(&query, arena);
}

/* --- the handshake and the certificate as a whole ------------------------------------------ */

static void test_protocol_other_than_acme_tls_is_the_only_fault(void **state)
{
    const struct {
        struct bytes alpn;
        const char *text;
    } rows[] = {
        {BYTES(""), "The server did not select the protocol acme-tls/1."},
        {BYTES("h2"), "The server selected the protocol \"h2\", not acme-tls/1."},
        {BYTES("acme-tls/"), "The server selected the protocol \"acme-tls/\", not acme-tls/1."},
        {BYTES("acme-tls/10"), "The server selected the protocol \"acme-tls/10\", not acme-tls/1."},
        {BYTES("ACME-TLS/1"), "The server selected the protocol \"ACME-TLS/1\", not acme-tls/1."},
        {BYTES("acme-tls/1\0"),
         "The server selected the protocol \"acme-tls/1\\000\", not acme-tls/1."},
    };
    const struct cert_spec nothing_right = {.subject = "a", .signed_by_other_key = true};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_alpn_judgement got =
            judge_cert("a.example", &nothing_right, rows[i].alpn, *state);
        assert_string_equal(problems_of(&got, *state), "protocol_not_negotiated");
        assert_string_equal(got.faults[0].text, rows[i].text);
    }
}

static void test_certificate_that_cannot_be_read_is_the_only_fault(void **state)
{
    struct target target = target_of("a.example");
    const struct tls_alpn_query query = {&target, DIGEST_HEX, BYTES("acme-tls/1"), NULL};
    struct tls_alpn_judgement got = tls_alpn_judge(&query, *state);
    assert_string_equal(problems_of(&got, *state), "unreadable");
    assert_false(got.san.present);
    assert_null(got.digest_seen);
}

struct cert_row {
    const char *target;
    struct cert_spec spec;
    const char *problems, *why;
};

#define GOOD_SAN                                                                                   \
    {                                                                                              \
        OID_SAN, false,                                                                            \
        {                                                                                          \
            (const uint8_t *)SAN, sizeof(SAN) - 1                                                  \
        }                                                                                          \
    }
#define GOOD_AUTH                                                                                  \
    {                                                                                              \
        OID_ACME_IDENTIFIER, true,                                                                 \
        {                                                                                          \
            (const uint8_t *)AUTH, sizeof(AUTH) - 1                                                \
        }                                                                                          \
    }
#define SAN_OF(v)                                                                                  \
    {                                                                                              \
        OID_SAN, false,                                                                            \
        {                                                                                          \
            (const uint8_t *)(v), sizeof(v) - 1                                                    \
        }                                                                                          \
    }
#define AUTH_OF(v)                                                                                 \
    {                                                                                              \
        OID_ACME_IDENTIFIER, true,                                                                 \
        {                                                                                          \
            (const uint8_t *)(v), sizeof(v) - 1                                                    \
        }                                                                                          \
    }

static const struct cert_row cert_rows[] = {
    {"a.example", {.subject = "x", .extensions = {GOOD_SAN, GOOD_AUTH}}, "", "as it should be"},
    {"a.example", {.extensions = {GOOD_AUTH, GOOD_SAN}}, "", "no subject, another order"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, GOOD_AUTH, {"1.2.3", true, {NULL, 0}}}},
     "",
     "unknown extensions are fine, critical ones too"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, GOOD_AUTH, GOOD_SAN}},
     "duplicate_extension",
     "SAN twice"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, GOOD_AUTH, GOOD_AUTH}},
     "duplicate_extension",
     "acmeIdentifier twice"},
    {"a.example",
     {.subject = "x",
      .extensions =
          {GOOD_SAN, GOOD_AUTH, {"1.2.3", false, {NULL, 0}}, {"1.2.3", false, {NULL, 0}}}},
     "duplicate_extension",
     "any other twice"},
    {"a.example",
     {.subject = "x", .has_other_issuer = true, .issuer = "y", .extensions = {GOOD_SAN, GOOD_AUTH}},
     "not_self_signed",
     "another issuer"},
    {"a.example",
     {.subject = "x", .signed_by_other_key = true, .extensions = {GOOD_SAN, GOOD_AUTH}},
     "not_self_signed",
     "another key"},
    {"a.example",
     {.subject = "x", .breaks_signature = true, .extensions = {GOOD_SAN, GOOD_AUTH}},
     "not_self_signed",
     "no signature of this"},
    {"a.example", {.subject = "x", .extensions = {GOOD_AUTH}}, "extension_missing", "no SAN"},
    {"a.example",
     {.subject = "a.example", .extensions = {GOOD_SAN}},
     "extension_missing",
     "no acmeIdentifier"},
    {"a.example",
     {.subject = "x",
      .extensions = {GOOD_SAN,
                     {"1.3.6.1.5.5.7.1.30.1", true, {(const uint8_t *)AUTH, sizeof(AUTH) - 1}}}},
     "extension_missing",
     "that of an earlier draft"},
    {"a.example", {.subject = "a.example"}, "extension_missing", "nothing"},
};

static void test_certificate_faults_in_their_order(void **state)
{
    for (size_t i = 0; i < sizeof cert_rows / sizeof cert_rows[0]; i++) {
        const struct cert_row *row = &cert_rows[i];
        struct tls_alpn_judgement got =
            judge_cert(row->target, &row->spec, BYTES("acme-tls/1"), *state);
        const char *problems = problems_of(&got, *state);
        if (!str_eq(problems, row->problems))
            fail_msg("%s: %s", row->why, problems);
        if (got.fault_count == 0)
            assert_string_equal(got.digest_seen,
                                "303132333435363738396162636465666768696a6b6c6d6e6f707172737475"
                                "76");
    }
}

/* --- the extensions ------------------------------------------------------------------------ */

static const struct cert_row extension_rows[] = {
    {"A.Example", {.subject = "x", .extensions = {GOOD_SAN, GOOD_AUTH}}, "", "canonical target"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0B\x82\x09"
                            "A.EXAMPLE"),
                     GOOD_AUTH}},
     "",
     "names ignore case"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0B\x82\x09"
                            "b.example"),
                     GOOD_AUTH}},
     "san_not_hostname",
     "another name"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0C\x82\x0A"
                            "a.example."),
                     GOOD_AUTH}},
     "san_not_hostname",
     "a final dot"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0C\x82\x0A"
                            "a.example\0"),
                     GOOD_AUTH}},
     "san_not_hostname",
     "a NUL after it"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0B\x82\x09"
                            "*.example"),
                     GOOD_AUTH}},
     "san_not_hostname",
     "a wildcard"},
    {"a.example",
     {.subject = "x", .extensions = {SAN_OF("\x30\x02\x82\x00"), GOOD_AUTH}},
     "san_not_hostname",
     "an empty name"},
    {"*.a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0B\x82\x09"
                            "a.example"),
                     GOOD_AUTH}},
     "san_not_hostname",
     "no wildcard is proven"},
    {"b\xc3\xbc.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x12\x82\x10"
                            "xn--b-eha.example"),
                     GOOD_AUTH}},
     "malformed_extension",
     "a length that is wrong by one"},
    {"b\xc3\xbc.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x13\x82\x11"
                            "xn--b-eha.example"),
                     GOOD_AUTH}},
     "",
     "the A-label of a U-label"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0B\x81\x09"
                            "a.example"),
                     GOOD_AUTH}},
     "san_not_dnsname",
     "an e-mail address"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0B\x86\x09"
                            "a.example"),
                     GOOD_AUTH}},
     "san_not_dnsname",
     "a URI"},
    {"a.example",
     {.subject = "x", .extensions = {SAN_OF("\x30\x02\xA0\x00"), GOOD_AUTH}},
     "san_not_dnsname",
     "another kind of name"},
    {"a.example",
     {.subject = "x", .extensions = {SAN_OF(IPV4_SAN), GOOD_AUTH}},
     "san_not_dnsname",
     "an address"},
    {"192.0.2.1", {.subject = "x", .extensions = {SAN_OF(IPV4_SAN), GOOD_AUTH}}, "", "IPv4"},
    {"[2001:db8::1]", {.subject = "x", .extensions = {SAN_OF(IPV6_SAN), GOOD_AUTH}}, "", "IPv6"},
    {"192.0.2.2",
     {.subject = "x", .extensions = {SAN_OF(IPV4_SAN), GOOD_AUTH}},
     "san_not_hostname",
     "another address"},
    {"2001:db8::1",
     {.subject = "x", .extensions = {SAN_OF(IPV4_SAN), GOOD_AUTH}},
     "san_not_hostname",
     "another family"},
    {"192.0.2.1",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x12\x87\x10\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xC0\x00\x02\x01"),
                     GOOD_AUTH}},
     "san_not_hostname",
     "the mapped address is not the address"},
    {"192.0.2.1",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0A\x87\x08\xC0\x00\x02\x01\xFF\xFF\xFF\xFF"), GOOD_AUTH}},
     "san_not_hostname",
     "an address and a mask"},
    {"192.0.2.1",
     {.subject = "x", .extensions = {SAN_OF("\x30\x02\x87\x00"), GOOD_AUTH}},
     "san_not_hostname",
     "an empty address"},
    {"192.0.2.1",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0B\x82\x09"
                            "192.0.2.1"),
                     GOOD_AUTH}},
     "san_type_not_match",
     "an address as a name"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x16\x82\x09"
                            "a.example\x82\x09"
                            "b.example"),
                     GOOD_AUTH}},
     "no_single_san",
     "two names"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x16\x82\x09"
                            "b.example\x82\x09"
                            "c.example"),
                     GOOD_AUTH}},
     "no_single_san",
     "two wrong names: which is wrong is no question"},
    {"a.example",
     {.subject = "x", .extensions = {SAN_OF("\x30\x00"), GOOD_AUTH}},
     "no_single_san",
     "no name"},
    {"a.example",
     {.subject = "x", .extensions = {SAN_OF(SAN "\0"), GOOD_AUTH}},
     "malformed_extension",
     "a byte after it"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x81\x0B\x82\x09"
                            "a.example"),
                     GOOD_AUTH}},
     "malformed_extension",
     "a longer length of all"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0C\x82\x81\x09"
                            "a.example"),
                     GOOD_AUTH}},
     "malformed_extension",
     "a longer length of the name"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x80\x82\x09"
                            "a.example\0\0"),
                     GOOD_AUTH}},
     "malformed_extension",
     "BER"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x31\x0B\x82\x09"
                            "a.example"),
                     GOOD_AUTH}},
     "malformed_extension",
     "a SET"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0B\xA2\x09"
                            "a.example"),
                     GOOD_AUTH}},
     "malformed_extension",
     "a constructed string"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0B\x0C\x09"
                            "a.example"),
                     GOOD_AUTH}},
     "malformed_extension",
     "no GeneralName"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0D\x82\x09"
                            "a.example\x82\x01"),
                     GOOD_AUTH}},
     "malformed_extension",
     "a second name that is cut short"},
    {"a.example",
     {.subject = "x", .extensions = {SAN_OF(""), GOOD_AUTH}},
     "malformed_extension",
     "nothing"},
    {"a.example",
     {.subject = "x",
      .extensions = {GOOD_SAN,
                     {OID_ACME_IDENTIFIER, false, {(const uint8_t *)AUTH, sizeof(AUTH) - 1}}}},
     "noncritical_alpn_extension",
     "not critical"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, AUTH_OF("\x04\x21" DIGEST "x")}},
     "malformed_extension",
     "33 bytes"},
    {"a.example",
     {.subject = "x",
      .extensions = {GOOD_SAN, AUTH_OF("\x04\x1F"
                                       "0123456789abcdefghijklmnopqrstu")}},
     "malformed_extension",
     "31 bytes"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, AUTH_OF(DIGEST)}},
     "malformed_extension",
     "the bytes alone"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, AUTH_OF("\x04\x22" AUTH)}},
     "malformed_extension",
     "an OCTET STRING too many"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, AUTH_OF(AUTH "\0")}},
     "malformed_extension",
     "a byte after it"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, AUTH_OF("\x04\x81\x20" DIGEST)}},
     "malformed_extension",
     "a longer length"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, AUTH_OF("\x24\x22" AUTH)}},
     "malformed_extension",
     "a constructed string"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, AUTH_OF("\x03\x20" DIGEST)}},
     "malformed_extension",
     "a BIT STRING"},
    {"a.example",
     {.subject = "x", .extensions = {GOOD_SAN, AUTH_OF("")}},
     "malformed_extension",
     "nothing"},
    {"a.example",
     {.subject = "x",
      .extensions = {GOOD_SAN, AUTH_OF("\x04\x20"
                                       "0123456789abcdefghijklmnopqrstuV")}},
     "digest_mismatch",
     "one bit is wrong"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x00"), {OID_ACME_IDENTIFIER, false, {(const uint8_t *)"", 0}}}},
     "no_single_san noncritical_alpn_extension malformed_extension",
     "every fault is told"},
    {"a.example",
     {.subject = "x",
      .extensions = {SAN_OF("\x30\x0B\x82\x09"
                            "b.example"),
                     AUTH_OF("\x04\x20"
                             "0123456789abcdefghijklmnopqrstuV")}},
     "san_not_hostname",
     "the digest is compared if nothing else is wrong"},
};

static void test_extension_faults_are_all_told(void **state)
{
    for (size_t i = 0; i < sizeof extension_rows / sizeof extension_rows[0]; i++) {
        const struct cert_row *row = &extension_rows[i];
        struct tls_alpn_judgement got =
            judge_cert(row->target, &row->spec, BYTES("acme-tls/1"), *state);
        const char *problems = problems_of(&got, *state);
        if (!str_eq(problems, row->problems))
            fail_msg("%s: %s", row->why, problems);
        for (size_t f = 0; f < got.fault_count; f++)
            assert_non_null(got.faults[f].text);
    }
}

static void test_hash_that_is_none_never_matches(void **state)
{
    static const char *const hashes[] = {"", "00", "zz", DIGEST_HEX "00"};
    const struct cert_spec spec = {.subject = "x", .extensions = {GOOD_SAN, GOOD_AUTH}};
    struct target target = target_of("a.example");
    struct cert_facts facts;
    assert_true(cert_facts_read(make_cert(&spec, *state), *state, &facts));
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        const struct tls_alpn_query query = {&target, hashes[i], BYTES("acme-tls/1"), &facts};
        struct tls_alpn_judgement got = tls_alpn_judge(&query, *state);
        assert_string_equal(problems_of(&got, *state), "digest_mismatch");
    }
}

static void test_digest_mismatch_tells_both(void **state)
{
    const struct cert_spec spec = {
        .subject = "x",
        .extensions = {GOOD_SAN, AUTH_OF("\x04\x20"
                                         "00000000000000000000000000000000")}};
    struct tls_alpn_judgement got = judge_cert("a.example", &spec, BYTES("acme-tls/1"), *state);
    assert_string_equal(
        got.faults[0].text,
        "The digest in the TLS ALPN certificate is "
        "3030303030303030303030303030303030303030303030303030303030303030; " DIGEST_HEX
        " was expected.");
    assert_string_equal(got.digest_seen,
                        "3030303030303030303030303030303030303030303030303030303030303030");
}

/* --- the evidence -------------------------------------------------------------------------- */

static void test_names_seen_are_reported_whatever_the_verdict(void **state)
{
    const struct cert_spec spec = {.subject = "x",
                                   .signed_by_other_key = true,
                                   .extensions = {SAN_OF("\x30\x3A\x82\x09"
                                                         "a.example"
                                                         "\x82\x04"
                                                         "b\x1b\xFF"
                                                         "c"
                                                         "\x81\x03"
                                                         "d@e"
                                                         "\x86\x03"
                                                         "x:y"
                                                         "\x87\x04\xC0\x00\x02\x01"
                                                         "\x87\x02\xC0\x00"
                                                         "\x87\x10" IPV6_BYTES "\x88\x01\x2A"),
                                                  GOOD_AUTH}};
    struct tls_alpn_judgement got = judge_cert("a.example", &spec, BYTES("acme-tls/1"), *state);
    assert_string_equal(problems_of(&got, *state), "not_self_signed");
    static const char *const names[] = {"DNS:a.example",  "DNS:b\\027\\255c", "email:d@e",
                                        "URI:x:y",        "IP:192.0.2.1",     "IP:c000",
                                        "IP:2001:db8::1", "registeredID:2a"};
    assert_int_equal(got.san.count, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < got.san.count; i++)
        assert_string_equal(got.san.items[i], names[i]);
    assert_true(got.san.present);
    assert_non_null(got.digest_seen);
}

static void test_names_seen_are_reported_up_to_a_limit(void **state)
{
    enum { NAMES = LIMIT_REPORTED_RECORDS + 50 };
    uint8_t value[4 + 4 * NAMES] = {0x30, 0x82, 4 * NAMES >> 8, 4 * NAMES & 0xFF};
    for (size_t i = 0; i < NAMES; i++)
        memcpy(&value[4 + 4 * i],
               "\x82\x02"
               "ab",
               4);
    const struct cert_spec spec = {
        .subject = "x", .extensions = {{OID_SAN, false, {value, sizeof value}}, GOOD_AUTH}};
    struct tls_alpn_judgement got = judge_cert("a.example", &spec, BYTES("acme-tls/1"), *state);
    assert_string_equal(problems_of(&got, *state), "no_single_san");
    assert_int_equal(got.san.count, LIMIT_REPORTED_RECORDS);
}

static void test_sni_is_the_name_or_the_reverse_name(void **state)
{
    struct target name = target_of("*.A.Example."), ipv4 = target_of("192.0.2.1");
    struct target ipv6 = target_of("[2001:db8::1]");
    assert_string_equal(tls_alpn_sni(&name, *state), "a.example");
    assert_string_equal(tls_alpn_sni(&ipv4, *state), "1.2.0.192.in-addr.arpa");
    assert_string_equal(tls_alpn_sni(&ipv6, *state),
                        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
                        "ip6.arpa");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_protocol_other_than_acme_tls_is_the_only_fault),
        CASE(test_certificate_that_cannot_be_read_is_the_only_fault),
        CASE(test_certificate_faults_in_their_order),
        CASE(test_extension_faults_are_all_told),
        CASE(test_hash_that_is_none_never_matches),
        CASE(test_digest_mismatch_tells_both),
        CASE(test_names_seen_are_reported_whatever_the_verdict),
        CASE(test_names_seen_are_reported_up_to_a_limit),
        CASE(test_sni_is_the_name_or_the_reverse_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
