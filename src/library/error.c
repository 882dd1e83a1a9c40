#include "library/library.h"

#include "base/mem.h"
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

struct mpic_error {
    enum mpic_error_code code;
    struct arena *arena; /* what the members below point to */
    const char *text;
    struct bytes json;
};

static struct mpic_error *error_new(enum mpic_error_code code)
{
    struct mpic_error *made = xcalloc(1, sizeof *made);
    made->code = code;
    made->arena = arena_new();
    return made;
}

bool error_set(struct mpic_error **error, enum mpic_error_code code, const char *fmt, ...)
{
    if (!error)
        return false;
    struct mpic_error *made = error_new(code);
    va_list ap;
    va_start(ap, fmt);
    made->text = arena_vprintf(made->arena, fmt, ap);
    va_end(ap);
    *error = made;
    return false;
}

bool error_set_issues(struct mpic_error **error, const struct wire_issues *issues)
{
    if (!error)
        return false;
    struct mpic_error *made = error_new(MPIC_ERROR_REQUEST);
    struct buf json = {0};
    wire_encode_issues(issues, &json);
    made->json = bytes_take(made->arena, &json);
    made->text = wire_describe_refusal(made->json, made->arena);
    *error = made;
    return false;
}

enum mpic_error_code mpic_error_code(const struct mpic_error *error)
{
    return error ? error->code : MPIC_ERROR_NONE;
}

const char *mpic_error_text(const struct mpic_error *error)
{
    return error && error->text ? error->text : "no error";
}

const char *mpic_error_json(const struct mpic_error *error, size_t *length)
{
    return text_of(error ? error->json : (struct bytes){0}, length);
}

void mpic_error_free(struct mpic_error *error)
{
    if (!error)
        return;
    arena_free(error->arena);
    free(error);
}
