#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct buf *buf, size_t more)
{
    if (more > SIZE_MAX / 4 || buf->n > SIZE_MAX / 4)
        abort();
    size_t need = buf->n + more + 1; /* one for the NUL of buf_str() */
    if (need <= buf->cap)
        return;
    size_t cap = buf->cap ? buf->cap : 256;
    while (cap < need)
        cap *= 2;
    buf->p = xrealloc(buf->p, cap);
    buf->cap = cap;
}

bool buf_append(struct buf *buf, const void *p, size_t n)
{
    size_t taken = n;
    if (buf->max && n > buf->max - buf->n)
        taken = buf->max - buf->n;
    if (taken < n)
        buf->overflow = true;
    if (taken) {
        reserve(buf, taken);
        memcpy(buf->p + buf->n, p, taken);
        buf->n += taken;
    }
    return taken == n;
}

bool buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    char *text = xmalloc((size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    bool whole = buf_append(buf, text, (size_t)n);
    free(text);
    return whole;
}

struct bytes buf_bytes(const struct buf *buf)
{
    return (struct bytes){buf->p, buf->n};
}

const char *buf_str(struct buf *buf)
{
    reserve(buf, 0);
    buf->p[buf->n] = '\0';
    return (const char *)buf->p;
}

void buf_clear(struct buf *buf)
{
    free(buf->p);
    *buf = (struct buf){.max = buf->max};
}
