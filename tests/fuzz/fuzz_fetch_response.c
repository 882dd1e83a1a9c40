/* The answer of a web server, as libcurl hands it over: lines, then pieces of a body. */
#include "net/fetch_response.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fetch_response r;
    struct arena *arena = arena_new();
    struct fetch_request request = {.body_max_bytes = 10, .headers_max_bytes = 2000};
    fetch_response_init(&r, arena, &request);
    bool goes_on = true;
    while (goes_on && size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t n = end ? (size_t)(end - data) + 1 : size;
        bool is_body = r.phase == FETCH_PHASE_BODY;
        goes_on = is_body ? fetch_response_body(&r, (struct bytes){data, n})
                          : fetch_response_line(&r, (struct bytes){data, n});
        data += n, size -= n;
    }
    assert(goes_on == (!r.error && !r.body_cut) && r.body_bytes <= 10);
    fetch_response_clear(&r);
    arena_free(arena);
    return 0;
}
