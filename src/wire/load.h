/*
 * JSON text to jansson's values, within our limits. Depth and number of values are counted before
 * anything is allocated, so that a small body cannot make a large tree.
 */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

struct json_t;

struct load_error {
    const char *text; /* constant: no outside bytes in it */
    size_t position;  /* byte offset */
    bool has_nul;     /* also on success: a string holds U+0000 */
};

/*
 * NULL with `err` set if it is not JSON (RFC 8259), not UTF-8, has a property twice in one object,
 * is deeper than LIMIT_JSON_DEPTH, or has more than `max_values`. Release with json_decref().
 * Integers beyond 64 bits and numbers of 1e308 or more are 1e308, with their sign: no integer of any
 * property, and nothing to refuse a body for that has them in a property that nobody knows.
 */
struct json_t *load_json(struct bytes body, size_t max_values, struct load_error *err);
