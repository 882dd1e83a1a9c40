#include "config/yaml.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { SHOWN_BYTES = 60 }; /* of a key in a message */

struct reader {
    yaml_parser_t parser;
    struct bytes all;
    const char *file;
    struct mistakes *mistakes;
    bool failed;
};

static struct place place_at(const struct reader *r, size_t line)
{
    return (struct place){.file = r->file, .line = line, .path = ""};
}

static size_t line_of(const yaml_event_t *event)
{
    return event->start_mark.line + 1;
}

static void refuse(struct reader *r, const yaml_event_t *event, const char *text)
{
    mistakes_add(r->mistakes, place_at(r, line_of(event)), "%s", text);
    r->failed = true;
}

static size_t line_of_offset(struct bytes all, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset && i < all.n; i++)
        line += all.p[i] == '\n';
    return line;
}

/* Tabs look like the spaces that were meant; libyaml's own words do not mention them. */
static bool line_is_indented_with_tab(struct bytes all, size_t line)
{
    size_t at = 0;
    for (size_t n = 1; n < line && at < all.n; at++)
        n += all.p[at] == '\n';
    for (; at < all.n && (all.p[at] == ' ' || all.p[at] == '\t'); at++)
        if (all.p[at] == '\t')
            return true;
    return false;
}

static void report_syntax(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "unknown";
    r->failed = true;
    if (p->error == YAML_READER_ERROR) {
        mistakes_add(r->mistakes, place_at(r, line_of_offset(r->all, p->problem_offset)),
                     "is not UTF-8 text: %s; save the file as UTF-8", problem);
        return;
    }
    size_t line = p->problem_mark.line + 1;
    if (line_is_indented_with_tab(r->all, line))
        mistakes_add(r->mistakes, place_at(r, line),
                     "is not YAML: the line is indented with a tab; use spaces");
    else
        mistakes_add(r->mistakes, place_at(r, line),
                     "is not YAML: %s%s%s (column %zu); mend the line, or the one before it",
                     p->context ? p->context : "", p->context ? ", " : "", problem,
                     p->problem_mark.column + 1);
}

/* The next event is the caller's, who deletes it; false after an error. */
static bool next_event(struct reader *r, yaml_event_t *event)
{
    if (r->failed)
        return false;
    if (yaml_parser_parse(&r->parser, event))
        return true;
    report_syntax(r);
    return false;
}

/* What a node must not have: true if it has none of it. */
static bool is_allowed_node(struct reader *r, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_ALIAS_EVENT) {
        anchor = event->data.alias.anchor;
    } else if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    }
    if (anchor)
        refuse(r, event,
               "has an anchor (&) or an alias (*), which are not supported; write the value where "
               "it is used, or put it in quotes if the sign belongs to it");
    else if (tag)
        refuse(r, event,
               "has a tag (!), which is not supported; remove it, or put the value in quotes");
    return !anchor && !tag;
}

static struct yaml_node *read_node(struct reader *r, const yaml_event_t *event, unsigned depth);

static struct yaml_node *read_scalar(struct reader *r, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    if (memchr(text, '\0', length)) {
        refuse(r, event, "contains a NUL character; remove it");
        return NULL;
    }
    struct yaml_node *node = arena_alloc(r->mistakes->arena, sizeof *node);
    *node = (struct yaml_node){.kind = YAML_SCALAR,
                               .line = line_of(event),
                               .text = arena_strndup(r->mistakes->arena, text, length),
                               .is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE};
    return node;
}

static void append(struct yaml_node *parent, struct yaml_node **last, struct yaml_node *child)
{
    if (*last)
        (*last)->next = child;
    else
        parent->first = child;
    *last = child;
    parent->count++;
}

static struct yaml_node *read_sequence(struct reader *r, const yaml_event_t *start, unsigned depth)
{
    struct yaml_node *sequence = arena_alloc(r->mistakes->arena, sizeof *sequence), *last = NULL;
    *sequence = (struct yaml_node){.kind = YAML_SEQUENCE, .line = line_of(start)};
    yaml_event_t event;
    while (next_event(r, &event)) {
        bool ends = event.type == YAML_SEQUENCE_END_EVENT;
        struct yaml_node *item = ends ? NULL : read_node(r, &event, depth + 1);
        yaml_event_delete(&event);
        if (ends)
            return sequence;
        if (item)
            append(sequence, &last, item);
    }
    return NULL;
}

static struct yaml_node *read_value(struct reader *r, unsigned depth)
{
    yaml_event_t event;
    if (!next_event(r, &event))
        return NULL;
    struct yaml_node *value = read_node(r, &event, depth);
    yaml_event_delete(&event);
    return value;
}

/* Puts `value` below `mapping`, unless the key is there already. */
static void add_pair(struct reader *r, struct yaml_node *mapping, struct yaml_node **last,
                     const struct yaml_node *key, struct yaml_node *value)
{
    const struct yaml_node *earlier = yaml_get(mapping, key->text);
    if (earlier) {
        mistakes_add(r->mistakes, place_at(r, key->line),
                     "the key \"%s\" stands here a second time, after line %zu; remove one",
                     str_report(r->mistakes->arena, bytes_of(key->text), SHOWN_BYTES),
                     earlier->line);
        return;
    }
    value->key = key->text;
    value->line = key->line;
    append(mapping, last, value);
}

/* A key that is text, or NULL and a mistake. */
static const struct yaml_node *read_key(struct reader *r, const yaml_event_t *event,
                                        const struct yaml_node *mapping)
{
    if (event->type != YAML_SCALAR_EVENT && event->type != YAML_ALIAS_EVENT)
        refuse(r, event, "has a key that is not text; write `key: value`");
    else if (mapping->count >= YAML_MAX_KEYS)
        refuse(r, event, "has too many keys; no section of a configuration has that many");
    return r->failed || !is_allowed_node(r, event) ? NULL : read_scalar(r, event);
}

static struct yaml_node *read_mapping(struct reader *r, const yaml_event_t *start, unsigned depth)
{
    struct yaml_node *mapping = arena_alloc(r->mistakes->arena, sizeof *mapping), *last = NULL;
    *mapping = (struct yaml_node){.kind = YAML_MAPPING, .line = line_of(start)};
    yaml_event_t event;
    while (next_event(r, &event)) {
        bool ends = event.type == YAML_MAPPING_END_EVENT;
        const struct yaml_node *key = ends ? NULL : read_key(r, &event, mapping);
        yaml_event_delete(&event);
        if (ends)
            return mapping;
        struct yaml_node *value = key ? read_value(r, depth + 1) : NULL;
        if (value)
            add_pair(r, mapping, &last, key, value);
    }
    return NULL;
}

static struct yaml_node *read_node(struct reader *r, const yaml_event_t *event, unsigned depth)
{
    if (!is_allowed_node(r, event))
        return NULL;
    if (event->type == YAML_SCALAR_EVENT)
        return read_scalar(r, event);
    if (depth >= YAML_MAX_DEPTH) {
        refuse(r, event, "is nested too deeply; no key of a configuration is that deep");
        return NULL;
    }
    return event->type == YAML_SEQUENCE_START_EVENT ? read_sequence(r, event, depth)
                                                    : read_mapping(r, event, depth);
}

/* Skips what frames the document; leaves the first event of the content, or the end of the stream.
 */
static bool first_event(struct reader *r, yaml_event_t *event)
{
    while (next_event(r, event)) {
        if (event->type != YAML_STREAM_START_EVENT && event->type != YAML_DOCUMENT_START_EVENT)
            return true;
        yaml_event_delete(event);
    }
    return false;
}

static void check_end(struct reader *r)
{
    yaml_event_t event;
    for (bool ended = false; !ended && next_event(r, &event); yaml_event_delete(&event)) {
        ended = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT)
            refuse(r, &event,
                   "starts a second document (---); a configuration is one document, remove the "
                   "line or the rest");
    }
}

static const struct yaml_node *read_document(struct reader *r)
{
    static const struct yaml_node nothing = {.line = 1, .text = "", .is_plain = true};
    yaml_event_t event;
    if (!first_event(r, &event))
        return NULL;
    bool is_empty = event.type == YAML_STREAM_END_EVENT;
    const struct yaml_node *root = is_empty ? &nothing : read_node(r, &event, 0);
    yaml_event_delete(&event);
    if (!is_empty)
        check_end(r);
    return r->failed ? NULL : root;
}

const struct yaml_node *yaml_read(struct bytes text, const char *file, struct mistakes *mistakes)
{
    struct reader r = {.all = text, .file = file, .mistakes = mistakes};
    if (text.n > YAML_MAX_BYTES) {
        mistakes_add(mistakes, place_at(&r, 1), "is larger than %d bytes; this is no configuration",
                     YAML_MAX_BYTES);
        return NULL;
    }
    if (!yaml_parser_initialize(&r.parser))
        abort(); /* out of memory */
    /* Else two bytes at the start could make it UTF-16, where line counting is another matter. */
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, text.p, text.n);
    const struct yaml_node *root = read_document(&r);
    yaml_parser_delete(&r.parser);
    return root;
}

const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
    if (!mapping || mapping->kind != YAML_MAPPING)
        return NULL;
    for (const struct yaml_node *child = mapping->first; child; child = child->next)
        if (str_eq(child->key, key))
            return child;
    return NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (node->kind != YAML_SCALAR || !node->is_plain)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq(node->text, words[i]))
            return true;
    return false;
}

static const struct yaml_node *item_at(const struct yaml_node *sequence, size_t index)
{
    const struct yaml_node *item = sequence->kind == YAML_SEQUENCE ? sequence->first : NULL;
    while (item && index--)
        item = item->next;
    return item;
}

static const struct yaml_node *child_named(const struct yaml_node *mapping, const char *name,
                                           size_t length)
{
    if (mapping->kind != YAML_MAPPING)
        return NULL;
    for (const struct yaml_node *child = mapping->first; child; child = child->next)
        if (strlen(child->key) == length && memcmp(child->key, name, length) == 0)
            return child;
    return NULL;
}

/* Takes one step along `*path`; NULL if it leads nowhere. */
static const struct yaml_node *step(const struct yaml_node *node, const char **path)
{
    const char *p = *path;
    if (*p == '[') {
        size_t index = 0;
        for (p++; ascii_is_digit(*p); p++)
            index = index * 10 + (size_t)(*p - '0');
        *path = p + (*p == ']');
        return item_at(node, index);
    }
    p += *p == '.';
    size_t length = strcspn(p, ".[");
    *path = p + length;
    return child_named(node, p, length);
}

const struct yaml_node *yaml_find(const struct yaml_node *root, const char *path)
{
    const struct yaml_node *node = root;
    while (node && *path)
        node = step(node, &path);
    return node;
}

const struct yaml_node *yaml_nearest(const struct yaml_node *root, const char *path)
{
    const struct yaml_node *node = root, *next = root;
    while (*path && (next = step(node, &path)))
        node = next;
    return node;
}

const char *yaml_library_version(void)
{
    return yaml_get_version_string();
}
