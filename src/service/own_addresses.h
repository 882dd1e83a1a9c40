/*
 * This machine's own addresses, kept as they are now for the checks and the resolvers of one worker:
 * neither may ever contact them. The configuration has those of the start.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "config/config.h"
#include "net/interfaces.h"

struct own_addresses;

/* What a worker has of its own. */
struct own_addresses_users {
    struct check_settings *checks; /* their addresses.own is kept */
    struct dns *const *resolvers;
    size_t count; /* of both */
};

/* Everything that is given outlives it. Loop thread only, from the loop's first turn on. */
struct own_addresses *own_addresses_follow(struct loop *loop, const struct config *config,
                                           const struct own_addresses_users *users);
/* NULL is fine; before what it was given. */
void own_addresses_free(struct own_addresses *own);
