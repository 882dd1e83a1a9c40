#include "support/dns_message.h"

#include <assert.h>
#include <string.h>

enum { TYPE_A = 1, TYPE_SOA = 6, TYPE_TXT = 16, TYPE_OPT = 41, CLASS_IN = 1, TTL_S = 300 };

void message_put_u16(struct buf *message, uint16_t value)
{
    buf_append(message, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void put_u32(struct buf *message, uint32_t value)
{
    message_put_u16(message, (uint16_t)(value >> 16));
    message_put_u16(message, (uint16_t)value);
}

void message_set_u16(struct buf *message, size_t at, uint16_t value)
{
    assert(at + 2 <= message->n);
    message->p[at] = (uint8_t)(value >> 8);
    message->p[at + 1] = (uint8_t)value;
}

void message_put_name(struct buf *message, const char *name)
{
    while (*name && *name != '.') {
        size_t n = strcspn(name, ".");
        assert(n <= 63);
        buf_append(message, (uint8_t[]){(uint8_t)n}, 1);
        buf_append(message, name, n);
        name += n + (name[n] == '.');
    }
    buf_append(message, "", 1);
}

void message_begin(struct buf *message, uint16_t id, uint16_t flags, const char *name,
                   uint16_t type)
{
    message->n = 0;
    message_put_u16(message, id);
    message_put_u16(message, flags);
    message_put_u16(message, 1);
    for (int section = MESSAGE_ANSWER; section <= MESSAGE_ADDITIONAL; section++)
        message_put_u16(message, 0);
    message_put_name(message, name);
    message_put_u16(message, type);
    message_put_u16(message, CLASS_IN);
}

static void count(struct buf *message, int section)
{
    size_t at = 4 + 2 * (size_t)section;
    message_set_u16(message, at, (uint16_t)((message->p[at] << 8 | message->p[at + 1]) + 1));
}

void message_add(struct buf *message, int section, const char *owner, uint16_t type,
                 struct bytes rdata)
{
    count(message, section);
    message_put_name(message, owner);
    message_put_u16(message, type);
    message_put_u16(message, CLASS_IN);
    put_u32(message, TTL_S);
    message_put_u16(message, (uint16_t)rdata.n);
    buf_append(message, rdata.p, rdata.n);
}

void message_add_name(struct buf *message, int section, const char *owner, uint16_t type,
                      const char *target)
{
    struct buf rdata = {0};
    message_put_name(&rdata, target);
    message_add(message, section, owner, type, buf_bytes(&rdata));
    buf_clear(&rdata);
}

void message_add_a(struct buf *message, const char *owner, uint8_t last_octet)
{
    uint8_t address[] = {192, 0, 2, last_octet};
    message_add(message, MESSAGE_ANSWER, owner, TYPE_A, (struct bytes){address, sizeof address});
}

void message_add_txt(struct buf *message, const char *owner, const char *text)
{
    struct buf rdata = {0};
    size_t left = strlen(text);
    do {
        size_t n = left < 255 ? left : 255;
        buf_append(&rdata, (uint8_t[]){(uint8_t)n}, 1);
        buf_append(&rdata, text, n);
        text += n;
        left -= n;
    } while (left);
    message_add(message, MESSAGE_ANSWER, owner, TYPE_TXT, buf_bytes(&rdata));
    buf_clear(&rdata);
}

void message_add_soa(struct buf *message, const char *zone)
{
    struct buf rdata = {0};
    message_put_name(&rdata, "ns.example");
    message_put_name(&rdata, "hostmaster.example");
    for (uint32_t i = 0; i < 4; i++)
        put_u32(&rdata, i + 1);
    put_u32(&rdata, TTL_S);
    message_add(message, MESSAGE_AUTHORITY, zone, TYPE_SOA, buf_bytes(&rdata));
    buf_clear(&rdata);
}

void message_add_opt(struct buf *message, uint8_t extended_rcode, struct bytes options)
{
    count(message, MESSAGE_ADDITIONAL);
    message_put_name(message, ".");
    message_put_u16(message, TYPE_OPT);
    message_put_u16(message, 1232);
    put_u32(message, (uint32_t)extended_rcode << 24);
    message_put_u16(message, (uint16_t)options.n);
    buf_append(message, options.p, options.n);
}

void message_put_extended_error(struct buf *options, uint16_t code, const char *text)
{
    message_put_u16(options, 15);
    message_put_u16(options, (uint16_t)(2 + strlen(text)));
    message_put_u16(options, code);
    buf_append(options, text, strlen(text));
}
