/* `mpic check`: one request to a coordinator, and its answer for people or as JSON. */
#pragma once

#include "client/options.h"

#include <stdbool.h>

/* Exit statuses of the command, as curl's users expect them in scripts. */
enum client_exit { EXIT_CORROBORATED = 0, EXIT_NOT = 1, EXIT_UNKNOWN = 2, EXIT_USAGE_ERROR = 64 };

/* Writes the answer to standard output, problems to standard error. Returns the exit status. */
int client_ask(const struct client_options *options, struct arena *arena, bool color);
