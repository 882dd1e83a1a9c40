/* Shared by net/fetch*.c and nobody else. The two words of libcurl here are void pointers there. */
#pragma once

#include "net/fetch.h"
#include "net/fetch_pool.h"
#include "net/fetch_response.h"

#include <netinet/in.h>

struct curl_slist;
struct tls_guard;
struct watched_socket;

/* One operation. `easy` is a CURL *. */
struct fetch_job {
    struct job job;
    struct fetch *fetch;
    struct fetch_pool *pool; /* the fetch's */
    struct list in_fetch;
    struct arena *arena; /* the copied request, the response's headers, texts */
    const struct fetch_request *request;
    fetch_done_fn *done;
    void *arg;
    struct loop_timer connect_timer;
    uint64_t started_us;

    void *easy;
    bool is_added; /* to the multi handle */
    struct curl_slist *fields, *connect_to;
    char *error_buffer; /* of libcurl */

    int fd;                        /* of the pinned connection; -1: none yet */
    struct watched_socket *socket; /* of fetch.c: the same, while libcurl waits for it */
    struct tls_guard *guard;       /* of the TLS handshake, once it begins */
    bool is_connected;             /* TCP */
    bool is_ready;                 /* TLS included: the request is sent */
    bool has_unread;               /* the kept connection that curl chose is not to be used */
    bool has_refused_address; /* curl wanted to connect to another address than the pinned one */
    int socket_errno;         /* socket(2) failed */
    char address[INET6_ADDRSTRLEN]; /* of the last socket that was opened, or of the connection */
    uint16_t port;
    const char *tls_version; /* static text of OpenSSL */
    struct fetch_response response;
    struct fetch_result result; /* complete once the job is finished */
};

/* fetch_transfer.c. Makes `easy` with all options; false: the result is set. */
bool fetch_transfer_prepare(struct fetch_job *op);
/* The transfer ended; `code` is a CURLcode. Sets the result. */
void fetch_transfer_end(struct fetch_job *op, int code);
/* Reads from `easy` what is known so far; before it is freed. */
void fetch_transfer_collect(struct fetch_job *op);
void fetch_transfer_clear(struct fetch_job *op);
/* `text` in our words. */
void fetch_transfer_fail(struct fetch_job *op, enum peer_status status, const char *text);
/* libcurl refuses to do something, and says why: that is for the operator only. */
void fetch_transfer_fail_by_library(struct fetch_job *op, enum peer_status status,
                                    const char *library_text);
