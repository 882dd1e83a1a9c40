/* Numbers that look random and are the same in each run (xorshift64*). */
#pragma once

#include <stdint.h>

struct random {
    uint64_t state;
};

static inline struct random random_of(uint64_t seed)
{
    return (struct random){seed * UINT64_C(0x9E3779B97F4A7C15) + 1};
}

static inline uint32_t random_next(struct random *random)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return (uint32_t)((random->state * UINT64_C(0x2545F4914F6CDD1D)) >> 32);
}

/* 0 to limit - 1; `limit` is not 0. */
static inline uint32_t random_below(struct random *random, uint32_t limit)
{
    return random_next(random) % limit;
}
