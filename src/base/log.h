/*
 * The log: one line per event, to one descriptor, JSON or text. Log where a decision is taken,
 * once; functions that return an error do not log it. Knows no configuration: prog/ sets level and
 * format. Thread safe, lines do not mix; whether anybody may wait for whoever reads them: base/log_writer.h. errno survives.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_FORMAT_JSON, LOG_FORMAT_TEXT };

void log_setup(enum log_level level, enum log_format format, int fd);
bool log_is_on(enum log_level level);

/* A `key=value` of a log line; a NULL value is left out. Values are escaped and cut (at 512
 * bytes) by the log. */
struct log_field {
    const char *key;
    const char *value;
};

/*
 * Writes one line: time, level, `event` (a fixed text that can be searched for), then the fields.
 * `fields` ends with a NULL key, or is NULL.
 */
void log_event(enum log_level level, const char *event, const struct log_field *fields);

/* log_event() with one field or more written in place: LOG(LOG_INFO, "request done", {"trace",
 * id}); */
#define LOG(level, event, ...)                                                                     \
    do {                                                                                           \
        if (log_is_on(level))                                                                      \
            log_event(level, event, (const struct log_field[]){__VA_ARGS__, {0}});                 \
    } while (0)
