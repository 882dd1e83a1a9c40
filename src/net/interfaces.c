#define _GNU_SOURCE /* SOCK_CLOEXEC */

#include "net/interfaces.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/loop_event.h"

#include <errno.h>
#include <event2/event.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Changes come in heaps (an interface that goes takes all its addresses along): one reading for all. */
enum { SETTLE_MS = 50 };

struct interfaces {
    struct loop *loop;
    interfaces_fn *on_change;
    void *arg;
    int fd; /* rtnetlink; -1: none */
    struct event *event;
    struct loop_timer timer;
    bool is_due_soon;
    bool has_list;
    bool is_failing;
    struct address *list;
    size_t count;
};

static void on_time(void *arg);

/* --- reading --- */

static bool address_of(const struct sockaddr *socket_address, struct address *out)
{
    *out = (struct address){0};
    if (socket_address && socket_address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)socket_address;
        out->family = 4;
        memcpy(out->bytes, &v4->sin_addr, 4);
    } else if (socket_address && socket_address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)socket_address;
        out->family = 6;
        memcpy(out->bytes, &v6->sin6_addr, 16);
    }
    return out->family != 0;
}

struct address *interfaces_read(size_t *count, struct err *err)
{
    struct ifaddrs *found;
    if (getifaddrs(&found) != 0) {
        err_set(err, ERR_IO, "listing this machine's addresses: %s", strerror(errno));
        return NULL;
    }
    size_t most = 0;
    for (const struct ifaddrs *i = found; i; i = i->ifa_next)
        most++;
    struct address *list = xcalloc(most + 1, sizeof *list);
    *count = 0;
    for (const struct ifaddrs *i = found; i; i = i->ifa_next)
        if (address_of(i->ifa_addr, &list[*count]))
            ++*count;
    freeifaddrs(found);
    return list;
}

/* --- following --- */

static void read_in(struct interfaces *interfaces, uint64_t ms)
{
    interfaces->is_due_soon = ms < INTERFACES_REREAD_MS;
    loop_timer_start(interfaces->loop, &interfaces->timer, loop_now_ms(interfaces->loop) + ms,
                     on_time, interfaces);
}

static void read_anew(struct interfaces *interfaces)
{
    struct err err;
    size_t count = 0;
    struct address *list = interfaces_read(&count, &err);
    if (!list) {
        if (!interfaces->is_failing)
            LOG(LOG_ERROR, "own addresses not read", {"reason", err.text});
        interfaces->is_failing = true;
        return;
    }
    interfaces->is_failing = false;
    bool is_same = interfaces->has_list && count == interfaces->count &&
                   memcmp(list, interfaces->list, count * sizeof *list) == 0;
    free(interfaces->list);
    interfaces->list = list;
    interfaces->count = count;
    interfaces->has_list = true;
    if (!is_same)
        interfaces->on_change(list, count, interfaces->arg);
}

static void on_time(void *arg)
{
    struct interfaces *interfaces = arg;
    read_in(interfaces, INTERFACES_REREAD_MS);
    read_anew(interfaces);
}

/* What the messages say does not matter, nor whether one was lost (ENOBUFS): all is read anew. */
static void on_message(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct interfaces *interfaces = arg;
    char ignored[8192];
    while (recv(fd, ignored, sizeof ignored, MSG_DONTWAIT) > 0)
        ;
    if (!interfaces->is_due_soon)
        read_in(interfaces, SETTLE_MS);
}

static int open_netlink(void)
{
    const struct sockaddr_nl groups = {.nl_family = AF_NETLINK,
                                       .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&groups, sizeof groups) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

struct interfaces *interfaces_follow(struct loop *loop, interfaces_fn *on_change, void *arg)
{
    struct interfaces *interfaces = xcalloc(1, sizeof *interfaces);
    interfaces->loop = loop;
    interfaces->on_change = on_change;
    interfaces->arg = arg;
    interfaces->fd = open_netlink();
    if (interfaces->fd >= 0) {
        interfaces->event = event_new(loop_event_base(loop), interfaces->fd, EV_READ | EV_PERSIST,
                                      on_message, interfaces);
        if (!interfaces->event || event_add(interfaces->event, NULL) != 0)
            abort(); /* out of memory */
    }
    read_in(interfaces, 0);
    return interfaces;
}

void interfaces_free(struct interfaces *interfaces)
{
    if (!interfaces)
        return;
    loop_timer_stop(&interfaces->timer);
    if (interfaces->event)
        event_free(interfaces->event);
    if (interfaces->fd >= 0)
        close(interfaces->fd);
    free(interfaces->list);
    free(interfaces);
}
