#include "config/parts.h"

#include "base/str.h"
#include "config/file.h"

/* False if there is no such list; a mistake in the YAML is told already. */
static bool parse_regions(struct bytes text, const char *name, struct mistakes *mistakes,
                          struct region_list *out)
{
    struct regions regions = {.available_regions = {0}};
    const struct yaml_node *root = yaml_read(text, name, mistakes);
    *out = (struct region_list){0};
    if (!root)
        return true;
    /* Open MPIC ignores what it does not know in this file. */
    const struct keys_reader reader = {.mistakes = mistakes, .file = name, .ignores_unknown = true};
    keys_read(&reader, &regions_section, root, "", &regions);
    bool is_containers = yaml_find(root, "available_regions") != NULL;
    const struct keys_list *list =
        is_containers ? &regions.available_regions : &regions.aws_available_regions;
    *out = (struct region_list){.items = list->items, .count = list->count};
    return is_containers || yaml_find(root, "aws_available_regions");
}

static struct region_list read_regions(const struct config_reading *r, const char *name)
{
    const char *path = "coordinator.perspectives_file";
    struct region_list regions = {0};
    struct file file;
    struct err err;
    if (!file_read(name, YAML_MAX_BYTES + 1, r->arena, &file, &err))
        config_mistake(r, path, "cannot be read: %s: %s; mend the name, or remove the line",
                       config_shown(r, name), err.text);
    else if (!parse_regions(file.content, name, r->mistakes, &regions))
        config_mistake(r, path,
                       "has no list available_regions in %s; name Open MPIC's "
                       "available_perspectives.yaml, or remove the line",
                       config_shown(r, name));
    return regions;
}

struct region_list regions_load(const char *name, struct mistakes *mistakes)
{
    const struct place place = {.file = name, .line = 1, .path = ""};
    struct region_list regions = {0};
    struct file file;
    struct err err;
    if (!file_read(name, YAML_MAX_BYTES + 1, mistakes->arena, &file, &err))
        mistakes_add(mistakes, place, "cannot be read: %s", err.text);
    else if (!parse_regions(file.content, name, mistakes, &regions))
        mistakes_add(mistakes, place,
                     "has no list available_regions; name Open MPIC's available_perspectives.yaml");
    return regions;
}

const struct region *regions_find(const struct region_list *regions, const char *code)
{
    for (size_t i = 0; i < regions->count; i++)
        if (regions->items[i].code && code && str_eq(regions->items[i].code, code))
            return &regions->items[i];
    return NULL;
}

/* What the entry says itself wins. */
static void complete(struct keys_remote *remote, const struct region *region)
{
    if (!remote->rir)
        remote->rir = region->rir;
    if (!remote->name)
        remote->name = region->name;
    if (!remote->too_close_codes.present)
        remote->too_close_codes = region->too_close_codes;
}

const struct keys_remote *config_complete_remotes(const struct config_reading *r,
                                                  struct strv *known_codes)
{
    const struct keys_coordinator *keys = &r->keys->coordinator;
    const struct keys_remote *written = keys->perspectives.items;
    *known_codes = (struct strv){0};
    if (!keys->perspectives_file)
        return written;
    struct region_list regions =
        read_regions(r, file_path(r->arena, r->source->folder, keys->perspectives_file));
    const struct region *region = regions.items;
    const char **codes = arena_array(r->arena, regions.count, sizeof *codes);
    *known_codes = (struct strv){.items = codes, .present = true};
    for (size_t i = 0; i < regions.count; i++)
        if (region[i].code)
            codes[known_codes->count++] = region[i].code;

    struct keys_remote *remotes = arena_array(r->arena, keys->perspectives.count, sizeof *remotes);
    for (size_t i = 0; i < keys->perspectives.count; i++) {
        remotes[i] = written[i];
        const struct region *found = regions_find(&regions, written[i].code);
        if (found)
            complete(&remotes[i], found);
    }
    return remotes;
}
