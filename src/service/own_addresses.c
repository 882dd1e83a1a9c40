#include "service/own_addresses.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct own_addresses {
    const struct config *config;
    struct own_addresses_users users;
    struct interfaces *interfaces;
    struct arena *arena; /* of the present list */
    bool has_begun;
};

const struct address *own_addresses_of(const struct interface_address *list, size_t count,
                                       struct arena *arena)
{
    struct address *own = arena_array(arena, count, sizeof *own);
    for (size_t i = 0; i < count; i++) {
        own[i] = (struct address){.family = list[i].family};
        memcpy(own[i].bytes, list[i].bytes, sizeof own[i].bytes);
    }
    return own;
}

/* The checks look at the list each time that they judge an address, on this thread. */
static void on_change(const struct interface_address *list, size_t count, void *arg)
{
    struct own_addresses *own = arg;
    struct arena *before = own->arena;
    own->arena = arena_new();
    const struct address *now = own_addresses_of(list, count, own->arena);
    for (size_t i = 0; i < own->users.count; i++) {
        own->users.checks[i].addresses.own = now;
        own->users.checks[i].addresses.own_count = count;
    }
    if (own->has_begun)
        LOG(LOG_INFO, "own addresses changed", {"count", arena_printf(own->arena, "%zu", count)});
    own->has_begun = true;
    arena_free(before);
}

struct own_addresses *own_addresses_follow(struct loop *loop, const struct config *config,
                                           const struct own_addresses_users *users)
{
    struct own_addresses *own = xcalloc(1, sizeof *own);
    own->config = config;
    own->users = *users;
    own->interfaces = interfaces_follow(loop, on_change, own);
    return own;
}

void own_addresses_free(struct own_addresses *own)
{
    if (!own)
        return;
    interfaces_free(own->interfaces);
    arena_free(own->arena);
    free(own);
}
