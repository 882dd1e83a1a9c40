/*
 * Regular expressions of callers (match_regex of website-change): Perl's, matched with bounds, on
 * text and on bytes that are none. The only home of PCRE2.
 */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum regex_outcome {
    REGEX_MATCH,
    REGEX_NO_MATCH,
    REGEX_LIMIT, /* matching takes too many steps or too much memory: nobody knows */
};

/*
 * False if `pattern` is longer than LIMIT_REGEX_BYTES, is no expression, has a callout, ignores case in
 * classes that span more characters than there are, or matches the empty text: such a one would find
 * itself in anything. `err` says which, in words that can follow the pattern.
 */
bool regex_check(const char *pattern, struct err *err) MUST_CHECK;

/*
 * Does `pattern` match anywhere in `subject`? Unanchored, case counts unless the pattern says otherwise,
 * UTF-8 with Unicode classes. Bytes that are not UTF-8 match nothing and are crossed by no match.
 * REGEX_LIMIT for a pattern that regex_check() would refuse.
 *
 * With REGEX_MATCH `end` is where the match ends in `subject`, which may lie before what the pattern looked
 * at.
 *
 * A search is given up after some 10 ms of CPU. The limit is counted in steps, not in time, so that every
 * machine comes to the same end. What PCRE2 does between two steps is not counted: groups repeated a hundred
 * times that may be empty, "(?:\V*?){0,100}[!?]", were seen to take 60 ms, and ranges that ignore case
 * 20 ms to compile. So neither this nor regex_check() is for the loop: see struct regex_task.
 */
enum regex_outcome regex_search(const char *pattern, struct bytes subject, size_t *end);

/*
 * One of the two as work on data of its own, to be done aside (net/aside.h): whoever makes the task reads it
 * once it was run.
 */
struct regex_task {
    bool is_usable;   /* what regex_check() says */
    struct err fault; /* likewise */
    enum regex_outcome outcome;
    size_t end;
    /* Private. */
    bool searches;
    char *pattern;
    uint8_t *subject;
    size_t subject_bytes;
};

/* Both texts are copied. */
struct regex_task *regex_task_new_check(const char *pattern);
struct regex_task *regex_task_new_search(const char *pattern, struct bytes subject);
/* `task` is a struct regex_task; in any thread. */
void regex_task_run(void *task);
void regex_task_free(void *task);
