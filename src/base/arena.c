#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#endif

/*
 * Small objects share chunks. The first is small, because thousands of arenas may hold one name
 * each; each further one has twice the size, up to what is enough for an ordinary CAA request. A
 * large object gets a chunk of its own, so that it does not end the shared one early. Under the
 * address sanitizer each object is "large": then it sees reads and writes beyond the end of any of
 * them.
 */
enum {
    FIRST_CHUNK_BYTES = 512,
    CHUNK_BYTES = 8192,
#ifdef UNDER_ASAN
    SHARED_MAX_BYTES = 0,
#else
    SHARED_MAX_BYTES = CHUNK_BYTES / 4,
#endif
};

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    alignas(max_align_t) uint8_t data[];
};

struct arena {
    struct chunk *shared; /* newest first; only the first has room */
    struct chunk *single;
    size_t used;
};

struct arena *arena_new(void)
{
    return xcalloc(1, sizeof(struct arena));
}

static void free_chunks(struct chunk *chunk)
{
    while (chunk) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    free_chunks(arena->shared);
    free_chunks(arena->single);
    free(arena);
}

static struct chunk *add_chunk(struct chunk **chunks, size_t size)
{
    struct chunk *chunk = xmalloc(sizeof *chunk + size);
    chunk->size = size;
    chunk->used = 0;
    chunk->next = *chunks;
    *chunks = chunk;
    return chunk;
}

static size_t next_chunk_size(const struct chunk *last, size_t needed)
{
    size_t size = last ? last->size * 2 : FIRST_CHUNK_BYTES;
    while (size < needed)
        size *= 2;
    return size < CHUNK_BYTES ? size : CHUNK_BYTES;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        abort(); /* a bug: sizes from outside are checked against base/limits.h */
    arena->used += size;
    if (size > SHARED_MAX_BYTES)
        return memset(add_chunk(&arena->single, size)->data, 0, size);
    size_t rounded = (size + align - 1) / align * align;
    struct chunk *chunk = arena->shared;
    if (!chunk || chunk->size - chunk->used < rounded)
        chunk = add_chunk(&arena->shared, next_chunk_size(chunk, rounded));
    void *p = chunk->data + chunk->used;
    chunk->used += rounded;
    return memset(p, 0, rounded);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / 2 / size)
        abort();
    return arena_alloc(arena, count * size);
}

char *arena_strndup(struct arena *arena, const char *s, size_t n)
{
    if (!s)
        return NULL;
    size_t length = strnlen(s, n);
    char *copy = arena_alloc(arena, length + 1);
    memcpy(copy, s, length);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
    return s ? arena_strndup(arena, s, strlen(s)) : NULL;
}

struct bytes arena_bytes(struct arena *arena, struct bytes b)
{
    uint8_t *copy = arena_alloc(arena, b.n + 1);
    if (b.n)
        memcpy(copy, b.p, b.n);
    return (struct bytes){copy, b.n};
}

struct strv arena_strv(struct arena *arena, struct strv v)
{
    const char **items = arena_array(arena, v.count, sizeof *items);
    for (size_t i = 0; i < v.count; i++)
        items[i] = arena_strdup(arena, v.items[i]);
    return (struct strv){.items = items, .count = v.count, .present = v.present};
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        abort(); /* only an encoding error of a wide conversion, and we use none */
    char *text = arena_alloc(arena, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = arena_vprintf(arena, fmt, ap);
    va_end(ap);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
