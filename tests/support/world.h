/* Thirty places where a perspective can really be rented, spread as uneven as they are: some closer
 * than 500 km to each other. Coordinates to about 10 km. */
#pragma once

#include "core/corroboration/perspective.h"

#define WORLD_PLACE(c, r, lat, lon)                                                                \
    {                                                                                              \
        .code = c, .rir = r, .has_coordinates = true, .latitude = lat, .longitude = lon            \
    }

static const struct perspective_info world[] = {
    WORLD_PLACE("us-east-1", RIR_ARIN, 38.95, -77.45),
    WORLD_PLACE("us-east-2", RIR_ARIN, 39.96, -83.00),
    WORLD_PLACE("us-west-1", RIR_ARIN, 37.35, -121.96),
    WORLD_PLACE("us-west-2", RIR_ARIN, 45.87, -119.69),
    WORLD_PLACE("ca-central-1", RIR_ARIN, 45.50, -73.57),
    WORLD_PLACE("ca-west-1", RIR_ARIN, 51.05, -114.07),
    WORLD_PLACE("mx-central-1", RIR_LACNIC, 20.59, -100.39),
    WORLD_PLACE("sa-east-1", RIR_LACNIC, -23.55, -46.63),
    WORLD_PLACE("sa-west-1", RIR_LACNIC, -33.45, -70.67),
    WORLD_PLACE("eu-west-1", RIR_RIPE_NCC, 53.35, -6.26),
    WORLD_PLACE("eu-west-2", RIR_RIPE_NCC, 51.51, -0.13),
    WORLD_PLACE("eu-west-3", RIR_RIPE_NCC, 48.86, 2.35),
    WORLD_PLACE("eu-central-1", RIR_RIPE_NCC, 50.11, 8.68),
    WORLD_PLACE("eu-central-2", RIR_RIPE_NCC, 47.38, 8.54),
    WORLD_PLACE("eu-north-1", RIR_RIPE_NCC, 59.33, 18.07),
    WORLD_PLACE("eu-south-1", RIR_RIPE_NCC, 45.46, 9.19),
    WORLD_PLACE("eu-south-2", RIR_RIPE_NCC, 41.65, -0.88),
    WORLD_PLACE("me-central-1", RIR_RIPE_NCC, 25.20, 55.27),
    WORLD_PLACE("me-south-1", RIR_RIPE_NCC, 26.07, 50.56),
    WORLD_PLACE("il-central-1", RIR_RIPE_NCC, 32.09, 34.78),
    WORLD_PLACE("af-south-1", RIR_AFRINIC, -33.93, 18.42),
    WORLD_PLACE("af-east-1", RIR_AFRINIC, -1.29, 36.82),
    WORLD_PLACE("ap-south-1", RIR_APNIC, 19.08, 72.88),
    WORLD_PLACE("ap-south-2", RIR_APNIC, 17.39, 78.49),
    WORLD_PLACE("ap-southeast-1", RIR_APNIC, 1.35, 103.82),
    WORLD_PLACE("ap-southeast-2", RIR_APNIC, -33.87, 151.21),
    WORLD_PLACE("ap-northeast-1", RIR_APNIC, 35.68, 139.69),
    WORLD_PLACE("ap-northeast-2", RIR_APNIC, 37.57, 126.98),
    WORLD_PLACE("ap-northeast-3", RIR_APNIC, 34.69, 135.50),
    WORLD_PLACE("ap-east-1", RIR_APNIC, 22.32, 114.17),
};

#undef WORLD_PLACE

#define WORLD_COUNT (sizeof(world) / sizeof(world[0]))
