#include "client/observe.h"

#include "client/post.h"
#include "wire/observe.h"

#include <stdio.h>

struct asking {
    const struct observe_options *options;
    const struct client_post *post;
    struct arena *arena;
};

static int show_answer(struct bytes body, void *arg)
{
    const struct asking *asking = arg;
    struct observe_response response;
    struct err err;
    if (!wire_decode_observe_response(body, asking->arena, &response, &err))
        return client_complain(asking->post, "the coordinator's answer cannot be used", err.text);
    if (asking->options->wants_json) {
        fwrite(body.p, 1, body.n, stdout);
        putchar('\n');
    } else {
        struct buf text = {0};
        show_observations(&asking->options->request, &response, asking->arena, &text);
        fwrite(text.p, 1, text.n, stdout);
        buf_clear(&text);
    }
    return exit_status_of_observations(&response);
}

static int ask(const struct observe_options *options, struct arena *arena)
{
    struct buf body = {0};
    wire_encode_observe_request(&options->request, &body);
    const struct client_post post = {
        .command = "mpic observe",
        .url = options->coordinator_url,
        .path = "/observe",
        .api_key_file = options->api_key_file,
        .timeout_s = options->timeout_s,
        .wants_json = options->wants_json,
        .body = buf_bytes(&body),
    };
    struct asking asking = {.options = options, .post = &post, .arena = arena};
    int status = client_post(&post, arena, show_answer, &asking);
    buf_clear(&body);
    return status;
}

int client_observe(int count, char *const *words)
{
    struct observe_options options;
    struct err err;
    if (!observe_options_parse(count, words, &options, &err)) {
        fprintf(stderr, "mpic observe: %s\nTry \"mpic observe --help\".\n", err.text);
        return EXIT_USAGE_ERROR;
    }
    if (options.wants_help) {
        struct buf help = {0};
        observe_help(&help);
        fputs(buf_str(&help), stdout);
        buf_clear(&help);
        return 0;
    }
    struct arena *arena = arena_new();
    int status = ask(&options, arena);
    arena_free(arena);
    return status;
}
