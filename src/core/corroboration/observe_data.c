/* What was seen, as observations show it: records in presentation form, bodies, and their digests. */
#include "base/buf.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/str.h"
#include "core/corroboration/observe.h"
#include "core/rules/caa.h"
#include "crypto/digest.h"
#include "dns/rdata.h"

#include <stdlib.h>
#include <string.h>

/* --- presentation ---------------------------------------------------------------------------- */

/* RFC 3597 section 5: `\# 2 0005`. */
static const char *present_unknown(struct bytes rdata, struct arena *arena)
{
    return rdata.n == 0 ? "\\# 0"
                        : arena_printf(arena, "\\# %zu %s", rdata.n, hex_format(arena, rdata));
}

static const char *present_address(struct bytes rdata, int family, struct arena *arena)
{
    struct address address;
    char text[ADDRESS_TEXT_MAX];
    return rdata_address(rdata, family, &address)
               ? arena_strdup(arena, address_format(&address, text))
               : NULL;
}

/* In lower case: names are equal whatever their case, and a resolver may have changed it. */
static const char *present_name(struct bytes rdata, struct arena *arena)
{
    struct bytes name;
    if (!rdata_name(arena, rdata, &name))
        return NULL;
    char *text = arena_strndup(arena, (const char *)name.p, name.n);
    for (char *c = text; *c; c++)
        *c = ascii_lower(*c);
    return text;
}

/* RFC 1035 section 3.3.9. */
static const char *present_mx(struct bytes rdata, struct arena *arena)
{
    struct cursor c = cursor_of(rdata);
    unsigned preference = cursor_u16(&c);
    const char *name = cursor_ok(&c) ? present_name(cursor_rest(&c), arena) : NULL;
    return name ? arena_printf(arena, "%u %s", preference, name) : NULL;
}

/* RFC 4034 section 5.3. */
static const char *present_ds(struct bytes rdata, struct arena *arena)
{
    struct cursor c = cursor_of(rdata);
    unsigned tag = cursor_u16(&c), algorithm = cursor_u8(&c), digest_type = cursor_u8(&c);
    struct bytes digest = cursor_rest(&c);
    if (!cursor_ok(&c) || digest.n == 0)
        return NULL;
    return arena_printf(arena, "%u %u %u %s", tag, algorithm, digest_type,
                        hex_format(arena, digest));
}

static const char *present_caa(struct bytes rdata, struct arena *arena)
{
    struct caa_record record;
    return caa_record_parse(rdata, &record) ? caa_record_format(arena, &record) : NULL;
}

static const char *present_txt(struct bytes rdata, struct arena *arena)
{
    struct bytes text;
    return rdata_txt(arena, rdata, &text) ? rdata_report(arena, text, text.n) : NULL;
}

static const char *present(enum observe_type type, struct bytes rdata, struct arena *arena)
{
    switch (type) {
    case OBSERVE_A:
        return present_address(rdata, 4, arena);
    case OBSERVE_AAAA:
        return present_address(rdata, 6, arena);
    case OBSERVE_CAA:
        return present_caa(rdata, arena);
    case OBSERVE_CNAME:
        return present_name(rdata, arena);
    case OBSERVE_DS:
        return present_ds(rdata, arena);
    case OBSERVE_MX:
        return present_mx(rdata, arena);
    case OBSERVE_TXT:
        return present_txt(rdata, arena);
    case OBSERVE_NONE:
    case OBSERVE_TYPE_COUNT:
        break;
    }
    return NULL;
}

const char *observe_data(enum observe_type type, struct bytes rdata, struct arena *arena)
{
    const char *text = present(type, rdata, arena);
    return text ? text : present_unknown(rdata, arena);
}

static int compare_texts(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

const char *observe_digest(const char *const *data, size_t count, struct arena *arena)
{
    const char **sorted = arena_array(arena, count, sizeof *sorted);
    struct buf all = {0};
    uint8_t digest[SHA256_BYTES];
    for (size_t i = 0; i < count; i++)
        sorted[i] = data[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, compare_texts);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !str_eq(sorted[i], sorted[i - 1]))
            buf_printf(&all, "%s\n", sorted[i]);
    sha256(buf_bytes(&all), digest);
    buf_clear(&all);
    return hex_format(arena, (struct bytes){digest, sizeof digest});
}

static const char *cut_data(const char *data, bool *is_cut, struct arena *arena)
{
    struct bytes text = bytes_of(data);
    if (text.n <= LIMIT_REPORTED_RECORD_BYTES)
        return data;
    *is_cut = true;
    size_t kept = bytes_utf8_cut(text, LIMIT_REPORTED_RECORD_BYTES);
    return arena_printf(arena, "%.*s...", (int)kept, data);
}

void observe_records(const struct lookup *answer, enum observe_type type, struct arena *arena,
                     struct observed_dns *out)
{
    size_t count = answer->record_count;
    const char **data = arena_array(arena, count, sizeof *data);
    for (size_t i = 0; i < count; i++)
        data[i] = observe_data(type, answer->records[i].rdata, arena);
    out->records_sha256 = observe_digest(data, count, arena);
    out->records_truncated = count > LIMIT_REPORTED_RECORDS;
    out->record_count = out->records_truncated ? LIMIT_REPORTED_RECORDS : count;
    struct observed_record *records = arena_array(arena, out->record_count, sizeof *records);
    for (size_t i = 0; i < out->record_count; i++)
        records[i] =
            (struct observed_record){.owner_name = answer->records[i].owner,
                                     .ttl_s = answer->records[i].ttl_s,
                                     .data = cut_data(data[i], &out->records_truncated, arena)};
    out->records = records;
}

static const char *digest_of(struct bytes data, struct arena *arena)
{
    uint8_t digest[SHA256_BYTES];
    sha256(data, digest);
    return hex_format(arena, (struct bytes){digest, sizeof digest});
}

void observe_body(struct bytes body, bool is_cut, struct arena *arena, struct observed_file *out)
{
    out->body = base64_format(arena, body);
    out->body_bytes = OPT_INT((int64_t)body.n);
    out->body_truncated = is_cut;
    out->body_sha256 = digest_of(body, arena);
}

/* --- size ------------------------------------------------------------------------------------- */

/* Of a string in JSON: quotes, a name before it, and every character escaped at the worst. */
static size_t json_bytes(const char *text)
{
    return 2 * (text ? strlen(text) : 0) + 24;
}

static size_t strings_bytes(const struct strv *strings)
{
    size_t n = 0;
    for (size_t i = 0; i < strings->count; i++)
        n += json_bytes(strings->items[i]);
    return n;
}

static size_t lookups_bytes(const struct lookup_report *lookups, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += json_bytes(lookups[i].name) + json_bytes(lookups[i].type) +
             json_bytes(lookups[i].outcome) + json_bytes(lookups[i].status) +
             strings_bytes(&lookups[i].cname_chain) + 40;
    return n;
}

static size_t hop_bytes(const struct http_hop *hop)
{
    const struct connection_report *connection = &hop->connection;
    size_t n = json_bytes(hop->url) + strings_bytes(&connection->addresses_resolved) +
               lookups_bytes(connection->lookups, connection->lookup_count) + 200;
    for (size_t i = 0; i < connection->refused_count; i++)
        n += json_bytes(connection->addresses_refused[i].address) +
             json_bytes(connection->addresses_refused[i].block) +
             json_bytes(connection->addresses_refused[i].source);
    for (size_t i = 0; i < connection->tried_count; i++)
        n += json_bytes(connection->addresses_tried[i].address) +
             json_bytes(connection->addresses_tried[i].outcome);
    return n;
}

/* The last `*count` items of the way that fit are kept. */
static void trim_hops(struct observed_file *file, size_t left)
{
    size_t kept = 0;
    while (kept < file->hop_count) {
        size_t n = hop_bytes(&file->hops[file->hop_count - 1 - kept]);
        if (kept < file->history_count)
            n += json_bytes(file->history[file->history_count - 1 - kept].url) + 40;
        if (n > left)
            break;
        left -= n;
        kept++;
    }
    file->hops += file->hop_count - kept;
    file->hop_count = kept;
    size_t redirects = kept < file->history_count ? kept : file->history_count;
    file->history += file->history_count - redirects;
    file->history_count = redirects;
}

static void trim_records(struct observed_dns *dns, size_t left)
{
    size_t kept = 0;
    for (; kept < dns->record_count; kept++) {
        size_t n =
            json_bytes(dns->records[kept].owner_name) + json_bytes(dns->records[kept].data) + 40;
        if (n > left)
            break;
        left -= n;
    }
    dns->records_truncated = dns->records_truncated || kept < dns->record_count;
    dns->record_count = kept;
}

void observed_trim(struct observed *seen, size_t max_bytes)
{
    if (seen->has_file)
        trim_hops(&seen->file, max_bytes);
    if (seen->has_dns)
        trim_records(&seen->dns, max_bytes);
}

/* --- what came from outside ------------------------------------------------------------------ */

static bool records_are_sound(const struct observed_dns *dns, struct arena *arena, struct err *err)
{
    const char **data = arena_array(arena, dns->record_count, sizeof *data);
    for (size_t i = 0; i < dns->record_count; i++)
        data[i] = dns->records[i].data;
    if (dns->record_count == 0 || !dns->records_sha256)
        return err_set(err, ERR_RANGE, "records are said to be there, and none is");
    if (!dns->records_truncated &&
        !str_eq(observe_digest(data, dns->record_count, arena), dns->records_sha256))
        return err_set(err, ERR_RANGE, "records_sha256 is not that of the records");
    return true;
}

static bool body_is_sound(const struct observed_file *file, struct arena *arena, struct err *err)
{
    struct bytes body;
    if (!file->status_code.present || !file->body || !file->body_sha256)
        return err_set(err, ERR_RANGE, "a file is said to be there, and none is");
    if (!base64_parse(arena, file->body, &body))
        return err_set(err, ERR_RANGE, "body is not base64");
    if (!file->body_bytes.present || (uint64_t)file->body_bytes.value != body.n ||
        !str_eq(digest_of(body, arena), file->body_sha256))
        return err_set(err, ERR_RANGE, "body_bytes or body_sha256 is not that of the body");
    return true;
}

bool observed_is_sound(const struct observed *seen, struct arena *arena, struct err *err)
{
    if (observe_outcome_of(seen->problem) != seen->outcome)
        return err_set(err, ERR_RANGE, "the outcome %s does not go with the problem",
                       observe_outcome_str(seen->outcome));
    if (seen->outcome != OBSERVE_PRESENT)
        return true;
    if (seen->dnssec == DNSSEC_BOGUS)
        return err_set(err, ERR_RANGE, "what is bogus is nothing that is there (BR 4.2.2.1.3)");
    return seen->has_dns ? records_are_sound(&seen->dns, arena, err)
                         : body_is_sound(&seen->file, arena, err);
}
