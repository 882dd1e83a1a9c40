#include "core/rules/caa.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/str.h"
#include "crypto/digest.h"

#include <string.h>

bool caa_record_parse(struct bytes rdata, struct caa_record *out)
{
    struct cursor c = cursor_of(rdata);
    struct caa_record record = {.flags = cursor_u8(&c)};
    size_t tag_length = cursor_u8(&c);
    record.tag = cursor_take(&c, tag_length);
    record.value = cursor_rest(&c);
    /* RFC 8659 section 4.1: the tag length "MUST be at least 1". */
    if (!cursor_done(&c) || tag_length == 0)
        return false;
    *out = record;
    return true;
}

struct bytes caa_record_build(struct arena *arena, const struct caa_record *record)
{
    /* RFC 8659 section 4.1: flags, length of the tag, tag, value. */
    const uint8_t head[] = {record->flags, (uint8_t)record->tag.n};
    struct buf whole = {0};
    buf_append(&whole, head, sizeof head);
    buf_append(&whole, record->tag.p, record->tag.n);
    buf_append(&whole, record->value.p, record->value.n);
    struct bytes rdata = arena_bytes(arena, buf_bytes(&whole));
    buf_clear(&whole);
    return rdata;
}

static const char *format_record(struct arena *arena, const struct caa_record *record,
                                 size_t value_max)
{
    return arena_printf(arena, "%u %s \"%s\"", record->flags,
                        str_escape(arena, record->tag, UINT8_MAX),
                        str_escape(arena, record->value, value_max));
}

const char *caa_record_format(struct arena *arena, const struct caa_record *record)
{
    return format_record(arena, record, record->value.n);
}

/* RFC 1035 section 5.1: `\X` stands for X, `\DDD` for the octet of that number. Reads one character
 * of `text` from `at` on, where there is one; false if its escape is cut. What is no number of an
 * octet gives some octet: one for which caa_record_format() does not write this. */
static bool take_character(struct bytes text, size_t *at, uint8_t *out)
{
    *out = text.p[(*at)++];
    if (*out != '\\')
        return true;
    if (*at >= text.n)
        return false;
    *out = text.p[(*at)++];
    if (!ascii_is_digit((char)*out))
        return true;
    if (text.n - *at < 2)
        return false;
    unsigned number = *out & 15U;
    number = number * 10 + (text.p[*at] & 15U);
    number = number * 10 + (text.p[*at + 1] & 15U);
    *out = (uint8_t)(number & UINT8_MAX);
    *at += 2;
    return true;
}

/* Characters up to a quote that is not escaped; `*at` is behind it then. */
static bool take_until_quote(struct bytes text, size_t *at, struct buf *out)
{
    while (*at < text.n && text.p[*at] != '"') {
        uint8_t c = 0;
        if (!take_character(text, at, &c))
            return false;
        buf_append(out, &c, 1);
    }
    return (*at)++ < text.n;
}

/* `FLAGS TAG "VALUE"`; `parts` holds tag, space and value. False if it has no such parts. */
static bool split_text(struct bytes text, struct buf *parts, struct caa_record *out)
{
    size_t at = 0;
    unsigned flags = 0;
    while (at < text.n && at < 3 && ascii_is_digit((char)text.p[at]))
        flags = flags * 10 + (text.p[at++] & 15U);
    if (flags > UINT8_MAX || at >= text.n || text.p[at++] != ' ')
        return false;
    if (!take_until_quote(text, &at, parts) || parts->n < 2 || parts->p[parts->n - 1] != ' ')
        return false;
    size_t tag_length = parts->n - 1;
    if (!take_until_quote(text, &at, parts) || at != text.n)
        return false;
    *out = (struct caa_record){
        .flags = (uint8_t)flags,
        .tag = {parts->p, tag_length},
        .value = {parts->p + tag_length + 1, parts->n - tag_length - 1},
    };
    return true;
}

/* The record of which caa_record_format() makes `text`, in the arena. */
static bool read_canonical(struct arena *arena, struct bytes text, struct caa_record *out)
{
    struct buf parts = {0};
    struct caa_record record;
    bool is_good = split_text(text, &parts, &record) && record.tag.n <= UINT8_MAX &&
                   bytes_eq(bytes_of(caa_record_format(arena, &record)), text);
    if (is_good)
        *out = (struct caa_record){.flags = record.flags,
                                   .tag = arena_bytes(arena, record.tag),
                                   .value = arena_bytes(arena, record.value)};
    buf_clear(&parts);
    return is_good;
}

bool caa_record_parse_text(struct arena *arena, const char *text, struct bytes *rdata)
{
    struct caa_record record;
    if (!read_canonical(arena, bytes_of(text), &record) ||
        record.value.n > LIMIT_REPORTED_RECORD_BYTES)
        return false;
    *rdata = caa_record_build(arena, &record);
    return true;
}

/* `text` without the escape at its end that may be cut, and with the quote that it lost. */
static struct bytes end_quote(struct arena *arena, struct bytes text)
{
    size_t at = 0, whole = 0;
    uint8_t c;
    while (at < text.n && take_character(text, &at, &c))
        whole = at;
    return bytes_of(arena_printf(arena, "%.*s\"", (int)whole, (const char *)text.p));
}

bool caa_record_read_text(struct arena *arena, const char *text, struct caa_record *out,
                          bool *is_cut)
{
    static const char mark[] = "...";
    const size_t cut_length = LIMIT_REPORTED_RECORD_BYTES + sizeof mark - 1;
    const size_t long_length = LIMIT_REMOTE_STRING_BYTES - 4; /* cut between two characters */
    struct bytes whole = bytes_of(text);
    *is_cut = false;
    if (!read_canonical(arena, whole, out)) {
        *is_cut = whole.n >= long_length && read_canonical(arena, end_quote(arena, whole), out);
        return *is_cut;
    }
    if (out->value.n == cut_length &&
        memcmp(out->value.p + LIMIT_REPORTED_RECORD_BYTES, mark, sizeof mark - 1) == 0) {
        *is_cut = true;
        out->value.n = LIMIT_REPORTED_RECORD_BYTES;
    }
    return true;
}

/* RFC 3597 section 5: `\# 2 0005`. */
static const char *format_unknown(struct arena *arena, struct bytes rdata, bool *truncated)
{
    struct bytes shown = rdata;
    if (shown.n > LIMIT_REPORTED_RECORD_BYTES) {
        shown.n = LIMIT_REPORTED_RECORD_BYTES;
        *truncated = true;
    }
    return arena_printf(arena, "\\# %zu %s%s", rdata.n, hex_format(arena, shown),
                        shown.n < rdata.n ? "..." : "");
}

static const char *report_record(struct arena *arena, struct bytes rdata, bool *truncated)
{
    struct caa_record record;
    if (!caa_record_parse(rdata, &record))
        return format_unknown(arena, rdata, truncated);
    if (record.value.n > LIMIT_REPORTED_RECORD_BYTES)
        *truncated = true;
    return format_record(arena, &record, LIMIT_REPORTED_RECORD_BYTES);
}

static bool is_among(struct bytes rdata, const struct bytes *seen, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_eq(seen[i], rdata))
            return true;
    return false;
}

void caa_records_report(struct arena *arena, const struct lookup *set,
                        const struct dns_record *deciding, struct caa_details *details)
{
    struct bytes seen[LIMIT_REPORTED_RECORDS];
    const char **items = arena_array(arena, LIMIT_REPORTED_RECORDS, sizeof *items);
    size_t count = 0;
    bool is_truncated = false;
    for (size_t i = 0; i < set->record_count; i++) {
        struct bytes rdata = set->records[i].rdata;
        if (is_among(rdata, seen, count))
            continue;
        bool is_full = count == LIMIT_REPORTED_RECORDS;
        is_truncated = is_truncated || is_full;
        if (is_full && &set->records[i] != deciding)
            continue;
        count -= is_full;
        items[count] = report_record(arena, rdata, &is_truncated);
        seen[count++] = rdata;
    }
    details->records_seen = (struct strv){.items = items, .count = count, .present = true};
    details->records_truncated = OPT_BOOL(is_truncated);
    details->found_at = set->name;
    details->cname_chain = set->cname_chain;
    if (set->record_count)
        details->ttl_s = OPT_INT(set->records[0].ttl_s);
}

bool caa_records_parse(struct arena *arena, const struct caa_details *details, struct lookup *set)
{
    const struct strv *texts = &details->records_seen;
    bool is_said_whole = details->records_truncated.present && !details->records_truncated.value;
    if (texts->count == 0 || texts->count > LIMIT_REPORTED_RECORDS ||
        (texts->count == LIMIT_REPORTED_RECORDS && !is_said_whole))
        return false;
    struct dns_record *records = arena_array(arena, texts->count, sizeof *records);
    for (size_t i = 0; i < texts->count; i++)
        if (!caa_record_parse_text(arena, texts->items[i], &records[i].rdata))
            return false;
    *set = (struct lookup){.name = details->found_at,
                           .outcome = DNS_OK,
                           .records = records,
                           .record_count = texts->count,
                           .cname_chain = details->cname_chain};
    return true;
}

size_t caa_search_names(const struct target *target, const char *names[LIMIT_NAME_LABELS])
{
    if (target->kind != TARGET_DNS)
        return 0;
    size_t count = 0;
    for (const char *name = target->canonical; name && count < LIMIT_NAME_LABELS;
         name = name_parent(name))
        names[count++] = name;
    return count;
}

static bool is_climbed(enum dns_outcome outcome)
{
    /* RFC 8659 section 3: no such name, and no record at it, are both "no RRset". */
    return outcome == DNS_NODATA || outcome == DNS_NXDOMAIN;
}

/* The whole tree is empty: but does the TLD exist at all? */
static struct caa_search decide_empty(const struct lookup *lookups, size_t count)
{
    const struct lookup *tld = count ? &lookups[count - 1] : NULL;
    if (!tld || tld->outcome != DNS_NXDOMAIN || tld->in_stub_zone || lookups[0].in_stub_zone)
        return (struct caa_search){.status = CAA_SEARCH_NONE};
    /* BR 4.2.2: no certificate for an Internal Name, one that does not end in a TLD of the root
       zone. Without DNSSEC proof whoever forged the answer would have the say. */
    if (tld->dnssec == DNSSEC_SECURE)
        return (struct caa_search){CAA_SEARCH_NO_SUCH_TLD, count - 1, PROBLEM_NO_SUCH_TLD};
    return (struct caa_search){CAA_SEARCH_ERROR, count - 1, PROBLEM_TLD_UNPROVEN};
}

struct caa_search caa_search_decide(const struct lookup *lookups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum dns_outcome outcome = lookups[i].outcome;
        if (is_climbed(outcome))
            continue;
        if (outcome == DNS_OK && lookups[i].record_count)
            return (struct caa_search){.status = CAA_SEARCH_FOUND, .index = i};
        /* An answer without records is none of ours: lookup_problem() calls it internal. */
        return (struct caa_search){CAA_SEARCH_ERROR, i, lookup_problem(&lookups[i])};
    }
    return decide_empty(lookups, count);
}
