#include "client/plan.h"

#include "client/ask.h"
#include "client/plan_show.h"
#include "client/words.h"
#include "service/config.h"

#include <stdio.h>
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
    "\n"
    "Example:\n"
    "  mpic plan --config /etc/mpic/mpicd.yaml --date 2026-12-15 example.com\n"
    "\n"
    "Exit status: 0 the configuration complies on that day, 1 it does not or cannot be used,\n"
    "64 wrong usage.\n";

struct plan_options {
    const char *config_file, *date, *name;
    bool wants_help;
};

static bool parse_options(int count, char *const *words, struct plan_options *out, struct err *err)
{
    *out = (struct plan_options){0};
    const struct word_option options[] = {{.name = "config", .value = &out->config_file},
                                          {.name = "date", .value = &out->date}};
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

static bool take_name(const char *name, struct plan *plan, struct err *err)
{
    plan->name = name;
    return !name || target_parse(name, &plan->target, err) || err_prefix(err, "NAME");
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

static int run(struct plan *plan, struct arena *arena)
{
    const struct coordinator_settings *settings = &plan->config->coordinator;
    struct cohort_pool *pool =
        cohort_pool_new(settings->perspectives, settings->perspective_count, settings->secret);
    if (plan->name)
        plan->cohorts = cohort_plan_make(pool, plan->target.canonical,
                                         settings->default_perspective_count, arena);
    struct buf text = {0};
    plan_show(plan, arena, &text);
    fputs(buf_str(&text), stdout);
    buf_clear(&text);
    cohort_pool_free(pool);
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
        status = plan.config ? run(&plan, arena) : EXIT_NOT;
    }
    arena_free(arena);
    return status;
}
