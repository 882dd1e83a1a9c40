#define _DEFAULT_SOURCE /* SO_REUSEPORT */

#include "net/httpd_impl.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections that wait to be accepted; the kernel cuts it at net.core.somaxconn. */
enum { BACKLOG = 1024 };

static bool parse_port(const char *text, uint16_t *port)
{
    unsigned value = 0;
    size_t n = strlen(text);
    for (size_t i = 0; i < n && i < 6; i++) {
        if (!ascii_is_digit(text[i]))
            return false;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *port = (uint16_t)value;
    return n > 0 && n < 6 && value <= 65535;
}

bool httpd_parse_listen(const char *text, char host[64], uint16_t *port, struct err *err)
{
    bool has_brackets = text[0] == '[';
    const char *colon = strrchr(text, ':');
    const char *begin = has_brackets ? text + 1 : text;
    const char *end = has_brackets ? strchr(text, ']') : colon;
    if (!colon || !end || (has_brackets && colon != end + 1) || (size_t)(end - begin) >= 64)
        return err_set(err, ERR_PARSE, "\"%s\" is not ADDRESS:PORT or [ADDRESS]:PORT", text);
    memcpy(host, begin, (size_t)(end - begin));
    host[end - begin] = '\0';
    unsigned char address[sizeof(struct in6_addr)];
    if (inet_pton(has_brackets ? AF_INET6 : AF_INET, host, address) != 1)
        return err_set(err, ERR_PARSE, "\"%s\" in \"%s\" is not an %s address", host, text,
                       has_brackets ? "IPv6" : "IPv4");
    if (!parse_port(colon + 1, port))
        return err_set(err, ERR_RANGE, "the port of \"%s\" is not a number from 0 to 65535", text);
    return true;
}

static bool to_sockaddr(const char *listen_text, struct sockaddr_storage *sa, socklen_t *length,
                        struct err *err)
{
    char host[64];
    uint16_t port;
    if (!httpd_parse_listen(listen_text, host, &port, err))
        return false;
    memset(sa, 0, sizeof *sa);
    if (strchr(host, ':')) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)sa;
        *v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
        inet_pton(AF_INET6, host, &v6->sin6_addr);
        *length = sizeof *v6;
    } else {
        struct sockaddr_in *v4 = (struct sockaddr_in *)sa;
        *v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
        inet_pton(AF_INET, host, &v4->sin_addr);
        *length = sizeof *v4;
    }
    return true;
}

/* A bound socket; -1 with `err` set. SO_REUSEADDR, because connections of a former process may be
 * in TIME_WAIT; on Linux it does not let two sockets listen on one address. */
static int open_bound(const char *listen_text, bool is_shared, struct err *err)
{
    struct sockaddr_storage sa;
    socklen_t length;
    if (!to_sockaddr(listen_text, &sa, &length, err))
        return -1;
    int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int one = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        (is_shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0) ||
        bind(fd, (struct sockaddr *)&sa, length) != 0) {
        err_set(err, ERR_IO, "cannot listen on %s: %s", listen_text, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

bool httpd_check_listen(const char *listen_text, struct err *err)
{
    int fd = open_bound(listen_text, false, err);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage sa;
    socklen_t length = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)&sa, &length) != 0)
        return 0;
    if (sa.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&sa)->sin6_port);
    return ntohs(((struct sockaddr_in *)&sa)->sin_port);
}

int httpd_open_listener(const char *listen_text, uint16_t *port, struct err *err)
{
    int fd = open_bound(listen_text, true, err);
    if (fd < 0)
        return -1;
    /* Accepted sockets inherit it on Linux: a reply larger than one segment must not wait for an
     * acknowledgement. */
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (listen(fd, BACKLOG) != 0) {
        err_set(err, ERR_IO, "cannot listen on %s: %s", listen_text, strerror(errno));
        close(fd);
        return -1;
    }
    *port = bound_port(fd);
    return fd;
}
