/*
 * Reads a YAML tree into structs by a table of keys. Knows types, ranges, required and unknown
 * keys; what spans several keys is judged by the caller afterwards. Never stops at a mistake: a
 * member whose value is unusable keeps its default.
 */
#pragma once

#include "base/strv.h"
#include "config/mistakes.h"
#include "config/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum keys_kind {
    KEYS_TEXT,     /* const char *: min to max octets, no control characters */
    KEYS_BOOL,     /* bool: true or false */
    KEYS_INT,      /* int64_t: min to max */
    KEYS_NUMBER,   /* struct keys_number: min to max */
    KEYS_CHOICE,   /* int: the index into `words` */
    KEYS_TEXTS,    /* struct strv: a list of at most max texts */
    KEYS_TEXT_MAP, /* struct keys_map: any keys, text values */
    KEYS_SECTION,  /* a struct inside the struct */
    KEYS_LIST,     /* struct keys_list: at most max sections */
    KEYS_LATER,    /* a key of a later version: refused, never ignored */
};

struct keys_number {
    bool present;
    double value;
};

struct keys_pair {
    const char *key;
    const char *value;
};

struct keys_map {
    const struct keys_pair *items;
    size_t count;
};

/* `items` points to `count` structs of the section's size; cast by whoever knows the section. */
struct keys_list {
    void *items;
    size_t count;
};

struct keys_section;

struct keys_row {
    const char *name;
    enum keys_kind kind;
    size_t offset; /* of the member in the struct of its section */
    bool is_required;
    bool may_be_null; /* null is as good as absent */
    int64_t min, max;
    const char *const *words;           /* KEYS_CHOICE, ends with NULL */
    const struct keys_section *section; /* KEYS_SECTION, KEYS_LIST */
    const char *unit;                   /* KEYS_INT: "milliseconds"; may be NULL */
    const char *help; /* how to mend it: if a required key is missing, or for KEYS_LATER */
};

struct keys_section {
    const struct keys_row *keys;
    size_t key_count;
    size_t size; /* of the struct, for items of a KEYS_LIST; all of them start as zeroes */
};

/* A name that people bring along from elsewhere, and what it is called here. */
struct keys_alias {
    const char *theirs;
    const char *ours;
};

struct keys_reader {
    struct mistakes *mistakes;
    const char *file;
    const struct keys_section *root;  /* for "belongs to"; may be NULL */
    const struct keys_alias *aliases; /* ends with a NULL name; may be NULL */
    bool ignores_unknown; /* a format that is not ours: unknown keys are nobody's mistake */
};

/* Fills `out`, which holds the defaults. A `node` that is null is an empty section. `path` is ""
 * for the root. */
void keys_read(const struct keys_reader *reader, const struct keys_section *section,
               const struct yaml_node *node, const char *path, void *out);
