/*
 * Turns a problem into what the wire shows for it: the verdict, and one entry of `errors` in the
 * words of the reference (wire contract A.7), where the problem has an error key. Outside data in
 * the texts is escaped and cut; callers pass `text` ready to show.
 */
#pragma once

#include "base/arena.h"
#include "core/method/check.h"

/*
 * `text` says what happened, for people: it becomes the result's reason, and the message's last
 * argument. Where the reference prescribes the message, check_result_problem() after it gives the
 * result a better reason.
 */
void report_problem(struct check_result *result, const struct check_request *request,
                    struct arena *arena, enum problem problem, const char *text);

/* The next sentence of a reason that lists several faults; `before` is NULL for the first. */
const char *report_join(struct arena *arena, const char *before, const char *text);

/* The target is no usable name or address; `reason` is target_parse()'s text. Nobody was contacted.
 */
void report_invalid_target(struct check_result *result, const struct check_request *request,
                           struct arena *arena, const char *reason);

/* A parameter that cannot be used; `name` of the property, `reason` in words. */
void report_invalid_parameter(struct check_result *result, const struct check_request *request,
                              struct arena *arena, const char *reason);

/* The coordinator got no usable answer from perspective `code`. */
void report_remote_failure(struct check_result *result, const struct check_request *request,
                           struct arena *arena, const char *code, const char *text);

/* The verdict was certain before perspective `code` answered: no disagreement, and no fault of its own. */
void report_not_awaited(struct check_result *result, const struct check_request *request,
                        struct arena *arena, const char *code);
