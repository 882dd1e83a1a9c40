/*
 * The grammar of an issue, issuewild, issuemail, issuevmc property value and of a persistent
 * validation record: issuer domain, then `;`-separated `tag=value` (RFC 8659 section 4.2,
 * validation rule C9). One linear pass, no back-tracking.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* Borrowed from the value. */
struct caa_parameter {
    struct bytes tag;
    struct bytes value;
};

struct caa_value {
    struct bytes issuer; /* empty: none named */
    const struct caa_parameter *parameters;
    size_t parameter_count;
};

/* False if the value does not follow the grammar; `*problem` then says why, a constant text. */
bool caa_value_parse(struct arena *arena, struct bytes value, struct caa_value *out,
                     const char **problem);
/* The issuer as far as it can be read, even if the rest is malformed: blanks trimmed, up to `;`. */
struct bytes caa_value_issuer(struct bytes value);
/* An entry of caa_domains or issuer_domain_names: a non-empty issuer domain by C9 (C11). */
bool caa_issuer_is_valid(const char *issuer);
/* How often `tag` occurs (ignoring case), and its first value. */
size_t caa_value_get(const struct caa_value *value, const char *tag, struct bytes *first);
