#include "wire/endpoints.h"

#include "base/limits.h"
#include "base/str.h"
#include "wire/load.h"

#include <jansson.h>
#include <string.h>

enum { MAX_VALUES = LIMIT_PERSPECTIVES * 32 /* two URLs and some headers for each */ };

/* NULL if it is missing or no text; a NUL inside would cut it. */
static const char *text_of(const json_t *object, const char *key, struct arena *arena)
{
    const json_t *value = json_object_get(object, key);
    size_t length = json_string_length(value);
    const char *text = json_string_value(value);
    return text && length && strlen(text) == length ? arena_strdup(arena, text) : NULL;
}

static bool decode_headers(const json_t *endpoint, struct arena *arena, struct wire_endpoint *out,
                           struct err *err)
{
    json_t *headers = json_object_get(endpoint, "headers");
    if (!headers || json_is_null(headers))
        return true;
    if (!json_is_object(headers))
        return err_set(err, ERR_PARSE, "headers is no object");
    struct http_header_param *items = arena_array(arena, json_object_size(headers), sizeof *items);
    const char *name;
    json_t *value;
    json_object_foreach(headers, name, value)
    {
        const char *text = json_string_value(value);
        if (!text || strlen(text) != json_string_length(value))
            return err_set(err, ERR_PARSE, "a header has a value that is no text");
        items[out->header_count++] = (struct http_header_param){.name = arena_strdup(arena, name),
                                                                .value = arena_strdup(arena, text)};
    }
    out->headers = items;
    return true;
}

static bool decode_endpoint(const json_t *perspective, const char *key, struct arena *arena,
                            struct wire_endpoint *out, struct err *err)
{
    const json_t *endpoint = json_object_get(perspective, key);
    if (!json_is_object(endpoint))
        return err_set(err, ERR_PARSE, "%s is missing", key);
    out->url = text_of(endpoint, "url", arena);
    out->arn = text_of(endpoint, "arn", arena);
    if (!out->url && !out->arn)
        return err_set(err, ERR_PARSE, "%s has no url", key);
    return decode_headers(endpoint, arena, out, err) || err_prefix(err, "%s", key);
}

static bool decode_all(json_t *root, struct arena *arena, struct wire_endpoints *items,
                       size_t *count, struct err *err)
{
    const char *code;
    json_t *perspective;
    json_object_foreach(root, code, perspective)
    {
        char shown[STR_SHOWN_MAX];
        struct wire_endpoints *item = &items[*count];
        item->code = arena_strdup(arena, code);
        if (!decode_endpoint(perspective, "caa_endpoint_info", arena, &item->caa, err) ||
            !decode_endpoint(perspective, "dcv_endpoint_info", arena, &item->dcv, err))
            return err_prefix(err, "%s", str_show(shown, bytes_of(code)));
        ++*count;
    }
    return true;
}

bool wire_decode_endpoints(struct bytes text, struct arena *arena,
                           const struct wire_endpoints **out, size_t *count, struct err *err)
{
    struct load_error fault = {0};
    *count = 0;
    json_t *root = load_json(text, MAX_VALUES, &fault);
    if (!root)
        return err_set(err, ERR_PARSE, "%s at byte %zu of its JSON", fault.text, fault.position);
    bool ok = false;
    size_t size = json_object_size(root);
    if (!json_is_object(root)) {
        err_set(err, ERR_PARSE, "is no JSON object");
    } else if (size > LIMIT_PERSPECTIVES) {
        err_set(err, ERR_LIMIT, "has %zu perspectives, over %d", size, LIMIT_PERSPECTIVES);
    } else {
        struct wire_endpoints *items = arena_array(arena, size, sizeof *items);
        ok = decode_all(root, arena, items, count, err);
        *out = items;
    }
    json_decref(root);
    return ok;
}
