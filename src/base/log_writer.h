/*
 * What the lines of the log go through, so that nobody who serves waits for those who read the log: for a pipe that is
 * not emptied, a terminal that was stopped. What the descriptor does not take at once waits in a queue, which a thread of
 * its own empties; a line that finds no room there is lost, and counted. Thread safe; one for the process.
 */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* From here on nobody waits; before, log_writer_put() does. Signals that are blocked now never run there. */
bool log_writer_start(struct err *err) MUST_CHECK;
/* Waits until the queue is written, `ms` at most: a thread that never comes back does not hold up the end of the process. */
void log_writer_stop(unsigned ms);
/* Whole lines. False: they were lost. `fd` is the same each time from the start of the writer on. */
bool log_writer_put(int fd, struct bytes lines);
/* How many times log_writer_put() was false. */
uint64_t log_writer_lost(void);
