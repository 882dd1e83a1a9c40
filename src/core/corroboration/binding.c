#include "core/corroboration/binding.h"

#include "base/str.h"
#include "crypto/digest.h"

#include <string.h>

const char *binding_nonce(struct arena *arena, const uint8_t random[BINDING_NONCE_BYTES])
{
    return hex_format(arena, (struct bytes){random, BINDING_NONCE_BYTES});
}

bool binding_nonce_is(const char *text)
{
    size_t n = 0;
    for (; text[n]; n++)
        if (!ascii_is_digit(text[n]) && (text[n] < 'a' || text[n] > 'f'))
            return false;
    return n == 2 * BINDING_NONCE_BYTES;
}

const char *binding_digest(struct arena *arena, struct bytes body)
{
    uint8_t digest[SHA256_BYTES];
    sha256(body, digest);
    return hex_format(arena, (struct bytes){digest, sizeof digest});
}

static bool is_same(const char *asked, const char *answered)
{
    return asked && answered && str_eq(asked, answered);
}

const char *binding_fault(const struct answer_binding *asked, const char *code,
                          const struct answer_binding *seen, const char *seen_code)
{
    bool is_bound = seen->present;
    bool has_nonce = is_same(asked->nonce, seen->nonce);
    bool has_digest = is_same(asked->request_sha256, seen->request_sha256);
    bool has_code = is_same(code, seen_code);
    if (is_bound && has_nonce && has_digest && has_code)
        return NULL;
    if (!is_bound)
        return "the answer does not say which question it belongs to (binding)";
    return has_code ? "the answer belongs to another question (binding)"
                    : "the answer does not say that it is from this perspective (binding)";
}
