/* Heap memory for small, bounded sizes. Running out of it ends the process: validation stops rather
 * than guesses. */
#pragma once

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

/* Says so, and ends the process; the library says nothing (library/mem_exhausted.c). */
_Noreturn void mem_exhausted(void);
