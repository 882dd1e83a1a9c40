/*
 * `mpic config import`: a configuration of Open MPIC's reference as one of mpicd. What cannot be
 * carried over is said in comments: what was dropped, and what the operator must decide.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "client/dotenv.h"
#include "config/regions.h"

#include <stdbool.h>
#include <stddef.h>

struct import {
    const char *source;                /* for the comments: "app.conf" */
    const struct dotenv *settings;     /* of a coordinator, of checkers, or of both */
    const struct region_list *regions; /* of available_perspectives.yaml; empty without the file */
};

/*
 * Appends the YAML; `decisions` is how many there are to be made, which the comments at the top
 * list and lines marked with their number ask for. False if the settings are not those of Open
 * MPIC, or `perspectives` cannot be read.
 */
bool import_config(const struct import *import, struct arena *arena, struct buf *out,
                   size_t *decisions, struct err *err) MUST_CHECK;

/* The index-th of the settings that are carried over; NULL behind the last. */
const char *import_setting(size_t index);

/* The command; `words` are the arguments after "config". Returns the exit status: 0 if the
 * configuration was written, 1 if something could not be read, 64 for wrong usage. */
int client_config(int count, char *const *words);
