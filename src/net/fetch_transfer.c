/*
 * One transfer: our request as libcurl's options, libcurl's callbacks and results as our result.
 *
 * libcurl reads more from its surroundings than it says: proxies from environment variables, TLS
 * key logging, user names in URLs, unusual status lines. Each option here says what it turns off.
 */
#include "net/fetch_impl.h"

#include "base/mem.h"
#include "base/str.h"
#include "net/connect_error.h"
#include "net/tls_guard.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ERROR_TEXT_BYTES = 200,
    KEEP_IDLE_S = 30, /* servers close idle connections after a while: do not race with them */
};

void fetch_transfer_fail(struct fetch_job *op, enum peer_status status, const char *text)
{
    op->result.status = status;
    op->result.error_text = str_escape(op->arena, bytes_of(text), ERROR_TEXT_BYTES);
}

static void note_library_text(struct fetch_job *op, const char *text)
{
    op->result.library_text = str_escape(op->arena, bytes_of(text), ERROR_TEXT_BYTES);
}

void fetch_transfer_fail_by_library(struct fetch_job *op, enum peer_status status,
                                    const char *library_text)
{
    note_library_text(op, library_text);
    fetch_transfer_fail(op, status, "the request could not be made");
}

/* ---- callbacks ---- */

/* Bytes of headers come line by line. Any other return value than the size ends this transfer;
 * ending it otherwise, curl_multi_remove_handle(), is not allowed inside a callback. */
static size_t on_header(char *p, size_t size, size_t count, void *arg)
{
    struct fetch_job *op = arg;
    struct bytes line = {(const uint8_t *)p, size * count};
    return fetch_response_line(&op->response, line) ? line.n : 0;
}

static size_t on_body(char *p, size_t size, size_t count, void *arg)
{
    struct fetch_job *op = arg;
    struct bytes data = {(const uint8_t *)p, size * count};
    return fetch_response_body(&op->response, data) ? data.n : CURL_WRITEFUNC_ERROR;
}

static bool is_pinned_address(const struct fetch_pin *pin, const struct curl_sockaddr *to)
{
    struct in6_addr address;
    if (to->family == AF_INET) {
        const struct sockaddr_in *sa = (const void *)&to->addr;
        return inet_pton(AF_INET, pin->address, &address) == 1 &&
               memcmp(&address, &sa->sin_addr, sizeof sa->sin_addr) == 0 &&
               ntohs(sa->sin_port) == pin->port;
    }
    const struct sockaddr_in6 *sa = (const void *)&to->addr;
    return to->family == AF_INET6 && inet_pton(AF_INET6, pin->address, &address) == 1 &&
           memcmp(&address, &sa->sin6_addr, sizeof address) == 0 &&
           ntohs(sa->sin6_port) == pin->port;
}

/* Whom this connection goes to. libcurl 7.88 tells of every connection (CURLINFO_PRIMARY_IP), 8.14
 * only of those that came to be ready: of a TLS handshake that failed, or of a server that is
 * silent, the evidence would not say whose it was. */
static void note_peer(struct fetch_job *op, const struct curl_sockaddr *to)
{
    if (to->family == AF_INET) {
        const struct sockaddr_in *sa = (const void *)&to->addr;
        inet_ntop(AF_INET, &sa->sin_addr, op->address, sizeof op->address);
        op->port = ntohs(sa->sin_port);
    } else if (to->family == AF_INET6) {
        const struct sockaddr_in6 *sa = (const void *)&to->addr;
        inet_ntop(AF_INET6, &sa->sin6_addr, op->address, sizeof op->address);
        op->port = ntohs(sa->sin6_port);
    }
}

/* The second lock: whatever made curl choose an address, only the pinned one gets a socket. It is
 * not asked for connections that are used again; so pinned requests use none again. */
static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct fetch_job *op = arg;
    (void)purpose;
    if (op->request->pin && !is_pinned_address(op->request->pin, to)) {
        op->has_refused_address = true;
        return CURL_SOCKET_BAD;
    }
    int fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    if (fd < 0) {
        op->socket_errno = errno;
        return CURL_SOCKET_BAD;
    }
    note_peer(op, to);
    if (op->request->pin)
        op->fd = fd; /* the only one: a pinned request has one address and one connection */
    else
        fetch_pool_add(op->pool, fd, op);
    return fd;
}

/* The connection may have outlived the request that it was opened for. */
static int on_close_socket(void *arg, curl_socket_t fd)
{
    fetch_pool_remove(arg, fd);
    return close(fd);
}

static bool verifies_tls(const struct fetch_request *request)
{
    return request->verify_tls || !request->pin;
}

static int accept_any(X509_STORE_CTX *store, void *arg)
{
    (void)store, (void)arg;
    return 1;
}

/* The TCP connection is there, and TLS begins on it. CURLINFO_CONNECT_TIME_T stays 0 until TLS is
 * done, so that without this a server that is reached but slow would look unreachable. */
static CURLcode on_tls_begins(CURL *easy, void *ssl_ctx, void *arg)
{
    struct fetch_job *op = arg;
    (void)easy;
    op->is_connected = true;
    tls_guard_release(op->guard);
    op->guard = tls_guard_share(ssl_ctx);
    /* libcurl ignores what is wrong with a chain, but lets OpenSSL build and verify it. */
    if (!verifies_tls(op->request))
        SSL_CTX_set_cert_verify_callback(ssl_ctx, accept_any, NULL);
    return tls_guard_set(ssl_ctx) ? CURLE_OK : CURLE_FAILED_INIT;
}

/* The connection is ready, TLS included; the request goes out next. SSL * is not to be had
 * later. */
static int on_ready(void *arg, char *address, char *local_address, int port, int local_port)
{
    struct fetch_job *op = arg;
    struct curl_tlssessioninfo *tls = NULL;
    bool has_unread = false;
    op->is_connected = op->is_ready = true;
    /* Whose connection it is may be news: one that is used again, or the first of several to
     * answer. */
    snprintf(op->address, sizeof op->address, "%s", address);
    op->port = (uint16_t)port;
    if (curl_easy_getinfo(op->easy, CURLINFO_TLS_SSL_PTR, &tls) == CURLE_OK && tls &&
        tls->backend == CURLSSLBACKEND_OPENSSL && tls->internals) {
        op->tls_version = SSL_get_version(tls->internals);
        has_unread = SSL_has_pending(tls->internals) == 1;
    }
    if (op->request->pin)
        return CURL_PREREQFUNC_OK;
    const struct fetch_pool_ends ends = {address, local_address, port, local_port};
    enum fetch_claim claim =
        fetch_pool_claim(op->pool, &ends, op, has_unread, &op->result.connection);
    op->result.was_kept = claim != FETCH_CLAIM_NEW;
    op->has_unread = claim == FETCH_CLAIM_UNCLEAN;
    return op->has_unread ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* ---- options ---- */

/* One option; after the first failure nothing more is set. */
#define SET(op, option, value)                                                                     \
    do {                                                                                           \
        if ((op)->result.status == PEER_OK)                                                        \
            note_option(op, curl_easy_setopt((op)->easy, option, value));                          \
    } while (0)

static void note_option(struct fetch_job *op, CURLcode code)
{
    if (code != CURLE_OK)
        fetch_transfer_fail_by_library(op, PEER_LOCAL, curl_easy_strerror(code));
}

/* What follows the authority, exactly: libcurl 8.14 leaves out the "?" of an empty query. */
static void set_target(struct fetch_job *op)
{
    const char *scheme_end = strstr(op->request->url, "://");
    const char *authority = scheme_end ? scheme_end + 3 : op->request->url;
    const char *target = authority + strcspn(authority, "/?#");
    if (*target == '/' && !strchr(target, '#'))
        SET(op, CURLOPT_REQUEST_TARGET, target);
}

static void set_general(struct fetch_job *op)
{
    const struct fetch_request *request = op->request;
    SET(op, CURLOPT_PRIVATE, op);
    SET(op, CURLOPT_ERRORBUFFER, op->error_buffer);
    SET(op, CURLOPT_NOSIGNAL, 1L); /* no alarm(2); SIGPIPE is the process's affair */
    SET(op, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(op, CURLOPT_URL, request->url);
    SET(op, CURLOPT_PATH_AS_IS, 1L);
    set_target(op);
    SET(op, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(op, CURLOPT_PROXY, ""); /* else http_proxy and its kin decide */
    SET(op, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(op, CURLOPT_FOLLOWLOCATION, 0L);
    SET(op, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    /* Allowed, so that we see the bytes and can say what they are; refused in on_body(). */
    SET(op, CURLOPT_HTTP09_ALLOWED, 1L);
    SET(op, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(op, CURLOPT_USERAGENT, request->user_agent ? request->user_agent : "mpic"); /* "": none */
    SET(op, CURLOPT_HEADERFUNCTION, on_header);
    SET(op, CURLOPT_HEADERDATA, op);
    SET(op, CURLOPT_WRITEFUNCTION, on_body);
    SET(op, CURLOPT_WRITEDATA, op);
    SET(op, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(op, CURLOPT_OPENSOCKETDATA, op);
    SET(op, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
    SET(op, CURLOPT_CLOSESOCKETDATA, op->pool);
    SET(op, CURLOPT_PREREQFUNCTION, on_ready);
    SET(op, CURLOPT_PREREQDATA, op);
    /* Time limits are the job's, and connect_timer's: curl's own for connecting has a default and
     * includes the TLS handshake. */
    SET(op, CURLOPT_CONNECTTIMEOUT_MS, 24L * 3600 * 1000);
}

/* libcurl looks for the host in its cache first, and there it is: no lookup, no thread. What the next
 * request says takes the place of it. Pinned requests have addresses in their URL's place, and none. */
static void set_addresses(struct fetch_job *op, const struct fetch_addresses *addresses)
{
    const char *text =
        arena_printf(op->arena, "%s:%u:", addresses->host, (unsigned)addresses->port);
    for (size_t i = 0; i < addresses->list.count; i++) {
        bool is_v6 = strchr(addresses->list.items[i], ':') != NULL;
        text = arena_printf(op->arena, "%s%s%s%s%s", text, i ? "," : "", is_v6 ? "[" : "",
                            addresses->list.items[i], is_v6 ? "]" : "");
    }
    op->connect_to = curl_slist_append(NULL, text);
    if (!op->connect_to)
        abort();
    SET(op, CURLOPT_RESOLVE, op->connect_to);
}

static void set_connection(struct fetch_job *op)
{
    const struct fetch_pin *pin = op->request->pin;
    if (!pin) {
        SET(op, CURLOPT_MAXAGE_CONN, (long)KEEP_IDLE_S);
        /* A lookup runs in a thread of curl's. Without this, ending the transfer would wait for the
         * thread, and the loop with it. */
        SET(op, CURLOPT_QUICK_EXIT, 1L);
        if (op->request->addresses)
            set_addresses(op, op->request->addresses);
        SET(op, CURLOPT_FRESH_CONNECT, op->request->reuse == FETCH_KEPT ? 0L : 1L);
        SET(op, CURLOPT_FORBID_REUSE, op->request->reuse == FETCH_ALONE ? 1L : 0L);
        return;
    }
    /* "::" stands for any host and port of the URL. Not CURLOPT_RESOLVE: it fills a cache that all
     * transfers share. libcurl does not copy the list. */
    bool is_v6 = strchr(pin->address, ':') != NULL;
    op->connect_to =
        curl_slist_append(NULL, arena_printf(op->arena, "::%s%s%s:%u", is_v6 ? "[" : "",
                                             pin->address, is_v6 ? "]" : "", (unsigned)pin->port));
    if (!op->connect_to)
        abort();
    SET(op, CURLOPT_CONNECT_TO, op->connect_to);
    SET(op, CURLOPT_FRESH_CONNECT, 1L);
    SET(op, CURLOPT_FORBID_REUSE, 1L);
    SET(op, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

static void set_tls(struct fetch_job *op)
{
    const struct fetch_request *request = op->request;
    const struct fetch_tls *tls = request->tls;
    bool verify = verifies_tls(request);
    SET(op, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(op, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
    SET(op, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    SET(op, CURLOPT_SSL_CTX_FUNCTION, on_tls_begins);
    SET(op, CURLOPT_SSL_CTX_DATA, op);
    SET(op, CURLOPT_SSL_ENABLE_ALPN, request->alpn_http1 ? 1L : 0L);
    if (!tls)
        return;
    if (tls->ca_file) {
        SET(op, CURLOPT_CAINFO, tls->ca_file);
        SET(op, CURLOPT_CAPATH, NULL); /* else the system's directory is trusted, too */
    }
    SET(op, CURLOPT_SSLCERT, tls->certificate_file);
    SET(op, CURLOPT_SSLKEY, tls->key_file);
    SET(op, CURLOPT_KEYPASSWD, ""); /* else OpenSSL asks for one on the terminal */
}

static void append_line(struct fetch_job *op, const char *line)
{
    struct curl_slist *fields = curl_slist_append(op->fields, line);
    if (!fields)
        abort();
    op->fields = fields;
}

/* To curl, "Name:" without a value takes one of its own fields away; "Name;" is an empty one. */
static void append_field(struct fetch_job *op, const char *name, const char *value)
{
    append_line(op, value[0] ? arena_printf(op->arena, "%s: %s", name, value)
                             : arena_printf(op->arena, "%s;", name));
}

static bool has_field(const struct fetch_request *request, const char *name)
{
    return fetch_header_get(request->headers, request->header_count, name) != NULL;
}

static void set_fields(struct fetch_job *op)
{
    const struct fetch_request *request = op->request;
    for (size_t i = 0; i < request->header_count; i++)
        append_field(op, request->headers[i].name, request->headers[i].value);
    if (!has_field(request, "Accept-Encoding"))
        append_field(op, "Accept-Encoding", "identity");
    if (request->pin || request->reuse == FETCH_ALONE)
        append_field(op, "Connection", "close");
    if (str_eq(request->method, "POST")) {
        SET(op, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n);
        SET(op, CURLOPT_POSTFIELDS, request->body.p); /* not copied: it is in the arena */
        append_line(op, "Expect:");
        if (!has_field(request, "Content-Type"))
            append_line(op, "Content-Type:");
    }
    SET(op, CURLOPT_HTTPHEADER, op->fields);
}

/* ---- requests that are never sent ---- */

static bool is_field_of_ours(const char *name)
{
    static const char *const names[] = {"Connection", "Content-Length",    "Expect",
                                        "Keep-Alive", "Proxy-Connection",  "TE",
                                        "Trailer",    "Transfer-Encoding", "Upgrade"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq_nocase(name, names[i]))
            return true;
    }
    return false;
}

static bool is_field(const struct fetch_header *field)
{
    for (const char *c = field->name; *c; c++) {
        if (!ascii_is_alnum(*c) && !strchr("!#$%&'*+-.^_`|~", *c))
            return false;
    }
    for (const char *c = field->value; *c; c++) {
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return false;
    }
    return field->name[0] != '\0' && !is_field_of_ours(field->name);
}

static const char *why_not_sent(const struct fetch_request *request)
{
    struct in6_addr address;
    const struct fetch_pin *pin = request->pin;
    if (strncasecmp(request->url, "http://", 7) != 0 &&
        strncasecmp(request->url, "https://", 8) != 0)
        return "the URL is neither http nor https"; /* curl would guess a scheme */
    if (!str_eq(request->method, "GET") && !str_eq(request->method, "POST"))
        return "the method is neither GET nor POST";
    /* A name here would be looked up by curl. */
    if (pin &&
        inet_pton(strchr(pin->address, ':') ? AF_INET6 : AF_INET, pin->address, &address) != 1)
        return "the pinned address is not an address";
    for (size_t i = 0; i < request->header_count; i++) {
        if (!is_field(&request->headers[i]))
            return "a header of the request is malformed, or not the caller's to set";
    }
    if (fetch_header_count(request->headers, request->header_count, "Host") > 1)
        return "the request has two Host headers"; /* curl would send both */
    if (request->user_agent && !is_field(&(struct fetch_header){"User-Agent", request->user_agent}))
        return "the user agent is malformed";
    return NULL;
}

bool fetch_transfer_prepare(struct fetch_job *op)
{
    const char *why = why_not_sent(op->request);
    fetch_response_init(&op->response, op->arena, op->request);
    if (why) {
        fetch_transfer_fail(op, PEER_LOCAL, why);
        return false;
    }
    op->error_buffer = arena_alloc(op->arena, CURL_ERROR_SIZE);
    op->easy = curl_easy_init();
    if (!op->easy)
        abort();
    set_general(op);
    set_connection(op);
    set_tls(op);
    set_fields(op);
    return op->result.status == PEER_OK;
}

/* ---- results ---- */

static enum peer_status connect_status(const struct fetch_job *op, int error)
{
    if (op->has_refused_address || connect_error_is_local(error))
        return PEER_LOCAL;
    return error == ETIMEDOUT ? PEER_CONNECT_TIMEOUT : PEER_CONNECT_FAILED;
}

static int connect_errno(const struct fetch_job *op)
{
    long os_errno = 0;
    if (op->socket_errno)
        return op->socket_errno;
    curl_easy_getinfo(op->easy, CURLINFO_OS_ERRNO, &os_errno);
    return (int)os_errno;
}

static enum peer_status status_of(const struct fetch_job *op, CURLcode code)
{
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return PEER_CONNECT_FAILED;
    case CURLE_COULDNT_CONNECT:
        return connect_status(op, connect_errno(op));
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
        return PEER_TLS_FAILED;
    case CURLE_RECV_ERROR:
        /* One code for a reset and for chunks that are none; only the text tells them apart. */
        return strstr(op->error_buffer, "chunk") ? PEER_NOT_HTTP : PEER_DISCONNECTED;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
        return PEER_DISCONNECTED;
    case CURLE_SSL_CERTPROBLEM: /* our own files */
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_FAILED_INIT:
        return PEER_LOCAL;
    default:
        /* Once somebody is connected to, it is he who made libcurl give up, whatever it says: chunks
         * that are none have many codes, that of "out of memory" among them, and a header line without
         * end, too. A small allocation does not fail. */
        return op->is_connected ? PEER_NOT_HTTP : PEER_LOCAL;
    }
}

static const char *disconnected_text(const struct fetch_job *op)
{
    switch (op->response.phase) {
    case FETCH_PHASE_STATUS:
        return "the server closed or reset the connection before it answered";
    case FETCH_PHASE_FIELDS:
        return "the server closed or reset the connection in the middle of the headers";
    case FETCH_PHASE_BODY:
        break;
    }
    return arena_printf(
        op->arena,
        "the server closed or reset the connection in the middle of the body, after "
        "%zu bytes",
        op->response.body_bytes);
}

/* OpenSSL's first error is the cause, but it says so in numbers: what went over the wire says it in the
 * words of the RFCs. */
static const char *tls_text(const struct fetch_job *op, CURLcode code)
{
    const char *why = tls_guard_explain(op->guard);
    /* What OpenSSL makes of plain text. */
    if (strstr(op->error_buffer, "wrong version number") ||
        strstr(op->error_buffer, "http request"))
        return "the server does not speak TLS on this port";
    if (code == CURLE_PEER_FAILED_VERIFICATION && !(op->guard && op->guard->refusal[0]))
        return "the server's certificate is not trusted, or not made for this name";
    return why ? why : "the server broke off the TLS handshake, or breaks the rules of TLS";
}

/* In our words: what libcurl says changes with its version, and is for the operator. */
static const char *text_of(const struct fetch_job *op, CURLcode code, enum peer_status status)
{
    switch (status) {
    case PEER_CONNECT_FAILED:
    case PEER_CONNECT_TIMEOUT:
        return code == CURLE_COULDNT_RESOLVE_HOST ? "the name of the host cannot be found"
                                                  : connect_error_str(connect_errno(op));
    case PEER_DISCONNECTED:
        return disconnected_text(op);
    case PEER_TLS_FAILED:
        return tls_text(op, code);
    case PEER_NOT_HTTP:
        if (op->response.phase == FETCH_PHASE_BODY)
            return "the chunks or trailers of the answer's body are malformed";
        if (strstr(op->error_buffer, "Transfer-Encoding")) /* 8.14, before we see the field */
            return fetch_response_other_coding;
        return strstr(op->error_buffer, "Content-Length")
                   ? "the answer's Content-Length is malformed, or given twice"
                   : "the headers of the answer are malformed or too large";
    case PEER_LOCAL:
        if (op->has_refused_address)
            return "the connection would not go to the pinned address";
        return op->socket_errno ? connect_error_str(op->socket_errno)
                                : "the request could not be made";
    case PEER_OK:
    case PEER_READ_TIMEOUT:
        break;
    }
    return "no complete answer";
}

static void end_complete(struct fetch_job *op)
{
    if (op->response.phase == FETCH_PHASE_BODY)
        op->result.status = PEER_OK;
    else
        fetch_transfer_fail(op, PEER_DISCONNECTED, disconnected_text(op));
}

static void end_failed(struct fetch_job *op, CURLcode code)
{
    if (op->has_unread) {
        fetch_transfer_fail(op, PEER_DISCONNECTED, "the kept connection was not clean any more");
        return;
    }
    enum peer_status status = status_of(op, code);
    note_library_text(op, op->error_buffer[0] ? op->error_buffer : curl_easy_strerror(code));
    fetch_transfer_fail(op, status, text_of(op, code, status));
}

void fetch_transfer_end(struct fetch_job *op, int code)
{
    if (op->response.error)
        fetch_transfer_fail(op, PEER_NOT_HTTP, op->response.error);
    else if (op->response.body_cut)
        op->result.status = PEER_OK; /* we stopped it: curl calls that an error */
    else if (code == CURLE_OK)
        end_complete(op);
    else
        end_failed(op, (CURLcode)code);
}

void fetch_transfer_collect(struct fetch_job *op)
{
    curl_off_t connect_us = 0;
    if (!op->easy)
        return;
    curl_easy_getinfo(op->easy, CURLINFO_CONNECT_TIME_T, &connect_us);
    op->is_connected = op->is_connected || connect_us > 0;
    if (!op->is_connected)
        return;
    op->result.connect_us = connect_us > 0 ? (uint64_t)connect_us : 0;
    op->result.address = op->address[0] ? arena_strdup(op->arena, op->address) : NULL;
    op->result.port = op->port;
    op->result.tls_version = op->tls_version;
}

void fetch_transfer_clear(struct fetch_job *op)
{
    if (op->easy)
        curl_easy_cleanup(op->easy);
    op->easy = NULL;
    tls_guard_release(op->guard);
    op->guard = NULL;
    curl_slist_free_all(op->fields);
    curl_slist_free_all(op->connect_to);
    op->fields = op->connect_to = NULL;
}
