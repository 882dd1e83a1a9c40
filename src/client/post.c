#include "client/post.h"

#include "base/str.h"
#include "net/fetch.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A response holds at most a few kilobytes per perspective and attempt; this is far above any. */
enum { ANSWER_MAX_BYTES = 64 * 1024 * 1024, API_KEY_MAX_BYTES = 1024 };

struct posting {
    const struct client_post *post;
    struct arena *arena;
    struct loop *loop;
    client_answer_fn *answer;
    void *arg;
    int exit_status;
};

int client_complain(const struct client_post *post, const char *what, const char *why)
{
    fprintf(stderr, "%s: %s: %s\n", post->command, what, why);
    return EXIT_UNKNOWN;
}

static int show_refusal(const struct posting *posting, const struct fetch_result *result)
{
    if (posting->post->wants_json) {
        fwrite(result->body.p, 1, result->body.n, stdout);
        putchar('\n');
    }
    fprintf(stderr, "%s: the coordinator refused (HTTP status %d):\n%s\n", posting->post->command,
            result->status_code, wire_describe_refusal(result->body, posting->arena));
    /* 400: what was asked for is wrong; anything else: it could not say. */
    return result->status_code == 400 ? EXIT_USAGE_ERROR : EXIT_UNKNOWN;
}

static void on_fetched(const struct fetch_result *result, void *arg)
{
    struct posting *posting = arg;
    const struct client_post *post = posting->post;
    loop_stop(posting->loop);
    if (result->status != PEER_OK)
        posting->exit_status =
            client_complain(post, "the coordinator did not answer", result->error_text);
    else if (result->body_cut)
        posting->exit_status =
            client_complain(post, "the coordinator's answer cannot be used", "it is too large");
    else if (result->status_code == 200)
        posting->exit_status = posting->answer(result->body, posting->arg);
    else
        posting->exit_status = show_refusal(posting, result);
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

/* "host:8000", "http://host:8000" and "http://host:8000/" mean the coordinator's `path` there, and
 * "http://host:8000/v1/mpic" the one beside that: MPIC_URL is one for all commands. Any other path is
 * taken as it is. */
static const char *endpoint(const char *url, const char *path_there, struct arena *arena)
{
    const char *scheme = strstr(url, "://") ? "" : "http://";
    const char *host = *scheme ? url : strstr(url, "://") + 3;
    const char *path = strchr(host, '/');
    static const char mpic[] = "/mpic";
    if (path && str_ends_with(path, mpic))
        return arena_printf(arena, "%s%.*s%s", scheme, (int)(strlen(url) - strlen(mpic)), url,
                            path_there);
    const char *rest = !path ? path_there : path[1] ? "" : path_there + 1;
    return arena_printf(arena, "%s%s%s", scheme, url, rest);
}

/* --url, else the environment, else where `mpicd --dev` listens. */
static const char *coordinator_url(const struct client_post *post)
{
    const char *set = post->url ? post->url : getenv("MPIC_URL");
    return set && *set ? set : "http://127.0.0.1:8000";
}

int client_post(const struct client_post *post, struct arena *arena, client_answer_fn *answer,
                void *arg)
{
    struct fetch_header headers[3] = {{"Content-Type", "application/json"},
                                      {"Accept", "application/json"}};
    size_t header_count = 2;
    if (post->api_key_file) {
        const char *why;
        const char *key = read_api_key(post->api_key_file, arena, &why);
        if (!key) {
            fprintf(stderr, "%s: --api-key-file %s: %s\n", post->command, post->api_key_file, why);
            return EXIT_USAGE_ERROR;
        }
        headers[header_count++] = (struct fetch_header){"x-api-key", key};
    }
    struct err err;
    struct posting posting = {.post = post,
                              .arena = arena,
                              .loop = loop_new(),
                              .answer = answer,
                              .arg = arg,
                              .exit_status = EXIT_UNKNOWN};
    struct fetch *fetch = fetch_new(posting.loop, &err);
    if (fetch) {
        const struct fetch_request request = {
            .method = "POST",
            .url = endpoint(coordinator_url(post), post->path, arena),
            .headers = headers,
            .header_count = header_count,
            .body = post->body,
            .verify_tls = true,
            .body_max_bytes = ANSWER_MAX_BYTES,
        };
        uint64_t deadline_ms = loop_now_ms(posting.loop) + post->timeout_s * 1000ull;
        fetch_start(fetch, &request, NULL, deadline_ms, on_fetched, &posting);
        loop_run(posting.loop);
        fetch_free(fetch);
    } else {
        posting.exit_status = client_complain(post, "cannot start", err.text);
    }
    loop_free(posting.loop);
    return posting.exit_status;
}
