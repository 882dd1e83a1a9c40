/* Answers to DS questions with NSEC and NSEC3 records, for tests. */
#pragma once

#include "core/rules/lookup.h"
#include "crypto/digest.h"

#include <string.h>

enum {
    T_NS = 2,
    T_SOA = 6,
    T_MX = 15,
    T_DNAME = 39,
    T_DS = 43,
    T_RRSIG = 46,
    T_NSEC = 47,
    T_NSEC3 = 50
};

/* A type bitmap of one window out of types below 256, ending with 0; appended to `at`. */
static inline uint8_t *put_bitmap(uint8_t *at, const int *types)
{
    uint8_t bits[32] = {0};
    size_t length = 0;
    for (; *types; types++) {
        bits[*types / 8] |= (uint8_t)(0x80 >> *types % 8);
        if (length < (size_t)*types / 8 + 1)
            length = (size_t)*types / 8 + 1;
    }
    *at++ = 0;
    *at++ = (uint8_t)length;
    memcpy(at, bits, length);
    return at + length;
}

/* The next name is always "zz". */
static inline struct dns_record nsec(struct arena *arena, const char *owner, const int *types)
{
    uint8_t *rdata = arena_alloc(arena, 64);
    memcpy(rdata, "\2zz", 4);
    uint8_t *end = put_bitmap(rdata + 4, types);
    return (struct dns_record){
        .owner = owner, .type = T_NSEC, .rdata = {rdata, (size_t)(end - rdata)}};
}

struct nsec3_fields {
    const char *owner; /* hash and zone */
    const char *next;  /* base32hex of 20 bytes */
    const int *types;
    int algorithm, flags, iterations;
    struct bytes salt;
};

static inline struct dns_record nsec3(struct arena *arena, struct nsec3_fields f)
{
    uint8_t *rdata = arena_alloc(arena, 400);
    uint8_t *at = rdata;
    *at++ = (uint8_t)f.algorithm;
    *at++ = (uint8_t)f.flags;
    *at++ = (uint8_t)(f.iterations >> 8);
    *at++ = (uint8_t)f.iterations;
    *at++ = (uint8_t)f.salt.n;
    if (f.salt.n)
        memcpy(at, f.salt.p, f.salt.n);
    at += f.salt.n;
    size_t length = base32hex_parse(f.next, strlen(f.next), at + 1, 64);
    *at = (uint8_t)length;
    at = put_bitmap(at + 1 + length, f.types);
    return (struct dns_record){
        .owner = f.owner, .type = T_NSEC3, .rdata = {rdata, (size_t)(at - rdata)}};
}

static inline struct lookup ds_denial(const char *name, enum dnssec_status dnssec,
                                      const struct dns_record *records, size_t count)
{
    return (struct lookup){.name = name,
                           .type = "DS",
                           .type_code = T_DS,
                           .outcome = DNS_NODATA,
                           .dnssec = dnssec,
                           .reason = "",
                           .denial = records,
                           .denial_count = count};
}

#define TYPES(...) ((const int[]){__VA_ARGS__, 0})
