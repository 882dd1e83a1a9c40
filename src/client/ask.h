/* `mpic check`: one request to a coordinator, and its answer for people or as JSON. */
#pragma once

#include "client/options.h"
#include "client/post.h"

#include <stdbool.h>

/* Writes the answer to standard output, problems to standard error. Returns the exit status. */
int client_ask(const struct client_options *options, struct arena *arena, bool color);
