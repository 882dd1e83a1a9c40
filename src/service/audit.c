#include "service/audit.h"

#include "base/buf.h"
#include "base/mem.h"
#include "wire/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AUDIT_MODE = 0640 };

struct audit {
    char *path;
    int fd;
};

static int open_file(const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, AUDIT_MODE);
    if (fd < 0)
        err_set(err, ERR_IO, "the audit file %.100s cannot be opened: %s", path, strerror(errno));
    return fd;
}

struct audit *audit_open(const char *path, struct err *err)
{
    int fd = open_file(path, err);
    if (fd < 0)
        return NULL;
    struct audit *audit = xcalloc(1, sizeof *audit);
    audit->path = xstrdup(path);
    audit->fd = fd;
    return audit;
}

void audit_close(struct audit *audit)
{
    if (!audit)
        return;
    close(audit->fd);
    free(audit->path);
    free(audit);
}

bool audit_reopen(struct audit *audit, struct err *err)
{
    int fd = open_file(audit->path, err);
    if (fd < 0)
        return false;
    /* Under the same number, in one step: a worker that writes meanwhile hits the old or the new file. */
    bool moved = dup2(fd, audit->fd) >= 0 && fcntl(audit->fd, F_SETFD, FD_CLOEXEC) == 0;
    if (!moved)
        err_set(err, ERR_IO, "the audit file cannot be exchanged: %s", strerror(errno));
    close(fd);
    return moved;
}

bool audit_write(struct audit *audit, const struct audit_record *record, struct err *err)
{
    struct buf line = {0};
    const struct wire_audit wire = {.time_ns = record->time_ns,
                                    .client = record->client,
                                    .duration_us = record->duration_us,
                                    .response = record->response};
    wire_encode_audit(&wire, &line);
    buf_append(&line, "\n", 1);
    ssize_t written = write(audit->fd, line.p, line.n);
    bool whole = written == (ssize_t)line.n;
    if (!whole)
        err_set(err, ERR_IO, "the audit record cannot be written: %s",
                written < 0 ? strerror(errno) : "no space left");
    /* A torn record must not run into the next one. */
    if (written > 0 && !whole && write(audit->fd, "\n", 1) < 0)
        err_prefix(err, "the audit file ends in a torn record");
    buf_clear(&line);
    return whole;
}
