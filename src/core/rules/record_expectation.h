/*
 * What a record must show so that it proves control, made of a request by the kind that its method's row
 * names (core/method/method.h), and whether a record shows it. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "core/method/check.h"
#include "core/rules/persistent.h"

#include <stdbool.h>
#include <stdint.h>

enum record_comparison {
    COMPARE_EQUAL,
    COMPARE_EQUAL_NOCASE,
    COMPARE_NAME, /* ignoring case, the final dot optional: names, not strings */
    COMPARE_CONTAIN,
    COMPARE_CONTAIN_NOCASE,
    COMPARE_PERSISTENT, /* core/rules/persistent.h */
};

struct record_expectation {
    enum record_comparison comparison;
    struct bytes value; /* of COMPARE_NAME without final dot; empty: no record can match */
    struct persistent_query persistent;
    bool is_digest; /* the value is the base64url of a SHA-256 digest (RFC 8555 section 8.4) */
    /* For people: what a record must be ("one that equals …"). Outside data is escaped and bounded, a value
     * that is a secret shortened. */
    const char *words;
    const char *unusable; /* what the value is, so that no record can match it: "no IPv4 address" */
};

struct record_asked {
    const struct dcv_params *params;
    bool is_wildcard; /* the target */
    int64_t now_s;    /* wall clock seconds (persistUntil) */
    struct arena *arena;
};

/* Of a method that looks at no records: nothing can match. */
struct record_expectation record_expect(const struct record_asked *asked);
/* Does a record prove control whose text is compared as `text`? `rejection`: why not, of a record of
 * dns-persistent that names the issuer; else left alone. */
bool record_shows(const struct record_expectation *expected, struct bytes text, struct arena *arena,
                  const char **rejection);
