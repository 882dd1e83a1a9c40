/*
 * Reaching a host, for files in check/ only:
 *
 *   RESOLVING --(plan of addresses)--> CONNECTING --(no TCP connection, addresses left)--> CONNECTING
 *       \--(nothing to contact)-----------+--(connected, or none is left)---------------> over
 *
 * A and AAAA are asked together; the answers, measured by the address policy, become a plan of what to
 * connect to. Every connection of every check goes through here: nothing else resolves names, and nothing
 * else decides whether the next address is tried. How to connect is the owner's.
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
#include "net/peer.h"

struct dial {
    /* Set by the owner. */
    struct check_job *check;
    const char *host; /* a canonical name, or the text of an address */
    uint64_t deadline_ms;
    /* Starts a job that connects to `address`, which is text in the arena, until dial_connect_deadline();
     * its end is told by dial_ended(). */
    void (*connect)(struct dial *dial, const char *address);
    /* There is nothing to connect to; `text` is in the words of the reference. */
    void (*failed)(struct dial *dial, enum problem problem, const char *text);
    /* Private. */
    const char *address;        /* being connected to */
    struct lookup answers[2];   /* AAAA, A */
    struct dns_job *lookups[2]; /* under way; NULL: answered */
    struct pause_job *wait;     /* for the other family */
    /* When the lookups began, when they were over, and when the last address was taken. */
    uint64_t started_ms, resolved_ms, tried_ms;
    struct connection_plan plan;
    size_t next; /* candidate */
    struct address_try tries[CONNECTION_MAX_TRIES];
    size_t try_count;
};

/* What the end of a connection means for the check. */
struct dial_end {
    enum problem problem; /* PROBLEM_NONE for PEER_OK */
    const char *address;  /* that was connected to, or tried last */
    const char *used;     /* the same if there was a TCP connection, else NULL */
};

/* `dial` lives in the check's arena. For a name nothing is called on the stack of this function, for an
 * address one of the two functions is. */
void dial_start(struct dial *dial);
/*
 * The job that `connect` started has ended. False: another address is being tried, and there is nothing
 * else to do. A site that is reached and wrong is final: the other address family must not mask it.
 */
bool dial_ended(struct dial *dial, enum peer_status status, struct dial_end *end);

/* Until when a connection to it may take: an equal share of the rest while others are left, at most half
 * of it. */
uint64_t dial_connect_deadline(const struct dial *dial);
/* The evidence. `used` as connection_report_with(). */
struct connection_report dial_report(const struct dial *dial, const char *used);

/* Does the text of this problem need the account: which step was the time spent in? The one that it ran out
 * in need not be the slow one. */
bool dial_is_about_time(enum problem problem);
/* "0.2 s went into finding the addresses of www.example.com, 4.8 s into this connection", up to now. */
const char *dial_time_account(const struct dial *dial);
const char *dial_seconds(struct arena *arena, uint64_t from_ms, uint64_t to_ms);
