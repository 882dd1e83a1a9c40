/*
 * net/httpd in a thread of its own on the real loop, with a handler that answers facts about the
 * request; the test is its client, by hand (raw_tcp.h). Call server_stop() in the teardown.
 */
#pragma once

#include "net/httpd.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    SERVER_HELD_MAX = 16,
    SERVER_BIG_BYTES = 8 << 20,
    SERVER_BODY_MAX = 1000,
    SERVER_SLOW_MS = 5
};

/*
 * GET /held is answered at on_release; /big with SERVER_BIG_BYTES; /none with 204 (and a body that
 * must not be sent); /slow after SERVER_SLOW_MS, in which nothing else is done; /vital is vital; all else with "METHOD PATH ?QUERY test=X-TEST peer=PEER body=BODY".
 */
struct server {
    struct loop *loop;
    struct httpd *httpd;
    struct loop_notifier *on_release, *on_drain, *on_free, *on_stop; /* signal them */
    pthread_t thread;
    uint16_t port;
    struct httpd_request *held[SERVER_HELD_MAX];
    size_t held_count;
    char *big;
    atomic_uint handled, handled_before_vital, is_drained, is_freed, in_flight;
    atomic_uint refusals[600]; /* by status */
    atomic_uint drops[HTTPD_DROP_COUNT];
};

extern struct server server;
extern const struct httpd_settings server_usual;

void server_start(struct httpd_settings settings);
/* A cmocka teardown; without effect if the server was not started. */
int server_stop(void **state);
/* Waits until the value is there. */
void server_await(atomic_uint *value, unsigned wanted);
/* Sends a request and compares status and text; the connection stays open. */
void server_assert_answer(int fd, const char *request, int status, const char *text);

#define HOST            "Host: localhost\r\n"
#define GET(path)       "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define POST_HEAD(path) "POST " path " HTTP/1.1\r\n" HOST
