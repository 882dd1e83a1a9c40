#include "core/corroboration/perspective.h"

#include "base/str.h"

#include <math.h>

#define EARTH_MEAN_RADIUS_KM 6371.0088 /* WGS 84: (2a + b) / 3 */
#define RADIANS_PER_DEGREE   0.017453292519943295

static const char *const rir_names[RIR_COUNT] = {
    [RIR_AFRINIC] = "AFRINIC", [RIR_APNIC] = "APNIC",       [RIR_ARIN] = "ARIN",
    [RIR_LACNIC] = "LACNIC",   [RIR_RIPE_NCC] = "RIPE NCC",
};

const char *rir_str(enum rir rir)
{
    return rir_names[rir];
}

enum rir rir_parse(const char *text)
{
    for (int rir = RIR_NONE + 1; rir < RIR_COUNT; rir++)
        if (str_eq_nocase(text, rir_names[rir]))
            return (enum rir)rir;
    return RIR_NONE;
}

double perspective_distance_km(const struct perspective_info *a, const struct perspective_info *b)
{
    double latitude_a = a->latitude * RADIANS_PER_DEGREE;
    double latitude_b = b->latitude * RADIANS_PER_DEGREE;
    double half_north = sin((latitude_b - latitude_a) / 2);
    double half_east = sin((b->longitude - a->longitude) * RADIANS_PER_DEGREE / 2);
    /* The haversine formula: exact enough for small distances, where the law of cosines is not. */
    double chord =
        half_north * half_north + cos(latitude_a) * cos(latitude_b) * half_east * half_east;
    /* Rounding may carry antipodes above 1, where asin() is no number. */
    return 2 * EARTH_MEAN_RADIUS_KM * asin(chord > 1 ? 1 : sqrt(chord));
}

static bool either_lists_the_other(const struct perspective_info *a,
                                   const struct perspective_info *b)
{
    return strv_has(&a->too_close_codes, b->code) || strv_has(&b->too_close_codes, a->code);
}

bool perspectives_are_too_close(const struct perspective_info *a, const struct perspective_info *b)
{
    if (str_eq(a->code, b->code) || either_lists_the_other(a, b))
        return true;
    if (!a->has_coordinates || !b->has_coordinates)
        return false;
    /* Written so that coordinates that are no numbers are too close, not far apart. */
    return !(perspective_distance_km(a, b) >= PERSPECTIVE_MIN_DISTANCE_KM);
}

bool perspective_has_place(const struct perspective_info *perspective)
{
    return perspective->has_coordinates || perspective->too_close_codes.present;
}

bool perspectives_distance_is_unknown(const struct perspective_info *a,
                                      const struct perspective_info *b)
{
    return !either_lists_the_other(a, b) && !(perspective_has_place(a) && perspective_has_place(b));
}
