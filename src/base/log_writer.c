#define _GNU_SOURCE /* pthread_cond_clockwait */

#include "base/log_writer.h"

#include "base/buf.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Some thousand lines: what a reader that stops for a moment may owe. */
enum { QUEUE_MAX_BYTES = 1 << 20 };

static struct {
    pthread_mutex_t lock; /* never held while anybody waits */
    pthread_cond_t wake;  /* there is something to write, or it ends */
    pthread_cond_t idle;  /* the queue is written, and it ends */
    bool is_running, is_writing, is_ending;
    int fd;
    struct buf lines;
    _Atomic uint64_t lost;
} writer = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .wake = PTHREAD_COND_INITIALIZER,
            .idle = PTHREAD_COND_INITIALIZER,
            .fd = -1,
            .lines = {.max = QUEUE_MAX_BYTES}};

/* --- writing --------------------------------------------------------------------------------- */

static bool is_ready(int fd, int wait_ms)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    return poll(&ready, 1, wait_ms) > 0;
}

static ssize_t write_once(int fd, mode_t kind, struct bytes part)
{
    if (S_ISSOCK(kind))
        return send(fd, part.p, part.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    /* A pipe that is ready takes so much without waiting (pipe(7)); a file takes all. */
    return write(fd, part.p, S_ISREG(kind) || part.n < PIPE_BUF ? part.n : PIPE_BUF);
}

/* How much of it the descriptor took without letting us wait. What it will never take (nobody reads, no space) counts as
 * taken: there is nobody to tell. */
static size_t write_ready(int fd, struct bytes lines)
{
    struct stat file = {0};
    size_t done = 0;
    if (fstat(fd, &file) != 0)
        return lines.n;
    while (done < lines.n && is_ready(fd, 0)) {
        ssize_t n = write_once(fd, file.st_mode, (struct bytes){lines.p + done, lines.n - done});
        if (n < 0 && errno == EAGAIN)
            return done;
        if (n < 0 && errno != EINTR)
            return lines.n;
        done += n > 0 ? (size_t)n : 0;
    }
    return done;
}

static void write_all(int fd, struct bytes lines)
{
    size_t done = 0;
    while ((done += write_ready(fd, (struct bytes){lines.p + done, lines.n - done})) < lines.n)
        is_ready(fd, -1);
}

/* --- the thread ------------------------------------------------------------------------------ */

static void *write_queue(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&writer.lock);
    for (;;) {
        while (writer.lines.n == 0 && !writer.is_ending)
            pthread_cond_wait(&writer.wake, &writer.lock);
        if (writer.lines.n == 0)
            break;
        struct buf lines = writer.lines;
        writer.lines = (struct buf){.max = QUEUE_MAX_BYTES};
        writer.is_writing = true;
        int fd = writer.fd;
        pthread_mutex_unlock(&writer.lock);
        write_all(fd, buf_bytes(&lines));
        buf_clear(&lines);
        pthread_mutex_lock(&writer.lock);
        writer.is_writing = false;
    }
    writer.is_running = false;
    pthread_cond_broadcast(&writer.idle);
    pthread_mutex_unlock(&writer.lock);
    return NULL;
}

bool log_writer_start(struct err *err)
{
    pthread_t thread;
    writer.is_ending = false;
    writer.is_running = true;
    if (pthread_create(&thread, NULL, write_queue, NULL) != 0) {
        writer.is_running = false;
        return err_set(err, ERR_IO, "cannot start the thread of the log");
    }
    pthread_detach(thread); /* nobody could wait for its end: it may never come */
    return true;
}

void log_writer_stop(unsigned ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t ns = (uint64_t)until.tv_nsec + (uint64_t)ms * 1000000;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_mutex_lock(&writer.lock);
    writer.is_ending = true;
    pthread_cond_signal(&writer.wake);
    while (writer.is_running &&
           pthread_cond_clockwait(&writer.idle, &writer.lock, CLOCK_MONOTONIC, &until) == 0) {
    }
    pthread_mutex_unlock(&writer.lock);
}

/* --- the lines ------------------------------------------------------------------------------- */

static bool put_in_queue(struct bytes rest)
{
    if (writer.lines.n + rest.n > QUEUE_MAX_BYTES)
        return false;
    buf_append(&writer.lines, rest.p, rest.n);
    pthread_cond_signal(&writer.wake);
    return true;
}

bool log_writer_put(int fd, struct bytes lines)
{
    pthread_mutex_lock(&writer.lock);
    if (!writer.is_running) {
        pthread_mutex_unlock(&writer.lock);
        /* One write, so that lines of several threads do not mix. */
        ssize_t written = write(fd, lines.p, lines.n);
        (void)written;
        return true;
    }
    writer.fd = fd;
    /* At once where it can be: a crash takes no line with it. */
    size_t done = writer.lines.n == 0 && !writer.is_writing ? write_ready(fd, lines) : 0;
    bool is_kept = done == lines.n || put_in_queue((struct bytes){lines.p + done, lines.n - done});
    pthread_mutex_unlock(&writer.lock);
    if (!is_kept)
        writer.lost++;
    return is_kept;
}

uint64_t log_writer_lost(void)
{
    return writer.lost;
}
