#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    err->code = code;
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    return false;
}

bool err_prefix(struct err *err, const char *fmt, ...)
{
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    size_t at = n < 0 ? 0 : strlen(err->text);
    /* Cut, not grown: the text has one size. */
    const char *const parts[] = {": ", old};
    for (size_t i = 0; i < 2; i++)
        for (const char *p = parts[i]; *p && at + 1 < sizeof err->text; p++)
            err->text[at++] = *p;
    err->text[at] = '\0';
    return false;
}
