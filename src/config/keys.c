#include "config/keys.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHOWN_BYTES = 60,    /* of a value in a message */
    MAX_KEY_LENGTH = 64, /* longer ones are near to none of ours */
    DEFAULT_MAX_TEXT = 1024,
};

/* One key on its way from the tree to the struct. */
struct entry {
    const struct keys_reader *reader;
    const struct keys_row *key;
    const struct yaml_node *node;
    const char *path;
    char *out; /* the struct of the section */
};

static struct arena *arena_of(const struct entry *e)
{
    return e->reader->mistakes->arena;
}

static struct place place_of(const struct entry *e)
{
    return (struct place){.file = e->reader->file, .line = e->node->line, .path = e->path};
}

static const char *shown(struct mistakes *mistakes, const char *text)
{
    return str_report(mistakes->arena, bytes_of(text), SHOWN_BYTES);
}

static void store(const struct entry *e, const void *value, size_t size)
{
    memcpy(e->out + e->key->offset, value, size);
}

/* The text of a scalar; anything else is a mistake, said as "must be WANTED". */
static const char *take_scalar(const struct entry *e, const char *wanted)
{
    static const char *const found[] = {
        [YAML_SCALAR] = "a single value", [YAML_MAPPING] = "a section", [YAML_SEQUENCE] = "a list"};
    if (e->node->kind == YAML_SCALAR)
        return e->node->text;
    mistakes_add(e->reader->mistakes, place_of(e), "must be %s, not %s", wanted,
                 found[e->node->kind]);
    return NULL;
}

/* Control characters would end up in headers, names and log lines. */
static bool has_control(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            return true;
    return false;
}

static bool check_text(const struct entry *e, const char *text)
{
    int64_t max = e->key->kind == KEYS_TEXT && e->key->max ? e->key->max : DEFAULT_MAX_TEXT;
    struct mistakes *mistakes = e->reader->mistakes;
    if (has_control(text))
        mistakes_add(mistakes, place_of(e), "contains a control character; remove it");
    else if (e->key->min > 0 && !*text)
        mistakes_add(mistakes, place_of(e), "is empty; give it a value%s",
                     e->key->is_required ? "" : ", or remove the line");
    else if ((int64_t)strlen(text) > max)
        mistakes_add(mistakes, place_of(e), "is longer than %lld characters; shorten it",
                     (long long)max);
    else
        return true;
    return false;
}

static void read_text(const struct entry *e)
{
    const char *text = take_scalar(e, "text");
    if (text && check_text(e, text))
        store(e, &text, sizeof text);
}

static void read_bool(const struct entry *e)
{
    const char *text = take_scalar(e, "true or false");
    if (!text)
        return;
    bool value = str_eq(text, "true");
    if (e->node->is_plain && (value || str_eq(text, "false")))
        store(e, &value, sizeof value);
    else
        mistakes_add(e->reader->mistakes, place_of(e), "is \"%s\"; write true or false%s",
                     shown(e->reader->mistakes, text), e->node->is_plain ? "" : " without quotes");
}

/* Decimal digits without leading zeros, which YAML 1.1 takes for octal. */
static bool parse_int(const char *text, int64_t *value)
{
    size_t n = strlen(text);
    if (n == 0 || n > 18 || (n > 1 && text[0] == '0'))
        return false;
    *value = 0;
    for (; *text; text++) {
        if (!ascii_is_digit(*text))
            return false;
        *value = *value * 10 + (*text - '0');
    }
    return true;
}

static void read_int(const struct entry *e)
{
    const char *text = take_scalar(e, "a whole number");
    int64_t value;
    if (!text)
        return;
    if (e->node->is_plain && parse_int(text, &value) && value >= e->key->min &&
        value <= e->key->max)
        store(e, &value, sizeof value);
    else
        mistakes_add(e->reader->mistakes, place_of(e),
                     "is \"%s\"; write a whole number%s%s from %lld to %lld",
                     shown(e->reader->mistakes, text), e->key->unit ? " of " : "",
                     e->key->unit ? e->key->unit : "", (long long)e->key->min,
                     (long long)e->key->max);
}

/* -12, 39.96: no exponents, infinities, hexadecimal digits. */
static bool parse_number(const char *text, double *value)
{
    const char *p = text + (*text == '-');
    size_t digits = strspn(p, "0123456789");
    p += digits;
    if (*p == '.') {
        size_t fraction = strspn(++p, "0123456789");
        p += fraction;
        if (fraction == 0)
            return false;
    }
    if (digits == 0 || *p || p - text > 20)
        return false;
    *value = strtod(text, NULL);
    return true;
}

static void read_number(const struct entry *e)
{
    const char *text = take_scalar(e, "a number");
    struct keys_number number = {.present = true};
    if (!text)
        return;
    if (e->node->is_plain && parse_number(text, &number.value) &&
        number.value >= (double)e->key->min && number.value <= (double)e->key->max)
        store(e, &number, sizeof number);
    else
        mistakes_add(
            e->reader->mistakes, place_of(e), "is \"%s\"; write a number%s%s from %lld to %lld",
            shown(e->reader->mistakes, text), e->key->unit ? " of " : "",
            e->key->unit ? e->key->unit : "", (long long)e->key->min, (long long)e->key->max);
}

static const char *join_words(struct arena *arena, const char *const *words)
{
    const char *all = words[0];
    for (size_t i = 1; words[i]; i++)
        all = arena_printf(arena, "%s%s%s", all, words[i + 1] ? ", " : " or ", words[i]);
    return all;
}

static void read_choice(const struct entry *e)
{
    const char *words = join_words(arena_of(e), e->key->words);
    const char *text = take_scalar(e, words);
    if (!text)
        return;
    for (int i = 0; e->key->words[i]; i++) {
        if (str_eq(text, e->key->words[i])) {
            store(e, &i, sizeof i);
            return;
        }
    }
    mistakes_add(e->reader->mistakes, place_of(e), "is \"%s\"; write %s",
                 shown(e->reader->mistakes, text), words);
}

static bool is_list(const struct entry *e)
{
    struct mistakes *mistakes = e->reader->mistakes;
    if (e->node->kind != YAML_SEQUENCE)
        mistakes_add(mistakes, place_of(e),
                     "must be a list; write [a, b], or one line with \"- \" for each");
    else if ((int64_t)e->node->count > e->key->max)
        mistakes_add(mistakes, place_of(e), "has %zu entries; at most %lld are possible",
                     e->node->count, (long long)e->key->max);
    else
        return true;
    return false;
}

/* The entry for item `index` of a list. */
static struct entry item_of(const struct entry *list, const struct yaml_node *node, size_t index)
{
    struct entry item = *list;
    item.node = node;
    item.path = arena_printf(arena_of(list), "%s[%zu]", list->path, index);
    return item;
}

/* All or nothing, so that indices in later messages are those of the file. */
static void read_texts(const struct entry *e)
{
    if (!is_list(e))
        return;
    const char **items = arena_array(arena_of(e), e->node->count, sizeof *items);
    struct strv texts = {.items = items, .count = e->node->count, .present = true};
    size_t index = 0;
    bool ok = true;
    for (const struct yaml_node *node = e->node->first; node; node = node->next) {
        struct entry item = item_of(e, node, index);
        const char *text = take_scalar(&item, "text");
        ok &= text && check_text(&item, text);
        items[index++] = text;
    }
    if (ok)
        store(e, &texts, sizeof texts);
}

static void read_text_map(const struct entry *e)
{
    if (e->node->kind != YAML_MAPPING) {
        mistakes_add(e->reader->mistakes, place_of(e), "must be a section of `name: value` lines");
        return;
    }
    struct keys_pair *pairs = arena_array(arena_of(e), e->node->count, sizeof *pairs);
    struct keys_map map = {.items = pairs};
    for (const struct yaml_node *node = e->node->first; node; node = node->next) {
        struct entry value = *e;
        value.node = node;
        value.path =
            arena_printf(arena_of(e), "%s.%s", e->path, shown(e->reader->mistakes, node->key));
        const char *text = take_scalar(&value, "text");
        if (text && check_text(&value, text))
            pairs[map.count++] = (struct keys_pair){.key = node->key, .value = text};
    }
    store(e, &map, sizeof map);
}

static void read_section(const struct entry *e)
{
    keys_read(e->reader, e->key->section, e->node, e->path, e->out + e->key->offset);
}

static void read_list(const struct entry *e)
{
    if (!is_list(e))
        return;
    const struct keys_section *section = e->key->section;
    struct keys_list list = {.items = arena_array(arena_of(e), e->node->count, section->size)};
    for (const struct yaml_node *node = e->node->first; node; node = node->next) {
        char *item = (char *)list.items + list.count * section->size;
        keys_read(e->reader, section, node, item_of(e, node, list.count).path, item);
        list.count++;
    }
    store(e, &list, sizeof list);
}

static void refuse_later(const struct entry *e)
{
    mistakes_add(e->reader->mistakes, place_of(e), "this version of mpicd does not have it; %s",
                 e->key->help);
}

static void read_entry(const struct entry *e)
{
    static void (*const readers[])(const struct entry *) = {
        [KEYS_TEXT] = read_text,         [KEYS_BOOL] = read_bool,       [KEYS_INT] = read_int,
        [KEYS_NUMBER] = read_number,     [KEYS_CHOICE] = read_choice,   [KEYS_TEXTS] = read_texts,
        [KEYS_TEXT_MAP] = read_text_map, [KEYS_SECTION] = read_section, [KEYS_LIST] = read_list,
        [KEYS_LATER] = refuse_later,
    };
    /* A section may stand there with all its lines commented out. */
    bool means_itself = e->key->kind == KEYS_SECTION || e->key->kind == KEYS_LATER;
    if (!yaml_is_null(e->node) || means_itself)
        readers[e->key->kind](e);
    else if (!e->key->may_be_null)
        mistakes_add(e->reader->mistakes, place_of(e),
                     "has no value; give it one, or remove the line");
}

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Insertions, deletions and replacements that make `a` out of `b`; both up to MAX_KEY_LENGTH. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    size_t row[MAX_KEY_LENGTH + 1];
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[n];
}

/* The key of this section that was probably meant, or NULL. */
static const char *nearest_key(const struct keys_section *section, const char *name)
{
    size_t length = strlen(name);
    size_t best = length / 3 + 1; /* one slip in three letters, and one more */
    const char *nearest = NULL;
    if (length > MAX_KEY_LENGTH)
        return NULL;
    for (size_t i = 0; i < section->key_count; i++) {
        size_t distance = edit_distance(name, section->keys[i].name);
        if (distance <= best && distance < strlen(section->keys[i].name)) {
            best = distance;
            nearest = section->keys[i].name;
            if (best == 0)
                break;
            best--; /* the first of two equally near ones */
        }
    }
    return nearest;
}

/* The full path of a key of this name anywhere in the table, or NULL. */
static const char *find_path(struct arena *arena, const struct keys_section *section,
                             const char *name, const char *above)
{
    for (size_t i = 0; i < section->key_count; i++) {
        const struct keys_row *key = &section->keys[i];
        const char *path = *above ? arena_printf(arena, "%s.%s", above, key->name) : key->name;
        if (str_eq(key->name, name))
            return path;
        const char *deeper =
            key->section
                ? find_path(arena, key->section, name,
                            key->kind == KEYS_LIST ? arena_printf(arena, "%s[]", path) : path)
                : NULL;
        if (deeper)
            return deeper;
    }
    return NULL;
}

static const char *all_keys(struct arena *arena, const struct keys_section *section)
{
    const char *all = section->keys[0].name;
    for (size_t i = 1; i < section->key_count; i++)
        all = arena_printf(arena, "%s, %s", all, section->keys[i].name);
    return all;
}

static const char *our_name(const struct keys_reader *reader, const char *theirs)
{
    for (const struct keys_alias *a = reader->aliases; a && a->theirs; a++)
        if (str_eq(a->theirs, theirs))
            return a->ours;
    return NULL;
}

static void report_unknown(const struct keys_reader *reader, const struct keys_section *section,
                           struct place place, const char *name)
{
    struct arena *arena = reader->mistakes->arena;
    const char *ours = our_name(reader, name);
    const char *near = nearest_key(section, name);
    const char *elsewhere = reader->root ? find_path(arena, reader->root, name, "") : NULL;
    if (ours)
        mistakes_add(reader->mistakes, place, "is a key of Open MPIC; here it is %s", ours);
    else if (elsewhere)
        mistakes_add(reader->mistakes, place, "is in the wrong section; it is %s", elsewhere);
    else if (near)
        mistakes_add(reader->mistakes, place, "is an unknown key; did you mean %s?", near);
    else
        mistakes_add(reader->mistakes, place, "is an unknown key; the keys here are %s",
                     all_keys(arena, section));
}

static const struct keys_row *find_key(const struct keys_section *section, const char *name)
{
    for (size_t i = 0; i < section->key_count; i++)
        if (str_eq(section->keys[i].name, name))
            return &section->keys[i];
    return NULL;
}

static void report_missing(const struct keys_reader *reader, const struct keys_section *section,
                           const struct yaml_node *node, const char *path)
{
    for (size_t i = 0; i < section->key_count; i++) {
        const struct keys_row *key = &section->keys[i];
        if (!key->is_required || yaml_get(node, key->name))
            continue;
        struct place place = {.file = reader->file, .line = node->line, .path = path};
        mistakes_add(reader->mistakes, place, "%s is missing; %s", key->name, key->help);
    }
}

void keys_read(const struct keys_reader *reader, const struct keys_section *section,
               const struct yaml_node *node, const char *path, void *out)
{
    struct arena *arena = reader->mistakes->arena;
    if (node->kind != YAML_MAPPING && !yaml_is_null(node)) {
        struct place place = {.file = reader->file, .line = node->line, .path = path};
        mistakes_add(reader->mistakes, place, "must be a section; its keys are %s",
                     all_keys(arena, section));
        return;
    }
    for (const struct yaml_node *child = node->first; child; child = child->next) {
        const struct keys_row *key = find_key(section, child->key);
        const char *name = key ? key->name : shown(reader->mistakes, child->key);
        struct entry e = {.reader = reader, .key = key, .node = child, .out = out};
        e.path = *path ? arena_printf(arena, "%s.%s", path, name) : name;
        if (key)
            read_entry(&e);
        else if (!reader->ignores_unknown)
            report_unknown(reader, section, place_of(&e), child->key);
    }
    report_missing(reader, section, node, path);
}
