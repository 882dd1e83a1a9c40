/*
 * A TLS client handshake and nothing else, for TLS-ALPN-01 checks: connect to one address, offer one
 * ALPN protocol, take the server's certificate, close. No chain is verified, no session resumed, no data sent.
 * Loop thread only.
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
    TLS_OK, /* the handshake is complete */
    TLS_CONNECT_FAILED,
    TLS_CONNECT_TIMEOUT, /* no TCP connection before connect_deadline_ms or the deadline */
    TLS_READ_TIMEOUT,    /* connected, but no complete handshake before the deadline */
    TLS_DISCONNECTED,
    TLS_FAILED, /* an alert, a version below 1.2, not TLS at all; error_text says which */
    TLS_LOCAL,  /* our own machine failed */
};

struct tls_request {
    const char *address; /* text, no brackets: the only one that is connected to */
    uint16_t port;
    const char *sni;
    const char *alpn;             /* the only protocol offered: "acme-tls/1" */
    uint64_t connect_deadline_ms; /* absolute; 0: the deadline of the job */
};

/* Borrowed until `done` returns. */
struct tls_result {
    enum tls_status status;
    const char *error_text;   /* for people, one line; "" if TLS_OK */
    struct bytes alpn;        /* selected by the server; empty: none */
    struct bytes certificate; /* DER of the leaf; empty: none came */
    const char *version;      /* "TLSv1.3", NULL before there is one */
    bool is_connected;        /* there was a TCP connection */
    uint64_t connect_us, total_us;
};

typedef void tls_done_fn(const struct tls_result *result, void *arg);

struct tls *tls_new(struct loop *loop, struct err *err) MUST_CHECK;
void tls_free(struct tls *tls);

/* `request` is copied. */
struct tls_job *tls_start(struct tls *tls, const struct tls_request *request,
                          struct job_group *group, uint64_t deadline_ms, tls_done_fn *done,
                          void *arg);
void tls_cancel(struct tls_job *job);

const char *tls_status_str(enum tls_status status);
