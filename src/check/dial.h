/*
 * Finding the addresses of a host, for files in check/ only: A and AAAA are asked together and both
 * awaited; the answers, measured by the address policy, become a plan of what to connect to.
 * Every connection of every check goes through here: nothing else resolves names.
 */
#pragma once

#include "check/machine.h"
#include "core/connection.h"

struct dial {
    struct check_job *check;
    const char *host;
    struct lookup answers[2]; /* AAAA, A */
    size_t pending;
    uint64_t deadline_ms;
    struct connection_plan plan;
    size_t next; /* candidate */
    struct address_try tries[CONNECTION_MAX_TRIES];
    size_t try_count;
    void (*done)(struct dial *dial); /* the plan is ready */
};

/*
 * `host` is a canonical name or the text of an address; `dial` lives in the check's arena. `done` is not
 * called on the stack of this function for a name; for an address the plan is ready on return and
 * true is returned: `done` is not called.
 */
bool dial_start(struct dial *dial, struct check_job *check, const char *host, uint64_t deadline_ms,
                void (*done)(struct dial *dial));

/* The next address to connect to, as text; NULL if none is left. */
const char *dial_next(struct dial *dial);
/* Until when a connection to it may take: half the remaining time while others are left. */
uint64_t dial_connect_deadline(const struct dial *dial);
/* What became of it; `outcome` is static text. */
void dial_note(struct dial *dial, const char *address, const char *outcome);
/* The evidence. `used` as connection_report_with(). */
struct connection_report dial_report(const struct dial *dial, const char *used);
