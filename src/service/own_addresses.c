#include "service/own_addresses.h"

#include "base/log.h"
#include "base/mem.h"
#include "config/source.h"

#include <stdlib.h>
#include <string.h>

struct own_addresses {
    const struct config *config;
    struct own_addresses_users users;
    struct interfaces *interfaces;
    struct arena *arena; /* of the present list */
    bool has_begun;
};

/* Each resolver begins anew with the list; what it asks at the moment ends as it began. */
static void tell_resolvers(struct own_addresses *own, const struct address *now, size_t count)
{
    size_t block_count;
    const struct cidr *blocks = config_never_ask(own->config, now, count, own->arena, &block_count);
    for (size_t i = 0; i < own->users.count; i++) {
        struct err err;
        if (!dns_set_never_ask(own->users.resolvers[i], blocks, block_count, &err))
            LOG(LOG_ERROR, "own addresses not told to the resolver", {"reason", err.text});
    }
}

/* What the resolvers were made with. */
static bool is_of_configuration(const struct own_addresses *own, const struct address *now,
                                size_t count)
{
    if (own->users.count == 0)
        return true;
    const struct address_policy *policy = &own->config->locals[0].addresses;
    bool is_same = policy->own_count == count;
    for (size_t i = 0; is_same && i < count; i++)
        is_same = address_eq(&policy->own[i], &now[i]);
    return is_same;
}

/* The checks look at the list each time that they judge an address, on this thread. */
static void on_change(const struct address *list, size_t count, void *arg)
{
    struct own_addresses *own = arg;
    struct arena *before = own->arena;
    own->arena = arena_new();
    struct address *now = arena_array(own->arena, count, sizeof *now);
    if (count)
        memcpy(now, list, count * sizeof *now);
    for (size_t i = 0; i < own->users.count; i++) {
        own->users.checks[i].addresses.own = now;
        own->users.checks[i].addresses.own_count = count;
    }
    if (own->has_begun || !is_of_configuration(own, now, count))
        tell_resolvers(own, now, count);
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
