/* What people see of a verdict: a line that says it, one row a perspective, and why the failures
 * failed. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "core/corroboration/mpic.h"
#include "wire/wire.h"

#include <stdbool.h>

/* `color` is for terminals only. Outside data is escaped. */
void show_corroboration(const struct mpic_request *request, const struct wire_mpic_view *view,
                        bool color, struct arena *arena, struct buf *out);
void show_probe(const struct check_request *request, const struct check_result *result, bool color,
                struct arena *arena, struct buf *out);

/* 0 corroborated or passed, 1 not, 2 could not tell. */
int exit_status_of_view(const struct wire_mpic_view *view);
int exit_status_of_result(const struct check_result *result);
