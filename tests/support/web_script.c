#include "support/web_script.h"

#include "base/buf.h"
#include "base/mem.h"
#include "support/raw_tcp.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct web_script {
    const struct web_step *steps;
    uint16_t port;
    int listener;
    int stop[2]; /* a pipe: readable when the server is to stop */
    pthread_t thread;
    struct buf recorded;
};

/* False if the server is to stop. */
static bool wait_ms(struct web_script *web, unsigned ms)
{
    struct pollfd stop = {.fd = web->stop[0], .events = POLLIN};
    return poll(&stop, 1, (int)ms) == 0;
}

/* False at the end of what the client sends. */
static bool read_some(struct web_script *web, int fd, size_t n)
{
    char block[65536];
    ssize_t got = recv(fd, block, n < sizeof block ? n : sizeof block, 0);
    if (got > 0)
        buf_append(&web->recorded, block, (size_t)got);
    return got > 0;
}

static void read_request(struct web_script *web, int fd)
{
    size_t start = web->recorded.n;
    while (!strstr(buf_str(&web->recorded) + start, "\r\n\r\n")) {
        if (!read_some(web, fd, 1))
            return;
    }
    const char *length = strstr(buf_str(&web->recorded) + start, "Content-Length: ");
    size_t body = length ? strtoul(length + strlen("Content-Length: "), NULL, 10) : 0;
    size_t end = web->recorded.n + body;
    while (web->recorded.n < end && read_some(web, fd, end - web->recorded.n))
        ;
}

static void close_with_reset(int fd)
{
    struct linger reset = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

/* Before closing: what is unread would make it a reset. */
static void read_rest(int fd)
{
    char block[4096];
    while (recv(fd, block, sizeof block, MSG_DONTWAIT) > 0)
        ;
}

static void play(struct web_script *web, int fd)
{
    bool goes_on = true;
    const struct web_step *step = web->steps;
    for (; goes_on && step->action != WEB_END; step++) {
        struct bytes text = bytes_of(step->text);
        text.n = step->bytes ? step->bytes : text.n;
        switch (step->action) {
        case WEB_READ_REQUEST:
            read_request(web, fd);
            break;
        case WEB_SEND:
            goes_on = raw_try_send(fd, text);
            break;
        case WEB_REPEAT:
            for (unsigned i = 0; goes_on && i < step->count; i++)
                goes_on = raw_try_send(fd, text);
            break;
        case WEB_DRIP:
            for (size_t i = 0; goes_on && i < text.n; i++)
                goes_on =
                    raw_try_send(fd, (struct bytes){text.p + i, 1}) && wait_ms(web, step->count);
            break;
        case WEB_WAIT:
            goes_on = wait_ms(web, step->count);
            break;
        case WEB_RESET:
            close_with_reset(fd);
            return;
        case WEB_END:
            break;
        }
    }
    read_rest(fd);
}

static void *serve(void *arg)
{
    struct web_script *web = arg;
    for (;;) {
        struct pollfd wait[] = {{.fd = web->listener, .events = POLLIN},
                                {.fd = web->stop[0], .events = POLLIN}};
        if (poll(wait, 2, -1) < 0 || wait[1].revents)
            return NULL;
        int fd = accept(web->listener, NULL, NULL);
        if (fd < 0)
            continue;
        play(web, fd);
        close(fd);
    }
}

struct web_script *web_script_start(const struct web_step *steps)
{
    struct web_script *web = xcalloc(1, sizeof *web);
    web->steps = steps;
    web->listener = raw_listen(&web->port);
    if (pipe(web->stop) != 0 || pthread_create(&web->thread, NULL, serve, web) != 0)
        abort();
    return web;
}

uint16_t web_script_port(const struct web_script *web)
{
    return web->port;
}

char *web_script_stop(struct web_script *web)
{
    close(web->stop[1]);
    pthread_join(web->thread, NULL);
    close(web->stop[0]);
    close(web->listener);
    char *recorded = xstrdup(buf_str(&web->recorded));
    buf_clear(&web->recorded);
    free(web);
    return recorded;
}
