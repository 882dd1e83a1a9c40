/* A Network Perspective as the rules see it: where it is and which registry's region it is in. */
#pragma once

#include "base/strv.h"

#include <stdbool.h>
#include <stddef.h>

enum rir { RIR_NONE = 0, RIR_AFRINIC, RIR_APNIC, RIR_ARIN, RIR_LACNIC, RIR_RIPE_NCC, RIR_COUNT };

struct perspective_info {
    const char *code;
    const char *name; /* may be NULL */
    enum rir rir;
    bool has_coordinates;
    double latitude, longitude; /* degrees, WGS 84 */
    /* Perspectives that the operator declares to be too close. A list that is present but empty
     * says that none is. */
    struct strv too_close_codes;
    /* Its answers do not say which question they belong to (core/corroboration/binding.h). */
    bool is_unbound;
};

const char *rir_str(enum rir rir); /* "RIPE NCC"; NULL for RIR_NONE */
/* Ignores the case of letters; RIR_NONE for an unknown one. */
enum rir rir_parse(const char *text);

/* Great-circle distance in kilometres on the sphere of WGS 84's mean radius (6371.0088 km). Only
 * meaningful if both have coordinates. */
double perspective_distance_km(const struct perspective_info *a, const struct perspective_info *b);

#define PERSPECTIVE_MIN_DISTANCE_KM 500.0 /* BR 3.2.2.9: "at least 500 km" */

/* Symmetrical: either lists the other, or both have coordinates and lie under 500 km apart
 * (BR 3.2.2.9). A listing counts even where the coordinates say otherwise. What has the same code
 * is the same perspective, and too close to itself. */
bool perspectives_are_too_close(const struct perspective_info *a, const struct perspective_info *b);

/* True if it has coordinates, or declares (maybe with an empty list) who is too close. */
bool perspective_has_place(const struct perspective_info *perspective);
/*
 * Symmetrical: true if nothing tells how far apart the two are, because one of them has no place
 * and neither lists the other. Such a pair is not too close, but deserves a finding.
 */
bool perspectives_distance_is_unknown(const struct perspective_info *a,
                                      const struct perspective_info *b);
