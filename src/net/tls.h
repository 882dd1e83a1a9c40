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
#include "net/peer.h"

#include <stdbool.h>
#include <stdint.h>

struct tls; /* one per worker: the context that all handshakes share */
struct tls_job;

struct tls_request {
    const char *address; /* text, no brackets: the only one that is connected to */
    uint16_t port;
    const char *sni;              /* sent as it is; 1 to 255 bytes */
    const char *alpn;             /* the only protocol offered: "acme-tls/1" */
    uint64_t connect_deadline_ms; /* absolute; 0: the deadline of the job */
};

/* Borrowed until `done` returns. The peer is the address and port of the request, no other. */
struct tls_result {
    enum peer_status status;
    const char *error_text; /* for people, one line, no words of the library's; "" if PEER_OK */
    bool alpn_refused;      /* PEER_TLS_FAILED: the server says that it does not speak `alpn` */
    /* With PEER_OK only: before, nothing is proven to come from who has the certificate's key. */
    struct bytes alpn;        /* selected by the server, whatever it is; empty: none */
    struct bytes certificate; /* DER of the leaf */
    const char *version;      /* "TLSv1.3"; NULL without PEER_OK */
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
