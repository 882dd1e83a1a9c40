/* A world map of perspectives and cohorts as SVG 1.1, equirectangular: a degree is as long in both
 * directions everywhere. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "core/corroboration/cohort.h"
#include "core/corroboration/perspective.h"

#include <stddef.h>

struct map {
    const char *title;
    const struct perspective_info
        *perspectives; /* what has no coordinates is listed below the map */
    size_t count;
    struct cohort_plan cohorts; /* members of each are joined by lines of one colour */
};

/* Appends a whole document. Texts of others are escaped. */
void map_draw(const struct map *map, struct arena *arena, struct buf *out);
