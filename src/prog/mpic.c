/* The command for people: `mpic check` asks a coordinator, `mpic probe` checks from this machine,
 * `mpic observe` asks a coordinator what is there, `mpic plan` tells what a configuration can do, `mpic config` makes one of Open MPIC's. */
#include "client/ask.h"
#include "client/import.h"
#include "client/observe.h"
#include "client/options.h"
#include "client/plan.h"
#include "client/probe.h"

#include "base/log.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "net/dns.h"
#include "net/fetch.h"
#include "prog/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "Usage: mpic check METHOD TARGET [options]    ask a coordinator\n"
    "       mpic probe METHOD TARGET [options]    the same check from this machine, with no server\n"
    "       mpic observe TYPE NAME | URL          what a coordinator's perspectives see; no validation\n"
    "       mpic plan --config FILE [NAME]        what a configuration can do, and until when\n"
    "       mpic config import --app-conf FILE    a configuration of Open MPIC's reference for mpicd\n"
    "       mpic --help | --version\n"
    "\n"
    "METHOD is \"caa\" or a validation method; \"mpic check --help\" lists them,\n"
    "\"mpic check METHOD --help\" shows an example of one.\n"
    "\n"
    "Exit status: 0 corroborated, 1 not, 2 could not tell, 64 wrong usage.\n";

static int print_version(void)
{
    printf("mpic %s\nlibcurl %s\nlibunbound %s\n%s\n", MPIC_VERSION, fetch_library_version(),
           dns_library_version(), crypto_library_version());
    return 0;
}

static int run(enum client_command command, int count, char *const *words)
{
    struct arena *arena = arena_new();
    struct client_options options;
    struct err err;
    int status = EXIT_USAGE_ERROR;
    if (!client_options_parse(command, count, words, arena, &options, &err)) {
        const char *name = client_command_str(command);
        fprintf(stderr, "mpic %s: %s\nTry \"mpic %s --help\".\n", name, err.text, name);
    } else if (options.wants_help) {
        struct buf help = {0};
        client_help(command, count > 0 && words[0][0] != '-' ? words[0] : NULL, &help);
        fputs(buf_str(&help), stdout);
        buf_clear(&help);
        status = 0;
    } else {
        bool color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
        status = command == CLIENT_CHECK ? client_ask(&options, arena, color)
                                         : client_probe(&options, arena, color);
    }
    arena_free(arena);
    return status;
}

int main(int argc, char **argv)
{
    process_begin();
    log_setup(LOG_WARN, LOG_FORMAT_TEXT, STDERR_FILENO);
    const char *command = argc > 1 ? argv[1] : "";
    if (str_eq(command, "check"))
        return run(CLIENT_CHECK, argc - 2, argv + 2);
    if (str_eq(command, "probe"))
        return run(CLIENT_PROBE, argc - 2, argv + 2);
    if (str_eq(command, "observe"))
        return client_observe(argc - 2, argv + 2);
    if (str_eq(command, "plan"))
        return client_plan(argc - 2, argv + 2);
    if (str_eq(command, "config"))
        return client_config(argc - 2, argv + 2);
    if (str_eq(command, "--version") || str_eq(command, "-V"))
        return print_version();
    bool wants_help = str_eq(command, "--help") || str_eq(command, "-h") || str_eq(command, "help");
    if (*command && !wants_help) {
        fprintf(stderr,
                "mpic: \"%s\" is no command: check, probe, observe, plan or config\n"
                "Try \"mpic --help\".\n",
                command);
        return EXIT_USAGE_ERROR;
    }
    fputs(usage, wants_help ? stdout : stderr);
    return wants_help ? 0 : EXIT_USAGE_ERROR;
}
