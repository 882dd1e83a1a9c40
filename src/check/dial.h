/*
 * Finding the addresses of a host, for files in check/ only: A and AAAA are asked together; the
 * answers, measured by the address policy, become a plan of what to connect to. Every connection of every
 * check goes through here: nothing else resolves names.
 *
 * Each step has its part of the time that is left, so that none can eat the next one's:
 *  - the lookups end when a quarter is left, for the connection;
 *  - once one family has addresses, the other is awaited half of what is left then, and counts as timed
 *    out after that;
 *  - each address but the last gets an equal share of the rest to be connected to.
 */
#pragma once

#include "check/machine.h"
#include "core/rules/connection.h"
#include "net/pause.h"

struct dial {
    struct check_job *check;
    const char *host;
    struct lookup answers[2];   /* AAAA, A */
    struct dns_job *lookups[2]; /* under way; NULL: answered */
    struct pause_job *wait;     /* for the other family */
    /* When the lookups began, when they were over, and when the last address was taken. */
    uint64_t started_ms, resolved_ms, tried_ms;
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
/* Until when a connection to it may take: an equal share of the rest while others are left, at most half
 * of it. */
uint64_t dial_connect_deadline(const struct dial *dial);
/* What became of it; `outcome` is static text. */
void dial_note(struct dial *dial, const char *address, const char *outcome);
/* The evidence. `used` as connection_report_with(). */
struct connection_report dial_report(const struct dial *dial, const char *used);

/* Does the text of this problem need the account: which step was the time spent in? The one that it ran out
 * in need not be the slow one. */
bool dial_is_about_time(enum problem problem);
/* "0.2 s went into finding the addresses of www.example.com, 4.8 s into this connection", up to now. */
const char *dial_time_account(const struct dial *dial);
const char *dial_seconds(struct arena *arena, uint64_t from_ms, uint64_t to_ms);
