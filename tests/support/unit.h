/* What every cmocka test includes, in the order that cmocka wants. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/log.h"

/* Fails unless `fn(arg)` ends the process, as a failed assert or exhausted memory does. It runs in
 * a child process, without its standard error. */
void unit_assert_dies(void (*fn)(void *arg), void *arg);

/* What `run` logs at `level` and above, as text in the arena. */
const char *unit_log_of(void (*run)(void), enum log_level level, struct arena *arena);
