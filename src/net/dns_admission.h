/*
 * Which questions may be under way at the same time. Pure: it counts and chooses, and asks nobody.
 *
 * Whoever owns name servers that stay silent can make a question last as long as he likes, and with
 * it hold sockets, memory and time of the resolver. So a question takes a seat before the resolver
 * sees it, and keeps it until the resolver has really let go of it, also when its asker has given it
 * up long ago. A question without a seat waits. Three rules say who may sit:
 *
 *  - There are `seats` in all.
 *  - An account (one check) has at most `seats_per_account`.
 *  - A zone has at most an eighth of those that are free, or one. So one zone gets a ninth of all at
 *    most, and whoever comes later, for whatever zone, still finds some. Nobody has to be recognised
 *    as an attacker for that. Below a zone the rule holds once more: a part of it gets at most half of
 *    what the zone may still take, so that neighbours under one domain do not starve each other.
 *  - The last quarter of the seats is handed out slowly: in as long as a question may take, once.
 *    Else whoever has many zones could take all seats at one moment, and nobody would get one before
 *    they all end together; so some end all the time.
 *
 * A zone is what looks like a registrable domain (two labels, or three as in "example.co.uk"); the
 * part below it is the domain with one label more. It is a guess for the sake of fairness only.
 *
 * Whoever waits is seated in the order of what his zone has already, the least first; but every
 * second free seat goes to the account that waits longest, so that no choice of names can starve
 * anybody. Within an account the order is that of the questions.
 */
#pragma once

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct admission_zone;

struct admission_account {
    struct list waiting;    /* tickets */
    struct list in_waiting; /* of the admission, while it has such */
    size_t seated;
    bool is_limited; /* to seats_per_account */
};

enum {
    ADMISSION_LEVELS = 2,
    ADMISSION_ZONE_SHARE = 8, /* of what is free, for a zone */
    ADMISSION_PART_SHARE = 2, /* of what the zone may still take, for a part of it */
    ADMISSION_RESERVE = 4,    /* of all, the part that is handed out slowly */
};

/* A resolver that serves some questions only: it costs memory and time of its own. */
struct admission_context {
    struct admission_zone *zone; /* whose share it comes from; NULL: it is not there yet */
};

struct admission_question {
    struct admission_account *account;
    struct admission_context *context; /* that it needs, there or not; NULL: none */
    const char *name;                  /* canonical text without final dot */
};

struct admission_ticket {
    struct admission_account *account;
    struct admission_context *context;
    struct admission_zone *zones[ADMISSION_LEVELS]; /* the domain, and the part below it */
    struct list in_account;                         /* while it waits */
    bool is_seated;
};

struct admission_limits {
    size_t seats;
    unsigned seat_ms; /* how long a question may hold one */
    size_t seats_per_account;
    size_t contexts; /* at a time, shared out among zones as seats are */
    unsigned context_ms;
};

/* Something of which there is only so much. */
struct admission_room {
    size_t total;
    size_t used;
    unsigned hold_ms;
    uint64_t reserve_ms; /* when the next of the reserve may be handed out */
};

struct admission {
    struct admission_room seats;
    struct admission_room contexts;
    size_t seats_per_account;
    size_t waiting;
    void *zones;          /* a tree by name; those that some ticket names */
    struct list accounts; /* those that wait, the longest first */
    bool is_turn_of_eldest;
};

void admission_init(struct admission *admission, const struct admission_limits *limits);
/* All tickets have left, all contexts are cleared. */
void admission_clear(struct admission *admission);

void admission_account_init(struct admission_account *account, bool is_limited);
/* The context is gone. */
void admission_context_clear(struct admission *admission, struct admission_context *context);

/*
 * Takes a seat for a question, and the context that it needs, if there is one, else the ticket
 * waits: false. Ticket, account and context must stay where they are until admission_leave().
 * `now_ms`: of a clock that never goes back.
 */
bool admission_ask(struct admission *admission, struct admission_ticket *ticket,
                   const struct admission_question *question, uint64_t now_ms);
/* The next that waits and may sit: it is seated. NULL: none. */
struct admission_ticket *admission_next(struct admission *admission, uint64_t now_ms);
/* When somebody who waits may get what is handed out slowly, though nobody leaves; UINT64_MAX: not
 * before somebody leaves. */
uint64_t admission_next_ms(const struct admission *admission);
/* Gives the seat back, or stops waiting. */
void admission_leave(struct admission *admission, struct admission_ticket *ticket);

/* The name that a question's zone is counted under: a suffix of `name`. `level` as in zones above. */
const char *admission_zone_name(const char *name, size_t level);
