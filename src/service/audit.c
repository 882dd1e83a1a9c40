#include "service/audit.h"

#include "base/buf.h"
#include "base/mem.h"
#include "wire/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AUDIT_MODE = 0640 };

struct audit {
    char *path;
    int fd;
    bool is_torn;         /* the file does not end with an end of line */
    pthread_mutex_t lock; /* of both; it lasts for one write(2) */
};

/* A pipe that nobody reads, or not fast enough, fails instead of letting all wait. */
static int open_file(const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, AUDIT_MODE);
    if (fd < 0)
        err_set(err, ERR_IO, "the audit file %.100s cannot be opened: %s", path, strerror(errno));
    return fd;
}

/* What an earlier process left: its disk was full, or it was killed. Where that cannot be read, an empty line does less
 * harm than a record that cannot be found. */
static bool ends_torn(const char *path)
{
    struct stat file;
    if (stat(path, &file) != 0 || !S_ISREG(file.st_mode) || file.st_size == 0)
        return false;
    char last = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is_ended = fd >= 0 && pread(fd, &last, 1, file.st_size - 1) == 1 && last == '\n';
    if (fd >= 0)
        close(fd);
    return !is_ended;
}

struct audit *audit_open(const char *path, struct err *err)
{
    int fd = open_file(path, err);
    if (fd < 0)
        return NULL;
    struct audit *audit = xcalloc(1, sizeof *audit);
    audit->path = xstrdup(path);
    audit->fd = fd;
    audit->is_torn = ends_torn(path);
    pthread_mutex_init(&audit->lock, NULL);
    return audit;
}

void audit_close(struct audit *audit)
{
    if (!audit)
        return;
    close(audit->fd);
    pthread_mutex_destroy(&audit->lock);
    free(audit->path);
    free(audit);
}

bool audit_reopen(struct audit *audit, struct err *err)
{
    int fd = open_file(audit->path, err);
    if (fd < 0)
        return false;
    pthread_mutex_lock(&audit->lock);
    int old = audit->fd;
    audit->fd = fd;
    audit->is_torn = ends_torn(audit->path);
    pthread_mutex_unlock(&audit->lock);
    close(old);
    return true;
}

/* Whether all of it was written; `line` begins with an end of line, which is left out where the file has one. */
static bool append(struct audit *audit, struct bytes line, struct err *err)
{
    size_t from = audit->is_torn ? 0 : 1;
    ssize_t written = write(audit->fd, line.p + from, line.n - from);
    if (written > 0)
        audit->is_torn = line.p[from + (size_t)written - 1] != '\n';
    if (written == (ssize_t)(line.n - from))
        return true;
    return err_set(err, ERR_IO, "the audit record cannot be written: %s",
                   written < 0 ? strerror(errno) : "no space left");
}

bool audit_write(struct audit *audit, const struct audit_record *record, struct err *err)
{
    struct buf line = {0};
    const struct wire_audit wire = {.time_ns = record->time_ns,
                                    .client = record->client,
                                    .duration_us = record->duration_us,
                                    .response = record->response};
    buf_append(&line, "\n", 1);
    wire_encode_audit(&wire, &line);
    buf_append(&line, "\n", 1);
    pthread_mutex_lock(&audit->lock);
    bool is_whole = append(audit, buf_bytes(&line), err);
    pthread_mutex_unlock(&audit->lock);
    buf_clear(&line);
    return is_whole;
}
