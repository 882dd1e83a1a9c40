/* One question to a real `struct dns` on a real loop, as a function that waits for the answer. */
#pragma once

#include "base/arena.h"
#include "net/dns.h"

#include <stdbool.h>

/* Keeps a copy of an answer. */
struct dns_asked {
    struct arena *arena; /* of the copy, set by the caller */
    struct loop *loop;   /* stopped by dns_ask_done(), if set */
    size_t times;        /* how often dns_ask_done() ran */
    struct dns_answer answer;
};

/* A dns_done_fn; `arg` is a struct dns_asked. */
void dns_ask_done(const struct dns_answer *answer, void *arg);

/* The answer is a copy in `arena`. Fails the test if there is none after 20 s. */
struct dns_answer dns_ask(struct arena *arena, struct loop *loop, struct dns *dns,
                          const struct dns_query *query);

/* Runs the loop for so long. */
void dns_ask_wait(struct loop *loop, unsigned ms);
