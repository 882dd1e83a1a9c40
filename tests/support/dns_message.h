/* DNS messages for tests: written plainly, without compression, so that nothing here shares a
 * mistake with the reader under test. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

enum { MESSAGE_ANSWER = 1, MESSAGE_AUTHORITY = 2, MESSAGE_ADDITIONAL = 3 };

enum {
    MESSAGE_QR = 0x8000,
    MESSAGE_AA = 0x0400,
    MESSAGE_TC = 0x0200,
    MESSAGE_RD = 0x0100,
    MESSAGE_RA = 0x0080,
};

/* Header and question (class IN); `flags` with the RCODE in its low four bits. */
void message_begin(struct buf *message, uint16_t id, uint16_t flags, const char *name,
                   uint16_t type);
/* Appends a record of class IN with a TTL of 300 and counts it. Sections in order. */
void message_add(struct buf *message, int section, const char *owner, uint16_t type,
                 struct bytes rdata);
/* The same, RDATA being one name. */
void message_add_name(struct buf *message, int section, const char *owner, uint16_t type,
                      const char *target);
void message_add_a(struct buf *message, const char *owner, uint8_t last_octet); /* 192.0.2.X */
void message_add_txt(struct buf *message, const char *owner, const char *text);
void message_add_soa(struct buf *message, const char *zone); /* authority; minimum 300 */
/* OPT record; `extended_rcode` is the upper eight bits. */
void message_add_opt(struct buf *message, uint8_t extended_rcode, struct bytes options);
/* Bytes for `options`: an extended error (RFC 8914). */
void message_put_extended_error(struct buf *options, uint16_t code, const char *text);

void message_put_u16(struct buf *message, uint16_t value);
/* Plain text: labels separated by dots, no escapes; "." is the root. */
void message_put_name(struct buf *message, const char *name);
/* Overwrites; for tests that lie. */
void message_set_u16(struct buf *message, size_t at, uint16_t value);
