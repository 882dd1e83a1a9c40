/*
 * Open MPIC's app.conf: lines `key=value` as python-dotenv reads them. Values in quotes may span
 * lines; without quotes " #" begins a comment; ${NAME} and ${NAME:-default} stand for other values.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stddef.h>

struct dotenv_entry {
    const char *key; /* NULL: what begins on this line could not be read, and means nothing */
    const char *value;
    size_t line;
    const char *unset; /* a name that the value asks for and nobody sets: it became "" */
};

struct dotenv {
    const struct dotenv_entry *entries; /* in the order of the file */
    size_t count;
};

/* `look_up` gives the values of the environment, which win for ${NAME}; NULL: none does. A key
 * without "=" has no value, and is left out. */
typedef const char *dotenv_look_up_fn(const char *name);
struct dotenv dotenv_read(struct bytes text, dotenv_look_up_fn *look_up, struct arena *arena);

/* The value of a key, of its last line if there are several; NULL if it is not there. */
const char *dotenv_get(const struct dotenv *dotenv, const char *key);
