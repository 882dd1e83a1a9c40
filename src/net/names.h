/*
 * The addresses of host names that the process asks again and again: looked up in the background by the
 * system's resolver, shared by all workers. A fixed number of threads, whatever the number of names and of
 * askers, because the system's resolver can only be asked by waiting for it; a silent one costs these
 * threads and nothing else.
 *
 *   names_new -> each name is looked up at once, then every NAMES_FRESH_S; after a failure every
 *   NAMES_RETRY_S, and the last good addresses stay in use meanwhile
 *
 * Thread safe.
 */
#pragma once

#include "base/arena.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    NAMES_THREADS = 4,
    NAMES_ADDRESSES_MAX = 8, /* of a name; further ones are not used */
    NAMES_FRESH_S = 60,
    NAMES_RETRY_S = 5,
};

struct names;

/* `hosts` are copied; duplicates are one. Addresses and "localhost" are looked up like any name. */
struct names *names_new(const struct strv *hosts);
/* Does not wait for lookups that hang: their threads end when they do. NULL is fine. */
void names_free(struct names *names);
/* Until every name was looked up once, or the time is over. */
void names_wait(struct names *names, unsigned timeout_ms);

/* The addresses of `host` as text, in the arena; none: it is not known (yet). */
struct strv names_get(struct names *names, const char *host, struct arena *arena);
