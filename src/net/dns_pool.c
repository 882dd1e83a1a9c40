#include "net/dns_pool.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/dns_admission.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>

enum {
    /* What one check may ask at a time: as many as a climb does. */
    SEATS_PER_ACCOUNT = 8,
    /* The present generation is replaced when questions that were given up hold a quarter of the
     * seats, or one of them is so old; but not more often than the gap says, because the next one
     * knows nothing yet. */
    GIVEN_UP_SHARE = 4,
    GIVEN_UP_MAX_MS = 3000,
    REPLACE_GAP_MS = 2000,
    /* Old generations that are awaited still, at a time: some 5 MB each. */
    RETIRED_MAX = 4,
    /* Private generations at a time: 1.6 MB each. */
    PRIVATE_MAX = 64,
    PRIVATE_TIMEOUTS = 3, /* how many of dns.timeout_ms one may live, about */
    /* Memory is given back to the system so often at most: that takes milliseconds. */
    TRIM_GAP_MS = 2000,
    SERVE_GAP_MS = 20,
    /* Questions are put to libunbound for so long in one turn of the loop: one takes 50 to 400
     * microseconds, by the labels of its name. */
    SERVE_MAX_US = 2000,
    /* Answers may outlive their TTL by so much where the wall clock is set back. */
    CLOCK_SLACK_MS = 1000,
};

/* What of struct dns_counters is ours. */
struct load {
    int64_t under_way, waiting, given_up, replaced;
};

/* One resolver, and the seats of those whose questions it has. */
struct generation {
    struct dns_resolver *resolver; /* NULL: a private one that is not made yet */
    struct list given_up;          /* seats, in the order of time */
    size_t given_up_count;
    size_t awaited; /* seats that somebody waits for */
    int64_t
        ahead_ms; /* the most that the wall clock was ahead of the monotonic one since it was made */
    bool is_retired;
    struct list in_retired;
    /* Of private ones: */
    bool is_private;
    bool is_held; /* the account keeps it though nothing is awaited */
    uint64_t fresh;
    struct admission_context context;
    struct list in_account;
};

struct dns_account {
    struct dns_pool *pool;
    struct admission_account admission;
    struct list generations; /* private ones */
    size_t seats;
    bool is_closed;
};

struct dns_pool {
    struct loop *loop;
    struct dns_pool_settings settings;
    struct admission admission;
    struct dns_account *anybody; /* for questions without an account */
    struct generation *present;
    bool is_outdated;     /* the present one was made of other texts than the next */
    struct list retired;  /* generations */
    size_t retired_count; /* of those that were present */
    size_t given_up;
    uint64_t replaced_ms;
    uint64_t trimmed_ms;
    struct list unmade;        /* seats whose private generation is to be made */
    struct loop_timer make;    /* one of them */
    struct loop_timer serve;   /* free seats are given to those that wait */
    uint64_t serve_ms;         /* when; UINT64_MAX: not set */
    struct loop_timer replace; /* the present generation has had its time */
    struct loop_timer sweep;   /* a retired generation is no longer awaited */
    struct loop_timer trim;
    struct load published;
};

struct dns_seat {
    struct dns_pool *pool;
    struct dns_account *account;
    struct admission_ticket ticket;
    struct generation *generation; /* NULL while it waits for a seat in the present one */
    struct dns_seat_user user;
    bool has_waited;
    struct list in_unmade;
    bool is_asked; /* libunbound will reply */
    bool is_given_up;
    uint64_t given_up_ms;
    struct list in_given_up;
};

static void on_make(void *arg);
static void on_serve(void *arg);
static void on_replace(void *arg);
static void on_sweep(void *arg);
static void on_trim(void *arg);

/* --- numbers --------------------------------------------------------------------------------- */

static void publish(struct dns_pool *pool, int64_t replaced)
{
    struct dns_counters *counters = pool->settings.counters;
    struct load *last = &pool->published;
    const struct load load = {.under_way = (int64_t)pool->admission.seats.used,
                              .waiting = (int64_t)pool->admission.waiting,
                              .given_up = (int64_t)pool->given_up,
                              .replaced = last->replaced + replaced};
    if (counters) {
        counters->under_way += load.under_way - last->under_way;
        counters->waiting += load.waiting - last->waiting;
        counters->given_up += load.given_up - last->given_up;
        counters->replaced += replaced;
    }
    *last = load;
}

/* --- generations ----------------------------------------------------------------------------- */

static int64_t ahead_ms(const struct dns_pool *pool)
{
    return loop_wall_ns(pool->loop) / 1000000 - (int64_t)loop_now_ms(pool->loop);
}

static struct generation *new_generation(const struct dns_pool *pool, struct dns_resolver *resolver)
{
    struct generation *generation = xcalloc(1, sizeof *generation);
    generation->resolver = resolver;
    generation->ahead_ms = ahead_ms(pool);
    list_init(&generation->given_up);
    return generation;
}

static void sweep_soon(struct dns_pool *pool)
{
    loop_timer_start(pool->loop, &pool->sweep, 0, on_sweep, pool);
}

static void retire(struct dns_pool *pool, struct generation *generation)
{
    generation->is_retired = true;
    list_remove(&generation->in_account);
    list_append(&pool->retired, &generation->in_retired);
    pool->retired_count += !generation->is_private;
    if (generation->awaited == 0)
        sweep_soon(pool);
}

/* Its questions get their last reply, and their seats become free. */
static void delete_generation(struct dns_pool *pool, struct generation *generation)
{
    assert(generation->awaited == 0);
    list_remove(&generation->in_retired);
    pool->retired_count -= !generation->is_private;
    dns_resolver_free(generation->resolver);
    assert(list_is_empty(&generation->given_up));
    admission_context_clear(&pool->admission, &generation->context);
    free(generation);
}

/* What a flood took stays with the process, unless the C library is told to give it back. */
static void on_trim(void *arg)
{
    struct dns_pool *pool = arg;
    malloc_trim(0);
    pool->trimmed_ms = loop_now_ms(pool->loop);
}

static void serve_at(struct dns_pool *pool, uint64_t due_ms)
{
    if (due_ms >= pool->serve_ms)
        return;
    pool->serve_ms = due_ms;
    loop_timer_start(pool->loop, &pool->serve, due_ms, on_serve, pool);
}

/* One generation in a turn of the loop: deleting takes some milliseconds. */
static void on_sweep(void *arg)
{
    struct dns_pool *pool = arg;
    for (struct list *node = pool->retired.next; node != &pool->retired; node = node->next) {
        struct generation *generation = LIST_ENTRY(node, struct generation, in_retired);
        if (generation->awaited > 0)
            continue;
        delete_generation(pool, generation);
        loop_timer_start(pool->loop, &pool->trim, pool->trimmed_ms + TRIM_GAP_MS, on_trim, pool);
        serve_at(pool, 0); /* somebody may wait for its context */
        sweep_soon(pool);
        return;
    }
}

/* When the present generation is to be replaced, if nothing changes. */
static void consider_replacing(struct dns_pool *pool)
{
    struct list *eldest = pool->present->given_up.next;
    uint64_t earliest_ms = pool->replaced_ms + REPLACE_GAP_MS;
    if (pool->is_outdated) {
        loop_timer_start(pool->loop, &pool->replace, earliest_ms, on_replace, pool);
        return;
    }
    if (eldest == &pool->present->given_up) {
        loop_timer_stop(&pool->replace);
        return;
    }
    uint64_t due_ms =
        LIST_ENTRY(eldest, struct dns_seat, in_given_up)->given_up_ms + GIVEN_UP_MAX_MS;
    if (pool->present->given_up_count >= pool->settings.seats / GIVEN_UP_SHARE ||
        due_ms < earliest_ms)
        due_ms = earliest_ms;
    loop_timer_start(pool->loop, &pool->replace, due_ms, on_replace, pool);
}

static void on_replace(void *arg)
{
    struct dns_pool *pool = arg;
    struct err err;
    pool->replaced_ms = loop_now_ms(pool->loop);
    if (pool->retired_count >= RETIRED_MAX) {
        consider_replacing(pool);
        return;
    }
    struct dns_resolver *resolver =
        dns_resolver_new(pool->loop, pool->settings.configs.shared, false, &err);
    if (!resolver) { /* no descriptors, say: the old one goes on, and we try again */
        LOG(LOG_WARN, "the resolver could not be replaced", {"reason", err.text});
        consider_replacing(pool);
        return;
    }
    retire(pool, pool->present);
    pool->present = new_generation(pool, resolver);
    pool->is_outdated = false;
    publish(pool, 1);
}

/*
 * libunbound keeps answers until a time of the wall clock. If that is set back, they last longer than
 * their TTL by as much: a CAA record that is no longer there would permit for all that time. So what was
 * learnt before is forgotten at once.
 */
static void forget_the_future(struct dns_pool *pool)
{
    struct generation *present = pool->present;
    int64_t now_ahead_ms = ahead_ms(pool);
    if (now_ahead_ms > present->ahead_ms)
        present->ahead_ms = now_ahead_ms;
    if (present->ahead_ms - now_ahead_ms <= CLOCK_SLACK_MS)
        return;
    LOG(LOG_WARN, "the resolver forgets its answers", {"reason", "the wall clock was set back"});
    retire(pool, present);
    pool->present = new_generation(pool, NULL); /* on_make() makes its resolver */
    pool->replaced_ms = loop_now_ms(pool->loop);
    pool->is_outdated = false;
    loop_timer_stop(&pool->replace);
    publish(pool, 1);
}

void dns_pool_configure(struct dns_pool *pool, const struct dns_pool_configs *configs)
{
    pool->settings.configs = *configs;
    pool->is_outdated = true;
    consider_replacing(pool);
}

/* The private generation of these questions; NULL if they need none. */
static struct generation *private_generation(struct dns_account *account,
                                             const struct dns_seat_question *question)
{
    const uint64_t fresh = question->fresh;
    bool keeps_own = account->pool->settings.fresh_cache && account->admission.is_limited;
    if (!fresh && !keeps_own)
        return NULL;
    struct list *node = account->generations.next;
    for (; node != &account->generations; node = node->next) {
        struct generation *generation = LIST_ENTRY(node, struct generation, in_account);
        if (generation->fresh == fresh)
            return generation;
    }
    struct generation *generation = new_generation(account->pool, NULL);
    generation->is_private = true;
    generation->is_held = !fresh || question->is_kept;
    generation->fresh = fresh;
    list_append(&account->generations, &generation->in_account);
    return generation;
}

static void stop_awaiting(struct dns_pool *pool, struct generation *generation)
{
    if (--generation->awaited > 0)
        return;
    if (generation->is_retired)
        sweep_soon(pool);
    else if (generation->is_private && !generation->is_held)
        retire(pool, generation);
}

/* --- accounts -------------------------------------------------------------------------------- */

struct dns_account *dns_pool_open_account(struct dns_pool *pool, bool is_limited)
{
    struct dns_account *account = xcalloc(1, sizeof *account);
    account->pool = pool;
    admission_account_init(&account->admission, is_limited);
    list_init(&account->generations);
    return account;
}

/* Seats whose questions were given up keep it. */
static void free_if_unused(struct dns_account *account)
{
    if (account->is_closed && account->seats == 0)
        free(account);
}

void dns_pool_close_account(struct dns_account *account)
{
    account->is_closed = true;
    while (!list_is_empty(&account->generations))
        retire(account->pool, LIST_ENTRY(account->generations.next, struct generation, in_account));
    free_if_unused(account);
}

/* --- seats ----------------------------------------------------------------------------------- */

static void free_seat(struct dns_seat *seat)
{
    struct dns_pool *pool = seat->pool;
    struct dns_account *account = seat->account;
    admission_leave(&pool->admission, &seat->ticket);
    account->seats--;
    free(seat);
    free_if_unused(account);
    if (pool->admission.waiting > 0)
        serve_at(pool, 0);
    publish(pool, 0);
}

/* Making a resolver takes milliseconds: each on a turn of its own. */
static void make_soon(struct dns_seat *seat)
{
    struct dns_pool *pool = seat->pool;
    list_append(&pool->unmade, &seat->in_unmade);
    loop_timer_start(pool->loop, &pool->make, 0, on_make, pool);
}

static void on_make(void *arg)
{
    struct dns_pool *pool = arg;
    if (list_is_empty(&pool->unmade))
        return;
    struct dns_seat *seat = LIST_ENTRY(pool->unmade.next, struct dns_seat, in_unmade);
    struct generation *generation = seat->generation;
    struct err err;
    list_remove(&seat->in_unmade);
    loop_timer_start(pool->loop, &pool->make, 0, on_make, pool);
    if (!generation->resolver) {
        const struct dns_pool_configs *configs = &pool->settings.configs;
        struct bytes config = !generation->is_private ? configs->shared
                              : generation->fresh     ? configs->retry
                                                      : configs->private;
        generation->resolver = dns_resolver_new(pool->loop, config, false, &err);
    }
    if (!generation->resolver)
        LOG(LOG_WARN, "a resolver could not be made", {"reason", err.text});
    seat->user.on_seated(seat->has_waited, seat->user.arg);
}

/* The ticket has its seat: true if the resolver is there, too. */
static bool sit_down(struct dns_seat *seat)
{
    if (!seat->generation) {
        forget_the_future(seat->pool);
        seat->generation = seat->pool->present;
        seat->generation->awaited++;
    }
    if (seat->generation->resolver)
        return true;
    make_soon(seat);
    return false;
}

/* Those that wait come later, though nobody leaves. */
static void serve_later(struct dns_pool *pool)
{
    uint64_t next_ms = admission_next_ms(&pool->admission);
    uint64_t now_ms = loop_now_ms(pool->loop);
    /* What is free already, but not for those that wait, is no reason to look at every moment. */
    if (next_ms != UINT64_MAX)
        serve_at(pool, next_ms > now_ms ? next_ms : now_ms + SERVE_GAP_MS);
}

static void on_serve(void *arg)
{
    struct dns_pool *pool = arg;
    uint64_t end_us = loop_now_us(pool->loop) + SERVE_MAX_US;
    pool->serve_ms = UINT64_MAX;
    do {
        struct admission_ticket *ticket = admission_next(&pool->admission, loop_now_ms(pool->loop));
        if (!ticket) {
            serve_later(pool);
            return;
        }
        struct dns_seat *seat = LIST_ENTRY(ticket, struct dns_seat, ticket);
        seat->has_waited = true;
        publish(pool, 0);
        if (sit_down(seat))
            seat->user.on_seated(true, seat->user.arg);
    } while (loop_now_us(pool->loop) < end_us);
    serve_at(pool, 0);
}

struct dns_seat *dns_seat_take(struct dns_pool *pool, const struct dns_seat_question *question,
                               const struct dns_seat_user *user)
{
    struct dns_seat *seat = xcalloc(1, sizeof *seat);
    seat->pool = pool;
    seat->account = question->account ? question->account : pool->anybody;
    seat->user = *user;
    seat->account->seats++;
    seat->generation = private_generation(seat->account, question);
    if (seat->generation)
        seat->generation->awaited++;
    const struct admission_question asked = {
        .account = &seat->account->admission,
        .context = seat->generation ? &seat->generation->context : NULL,
        .name = question->name,
    };
    if (admission_ask(&pool->admission, &seat->ticket, &asked, loop_now_ms(pool->loop)))
        sit_down(seat);
    else
        serve_later(pool);
    publish(pool, 0);
    return seat;
}

bool dns_seat_is_ready(const struct dns_seat *seat)
{
    return seat->ticket.is_seated && !list_is_linked(&seat->in_unmade);
}

static void on_reply(const struct dns_reply *reply, void *arg)
{
    struct dns_seat *seat = arg;
    seat->is_asked = false;
    if (!seat->is_given_up) {
        seat->user.on_reply(reply, seat->user.arg);
        return;
    }
    struct dns_pool *pool = seat->pool;
    bool is_present = seat->generation == pool->present;
    list_remove(&seat->in_given_up);
    seat->generation->given_up_count--;
    pool->given_up--;
    free_seat(seat);
    if (is_present)
        consider_replacing(pool);
}

bool dns_seat_ask(struct dns_seat *seat, const char *name, uint16_t type)
{
    if (!seat->generation->resolver)
        return false;
    seat->is_asked = true;
    if (dns_resolver_ask(seat->generation->resolver, name, type, on_reply, seat))
        return true; /* the seat may be gone: the reply may have come already */
    seat->is_asked = false;
    return false;
}

void dns_seat_leave(struct dns_seat *seat)
{
    struct dns_pool *pool = seat->pool;
    struct generation *generation = seat->generation;
    list_remove(&seat->in_unmade);
    if (!seat->is_asked) {
        free_seat(seat);
    } else {
        seat->is_given_up = true;
        seat->given_up_ms = loop_now_ms(pool->loop);
        list_append(&generation->given_up, &seat->in_given_up);
        generation->given_up_count++;
        pool->given_up++;
        publish(pool, 0);
    }
    if (generation)
        stop_awaiting(pool, generation);
    if (generation == pool->present)
        consider_replacing(pool);
}

/* --- the pool -------------------------------------------------------------------------------- */

/* All configurations are tried, so that no mistake shows later only. */
static struct dns_resolver *try_resolvers(struct loop *loop,
                                          const struct dns_pool_settings *settings, struct err *err)
{
    const struct bytes others[] = {settings->configs.private, settings->configs.retry};
    for (size_t i = 0; i < 2; i++) {
        struct dns_resolver *other = dns_resolver_new(loop, others[i], true, err);
        if (!other)
            return NULL;
        dns_resolver_free(other);
    }
    return dns_resolver_new(loop, settings->configs.shared, true, err);
}

struct dns_pool *dns_pool_new(struct loop *loop, const struct dns_pool_settings *settings,
                              struct err *err)
{
    struct dns_resolver *resolver = try_resolvers(loop, settings, err);
    if (!resolver)
        return NULL;
    struct dns_pool *pool = xcalloc(1, sizeof *pool);
    pool->loop = loop;
    pool->serve_ms = UINT64_MAX;
    pool->settings = *settings;
    const struct admission_limits limits = {
        .seats = settings->seats,
        .seat_ms = settings->timeout_ms,
        .seats_per_account = SEATS_PER_ACCOUNT,
        .contexts = PRIVATE_MAX,
        .context_ms = PRIVATE_TIMEOUTS * settings->timeout_ms,
    };
    admission_init(&pool->admission, &limits);
    list_init(&pool->retired);
    list_init(&pool->unmade);
    pool->present = new_generation(pool, resolver);
    pool->anybody = dns_pool_open_account(pool, false);
    return pool;
}

void dns_pool_free(struct dns_pool *pool)
{
    if (!pool)
        return;
    dns_pool_close_account(pool->anybody);
    retire(pool, pool->present);
    while (!list_is_empty(&pool->retired))
        delete_generation(pool, LIST_ENTRY(pool->retired.next, struct generation, in_retired));
    loop_timer_stop(&pool->make);
    loop_timer_stop(&pool->serve);
    loop_timer_stop(&pool->replace);
    loop_timer_stop(&pool->sweep);
    loop_timer_stop(&pool->trim);
    admission_clear(&pool->admission);
    free(pool);
}
