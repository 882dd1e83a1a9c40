/*
 * The options of `mpic check` and `mpic probe`, one row each: those that every check has, those of the CAA
 * check, and one for each parameter of a validation method (core/method/param.h).
 */
#pragma once

#include "client/options.h"
#include "core/method/method.h"

/* Which checks take an option. */
enum option_of { OPTION_OF_ANY, OPTION_OF_CAA, OPTION_OF_PARAM };

struct option_row {
    const char *name;
    const char *value_name; /* NULL: a flag */
    enum option_of of;
    enum param param; /* OPTION_OF_PARAM */
    /* Takes the option's value (NULL for a flag) into the member at `offset`. Returns NULL, or what would have been one. */
    const char *(*take)(struct client_options *out, const char *value, const struct option_row *row,
                        struct arena *arena);
    size_t offset;
    const char *help;
    bool not_for_check, not_for_probe;
};

/* The row at place `i`, in the order of --help; false behind the last. There are OPTION_ROWS_MAX at most. */
enum { OPTION_ROWS_MAX = 64 };
bool option_row_at(size_t i, struct option_row *out);
/* Is the option one of the command, and of the method? `method` NULL: of any. */
bool option_row_applies(const struct option_row *row, enum client_command command,
                        const struct method *method);
/* True if the method cannot do without. */
bool option_row_is_required(const struct option_row *row, const struct method *method);
