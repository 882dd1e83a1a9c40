#include "client/ask.h"

#include "base/str.h"
#include "client/show.h"
#include "core/limits.h"
#include "net/fetch.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A response holds at most a few kilobytes per perspective and attempt; this is far above any. */
enum { ANSWER_MAX_BYTES = 64 * 1024 * 1024, API_KEY_MAX_BYTES = 1024 };

struct ask {
    const struct client_options *options;
    struct arena *arena;
    struct loop *loop;
    bool color;
    int exit_status;
};

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "mpic check: %s: %s\n", what, why);
    return EXIT_UNKNOWN;
}

static int show_answer(const struct ask *ask, struct bytes body)
{
    const struct mpic_request *request = &ask->options->request;
    struct wire_mpic_view view;
    struct err err;
    if (!wire_decode_mpic_response(body, request, ask->arena, &view, &err))
        return complain("the coordinator's answer cannot be used", err.text);
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

static void on_fetched(const struct fetch_result *result, void *arg)
{
    struct ask *ask = arg;
    loop_stop(ask->loop);
    if (result->status != FETCH_OK) {
        ask->exit_status = complain("the coordinator did not answer", result->error_text);
    } else if (result->body_cut) {
        ask->exit_status = complain("the coordinator's answer cannot be used", "it is too large");
    } else if (result->status_code == 200) {
        ask->exit_status = show_answer(ask, result->body);
    } else {
        if (ask->options->wants_json) {
            fwrite(result->body.p, 1, result->body.n, stdout);
            putchar('\n');
        }
        fprintf(stderr, "mpic check: the coordinator refused (HTTP status %d):\n%s\n",
                result->status_code, wire_describe_refusal(result->body, ask->arena));
        /* 400: what was asked for is wrong; anything else: it could not say. */
        ask->exit_status = result->status_code == 400 ? EXIT_USAGE_ERROR : EXIT_UNKNOWN;
    }
}

/* The first line of the file, which is the key; NULL, with the reason in `why`, if there is none. */
static const char *read_api_key(const char *file, struct arena *arena, const char **why)
{
    char line[API_KEY_MAX_BYTES];
    FILE *stream = fopen(file, "r");
    errno = stream ? 0 : errno;
    bool got = stream && fgets(line, sizeof line, stream);
    *why = errno ? strerror(errno) : "its first line is empty";
    if (stream)
        fclose(stream);
    if (!got)
        return NULL;
    size_t length = strcspn(line, "\r\n");
    if (length + 1 == sizeof line) {
        *why = "its first line is too long for a key";
        return NULL;
    }
    line[length] = '\0';
    return length ? arena_strdup(arena, line) : NULL;
}

/* "host:8000", "http://host:8000" and "http://host:8000/" mean the coordinator's /mpic there; any
 * other path is taken as it is. */
static const char *endpoint(const char *url, struct arena *arena)
{
    const char *scheme = strstr(url, "://") ? "" : "http://";
    const char *host = *scheme ? url : strstr(url, "://") + 3;
    const char *path = strchr(host, '/');
    const char *rest = !path ? "/mpic" : path[1] ? "" : "mpic";
    return arena_printf(arena, "%s%s%s", scheme, url, rest);
}

/* --url, else the environment, else where `mpicd --dev` listens. */
static const char *coordinator_url(const struct client_options *options)
{
    const char *set = options->url ? options->url : getenv("MPIC_URL");
    return set && *set ? set : "http://127.0.0.1:8000";
}

int client_ask(const struct client_options *options, struct arena *arena, bool color)
{
    struct fetch_header headers[3] = {{"Content-Type", "application/json"},
                                      {"Accept", "application/json"}};
    size_t header_count = 2;
    if (options->api_key_file) {
        const char *why;
        const char *key = read_api_key(options->api_key_file, arena, &why);
        if (!key) {
            fprintf(stderr, "mpic check: --api-key-file %s: %s\n", options->api_key_file, why);
            return EXIT_USAGE_ERROR;
        }
        headers[header_count++] = (struct fetch_header){"x-api-key", key};
    }
    struct buf body = {0};
    wire_encode_mpic_request(&options->request, &body);
    struct err err;
    struct ask ask = {.options = options,
                      .arena = arena,
                      .loop = loop_new(),
                      .color = color,
                      .exit_status = EXIT_UNKNOWN};
    struct fetch *fetch = fetch_new(ask.loop, &err);
    if (fetch) {
        const struct fetch_request request = {
            .method = "POST",
            .url = endpoint(coordinator_url(options), arena),
            .headers = headers,
            .header_count = header_count,
            .body = buf_bytes(&body),
            .verify_tls = true,
            .body_max_bytes = ANSWER_MAX_BYTES,
        };
        uint64_t deadline_ms = loop_now_ms(ask.loop) + options->timeout_s * 1000ull;
        fetch_start(fetch, &request, NULL, deadline_ms, on_fetched, &ask);
        loop_run(ask.loop);
        fetch_free(fetch);
    } else {
        ask.exit_status = complain("cannot start", err.text);
    }
    loop_free(ask.loop);
    buf_clear(&body);
    return ask.exit_status;
}
