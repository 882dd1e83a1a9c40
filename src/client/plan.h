/*
 * `mpic plan`: what a coordinator's configuration can do and until when, told before anybody is
 * asked anything. Reads the configuration and nothing else; contacts nobody.
 */
#pragma once

/* `words` are the arguments after "plan". Writes to standard output, problems to standard error.
 * Returns the exit status: 0 if the configuration complies on the day, 1 if it does not or cannot
 * be used, 64 for wrong usage. */
int client_plan(int count, char *const *words);
