#define _GNU_SOURCE /* SOCK_CLOEXEC */

#include "net/own_route.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANY_PORT = 9 }; /* UDP: nothing is sent by connect(2) */

static bool is_same(const struct sockaddr *local, int family, const uint8_t bytes[16])
{
    if (family == 4)
        return memcmp(&((const struct sockaddr_in *)(const void *)local)->sin_addr, bytes, 4) == 0;
    return memcmp(&((const struct sockaddr_in6 *)(const void *)local)->sin6_addr, bytes, 16) == 0;
}

bool own_route_is_local(int family, const uint8_t bytes[16])
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(ANY_PORT)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(ANY_PORT)};
    memcpy(&v4.sin_addr, bytes, 4);
    memcpy(&v6.sin6_addr, bytes, 16);
    const struct sockaddr *to =
        family == 4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
    socklen_t to_length = family == 4 ? sizeof v4 : sizeof v6;
    struct sockaddr_storage local = {0};
    socklen_t length = sizeof local;
    int fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool is_local = connect(fd, to, to_length) == 0 &&
                    getsockname(fd, (struct sockaddr *)&local, &length) == 0 &&
                    is_same((const struct sockaddr *)&local, family, bytes);
    close(fd);
    return is_local;
}
