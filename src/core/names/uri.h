/* URI references: RFC 3986, as text. What an http URL may be is in core/names/url.h. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>

/* The parts of a reference, borrowed from it. The fragment is dropped: it is not sent. */
struct uri {
    bool has_scheme, has_authority, has_query;
    struct bytes scheme;
    struct bytes authority;
    struct bytes path;
    struct bytes query;
};

/* RFC 3986 appendix B: every text has parts, whatever they hold. */
struct uri uri_split(struct bytes text);

/*
 * True if `text` has characters of RFC 3986 section 2 only, each "%" is followed by two hex digits,
 * and brackets stand in the authority only. Blanks, control characters, quotes, backslashes and
 * anything beyond ASCII are none: what one reader encodes and another sends as it is.
 */
bool uri_is_well_formed(struct bytes text);

/* True if `text` is a URI (RFC 3986 section 3, with or without fragment): well-formed as above, a
 * scheme, and an authority whose host is an IP literal in brackets, or none. A relative reference is
 * none. */
bool uri_is_absolute(struct bytes text);

/* The reference resolved against an absolute `base` (RFC 3986 section 5.2, strict), dot segments
 * removed, without fragment. */
const char *uri_resolve(struct bytes base, struct bytes reference, struct arena *arena);

/* A character of a path segment, unencoded (RFC 3986 section 3.3, pchar without "%"). */
bool uri_is_path_character(char c);
/* The value of the escape at the start of `b`, "%2f"; -1 if there is none. */
int uri_escape_value(struct bytes b);
