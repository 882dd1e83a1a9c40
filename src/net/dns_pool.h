/*
 * Who may ask the resolver, and how its work is really ended. For net/dns*.c only.
 *
 *      dns_seat_take -> waiting -> on_seated -> dns_seat_ask -> on_reply (-> dns_seat_ask …)
 *                          \____________\_______________\_________\-> dns_seat_leave
 *
 * A question takes a seat (net/dns_admission.h) and keeps it until libunbound has let go of it. The
 * asker may leave earlier: then the question is given up, but its seat stays taken, because
 * libunbound works on and sends packets.
 *
 * Resolvers come in generations. New questions go to the present one. When it has too many questions
 * that were given up, or one for too long, a new generation takes its place, and the old one is
 * deleted once the last question that somebody still awaits is over, at the latest after
 * dns.timeout_ms: that ends the packets. What it knew of silent servers goes with it; so a zone that
 * is silent is asked by no more questions at a time than its share of the seats allows, and each of
 * them is bounded in its packets (dns_config.c).
 *
 * A private generation serves the questions of one account with one number (dns_query.fresh), or,
 * with fresh_cache, all others of an account from its first question to its end. It is deleted, with
 * all that is under way, as soon as nobody awaits anything of it, or at the end of its account if a question says
 * so (dns_query.is_kept).
 */
#pragma once

#include "net/dns.h"
#include "net/dns_resolver.h"

struct dns_pool;
struct dns_seat;

/* Configurations of resolvers, borrowed: of the generations that all share, of private ones, and of
 * private ones with a number. */
struct dns_pool_configs {
    struct bytes shared, private, retry;
};

struct dns_pool_settings {
    struct dns_pool_configs configs;
    unsigned timeout_ms;
    size_t seats;
    bool fresh_cache;
    struct dns_counters *counters; /* may be NULL */
};

struct dns_pool *dns_pool_new(struct loop *loop, const struct dns_pool_settings *settings,
                              struct err *err) MUST_CHECK;
/* All askers have left, all accounts are closed. */
void dns_pool_free(struct dns_pool *pool);

/* Resolvers that are made from now on have these texts (borrowed), and one of them takes the present
 * one's place as soon as may be; what is asked already ends where it is. */
void dns_pool_configure(struct dns_pool *pool, const struct dns_pool_configs *configs);

struct dns_account *dns_pool_open_account(struct dns_pool *pool, bool is_limited);
void dns_pool_close_account(struct dns_account *account);

struct dns_seat_user {
    /* Unless it was ready at once. `has_waited`: there was no seat. */
    void (*on_seated)(bool has_waited, void *arg);
    dns_reply_fn *on_reply;
    void *arg;
};

struct dns_seat_question {
    const char *name;            /* canonical text; whom the seat is counted on */
    uint64_t fresh;              /* as in dns_query */
    bool is_kept;                /* likewise */
    struct dns_account *account; /* NULL: none, without limits of its own */
};

struct dns_seat *dns_seat_take(struct dns_pool *pool, const struct dns_seat_question *question,
                               const struct dns_seat_user *user);
bool dns_seat_is_ready(const struct dns_seat *seat); /* false: on_seated will be called */
/* As dns_resolver_ask(); one question at a time. Not from inside on_reply. */
bool dns_seat_ask(struct dns_seat *seat, const char *name, uint16_t type);
/* Nobody is told anything any more. The seat must not be used after it. */
void dns_seat_leave(struct dns_seat *seat);
