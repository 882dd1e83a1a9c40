/* One label of an international name: UTS #46, non-transitional, then IDNA 2008. The home of
 * libidn2. */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The ASCII form of `label` (well-formed UTF-8 with at least one character beyond ASCII, without
 * dots): mapped by UTS #46 section 4 (non-transitional: "faß" keeps its "ß"), normalised to NFC,
 * tested by RFC 5891 section 5.4.
 *
 * Mapping may leave nothing but ASCII, of any kind: a full-width asterisk becomes "*", a soft
 * hyphen nothing at all. So `out` obeys no rule of host names yet: the caller applies the same
 * rules as to a label that was ASCII from the start. False: `*problem` says why, a constant text
 * that can follow "the label … ".
 */
bool idna_label_to_ascii(const char *label, size_t length, char out[LIMIT_LABEL_OCTETS + 1],
                         const char **problem);
