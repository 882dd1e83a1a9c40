/* What the files of the import share. Inside client/import*.c only. */
#pragma once

#include "client/import.h"
#include "client/import_notes.h"
#include "wire/endpoints.h"

struct importing {
    const struct import *import;
    struct arena *arena;
    struct import_notes notes;
    struct buf *out;
    const struct wire_endpoints *endpoints; /* of the setting `perspectives` */
    size_t endpoint_count;
    bool is_coordinator, is_perspective;
};

/* The value of a setting, or NULL. */
const char *import_get(const struct importing *i, const char *key);
/* Outside text in a comment. */
const char *import_shown(const struct importing *i, const char *text);
/* Seconds of Open MPIC as milliseconds up to `max`; `otherwise` where it has its default, which 0
 * means, too. */
long import_milliseconds(struct importing *i, const char *key, long otherwise, long max);
/* False if the setting is no whole number; Open MPIC's own example has placeholders. */
bool import_whole_number(const struct importing *i, const char *key, long *out);

/* The section `coordinator`. */
void import_coordinator(struct importing *i);
