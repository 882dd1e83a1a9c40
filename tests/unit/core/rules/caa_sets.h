/* CAA record sets out of one line of text: `0 issue ca.example|128 tbs x`. */
#pragma once

#include "core/rules/lookup.h"

#include <stdlib.h>
#include <string.h>

/* "FLAGS TAG VALUE" to RDATA; the value may be empty or have blanks. */
static inline struct bytes caa_rdata(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_strndup(arena, text, length);
    char *tag = strchr(copy, ' ') + 1;
    size_t tag_length = strcspn(tag, " ");
    const char *value = tag + tag_length + (tag[tag_length] == ' ');
    uint8_t *rdata = arena_alloc(arena, length + 2);
    rdata[0] = (uint8_t)atoi(copy);
    rdata[1] = (uint8_t)tag_length;
    memcpy(rdata + 2, tag, tag_length);
    memcpy(rdata + 2 + tag_length, value, strlen(value));
    return (struct bytes){rdata, 2 + tag_length + strlen(value)};
}

/* The answer with these records; "" is NODATA. */
static inline struct lookup caa_set(struct arena *arena, const char *name, const char *text)
{
    struct lookup set = {.name = name,
                         .type = "CAA",
                         .type_code = 257,
                         .outcome = *text ? DNS_OK : DNS_NODATA,
                         .dnssec = DNSSEC_INSECURE,
                         .reason = ""};
    struct dns_record *records = arena_array(arena, strlen(text), sizeof *records);
    while (*text) {
        size_t length = strcspn(text, "|");
        records[set.record_count++] = (struct dns_record){
            .owner = name, .type = 257, .ttl_s = 300, .rdata = caa_rdata(arena, text, length)};
        text += length + (text[length] == '|');
    }
    set.records = records;
    return set;
}

/* One record with this RDATA. */
#define CAA_RAW(name_, bytes_)                                                                     \
    ((struct lookup){.name = (name_),                                                              \
                     .type = "CAA",                                                                \
                     .type_code = 257,                                                             \
                     .dnssec = DNSSEC_INSECURE,                                                    \
                     .reason = "",                                                                 \
                     .records =                                                                    \
                         &(struct dns_record){.owner = (name_), .type = 257, .rdata = (bytes_)},   \
                     .record_count = 1})

/* Lookups for a.b.example, b.example, example, by letter: f found, n nodata, x nxdomain, s
 * servfail, r refused, t timeout, b bogus, m malformed, a alias, i filtered, l local, e OK without
 * records. */
static inline void make_lookups(struct lookup *lookups, const char *letters)
{
    static const char *const names[] = {"a.b.example", "b.example", "example"};
    static const struct dns_record record = {
        .owner = "", .type = 257, .rdata = {(const uint8_t *)"\0\5issueca.example", 17}};
    for (size_t i = 0; letters[i]; i++) {
        static const struct {
            char letter;
            enum dns_outcome outcome;
        } outcomes[] = {{'f', DNS_OK},       {'e', DNS_OK},       {'n', DNS_NODATA},
                        {'x', DNS_NXDOMAIN}, {'s', DNS_SERVFAIL}, {'r', DNS_REFUSED},
                        {'t', DNS_TIMEOUT},  {'b', DNS_BOGUS},    {'m', DNS_MALFORMED},
                        {'a', DNS_ALIAS},    {'i', DNS_FILTERED}, {'l', DNS_LOCAL}};
        lookups[i] = (struct lookup){
            .name = names[i],
            .type = "CAA",
            .type_code = 257,
            .dnssec = DNSSEC_INSECURE,
            .reason = "",
            .records = letters[i] == 'f' ? &record : NULL,
            .record_count = letters[i] == 'f',
            .end = letters[i] == 't' ? DNS_END_TIMEOUT : DNS_END_RESOLVER,
            .cause = letters[i] == 's' || letters[i] == 'r' ? DNS_CAUSE_RCODE : DNS_CAUSE_NONE};
        for (size_t j = 0; j < sizeof outcomes / sizeof outcomes[0]; j++)
            if (outcomes[j].letter == letters[i])
                lookups[i].outcome = outcomes[j].outcome;
    }
}
