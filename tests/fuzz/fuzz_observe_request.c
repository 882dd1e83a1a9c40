/* POST /observe: what is accepted must survive being written and read again; what is not has an issue. */
#include "wire/observe.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct wire_issues issues = {0};
    struct rule_issues broken = {0};
    struct observe_request request, again;
    struct observe_question question;
    struct buf out = {0};
    if (wire_decode_observe_request((struct bytes){data, size}, arena, &request, &issues)) {
        observe_check_request(&request, arena, &broken, &question);
        wire_encode_observe_request(&request, &out);
        if (!wire_decode_observe_request(buf_bytes(&out), arena, &again, &issues))
            abort();
    } else if (issues.count == 0) {
        abort();
    }
    wire_issues_clear(&issues);
    buf_clear(&out);
    arena_free(arena);
    return 0;
}
