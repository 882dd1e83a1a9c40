#include "base/strv.h"

#include "base/str.h"

bool strv_has(const struct strv *v, const char *s)
{
    for (size_t i = 0; i < v->count; i++)
        if (str_eq(v->items[i], s))
            return true;
    return false;
}
