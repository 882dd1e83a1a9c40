/* net/tls with real servers on loopback: OpenSSL in a thread, openssl s_server, and raw TCP. */
#define _GNU_SOURCE
#include "net/tls.h"

#include "base/arena.h"
#include "base/mem.h"
#include "support/costly_cert.h"
#include "support/raw_tcp.h"
#include "support/tls_peer.h"
#include "support/unit.h"
#include "support/web_script.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TIMEOUT_MS = 5000 };

struct fixture {
    struct loop *loop;
    struct arena *arena;
    struct tls *tls;
    struct tls_result result; /* of the last run, in `arena` */
    int done_count;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    struct err err;
    f->loop = loop_new();
    f->arena = arena_new();
    f->tls = tls_new(f->loop, &err);
    assert_non_null(f->tls);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tls_free(f->tls);
    loop_free(f->loop);
    arena_free(f->arena);
    free(f);
    assert_int_equal(ERR_peek_error(), 0); /* nothing is left for somebody else's call */
    return 0;
}

static void on_done(const struct tls_result *result, void *arg)
{
    struct fixture *f = arg;
    f->done_count++;
    f->result = *result;
    f->result.error_text = arena_strdup(f->arena, result->error_text);
    f->result.version = arena_strdup(f->arena, result->version);
    f->result.alpn = arena_bytes(f->arena, result->alpn);
    f->result.certificate = arena_bytes(f->arena, result->certificate);
    loop_stop(f->loop);
}

static void stop_loop(void *arg)
{
    loop_stop(arg);
}

static void wait_ms(struct fixture *f, unsigned ms)
{
    struct loop_timer timer = {0};
    loop_timer_start(f->loop, &timer, loop_now_ms(f->loop) + ms, stop_loop, f->loop);
    loop_run(f->loop);
    loop_timer_stop(&timer);
}

static struct tls_request request_to(uint16_t port)
{
    return (struct tls_request){
        .address = "127.0.0.1", .port = port, .sni = "host.test", .alpn = "acme-tls/1"};
}

static void run_request(struct fixture *f, const struct tls_request *request, unsigned timeout_ms)
{
    f->done_count = 0;
    tls_start(f->tls, request, NULL, loop_now_ms(f->loop) + timeout_ms, on_done, f);
    assert_int_equal(f->done_count, 0); /* never on the stack of start */
    wait_ms(f, timeout_ms + 5000);
    assert_int_equal(f->done_count, 1);
    assert_int_equal(f->result.status == PEER_OK, f->result.error_text[0] == '\0');
    assert_int_equal(f->result.status == PEER_OK, f->result.version != NULL);
    assert_int_equal(f->result.status == PEER_OK, f->result.certificate.n > 0);
    assert_int_equal(f->result.is_connected, f->result.connect_us > 0);
    assert_true(f->result.total_us >= f->result.connect_us);
}

static void run(struct fixture *f, uint16_t port)
{
    struct tls_request request = request_to(port);
    run_request(f, &request, TIMEOUT_MS);
}

static void assert_text(struct fixture *f, const char *part)
{
    if (!strstr(f->result.error_text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, f->result.error_text);
}

static struct tls_peer_seen run_with_peer(struct fixture *f,
                                          const struct tls_peer_settings *settings)
{
    struct tls_peer_seen seen;
    struct tls_peer *peer = tls_peer_start(settings);
    run(f, tls_peer_port(peer));
    if (f->result.status == PEER_OK)
        assert_true(bytes_eq(f->result.certificate, tls_peer_certificate(peer)));
    tls_peer_stop(peer, &seen);
    return seen;
}

static void test_handshake_gives_protocol_version_and_certificate(void **state)
{
    struct fixture *f = *state;
    const struct {
        int version;
        const char *text;
    } versions[] = {{TLS1_2_VERSION, "TLSv1.2"}, {TLS1_3_VERSION, "TLSv1.3"}};
    for (size_t i = 0; i < 2; i++) {
        struct tls_peer_seen seen =
            run_with_peer(f, &(struct tls_peer_settings){.min_version = versions[i].version,
                                                         .max_version = versions[i].version,
                                                         .alpn = "acme-tls/1"});
        assert_int_equal(f->result.status, PEER_OK);
        assert_string_equal(f->result.version, versions[i].text);
        assert_true(bytes_eq(f->result.alpn, bytes_of("acme-tls/1")));
        assert_true(f->result.is_connected);
        assert_int_equal(seen.handshakes, 1);
        assert_int_equal(seen.clean_ends, 1);
        assert_int_equal(seen.data_bytes, 0);
    }
}

static void test_client_hello_offers_one_protocol_and_the_name(void **state)
{
    struct fixture *f = *state;
    struct tls_peer_seen seen = run_with_peer(f, &(struct tls_peer_settings){.alpn = "acme-tls/1"});
    assert_string_equal(seen.sni, "host.test");
    assert_int_equal(seen.alpn_size, 13);
    assert_memory_equal(seen.alpn, "\0\13\12acme-tls/1", 13);
    assert_int_equal(seen.highest_version, TLS1_3_VERSION);
    assert_int_equal(seen.legacy_version, TLS1_2_VERSION);
    assert_false(seen.has_session_ticket);
}

/* RFC 8738 section 6. */
static void test_reverse_name_of_an_address_is_sent_as_it_is(void **state)
{
    struct fixture *f = *state;
    struct tls_peer_seen seen;
    struct tls_peer *peer = tls_peer_start(&(struct tls_peer_settings){.alpn = "acme-tls/1"});
    struct tls_request request = request_to(tls_peer_port(peer));
    request.sni = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
    run_request(f, &request, TIMEOUT_MS);
    tls_peer_stop(peer, &seen);
    assert_int_equal(f->result.status, PEER_OK);
    assert_string_equal(seen.sni, request.sni);
}

static void test_no_session_is_resumed(void **state)
{
    struct fixture *f = *state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct tls_peer_seen seen;
        struct tls_peer *peer = tls_peer_start(&(struct tls_peer_settings){.max_version = version});
        for (int i = 0; i < 3; i++) {
            run(f, tls_peer_port(peer));
            assert_int_equal(f->result.status, PEER_OK);
        }
        tls_peer_stop(peer, &seen);
        assert_int_equal(seen.handshakes, 3);
        assert_int_equal(seen.resumptions, 0);
    }
}

static void test_server_without_alpn_is_shown_as_such(void **state)
{
    struct fixture *f = *state;
    run_with_peer(f, &(struct tls_peer_settings){.alpn = NULL});
    assert_int_equal(f->result.status, PEER_OK);
    assert_int_equal(f->result.alpn.n, 0);
}

/* Selecting what was not offered is against RFC 7301 section 3.2: whoever judges must see it. */
static void test_server_that_selects_another_protocol_does_not_look_right(void **state)
{
    struct fixture *f = *state;
    const char *const wrong[] = {"http/1.1", "acme-tls/", "acme-tls/11", "ACME-TLS/1"};
    for (size_t i = 0; i < 4; i++) {
        for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
            run_with_peer(f, &(struct tls_peer_settings){.max_version = version, .alpn = wrong[i]});
            if (f->result.status == PEER_OK)
                assert_true(bytes_eq(f->result.alpn, bytes_of(wrong[i])));
            else
                assert_int_equal(f->result.status, PEER_TLS_FAILED);
        }
    }
}

static void test_server_that_refuses_the_protocol_is_named(void **state)
{
    struct fixture *f = *state;
    run_with_peer(f, &(struct tls_peer_settings){.refuse_alpn = true});
    assert_int_equal(f->result.status, PEER_TLS_FAILED);
    assert_text(f, "none of the protocols that were offered by ALPN");
    assert_true(f->result.alpn_refused);
}

/* RFC 8737 section 4. */
static void test_version_below_1_2_is_refused(void **state)
{
    struct fixture *f = *state;
    struct tls_peer_seen seen = run_with_peer(
        f, &(struct tls_peer_settings){
               .min_version = TLS1_VERSION, .max_version = TLS1_1_VERSION, .alpn = "acme-tls/1"});
    assert_int_equal(f->result.status, PEER_TLS_FAILED);
    assert_text(f, "version");
    assert_int_equal(seen.handshakes, 0);
}

/* The system's policy is for secrets: a short key must be seen, and judged elsewhere. */
static void test_weak_key_does_not_hide_the_certificate(void **state)
{
    struct fixture *f = *state;
    run_with_peer(f, &(struct tls_peer_settings){.alpn = "acme-tls/1", .weak_key = true});
    assert_int_equal(f->result.status, PEER_OK);
}

static void test_ipv6_address_is_connected_to(void **state)
{
    struct fixture *f = *state;
    struct tls_request request = request_to(raw_closed_port());
    request.address = "::1";
    run_request(f, &request, TIMEOUT_MS);
    assert_int_equal(f->result.status, PEER_CONNECT_FAILED);
}

static void test_closed_port_is_a_failed_connect(void **state)
{
    struct fixture *f = *state;
    run(f, raw_closed_port());
    assert_int_equal(f->result.status, PEER_CONNECT_FAILED);
    assert_text(f, "the connection was refused");
    assert_false(f->result.is_connected);
}

/* A record that OpenSSL passes over without an end: HelloRequest (RFC 5246 section 7.4.1.1). */
#define HELLO_REQUEST "\x16\3\3\0\4\0\0\0\0"

static const struct {
    const char *why;
    struct web_step steps[4];
    enum peer_status status;
    const char *text;
} hostile[] = {
    {"plain HTTP",
     {{WEB_SEND, "HTTP/1.1 400 Bad Request\r\n\r\n", 0, 0}},
     PEER_TLS_FAILED,
     "plain HTTP"},
    {"plain HTTP, and the connection stays",
     {{WEB_SEND, "HTTP/1.0 200 OK\r\n\r\n", 0, 0}, {WEB_WAIT, NULL, 0, 3000}},
     PEER_TLS_FAILED,
     "plain HTTP"},
    {"plain HTTP byte by byte", {{WEB_DRIP, "HTTP/1.1 200", 0, 5}}, PEER_TLS_FAILED, "plain HTTP"},
    {"another protocol",
     {{WEB_SEND, "SSH-2.0-OpenSSH_9.2\r\n", 0, 0}},
     PEER_TLS_FAILED,
     "does not speak TLS"},
    {"one byte of it", {{WEB_SEND, "S", 0, 0}}, PEER_TLS_FAILED, "does not speak TLS"},
    {"garbage in a record",
     {{WEB_SEND, "\x16\3\3\0\5xxxxx", 10, 0}},
     PEER_TLS_FAILED,
     "no place in a handshake"},
    {"an alert", {{WEB_SEND, "\x15\3\3\0\2\2\x70", 7, 0}}, PEER_TLS_FAILED, "no site of this name"},
    {"an alert that nobody knows",
     {{WEB_SEND, "\x15\3\3\0\2\2\xfe", 7, 0}},
     PEER_TLS_FAILED,
     "alert"},
    {"a close at once", {{WEB_END, NULL, 0, 0}}, PEER_DISCONNECTED, "the connection"},
    {"a reset", {{WEB_RESET, NULL, 0, 0}}, PEER_DISCONNECTED, "the connection"},
    {"a close within a record",
     {{WEB_SEND, "\x16\3\3\1\0", 5, 0}},
     PEER_DISCONNECTED,
     "the connection"},
    {"a flood of what is passed over",
     {{WEB_REPEAT, HELLO_REQUEST, 9, 1000000}},
     PEER_TLS_FAILED,
     "too much"},
    {"a flood of one large message",
     {{WEB_SEND, "\x16\3\3\x40\0\2\xff\xff\xff", 9, 0},
      {WEB_REPEAT, "xxxxxxxxxxxxxxxx", 16, 1000000}},
     PEER_TLS_FAILED,
     "illegal value"},
};

static void test_hostile_server_is_named_and_costs_little(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct web_script *web = web_script_start(hostile[i].steps);
        run(f, web_script_port(web));
        free(web_script_stop(web));
        if (f->result.status != hostile[i].status)
            fail_msg("%s: %s: %s", hostile[i].why, peer_status_str(f->result.status),
                     f->result.error_text);
        assert_text(f, hostile[i].text);
        assert_true(f->result.total_us < TIMEOUT_MS * 1000);
    }
}

/* ---- what a server may cost ---- */

static uint64_t cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ServerHello of TLS 1.2: ECDHE-ECDSA-AES128-GCM-SHA256, secure renegotiation. */
#define SERVER_HELLO                                                                               \
    "\x16\3\3\0\x31\2\0\0\x2d\3\3"                                                                 \
    "0123456789abcdef0123456789abcdef\0\xc0\x2b\0\0\5\xff\1\0\1\0"

/* A record with a Certificate message of `count` times the same one. */
static struct bytes certificate_message(struct fixture *f, struct bytes der, unsigned count)
{
    size_t list = count * (der.n + 3), body = list + 3, record = body + 4;
    assert_true(record <= 16384);
    uint8_t *message = arena_alloc(f->arena, record + 5);
    const uint8_t head[] = {22,
                            3,
                            3,
                            (uint8_t)(record >> 8),
                            (uint8_t)record,
                            11,
                            0,
                            (uint8_t)(body >> 8),
                            (uint8_t)body,
                            0,
                            (uint8_t)(list >> 8),
                            (uint8_t)list};
    memcpy(message, head, sizeof head);
    uint8_t *at = message + sizeof head;
    for (unsigned i = 0; i < count; i++, at += 3 + der.n) {
        at[0] = 0, at[1] = (uint8_t)(der.n >> 8), at[2] = (uint8_t)der.n;
        memcpy(at + 3, der.p, der.n);
    }
    return (struct bytes){message, record + 5};
}

static void run_with_certificates(struct fixture *f, struct bytes der, unsigned count)
{
    struct bytes message = certificate_message(f, der, count);
    const struct web_step steps[] = {{WEB_SEND, SERVER_HELLO, sizeof SERVER_HELLO - 1, 0},
                                     {WEB_SEND, (const char *)message.p, message.n, 0},
                                     {WEB_WAIT, NULL, 0, 3000},
                                     {WEB_END, NULL, 0, 0}};
    struct web_script *web = web_script_start(steps);
    run(f, web_script_port(web));
    free(web_script_stop(web));
}

/* OpenSSL takes a quarter of a second to read this certificate of 665 bytes, and minutes for a chain
 * of them. */
static void test_certificate_that_costs_much_is_not_read(void **state)
{
    struct fixture *f = *state;
    for (unsigned count = 1; count <= 16; count += 15) {
        uint64_t start_us = cpu_us();
        run_with_certificates(f, costly_curve_certificate(), count);
        assert_true(cpu_us() - start_us < 100000);
        assert_int_equal(f->result.status, PEER_TLS_FAILED);
        assert_text(f, "a curve that it describes itself");
    }
}

static void test_certificate_that_costs_little_is_read(void **state)
{
    struct fixture *f = *state;
    struct tls_peer_seen seen;
    struct tls_peer *peer = tls_peer_start(&(struct tls_peer_settings){0});
    /* What comes after it in the handshake is missing: the time runs out. */
    struct bytes message = certificate_message(f, tls_peer_certificate(peer), 2);
    const struct web_step steps[] = {{WEB_SEND, SERVER_HELLO, sizeof SERVER_HELLO - 1, 0},
                                     {WEB_SEND, (const char *)message.p, message.n, 0},
                                     {WEB_WAIT, NULL, 0, 3000},
                                     {WEB_END, NULL, 0, 0}};
    struct web_script *web = web_script_start(steps);
    struct tls_request request = request_to(web_script_port(web));
    run_request(f, &request, 300);
    free(web_script_stop(web));
    tls_peer_stop(peer, &seen);
    assert_int_equal(f->result.status, PEER_READ_TIMEOUT);
}

static void test_long_chain_is_not_read(void **state)
{
    struct fixture *f = *state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct tls_peer_settings settings = {
            .max_version = version, .alpn = "acme-tls/1", .chain_certificates = 16};
        run_with_peer(f, &settings);
        assert_int_equal(f->result.status, PEER_TLS_FAILED);
        assert_text(f, "one of more than 16");
        settings.chain_certificates = 15;
        run_with_peer(f, &settings);
        assert_int_equal(f->result.status, PEER_OK);
    }
}

/* Of TLS 1.2 by cipher, of TLS 1.3 by group: a prime of 10,000 bits takes a second. */
static void test_server_with_finite_field_groups_only_is_refused(void **state)
{
    struct fixture *f = *state;
    run_with_peer(f, &(struct tls_peer_settings){
                         .max_version = TLS1_2_VERSION, .alpn = "acme-tls/1", .ciphers = "DHE"});
    assert_int_equal(f->result.status, PEER_TLS_FAILED);
    assert_text(f, "nothing in common");
    run_with_peer(f, &(struct tls_peer_settings){.min_version = TLS1_3_VERSION,
                                                 .alpn = "acme-tls/1",
                                                 .groups = "ffdhe2048:P-521"});
    assert_int_equal(f->result.status, PEER_TLS_FAILED);
    assert_text(f, "nothing in common");
    const char *const groups[] = {"X25519", "P-256", "P-384"};
    for (size_t i = 0; i < 3; i++) {
        run_with_peer(f, &(struct tls_peer_settings){.alpn = "acme-tls/1", .groups = groups[i]});
        assert_int_equal(f->result.status, PEER_OK);
    }
}

static void test_silent_and_dripping_servers_end_at_the_deadline(void **state)
{
    struct fixture *f = *state;
    static const struct web_step silent[] = {{WEB_WAIT, NULL, 0, 3000}, {WEB_END, NULL, 0, 0}};
    static const struct web_step dripping[] = {
        {WEB_DRIP, "\x16\3\3\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", 0,
         50},
        {WEB_END, NULL, 0, 0}};
    const struct web_step *const scripts[] = {silent, dripping};
    for (size_t i = 0; i < 2; i++) {
        struct web_script *web = web_script_start(scripts[i]);
        struct tls_request request = request_to(web_script_port(web));
        run_request(f, &request, 300);
        free(web_script_stop(web));
        assert_int_equal(f->result.status, PEER_READ_TIMEOUT);
        assert_true(f->result.is_connected);
        assert_true(f->result.total_us >= 290000 && f->result.total_us < 1500000);
    }
}

/* A listener whose queue is full: further connections get no answer. */
struct full_listener {
    int listener;
    uint16_t port;
    int fds[8];
};

static void full_listener_open(struct full_listener *full)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof name;
    full->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(full->listener, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(full->listener, 0), 0);
    assert_int_equal(getsockname(full->listener, (struct sockaddr *)&name, &size), 0);
    full->port = ntohs(name.sin_port);
    for (size_t i = 0; i < 8; i++) {
        full->fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        int result = connect(full->fds[i], (struct sockaddr *)&name, sizeof name);
        assert_true(result == 0 || errno == EINPROGRESS);
    }
    raw_sleep_ms(50);
}

static void full_listener_close(struct full_listener *full)
{
    for (size_t i = 0; i < 8; i++)
        close(full->fds[i]);
    close(full->listener);
}

static void test_connect_deadline_comes_before_the_deadline(void **state)
{
    struct fixture *f = *state;
    struct full_listener full;
    full_listener_open(&full);
    struct tls_request request = request_to(full.port);
    request.connect_deadline_ms = loop_now_ms(f->loop) + 200;
    run_request(f, &request, 2000);
    assert_int_equal(f->result.status, PEER_CONNECT_TIMEOUT);
    assert_false(f->result.is_connected);
    assert_true(f->result.total_us >= 150000 && f->result.total_us < 1500000);
    request.connect_deadline_ms = 0;
    run_request(f, &request, 200);
    assert_int_equal(f->result.status, PEER_CONNECT_TIMEOUT);
    request.connect_deadline_ms = 1; /* long past */
    run_request(f, &request, 2000);
    assert_int_equal(f->result.status, PEER_CONNECT_TIMEOUT);
    full_listener_close(&full);
}

static void test_connect_deadline_is_over_once_connected(void **state)
{
    struct fixture *f = *state;
    static const struct web_step silent[] = {{WEB_WAIT, NULL, 0, 3000}, {WEB_END, NULL, 0, 0}};
    struct web_script *web = web_script_start(silent);
    struct tls_request request = request_to(web_script_port(web));
    request.connect_deadline_ms = loop_now_ms(f->loop) + 100;
    run_request(f, &request, 400);
    free(web_script_stop(web));
    assert_int_equal(f->result.status, PEER_READ_TIMEOUT);
}

static void test_request_that_is_none_fails_locally(void **state)
{
    struct fixture *f = *state;
    char long_text[300];
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    const struct tls_request good = request_to(raw_closed_port());
    struct tls_request bad[6] = {good, good, good, good, good, good};
    bad[0].address = "localhost"; /* no name is looked up */
    bad[1].address = "[::1]";
    bad[2].sni = "";
    bad[3].sni = long_text;
    bad[4].alpn = "";
    bad[5].alpn = long_text;
    for (size_t i = 0; i < 6; i++) {
        run_request(f, &bad[i], TIMEOUT_MS);
        assert_int_equal(f->result.status, PEER_LOCAL);
    }
}

static void test_machine_without_descriptors_fails_locally(void **state)
{
    struct fixture *f = *state;
    struct tls_request request = request_to(raw_closed_port());
    struct rlimit limit, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    tls_start(f->tls, &request, NULL, JOB_NO_DEADLINE, on_done, f);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    wait_ms(f, 1000);
    assert_int_equal(f->done_count, 1);
    assert_int_equal(f->result.status, PEER_LOCAL);
}

static void test_cancel_is_silent_at_each_state(void **state)
{
    struct fixture *f = *state;
    static const struct web_step silent[] = {{WEB_WAIT, NULL, 0, 3000}, {WEB_END, NULL, 0, 0}};
    struct web_script *web = web_script_start(silent);
    struct tls_request request = request_to(web_script_port(web));
    uint64_t deadline_ms = loop_now_ms(f->loop) + TIMEOUT_MS;
    tls_cancel(tls_start(f->tls, &request, NULL, deadline_ms, on_done, f)); /* connecting */
    struct tls_job *job = tls_start(f->tls, &request, NULL, deadline_ms, on_done, f);
    wait_ms(f, 50);
    tls_cancel(job); /* shaking */
    request.address = "nobody";
    tls_cancel(tls_start(f->tls, &request, NULL, deadline_ms, on_done, f)); /* over */
    wait_ms(f, 50);
    free(web_script_stop(web));
    assert_int_equal(f->done_count, 0);
}

static void test_stale_errors_of_others_do_no_harm(void **state)
{
    struct fixture *f = *state;
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    run_with_peer(f, &(struct tls_peer_settings){.alpn = "acme-tls/1"});
    assert_int_equal(f->result.status, PEER_OK);
}

struct s_server {
    pid_t pid;
    uint16_t port;
    FILE *output; /* a server that cannot write ends */
    int input;    /* and so does one that reads the end of it */
};

/* It prints "ACCEPT 127.0.0.1:PORT" for port 0. */
static void start_s_server(struct s_server *server, const char *key, const char *certificate)
{
    int in[2], out[2];
    assert_int_equal(pipe(in) | pipe(out), 0);
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert",
               certificate, "-alpn", "acme-tls/1", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    server->input = in[1];
    server->output = fdopen(out[0], "r");
    char line[200];
    unsigned found = 0;
    while (!found && fgets(line, sizeof line, server->output))
        if (sscanf(line, "ACCEPT 127.0.0.1:%u", &found) != 1)
            found = 0;
    assert_true(found > 0 && found <= UINT16_MAX);
    server->port = (uint16_t)found;
}

static void stop_s_server(struct s_server *server)
{
    kill(server->pid, SIGTERM);
    waitpid(server->pid, NULL, 0);
    close(server->input);
    fclose(server->output);
}

static void test_openssl_s_server_is_understood(void **state)
{
    struct fixture *f = *state;
    char directory[] = "/tmp/test_tls.XXXXXX";
    assert_non_null(mkdtemp(directory));
    const char *key = arena_printf(f->arena, "%s/key.pem", directory);
    const char *certificate = arena_printf(f->arena, "%s/cert.pem", directory);
    const char *command = arena_printf(f->arena,
                                       "openssl req -x509 -newkey ec -pkeyopt "
                                       "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=t "
                                       "-keyout %s -out %s 2>/dev/null",
                                       key, certificate);
    assert_int_equal(system(command), 0);
    struct s_server server;
    start_s_server(&server, key, certificate);
    run(f, server.port);
    stop_s_server(&server);
    unlink(key);
    unlink(certificate);
    rmdir(directory);
    assert_int_equal(f->result.status, PEER_OK);
    assert_true(bytes_eq(f->result.alpn, bytes_of("acme-tls/1")));
}

static void test_status_texts_are_distinct(void **state)
{
    (void)state;
    for (int i = PEER_OK; i <= PEER_LOCAL; i++)
        for (int j = PEER_OK; j < i; j++)
            assert_string_not_equal(peer_status_str((enum peer_status)i),
                                    peer_status_str((enum peer_status)j));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    signal(SIGPIPE, SIG_IGN); /* of the servers in threads; the adapter needs nothing of the kind */
    const struct CMUnitTest tests[] = {
        CASE(test_handshake_gives_protocol_version_and_certificate),
        CASE(test_client_hello_offers_one_protocol_and_the_name),
        CASE(test_reverse_name_of_an_address_is_sent_as_it_is),
        CASE(test_no_session_is_resumed),
        CASE(test_server_without_alpn_is_shown_as_such),
        CASE(test_server_that_selects_another_protocol_does_not_look_right),
        CASE(test_server_that_refuses_the_protocol_is_named),
        CASE(test_version_below_1_2_is_refused),
        CASE(test_weak_key_does_not_hide_the_certificate),
        CASE(test_ipv6_address_is_connected_to),
        CASE(test_closed_port_is_a_failed_connect),
        CASE(test_hostile_server_is_named_and_costs_little),
        CASE(test_certificate_that_costs_much_is_not_read),
        CASE(test_certificate_that_costs_little_is_read),
        CASE(test_long_chain_is_not_read),
        CASE(test_server_with_finite_field_groups_only_is_refused),
        CASE(test_silent_and_dripping_servers_end_at_the_deadline),
        CASE(test_connect_deadline_comes_before_the_deadline),
        CASE(test_connect_deadline_is_over_once_connected),
        CASE(test_request_that_is_none_fails_locally),
        CASE(test_machine_without_descriptors_fails_locally),
        CASE(test_cancel_is_silent_at_each_state),
        CASE(test_stale_errors_of_others_do_no_harm),
        CASE(test_openssl_s_server_is_understood),
        cmocka_unit_test(test_status_texts_are_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
