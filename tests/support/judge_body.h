/* http_body_judge() and the search that it leaves to others, in one. */
#pragma once

#include "core/rules/http_body.h"

static inline struct http_judgement judge_body(const struct dcv_params *params,
                                               const struct http_final *final, struct arena *arena)
{
    size_t end = 0;
    const struct http_judgement open = http_body_judge(params, final, arena);
    if (open.to_search.n == 0)
        return open;
    enum regex_outcome outcome = regex_search(params->match_regex, open.to_search, &end);
    return http_body_conclude(&open, outcome, end);
}
