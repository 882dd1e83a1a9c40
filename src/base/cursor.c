#include "base/cursor.h"

struct cursor cursor_of(struct bytes all)
{
    return (struct cursor){.all = all};
}

struct bytes cursor_take(struct cursor *c, size_t n)
{
    if (c->failed || n > c->all.n - c->at) {
        c->failed = true;
        return (struct bytes){NULL, 0};
    }
    struct bytes taken = {n ? c->all.p + c->at : c->all.p, n};
    c->at += n;
    return taken;
}

static uint32_t read_number(struct cursor *c, size_t n)
{
    struct bytes b = cursor_take(c, n);
    uint32_t value = 0;
    for (size_t i = 0; i < b.n; i++)
        value = value << 8 | b.p[i];
    return value;
}

uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)read_number(c, 1);
}

uint16_t cursor_u16(struct cursor *c)
{
    return (uint16_t)read_number(c, 2);
}

uint32_t cursor_u32(struct cursor *c)
{
    return read_number(c, 4);
}

struct bytes cursor_rest(struct cursor *c)
{
    return cursor_take(c, cursor_left(c));
}

void cursor_seek(struct cursor *c, size_t at)
{
    if (at > c->all.n)
        c->failed = true;
    else if (!c->failed)
        c->at = at;
}

void cursor_fail(struct cursor *c)
{
    c->failed = true;
}

size_t cursor_left(const struct cursor *c)
{
    return c->failed ? 0 : c->all.n - c->at;
}

bool cursor_ok(const struct cursor *c)
{
    return !c->failed;
}

bool cursor_done(const struct cursor *c)
{
    return !c->failed && c->at == c->all.n;
}
