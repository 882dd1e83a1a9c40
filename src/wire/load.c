#include "wire/load.h"

#include "core/limits.h"

#include <jansson.h>
#include <stdbool.h>

/* False with `err` set beyond the limits. Wrong JSON may be miscounted: jansson refuses it later.
 */
static bool check_size(struct bytes body, size_t max_values, struct load_error *err)
{
    size_t depth = 0, values = 0;
    bool in_string = false;
    for (size_t i = 0; i < body.n; i++) {
        uint8_t c = body.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '{' || c == '[')
            depth++, values++;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        else if (c == ',')
            values++;
        if (depth > LIMIT_JSON_DEPTH || values > max_values) {
            err->text = depth > LIMIT_JSON_DEPTH ? "Nested too deeply" : "Too many values";
            err->position = i;
            return false;
        }
    }
    return true;
}

static const char *describe(enum json_error_code code)
{
    switch ((int)code) {
    case json_error_invalid_utf8:
        return "Not UTF-8";
    case json_error_premature_end_of_input:
        return "Unexpected end of data";
    case json_error_end_of_input_expected:
        return "Extra data";
    case json_error_duplicate_key:
        return "Property given twice";
    case json_error_numeric_overflow:
        return "Number out of range";
    case json_error_null_byte_in_key:
        return "U+0000 in a property name";
    default:
        return "Invalid syntax";
    }
}

struct json_t *load_json(struct bytes body, size_t max_values, struct load_error *err)
{
    if (!check_size(body, max_values, err))
        return NULL;
    json_error_t error = {0};
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_t *json = json_loadb(body.n ? (const char *)body.p : "", body.n, flags, &error);
    if (!json) {
        err->text = describe(json_error_code(&error));
        err->position = error.position > 0 ? (size_t)error.position : 0;
    }
    return json;
}
