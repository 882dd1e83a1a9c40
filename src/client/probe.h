/* `mpic probe`: the check from this machine, with its own resolver and no server. */
#pragma once

#include "client/options.h"

#include <stdbool.h>

/* As client_ask(). */
int client_probe(const struct client_options *options, struct arena *arena, bool color);
