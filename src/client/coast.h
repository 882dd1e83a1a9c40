/* The rough outlines of the continents and larger islands, for orientation on a map: drawn by hand
 * for this program, far too coarse for anything else. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct coast_point {
    int16_t longitude, latitude; /* degrees */
};

/* A closed polygon. */
struct coast_outline {
    const struct coast_point *points;
    size_t count;
    enum coast_kind { COAST_LAND, COAST_WATER } kind; /* COAST_WATER: a lake, drawn over the land */
};

extern const struct coast_outline coast_outlines[];
extern const size_t coast_outline_count;
