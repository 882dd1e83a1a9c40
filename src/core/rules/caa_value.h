/*
 * The grammar of an issue, issuewild, issuemail or issuevmc property value, and of a persistent
 * validation record: issuer domain, then `;`-separated `tag=value`.
 *
 *     issue-value        = *WSP [issuer-domain-name *WSP] [";" *WSP [parameters *WSP]]
 *     issuer-domain-name = label *("." label)
 *     parameters         = (parameter *WSP ";" *WSP parameters) / parameter
 *     parameter          = tag *WSP "=" *WSP value
 *     label, tag         = (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT))
 *     value              = *(%x21-3A / %x3C-7E)
 *
 * (RFC 8659 section 4.2.) WSP is a space or a tab. So one `;` may stand alone or right after the
 * issuer, but not after a parameter. One linear pass, no back-tracking.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stddef.h>

/* Borrowed from the bytes that were parsed. */
struct caa_parameter {
    struct bytes tag;
    struct bytes value; /* may be empty */
};

struct caa_value {
    struct bytes issuer; /* empty: none named */
    const struct caa_parameter *parameters;
    size_t parameter_count;
};

/*
 * False if the value does not follow the grammar; `*problem` then says why, a constant text, and
 * `out` is empty. Bytes are borrowed from `value`, the list of parameters is the arena's.
 */
bool caa_value_parse(struct arena *arena, struct bytes value, struct caa_value *out,
                     const char **problem) MUST_CHECK;
/* The issuer as far as it can be read, even if it or the rest is malformed: the bytes up to the
 * first `;`, without the blanks around them. */
struct bytes caa_value_issuer(struct bytes value);
/* A usable entry of caa_domains or issuer_domain_names: an issuer-domain-name, complete, not empty
 * and without blanks. NULL is none. */
bool caa_issuer_is_valid(const char *issuer);
/* True if `issuer`, which a parsed value names, is one of `issuers`, ignoring case; false for the
 * empty issuer, whatever is in the list. */
bool caa_issuer_is_among(struct bytes issuer, const struct strv *issuers);
/* How often `tag` occurs (ignoring case), and in `first` the value of its first occurrence; `first`
 * may be NULL, and is left alone if there is none. */
size_t caa_value_get(const struct caa_value *value, const char *tag, struct bytes *first);
