/*
 * A strict, minimal reader of DER (X.690 sections 8 and 10): one element after the other, of a
 * cursor. What BER allows and DER does not is an error: indefinite lengths, lengths that could be
 * shorter. So are tags of more than one byte, which nothing that we read has.
 */
#pragma once

#include "base/bytes.h"
#include "base/cursor.h"

#include <stdint.h>

#define DER_OCTET_STRING 0x04
#define DER_SEQUENCE     0x30
/* Context-specific, as they are written: primitive and constructed are different bytes. */
#define DER_CONTEXT_PRIMITIVE(number)   (0x80 | (number))
#define DER_CONTEXT_CONSTRUCTED(number) (0xA0 | (number))

struct der {
    uint8_t tag;
    struct bytes value; /* borrowed from what the cursor reads */
};

/* The next element. If there is none, or it is not DER, the cursor fails and all is zero. */
struct der der_take(struct cursor *cursor);
