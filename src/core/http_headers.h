/* Which headers a caller may add to the request of an HTTP check (RFC 9110 section 5). Pure. */
#pragma once

#include "base/err.h"
#include "core/check.h"

#include <stdbool.h>
#include <stddef.h>

/* False: `err` names the header and says what is wrong: not a token, a forbidden name, a value with control characters, too many, too long. */
bool http_headers_check(const struct http_header_param *headers, size_t count,
                        struct err *err) MUST_CHECK;
/* True if the header may also go to the target of a redirect: User-Agent and Accept only. */
bool http_header_travels(const char *name);
