#include "config/file.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(int fd, size_t max, struct buf *out, struct err *err)
{
    char piece[4096];
    for (;;) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR)
            return err_set(err, ERR_IO, "%s", strerror(errno));
        if (n > 0 && out->n + (size_t)n > max)
            return err_set(err, ERR_LIMIT, "it is larger than %zu bytes", max);
        if (n > 0)
            buf_append(out, piece, (size_t)n);
    }
}

bool file_read(const char *path, size_t max, struct arena *arena, struct file *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    struct stat about;
    struct buf content = {0};
    bool ok = fstat(fd, &about) == 0;
    if (!ok)
        err_set(err, ERR_IO, "%s", strerror(errno));
    else if (S_ISDIR(about.st_mode))
        ok = err_set(err, ERR_IO, "it is a folder");
    else
        ok = read_all(fd, max, &content, err);
    close(fd);
    if (ok)
        *out = (struct file){.content = arena_bytes(arena, buf_bytes(&content)),
                             .is_open_to_all = (about.st_mode & S_IROTH) != 0};
    buf_clear(&content);
    return ok;
}

const char *file_path(struct arena *arena, const char *folder, const char *name)
{
    return name[0] == '/' ? name : arena_printf(arena, "%s/%s", folder, name);
}

const char *file_folder(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}
