/* What an imported configuration says in comments, and how it writes text. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

#include <stddef.h>

struct import_note;

struct import_notes {
    struct arena *arena;
    struct import_note *first_decision, *last_decision, *first_drop, *last_drop;
    size_t decision_count;
};

/* The notes live in the arena. */
void notes_init(struct import_notes *notes, struct arena *arena);
/* Something that the operator must decide; returns its number, from 1. Outside text is escaped by
 * the caller: one line. */
size_t notes_decide(struct import_notes *notes, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Something that the configuration does not say any more. */
void notes_drop(struct import_notes *notes, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* All of them as comments, and an empty line. */
void notes_put(const struct import_notes *notes, struct buf *out);

/* A text, UTF-8, as YAML: without quotes only where no reader takes it for anything but text. */
void yaml_put_text(struct buf *out, const char *text);
