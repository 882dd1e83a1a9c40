/*
 * The data of DNS records as the validation methods compare it: bytes, never decoded. Uncompressed
 * wire form in, borrowed or in the arena out. Each function is false for data that does not follow
 * the form of its type; nothing may be left over.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>

/* TXT: the character-strings of one record, joined without separator (RFC 1035 section 3.3.14; one
 * at least). */
bool rdata_txt(struct arena *arena, struct bytes rdata, struct bytes *text);
/*
 * CNAME, PTR: a name as text with its final dot, in the case as it came; "." for the root. Bytes of
 * labels that are not letters, digits, hyphens or underscores become \DDD (RFC 1035 section 5.1), so
 * a dot always separates labels.
 */
bool rdata_name(struct arena *arena, struct bytes rdata, struct bytes *text);
/* A and AAAA: 4 or 16 bytes, as `family` says (RFC 1035 section 3.4.1, RFC 3596 section 2.2). */
bool rdata_address(struct bytes rdata, int family, struct address *address);

/*
 * Record data for `records_seen`: as it is where it is UTF-8 without NUL, else as str_escape(). At
 * most `max_bytes` of it, cut on a character border, then "...".
 */
const char *rdata_report(struct arena *arena, struct bytes text, size_t max_bytes);
