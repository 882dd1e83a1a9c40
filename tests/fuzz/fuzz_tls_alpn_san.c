/* Of all values of a subjectAltName, in one spelling each but for the case of letters, one only
 * names a.example. */
#include "core/rules/tls_alpn.h"
#include "crypto/cert.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t head[] = {0x30, 0x0B, 0x82, 0x09};
    struct cert_facts facts = {.issuer_equals_subject = true, .own_key_verifies_signature = true};
    facts.has_san = facts.has_acme_identifier = facts.acme_identifier_is_critical = true;
    facts.san = (struct bytes){data, size};
    facts.acme_identifier = bytes_of("\x04\x20"
                                     "00000000000000000000000000000000");
    const struct target target = {.kind = TARGET_DNS, .canonical = "a.example"};
    const struct tls_alpn_query query = {
        &target, "3030303030303030303030303030303030303030303030303030303030303030",
        bytes_of(TLS_ALPN_PROTOCOL), &facts};
    struct arena *arena = arena_new();
    bool names_it = size == 13 && bytes_eq((struct bytes){data, 4}, (struct bytes){head, 4}) &&
                    bytes_eq_nocase((struct bytes){data + 4, 9}, bytes_of("a.example"));
    assert((tls_alpn_judge(&query, arena).fault_count == 0) == names_it);
    arena_free(arena);
    return 0;
}
