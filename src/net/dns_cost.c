#define _GNU_SOURCE /* RTLD_NEXT */

#include "net/dns_cost.h"

#include <dlfcn.h>
#include <gmp.h>
#include <pthread.h>
#include <stdlib.h>

typedef void power_fn(mpz_ptr result, mpz_srcptr base, mpz_srcptr exponent, mpz_srcptr modulus);

static const char name[] = "__gmpz_powm"; /* of mpz_powm() for the linker */
static power_fn *power;                   /* GMP's own; NULL: none */

/* ISO C does not convert what dlsym() returns to a function; POSIX promises that it can be copied. */
static power_fn *find(void *where)
{
    power_fn *found = NULL;
    *(void **)&found = dlsym(where, name);
    return found;
}

static void find_power(void)
{
    power = find(RTLD_NEXT);
}

static bool has_power(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_power);
    return power != NULL;
}

bool dns_cost_is_bounded(void)
{
    return has_power() && find(RTLD_DEFAULT) == mpz_powm;
}

void mpz_powm(mpz_ptr result, mpz_srcptr base, mpz_srcptr exponent, mpz_srcptr modulus)
{
    if (!has_power())
        abort(); /* somebody has called it, so there is one */
    if (mpz_sizeinbase(modulus, 2) <= DNS_COST_MODULUS_MAX_BITS &&
        mpz_sizeinbase(exponent, 2) <= DNS_COST_EXPONENT_MAX_BITS)
        power(result, base, exponent, modulus);
    else
        mpz_set_ui(result, 0);
}
