/* net/dns_admission: who may sit, and who comes next. */
#include "net/dns_admission.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEATS = 80,
    RESERVE = SEATS / ADMISSION_RESERVE,
    HOLD_MS = 2000,
    PER_ACCOUNT = 8,
    TICKETS = 500
};

static struct fixture {
    struct admission admission;
    struct admission_account anybody; /* without a limit */
    struct admission_ticket tickets[TICKETS];
    bool flood[TICKETS]; /* the account is the ticket's own */
    size_t count;
    uint64_t now_ms;
} f;

static void set_limits(size_t contexts)
{
    const struct admission_limits limits = {.seats = SEATS,
                                            .seat_ms = HOLD_MS,
                                            .seats_per_account = PER_ACCOUNT,
                                            .contexts = contexts,
                                            .context_ms = HOLD_MS};
    f = (struct fixture){0};
    admission_init(&f.admission, &limits);
    admission_account_init(&f.anybody, false);
}

static int set_up(void **state)
{
    (void)state;
    set_limits(0);
    return 0;
}

static struct admission_ticket *ask_with(struct admission_account *account,
                                         struct admission_context *context, const char *name)
{
    assert_true(f.count < TICKETS);
    struct admission_ticket *ticket = &f.tickets[f.count++];
    const struct admission_question question = {
        .account = account, .context = context, .name = name};
    bool is_seated = admission_ask(&f.admission, ticket, &question, f.now_ms);
    assert_int_equal(is_seated, ticket->is_seated);
    return ticket;
}

static struct admission_ticket *ask_for(struct admission_account *account, const char *name)
{
    return ask_with(account, NULL, name);
}

static struct admission_ticket *ask(const char *name)
{
    return ask_for(&f.anybody, name);
}

/* Asks for `n` names below `zone`; how many of them sit. */
static size_t flood(const char *zone, size_t n)
{
    size_t seated = 0;
    for (size_t i = 0; i < n; i++) {
        char name[100];
        snprintf(name, sizeof name, "n%zu.%s", i, zone);
        /* Each for another account: a flood is many checks. */
        struct admission_account *account = calloc(1, sizeof *account);
        admission_account_init(account, true);
        seated += ask_for(account, name)->is_seated;
        f.flood[f.count - 1] = true;
    }
    return seated;
}

/* And the account is over, if it is one of a flood. */
static void leave(struct admission_ticket *ticket)
{
    struct admission_account *account = ticket->account;
    bool is_of_flood = f.flood[ticket - f.tickets];
    admission_leave(&f.admission, ticket);
    if (is_of_flood)
        free(account);
}

static void leave_all(void)
{
    for (size_t i = 0; i < f.count; i++)
        if (f.tickets[i].account)
            leave(&f.tickets[i]);
}

static int tear_down(void **state)
{
    (void)state;
    leave_all();
    admission_clear(&f.admission); /* asserts that nothing is left */
    return 0;
}

static void test_zone_is_what_looks_registrable(void **state)
{
    (void)state;
    static const struct {
        const char *name, *domain, *below;
        const char *why;
    } rows[] = {
        {"a.b.example.com", "example.com", "b.example.com", "two labels"},
        {"example.com", "example.com", "example.com", "the domain itself"},
        {"com", "com", "com", "a top-level domain"},
        {".", ".", ".", "the root"},
        {"a.b.example.co.uk", "example.co.uk", "b.example.co.uk", "short label, country code"},
        {"example.com.au", "example.com.au", "example.com.au", "likewise"},
        {"co.uk", "co.uk", "co.uk", "nothing below it"},
        {"www.store.ro", "www.store.ro", "www.store.ro", "a longer word that is shared"},
        {"a.www.bank.uk", "bank.uk", "www.bank.uk", "country code, but a name"},
        {"a.b.c.dev", "c.dev", "b.c.dev", "a short label is a name below a generic domain"},
        {"_dns.x.example.org", "example.org", "x.example.org", "an underscore"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(admission_zone_name(rows[i].name, 0), rows[i].domain);
        assert_string_equal(admission_zone_name(rows[i].name, 1), rows[i].below);
    }
}

static void test_one_zone_gets_a_ninth_of_the_seats(void **state)
{
    (void)state;
    /* Each below a part of its own: the parts do not add up to more. */
    size_t seated = flood("hole.example", 90);
    assert_int_equal(seated, (SEATS + ADMISSION_ZONE_SHARE) / (ADMISSION_ZONE_SHARE + 1));
    assert_true(ask("www.other.example")->is_seated);
}

static void test_part_of_a_zone_leaves_room_for_its_neighbours(void **state)
{
    (void)state;
    size_t seated = flood("hole.lab.example", 90);
    assert_true(seated > 1);
    assert_true(ask("good.lab.example")->is_seated);
    assert_true(flood("lab.example", 90) > 1);
    assert_true(ask("www.other.example")->is_seated);
}

static void flood_zones(int count)
{
    for (int i = 0; i < count; i++) {
        char zone[32];
        snprintf(zone, sizeof zone, "hole%d.example", i);
        flood(zone, 10);
    }
}

/* However many zones come at once: the reserve is still there. */
static void test_many_zones_at_once_leave_the_reserve(void **state)
{
    (void)state;
    flood_zones(13);
    assert_in_range(f.admission.seats.used, SEATS - RESERVE, SEATS - RESERVE + 1);
    /* In the time that one question may hold a seat it is handed out, in equal steps, to them and to
     * whoever comes then: he is the next but one. */
    struct admission_ticket *victim = ask("www.other.example");
    assert_false(victim->is_seated);
    uint64_t next_ms = admission_next_ms(&f.admission);
    assert_in_range(next_ms, 1, HOLD_MS / RESERVE);
    assert_null(admission_next(&f.admission, next_ms - 1));
    f.now_ms = next_ms;
    bool is_next = admission_next(&f.admission, f.now_ms) == victim;
    assert_null(admission_next(&f.admission, f.now_ms));
    f.now_ms = admission_next_ms(&f.admission);
    assert_int_equal(f.now_ms, next_ms + HOLD_MS / RESERVE);
    assert_true(admission_next(&f.admission, f.now_ms) == victim || is_next);
}

static void test_all_seats_can_be_used_and_never_more(void **state)
{
    (void)state;
    for (int i = 0; i < SEATS; i++) {
        char name[32];
        snprintf(name, sizeof name, "z%d.example", i);
        assert_true(ask(name)->is_seated);
        f.now_ms += HOLD_MS / RESERVE;
    }
    assert_false(ask("one-more.example")->is_seated);
    assert_int_equal(f.admission.seats.used, SEATS);
    assert_int_equal(f.admission.waiting, 1);
    assert_null(admission_next(&f.admission, f.now_ms));
    assert_int_equal(admission_next_ms(&f.admission), UINT64_MAX); /* only if somebody leaves */
}

static void test_account_has_few_seats_and_its_own_order(void **state)
{
    (void)state;
    struct admission_account account;
    admission_account_init(&account, true);
    struct admission_ticket *tickets[PER_ACCOUNT + 2];
    for (size_t i = 0; i < PER_ACCOUNT + 2; i++) {
        char name[32];
        snprintf(name, sizeof name, "www.z%zu.example", i);
        tickets[i] = ask_for(&account, name);
        assert_int_equal(tickets[i]->is_seated, i < PER_ACCOUNT);
    }
    assert_null(admission_next(&f.admission, f.now_ms)); /* free seats, but not for this account */
    assert_true(ask("www.other.example")->is_seated);
    admission_leave(&f.admission, tickets[3]);
    assert_ptr_equal(admission_next(&f.admission, f.now_ms), tickets[PER_ACCOUNT]);
    admission_leave(&f.admission, tickets[PER_ACCOUNT + 1]); /* gives up waiting */
    admission_leave(&f.admission, tickets[0]);
    assert_null(admission_next(&f.admission, f.now_ms));
    for (size_t i = 1; i <= PER_ACCOUNT; i++)
        if (i != 3)
            admission_leave(&f.admission, tickets[i]);
}

/* Nobody of an account overtakes its own: else those that wait could wait for ever. */
static void test_question_waits_behind_those_of_its_account(void **state)
{
    (void)state;
    flood("hole.example", 40);
    struct admission_account account;
    admission_account_init(&account, true);
    struct admission_ticket *first = ask_for(&account, "x.hole.example");
    struct admission_ticket *second = ask_for(&account, "www.other.example");
    assert_false(first->is_seated);
    assert_false(second->is_seated);
    admission_leave(&f.admission, first);
    assert_ptr_equal(admission_next(&f.admission, f.now_ms), second);
    admission_leave(&f.admission, second);
}

/* Of two that wait, the one whose zone has less comes first: not the one that came first. */
static void test_zone_with_least_comes_first(void **state)
{
    (void)state;
    struct admission_ticket *taken[SEATS];
    for (int i = 0; i < SEATS; i++) {
        char name[32];
        snprintf(name, sizeof name, i < 2 ? "a%d.busy.example" : "z%d.example", i);
        taken[i] = ask(name);
        assert_true(taken[i]->is_seated);
        f.now_ms += HOLD_MS / RESERVE;
    }
    struct admission_account busy[2], quiet;
    admission_account_init(&busy[0], true);
    admission_account_init(&busy[1], true);
    admission_account_init(&quiet, true);
    struct admission_ticket *eldest = ask_for(&busy[0], "b.busy.example");
    struct admission_ticket *second = ask_for(&busy[1], "c.busy.example");
    struct admission_ticket *newest = ask_for(&quiet, "www.quiet.example");
    for (int i = 2; i < SEATS / 2; i++)
        admission_leave(&f.admission, taken[i]);
    /* In turn: the one with least, the eldest. */
    assert_ptr_equal(admission_next(&f.admission, f.now_ms), newest);
    assert_ptr_equal(admission_next(&f.admission, f.now_ms), eldest);
    assert_ptr_equal(admission_next(&f.admission, f.now_ms), second);
    assert_null(admission_next(&f.admission, f.now_ms));
    admission_leave(&f.admission, eldest);
    admission_leave(&f.admission, second);
    admission_leave(&f.admission, newest);
}

/* A zone's questions that nobody awaits any more keep their seats: its next ones wait, others do not. */
static void test_seats_are_kept_until_they_are_left(void **state)
{
    (void)state;
    size_t seated = flood("hole.example", 40);
    assert_int_equal(flood("hole.example", 10), 0);
    assert_true(ask("www.other.example")->is_seated);
    assert_null(admission_next(&f.admission, f.now_ms));
    leave(&f.tickets[0]);
    leave(&f.tickets[1]);
    assert_non_null(admission_next(&f.admission, f.now_ms));
    assert_int_equal(f.admission.seats.used, seated);
}

static void test_contexts_are_shared_out_as_seats_are(void **state)
{
    (void)state;
    set_limits(18);
    struct admission_context contexts[6] = {{0}};
    size_t seated = 0;
    for (int i = 0; i < 4; i++)
        seated += ask_with(&f.anybody, &contexts[i], "www.hole.example")->is_seated;
    assert_int_equal(seated, 2);
    struct admission_account other;
    admission_account_init(&other, true);
    assert_true(ask_for(&other, "n.hole.example")->is_seated); /* who needs none is not held up */
    struct admission_ticket *one = ask_with(&other, &contexts[4], "www.other.example");
    struct admission_ticket *two = ask_with(&other, &contexts[4], "www2.other.example");
    assert_true(one->is_seated && two->is_seated);
    assert_int_equal(f.admission.contexts.used, 3); /* one for both */
    leave_all();
    assert_int_equal(f.admission.contexts.used, 3); /* kept until they are gone */
    for (int i = 0; i < 6; i++)
        admission_context_clear(&f.admission, &contexts[i]);
    assert_int_equal(f.admission.contexts.used, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_zone_is_what_looks_registrable),
        CASE(test_one_zone_gets_a_ninth_of_the_seats),
        CASE(test_part_of_a_zone_leaves_room_for_its_neighbours),
        CASE(test_many_zones_at_once_leave_the_reserve),
        CASE(test_all_seats_can_be_used_and_never_more),
        CASE(test_account_has_few_seats_and_its_own_order),
        CASE(test_question_waits_behind_those_of_its_account),
        CASE(test_zone_with_least_comes_first),
        CASE(test_seats_are_kept_until_they_are_left),
        CASE(test_contexts_are_shared_out_as_seats_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
