/* A body passes for acme-http-01 exactly if it begins with the key authorization and the rest is
 * white space; for website-change, no body can make the expression run away. */
#include "core/rules/http_body.h"
#include "support/judge_body.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char key[] = "tok.print";
    const struct dcv_params acme = {.method = DCV_ACME_HTTP_01, .key_authorization = key};
    const struct dcv_params website = {.method = DCV_WEBSITE_CHANGE,
                                       .challenge_value = "tok",
                                       .match_regex = "^(\\w|\\w\\w|tok)+\\s$"};
    struct http_final final = {.status_code = 200, .body = {data, size}};
    struct arena *arena = arena_new();
    size_t blanks = sizeof key - 1;
    while (blanks < size && memchr(" \t\n\v\f\r", data[blanks], 6))
        blanks++;
    bool proves = blanks == size && memcmp(data, key, sizeof key - 1) == 0;
    assert(proves == (judge_body(&acme, &final, arena).problem == PROBLEM_NONE) ||
           size > http_body_limit(&acme));
    judge_body(&website, &final, arena);
    arena_free(arena);
    return 0;
}
