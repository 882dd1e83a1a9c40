#include "base/err.h"

#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cut, not grown: the text has one size. On a character border, because it may end up in JSON. */
static void store(struct err *err, const char *text)
{
    size_t n = bytes_utf8_cut(bytes_of(text), sizeof err->text - 1);
    memcpy(err->text, text, n);
    err->text[n] = '\0';
}

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    char text[sizeof err->text + 1] = ""; /* one more than is kept, to see where a character ends */
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap); /* not in place: an argument may be the old text */
    va_end(ap);
    err->code = code;
    store(err, text);
    return false;
}

bool err_prefix(struct err *err, const char *fmt, ...)
{
    char text[3 * sizeof err->text] = "";
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof err->text + 1, fmt, ap);
    va_end(ap);
    size_t at = strlen(text);
    snprintf(text + at, sizeof text - at, ": %s", err->text);
    store(err, text);
    return false;
}
