/*
 * YAML as far as a configuration needs it: a tree of mappings, sequences and scalars, each with its
 * line.
 *
 * Read with libyaml rather than with libcyaml's schemas: every mistake is reported in one run, each
 * with its line, also those that are only seen when several keys are looked at together. A schema
 * library stops at the first mistake and keeps no lines.
 *
 * Refused, with the line: duplicate keys, keys that are not text, anchors, aliases and tags (what a
 * configuration says must stand where it is used), several documents, NUL, and nesting or sizes
 * beyond the limits below.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "config/mistakes.h"

#include <stdbool.h>
#include <stddef.h>

#define YAML_MAX_BYTES (1024 * 1024) /* a configuration with 256 perspectives has about 64 KiB */
#define YAML_MAX_DEPTH 16            /* the deepest key of ours has 5 levels */
#define YAML_MAX_KEYS  1000          /* of one mapping; our largest section has about 15 */

enum yaml_kind { YAML_SCALAR, YAML_MAPPING, YAML_SEQUENCE };

struct yaml_node {
    enum yaml_kind kind;
    size_t line;      /* of the key if there is one, from 1 */
    const char *key;  /* NULL for the root and for items of a sequence */
    const char *text; /* YAML_SCALAR */
    bool is_plain;    /* written without quotes: only then is it a number, true, false or null */
    const struct yaml_node *first; /* children in the order of the file */
    const struct yaml_node *next;  /* sibling */
    size_t count;                  /* of children */
};

/*
 * NULL if the text is no YAML at all; what is wrong is in `mistakes` either way. Duplicate keys are
 * mistakes too, but the tree, with the first of them, is returned, so that more can be found. An
 * empty document gives a scalar that is null. The tree lives in the arena of `mistakes`.
 */
const struct yaml_node *yaml_read(struct bytes text, const char *file, struct mistakes *mistakes);

/* The child with this key, or NULL; NULL for a node that is no mapping. */
const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);
/* Nothing, `~` or `null`, without quotes. */
bool yaml_is_null(const struct yaml_node *node);
/* The node that `path` leads to, or NULL if it is not there. */
const struct yaml_node *yaml_find(const struct yaml_node *root, const char *path);
/*
 * The node that `path` ("coordinator.perspectives[2].url") leads to, or the last one on the way
 * that exists: a mistake about something missing is shown at the line of what it is missing from.
 */
const struct yaml_node *yaml_nearest(const struct yaml_node *root, const char *path);

const char *yaml_library_version(void);
