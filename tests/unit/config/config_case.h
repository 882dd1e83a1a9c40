/*
 * Tables of configurations and the lines that --check-config prints for them. Each test of
 * service/config*.c includes it once. Today is 2026-11-23 in all of them; relative file names are
 * below a folder that the test makes.
 */
#pragma once

#include "support/unit.h"

#include "config/config.h"
#include "core/method/baseline.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sections without a mistake; the lines they take are in the name. */
#define PERSPECTIVE_3                                                                              \
    "perspective:\n"                                                                               \
    "  code: eu-west-2\n"                                                                          \
    "  caa_domains: [ca.example]\n"
#define REMOTE(code, rir, latitude, longitude)                                                     \
    "    - {code: " code ", rir: " rir ", latitude: " latitude ", longitude: " longitude           \
    ", url: \"https://" code ".example\", headers: {x-api-key: 0123456789abcdef}}\n"
#define REMOTES_5                                                                                  \
    REMOTE("us-east-2", "ARIN", "39.96", "-83.0")                                                  \
    REMOTE("us-west-2", "ARIN", "45.84", "-119.7")                                                 \
    REMOTE("eu-west-2", "RIPE NCC", "51.51", "-0.13")                                              \
    REMOTE("ap-northeast-1", "APNIC", "35.68", "139.69")                                           \
    REMOTE("sa-east-1", "LACNIC", "-23.55", "-46.63")
#define SECRET_1      "  hash_secret: 0123456789abcdef0123456789abcdef\n"
#define COORDINATOR_8 "coordinator:\n" SECRET_1 "  perspectives:\n" REMOTES_5

struct config_case {
    const char *why;
    const char *text;
    const char *lines; /* all that is printed */
};

struct reading {
    struct arena *arena;
    struct mistakes mistakes;
    const struct config *config;
    struct buf lines;
};

static char folder[] = "/tmp/mpic-test-config-XXXXXX";

/* What the next configurations are judged with; NULL: they are not. */
static const char *resolver_version;

static inline struct reading read_at(const char *text, const char *date)
{
    static const struct address own = {.family = 4, .bytes = {198, 18, 0, 7}};
    struct reading reading = {.arena = arena_new()};
    struct config_source *source = arena_alloc(reading.arena, sizeof *source);
    *source = (struct config_source){.name = "f.yaml",
                                     .text = bytes_of(text),
                                     .folder = folder,
                                     .cpus = 3,
                                     .resolver_version = resolver_version,
                                     .own_addresses = &own,
                                     .own_address_count = 1};
    assert_true(baseline_parse_date(date, &source->now_s));
    mistakes_init(&reading.mistakes, reading.arena);
    reading.config = config_read(source, &reading.mistakes);
    mistakes_format(&reading.mistakes, MISTAKES_ALL, &reading.lines);
    return reading;
}

static inline struct reading read_text(const char *text)
{
    return read_at(text, "2026-11-23");
}

static inline void clear(struct reading *reading)
{
    buf_clear(&reading->lines);
    arena_free(reading->arena);
}

/* The lines must be those of the case, and a configuration come out exactly if none is an error. */
static inline void check_cases(const struct config_case *cases, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct reading r = read_text(cases[i].text);
        bool is_usable = r.mistakes.errors == 0;
        if (strcmp(buf_str(&r.lines), cases[i].lines) != 0 || (r.config != NULL) != is_usable) {
            print_error("%s: got\n%s", cases[i].why, buf_str(&r.lines));
            wrong++;
        }
        clear(&r);
    }
    assert_int_equal(wrong, 0);
}

static inline void write_file(const char *name, const char *text, mode_t mode)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static inline int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    (void)state;
    char command[sizeof folder + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}
