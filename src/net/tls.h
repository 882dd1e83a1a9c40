/*
 * A TLS client handshake and nothing else, for TLS-ALPN-01 checks (RFC 8737 section 3): connect to
 * one address, offer one ALPN protocol, take the server's certificate, close. No name is looked up,
 * no chain is verified, no session is resumed, no data is sent.
 *
 * What a server can cost is bounded: 256 KiB of input, arithmetic by net/tls_guard.h, and the deadline,
 * which is absolute, so that a server that sends byte by byte gains nothing.
 *
 * One `struct tls` per worker, used from its loop's thread only.
 */
#pragma once

#include "base/bytes.h"
#include "base/err.h"
#include "net/job.h"

#include <stdbool.h>
#include <stdint.h>

struct tls; /* one per worker: the context that all handshakes share */
struct tls_job;

enum tls_status {
    TLS_OK,              /* the handshake is complete: the server has the key of its certificate */
    TLS_CONNECT_FAILED,  /* refused, unreachable */
    TLS_CONNECT_TIMEOUT, /* no TCP connection before connect_deadline_ms or the deadline */
    TLS_READ_TIMEOUT,    /* connected, but no complete handshake before the deadline */
    TLS_DISCONNECTED,    /* closed or reset in the middle of the handshake */
    /* An alert, a version below 1.2, plain HTTP, not TLS at all, too much input; error_text says
     * which. */
    TLS_FAILED,
    TLS_LOCAL, /* our own machine failed: no socket left; or a request that is none */
};

struct tls_request {
    const char *address; /* text, no brackets: the only one that is connected to */
    uint16_t port;
    const char *sni;              /* sent as it is; 1 to 255 bytes */
    const char *alpn;             /* the only protocol offered: "acme-tls/1" */
    uint64_t connect_deadline_ms; /* absolute; 0: the deadline of the job */
};

/* Borrowed until `done` returns. The peer is the address and port of the request, no other. */
struct tls_result {
    enum tls_status status;
    const char *error_text; /* for people, one line, no words of the library's; "" if TLS_OK */
    bool alpn_refused;      /* TLS_FAILED: the server says that it does not speak `alpn` */
    /* With TLS_OK only: before, nothing is proven to come from who has the certificate's key. */
    struct bytes alpn;        /* selected by the server, whatever it is; empty: none */
    struct bytes certificate; /* DER of the leaf */
    const char *version;      /* "TLSv1.3"; NULL without TLS_OK */
    bool is_connected;        /* there was a TCP connection */
    uint64_t connect_us;      /* until then; 0 without */
    uint64_t total_us;
};

typedef void tls_done_fn(const struct tls_result *result, void *arg);

struct tls *tls_new(struct loop *loop, struct err *err) MUST_CHECK;
/* All jobs must be over or cancelled; before loop_free(). */
void tls_free(struct tls *tls);

/* `request` is copied. */
struct tls_job *tls_start(struct tls *tls, const struct tls_request *request,
                          struct job_group *group, uint64_t deadline_ms, tls_done_fn *done,
                          void *arg);
void tls_cancel(struct tls_job *job);

const char *tls_status_str(enum tls_status status);
