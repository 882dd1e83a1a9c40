/* Knot DNS (knotd) on a free port of 127.0.0.1, serving zones that it signs itself: DNSSEC as it is
 * in the field. Fails the test if it cannot be started. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum knot_signing { KNOT_UNSIGNED, KNOT_NSEC, KNOT_NSEC3, KNOT_OPT_OUT };

struct knot_zone {
    const char *name; /* without final dot */
    enum knot_signing signing;
    /* Zone file without SOA and apex NS. "%DS name%" stands for the DS record of that signed zone,
     * with its owner. */
    const char *records;
};

struct knot;

struct knot *knot_new(const struct knot_zone *zones, size_t count);
void knot_free(struct knot *knot);
uint16_t knot_port(const struct knot *knot);
const char *knot_address(const struct knot *knot); /* "127.0.0.1@5300" */
/* "lab. DS 1234 13 2 …": fits trust_anchors. Borrowed. */
const char *knot_ds(const struct knot *knot, const char *zone);
