#include "wire/schema.h"

#include "base/limits.h"
#include "base/str.h"
#include "wire/text.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

/* Writing. */

void writer_put_text(struct writer *writer, unsigned flags, const char *text)
{
    if (!writer->cap || !text) {
        text_put_string(writer->out, text);
        return;
    }
    const struct bytes all = bytes_of(text);
    size_t n = text_fit(all, writer->cap->text);
    if (n == all.n) {
        text_put_bytes(writer->out, all);
        return;
    }
    struct buf shown = {0};
    if (flags & FIELD_BASE64) {
        buf_append(&shown, all.p, n - n % 4);
    } else {
        buf_append(&shown, all.p, n);
        buf_append(&shown, "...", 3);
    }
    text_put_bytes(writer->out, buf_bytes(&shown));
    buf_clear(&shown);
}

size_t writer_count(const struct writer *writer, size_t count)
{
    return writer->cap && writer->cap->items < count ? writer->cap->items : count;
}

/* A string that would lose its worth with its end. */
static bool is_dropped(const struct writer *writer, const struct field *field, const void *object)
{
    if (!writer->cap || !(field->flags & FIELD_WHOLE))
        return false;
    const struct bytes all = bytes_of(*(const char *const *)CONST_MEMBER(field, object));
    return text_fit(all, writer->cap->text) < all.n;
}

void schema_write_fields(struct writer *writer, const struct schema *schema, const void *object)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct field *field = &schema->fields[i];
        bool is_absent = (field->kind->is_absent && field->kind->is_absent(field, object)) ||
                         is_dropped(writer, field, object);
        if (is_absent && (field->flags & writer->omit))
            continue;
        text_put_key(writer->out, field->name);
        if (is_absent)
            text_put_raw(writer->out, "null");
        else
            field->kind->write(writer, field, object);
    }
}

void schema_write(struct writer *writer, const struct schema *schema, const void *object)
{
    text_put_raw(writer->out, "{");
    schema_write_fields(writer, schema, object);
    text_put_raw(writer->out, "}");
}

/* Reading: where we are, and what is wrong there. */

void reader_enter(struct reader *reader, const char *name, size_t index)
{
    /* A bug: our tables are not that deep. */
    assert(reader->depth < sizeof reader->path / sizeof reader->path[0]);
    reader->path[reader->depth++] = (struct issue_step){.name = name, .index = index};
}

void reader_leave(struct reader *reader)
{
    reader->depth--;
}

void reader_fault(struct reader *reader, const struct issue *issue)
{
    if (reader->issues)
        issues_add(reader->issues, issue, reader->path, reader->depth);
    if (reader->err && !reader->failed) {
        struct buf text = {0};
        issue_describe(issue, reader->path, reader->depth, &text);
        const char *shown =
            str_report(reader->arena, buf_bytes(&text), sizeof reader->err->text - 1);
        err_set(reader->err, ERR_PARSE, "%s", shown);
        buf_clear(&text);
    }
    reader->failed = true;
}

void reader_value_error(struct reader *reader, struct json_t *value, const char *text)
{
    const char *message = arena_printf(reader->arena, "Value error, %s", text);
    reader_fault(reader, &(struct issue){.type = "value_error",
                                         .message = message,
                                         .input = value,
                                         .context = {{"error", text}}});
}

void reader_type_fault(struct reader *reader, struct json_t *value, const char *type,
                       const char *message)
{
    reader_fault(reader, &(struct issue){.type = type, .message = message, .input = value});
}

void reader_expected_fault(struct reader *reader, struct json_t *value, const char *type,
                           const char *expected)
{
    const char *message = arena_printf(reader->arena, "Input should be %s", expected);
    reader_fault(reader, &(struct issue){.type = type,
                                         .message = message,
                                         .input = value,
                                         .context = {{"expected", expected}}});
}

/* Objects by their rows. */

void schema_set_defaults(const struct schema *schema, void *object)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct field *field = &schema->fields[i];
        if (field->kind->set_default)
            field->kind->set_default(field, object);
    }
}

static void read_field(struct reader *reader, const struct field *field, struct json_t *parent,
                       void *object)
{
    struct json_t *value = json_object_get(parent, field->name);
    reader_enter(reader, field->name, 0);
    if (!value && (field->flags & FIELD_REQUIRED)) {
        reader_type_fault(reader, parent, "missing", "Field required");
    } else if (value && field->kind->read &&
               !(json_is_null(value) && (field->flags & FIELD_NULLABLE))) {
        bool failed_before = reader->failed;
        reader->failed = false;
        field->kind->read(reader, field, value, object);
        if (field->check && !reader->failed)
            field->check(reader, field, value, object);
        reader->failed |= failed_before;
    }
    reader_leave(reader);
}

void schema_read_fields(struct reader *reader, const struct schema *schema, struct json_t *value,
                        void *object)
{
    schema_set_defaults(schema, object);
    for (size_t i = 0; i < schema->count; i++) {
        if (reader->err && reader->failed)
            return;
        read_field(reader, &schema->fields[i], value, object);
    }
}

void schema_read(struct reader *reader, const struct schema *schema, struct json_t *value,
                 void *object)
{
    if (json_is_object(value))
        schema_read_fields(reader, schema, value, object);
    else
        reader_type_fault(reader, value, "model_attributes_type",
                          "Input should be a valid dictionary or object to extract fields from");
}
