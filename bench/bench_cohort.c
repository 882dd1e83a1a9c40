/* How long it takes to plan the cohorts of a name, and what part of that is its ranking, which no
 * plan can do without. */
#include "core/corroboration/cohort.h"
#include "crypto/hmac.h"
#include "support/world.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define ROUNDS         20000
#define NAME_MAX_BYTES 40

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static const char *name_of(char name[NAME_MAX_BYTES], unsigned round)
{
    snprintf(name, NAME_MAX_BYTES, "www.name-%u.example", round);
    return name;
}

static double time_ranking(void)
{
    struct hmac_key *key = hmac_key_new(bytes_of("a secret"));
    struct bytes codes[WORLD_COUNT];
    uint8_t macs[WORLD_COUNT][SHA256_BYTES];
    char name[NAME_MAX_BYTES];
    for (size_t i = 0; i < WORLD_COUNT; i++)
        codes[i] = bytes_of(world[i].code);
    double start = now_us();
    for (unsigned round = 0; round < ROUNDS; round++)
        hmac_sha256_each(key, bytes_of(name_of(name, round)), codes, WORLD_COUNT, macs);
    double took = (now_us() - start) / ROUNDS;
    hmac_key_free(key);
    return took;
}

static double time_plans(const struct cohort_pool *pool, size_t size, size_t *cohorts)
{
    char name[NAME_MAX_BYTES];
    *cohorts = 0;
    double start = now_us();
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct arena *arena = arena_new();
        *cohorts += cohort_plan_make(pool, name_of(name, round), size, arena).count;
        arena_free(arena);
    }
    return (now_us() - start) / ROUNDS;
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        fprintf(stderr, "bench_cohort: takes no argument, not %s\n", argv[1]);
        return 64;
    }
    static const size_t sizes[] = {3, 4, 5, 6, 8, 10};
    struct cohort_pool *pool = cohort_pool_new(world, WORLD_COUNT, bytes_of("a secret"));
    double ranking = time_ranking();
    printf("%zu perspectives: ranking alone %.1f us\n", WORLD_COUNT, ranking);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t cohorts;
        double plan = time_plans(pool, sizes[i], &cohorts);
        printf("size %2zu: plan %.1f us (%.1f times the ranking), %.1f cohorts\n", sizes[i], plan,
               plan / ranking, (double)cohorts / ROUNDS);
    }
    cohort_pool_free(pool);
    return 0;
}
