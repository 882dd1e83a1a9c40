#include "client/probe.h"

#include "base/str.h"
#include "client/ask.h"
#include "client/show.h"
#include "config/config.h"
#include "perspective/perspective.h"
#include "wire/wire.h"

#include <stdio.h>

struct probe {
    const struct client_options *options;
    struct arena *arena;
    struct loop *loop;
    bool color;
    int exit_status;
};

static void on_checked(const struct check_result *result, void *arg)
{
    struct probe *probe = arg;
    struct buf text = {0};
    if (probe->options->wants_json) {
        wire_encode_check_result(result, &text);
        buf_append(&text, "\n", 1);
    } else {
        show_probe(&probe->options->request.check, result, probe->color, probe->arena, &text);
    }
    fwrite(text.p, 1, text.n, stdout);
    buf_clear(&text);
    probe->exit_status = exit_status_of_result(result);
    loop_stop(probe->loop);
}

static bool run(struct probe *probe, const struct config *config, struct err *err)
{
    struct fetch *fetch = fetch_new(probe->loop, err);
    struct tls *tls = fetch ? tls_new(probe->loop, err) : NULL;
    struct dns *dns = tls ? dns_new(probe->loop, &config->dns, err) : NULL;
    struct aside_pool *threads = aside_pool_new();
    struct aside *aside = aside_new(probe->loop, threads);
    if (dns) {
        const struct check_env env = {.loop = probe->loop,
                                      .dns = dns,
                                      .fetch = fetch,
                                      .tls = tls,
                                      .aside = aside,
                                      .settings = &config->locals[0]};
        struct perspective *here = perspective_new(&env, config->check_timeout_ms);
        const struct check_call call = {
            .request = &probe->options->request.check,
            .arena = probe->arena,
            .deadline_ms = loop_now_ms(probe->loop) + probe->options->timeout_s * 1000ull,
        };
        perspective_check(here, &call, on_checked, probe);
        loop_run(probe->loop);
        perspective_free(here);
        dns_free(dns);
    }
    aside_free(aside);
    aside_pool_free(threads);
    tls_free(tls);
    fetch_free(fetch);
    return dns != NULL;
}

int client_probe(const struct client_options *options, struct arena *arena, bool color)
{
    struct mistakes mistakes;
    mistakes_init(&mistakes, arena);
    const struct config *config = options->config_file
                                      ? config_load(options->config_file, NULL, &mistakes)
                                      : config_load_probe(&mistakes);
    if (!config || !config->serves_checks) {
        struct buf text = {0};
        mistakes_format(&mistakes, MISTAKES_ALL, &text);
        fputs(buf_str(&text), stderr);
        buf_clear(&text);
        if (config)
            fprintf(stderr, "mpic probe: %s has no section perspective\n", options->config_file);
        return EXIT_USAGE_ERROR;
    }
    struct probe probe = {.options = options,
                          .arena = arena,
                          .loop = loop_new(),
                          .color = color,
                          .exit_status = EXIT_UNKNOWN};
    struct err err;
    if (!run(&probe, config, &err))
        fprintf(stderr, "mpic probe: %s\n", err.text);
    loop_free(probe.loop);
    return probe.exit_status;
}
