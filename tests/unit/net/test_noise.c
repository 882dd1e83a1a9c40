/*
 * Servers whose answers are damaged on the way, at random: whatever arrives, it is never our own machine that failed,
 * for that is what only our own machine may raise. The real adapters, a real server, and between them somebody who
 * changes, cuts, repeats and ends what the server sends.
 */
#define _GNU_SOURCE
#include "net/fetch.h"
#include "net/tls.h"

#include "base/mem.h"
#include "support/fetch_run.h"
#include "support/raw_tcp.h"
#include "support/tls_peer.h"
#include "support/unit.h"
#include "support/web_script.h"

#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROUNDS = 40, PATIENCE_MS = 150 };

static _Atomic uint64_t seed = 20261126; /* of whom the threads take turns */

static uint32_t next_random(uint32_t bound)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % bound;
}

/* --- who stands between ------------------------------------------------------------------------ */

struct noise {
    int listener, stop_pipe[2];
    uint16_t port, server_port;
    pthread_t thread;
};

/* False: the connection is over. Every damage is likely enough to meet each state of a handshake. */
static bool pass_damaged(int to, uint8_t *data, size_t n)
{
    size_t at = next_random((uint32_t)n);
    switch (next_random(12)) {
    case 0:
    case 1:
    case 2:
        data[at] ^= (uint8_t)(1u << next_random(8));
        break;
    case 3:
        data[at] = (uint8_t)next_random(256);
        break;
    case 4: /* something is missing */
        memmove(data + at, data + at + 1, n - at - 1);
        n--;
        break;
    case 5: /* it comes twice */
        send(to, data, n, MSG_NOSIGNAL);
        break;
    case 6: /* and no more */
        send(to, data, at, MSG_NOSIGNAL);
        return false;
    case 7:
        setsockopt(to, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
        return false;
    case 8: /* something else comes first */
        for (size_t i = 0; i < 32 && i < n; i++)
            data[i] = (uint8_t)next_random(256);
        break;
    default:
        break;
    }
    return n == 0 || send(to, data, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void stand_between(int client, int server)
{
    uint8_t data[16384];
    for (;;) {
        struct pollfd fds[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        if (poll(fds, 2, 10 * PATIENCE_MS) <= 0)
            return;
        ssize_t n = recv(fds[0].revents ? client : server, data, sizeof data, 0);
        if (n <= 0)
            return;
        if (fds[0].revents ? send(server, data, (size_t)n, MSG_NOSIGNAL) != n
                           : !pass_damaged(client, data, (size_t)n))
            return;
    }
}

static void *run_noise(void *arg)
{
    const struct noise *noise = arg;
    for (;;) {
        struct pollfd fds[] = {{noise->listener, POLLIN, 0}, {noise->stop_pipe[0], POLLIN, 0}};
        poll(fds, 2, -1);
        if (!fds[0].revents)
            return NULL;
        int client = accept(noise->listener, NULL, NULL), server = raw_connect(noise->server_port);
        stand_between(client, server);
        close(client);
        close(server);
    }
}

static struct noise *noise_start(uint16_t server_port)
{
    struct noise *noise = xcalloc(1, sizeof *noise);
    noise->server_port = server_port;
    noise->listener = raw_listen(&noise->port);
    assert_int_equal(pipe(noise->stop_pipe), 0);
    assert_int_equal(pthread_create(&noise->thread, NULL, run_noise, noise), 0);
    return noise;
}

static void noise_stop(struct noise *noise)
{
    assert_int_equal(write(noise->stop_pipe[1], "", 1), 1);
    assert_int_equal(pthread_join(noise->thread, NULL), 0);
    close(noise->listener);
    close(noise->stop_pipe[0]);
    close(noise->stop_pipe[1]);
    free(noise);
}

/* --- who is deceived --------------------------------------------------------------------------- */

static struct fetch_run run;

static enum peer_status fetch(uint16_t port, const char *scheme, bool verifies)
{
    const struct fetch_pin pin = {"127.0.0.1", port};
    const struct fetch_request request = {
        .method = "GET",
        .url = arena_printf(run.arena, "%s://www.example.com/", scheme),
        .pin = &pin,
        .verify_tls = verifies,
        .alpn_http1 = true,
        .body_max_bytes = 1000};
    return fetch_run(&run, &request, PATIENCE_MS)->status;
}

static void assert_never_ours(uint16_t port, const char *scheme)
{
    unsigned seen[PEER_LOCAL + 1] = {0}, kinds = 0;
    for (int i = 0; i < ROUNDS; i++) {
        fetch_run_init(&run);
        uint64_t before = seed;
        enum peer_status status = fetch(port, scheme, i % 2);
        if (status == PEER_LOCAL)
            fail_msg("%s, round %d (%llu): %s, %s", scheme, i, (unsigned long long)before,
                     run.result.error_text, run.result.library_text);
        seen[status]++;
        fetch_run_clear(&run);
    }
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        kinds += seen[i] > 0;
    assert_true(kinds >= 2);
}

static void test_damaged_pages_are_never_our_own_failure(void **state)
{
    (void)state;
    static const struct web_step chunked[] = {
        {WEB_READ_REQUEST},
        {WEB_SEND,
         .text =
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n5\r\nhello\r\n3;a=b\r\nyou\r\n0\r\nT: x\r\n\r\n"},
        {WEB_END}};
    static const struct web_step plain[] = {
        {WEB_READ_REQUEST},
        {WEB_SEND,
         .text =
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 302 Found\r\nLocation: /x\r\nContent-Length: 5\r\n\r\nhello"},
        {WEB_END}};
    const struct web_step *const scripts[] = {chunked, plain};
    for (size_t i = 0; i < 2; i++) {
        struct web_script *web = web_script_start(scripts[i]);
        struct noise *noise = noise_start(web_script_port(web));
        assert_never_ours(noise->port, "http");
        noise_stop(noise);
        free(web_script_stop(web));
    }
}

static const struct tls_peer_settings peers[] = {
    {.alpn = "http/1.1"},
    {.max_version = 0x0303, .alpn = "http/1.1"},
    {.chain_certificates = 3},
};

static void test_damaged_handshakes_are_never_our_own_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        struct tls_peer_seen seen;
        struct tls_peer *peer = tls_peer_start(&peers[i]);
        struct noise *noise = noise_start(tls_peer_port(peer));
        assert_never_ours(noise->port, "https");
        noise_stop(noise);
        tls_peer_stop(peer, &seen);
        assert_true(seen.handshakes > 0);
    }
}

struct shake {
    struct loop *loop;
    enum peer_status status;
};

static void on_shaken(const struct tls_result *result, void *arg)
{
    struct shake *shake = arg;
    shake->status = result->status;
    loop_stop(shake->loop);
}

static void test_damaged_acme_handshakes_are_never_our_own_failure(void **state)
{
    (void)state;
    struct err err;
    struct shake shake = {.loop = loop_new()};
    struct tls *tls = tls_new(shake.loop, &err);
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        struct tls_peer_seen seen;
        struct tls_peer *peer = tls_peer_start(&peers[i]);
        struct noise *noise = noise_start(tls_peer_port(peer));
        const struct tls_request request = {.address = "127.0.0.1",
                                            .port = noise->port,
                                            .sni = "www.example.com",
                                            .alpn = "http/1.1"};
        for (int round = 0; round < ROUNDS; round++) {
            tls_start(tls, &request, NULL, loop_now_ms(shake.loop) + PATIENCE_MS, on_shaken,
                      &shake);
            loop_run(shake.loop);
            assert_int_not_equal(shake.status, PEER_LOCAL);
        }
        noise_stop(noise);
        tls_peer_stop(peer, &seen);
        assert_true(seen.handshakes > 0);
    }
    tls_free(tls);
    loop_free(shake.loop);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged_pages_are_never_our_own_failure),
        cmocka_unit_test(test_damaged_handshakes_are_never_our_own_failure),
        cmocka_unit_test(test_damaged_acme_handshakes_are_never_our_own_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
