/* Does a negative answer prove that a name has no chain of trust? The resolver has validated the
 * records (struct lookup says how); here it is read what they say. */
#include "base/cursor.h"
#include "base/str.h"
#include "core/rules/caa.h"
#include "crypto/digest.h"
#include "dns/rdata.h"

#include <assert.h>
#include <string.h>

/* RFC 5155 sections 3.1.2, 8.1, 8.2; more iterations prove nothing to us (RFC 9276 section 3.2). */
enum { NSEC3_SHA1 = 1, NSEC3_OPT_OUT = 1, NSEC3_MAX_ITERATIONS = 150 };

/* An honest denial has three at most (RFC 5155 section 7.2); what follows more is not read. */
enum { NSEC3_MAX_RECORDS = 8 };

/* RFC 4034 section 4.1.2: windows in ascending order, each with 1 to 32 octets of bits. Gives the
 * bits of the first window, which has all the types that matter here; false if malformed. */
static bool read_bitmap(struct cursor *c, struct bytes *first_window)
{
    int last = -1;
    *first_window = (struct bytes){NULL, 0};
    while (cursor_left(c)) {
        int window = cursor_u8(c);
        size_t length = cursor_u8(c);
        struct bytes bits = cursor_take(c, length);
        if (window <= last || length == 0 || length > 32)
            return false;
        if (window == 0)
            *first_window = bits;
        last = window;
    }
    return cursor_done(c);
}

static bool has_type(struct bytes bits, unsigned type)
{
    return type / 8 < bits.n && (bits.p[type / 8] & (0x80 >> type % 8));
}

/* RFC 4035 section 5.2: the parent's side of a zone cut, without DS. With SOA it would be the
 * child's side, which knows nothing of DS. */
static bool is_insecure_cut(struct bytes bits)
{
    return has_type(bits, DNS_NS) && !has_type(bits, DNS_DS) && !has_type(bits, DNS_SOA);
}

static void skip_wire_name(struct cursor *c)
{
    for (size_t length; (length = cursor_u8(c)) != 0 && cursor_ok(c);) {
        if (length > LIMIT_LABEL_OCTETS)
            cursor_fail(c);
        cursor_take(c, length);
    }
}

static bool nsec_proves(const struct dns_record *record, const char *name)
{
    struct cursor c = cursor_of(record->rdata);
    struct bytes bits;
    skip_wire_name(&c);
    return str_eq(record->owner, name) && read_bitmap(&c, &bits) && is_insecure_cut(bits);
}

struct nsec3 {
    const char *zone; /* the owner without its first label */
    uint8_t owner[SHA1_BYTES];
    uint8_t flags;
    uint16_t iterations;
    struct bytes salt;
    struct bytes next;
    struct bytes bits;
};

/* RFC 5155 sections 3.2 and 3.3. False for what must be ignored (section 8.2), too. */
static bool nsec3_parse(const struct dns_record *record, struct nsec3 *out)
{
    const char *dot = strchr(record->owner, '.');
    if (record->type != DNS_NSEC3 || !dot)
        return false;
    size_t owner_length = (size_t)(dot - record->owner);
    struct cursor c = cursor_of(record->rdata);
    uint8_t algorithm = cursor_u8(&c);
    out->zone = dot + 1;
    out->flags = cursor_u8(&c);
    out->iterations = cursor_u16(&c);
    out->salt = cursor_take(&c, cursor_u8(&c));
    out->next = cursor_take(&c, cursor_u8(&c));
    return read_bitmap(&c, &out->bits) && algorithm == NSEC3_SHA1 && out->flags <= NSEC3_OPT_OUT &&
           out->iterations <= NSEC3_MAX_ITERATIONS && out->next.n == SHA1_BYTES &&
           base32hex_parse(record->owner, owner_length, out->owner, SHA1_BYTES) == SHA1_BYTES;
}

/* The records of one chain: all have the parameters of the first (RFC 5155 section 8.2). */
struct chain {
    const struct nsec3 *items;
    size_t count;
};

static bool is_same_chain(const struct nsec3 *a, const struct nsec3 *b)
{
    return str_eq(a->zone, b->zone) && a->iterations == b->iterations && bytes_eq(a->salt, b->salt);
}

static struct chain read_chain(const struct lookup *ds, struct nsec3 items[NSEC3_MAX_RECORDS])
{
    size_t count = 0;
    for (size_t i = 0; i < ds->denial_count && count < NSEC3_MAX_RECORDS; i++)
        if (nsec3_parse(&ds->denial[i], &items[count]) && is_same_chain(&items[0], &items[count]))
            count++;
    return (struct chain){items, count};
}

/* The wire form of a canonical name (RFC 1035 section 3.1): at most 255 octets. */
static struct bytes wire_name(const char *name, uint8_t wire[LIMIT_NAME_OCTETS + 2])
{
    size_t at = 0;
    while (*name) {
        size_t length = strcspn(name, ".");
        wire[at++] = (uint8_t)length;
        memcpy(wire + at, name, length);
        at += length;
        name += length + (name[length] == '.');
    }
    wire[at++] = 0;
    return (struct bytes){wire, at};
}

/* RFC 5155 section 5. */
static void hash_name(const struct nsec3 *chain, const char *name, uint8_t hash[SHA1_BYTES])
{
    uint8_t input[LIMIT_NAME_OCTETS + 2 + UINT8_MAX];
    assert(strlen(name) <= LIMIT_NAME_OCTETS);
    size_t length = wire_name(name, input).n;
    for (int i = 0; i <= chain->iterations; i++) {
        if (chain->salt.n)
            memcpy(input + length, chain->salt.p, chain->salt.n);
        sha1((struct bytes){input, length + chain->salt.n}, hash);
        memcpy(input, hash, SHA1_BYTES);
        length = SHA1_BYTES;
    }
}

static const struct nsec3 *find_match(const struct chain *chain, const uint8_t *hash)
{
    for (size_t i = 0; i < chain->count; i++)
        if (memcmp(chain->items[i].owner, hash, SHA1_BYTES) == 0)
            return &chain->items[i];
    return NULL;
}

/* Between owner and next, which at the end of the chain is its beginning (RFC 5155 section 1.3). */
static bool covers(const struct nsec3 *record, const uint8_t *hash)
{
    bool is_after_owner = memcmp(hash, record->owner, SHA1_BYTES) > 0;
    bool is_before_next = memcmp(hash, record->next.p, SHA1_BYTES) < 0;
    bool is_last = memcmp(record->owner, record->next.p, SHA1_BYTES) >= 0;
    return is_last ? is_after_owner || is_before_next : is_after_owner && is_before_next;
}

static bool is_opted_out(const struct chain *chain, const uint8_t *hash)
{
    for (size_t i = 0; i < chain->count; i++)
        if ((chain->items[i].flags & NSEC3_OPT_OUT) && covers(&chain->items[i], hash))
            return true;
    return false;
}

/* RFC 5155 section 8.3: the record must be of the zone that the name is in, so neither of a
 * delegation nor of a redirected subtree. */
static bool may_be_encloser(struct bytes bits)
{
    return !has_type(bits, DNS_DNAME) && (!has_type(bits, DNS_NS) || has_type(bits, DNS_SOA));
}

/* RFC 5155 section 8.6: the closest encloser has a record of the chain, and an opt-out span covers
 * the next closer name; so all that may be there is an insecure delegation. */
static bool span_proves(const struct chain *chain, const char *name)
{
    uint8_t next_closer[SHA1_BYTES], hash[SHA1_BYTES];
    hash_name(&chain->items[0], name, next_closer);
    for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
        if (!name_is_within(dot + 1, chain->items[0].zone))
            return false;
        hash_name(&chain->items[0], dot + 1, hash);
        const struct nsec3 *encloser = find_match(chain, hash);
        if (encloser)
            return may_be_encloser(encloser->bits) && is_opted_out(chain, next_closer);
        memcpy(next_closer, hash, SHA1_BYTES);
    }
    return false;
}

static bool chain_proves(const struct chain *chain, const struct lookup *ds)
{
    uint8_t hash[SHA1_BYTES];
    if (!chain->count || !name_is_within(ds->name, chain->items[0].zone))
        return false;
    hash_name(&chain->items[0], ds->name, hash);
    const struct nsec3 *match = find_match(chain, hash);
    if (match)
        return ds->dnssec == DNSSEC_SECURE && is_insecure_cut(match->bits);
    /* RFC 5155 section 9.2: what rests on opt-out is no authenticated data, so the validator calls
       it insecure, which it does after proof only. */
    return span_proves(chain, ds->name);
}

bool ds_denial_proves_insecure(const struct lookup *ds)
{
    /* NXDOMAIN is no zone cut. Indeterminate was not examined, and bogus must not be read. */
    if (ds->type_code != DNS_DS || ds->outcome != DNS_NODATA ||
        (ds->dnssec != DNSSEC_SECURE && ds->dnssec != DNSSEC_INSECURE))
        return false;
    for (size_t i = 0; i < ds->denial_count; i++)
        if (ds->denial[i].type == DNS_NSEC && ds->dnssec == DNSSEC_SECURE &&
            nsec_proves(&ds->denial[i], ds->name))
            return true;
    struct nsec3 items[NSEC3_MAX_RECORDS];
    struct chain chain = read_chain(ds, items);
    return chain_proves(&chain, ds);
}
