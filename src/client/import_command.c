#include "client/ask.h"
#include "client/import.h"
#include "client/words.h"
#include "config/file.h"

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_APP_CONF_BYTES = 1024 * 1024 };

static const char help[] =
    "Usage: mpic config import --app-conf FILE [--perspectives FILE] [--environment]\n"
    "Writes a configuration of Open MPIC's reference as one of mpicd to standard output. Comments\n"
    "say what was dropped and what is to be decided.\n"
    "\n"
    "Options:\n"
    "  --app-conf FILE                app.conf of a coordinator or of checkers\n"
    "  --perspectives FILE            available_perspectives.yaml: names, RIRs, what is too close\n"
    "  --environment                  read the same settings from the environment; they win\n"
    "\n"
    "Example:\n"
    "  mpic config import --app-conf app.conf --perspectives available_perspectives.yaml > "
    "mpicd.yaml\n"
    "\n"
    "Exit status: 0 written, 1 something cannot be read, 64 wrong usage.\n";

struct config_options {
    const char *app_conf, *perspectives, *action;
    bool environment, wants_help;
};

static bool parse_options(int count, char *const *words, struct config_options *out,
                          struct err *err)
{
    *out = (struct config_options){0};
    const struct word_option options[] = {{.name = "app-conf", .value = &out->app_conf},
                                          {.name = "perspectives", .value = &out->perspectives},
                                          {.name = "environment", .flag = &out->environment}};
    const struct words_grammar grammar = {.options = options,
                                          .option_count = sizeof options / sizeof *options,
                                          .other = &out->action,
                                          .wants_help = &out->wants_help};
    if (!words_parse(&grammar, count, words, err))
        return false;
    if (out->wants_help)
        return true;
    if (!out->action || !str_eq(out->action, "import"))
        return err_set(err, ERR_PARSE, "what to do is missing: import");
    if (!out->app_conf && !out->environment)
        return err_set(err, ERR_PARSE, "--app-conf FILE or --environment is missing");
    return true;
}

static const char *from_environment(const char *name)
{
    return getenv(name);
}

static bool read_app_conf(const struct config_options *options, struct arena *arena,
                          struct dotenv *out, struct err *err)
{
    struct file file;
    *out = (struct dotenv){0};
    if (!options->app_conf)
        return true;
    if (!file_read(options->app_conf, MAX_APP_CONF_BYTES, arena, &file, err))
        return err_prefix(err, "%s cannot be read", options->app_conf);
    *out = dotenv_read(file.content, options->environment ? from_environment : NULL, arena);
    return true;
}

/* As in Open MPIC, the environment wins over the file: it comes last. */
static void add_environment(struct dotenv *settings, struct arena *arena)
{
    size_t known = 0;
    while (import_setting(known))
        known++;
    struct dotenv_entry *entries = arena_array(arena, settings->count + known, sizeof *entries);
    for (size_t i = 0; i < settings->count; i++)
        entries[i] = settings->entries[i];
    for (size_t i = 0; i < known; i++) {
        const char *value = getenv(import_setting(i));
        if (value)
            entries[settings->count++] =
                (struct dotenv_entry){.key = import_setting(i), .value = value};
    }
    settings->entries = entries;
}

static bool read_regions(const char *file, struct arena *arena, struct region_list *out)
{
    struct mistakes mistakes;
    mistakes_init(&mistakes, arena);
    *out = file ? regions_load(file, &mistakes) : (struct region_list){0};
    struct buf text = {0};
    mistakes_format(&mistakes, MISTAKES_ALL, &text);
    fputs(buf_str(&text), stderr);
    buf_clear(&text);
    return mistakes.errors == 0;
}

static int run(const struct config_options *options, struct arena *arena)
{
    struct dotenv settings;
    struct region_list regions;
    struct buf text = {0};
    size_t decisions = 0;
    struct err err;
    if (!read_regions(options->perspectives, arena, &regions))
        return EXIT_NOT;
    bool ok = read_app_conf(options, arena, &settings, &err);
    if (ok && options->environment)
        add_environment(&settings, arena);
    const struct import import = {
        .source = options->app_conf ? options->app_conf : "the environment",
        .settings = &settings,
        .regions = &regions,
    };
    ok = ok && import_config(&import, arena, &text, &decisions, &err);
    if (ok) {
        fputs(buf_str(&text), stdout);
        fprintf(stderr, "mpic config: %zu decision%s to be made, listed at the top\n", decisions,
                decisions == 1 ? " is" : "s are");
    } else {
        fprintf(stderr, "mpic config: %s\n", err.text);
    }
    buf_clear(&text);
    return ok ? 0 : EXIT_NOT;
}

int client_config(int count, char *const *words)
{
    struct config_options options;
    struct err err;
    if (!parse_options(count, words, &options, &err)) {
        fprintf(stderr, "mpic config: %s\nTry \"mpic config --help\".\n", err.text);
        return EXIT_USAGE_ERROR;
    }
    if (options.wants_help) {
        fputs(help, stdout);
        return 0;
    }
    struct arena *arena = arena_new();
    int status = run(&options, arena);
    arena_free(arena);
    return status;
}
