#include "service/config_parts.h"

#include "base/str.h"
#include "service/file.h"

/* The regions of an available_perspectives.yaml, whichever of its two names the list has. */
static struct keys_list read_regions(const struct config_reading *r, const char *name)
{
    const char *path = "coordinator.perspectives_file";
    struct regions regions = {.available_regions = {0}};
    struct file file;
    struct err err;
    if (!file_read(name, YAML_MAX_BYTES + 1, r->arena, &file, &err)) {
        config_mistake(r, path, "cannot be read: %s: %s; mend the name, or remove the line",
                       config_shown(r, name), err.text);
        return regions.available_regions;
    }
    const struct yaml_node *root = yaml_read(file.content, name, r->mistakes);
    if (!root)
        return regions.available_regions;
    /* Open MPIC ignores what it does not know in this file. */
    const struct keys_reader reader = {
        .mistakes = r->mistakes, .file = name, .ignores_unknown = true};
    keys_read(&reader, &regions_section, root, "", &regions);
    if (yaml_find(root, "available_regions"))
        return regions.available_regions;
    if (!yaml_find(root, "aws_available_regions"))
        config_mistake(r, path,
                       "has no list available_regions in %s; name Open MPIC's "
                       "available_perspectives.yaml, or remove the line",
                       config_shown(r, name));
    return regions.aws_available_regions;
}

static const struct region *find_region(const struct keys_list *regions, const char *code)
{
    const struct region *region = regions->items;
    for (size_t i = 0; i < regions->count; i++)
        if (region[i].code && code && str_eq(region[i].code, code))
            return &region[i];
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
    struct keys_list regions =
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
        const struct region *found = find_region(&regions, written[i].code);
        if (found)
            complete(&remotes[i], found);
    }
    return remotes;
}
