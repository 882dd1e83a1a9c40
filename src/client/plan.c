#include "client/plan.h"

#include "client/ask.h"
#include "client/map.h"
#include "client/plan_show.h"
#include "client/words.h"
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "Usage: mpic plan --config FILE [options] [NAME]\n"
    "Tells what the coordinator of a configuration can do, and until when it complies with the\n"
    "Baseline Requirements. Contacts nobody.\n"
    "\n"
    "With NAME, a domain name or an IP address, also which perspectives check it.\n"
    "\n"
    "Options:\n"
    "  --config FILE                  the configuration of mpicd, mpicd.yaml(5)\n"
    "  --date YYYY-MM-DD              the day to look at (default: today, UTC)\n"
    "  --svg FILE                     draw the perspectives and the cohorts of NAME on a map\n"
    "\n"
    "Example:\n"
    "  mpic plan --config /etc/mpic/mpicd.yaml --date 2026-12-15 example.com\n"
    "\n"
    "Exit status: 0 the configuration complies on that day, 1 it does not or cannot be used,\n"
    "64 wrong usage, or the map cannot be written.\n";

struct plan_options {
    const char *config_file, *date, *svg_file, *name;
    bool wants_help;
};

static bool parse_options(int count, char *const *words, struct plan_options *out, struct err *err)
{
    *out = (struct plan_options){0};
    const struct word_option options[] = {{.name = "config", .value = &out->config_file},
                                          {.name = "date", .value = &out->date},
                                          {.name = "svg", .value = &out->svg_file}};
    const struct words_grammar grammar = {.options = options,
                                          .option_count = sizeof options / sizeof *options,
                                          .other = &out->name,
                                          .wants_help = &out->wants_help};
    if (!words_parse(&grammar, count, words, err))
        return false;
    if (!out->wants_help && !out->config_file)
        return err_set(err, ERR_PARSE, "--config FILE is missing: the configuration of mpicd");
    return true;
}

static bool take_day(const char *date, struct plan *plan, struct arena *arena, struct err *err)
{
    if (date) {
        plan->date = date;
        return baseline_parse_date(date, &plan->time_s) ||
               err_set(err, ERR_PARSE, "--date cannot be \"%s\": write a day as 2026-12-15", date);
    }
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    plan->time_s = (int64_t)now;
    plan->date =
        arena_printf(arena, "%04d-%02d-%02d", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
    return true;
}

/* Without a name the map shows the cohorts of this one. */
static bool take_name(const char *name, struct plan *plan, struct err *err)
{
    plan->name = name;
    return target_parse(name ? name : "example.com", &plan->target, err) || err_prefix(err, "NAME");
}

static void print_mistakes(const struct mistakes *mistakes)
{
    struct buf text = {0};
    mistakes_format(mistakes, MISTAKES_ALL, &text);
    fputs(buf_str(&text), stderr);
    buf_clear(&text);
}

/* NULL: the mistakes are on standard error. */
static const struct config *load(const char *file, struct arena *arena)
{
    struct mistakes mistakes;
    mistakes_init(&mistakes, arena);
    struct config_source *source = arena_alloc(arena, sizeof *source);
    const struct config *config = NULL;
    struct err err;
    if (config_source_file(file, arena, source, &err)) {
        /* A day before the calendar of BR 3.2.2.9 began: the plan judges by the calendar itself,
         * where a configuration that is enforced could not be read on a day it does not meet. */
        source->now_s = 0;
        config = config_read(source, &mistakes);
    } else {
        mistakes_add(&mistakes, (struct place){.file = file, .line = 1, .path = ""}, "%s",
                     err.text);
    }
    print_mistakes(&mistakes);
    if (config && !config->serves_mpic) {
        fprintf(stderr, "mpic plan: %s has no section coordinator\n", file);
        return NULL;
    }
    return config;
}

static bool write_file(const char *name, struct bytes content, struct err *err)
{
    FILE *file = fopen(name, "w");
    bool ok = file && fwrite(content.p, 1, content.n, file) == content.n;
    /* A disk that is full may be told at the end only. */
    if (file && fclose(file) != 0)
        ok = false;
    return ok || err_set(err, ERR_IO, "--svg: %s cannot be written: %s", name, strerror(errno));
}

static bool write_map(const char *name, const struct plan *plan, struct arena *arena,
                      struct err *err)
{
    const struct coordinator_settings *settings = &plan->config->coordinator;
    const struct map map = {
        .title = arena_printf(arena, "The cohorts of %s: each has %zu of the %zu perspectives",
                              plan->target.canonical, settings->default_perspective_count,
                              settings->perspective_count),
        .perspectives = settings->perspectives,
        .count = settings->perspective_count,
        .cohorts = plan->cohorts,
    };
    struct buf text = {0};
    map_draw(&map, arena, &text);
    bool ok = write_file(name, buf_bytes(&text), err);
    buf_clear(&text);
    return ok;
}

static void make_cohorts(struct plan *plan, struct arena *arena)
{
    const struct coordinator_settings *settings = &plan->config->coordinator;
    struct cohort_pool *pool =
        cohort_pool_new(settings->perspectives, settings->perspective_count, settings->secret);
    plan->cohorts =
        cohort_plan_make(pool, plan->target.canonical, settings->default_perspective_count, arena);
    cohort_pool_free(pool);
}

static int run(struct plan *plan, const char *svg_file, struct arena *arena)
{
    struct err err;
    make_cohorts(plan, arena);
    struct buf text = {0};
    plan_show(plan, arena, &text);
    fputs(buf_str(&text), stdout);
    buf_clear(&text);
    if (svg_file && !write_map(svg_file, plan, arena, &err)) {
        fprintf(stderr, "mpic plan: %s\n", err.text);
        return EXIT_USAGE_ERROR;
    }
    return plan_complies(plan) ? 0 : EXIT_NOT;
}

static int usage_error(const struct err *err)
{
    fprintf(stderr, "mpic plan: %s\nTry \"mpic plan --help\".\n", err->text);
    return EXIT_USAGE_ERROR;
}

int client_plan(int count, char *const *words)
{
    struct arena *arena = arena_new();
    struct plan_options options;
    struct plan plan = {0};
    struct err err;
    int status = 0;
    if (!parse_options(count, words, &options, &err)) {
        status = usage_error(&err);
    } else if (options.wants_help) {
        fputs(help, stdout);
    } else if (!take_day(options.date, &plan, arena, &err) ||
               !take_name(options.name, &plan, &err)) {
        status = usage_error(&err);
    } else {
        plan.config = load(options.config_file, arena);
        status = plan.config ? run(&plan, options.svg_file, arena) : EXIT_NOT;
    }
    arena_free(arena);
    return status;
}
