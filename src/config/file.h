/* Small files, read whole at start-up. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct file {
    struct bytes content;
    bool is_open_to_all; /* its mode lets everybody on the machine read it */
};

/* Fails for anything but a regular file (or a pipe) of at most `max` bytes; the error does not
 * repeat the name. */
bool file_read(const char *path, size_t max, struct arena *arena, struct file *out,
               struct err *err) MUST_CHECK;

/* `name` itself if it is absolute, else below `folder`. */
const char *file_path(struct arena *arena, const char *folder, const char *name);
/* The folder of `path`: "." if it has none. */
const char *file_folder(struct arena *arena, const char *path);
