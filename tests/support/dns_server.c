#include "support/dns_server.h"

#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/loop_event.h"
#include "support/dns_message.h"

#include <arpa/inet.h>
#include <assert.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct seen {
    char *name;
    uint16_t type;
};

struct dns_server {
    struct loop *loop;
    dns_server_fn *fn;
    void *arg;
    int udp, tcp;
    struct event *on_udp, *on_tcp;
    struct list connections, replies;
    char address[64];
    uint16_t port;
    unsigned delay_ms;
    struct seen *seen;
    size_t seen_count;
};

struct connection {
    struct dns_server *server;
    struct list in_server;
    int fd;
    struct event *on_read;
    struct buf in;
};

/* A reply on its way. A TCP reply goes to its connection if that still lives. */
struct reply {
    struct dns_server *server;
    struct list in_server;
    struct loop_timer timer;
    struct buf bytes;
    struct sockaddr_in peer;
    struct connection *connection;
};

static void free_reply(struct reply *reply)
{
    loop_timer_stop(&reply->timer);
    list_remove(&reply->in_server);
    buf_clear(&reply->bytes);
    free(reply);
}

static void free_connection(struct connection *connection)
{
    struct dns_server *server = connection->server;
    for (struct list *node = server->replies.next, *next; node != &server->replies; node = next) {
        next = node->next;
        struct reply *reply = LIST_ENTRY(node, struct reply, in_server);
        if (reply->connection == connection)
            free_reply(reply);
    }
    list_remove(&connection->in_server);
    event_free(connection->on_read);
    close(connection->fd);
    buf_clear(&connection->in);
    free(connection);
}

static void send_reply(void *arg)
{
    struct reply *reply = arg;
    struct buf *bytes = &reply->bytes;
    ssize_t sent;
    if (reply->connection) {
        struct buf framed = {0};
        message_put_u16(&framed, (uint16_t)bytes->n);
        buf_append(&framed, bytes->p, bytes->n);
        sent = send(reply->connection->fd, framed.p, framed.n, MSG_NOSIGNAL);
        buf_clear(&framed);
    } else {
        sent = sendto(reply->server->udp, bytes->p, bytes->n, 0,
                      (const struct sockaddr *)&reply->peer, sizeof reply->peer);
    }
    (void)sent; /* a client that went away is no fault of the test's server */
    free_reply(reply);
}

/* The question of a query, names without compression; false for anything else. */
static bool read_query(struct arena *arena, struct bytes packet, struct dns_server_query *query)
{
    if (packet.n < 12 + 5)
        return false;
    query->id = (uint16_t)(packet.p[0] << 8 | packet.p[1]);
    char *name = arena_alloc(arena, packet.n + 2);
    size_t n = 0, at = 12;
    while (at < packet.n && packet.p[at]) {
        size_t length = packet.p[at++];
        if (at + length >= packet.n)
            return false;
        if (n)
            name[n++] = '.';
        memcpy(name + n, packet.p + at, length);
        n += length;
        at += length;
    }
    if (n == 0)
        name[n++] = '.';
    query->sent_name = name;
    char *lower = arena_strdup(arena, name);
    for (size_t i = 0; i < n; i++)
        lower[i] = ascii_lower(lower[i]);
    query->name = lower;
    if (at + 3 > packet.n)
        return false;
    query->type = (uint16_t)(packet.p[at + 1] << 8 | packet.p[at + 2]);
    return true;
}

static void on_query(struct dns_server *server, struct bytes packet, const struct sockaddr_in *peer,
                     struct connection *connection)
{
    struct arena *arena = arena_new();
    struct dns_server_query query = {.is_tcp = connection != NULL};
    if (read_query(arena, packet, &query)) {
        server->seen = xrealloc(server->seen, (server->seen_count + 1) * sizeof *server->seen);
        server->seen[server->seen_count++] = (struct seen){xstrdup(query.name), query.type};
        struct reply *reply = xcalloc(1, sizeof *reply);
        reply->server = server;
        reply->connection = connection;
        if (peer)
            reply->peer = *peer;
        list_append(&server->replies, &reply->in_server);
        server->fn(&query, &reply->bytes, server->arg);
        if (reply->bytes.n)
            loop_timer_start(server->loop, &reply->timer,
                             loop_now_ms(server->loop) + server->delay_ms, send_reply, reply);
        else
            free_reply(reply);
    }
    arena_free(arena);
}

static void on_udp(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    uint8_t packet[4096];
    struct sockaddr_in peer;
    socklen_t peer_size = sizeof peer;
    ssize_t n = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&peer, &peer_size);
    if (n > 0)
        on_query(arg, (struct bytes){packet, (size_t)n}, &peer, NULL);
}

static void on_tcp_data(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct connection *connection = arg;
    uint8_t data[4096];
    ssize_t n = recv(fd, data, sizeof data, 0);
    if (n <= 0) {
        free_connection(connection);
        return;
    }
    buf_append(&connection->in, data, (size_t)n);
    struct buf *in = &connection->in;
    while (in->n >= 2 && in->n >= 2 + (size_t)(in->p[0] << 8 | in->p[1])) {
        size_t size = (size_t)(in->p[0] << 8 | in->p[1]);
        on_query(connection->server, (struct bytes){in->p + 2, size}, NULL, connection);
        memmove(in->p, in->p + 2 + size, in->n - 2 - size);
        in->n -= 2 + size;
    }
}

static void on_tcp(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct dns_server *server = arg;
    int accepted = accept(fd, NULL, NULL);
    if (accepted < 0)
        return;
    struct connection *connection = xcalloc(1, sizeof *connection);
    connection->server = server;
    connection->fd = accepted;
    connection->on_read = event_new(loop_event_base(server->loop), accepted, EV_READ | EV_PERSIST,
                                    on_tcp_data, connection);
    event_add(connection->on_read, NULL);
    list_append(&server->connections, &connection->in_server);
}

/* UDP and TCP on one port: the port that UDP got may be taken in TCP, then another is tried. */
static bool open_sockets(struct dns_server *server, const char *address)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t size = sizeof name;
    inet_pton(AF_INET, address, &name.sin_addr);
    const int on = 1;
    server->udp = socket(AF_INET, SOCK_DGRAM, 0);
    server->tcp = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server->tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server->udp, (struct sockaddr *)&name, sizeof name) == 0 &&
        getsockname(server->udp, (struct sockaddr *)&name, &size) == 0 &&
        bind(server->tcp, (struct sockaddr *)&name, sizeof name) == 0 &&
        listen(server->tcp, 64) == 0) {
        server->port = ntohs(name.sin_port);
        snprintf(server->address, sizeof server->address, "%s@%u", address, server->port);
        return true;
    }
    close(server->udp);
    close(server->tcp);
    return false;
}

struct dns_server *dns_server_new(struct loop *loop, const char *address, dns_server_fn *fn,
                                  void *arg)
{
    struct dns_server *server = xcalloc(1, sizeof *server);
    server->loop = loop;
    server->fn = fn;
    server->arg = arg;
    list_init(&server->connections);
    list_init(&server->replies);
    bool is_open = false;
    for (int tries = 0; tries < 20 && !is_open; tries++)
        is_open = open_sockets(server, address);
    assert(is_open);
    struct event_base *base = loop_event_base(loop);
    server->on_udp = event_new(base, server->udp, EV_READ | EV_PERSIST, on_udp, server);
    server->on_tcp = event_new(base, server->tcp, EV_READ | EV_PERSIST, on_tcp, server);
    event_add(server->on_udp, NULL);
    event_add(server->on_tcp, NULL);
    return server;
}

void dns_server_free(struct dns_server *server)
{
    if (!server)
        return;
    while (!list_is_empty(&server->replies))
        free_reply(LIST_ENTRY(server->replies.next, struct reply, in_server));
    while (!list_is_empty(&server->connections))
        free_connection(LIST_ENTRY(server->connections.next, struct connection, in_server));
    event_free(server->on_udp);
    event_free(server->on_tcp);
    close(server->udp);
    close(server->tcp);
    for (size_t i = 0; i < server->seen_count; i++)
        free(server->seen[i].name);
    free(server->seen);
    free(server);
}

uint16_t dns_server_port(const struct dns_server *server)
{
    return server->port;
}

const char *dns_server_address(const struct dns_server *server)
{
    return server->address;
}

void dns_server_set_delay(struct dns_server *server, unsigned delay_ms)
{
    server->delay_ms = delay_ms;
}

size_t dns_server_count(const struct dns_server *server, const char *name, uint16_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < server->seen_count; i++)
        count += (!name || str_eq(server->seen[i].name, name)) &&
                 (!type || server->seen[i].type == type);
    return count;
}
