/*
 * net/tls.h with OpenSSL, on a non-blocking socket of our own.
 *
 *      tls_start -> CONNECTING --> SHAKING --> finished
 *
 * OpenSSL never sees the socket: what comes is put into a memory BIO, what it wants to send is
 * taken out of another. So what came first can be looked at (plain HTTP gets its own words), and
 * what a server can make us read has a bound, whatever it sends and however slowly.
 */
#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include "net/tls.h"

#include "base/arena.h"
#include "base/mem.h"
#include "net/connect_error.h"
#include "net/loop_event.h"
#include "net/tls_guard.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* All that a server may send for one handshake: several times a long chain of certificates. */
    INPUT_MAX_BYTES = 256 * 1024,
    /* At a time: other jobs of the loop get their turn in between. */
    READ_BYTES = 16 * 1024,
    HEAD_BYTES = 8,       /* of what came first, to tell what it is */
    ALPN_MAX_BYTES = 255, /* RFC 7301 section 3.1 */
    SNI_MAX_BYTES = 255,
};

struct tls {
    struct loop *loop;
    SSL_CTX *ctx;
    size_t job_count;
};

enum state {
    CONNECTING, /* TCP is under way: the socket becomes writable */
    SHAKING,    /* connected: TLS runs */
};

struct tls_job {
    struct job job;
    struct tls *tls;
    struct arena *arena; /* of the result */
    enum state state;
    int fd;
    struct event *readable, *writable;
    struct loop_timer connect_timer;
    SSL *ssl;
    struct tls_guard guard; /* of `ssl` */
    BIO *in, *out;          /* of `ssl` */
    size_t input_bytes;
    uint8_t head[HEAD_BYTES];
    struct tls_result result;
    uint64_t started_us;
    tls_done_fn *done;
    void *arg;
};

static struct tls_job *job_of(struct job *job)
{
    return LIST_ENTRY(job, struct tls_job, job);
}

/* --- results --- */

static void set_failure(struct tls_job *job, enum peer_status status, const char *text)
{
    job->result.status = status;
    job->result.error_text = text;
}

static void finish(struct tls_job *job, enum peer_status status, const char *text)
{
    set_failure(job, status, text);
    job_finish(&job->job);
}

static void finish_connect_error(struct tls_job *job, int error)
{
    enum peer_status status = PEER_CONNECT_FAILED;
    if (connect_error_is_local(error))
        status = PEER_LOCAL;
    else if (error == ETIMEDOUT)
        status = PEER_CONNECT_TIMEOUT;
    finish(job, status, connect_error_str(error));
}

/* RFC 8446 section 5.1: a server starts with a handshake or an alert record. */
static bool is_tls(const struct tls_job *job)
{
    const uint8_t alert = 21, handshake = 22;
    return job->input_bytes == 0 || job->head[0] == alert || job->head[0] == handshake;
}

static const char *foreign_text(const struct tls_job *job)
{
    if (memcmp(job->head, "HTTP/", 5) == 0)
        return "the server answered in plain HTTP, not TLS";
    return "the server does not speak TLS";
}

/* --- TLS --- */

static void collect(struct tls_job *job)
{
    const unsigned char *alpn = NULL;
    unsigned alpn_size = 0;
    SSL_get0_alpn_selected(job->ssl, &alpn, &alpn_size);
    job->result.alpn = arena_bytes(job->arena, (struct bytes){alpn, alpn_size});
    job->result.version = arena_strdup(job->arena, SSL_get_version(job->ssl));
    const X509 *leaf = SSL_get0_peer_certificate(job->ssl);
    unsigned char *der = NULL;
    int der_size = leaf ? i2d_X509(leaf, &der) : 0;
    if (der_size > 0)
        job->result.certificate = arena_bytes(job->arena, (struct bytes){der, (size_t)der_size});
    OPENSSL_free(der);
}

/* Sends what OpenSSL has written: a few KB in a whole handshake, which the buffer of the socket
 * takes at once. False if the server is gone. */
static bool flush(struct tls_job *job)
{
    uint8_t data[4096];
    int size;
    while ((size = BIO_read(job->out, data, sizeof data)) > 0)
        if (send(job->fd, data, (size_t)size, MSG_NOSIGNAL) != size)
            return false;
    return true;
}

static void finish_failed_handshake(struct tls_job *job)
{
    const char *why = tls_guard_explain(&job->guard);
    job->result.alpn_refused = job->guard.alert_received == TLS_GUARD_ALERT_NO_APPLICATION_PROTOCOL;
    if (!is_tls(job))
        why = foreign_text(job);
    finish(job, PEER_TLS_FAILED, why ? why : "the server's messages break the rules of TLS");
}

static void finish_disconnected(struct tls_job *job, const char *how)
{
    if (is_tls(job))
        finish(job, PEER_DISCONNECTED,
               arena_printf(job->arena, "the server %s the connection during the handshake", how));
    else
        finish(job, PEER_TLS_FAILED, foreign_text(job));
}

/* One step of the handshake with what has come so far. */
static void shake(struct tls_job *job)
{
    /* A stale entry of this thread's queue would make any later call look failed. */
    ERR_clear_error();
    int result = SSL_do_handshake(job->ssl);
    if (result == 1) {
        collect(job);
        SSL_shutdown(job->ssl); /* close_notify, after our Finished: the server sees a clean end */
        flush(job);
        finish(job, PEER_OK, "");
    } else if (SSL_get_error(job->ssl, result) == SSL_ERROR_WANT_READ) {
        if (!flush(job))
            finish_disconnected(job, "closed");
    } else {
        flush(job); /* the alert */
        finish_failed_handshake(job);
    }
    ERR_clear_error();
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct tls_job *job = arg;
    uint8_t data[READ_BYTES];
    ssize_t n = recv(fd, data, sizeof data, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        finish_disconnected(job, n == 0 ? "closed" : "reset");
        return;
    }
    for (size_t i = 0; i < (size_t)n && job->input_bytes + i < HEAD_BYTES; i++)
        job->head[job->input_bytes + i] = data[i];
    job->input_bytes += (size_t)n;
    if (job->input_bytes > INPUT_MAX_BYTES) {
        finish(job, PEER_TLS_FAILED, "the server sent too much for a handshake");
        return;
    }
    if (BIO_write(job->in, data, (int)n) != (int)n)
        abort(); /* no memory */
    shake(job);
}

/* NULL if the request has no name or protocol that could be sent. Fails otherwise only without
 * memory. */
static SSL *new_ssl(struct tls_job *job, const struct tls_request *request)
{
    size_t alpn_size = strlen(request->alpn);
    size_t sni_size = strlen(request->sni);
    if (alpn_size == 0 || alpn_size > ALPN_MAX_BYTES || sni_size == 0 || sni_size > SNI_MAX_BYTES)
        return NULL;
    uint8_t protocols[1 + ALPN_MAX_BYTES];
    protocols[0] = (uint8_t)alpn_size;
    memcpy(protocols + 1, request->alpn, alpn_size);
    SSL *ssl = SSL_new(job->tls->ctx);
    job->in = BIO_new(BIO_s_mem());
    job->out = BIO_new(BIO_s_mem());
    /* SSL_set_alpn_protos() is the one function that says 0 for success. */
    if (!ssl || !job->in || !job->out || SSL_set_alpn_protos(ssl, protocols, alpn_size + 1) != 0 ||
        SSL_set_tlsext_host_name(ssl, request->sni) != 1)
        abort();
    BIO_set_mem_eof_return(job->in, -1); /* empty is not the end */
    SSL_set_bio(ssl, job->in, job->out); /* which owns them from here on */
    SSL_set_connect_state(ssl);
    tls_guard_watch(ssl, &job->guard);
    return ssl;
}

/* --- TCP --- */

static void enter_shaking(struct tls_job *job)
{
    job->state = SHAKING;
    loop_timer_stop(&job->connect_timer);
    job->result.is_connected = true;
    job->result.connect_us = loop_now_us(job->tls->loop) - job->started_us;
    event_add(job->readable, NULL);
    shake(job);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct tls_job *job = arg;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error)
        finish_connect_error(job, error);
    else
        enter_shaking(job);
}

static void on_connect_deadline(void *arg)
{
    finish(arg, PEER_CONNECT_TIMEOUT, "no TCP connection in time");
}

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

/* Returns the size, 0 for what is no address. No name is ever looked up. */
static socklen_t parse_address(const struct tls_request *request, union address *address)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, request->address, &address->four.sin_addr) == 1) {
        address->four.sin_family = AF_INET;
        address->four.sin_port = htons(request->port);
        return sizeof address->four;
    }
    if (inet_pton(AF_INET6, request->address, &address->six.sin6_addr) == 1) {
        address->six.sin6_family = AF_INET6;
        address->six.sin6_port = htons(request->port);
        return sizeof address->six;
    }
    return 0;
}

static void enter_connecting(struct tls_job *job, const struct tls_request *request)
{
    union address address;
    socklen_t size = parse_address(request, &address);
    job->ssl = size ? new_ssl(job, request) : NULL;
    ERR_clear_error();
    if (!job->ssl) {
        finish(job, PEER_LOCAL, "not a request for a handshake");
        return;
    }
    job->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (job->fd < 0) {
        finish_connect_error(job, errno);
        return;
    }
    struct event_base *base = loop_event_base(job->tls->loop);
    job->readable = event_new(base, job->fd, EV_READ | EV_PERSIST, on_readable, job);
    job->writable = event_new(base, job->fd, EV_WRITE, on_writable, job);
    if (!job->readable || !job->writable)
        abort(); /* no memory */
    if (connect(job->fd, &address.any, size) != 0 && errno != EINPROGRESS) {
        finish_connect_error(job, errno);
        return;
    }
    event_add(job->writable, NULL);
    if (request->connect_deadline_ms)
        loop_timer_start(job->tls->loop, &job->connect_timer, request->connect_deadline_ms,
                         on_connect_deadline, job);
}

/* --- the job --- */

static void stop(struct job *base)
{
    struct tls_job *job = job_of(base);
    loop_timer_stop(&job->connect_timer);
    /* Events before the descriptor: libevent must not see its number again while it has them. */
    if (job->readable)
        event_free(job->readable);
    if (job->writable)
        event_free(job->writable);
    if (job->fd >= 0)
        close(job->fd);
    SSL_free(job->ssl);
    job->readable = job->writable = NULL;
    job->ssl = NULL;
    job->fd = -1;
}

static void on_deadline(struct job *base)
{
    struct tls_job *job = job_of(base);
    if (job->state == CONNECTING)
        set_failure(job, PEER_CONNECT_TIMEOUT, "no TCP connection in time");
    else
        set_failure(job, PEER_READ_TIMEOUT, "no complete TLS handshake in time");
}

static void deliver(struct job *base)
{
    struct tls_job *job = job_of(base);
    job->result.total_us = loop_now_us(job->tls->loop) - job->started_us;
    job->done(&job->result, job->arg);
}

static void free_job(struct job *base)
{
    struct tls_job *job = job_of(base);
    job->tls->job_count--;
    arena_free(job->arena);
    free(job);
}

struct tls_job *tls_start(struct tls *tls, const struct tls_request *request,
                          struct job_group *group, uint64_t deadline_ms, tls_done_fn *done,
                          void *arg)
{
    static const struct job_ops ops = {
        .stop = stop, .on_deadline = on_deadline, .deliver = deliver, .free = free_job};
    struct tls_job *job = xcalloc(1, sizeof *job);
    job->tls = tls;
    job->arena = arena_new();
    job->fd = -1;
    job->started_us = loop_now_us(tls->loop);
    job->done = done;
    job->arg = arg;
    tls->job_count++;
    job_start(&job->job, &ops, tls->loop, group, deadline_ms);
    enter_connecting(job, request);
    return job;
}

void tls_cancel(struct tls_job *job)
{
    job_cancel(&job->job);
}

/* --- the context of all handshakes --- */

/* RFC 8737 section 3: the certificate is self-signed. What it must be is judged on its bytes, not
 * by a chain; so none is built. */
static int accept_any(X509_STORE_CTX *store, void *arg)
{
    (void)store;
    (void)arg;
    return 1;
}

static bool configure(SSL_CTX *ctx)
{
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, accept_any, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    /* The system's openssl.cnf may ask for more, for the sake of secrets; here nothing is secret,
     * and a key that it finds too short must not hide the certificate. */
    SSL_CTX_set_security_level(ctx, 1);
    /* RFC 8737 section 4: TLS 1.2 or higher. */
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, 0) == 1 && tls_guard_set(ctx);
}

struct tls *tls_new(struct loop *loop, struct err *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx || !configure(ctx)) {
        err_set(err, ERR_IO, "OpenSSL cannot be set up (error %lx)", ERR_peek_error());
        ERR_clear_error();
        SSL_CTX_free(ctx);
        return NULL;
    }
    struct tls *tls = xcalloc(1, sizeof *tls);
    tls->loop = loop;
    tls->ctx = ctx;
    return tls;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    assert(tls->job_count == 0);
    SSL_CTX_free(tls->ctx);
    free(tls);
}
