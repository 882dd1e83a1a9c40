/*
 * net/aside.h in virtual time, for flow tests: linked in place of src/net/aside.c. There are no threads: work
 * runs, on the loop, when it has taken `fake_aside.takes_ms`.
 */
#pragma once

#include "net/aside.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* takes_ms of what is never done. */
#define FAKE_ASIDE_NEVER UINT64_MAX

/* Zero at first, and after fake_aside_reset(): everything is done at once. */
extern struct fake_aside {
    uint64_t takes_ms;
    bool is_busy;         /* everything is refused */
    char last_caller[64]; /* "": nobody */
    size_t started;
    size_t pending; /* jobs that neither delivered nor were cancelled */
} fake_aside;

void fake_aside_reset(void);
