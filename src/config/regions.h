/* Open MPIC's available_perspectives.yaml: which regions there are, and which are too close. */
#pragma once

#include "base/strv.h"
#include "config/mistakes.h"

#include <stdbool.h>
#include <stddef.h>

/* An entry of the file. */
struct region {
    const char *code;
    const char *name; /* may be NULL */
    const char *rir;
    struct strv too_close_codes;
};

struct region_list {
    const struct region *items;
    size_t count;
};

/* Whichever of its two names the list has: available_regions of the containers,
 * aws_available_regions of the Lambda functions. All lives in the arena of `mistakes`, where what
 * is wrong is told. */
struct region_list regions_load(const char *file, struct mistakes *mistakes);

/* NULL if there is none of that code. */
const struct region *regions_find(const struct region_list *regions, const char *code);
