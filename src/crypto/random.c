#include "crypto/random.h"

#include <openssl/rand.h>
#include <stdlib.h>

void random_bytes(uint8_t *out, size_t n)
{
    if (RAND_bytes(out, (int)n) != 1)
        abort();
}
