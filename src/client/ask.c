#include "client/ask.h"

#include "base/buf.h"
#include "client/show.h"
#include "wire/wire.h"

#include <stdio.h>

struct ask {
    const struct client_options *options;
    const struct client_post *post;
    struct arena *arena;
    bool color;
};

static int show_answer(struct bytes body, void *arg)
{
    const struct ask *ask = arg;
    const struct mpic_request *request = &ask->options->request;
    struct wire_mpic_view view;
    struct err err;
    if (!wire_decode_mpic_response(body, request, ask->arena, &view, &err))
        return client_complain(ask->post, "the coordinator's answer cannot be used", err.text);
    if (ask->options->wants_json) {
        fwrite(body.p, 1, body.n, stdout);
        putchar('\n');
    } else {
        struct buf text = {0};
        show_corroboration(request, &view, ask->color, ask->arena, &text);
        fwrite(text.p, 1, text.n, stdout);
        buf_clear(&text);
    }
    return exit_status_of_view(&view);
}

int client_ask(const struct client_options *options, struct arena *arena, bool color)
{
    struct buf body = {0};
    wire_encode_mpic_request(&options->request, &body);
    const struct client_post post = {
        .command = "mpic check",
        .url = options->url,
        .path = "/mpic",
        .api_key_file = options->api_key_file,
        .timeout_s = options->timeout_s,
        .wants_json = options->wants_json,
        .body = buf_bytes(&body),
    };
    struct ask ask = {.options = options, .post = &post, .arena = arena, .color = color};
    int status = client_post(&post, arena, show_answer, &ask);
    buf_clear(&body);
    return status;
}
