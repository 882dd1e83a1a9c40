/*
 * JSON objects as tables: one const row per property, used to write it and to read it. A new
 * property is a new row; a new kind of value is a struct field_kind with its three functions.
 * Reading coerces as Open MPIC's reference does (pydantic's lax mode) and reports every fault of
 * the body, each with its place; reading a perspective's answer stops at the first.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "wire/issues.h"

#include <stdbool.h>
#include <stddef.h>

struct json_t;
struct field;

enum field_flags {
    FIELD_REQUIRED = 1 << 0, /* its absence is an issue */
    FIELD_NULLABLE = 1 << 1, /* null means absent */
    FIELD_ADDED = 1 << 2,    /* ours: not written when absent */
    FIELD_OWN = 1 << 3,      /* ours: not written when absent in an answer of the reference */
    FIELD_STRICT = 1 << 4,   /* no coercion */
    FIELD_WHOLE = 1 << 5,    /* a string of which a part is worth nothing: all of it, or absent */
    FIELD_BASE64 = 1 << 6,   /* a string that is cut between groups of four characters */
};

/* Names of an enum's values, from `first` to before `end`. */
struct enum_names {
    const char *(*name)(int value);
    int first, end;
    const char *python_class; /* as the reference calls it in its messages */
};

struct schema {
    const struct field *fields;
    size_t count;
    size_t size; /* of the C struct */
};
#define SCHEMA(array, type)                                                                        \
    {                                                                                              \
        .fields = array, .count = sizeof(array) / sizeof(array)[0], .size = sizeof(type)           \
    }

/* Where reading stands. Zero-initialise, then set `arena`, `issues` or `err`, and `cut`. */
struct reader {
    struct arena *arena;
    struct wire_issues *issues; /* every fault becomes an issue; NULL: none wanted */
    struct err *err;            /* or the first fault becomes an error */
    bool cut; /* lists and strings beyond their limits are shortened, not refused */
    bool failed;
    size_t depth;
    struct issue_step path[16];
};

/* How much of what came from outside is written. */
struct writer_cap {
    size_t items; /* of each list; 1 or more */
    size_t text;  /* bytes of each string, escaped */
};

struct writer {
    struct buf *out;
    unsigned omit;                /* absent fields with one of these flags are not written */
    const struct writer_cap *cap; /* NULL: all */
};

struct field_kind {
    bool (*is_absent)(const struct field *field, const void *object); /* NULL: never */
    void (*write)(struct writer *writer, const struct field *field, const void *object);
    /* `value` is not null where the row is nullable. Faults go to reader_fault(). NULL: not read.
     */
    void (*read)(struct reader *reader, const struct field *field, struct json_t *value,
                 void *object);
    void (*set_default)(const struct field *field, void *object); /* NULL: all bits zero */
};

struct field {
    const char *name;
    const struct field_kind *kind;
    unsigned flags;
    size_t offset;
    size_t count_offset; /* lists: of their size_t; 0: none */
    size_t given_offset; /* lists and objects: of a bool that is false for null; 0: none */
    const struct schema *schema;
    const struct enum_names *names;
    int fallback;                /* enums, booleans: the default; literals: the one value */
    const char *const *literals; /* KIND_LITERAL_TEXT: the values, the first is the default */
    /* A rule for a value that has the right type. */
    void (*check)(struct reader *reader, const struct field *field, struct json_t *value,
                  const void *object);
};
#define FIELD(wire_name, of_kind, type, member, with_flags)                                        \
    .name = (wire_name), .kind = &(of_kind), .offset = offsetof(type, member), .flags = (with_flags)

extern const struct field_kind KIND_STRING;       /* const char * */
extern const struct field_kind KIND_BOOL;         /* bool; `fallback` */
extern const struct field_kind KIND_OPT_BOOL;     /* struct opt_bool */
extern const struct field_kind KIND_INT;          /* int64_t */
extern const struct field_kind KIND_OPT_INT;      /* struct opt_int */
extern const struct field_kind KIND_STRINGS;      /* struct strv */
extern const struct field_kind KIND_ENUM;         /* any enum; `names`, `fallback` is "absent" */
extern const struct field_kind KIND_OBJECT;       /* a struct; `schema`, `given_offset` */
extern const struct field_kind KIND_LIST;         /* array of structs; `count_offset` */
extern const struct field_kind KIND_LITERAL_BOOL; /* bool */
extern const struct field_kind KIND_LITERAL_ENUM; /* any enum */
extern const struct field_kind KIND_LITERAL_TEXT; /* const char * */

/* The member of `field` in `object`. */
#define MEMBER(field, object)       ((void *)((char *)(object) + (field)->offset))
#define CONST_MEMBER(field, object) ((const void *)((const char *)(object) + (field)->offset))

/* A string within the cap; "..." stands for what is missing. NULL gives null. */
void writer_put_text(struct writer *writer, unsigned flags, const char *text);
/* How many of `count` items are within the cap. */
size_t writer_count(const struct writer *writer, size_t count);
/* {"name":value,…} */
void schema_write(struct writer *writer, const struct schema *schema, const void *object);
/* The same without braces: a part of an object. */
void schema_write_fields(struct writer *writer, const struct schema *schema, const void *object);

/* Fills `object` with the defaults of all rows. */
void schema_set_defaults(const struct schema *schema, void *object);
/* A value that should be an object with these rows; unknown properties are ignored. */
void schema_read(struct reader *reader, const struct schema *schema, struct json_t *value,
                 void *object);
/* As schema_read(), once it is known to be an object. */
void schema_read_fields(struct reader *reader, const struct schema *schema, struct json_t *value,
                        void *object);

/* The path to what is read now: each property, index or class gets a step. */
void reader_enter(struct reader *reader, const char *name, size_t index);
void reader_leave(struct reader *reader);
void reader_fault(struct reader *reader, const struct issue *issue);
/* The text of a string, NULL for anything else. A string with U+0000 is none: comparing up to the
 * NUL must compare all. */
const char *reader_text(const struct json_t *value);
/* A copy in the arena of the string that `value` should be; NULL after a fault. */
const char *reader_string(struct reader *reader, struct json_t *value);
/* A fault of kind "value_error": right type, wrong value. */
void reader_value_error(struct reader *reader, struct json_t *value, const char *text);
void reader_type_fault(struct reader *reader, struct json_t *value, const char *type,
                       const char *message);
/* "Input should be …", with the reference's ctx. `type` is "enum" or "literal_error". */
void reader_expected_fault(struct reader *reader, struct json_t *value, const char *type,
                           const char *expected);
/* "'a', 'b' or 'c'" */
const char *enum_expected(const struct reader *reader, const struct enum_names *names);
/* "<DnsRecordType.TXT: 'TXT'>" */
const char *enum_literal(const struct reader *reader, const struct enum_names *names, int value);
