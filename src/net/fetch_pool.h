/*
 * The connections to perspectives that libcurl keeps, as far as libcurl does not look after them:
 * each is used by one request at a time, and between two of them nothing may arrive on it. Bytes
 * that do would be read as the beginning of the next answer, and every answer after it would belong
 * to another question (RFC 9112 section 9.2: responses are matched to requests by their order only).
 *
 *   add -> (used) -> release -> idle: watched -> claim -> (used) -> … -> remove
 *
 * libcurl asks before it uses a connection again (CURLOPT_PREREQFUNCTION): that is fetch_pool_claim().
 * A connection on which something arrived while it was idle, or that was dropped, is shut down at
 * once and cannot be claimed any more; libcurl finds it dead, and closes it. Loop thread only;
 * without libcurl.
 */
#pragma once

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct pooled;

struct fetch_pool {
    struct loop *loop;
    struct list sockets;
    struct pooled **by_fd; /* the same, where there is one */
    size_t fd_max;         /* its length */
    uint64_t last_id;
};

void fetch_pool_init(struct fetch_pool *pool, struct loop *loop);
/* All sockets must be gone, as they are once libcurl has closed them. */
void fetch_pool_clear(struct fetch_pool *pool);

/* A new socket, opened for `user`. Whether and whereto it will be connected shows later. */
void fetch_pool_add(struct fetch_pool *pool, int fd, void *user);
/* To be called before the descriptor is closed; its number may come back. */
void fetch_pool_remove(struct fetch_pool *pool, int fd);

/* Both ends of a connection, addresses as text without brackets or zone. */
struct fetch_pool_ends {
    const char *address, *local_address;
    int port, local_port;
};
enum fetch_claim {
    FETCH_CLAIM_NEW,     /* it was opened for this user */
    FETCH_CLAIM_KEPT,    /* it was idle, nothing arrived, and it is the user's now */
    FETCH_CLAIM_UNCLEAN, /* not to be used: something is unread, it was dropped, or it is unknown */
};
/* `has_unread`: the layer above TCP holds bytes that nobody read. `id` gets the connection's name. */
enum fetch_claim fetch_pool_claim(struct fetch_pool *pool, const struct fetch_pool_ends *ends,
                                  void *user, bool has_unread, uint64_t *id);
/* Whose socket it is for the moment, NULL: nobody's, and how many bytes had come on it before. */
void *fetch_pool_user(const struct fetch_pool *pool, int fd, uint64_t *bytes_before);
/* The user's request is over: its sockets that are still there are idle. */
void fetch_pool_release(struct fetch_pool *pool, const void *user);
/* Nobody may use the connection again; without effect for one that is gone. */
void fetch_pool_drop(struct fetch_pool *pool, uint64_t id);

/* All that came on a connection since it was opened, TLS included; 0 where the kernel does not tell. */
uint64_t fetch_pool_bytes_received(int fd);
