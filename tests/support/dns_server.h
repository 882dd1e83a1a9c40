/*
 * A name server on the loop of the test, on a free port of 127.0.0.1, UDP and TCP: for hostile and
 * unusual answers. (Signed zones come from a real server, see knot.h.)
 */
#pragma once

#include "base/buf.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_server;

struct dns_server_query {
    const char *name;      /* lower case, no final dot; "." */
    const char *sent_name; /* the same in the case in which it was sent */
    uint16_t type;
    uint16_t id;
    bool is_tcp;
};

/* Writes the whole reply, begun with message_begin() or not at all; an empty one is not sent. */
typedef void dns_server_fn(const struct dns_server_query *query, struct buf *reply, void *arg);

/* `address` is one of 127.0.0.0/8. */
struct dns_server *dns_server_new(struct loop *loop, const char *address, dns_server_fn *fn,
                                  void *arg);
void dns_server_free(struct dns_server *server);
uint16_t dns_server_port(const struct dns_server *server);
/* "127.0.0.1@5300". */
const char *dns_server_address(const struct dns_server *server);
/* Replies that many milliseconds later. */
void dns_server_set_delay(struct dns_server *server, unsigned delay_ms);

/* How many queries came, of a name (lower case) and type; NULL and 0: any. */
size_t dns_server_count(const struct dns_server *server, const char *name, uint16_t type);
