#include "net/fetch_pool.h"

#include "base/mem.h"
#include "base/str.h"
#include "net/loop_event.h"

#include <arpa/inet.h>
#include <assert.h>
#include <event2/event.h>
#include <linux/tcp.h> /* glibc's tcp_info ends before tcpi_bytes_received */
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

struct pooled {
    struct list in_pool;
    struct fetch_pool *pool;
    int fd;
    uint64_t id;
    void *user;            /* NULL: idle */
    uint64_t bytes_before; /* that came before it was the user's */
    bool is_dropped;       /* shut down: nobody's any more */
    struct event *idle;    /* while idle: whatever arrives ends the connection */
};

void fetch_pool_init(struct fetch_pool *pool, struct loop *loop)
{
    *pool = (struct fetch_pool){.loop = loop};
    list_init(&pool->sockets);
}

void fetch_pool_clear(struct fetch_pool *pool)
{
    assert(list_is_empty(&pool->sockets));
    free(pool->by_fd);
    pool->by_fd = NULL;
    pool->fd_max = 0;
}

static struct pooled *get(const struct fetch_pool *pool, int fd)
{
    return fd >= 0 && (size_t)fd < pool->fd_max ? pool->by_fd[fd] : NULL;
}

static void set(struct fetch_pool *pool, int fd, struct pooled *pooled)
{
    size_t needed = (size_t)fd + 1;
    if (needed > pool->fd_max) {
        size_t more = needed > 2 * pool->fd_max ? needed : 2 * pool->fd_max;
        pool->by_fd = xrealloc(pool->by_fd, more * sizeof(struct pooled *));
        for (size_t i = pool->fd_max; i < more; i++)
            pool->by_fd[i] = NULL;
        pool->fd_max = more;
    }
    pool->by_fd[fd] = pooled;
}

uint64_t fetch_pool_bytes_received(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received : 0;
}

void *fetch_pool_user(const struct fetch_pool *pool, int fd, uint64_t *bytes_before)
{
    const struct pooled *pooled = get(pool, fd);
    *bytes_before = pooled ? pooled->bytes_before : 0;
    return pooled ? pooled->user : NULL;
}

static void stop_watching(struct pooled *pooled)
{
    if (pooled->idle)
        event_free(pooled->idle);
    pooled->idle = NULL;
}

static void drop(struct pooled *pooled)
{
    stop_watching(pooled);
    if (!pooled->is_dropped)
        shutdown(pooled->fd, SHUT_RDWR);
    pooled->is_dropped = true;
}

/* Also at its end: the other side closed it, and libcurl shall not try it first. */
static void on_idle_event(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    drop(arg);
}

void fetch_pool_add(struct fetch_pool *pool, int fd, void *user)
{
    struct pooled *pooled = xcalloc(1, sizeof *pooled);
    pooled->pool = pool;
    pooled->fd = fd;
    pooled->user = user;
    pooled->id = ++pool->last_id;
    list_append(&pool->sockets, &pooled->in_pool);
    set(pool, fd, pooled);
}

void fetch_pool_remove(struct fetch_pool *pool, int fd)
{
    struct pooled *pooled = get(pool, fd);
    if (!pooled)
        return;
    stop_watching(pooled);
    list_remove(&pooled->in_pool);
    set(pool, fd, NULL);
    free(pooled);
}

static bool is_end(const struct sockaddr_storage *end, const char *address, int port)
{
    char text[INET6_ADDRSTRLEN];
    const struct sockaddr_in *v4 = (const void *)end;
    const struct sockaddr_in6 *v6 = (const void *)end;
    bool is_v6 = end->ss_family == AF_INET6;
    const void *bytes = is_v6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr;
    return ntohs(is_v6 ? v6->sin6_port : v4->sin_port) == port &&
           inet_ntop(end->ss_family, bytes, text, sizeof text) && str_eq(text, address);
}

static bool is_between(const struct pooled *pooled, const struct fetch_pool_ends *ends)
{
    struct sockaddr_storage local = {0}, peer = {0};
    socklen_t local_size = sizeof local, peer_size = sizeof peer;
    return ends->address && ends->local_address &&
           getsockname(pooled->fd, (struct sockaddr *)&local, &local_size) == 0 &&
           getpeername(pooled->fd, (struct sockaddr *)&peer, &peer_size) == 0 &&
           is_end(&local, ends->local_address, ends->local_port) &&
           is_end(&peer, ends->address, ends->port);
}

static struct pooled *find(struct fetch_pool *pool, const struct fetch_pool_ends *ends)
{
    for (struct list *at = pool->sockets.next; at != &pool->sockets; at = at->next) {
        struct pooled *pooled = LIST_ENTRY(at, struct pooled, in_pool);
        if (!pooled->is_dropped && is_between(pooled, ends))
            return pooled;
    }
    return NULL;
}

static bool is_readable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) != 0;
}

enum fetch_claim fetch_pool_claim(struct fetch_pool *pool, const struct fetch_pool_ends *ends,
                                  void *user, bool has_unread, uint64_t *id)
{
    struct pooled *pooled = find(pool, ends);
    *id = pooled ? pooled->id : 0;
    if (!pooled)
        return FETCH_CLAIM_UNCLEAN;
    if (pooled->user == user)
        return FETCH_CLAIM_NEW;
    /* Somebody else's: libcurl never does that without pipelining, and nothing may rely on it. */
    if (pooled->user || has_unread || is_readable(pooled->fd)) {
        drop(pooled);
        return FETCH_CLAIM_UNCLEAN;
    }
    stop_watching(pooled);
    pooled->user = user;
    pooled->bytes_before = fetch_pool_bytes_received(pooled->fd);
    return FETCH_CLAIM_KEPT;
}

static void watch(struct pooled *pooled)
{
    pooled->idle =
        event_new(loop_event_base(pooled->pool->loop), pooled->fd, EV_READ, on_idle_event, pooled);
    if (!pooled->idle || event_add(pooled->idle, NULL) != 0)
        abort();
}

void fetch_pool_release(struct fetch_pool *pool, const void *user)
{
    for (struct list *at = pool->sockets.next; at != &pool->sockets; at = at->next) {
        struct pooled *pooled = LIST_ENTRY(at, struct pooled, in_pool);
        if (pooled->user != user)
            continue;
        pooled->user = NULL;
        if (!pooled->is_dropped)
            watch(pooled);
    }
}

void fetch_pool_drop(struct fetch_pool *pool, uint64_t id)
{
    for (struct list *at = pool->sockets.next; at != &pool->sockets; at = at->next) {
        struct pooled *pooled = LIST_ENTRY(at, struct pooled, in_pool);
        if (pooled->id == id)
            drop(pooled);
    }
}
