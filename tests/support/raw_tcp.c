#include "support/raw_tcp.h"

#include "support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int open_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    struct timeval wait = {.tv_sec = RAW_WAIT_MS / 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    return fd;
}

int raw_connect(uint16_t port)
{
    int fd = open_socket();
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port)};
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    return fd;
}

int raw_listen(uint16_t *port)
{
    int fd = open_socket();
    struct sockaddr_in sa = {.sin_family = AF_INET};
    socklen_t length = sizeof sa;
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    assert_int_equal(listen(fd, 1024), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &length), 0);
    *port = ntohs(sa.sin_port);
    return fd;
}

uint16_t raw_closed_port(void)
{
    uint16_t port;
    close(raw_listen(&port));
    return port;
}

bool raw_try_send(int fd, struct bytes data)
{
    while (data.n) {
        ssize_t n = send(fd, data.p, data.n, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        data = (struct bytes){data.p + n, data.n - (size_t)n};
    }
    return true;
}

void raw_send(int fd, const char *text)
{
    assert_true(raw_try_send(fd, bytes_of(text)));
}

void raw_shutdown(int fd)
{
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
}

static bool read_byte(int fd, struct buf *text)
{
    char c;
    ssize_t n = recv(fd, &c, 1, 0);
    if (n < 0 && errno != ECONNRESET)
        fail_msg("no more bytes after \"%s\": %s", buf_str(text), strerror(errno));
    if (n <= 0)
        return false;
    buf_append(text, &c, 1);
    return true;
}

void raw_read_head(int fd, struct buf *text)
{
    buf_clear(text);
    while (!strstr(buf_str(text), "\r\n\r\n")) {
        if (!read_byte(fd, text))
            fail_msg("closed after \"%s\"", buf_str(text));
    }
}

void raw_read_response(int fd, struct buf *text)
{
    raw_read_head(fd, text);
    const char *field = strstr(buf_str(text), "Content-Length: ");
    long left = field ? strtol(field + strlen("Content-Length: "), NULL, 10) : 0;
    while (left > 0) {
        char block[65536];
        size_t want = (size_t)left < sizeof block ? (size_t)left : sizeof block;
        ssize_t n = recv(fd, block, want, 0);
        if (n <= 0)
            fail_msg("closed with %ld bytes missing", left);
        buf_append(text, block, (size_t)n);
        left -= n;
    }
}

const char *raw_read_all(int fd, struct buf *text)
{
    buf_clear(text);
    while (read_byte(fd, text))
        ;
    return buf_str(text);
}

static bool is_readable_within(int fd, unsigned ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, (int)ms) == 1;
}

bool raw_is_closed_within(int fd, unsigned ms)
{
    char c;
    return is_readable_within(fd, ms) && recv(fd, &c, 1, 0) <= 0;
}

bool raw_is_silent(int fd, unsigned ms)
{
    return !is_readable_within(fd, ms);
}

void raw_sleep_ms(unsigned ms)
{
    poll(NULL, 0, (int)ms);
}

uint64_t raw_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
