#define _GNU_SOURCE /* struct timeval for SO_RCVTIMEO */
#include "support/tls_peer.h"

#include "base/mem.h"
#include "support/raw_tcp.h"
#include "support/unit.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct tls_peer {
    struct tls_peer_settings settings;
    struct tls_peer_seen seen; /* of the thread, until it ended */
    SSL_CTX *ctx;
    unsigned char *certificate;
    int certificate_size;
    int listener;
    uint16_t port;
    int stop_pipe[2];
    pthread_t thread;
};

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"peer", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

static int on_select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                          const unsigned char *in, unsigned in_size, void *arg)
{
    const struct tls_peer *peer = arg;
    (void)ssl, (void)in, (void)in_size;
    if (peer->settings.refuse_alpn)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    if (!peer->settings.alpn)
        return SSL_TLSEXT_ERR_NOACK;
    *out = (const unsigned char *)peer->settings.alpn;
    *out_size = (unsigned char)strlen(peer->settings.alpn);
    return SSL_TLSEXT_ERR_OK;
}

static int on_client_hello(SSL *ssl, int *alert, void *arg)
{
    struct tls_peer_seen *seen = &((struct tls_peer *)arg)->seen;
    const unsigned char *p;
    size_t n;
    (void)alert;
    seen->legacy_version = (int)SSL_client_hello_get0_legacy_version(ssl);
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &p, &n) && n >= 3)
        seen->highest_version = p[1] << 8 | p[2];
    seen->has_session_ticket =
        SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_session_ticket, &p, &n) == 1;
    seen->alpn_size = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &p,
                                  &n) &&
        n <= sizeof seen->alpn) {
        memcpy(seen->alpn, p, n);
        seen->alpn_size = n;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

static void serve(struct tls_peer *peer, int fd)
{
    struct tls_peer_seen *seen = &peer->seen;
    struct timeval wait = {.tv_sec = RAW_WAIT_MS / 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    SSL *ssl = SSL_new(peer->ctx);
    SSL_set_fd(ssl, fd);
    seen->clients++;
    if (SSL_accept(ssl) == 1) {
        seen->handshakes++;
        seen->resumptions += SSL_session_reused(ssl) == 1;
        const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        strncpy(seen->sni, sni ? sni : "", sizeof seen->sni - 1);
        char data[1024];
        int n;
        while ((n = SSL_read(ssl, data, sizeof data)) > 0)
            seen->data_bytes += (size_t)n;
        seen->clean_ends += SSL_get_error(ssl, n) == SSL_ERROR_ZERO_RETURN;
    }
    ERR_clear_error();
    SSL_free(ssl);
    close(fd);
}

static void *run(void *arg)
{
    struct tls_peer *peer = arg;
    for (;;) {
        struct pollfd fds[] = {{peer->listener, POLLIN, 0}, {peer->stop_pipe[0], POLLIN, 0}};
        poll(fds, 2, -1);
        if (fds[0].revents) {
            int fd = accept(peer->listener, NULL, NULL);
            if (fd >= 0)
                serve(peer, fd);
        } else if (fds[1].revents) {
            return NULL;
        }
    }
}

struct tls_peer *tls_peer_start(const struct tls_peer_settings *settings)
{
    struct tls_peer *peer = xcalloc(1, sizeof *peer);
    peer->settings = *settings;
    /* A cipher with DHE needs a key of RSA. */
    bool is_rsa = settings->weak_key || settings->ciphers;
    EVP_PKEY *key = is_rsa ? EVP_RSA_gen(settings->weak_key ? 1024 : 2048) : EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    peer->certificate_size = i2d_X509(certificate, &peer->certificate);
    peer->ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(peer->ctx, 0);
    SSL_CTX_set_cipher_list(peer->ctx, settings->ciphers ? settings->ciphers : "ALL:@SECLEVEL=0");
    SSL_CTX_set_dh_auto(peer->ctx, 1);
    if (settings->groups)
        assert_int_equal(SSL_CTX_set1_groups_list(peer->ctx, settings->groups), 1);
    SSL_CTX_set_min_proto_version(peer->ctx, settings->min_version);
    SSL_CTX_set_max_proto_version(peer->ctx, settings->max_version);
    SSL_CTX_set_alpn_select_cb(peer->ctx, on_select_alpn, peer);
    SSL_CTX_set_client_hello_cb(peer->ctx, on_client_hello, peer);
    assert_int_equal(SSL_CTX_use_certificate(peer->ctx, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(peer->ctx, key), 1);
    for (unsigned i = 0; i < settings->chain_certificates; i++)
        assert_int_equal(SSL_CTX_add1_chain_cert(peer->ctx, certificate), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    peer->listener = raw_listen(&peer->port);
    assert_int_equal(pipe(peer->stop_pipe), 0);
    assert_int_equal(pthread_create(&peer->thread, NULL, run, peer), 0);
    return peer;
}

uint16_t tls_peer_port(const struct tls_peer *peer)
{
    return peer->port;
}

struct bytes tls_peer_certificate(const struct tls_peer *peer)
{
    return (struct bytes){peer->certificate, (size_t)peer->certificate_size};
}

void tls_peer_stop(struct tls_peer *peer, struct tls_peer_seen *seen)
{
    assert_int_equal(write(peer->stop_pipe[1], "", 1), 1);
    assert_int_equal(pthread_join(peer->thread, NULL), 0);
    *seen = peer->seen;
    close(peer->listener);
    close(peer->stop_pipe[0]);
    close(peer->stop_pipe[1]);
    SSL_CTX_free(peer->ctx);
    OPENSSL_free(peer->certificate);
    free(peer);
}
