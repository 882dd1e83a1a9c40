#include "core/rules/tls_alpn.h"

#include "base/der.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/cert.h"
#include "crypto/digest.h"

#include <assert.h>

#define FAULTS_MAX                                                                                 \
    (sizeof(((struct tls_alpn_judgement *)0)->faults) / sizeof(struct tls_alpn_fault))

struct judge {
    const struct tls_alpn_query *query;
    struct arena *arena;
    struct tls_alpn_judgement judgement;
};

static void add_fault(struct judge *judge, enum problem problem, const char *text)
{
    assert(judge->judgement.fault_count < FAULTS_MAX);
    judge->judgement.faults[judge->judgement.fault_count++] =
        (struct tls_alpn_fault){problem, text};
}

static const char *shown(struct judge *judge, struct bytes outside)
{
    return str_report(judge->arena, outside, LIMIT_MESSAGE_OUTSIDE_BYTES);
}

/* --- subjectAltName ------------------------------------------------------------------------ */

/* The choices of GeneralName (RFC 5280 section 4.2.1.6): how each is written, and what we call it. */
enum {
    GENERAL_NAME_DNS = DER_CONTEXT_PRIMITIVE(2),
    GENERAL_NAME_IP = DER_CONTEXT_PRIMITIVE(7),
};
static const struct general_name_kind {
    uint8_t tag;
    const char *label;
    bool is_text;
} general_name_kinds[] = {
    {DER_CONTEXT_CONSTRUCTED(0), "otherName", false},
    {DER_CONTEXT_PRIMITIVE(1), "email", true},
    {GENERAL_NAME_DNS, "DNS", true},
    {DER_CONTEXT_CONSTRUCTED(3), "x400Address", false},
    {DER_CONTEXT_CONSTRUCTED(4), "directoryName", false},
    {DER_CONTEXT_CONSTRUCTED(5), "ediPartyName", false},
    {DER_CONTEXT_PRIMITIVE(6), "URI", true},
    {GENERAL_NAME_IP, "IP", false},
    {DER_CONTEXT_PRIMITIVE(8), "registeredID", false},
};

static const struct general_name_kind *kind_of(const struct der *name)
{
    for (size_t i = 0; i < sizeof general_name_kinds / sizeof general_name_kinds[0]; i++)
        if (general_name_kinds[i].tag == name->tag)
            return &general_name_kinds[i];
    return NULL;
}

/* An iPAddress has 4 or 16 bytes; other lengths are those of no address (RFC 5280 section 4.2.1.6). */
static bool is_address(const struct der *name, struct address *out)
{
    if (name->tag != GENERAL_NAME_IP || (name->value.n != 4 && name->value.n != 16))
        return false;
    *out = (struct address){.family = name->value.n == 4 ? 4 : 6};
    for (size_t i = 0; i < name->value.n; i++)
        out->bytes[i] = name->value.p[i];
    return true;
}

static const char *general_name_text(struct judge *judge, const struct der *name)
{
    const struct general_name_kind *kind = kind_of(name);
    struct address address;
    char text[ADDRESS_TEXT_MAX];
    if (is_address(name, &address))
        return arena_printf(judge->arena, "IP:%s", address_format(&address, text));
    if (kind->is_text)
        return arena_printf(judge->arena, "%s:%s", kind->label,
                            str_report(judge->arena, name->value, LIMIT_REPORTED_RECORD_BYTES));
    struct bytes cut = name->value;
    cut.n = cut.n < LIMIT_MESSAGE_OUTSIDE_BYTES ? cut.n : LIMIT_MESSAGE_OUTSIDE_BYTES;
    return arena_printf(judge->arena, "%s:%s", kind->label, hex_format(judge->arena, cut));
}

struct san {
    size_t count;
    struct der first;
};

/* False if the extension is not one SEQUENCE of GeneralNames in DER and nothing after it. */
static bool read_san(struct judge *judge, struct san *san)
{
    *san = (struct san){0};
    struct cursor outer = cursor_of(judge->query->facts->san);
    struct der names = der_take(&outer);
    if (!cursor_done(&outer) || names.tag != DER_SEQUENCE)
        return false;
    const char **texts = arena_array(judge->arena, LIMIT_REPORTED_RECORDS, sizeof *texts);
    struct cursor inner = cursor_of(names.value);
    while (cursor_left(&inner) > 0) {
        struct der name = der_take(&inner);
        if (!cursor_ok(&inner) || !kind_of(&name))
            return false;
        if (san->count == 0)
            san->first = name;
        if (san->count < LIMIT_REPORTED_RECORDS)
            texts[san->count] = general_name_text(judge, &name);
        san->count++;
    }
    size_t shown_count = san->count < LIMIT_REPORTED_RECORDS ? san->count : LIMIT_REPORTED_RECORDS;
    judge->judgement.san = (struct strv){texts, shown_count, true};
    return true;
}

/* RFC 8737 section 3: the dNSName is the name; RFC 8738 section 6: the iPAddress is the address. */
static void judge_name(struct judge *judge, const struct der *name)
{
    const struct target *target = judge->query->target;
    struct address address;
    bool equal;
    if (target_is_ip(target)) {
        if (name->tag != GENERAL_NAME_IP) {
            add_fault(judge, PROBLEM_SAN_TYPE_NOT_MATCH,
                      "Target was an IP address, but the TLS ALPN certificate SAN was not an IP "
                      "address.");
            return;
        }
        /* By bytes, so that a mapped IPv4 address is not the IPv4 address. */
        equal = is_address(name, &address) && address_eq(&address, &target->address);
    } else {
        if (name->tag != GENERAL_NAME_DNS) {
            add_fault(judge, PROBLEM_SAN_NOT_DNSNAME,
                      "Target was a domain name, but the TLS ALPN certificate SAN was not a "
                      "DNSName.");
            return;
        }
        /* BR 3.2.2.4.20: no wildcard is proven by this method. */
        equal = !target->is_wildcard && bytes_eq_nocase(name->value, bytes_of(target->canonical));
    }
    if (!equal)
        add_fault(judge, PROBLEM_SAN_NOT_HOSTNAME,
                  "The TLS ALPN certificate SAN was not equal to the hostname being validated.");
}

static void judge_san(struct judge *judge, bool is_readable, const struct san *san)
{
    if (!is_readable)
        add_fault(judge, PROBLEM_MALFORMED_EXTENSION,
                  "The subjectAltName extension of the TLS ALPN certificate is not DER of "
                  "GeneralNames (RFC 5280 section 4.2.1.6).");
    else if (san->count != 1)
        add_fault(judge, PROBLEM_NO_SINGLE_SAN,
                  "The TLS ALPN certificate must have a single SAN entry.");
    else
        judge_name(judge, &san->first);
}

/* --- acmeIdentifier ------------------------------------------------------------------------ */

/* RFC 8737 section 3: "Authorization ::= OCTET STRING (SIZE (32))". False if it is not just that. */
static bool read_digest(const struct cert_facts *facts, struct bytes *digest)
{
    struct cursor cursor = cursor_of(facts->acme_identifier);
    struct der element = der_take(&cursor);
    *digest = element.value;
    return cursor_done(&cursor) && element.tag == DER_OCTET_STRING &&
           element.value.n == SHA256_BYTES;
}

static void judge_acme_identifier(struct judge *judge, bool is_readable)
{
    if (!judge->query->facts->acme_identifier_is_critical)
        add_fault(judge, PROBLEM_NONCRITICAL_ALPN_EXTENSION,
                  "The TLS ALPN certificate has non-critical id-pe-acmeIdentifier extension");
    if (!is_readable)
        add_fault(judge, PROBLEM_MALFORMED_EXTENSION,
                  "The id-pe-acmeIdentifier extension of the TLS ALPN certificate is not an OCTET "
                  "STRING of 32 bytes in DER (RFC 8737 section 3).");
}

static void judge_digest(struct judge *judge, struct bytes seen)
{
    uint8_t expected[SHA256_BYTES];
    if (hex_parse(judge->query->key_authorization_hash, expected, sizeof expected) &&
        bytes_eq(seen, (struct bytes){expected, sizeof expected}))
        return;
    add_fault(judge, PROBLEM_DIGEST_MISMATCH,
              arena_printf(judge->arena,
                           "The digest in the TLS ALPN certificate is %s; %s was expected.",
                           hex_format(judge->arena, seen),
                           shown(judge, bytes_of(judge->query->key_authorization_hash))));
}

/* --- the order ----------------------------------------------------------------------------- */

/* What makes the rest not worth looking at. */
static bool judge_handshake(struct judge *judge)
{
    const struct tls_alpn_query *query = judge->query;
    const struct cert_facts *facts = query->facts;
    /* RFC 8737 section 3: or any certificate of a shared server would do. Length and bytes: a
       prefix is another protocol. */
    if (!bytes_eq(query->alpn, bytes_of(TLS_ALPN_PROTOCOL)))
        add_fault(judge, PROBLEM_PROTOCOL_NOT_NEGOTIATED,
                  query->alpn.n == 0
                      ? "The server did not select the protocol " TLS_ALPN_PROTOCOL "."
                      : arena_printf(
                            judge->arena,
                            "The server selected the protocol \"%s\", not " TLS_ALPN_PROTOCOL ".",
                            shown(judge, query->alpn)));
    else if (!facts)
        add_fault(judge, PROBLEM_UNREADABLE, "The server sent no certificate that can be read.");
    else if (facts->duplicate_extension) /* RFC 5280 section 4.2 */
        add_fault(judge, PROBLEM_DUPLICATE_EXTENSION,
                  arena_printf(judge->arena,
                               "The TLS ALPN certificate has the extension %s more than once.",
                               facts->duplicate_extension));
    else if (!facts->issuer_equals_subject || !facts->own_key_verifies_signature)
        /* RFC 8737 section 3: "a self-signed certificate"; one of a CA was made for somebody else. */
        add_fault(judge, PROBLEM_NOT_SELF_SIGNED,
                  facts->issuer_equals_subject
                      ? "The TLS ALPN certificate is not signed by its own key."
                      : "The TLS ALPN certificate is not self-signed: issuer and subject differ.");
    else if (!facts->has_san || !facts->has_acme_identifier)
        add_fault(judge, PROBLEM_EXTENSION_MISSING,
                  "The TLS ALPN certificate was missing an extension.");
    return judge->judgement.fault_count == 0;
}

struct tls_alpn_judgement tls_alpn_judge(const struct tls_alpn_query *query, struct arena *arena)
{
    struct judge judge = {.query = query, .arena = arena};
    const struct cert_facts *facts = query->facts;
    struct san san = {0};
    struct bytes digest = {NULL, 0};
    bool san_is_readable = facts && facts->has_san && read_san(&judge, &san);
    bool digest_is_readable = facts && facts->has_acme_identifier && read_digest(facts, &digest);
    if (digest_is_readable)
        judge.judgement.digest_seen = hex_format(arena, digest);
    if (!judge_handshake(&judge))
        return judge.judgement;
    judge_san(&judge, san_is_readable, &san);
    judge_acme_identifier(&judge, digest_is_readable);
    if (judge.judgement.fault_count == 0)
        judge_digest(&judge, digest);
    return judge.judgement;
}

const char *tls_alpn_sni(const struct target *target, struct arena *arena)
{
    if (!target_is_ip(target))
        return arena_strdup(arena, target->canonical);
    char name[REVERSE_NAME_MAX];
    return arena_strdup(arena, address_reverse_name(&target->address, name));
}
