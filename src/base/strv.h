/* A list of strings that may be absent: JSON null and [] are different things to Open MPIC. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The zero value is "absent" (null). `items` are borrowed, usually from the request's arena. */
struct strv {
    const char *const *items;
    size_t count;
    bool present;
};

/* Exact membership. */
bool strv_has(const struct strv *v, const char *s);
