#include "config/config.h"

#include "base/str.h"
#include "config/file.h"
#include "config/parts.h"

enum { SHOWN_BYTES = 60 };

static struct place place_of(const struct config_reading *r, const char *path)
{
    return (struct place){
        .file = r->source->name, .line = yaml_nearest(r->root, path)->line, .path = path};
}

void config_mistake(const struct config_reading *r, const char *path, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    mistakes_add(r->mistakes, place_of(r, path), "%s", arena_vprintf(r->arena, fmt, ap));
    va_end(ap);
}

void config_warning(const struct config_reading *r, const char *path, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    mistakes_warn(r->mistakes, place_of(r, path), "%s", arena_vprintf(r->arena, fmt, ap));
    va_end(ap);
}

void config_breach(const struct config_reading *r, const char *path, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(r->arena, fmt, ap);
    va_end(ap);
    if (r->keys->coordinator.baseline == BASELINE_ENFORCE) {
        mistakes_add(r->mistakes, place_of(r, path), "%s", text);
    } else {
        mistakes_warn(r->mistakes, place_of(r, path), "%s", text);
        r->config->breaches++;
    }
}

bool config_has(const struct config_reading *r, const char *path)
{
    return yaml_find(r->root, path) != NULL;
}

const char *config_shown(const struct config_reading *r, const char *text)
{
    return str_report(r->arena, bytes_of(text), SHOWN_BYTES);
}

static void make_parts(const struct config_reading *r)
{
    bool has_perspective = config_has(r, "perspective");
    bool has_coordinator = config_has(r, "coordinator");
    if (!has_perspective && !has_coordinator)
        config_mistake(r, "",
                       "has neither a section perspective nor a section coordinator; add one of "
                       "them, or both");
    config_make_server(r);
    if (config_has(r, "audit") && !has_coordinator)
        config_mistake(r, "audit", "is for a coordinator, and this file has none; remove it");
    if (has_perspective)
        config_make_perspective(r);
    if (has_coordinator)
        config_make_coordinator(r);
    if (has_perspective)
        config_check_library(r);
}

const struct config *config_read(const struct config_source *source, struct mistakes *mistakes)
{
    struct arena *arena = mistakes->arena;
    const struct yaml_node *root = yaml_read(source->text, source->name, mistakes);
    if (!root)
        return NULL;
    struct config_keys *keys = arena_alloc(arena, sizeof *keys);
    *keys = config_defaults;
    const struct keys_reader reader = {.mistakes = mistakes,
                                       .file = source->name,
                                       .root = &config_section,
                                       .aliases = config_aliases};
    keys_read(&reader, &config_section, root, "", keys);

    struct config *config = arena_alloc(arena, sizeof *config);
    *config =
        (struct config){.file = source->name, .is_dev = source->is_dev, .primary = CONFIG_NO_LOCAL};
    struct config_reading r = {.source = source,
                               .mistakes = mistakes,
                               .arena = arena,
                               .root = root,
                               .keys = keys,
                               .config = config};
    r.locals = arena_array(arena, 2 + keys->coordinator.perspectives.count, sizeof *r.locals);
    make_parts(&r);
    return mistakes->errors ? NULL : config;
}

const struct config *config_load(const char *file, const char *resolver_version,
                                 struct mistakes *mistakes)
{
    struct config_source *source = arena_alloc(mistakes->arena, sizeof *source);
    const struct place place = {.file = file, .line = 1, .path = ""};
    struct err err;
    if (config_source_file(file, mistakes->arena, source, &err)) {
        source->resolver_version = resolver_version;
        return config_read(source, mistakes);
    }
    mistakes_add(mistakes, place, "%s", err.text);
    return NULL;
}

const struct config *config_load_dev(const char *listen, const char *resolver_version,
                                     struct mistakes *mistakes)
{
    struct config_source *source = arena_alloc(mistakes->arena, sizeof *source);
    const struct place place = {.file = "--dev", .line = 1, .path = ""};
    struct err err;
    if (config_source_dev(listen, mistakes->arena, source, &err)) {
        source->resolver_version = resolver_version;
        return config_read(source, mistakes);
    }
    mistakes_add(mistakes, place, "%s", err.text);
    return NULL;
}

const struct config *config_load_probe(struct mistakes *mistakes)
{
    struct config_source *source = arena_alloc(mistakes->arena, sizeof *source);
    struct err err;
    if (config_source_probe(mistakes->arena, source, &err))
        return config_read(source, mistakes);
    mistakes_add(mistakes, (struct place){.file = "probe", .line = 1, .path = ""}, "%s", err.text);
    return NULL;
}
