/*
 * The addresses of this machine's interfaces, as they are now: a check must never contact them, and
 * a machine gets and loses addresses while the process runs.
 *
 * Followed on the loop: the kernel tells of each change (rtnetlink), and as it may not (no such
 * socket in a sandbox, a message lost), all are read anew every INTERFACES_REREAD_MS as well.
 */
#pragma once

#include "base/address.h"
#include "base/err.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INTERFACES_REREAD_MS = 30000 };

struct interfaces;

/* The list in the order of the kernel, for free(). NULL with `err` set if it cannot be read. */
struct address *interfaces_read(size_t *count, struct err *err) MUST_CHECK;

/* The list is another one than before; borrowed until this returns. */
typedef void interfaces_fn(const struct address *addresses, size_t count, void *arg);

/* `on_change` is called on a turn of the loop of its own, the first time with the list that is there
 * when this returned. That the list cannot be read is logged, and the last one stays. */
struct interfaces *interfaces_follow(struct loop *loop, interfaces_fn *on_change, void *arg);
/* NULL is fine. Before loop_free(); not from inside `on_change`. */
void interfaces_free(struct interfaces *interfaces);
