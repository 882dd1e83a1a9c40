#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

void mem_exhausted(void)
{
    fputs("mpic: out of memory\n", stderr);
    abort();
}
