/* A redirect that may be followed leads to a URL that reads back as itself, on an allowed port, and
 * without the challenge value; any other has a text. */
#include "core/rules/redirect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const visited[] = {"http://[2001:db8::1]/.well-known/pki-validation/a?b"};
    struct arena *arena = arena_new();
    char *location = calloc(1, size + 1);
    struct url from, again;
    struct err err;
    if (size)
        memcpy(location, data, size);
    assert(url_parse(bytes_of(visited[0]), arena, &from, &err));
    const struct redirect_query query = {
        &from, 302, (const char *const *)&location, 1, visited, 1, 80, 443, "secret"};
    struct redirect_decision decision = redirect_decide(&query, arena);
    assert((decision.problem == PROBLEM_NONE) == !decision.text);
    if (decision.problem == PROBLEM_NONE) {
        const char *text = url_format(&decision.to, arena);
        assert(url_parse(bytes_of(text), arena, &again, &err) && decision.to.path[0] == '/');
        assert(!strcmp(url_format(&again, arena), text) && !strstr(text, "secret"));
        assert(decision.to.port == 80 || decision.to.port == 443);
    }
    free(location);
    arena_free(arena);
    return 0;
}
