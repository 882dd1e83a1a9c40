#include "net/tls_guard.h"

#include "base/bytes.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "crypto/cert_cost.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HANDSHAKE_HEADER_BYTES = 4, /* type and length, RFC 8446 section 4 */
    ALERT_BYTES = 2,            /* level and description, RFC 8446 section 6 */
};

static size_t take_u24(struct cursor *cursor)
{
    size_t high = cursor_u8(cursor);
    return high << 16 | cursor_u16(cursor);
}

/* The Certificate message: RFC 5246 section 7.4.2, and RFC 8446 section 4.4.2 with a context before the
 * list and extensions after each certificate. */
static const char *chain_refusal(struct bytes message, bool is_tls13)
{
    struct cursor cursor = cursor_of(message);
    if (is_tls13)
        cursor_take(&cursor, cursor_u8(&cursor));
    struct cursor list = cursor_of(cursor_take(&cursor, take_u24(&cursor)));
    for (size_t count = 0; cursor_left(&list) > 0; count++) {
        struct bytes der = cursor_take(&list, take_u24(&list));
        if (is_tls13)
            cursor_take(&list, cursor_u16(&list));
        if (!cursor_ok(&list))
            break;
        if (count == TLS_GUARD_CERTIFICATES)
            return "is one of more than 16";
        const char *refusal = cert_cost_refusal(der);
        if (refusal)
            return refusal;
    }
    return cursor_ok(&list) && cursor_done(&cursor) ? NULL : "came in a malformed message";
}

/*
 * OpenSSL shows each message here after it came and before anything is done with it. The callback
 * cannot say no: so a list of certificates that is refused is wiped where it lies (a list of no bytes,
 * and then bytes), which every version of OpenSSL takes for a decoding error, before it looks at a
 * certificate.
 */
static void guard_certificates(struct tls_guard *guard, struct bytes message, const SSL *ssl)
{
    struct bytes body = {message.p + HANDSHAKE_HEADER_BYTES, message.n - HANDSHAKE_HEADER_BYTES};
    const char *refusal = chain_refusal(body, SSL_version(ssl) == TLS1_3_VERSION);
    if (!refusal)
        return;
    if (guard && !guard->refusal[0])
        snprintf(guard->refusal, sizeof guard->refusal,
                 "the server's certificate %s, and is not examined", refusal);
    memset((uint8_t *)(uintptr_t)body.p, 0, body.n);
}

static void on_message(int is_sent, int version, int content_type, const void *message, size_t size,
                       SSL *ssl, void *arg)
{
    struct tls_guard *guard = arg;
    const uint8_t *at = message;
    (void)version;
    if (content_type == SSL3_RT_ALERT && size == ALERT_BYTES && guard)
        *(is_sent ? &guard->alert_sent : &guard->alert_received) = at[1];
    if (content_type == SSL3_RT_HANDSHAKE && !is_sent && size > HANDSHAKE_HEADER_BYTES &&
        at[0] == SSL3_MT_CERTIFICATE)
        guard_certificates(guard, (struct bytes){at, size}, ssl);
}

static bool set_groups(SSL_CTX *ctx)
{
    /* The hybrid is new in OpenSSL 3.5; an older one refuses a list that names it. */
    bool is_set = SSL_CTX_set1_groups_list(ctx, "X25519MLKEM768:X25519:P-256:P-384") == 1 ||
                  SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1;
    ERR_clear_error();
    return is_set;
}

bool tls_guard_set(void *ssl_ctx)
{
    SSL_CTX *ctx = ssl_ctx;
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
#ifdef SSL_OP_NO_RX_CERTIFICATE_COMPRESSION
    /* A compressed message would pass on_message() unread (RFC 8879). */
    SSL_CTX_set_options(ctx, SSL_OP_NO_RX_CERTIFICATE_COMPRESSION);
#endif
    SSL_CTX_set_max_cert_list(ctx, TLS_GUARD_CHAIN_BYTES);
    SSL_CTX_set_msg_callback(ctx, on_message);
    /* Without anonymous ciphers, which have no certificate; the TLS 1.3 suites have no DHE but by
     * group. */
    return set_groups(ctx) && SSL_CTX_set_cipher_list(ctx, "DEFAULT:!DHE:!aNULL:!PSK:!SRP") == 1;
}

void tls_guard_watch(void *ssl, struct tls_guard *guard)
{
    SSL_set_msg_callback_arg((SSL *)ssl, guard);
}

void tls_guard_release(struct tls_guard *guard)
{
    if (guard && --guard->holders == 0)
        free(guard);
}

static void on_context_freed(void *parent, void *shared, CRYPTO_EX_DATA *data, int index, long argl,
                             void *argp)
{
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    tls_guard_release(shared);
}

/* Made once in the process: OpenSSL has no way to give one back. */
static int shared_index = -1;
static CRYPTO_ONCE shared_once = CRYPTO_ONCE_STATIC_INIT;

static void make_shared_index(void)
{
    shared_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, on_context_freed);
}

struct tls_guard *tls_guard_share(void *ssl_ctx)
{
    struct tls_guard *guard = xcalloc(1, sizeof *guard);
    guard->holders = 2;
    if (CRYPTO_THREAD_run_once(&shared_once, make_shared_index) != 1 || shared_index < 0 ||
        SSL_CTX_set_ex_data(ssl_ctx, shared_index, guard) != 1)
        abort(); /* no memory */
    SSL_CTX_set_msg_callback_arg((SSL_CTX *)ssl_ctx, guard);
    return guard;
}

/* ---- words ---- */

/* RFC 8446 section 6, and those of TLS 1.2 that it took out (RFC 5246 section 7.2). What the server says by
 * the alert, and what is said of the server by ours. */
static const struct alert {
    uint8_t number;
    const char *received, *sent;
} alerts[] = {
    {10, "the server says that our messages come in the wrong order (alert unexpected_message)",
     "the server sends what has no place in a handshake"},
    {20, "the server cannot read what we send (alert bad_record_mac)",
     "what the server sends cannot be decrypted"},
    {22, "the server finds a record too long (alert record_overflow)",
     "the server sends records that are too long"},
    {40,
     "the server refused the handshake: it has nothing in common with us, or no certificate for this "
     "name (alert handshake_failure)",
     "the server chose what was not offered, or has nothing in common with us"},
    {42, "the server wants another certificate of ours (alert bad_certificate)",
     "the server's certificate is malformed"},
    {43, "the server wants another certificate of ours (alert unsupported_certificate)",
     "the server's certificate is of an unsupported kind"},
    {45, "the server finds our certificate expired (alert certificate_expired)",
     "the server's certificate has expired"},
    {46, "the server does not accept our certificate (alert certificate_unknown)",
     "the server's certificate is not accepted"},
    {47, "the server finds a value of ours illegal (alert illegal_parameter)",
     "the server chose what was not offered, or sent an illegal value"},
    {48, "the server does not know who issued our certificate (alert unknown_ca)",
     "the issuer of the server's certificate is not trusted"},
    {49, "the server denies access (alert access_denied)",
     "the server's certificate is not accepted"},
    {50, "the server cannot decode our messages (alert decode_error)",
     "the server's messages are malformed"},
    {51, "the server finds a signature of ours wrong (alert decrypt_error)",
     "the server's signature is wrong: it has not the key of its certificate"},
    {70, "the server speaks no version of TLS from 1.2 on (alert protocol_version)",
     "the server speaks no version of TLS from 1.2 on"},
    {71, "the server finds our offer too weak (alert insufficient_security)",
     "the server's offer is too weak"},
    {80, "the server failed by itself (alert internal_error)", "the handshake failed on our side"},
    {86, "the server suspects an older version of TLS (alert inappropriate_fallback)",
     "the server chose a version of TLS that was not the best of both"},
    {90, "the server broke the handshake off (alert user_canceled)",
     "the handshake was broken off"},
    {109, "the server misses an extension (alert missing_extension)",
     "the server's messages lack an extension that must be there"},
    {110, "the server finds an extension that it does not want (alert unsupported_extension)",
     "the server sent an extension that was not asked for"},
    {112, "the server has no site of this name (alert unrecognized_name)",
     "the server's name is not recognized"},
    {116, "the server wants a certificate of ours (alert certificate_required)",
     "a certificate is missing"},
    {TLS_GUARD_ALERT_NO_APPLICATION_PROTOCOL,
     "the server speaks none of the protocols that were offered by ALPN (alert no_application_protocol)",
     "the server chose a protocol by ALPN that was not offered"},
};

const char *tls_guard_explain(const struct tls_guard *guard)
{
    if (!guard)
        return NULL;
    if (guard->refusal[0])
        return guard->refusal;
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++) {
        if (guard->alert_received == alerts[i].number)
            return alerts[i].received;
        if (!guard->alert_received && guard->alert_sent == alerts[i].number)
            return alerts[i].sent;
    }
    return guard->alert_received
               ? "the server refused the handshake, by an alert that is not in use"
               : NULL;
}
