/* What errno of socket(2) and connect(2) says about a connection that did not come about. */
#pragma once

#include <stdbool.h>

/* Our machine is at its limits: nothing that the other side did, or could mend. */
bool connect_error_is_local(int error);
/* For people, in words that can stand alone; constant text, the same on every system. */
const char *connect_error_str(int error);
