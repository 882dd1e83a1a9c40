/*
 * Domain names, on the wire and as text. The text is the one of struct dns_record.owner: lower
 * case, no final dot ("." for the root), every byte that is not a letter, digit, hyphen or
 * underscore as \DDD (RFC 1035 section 5.1). So a dot in it always separates labels, and two names
 * are the same exactly if their texts are.
 */
#pragma once

#include "base/arena.h"
#include "base/cursor.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DNS_NAME_WIRE_MAX = 255,  /* RFC 1035 section 2.3.4 */
    DNS_LABEL_MAX = 63,       /* RFC 1035 section 2.3.4 */
    DNS_NAME_TEXT_MAX = 1016, /* four characters for each octet of the labels, and dots */
};

/* Uncompressed wire form, the case as it came. */
struct dns_name {
    uint8_t wire[DNS_NAME_WIRE_MAX];
    size_t size;
};

/*
 * Reads text: any case, final dot optional, \DDD and \X escapes. Fails for the empty text, empty
 * labels, labels over 63 octets, names over 255 octets on the wire, and broken escapes.
 */
bool dns_name_parse(const char *text, struct dns_name *name, struct err *err) MUST_CHECK;

/*
 * Reads the name at the cursor, which covers the whole packet, and moves behind it. Compression
 * pointers (RFC 1035 section 4.1.4) must point before the part of the name that they end, so each
 * jump goes further back and there is no loop. Fails the cursor for anything that is no name.
 */
void dns_name_read(struct cursor *packet, struct dns_name *name);

char *dns_name_str(struct arena *arena, const struct dns_name *name);
/* The same in the case as it came, and with its final dot. */
char *dns_name_str_verbatim(struct arena *arena, const struct dns_name *name);

/* Both as text. Whether `name` is `zone` or lies below it; everything lies below ".". */
bool dns_name_is_within(const char *name, const char *zone);
