/* A growable byte buffer with an optional upper bound. Zero-initialised it is empty, unbounded and
 * usable. */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *p;
    size_t n;
    size_t cap;
    size_t max;    /* 0: unbounded; to be set before the first byte */
    bool overflow; /* sticky: something did not fit `max`; what did fit is kept */
};

/* Appends; false (and `overflow`) if `max` cut it. */
bool buf_append(struct buf *buf, const void *p, size_t n);
bool buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct bytes buf_bytes(const struct buf *buf);
/* NUL-terminated view of the content, borrowed until the next change. */
const char *buf_str(struct buf *buf);
/* Frees the content; `max` stays. */
void buf_clear(struct buf *buf);
