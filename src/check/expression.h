/*
 * match_regex of a check, for files in check/ only: compiled and matched aside (net/aside.h), until the check's
 * children must be over.
 */
#pragma once

#include "check/machine.h"
#include "core/rules/regex.h"

/* `task` was run, and is borrowed until this returns; NULL: there was no time, or no room. Never on the
 * stack of who asked. */
typedef void expression_fn(struct check_job *check, const struct regex_task *task);

/* Is it one? */
void expression_check(struct check_job *check, const char *pattern, expression_fn *done);
/* Is it in there? `subject` is copied. */
void expression_search(struct check_job *check, const char *pattern, struct bytes subject,
                       expression_fn *done);
