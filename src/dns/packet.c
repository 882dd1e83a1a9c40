#include "dns/packet.h"

#include "base/str.h"
#include "dns/name.h"

#include <string.h>

enum {
    TYPE_MX = 15,
    TYPE_SRV = 33,
    TYPE_OPT = 41,
    CLASS_IN = 1,
    OPTION_EXTENDED_ERROR = 15, /* RFC 8914 section 2 */
    RECORD_MIN_BYTES = 11,      /* root owner, type, class, TTL, length */
};

/*
 * RDATA with a form that is known here: bytes, names, bytes. Compression is legal in the types of
 * RFC 1035 only, and undone in those below (RFC 3597 section 4); all other RDATA is opaque.
 */
static const struct layout {
    uint16_t type;
    uint8_t bytes_before;
    uint8_t names;
    uint8_t bytes_after;
    bool has_tail; /* any further bytes */
} layouts[] = {
    {DNS_A, .bytes_before = 4},
    {DNS_AAAA, .bytes_before = 16},
    {DNS_NS, .names = 1},
    {DNS_CNAME, .names = 1},
    {DNS_DNAME, .names = 1},
    {DNS_PTR, .names = 1},
    {TYPE_MX, .bytes_before = 2, .names = 1},
    {TYPE_SRV, .bytes_before = 6, .names = 1},
    {DNS_SOA, .names = 2, .bytes_after = 20},
    {DNS_RRSIG, .bytes_before = 18, .names = 1, .has_tail = true},
    {DNS_NSEC, .names = 1, .has_tail = true},
};

static const struct layout opaque = {.has_tail = true};

static const struct layout *layout_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].type == type)
            return &layouts[i];
    return &opaque;
}

/* The cursor stands at the RDATA of `size` bytes, and behind it afterwards. */
static struct bytes read_rdata(struct arena *arena, struct cursor *at, uint16_t type, size_t size)
{
    const struct layout *layout = layout_of(type);
    size_t end = at->at + size;
    struct dns_name names[2];
    struct bytes parts[4];
    size_t part_count = 0;
    parts[part_count++] = cursor_take(at, layout->bytes_before);
    for (size_t i = 0; i < layout->names; i++) {
        dns_name_read(at, &names[i]);
        parts[part_count++] = (struct bytes){names[i].wire, names[i].size};
    }
    size_t left = cursor_ok(at) && at->at <= end ? end - at->at : 0;
    parts[part_count++] = cursor_take(at, layout->has_tail ? left : layout->bytes_after);
    if (!cursor_ok(at) || at->at != end) {
        cursor_fail(at);
        return (struct bytes){NULL, 0};
    }
    size_t total = 0;
    for (size_t i = 0; i < part_count; i++)
        total += parts[i].n;
    uint8_t *rdata = arena_alloc(arena, total + 1);
    size_t n = 0;
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].n)
            memcpy(rdata + n, parts[i].p, parts[i].n);
        n += parts[i].n;
    }
    return (struct bytes){rdata, n};
}

/* State of one dns_packet_parse(). */
struct reader {
    struct arena *arena;
    struct cursor at;
    struct dns_packet *packet;
    struct dns_extended_error *extended_errors;
    bool has_opt;
    const char *problem; /* what made the cursor fail, where something better than "cut" is known */
    /* The records of one RRset follow each other: they share the text of their owner. */
    struct dns_name last_name;
    const char *last_owner;
};

static void fail(struct reader *reader, const char *problem)
{
    if (cursor_ok(&reader->at))
        reader->problem = problem;
    cursor_fail(&reader->at);
}

static const char *read_owner(struct reader *reader)
{
    struct dns_name name;
    dns_name_read(&reader->at, &name);
    if (!cursor_ok(&reader->at))
        return "";
    bool is_same = reader->last_owner && name.size == reader->last_name.size &&
                   memcmp(name.wire, reader->last_name.wire, name.size) == 0;
    if (!is_same) {
        reader->last_owner = dns_name_str(reader->arena, &name);
        reader->last_name = name;
    }
    return reader->last_owner;
}

static void read_extended_error(struct reader *reader, struct bytes option)
{
    struct dns_packet *packet = reader->packet;
    struct cursor at = cursor_of(option);
    uint16_t code = cursor_u16(&at);
    if (!cursor_ok(&at)) {
        fail(reader, "an extended error without a code");
        return;
    }
    if (!reader->extended_errors)
        reader->extended_errors =
            arena_array(reader->arena, DNS_EXTENDED_ERRORS_MAX, sizeof *reader->extended_errors);
    packet->extended_errors = reader->extended_errors;
    if (packet->extended_error_count == DNS_EXTENDED_ERRORS_MAX)
        return;
    struct bytes text = cursor_rest(&at);
    /* RFC 8914 section 2: EXTRA-TEXT may end with a NUL, which is not part of it. */
    while (text.n && text.p[text.n - 1] == '\0')
        text.n--;
    reader->extended_errors[packet->extended_error_count++] = (struct dns_extended_error){
        .code = code, .text = str_report(reader->arena, text, DNS_EXTENDED_TEXT_MAX)};
}

/* RFC 6891 section 6.1. `ttl` is the field where other records have their TTL. */
static void read_opt(struct reader *reader, const char *owner, uint32_t ttl, size_t size)
{
    if (reader->has_opt || !str_eq(owner, "."))
        fail(reader, "two OPT records, or one that is not at the root");
    reader->has_opt = true;
    reader->packet->rcode |= (int)(ttl >> 24) << 4;
    struct cursor options = cursor_of(cursor_take(&reader->at, size));
    while (cursor_left(&options)) {
        uint16_t code = cursor_u16(&options);
        struct bytes option = cursor_take(&options, cursor_u16(&options));
        if (!cursor_ok(&options))
            fail(reader, "a broken OPT record");
        else if (code == OPTION_EXTENDED_ERROR)
            read_extended_error(reader, option);
    }
}

/* Returns false if it was an OPT record. */
static bool read_record(struct reader *reader, struct dns_record *record)
{
    record->owner = read_owner(reader);
    record->type = cursor_u16(&reader->at);
    uint16_t class = cursor_u16(&reader->at);
    record->ttl_s = cursor_u32(&reader->at);
    uint16_t size = cursor_u16(&reader->at);
    if (size > cursor_left(&reader->at))
        fail(reader, "a record that ends beyond the packet");
    if (!cursor_ok(&reader->at))
        return true;
    if (record->type == TYPE_OPT) {
        read_opt(reader, record->owner, record->ttl_s, size);
        return false;
    }
    if (class != CLASS_IN)
        fail(reader, "a record of another class than IN");
    record->rdata = read_rdata(reader->arena, &reader->at, record->type, size);
    if (!cursor_ok(&reader->at) && !reader->problem)
        reader->problem = "record data that does not fit its type";
    if (record->ttl_s > INT32_MAX) /* RFC 2181 section 8 */
        record->ttl_s = 0;
    return true;
}

static struct dns_record_list read_section(struct reader *reader, uint16_t count)
{
    /* A count that the rest of the packet cannot hold must not decide how much is allocated. */
    if (count > cursor_left(&reader->at) / RECORD_MIN_BYTES)
        fail(reader, "fewer records than its header says");
    if (!cursor_ok(&reader->at))
        return (struct dns_record_list){NULL, 0};
    struct dns_record *records = arena_array(reader->arena, count, sizeof *records);
    size_t n = 0;
    for (uint16_t i = 0; i < count && cursor_ok(&reader->at); i++)
        if (read_record(reader, &records[n]))
            n++;
    return (struct dns_record_list){records, n};
}

static void read_question(struct reader *reader, uint16_t count)
{
    if (count != 1)
        fail(reader, "not exactly one question");
    reader->packet->name = read_owner(reader);
    reader->packet->type = cursor_u16(&reader->at);
    if (cursor_u16(&reader->at) != CLASS_IN)
        fail(reader, "a question of another class than IN");
}

static void read_packet(struct reader *reader)
{
    struct cursor *at = &reader->at;
    cursor_u16(at); /* identifier: the library matched it */
    uint16_t flags = cursor_u16(at);
    const uint16_t response = 0x8000, opcode = 0x7800, truncated = 0x0200, rcode = 0x000f;
    if (cursor_ok(at) && ((flags & response) == 0 || (flags & opcode) != 0))
        fail(reader, "no response to a query");
    reader->packet->is_truncated = (flags & truncated) != 0;
    reader->packet->rcode = flags & rcode;
    uint16_t questions = cursor_u16(at);
    uint16_t answers = cursor_u16(at);
    uint16_t authorities = cursor_u16(at);
    uint16_t additionals = cursor_u16(at);
    read_question(reader, questions);
    reader->packet->answer = read_section(reader, answers);
    reader->packet->authority = read_section(reader, authorities);
    bool opt_is_early = reader->has_opt;
    read_section(reader, additionals);
    if (opt_is_early)
        fail(reader, "an OPT record outside the additional section"); /* RFC 6891 section 6.1.1 */
    if (cursor_left(at))
        fail(reader, "bytes behind the last record");
}

bool dns_packet_parse(struct arena *arena, struct bytes bytes, struct dns_packet *packet,
                      struct err *err)
{
    *packet = (struct dns_packet){0};
    struct reader reader = {.arena = arena, .at = cursor_of(bytes), .packet = packet};
    read_packet(&reader);
    if (cursor_done(&reader.at))
        return true;
    return err_set(err, ERR_PARSE, "malformed answer: %s",
                   reader.problem ? reader.problem : "it is cut short, or a name in it is broken");
}

static size_t count_records(const struct dns_record_list *list, const char *owner, uint16_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].type == type && str_eq(list->items[i].owner, owner);
    return count;
}

static struct dns_record_list select_records(struct arena *arena,
                                             const struct dns_record_list *list, const char *owner,
                                             uint16_t type)
{
    size_t count = count_records(list, owner, type);
    struct dns_record *selected = arena_array(arena, count, sizeof *selected);
    size_t n = 0;
    for (size_t i = 0; i < list->count && n < count; i++)
        if (list->items[i].type == type && str_eq(list->items[i].owner, owner))
            selected[n++] = list->items[i];
    return (struct dns_record_list){selected, n};
}

/* The name in RDATA that read_rdata() found to be exactly one name. */
static struct dns_name target_of(const struct dns_record *record)
{
    struct dns_name name = {.size = record->rdata.n};
    memcpy(name.wire, record->rdata.p, record->rdata.n);
    return name;
}

static const struct dns_record *find_dname(const struct dns_record_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct dns_record *record = &list->items[i];
        if (record->type == DNS_DNAME && !str_eq(record->owner, name) &&
            dns_name_is_within(name, record->owner))
            return record;
    }
    return NULL;
}

/* RFC 6672 section 2.2: the labels before the owner of the DNAME, then its target. NULL if that is
 * no name: too long. */
static const char *substitute(struct arena *arena, const char *name, const struct dns_record *dname)
{
    struct dns_name target = target_of(dname);
    const char *suffix = dns_name_str(arena, &target);
    size_t kept = strlen(name);
    if (!str_eq(dname->owner, "."))
        kept -= strlen(dname->owner) + 1;
    if (str_eq(suffix, "."))
        return arena_strndup(arena, name, kept);
    const char *made = arena_printf(arena, "%.*s.%s", (int)kept, name, suffix);
    struct dns_name checked;
    struct err err;
    return dns_name_parse(made, &checked, &err) ? made : NULL;
}

enum step { STEP_NONE, STEP_TAKEN, STEP_ENDLESS, STEP_AMBIGUOUS };

/* The alias at `name`, if there is one. A CNAME comes before a DNAME above it: then it is the one
 * made from it. */
static enum step step(struct arena *arena, const struct dns_record_list *list, const char *name,
                      const char **target)
{
    const struct dns_record_list cnames = select_records(arena, list, name, DNS_CNAME);
    if (cnames.count) {
        for (size_t i = 1; i < cnames.count; i++)
            if (!bytes_eq_nocase(cnames.items[i].rdata, cnames.items[0].rdata))
                return STEP_AMBIGUOUS; /* RFC 2181 section 10.1 */
        struct dns_name wire = target_of(&cnames.items[0]);
        *target = dns_name_str(arena, &wire);
        return STEP_TAKEN;
    }
    const struct dns_record *dname = find_dname(list, name);
    if (!dname)
        return STEP_NONE;
    *target = substitute(arena, name, dname);
    return *target ? STEP_TAKEN : STEP_ENDLESS;
}

static bool has_been_at(const struct dns_chain *chain, const char *start, const char *name)
{
    bool found = str_eq(start, name);
    for (size_t i = 0; i < chain->alias_count; i++)
        found = found || str_eq(chain->aliases[i], name);
    return found;
}

bool dns_packet_follow(struct arena *arena, const struct dns_packet *packet, const char *name,
                       uint16_t type, struct dns_chain *chain, struct err *err)
{
    const struct dns_record_list *list = &packet->answer;
    const char **aliases = arena_array(arena, DNS_CHAIN_MAX, sizeof *aliases);
    *chain = (struct dns_chain){.aliases = aliases};
    const char *start = name;
    for (;;) {
        chain->records = select_records(arena, list, name, type);
        if (chain->records.count)
            return true;
        const char *target = NULL;
        enum step taken = step(arena, list, name, &target);
        if (taken == STEP_AMBIGUOUS)
            return err_set(err, ERR_PARSE, "malformed answer: two different aliases of one name");
        if (taken == STEP_NONE)
            return true;
        chain->is_endless = taken == STEP_ENDLESS || chain->alias_count == DNS_CHAIN_MAX ||
                            has_been_at(chain, start, target);
        if (chain->is_endless)
            return true;
        aliases[chain->alias_count++] = target;
        name = target;
    }
}
