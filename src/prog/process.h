/* What both programs do first of all, whoever started them and however. */
#pragma once

/*
 * Standard input, output and error are open: where one was closed it is /dev/null, so that no file and no connection gets
 * its number, and with it the lines of the log. Writing to a pipe that nobody reads, or beyond the size that a file may
 * have, is an error like others, and no end of the process. Before any thread runs.
 */
void process_begin(void);
