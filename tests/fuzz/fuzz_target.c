/* A target is refused with a text, or has a canonical text that parses again to itself. */
#include "core/names/target.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct target target, again;
    struct err err = {0};
    char *raw = calloc(1, size + 1);
    memcpy(raw, data, size);
    if (target_parse(raw, &target, &err)) {
        assert(target_parse(target.canonical, &again, &err));
        assert(strcmp(target.canonical, again.canonical) == 0 && target.kind == again.kind);
    } else {
        assert(err.code != ERR_NONE && err.text[0]);
    }
    free(raw);
    return 0;
}
