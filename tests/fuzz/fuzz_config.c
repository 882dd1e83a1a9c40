/* Any text is a configuration or has mistakes, never both, and its lines can be printed. */
#include "config/config.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct mistakes mistakes;
    struct buf lines = {0};
    const struct config_source source = {.name = "f",
                                         .text = {data, size},
                                         .folder = "/nonexistent",
                                         .now_s = 1800000000,
                                         .cpus = 1};
    mistakes_init(&mistakes, arena);
    const struct config *config = config_read(&source, &mistakes);
    assert((config != NULL) == (mistakes.errors == 0));
    mistakes_format(&mistakes, MISTAKES_ALL, &lines);
    buf_clear(&lines);
    arena_free(arena);
    return 0;
}
