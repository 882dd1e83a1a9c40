/* Which headers a caller may add to the request of an HTTP check (RFC 9110 section 5). Pure. */
#pragma once

#include "base/err.h"
#include "core/method/check.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * At most LIMIT_HTTP_HEADERS of LIMIT_HTTP_HEADER_BYTES together; names are tokens, each once
 * whatever its case; values have visible ASCII characters, blanks and tabs, and may be empty.
 * Refused are Host (another site would be validated), Accept-Encoding, Range and Expect (the body
 * is judged as it comes, whole), and whatever belongs to the connection or frames the message (RFC
 * 9110 section 7.6.1, RFC 9112 section 6). False: `err` names the header and says what is wrong.
 */
bool http_headers_check(const struct http_header_param *headers, size_t count,
                        struct err *err) MUST_CHECK;
/* True if the header may also go to the target of a redirect: User-Agent and Accept only. */
bool http_header_travels(const char *name);
