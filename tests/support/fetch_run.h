/* Runs one fetch to its end on the real loop, and keeps a copy of the result. */
#pragma once

#include "net/fetch.h"

struct fetch_run {
    struct loop *loop;
    struct fetch *fetch;
    struct arena *arena;
    struct fetch_result result; /* of the last run; in `arena` */
    int done_count;
};

void fetch_run_init(struct fetch_run *run);
void fetch_run_clear(struct fetch_run *run);
/* Returns &run->result. */
const struct fetch_result *fetch_run(struct fetch_run *run, const struct fetch_request *request,
                                     unsigned timeout_ms);
/* The same for a GET of http://host.test[:port]path, pinned to 127.0.0.1 and `port`. */
const struct fetch_result *fetch_run_get(struct fetch_run *run, uint16_t port, const char *path,
                                         unsigned timeout_ms);
