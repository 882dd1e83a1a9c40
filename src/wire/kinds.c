/* The kinds of values: how each looks in C, is written, and is read. */
#include "base/limits.h"
#include "base/str.h"
#include "wire/schema.h"
#include "wire/text.h"

#include <jansson.h>
#include <string.h>

/* Strings. */

static bool string_is_absent(const struct field *field, const void *object)
{
    return *(const char *const *)CONST_MEMBER(field, object) == NULL;
}

static void string_write(struct writer *writer, const struct field *field, const void *object)
{
    writer_put_text(writer, field->flags, *(const char *const *)CONST_MEMBER(field, object));
}

const char *reader_text(const struct json_t *value)
{
    const char *text = json_string_value(value);
    return text && strlen(text) == json_string_length(value) ? text : NULL;
}

const char *reader_string(struct reader *reader, struct json_t *value)
{
    if (!json_is_string(value)) {
        reader_type_fault(reader, value, "string_type", "Input should be a valid string");
        return NULL;
    }
    struct bytes s = {(const uint8_t *)json_string_value(value), json_string_length(value)};
    if (memchr(s.p, 0, s.n)) {
        reader_value_error(reader, value, WIRE_NO_NUL);
        return NULL;
    }
    if (reader->cut)
        s.n = text_cut(s, LIMIT_REMOTE_STRING_BYTES);
    return arena_strndup(reader->arena, (const char *)s.p, s.n);
}

static void string_read(struct reader *reader, const struct field *field, struct json_t *value,
                        void *object)
{
    *(const char **)MEMBER(field, object) = reader_string(reader, value);
}

const struct field_kind KIND_STRING = {string_is_absent, string_write, string_read, NULL};

/* Booleans. */

static void bool_write(struct writer *writer, const struct field *field, const void *object)
{
    text_put_bool(writer->out, *(const bool *)CONST_MEMBER(field, object));
}

/* True and `*out` set for the spellings of pydantic's lax mode; NULL is none of them. */
static bool parse_bool(const char *text, bool *out)
{
    static const char *const names[] = {"false", "no",  "off", "f", "n", "0",
                                        "true",  "yes", "on",  "t", "y", "1"};
    const size_t count = sizeof names / sizeof names[0];
    for (size_t i = 0; text && i < count; i++) {
        if (!str_eq_nocase(text, names[i]))
            continue;
        *out = i >= count / 2;
        return true;
    }
    return false;
}

static bool take_bool(struct reader *reader, const struct field *field, struct json_t *value)
{
    static const char type_text[] = "Input should be a valid boolean";
    static const char parse_text[] = "Input should be a valid boolean, unable to interpret input";
    bool out = false;
    if (json_is_boolean(value))
        return json_is_true(value);
    if (field->flags & FIELD_STRICT) {
        reader_type_fault(reader, value, "bool_type", type_text);
    } else if (json_is_string(value)) {
        if (!parse_bool(reader_text(value), &out))
            reader_type_fault(reader, value, "bool_parsing", parse_text);
    } else if (json_is_number(value)) {
        double number = json_number_value(value);
        out = number == 1;
        if (number != 0 && number != 1)
            reader_type_fault(reader, value, json_is_integer(value) ? "bool_parsing" : "bool_type",
                              json_is_integer(value) ? parse_text : type_text);
    } else {
        reader_type_fault(reader, value, "bool_type", type_text);
    }
    return out;
}

static void bool_read(struct reader *reader, const struct field *field, struct json_t *value,
                      void *object)
{
    *(bool *)MEMBER(field, object) = take_bool(reader, field, value);
}

static void bool_set_default(const struct field *field, void *object)
{
    *(bool *)MEMBER(field, object) = field->fallback;
}

const struct field_kind KIND_BOOL = {NULL, bool_write, bool_read, bool_set_default};

static bool opt_bool_is_absent(const struct field *field, const void *object)
{
    return !((const struct opt_bool *)CONST_MEMBER(field, object))->present;
}

static void opt_bool_write(struct writer *writer, const struct field *field, const void *object)
{
    text_put_bool(writer->out, ((const struct opt_bool *)CONST_MEMBER(field, object))->value);
}

static void opt_bool_read(struct reader *reader, const struct field *field, struct json_t *value,
                          void *object)
{
    *(struct opt_bool *)MEMBER(field, object) = OPT_BOOL(take_bool(reader, field, value));
}

const struct field_kind KIND_OPT_BOOL = {opt_bool_is_absent, opt_bool_write, opt_bool_read, NULL};

/* Integers. */

static bool opt_int_is_absent(const struct field *field, const void *object)
{
    return !((const struct opt_int *)CONST_MEMBER(field, object))->present;
}

static void opt_int_write(struct writer *writer, const struct field *field, const void *object)
{
    text_put_int(writer->out, ((const struct opt_int *)CONST_MEMBER(field, object))->value);
}

enum int_status { INT_OK, INT_MALFORMED, INT_TOO_LARGE };

/* Blanks around, a sign, digits, and a fraction of zeros: "3", " +3 ", "3.0". */
static enum int_status parse_int(const char *text, int64_t *out)
{
    text += strspn(text, " \t\r\n");
    bool is_negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits;
    if (*rest == '.' && rest[1] == '0')
        rest += 1 + strspn(rest + 1, "0");
    rest += strspn(rest, " \t\r\n");
    if (digits == 0 || *rest != '\0')
        return INT_MALFORMED;
    int64_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        int64_t digit = text[i] - '0';
        if (value > (INT64_MAX - digit) / 10)
            return INT_TOO_LARGE;
        value = value * 10 + digit;
    }
    *out = is_negative ? -value : value;
    return INT_OK;
}

static enum int_status int_of_double(double number, int64_t *out)
{
    const double limit = 9223372036854775808.0; /* 2^63 */
    if (!(number >= -limit && number < limit))
        return INT_TOO_LARGE;
    *out = (int64_t)number;
    return (double)*out == number ? INT_OK : INT_MALFORMED;
}

static int64_t take_int(struct reader *reader, struct json_t *value)
{
    int64_t out = 0;
    enum int_status status = INT_OK;
    if (json_is_integer(value)) {
        out = json_integer_value(value);
    } else if (json_is_boolean(value)) {
        out = json_is_true(value);
    } else if (json_is_real(value)) {
        status = int_of_double(json_real_value(value), &out);
        if (status == INT_MALFORMED)
            reader_type_fault(
                reader, value, "int_from_float",
                "Input should be a valid integer, got a number with a fractional part");
    } else if (json_is_string(value)) {
        const char *text = reader_text(value);
        status = text ? parse_int(text, &out) : INT_MALFORMED;
        if (status == INT_MALFORMED)
            reader_type_fault(
                reader, value, "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer");
    } else {
        reader_type_fault(reader, value, "int_type", "Input should be a valid integer");
    }
    if (status == INT_TOO_LARGE)
        reader_type_fault(reader, value, "int_parsing_size",
                          "Unable to parse input string as an integer, exceeded maximum size");
    return out;
}

static void opt_int_read(struct reader *reader, const struct field *field, struct json_t *value,
                         void *object)
{
    *(struct opt_int *)MEMBER(field, object) = OPT_INT(take_int(reader, value));
}

static void int_write(struct writer *writer, const struct field *field, const void *object)
{
    text_put_int(writer->out, *(const int64_t *)CONST_MEMBER(field, object));
}

static void int_read(struct reader *reader, const struct field *field, struct json_t *value,
                     void *object)
{
    *(int64_t *)MEMBER(field, object) = take_int(reader, value);
}

const struct field_kind KIND_INT = {NULL, int_write, int_read, NULL};
const struct field_kind KIND_OPT_INT = {opt_int_is_absent, opt_int_write, opt_int_read, NULL};

/* Lists. */

/* How many items to read; a fault if `value` is no list, or too long for a request. */
static size_t take_list(struct reader *reader, struct json_t *value)
{
    if (!json_is_array(value)) {
        reader_type_fault(reader, value, "list_type", "Input should be a valid list");
        return 0;
    }
    size_t count = json_array_size(value);
    if (reader->cut)
        return count < LIMIT_ANSWER_LIST ? count : LIMIT_ANSWER_LIST;
    if (count <= LIMIT_REQUEST_LIST)
        return count;
    reader_type_fault(reader, value, "too_long",
                      arena_printf(reader->arena,
                                   "List should have at most %d items after validation, not %zu",
                                   LIMIT_REQUEST_LIST, count));
    return 0;
}

static bool strings_is_absent(const struct field *field, const void *object)
{
    return !((const struct strv *)CONST_MEMBER(field, object))->present;
}

static void strings_write(struct writer *writer, const struct field *field, const void *object)
{
    const struct strv *v = CONST_MEMBER(field, object);
    text_put_raw(writer->out, "[");
    size_t count = writer_count(writer, v->count);
    for (size_t i = 0; i < count; i++) {
        text_put_separator(writer->out);
        writer_put_text(writer, field->flags, v->items[i]);
    }
    text_put_raw(writer->out, "]");
}

static void strings_read(struct reader *reader, const struct field *field, struct json_t *value,
                         void *object)
{
    size_t count = take_list(reader, value);
    const char **items = arena_array(reader->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        reader_enter(reader, NULL, i);
        items[i] = reader_string(reader, json_array_get(value, i));
        reader_leave(reader);
    }
    *(struct strv *)MEMBER(field, object) =
        (struct strv){.items = items, .count = count, .present = true};
}

const struct field_kind KIND_STRINGS = {strings_is_absent, strings_write, strings_read, NULL};

static size_t get_count(const struct field *field, const void *object)
{
    return *(const size_t *)((const char *)object + field->count_offset);
}

static bool is_given(const struct field *field, const void *object)
{
    return *(const bool *)((const char *)object + field->given_offset);
}

static void set_given(const struct field *field, void *object)
{
    if (field->given_offset)
        *(bool *)((char *)object + field->given_offset) = true;
}

static bool list_is_absent(const struct field *field, const void *object)
{
    return field->given_offset ? !is_given(field, object) : get_count(field, object) == 0;
}

static void list_write(struct writer *writer, const struct field *field, const void *object)
{
    const char *items = *(const char *const *)CONST_MEMBER(field, object);
    size_t count = writer_count(writer, get_count(field, object));
    text_put_raw(writer->out, "[");
    for (size_t i = 0; i < count; i++) {
        text_put_separator(writer->out);
        schema_write(writer, field->schema, items + i * field->schema->size);
    }
    text_put_raw(writer->out, "]");
}

static void list_read(struct reader *reader, const struct field *field, struct json_t *value,
                      void *object)
{
    size_t count = take_list(reader, value);
    char *items = arena_array(reader->arena, count, field->schema->size);
    for (size_t i = 0; i < count; i++) {
        reader_enter(reader, NULL, i);
        schema_read(reader, field->schema, json_array_get(value, i),
                    items + i * field->schema->size);
        reader_leave(reader);
    }
    *(char **)MEMBER(field, object) = items;
    *(size_t *)((char *)object + field->count_offset) = count;
    set_given(field, object);
}

const struct field_kind KIND_LIST = {list_is_absent, list_write, list_read, NULL};

/* Objects. */

static bool object_is_absent(const struct field *field, const void *object)
{
    return field->given_offset && !is_given(field, object);
}

static void object_write(struct writer *writer, const struct field *field, const void *object)
{
    schema_write(writer, field->schema, CONST_MEMBER(field, object));
}

static void object_read(struct reader *reader, const struct field *field, struct json_t *value,
                        void *object)
{
    schema_read(reader, field->schema, value, MEMBER(field, object));
    set_given(field, object);
}

const struct field_kind KIND_OBJECT = {object_is_absent, object_write, object_read, NULL};

/* Enums. All have the size of an int. */

static int get_enum(const struct field *field, const void *object)
{
    int value;
    memcpy(&value, CONST_MEMBER(field, object), sizeof value);
    return value;
}

static void set_enum(const struct field *field, void *object, int value)
{
    memcpy(MEMBER(field, object), &value, sizeof value);
}

static bool enum_is_absent(const struct field *field, const void *object)
{
    return (field->flags & (FIELD_ADDED | FIELD_OWN)) && get_enum(field, object) == field->fallback;
}

static void enum_write(struct writer *writer, const struct field *field, const void *object)
{
    text_put_string(writer->out, field->names->name(get_enum(field, object)));
}

const char *enum_expected(const struct reader *reader, const struct enum_names *names)
{
    const char *text = "";
    for (int i = names->first; i < names->end; i++) {
        const char *joint = i == names->first ? "" : i == names->end - 1 ? " or " : ", ";
        text = arena_printf(reader->arena, "%s%s'%s'", text, joint, names->name(i));
    }
    return text;
}

const char *enum_literal(const struct reader *reader, const struct enum_names *names, int value)
{
    const char *name = names->name(value);
    char *constant = arena_strdup(reader->arena, name);
    for (char *c = constant; *c; c++)
        *c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    return arena_printf(reader->arena, "<%s.%s: '%s'>", names->python_class, constant, name);
}

static void enum_read(struct reader *reader, const struct field *field, struct json_t *value,
                      void *object)
{
    const char *text = reader_text(value);
    for (int i = field->names->first; text && i < field->names->end; i++) {
        if (!str_eq(text, field->names->name(i)))
            continue;
        set_enum(field, object, i);
        return;
    }
    reader_expected_fault(reader, value, "enum", enum_expected(reader, field->names));
}

static void enum_set_default(const struct field *field, void *object)
{
    set_enum(field, object, field->fallback);
}

const struct field_kind KIND_ENUM = {enum_is_absent, enum_write, enum_read, enum_set_default};

/* Literals: one value only; the property may be left out. */

static void literal_bool_write(struct writer *writer, const struct field *field, const void *object)
{
    (void)object;
    text_put_bool(writer->out, field->fallback);
}

static void literal_bool_read(struct reader *reader, const struct field *field,
                              struct json_t *value, void *object)
{
    *(bool *)MEMBER(field, object) = field->fallback;
    if (!json_is_boolean(value) || json_is_true(value) != (bool)field->fallback)
        reader_expected_fault(reader, value, "literal_error", field->fallback ? "True" : "False");
}

const struct field_kind KIND_LITERAL_BOOL = {NULL, literal_bool_write, literal_bool_read,
                                             bool_set_default};

static void literal_enum_write(struct writer *writer, const struct field *field, const void *object)
{
    (void)object;
    text_put_string(writer->out, field->names->name(field->fallback));
}

static void literal_enum_read(struct reader *reader, const struct field *field,
                              struct json_t *value, void *object)
{
    set_enum(field, object, field->fallback);
    const char *text = reader_text(value);
    if (!text || !str_eq(text, field->names->name(field->fallback)))
        reader_expected_fault(reader, value, "literal_error",
                              enum_literal(reader, field->names, field->fallback));
}

const struct field_kind KIND_LITERAL_ENUM = {NULL, literal_enum_write, literal_enum_read,
                                             enum_set_default};

static void literal_text_write(struct writer *writer, const struct field *field, const void *object)
{
    const char *text = *(const char *const *)CONST_MEMBER(field, object);
    text_put_string(writer->out, text ? text : field->literals[0]);
}

static void literal_text_read(struct reader *reader, const struct field *field,
                              struct json_t *value, void *object)
{
    const char *text = reader_text(value);
    const char *expected = "";
    for (size_t i = 0; field->literals[i]; i++) {
        if (text && str_eq(text, field->literals[i])) {
            *(const char **)MEMBER(field, object) = field->literals[i];
            return;
        }
        expected = arena_printf(reader->arena, "%s%s'%s'", expected, i > 0 ? " or " : "",
                                field->literals[i]);
    }
    reader_expected_fault(reader, value, "literal_error", expected);
}

static void literal_text_set_default(const struct field *field, void *object)
{
    *(const char **)MEMBER(field, object) = field->literals[0];
}

const struct field_kind KIND_LITERAL_TEXT = {NULL, literal_text_write, literal_text_read,
                                             literal_text_set_default};
