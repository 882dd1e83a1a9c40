/*
 * What an HTTP check that ended at a response found, in a sentence for people: where it was fetched from,
 * what was expected, what came. Pure; outside data is escaped and cut.
 */
#pragma once

#include "core/rules/http_body.h"

/* Where the final response came from. */
struct http_place {
    const char *url;
    const char *address;
};

/* `judgement` is that of http_body_judge(), with a problem. */
const char *http_reason(const struct dcv_params *params, const struct http_final *final,
                        const struct http_judgement *judgement, const struct http_place *place,
                        struct arena *arena);
