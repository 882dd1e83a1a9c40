#include "library/library.h"

unsigned mpic_version_number(void)
{
    return MPIC_VERSION_NUMBER;
}

const char *mpic_version(void)
{
    return MPIC_VERSION;
}
