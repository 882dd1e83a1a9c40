#include "client/post.h"

#include "base/str.h"
#include "config/peer_url.h"
#include "net/fetch.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* Whether a URL can be a coordinator's. Schemes know no case. */
static bool check_url(const char *url, struct arena *arena, struct err *err)
{
    const char *authority = strstr(url, "://") + 3;
    bool is_https = strncasecmp(url, "https://", 8) == 0;
    if (!is_https && strncasecmp(url, "http://", 7) != 0)
        return err_set(err, ERR_PARSE, "is no URL with http:// or https://");
    if (memchr(authority, '@', strcspn(authority, "/?#")))
        return err_set(err, ERR_PARSE, "contains user information; use --api-key-file");
    struct peer_url facts;
    return peer_url_check(arena_printf(arena, "http%s://%s", is_https ? "s" : "", authority),
                          &facts, err);
}

/* "host:8000", "http://host:8000" and "http://host:8000/" mean the coordinator's `path` there, and
 * "http://host:8000/v1/mpic" the one beside that: MPIC_URL is one for all commands. Any other path is
 * taken as it is. NULL: it is no URL of a coordinator. */
static const char *endpoint(const char *url, const char *path_there, struct arena *arena,
                            struct err *err)
{
    const char *scheme = strstr(url, "://") ? "" : "http://";
    if (!check_url(arena_printf(arena, "%s%s", scheme, url), arena, err))
        return NULL;
    const char *host = *scheme ? url : strstr(url, "://") + 3;
    const char *path = strchr(host, '/');
    static const char mpic[] = "/mpic";
    if (path && str_ends_with(path, mpic))
        return arena_printf(arena, "%s%.*s%s", scheme, (int)(strlen(url) - strlen(mpic)), url,
                            path_there);
    const char *rest = !path ? path_there : path[1] ? "" : path_there + 1;
    return arena_printf(arena, "%s%s%s", scheme, url, rest);
}

/* --url, else the environment, else where `mpicd --dev` listens. NULL: complained of. */
static const char *coordinator_url(const struct client_post *post, struct arena *arena)
{
    const char *environment = getenv("MPIC_URL");
    bool is_set = environment && *environment;
    const char *url = post->url ? post->url : is_set ? environment : "http://127.0.0.1:8000";
    struct err err;
    const char *whole = endpoint(url, post->path, arena, &err);
    if (!whole)
        fprintf(stderr, "%s: %s cannot be \"%s\": it %s\n", post->command,
                post->url ? "--url" : "MPIC_URL", url, err.text);
    return whole;
}

/* The options that say where and as whom to ask. False: one cannot be used, and is complained of. */
static bool prepare(const struct client_post *post, struct arena *arena,
                    struct fetch_request *request)
{
    struct fetch_header *headers = arena_array(arena, 3, sizeof *headers);
    headers[0] = (struct fetch_header){"Content-Type", "application/json"};
    headers[1] = (struct fetch_header){"Accept", "application/json"};
    *request = (struct fetch_request){.method = "POST",
                                      .url = coordinator_url(post, arena),
                                      .headers = headers,
                                      .header_count = 2,
                                      .body = post->body,
                                      .verify_tls = true,
                                      .body_max_bytes = ANSWER_MAX_BYTES};
    if (!request->url)
        return false;
    if (!post->api_key_file)
        return true;
    const char *why;
    const char *key = read_api_key(post->api_key_file, arena, &why);
    if (!key) {
        fprintf(stderr, "%s: --api-key-file %s: %s\n", post->command, post->api_key_file, why);
        return false;
    }
    headers[request->header_count++] = (struct fetch_header){"x-api-key", key};
    return true;
}

int client_post(const struct client_post *post, struct arena *arena, client_answer_fn *answer,
                void *arg)
{
    struct fetch_request request;
    if (!prepare(post, arena, &request))
        return EXIT_USAGE_ERROR;
    struct err err;
    struct posting posting = {.post = post,
                              .arena = arena,
                              .loop = loop_new(),
                              .answer = answer,
                              .arg = arg,
                              .exit_status = EXIT_UNKNOWN};
    struct fetch *fetch = fetch_new(posting.loop, &err);
    if (fetch) {
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
