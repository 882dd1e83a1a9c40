/*
 * The audit file: one JSON line for each corroboration, as BR 5.4.1 wants it recorded: who asked, what
 * was asked, what each perspective saw, the quorum. No record, no success: a response whose record
 * could not be written is not given out. Append only; all workers share one descriptor, and each
 * record is one write(2), so that records do not mix. A record that was written in part only (a full
 * disk) stays as a line of its own: the next one begins on a new line, also in a later process.
 */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct audit;

/* Creates the file, readable by its owner and group only, or appends to it. */
struct audit *audit_open(const char *path, struct err *err) MUST_CHECK;
void audit_close(struct audit *audit);
/* Opens the path anew, after something moved the file away. On failure the old file stays in use. */
bool audit_reopen(struct audit *audit, struct err *err) MUST_CHECK;

struct audit_record {
    int64_t time_ns; /* wall clock */
    const char *client;
    uint64_t duration_us;
    struct bytes response; /* the JSON of the response, which has all the rest */
};
/* From any thread. */
bool audit_write(struct audit *audit, const struct audit_record *record,
                 struct err *err) MUST_CHECK;
