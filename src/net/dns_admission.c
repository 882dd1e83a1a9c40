#include "net/dns_admission.h"

#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct admission_zone {
    char *name;
    size_t seated;
    size_t contexts;
    size_t users; /* tickets and accounts that point here */
};

/* --- zones ----------------------------------------------------------------------------------- */

/* "co" of "co.uk", "com" of "com.au": domains under country codes that others register below. */
static bool is_shared_label(const char *label, size_t length)
{
    static const char *const longer[] = {"firm", "gouv", "govt", "info", "name", "school", "store"};
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++)
        if (strlen(longer[i]) == length && strncmp(longer[i], label, length) == 0)
            return true;
    return length <= 3;
}

/* Where the label before `end` begins; `name` if it is the first. */
static const char *label_before(const char *name, const char *end)
{
    while (end > name && end[-1] != '.')
        end--;
    return end;
}

const char *admission_zone_name(const char *name, size_t level)
{
    const char *end = name + strlen(name);
    const char *top = label_before(name, end);
    bool is_country = end - top == 2;
    size_t more = 1 + level; /* labels before the top */
    for (const char *at = top; at > name && more > 0; more--) {
        const char *label = label_before(name, at - 1);
        if (at == top && is_country && is_shared_label(label, (size_t)(at - 1 - label)))
            more++;
        if (more == 1)
            return label;
        at = label;
    }
    return name;
}

static int compare_zones(const void *a, const void *b)
{
    const struct admission_zone *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static struct admission_zone *take_zone(struct admission *admission, const char *name)
{
    struct admission_zone *zone = xcalloc(1, sizeof *zone);
    zone->name = xstrdup(name);
    struct admission_zone **found = tsearch(zone, &admission->zones, compare_zones);
    assert(found); /* or there is no memory left */
    if (*found != zone) {
        free(zone->name);
        free(zone);
    }
    (*found)->users++;
    return *found;
}

static void release_zone(struct admission *admission, struct admission_zone *zone)
{
    if (--zone->users > 0)
        return;
    assert(zone->seated == 0 && zone->contexts == 0);
    tdelete(zone, &admission->zones, compare_zones);
    free(zone->name);
    free(zone);
}

/* --- who may sit ------------------------------------------------------------------------------ */

static size_t free_of(const struct admission_room *room)
{
    return room->total - room->used;
}

static bool is_reserve(const struct admission_room *room)
{
    return free_of(room) <= room->total / ADMISSION_RESERVE;
}

static bool has_room(const struct admission_room *room, uint64_t now_ms)
{
    return free_of(room) > 0 && (!is_reserve(room) || now_ms >= room->reserve_ms);
}

static void use(struct admission_room *room, uint64_t now_ms)
{
    size_t reserve = room->total / ADMISSION_RESERVE;
    if (is_reserve(room) && reserve > 0)
        room->reserve_ms = now_ms + room->hold_ms / reserve;
    room->used++;
}

/* The most that one may have of what is free: a share, or one. */
static size_t share_of(size_t free, size_t share)
{
    return free / share > 0 ? free / share : 1;
}

static bool needs_context(const struct admission_ticket *ticket)
{
    return ticket->context && !ticket->context->zone;
}

static bool may_have_context(const struct admission *admission,
                             const struct admission_ticket *ticket, uint64_t now_ms)
{
    const struct admission_room *room = &admission->contexts;
    return !needs_context(ticket) ||
           (has_room(room, now_ms) &&
            ticket->zones[0]->contexts < share_of(free_of(room), ADMISSION_ZONE_SHARE));
}

static bool may_sit(const struct admission *admission, const struct admission_ticket *ticket,
                    uint64_t now_ms)
{
    const struct admission_account *account = ticket->account;
    const struct admission_zone *zone = ticket->zones[0], *part = ticket->zones[1];
    if (account->is_limited && account->seated >= admission->seats_per_account)
        return false;
    size_t zone_max = share_of(free_of(&admission->seats), ADMISSION_ZONE_SHARE);
    if (!has_room(&admission->seats, now_ms) || zone->seated >= zone_max)
        return false;
    /* Where the name is the domain itself, it is not a part of it. */
    if (part != zone && part->seated >= share_of(zone_max - zone->seated, ADMISSION_PART_SHARE))
        return false;
    return may_have_context(admission, ticket, now_ms);
}

static void sit(struct admission *admission, struct admission_ticket *ticket, uint64_t now_ms)
{
    struct admission_account *account = ticket->account;
    if (needs_context(ticket)) {
        struct admission_zone *zone = ticket->zones[0];
        ticket->context->zone = zone;
        zone->users++;
        zone->contexts++;
        use(&admission->contexts, now_ms);
    }
    ticket->is_seated = true;
    account->seated++;
    use(&admission->seats, now_ms);
    for (size_t i = 0; i < ADMISSION_LEVELS; i++)
        if (i == 0 || ticket->zones[i] != ticket->zones[0])
            ticket->zones[i]->seated++;
}

static void stop_waiting(struct admission *admission, struct admission_ticket *ticket)
{
    struct admission_account *account = ticket->account;
    list_remove(&ticket->in_account);
    admission->waiting--;
    if (list_is_empty(&account->waiting))
        list_remove(&account->in_waiting);
}

static struct admission_ticket *head_of(struct list *node)
{
    struct admission_account *account = LIST_ENTRY(node, struct admission_account, in_waiting);
    return LIST_ENTRY(account->waiting.next, struct admission_ticket, in_account);
}

/* By what the domain has, then by what the part below it has. */
static bool has_less(const struct admission_ticket *a, const struct admission_ticket *b)
{
    for (size_t i = 0; i < ADMISSION_LEVELS; i++)
        if (a->zones[i]->seated != b->zones[i]->seated)
            return a->zones[i]->seated < b->zones[i]->seated;
    return false;
}

struct admission_ticket *admission_next(struct admission *admission, uint64_t now_ms)
{
    struct admission_ticket *best = NULL;
    if (!has_room(&admission->seats, now_ms))
        return NULL;
    struct list *node = admission->accounts.next;
    for (; node != &admission->accounts; node = node->next) {
        struct admission_ticket *head = head_of(node);
        if (may_sit(admission, head, now_ms) && (!best || has_less(head, best)))
            best = head;
        if (best && admission->is_turn_of_eldest)
            break;
    }
    if (!best)
        return NULL;
    admission->is_turn_of_eldest = !admission->is_turn_of_eldest;
    struct admission_account *account = best->account;
    stop_waiting(admission, best);
    sit(admission, best, now_ms);
    if (list_is_linked(&account->in_waiting)) { /* the others' turn comes first */
        list_remove(&account->in_waiting);
        list_append(&admission->accounts, &account->in_waiting);
    }
    return best;
}

uint64_t admission_next_ms(const struct admission *admission)
{
    const struct admission_room *const rooms[] = {&admission->seats, &admission->contexts};
    uint64_t next_ms = UINT64_MAX;
    for (size_t i = 0; i < 2 && admission->waiting > 0; i++)
        if (free_of(rooms[i]) > 0 && is_reserve(rooms[i]) && rooms[i]->reserve_ms < next_ms)
            next_ms = rooms[i]->reserve_ms;
    return next_ms;
}

/* --- tickets and accounts ---------------------------------------------------------------------- */

bool admission_ask(struct admission *admission, struct admission_ticket *ticket,
                   const struct admission_question *question, uint64_t now_ms)
{
    struct admission_account *account = question->account;
    *ticket = (struct admission_ticket){.account = account, .context = question->context};
    for (size_t i = 0; i < ADMISSION_LEVELS; i++)
        ticket->zones[i] = take_zone(admission, admission_zone_name(question->name, i));
    /* Nobody overtakes a question of his own account. */
    if (list_is_empty(&account->waiting) && may_sit(admission, ticket, now_ms)) {
        sit(admission, ticket, now_ms);
        return true;
    }
    if (list_is_empty(&account->waiting))
        list_append(&admission->accounts, &account->in_waiting);
    list_append(&account->waiting, &ticket->in_account);
    admission->waiting++;
    return false;
}

void admission_leave(struct admission *admission, struct admission_ticket *ticket)
{
    if (ticket->is_seated) {
        ticket->account->seated--;
        admission->seats.used--;
        for (size_t i = 0; i < ADMISSION_LEVELS; i++)
            if (i == 0 || ticket->zones[i] != ticket->zones[0])
                ticket->zones[i]->seated--;
    } else {
        stop_waiting(admission, ticket);
    }
    for (size_t i = 0; i < ADMISSION_LEVELS; i++)
        release_zone(admission, ticket->zones[i]);
    *ticket = (struct admission_ticket){0};
}

void admission_account_init(struct admission_account *account, bool is_limited)
{
    *account = (struct admission_account){.is_limited = is_limited};
    list_init(&account->waiting);
}

void admission_context_clear(struct admission *admission, struct admission_context *context)
{
    struct admission_zone *zone = context->zone;
    if (!zone)
        return;
    context->zone = NULL;
    zone->contexts--;
    admission->contexts.used--;
    release_zone(admission, zone);
}

void admission_init(struct admission *admission, const struct admission_limits *limits)
{
    *admission = (struct admission){
        .seats = {.total = limits->seats, .hold_ms = limits->seat_ms},
        .contexts = {.total = limits->contexts, .hold_ms = limits->context_ms},
        .seats_per_account = limits->seats_per_account,
    };
    list_init(&admission->accounts);
}

void admission_clear(struct admission *admission)
{
    assert(admission->seats.used == 0 && admission->contexts.used == 0);
    assert(admission->waiting == 0 && !admission->zones);
}
