/* What every cmocka test includes, in the order that cmocka wants. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Fails unless `fn(arg)` ends the process, as a failed assert or exhausted memory does. It runs in
 * a child process, without its standard error. */
void unit_assert_dies(void (*fn)(void *arg), void *arg);
