/* Whatever an app.conf says, what is made of it is YAML. */
#include "client/import.h"
#include "config/yaml.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct mistakes mistakes;
    struct buf out = {0};
    struct err err;
    size_t decisions;
    const struct dotenv settings = dotenv_read((struct bytes){data, size}, NULL, arena);
    const struct region_list regions = {0};
    const struct import import = {.source = "f", .settings = &settings, .regions = &regions};
    mistakes_init(&mistakes, arena);
    if (import_config(&import, arena, &out, &decisions, &err) && out.n <= YAML_MAX_BYTES)
        assert(yaml_read(buf_bytes(&out), "out", &mistakes) && mistakes.errors == 0);
    buf_clear(&out);
    arena_free(arena);
    return 0;
}
